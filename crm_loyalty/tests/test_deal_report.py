# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io
from datetime import timedelta

from lxml import html
from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .map_common import MapCommon


class DealReportCase(MapCommon):
    """Reports of the deal with map M, by the people who make and read them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reports = cls.env["crm.deal.report"]
        cls.leader = cls._user(
            "report_leader", "sales_team.group_sale_salesman", name="Leon"
        )
        cls.kam = cls._user(
            "report_kam", "crm_loyalty.group_key_account_manager", name="Kamilla"
        )
        cls.manager = cls._user(
            "report_manager", "crm_loyalty.group_manager", name="Maria"
        )
        cls.deal.team_id = cls.env["crm.team"].create(
            {
                "name": "Keys",
                "user_id": cls.leader.id,
                "company_id": cls.company.id,
                "member_ids": [Command.set((cls.kam | cls.anna).ids)],
            }
        )
        cls.map._refresh()

    def _issue(self, lead=None, user=None, note=None):
        lead = (lead or self.deal).with_user(user or self.anna)
        reports = self.reports.with_user(user or self.anna)
        if note:
            reports.create({"lead_id": lead.id, "note": note})
        return reports._issue_for(lead)

    def _blocks(self, report, **options):
        words = self.env["crm.deal.report.blocks"]
        return words._get_blocks(report.payload, report.note or "", **options)

    def _meet_sidorov(self):
        """Scenario 6: met three days ago, he supports us and looks at options."""
        self._touch(self.sidorov.contact_id, 3, xmlid="mail.mail_activity_data_meeting")
        self.sidorov.write(
            {
                "access": "2",
                "attitude": "1",
                "decision_stage_id": self.stages[2].id,
            }
        )
        self.map._refresh()


@tagged("post_install", "-at_install")
class TestDealReport(DealReportCase):
    """What stands in a report, how it is frozen, what changed."""

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    def test_values_of_map_m(self):
        report = self._issue(note="A pilot")
        self.assertEqual((report.state, report.date), ("issued", self.today))
        self.assertRegex(report.name, r"^SR/\d{4}/\d{4}$")
        self.assertEqual((report.author_id, report.manager_id), (self.anna, self.anna))
        values = report.payload
        self.assertEqual(values["result"]["health"], 59.0)
        self.assertEqual(values["result"]["completeness"], 82.1)
        self.assertEqual(values["result"]["pushes"], 1)
        self.assertEqual((values["stage"]["stage"], values["stage"]["lag"]), (1, 1))
        words = self.env["crm.deal.report.words"]
        self.assertEqual(
            [tile[1] for tile in words._get_tiles(values)[:2]], ["59 of 100", "82 %"]
        )
        blocks = self._blocks(report)
        self.assertEqual(
            [(row[1], row[2], row[3], row[4]) for row in blocks["points"].rows],
            [
                ("Ivanova", "Fewer calls", "+1 Supporter", "5 d ago"),
                ("Petrov", "Less downtime", "+1 Supporter", "20 d ago"),
                ("Sidorov", "–", "0 Neutral", "40 d ago"),
            ],
        )
        self.assertIn("proposed, 41 % in all", blocks["chain"].title)
        self.assertEqual(
            [row[:2] for row in blocks["chain"].rows],
            [
                ["Anna → Ivanova", "90 %"],
                ["Ivanova → Petrov", "68 %"],
                ["Petrov → Sidorov", "68 %"],
            ],
        )
        self.assertEqual(
            blocks["chain"].facts,
            [("Alternative", "Anna → Ivanova → Sidorov, 28 %")],
        )
        self.assertEqual(blocks["needs"].rows[0][:2], ["Downtime", "Petrov"])
        self.assertIn("40,000", blocks["needs"].title)
        self.assertIn("Rival 55.2", blocks["criteria"].title)
        self.assertEqual(
            [(row[0], row[-1]) for row in blocks["criteria"].rows],
            [
                ("Price", "Vulnerable"),
                ("Uptime", "Advantage"),
                ("Integration", "Contested"),
                ("Service", "Hidden strength"),
            ],
        )
        self.assertEqual(
            {alert["code"]: alert["severity"] for alert in values["picture"]["alerts"]},
            {
                "opponent": "critical",
                "seller_ahead": "warning",
                "majority": "warning",
                "our_bus": "warning",
                "stale_map": "warning",
            },
        )
        self.assertEqual(blocks["flags"].rows[0][0], "Critical")
        self.assertEqual(blocks["decisions"].note, "A pilot")

    def test_the_worst_comes_first(self):
        """Critical alerts, concerns that may stop the deal, warnings, the rest."""
        self.map.concern_ids[0].severity = "5"
        self._person("Orlov", influence="5", attitude="-2")
        self.map._refresh()
        rows = self._blocks(self._issue())["flags"].rows
        self.assertEqual(
            [row[0] for row in rows],
            ["Critical", "5: stops the deal", *["Warning"] * 4, "2: a doubt"],
        )
        self.assertEqual(
            rows[0][1:3],
            ["A strong opponent, and nothing is being done", "Smirnov, Orlov"],
        )

    def test_our_side_risk_is_critical_at_tier_1(self):
        """Scenario 14, on the report: tier and alert."""
        self._invoice(self.account, 500, date="2026-03-01")
        self._decide()
        self.map._refresh()
        values = self._issue().payload
        self.assertEqual(values["head"]["tier"], self.tier_1.name)
        bus = [a for a in values["picture"]["alerts"] if a["code"] == "our_bus"]
        self.assertEqual([alert["severity"] for alert in bus], ["critical"])

    def test_sponsor_and_manager_stand_in_the_dossier(self):
        self.env["crm.key.account"].create(
            {
                "partner_id": self.account.id,
                "company_id": self.company.id,
                "manager_id": self.kam.id,
                "sponsor_id": self.manager.id,
                "state": "active",
            }
        )
        report = self._issue()
        self.assertEqual(
            (report.manager_id, report.sponsor_id), (self.kam, self.manager)
        )

    def test_nothing_known_is_not_zero_and_not_bad(self):
        """A new deal without a map: each section says who must fill it."""
        deal = self._deal(self._partner("New Works"), expected_revenue=0)
        report = self._issue(deal)
        self.assertFalse(deal.stakeholder_map_ids, "a report creates no map")
        values = report.payload
        self.assertIsNone(values["result"]["health"])
        self.assertIsNone(values["result"]["revenue"])
        tiles = self.env["crm.deal.report.words"]._get_tiles(values)
        self.assertEqual(tiles[0][1:], ("unknown", "no contact map yet"))
        self.assertEqual(tiles[1][1], "–")
        for name, block in self._blocks(report).items():
            with self.subTest(name):
                self.assertTrue(block.is_silent)
                self.assertTrue(block.empty)
        for name in ("points", "chain", "needs", "criteria", "flags", "facts"):
            self.assertRegex(self._blocks(report)[name].empty, "^No data.*Anna")

    def test_plan_under_way_and_alternative(self):
        plans = self.env["crm.entry.plan"]._propose(self.sidorov)
        plans[0].action_accept()
        plans[0].step_ids[0].activity_id.action_feedback(feedback="She agreed")
        report = self._issue()
        block = self._blocks(report)["chain"]
        self.assertIn("Sidorov: under way, 41 % in all", block.title)
        self.assertEqual(
            [(row[0], row[5]) for row in block.rows],
            [
                ("Anna → Ivanova", "Done"),
                ("Ivanova → Petrov", "Planned"),
                ("Petrov → Sidorov", "Planned"),
            ],
        )
        self.assertEqual(
            block.facts, [("Alternative", "Anna → Ivanova → Sidorov, 28 %")]
        )
        due = fields.Date.add(self.today, days=15)
        step = report.payload["next"][str(self.sidorov.contact_id.id)]
        self.assertEqual(
            (step["what"], step["date"]),
            ("Introduce us to Sidorov", fields.Date.to_string(due)),
        )

    def test_done_and_planned(self):
        """Since the last report; activities, meetings, contacts; no private ones."""
        events = self.env["calendar.event"].with_user(self.anna)
        now = fields.Datetime.now()
        for name, days, privacy in (
            ("Review", -4, "public"),
            ("Doctor", 2, "private"),
            ("Workshop", 5, "public"),
        ):
            events.create(
                {
                    "name": name,
                    "start": now + timedelta(days=days),
                    "stop": now + timedelta(days=days, hours=1),
                    "opportunity_id": self.deal.id,
                    "user_id": self.anna.id,
                    "privacy": privacy,
                }
            )
        done = self.deal.activity_schedule(
            "mail.mail_activity_data_todo", summary="Samples", user_id=self.anna.id
        )
        done.action_feedback(feedback="Sent")
        values = self._issue().payload
        self.assertEqual(
            [(row["what"], row["with"]) for row in values["done"]],
            # contacts of 5 and 20 days ago; those of 40 and 100 are old
            [("Samples", ""), ("Review", ""), ("Call", "Ivanova"), ("Call", "Petrov")],
        )
        self.assertEqual(values["done"][0]["result"], "Sent")
        self.assertEqual([row["what"] for row in values["plan"]], ["Call", "Workshop"])
        again = self._issue().payload
        self.assertEqual([row["what"] for row in again["done"]], ["Samples"])

    # ------------------------------------------------------------------
    # Difference
    # ------------------------------------------------------------------

    def test_difference(self):
        """Scenario 10."""
        first = self._issue()
        frozen = dict(first.payload)
        self._meet_sidorov()
        second = self._issue()
        self.assertEqual(second.previous_id, first)
        changes = second._get_changes()
        self.assertEqual(
            [
                (c["code"], c["who"], c["before"], c["after"])
                for c in changes
                if c["code"] not in ("part", "alert_closed")
            ],
            [
                ("health", None, 59.0, 78.5),
                ("stage", None, 1, 2),
                ("person_attitude", "Sidorov", 0, 1),
                ("person_access", "Sidorov", 1, 2),
                ("person_stage", "Sidorov", 1, 2),
            ],
        )
        self.assertEqual(
            {c["key"] for c in changes if c["code"] == "alert_closed"},
            {"seller_ahead", "majority"},
        )
        self.assertEqual(
            {
                c["key"]: (c["before"], c["after"])
                for c in changes
                if c["code"] == "part"
            },
            {
                "power": (60, 100),
                "coverage": (34.5, 52.4),
                "support": (51.8, 60.7),
                "sync": (50, 100),
            },
        )
        self.assertEqual(changes[0]["words"], "Health: 59.0 → 78.5 (▲ +19.5)")
        lines = [row[0] for row in self._blocks(second)["changes"].rows]
        self.assertIn(
            "Sidorov: attitude 0 Neutral → +1 Supporter, access Brief → Regular,"
            " personal stage Recognition of needs → Evaluation of options",
            lines,
        )
        self.assertEqual(first.payload, frozen)
        self.assertEqual(first.payload["result"]["health"], 59.0)
        third = self._issue()
        self.assertEqual(third._get_changes(), [])
        self.assertEqual(self._blocks(third)["changes"].empty, "Nothing changed.")

    def test_money_date_and_people_in_the_difference(self):
        self._issue()
        self.deal.expected_revenue = 5000
        self.deal.date_deadline = fields.Date.add(self.deal.date_deadline, days=10)
        self._person("Orlov")
        self.ivanova.action_left()
        self.smirnov.unlink()
        report = self._issue()
        codes = {(change["code"], change["who"]) for change in report._get_changes()}
        self.assertLessEqual(
            {
                ("revenue", None),
                ("close", None),
                ("person_new", "Orlov"),
                ("person_left", "Ivanova"),
                ("person_removed", "Smirnov"),
            },
            codes,
        )
        self.assertEqual(report.payload["result"]["pushes"], 2)

    # ------------------------------------------------------------------
    # Frozen, in order, in batches
    # ------------------------------------------------------------------

    def test_snapshot_is_frozen(self):
        report = self._issue(note="A pilot")
        before = report.payload
        pdf = report.pdf
        self.deal.name = "Renamed"
        self.petrov.attitude = "-2"
        report.invalidate_recordset()
        self.assertEqual(report.payload, before)
        report.action_update()
        report.action_issue()
        self.assertEqual((report.payload, report.pdf), (before, pdf))
        for user in (self.anna, self.manager):
            own = report.with_user(user)
            for values in ({"payload": {}}, {"name": "X"}, {"state": "draft"}):
                with self.assertRaisesRegex(AccessError, "nobody writes"):
                    own.write(values)
            with self.assertRaisesRegex(UserError, "Make a new report"):
                own.note = "Something else"
            with self.assertRaisesRegex(UserError, "issued reports are kept"):
                own.unlink()
        with self.assertRaisesRegex(AccessError, "nobody writes"):
            self.reports.with_user(self.anna).create(
                {"lead_id": self.deal.id, "state": "issued"}
            )

    def test_draft_may_change_and_go(self):
        action = self.deal.with_user(self.anna).action_deal_report()
        draft = self.reports.with_user(self.anna).browse(action["res_id"])
        self.assertEqual((draft.state, draft.name), ("draft", False))
        self.assertEqual(draft.payload["result"]["health"], 59.0)
        draft.note = "A pilot"
        self._meet_sidorov()
        again = self.deal.with_user(self.anna).action_deal_report()
        self.assertEqual(again["res_id"], draft.id)
        self.assertEqual(draft.payload["result"]["health"], 78.5)
        self.assertFalse(self.deal.deal_report_ids, "drafts are nobody's report yet")
        draft.unlink()

    def test_many_at_once_in_their_order(self):
        other = self._deal(name="Second")
        draft = self.reports.with_user(self.anna).create(
            {"lead_id": other.id, "note": "Price"}
        )
        leads = other | self._deal(name="Third") | self.deal
        reports = self._issue(leads)
        self.assertEqual(reports.lead_id, leads)
        self.assertEqual(reports.mapped("lead_id.id"), leads.ids)
        self.assertEqual(reports[0], draft)
        self.assertEqual(reports[0].note, "Price")
        self.assertEqual(len(set(reports.mapped("name"))), 3)
        self.assertEqual(set(reports.mapped("state")), {"issued"})
        self.assertEqual(self.deal.deal_report_ids[:1], reports[2])
        self.assertEqual(self.deal.deal_report_count, 1)

    def test_queries_do_not_grow_with_deals(self):
        """The values of 2 and of 12 deals, each with its map, people and documents."""
        leads = self.deal
        for number in range(11):
            account = self._partner(f"Works {number}", user_id=self.anna.id)
            lead = self._deal(account, name=f"Deal {number}")
            contact_map = self._map(lead_id=lead.id)
            for point in ("focus_power", "focus_receptivity"):
                self._person(
                    f"Person {number}",
                    5,
                    contact=self._contact(f"{point} {number}", account),
                    contact_map=contact_map,
                    influence="4",
                    **{point: True},
                )
            self.env["crm.deal.need"].create({"map_id": contact_map.id, "name": "Need"})
            lead.activity_schedule("mail.mail_activity_data_call")
            leads |= lead
        self.assertEqual(len(leads), 12)
        # one of them has no map
        leads[1].stakeholder_map_id.unlink()
        self.reports._get_values(leads)  # warm: rights, parameters, stages
        for count in (2, 12):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(MOST_QUERIES):
                values = self.reports._get_values(leads[:count])
            self.assertEqual(len(values), count)

    def test_screens_and_paper_do_not_ask_more_for_more_reports(self):
        leads = self.deal
        for number in range(11):
            account = self._partner(f"Works {number}", user_id=self.anna.id)
            leads |= self._deal(account, name=f"Deal {number}")
        reports = self._issue(leads)
        listed = {
            "name": {},
            "date": {},
            "health": {},
            "change_count": {},
            "state": {},
            **{
                name: {"fields": {"display_name": {}}}
                for name in ("account_id", "lead_id", "manager_id")
            },
        }
        form = {
            **listed,
            "picture": {},
            "needs_approval": {},
            "is_head": {},
            "client_html": {},
            "decision_ids": {"fields": {"name": {}, "state": {}, "date_done": {}}},
        }
        paper = self.env["report.crm_loyalty.report_deal_report"]
        for name, limit, read in (
            ("list", 6, lambda some: some.web_read(listed)),
            ("form", 13, lambda some: some.web_read(form)),
            (
                "paper",
                7,  # one of them: the customer's stages in the reader's language
                lambda some: paper.with_user(self.anna)._get_report_values(some.ids),
            ),
        ):
            read(reports)  # warm: rights, parameters, templates
            for count in (2, 12):
                self.env.flush_all()
                self.env.invalidate_all()
                with self.subTest(name, count=count), self.assertQueryCount(limit):
                    read(reports[:count])

    def test_previous_report_is_the_last_one_issued(self):
        draft = self.reports.with_user(self.leader).create({"lead_id": self.deal.id})
        first = self._issue()
        draft.action_issue()
        self.assertEqual(draft.previous_id, first)
        self.assertEqual(self.deal.deal_report_ids, draft | first)
        self.assertEqual(self._issue().previous_id, draft)

    # ------------------------------------------------------------------
    # Approval and decisions
    # ------------------------------------------------------------------

    def test_approval_is_off_by_default(self):
        report = self._issue()
        self.assertFalse(report.needs_approval)
        report.action_prepare_client()
        report.action_print_client()

    def test_approval(self):
        self.policy.deal_report_approval = True
        report = self._issue()
        self.assertTrue(report.needs_approval)
        report.action_prepare_client()
        with self.assertRaisesRegex(UserError, "waits for approval"):
            report.action_print_client()
        for user in (self.anna, self.kam):
            with self.assertRaisesRegex(AccessError, "leader of the sales team"):
                report.with_user(user).action_approve()
        report.with_user(self.leader).action_approve()
        self.assertEqual(
            (report.state, report.approved_by_id, report.approved_on),
            ("approved", self.leader, self.today),
        )
        report.action_print_client()
        with self.assertRaisesRegex(UserError, "nothing in it changes"):
            report.with_user(self.leader).note = "Else"

    def test_decisions_become_activities_and_come_back(self):
        report = self._issue()
        due = fields.Date.add(self.today, days=5)
        decisions = self.env["crm.deal.report.decision"].with_user(self.leader)
        done, late, gone = decisions.create(
            [
                {
                    "report_id": report.id,
                    "name": name,
                    "user_id": self.anna.id,
                    "date_due": day,
                }
                for name, day in (
                    ("Pilot approved", due),
                    ("Visit them", fields.Date.subtract(self.today, days=1)),
                    ("No discount", due),
                )
            ]
        )
        activity = done.activity_id.sudo()
        self.assertEqual(
            (activity.summary, activity.user_id, activity.date_deadline),
            ("Pilot approved", self.anna, due),
        )
        self.assertEqual(
            (activity.res_model, activity.res_id), ("crm.lead", self.deal.id)
        )
        done.date_due = fields.Date.add(self.today, days=7)
        self.assertEqual(activity.date_deadline, fields.Date.add(self.today, days=7))
        activity.with_user(self.anna).action_feedback()
        gone.sudo().activity_id.unlink()
        self.assertEqual(
            [decision.state for decision in (done, late, gone)],
            ["done", "open", "dropped"],
        )
        second = self._issue()
        rows = {row[0]: row[3] for row in self._blocks(second)["decisions"].rows}
        self.assertEqual(rows["Visit them"], "! overdue")
        self.assertRegex(rows["Pilot approved"], "^✓ done")
        self.assertEqual(rows["No discount"], "dropped")
        # what is still open comes back until it is done
        third = self._issue()
        self.assertEqual(
            [row[0] for row in self._blocks(third)["decisions"].rows], ["Visit them"]
        )
        late.unlink()
        self.assertFalse(late.exists())

    def test_decisions_are_taken_on_issued_reports(self):
        draft = self.reports.create({"lead_id": self.deal.id})
        with self.assertRaisesRegex(UserError, "issue the report first"):
            self.env["crm.deal.report.decision"].create(
                {
                    "report_id": draft.id,
                    "name": "Go",
                    "user_id": self.anna.id,
                    "date_due": self.today,
                }
            )

    def test_days_are_written_in_one_way(self):
        """As the language of the reader writes them, wherever they stand."""
        self._issue()
        self.deal.activity_schedule(
            "mail.mail_activity_data_call", date_deadline=self.today
        )
        report = self._issue().with_context(lang="en_US")
        self.env["res.lang"]._lang_get("en_US").date_format = "%Y#%m#%d"
        printer = report.env["ir.actions.report"]
        content, _kind = printer._render_qweb_html(
            "crm_loyalty.report_deal_report", report.ids
        )
        screen = html.fromstring(f"<div>{report.picture}</div>").text_content()
        for text in (html.fromstring(content).text_content(), screen):
            self.assertIn(self.today.strftime("%Y#%m#%d"), text)
            self.assertNotRegex(text, r"\b\d{1,2} " + self.today.strftime("%b"))
            self.assertNotRegex(text, r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}")

    # ------------------------------------------------------------------
    # Client version
    # ------------------------------------------------------------------

    def test_client_version_shows_nothing_internal(self):
        """Each internal field has a value of its own; none may be found in the text."""
        markers = self._mark_everything()
        report = self._issue(note="MARKASK")
        self.env["crm.deal.report.decision"].create(
            {
                "report_id": report.id,
                "name": "MARKDECISION",
                "user_id": self.anna.id,
                "date_due": self.today,
            }
        )
        report = self._issue(note="MARKASK")
        report.action_prepare_client()
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_loyalty.report_deal_report_client", report.ids
        )
        page = html.fromstring(content)
        text = " ".join(" ".join(page.itertext()).split())
        for word in (
            "Annual contract",
            "Works",
            "Downtime",
            "Petrov",
            "40,000",
            "Joint workshop",
            "Needs",
            "Quotations 1",
        ):
            self.assertIn(word, text)
        own = html.fromstring(f"<div>{report.with_user(self.manager).picture}</div>")
        internal = " ".join(" ".join(own.itertext()).split())
        for marker in sorted(markers):
            with self.subTest(marker):
                self.assertNotIn(marker, text)
                if marker in SHOWN_INTERNALLY:
                    self.assertIn(marker, internal)

    def _mark_everything(self):
        """Fill every internal field; returns what must not leave the house."""
        env = self.env
        self._invoice(self.account, 500, date="2026-03-01")
        self.tier_1.name = "MARKTIER"
        self._decide()
        self.deal.write(
            {
                "probability": 37.4,
                "expected_revenue": 123456,
                "description": "MARKDESCRIPTION",
            }
        )
        self.smirnov.write(
            {
                "win_personal": "MARKPERSONAL",
                "department": "MARKDEPARTMENT",
                "power_scope": "MARKSCOPE",
                "focus_power": True,
            }
        )
        self.smirnov.contact_id.function = "MARKTITLE"
        self.sidorov.win_result = "MARKRESULT"
        env["crm.deal.need"].create(
            {"map_id": self.map.id, "name": "MARKGUESS", "answer": "MARKANSWER"}
        )
        self.map.need_ids.answer = "MARKANSWER"
        self.competitor.write(
            {
                "name": "MARKRIVAL",
                "strengths": "MARKSTRENGTH",
                "weaknesses": "MARKWEAKNESS",
            }
        )
        self.criteria[0].name = "MARKCRITERION"
        self.map.concern_ids[0].write({"name": "MARKCONCERN", "answer": "MARKCOMFORT"})
        env["crm.deal.swot"].create({"map_id": self.map.id, "name": "MARKSWOT"})
        plan = env["crm.entry.plan"]._propose(self.sidorov)[0]
        plan.step_ids[0].write({"ask": "MARKSTEP", "offer": "MARKOFFER"})
        plan.action_accept()
        tactic = env["crm.influence.tactic"].create(
            {"name": "MARKTACTIC", "stage_id": self.stages[2].id}
        )
        env["crm.influence.action"].create(
            {"tactic_id": tactic.id, "stakeholder_id": self.smirnov.id}
        )
        self.map.action_plan_next()
        for xmlid, summary in (
            ("mail.mail_activity_data_todo", "MARKTODO"),
            ("mail.mail_activity_data_call", "MARKFEEDBACK CALL"),
        ):
            activity = self.deal.activity_schedule(xmlid, summary=summary)
            activity.note = "MARKNOTE"
        activity.summary = "Talked about dates"
        activity.action_feedback(feedback="MARKFEEDBACK")
        self._touch(self.smirnov.contact_id, 0).summary = "MARKTOUCH"
        now = fields.Datetime.now()
        for name, privacy in (("Joint workshop", "public"), ("MARKPRIVATE", "private")):
            env["calendar.event"].create(
                {
                    "name": name,
                    "start": now + timedelta(days=5),
                    "stop": now + timedelta(days=5, hours=1),
                    "opportunity_id": self.deal.id,
                    "privacy": privacy,
                }
            )
        env["crm.key.account"].create(
            {
                "partner_id": self.account.id,
                "company_id": self.company.id,
                "sponsor_id": self._user(
                    "mark_sponsor", "base.group_user", name="MARKSPONSOR"
                ).id,
                "state": "active",
            }
        )
        env["sale.order"].create(
            {
                "partner_id": self.account.id,
                "opportunity_id": self.deal.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.service.id,
                            "price_unit": 77777,
                            "purchase_price": 11111,
                        }
                    )
                ],
            }
        )
        self.map._refresh()
        figures = self.map.health_parts["parts"]
        alerts = dict(env["crm.deal.alert"]._fields["code"].selection)
        return {
            *SHOWN_INTERNALLY,
            "MARKDESCRIPTION",
            "MARKPERSONAL",
            "MARKDEPARTMENT",
            "MARKSCOPE",
            "MARKSTRENGTH",
            "MARKWEAKNESS",
            "MARKSWOT",
            "MARKOFFER",
            "MARKNOTE",
            "MARKPRIVATE",
            "MARKSPONSOR",
            "MARKTIER",
            "66666",  # the margin
            "66,666",
            *(alerts[alert.code] for alert in self.map.alert_ids),
            *(f"{value:.1f}" for value in figures.values() if value % 10),
            "Proposition",
            "Win over",
            "Opponent",
            "Sceptic",
            "Neutral",
            "Vulnerable",
            "ahead of the customer",
        }

    def test_client_version_is_edited_and_printed_as_it_is(self):
        report = self._issue()
        with self.assertRaisesRegex(UserError, "no client version yet"):
            report.action_print_client()
        report.action_prepare_client()
        report.client_html = "<p>Dear friends</p>"
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_loyalty.report_deal_report_client", report.ids
        )
        self.assertIn("Dear friends", content.decode())
        self.assertNotIn("Downtime", content.decode())
        draft = self.reports.create({"lead_id": self.deal.id})
        with self.assertRaisesRegex(UserError, "issue the report first"):
            draft.action_prepare_client()

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_who_sees_a_report(self):
        report = self._issue()
        decision = self.env["crm.deal.report.decision"].create(
            {
                "report_id": report.id,
                "name": "Go",
                "user_id": self.anna.id,
                "date_due": self.today,
            }
        )
        salesman = "sales_team.group_sale_salesman"
        stranger = self._user("report_stranger", salesman)
        foreign = new_test_user(
            self.env,
            login="report_foreign",
            groups="crm_loyalty.group_manager",
            company_id=self.env["res.company"].create({"name": "Other"}).id,
        )
        everything = self._user(
            "report_all", "sales_team.group_sale_salesman_all_leads"
        )
        for user, sees in (
            (self.anna, True),
            (self.leader, True),
            (self.kam, True),
            (self.manager, True),
            (everything, True),
            (stranger, False),
            (foreign, False),
        ):
            for record in (report, decision):
                with self.subTest(user=user.login, record=record):
                    own = record.with_user(user).with_company(user.company_id)
                    self.assertEqual(own.has_access("read"), sees)
                    self.assertEqual(bool(own.search([("id", "=", record.id)])), sees)
        for user in (stranger, foreign):
            own = report.with_user(user).with_company(user.company_id)
            with self.assertRaises(AccessError):
                own._get_pdf()
            with self.assertRaises(AccessError):
                own._get_workbook()
            with self.assertRaises(AccessError):
                own._issue_for(self.deal)
        portal = self._user("report_portal", "base.group_portal")
        for model in ("crm.deal.report", "crm.deal.report.decision"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])

    def test_who_decides(self):
        report = self._issue()
        values = {
            "report_id": report.id,
            "name": "Go",
            "user_id": self.anna.id,
            "date_due": self.today,
        }
        decisions = self.env["crm.deal.report.decision"]
        for user in (self.anna, self.kam):
            with self.subTest(user.login), self.assertRaises(AccessError):
                decisions.with_user(user).create(values)
        for user in (self.leader, self.manager):
            decision = decisions.with_user(user).create(values)
            with self.assertRaises(AccessError):
                decision.with_user(self.anna).name = "Stop"
            with self.assertRaises(AccessError):
                decision.with_user(self.anna).unlink()

    def test_margin_is_for_those_who_may_see_it(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.account.id,
                "opportunity_id": self.deal.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.service.id,
                            "price_unit": 1000,
                            "purchase_price": 600,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        report = self._issue()
        with self.assertRaises(AccessError):
            report.with_user(self.anna).read(["margin"])
        self.assertEqual(report.with_user(self.manager)._get_margin(), 400)
        self.assertIsNone(report.with_user(self.anna)._get_margin())
        self.assertNotIn("margin", report.payload["facts"])
        self.assertNotIn("Margin of orders", report.with_user(self.anna).picture)
        self.assertIn("Margin of orders", report.with_user(self.manager).picture)
        for user, sees in ((self.anna, False), (self.manager, True)):
            book = report.with_user(user)._get_workbook(with_margin=True)
            sheet = load_workbook(io.BytesIO(book))["Facts"]
            header = [cell.value for cell in sheet[4]]
            self.assertEqual("Margin of orders" in header, sees)
            content = report.with_user(user)._get_pdf(with_margin=True)
            self.assertEqual(b"Margin of orders" in content, sees)

    # ------------------------------------------------------------------
    # Workbook, merging, erasing
    # ------------------------------------------------------------------

    def test_workbook(self):
        self._issue()
        self._meet_sidorov()
        report = self._issue()
        book = load_workbook(io.BytesIO(report._get_workbook()))
        self.assertEqual(
            book.sheetnames,
            ["Deals", "People", "Chain", "Criteria", "Facts", "Changes"],
        )
        rows = {
            name: [
                dict(zip([c.value for c in book[name][4]], values, strict=True))
                for values in book[name].iter_rows(min_row=5, values_only=True)
            ]
            for name in book.sheetnames
        }
        [deal] = rows["Deals"]
        self.assertEqual((deal["Health"], deal["Change"]), (78.5, 19.5))
        self.assertEqual(deal["Map known"], 0.821)
        self.assertEqual(deal["Customer's stage"], "Evaluation of options")
        self.assertEqual(len(rows["People"]), 4)
        people = {row["Who"]: row for row in rows["People"]}
        self.assertEqual(people["Sidorov"]["Influence"], 5)
        self.assertEqual(people["Smirnov"]["What the person wants"], "–")
        self.assertEqual(
            [(r["Criterion"], r["Competitor's score"]) for r in rows["Criteria"]],
            [("Price", 8), ("Uptime", 6), ("Integration", 6), ("Service", 5)],
        )
        changes = {
            (r["Who"], r["What changed"]): (r["Before"], r["Now"])
            for r in rows["Changes"]
        }
        self.assertEqual(changes["–", "Health"], ("59.0", "78.5"))
        self.assertEqual(changes["Sidorov", "Access"], ("Brief", "Regular"))
        for name in ("Deals", "People", "Criteria"):
            self.assertTrue(book[name].auto_filter.ref)

    def test_reports_survive_the_merge_of_deals(self):
        first = self._issue()
        other = self._deal(name="Twin")
        second = self._issue(other)
        leads = self.deal | other
        kept = leads.with_user(self.manager).merge_opportunity()
        self.assertEqual((first | second).exists().lead_id, kept)

    def test_erased_people_leave_the_reports(self):
        self.deal.activity_schedule(
            "mail.mail_activity_data_call", summary="Call Smirnov"
        )
        report = self._issue()
        report.action_prepare_client()
        self.assertIn("Smirnov", str(report.payload))
        self.smirnov.contact_id.action_erase_from_maps()
        report.invalidate_recordset()
        self.assertNotIn("Smirnov", str(report.payload))
        self.assertNotIn("Smirnov", report.client_html)
        [person] = [
            p for p in report.payload["picture"]["people"] if p["name"] == "(erased)"
        ]
        self.assertIsNone(person["attitude"])
        self.assertIn("Petrov", str(report.payload))

    @mute_logger("odoo.sql_db")
    def test_print_from_the_list_of_deals(self):
        other = self._deal(name="Second")
        action = (self.deal | other).with_user(self.anna).action_issue_deal_reports()
        self.assertEqual(action["report_name"], "crm_loyalty.report_deal_report")
        self.assertEqual(
            self.deal.deal_report_ids.ids + other.deal_report_ids.ids,
            action["context"]["active_ids"],
        )


#: the most queries that the values of any number of reports may cost
MOST_QUERIES = 58
#: internal values of the marked deal that our own version does show
SHOWN_INTERNALLY = {
    "MARKASK",
    "MARKDECISION",
    "MARKRESULT",
    "MARKGUESS",
    "MARKANSWER",
    "MARKRIVAL",
    "MARKCRITERION",
    "MARKCONCERN",
    "MARKCOMFORT",
    "MARKSTEP",
    "MARKTACTIC",
    "MARKTODO",
    "MARKFEEDBACK",
    "MARKTOUCH",
    "MARKTITLE",
    "37 %",
    "123,456",
    "Smirnov",
}
