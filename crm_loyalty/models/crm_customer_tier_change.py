# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_amount, format_date


class CrmCustomerTierChange(models.Model):
    """Why and when a customer changed tier. Written with the tier, never edited.

    The figures are stored, the sentence is not: each reader gets it in his language.
    """

    _name = "crm.customer.tier.change"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Tier Change"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _log_access = False
    _technical_fields = (
        "currency_id",
        "is_current_company",
        "from_tier_color",
        "to_tier_color",
        "override_id",
    )

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    date = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("entered", "Entered the pyramid"),
            ("decision", "Decision"),
            ("left", "Left the pyramid"),
            ("override", "Set by hand"),
            ("expired", "No longer set by hand"),
        ],
        required=True,
        readonly=True,
    )
    from_tier_id = fields.Many2one(
        "crm.loyalty.tier", "Tier Before", readonly=True, ondelete="restrict"
    )
    to_tier_id = fields.Many2one(
        "crm.loyalty.tier", "Tier After", readonly=True, ondelete="restrict"
    )
    from_tier_color = fields.Integer(
        "Color Before", related="from_tier_id.color", aggregator=None
    )
    to_tier_color = fields.Integer(
        "Color After", related="to_tier_id.color", aggregator=None
    )
    direction = fields.Selection(
        [("up", "Up"), ("down", "Down"), ("in", "In"), ("out", "Out")],
        compute="_compute_direction",
    )
    standing = fields.Selection(
        lambda self: self.env["crm.customer.profile"]._fields["standing"].selection,
        required=True,
        readonly=True,
    )
    revenue = fields.Monetary("Revenue (Net of Tax)", readonly=True)
    rank = fields.Integer(readonly=True, aggregator=None)
    ranked_count = fields.Integer("Ranked Customers", readonly=True, aggregator=None)
    first_purchase_date = fields.Date("First Purchase", readonly=True)
    override_id = fields.Many2one(
        "crm.customer.tier.override", readonly=True, ondelete="set null"
    )
    reason = fields.Char(compute="_compute_reason")

    _company_date_idx = models.Index("(company_id, date)")

    @api.depends("from_tier_id", "to_tier_id")
    def _compute_direction(self):
        for change in self:
            if not change.from_tier_id:
                change.direction = "in"
            elif not change.to_tier_id:
                change.direction = "out"
            else:
                up = change.to_tier_id.sequence < change.from_tier_id.sequence
                change.direction = "up" if up else "down"

    @api.depends("standing", "revenue", "rank", "ranked_count", "first_purchase_date")
    def _compute_reason(self):
        for change in self:
            change.reason = change._format_reason(
                standing=change.standing,
                revenue=change.revenue,
                currency=change.currency_id,
                rank=change.rank,
                ranked_count=change.ranked_count,
                first_purchase=change.first_purchase_date,
            )
            if change.kind == "override" and change.override_id:
                change.reason = self.env._(
                    "By hand until %(end)s: %(reason)s (%(figures)s)",
                    end=format_date(self.env, change.override_id.date_to),
                    reason=change.override_id.reason,
                    figures=change.reason,
                )

    def action_open_profile(self):
        """The value page of the customer, or its contact if it has none any more."""
        self.ensure_one()
        profile = self.env["crm.customer.profile"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        return (profile or self.partner_id)._get_records_action()

    @api.model
    def _format_reason(
        self,
        *,
        standing,
        revenue,
        currency,
        rank,
        ranked_count,
        first_purchase,
        newcomer_days=None,
    ):
        """The figures behind a tier, in one sentence of the reader's language."""
        amount = format_amount(self.env, revenue, currency)
        if standing == "no_sales":
            return self.env._("No sales in the window")
        if standing == "not_positive":
            return self.env._("Net revenue %s: zero or negative", amount)
        if standing == "excluded":
            return self.env._("Does not take part by the rules of the company")
        if standing == "too_new":
            if not first_purchase:
                return self.env._("Revenue %s, no purchase yet", amount)
            return self.env._(
                "Revenue %(amount)s, first purchase on %(date)s: too new to judge",
                amount=amount,
                date=format_date(self.env, first_purchase),
            )
        return self.env._(
            "Revenue %(amount)s, rank %(rank)s of %(count)s, ahead of %(share)s %% of"
            " customers",
            amount=amount,
            rank=rank,
            count=ranked_count,
            share=100 * (ranked_count - rank) // ranked_count if ranked_count else 0,
        )
