# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, api, fields, models

from ..tools import hints

#: people proposed at once; the rest comes after these are decided
LIMIT = 40


class CrmStakeholderSuggest(models.TransientModel):
    """Guesses about the people of a map, from titles, names and contacts.

    Nothing is written before somebody has ticked it, and then as an assumption.
    """

    _name = "crm.stakeholder.suggest"
    _description = "Suggestions for a Contact Map"

    map_id = fields.Many2one(
        "crm.stakeholder.map", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many(
        "crm.stakeholder.suggest.line",
        "wizard_id",
        "Suggestions",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("map_id")
    def _compute_line_ids(self):
        for wizard in self:
            suggestions = wizard._get_suggestions() if wizard.map_id else []
            wizard.line_ids = [Command.clear()] + [
                Command.create(values) for values in suggestions
            ]

    def _get_suggestions(self):
        """What could be entered, the people we meet most often first."""
        self.ensure_one()
        known = {person.contact_id: person for person in self.map_id.stakeholder_ids}
        contacts = self._get_contacts() | self.map_id.stakeholder_ids.contact_id
        touches = contacts._get_touches(fields.Date.context_today(self))
        roles = {
            role.code: role for role in self.env["crm.stakeholder.role"].search([])
        }
        words = {
            code: [word.strip().lower() for word in role.title_words.split(",")]
            for code, role in roles.items()
            if role.title_words
        }
        found = []
        for contact in contacts:
            touch = touches.get(contact.id)
            values = self._guess(contact, known.get(contact), touch, roles, words)
            if values:
                found.append((-(touch.recent if touch else 0), contact.id, values))
        return [values for *_order, values in sorted(found, key=lambda f: f[:2])][
            :LIMIT
        ]

    def _get_contacts(self):
        """People of the account who are not on the map."""
        if not self.map_id.account_id:
            return self.env["res.partner"]
        return self.env["res.partner"].search(
            [
                ("id", "child_of", self.map_id.account_id.id),
                ("is_company", "=", False),
                ("type", "=", "contact"),
                ("id", "not in", self.map_id.stakeholder_ids.contact_id.ids),
            ]
        )

    def _guess(self, contact, person, touch, roles, words):
        """Values of a line about a contact; empty where there is nothing to say."""
        marks = hints.read_marks(contact.name)
        left = "left" in marks
        role = next((mark for mark in marks if mark != "left"), None)
        why = role and "name"
        if not role:
            role = hints.guess_role(contact.function, words)
            why = role and "title"
        if person:
            if left and person.org_status != "left":
                return self._prepare(contact, person, "name", None, left)
            if role in roles and not person.role_ids:
                return self._prepare(contact, person, why, roles[role], False)
            return None
        if left or not (role or (touch and touch.recent)):
            return None
        return self._prepare(contact, person, why or "contact", roles.get(role), False)

    def _prepare(self, contact, person, why, role, left):
        return {
            "contact_id": contact.id,
            "stakeholder_id": person.id if person else False,
            "why": why,
            "role_id": role.id if role else False,
            "has_left": left,
        }

    def action_apply(self):
        """Enter what is ticked, as assumptions."""
        self.ensure_one()
        people = self.env["crm.stakeholder"]
        for line in self.line_ids.filtered("apply"):
            values = {"evidence": "assumed"}
            if line.role_id:
                values["role_ids"] = [Command.link(line.role_id.id)]
            if line.has_left:
                values["org_status"] = "left"
            if line.stakeholder_id:
                line.stakeholder_id.write(values)
            else:
                people.create(
                    {
                        "map_id": self.map_id.id,
                        "contact_id": line.contact_id.id,
                        **values,
                    }
                )
        return {"type": "ir.actions.act_window_close"}
