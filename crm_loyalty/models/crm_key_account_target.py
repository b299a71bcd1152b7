# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import date_utils


class CrmKeyAccountTarget(models.Model):
    """What a key account shall buy in a month, against what it bought."""

    _name = "crm.key.account.target"
    _description = "Monthly Target of a Key Account"
    _order = "account_id, month"
    _rec_name = "month"

    account_id = fields.Many2one(
        "crm.key.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, help="First day of the month")
    amount = fields.Monetary("Target", help="Revenue, net of tax")
    actual = fields.Monetary(compute="_compute_actual", compute_sudo=True)
    attainment = fields.Float(
        "Reached in %", compute="_compute_actual", compute_sudo=True, aggregator=None
    )

    _month_uniq = models.Constraint(
        "UNIQUE (account_id, month)", "There is one target per month."
    )
    _first_day = models.Constraint(
        "CHECK (EXTRACT(DAY FROM month) = 1)",
        "A target counts for a month: enter the first day of it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_first_day(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_first_day(vals))

    @api.model
    def _with_first_day(self, vals):
        """Any day of a month names it."""
        if not vals.get("month"):
            return vals
        return {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}

    @api.depends("account_id", "month", "amount")
    def _compute_actual(self):
        # sudo (compute_sudo): figures of the customer are told to its team
        for account, targets in self.grouped("account_id").items():
            months = [month for month in targets.mapped("month") if month]
            actual = months and account._get_monthly_revenue(
                min(months), date_utils.end_of(max(months), "month")
            )
            for target in targets:
                target.actual = (actual or {}).get(target.month, 0)
                target.attainment = target.amount and (
                    100 * target.actual / target.amount
                )
