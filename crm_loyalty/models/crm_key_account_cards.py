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
            "figures": self._texts(*self._get_people_texts()),
            "empty": self.env._(
                "Nobody has written down who decides: the key-account manager asks."
            ),
        }

    def _get_people_texts(self):
        """Fields that tell about people and how they decide."""
        return [
            "points_note",
            "roles_note",
            "approval_limits",
            "tender_rule",
            "budget_month",
        ]

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
