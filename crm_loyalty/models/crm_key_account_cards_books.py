# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.fields import Domain

from .crm_key_account_cards import ROWS


class CrmKeyAccount(models.Model):
    """Cards of a dossier that the books fill: money, orders and deliveries."""

    _inherit = "crm.key.account"

    def _get_card_money(self):
        """Revenue, share of ours, margin, debt, payment."""
        card = {"title": self.env._("Money"), "section": "economics"}
        if not self.profile_id:
            card["empty"] = self.env._("No figures yet: the next run computes them.")
            return card
        # on the short paper nothing that is about the customer, not for him
        internal = not self.env.context.get("loyalty_short")
        card["figures"] = [
            self._get_figure_revenue(),
            *([self._get_figure_share()] if internal else ()),
            *(self._get_figures_profit() if internal else ()),
            *([self._get_figure_class()] if internal else ()),
            *self._get_figures_payment(),
        ]
        return card

    def _get_figure_revenue(self):
        profile = self.profile_id
        text, tone = self._money(profile.revenue), ""
        if profile.revenue_previous > 0:
            change = round(profile.trend)
            mark = "▲" if change > 0 else "▼" if change < 0 else "="
            text = f"{text}  {mark} {abs(change)} %"
            tone = "danger" if change <= -10 else ""
        return self._figure(
            self.env._("Revenue of 12 months"), text, "revenue", tone, self.period_label
        )

    def _get_figure_share(self):
        flags = dict(self._fields["dependency"]._description_selection(self.env))
        share = self.env._("%s %%", self._number(self.revenue_share, 1))
        if self.dependency:
            share = f"{share} – {flags[self.dependency]}"
        return self._figure(
            self.env._("Share of our revenue"),
            share,
            tone="warning" if self.dependency in ("dependency", "mono") else "",
        )

    def _get_figures_profit(self):
        """Margin and profit after service, for those who see costs."""
        if not self.env.user.has_group("crm_loyalty.group_cost"):
            return []
        profile = self.profile_id
        if profile.margin is False:
            unknown = self.env._("unknown")
            return [self._figure(self.env._("Margin"), unknown, "revenue_uncosted")]
        text = self._money(profile.margin)
        if profile.revenue > 0:
            text += f"  {self._number(profile.margin_rate, 1)} %"
        profit = profile.service_profit
        return [
            self._figure(self.env._("Margin"), text, "cost"),
            self._figure(
                self.env._("Profit after service"),
                "–" if profit is False else self._money(profit),
                "" if profit is False else "service_profit",
                "danger" if profit is not False and profit < 0 else "",
                hint=self.env._("Less direct costs and cost to serve"),
            ),
        ]

    def _get_figure_class(self):
        profile = self.profile_id
        states = dict(
            profile._fields["relation_state"]._description_selection(self.env)
        )
        parts = [states.get(profile.relation_state)]
        if self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            codes = f"{profile.abc_class or ''}{(profile.xyz_class or '').upper()}"
            parts.append(codes.upper())
        tone = {"declining": "warning", "lost": "danger"}
        return self._figure(
            self.env._("State"),
            ", ".join(filter(None, parts)) or "–",
            tone=tone.get(profile.relation_state, ""),
            hint=profile.rhythm or "",
        )

    def _get_figures_payment(self):
        overdue = self.profile_id.overdue
        today = fields.Date.context_today(self)
        paid = self.env["crm.customer.payment"]._get_days_to_pay(
            self.entity_ids,
            self.company_id,
            fields.Date.subtract(today, days=364),
            today,
        )
        days = self._average_days(paid)
        return [
            self._figure(
                self.env._("Overdue debt"),
                self._money(overdue),
                "overdue" if overdue else "",
                "danger" if overdue > 0 else "",
            ),
            self._figure(
                self.env._("Days to pay"),
                self._describe_days(days),
                hint=self.env._(
                    "From invoice to payment, weighted by amounts, of payments of the"
                    " last 365 days"
                ),
            ),
        ]

    def _describe_days(self, days):
        if not days:
            return "–"
        paid, late = days
        if late < 1:
            return self.env._("%s, within the terms", self._number(paid))
        return self.env._(
            "%(days)s, %(late)s after the due date",
            days=self._number(paid),
            late=self._number(late),
        )

    def _average_days(self, paid):
        """Of several entities the plain mean; None where nothing was paid."""
        if not paid:
            return None
        return [sum(values) / len(paid) for values in zip(*paid.values(), strict=True)]

    def _get_card_service(self):
        """Orders and deliveries: open, late, returned, what is bought and lost."""
        deals, quotations, orders = self._count_open()
        open_deals = self._figure(
            self.env._("Open deals"), deals["text"], "deals" if deals["count"] else ""
        )
        return {
            "title": self.env._("Orders and deliveries"),
            "section": "economics",
            "figures": [
                # what we hope for is not for the customer
                *([] if self.env.context.get("loyalty_short") else [open_deals]),
                self._figure(
                    self.env._("Open quotations"),
                    quotations["text"],
                    "quotations" if quotations["count"] else "",
                ),
                self._figure(
                    self.env._("Orders to deliver or invoice"),
                    orders["text"],
                    "orders" if orders["count"] else "",
                ),
                *self._get_figures_delivery(),
                *self._get_figures_categories(),
            ],
        }

    def _count_open(self):
        """Count and money of open deals, quotations and unfinished orders."""
        totals = []
        for model, domain, amount in (
            ("crm.lead", self._get_deals_domain(), "expected_revenue"),
            ("sale.order", self._get_quotations_domain(), "amount_untaxed"),
            ("sale.order", self._get_orders_domain(), "amount_untaxed"),
        ):
            rate = ["currency_rate"] if model == "sale.order" else []
            groups = self.env[model]._read_group(
                domain, rate, ["__count", f"{amount}:sum"]
            )
            # in company currency at the rate of each order
            count = sum(group[-2] for group in groups)
            money = sum(
                group[-1] / (group[0] or 1) if rate else group[-1] or 0
                for group in groups
            )
            text = f"{count}, {self._money(money)}" if count else "–"
            totals.append({"count": count, "text": text})
        return totals

    def _get_deals_domain(self):
        return Domain(
            [
                ("partner_id.commercial_partner_id", "in", self.entity_ids.ids),
                ("won_status", "=", "pending"),
                ("type", "=", "opportunity"),
                "|",
                ("company_id", "=", False),
                ("company_id", "child_of", self.company_id.id),
            ]
        )

    def _get_sales_domain(self):
        return Domain(
            [
                ("partner_id.commercial_partner_id", "in", self.entity_ids.ids),
                ("company_id", "child_of", self.company_id.id),
            ]
        )

    def _get_quotations_domain(self):
        return self._get_sales_domain() & Domain("state", "in", ("draft", "sent"))

    def _get_orders_domain(self):
        return (
            self._get_sales_domain()
            & Domain("state", "=", "sale")
            & (
                Domain("invoice_status", "=", "to invoice")
                | Domain("delivery_status", "in", ("pending", "started", "partial"))
            )
        )

    def _get_figures_delivery(self):
        profile = self.profile_id
        if not profile.delivery_known:
            return [
                self._figure(
                    self.env._("Delivered on time"), self.env._("too little data")
                )
            ]
        on_time = profile.delivery_on_time
        return [
            self._figure(
                self.env._("Delivered on time"),
                self.env._("%s %%", self._number(on_time, 1)),
                "delivery_on_time",
                "danger" if on_time < 80 else "",
                self.env._("Order lines complete by the promise, of all due"),
            ),
            self._figure(
                self.env._("Returned"),
                self.env._("%s %%", self._number(profile.delivery_returned_share, 1)),
                "delivery_returned_share",
            ),
        ]

    def _get_figures_categories(self):
        """Categories with most revenue, and those bought before but no longer."""
        policy = self._get_policy()
        if not policy.as_of:
            return []
        now = self._get_categories(policy.window_start, policy.as_of)
        end = fields.Date.subtract(policy.window_start, days=1)
        start = end - (policy.as_of - policy.window_start)
        before = self._get_categories(start, end)
        lost = [name for name in before if name not in now]
        figures = [
            self._figure(
                self.env._("Buys mostly"),
                ", ".join(list(now)[:ROWS]) or "–",
                "revenue" if now else "",
            )
        ]
        if lost:
            figures.append(
                self._figure(
                    self.env._("No longer buys"),
                    ", ".join(lost[:ROWS]),
                    "revenue_previous",
                    "warning",
                    self.env._("Bought in the window before, not in this one"),
                )
            )
        return figures

    def _get_categories(self, start, end):
        """{category: revenue} with positive revenue, the largest first."""
        groups = self.env["crm.customer.ledger"]._read_group(
            [
                ("kind", "=", "counted"),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", self.entity_ids.ids),
                ("date", ">=", start),
                ("date", "<=", end),
                ("product_categ_id", "!=", False),
            ],
            ["product_categ_id"],
            ["amount:sum"],
            order="amount:sum desc",
        )
        return {category.name: amount for category, amount in groups if amount > 0}
