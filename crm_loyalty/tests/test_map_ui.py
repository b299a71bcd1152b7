# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .map_common import MapCommon, create_crowd


class MapUiCase(MapCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kam = cls._user(
            "tour_boris",
            "base.group_user,crm_loyalty.group_key_account_manager,base.group_partner_manager",
            name="Tour Boris",
        )
        cls.deal.user_id = cls.kam


@tagged("post_install", "-at_install")
class TestMapUi(MapUiCase):
    def test_map_a_new_account_from_zero(self):
        account = self._partner("New Works", user_id=self.kam.id)
        deal = self._deal(account, user_id=self.kam.id)
        self.start_tour(
            f"/odoo/crm/{deal.id}", "crm_loyalty_map_tour", login="tour_boris"
        )
        people = {p.contact_id.name: p for p in deal.stakeholder_map_id.stakeholder_ids}
        self.assertEqual(len(people), 5)
        sidorov = people["Stepan Sidorov"]
        self.assertEqual(people["Pavel Petrov"].manager_id, sidorov)
        self.assertTrue(people["Pavel Petrov"].focus_dissatisfaction)
        self.assertTrue(people["Irina Ivanova"].focus_receptivity)
        self.assertTrue(sidorov.focus_power)
        self.assertEqual((sidorov.attitude, sidorov.influence), ("0", "5"))
        self.assertEqual(people["Sergey Smirnov"].attitude, "0")
        self.assertEqual(people["Olga Orlova"].contact_id.parent_id, account)
        plan = deal.stakeholder_map_id.plan_ids
        self.assertEqual((plan.state, plan.target_id), ("active", sidorov))
        # 0.9 by a close acquaintance, 0.75 x 0.9 by a supporter who is trusted
        self.assertAlmostEqual(plan.chance, 0.6075, delta=0.001)

    def test_customer_moves_and_the_mismatch_is_told(self):
        deal = self._deal(self._partner("Slow"), user_id=self.kam.id)
        contact_map = self._map(lead_id=deal.id)
        contact_map.manual_stage_id = self.stages[2]
        contact_map._refresh()
        self.start_tour(
            f"/odoo/crm/{deal.id}", "crm_loyalty_stage_tour", login="tour_boris"
        )
        alerts = self.env["crm.deal.alert"].search(
            [("map_id", "=", contact_map.id), ("code", "=", "seller_ahead")]
        )
        self.assertEqual(set(alerts.mapped("closed_on")), {self.today})
        self.assertEqual((contact_map.stage_id, contact_map.lag), (self.stages[2], 0))

    def test_plan_for_a_lost_supporter_and_answer_after_a_meeting(self):
        self.sidorov.access_on = self.today - timedelta(days=30)
        day = self.today - timedelta(days=3)
        self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": day,
                "stop": day,
                "partner_ids": [Command.set(self.sidorov.contact_id.ids)],
            }
        )
        self.petrov.action_left()
        before = self.deal.activity_ids
        self.start_tour(
            f"/odoo/crm/{self.deal.id}",
            "crm_loyalty_departure_tour",
            login="tour_boris",
        )
        planned = self.deal.activity_ids - before
        self.assertEqual(len(planned), 4)
        self.assertEqual(planned.user_id, self.kam)
        self.assertEqual(self.sidorov.access, "2")

    def test_what_if_by_sliders_keeps_nothing(self):
        self.start_tour(
            f"/odoo/crm/{self.deal.id}", "crm_loyalty_what_if_tour", login="tour_boris"
        )
        self.assertEqual(self.criteria.mapped("importance"), [9, 8, 4, 7])
        self.assertEqual(self.criteria.mapped("our_score"), [6, 9, 9, 7])

    @mute_logger("odoo.http")  # what is refused is logged
    def test_salesperson_sees_no_private_note(self):
        manager = self._user("tour_manager", "crm_loyalty.group_manager")
        action = self.sidorov.with_user(manager).action_open_note()
        reader = self.env["crm.stakeholder.note.reader"].with_user(manager)
        reader.browse(action["res_id"]).note_private = "<p>Likes fishing</p>"
        self.deal.user_id = self._user(
            "tour_anna", "base.group_user,sales_team.group_sale_salesman"
        )
        logged = self.env["crm.stakeholder.note.log"].search_count([])
        action = self.env.ref("crm_loyalty.action_stakeholder")
        self.start_tour(
            f"/odoo/action-{action.id}/{self.sidorov.id}",
            "crm_loyalty_no_note_tour",
            login="tour_anna",
        )
        self.assertEqual(self.env["crm.stakeholder.note.log"].search_count([]), logged)

    def test_300_people_are_drawn_within_a_second(self):
        contact_map = self._map(
            lead_id=self._deal(self._partner("Giant"), user_id=self.kam.id).id
        )
        create_crowd(contact_map)
        self.start_tour(
            f"/odoo/{contact_map.id}/contact-map",
            "crm_loyalty_many_people_tour",
            login="tour_boris",
        )

    def test_report(self):
        values = self.map.with_user(self.kam)._get_print_values()
        self.assertEqual(
            values["points"],
            [
                ("receptivity", ["Ivanova"]),
                ("dissatisfaction", ["Petrov"]),
                ("power", ["Sidorov"]),
            ],
        )
        self.assertEqual(values["chain"], ("Anna → Ivanova → Petrov → Sidorov", 41))
        # the map of the specification is worth 59.0 of 100 and known to 82.1 %
        self.assertEqual(values["health"], "Health 59 of 100, map known 82 %")
        report = self.env["ir.actions.report"].with_user(self.kam)
        html, _type = report._render_qweb_html(
            "crm_loyalty.report_contact_map", self.map.ids
        )
        html = html.decode()
        self.assertIn("<svg", html)
        self.assertIn("Best way:", html)
        self.assertIn("map known", html)

    def test_queries_do_not_grow_with_people(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.map.with_user(self.kam)._get_print_values()
            return self.env.cr.sql_log_count - before

        count()  # caches of the registry
        queries = count()
        for number in range(10):
            self._person(f"Person {number}", number, influence="2")
        self.assertEqual(count(), queries)

    def test_report_of_an_empty_map(self):
        empty = self._map(lead_id=self._deal(user_id=self.kam.id).id)
        self.assertFalse(empty._get_print_values()["svg"])
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "crm_loyalty.report_contact_map", empty.ids
        )
        self.assertIn("Nobody stands on this map yet.", html.decode())

    def test_report_is_for_those_who_may_see_the_map(self):
        stranger = self._user("map_stranger", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.map.with_user(stranger)._get_print_values()


@tagged("post_install", "-at_install")
class TestMapPhone(MapUiCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_quick_edit_on_the_way(self):
        self.petrov.write({"verified_on": "2020-01-01", "evidence": "assumed"})
        self.start_tour(
            f"/odoo/{self.map.id}/contact-map",
            "crm_loyalty_map_phone_tour",
            login="tour_boris",
        )
        self.assertEqual(self.petrov.attitude, "2")
        self.assertEqual(self.petrov.last_touch, self.today)
        self.assertEqual(self.petrov.evidence, "confirmed")
        self.assertEqual(self.petrov.verified_on, self.today)
        activity = self.env["mail.activity"].with_context(active_test=False)
        self.assertTrue(
            activity.search([("summary", "=", "He asks for a trial")], limit=1)
        )
