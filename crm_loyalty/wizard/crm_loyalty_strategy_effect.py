# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools.effect import Sums, compare

NOBODY = Sums(0, 0, 0, 0, 0, 0)


class CrmLoyaltyStrategyEffect(models.TransientModel):
    """What a strategy brought: its customers against like customers without one.

    Customers stand where they stood on the day it was switched on, so that those who
    grew into the tier since then do not flatter it. Like them are customers that
    follow no strategy and bought as much before as some customer of the tier.
    """

    _name = "crm.loyalty.strategy.effect"
    _description = "Effect of a Strategy"

    strategy_id = fields.Many2one(
        "crm.loyalty.strategy", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="strategy_id.currency_id")
    date_from = fields.Date("In Force Since", readonly=True)
    before_label = fields.Char(readonly=True)
    since_label = fields.Char(readonly=True)
    customer_count = fields.Integer("Customers with It", readonly=True)
    like_count = fields.Integer("Like Customers without It", readonly=True)
    line_ids = fields.One2many(
        "crm.loyalty.strategy.effect.line", "effect_id", readonly=True
    )

    @api.model
    def _open(self, strategy):
        """Action on a new comparison.

        :raise UserError: while the strategy is off
        """
        if not strategy.on_since:
            raise UserError(
                self.env._(
                    "%s: the strategy is off, there is nothing to compare.",
                    strategy.tier_id.name,
                )
            )
        effect = self.create(
            {"strategy_id": strategy.id, "date_from": strategy.on_since}
        )
        effect._compare()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Effect of the strategy of %s", strategy.tier_id.name),
            "res_model": self._name,
            "res_id": effect.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _compare(self):
        policy = self.strategy_id.tier_id.policy_id
        days = (policy.as_of - self.date_from).days + 1 if policy.as_of else 0
        days = max(days, 0)  # none of them counted yet
        sums = self._read_sums(policy, days) if days else {}
        treated = sums.get(("revenue", True), NOBODY)
        rest = sums.get(("revenue", False), NOBODY)
        self.write(
            {
                "before_label": self._format_days(-days),
                "since_label": self._format_days(days),
                "customer_count": treated.customers,
                "like_count": rest.customers,
                "line_ids": [
                    fields.Command.create(
                        self._prepare_line(
                            measure,
                            sums.get((measure, True), NOBODY),
                            sums.get((measure, False), NOBODY),
                        )
                    )
                    for measure in (*self._get_measures(), "cost_to_serve")
                ],
            }
        )

    def _format_days(self, days):
        """The period of so many days from the first one on, or before it."""
        if not days:
            return ""
        first = fields.Date.add(self.date_from, days=min(days, 0))
        last = fields.Date.add(self.date_from, days=max(days, 0) - 1)
        return self.env._(
            "%(start)s – %(end)s",
            start=format_date(self.env, first),
            end=format_date(self.env, last),
        )

    @api.model
    def _get_measures(self):
        """{measure: SQL of its amount in a row of facts}.

        Cost to serve is counted besides, see ``_query_served``.
        """
        return {
            "revenue": SQL("fact.revenue"),
            "orders": SQL("fact.purchase_count"),
            "margin": SQL("fact.revenue - fact.cost"),
        }

    def _read_sums(self, policy, days):
        """{(measure, whether with the strategy): Sums}.

        The margin counts only customers whose costs are all known in both periods.
        """
        measures = self._get_measures()
        amounts = SQL(", ").join(
            SQL(
                """
                COALESCE(SUM(%(amount)s) FILTER (WHERE fact.date < %(start)s), 0)
                    AS %(before)s,
                COALESCE(SUM(%(amount)s) FILTER (WHERE fact.date >= %(start)s), 0)
                    AS %(since)s
                """,
                amount=amount,
                start=self.date_from,
                before=SQL.identifier(f"{name}_before"),
                since=SQL.identifier(f"{name}_since"),
            )
            for name, amount in measures.items()
        )
        first = fields.Date.subtract(self.date_from, days=days)
        # which customers count; without rates nobody's cost to serve is known
        counts = {
            "margin": SQL("is_costed"),
            "cost_to_serve": SQL("%s", self._is_served(policy)),
        }
        rows = SQL(", ").join(
            SQL(
                "(%s, %s::numeric, %s::numeric, %s)",
                name,
                SQL.identifier(f"{name}_before"),
                SQL.identifier(f"{name}_since"),
                counts.get(name, SQL("TRUE")),
            )
            for name in (*measures, "cost_to_serve")
        )
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                WITH %(standing)s,
                traded AS (
                    SELECT standing.partner_id, standing.treated, %(amounts)s,
                        COALESCE(BOOL_AND(fact.revenue_uncosted = 0), TRUE) AS is_costed
                    FROM standing
                    LEFT JOIN (
                        SELECT fact.*, COALESCE(grouped.customer_id, fact.partner_id)
                            AS customer_id
                        FROM crm_customer_fact fact
                        %(join)s
                        WHERE fact.company_id = %(company)s
                            AND fact.date BETWEEN %(first)s AND %(as_of)s
                    ) fact ON fact.customer_id = standing.partner_id
                    GROUP BY standing.partner_id, standing.treated
                ),
                customer AS (
                    SELECT traded.*, COALESCE(served.before, 0) AS cost_to_serve_before,
                        COALESCE(served.since, 0) AS cost_to_serve_since
                    FROM traded
                    LEFT JOIN (%(served)s) served USING (partner_id)
                ),
                range AS (
                    SELECT MIN(revenue_before) AS low, MAX(revenue_before) AS high
                    FROM customer WHERE treated
                )
                SELECT measure.name, customer.treated, COUNT(*), SUM(before),
                    SUM(since), SUM(before * before), SUM(since * since),
                    SUM(before * since)
                FROM customer
                CROSS JOIN range
                CROSS JOIN LATERAL (VALUES %(rows)s)
                    AS measure (name, before, since, counts)
                WHERE measure.counts AND (
                    customer.treated OR revenue_before BETWEEN range.low AND range.high
                )
                GROUP BY measure.name, customer.treated
                """,
                standing=self._query_standing(policy),
                amounts=amounts,
                join=self.env["crm.customer.entity"]._sql_join(
                    SQL("fact.partner_id"), SQL("fact.company_id")
                ),
                company=policy.company_id.id,
                first=first,
                as_of=policy.as_of,
                served=self._query_served(policy, first),
                rows=rows,
            )
        )
        return {
            (name, treated): Sums(*map(float, sums)) for name, treated, *sums in found
        }

    def _is_served(self, policy):
        """Pools are shared out by month: only rates know what a day cost."""
        return policy.service_mode == "rates" and policy._has_service()

    def _query_served(self, policy, first):
        """Cost to serve of customers before the strategy and since, by the rates."""
        if not self._is_served(policy):
            return SQL("SELECT 0 AS partner_id, 0 AS before, 0 AS since WHERE FALSE")
        company, start = policy.company_id, self.date_from
        schedule = policy._get_service_schedule(start=first, cuts=[start])
        facts = self.env["crm.customer.service.fact"]
        return SQL(
            """
            SELECT COALESCE(grouped.customer_id, paid.partner_id) AS partner_id,
                SUM(paid.before) AS before, SUM(paid.since) AS since
            FROM (%(paid)s) paid
            %(join)s
            GROUP BY 1
            """,
            paid=facts._query_periods(company, schedule, start),
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("paid.partner_id"), SQL("%s", company.id)
            ),
        )

    def _query_standing(self, policy):
        """CTE ``standing``: who had the strategy from its first day, and who none.

        By the last change of tier up to that day; customers of other strategies in
        force, and customers that bought for the first time since, are left out.
        """
        return SQL(
            """
            standing AS (
                SELECT placed.partner_id, placed.tier_id = %(tier)s AS treated
                FROM (
                    SELECT DISTINCT ON (change.partner_id) change.partner_id,
                        change.to_tier_id AS tier_id
                    FROM crm_customer_tier_change change
                    WHERE change.company_id = %(company)s AND change.date <= %(start)s
                    ORDER BY change.partner_id, change.date DESC, change.id DESC
                ) placed
                JOIN crm_customer_profile profile
                    ON profile.partner_id = placed.partner_id
                    AND profile.company_id = %(company)s
                    AND profile.first_purchase_date < %(start)s
                WHERE placed.tier_id = %(tier)s OR (
                    placed.tier_id NOT IN (%(in_force)s)
                    AND (profile.tier_id IS NULL
                        OR profile.tier_id NOT IN (%(in_force)s))
                )
            )
            """,
            tier=self.strategy_id.tier_id.id,
            company=policy.company_id.id,
            start=self.date_from,
            in_force=SQL("SELECT tier_id FROM crm_loyalty_strategy WHERE state = 'on'"),
        )

    def _prepare_line(self, measure, treated, rest):
        result = compare(treated, rest)
        effect, low, high = result or (0, 0, 0)
        policy = self.strategy_id.tier_id.policy_id
        if measure == "cost_to_serve" and not self._is_served(policy):
            state = "unknown"
        elif not result:
            state = "too_little"
        elif low <= 0 <= high:
            state = "not_shown"
        else:
            state = "more" if low > 0 else "less"
        return {
            "measure": measure,
            "treated_before": treated.before,
            "treated_since": treated.after,
            "rest_before": rest.before,
            "rest_since": rest.after,
            "effect": effect,
            "low": low,
            "high": high,
            "state": state,
        }
