# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmLead(models.Model):
    """Status reports of deals."""

    _inherit = "crm.lead"

    deal_report_ids = fields.One2many(
        "crm.deal.report",
        "lead_id",
        "Status Reports",
        domain=[("state", "!=", "draft")],
        groups="crm_loyalty.group_user",
        help="Issued ones, the last first",
    )
    deal_report_count = fields.Integer(
        "Number of Status Reports",
        compute="_compute_deal_report_count",
        groups="crm_loyalty.group_user",
    )

    @api.depends("deal_report_ids")
    @api.depends_context("uid")
    def _compute_deal_report_count(self):
        for lead in self:
            lead.deal_report_count = len(lead.deal_report_ids)

    def action_deal_report(self):
        """Open the status report that is being prepared, a new one if there is none."""
        self.ensure_one()
        reports = self.env["crm.deal.report"]
        draft = reports.search(
            [
                ("lead_id", "=", self.id),
                ("state", "=", "draft"),
                ("author_id", "=", self.env.uid),
            ],
            limit=1,
        )
        draft.action_update()
        draft = draft or reports.create({"lead_id": self.id})
        return draft._get_records_action(name=self.env._("Status Report"))

    def action_open_deal_reports(self):
        """Status reports of these deals."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_deal_report"
        )
        action["domain"] = [("lead_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_issue_deal_reports(self):
        """Issue status reports of these deals and print them, with an index."""
        return self.env["crm.deal.report"]._issue_for(self).action_print()

    def _merge_dependences(self, opportunities):
        """Reports of merged deals stay what they were, with the deal that remains."""
        result = super()._merge_dependences(opportunities)
        # sudo: who may merge deals need not see all reports
        reports = self.env["crm.deal.report"].sudo()
        reports.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        return result
