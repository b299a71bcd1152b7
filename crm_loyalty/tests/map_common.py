# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from random import Random

from odoo import Command, fields

from .common import CrmLoyaltyCommon

STAGES = (("New", 0, 1), ("Proposition", 2, 3), ("Late", 3, 4))


def create_crowd(contact_map, people=300, relations=900):
    """So many people in 12 departments below one head, and relations between them."""
    rng = Random(people)
    quiet = contact_map.env(context={"stakeholder_refreshing": True})
    contacts = quiet["res.partner"].create(
        [
            {"name": f"Person {number}", "parent_id": contact_map.account_id.id}
            for number in range(people)
        ]
    )
    persons = quiet["crm.stakeholder"].create(
        [
            {
                "map_id": contact_map.id,
                "contact_id": contact.id,
                "department": f"Department {number % 12}" if number else False,
                "influence": str(rng.randint(1, 5)),
                "attitude": str(rng.randint(-2, 2)),
                "focus_power": not number,
            }
            for number, contact in enumerate(contacts)
        ]
    )
    for number, person in enumerate(persons[1:], start=1):
        person.manager_id = persons[(number - 1) // 12]
    pairs = set()
    while len(pairs) < relations:
        pairs.add(tuple(rng.sample(contacts.ids, 2)))
    quiet["crm.stakeholder.relation"].create(
        [
            {
                "source_id": source,
                "target_id": target,
                "kind": "knows",
                "strength": str(rng.randint(1, 5)),
            }
            for source, target in sorted(pairs)
        ]
    )
    return persons


class MapCommon(CrmLoyaltyCommon):
    """A deal with the four people of the specification's map M, and two of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.stages = {s.idx: s for s in cls.env["crm.decision.stage"].search([])}
        cls.roles = {r.code: r for r in cls.env["crm.stakeholder.role"].search([])}
        cls.pipeline = {
            name: cls.env["crm.stage"].create(
                {
                    "name": name,
                    "sequence": 100 + low,
                    "decision_stage_min_id": cls.stages[low].id,
                    "decision_stage_max_id": cls.stages[high].id,
                }
            )
            for name, low, high in STAGES
        }
        cls.anna = cls._user("anna_map", "sales_team.group_sale_salesman", name="Anna")
        salesman = "sales_team.group_sale_salesman"
        cls.boris = cls._user("boris_map", salesman, name="Boris")
        cls.account = cls._partner("Works", user_id=cls.anna.id)
        cls.deal = cls._deal()
        cls.map = cls._map(lead_id=cls.deal.id)
        # facts are fresh for 60 days
        cls.env.ref("crm_loyalty.deal_parameter_verify_days").value = 60
        cls._create_people()
        cls._create_facts()

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------

    @classmethod
    def _deal(cls, account=None, **values):
        return cls.env["crm.lead"].create(
            {
                "type": "opportunity",
                "name": "Annual contract",
                "partner_id": (account or cls.account).id,
                "user_id": cls.anna.id,
                "company_id": cls.company.id,
                "stage_id": cls.pipeline["Proposition"].id,
                "team_id": False,
                **values,
            }
        )

    @classmethod
    def _map(cls, **values):
        maps = cls.env["crm.stakeholder.map"]
        return maps.browse(maps.get_or_create(**values))

    @classmethod
    def _contact(cls, name, account=None, **values):
        return cls.env["res.partner"].create(
            {"name": name, "parent_id": (account or cls.account).id, **values}
        )

    @classmethod
    def _person(cls, name, touch_days=None, contact_map=None, **values):
        contact = values.pop("contact", None) or cls._contact(
            name, function=values.pop("function", False)
        )
        if touch_days is not None:
            cls._touch(contact, touch_days)
        codes = values.pop("roles", ())
        return cls.env["crm.stakeholder"].create(
            {
                "map_id": (contact_map or cls.map).id,
                "contact_id": contact.id,
                "role_ids": [Command.set([cls.roles[code].id for code in codes])],
                **values,
            }
        )

    @classmethod
    def _touch(cls, contact, days, xmlid="mail.mail_activity_data_call", user=None):
        """A contact so many days ago."""
        activity = contact.activity_schedule(xmlid, user_id=(user or cls.env.user).id)
        activity.action_feedback()
        activity.date_done = fields.Date.subtract(cls.today, days=days)
        return activity

    @classmethod
    def _relate(cls, source, target, strength, kind="knows", **values):
        def contact(record):
            is_user = record._name == "res.users"
            return record.partner_id if is_user else record.contact_id

        return cls.env["crm.stakeholder.relation"].create(
            {
                "source_id": contact(source).id,
                "target_id": contact(target).id,
                "strength": str(strength),
                "kind": kind,
                "directed": True,
                **values,
            }
        )

    @classmethod
    def _create_people(cls):
        cls.ivanova = cls._person(
            "Ivanova",
            5,
            function="Office Manager",
            focus_receptivity=True,
            roles=["coach"],
            influence="2",
            attitude="1",
            access="3",
            decision_stage_id=cls.stages[2].id,
            win_result="Fewer calls",
        )
        cls.petrov = cls._person(
            "Petrov",
            20,
            function="Chief Engineer",
            focus_dissatisfaction=True,
            roles=["user"],
            influence="3",
            attitude="1",
            access="2",
            decision_stage_id=cls.stages[2].id,
            win_result="Less downtime",
        )
        cls.sidorov = cls._person(
            "Sidorov",
            40,
            function="Director",
            focus_power=True,
            roles=["decision_maker"],
            influence="5",
            attitude="0",
            access="1",
            decision_stage_id=cls.stages[1].id,
        )
        cls.smirnov = cls._person(
            "Smirnov",
            100,
            function="Finance Director",
            roles=["approver"],
            influence="4",
            attitude="-1",
            access="1",
            evidence="assumed",
        )
        cls.relations = [
            cls._relate(cls.anna, cls.ivanova, 5),
            cls._relate(cls.anna, cls.smirnov, 3),
            cls._relate(cls.boris, cls.sidorov, 1),
            cls._relate(cls.ivanova, cls.petrov, 4),
            cls._relate(cls.ivanova, cls.sidorov, 2),
            cls._relate(cls.petrov, cls.sidorov, 4),
            cls._relate(cls.smirnov, cls.sidorov, 5),
        ]

    @classmethod
    def _create_facts(cls):
        """Needs, criteria, concerns, one date put off, a next step."""
        cls.env["crm.deal.need"].create(
            {
                "map_id": cls.map.id,
                "name": "Downtime",
                "state": "quantified",
                "stakeholder_id": cls.petrov.id,
                "cost_per_year": 40000,
            }
        )
        cls.competitor = cls.env["crm.deal.competitor"].create(
            {"map_id": cls.map.id, "name": "Rival", "status": "incumbent"}
        )
        cls.criteria = cls.env["crm.deal.criterion"].create(
            [
                {
                    "map_id": cls.map.id,
                    "name": name,
                    "stakeholder_id": cls.petrov.id,
                    "importance": importance,
                    "our_score": ours,
                    "score_ids": [
                        Command.create(
                            {"competitor_id": cls.competitor.id, "score": theirs}
                        )
                    ],
                }
                for name, importance, ours, theirs in (
                    ("Price", 9, 6, 8),
                    ("Uptime", 8, 9, 6),
                    ("Service", 4, 9, 5),
                    ("Integration", 7, 7, 6),
                )
            ]
        )
        cls.env["crm.deal.concern"].create(
            [
                {"map_id": cls.map.id, "name": name, "severity": severity}
                for name, severity in (("Delivery in winter", "3"), ("Training", "2"))
            ]
        )
        cls.deal.date_deadline = fields.Date.add(cls.today, days=20)
        cls.deal.date_deadline = fields.Date.add(cls.today, days=30)
        cls.deal.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=fields.Date.add(cls.today, days=3),
            user_id=cls.anna.id,
        )
        cls.map._refresh()

    def _codes(self, contact_map=None):
        return set((contact_map or self.map).alert_ids.mapped("code"))
