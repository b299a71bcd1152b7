# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmKeyAccountPlan(models.TransientModel):
    """The target of a year: typed, or last year plus a percentage."""

    _name = "crm.key.account.plan"
    _description = "Target of a Year"

    account_id = fields.Many2one("crm.key.account", required=True, readonly=True)
    currency_id = fields.Many2one(related="account_id.currency_id")
    # in the last quarter people plan the year to come
    year = fields.Integer(
        required=True,
        default=lambda self: (
            fields.Date.add(fields.Date.context_today(self), months=3).year
        ),
    )
    last_year = fields.Monetary(
        "Revenue of the Year Before", compute="_compute_last_year"
    )
    growth = fields.Float("More than Last Year in %", digits=(16, 1))
    amount = fields.Monetary(
        "Target of the Year",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Revenue, net of tax; spread over the months like the year before",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Enter a target above zero in “Target of the Year”."
    )

    @api.depends("account_id", "year")
    def _compute_last_year(self):
        for plan in self:
            plan.last_year = plan.year and plan.account_id._get_year_revenue(
                plan.year - 1
            )

    @api.depends("growth", "last_year")
    def _compute_amount(self):
        for plan in self:
            plan.amount = plan.last_year * (1 + plan.growth / 100)

    def action_plan(self):
        """Write the twelve monthly targets."""
        self.ensure_one()
        self.account_id.check_access("write")
        self.account_id._plan_year(self.year, self.amount)
        return {"type": "ir.actions.act_window_close"}
