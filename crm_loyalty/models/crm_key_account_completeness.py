# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.dossier import (
    AUTOMATIC,
    FRESH_DAYS,
    WEIGHTS,
    Fill,
    completeness,
    gain,
    required_sections,
)
from .crm_key_account_review import SECTIONS


class Item(NamedTuple):
    """A fact that a section asks for.

    :param field: of the dossier, or of its first competitor; empty where only the
        books, or other models, can tell
    :param kind: how it is asked: text, char, amount, percent, date, month, industry
    """

    name: str
    question: str
    field: str = ""
    kind: str = "text"


class CrmKeyAccount(models.Model):
    """How much of the dossier is known and fresh, and what to ask next."""

    _inherit = "crm.key.account"

    completeness = fields.Float(
        "Completeness in %", compute="_compute_completeness", aggregator=None
    )
    sections = fields.Json(compute="_compute_completeness")
    gaps = fields.Json("Cheapest Gaps", compute="_compute_completeness")

    # ------------------------------------------------------------------
    # What is asked
    # ------------------------------------------------------------------

    @api.model
    def _get_items(self):
        """{section: facts it asks for}; a fact is known as ``_has_<name>`` says."""
        return {
            "profile": [
                Item("legal", self.env._("What is its tax number?"), "vat", "char"),
                Item(
                    "holding",
                    self.env._("Whom does it belong to, and what belongs to it?"),
                    "holding_note",
                ),
                Item("owners", self.env._("Who are the owners?"), "owners"),
                Item("sites", self.env._("Where are its sites?"), "sites_note"),
                Item(
                    "industry",
                    self.env._("Which industry is it in?"),
                    "industry_id",
                    "industry",
                ),
            ],
            "business": [
                Item(
                    "goals",
                    self.env._("What does it want to reach this year?"),
                    "goals",
                ),
                Item("pressures", self.env._("What presses it?"), "pressures"),
                Item(
                    "initiatives",
                    self.env._("Which projects has it begun?"),
                    "initiatives",
                ),
                Item("obstacles", self.env._("What stands in its way?"), "obstacles"),
            ],
            "economics": [
                Item("revenue", self.env._("Revenue of 12 months")),
                Item("margin", self.env._("Margin")),
                Item("classes", self.env._("ABC and XYZ")),
                Item("relation", self.env._("State of the relation")),
                Item("overdue", self.env._("Overdue debt")),
                Item("returns", self.env._("Deliveries and returns")),
            ],
            "people": [
                Item(
                    "points",
                    self.env._("Who listens to us, who is dissatisfied, who decides?"),
                    "points_note",
                ),
                Item(
                    "roles",
                    self.env._("Who approves, checks, uses, buys?"),
                    "roles_note",
                ),
                Item(
                    "limits",
                    self.env._("Who may sign up to which amount?"),
                    "approval_limits",
                ),
                Item(
                    "tender", self.env._("When does it ask for tenders?"), "tender_rule"
                ),
                Item(
                    "budget",
                    self.env._("In which month is the budget made?"),
                    "budget_month",
                    "month",
                ),
            ],
            "needs": [
                Item(
                    "need", self.env._("Which need has the customer confirmed?"), "need"
                ),
                Item(
                    "need_owner",
                    self.env._("Who feels this need?"),
                    "need_owner",
                    "char",
                ),
                Item(
                    "need_cost",
                    self.env._("What does the problem cost it per year?"),
                    "need_cost",
                    "amount",
                ),
                Item(
                    "workaround", self.env._("How does it cope now?"), "need_workaround"
                ),
            ],
            "competitors": [
                Item("incumbent", self.env._("Who else supplies it?"), "name", "char"),
                Item(
                    "share",
                    self.env._("Which share has this supplier?"),
                    "share",
                    "percent",
                ),
                Item(
                    "supporters",
                    self.env._("Who is for this supplier?"),
                    "supporters",
                    "char",
                ),
                Item(
                    "weak_points",
                    self.env._("Where is this supplier weak?"),
                    "weaknesses",
                    "char",
                ),
            ],
            "terms": [
                Item(
                    "contract",
                    self.env._("Until when does the contract run?"),
                    "",
                    "date",
                ),
                Item(
                    "prices",
                    self.env._("Which prices and terms are agreed?"),
                    "price_terms",
                ),
                Item(
                    "delivery", self.env._("How must be delivered?"), "delivery_rules"
                ),
            ],
            "plan": [
                Item(
                    "goal", self.env._("What do we want to reach in 12 months?"), "goal"
                ),
                Item(
                    "targets", self.env._("What shall it buy this year?"), "", "amount"
                ),
                Item("actions", self.env._("What is the next step?"), "", "char"),
                Item("promises", self.env._("Who promised what, to whom?"), "promises"),
            ],
        }

    def _is_known(self, item):
        self.ensure_one()
        method = getattr(self, f"_has_{item.name}", None)
        return bool(method() if method else self[item.field])

    # What is known without anybody having typed it. Add-ons that know more override.

    def _has_holding(self):
        partner = self.partner_id
        return self.holding_note or self.group_id or partner.parent_id

    def _has_sites(self):
        return self.sites_note or self.partner_id.city

    def _has_revenue(self):
        return self.profile_id

    def _has_margin(self):
        return self.profile_id and self.profile_id.margin is not False

    def _has_classes(self):
        return self.profile_id.abc_class and self.profile_id.xyz_class

    def _has_relation(self):
        return self.profile_id.relation_state

    def _has_overdue(self):
        return self.profile_id

    def _has_returns(self):
        return self.profile_id.delivery_known

    def _has_incumbent(self):
        return self.competitor_ids

    def _has_share(self):
        return next((rival.share for rival in self.competitor_ids), 0)

    def _has_supporters(self):
        return next((rival.supporters for rival in self.competitor_ids), "")

    def _has_weak_points(self):
        return next((rival.weaknesses for rival in self.competitor_ids), "")

    def _has_contract(self):
        return self.agreement_ids.filtered("date_to")

    def _has_prices(self):
        partner = self.partner_id.with_company(self.company_id)
        return self.price_terms or partner.property_payment_term_id

    def _has_targets(self):
        year = fields.Date.context_today(self).year
        return self.target_ids.filtered(lambda target: target.month.year == year)

    def _has_actions(self):
        """Something is planned beyond the periodical review."""
        return self.activity_ids - self._get_review_activities()

    # ------------------------------------------------------------------
    # Completeness
    # ------------------------------------------------------------------

    @api.depends("partner_id", "review_ids.date", "review_ids.section")
    @api.depends_context("lang")
    def _compute_completeness(self):
        reviewed = self._get_last_reviews()
        items = self._get_items()
        today = fields.Date.context_today(self)
        titles = self._get_section_titles()
        for account in self:
            # sudo: whether a fact is known is no secret to the team, whatever it is
            known = account.sudo()
            missing, fills = {}, {}
            for section, asked in items.items():
                missing[section] = [item for item in asked if not known._is_known(item)]
                date = reviewed.get((account._origin.id, section), (None, None))[0]
                fills[section] = Fill(
                    len(asked) - len(missing[section]),
                    len(asked),
                    (today - date).days if date else None,
                )
            account.completeness = completeness(fills, known.is_top_tier)
            needed = required_sections(known.is_top_tier)
            account.sections = [
                {
                    "section": section,
                    "title": titles[section],
                    "weight": WEIGHTS[section],
                    "filled": fills[section].filled,
                    "required": fills[section].required,
                    "needed": section in needed,
                    "automatic": section in AUTOMATIC,
                    "age": fills[section].age,
                    "fresh": section in AUTOMATIC
                    or (
                        fills[section].age is not None
                        and fills[section].age <= FRESH_DAYS
                    ),
                }
                for section, _title in SECTIONS
            ]
            account.gaps = account._prepare_gaps(fills, missing, known.is_top_tier)

    @api.model
    def _get_section_titles(self):
        field = self.env["crm.key.account.review"]._fields["section"]
        return dict(field._description_selection(self.env))

    def _get_last_reviews(self):
        """{(dossier id, section): (day, who)} of the latest review of each section."""
        reviews = self.env["crm.key.account.review"].search_fetch(
            [("account_id", "in", self._origin.ids)],
            ["account_id", "section", "date", "user_id"],
            order="date, id",
        )
        return {
            (review.account_id.id, review.section): (review.date, review.user_id)
            for review in reviews
        }

    def _prepare_gaps(self, fills, missing, is_top_tier):
        """What to ask or review next; what brings most points first."""
        gaps, titles = [], self._get_section_titles()
        for section in required_sections(is_top_tier):
            points = round(gain(section, fills[section], is_top_tier), 1)
            if section in AUTOMATIC or points <= 0:
                continue
            asked = missing[section][:1]
            gaps.append(
                {
                    "section": section,
                    "item": asked[0].name if asked else "",
                    "question": asked[0].question
                    if asked
                    else self.env._("Is “%s” still true?", titles[section]),
                    "points": points,
                }
            )
        return sorted(gaps, key=lambda gap: -gap["points"])

    # ------------------------------------------------------------------
    # Filling it
    # ------------------------------------------------------------------

    def action_next_gap(self):
        """Ask the one question that brings most; ``section`` in the context narrows.

        Questions that were skipped, in the context, come last.
        """
        self.ensure_one()
        self.check_access("write")
        skipped = self.env.context.get("loyalty_skipped") or []
        section = self.env.context.get("loyalty_section")
        gaps = [
            gap
            for gap in self.gaps or []
            if f"{gap['section']}.{gap['item']}" not in skipped
            and section in (None, False, gap["section"])
        ]
        if not gaps:
            raise UserError(
                self.env._("Nothing else is missing here, and all of it is fresh.")
            )
        return self._open_gap(gaps[0], skipped)

    def _open_gap(self, gap, skipped):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_key_account_gap"
        )
        action["context"] = {
            "default_account_id": self.id,
            "default_section": gap["section"],
            "default_item": gap["item"],
            "loyalty_skipped": skipped,
            "loyalty_section": self.env.context.get("loyalty_section"),
        }
        return action

    def _answer(self, section, name, value):
        """Write the answer to a question where it belongs."""
        self.ensure_one()
        item = next(i for i in self._get_items()[section] if i.name == name)
        method = getattr(self, f"_answer_{name}", None)
        if method:
            method(value)
        elif section == "competitors":
            self._answer_competitor(item.field, value)
        elif item.field in ("vat", "industry_id"):
            # sudo: key-account managers keep these facts of their customers, and may
            # have no right to contacts in general
            self.sudo()[item.field] = value
        else:
            self[item.field] = value

    def _answer_competitor(self, field, value):
        if field == "name" or not self.competitor_ids:
            name = value if field == "name" else self.env._("Unknown supplier")
            self.env["crm.key.account.competitor"].create(
                {"account_id": self.id, "name": name}
            )
        if field != "name":
            self.competitor_ids[:1][field] = value

    def _answer_contract(self, value):
        self.env["crm.key.account.agreement"].create(
            {
                "account_id": self.id,
                "name": self.env._("Supply agreement"),
                "date_to": value,
            }
        )

    def _answer_targets(self, value):
        self._plan_year(fields.Date.context_today(self).year, value)

    def _answer_actions(self, value):
        day = fields.Date.add(fields.Date.context_today(self), days=7)
        self._schedule(day, value)

    def _review(self, section, evidence="assumed", source=""):
        """Note that a section was looked at today; once a day and person."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        again = self.review_ids.filtered(
            lambda review: (
                review.section == section
                and review.date == today
                and review.user_id == self.env.user
            )
        )
        values = {"evidence": evidence, "source": source}
        if again:
            again[0].write(values)
        else:
            self.env["crm.key.account.review"].create(
                {"account_id": self.id, "section": section, **values}
            )
