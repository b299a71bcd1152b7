# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, tagged
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval

from odoo.addons.crm_loyalty.tools import hints

from .map_common import MapCommon


@tagged("post_install", "-at_install")
class TestEntryPlan(MapCommon):
    def _find(self, person=None):
        (person or self.sidorov).with_user(self.anna).action_find_entry()
        return self.env["crm.entry.plan"].search(
            [("target_id", "=", (person or self.sidorov).id), ("state", "=", "draft")]
        )

    def test_find_entry(self):
        best, second = self._find()
        self.assertEqual(
            [(s.source_id.name, s.target_id.name) for s in best.step_ids],
            [("Anna", "Ivanova"), ("Ivanova", "Petrov"), ("Petrov", "Sidorov")],
        )
        self.assertEqual(
            [round(s.chance, 3) for s in best.step_ids], [0.9, 0.675, 0.675]
        )
        self.assertEqual(
            best.step_ids.mapped("purpose"), ["information", "problem", "decision"]
        )
        self.assertEqual(
            (round(best.chance, 3), round(second.chance, 4)), (0.41, 0.284)
        )
        self.assertEqual(
            best.words,
            "Our Anna knows Ivanova well (90 %); Ivanova knows Petrov well (68 %); "
            "Petrov knows Sidorov well (68 %). Chance of the whole chain: 41 %.",
        )
        # looking again replaces the proposals
        self.assertEqual(len(self._find()), 2)

    def test_neutral_sponsor_gives_both_ways(self):
        self.petrov.attitude = "0"
        plans = self._find()
        self.assertEqual(
            {(p.mode, round(p.chance, 3)) for p in plans},
            {("fastest", 0.284), ("fastest", 0.273)},
        )

    def test_words_tell_how_people_are_tied(self):
        self.relations[3].kind = "reports_to"
        best = self._find()[0]
        self.assertIn("Ivanova reports to Petrov", best.words)

    def test_introduced_by(self):
        self.relations[3].kind = "introduced"
        best = self._find()[0]
        self.assertEqual(round(best.chance, 3), 0.41)
        self.assertIn("Ivanova introduced us to Petrov (68 %)", best.words)
        # who was introduced knows the introducer, no more
        self.relations[0].unlink()
        self.relations[3].directed = False
        self._relate(self.anna, self.petrov, 5)
        words = self._find(self.ivanova)[0].words
        self.assertIn("Petrov knows Ivanova well (68 %)", words)
        kinds = [r["kind"] for r in self.map.get_picture()["relations"]]
        self.assertEqual(kinds.count("introduced"), 1)

    def test_accepted_steps_are_activities(self):
        plan = self._find()[0]
        plan.with_user(self.anna).action_accept()
        self.assertEqual(plan.state, "active")
        self.assertFalse(
            self.env["crm.entry.plan"].search(
                [("target_id", "=", self.sidorov.id), ("state", "=", "draft")]
            )
        )
        activities = plan.step_ids.activity_id
        self.assertEqual(len(activities), 3)
        self.assertEqual(activities.user_id, self.anna)
        self.assertEqual(
            {(a.res_model, a.res_id) for a in activities}, {("crm.lead", self.deal.id)}
        )
        first = plan.step_ids[0]
        self.assertEqual(first.date_due, self.today + timedelta(days=5))
        self.assertEqual(first.ask, "Introduce us to Ivanova")
        self.assertEqual(plan.step_ids[1].offer, "Fewer calls")
        with self.assertRaisesRegex(UserError, "only a proposed plan"):
            plan.action_accept()
        first.activity_id.action_feedback(feedback="Met her")
        self.assertEqual((first.state, first.result), ("done", "Met her"))
        self.assertEqual(plan.state, "active")
        for step in plan.step_ids[1:]:
            step.activity_id.action_feedback()
        self.assertEqual(plan.state, "reached")

    def test_plan_breaks_when_a_person_leaves_and_the_next_is_proposed(self):
        plan = self._find()[0]
        plan.action_accept()
        activities = plan.step_ids.activity_id
        self.petrov.action_left()
        self.assertEqual((plan.state, plan.broken_reason), ("broken", "gone"))
        self.assertEqual(plan.broken_by_id, self.petrov.contact_id)
        self.assertFalse(activities.exists())
        proposed = self.env["crm.entry.plan"].search(
            [("target_id", "=", self.sidorov.id), ("state", "=", "draft")]
        )
        self.assertEqual(sorted(round(p.chance, 3) for p in proposed), [0.15, 0.284])

    def test_plan_breaks_when_the_introducer_turns_against_us(self):
        plan = self._find()[0]
        plan.action_accept()
        self.petrov.attitude = "-2"
        self.assertEqual((plan.state, plan.broken_reason), ("broken", "unwilling"))

    # ------------------------------------------------------------------
    # Who has left, and comes back
    # ------------------------------------------------------------------

    def test_who_is_back_counts_as_before(self):
        """Marked as left, archived, gone to another company: one way back for all."""
        known = self.petrov.read(["influence", "attitude", "access", "role_ids"])
        needs, health = self.petrov.need_ids, self.map.health
        elsewhere = self._partner("Elsewhere")
        for leave in (
            lambda: self.petrov.action_left(),
            lambda: self.petrov.contact_id.action_archive(),
            lambda: self.petrov.contact_id.write({"parent_id": elsewhere.id}),
        ):
            leave()
            self.assertTrue(self.petrov.is_gone)
            self.assertIn("champion_left", self._codes())
            self.petrov.with_user(self.anna).action_back()
            self.assertFalse(self.petrov.is_gone)
            self.assertEqual(self.map.health, health)
            self.assertEqual(self.petrov.read([*known[0]]), known)
            self.assertEqual(self.petrov.need_ids, needs)
            self.assertIn("is back", self.petrov.message_ids[0].body)

    def test_no_tactic_is_offered_with_who_has_left(self):
        action = self.env["crm.influence.action"].create(
            {
                "tactic_id": self.env["crm.influence.tactic"].search([], limit=1).id,
                "stakeholder_id": self.petrov.id,
            }
        )
        self.petrov.action_left()
        domain = action.fields_get(["stakeholder_id"])["stakeholder_id"]["domain"]
        offered = self.map.stakeholder_ids.search(
            safe_eval(domain, {"map_id": self.map.id})
        )
        self.assertEqual(offered, self.map.stakeholder_ids - self.petrov)
        self.assertEqual(action.stakeholder_id.display_name, "Petrov")

    # ------------------------------------------------------------------
    # A supporter leaves
    # ------------------------------------------------------------------

    def test_lost_supporter_has_a_plan_of_48_hours(self):
        for days in range(1, 13):
            self._touch(self.petrov.contact_id, days, user=self.boris)
        alert = self.map.alert_ids[0]
        self.assertFalse(alert.can_plan)
        self.petrov.action_left()
        alert = self.map.alert_ids.filtered(lambda a: a.code == "champion_left")
        self.assertEqual(alert.stakeholder_id, self.petrov)
        self.assertTrue(alert.can_plan)
        before = self.deal.activity_ids
        alert.with_user(self.anna).action_plan_departure()
        steps = (self.deal.activity_ids - before).sorted("id")
        self.assertEqual(
            [(s.summary, (s.date_deadline - self.today).days) for s in steps],
            [
                ("Confirm that Petrov has left", 0),
                ("Look through the last contacts with Petrov", 0),
                ("Choose who replaces Petrov", 1),
                ("Meet whoever takes over from Petrov", 2),
            ],
        )
        self.assertEqual(steps.user_id, self.anna)
        # the last ten of thirteen, the newest first, and who of us had them
        self.assertEqual(steps[1].note.count("<li>"), 10)
        first = format_date(self.env, self.today - timedelta(days=1))
        self.assertIn(f"<li>{first} · Call · Boris</li>", steps[1].note)
        # key people who are still there, the best way first
        self.assertEqual(
            re.findall("<li>(.*?)</li>", steps[2].note),
            [
                "Smirnov, Finance Director, influence 4, best way 55 %",
                "Sidorov, Director, influence 5, best way 28 %",
            ],
        )
        follow = self.petrov.contact_id.activity_ids
        self.assertIn("Where does Petrov work now?", follow.summary)
        self.assertEqual(alert.plan_on, self.today)
        with self.assertRaisesRegex(UserError, "under way already"):
            alert.with_user(self.anna).action_plan_departure()

    def test_who_sees_no_alert_accepts_no_plan(self):
        self.petrov.action_left()
        alert = self.map.alert_ids.filtered(lambda a: a.code == "champion_left")
        with self.assertRaises(AccessError):
            alert.with_user(self.boris).action_plan_departure()

    def test_no_way(self):
        kuznetsov = self._person("Kuznetsov")
        result = kuznetsov.action_find_entry()
        self.assertIn("new point of entry", result["params"]["message"])
        self.assertFalse(self._find(kuznetsov))


