# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_amount, format_date, formatLang

from .nullable_fields import NullableMonetary


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
        "cut_from",
        "cut_to",
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
            ("grouped", "Joined a group"),
            ("ungrouped", "Group ended"),
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
        lambda self: (
            self.env["crm.customer.profile"]
            ._fields["standing"]
            ._description_selection(self.env)
        ),
        required=True,
        readonly=True,
    )
    revenue = fields.Monetary("Revenue (Net of Tax)", readonly=True)
    value_basis = fields.Selection(
        lambda self: (
            self.env["crm.loyalty.policy"]
            ._fields["value_basis"]
            ._description_selection(self.env)
        ),
        "Ranked by",
        readonly=True,
        help="Empty in old rows: the revenue",
    )
    profit = NullableMonetary(
        "Profit after Service", readonly=True, groups="crm_loyalty.group_cost"
    )
    rank = fields.Integer(readonly=True, aggregator=None)
    ranked_count = fields.Integer("Ranked Customers", readonly=True, aggregator=None)
    first_purchase_date = fields.Date("First Purchase", readonly=True)
    computed_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        readonly=True,
        ondelete="set null",
        help="By the figures alone, without margin and hand",
    )
    share_ahead = fields.Float(
        "Revenue Ahead (%)",
        digits=(7, 4),
        readonly=True,
        aggregator=None,
        help="Share of revenue of the ranked customers that stood ahead of this one",
    )
    cut_method = fields.Selection(
        lambda self: (
            self.env["crm.loyalty.policy"]
            ._fields["cut_method"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    cut_from = fields.Float(
        readonly=True, aggregator=None, help="Where the computed tier began that day"
    )
    cut_to = fields.Float(
        readonly=True, aggregator=None, help="Where it ended; 0 is no end"
    )
    override_id = fields.Many2one(
        "crm.customer.tier.override", readonly=True, ondelete="set null"
    )
    group_id = fields.Many2one(
        "crm.customer.group", readonly=True, ondelete="set null", index="btree_not_null"
    )
    reason = fields.Char(compute="_compute_reason")

    _company_date_idx = models.Index("(company_id, date)")

    @api.depends("from_tier_id", "to_tier_id")
    def _compute_direction(self):
        for change in self:
            change.direction = self._get_direction(
                change.from_tier_id, change.to_tier_id
            )

    def _get_direction(self, origin, target):
        """Which way a customer goes from one tier to another; either may be empty."""
        if not origin:
            return "in"
        if not target:
            return "out"
        return "up" if target.sequence < origin.sequence else "down"

    @api.depends(
        "kind",
        "group_id",
        "standing",
        "revenue",
        "rank",
        "ranked_count",
        "share_ahead",
        "to_tier_id",
        "value_basis",
    )
    @api.depends_context("uid")
    def _compute_reason(self):
        for change in self:
            by_profit = change.value_basis == "profit"
            reason = change._format_reason(
                standing=change.standing,
                revenue=change.revenue,
                # sudo: who may not see the profit is told the revenue only
                profit=by_profit and change.sudo().profit,
                by_profit=by_profit,
                currency=change.currency_id,
                rank=change.rank,
                ranked_count=change.ranked_count,
                first_purchase=change.first_purchase_date,
                cut=change._format_cut(
                    method=change.cut_method,
                    tier=change.computed_tier_id,
                    bounds=(change.cut_from, change.cut_to),
                    share_ahead=change.share_ahead,
                    currency=change.currency_id,
                    by_profit=by_profit,
                ),
            )
            if change.kind == "override" and change.override_id:
                reason = self.env._(
                    "By hand until %(end)s: %(reason)s (%(figures)s)",
                    end=format_date(self.env, change.override_id.date_to),
                    reason=change.override_id.reason,
                    figures=reason,
                )
            elif change.kind == "decision" and change._is_kept_back():
                reason = self.env._(
                    "%(figures)s; for now no further than %(tier)s, by the margin",
                    figures=reason,
                    tier=change.to_tier_id.name,
                )
            elif change.kind in ("grouped", "ungrouped"):
                reason = change._format_group_reason()
            change.reason = reason

    def _is_kept_back(self):
        """Whether the customer went in the computed direction, but not all the way."""
        return self.computed_tier_id and self.to_tier_id != self.computed_tier_id

    def _format_group_reason(self):
        """What became of the customer, and what it was before, in one sentence."""
        self.ensure_one()
        # sudo: the group of another company may be told, as its effect is
        values = {
            "group": self.group_id.sudo().name or "",
            "amount": format_amount(self.env, self.revenue, self.currency_id),
        }
        if self.kind == "grouped":
            return self.env._(
                "Judged with the group %(group)s from now on; revenue until then"
                " %(amount)s",
                **values,
            )
        return self.env._(
            "The group %(group)s has ended; its revenue was %(amount)s", **values
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
        cut="",
        by_profit=False,
        profit=False,
    ):
        """The figures behind a tier, in one sentence of the reader's language.

        Where tiers follow the profit after service, who may not see costs is told the
        revenue only.

        :param str cut: where the customer stands among the cuts (``_format_cut``)
        :param by_profit: whether customers are ranked by the profit after service
        :param profit: that profit; False is unknown
        """
        amount = format_amount(self.env, revenue, currency)
        tells_profit = by_profit and self._sees_profit()
        if standing == "no_sales":
            return self.env._("No sales in the window")
        if standing == "cost_unknown":
            return self.env._(
                "Revenue %s, but its cost of goods is not known: no profit to judge by",
                amount,
            )
        if standing == "not_positive" and tells_profit:
            return self.env._(
                "Revenue %(amount)s, profit after service %(profit)s: zero or negative",
                amount=amount,
                profit=format_amount(self.env, profit or 0.0, currency),
            )
        if standing == "not_positive" and by_profit:
            return self.env._("Revenue %s; net value zero or negative", amount)
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
        values = {
            "amount": amount,
            "rank": rank,
            "count": ranked_count,
            "share": 100 * (ranked_count - rank) // ranked_count if ranked_count else 0,
        }
        if tells_profit:
            figures = self.env._(
                "Profit after service %(profit)s of revenue %(amount)s, rank %(rank)s"
                " of %(count)s, ahead of %(share)s %% of customers",
                profit=format_amount(self.env, profit or 0.0, currency),
                **values,
            )
        elif by_profit:
            return self.env._(
                "Revenue %(amount)s; rank %(rank)s of %(count)s by value, ahead of"
                " %(share)s %% of customers",
                **values,
            )
        else:
            figures = self.env._(
                "Revenue %(amount)s, rank %(rank)s of %(count)s, ahead of %(share)s %%"
                " of customers",
                **values,
            )
        return f"{figures}; {cut}" if cut else figures

    @api.model
    def _sees_profit(self):
        return self.env.user.has_group("crm_loyalty.group_cost")

    @api.model
    def _format_cut(
        self, *, method, tier, bounds, share_ahead, currency, by_profit=False
    ):
        """Where a customer stands among the cuts, and why that is in this tier.

        :param tier: the tier that the figures give
        :param bounds: where that tier begins and ends
        :param share_ahead: share of revenue of the customers ahead, in %
        :return: half a sentence; empty when the tier is not known
        """
        if not method or not tier:
            return ""
        start, end = bounds
        if method == "amount":
            values = {
                "tier": tier.name,
                "start": format_amount(self.env, start, currency),
                "end": format_amount(self.env, end, currency),
            }
            if end:
                return self.env._("%(tier)s is from %(start)s to %(end)s", **values)
            return self.env._("%(tier)s is from %(start)s", **values)
        values = {
            "tier": tier.name,
            "start": format_share(self.env, start),
            "end": format_share(self.env, end),
        }
        if method == "customer_share":
            return self.env._(
                "%(tier)s is from %(start)s %% to %(end)s %% of customers", **values
            )
        values["ahead"] = format_share(self.env, share_ahead)
        if by_profit:
            return self.env._(
                "those ahead bring %(ahead)s %% of the profit, %(tier)s is from"
                " %(start)s %% to %(end)s %%",
                **values,
            )
        return self.env._(
            "those ahead bring %(ahead)s %% of revenue, %(tier)s is from %(start)s %%"
            " to %(end)s %%",
            **values,
        )


def format_share(env, share):
    """A share in %, with the decimals it needs and two at most."""
    digits = next(n for n in (0, 1, 2) if n == 2 or round(share, n) == round(share, 2))
    return formatLang(env, share, digits=digits)
