# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.crm_loyalty.tools.risk import (
    highest_accepted,
    is_seasonal,
    sign_chance,
    silence_chance,
)

from .analysis_common import AnalysisCase, days_before
from .common import AS_OF


class TestRiskTools(BaseCase):
    """What is chance and what is not, without a database."""

    def test_chance_of_a_silence(self):
        self.assertEqual(silence_chance(1, 0.3), 0.5)
        # variation 1 is the exponential distribution: each usual gap halves it
        self.assertEqual(silence_chance(2, 1), 0.25)
        self.assertEqual(silence_chance(4, 1), 0.0625)
        # shape 0.5 ** -1.086 = 2.122846; 2 ** 2.122846 = 4.355524
        self.assertAlmostEqual(silence_chance(2, 0.5), 0.048849, 6)
        self.assertEqual(silence_chance(1.5, 0), silence_chance(1.5, 0.1))
        self.assertGreater(silence_chance(50, 0), 0)

    def test_chance_of_falls(self):
        self.assertEqual(sign_chance(12, 0), 1 / 4096)
        self.assertEqual(sign_chance(10, 2), 79 / 4096)
        self.assertEqual(sign_chance(1, 1), 0.75)
        self.assertEqual(sign_chance(0, 5), 1)
        self.assertEqual(sign_chance(0, 0), 1)

    #: the published example of Benjamini and Hochberg, 1995
    PUBLISHED = (
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
        *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
    )

    def test_false_discoveries_as_published(self):
        self.assertEqual(highest_accepted(self.PUBLISHED, 0.05, 15), 0.0095)
        # those that cannot be accepted need not be told
        self.assertEqual(highest_accepted(self.PUBLISHED[:9], 0.05, 15), 0.0095)
        self.assertEqual(highest_accepted(self.PUBLISHED[::-1], 0.05, 15), 0.0095)

    def test_false_discoveries_step_up(self):
        # the first fails by itself (0.02 > 0.01), but the fifth carries all of them
        chances = (0.02, 0.03, 0.03, 0.04, 0.05)
        self.assertEqual(highest_accepted(chances, 0.05, 5), 0.05)
        self.assertLess(highest_accepted(chances, 0.05, 6), 0)
        self.assertLess(highest_accepted([], 0.05, 0), 0)

    def test_season(self):
        self.assertTrue(is_seasonal(2.1, 0))
        self.assertTrue(is_seasonal(2.1, 1))
        self.assertFalse(is_seasonal(2, 1))
        self.assertFalse(is_seasonal(5, None))


class RiskCase(AnalysisCase):
    def _risks(self, **values):
        domain = [("company_id", "=", self.company.id)]
        return self.env["crm.customer.risk"].search(
            domain + [(name, "=", value) for name, value in values.items()]
        )

    def _open(self):
        return self._risks(outcome_id=False).partner_id


