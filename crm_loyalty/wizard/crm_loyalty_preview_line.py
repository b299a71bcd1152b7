# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmLoyaltyPreviewLine(models.TransientModel):
    _name = "crm.loyalty.preview.line"
    _description = "Customer That Would Change Tier"
    _order = "id"

    preview_id = fields.Many2one(
        "crm.loyalty.preview", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    profile_id = fields.Many2one(
        "crm.customer.profile",
        compute="_compute_profile_id",
        help="Value page; none for a customer that only the simulated run has found",
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    from_tier_id = fields.Many2one("crm.loyalty.tier", "Tier Before", readonly=True)
    to_tier_id = fields.Many2one("crm.loyalty.tier", "Tier After", readonly=True)
    direction = fields.Selection(
        [("up", "Up"), ("down", "Down"), ("in", "In"), ("out", "Out")], readonly=True
    )
    revenue = fields.Monetary("Revenue (Net of Tax)", readonly=True)
    reason = fields.Char(readonly=True)

    @api.depends("partner_id", "preview_id.policy_id")
    def _compute_profile_id(self):
        profiles = self.env["crm.customer.profile"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.preview_id.policy_id.company_id.ids),
            ]
        )
        by_key = {(prof.partner_id, prof.company_id): prof for prof in profiles}
        for line in self:
            key = (line.partner_id, line.preview_id.policy_id.company_id)
            line.profile_id = by_key.get(key)
