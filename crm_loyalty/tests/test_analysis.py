# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import date
from itertools import product

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.crm_loyalty.tools.periods import period_start
from odoo.addons.crm_loyalty.tools.rfm import SEGMENT_CODES, SEGMENT_OF_CODE

from .analysis_common import AnalysisCase, days_before
from .common import AS_OF


class TestTools(BaseCase):
    """What needs no database."""

    def test_each_code_has_exactly_one_segment(self):
        codes = [code for codes in SEGMENT_CODES.values() for code in codes.split()]
        every = ["".join(scores) for scores in product("12345", repeat=3)]
        self.assertEqual(sorted(codes), every)
        self.assertEqual(len(SEGMENT_CODES), 11)
        self.assertEqual(SEGMENT_OF_CODE[555], "champions")
        self.assertEqual(SEGMENT_OF_CODE[111], "lost")

    def test_periods_are_those_of_the_calendar(self):
        day = date(2026, 6, 30)
        self.assertEqual(period_start(day, 1), date(2026, 6, 1))
        self.assertEqual(period_start(day, 3), date(2026, 4, 1))
        self.assertEqual(period_start(date(2026, 1, 1), 3), date(2026, 1, 1))
        self.assertEqual(period_start(date(2026, 12, 31), 3), date(2026, 10, 1))