@tagged("post_install", "-at_install")
class TestSilence(RiskCase):
    """Who is listed as fallen silent."""

    def test_lines_by_money_in_words(self):
        small = self._regular("Small", 128, 97, 66, amount=50)
        large = self._regular("Large", 300, 270, 240, amount=500)
        self._regular("Buys", 60, 30, 0)
        self._run()
        risks = self._risks()
        self.assertEqual(risks.partner_id.ids, [large.id, small.id])
        self.assertEqual(risks.mapped("amount"), [1500, 150])
        # the usual gap of both: own 30 and 31, shrunk towards 31 and 30
        self.assertEqual(
            risks.mapped("sentence"),
            [
                "nothing ordered for 240 days, usually every 30 (8.0 times)",
                "nothing ordered for 66 days, usually every 31 (2.1 times)",
            ],
        )
        self.assertEqual(risks.mapped("kind"), ["silence"] * 2)

    def test_smallest_money(self):
        self.policy.risk_minimum = 300
        self._regular("299", 121, 91, 61, amount=99.67)
        listed = self._regular("300", 121, 91, 61, amount=100)
        self._run()
        self.assertEqual(self._risks().partner_id, listed)

    def test_smallest_money_is_a_tenth_of_the_median_purchase(self):
        for number in range(4):
            self._regular(f"Buys {number}", 60, 30, 0, amount=1234)
        self._regular("Tiny", 121, 91, 61, amount=40)  # 120 at risk
        listed = self._regular("Small", 121, 91, 61, amount=41)  # 123 at risk
        self._run()
        self.assertEqual(self.policy.risk_minimum, 120)
        self.assertEqual(self._open().mapped("name"), ["Small", "Tiny"])
        self.policy.risk_minimum = 121
        self._run()
        self.assertEqual(self._open(), listed)

    def test_smallest_money_that_somebody_typed_stays(self):
        self.policy.risk_minimum = 5
        self._regular("Buys", 60, 30, 0, amount=1000)
        self._run()
        self.assertEqual(self.policy.risk_minimum, 5)
        self.policy.risk_minimum = 0  # later, too: everything is listed
        self._run()
        self.assertEqual(self.policy.risk_minimum, 0)

    def test_what_may_be_chance_is_not_listed(self):
        # gaps 10, 50, 10, 50: variation 2 / 3, shape 1.5532; silent for 62 days, 2.07
        # usual gaps: a chance of 0.1176
        partner = self._regular("Irregular", 182, 172, 122, 112, 62)
        self._run()
        self.assertEqual(self._profile(partner).relation_state, "declining")
        self.assertFalse(self._risks())
        self.policy.risk_false_share = 12
        self._run()
        self.assertEqual(self._risks().partner_id, partner)

    def test_the_more_are_looked_at_the_surer_it_must_be(self):
        partner = self._regular("Irregular", 182, 172, 122, 112, 62)
        self.policy.risk_false_share = 12
        for number in range(3):
            self._regular(f"Buys {number}", 120, 110, 60, 50, 0)
        self._run()
        self.assertEqual(self._profile(partner).relation_state, "declining")
        self.assertFalse(self._risks())

    def test_a_pause_of_every_year_is_not_listed(self):
        # both every 30 days; one of them paused in the same days of last year
        pauses = [*range(730, 425, -30), *range(350, 60, -30)]
        seasonal = self._regular("Seasonal", *pauses)
        steady = self._regular("Steady", *range(740, 60, -30))
        self._run()
        for partner in (seasonal, steady):
            self.assertEqual(self._profile(partner).relation_state, "declining")
        self.assertEqual(self._risks().partner_id, steady)

    def test_archived_and_gone_customers_are_not_listed(self):
        archived = self._regular("Archived", 121, 91, 61)
        self._regular("Gone", 500, 450, 400)
        archived.active = False
        self._run()
        self.assertFalse(self._risks())

    def test_a_purchase_takes_the_line_off(self):
        partner = self._regular("Silent", 121, 91, 61)
        self._run()
        self.assertEqual(self._risks().partner_id, partner)
        self._buy(partner, [(AS_OF, 100)])
        self._run()
        self.assertFalse(self._risks())

    def test_a_second_run_writes_nothing_and_a_full_one_the_same(self):
        for number in range(3):
            self._regular(f"Silent {number}", 121, 91, 61, amount=10 + number)
        self._run()

        def rows():
            self.env.flush_all()
            return self.env.execute_query(
                SQL(
                    "SELECT *, ctid::text FROM crm_customer_risk WHERE company_id = %s",
                    self.company.id,
                )
            )

        before = rows()
        self.assertEqual(len(before), 3)
        for full in (False, True):
            self.assertEqual(self._run(full=full).profiles_written, 0)
            self.assertEqual(rows(), before)

    def test_merged_customers(self):
        one = self._regular("One", 121, 91, 61)
        two = self._regular("Two", 121, 91, 61)
        self._run()
        self._risks(partner_id=one.id).action_false_alarm()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (one | two).ids, dst_partner=two
        )
        self._run()
        risk = self._risks()
        self.assertEqual((risk.partner_id, risk.amount), (two, 600))
        # the silence is the same, and so is the answer
        self.assertEqual(risk.outcome, "false_alarm")


