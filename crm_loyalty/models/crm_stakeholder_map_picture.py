# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import deal_map

#: what a picture may write on a person -> the field
PICTURE_FIELDS = {
    "influence": "influence",
    "attitude": "attitude",
    "access": "access",
    "stage_id": "decision_stage_id",
    "decides": "power_decides",
    "approves": "power_approves",
    "vetoes": "power_vetoes",
    "scope": "power_scope",
    "department": "department",
    "manager_id": "manager_id",
    "org_status": "org_status",
    "role_ids": "role_ids",
    **{point: f"focus_{point}" for point in deal_map.SLOT_POINTS},
}


class CrmStakeholderMap(models.Model):
    """What a picture of the map reads, and the few things it writes."""

    _inherit = "crm.stakeholder.map"

    @api.readonly
    def get_picture(self, target_id=None):
        """The whole map as a dict that can be sent as JSON, in at most 12 queries.

        People and the ends of relations are told apart by ``contact_id`` (an id of
        ``res.partner``); ``id`` of a person is that of ``crm.stakeholder``, to be
        handed to the methods below. ``None`` is unknown, never zero.

        :param int target_id: contact to find chains to; by default the point of power
            with the highest influence
        :return: dict of

            - ``id``, ``name``, ``lead_id``, ``account_id``, ``account_name``,
              ``can_write``, ``today`` (ISO date)
            - ``figures``: ``health`` 0..100, ``band`` (green, amber, red), ``parts``
              {part: 0..100}, ``raw`` (before the cap), ``capped_by`` (code of an alert
              or None), ``completeness``, ``coverage``, ``support`` (0..100), ``stage``
              (number 0..5 or None), ``stage_since`` (ISO or None), ``lag`` (steps that
              we are ahead), ``expected`` ([lowest, highest] or None without a deal),
              ``next``: None or ``person_id``, ``contact_id``, ``kind`` (access,
              attitude), ``gain``, ``reason`` (code of an alert or of a part)
            - ``stages``: the customer's six: ``id``, ``idx``, ``code``, ``name``
            - ``people``: ``id``, ``contact_id``, ``name``, ``title``, ``department``,
              ``manager_id`` (a ``crm.stakeholder`` or None), ``points`` (of
              receptivity, dissatisfaction, power), ``role_ids``, ``roles`` (codes),
              ``decides``, ``approves``, ``vetoes``, ``scope``, ``influence`` 1..5,
              ``attitude`` -2..2, ``access`` 0..3, ``access_assumed`` (raised by a
              meeting), ``access_proposed`` (1..3 after a meeting that nobody has judged
              yet, or None), ``met_on`` (ISO), ``stage`` 0..5, ``touch_days``,
              ``last_touch`` (ISO),
              ``touches`` (in 90 days), ``assumed`` (not confirmed), ``stale`` (not
              verified within the period), ``unknown`` (names of facts to ask for:
              roles, influence, attitude, access, win, stage), ``org_status``, ``gone``
            - ``others``: who else stands at the end of a relation: ``contact_id``,
              ``name``, ``ours`` (one of our users, else a third party)
            - ``relations``: ``id``, ``source_id``, ``target_id`` (contacts), ``kind``
              (knows, introduced, reports_to, influences, trusts, works_with,
              conflicts),
              ``strength`` 1..5 in effect or None, ``directed``, ``assumed``
            - ``target_id``: contact the chains lead to, or None
            - ``chains``: ``fastest`` and ``strategic``, lists of ``people`` (contacts,
              from ours to the target), ``chances`` of the steps, ``chance`` of all;
              best first, empty where there is none
            - ``gaps``: points and roles that nobody holds, the most wanted first
            - ``alerts``: ``id``, ``code``, ``label``, ``severity``, ``person_ids``,
              ``acknowledged``
        :raise AccessError: if the user may not see the map
        """
        self.ensure_one()
        self.check_access("read")
        today = fields.Date.context_today(self)
        # sudo: who may see the map sees the names of the people on it, ours included
        sudo = self.sudo()
        rows = sudo._prefetch_picture(today)
        touches = sudo.stakeholder_ids.contact_id._get_touches(today)
        alerts = sudo.env["crm.deal.alert"].search_fetch(
            [("map_id", "=", self.id), ("closed_on", "=", False)]
        )
        return {
            **sudo._compose_picture(
                rows, touches, alerts, sudo._get_verify_days()[sudo], today, target_id
            ),
            "can_write": self.has_access("write"),
        }

    def _compose_picture(
        self, rows, touches, alerts, verify_days, today, target_id=None
    ):
        """The picture of what was read; see ``get_picture``.

        To be called as superuser.

        :param rows: see ``crm.stakeholder.relation._get_rows``
        """
        network = self._get_network(rows)
        persons = {
            person: person._to_person(
                touches.get(person.contact_id.id), verify_days, today, False
            )
            for person in self.stakeholder_ids
        }
        target = target_id or self._get_chain_target()
        return {
            **self._picture_head(today),
            "people": [p._to_picture(persons[p], touches) for p in persons],
            **self._picture_relations(rows),
            "target_id": target or None,
            "chains": {
                "fastest": _to_dicts(network.find_chains(target)),
                "strategic": _to_dicts(network.find_chains(target, strategic=True)),
            },
            "gaps": deal_map.get_gaps(persons.values()),
            "alerts": self._picture_alerts(alerts),
        }

    def _prefetch_picture(self, today):
        """Read the people, and everybody they are related to, at once.

        :return: see ``crm.stakeholder.relation._get_rows``
        """
        people = self.env["crm.stakeholder"].search_fetch([("map_id", "=", self.id)])
        # a cache as a read of the field would fill it, less one query
        self._fields["stakeholder_ids"]._update_cache(self, people._ids)
        rows = self.env["crm.stakeholder.relation"]._get_rows(
            people.contact_id.ids, today
        )
        ends = {row[f"{end}_id"] for row in rows for end in ("source", "target")}
        partners = people.contact_id.ids + self.account_id.ids + sorted(ends)
        self.env["res.partner"].browse(partners).fetch(
            ["name", "function", "message_bounce"]
        )
        return rows

    def _get_chain_target(self):
        """Contact of the point of power with the highest influence, 0 without any."""
        power = self.stakeholder_ids.filtered(lambda p: p.focus_power and not p.is_gone)
        power = power.sorted(lambda p: (-int(p.influence or 0), p.contact_id.id))
        return power[:1].contact_id.id or 0

    def _picture_head(self, today):
        health = self.health_parts or {}
        step = self.next_person_id
        stages = self.env["crm.decision.stage"]._get_rows()
        return {
            "id": self.id,
            "name": self.name,
            "lead_id": self.lead_id.id or None,
            "account_id": self.account_id.id or None,
            "account_name": self.account_id.name or "",
            "today": fields.Date.to_string(today),
            "figures": {
                "health": self.health,
                "band": self.health_band,
                "parts": health.get("parts") or {},
                "raw": health.get("raw"),
                "capped_by": health.get("capped_by"),
                "completeness": self.completeness,
                "coverage": self.coverage,
                "support": self.support,
                "stage": self.env["crm.decision.stage"]._get_idx(self.stage_id),
                "stage_since": fields.Date.to_string(self.stage_since) or None,
                "lag": self.lag,
                "expected": self._get_expected_stages(),
                "next": step
                and {
                    "person_id": step.id,
                    "contact_id": step.contact_id.id,
                    "kind": self.next_kind,
                    "gain": self.next_gain,
                    "reason": self.next_reason,
                }
                or None,
            },
            "stages": [dict(stage) for stage in stages],
        }

    def _picture_relations(self, rows):
        known = set(self.stakeholder_ids.contact_id.ids)
        ours = {}
        for row in rows:
            for end in ("source", "target"):
                ours[row[f"{end}_id"]] = row[f"{end}_ours"]
        others = self.env["res.partner"].browse(sorted(set(ours) - known))
        return {
            "others": [
                {
                    "contact_id": partner.id,
                    "name": partner.name or "",
                    "ours": ours[partner.id],
                }
                for partner in others
            ],
            "relations": [
                {
                    **{
                        name: row[name]
                        for name in (
                            "id",
                            "source_id",
                            "target_id",
                            "kind",
                            "strength",
                            "directed",
                        )
                    },
                    "assumed": row["evidence"] == "assumed",
                }
                for row in rows
            ],
        }

    def _picture_alerts(self, alerts):
        labels = dict(
            self.env["crm.deal.alert"]._fields["code"]._description_selection(self.env)
        )
        return [
            {
                "id": alert.id,
                "code": alert.code,
                "label": labels[alert.code],
                "severity": alert.severity,
                "person_ids": alert.person_ids.ids,
                "acknowledged": bool(alert.ack_user_id),
            }
            for alert in alerts
        ]

    # ------------------------------------------------------------------
    # Writing: each method returns the new picture
    # ------------------------------------------------------------------

    @api.readonly
    def search_contacts(self, text="", limit=8):
        """People to be added, by the letters typed: of the account first, then others.

        :return: list of dicts: contact_id, name, title, company
        """
        self.ensure_one()
        partners = self.env["res.partner"]
        domain = Domain("is_company", "=", False) & Domain(
            "id", "not in", self.stakeholder_ids.contact_id.ids
        )
        if text:
            domain &= Domain("name", "ilike", text)
        found = partners
        if self.account_id:
            inside = domain & Domain("id", "child_of", self.account_id.id)
            found = partners.search(inside, limit=limit)
        if text and len(found) < limit:
            rest = domain & Domain("id", "not in", found.ids)
            found += partners.search(rest, limit=limit - len(found))
        return [
            {
                "contact_id": partner.id,
                "name": partner.name or "",
                "title": partner.function or "",
                "company": partner.commercial_company_name or "",
            }
            for partner in found
        ]

    def add_person(self, contact_id=None, name=None, title=None, values=None):
        """Put a contact on the map, or a new one of the account.

        :param int contact_id: an existing contact; without it one called ``name`` with
            job title ``title`` is created at the account
        :param dict values: keys of ``PICTURE_FIELDS``
        :return: see ``get_picture``
        """
        self.ensure_one()
        if not contact_id:
            if not (name or "").strip():
                raise UserError(
                    self.env._("Person: choose a contact or type a name for a new one.")
                )
            contact_id = (
                self.env["res.partner"]
                .create(
                    {
                        "name": name.strip(),
                        "function": title,
                        "parent_id": self.account_id.id,
                        "is_company": False,
                        "company_id": self.account_id.company_id.id,
                    }
                )
                .id
            )
        self.env["crm.stakeholder"].create(
            {
                "map_id": self.id,
                "contact_id": contact_id,
                **self._prepare_person(values or {}),
            }
        )
        return self.get_picture()

    def set_person(self, person_id, values):
        """Change a person on the picture.

        :param int person_id: of ``crm.stakeholder``
        :param dict values: keys of ``PICTURE_FIELDS``: influence 1..5, attitude -2..2,
            access 0..3, stage_id, role_ids (ids), receptivity, dissatisfaction, power,
            decides, approves, vetoes (booleans), scope, department, org_status (texts),
            manager_id; None makes a fact unknown
        :return: see ``get_picture``
        """
        self._get_person(person_id).write(self._prepare_person(values))
        return self.get_picture()

    def remove_person(self, person_id):
        """Take a person off this map; the contact stays."""
        self._get_person(person_id).unlink()
        return self.get_picture()

    def link_people(self, source_id, target_id, kind="knows", strength=None, **values):
        """Relate two contacts, or change the relation of this kind they have.

        :param int source_id: contact; for ``reports_to`` the subordinate
        :param int target_id: contact
        :param int strength: 1..5, None leaves it to the computed one
        :param values: directed, evidence, note
        :return: see ``get_picture``
        """
        self.ensure_one()
        relations = self.env["crm.stakeholder.relation"]
        values = {
            name: value
            for name, value in values.items()
            if name in ("directed", "evidence", "note")
        }
        if strength:
            values["strength"] = str(strength)
        ends = {"source_id": source_id, "target_id": target_id, "kind": kind}
        found = relations.search([(name, "=", value) for name, value in ends.items()])
        if found:
            found.write(values)
        else:
            relations.create({**ends, **values})
        return self.get_picture()

    def unlink_relation(self, relation_id):
        """Delete a relation."""
        self.ensure_one()
        self.env["crm.stakeholder.relation"].browse(relation_id).unlink()
        return self.get_picture()

    def touch_person(self, person_id, channel="call", line=""):
        """ "Contact happened" today: see ``crm.stakeholder.action_touch``."""
        self._get_person(person_id).action_touch(channel=channel, line=line)
        return self.get_picture()

    def judge_meeting(self, person_id, is_deeper):
        """Confirm or refuse the depth of contact that is proposed after a meeting."""
        person = self._get_person(person_id)
        if is_deeper:
            person.action_access_confirm()
        else:
            person.action_access_keep()
        return self.get_picture()

    def still_true(self, person_ids=None):
        """Verify these people, or the whole map."""
        self.ensure_one()
        people = self.stakeholder_ids.filtered(lambda person: not person.is_gone)
        if person_ids is not None:
            people = people.filtered(lambda person: person.id in person_ids)
        people.action_still_true()
        return self.get_picture()

    def find_entry(self, person_id):
        """Propose entry plans to a person; see ``crm.entry.plan``.

        :return: list of dicts: id, mode, chance, words
        """
        plans = self.env["crm.entry.plan"]._propose(self._get_person(person_id))
        return plans.read(["mode", "chance", "words"])

    def accept_chain(self, plan_id):
        """Accept a proposed entry plan: its steps become activities."""
        self.ensure_one()
        self.plan_ids.filtered(lambda plan: plan.id == plan_id).action_accept()
        return self.get_picture()

    def _get_person(self, person_id):
        self.ensure_one()
        person = self.stakeholder_ids.filtered(lambda person: person.id == person_id)
        if not person:
            raise UserError(
                self.env._("This person does not stand on the map any more: reload it.")
            )
        return person

    def _prepare_person(self, values):
        prepared = {}
        for name, value in values.items():
            if name not in PICTURE_FIELDS:
                raise UserError(self.env._("The picture has no value %s.", name))
            if name in ("influence", "attitude", "access"):
                value = False if value is None else str(value)
            elif name == "role_ids":
                value = [fields.Command.set(value or [])]
            prepared[PICTURE_FIELDS[name]] = value
        return prepared


def _to_dicts(chains):
    return [
        {
            "people": list(chain.people),
            "chances": [round(chance, 4) for chance in chain.chances],
            "chance": round(chain.chance, 4),
        }
        for chain in chains
    ]
