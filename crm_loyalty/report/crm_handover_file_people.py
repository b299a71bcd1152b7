# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models

from ..tools.block import Block, Column

#: strength from which somebody of us is told to know a person
KNOWS_WELL = 3


class CrmHandoverFile(models.AbstractModel):
    """People of a customer: how to reach them, and what its contact maps say."""

    _inherit = "crm.handover.file"

    def _get_people(self, lines):
        """Contacts of the customer."""
        contacts = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", lines.partner_id.ids),
                ("id", "not in", lines.partner_id.ids),
                ("type", "=", "contact"),
                ("is_company", "=", False),
            ]
        )
        by_entity = contacts.grouped("commercial_partner_id")
        return {
            line: Block(
                "people",
                self.env._("People"),
                columns=[
                    Column(self.env._("Full Name")),
                    Column(self.env._("Position")),
                    Column(self.env._("Phone")),
                    Column(self.env._("E-mail")),
                ],
                rows=[
                    [
                        contact.name or "",
                        contact.function or "",
                        contact.phone or "",
                        contact.email or "",
                    ]
                    for contact in by_entity.get(line.partner_id, contacts.browse())
                ],
                empty=self.env._(
                    "No people are known: %s enters them.", line.from_user_id.name
                ),
            )
            for line in lines
        }

    def _get_map(self, lines):
        """Who decides, who is for us, and who of us knows them."""
        maps = self.env["crm.stakeholder.map"]._search_of_accounts(lines.partner_id)
        by_line = self._by_line(lines, maps, "account_id")
        known_to = self._get_colleagues(maps.stakeholder_ids)
        found = {}
        for line in lines:
            people = by_line[line].stakeholder_ids
            # who holds a point or has influence first
            newest = people._get_newest().sorted(
                lambda p: (not p._get_points(), -int(p.influence or 0), p.id)
            )
            if newest:
                found[line] = Block(
                    "map",
                    self.env._("Contact map: who decides, who is for us"),
                    columns=[
                        Column(self.env._("Person")),
                        Column(self.env._("Points and roles")),
                        Column(self.env._("Attitude, influence")),
                        Column(self.env._("Last contact"), whole=True),
                        Column(self.env._("Who of us knows them")),
                    ],
                    rows=[
                        self._row_of_person(person, people, known_to)
                        for person in newest
                    ],
                )
        return found

    def _row_of_person(self, person, people, known_to):
        """:param people: the same person may hold a point on another map"""
        same = people.filtered(lambda other: other.contact_id == person.contact_id)
        points = {
            "receptivity": self.env._("Entry point"),
            "dissatisfaction": self.env._("Point of dissatisfaction"),
            "power": self.env._("Point of power"),
        }
        held = [
            label
            for point, label in points.items()
            if any(point in row._get_points() for row in same)
        ]
        return [
            ", ".join(filter(None, (person.display_name, person.title))),
            ", ".join(held + same.role_ids.mapped("name")) or "–",
            self._describe_judgement(person),
            self._day(person.last_touch),
            ", ".join(known_to.get(person.contact_id.id, ())) or self.env._("nobody"),
        ]

    def _describe_judgement(self, person):
        attitudes = dict(person._fields["attitude"]._description_selection(self.env))
        if not person.attitude and not person.influence:
            return self.env._("unknown")
        return ", ".join(
            (
                attitudes.get(person.attitude) or self.env._("attitude unknown"),
                self.env._("%s of 5", person.influence or "?"),
            )
        )

    def _get_colleagues(self, people):
        """{contact: names of ours who know him well}, the best acquainted first."""
        today = fields.Date.context_today(self)
        contacts = set(people.contact_id.ids)
        relations = self.env["crm.stakeholder.relation"]
        ties = []
        for row in relations._get_rows(contacts, today):
            strength = row["strength"] or 0
            if row["kind"] == "conflicts" or strength < KNOWS_WELL:
                continue
            for ours, theirs in (("source", "target"), ("target", "source")):
                if row[f"{ours}_ours"] and row[f"{theirs}_id"] in contacts:
                    ties.append((-strength, row[f"{theirs}_id"], row[f"{ours}_id"]))
        partners = self.env["res.partner"].browse({ours for *_tie, ours in ties})
        names = {partner.id: partner.name for partner in partners}
        known_to = {}
        for _strength, contact, ours in sorted(ties):
            known_to.setdefault(contact, {})[names[ours]] = True
        return known_to
