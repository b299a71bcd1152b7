# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import json
from datetime import datetime, time, timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .map_common import MapCommon, create_crowd


@tagged("post_install", "-at_install")
class TestMap(MapCommon):
    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_waterfall_adds_up(self):
        """Each part begins where the one before ends, the last at the health."""
        picture = self.map.health_picture
        self.assertEqual(
            [(part["part"], part["start"], part["end"]) for part in picture["parts"]],
            [
                ("power", 0.0, 12.0),
                ("coverage", 12.0, 17.2),
                ("support", 17.2, 24.9),
                ("sync", 24.9, 32.4),
                ("pain", 32.4, 42.4),
                ("position", 42.4, 48.0),
                ("momentum", 48.0, 56.5),
                ("concerns", 56.5, 59.0),
            ],
        )
        self.assertEqual(picture["parts"][1]["most"], 27.0)
        self.assertEqual((picture["raw"], picture["health"]), (59.0, 59.0))
        self.assertFalse(picture["capped_by"])
        # a supporter has left: a cap cuts what the parts give
        self.sidorov.write({"attitude": "2", "access": "3"})
        self._touch(self.sidorov.contact_id, 0)
        self.petrov.action_left()
        picture = self.map.health_picture
        self.assertEqual(picture["capped_by"], "A supporter has left")
        self.assertEqual(picture["health"], 49)
        self.assertGreater(picture["raw"], 49)
        self.assertEqual(picture["parts"][-1]["end"], picture["raw"])

    def test_what_to_do_next_in_words(self):
        self.assertEqual(self.map.next_words, "Meet Sidorov: +10.7")
        # nobody else can help while nobody is known to decide
        self.sidorov.focus_power = False
        people = self.map.stakeholder_ids
        for person in people:
            self._touch(person.contact_id, 1)
        people.write({"attitude": "1", "access": "3"})
        self.assertEqual(self.map.health_parts["capped_by"], "no_power")
        self.assertFalse(self.map.next_person_id)
        self.assertEqual(self.map.next_words, "First of all: No point of power named")
        self.assertFalse(self.deal.with_user(self.anna).deal_can_plan)
        empty = self._map(lead_id=self._deal().id)
        self.assertEqual(empty.next_words, "Enter the people you know.")

    def test_map_of_the_specification(self):
        self.assertRecordValues(
            self.map,
            [
                {
                    "health": 59.0,
                    "health_band": "amber",
                    "completeness": 82.1,
                    "coverage": 34.5,
                    "support": 51.8,
                    "stage_id": self.stages[1].id,
                    "lag": 1,
                    "next_person_id": self.sidorov.id,
                    "next_kind": "access",
                    "next_gain": 10.7,
                }
            ],
        )
        parts = self.map.health_parts["parts"]
        self.assertEqual((parts["power"], parts["momentum"]), (60, 85))
        self.assertEqual(
            {
                (a.code, a.severity, *a.person_ids.mapped("contact_id.name"))
                for a in self.map.alert_ids
            },
            {
                ("opponent", "critical", "Smirnov"),
                ("seller_ahead", "warning"),
                ("majority", "warning"),
                ("our_bus", "warning"),
                ("stale_map", "warning", "Smirnov"),
            },
        )

    def test_meeting_moves_the_score_and_closes_the_alert(self):
        alert = self.map.alert_ids.filtered(lambda a: a.code == "seller_ahead")
        self._touch(self.sidorov.contact_id, 3)
        self.sidorov.write(
            {
                "access": "2",
                "attitude": "1",
                "decision_stage_id": self.stages[2].id,
            }
        )
        self.assertEqual((self.map.health, self.map.health_band), (78.5, "green"))
        self.assertNotIn("seller_ahead", self._codes())
        self.assertEqual(alert.closed_on, self.today)

    def test_sponsor_leaves(self):
        self.petrov.action_left()
        self.assertEqual(
            (self.map.coverage, self.map.support, self.map.health), (25.8, 45.5, 46.7)
        )
        self.assertIn("champion_left", self._codes())

    def test_archived_or_changed_company_is_left(self):
        self.petrov.contact_id.active = False
        self.assertTrue(self.petrov.is_gone)
        self.assertEqual(self.map.health, 46.7)
        self.petrov.contact_id.active = True
        self.assertEqual(self.map.health, 59.0)
        self.petrov.contact_id.parent_id = self._partner("Elsewhere")
        self.assertTrue(self.petrov.is_gone)
        self.assertEqual(self.map.health, 46.7)
        self.assertIn("champion_left", self._codes())

    def test_moved_and_unknown_people_stay(self):
        for status in ("moved", "unknown"):
            self.petrov.org_status = status
            self.assertEqual(self.map.health, 59.0)

    def test_empty_map_of_a_new_deal(self):
        deal = self._deal(stage_id=self.pipeline["New"].id)
        contact_map = self._map(lead_id=deal.id)
        self.assertEqual(
            (contact_map.health, contact_map.health_band, contact_map.completeness),
            (19.5, "red", 0),
        )
        self.assertEqual(self._codes(contact_map), {"no_next"})
        self.assertFalse(contact_map.stage_id)
        self.assertFalse(contact_map.next_person_id)

    def test_account_without_a_deal(self):
        contact_map = self._map(partner_id=self.ivanova.contact_id.id)
        self.assertEqual(contact_map.account_id, self.account)
        self._person("x", contact=self.sidorov.contact_id, contact_map=contact_map)
        self.assertNotIn("sync", contact_map.health_parts["parts"])
        again = self._map(partner_id=self.account.id)
        self.assertEqual(again, contact_map)

    def test_alerts_are_kept_and_open_again_as_new_rows(self):
        alerts = self.env["crm.deal.alert"].search(
            [("map_id", "=", self.map.id), ("code", "=", "opponent")]
        )
        alerts.with_user(self.anna).action_acknowledge()
        self.assertEqual(alerts.ack_user_id, self.anna)
        self.assertIn("opponent", self._codes())
        self.smirnov.attitude = "0"
        self.assertNotIn("opponent", self._codes())
        self.smirnov.attitude = "-2"
        self.assertEqual(
            self.env["crm.deal.alert"].search_count(
                [("map_id", "=", self.map.id), ("code", "=", "opponent")]
            ),
            2,
        )

    def test_refresh_writes_nothing_that_did_not_change(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT xmin FROM crm_stakeholder_map WHERE id = %s UNION ALL"
            " SELECT xmin FROM crm_deal_alert WHERE map_id = %s",
            [self.map.id] * 2,
        )
        before = self.env.cr.fetchall()
        self.map._refresh()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT xmin FROM crm_stakeholder_map WHERE id = %s UNION ALL"
            " SELECT xmin FROM crm_deal_alert WHERE map_id = %s",
            [self.map.id] * 2,
        )
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_parameters_are_calibrated(self):
        weight = self.env.ref("crm_loyalty.deal_parameter_weight_power")
        with self.assertRaisesRegex(ValidationError, "Access to power is 1.5"):
            weight.value = 1.5
        cap = self.env.ref("crm_loyalty.deal_parameter_cap_champion_left")
        cap.value = 30
        self.petrov.action_left()
        self.assertEqual(self.map.health, 30)
        self.assertEqual(self.map.health_parts["capped_by"], "champion_left")
        cap.action_reset()
        self.assertEqual(cap.value, 49)

    def test_tier_1_is_verified_more_often(self):
        self.env.ref("crm_loyalty.deal_parameter_verify_days").value = 180
        self.ivanova.verified_on = self.today - timedelta(days=100)
        self.assertTrue(self.ivanova.is_verified)
        self._invoice(self.account, 500, date="2026-03-01")
        self._decide()
        self.assertEqual(self.account.loyalty_tier_id, self.tier_1)
        self.ivanova.invalidate_recordset()
        self.assertFalse(self.ivanova.is_verified)
        self.map._refresh()
        bus = self.map.alert_ids.filtered(lambda a: a.code == "our_bus")
        self.assertEqual(bus.severity, "critical")

    def test_stage_days_are_kept(self):
        self.map.sudo().stage_since = self.today - timedelta(days=10)
        self.sidorov.decision_stage_id = self.stages[2]
        self.assertEqual(self.map.stage_id, self.stages[2])
        self.assertEqual(self.map.stage_since, self.today)
        self.assertEqual(self.map.stage_days, {"needs": 10})

    # ------------------------------------------------------------------
    # People
    # ------------------------------------------------------------------

    def test_a_person_stands_on_a_map_once(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._person("twice", contact=self.petrov.contact_id)

    def test_attributes_are_copied_within_the_account_only(self):
        other = self._map(lead_id=self._deal().id)
        self.sidorov.attitude = "2"
        copy = self._person("x", contact=self.sidorov.contact_id, contact_map=other)
        self.assertEqual(
            (copy.attitude, copy.influence, copy.focus_power), ("2", "5", True)
        )
        elsewhere = self._partner("Consultants")
        foreign = self._map(lead_id=self._deal(elsewhere).id)
        copy = self._person("x", contact=self.sidorov.contact_id, contact_map=foreign)
        self.assertEqual((copy.attitude, copy.influence), (False, False))
        # the newest of the account's maps goes
        newest = self._map(lead_id=self._deal().id)
        copy = self._person("x", contact=self.petrov.contact_id, contact_map=newest)
        copy.attitude = "-1"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_stakeholder SET write_date = write_date + interval '1 hour'"
            " WHERE id = %s",
            [copy.id],
        )
        third = self._map(lead_id=self._deal().id)
        copy = self._person("x", contact=self.petrov.contact_id, contact_map=third)
        self.assertEqual(copy.attitude, "-1")

    def test_history_tells_who_when_from_and_to(self):
        person = self.sidorov.with_user(self.anna).with_context(
            tracking_disable=False, mail_notrack=False
        )
        self.env.cr.flush()  # as between two transactions
        person.write({"attitude": "-1"})
        self.env.cr.flush()
        message = self.sidorov.message_ids[0]
        values = message.sudo().tracking_value_ids
        change = values.filtered(lambda v: v.field_id.name == "attitude")
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.assertEqual(
            (change.old_value_char, change.new_value_char), ("0 Neutral", "−1 Sceptic")
        )

    def test_still_true_in_one_tap(self):
        self.assertFalse(self.smirnov.is_verified)
        self.map.with_user(self.anna).still_true()
        self.assertTrue(self.smirnov.is_verified)
        self.assertEqual(self.smirnov.verified_by, self.anna)
        self.assertNotIn("stale_map", self._codes())

    def test_contact_happened(self):
        verified_on = self.today - timedelta(days=30)
        self.sidorov.verified_on = verified_on
        self.sidorov.with_user(self.anna).action_touch("meeting", "Showed the line")
        self.sidorov.invalidate_recordset()
        self.assertEqual((self.sidorov.access, self.sidorov.touch_days), ("2", 0))
        self.assertTrue(self.sidorov.access_assumed)
        self.assertEqual(self.sidorov.access_on, self.today)
        # the date of the attitude is not renewed
        self.assertEqual(self.sidorov.verified_on, verified_on)
        self.assertEqual(self.map.health, 69.6)
        self.sidorov.action_touch("messenger")
        self.assertEqual(self.sidorov.access, "2")
        self.assertEqual(self.sidorov.touch_90, 3)

    def _meet(self, person, days):
        return self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": self.today - timedelta(days=days),
                "stop": self.today - timedelta(days=days),
                "partner_ids": [
                    Command.set((person.contact_id | self.anna.partner_id).ids)
                ],
            }
        )

    def test_past_meeting_proposes_a_deeper_contact(self):
        self.sidorov.access_on = self.today - timedelta(days=30)
        self.petrov.access_on = self.today - timedelta(days=2)
        self.ivanova.access_on = self.today - timedelta(days=30)
        for person in (self.sidorov, self.petrov, self.ivanova):
            self._meet(person, 3)
        self._meet(self.smirnov, -3)
        people = self.map.stakeholder_ids
        people.invalidate_recordset()
        # judged after the meeting, in depth already, meeting still to come: nothing
        self.assertEqual(people.filtered("access_proposed"), self.sidorov)
        self.assertEqual(self.sidorov.access_proposed, "2")
        self.assertEqual(self.sidorov.met_on, self.today - timedelta(days=3))
        self.assertEqual((self.sidorov.access, self.sidorov.touch_days), ("1", 3))
        self.assertEqual(self.map.health_parts["parts"]["power"], 60)
        contact_map = self.map.with_user(self.anna)
        shown = {p["id"]: p for p in contact_map.get_picture()["people"]}
        self.assertEqual(shown[self.sidorov.id]["access_proposed"], 2)
        self.assertIsNone(shown[self.petrov.id]["access_proposed"])
        picture = contact_map.judge_meeting(self.sidorov.id, True)
        self.assertEqual(
            (self.sidorov.access, self.sidorov.access_assumed), ("2", False)
        )
        self.assertEqual(self.sidorov.access_on, self.today)
        self.assertEqual(picture["figures"]["parts"]["power"], 100)
        self.assertFalse(any(p["access_proposed"] for p in picture["people"]))

    def test_meeting_that_deepened_nothing(self):
        self.sidorov.access_on = self.today - timedelta(days=30)
        self._meet(self.sidorov, 3)
        self.map.with_user(self.anna).judge_meeting(self.sidorov.id, False)
        self.assertFalse(self.sidorov.access_proposed)
        self.assertEqual(
            (self.sidorov.access, self.sidorov.access_on), ("1", self.today)
        )
        # older than 90 days: nobody remembers
        self.smirnov.access_on = self.today - timedelta(days=200)
        self._meet(self.smirnov, 91)
        self.smirnov.invalidate_recordset()
        self.assertFalse(self.smirnov.access_proposed)

    def test_touches_come_from_meetings_calls_and_inbound_mail(self):
        person = self._person("Kuznetsov")
        self.assertFalse(person.last_touch)
        contact = person.contact_id
        self._touch(contact, 80, "mail.mail_activity_data_todo")
        contact.message_post(body="to him", message_type="comment")
        person.invalidate_recordset()
        self.assertFalse(person.last_touch)
        self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": self.today - timedelta(days=50),
                "stop": self.today - timedelta(days=50),
                "partner_ids": [
                    Command.set((contact | (self.anna | self.boris).partner_id).ids)
                ],
            }
        )
        person.invalidate_recordset()
        self.assertEqual((person.touch_days, person.touch_90), (50, 1))
        message = contact.message_post(
            body="from him", message_type="email", author_id=contact.id
        )
        message.date = fields.Datetime.now() - timedelta(days=2)
        self.env.flush_all()
        person.invalidate_recordset()
        self.assertEqual((person.touch_days, person.touch_90), (2, 2))

    def test_meeting_later_today_is_no_contact_yet(self):
        person = self._person("Kuznetsov")
        three = datetime.combine(self.today, time(15))
        self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": three,
                "stop": three + timedelta(hours=1),
                "partner_ids": [
                    Command.set((person.contact_id | self.anna.partner_id).ids)
                ],
            }
        )
        for hour, touched_on in ((9, False), (16, self.today)):
            with freeze_time(datetime.combine(self.today, time(hour))):
                person.invalidate_recordset()
                self.assertEqual(person.last_touch, touched_on)

    # ------------------------------------------------------------------
    # Relations
    # ------------------------------------------------------------------

    def test_strength_from_contacts(self):
        person = self._person("Kuznetsov")
        for days in (8, 20, 30):
            self.env["calendar.event"].create(
                {
                    "name": "Visit",
                    "start": self.today - timedelta(days=days),
                    "stop": self.today - timedelta(days=days),
                    "partner_ids": [
                        Command.set((person.contact_id | self.anna.partner_id).ids)
                    ],
                }
            )
        self._touch(person.contact_id, 10, user=self.anna)
        self._touch(person.contact_id, 10, user=self.boris)
        relations = self.env["crm.stakeholder.relation"]
        relations._refresh_strengths(self.today, person.contact_id)
        found = relations.search([("target_id", "=", person.contact_id.id)])
        # Anna: 3 x 4 + 2 = 14; Boris: 2
        self.assertEqual(
            {r.source_id: r.strength_now for r in found},
            {self.anna.partner_id: "3", self.boris.partner_id: "1"},
        )
        # by hand goes before, for half a year
        ours = found.filtered(lambda r: r.source_id == self.anna.partner_id)
        ours.strength = "5"
        self.assertEqual(ours.strength_now, "5")
        ours.strength_on = self.today - timedelta(days=181)
        self.assertEqual(ours.strength_now, "3")

    def test_nobody_relates_to_himself(self):
        with self.assertRaisesRegex(ValidationError, "Petrov"):
            self._relate(self.petrov, self.petrov, 3)

    # ------------------------------------------------------------------
    # The picture
    # ------------------------------------------------------------------

    def test_picture_finds_the_chain(self):
        picture = self.map.with_user(self.anna).get_picture()
        json.dumps(picture)
        best, second = picture["chains"]["fastest"][:2]
        self.assertEqual(
            best["people"],
            [
                self.anna.partner_id.id,
                self.ivanova.contact_id.id,
                self.petrov.contact_id.id,
                self.sidorov.contact_id.id,
            ],
        )
        self.assertEqual(best["chances"], [0.9, 0.675, 0.675])
        self.assertEqual((best["chance"], second["chance"]), (0.4101, 0.2835))
        self.assertEqual(picture["target_id"], self.sidorov.contact_id.id)
        self.assertEqual(picture["gaps"], ["technical"])
        self.assertEqual(picture["figures"]["health"], 59.0)
        self.assertEqual(len(picture["relations"]), 7)
        self.assertEqual(
            {other["name"]: other["ours"] for other in picture["others"]},
            {"Anna": True, "Boris": True},
        )
        people = {person["name"]: person for person in picture["people"]}
        self.assertEqual(people["Smirnov"]["unknown"], ["win", "stage"])
        self.assertTrue(people["Smirnov"]["stale"])
        self.assertEqual(people["Petrov"]["touch_days"], 20)
        self.assertEqual(people["Petrov"]["points"], ["dissatisfaction"])
        self.assertEqual(people["Sidorov"]["attitude"], 0)

    def test_third_party_introduces(self):
        consultant = self._contact("Consultant", self._partner("Advisors"))
        relations = self.env["crm.stakeholder.relation"]
        for source, target in (
            (self.anna.partner_id, consultant),
            (consultant, self.sidorov.contact_id),
        ):
            relations.create(
                {"source_id": source.id, "target_id": target.id, "strength": "5"}
            )
        best = self.map.get_picture()["chains"]["fastest"][0]
        # 0.9 of Anna x (0.9 x 0.5 of somebody whose attitude is unknown)
        self.assertEqual(best["chance"], 0.4101)
        self.petrov.attitude = "0"
        best = self.map.get_picture()["chains"]["fastest"][0]
        self.assertEqual(best["chance"], 0.405)
        self.assertEqual(best["people"][1], consultant.id)

    def test_quick_entry(self):
        contact_map = self.map.with_user(self.anna)
        picture = contact_map.add_person(
            name="Orlov",
            title="Technologist",
            values={
                "influence": 3,
                "attitude": -1,
                "dissatisfaction": True,
                "role_ids": [self.roles["technical"].id],
            },
        )
        person = next(p for p in picture["people"] if p["name"] == "Orlov")
        self.assertEqual((person["influence"], person["attitude"]), (3, -1))
        contact = self.env["res.partner"].browse(person["contact_id"])
        self.assertEqual(contact.parent_id, self.account)
        self.assertEqual(contact.function, "Technologist")
        self.assertFalse(picture["gaps"])
        picture = contact_map.set_person(person["id"], {"attitude": None, "access": 1})
        person = next(p for p in picture["people"] if p["name"] == "Orlov")
        self.assertEqual((person["attitude"], person["access"]), (None, 1))
        picture = contact_map.link_people(
            person["contact_id"], self.sidorov.contact_id.id, "reports_to", 4
        )
        relation = next(
            r for r in picture["relations"] if r["source_id"] == person["contact_id"]
        )
        self.assertEqual((relation["kind"], relation["strength"]), ("reports_to", 4))
        picture = contact_map.link_people(
            person["contact_id"], self.sidorov.contact_id.id, "reports_to", 2
        )
        self.assertEqual(len(picture["relations"]), 8)
        picture = contact_map.unlink_relation(relation["id"])
        self.assertEqual(len(picture["relations"]), 7)
        picture = contact_map.remove_person(person["id"])
        self.assertEqual(len(picture["people"]), 4)
        self.assertTrue(contact.exists())
        with self.assertRaises(UserError):
            contact_map.set_person(person["id"], {"attitude": 1})
        with self.assertRaises(UserError):
            contact_map.set_person(self.petrov.id, {"note": "x"})
        with self.assertRaises(UserError):
            contact_map.add_person(name=" ")

    def test_type_ahead_knows_the_account_first(self):
        self._contact("Orlov", self._partner("Elsewhere"))
        self._contact("Orlova")
        found = self.map.with_user(self.anna).search_contacts("orlov")
        self.assertEqual([f["name"] for f in found], ["Orlova", "Orlov"])
        self.assertNotIn(
            "Petrov", [f["name"] for f in self.map.search_contacts("petrov")]
        )

    def test_picture_of_many_takes_as_many_queries(self):
        contact_map = self.map.with_user(self.anna)
        contact_map.get_picture()  # warm: rights, parameters, stages
        self.env.flush_all()
        for count, relations in ((4, 7), (300, 907)):
            if count > 4:
                create_crowd(self.map, people=296, relations=900)
                self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(12):
                picture = contact_map.get_picture()
            self.assertEqual(len(picture["people"]), count)
            self.assertEqual(len(picture["relations"]), relations)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_who_sees_a_map(self):
        leader = self._user("leader_map", "sales_team.group_sale_salesman")
        mate = self._user("mate_map", "sales_team.group_sale_salesman")
        kam = self._user("kam_map", "crm_loyalty.group_key_account_manager")
        everything = self._user("all_map", "sales_team.group_sale_salesman_all_leads")
        team = self.env["crm.team"].create(
            {
                "name": "Keys",
                "user_id": leader.id,
                "company_id": self.company.id,
                "member_ids": [Command.set((mate | kam | self.anna).ids)],
            }
        )
        self.deal.team_id = team
        stranger = self._user("stranger_map", "sales_team.group_sale_salesman")
        foreign = new_test_user(
            self.env,
            login="foreign_map",
            groups="crm_loyalty.group_manager",
            company_id=self.env["res.company"].create({"name": "Other"}).id,
        )
        portal = self._user("portal_map", "base.group_portal")
        for user, sees in (
            (self.anna, True),
            (leader, True),
            (kam, True),
            (everything, True),
            (mate, False),
            (stranger, False),
            (foreign, False),
        ):
            with self.subTest(user.login):
                for record in (
                    self.map,
                    self.petrov,
                    self.criteria[0],
                    self.map.alert_ids[0],
                    self.relations[0],
                    self.competitor,
                ):
                    own = record.with_user(user).with_company(user.company_id)
                    self.assertEqual(own.has_access("read"), sees, record)
                    found = own.search([("id", "=", record.id)])
                    self.assertEqual(bool(found), sees, record)
        for model in ("crm.stakeholder", "crm.stakeholder.map", "crm.deal.alert"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])
        with self.assertRaises(AccessError):
            self.map.with_user(stranger).get_picture()
        people = self.env["crm.stakeholder"].with_user(stranger)
        self.assertFalse(people.search([("attitude", "=", "-1")]))
        self.assertFalse(people.formatted_read_group([], ["attitude"], ["__count"]))
        stranger.group_ids |= self.env.ref("base.group_allow_export")
        with self.assertRaises(AccessError):
            people.browse(self.smirnov.id).export_data(["attitude"])
        contact = self.smirnov.contact_id.with_user(stranger)
        self.assertFalse(contact.stakeholder_ids)
        self.assertFalse(contact.search([("stakeholder_ids.attitude", "=", "-1")]))
        self.assertFalse(contact.stakeholder_relation_ids)
        self.assertFalse(
            self.sidorov.message_ids.with_user(stranger).search(
                [("model", "=", "crm.stakeholder"), ("res_id", "=", self.sidorov.id)]
            )
        )