@tagged("post_install", "-at_install")
class TestQuietDecline(RiskCase):
    """Customers that still buy, but less, or at a larger discount."""

    #: the fifteenth of 25 months, the last one that of the as-of day
    MONTHS = tuple(
        fields.Date.subtract(fields.Date.to_date("2026-06-15"), months=back)
        for back in range(24, -1, -1)
    )

    def test_fall_of_a_year_against_the_year_before(self):
        amounts = [100] * 13 + [50] * 12
        partner = self._customer("Less", list(zip(self.MONTHS, amounts, strict=True)))
        steady = self._customer("Steady", [(day, 100) for day in self.MONTHS])
        self._run()
        risk = self._risks()
        self.assertEqual((risk.partner_id, risk.kind), (partner, "volume"))
        self.assertEqual(risk.amount, 600)
        self.assertRegex(
            risk.sentence,
            r"still orders, but 50 % less than a year ago: .*600.00 instead of"
            r" .*1,200.00",
        )
        self.assertEqual(self._profile(steady).relation_state, "regular")

    def test_months_are_compared_with_the_same_month_a_year_before(self):
        amounts = [100] * 13 + [50] * 12
        partner = self._customer("Less", list(zip(self.MONTHS, amounts, strict=True)))

        def months(day):
            self._run(day)
            profile = self._profile(partner)
            return profile.months_fallen, profile.months_risen

        self.assertEqual(months("2026-06-30"), (11, 0))  # June 2025 is as in 2024
        self.assertEqual(months("2026-07-01"), (12, 0))  # a month is over
        self.assertEqual(months("2025-06-30"), (0, 12))  # a year before: nothing

    def test_one_large_order_last_year_is_no_decline(self):
        amounts = [100] * 25
        amounts[5] = 900
        partner = self._customer("Once", list(zip(self.MONTHS, amounts, strict=True)))
        self._run()
        profile = self._profile(partner)
        self.assertEqual((profile.revenue_previous, profile.revenue), (2000, 1200))
        self.assertFalse(self._risks())

    def test_fall_is_a_setting(self):
        amounts = [100] * 13 + [81] * 12
        self._customer("Less", list(zip(self.MONTHS, amounts, strict=True)))
        self._run()
        self.assertFalse(self._risks())
        self.policy.decline_share = 19
        self._run()
        self.assertEqual(self._risks().amount, 228)
        self.policy.risk_minimum = 229
        self._run()
        self.assertFalse(self._risks())

    def _discounted(self, before, now):
        partner = self._partner("Discount")
        for day, discount in zip(
            self.MONTHS[-6:] + self.MONTHS[:6], [now] * 6 + [before] * 6, strict=True
        ):
            self._invoice(partner, date=day, lines=[self._line(100, discount=discount)])
        return partner

    def test_discount_that_crept_up(self):
        # bought from June to November 2024, one month of it in no window
        partner = self._discounted(2, 8)
        self.policy.risk_minimum = 36
        self._run()
        profile = self._profile(partner)
        self.assertEqual((profile.revenue, profile.discount), (552, 48))
        self.assertEqual(
            (profile.revenue_previous, profile.discount_previous), (490, 10)
        )
        risk = self._risks()
        # 48 given instead of 2 % of 600
        self.assertEqual((risk.kind, risk.amount), ("discount", 36))
        self.assertEqual(
            risk.sentence,
            "still orders, but at a discount of 8.0 % instead of 2.0 % a year ago",
        )
        self.policy.risk_minimum = 36.01
        self._run()
        self.assertFalse(self._risks())

    def test_a_small_rise_of_the_discount_is_not_listed(self):
        self._discounted(2, 4.9)
        self._run()
        self.assertFalse(self._risks())
        self.policy.discount_points = 2.9
        self._run()
        self.assertEqual(self._risks().kind, "discount")

    def test_an_outcome_of_a_decline_holds_for_90_days(self):
        amounts = [100] * 13 + [50] * 12
        self._customer("Less", list(zip(self.MONTHS, amounts, strict=True)))
        self._run()
        self._risks().action_false_alarm()
        today = self.policy._get_today()
        self.assertEqual(
            self._risks().outcome_id.until, fields.Date.add(today, days=90)
        )
        self.assertFalse(self._open())


