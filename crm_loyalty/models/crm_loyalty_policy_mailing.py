# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmLoyaltyPolicy(models.Model):
    """Whether, and for which tiers, reports on deals are mailed."""

    _inherit = "crm.loyalty.policy"

    report_mail = fields.Boolean(
        "Mail Reports on Deals",
        tracking=True,
        help="Salespeople, team leaders and sponsors get the portfolio of their deals,"
        " and the status reports of those that changed or are in danger. Never the"
        " customer",
    )
    report_mail_from = fields.Date(
        "Mailed from", readonly=True, copy=False, help="The day it was switched on"
    )

    report_mail_now = fields.Date(
        "Mailed Besides the Schedule", readonly=True, copy=False
    )

    def write(self, vals):
        if vals.get("report_mail"):
            started = self.filtered(lambda policy: not policy.report_mail)
            result = super().write(vals)
            started._start_report_mail()
            return result
        return super().write(vals)

    def _start_report_mail(self):
        """The next Monday is the first; weekly for tier 1 where nothing is chosen."""
        for policy in self:
            policy.report_mail_from = fields.Date.context_today(policy)
            if not any(tier.report_period for tier in policy.tier_ids):
                policy.tier_ids.sorted()[:1].report_period = "weekly"

    def action_mail_reports(self):
        """Mail the reports of all chosen tiers today, besides the schedule.

        Whoever got them today already gets nothing twice.

        :raise UserError: while no tier is chosen
        """
        self.ensure_one()
        self.check_access("write")
        if not any(tier.report_period for tier in self.tier_ids):
            raise UserError(
                self.env._(
                    "Status Reports: no tier is chosen. Choose “Weekly” or “Monthly”"
                    " on one of the tiers, then send again."
                )
            )
        self.report_mail_now = fields.Date.context_today(self)
        # sudo: who may write the policy may start its job
        self.env.ref("crm_loyalty.ir_cron_deal_mailing").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The reports are being prepared: see Reporting, Reports by Mail."
                ),
            },
        }

    @api.model
    def _get_mailing_policies(self):
        return self.search(
            [
                "|",
                ("report_mail", "=", True),
                ("report_mail_now", "!=", False),
                ("company_id.active", "=", True),
            ]
        )
