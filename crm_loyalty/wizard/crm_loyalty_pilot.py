# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..tools.effect import MIN_CUSTOMERS, Sums, compare

NOBODY = Sums(0, 0, 0, 0, 0, 0)


class CrmLoyaltyPilot(models.TransientModel):
    """The customers that take part in the tiers, measured against the rest.

    Revenue since the pilot began, and of as many days before; only of customers that
    bought before it began, so that newcomers favour neither side.
    """

    _name = "crm.loyalty.pilot"
    _description = "Pilot Compared with the Rest"

    policy_id = fields.Many2one(
        "crm.loyalty.policy",
        required=True,
        readonly=True,
        default=lambda self: self.env["crm.loyalty.policy"]._get(),
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    date_from = fields.Date(
        "Pilot Began on",
        required=True,
        default=lambda self: self._default_date_from(),
    )
    before_label = fields.Char(compute="_compute_comparison")
    since_label = fields.Char(compute="_compute_comparison")
    pilot_count = fields.Integer(
        "Customers in the Pilot", compute="_compute_comparison"
    )
    rest_count = fields.Integer("Other Customers", compute="_compute_comparison")
    pilot_before = fields.Monetary(compute="_compute_comparison")
    pilot_since = fields.Monetary(compute="_compute_comparison")
    pilot_change = fields.Float("Pilot: Change in %", compute="_compute_comparison")
    rest_before = fields.Monetary(compute="_compute_comparison")
    rest_since = fields.Monetary(compute="_compute_comparison")
    rest_change = fields.Float("Rest: Change in %", compute="_compute_comparison")
    effect = fields.Monetary(
        compute="_compute_comparison",
        help="Revenue of the pilot since it began, less what it would have been, had it"
        " changed like that of the rest",
    )
    state = fields.Selection(
        [
            ("no_pilot", "No pilot"),
            ("too_little", "Too little data"),
            ("not_shown", "Not shown"),
            ("more", "More than the rest"),
            ("less", "Less than the rest"),
        ],
        compute="_compute_comparison",
    )
    verdict = fields.Char(compute="_compute_comparison")

    def _default_date_from(self):
        policy = self.env["crm.loyalty.policy"]._get()
        as_of = policy.as_of or fields.Date.context_today(self)
        return fields.Date.subtract(as_of, months=3)

    def _compute_display_name(self):
        for pilot in self:
            pilot.display_name = self.env._("Pilot Compared with the Rest")

    @api.depends("policy_id", "date_from")
    def _compute_comparison(self):
        for pilot in self:
            pilot.update(pilot._prepare_comparison())

    def _prepare_comparison(self):
        policy = self.policy_id
        as_of = policy.as_of or fields.Date.context_today(self)
        sums = {}
        days = self.date_from and (as_of - self.date_from).days + 1
        if days and days > 0:
            sums = self._read_sums(policy, days)
        pilot, rest = sums.get(True, NOBODY), sums.get(False, NOBODY)
        result = compare(pilot, rest)
        state = self._get_state(rest, result)
        return {
            "before_label": days and self._format_days(self.date_from, -days),
            "since_label": days and self._format_days(self.date_from, days),
            "pilot_count": pilot.customers,
            "pilot_before": pilot.before,
            "pilot_since": pilot.after,
            "pilot_change": self._get_change(pilot),
            "rest_count": rest.customers,
            "rest_before": rest.before,
            "rest_since": rest.after,
            "rest_change": self._get_change(rest),
            "effect": result and result[0],
            "state": state,
            "verdict": self._format_verdict(state, result),
        }

    def _get_change(self, sums):
        if sums.before <= 0:
            return 0
        return 100 * (sums.after - sums.before) / sums.before

    def _format_days(self, start, days):
        """The period of so many days from ``start`` on, or before it."""
        first = fields.Date.add(start, days=min(days, 0))
        last = fields.Date.add(start, days=max(days, 0) - 1)
        return self.env._(
            "%(start)s – %(end)s",
            start=format_date(self.env, first),
            end=format_date(self.env, last),
        )

    def _read_sums(self, policy, days):
        """{whether in the pilot: Sums} of the customers that bought before it began."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT pilot, COUNT(*), SUM(before), SUM(since), SUM(before * before),
                    SUM(since * since), SUM(before * since)
                FROM (
                    SELECT profile.standing <> 'excluded' AS pilot,
                        COALESCE(SUM(fact.revenue) FILTER (
                            WHERE fact.date < %(start)s AND fact.date >= %(first)s
                        ), 0) AS before,
                        COALESCE(SUM(fact.revenue) FILTER (
                            WHERE fact.date >= %(start)s
                        ), 0) AS since
                    FROM crm_customer_fact fact
                    %(join)s
                    JOIN crm_customer_profile profile
                        ON profile.partner_id = COALESCE(
                            grouped.customer_id, fact.partner_id
                        )
                        AND profile.company_id = fact.company_id
                    WHERE profile.company_id = %(company)s
                        AND profile.first_purchase_date < %(start)s
                        AND fact.date <= %(as_of)s
                    GROUP BY profile.id
                ) customer
                GROUP BY pilot
                """,
                start=self.date_from,
                first=fields.Date.subtract(self.date_from, days=days),
                as_of=policy.as_of,
                company=policy.company_id.id,
                join=self.env["crm.customer.entity"]._sql_join(
                    SQL("fact.partner_id"), SQL("fact.company_id")
                ),
            )
        )
        return {pilot: Sums(*map(float, sums)) for pilot, *sums in rows}

    def _get_state(self, rest, result):
        if not rest.customers:
            return "no_pilot"
        if not result:
            return "too_little"
        _effect, low, high = result
        if low <= 0 <= high:
            return "not_shown"
        return "more" if low > 0 else "less"

    def _format_verdict(self, state, result):
        """What may be said, and no more than that."""
        if state == "no_pilot":
            return self.env._(
                "Every customer takes part. Say in the tier rules who takes part, for"
                " instance one team or one region."
            )
        if state == "too_little":
            return self.env._(
                "Too little data: at least %s customers on either side must have bought"
                " before the pilot began.",
                MIN_CUSTOMERS,
            )
        amounts = [format_amount(self.env, n, self.currency_id) for n in result]
        values = dict(zip(("effect", "low", "high"), amounts, strict=True))
        if state == "not_shown":
            return self.env._(
                "No effect is shown: the difference of %(effect)s may be chance"
                " (between %(low)s and %(high)s with 95 %% confidence).",
                **values,
            )
        return self.env._(
            "Had the pilot gone like the rest, its revenue would differ by %(effect)s"
            " (between %(low)s and %(high)s with 95 %% confidence).",
            **values,
        )

    def action_open_pilot(self):
        """The customers that take part."""
        name = self.env._("Customers in the Pilot")
        return self._open_customers(name, [("standing", "!=", "excluded")])

    def action_open_rest(self):
        """The customers that do not."""
        name = self.env._("Other Customers")
        return self._open_customers(name, [("standing", "=", "excluded")])

    def _open_customers(self, name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_customer"
        )
        action["domain"] = [
            ("company_id", "=", self.policy_id.company_id.id),
            ("first_purchase_date", "<", fields.Date.to_string(self.date_from)),
            *domain,
        ]
        action["name"] = action["display_name"] = name
        return action