@tagged("post_install", "-at_install")
class TestClasses(AnalysisCase):
    """ABC, XYZ and RFM of customers."""

    # ------------------------------------------------------------------
    # ABC
    # ------------------------------------------------------------------

    def _sell(self, *amounts):
        return [
            self._customer(f"Customer {index}", [("2026-03-15", amount)])
            for index, amount in enumerate(amounts)
        ]

    def test_abc_with_the_crossing_customer_inside(self):
        # revenue ahead: 0, 79, 89, 95 of 100; cuts 80 and 95
        partners = self._sell(79, 10, 6, 5)
        self._run()
        self.assertEqual(self._read(partners, "abc_class"), ["a", "a", "b", "c"])

    def test_abc_cut_is_not_inside(self):
        # revenue ahead: 0, 80, 95 of 100
        partners = self._sell(80, 15, 5)
        self._run()
        self.assertEqual(self._read(partners, "abc_class"), ["a", "b", "c"])

    def test_abc_of_one_customer_with_90_percent(self):
        partners = self._sell(900, 40, 30, 20, 10)
        self._run()
        classes = self._read(partners, "abc_class")
        self.assertEqual(classes, ["a", "b", "b", "c", "c"])

    def test_abc_zero_and_negative_are_a_class_of_their_own(self):
        partners = self._sell(80, 15, 5, 0, -50)
        long_ago = self._customer("Long ago", [("2024-03-15", 1000)])
        self._run()
        classes = self._read([*partners, long_ago], "abc_class")
        self.assertEqual(classes, ["a", "b", "c", "n", "n", "n"])

    def test_abc_of_equal_customers_goes_by_the_older_one(self):
        # revenue ahead: 0, 20, 40, 60, 80 of 100
        partners = self._sell(20, 20, 20, 20, 20)
        self._run()
        self.assertEqual(self._read(partners, "abc_class"), list("aaaab"))

    def test_abc_cuts_are_settings(self):
        self.policy.write({"abc_cut_a": 50, "abc_cut_b": 80})
        partners = self._sell(50, 30, 20)
        self._run()
        self.assertEqual(self._read(partners, "abc_class"), ["a", "b", "c"])

    # ------------------------------------------------------------------
    # XYZ: the quarters are Q2 2025 to Q1 2026
    # ------------------------------------------------------------------

    QUARTERS = ("2025-04-01", "2025-09-30", "2025-11-11", "2026-03-31")

    def _quarterly(self, *amounts):
        purchases = zip(self.QUARTERS, amounts, strict=True)
        return self._customer(str(amounts), [(day, sum_) for day, sum_ in purchases])

    def test_xyz_by_variation_of_quarters(self):
        partners = [
            self._quarterly(100, 100, 100, 100),
            self._quarterly(90, 110, 90, 110),  # 10 / 100
            self._quarterly(89, 111, 89, 111),  # 11 / 100
            self._quarterly(75, 125, 75, 125),  # 25 / 100
            self._quarterly(74, 126, 74, 126),  # 26 / 100
        ]
        self._run()
        self.assertEqual(
            self._read(partners, "xyz_class", "variation", "period_count"),
            [
                ("x", 0, 4),
                ("x", 0.1, 4),
                ("y", 0.11, 4),
                ("y", 0.25, 4),
                ("z", 0.26, 4),
            ],
        )

    def test_xyz_counts_an_empty_period_as_zero(self):
        # mean 75, variance (25² + 75² + 25² + 25²) / 4 = 1875
        days = ("2025-05-05", "2025-12-12", "2026-02-02")
        partner = self._customer("Gap", [(day, 100) for day in days])
        self._run()
        values = self._read([partner], "xyz_class", "variation", "period_count")
        self.assertEqual(values, [("z", 0.57735, 4)])

    def test_xyz_leaves_out_current_and_older_periods(self):
        partner = self._quarterly(100, 100, 100, 100)
        self._buy(partner, [("2026-04-01", 900), ("2025-03-31", 900)])
        self._run()
        self.assertEqual(self._read([partner], "xyz_class", "period_count"), [("x", 4)])

    def test_xyz_begins_with_the_first_purchase(self):
        self.policy.xyz_months = 24
        young = self._customer("Young", [(day, 100) for day in self.QUARTERS[1:]])
        enough = self._quarterly(100, 100, 100, 100)
        self._run()
        self.assertEqual(
            self._read([young, enough], "xyz_class", "period_count"),
            [("u", 3), ("x", 4)],
        )

    def test_xyz_money_before_the_first_purchase_does_not_count(self):
        partner = self._quarterly(100, 100, 100, 100)
        self.policy.xyz_months = 24
        self._buy(partner, [("2024-08-01", -30)])
        self._run()
        self.assertEqual(self._read([partner], "xyz_class", "variation"), [("x", 0)])

    def test_xyz_without_revenue_is_a_class_of_its_own(self):
        returned = self._quarterly(100, 50, -150, 0)
        refunded = self._quarterly(-10, -10, -10, -10)
        self._run()
        self.assertEqual(
            self._read([returned, refunded], "xyz_class", "variation"),
            [("n", 0), ("n", 0)],
        )

    def test_xyz_of_months(self):
        self.policy.xyz_period = "month"
        days = [f"2025-{month:02}-10" for month in range(6, 13)]
        days += [f"2026-{month:02}-10" for month in range(1, 6)]
        even = self._customer("Even", [(day, 100) for day in days])
        partner = self._quarterly(100, 100, 100, 100)
        self._run()
        # four of twelve months: mean 33.3, variance 2222.2; April is too old
        self.assertEqual(
            self._read([even, partner], "xyz_class", "variation", "period_count"),
            [("x", 0, 12), ("z", 1.732051, 12)],
        )

    def test_xyz_follows_the_calendar_and_the_settings(self):
        partner = self._quarterly(100, 100, 100, 100)
        self._run()
        self._run("2026-07-01")  # an empty quarter is over, the first one out
        self.assertEqual(
            self._read([partner], "variation", "period_count"), [(0.57735, 4)]
        )
        self.policy.xyz_period = "month"
        self._run("2026-07-01")
        # July 2025 to June 2026: three of twelve months with 100
        self.assertEqual(
            self._read([partner], "variation", "period_count"), [(1.732051, 12)]
        )

    # ------------------------------------------------------------------
    # RFM
    # ------------------------------------------------------------------

    def _rfm_story(self, count):
        """The more recent, the more purchases and the more money."""
        return [
            self._regular(
                str(number),
                *range(200 - 10 * number, 200 - 11 * number, -1),
                amount=number,
            )
            for number in range(1, count + 1)
        ]

    def test_rfm_of_five_customers(self):
        # percent ranks 0, 0.25, 0.5, 0.75, 1
        partners = self._rfm_story(5)
        self._run()
        self.assertEqual(
            self._read(partners, "rfm_r", "rfm_f", "rfm_m", "rfm_segment"),
            [
                (1, 1, 1, "lost"),
                (2, 2, 2, "hibernating"),
                (3, 3, 3, "potential"),
                (4, 4, 4, "loyal"),
                (5, 5, 5, "champions"),
            ],
        )

    def test_rfm_segment_follows_each_of_the_scores(self):
        # from the longest silence to the shortest, from five purchases to one
        partners = [
            self._regular(
                str(recency),
                *range(65 - 11 * recency, 59 - 10 * recency, -1),
                amount=60 * money / (6 - recency),
            )
            for recency, money in enumerate((3, 1, 5, 2, 4), 1)
        ]
        self._run()
        self.assertEqual(
            self._read(partners, "rfm_r", "rfm_f", "rfm_m", "rfm_segment"),
            [
                (1, 5, 3, "at_risk"),
                (2, 4, 1, "sleepy"),
                (3, 3, 5, "loyal"),
                (4, 2, 2, "new"),
                (5, 1, 4, "promising"),
            ],
        )

    def test_rfm_exactly_on_a_fifth_is_the_higher_score(self):
        # percent ranks 0, 0.2, 0.4, 0.6, 0.8, 1
        partners = self._rfm_story(6)
        self._run()
        self.assertEqual(self._read(partners, "rfm_m"), [1, 2, 3, 4, 5, 5])

    def test_rfm_equal_customers_have_equal_scores(self):
        same = [self._regular(f"Same {n}", 50, amount=10) for n in range(4)]
        best = self._regular("Best", 40, 30, amount=10)
        self._run()
        self.assertEqual(
            self._read([*same, best], "rfm_r", "rfm_f", "rfm_m"),
            [(1, 1, 1)] * 4 + [(5, 5, 5)],
        )

    def test_rfm_counts_days_and_net_money(self):
        twice = self._regular("Twice on a day", 50, 50, amount=10)
        once = self._regular("Once", 50, amount=30)
        self._buy(once, [("2026-06-01", -15)])
        self._run()
        self.assertEqual(self._read([twice, once], "rfm_f", "rfm_m"), [(1, 5), (1, 1)])
        self.assertEqual(self._read([twice, once], "rfm_r"), [1, 1])

    def test_rfm_is_for_customers_with_a_purchase_in_the_window(self):
        idle = self._regular("Idle", 366)
        refunded = self._customer("Refunded", [("2026-03-15", -10)])
        bought = self._regular("Bought", 364)
        self._run()
        values = self._read([idle, refunded, bought], "rfm_segment", "rfm_r")
        self.assertEqual(values, [(False, 0), (False, 0), ("lost", 1)])


