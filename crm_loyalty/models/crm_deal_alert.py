# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields, models

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

    _open_idx = models.Index("(map_id) WHERE closed_on IS NULL")

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
