# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmDealReportDecision(models.Model):
    """What the head decided on a status report: an activity of somebody on the deal."""

    _name = "crm.deal.report.decision"
    _description = "Decision on a Status Report"
    _order = "date_due, id"
    _rec_name = "name"

    report_id = fields.Many2one(
        "crm.deal.report", required=True, ondelete="cascade", index=True
    )
    lead_id = fields.Many2one(related="report_id.lead_id", store=True, index=True)
    company_id = fields.Many2one(related="report_id.company_id", store=True)
    name = fields.Char("Decision", required=True)
    user_id = fields.Many2one(
        "res.users",
        "Who",
        required=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    date_due = fields.Date("By When", required=True)
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
        compute="_compute_state",
        help="Of the activity on the deal: dropped if it was cancelled",
    )
    date_done = fields.Date("Done on", compute="_compute_state")

    @api.depends("activity_id.active", "activity_id.date_done")
    def _compute_state(self):
        for decision in self:
            # sudo: the activity of a colleague tells only whether it is done
            activity = decision.sudo().activity_id
            decision.date_done = activity.date_done
            if not activity:
                decision.state = "dropped" if decision._origin else "open"
            else:
                decision.state = "open" if activity.active else "done"

    @api.model_create_multi
    def create(self, vals_list):
        decisions = super().create(vals_list)
        decisions._schedule()
        return decisions

    def write(self, vals):
        result = super().write(vals)
        if {"name", "user_id", "date_due"} & vals.keys():
            for decision in self.filtered(lambda d: d.state == "open"):
                # sudo: the activity follows what the head decided
                decision.sudo().activity_id.write(decision._prepare_activity())
        return result

    def unlink(self):
        # sudo: the open activity goes with the decision; a done one is history
        self.sudo().activity_id.filtered("active").unlink()
        return super().unlink()

    def _schedule(self):
        """Each decision becomes an activity on its deal."""
        for decision in self:
            if decision.report_id.state == "draft":
                raise UserError(
                    self.env._(
                        "%s: issue the report first; decisions are taken on what stands"
                        " in it.",
                        decision.report_id.display_name,
                    )
                )
            # sudo: who may decide on a deal may give work on it
            decision.sudo().activity_id = decision.lead_id.sudo().activity_schedule(
                "mail.mail_activity_data_todo", **decision._prepare_activity()
            )

    def _prepare_activity(self):
        return {
            "summary": self.name,
            "user_id": self.user_id.id,
            "date_deadline": self.date_due,
        }
