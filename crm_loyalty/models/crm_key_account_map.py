# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from ..tools import deal_map
from .crm_key_account_cards import ROWS

#: who may sign and who only speaks up
RIGHTS = ("power_decides", "power_approves", "power_vetoes")


class CrmKeyAccount(models.Model):
    """What the contact maps of a customer say: people, needs, competitors.

    Of all entities of the customer: their own maps, and those of their open deals. What
    stands there need not be typed into the dossier; its own texts add what no map asks.
    """

    _inherit = "crm.key.account"

    map_ids = fields.Many2many(
        "crm.stakeholder.map",
        string="Contact Maps",
        compute="_compute_map_ids",
        compute_sudo=True,
        help="Of the customer, all its entities, and of its open deals",
    )
    map_id = fields.Many2one(
        "crm.stakeholder.map",
        "Contact Map",
        compute="_compute_map_ids",
        compute_sudo=True,
        help="The one with most people; the customer's own goes first",
    )

    @api.depends("partner_id", "company_id")
    def _compute_map_ids(self):
        # sudo (compute_sudo): the team of a dossier sees the maps of its customer
        found = self.env["crm.stakeholder.map"]._search_of_accounts(self.entity_ids)
        for account in self:
            maps = found.filtered(
                lambda m, account=account: (
                    m.account_id in account.entity_ids
                    and m.company_id.root_id in (account.company_id, m.company_id[:0])
                )
            )
            account.map_ids = maps
            account.map_id = maps.sorted(
                lambda m: (-len(m.stakeholder_ids), bool(m.lead_id), -m.id)
            )[:1]

    def _get_people(self):
        """People of all maps who are still there, each person once."""
        return self.map_ids.stakeholder_ids._get_newest()

    def _get_holders(self, point):
        """People who hold a point on any map, each person once."""
        people = self.map_ids.stakeholder_ids
        return people.filtered(f"focus_{point}")._get_newest()

    # ------------------------------------------------------------------
    # What is known without anybody having typed it
    # ------------------------------------------------------------------

    def _has_points(self):
        return self.points_note or all(map(self._get_holders, deal_map.SLOT_POINTS))

    def _has_roles(self):
        """Somebody decides or approves, somebody checks, somebody uses."""
        codes = set(self._get_people().role_ids.mapped("code"))
        return self.roles_note or (
            codes & {"approver", "decision_maker"} and {"technical", "user"} <= codes
        )

    def _has_limits(self):
        return self.approval_limits or any(
            person.power_scope and any(person[right] for right in RIGHTS)
            for person in self._get_people()
        )

    def _get_needs(self):
        """Needs that the customer has confirmed."""
        return self.map_ids.need_ids.filtered(lambda need: need.state != "identified")

    def _has_need(self):
        return self.need or self._get_needs()

    def _has_need_owner(self):
        return self.need_owner or self._get_needs().stakeholder_id

    def _has_need_cost(self):
        return self.need_cost or any(self._get_needs().mapped("cost_per_year"))

    def _get_rivals(self):
        """Competitors of the maps who supply today."""
        return self.map_ids.competitor_ids.filtered(lambda c: c.status == "incumbent")

    def _has_incumbent(self):
        return super()._has_incumbent() or self._get_rivals()

    def _has_supporters(self):
        return super()._has_supporters() or self._get_rivals().supporter_ids

    def _has_weak_points(self):
        return super()._has_weak_points() or any(
            self._get_rivals().mapped("weaknesses")
        )

    # ------------------------------------------------------------------
    # Cards
    # ------------------------------------------------------------------

    def _get_card_people(self):
        """The three points and what is missing, from the maps; then the texts."""
        card = super()._get_card_people()
        people = self._get_people()
        if people:
            card["figures"] = [
                *self._get_figures_points(),
                *self._get_figures_map(people),
                *card["figures"],
            ]
        return card

    def _get_people_texts(self):
        """Who holds the points is not told twice."""
        names = super()._get_people_texts()
        if all(map(self._get_holders, deal_map.SLOT_POINTS)):
            names.remove("points_note")
        return names

    def _get_figures_points(self):
        labels = {
            "receptivity": self.env._("Entry point"),
            "dissatisfaction": self.env._("Point of dissatisfaction"),
            "power": self.env._("Point of power"),
        }
        figures = []
        for point, label in labels.items():
            holders = self._get_holders(point)
            text = ", ".join(person._describe() for person in holders)
            figures.append(
                self._figure(
                    label,
                    text or self.env._("nobody yet"),
                    tone="" if text else "warning",
                )
            )
        return figures

    def _get_figures_map(self, people):
        """How much of the people is known, roles nobody holds, open alerts."""
        today = fields.Date.context_today(self)
        days = people.map_id._get_verify_days()
        persons = [  # contacts and tactics say nothing about what is known
            person._to_person(None, days[person.map_id], today, False)
            for person in people
        ]
        known = self._number(deal_map.get_completeness(persons))
        figures = [
            self._figure(
                self.env._("Map known"),
                self.env._(
                    "%(known)s %%, people: %(count)s", known=known, count=len(people)
                ),
                "people",
            )
        ]
        codes = set(deal_map.get_gaps(persons)) - set(deal_map.SLOT_POINTS)
        if codes:
            roles = self.env["crm.stakeholder.role"].search_fetch(
                [("code", "in", [*codes])], ["name"]
            )
            names = ", ".join(roles.mapped("name"))
            figures.append(self._figure(self.env._("Nobody yet as"), names))
        alerts = dict(
            self.env["crm.deal.alert"]._read_group(
                self._get_alerts_domain(), ["severity"], ["__count"]
            )
        )
        if alerts:
            critical = alerts.get("critical", 0)
            figures.append(
                self._figure(
                    self.env._("Alerts"),
                    self.env._(
                        "%(count)s, critical: %(critical)s",
                        count=sum(alerts.values()),
                        critical=critical,
                    ),
                    "alerts",
                    "danger" if critical else "",
                )
            )
        return figures

    def _get_alerts_domain(self):
        return [("map_id", "in", self.map_ids.ids), ("closed_on", "=", False)]

    def _get_card_needs(self):
        """Needs of the maps, the best confirmed first; then the texts."""
        card = super()._get_card_needs()
        states = dict(
            self.env["crm.deal.need"]._fields["state"]._description_selection(self.env)
        )
        needs = self.map_ids.need_ids.sorted(lambda n: (n.state, n.id), reverse=True)
        card["figures"] = [
            self._figure(
                need.name,
                ", ".join(
                    filter(
                        None,
                        (
                            states[need.state],
                            need.stakeholder_id.display_name,
                            need.cost_per_year
                            and self.env._(
                                "%s a year", need.currency_id.format(need.cost_per_year)
                            ),
                        ),
                    )
                ),
                tone="" if need.answer else "warning",
                hint=need.answer or self.env._("No answer of ours yet"),
            )
            for need in list(needs)[:ROWS]
        ] + card["figures"]
        return card

    def _get_card_competitors(self):
        """Competitors of the maps whom the dossier does not name itself."""
        card = super()._get_card_competitors()
        named = {name.lower() for name in self.competitor_ids.mapped("name")}
        rivals = self.map_ids.competitor_ids
        states = dict(rivals._fields["status"]._description_selection(self.env))
        for rival in rivals.sorted("status", reverse=True):
            if rival.name.lower() in named or len(card["figures"]) >= ROWS:
                continue
            named.add(rival.name.lower())
            supporters = ", ".join(rival.supporter_ids.mapped("display_name"))
            parts = [
                states[rival.status],
                supporters and self.env._("for them: %s", supporters),
                rival.weaknesses and self.env._("weak: %s", rival.weaknesses),
            ]
            text = ", ".join(filter(None, parts))
            card["figures"].append(self._figure(rival.name, text))
        return card

    # ------------------------------------------------------------------
    # Opening
    # ------------------------------------------------------------------

    def action_open_map(self):
        """The contact map of the customer; a new one if it has none yet."""
        self.ensure_one()
        self.check_access("read")
        maps = self.env["crm.stakeholder.map"]
        found = self.map_id.ids or [maps.get_or_create(partner_id=self.partner_id.id)]
        return maps.browse(found)._open()

    def action_touch(self):
        """Log a contact with people of the customer."""
        self.ensure_one()
        self.check_access("read")
        return self.map_id.with_env(self.env).action_touch()

    def _explain_people(self):
        domain = [("map_id", "in", self.map_ids.ids), ("is_gone", "=", False)]
        return self._open_list(self.env._("People"), "crm.stakeholder", domain)

    def _explain_alerts(self):
        domain = self._get_alerts_domain()
        return self._open_list(self.env._("Alerts"), "crm.deal.alert", domain)
