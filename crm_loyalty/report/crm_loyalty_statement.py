# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models

from ..tools.workbook import Column, Sheet


class CrmLoyaltyStatement(models.AbstractModel):
    """Profit and loss of one customer as a workbook; the profile has its values."""

    _name = "crm.loyalty.statement"
    _inherit = ["crm.loyalty.workbook"]
    _description = "Profit and Loss of a Customer"

    def _get_sheets(self, profile_id):
        """The lines as on the screen, sums in bold.

        :param int profile_id: ``crm.customer.profile``
        """
        profile = self.env["crm.customer.profile"].browse(profile_id)
        statement = profile._get_statement()
        title = self.env._("Profit and loss: %s", statement["title"])
        # sudo: which days the figures count is told to everybody who sees them
        policy = profile.sudo().policy_id
        values = {
            "company": profile.company_id.sudo().name,
            "currency_id": statement["currency_id"],
            "window_start": fields.Date.to_string(policy.window_start),
            "as_of": fields.Date.to_string(policy.as_of),
        }
        lines = statement["lines"]
        sheet = Sheet(
            self.env._("Profit and Loss"),
            [
                Column(self.env._("Profit and Loss"), width=38),
                Column(self.env._("How It Was Computed"), width=34),
                Column(self.env._("Amount"), "amount"),
                Column(self.env._("% of Revenue"), "share"),
            ],
            [
                [
                    "    " * line["level"] + line["label"],
                    line["basis"],
                    line["amount"],
                    None if line["share"] is None else line["share"] / 100,
                ]
                for line in lines
            ],
            heading=[*self._get_heading(title, values), statement["notice"]],
            decimals=self._get_decimals(values),
            emphasized={
                number for number, line in enumerate(lines) if line["kind"] == "total"
            },
        )
        return title, [sheet]