@tagged("post_install", "-at_install")
class TestOutcomes(RiskCase):
    """One tap takes a line off the list; a new silence brings it back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("risk_seller", "sales_team.group_sale_salesman")
        cls.partner = cls._regular("Mine", 121, 91, 61, user_id=cls.seller.id)
        cls.other = cls._regular("Other", 121, 91, 61)
        cls._run()
        cls.policy.risk_minimum = 0  # lines of any amount
        cls.risk = cls.env["crm.customer.risk"].search(
            [("partner_id", "=", cls.partner.id)]
        )

    def _answer(self, outcome, **values):
        """Answer in the dialog that the button opens, as the salesperson."""
        action = getattr(self.risk.with_user(self.seller), f"action_{outcome}")()
        answers = self.env[action["res_model"]].with_user(self.seller)
        answers.with_context(**action["context"]).create(values).action_confirm()

    def _given(self):
        return self.env["crm.customer.risk.outcome"].search(
            [("partner_id", "=", self.partner.id)]
        )

    def test_ordered_holds_until_the_order_should_be_invoiced(self):
        action = self.risk.with_user(self.seller).action_ordered()
        self.assertEqual(action["tag"], "crm_loyalty.risk_answered")
        self.assertEqual(action["params"]["risk_ids"], self.risk.ids)
        outcome = self._given()
        self.assertEqual((outcome.outcome, outcome.user_id), ("ordered", self.seller))
        today = self.policy._get_today()
        self.assertEqual(outcome.until, fields.Date.add(today, days=30))
        self.assertEqual(
            (outcome.amount, outcome.since_date), (300, AS_OF.replace(day=30, month=4))
        )
        self.assertIn("nothing ordered for 61 days", outcome.sentence)
        self.assertEqual(self._open(), self.other)
        self._run()
        self.assertEqual(self._open(), self.other)

    def test_not_until_a_date(self):
        today = fields.Date.context_today(self.policy)
        self._answer("later", until=fields.Date.add(today, days=10))
        outcome = self._given()
        self.assertEqual(outcome.until, fields.Date.add(today, days=10))
        # the figures of that day: back on the list
        outcome.sudo().until = fields.Date.add(AS_OF, days=1)
        self._run()
        self.assertEqual(self._open(), self.other)
        self._run(outcome.until)
        self.assertEqual(self._open(), self.partner | self.other)

    def test_not_until_a_date_that_is_over(self):
        today = fields.Date.context_today(self.policy)
        with self.assertRaisesRegex(
            ValidationError, "Not until: .* is not after today"
        ):
            self._answer("later", until=today)
        with self.assertRaisesRegex(ValidationError, "Choose the reason"):
            self._answer("refused")

    def test_refused_for_a_reason_until_the_next_silence(self):
        self._answer("refused", reason="competitor", note="Larger range")
        outcome = self._given()
        self.assertEqual(
            (outcome.outcome, outcome.reason, outcome.note, outcome.until),
            ("refused", "competitor", "Larger range", False),
        )
        self._run("2026-07-20")
        self.assertEqual(self._open(), self.other)
        # the customer comes back, and falls silent again
        self._buy(self.partner, [("2026-07-25", 100)])
        self._run("2026-07-26")
        self.assertFalse(self._risks(partner_id=self.partner.id))
        self._run("2026-11-30")
        self.assertIn(self.partner, self._open())

    def test_false_alarm_and_back_on_the_list(self):
        self.risk.with_user(self.seller).action_false_alarm()
        self.assertEqual(self._open(), self.other)
        self.risk.with_user(self.seller).action_reopen()
        self.assertEqual(self._open(), self.partner | self.other)
        self._run()
        self.assertEqual(self._open(), self.partner | self.other)
        self.assertFalse(self._given())
        taken_back = (
            self._given()
            .with_context(active_test=False)
            .search([("partner_id", "=", self.partner.id)])
        )
        self.assertEqual(taken_back.outcome, "false_alarm")
        self.assertEqual(taken_back.taken_back_by_id, self.seller)

    def test_another_answer_replaces_the_first(self):
        self.risk.with_user(self.seller).action_false_alarm()
        self._answer("refused", reason="price")
        self.assertEqual(self._given().outcome, "refused")
        self._run()
        self.assertEqual(self.risk.outcome, "refused")

    def test_an_order_does_not_hide_the_line_for_longer_than_90_days(self):
        for number in range(3):
            self._regular(f"Peer {number}", 450, 300, 150)
        slow = self._regular("Slow", 640, 490, 340, amount=900)
        self._run()
        profile = self._profile(slow)
        self.assertGreater(profile.usual_gap, 90)
        risk = self._risks(partner_id=slow.id)
        self.assertEqual(risk.kind, "silence")
        risk.action_ordered()
        today = self.policy._get_today()
        self.assertEqual(risk.until, fields.Date.add(today, days=90))

    def test_answers_are_history_of_the_customer(self):
        self.risk.with_user(self.seller).action_false_alarm()
        self.risk.with_user(self.seller).action_reopen()
        self._answer("refused", reason="price", note="Dearer by a tenth")
        profile = self._profile(self.partner).with_user(self.seller)
        self.assertEqual(
            [
                (given.outcome, given.active, given.user_id, given.note)
                for given in profile.risk_outcome_ids
            ],
            [
                ("refused", True, self.seller, "Dearer by a tenth"),
                ("false_alarm", False, self.seller, False),
            ],
        )
        # kept when the customer buys again
        self._buy(self.partner, [(AS_OF, 100)])
        self._run()
        self.assertFalse(self._risks(partner_id=self.partner.id))
        self.env.invalidate_all()
        self.assertEqual(len(self._profile(self.partner).risk_outcome_ids), 2)

    def test_several_lines_at_once(self):
        self._risks().action_false_alarm()
        self.assertFalse(self._open())

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_a_salesperson_sees_and_answers_his_own(self):
        risks = self.env["crm.customer.risk"].with_user(self.seller)
        self.assertEqual(risks.search([]).partner_id, self.partner)
        other = self._risks(partner_id=self.other.id).with_user(self.seller)
        for method in ("ordered", "false_alarm", "later", "refused", "reopen"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(other, f"action_{method}")()
        with self.assertRaises(AccessError):
            other.read(["sentence"])

    def test_an_answer_cannot_be_slipped_under_another_customer(self):
        other = self._risks(partner_id=self.other.id)
        answers = self.env["crm.customer.risk.answer"].with_user(self.seller)
        with self.assertRaises(AccessError):
            answers.create(
                {"risk_ids": other.ids, "outcome": "refused", "reason": "price"}
            )

    def test_nobody_writes_lines_and_outcomes_by_hand(self):
        self.risk.action_false_alarm()
        for record in (self.risk, self._given()):
            for user in (self.seller, self.env.user):
                with self.assertRaises(AccessError):
                    record.with_user(user).write({"amount": 1})
                with self.assertRaises(AccessError):
                    record.with_user(user).unlink()

    def test_users_without_the_group_see_nothing(self):
        stranger = self._user("risk_stranger", "base.group_user")
        for model in ("crm.customer.risk", "crm.customer.risk.outcome"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(stranger).search([])

    def test_heads_and_managers_see_and_answer_all(self):
        for login, group in (
            ("risk_all", "sales_team.group_sale_salesman_all_leads"),
            ("risk_manager", "crm_loyalty.group_manager"),
        ):
            user = self._user(login, group)
            risks = self.env["crm.customer.risk"].with_user(user).search([])
            self.assertEqual(risks.partner_id, self.partner | self.other)
            risks.action_false_alarm()
            self.assertEqual(self._given().user_id, user)
            risks.action_reopen()

    def test_salespeople_see_outcomes_of_their_customers_only(self):
        self._risks().action_false_alarm()
        given = self.env["crm.customer.risk.outcome"].with_user(self.seller)
        self.assertEqual(given.search([]).partner_id, self.partner)

    def test_the_portal_and_other_companies_see_nothing(self):
        self.risk.action_false_alarm()
        portal = new_test_user(
            self.env, login="risk_portal", groups="base.group_portal"
        )
        other = self.setup_other_company()["company"]
        foreigner = new_test_user(
            self.env,
            login="risk_foreigner",
            groups="crm_loyalty.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("crm.customer.risk", "crm.customer.risk.outcome"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])
            records = self.env[model].with_user(foreigner)
            self.assertFalse(records.search([("company_id", "=", self.company.id)]))
        with self.assertRaises(AccessError):
            self.risk.with_user(foreigner).action_reopen()

    def test_a_branch_sees_and_answers_the_lines_of_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        user = new_test_user(
            self.env,
            login="risk_branch",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        risk = self.risk.with_user(user)
        risk.action_false_alarm()
        self.assertEqual(risk.outcome, "false_alarm")

    def test_a_second_company_has_its_own_lines(self):
        other = self.setup_other_company()["company"]
        self._buy(
            self.partner,
            [(day, 70) for day in days_before(121, 91, 61)],
            company_id=other.id,
        )
        policy = self.env["crm.loyalty.policy"]._get(other)
        self.risk.action_false_alarm()
        self._run(policy=policy)
        risks = self.env["crm.customer.risk"].search(
            [("partner_id", "=", self.partner.id), ("outcome_id", "=", False)]
        )
        self.assertEqual((risks.company_id, risks.amount), (other, 210))

    def test_the_list_costs_the_same_for_more_lines(self):
        head = self._user("risk_head", "sales_team.group_sale_salesman_all_leads")
        specification = {
            "partner_id": {"fields": {"display_name": {}}},
            "tier_id": {"fields": {"display_name": {}}},
            "tier_color": {},
            "standing": {},
            "sentence": {},
            "sale_warn_msg": {},
            "obstacle": {},
            "amount": {},
            "outcome": {},
            "until": {},
            "user_id": {"fields": {"display_name": {}}},
            "phone": {},
        }

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            risks = self.env["crm.customer.risk"].with_user(head)
            found = risks.web_search_read([], specification)
            return found["length"], self.cr.sql_log_count - before

        count()
        few, queries = count()
        for number in range(8):
            self._regular(f"More {number}", 121, 91, 61, amount=number + 1)
        self._run()
        many, more_queries = count()
        self.assertEqual((few, many), (2, 10))
        self.assertEqual(more_queries, queries)

    def test_a_run_costs_the_same_for_more_lines(self):
        self.company.account_use_credit_limit = True

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._run(full=True)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count()
        queries = count()
        for number in range(8):
            self._regular(f"More {number}", 121, 91, 61, amount=number + 1)
        count()
        self.assertEqual(count(), queries)
        self.assertEqual(len(self._risks()), 10)


@tagged("post_install", "-at_install")
class TestHeldBack(RiskCase):
    """Nobody is asked about what we ourselves stand in the way of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._regular("Silent", 121, 91, 61)

    def _find(self):
        self._run()
        self.env.invalidate_all()
        return self._risks()

    def test_over_the_credit_limit(self):
        self.partner.credit_limit = 299
        self.assertFalse(self._find().obstacle)
        self.company.account_use_credit_limit = True
        risk = self._find()
        self.assertEqual(risk.obstacle, "credit")
        self.assertTrue(risk.sentence.endswith("; over its credit limit"))
        self.partner.credit_limit = 300
        self.assertFalse(self._find().obstacle)

    def _order(self, product, *silences):
        for day in days_before(*silences):
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.partner.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
            order.action_confirm()
            order.date_order = fields.Datetime.to_datetime(day)

    def test_usual_products_out_of_stock(self):
        glue, paper = self.env["product.product"].create(
            [
                {"name": name, "is_storable": True, "taxes_id": False}
                for name in ("Glue", "Paper")
            ]
        )
        self._order(glue, 121, 91)
        self.assertFalse(self._find().obstacle)  # bought twice: not usual
        self._order(glue, 61)
        risk = self._find()
        self.assertEqual(risk.obstacle, "stock")
        self.assertIn("what it usually buys is out of stock", risk.sentence)
        self._order(paper, 121, 91, 61)
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            paper, warehouse.lot_stock_id, 5
        )
        self.assertFalse(self._find().obstacle)

    def test_a_confirmed_order_is_no_silence(self):
        self._order(self.service, 60)
        self.assertFalse(self._find())
        # 62 days without an invoice for it: more than twice the usual gap
        self._run("2026-07-02")
        self.assertEqual(self._risks().partner_id, self.partner)

    def test_a_quotation_is_silence(self):
        self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "date_order": AS_OF,
                "order_line": [Command.create({"product_id": self.service.id})],
            }
        )
        self.assertEqual(self._find().partner_id, self.partner)


