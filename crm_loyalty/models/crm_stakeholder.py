# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import deal_map
from ..tools.chain import MIN_CHANCE

ATTITUDES = [
    ("-2", "−2 Opponent"),
    ("-1", "−1 Sceptic"),
    ("0", "0 Neutral"),
    ("1", "+1 Supporter"),
    ("2", "+2 Advocate"),
]
INFLUENCES = [
    ("1", "1: executes"),
    ("2", "2: is asked"),
    ("3", "3: has a say"),
    ("4", "4: strong"),
    ("5", "5: inner circle"),
]
ACCESSES = [("0", "None"), ("1", "Brief"), ("2", "Regular"), ("3", "In depth")]
#: what is copied from the newest map of the same account, and nothing else
COPIED_FIELDS = (
    "role_ids",
    "focus_receptivity",
    "focus_dissatisfaction",
    "focus_power",
    "power_decides",
    "power_approves",
    "power_vetoes",
    "power_scope",
    "influence",
    "attitude",
    "access",
    "access_on",
    "win_personal",
    "win_result",
    "response_mode",
    "decision_orientation",
    "adaptability",
    "evidence",
    "verified_on",
    "verified_by",
    "org_status",
    "department",
    "manager_id",
)
#: fresh knowledge about a person verifies it
VERIFIED_FIELDS = {"attitude", "influence"}