@tagged("post_install", "-at_install")
class TestMapWork(MapCommon):
    # ------------------------------------------------------------------
    # On the deal
    # ------------------------------------------------------------------

    def _enter(self, action, user, **values):
        """What the dialog of an action keeps when these fields are typed."""
        people = self.env[action["res_model"]].with_user(user)
        with Form(people.with_context(**action["context"])) as form:
            for name, value in values.items():
                form[name] = value
        return form.record

    def test_quick_entry_from_the_pipeline_and_from_the_contact(self):
        deal = self._deal()
        orlov = self._contact("Orlov")
        action = deal.with_user(self.anna).action_add_person()
        person = self._enter(action, self.anna, contact_id=orlov, attitude="1")
        self.assertEqual((person.lead_id, person.attitude), (deal, "1"))
        action = orlov.with_user(self.anna).action_put_on_map()
        person = self._enter(action, self.anna, influence="4")
        self.assertEqual((person.contact_id, person.account_id), (orlov, self.account))
        self.assertFalse(person.lead_id)

    def test_contact_happened_from_the_contact(self):
        wizard = self.env["crm.stakeholder.touch"].with_user(self.anna)
        action = self.smirnov.contact_id.with_user(self.anna).action_touch()
        wizard.with_context(**action["context"]).create({}).action_apply()
        self.smirnov.invalidate_recordset()
        self.assertEqual((self.smirnov.touch_days, self.smirnov.touch_90), (0, 1))

    def test_quick_entry_on_a_new_deal(self):
        deal = self._deal()
        contact = self._contact("Orlov")
        with Form(deal.with_user(self.anna)) as form:
            with form.stakeholder_ids.new() as line:
                line.contact_id = contact
                line.focus_power = True
                line.attitude = "1"
                line.influence = "4"
            with form.deal_need_ids.new() as line:
                line.name = "Shorter changeover"
        contact_map = deal.stakeholder_map_id
        self.assertEqual(contact_map.stakeholder_ids.contact_id, contact)
        self.assertEqual(contact_map.need_ids.name, "Shorter changeover")
        self.assertEqual(deal.deal_completeness, contact_map.completeness)
        self.assertGreater(deal.deal_completeness, 0)

    def test_deal_shows_figures_to_those_who_may(self):
        deal = self.deal.with_user(self.anna)
        self.assertEqual((deal.deal_health, deal.decision_lag), (59.0, 1))
        self.assertEqual(deal.deal_alert_code, "opponent")
        self.assertEqual(deal.deal_next, "Meet Sidorov: +10.7")
        found = deal.search([("stakeholder_map_ids.lag", ">", 0)])
        self.assertIn(self.deal, found)
        stranger = self._user("stranger_work", "sales_team.group_sale_salesman")
        self.deal.user_id = False  # unassigned deals are seen by all salespeople
        self.account.user_id = False
        self.env.invalidate_all()
        deal = self.deal.with_user(stranger)
        self.assertFalse(deal.deal_health)
        self.assertFalse(deal.deal_parts)
        self.assertFalse(deal.stakeholder_ids)
        self.assertFalse(deal.search([("stakeholder_map_ids.lag", ">", 0)]))
        self.assertFalse(deal.search([("deal_alert_ids.severity", "=", "critical")]))

    def test_health_and_alerts_of_deals_are_told_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        for model, value, name in (
            ("crm_stakeholder_map__health_band", "red", "deal_health_band"),
            ("crm_deal_alert__code", "split", "deal_alert_code"),
        ):
            row = self.env.ref(f"crm_loyalty.selection__{model}__{value}")
            row.with_context(lang="fr_FR").name = f"En français {value}"
            deals = self.env["crm.lead"].with_user(self.anna)
            deals = deals.with_context(lang="fr_FR")
            labels = dict(deals.fields_get([name])[name]["selection"])
            self.assertEqual(labels[value], f"En français {value}")

    def test_putting_the_date_off_leaves_a_trace(self):
        pushes = self.deal.deal_push_ids
        self.assertEqual(len(pushes), 1)
        self.assertEqual(pushes.date_to - pushes.date_from, timedelta(days=10))
        self.deal.with_user(self.anna).date_deadline = self.today
        self.assertEqual(self.deal.deal_push_ids, pushes)
        self.assertEqual(self.map.health, 59.0)
        self.deal.with_user(self.anna).date_deadline = self.today + timedelta(days=9)
        self.assertEqual(len(self.deal.deal_push_ids), 2)
        self.assertEqual(self.map.health, 57.5)

    def test_next_step_is_planned_once(self):
        contact_map = self.map.with_user(self.anna)
        self.assertFalse(contact_map.action_plan_next())
        activity = self.deal.activity_ids.filtered(
            lambda a: a.summary == "Meet Sidorov"
        )
        self.assertEqual(activity.user_id, self.anna)
        # whatever the next best step is by now, and whatever the activity is called
        activity.summary = "Meet him at the fair"
        told = contact_map.action_plan_next()
        self.assertIn("Meet him at the fair", told["params"]["message"])
        self.assertEqual(self.map.next_activity_id, activity)
        activity.action_feedback()
        self.assertFalse(contact_map.action_plan_next())
        self.assertNotEqual(self.map.next_activity_id, activity)

    def test_planned_meeting_that_was_held_is_a_contact(self):
        """The advice goes at once, whatever says that the two have met."""
        contact_map = self.map.with_user(self.anna)
        contact_map.action_plan_next()
        self.assertEqual(self.map.next_meeting_id, self.sidorov)
        self.map.next_activity_id.with_user(self.anna).action_feedback("Agreed on it")
        self.assertEqual((self.sidorov.access, self.sidorov.met_on), ("2", self.today))
        self.assertNotIn("Meet Sidorov", self.map.next_words)
        self.assertFalse(self.map.next_meeting_id)

    def test_meeting_in_the_calendar_is_counted_once(self):
        contact_map = self.map.with_user(self.anna)
        contact_map.action_plan_next()
        activity = self.map.next_activity_id
        before = self.sidorov.touch_90
        activity.calendar_event_id = self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": self.today,
                "stop": self.today,
                "partner_ids": [Command.set(self.sidorov.contact_id.ids)],
            }
        )
        self.assertNotIn("Meet Sidorov", self.map.next_words)
        activity.with_user(self.anna).action_feedback()
        self.sidorov.invalidate_recordset()
        self.assertEqual(self.sidorov.touch_90, before + 1)
        self.assertEqual(self.sidorov.access, "1")

    def test_next_step_counts_when_it_is_entered(self):
        self.deal.activity_ids.unlink()
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 45)
        self.deal.activity_schedule("mail.mail_activity_data_call")
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 85)

    def test_tier_is_frozen(self):
        self._invoice(self.account, 500, date="2026-03-01")
        self._decide()
        deal = self._deal()
        self.assertEqual(deal.deal_tier_id, self.tier_1)
        self.assertFalse(self.deal.deal_tier_id)
        self.policy.tier_ids.sorted()[0].name = "Changed"
        self.assertEqual(deal.deal_tier_id, self.tier_1)
        choice = self.env.ref("crm_loyalty.scoring_deal_tier")
        self.assertEqual(choice.field_id.name, "deal_tier_id")
        parameter = self.env["ir.config_parameter"].get_param("crm.pls_fields") or ""
        self.assertNotIn("deal_tier_id", parameter)

    def test_template_says_whom_to_look_for(self):
        with Form(self.map) as form:
            form.template_id = self.env.ref("crm_loyalty.deal_template_tender")
        self.assertEqual(
            set(self.map.missing_role_ids.mapped("code")),
            {"technical", "gatekeeper", "legal"},
        )
        self.assertEqual(self.map.manual_stage_id, self.stages[2])

    def test_bars_and_median_of_won_deals(self):
        self.map.sudo().stage_since = self.today - timedelta(days=18)
        for days in (10, 12, 40):
            won = self._deal()
            self._map(lead_id=won.id).sudo().stage_days = {"needs": days}
            won.action_set_won()
        bars = self.map.stage_bars
        self.assertEqual(
            (
                bars["stage"],
                bars["expected"],
                bars["days"],
                bars["median"],
                bars["lag"],
            ),
            (1, [2, 3], 18, 12, 1),
        )
        self.assertEqual(bars["pipeline"][bars["current"]], "Proposition")

    def test_stage_set_by_hand_counts_while_no_person_tells(self):
        contact_map = self._map(lead_id=self._deal().id).with_user(self.anna)
        self.assertFalse(contact_map.set_stage_number(1))
        self.assertEqual((contact_map.stage_id, contact_map.lag), (self.stages[1], 1))
        self.assertIn("seller_ahead", self._codes(contact_map))
        self.assertFalse(contact_map.set_stage_number(2))
        self.assertNotIn("seller_ahead", self._codes(contact_map))
        reason = self.map.with_user(self.anna).set_stage_number(4)
        self.assertIn("Sidorov", reason)
        self.assertEqual(self.map.stage_id, self.stages[1])

    def test_lost_deal_has_no_alerts(self):
        alerts = self.map.alert_ids
        self.deal.action_set_lost()
        self.assertEqual(set(alerts.mapped("closed_on")), {self.today})
        self.assertFalse(self.map.active)
        self.deal.action_unarchive()
        self.assertTrue(self.map.active)
        self.assertIn("opponent", self._codes())

    def test_a_map_that_is_not_shown_is_refused_not_doubled(self):
        stranger = self._user("stranger_map2", "sales_team.group_sale_salesman")
        self.deal.user_id = False
        self.account.user_id = False
        with self.assertRaises(AccessError):
            self.env["crm.stakeholder.map"].with_user(stranger).get_or_create(
                lead_id=self.deal.id
            )

    # ------------------------------------------------------------------
    # Competitors
    # ------------------------------------------------------------------

    def test_classes_and_what_if(self):
        self.assertEqual(
            self.criteria.mapped("criterion_class"),
            ["vulnerable", "advantage", "hidden_strength", "contested"],
        )
        self.assertEqual(round(self.competitor.position, 1), 55.2)
        price = self.criteria[0]
        answer = self.map.with_user(self.anna).get_position_if(
            {str(price.id): {"importance": 6}}
        )
        self.assertEqual(round(answer["position"], 1), 57.0)
        row = answer["criteria"][0]
        self.assertEqual(
            (row["id"], row["class"], row["label"], row["scores"]),
            (price.id, "exposed", "Exposed if raised", {self.competitor.id: 8}),
        )
        # a better price: 9 x +1, 8 x 3, 4 x 4, 7 x 1 of 28
        answer = self.map.get_position_if({str(price.id): {"ours": 9}})
        self.assertEqual(round(answer["position"], 1), 60.0)
        self.assertEqual(answer["criteria"][0]["class"], "contested")
        self.assertEqual(round(answer["competitors"][0]["position"], 1), 60.0)
        self.assertEqual((price.importance, price.our_score), (9, 6))
        with self.assertRaises(AccessError):
            self.map.with_user(self.boris).get_position_if()

    def test_nobody_writes_figures(self):
        contact_map = self.map.with_user(self.anna)
        for name, value in (
            ("health", 100),
            ("health_band", "green"),
            ("stage_id", self.stages[4].id),
            ("completeness", 100),
            ("next_gain", 9),
        ):
            with self.assertRaisesRegex(AccessError, "nobody writes it"):
                contact_map.write({name: value})
        with self.assertRaisesRegex(AccessError, "Health"):
            self.env["crm.stakeholder.map"].with_user(self.anna).create(
                {"account_id": self.account.id, "health": 100}
            )
        # facts are entered, figures follow
        contact_map.manual_stage_id = self.stages[3]
        self.ivanova.with_user(self.anna).attitude = "2"
        self.assertNotEqual(self.map.health, 59.0)

    def test_meeting_counts_when_it_is_entered(self):
        self.deal.activity_ids.unlink()
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 45)
        event = (
            self.env["calendar.event"]
            .with_user(self.anna)
            .create(
                {
                    "name": "Visit",
                    "start": fields.Datetime.add(fields.Datetime.now(), days=2),
                    "stop": fields.Datetime.add(fields.Datetime.now(), days=2, hours=1),
                    "partner_ids": [Command.set(self.petrov.contact_id.ids)],
                }
            )
        )
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 85)
        event.partner_ids = self.anna.partner_id
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 45)
        event.partner_ids = self.sidorov.contact_id
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 85)
        # held: a contact with the one who decides, and no step ahead any more
        event.write(
            {
                "start": fields.Datetime.subtract(fields.Datetime.now(), hours=2),
                "stop": fields.Datetime.subtract(fields.Datetime.now(), hours=1),
            }
        )
        self.assertEqual(self.map.health_parts["parts"]["momentum"], 45)
        self.assertEqual(self.sidorov.touch_days, 0)
        coverage = self.map.coverage
        self.assertGreater(coverage, 34.5)
        event.unlink()
        self.assertEqual(self.map.coverage, 34.5)

    # ------------------------------------------------------------------
    # Another customer
    # ------------------------------------------------------------------

    def test_deal_gets_another_customer_and_people_are_asked_about(self):
        self.assertFalse(self.map.other_account_words)
        other = self._partner("Holding", user_id=self.anna.id)
        self.deal.partner_id = other
        deal = self.deal.with_user(self.anna)
        self.assertEqual(self.map.account_id, self.account)
        self.assertEqual(
            deal.deal_other_account,
            "The deal is with Holding now, the people on its map are of Works."
            " Are they still the ones who decide?",
        )
        self.assertEqual(len(self.map.stakeholder_ids), 4)
        deal.action_map_take_along()
        self.assertEqual(self.map.account_id, other)
        self.assertEqual(self.petrov.account_id, other)
        self.assertFalse(deal.deal_other_account)
        self.assertEqual(self.map.health, 59.0)

    def test_what_is_known_stays_with_the_former_customer(self):
        self.deal.partner_id = self._partner("Stranger", user_id=self.anna.id)
        self.deal.with_user(self.anna).action_map_start_anew()
        fresh = self.deal.stakeholder_map_id
        self.assertNotEqual(fresh, self.map)
        self.assertEqual(fresh.account_id.name, "Stranger")
        self.assertFalse(fresh.stakeholder_ids | fresh.need_ids.stakeholder_id)
        self.assertFalse(self.map.lead_id)
        self.assertEqual(self.map.account_id, self.account)
        self.assertEqual(len(self.map.stakeholder_ids), 4)
        self.assertFalse(self.petrov.lead_id)
        # a second deal that changes hands joins the map which the account has now
        second = self._deal()
        other = self._map(lead_id=second.id)
        self._person("Orlov", contact_map=other, influence="2")
        second.partner_id = fresh.account_id
        second.with_user(self.anna).action_map_start_anew()
        self.assertFalse(other.exists())
        self.assertEqual(len(self.map.stakeholder_ids), 5)

    def test_an_account_has_one_active_map(self):
        """A map shared by all companies is it, whatever the deal's company."""
        maps = self.env["crm.stakeholder.map"]
        shared = self._map(partner_id=self.account.id)
        self.assertFalse(shared.company_id)
        shared.active = False
        self.deal.partner_id = self._partner("Stranger", user_id=self.anna.id)
        self.deal.with_user(self.anna).action_map_start_anew()
        self.assertFalse(self.map.exists())
        self.assertTrue(shared.active)
        self.assertEqual(len(shared.stakeholder_ids), 4)
        domain = [("account_id", "=", self.account.id), ("lead_id", "=", False)]
        self.assertEqual(maps.search(domain), shared)
        with self.assertRaisesRegex(ValidationError, "Works has a contact map already"):
            maps.create({"account_id": self.account.id, "company_id": self.company.id})

    def test_companies_that_keep_their_maps_to_themselves(self):
        own = self.env["crm.stakeholder.map"].create(
            {"account_id": self.account.id, "company_id": self.company.id}
        )
        self.assertEqual(self._map(partner_id=self.account.id), own)
        other = self.env["res.company"].create({"name": "Other"})
        maps = self.env["crm.stakeholder.map"].with_company(other)
        theirs = maps.browse(maps.get_or_create(partner_id=self.account.id))
        self.assertNotEqual(theirs, own)
        self.assertEqual(theirs.company_id, other)

    def test_a_map_without_people_follows_its_deal(self):
        deal = self._deal()
        contact_map = self._map(lead_id=deal.id)
        deal.partner_id = self._partner("Stranger")
        self.assertEqual(contact_map.account_id.name, "Stranger")
        self.assertFalse(contact_map.other_account_words)

    def test_a_new_competitor_gets_empty_scores(self):
        rival = self.env["crm.deal.competitor"].create(
            {"map_id": self.map.id, "name": "Second"}
        )
        self.assertEqual(len(rival.score_ids), 4)
        self.assertEqual(set(rival.score_ids.mapped("score")), {False})
        self.assertFalse(rival.is_position_known)
        self.assertEqual(self.map.health, 59.0)

    # ------------------------------------------------------------------
    # Tactics
    # ------------------------------------------------------------------

    def test_tactic_is_used_and_its_effect_known(self):
        tactic = self.env.ref("crm_loyalty.tactic_hear_the_opponent_out")
        action = (
            self.env["crm.influence.action"]
            .with_user(self.anna)
            .create({"tactic_id": tactic.id, "stakeholder_id": self.smirnov.id})
        )
        self.assertEqual(action.map_id, self.map)
        self.assertEqual(action.date_due, self.today + timedelta(days=5))
        self.assertEqual(action.activity_id.res_id, self.deal.id)
        # silent for 100 days: the alert stays
        self.assertIn("opponent", self._codes())
        self._touch(self.smirnov.contact_id, 1)
        self.map._refresh()
        self.assertNotIn("opponent", self._codes())
        self.smirnov.attitude = "0"
        action.activity_id.action_feedback(feedback="He fears the change")
        self.assertEqual(
            (action.state, action.effect, action.result),
            ("done", 1, "He fears the change"),
        )
        groups = self.env["crm.influence.action"]._read_group(
            [("is_effect_known", "=", True), ("map_id", "=", self.map.id)],
            ["tactic_id"],
            ["effect:avg"],
        )
        self.assertEqual(groups, [(tactic, 1.0)])

    def test_tactic_is_added_on_the_deal(self):
        tactic = self.env.ref("crm_loyalty.tactic_hear_the_opponent_out")
        with (
            Form(self.deal.with_user(self.anna)) as deal,
            deal.deal_action_ids.new() as line,
        ):
            line.tactic_id = tactic
            self.assertEqual(line.date_due, self.today + timedelta(days=5))
            line.stakeholder_id = self.smirnov
        action = self.deal.deal_action_ids
        self.assertEqual(action.stakeholder_id, self.smirnov)
        self.assertEqual(action.activity_id.date_deadline, action.date_due)

    def test_days_since_the_last_contact_in_words(self):
        self._touch(self.smirnov.contact_id, 0)
        self.assertIn(", contact today)", self.smirnov._describe())

    def test_playbook_has_tactics_for_each_stage_and_offers_no_personal_gain(self):
        tactics = self.env["crm.influence.tactic"].search([])
        self.assertEqual(tactics.stage_id, self.env["crm.decision.stage"].search([]))
        texts = " ".join(
            text or ""
            for tactic in tactics
            for text in (
                tactic.name,
                tactic.purpose,
                tactic.questions,
                tactic.proof_needed,
            )
        ).lower()
        for word in (
            "gift",
            "bonus",
            "commission",
            "reward",
            "kickback",
            "present him",
        ):
            self.assertNotIn(word, texts)

    # ------------------------------------------------------------------
    # Suggestions
    # ------------------------------------------------------------------

    def test_suggestions_are_offered_and_entered_as_assumptions(self):
        boss = self._contact("Volkov (ЛПР)")
        engineer = self._contact("Zaitsev", function="Process Engineer")
        met = self._contact("Belov")
        self._touch(met, 3)
        self._contact("Silent")
        self.petrov.contact_id.name = "Petrov (GONE)"
        action = self.map.with_user(self.anna).action_suggest()
        wizard = (
            self.env["crm.stakeholder.suggest"]
            .with_user(self.anna)
            .with_context(**action["context"])
            .create({})
        )
        lines = {line.contact_id: line for line in wizard.line_ids}
        self.assertEqual(lines[boss].role_id.code, "decision_maker")
        self.assertEqual(lines[engineer].role_id.code, "technical")
        self.assertEqual((lines[met].why, lines[met].role_id.id), ("contact", False))
        self.assertTrue(lines[self.petrov.contact_id].has_left)
        self.assertEqual(len(lines), 4)
        # nothing was written
        self.assertEqual(len(self.map.stakeholder_ids), 4)
        self.assertEqual(self.petrov.org_status, "active")
        lines[self.petrov.contact_id].apply = False
        wizard.action_apply()
        self.assertEqual(len(self.map.stakeholder_ids), 7)
        self.assertEqual(self.petrov.org_status, "active")
        added = self.map.stakeholder_ids.filtered(lambda p: p.contact_id == boss)
        self.assertEqual(added.evidence, "assumed")
        self.assertFalse(added.is_verified)

    # ------------------------------------------------------------------
    # Private notes, erasing
    # ------------------------------------------------------------------

    def test_private_note_is_opened_by_the_group_only_and_logged(self):
        manager = self._user("manager_note", "crm_loyalty.group_manager")
        with self.assertRaises(AccessError):
            self.sidorov.with_user(self.anna).action_open_note()
        readers = self.env["crm.stakeholder.note.reader"]
        action = self.sidorov.with_user(manager).action_open_note()
        reader = readers.with_user(manager).browse(action["res_id"])
        reader.note_private = "<p>Likes fishing</p>"
        self.env.flush_all()
        action = self.sidorov.with_user(manager).action_open_note()
        reader = readers.with_user(manager).browse(action["res_id"])
        self.assertIn("fishing", reader.note_private)
        logs = self.env["crm.stakeholder.note.log"].search(
            [("stakeholder_id", "=", self.sidorov.id)]
        )
        self.assertEqual((len(logs), logs.user_id), (2, manager))
        notes = self.env["crm.stakeholder.note"]
        for user in (self.anna, manager):
            with self.assertRaises(AccessError):
                notes.with_user(user).search([("note", "ilike", "fishing")])
            with self.assertRaises(AccessError):
                notes.with_user(user).formatted_read_group([], ["stakeholder_id"])
            with self.assertRaises(AccessError):
                notes.with_user(user).search([]).export_data(["note"])
        # not through somebody else's opening either
        other = self._user("other_note", "crm_loyalty.group_manager")
        with self.assertRaises(AccessError):
            readers.with_user(other).browse(reader.id).read(["note_private"])
        with self.assertRaises(AccessError):
            readers.with_user(self.anna).browse(reader.id).read(["note_private"])
        self.assertNotIn("fishing", str(self.sidorov.read()))
        with self.assertRaises(AccessError):
            logs.with_user(manager).write({"user_id": False})

    def test_erasing_a_person_clears_everything(self):
        manager = self._user("manager_erase", "crm_loyalty.group_manager")
        action = self.petrov.with_user(manager).action_open_note()
        reader = self.env["crm.stakeholder.note.reader"].with_user(manager)
        reader.browse(action["res_id"]).note_private = "secret"
        plan = self.env["crm.entry.plan"]._propose(self.sidorov)[0]
        plan.action_accept()
        person, contact = self.petrov, self.petrov.contact_id
        messages = person.message_ids
        self.assertEqual(len(contact.stakeholder_relation_ids), 2)
        contact.action_erase_from_maps()
        self.assertFalse(person.exists())
        self.assertFalse(plan.exists())
        self.assertFalse(messages.exists())
        self.assertFalse(
            self.env["crm.stakeholder.note"]
            .sudo()
            .search([("stakeholder_id", "=", person.id)])
        )
        contact.invalidate_recordset()
        self.assertFalse(contact.stakeholder_relation_ids)
        self.assertTrue(contact.exists())
        contact = self.ivanova.contact_id
        contact.unlink()
        self.assertFalse(self.ivanova.exists())
        with self.assertRaises(AccessError):
            self.sidorov.contact_id.with_user(self.anna).action_erase_from_maps()

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    def _merge(self, sources, survivor):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (sources | survivor).ids, survivor
        )
        self.env.invalidate_all()

    def test_two_people_on_one_map_become_one_and_keep_everything(self):
        double = self._person(
            "Sidorov I.",
            3,
            attitude="1",
            influence="2",
            win_result="Growth",
            focus_receptivity=True,
            roles=["sponsor"],
        )
        self._relate(self.anna, double, 4)
        self._relate(self.petrov, double, 5)
        self.env["crm.deal.concern"].create(
            {"map_id": self.map.id, "name": "Late", "stakeholder_id": double.id}
        )
        self._merge(double.contact_id, self.sidorov.contact_id)
        self.assertFalse(double.exists())
        self.assertEqual(len(self.map.stakeholder_ids), 4)
        self.assertRecordValues(
            self.sidorov,
            [
                {
                    "attitude": "0",
                    "influence": "5",
                    "win_result": "Growth",
                    "focus_power": True,
                    "focus_receptivity": True,
                    "is_gone": False,
                    "touch_days": 3,
                }
            ],
        )
        self.assertEqual(
            set(self.sidorov.role_ids.mapped("code")), {"decision_maker", "sponsor"}
        )
        self.assertEqual(
            self.map.concern_ids.filtered(lambda c: c.name == "Late").stakeholder_id,
            self.sidorov,
        )
        relations = self.env["crm.stakeholder.relation"].search(
            [("target_id", "=", self.sidorov.contact_id.id)]
        )
        self.assertEqual(
            {(r.source_id.name, r.strength) for r in relations},
            {
                ("Anna", "4"),
                ("Boris", "1"),
                ("Ivanova", "2"),
                ("Petrov", "5"),
                ("Smirnov", "5"),
            },
        )

    def test_two_accounts_with_maps_become_one(self):
        other = self._partner("Works Ltd")
        orlov = self._contact("Orlov", other)
        first = self._map(partner_id=self.account.id)
        second = self._map(partner_id=other.id)
        self._person("x", contact=self.sidorov.contact_id, contact_map=first)
        self._person("x", contact=orlov, contact_map=second, attitude="1")
        self.env["crm.deal.need"].create({"map_id": second.id, "name": "Speed"})
        self._merge(other, self.account)
        self.assertFalse(second.exists())
        self.assertEqual(
            first.stakeholder_ids.contact_id, self.sidorov.contact_id | orlov
        )
        self.assertEqual(first.need_ids.name, "Speed")
        self.assertFalse(any(first.stakeholder_ids.mapped("is_gone")))
        self.assertEqual(first.stakeholder_ids.employer_id, self.account)

    def test_merged_deals_have_one_map(self):
        other = self._deal()
        contact_map = self._map(lead_id=other.id)
        self._person("Orlov", contact_map=contact_map)
        self._person("x", contact=self.petrov.contact_id, contact_map=contact_map)
        leads = self.deal | other
        merged = leads._merge_opportunity(auto_unlink=True)
        contact_map = merged.stakeholder_map_id
        self.assertEqual(
            set(contact_map.stakeholder_ids.mapped("contact_id.name")),
            {"Ivanova", "Petrov", "Sidorov", "Smirnov", "Orlov"},
        )

    # ------------------------------------------------------------------
    # Every night
    # ------------------------------------------------------------------

    def test_nightly_job_follows_the_calendar(self):
        event = self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": self.today + timedelta(days=1),
                "stop": self.today + timedelta(days=1),
                "partner_ids": [
                    Command.set((self.sidorov.contact_id | self.boris.partner_id).ids)
                ],
            }
        )
        self.env.flush_all()
        # two days go by
        self.env.cr.execute(
            "UPDATE calendar_event SET start = start - INTERVAL '2 days' WHERE id = %s",
            [event.id],
        )
        self.assertEqual(self.map.coverage, 34.5)
        with self.enter_registry_test_mode():
            self.env.ref("crm_loyalty.ir_cron_refresh_maps").method_direct_trigger()
        self.env.invalidate_all()
        self.assertGreater(self.map.coverage, 34.5)
        relation = self.relations[2]
        self.assertEqual(relation.strength_auto, "2")
        self.assertEqual(relation.strength_now, "1")

    def test_figures_of_many_maps_take_as_many_queries(self):
        def count_queries(maps):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            maps._get_situations()
            return self.env.cr.sql_log_count - before

        maps = self.map
        for _map in range(3):
            other = self._map(lead_id=self._deal().id)
            self._person("x", contact=self.sidorov.contact_id, contact_map=other)
            maps |= other
        count_queries(maps)
        self.assertEqual(count_queries(maps), count_queries(self.map))


@tagged("post_install", "-at_install")
class TestHints(BaseCase):
    def test_marks(self):
        for name, marks in (
            ("Ivan Petrov (DM)", ["decision_maker"]),
            ("Петров Иван (ЛПР, уволился)", ["decision_maker", "left"]),
            ("Anna [GONE]", ["left"]),
            ("Anna (Moscow)", []),
            ("DM Trading", []),
            (False, []),
        ):
            self.assertEqual(hints.read_marks(name), marks)

    def test_titles(self):
        words = {
            "approver": ["finance director", "финансовый"],
            "decision_maker": ["director", "директор"],
            "gatekeeper": ["purchas"],
        }
        for title, role in (
            ("Finance Director", "approver"),
            ("Коммерческий директор", "decision_maker"),
            ("Head of Purchasing", "gatekeeper"),
            ("Codirector", None),
            (False, None),
        ):
            self.assertEqual(hints.guess_role(title, words), role)
