# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

KINDS = [
    ("customer", "Customer or contact"),
    ("deal", "Deal"),
    ("quotation", "Quotation"),
    ("order", "Order"),
    ("meeting", "Meeting"),
    ("activity", "Activity"),
    ("follower", "Following"),
]


class CrmHandoverItem(models.Model):
    """One record that changed hands, and how it was before."""

    _name = "crm.handover.item"
    _description = "Record Handed Over"
    _order = "line_id, id"
    _log_access = False

    handover_id = fields.Many2one(
        "crm.handover", required=True, readonly=True, ondelete="cascade", index=True
    )
    line_id = fields.Many2one(
        "crm.handover.line",
        "Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record ID", model_field="res_model", required=True, readonly=True
    )
    to_user_id = fields.Many2one(
        "res.users", "New Owner", required=True, readonly=True, ondelete="restrict"
    )
    # what the new owner got besides, to be taken back: team, place as follower
    before = fields.Json(readonly=True)
    state = fields.Selection(
        [
            ("moved", "Moved"),
            ("returned", "Given back"),
            ("kept", "Stays: closed or changed since"),
        ],
        default="moved",
        required=True,
        readonly=True,
    )
    record_name = fields.Char("Record", compute="_compute_record_name")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_record_name(self):
        """Names of those records that the reader may see."""
        for model, items in self.grouped("res_model").items():
            records = self.env[model].browse(items.mapped("res_id")).exists()
            names = {
                record.id: record.display_name
                for record in records._filtered_access("read")
            }
            for item in items:
                item.record_name = names.get(item.res_id, "")

    def action_open_record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()
