# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools.deal_map import KEY_INFLUENCE

#: contacts with who has left that the plan looks through
LAST_CONTACTS = 10
#: days after which who has left is looked up at the new company
FOLLOW_DAYS = 30

CODES = [
    ("no_power", "No point of power named"),
    ("power_untouched", "No way to the point of power"),
    ("single_thread", "Everything hangs on one contact"),
    ("one_voice", "We nearly always talk to the same person"),
    ("champion_left", "A supporter has left"),
    ("seller_ahead", "We are ahead of the customer"),
    ("buyer_ahead", "The customer is ahead of us"),
    ("split", "Key people stand at different stages"),
    ("opponent", "A strong opponent, and nothing is being done"),
    ("no_opponents", "No opponent known: who supports the competitor?"),
    ("majority", "No majority of the key people"),
    ("no_criteria", "Decision criteria not asked"),
    ("concern", "A serious concern is open"),
    ("stale_map", "The map is out of date"),
    ("our_bus", "Only one of us knows the key people"),
    ("service", "Late deliveries or overdue invoices"),
    ("no_next", "No next step and no recent contact"),
]


class CrmDealAlert(models.Model):
    """Something dangerous about a deal: opens and closes by itself, and is kept.

    Lines on the deal, no activities: people switch a flood off.
    """

    _name = "crm.deal.alert"
    _description = "Alert on a Deal"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "severity, id"
    _rec_name = "code"
    _map_silent_fields = (
        "ack_user_id",
        "ack_on",
        "plan_on",
        "closed_on",
        "severity",
        "person_ids",
    )

    code = fields.Selection(CODES, "Alert", required=True, readonly=True)
    # in alphabetical order, so that rows sort by it
    severity = fields.Selection(
        [("critical", "Critical"), ("warning", "Warning")], required=True, readonly=True
    )
    stakeholder_id = fields.Many2one(
        "crm.stakeholder",
        "About",
        readonly=True,
        ondelete="cascade",
        help="Alerts about a person are opened for each of them",
    )
    person_ids = fields.Many2many(
        "crm.stakeholder", string="People", readonly=True, help="Whom to look at"
    )
    opened_on = fields.Date(required=True, readonly=True)
    closed_on = fields.Date(readonly=True, help="Empty while it holds")
    ack_user_id = fields.Many2one(
        "res.users", "Acknowledged by", readonly=True, ondelete="set null"
    )
    ack_on = fields.Date("Acknowledged on", readonly=True)
    plan_on = fields.Date("Plan Accepted on", readonly=True)
    can_plan = fields.Boolean(compute="_compute_can_plan")

    _open_idx = models.Index("(map_id) WHERE closed_on IS NULL")

    @api.depends("code", "plan_on", "closed_on")
    def _compute_can_plan(self):
        """Only the loss of a supporter has a plan of its own: 48 hours."""
        for alert in self:
            alert.can_plan = (
                alert.code == "champion_left"
                and not alert.plan_on
                and not alert.closed_on
            )

    def action_acknowledge(self):
        """The user has seen it; it still holds, and caps, until it is solved."""
        self.check_access("read")
        # sudo: who sees an alert may say so, and may change nothing else about it
        self.sudo().write(
            {
                "ack_user_id": self.env.user.id,
                "ack_on": fields.Date.context_today(self),
            }
        )

    def action_plan_departure(self):
        """Accept the plan for a supporter who has left: four activities in 48 hours.

        Confirm it, look through the last contacts, find who replaces him, meet that
        person; and an activity on the contact, to follow him to the new company.

        :raise UserError: if the alert is another one, or the plan is under way
        """
        self.ensure_one()
        self.check_access("read")
        if not self.can_plan:
            raise UserError(
                self.env._(
                    "%s: there is no plan to accept, or it is under way already. Look"
                    " at the activities of the deal.",
                    self.display_name,
                )
            )
        contact_map = self.map_id
        owner = contact_map.lead_id or contact_map.account_id
        user = contact_map.user_id or self.env.user
        today = fields.Date.context_today(self)
        for days, kind, summary, note in self._get_departure_steps(today):
            owner.activity_schedule(
                f"mail.mail_activity_data_{kind}",
                date_deadline=fields.Date.add(today, days=days),
                user_id=user.id,
                summary=summary,
                note=note,
            )
        self.stakeholder_id.contact_id.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.add(today, days=FOLLOW_DAYS),
            user_id=user.id,
            summary=self.env._(
                "Where does %s work now? A supporter may open a new door",
                self.stakeholder_id.display_name,
            ),
        )
        # sudo: as in action_acknowledge
        self.sudo().plan_on = today

    def _get_departure_steps(self, today):
        """Days from today, kind of activity, summary and note of each step."""
        name = self.stakeholder_id.display_name
        return [
            (0, "call", self.env._("Confirm that %s has left", name), False),
            (
                0,
                "todo",
                self.env._("Look through the last contacts with %s", name),
                _to_list(self._get_contact_lines(today)),
            ),
            (
                1,
                "todo",
                self.env._("Choose who replaces %s", name),
                _to_list(self._get_heir_lines()),
            ),
            (2, "meeting", self.env._("Meet whoever takes over from %s", name), False),
        ]

    def _get_contact_lines(self, today):
        """The last contacts, by anybody of us, in words."""
        kinds = {
            "meeting": self.env._("Meeting"),
            "call": self.env._("Call"),
            "inbound": self.env._("Mail from him"),
            "outbound": self.env._("Mail to him"),
        }
        # sudo: contacts count whoever had them, as in the figures of the map
        contact = self.stakeholder_id.contact_id.sudo()
        return [
            " · ".join(
                filter(None, (format_date(self.env, day), kinds[kind], colleagues))
            )
            for day, kind, colleagues in contact._get_last_contacts(
                today, LAST_CONTACTS
            )
        ]

    def _get_heir_lines(self):
        """Key people who are still there, by the chance to be introduced to them."""
        people = self.map_id.stakeholder_ids.filtered(
            lambda person: (
                not person.is_gone and int(person.influence or 0) >= KEY_INFLUENCE
            )
        )
        network = self.map_id._get_current_network()
        chances = {}
        for person in people:
            chain = network.find_chains(person.contact_id.id, limit=1)
            chances[person] = chain[0].chance if chain else 0
        return [
            self._get_heir_line(person, chances[person])
            for person in people.sorted(lambda person: (-chances[person], person.id))
        ]

    def _get_heir_line(self, person, chance):
        name = ", ".join(filter(None, (person.display_name, person.title)))
        if not chance:
            return self.env._(
                "%(person)s, influence %(influence)s, no way known yet",
                person=name,
                influence=person.influence,
            )
        return self.env._(
            "%(person)s, influence %(influence)s, best way %(chance)s %%",
            person=name,
            influence=person.influence,
            chance=round(100 * chance),
        )

    def _sync(self, found, today):
        """Open what is new, close what no longer holds, leave the rest alone.

        :param dict found: map -> list of ``deal_health.Alert`` that hold now
        """
        opened = self.search(
            [("map_id", "in", [m.id for m in found]), ("closed_on", "=", False)]
        )
        by_map = opened.grouped("map_id")
        values = []
        for contact_map, alerts in found.items():
            people = {p.contact_id.id: p.id for p in contact_map.stakeholder_ids}
            rows = {
                (row.code, row.stakeholder_id.id): row
                for row in by_map.get(contact_map, self)
            }
            for alert in alerts:
                about = [people[contact] for contact in alert.people]
                person = alert.of_person and about[0]
                row = rows.pop((alert.code, person), None)
                if row is None:
                    values.append(
                        {
                            "map_id": contact_map.id,
                            "code": alert.code,
                            "severity": alert.severity,
                            "stakeholder_id": person,
                            "person_ids": [Command.set(about)],
                            "opened_on": today,
                        }
                    )
                    continue
                if row.severity != alert.severity:
                    row.severity = alert.severity
                if set(row.person_ids.ids) != set(about):
                    row.person_ids = [Command.set(about)]
            for row in rows.values():
                row.closed_on = today
        # the part mixin would compute the figures again
        self.with_context(stakeholder_refreshing=True).create(values)


def _to_list(lines):
    items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
    return Markup("<ul>%s</ul>") % items if items else False