@tagged("post_install", "-at_install")
class TestGroupsAtRisk(RiskCase):
    """A group is one customer: its members' purchases count together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("risk_seller", "sales_team.group_sale_salesman")
        cls.head = cls._partner("Head", user_id=cls.seller.id)
        cls.shop = cls._partner("Shop")
        cls.env["crm.customer.group"].create(
            {
                "name": "Chain",
                "partner_id": cls.head.id,
                "state": "confirmed",
                "member_ids": [
                    Command.create(
                        {"partner_id": partner.id, "date_from": "2020-01-01"}
                    )
                    for partner in (cls.head, cls.shop)
                ],
            }
        )

    def _purchases(self, *silences):
        return [(day, 100) for day in days_before(*silences)]

    def test_a_silent_group_is_one_line(self):
        self._buy(self.head, self._purchases(121, 61))
        self._buy(self.shop, self._purchases(91))
        self._run()
        risk = self._risks()
        self.assertEqual((risk.partner_id, risk.amount), (self.head, 300))
        self.assertEqual(
            risk.sentence, "nothing ordered for 61 days, usually every 30 (2.0 times)"
        )
        self.assertEqual(risk.with_user(self.seller).search([]), risk)

    def test_a_member_that_buys_ends_the_silence(self):
        self._buy(self.head, self._purchases(121, 91, 61))
        self._run()
        self.assertEqual(self._risks().partner_id, self.head)
        self._buy(self.shop, self._purchases(0))
        self._run()
        self.assertFalse(self._risks())

    def test_an_order_of_a_member_ends_the_silence(self):
        self._buy(self.head, self._purchases(121, 91, 61))
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "order_line": [Command.create({"product_id": self.service.id})],
            }
        )
        order.action_confirm()
        order.date_order = fields.Datetime.to_datetime(AS_OF)
        self._run()
        self.assertFalse(self._risks())

    def test_an_archived_head_of_a_living_group(self):
        self._buy(self.head, self._purchases(121, 91, 61))
        self.head.active = False
        self._run()
        self.assertEqual(self._risks().partner_id, self.head)
        self.shop.active = False
        self._run()
        self.assertFalse(self._risks())

    def test_a_member_over_its_credit_limit(self):
        self._buy(self.head, self._purchases(121, 91))
        self._buy(self.shop, self._purchases(61))
        self.company.account_use_credit_limit = True
        self.shop.credit_limit = 50
        self._run()
        self.assertEqual(self._risks().obstacle, "credit")

    def test_answers_of_a_member_are_history_of_the_group(self):
        lone = self._regular("Lone", 121, 91, 61)
        self._run()
        self._risks(partner_id=lone.id).action_false_alarm()
        group = self.env["crm.customer.group"].search(
            [("partner_id", "=", self.head.id)]
        )
        group.member_ids = [
            Command.create({"partner_id": lone.id, "date_from": "2020-01-01"})
        ]
        self._run()
        self.env.invalidate_all()
        self.assertEqual(self._profile(self.head).risk_outcome_ids.partner_id, lone)
        # another customer has fallen silent: nobody has asked it yet
        self.assertEqual(self._open(), self.head)


@tagged("post_install", "-at_install")
class TestAroundTheList(RiskCase):
    """Why it is empty, what stands behind it, and the line below the pyramid."""

    def _why_empty(self, user=None):
        risks = self.env["crm.customer.risk"].with_user(user or self.env.user)
        return str(risks.get_empty_list_help(""))

    def test_why_the_list_is_empty(self):
        self.assertIn("No figures yet", self._why_empty())
        self._regular("Twice", 60, 30)
        self._run()
        self.assertIn("Customers: 1, none of them with three", self._why_empty())
        self._regular("Steady", 60, 30, 0)
        self._run()
        self.assertIn(
            "looked at on 06/30/2026: 1, too few purchases: 1", self._why_empty()
        )

    def test_why_the_list_is_empty_counts_own_customers(self):
        seller = self._user("risk_seller", "sales_team.group_sale_salesman")
        self._regular("Steady", 60, 30, 0)
        self._regular("Mine", 30, user_id=seller.id)
        self._run()
        self.assertIn("Customers: 1, none of them", self._why_empty(seller))

    def _explained(self, record, cause=None):
        action = record.with_context(cause=cause).action_explain()
        return self.env["crm.customer.ledger"].search(action["domain"])

    def test_a_silence_opens_its_documents(self):
        self._regular("Silent", *range(451, 60, -30))
        self._run()
        items = self._explained(self._risks())
        # the first of 14 lies before the year that ends with the last purchase
        self.assertEqual((len(items), sum(items.mapped("amount"))), (13, 1300))

    def test_a_fall_opens_the_documents_of_both_years(self):
        days = [fields.Date.subtract(AS_OF, months=back) for back in range(24, 0, -1)]
        amounts = [100] * 12 + [50] * 12
        partner = self._customer("Less", list(zip(days, amounts, strict=True)))
        self._run()
        risk = self._risks()
        profile = self._profile(partner)
        items = self._explained(risk)
        self.assertEqual(
            sum(items.mapped("amount")), profile.revenue + profile.revenue_previous
        )
        action = profile.action_explain_change("volume")
        self.assertEqual(action["domain"], risk.action_explain()["domain"])
        self.assertIn("600.00: Less", action["name"])

    def test_the_line_below_the_pyramid(self):
        seller = self._user("risk_seller", "sales_team.group_sale_salesman")
        self._regular("Mine", 121, 91, 61, user_id=seller.id)
        self._regular("Held back", 121, 91, 61, credit_limit=1)
        self._regular("Answered", 121, 91, 61)
        other = self._regular("Other", 121, 91, 61, amount=200)
        self.company.account_use_credit_limit = True
        self._run()
        self.assertFalse(self.env["crm.loyalty.pyramid"].get_calls()["moved"])
        self.policy._apply_tiers(AS_OF)
        self._risks().filtered(
            lambda risk: risk.partner_id.name == "Answered"
        ).action_false_alarm()
        calls = self.env["crm.loyalty.pyramid"].get_calls()
        self.assertEqual(
            (calls["risk"]["customers"], calls["risk"]["amount"]), (2, 900)
        )
        listed = self.env["crm.customer.risk"].search(calls["risk"]["domain"])
        self.assertEqual(listed.mapped("amount"), [600, 300])
        self.assertEqual(listed[0].partner_id, other)
        self.assertEqual((calls["moved"]["up"], calls["moved"]["down"]), (0, 0))
        self.assertEqual(calls["short"]["products"], 0)
        own = self.env["crm.loyalty.pyramid"].with_user(seller).get_calls()
        self.assertEqual((own["risk"]["customers"], own["risk"]["amount"]), (1, 300))
