# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, formatLang

#: rows of a list on a card
ROWS = 4


class CrmKeyAccount(models.Model):
    """The cards of a dossier: facts first, from the books, each with what it counts.

    One method per card, ``_get_card_<name>``, that returns a dict of ``title``,
    ``section`` (whose freshness and gap it shows), ``figures`` and ``rows``. A figure
    has a label and a text, and names what ``action_explain`` opens. Add-ons add a
    name to ``_get_cards`` and a method, or figures to a card.
    """

    _inherit = "crm.key.account"

    cards = fields.Json("Facts", compute="_compute_cards")
    period_label = fields.Char("Period", compute="_compute_cards")

    @api.depends_context("uid", "lang", "loyalty_short")
    def _compute_cards(self):
        for account in self:
            account.period_label = account._get_policy()._get_period_label() or ""
            freshness = {row["section"]: row for row in account.sections}
            gaps = {gap["section"]: gap for gap in reversed(account.gaps or [])}
            # sudo: the team reads all facts of its customer, those of colleagues'
            # documents, too; cost and margin are left out by the methods
            facts = account.sudo()
            cards = []
            for name in account._get_cards():
                card = getattr(facts, f"_get_card_{name}")()
                section = card.get("section")
                cards.append(
                    {
                        "name": name,
                        "figures": [],
                        "rows": [],
                        "empty": "",
                        **card,
                        "state": freshness.get(section),
                        "gap": gaps.get(section),
                    }
                )
            account.cards = cards

    def _get_policy(self):
        """Policy of the company, whose window the figures count."""
        # sudo: its dates stand beside the figures
        policy = self.sudo().profile_id.policy_id
        return policy or self.env["crm.loyalty.policy"]._get(self.company_id)

    @api.model
    def _get_cards(self):
        """Names of the cards, in their order on screen and paper."""
        return [
            "money",
            "service",
            "business",
            "people",
            "needs",
            "competitors",
            "terms",
            "dates",
            "plan",
        ]

    def _figure(self, label, text, explain="", tone="", hint=""):
        """A figure of a card.

        :param explain: what ``action_explain`` opens, nothing without it
        :param tone: ``danger``, ``warning`` or ``success`` beside what the text says
        """
        return {
            "label": label,
            "text": text,
            "explain": explain,
            "tone": tone,
            "hint": hint,
        }

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _number(self, value, digits=0):
        return formatLang(self.env, value, digits=digits)

    def _day(self, day):
        return format_date(self.env, day) if day else "–"

    # ------------------------------------------------------------------
    # Cards from the books
    # ------------------------------------------------------------------

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

    # ------------------------------------------------------------------
    # Cards of what people know
    # ------------------------------------------------------------------

    def _texts(self, *names):
        """Figures of those fields that are filled."""
        figures = []
        for name in names:
            field = self._fields[name]
            value = self[name]
            if field.type == "selection":
                value = dict(field._description_selection(self.env)).get(value)
            elif field.type == "monetary":
                value = value and self._money(value)
            elif field.type == "many2one":
                value = value.display_name
            if value:
                label = field._description_string(self.env)
                figures.append(self._figure(label, value))
        return figures

    def _get_card_business(self):
        return {
            "title": self.env._("The customer"),
            "section": "profile",
            "figures": self._texts(
                "industry_id", "owners", "holding_note", "goals", "pressures"
            ),
            "empty": self.env._("Nothing is known about its business yet."),
        }

    def _get_card_people(self):
        """How it decides, in texts; see ``crm_key_account_map`` for who."""
        return {
            "title": self.env._("People"),
            "section": "people",
            "figures": self._texts(
                "points_note",
                "roles_note",
                "approval_limits",
                "tender_rule",
                "budget_month",
            ),
            "empty": self.env._(
                "Nobody has written down who decides: the key-account manager asks."
            ),
        }

    def _get_card_needs(self):
        return {
            "title": self.env._("Needs"),
            "section": "needs",
            "figures": self._texts(
                "need", "need_owner", "need_cost", "need_workaround"
            ),
            "empty": self.env._("No need has been confirmed by the customer yet."),
        }

    def _get_card_competitors(self):
        return {
            "title": self.env._("Competitors"),
            "section": "competitors",
            "figures": [
                self._figure(
                    competitor.name,
                    ", ".join(
                        filter(
                            None,
                            (
                                competitor.share
                                and self.env._("%s %%", self._number(competitor.share)),
                                competitor.weaknesses
                                and self.env._("weak: %s", competitor.weaknesses),
                            ),
                        )
                    )
                    or "–",
                )
                for competitor in list(self.competitor_ids)[:ROWS]
            ],
            "empty": self.env._("Nobody knows yet who else supplies it."),
        }

    def _get_card_terms(self):
        """Prices and terms of the books, agreements and their end."""
        partner = self.partner_id.with_company(self.company_id)
        figures = [
            self._figure(
                self.env._("Payment terms"),
                partner.property_payment_term_id.name or self.env._("none of its own"),
            ),
            self._figure(
                self.env._("Price list"),
                partner.specific_property_product_pricelist.name
                or self.env._("none of its own"),
            ),
        ]
        today = fields.Date.context_today(self)
        for agreement in list(self.agreement_ids)[:ROWS]:
            end = agreement.date_to
            soon = end and (end - today).days <= agreement.days_before
            figures.append(
                self._figure(
                    agreement.name,
                    self.env._("until %s", self._day(end))
                    if end
                    else self.env._("without end"),
                    tone="danger" if end and end < today else "warning" if soon else "",
                )
            )
        return {
            "title": self.env._("Terms"),
            "section": "terms",
            "figures": figures + self._texts("price_terms", "delivery_rules"),
        }

    def _get_card_dates(self):
        """Important dates to come."""
        coming = list(self.date_ids.filtered("next_date").sorted("next_date"))
        return {
            "title": self.env._("Important dates"),
            "section": "",
            "figures": [
                self._figure(occasion.name, self._day(occasion.next_date))
                for occasion in coming[:ROWS]
            ],
            "empty": self.env._(
                "No date is known: anniversaries and budget months become offers."
            ),
        }

    def _get_card_plan(self):
        """Goal, target against actual, next steps."""
        today = fields.Date.context_today(self)
        figures = self._texts("goal", "promises")
        targets = self.target_ids.filtered(lambda t: t.month.year == today.year)
        if targets:
            figures.insert(0, self._get_figure_target(targets, today))
        for activity in list(self.activity_ids.sorted("date_deadline"))[:2]:
            figures.append(
                self._figure(
                    self._day(activity.date_deadline),
                    activity.summary or activity.activity_type_id.name or "",
                    tone="danger" if activity.date_deadline < today else "",
                )
            )
        return {
            "title": self.env._("Plan and promises"),
            "section": "plan",
            "figures": figures,
            "empty": self.env._("There is no plan yet."),
        }

    def _get_figure_target(self, targets, today):
        """The year so far against the months that are over and the present one."""
        due = targets.filtered(lambda target: target.month <= today)
        amount, actual = sum(due.mapped("amount")), sum(due.mapped("actual"))
        reached = 100 * actual / amount if amount else 0
        return self._figure(
            self.env._("Target %s so far", today.year),
            self.env._(
                "%(actual)s of %(target)s (%(share)s %%)",
                actual=self._money(actual),
                target=self._money(amount),
                share=self._number(reached),
            ),
            "targets",
            "danger" if reached < 80 else "success" if reached >= 100 else "",
        )

    # ------------------------------------------------------------------
    # Explain
    # ------------------------------------------------------------------

    def action_explain(self):
        """Open what a figure of a card counts, under the rights of the reader.

        :param str figure: in the context, as ``_figure`` has it
        """
        self.ensure_one()
        self.check_access("read")
        figure = self.env.context.get("figure") or "revenue"
        if figure in self.env["crm.customer.profile"]._fields:
            # the lists are read under their own rules, which know the team
            profile = self.profile_id.sudo(False).with_context(figure=figure)
            return profile.action_explain()
        return getattr(self, f"_explain_{figure}")()

    def _open_list(self, name, model, domain):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(what)s: %(customer)s", what=name, customer=self.display_name
            ),
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
        }

    def _explain_deals(self):
        name = self.env._("Open deals")
        return self._open_list(name, "crm.lead", self._get_deals_domain())

    def _explain_quotations(self):
        name = self.env._("Open quotations")
        return self._open_list(name, "sale.order", self._get_quotations_domain())

    def _explain_orders(self):
        name = self.env._("Orders to deliver or invoice")
        return self._open_list(name, "sale.order", self._get_orders_domain())

    def _explain_targets(self):
        name = self.env._("Targets")
        domain = Domain("account_id", "=", self.id)
        return self._open_list(name, "crm.key.account.target", domain)