@tagged("post_install", "-at_install")
class TestRhythm(AnalysisCase):
    """State, usual gap, expected order, money at risk."""

    def _state(self, *silences, **values):
        partner = self._regular(str(silences), *silences)
        return partner

    def test_states(self):
        partners = [
            self._customer("Refunded", [("2026-03-15", -10)]),
            self._regular("Once", 300),
            self._regular("Twice", 300, 20),
            self._regular("Regular", 100, 70, 40, 10),
            self._regular("Periodic", 200, 190, 100, 95),
            self._regular("Declining", 121, 91, 61),
            self._regular("Lost", 181, 151, 121),
        ]
        self._run()
        self.assertEqual(
            self._read(partners, "relation_state", "occasion_count"),
            [
                ("prospect", 0),
                ("one_off", 1),
                ("too_little", 2),
                ("regular", 4),
                ("lost", 4),
                ("declining", 3),
                ("lost", 3),
            ],
        )

    def test_declining_after_more_than_twice_the_median(self):
        partners = [
            self._regular("60", 120, 90, 60),
            self._regular("61", 121, 91, 61),
            self._regular("120", 180, 150, 120),
            self._regular("121", 181, 151, 121),
        ]
        self._run()
        self.assertEqual(
            self._read(partners, "relation_state"),
            ["regular", "declining", "declining", "lost"],
        )

    def test_lost_after_ninety_days_at_least(self):
        partners = [
            self._regular("90", 110, 100, 90),
            self._regular("91", 111, 101, 91),
        ]
        self._run()
        self.assertEqual(self._read(partners, "relation_state"), ["declining", "lost"])

    def test_regular_up_to_half_the_mean_gap(self):
        partners = [
            self._regular("10 and 30", 41, 31, 1),  # spread 10, mean 20
            self._regular("10 and 31", 42, 32, 1),  # spread 10.5, mean 20.5
        ]
        self._run()
        self.assertEqual(
            self._read(partners, "relation_state", "gap_median", "gap_spread"),
            [("regular", 20, 10), ("periodic", 20.5, 10.5)],
        )

    def test_thresholds_are_settings(self):
        self.policy.write(
            {
                "decline_factor": 1,
                "lost_factor": 2,
                "lost_days": 0,
                "regular_variation": 51.3,
            }
        )
        partners = [
            self._regular("10 and 31", 42, 32, 1),
            self._regular("31", 91, 61, 31),
            self._regular("61", 121, 91, 61),
        ]
        self._run()
        states = self._read(partners, "relation_state")
        self.assertEqual(states, ["regular", "declining", "lost"])

    def test_a_sale_credited_in_full_is_no_purchase(self):
        partner = self._regular("Credited", 50)
        [move] = self.env["account.move"].search([("partner_id", "=", partner.id)])
        move._reverse_moves([{"invoice_date": AS_OF, "date": AS_OF}], cancel=True)
        self._run()
        self.assertEqual(self._read([partner], "relation_state"), ["prospect"])

    def test_usual_gap_is_shrunk_towards_the_segment(self):
        # alike in recency and frequency, so both are of one segment
        own = self._regular("Own", 95, 65, 35, 5, amount=30)
        like = self._regular("Like", 35, 25, 15, 5, amount=30)
        once = self._regular("Once", 200, amount=1)
        self._run()
        segments = self._read([own, like, once], "rfm_segment")
        self.assertEqual(segments, ["potential", "potential", "lost"])
        # the segment: median of 30 and 10; nobody lost has a gap: of all customers
        self.assertEqual(
            self._read([own, like, once], "gap_median", "usual_gap"),
            [(30, (3 * 30 + 3 * 20) / 6), (10, (3 * 10 + 3 * 20) / 6), (0, 20)],
        )
        self.assertEqual(
            [str(day) for day in self._read([own, like, once], "expected_date")],
            ["2026-07-20", "2026-07-10", "2026-01-01"],
        )

    def test_rhythm_in_words(self):
        partners = [
            self._customer("Refunded", [("2026-03-15", -10)]),
            self._regular("Once", 66),
            self._regular("Silent", 128, 97, 66),
            self._regular("Buys", 62, 31, 0),
        ]
        self._run()
        self.assertEqual(
            self._read(partners, "rhythm"),
            [
                "has never bought",
                "bought once, 66 days ago",
                "orders every 31 days; last 66 days ago – 2.1 times the usual gap",
                "orders every 31 days; last on 06/30/2026",
            ],
        )

    # ------------------------------------------------------------------
    # Money at risk
    # ------------------------------------------------------------------

    def test_money_at_risk_is_the_year_up_to_the_last_purchase(self):
        partner = self._regular("Silent", 800, 465, 464, 430, 400, 370, 340, 310)
        self._run()
        profile = self._profile(partner)
        self.assertEqual(profile.relation_state, "lost")
        # the 365 days that end with the last purchase: 340 + 310 days ago count, too,
        # and 674 would be the first day
        self.assertEqual((profile.revenue, profile.money_at_risk), (200, 700))

    def test_money_at_risk_less_later_credit_notes(self):
        partner = self._regular("Silent", 200, 170, 140)
        self._buy(partner, [(day, -30) for day in days_before(20)])
        self._run()
        profile = self._profile(partner)
        self.assertEqual(profile.money_at_risk, 270)
        action = profile.with_context(figure="money_at_risk").action_explain()
        items = self.env["crm.customer.ledger"].search(action["domain"])
        self.assertEqual(sum(items.mapped("amount")), 270)

    def test_no_money_at_risk_where_nobody_slips_away(self):
        buys = self._regular("Buys", 60, 30, 0)
        gone = self._regular("Gone for a year", 500, 450, 400)
        returned = self._regular("Returned", 200, 170, 140)
        self._buy(returned, [(day, -400) for day in days_before(20)])
        self._run()
        self.assertEqual(
            self._read([buys, gone, returned], "relation_state", "money_at_risk"),
            [("regular", 0), ("lost", 0), ("lost", 0)],
        )

    def test_state_follows_the_days_without_documents(self):
        partner = self._regular("Silent", 60, 30, 0)
        self._run()
        states = []
        for days in (60, 61, 120, 121):
            self._run(days_before(-days)[0])
            states.append(self._profile(partner).relation_state)
        self.assertEqual(states, ["regular", "declining", "declining", "lost"])
        self.assertEqual(self._profile(partner).money_at_risk, 300)