class CrmStakeholder(models.Model):
    """A person on a contact map, as we see him; empty means unknown.

    The same person may stand on several maps and be seen differently there.
    """

    _name = "crm.stakeholder"
    _description = "Person on a Contact Map"
    _inherit = ["crm.stakeholder.part.mixin", "mail.thread"]
    _order = "influence desc nulls last, id"
    _rec_name = "contact_id"
    _map_silent_fields = ("department", "power_scope", "manager_id")

    contact_id = fields.Many2one(
        "res.partner",
        "Person",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('is_company', '=', False)]",
    )
    employer_id = fields.Many2one(
        "res.partner",
        "Works for",
        ondelete="set null",
        readonly=True,
        help="As of the entry on the map; who changes his company has left",
    )
    title = fields.Char(related="contact_id.function", readonly=False)
    phone = fields.Char(related="contact_id.phone")
    email = fields.Char(related="contact_id.email")
    manager_id = fields.Many2one(
        "crm.stakeholder",
        "Reports to",
        ondelete="set null",
        index="btree_not_null",
        domain="[('map_id', '=', map_id), ('id', '!=', id)]",
        tracking=True,
    )
    department = fields.Char(help="Large maps fold by it")

    # Points and rights
    focus_receptivity = fields.Boolean(
        "Entry Point", tracking=True, help="Listens with understanding and informs us"
    )
    focus_dissatisfaction = fields.Boolean(
        "Point of Dissatisfaction",
        tracking=True,
        help="Suffers from what we can change",
    )
    focus_power = fields.Boolean(
        "Point of Power", tracking=True, help="Decides, approves or forbids"
    )
    role_ids = fields.Many2many("crm.stakeholder.role", string="Roles", tracking=True)
    power_decides = fields.Boolean("Decides", tracking=True)
    power_approves = fields.Boolean("Can Approve", tracking=True)
    power_vetoes = fields.Boolean("Can Forbid", tracking=True)
    power_scope = fields.Char(
        "Which Actions", help="Budget, supplier, technology, contract, payment…"
    )

    # How we see him
    influence = fields.Selection(INFLUENCES, tracking=True)
    attitude = fields.Selection(ATTITUDES, "Attitude to Us", tracking=True)
    access = fields.Selection(ACCESSES, "Depth of Contact", tracking=True)
    access_on = fields.Date("Contact Judged on")
    access_assumed = fields.Boolean(
        "Depth Assumed", help="Raised by a meeting, not confirmed by anybody yet"
    )
    decision_stage_id = fields.Many2one(
        "crm.decision.stage",
        "His Stage",
        ondelete="restrict",
        tracking=True,
        help="Where he stands on the way to a decision; asked of points of power and of"
        " people with influence 4 or 5",
    )
    win_result = fields.Text("What the Business Gains", tracking=True)
    win_personal = fields.Text("What He Gains", tracking=True)
    response_mode = fields.Selection(
        [
            ("growth", "Growth"),
            ("trouble", "Problem"),
            ("even_keel", "All is well"),
            ("overconfident", "Overconfident"),
        ],
        "Mood",
    )
    decision_orientation = fields.Selection(
        [
            ("financial", "Financial"),
            ("technical", "Technical"),
            ("relationship", "Relations"),
            ("business", "Business"),
        ],
        "Looks at",
    )
    adaptability = fields.Selection(
        [
            ("innovator", "Innovator"),
            ("visionary", "Visionary"),
            ("pragmatist", "Pragmatist"),
            ("conservative", "Conservative"),
            ("laggard", "Laggard"),
        ],
        "Towards News",
    )

    # How well we know it
    evidence = fields.Selection(
        [("assumed", "Assumed"), ("confirmed", "Confirmed")],
        default="confirmed",
        required=True,
        tracking=True,
    )
    verified_on = fields.Date(
        default=lambda self: fields.Date.context_today(self), tracking=True
    )
    verified_by = fields.Many2one(
        "res.users", default=lambda self: self.env.user, ondelete="set null"
    )
    is_verified = fields.Boolean(
        "Up to Date",
        compute="_compute_is_verified",
        help="Confirmed, and not longer ago than the period of this customer",
    )
    org_status = fields.Selection(
        [
            ("active", "There"),
            ("moved", "Other position"),
            ("left", "Left"),
            ("unknown", "Unknown"),
        ],
        "Still There",
        default="active",
        required=True,
        tracking=True,
    )
    is_gone = fields.Boolean(
        compute="_compute_is_gone",
        store=True,
        help="Left, was archived or works for another company: counts nowhere",
    )

    need_ids = fields.One2many("crm.deal.need", "stakeholder_id", "Needs")
    concern_ids = fields.One2many("crm.deal.concern", "stakeholder_id", "Concerns")

    _map_contact_uniq = models.Constraint(
        "UNIQUE (map_id, contact_id)", "This person stands on the map already."
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends(
        "org_status",
        "employer_id",
        "contact_id.active",
        "contact_id.commercial_partner_id",
    )
    def _compute_is_gone(self):
        for person in self:
            contact = person.contact_id
            person.is_gone = (
                person.org_status == "left"
                or not contact.active
                or (
                    person.employer_id
                    and person.employer_id != contact.commercial_partner_id
                )
            )

    @api.depends("contact_id.name")
    def _compute_display_name(self):
        """The name alone: on a map the company goes without saying."""
        for person in self:
            # sudo: who sees the map sees who stands on it
            person.display_name = person.contact_id.sudo().name or ""

    @api.depends("evidence", "verified_on", "map_id")
    def _compute_is_verified(self):
        today = fields.Date.context_today(self)
        periods = self.map_id._get_verify_days()
        for person in self:
            days = person.verified_on and (today - person.verified_on).days
            person.is_verified = (
                person.evidence == "confirmed"
                and person.verified_on
                and days <= periods[person.map_id]
            )

    # ------------------------------------------------------------------
    # Create and write
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        vals_list = [self._on_map(vals) for vals in vals_list]
        known = self._get_known(vals_list)
        contacts = self.env["res.partner"].browse(v["contact_id"] for v in vals_list)
        filled = []
        for contact, vals in zip(contacts, vals_list, strict=True):
            copied = known.get((vals["map_id"], contact.id), {})
            vals = {**copied, **vals, "employer_id": contact.commercial_partner_id.id}
            if vals.get("access"):
                vals.setdefault("access_on", today)
            filled.append(vals)
        return super().create(filled)

    def write(self, vals):
        today = fields.Date.context_today(self)
        if vals.get("access"):
            vals = {"access_on": today, "access_assumed": False, **vals}
        if VERIFIED_FIELDS & vals.keys() and "verified_on" not in vals:
            vals = {"verified_on": today, "verified_by": self.env.user.id, **vals}
            vals.setdefault("evidence", "confirmed")
        return super().write(vals)

    def _get_known(self, vals_list):
        """What the newest map of the same account says about people to be entered.

        Attributes never travel to the map of another account.

        :return: {(id of the map, id of the contact): values}
        """
        maps = self.env["crm.stakeholder.map"].browse(v["map_id"] for v in vals_list)
        rows = self.search(
            [
                ("contact_id", "in", [v["contact_id"] for v in vals_list]),
                ("account_id", "in", maps.account_id.ids),
            ],
            order="write_date desc, id desc",
        )
        newest = {}
        for row in rows:
            newest.setdefault((row.account_id, row.contact_id.id), row)
        known = {}
        for contact_map, vals in zip(maps, vals_list, strict=True):
            row = newest.get((contact_map.account_id, vals["contact_id"]))
            if contact_map.account_id and row:
                key = (contact_map.id, vals["contact_id"])
                known[key] = row._prepare_copy(contact_map)
        return known

    def _prepare_copy(self, contact_map):
        """Values of this person for another map of the same account."""
        self.ensure_one()
        values = self._convert_to_write(
            {name: self[name] for name in COPIED_FIELDS if name != "manager_id"}
        )
        manager = contact_map.stakeholder_ids.filtered(
            lambda person: person.contact_id == self.manager_id.contact_id
        )
        return {**values, "manager_id": manager[:1].id}

    @api.constrains("manager_id")
    def _check_manager(self):
        if self._has_cycle("manager_id"):
            raise ValidationError(
                self.env._(
                    "%s would report to themselves in the end: choose another manager.",
                    ", ".join(self.mapped("contact_id.name")),
                )
            )

    # ------------------------------------------------------------------
    # Actions: one tap each
    # ------------------------------------------------------------------

    def action_still_true(self):
        """Everything known about these people is still so."""
        self.write(
            {
                "evidence": "confirmed",
                "access_assumed": False,
                "verified_on": fields.Date.context_today(self),
                "verified_by": self.env.user.id,
            }
        )

    def action_left(self):
        """These people are not there any more: they count nowhere from now on."""
        self.org_status = "left"

    def action_back(self):
        """These people are there again: they count as before.

        An archived contact is taken from the archive; who works for another company
        now counts as somebody of that one.
        """
        self.contact_id.filtered(lambda contact: not contact.active).action_unarchive()
        for person in self.filtered("is_gone"):
            person.write(
                {
                    "org_status": "active",
                    "employer_id": person.contact_id.commercial_partner_id.id,
                }
            )
            person.message_post(
                body=self.env._("%s is back and counts again.", person.display_name)
            )

    def action_find_entry(self):
        """Propose the best chains of people to this person.

        :return: action that shows them
        """
        self.ensure_one()
        plans = self.env["crm.entry.plan"]._propose(self)
        number = self.env["crm.deal.parameter"]._get_number
        best = max(plans.mapped("chance"), default=0)
        if best < number("min_chance", MIN_CHANCE):
            message = self.env._(
                "No good way to %s: look for a new point of entry.", self.display_name
            )
        else:
            message = self.env._("Ways found: %s", len(plans))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if best else "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------------
    # Private note
    # ------------------------------------------------------------------

    def action_open_note(self):
        """Open the private note about this person; each opening is logged."""
        self.ensure_one()
        self.check_access("read")
        reader = self.env["crm.stakeholder.note.reader"]
        return {
            "type": "ir.actions.act_window",
            "res_model": reader._name,
            "res_id": reader.create({"stakeholder_id": self.id}).id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Private note: %s", self.display_name),
        }

    # ------------------------------------------------------------------
    # People of several maps
    # ------------------------------------------------------------------

    def _get_newest(self):
        """Those who are still there, each person once: as verified last.

        The same person stands on the maps of several deals, and may be seen otherwise
        on each.
        """
        newest = {}
        for person in self.sorted(lambda p: (str(p.verified_on or ""), p.id)):
            if not person.is_gone:
                newest[person.contact_id] = person.id
        return self.filtered(lambda p: p.id in newest.values())

    def _describe(self):
        """Name, attitude and days since the last contact, in a few characters."""
        self.ensure_one()
        attitudes = dict(self._fields["attitude"]._description_selection(self.env))
        attitude = attitudes.get(self.attitude) or self.env._("attitude unknown")
        if not self.last_touch:
            contact = self.env._("no contact yet")
        elif self.touch_days:
            contact = self.env._("contact %s days ago", self.touch_days)
        else:
            contact = self.env._("contact today")
        return f"{self.display_name} ({attitude}, {contact})"

    # ------------------------------------------------------------------
    # For the algorithms
    # ------------------------------------------------------------------

    def _get_points(self):
        """The points that this person holds, by their short names."""
        self.ensure_one()
        return frozenset(
            point for point in deal_map.SLOT_POINTS if self[f"focus_{point}"]
        )

    def _to_person(self, touch, verify_days, today, has_tactic):
        """This person for the algorithms.

        :param touch: see ``res.partner._get_touches``, or None
        """
        self.ensure_one()
        verified = self.evidence == "confirmed" and self.verified_on
        codes = self.env["crm.stakeholder.role"]._get_codes()
        return deal_map.Person(
            id=self.contact_id.id,
            points=self._get_points(),
            roles=frozenset(filter(None, map(codes.get, self.role_ids.ids))),
            influence=_to_int(self.influence),
            attitude=_to_int(self.attitude),
            access=_to_int(self.access),
            stage=self.env["crm.decision.stage"]._get_idx(self.decision_stage_id),
            touch_days=(today - touch.last).days if touch else None,
            met_days=(today - touch.met).days if touch and touch.met else None,
            touches=touch.recent if touch else 0,
            win_known=bool(self.win_result or self.win_personal),
            verified=bool(verified and (today - verified).days <= verify_days),
            left=self.is_gone,
            bounces=bool(self.contact_id.message_bounce),
            has_tactic=has_tactic,
        )

    def _to_picture(self, person, touches):
        """This person on a picture; see ``get_picture`` of the map.

        :param deal_map.Person person: the same person for the algorithms
        """
        touch = touches.get(self.contact_id.id)
        return {
            "id": self.id,
            "contact_id": self.contact_id.id,
            "name": self.contact_id.name or "",
            "title": self.contact_id.function or "",
            "department": self.department or "",
            "manager_id": self.manager_id.id or None,
            "points": [p for p in deal_map.SLOT_POINTS if p in person.points],
            "role_ids": self.role_ids.ids,
            "roles": sorted(person.roles),
            "decides": self.power_decides,
            "approves": self.power_approves,
            "vetoes": self.power_vetoes,
            "scope": self.power_scope or "",
            "influence": person.influence,
            "attitude": person.attitude,
            "access": person.access,
            "access_assumed": self.access_assumed,
            "access_proposed": self._get_proposed_access(touch),
            "met_on": fields.Date.to_string(touch.met) if touch and touch.met else None,
            "stage": person.stage,
            "touch_days": person.touch_days,
            "last_touch": fields.Date.to_string(touch.last) if touch else None,
            "touches": person.touches,
            "assumed": self.evidence == "assumed",
            "stale": not person.verified,
            "unknown": deal_map.get_unknown(person),
            "org_status": self.org_status,
            "gone": person.left,
        }


def _to_int(value):
    """A selection of numbers as a number, None while unknown."""
    return int(value) if value else None
