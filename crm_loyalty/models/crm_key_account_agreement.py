# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmKeyAccountAgreement(models.Model):
    """A contract or other agreement with a key account, and when it ends."""

    _name = "crm.key.account.agreement"
    _description = "Agreement with a Key Account"
    _order = "account_id, date_to, id"

    account_id = fields.Many2one(
        "crm.key.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id")
    name = fields.Char(required=True)
    date_from = fields.Date("From")
    date_to = fields.Date("Until", help="Empty: without end")
    days_before = fields.Integer(
        "Remind Days Before",
        default=60,
        help="The key-account manager gets an activity so many days before the end",
    )
    note = fields.Char("What Was Agreed")
    reminded_on = fields.Date(readonly=True, copy=False)

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)",
        "The agreement ends before it begins: check “From” and “Until”.",
    )

    @api.model
    def _remind(self, today):
        """Activities for agreements that end soon, one each."""
        ending = self.search(
            [
                ("account_id.state", "=", "active"),
                ("date_to", ">=", today),
                ("reminded_on", "=", False),
            ]
        ).filtered(
            lambda agreement: (
                fields.Date.subtract(agreement.date_to, days=agreement.days_before)
                <= today
            )
        )
        for agreement in ending:
            agreement.account_id._schedule(
                agreement.date_to,
                self.env._("The agreement “%s” ends: renew it", agreement.name),
            )
        ending.reminded_on = today