@tagged("post_install", "-at_install")
class TestProperties(AnalysisCase):
    """The same customers told in other ways have the same classes."""

    #: days before the as-of day and amounts
    STORY = {
        "Big": [(400, 900), (300, 850), (210, 950), (120, 900), (30, 900)],
        "Middle": [(390, 100), (200, 110), (190, 40), (20, 120)],
        "Silent": [(330, 60), (300, 60), (270, 60), (240, 60.50)],
        "Declining": [(180, 30), (150, 30.01), (120, 30), (65, 20), (63, 10)],
        "New": [(5, 15)],
        "Refunded": [(50, -20)],
        "Nothing": [(80, 0)],
    }

    COLUMNS = (
        "abc_class",
        "xyz_class",
        "variation",
        "rfm_r",
        "rfm_f",
        "rfm_m",
        "rfm_segment",
        "relation_state",
        "usual_gap",
        "expected_date",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._tell(cls.company)
        cls._run()
        cls.other_company = cls.setup_other_company()["company"]

    @classmethod
    def _tell(cls, company, factor=1, as_of=AS_OF, buyers=None, **values):
        """Let new customers buy as the story has it.

        :param buyers: gives the contacts of a customer that buy in turn
        """
        partners = []
        for name, purchases in cls.STORY.items():
            partner = cls._partner(name)
            contacts = buyers(partner) if buyers else [partner]
            for index, (days, amount) in enumerate(purchases):
                [day] = days_before(days, as_of=as_of)
                cls._buy(
                    contacts[index % len(contacts)],
                    [(day, amount * factor)],
                    company_id=company.id,
                    **values,
                )
            partners.append(partner)
        return partners

    def _classes(self, partners, company=None, columns=COLUMNS):
        return [
            tuple(self._profile(partner, company)[name] for name in columns)
            for partner in partners
        ]

    def _assert_same(self, partners, company, as_of=AS_OF, columns=COLUMNS):
        policy = self.env["crm.loyalty.policy"]._get(company)
        self._run(as_of, policy=policy)
        expected = self._classes(self.partners, columns=columns)
        self.assertEqual(self._classes(partners, company, columns), expected)

    def test_the_story_has_all_kinds(self):
        values = self._classes(
            self.partners, columns=("abc_class", "xyz_class", "relation_state")
        )
        self.assertEqual(
            values,
            [
                ("a", "x", "regular"),
                ("b", "z", "periodic"),
                ("b", "u", "lost"),
                ("c", "u", "declining"),
                ("c", "u", "one_off"),
                ("n", "u", "prospect"),
                ("n", "u", "one_off"),
            ],
        )

    def test_times_1000(self):
        partners = self._tell(self.other_company, factor=1000)
        self._assert_same(partners, self.other_company)

    def test_three_contacts_of_each_customer_buy(self):
        def contacts(partner):
            return self.env["res.partner"].create(
                [{"name": f"Shop {n}", "parent_id": partner.id} for n in range(3)]
            )

        partners = self._tell(self.other_company, buyers=contacts)
        self._assert_same(partners, self.other_company)

    def test_invoice_and_full_credit_note(self):
        before = self._classes(self.partners)
        for partner in self.partners:
            [move] = self._buy(partner, [(days_before(45)[0], 777)])
            move._reverse_moves(
                [{"invoice_date": move.date, "date": move.date}], cancel=True
            )
        self._run()
        self.assertEqual(self._classes(self.partners), before)

    def test_another_currency_at_the_rate_of_the_document(self):
        foreign = self.setup_other_currency("CHF", rates=[("2024-01-01", 2.0)])
        partners = self._tell(self.other_company, factor=2, currency_id=foreign.id)
        self._assert_same(partners, self.other_company)

    def test_documents_of_a_second_company(self):
        before = self._classes(self.partners)
        for partner in self.partners:
            self._buy(
                partner,
                [(days_before(15)[0], 5000)],
                company_id=self.other_company.id,
            )
        self._run()
        self.assertEqual(self._classes(self.partners), before)

    def test_100_days_later(self):
        [as_of] = days_before(-100)
        partners = self._tell(self.other_company, as_of=as_of)
        columns = tuple(
            name
            for name in self.COLUMNS
            if name not in ("xyz_class", "variation", "expected_date")
        )
        self._assert_same(partners, self.other_company, as_of, columns)

    def test_one_customer_and_none(self):
        policy = self.env["crm.loyalty.policy"]._get(self.other_company)
        run = self._run(policy=policy)
        self.assertEqual(run.profiles_written, 0)
        partner = self._partner("Only")
        self._buy(partner, [("2026-06-01", 10)], company_id=self.other_company.id)
        self._run(policy=policy)
        self.assertEqual(
            self._classes([partner], self.other_company),
            [("a", "u", 0, 1, 1, 1, "lost", "one_off", 0, False)],
        )


@tagged("post_install", "-at_install")
class TestProducts(AnalysisCase):
    """ABC and XYZ of products, by the same rules, on months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = cls.env["product.product"].create(
            [{"name": name, "taxes_id": False} for name in ("Even", "Odd", "Free")]
        )
        cls.buyer = cls._partner("Buyer")
        days = [f"2025-{month:02}-10" for month in range(6, 13)]
        days += [f"2026-{month:02}-10" for month in range(1, 6)]
        for index, day in enumerate(days):
            lines = [
                cls._line(amount, product_id=product_id)
                for product_id, amount in zip(
                    cls.products.ids, (80, 40 * (index % 2), 0), strict=True
                )
            ]
            cls._invoice(cls.buyer, date=day, lines=lines)

    def _products(self, *names, company=None):
        rows = (
            self.env["crm.product.class"]
            .search([("company_id", "=", (company or self.company).id)])
            .sorted(lambda row: row.product_id.id)
        )
        self.assertEqual(rows.product_id, self.products)
        return [tuple(row[name] for name in names) for row in rows]

    def test_products_by_the_rules_of_customers(self):
        self._run()
        # 11 of 12 months lie in the window, all of them in the compared months
        self.assertEqual(
            self._products("revenue", "abc_class", "xyz_class", "variation"),
            [(880, "a", "x", 0), (240, "a", "z", 1), (0, "n", "n", 0)],
        )
        self.policy.abc_cut_a = 78.5  # 880 of 1120 are 78.57 %
        self.env.invalidate_all()
        self.assertEqual(self._products("abc_class"), [("a",), ("b",), ("n",)])

    def test_products_on_quarters(self):
        self.policy.product_xyz_period = "quarter"
        self._run()
        # Q2 2025 (June only) to Q1 2026: 80, 240, 240, 240
        self.assertEqual(
            self._products("xyz_class", "variation", "period_count")[0],
            ("z", 0.34641, 4),
        )

    def test_products_sold_to_insiders_and_later_do_not_count(self):
        employee = self._partner("Employee", employee=True)
        lines = [self._line(500, product_id=self.products[1].id)]
        self._invoice(employee, lines=lines)
        lines = [self._line(500, product_id=self.products[1].id)]
        self._invoice(self.buyer, date="2026-07-01", lines=lines)
        self._run()
        self.assertEqual(self._products("revenue")[1], (240,))

    def test_products_of_another_company(self):
        other = self.setup_other_company()["company"]
        self._run()
        before = self._products("revenue", "abc_class", "xyz_class")
        lines = [self._line(9, product_id=self.products[1].id)]
        self._invoice(self.buyer, lines=lines, company_id=other.id)
        policy = self.env["crm.loyalty.policy"]._get(other)
        self._run(policy=policy)
        self.assertEqual(self._products("revenue", "abc_class", "xyz_class"), before)
        rows = self.env["crm.product.class"].search([("company_id", "=", other.id)])
        self.assertEqual(
            [(row.product_id, row.revenue, row.abc_class) for row in rows],
            [(self.products[1], 9, "a")],
        )

    def test_products_without_any_run(self):
        self.assertFalse(self.env["crm.product.class"].search([]))

    def test_products_are_for_those_who_see_all_customers(self):
        self._run()
        model = self.env["crm.product.class"]
        seller = self._user("class_seller", "sales_team.group_sale_salesman")
        head = self._user("class_head", "sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            model.with_user(seller).search([])
        rows = model.with_user(head).search([])
        self.assertEqual(sum(rows.mapped("revenue")), 1120)


@tagged("post_install", "-at_install")
class TestAnalysisRights(AnalysisCase):
    """Salespeople see tier and state; ABC, XYZ and RFM are for their heads."""

    HIDDEN = (
        "abc_class",
        "xyz_class",
        "variation",
        "period_count",
        "rfm_r",
        "rfm_f",
        "rfm_m",
        "rfm_segment",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("rhythm_seller", "sales_team.group_sale_salesman")
        cls.head = cls._user("rhythm_head", "sales_team.group_sale_salesman_all_leads")
        cls.partner = cls._regular("Mine", 121, 91, 61, user_id=cls.seller.id)
        cls._run()

    def test_a_salesperson_sees_the_state_of_his_customers(self):
        profile = self._profile(self.partner).with_user(self.seller)
        [values] = profile.read(["relation_state", "rhythm", "money_at_risk"])
        self.assertEqual(values["relation_state"], "declining")
        self.assertEqual(values["money_at_risk"], 300)
        self.assertIn("61 days ago", values["rhythm"])
        groups = self.profiles.with_user(self.seller).formatted_read_group(
            [], ["relation_state"], ["__count"]
        )
        self.assertEqual([group["__count"] for group in groups], [1])

    def test_a_salesperson_sees_no_class(self):
        profiles = self.profiles.with_user(self.seller)
        profile = self._profile(self.partner).with_user(self.seller)
        for name in self.HIDDEN:
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    profile.read([name])
                with self.assertRaises(AccessError):
                    profiles.search([(name, "!=", False)])
                with self.assertRaises(AccessError):
                    profiles.search([], order=name)
                with self.assertRaises(AccessError):
                    profiles.formatted_read_group([], [name], ["__count"])
        self.assertFalse(set(self.HIDDEN) & profiles.fields_get().keys())

    def test_a_salesperson_opens_the_views(self):
        for view in ("list", "form", "search"):
            arch = self.profiles.with_user(self.seller).get_view(view_type=view)["arch"]
            self.assertNotIn("abc_class", arch)
            self.assertIn("relation_state", arch)

    def test_a_head_sees_and_groups_by_classes(self):
        profile = self._profile(self.partner).with_user(self.head)
        [values] = profile.read(self.HIDDEN)
        self.assertEqual(values["abc_class"], "a")
        groups = self.profiles.with_user(self.head).formatted_read_group(
            [], ["abc_class", "xyz_class", "rfm_segment"], ["revenue:sum"]
        )
        self.assertEqual([group["revenue:sum"] for group in groups], [300])


@tagged("post_install", "-at_install")
class TestAnalysisSettings(AnalysisCase):
    """Settings that could mean nothing are refused."""

    def test_wrong_settings_are_refused(self):
        for values in (
            {"abc_cut_a": 95},
            {"abc_cut_b": 101},
            {"abc_cut_a": 0},
            {"xyz_cut_x": 25},
            {"xyz_months": 9},
            {"xyz_months": 13},
            {"lost_factor": 2},
            {"decline_factor": 0.5},
            {"lost_days": -1},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.policy.write(values)
                self.policy.flush_recordset()
