# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import date

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools.service_schedule import Pool, Schedule
from .common import AS_OF
from .service_common import DAY, ServiceCase


@tagged("post_install", "-at_install")
class TestSchedule(TransactionCase):
    """Which days count at which rates; no database."""

    def test_one_card_counts_for_everything_before_it_too(self):
        schedule = Schedule(
            date(2025, 7, 1), date(2026, 6, 30), [(date(2026, 5, 1), {"order": 5})]
        )
        self.assertEqual(schedule.bounds, [date(2025, 7, 1), date(2026, 7, 1)])
        self.assertEqual(schedule.get_rates(), [("order", 1, 5)])

    def test_a_later_card_divides_the_window(self):
        schedule = Schedule(
            date(2025, 7, 1),
            date(2026, 6, 30),
            [
                (date(2025, 1, 1), {"order": 5}),
                (date(2026, 1, 1), {"order": 6, "call": 2}),
                (date(2026, 8, 1), {"order": 9}),
            ],
        )
        self.assertEqual(
            schedule.bounds, [date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1)]
        )
        self.assertEqual(
            schedule.get_rates(), [("order", 1, 5), ("order", 2, 6), ("call", 2, 2)]
        )

    def test_pools_may_begin_before_the_window(self):
        pool = Pool(7, "order", date(2025, 6, 1), date(2025, 7, 31), 100)
        other = Pool(8, "order", date(2025, 8, 1), date(2025, 8, 31), 100)
        schedule = Schedule(date(2025, 7, 1), date(2026, 6, 30), pools=[pool, other])
        self.assertEqual(schedule.get_pool_slices(pool), [1, 2])
        self.assertEqual(schedule.get_window_slices(), [2, 3, 4])
        self.assertEqual(
            schedule.get_periods("order"), [(date(2025, 6, 1), date(2025, 8, 31))]
        )
        self.assertEqual(
            schedule.get_periods("direct"), [(date(2025, 7, 1), date(2026, 6, 30))]
        )
        self.assertEqual(schedule.get_periods("call"), [])


@tagged("post_install", "-at_install")
class TestService(ServiceCase):
    """Drivers, rates, direct costs and what is left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._partner("Buyer")
        cls._invoice(cls.buyer, 1000)

    # ------------------------------------------------------------------
    # Drivers
    # ------------------------------------------------------------------

    def test_orders_and_lines(self):
        self._rates(order=5, order_line=0.5)
        contact = self._partner("Contact", is_company=False, parent_id=self.buyer.id)
        self._order(self.buyer, lines=3)
        self._order(contact, lines=1, date=self._day(0))
        self._order(self.buyer, date=self._day(364))
        # outside the window, not confirmed, after the as-of day
        self._order(self.buyer, date=self._day(365))
        self._order(self.buyer, date="2026-07-01")
        self.env["sale.order"].create({"partner_id": self.buyer.id})
        self._run()
        self.assertEqual(
            self._found(self.buyer), {"order": (3, 15), "order_line": (5, 2.5)}
        )
        self.assertEqual(self._profile(self.buyer).service_cost, 17.5)

    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Asia/Vladivostok"
        self._rates(order=5)
        order = self._order(self.buyer)
        order.date_order = "2026-06-30 14:30:00"  # half past midnight on 1 July there
        self._run()
        self.assertEqual(self._found(self.buyer), {})
        order.date_order = "2026-06-30 13:30:00"
        self._run()
        self.assertEqual(self._found(self.buyer)["order"], (1, 5))

    def test_deliveries_late_split_and_returned(self):
        self._rates(delivery=7, **{"return": 20})
        shop = self._partner("Shop of a third party")
        order = self._order(
            self.buyer, product=self.goods, quantity=2, partner_shipping_id=shop.id
        )
        first = self._deliver(order, 1)
        first.move_ids.date_deadline = f"{DAY} 08:00:00"
        backorder = order.picking_ids - first
        self._deliver(order, 1)
        backorder.move_ids.date_deadline = f"{DAY} 08:00:00"
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=first.id)
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        back = wizard._create_return()
        back.move_ids.write({"quantity": 1, "picked": True})
        back._action_done()
        back.date_done = f"{DAY} 15:00:00"
        self._run()
        found = self._found(self.buyer)
        self.assertEqual(found["delivery"], (2, 14))
        self.assertEqual(found["return"], (1, 20))
        # the backorder is a second stop; nobody typed what that costs
        self.assertEqual(found["late_delivery"], (1, False))
        self.assertEqual(self._found(shop), {})
        first.date_done = "2026-03-20 12:00:00"
        self._run()
        self.assertEqual(self._found(self.buyer)["late_delivery"], (2, False))

    def test_visits_and_calls(self):
        self._rates(visit=100, call=10)
        people = self.env["res.partner"].create(
            [{"name": f"Person {i}", "parent_id": self.buyer.id} for i in range(2)]
        )
        other = self._partner("Other")
        self._visit(people | other | self.env.user.partner_id)
        self._visit(self.buyer, date="2026-07-05")  # is still to come
        self._call(people[0])
        self._call(self._order(self.buyer))
        self._call(self.env["crm.lead"].create({"name": "L", "partner_id": other.id}))
        people[0].activity_schedule("mail.mail_activity_data_call")  # not made yet
        people[0].message_post(body="Hello")
        self._run()
        self.assertEqual(self._found(self.buyer)["visit"], (1, 100))
        self.assertEqual(self._found(self.buyer)["call"], (2, 20))
        # a prospect costs, too, though it has no profile
        self.assertEqual(self._found(other), {"visit": (1, 100), "call": (1, 10)})
        self.assertFalse(self._profile(other))
        # our own people are no customers
        self.assertEqual(self._found(self.env.user.partner_id), {})

    def test_credit_notes_and_discount(self):
        self._rates(order=1)
        self._invoice(self.buyer, -100)
        self._invoice(self.buyer, lines=[self._line(200, discount=10)])
        self._run()
        found = self._found(self.buyer)
        self.assertEqual(found["credit_note"], (1, False))
        self.assertEqual(found["discount"], (20, False))

    def test_interest_on_overdue_days(self):
        """10 % a year: 1000 x 50 days paid late, 500 x 30 days still open."""
        self._rates(overdue=10)
        terms = {"invoice_payment_term_id": False}
        paid = self._invoice(
            self.buyer, 1000, "2026-01-10", invoice_date_due="2026-01-20", **terms
        )
        self._invoice(
            self.buyer, 500, "2026-05-21", invoice_date_due="2026-05-31", **terms
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=paid.ids
        ).create({"payment_date": "2026-03-11"})._create_payments()
        # the invoice of setUp is due on its own day
        first = self.env["account.move"].search(
            [("partner_id", "=", self.buyer.id), ("amount_total", "=", 1000)],
            order="id",
        )[0]
        first.button_draft()
        self._run()
        quantity, amount = self._found(self.buyer)["overdue"]
        self.assertEqual(quantity, 50 * 1000 + 30 * 500)
        self.assertEqual(amount, 17.81)  # 65000 x 10 % / 365

    def test_a_rate_nobody_typed_is_unknown(self):
        self._rates(order=5)
        self._order(self.buyer)
        self._visit(self.buyer)
        self._run()
        found = self._found(self.buyer)
        self.assertEqual(found["order"], (1, 5))
        self.assertEqual(found["visit"], (1, False))
        self.assertIs(found["visit"][1], False)
        lines = {
            line["name"]: line for line in self._profile(self.buyer).statement["lines"]
        }
        self.assertIsNone(lines["service_visit"]["amount"])
        self.assertEqual(lines["service_order"]["amount"], -5)
        self.assertEqual(lines["service_order"]["basis"], "1 x 5.00 per order")

    def test_a_rate_of_zero_is_known(self):
        self._rates(order=0)
        self._order(self.buyer)
        self._run()
        self.assertEqual(self._found(self.buyer)["order"], (1, 0))
        self.assertIsNot(self._found(self.buyer)["order"][1], False)

    def test_rates_with_validity(self):
        self._rates("2025-01-01", order=5)
        self._rates("2026-03-18", order=8)
        self._order(self.buyer, date="2026-03-17")
        self._order(self.buyer, date="2026-03-18")
        self._run()
        self.assertEqual(self._found(self.buyer)["order"], (2, 13))

    # ------------------------------------------------------------------
    # Direct costs
    # ------------------------------------------------------------------

    def test_bills_of_the_customer_are_direct_costs(self):
        self._rates(order=5)
        self._bill(self.buyer, 100)
        self._bill(self.buyer, -30)
        self._bill(self.buyer, 50, product=self.goods)  # trade, not service
        self._bill(self._partner("Landlord"), 900)  # is no customer
        self._bill(self.buyer, 70, date=self._day(365))
        self._run()
        self.assertEqual(self._found(self.buyer), {"direct": (70, 70)})
        profile = self._profile(self.buyer)
        # revenue 1000, one hour at a cost of 60
        self.assertEqual(
            (profile.direct_cost, profile.service_cost, profile.service_profit),
            (70, 0, 870),
        )
        self.assertEqual(len(self.ledger.search([("driver", "=", "direct")])), 1)

    def test_analytic_account_of_the_customer(self):
        self._rates(order=5)
        plan = self.env["account.analytic.plan"].create({"name": "Customers"})
        account = self.env["account.analytic.account"].create(
            {"name": "Buyer", "plan_id": plan.id, "partner_id": self.buyer.id}
        )
        distribution = {"analytic_distribution": {str(account.id): 100}}
        self._bill(self._partner("Carrier"), 40, **distribution)
        # of the customer itself and on its account: once
        self._bill(self.buyer, 25, **distribution)
        self._invoice(
            self.buyer, lines=[self._line(500, **distribution)], date="2026-03-20"
        )
        self._run()
        self.assertEqual(self._found(self.buyer)["direct"], (65, 65))

    # ------------------------------------------------------------------
    # Profit
    # ------------------------------------------------------------------

    def test_profit_after_service_and_its_statement(self):
        self._rates(order=5, visit=100)
        self._order(self.buyer)
        self._visit(self.buyer)
        self._bill(self.buyer, 100)
        self._run()
        profile = self._profile(self.buyer)
        self.assertEqual(profile.service_cost, 105)
        self.assertEqual(profile.service_profit, 735)  # 1000 - 60 - 100 - 105
        statement = profile.statement
        amounts = {line["name"]: line["amount"] for line in statement["lines"]}
        self.assertEqual(
            amounts,
            {
                "gross": 1000,
                "discount": 0,
                "revenue": 1000,
                "cost": -60,
                "margin": 940,
                "direct_cost": -100,
                "service_order": -5,
                "service_order_line": None,
                "service_visit": -100,
                "service_cost": -105,
                "service_profit": 735,
            },
        )
        self.assertEqual(statement["lines"][-1]["share"], 73.5)
        self.assertEqual(statement["state"], "unconfirmed")

    def test_profit_is_unknown_with_the_cost_of_goods(self):
        self._rates(order=5)
        nobody_knows = self.env["product.product"].create(
            {"name": "Costless", "type": "service", "taxes_id": False}
        )
        partner = self._partner("Opaque")
        self._invoice(partner, lines=[self._line(100, product_id=nobody_knows.id)])
        self._order(partner)
        self._run()
        profile = self._profile(partner)
        self.assertIs(profile.service_profit, False)
        self.assertEqual(profile.service_cost, 5)
        amounts = {line["name"]: line["amount"] for line in profile.statement["lines"]}
        self.assertIsNone(amounts["margin"])
        self.assertIsNone(amounts["service_profit"])

    def test_nothing_is_counted_without_rates(self):
        self._order(self.buyer)
        self._bill(self.buyer, 100)
        self._run()
        profile = self._profile(self.buyer)
        self.assertEqual(self._service_rows()[0], [])
        self.assertIs(profile.service_cost, False)
        self.assertIs(profile.service_profit, False)
        self.assertEqual(profile.service_state, "none")
        card = self._rates(order=5)
        self._run()
        self.assertEqual(self._profile(self.buyer).service_cost, 5)
        card.unlink()
        self._run()
        self.assertEqual(self._service_rows()[0], [])
        self.assertIs(self._profile(self.buyer).service_cost, False)

    def test_groups_add_up_their_entities(self):
        shop = self._partner("Shop")
        self._invoice(shop, 500)
        self._rates(order=5)
        self._order(self.buyer)
        self._order(shop)
        self._bill(shop, 10)
        self.env["crm.customer.group"].create(
            {
                "name": "Chain",
                "partner_id": self.buyer.id,
                "state": "confirmed",
                "member_ids": [
                    Command.create({"partner_id": p.id, "date_from": "2025-01-01"})
                    for p in (self.buyer, shop)
                ],
            }
        )
        self._run()
        profile = self._profile(self.buyer)
        self.assertEqual(profile.entity_count, 2)
        # 1500 of revenue, two hours at 60
        self.assertEqual(
            (profile.direct_cost, profile.service_cost, profile.service_profit),
            (10, 10, 1360),
        )
        rows = self.ledger.search([("customer_id", "=", self.buyer.id)])
        self.assertEqual(rows.partner_id, self.buyer | shop)

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    def test_a_second_run_writes_nothing(self):
        self._rates(order=5, overdue=8, visit=10)
        self._order(self.buyer)
        self._visit(self.buyer)
        self._bill(self.buyer, 10)
        self._run()
        before = self._service_rows()
        for full in (False, True):
            run = self._run(full=full)
            self.assertEqual((run.profiles_written, run.facts_written), (0, 0))
        self.assertEqual(self._service_rows(), before)

    def test_what_is_gone_is_taken_out(self):
        self._rates(order=5)
        order = self._order(self.buyer)
        self._run()
        order._action_cancel()
        run = self._run()
        self.assertEqual(self._found(self.buyer), {})
        self.assertEqual(self._profile(self.buyer).service_cost, 0)
        self.assertEqual(run.profiles_written, 3)  # two drivers and the profile

    def test_documents_of_a_second_company_change_nothing(self):
        self._rates(order=5, visit=5)
        self._order(self.buyer)
        self._run()
        before = self._service_rows()
        other = self.setup_other_company()["company"]
        self._rates(order=900, company=other)
        stranger = self.env.user.copy({"login": "stranger"})
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self._visit(self.buyer, user_id=stranger.id)
        self._order(self.buyer, company_id=other.id)
        self._run()
        self.assertEqual(self._service_rows(), before)
        self._run(policy=self.env["crm.loyalty.policy"]._get(other))
        self.assertEqual(self._found(self.buyer, other)["order"], (1, 900))

    def test_times_thousand(self):
        """All amounts and rates times 1000: figures times 1000, same tiers."""
        partners = [self.buyer, *self._six_customers("2026-04-01")]
        card = self._rates(order=5, confirm=True)
        for partner in partners:
            self._order(partner)
        self.policy.value_basis = "profit"
        self._decide()
        tiers = [self._profile(partner).tier_id for partner in partners]
        profits = [self._profile(partner).service_profit for partner in partners]
        self.assertTrue(any(tiers))
        for move in self.env["account.move"].search(
            [("company_id", "=", self.company.id)]
        ):
            move.button_draft()
            for line in move.invoice_line_ids:
                line.price_unit *= 1000
            move.action_post()
        self.env.cr.execute(
            "UPDATE crm_customer_line_cost SET cost = cost * 1000 WHERE line_id IN"
            " (SELECT id FROM account_move_line WHERE company_id = %s)",
            [self.company.id],
        )
        card.rate_ids.filtered("rate").rate = 5000
        card.write({"confirmed_on": AS_OF})
        self._run(full=True)
        self.policy._apply_tiers(AS_OF)
        self.assertEqual(
            [self._profile(p).service_profit for p in partners],
            [1000 * profit for profit in profits],
        )
        self.assertEqual([self._profile(p).tier_id for p in partners], tiers)

    def test_bills_in_another_currency_count_at_their_rate(self):
        self._rates(order=5)
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        bill = self._bill(self.buyer, 100)
        bill.button_draft()
        bill.currency_id = currency
        bill.invoice_line_ids.price_unit = 200
        bill.action_post()
        self._run()
        self.assertEqual(self._found(self.buyer)["direct"], (100, 100))

    def test_merging_two_customers(self):
        twin = self._partner("Twin")
        self._invoice(twin, 500)
        self._rates(order=5)
        self._order(self.buyer)
        self._order(twin)
        self._run()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.buyer | twin).ids, self.buyer)
        self._run()
        self.assertEqual(self._found(self.buyer)["order"], (2, 10))
        self.assertEqual(self._profile(self.buyer).service_profit, 1500 - 120 - 10)

    # ------------------------------------------------------------------
    # Explain
    # ------------------------------------------------------------------

    def _explain(self, figure):
        profile = self._profile(self.buyer)
        return profile.with_context(figure=figure).action_explain()

    def test_each_driver_opens_its_documents(self):
        self._rates(order=5)
        order = self._order(self.buyer, lines=2, product=self.goods)
        transfer = self._deliver(order)
        visit = self._visit(self.buyer)
        call = self._call(self.buyer)
        bill = self._bill(self.buyer, 10)
        self._run()
        expected = {
            "order": order,
            "order_line": order,
            "delivery": transfer,
            "visit": visit,
            "call": self.buyer,
            "direct": bill,
        }
        self.assertTrue(call)
        for driver, document in expected.items():
            with self.subTest(driver=driver):
                action = self._explain(f"service_{driver}")
                rows = self.documents.search(action["domain"])
                quantity = self._found(self.buyer)[driver][0]
                self.assertEqual(sum(rows.mapped("quantity")), quantity)
                opened = rows[0].action_open_document()
                self.assertEqual(
                    (opened["res_model"], opened["res_id"]),
                    (document._name, document.id),
                )

    def test_all_drivers_add_up(self):
        self._rates(order=5, overdue=10)
        self._order(self.buyer)
        self._invoice(
            self.buyer,
            lines=[self._line(200, discount=10)],
            invoice_date_due="2026-04-15",
        )
        self._invoice(self.buyer, -50)
        self._run()
        rows = self.ledger.search([("partner_id", "=", self.buyer.id)])
        self.assertEqual(
            set(rows.mapped("driver")),
            {"order", "order_line", "discount", "credit_note", "overdue"},
        )
        for row in rows:
            with self.subTest(driver=row.driver):
                found = self.documents.search(row.action_open_documents()["domain"])
                self.assertAlmostEqual(sum(found.mapped("quantity")), row.quantity, 2)

    def test_a_document_since_the_run_is_taken_in_first(self):
        self._rates(order=5)
        self._order(self.buyer)
        today = self.policy._get_today()
        self._run(today)
        self._order(self.buyer, date=str(today))
        action = self._explain("service_order")
        self.assertEqual(self._found(self.buyer)["order"], (2, 10))
        self.assertEqual(len(self.documents.search(action["domain"])), 2)

    def test_a_cell_of_the_pivot_opens_its_documents(self):
        other = self._partner("Other")
        self._rates(order=5)
        orders = self._order(self.buyer) | self._order(other)
        self._run()
        action = self.ledger.action_open_cell(
            [("driver", "=", "order"), ("company_id", "=", self.company.id)]
        )
        rows = self.documents.search(action["domain"])
        self.assertEqual(set(rows.mapped("document_id")), set(orders.ids))
        with self.assertRaisesRegex(UserError, "nothing behind"):
            self.ledger.action_open_cell([("driver", "=", "visit")])

    # ------------------------------------------------------------------
    # Rates
    # ------------------------------------------------------------------

    def test_a_new_card_asks_for_seven_numbers(self):
        card = self.env["crm.loyalty.rate.card"].create({"date_from": "2026-01-01"})
        self.assertEqual(
            card.rate_ids.mapped("driver"),
            ["order", "order_line", "delivery", "return", "visit", "call", "overdue"],
        )
        self.assertEqual(card.rate_ids.mapped("rate"), [False] * 7)
        with Form(card) as form, form.rate_ids.edit(0) as line:
            line.rate = 12.5
        self.assertEqual(card.rate_ids[0].rate, 12.5)
        card.rate_ids[0].rate = False
        self.assertIs(card.rate_ids[0].rate, False)

    def test_confirming_and_changing_again(self):
        card = self._rates(order=5)
        self._run()
        self.assertEqual(self._profile(self.buyer).service_state, "unconfirmed")
        self.assertIn("nobody has confirmed", self._profile(self.buyer).service_notice)
        card.action_confirm()
        self.assertEqual(card.confirmed_by_id, self.env.user)
        self.profiles.invalidate_model()
        self.assertEqual(self._profile(self.buyer).service_state, "confirmed")
        self.assertIn(self.env.user.name, self._profile(self.buyer).service_notice)
        rate = card.rate_ids.filtered(lambda rate: rate.driver == "order")
        rate.rate = 5
        self.assertTrue(card.confirmed_on)
        rate.rate = 6
        self.assertFalse(card.confirmed_on)
        self.assertFalse(card.confirmed_by_id)

    def test_zero_typed_for_an_unknown_rate_is_confirmed_again(self):
        card = self._rates(order=5, confirm=True)
        visit = card.rate_ids.filtered(lambda rate: rate.driver == "visit")
        visit.rate = False
        self.assertTrue(card.confirmed_on)
        visit.rate = 0
        self.assertFalse(card.confirmed_on)

    def test_an_empty_card_cannot_be_confirmed(self):
        card = self._rates()
        with self.assertRaisesRegex(UserError, "at least one rate"):
            card.action_confirm()

    def test_proposals_from_salaries_and_freight(self):
        accounts = self.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": "expense"}
                for name, code in (("Salaries", "690001"), ("Freight out", "690002"))
            ]
        )
        today = self.policy._get_today()
        vendor = self._partner("Payroll office")
        for account, amount in zip(accounts, (1000, 90), strict=True):
            self._bill(vendor, amount, date=str(today), account_id=account.id)
        for _number in range(3):
            order = self._order(self.buyer, product=self.goods, date=str(today))
            self._deliver(order, date=str(today))
        card = self.env["crm.loyalty.rate.card"].create(
            {"date_from": "2026-01-01", "salary_share": 50}
        )
        card.salary_account_ids = accounts[0]
        card.freight_account_ids = accounts[1]
        card.rate_ids.filtered(lambda r: r.driver == "order").minutes = 20
        card.rate_ids.filtered(lambda r: r.driver == "order_line").minutes = 5
        card.action_propose()
        proposals = {rate.driver: rate.proposal for rate in card.rate_ids}
        # 500 for three orders of 20 minutes and three lines of 5: 75 minutes
        self.assertEqual(proposals["order"], 133.33)
        self.assertEqual(proposals["order_line"], 33.33)
        self.assertEqual(proposals["delivery"], 30)
        self.assertIs(proposals["overdue"], False)
        rate = card.rate_ids.filtered(lambda r: r.driver == "delivery")
        self.assertIn("/ 3 deliveries", rate.proposal_note)
        self.assertIs(rate.rate, False)  # until somebody accepts it
        rate.action_accept()
        self.assertEqual(rate.rate, 30)

    def test_proposals_find_the_accounts_by_name(self):
        self.env["account.account"].create(
            {"name": "Оплата труда", "code": "690003", "account_type": "expense"}
        )
        card = self.env["crm.loyalty.rate.card"].create({"date_from": "2026-01-01"})
        card.action_propose()
        self.assertIn("690003", card.salary_account_ids.mapped("code"))

    def test_rates_of_a_branch_are_those_of_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        with self.assertRaisesRegex(ValidationError, "is a branch"):
            self._rates(company=branch)
        self.env.user.company_ids |= branch
        self._rates(order=5)
        order = self._order(self.buyer)
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s",
            [branch.id, order.id],
        )
        self._run()
        self.assertEqual(self._found(self.buyer)["order"], (1, 5))

    @mute_logger("odoo.sql_db")
    def test_negative_rates_are_refused(self):
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self._rates(order=-1)


@tagged("post_install", "-at_install")
class TestServicePools(ServiceCase):
    """Pools are shared out to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.service_mode = "pools"
        cls.customers = [cls._partner(f"Customer {number}") for number in range(7)]
        for partner in cls.customers:
            cls._invoice(partner, 100)

    def _amounts(self, driver="order"):
        return [
            self._found(partner).get(driver, (0, 0))[1] for partner in self.customers
        ]

    def test_seven_customers_and_a_pool_of_hundred(self):
        pool = self._pool(100.0)
        for partner in self.customers:
            self._order(partner)
        self._run()
        amounts = self._amounts()
        # 100 / 7 = 14.2857…: two cents are left over, for the oldest contacts
        self.assertEqual(amounts, [14.29, 14.29, 14.29, 14.29, 14.28, 14.28, 14.28])
        self.assertEqual(round(sum(amounts), 2), 100.0)
        self.assertEqual((pool.amount, pool.quantity, pool.allocated), (100, 7, 100))
        self.assertEqual(pool.rate, 14.2857)
        self.assertEqual(pool.unallocated, 0)

    def test_unequal_shares_and_several_pools(self):
        self._pool(0.05, name="Cents")
        self._pool(1000.01, name="More")
        self._pool(10, driver="visit")
        for number, partner in enumerate(self.customers[:3], start=1):
            for _order in range(number):
                self._order(partner)
        self._visit(self.customers[6])
        self._run()
        # 1, 2 and 3 of 6: 0.0083 0.0167 0.025 and 166.668… 333.337 500.005
        self.assertEqual(self._amounts()[:3], [166.68, 333.36, 500.02])
        self.assertEqual(self._amounts("visit")[6], 10)
        self.assertEqual(round(sum(self._amounts()), 2), 1000.06)

    def test_a_pool_without_driver_stays_visible(self):
        pool = self._pool(100, driver="visit")
        self._run()
        self.assertEqual((pool.amount, pool.allocated), (100, 0))
        self.assertEqual(pool.unallocated, 100)
        self.assertFalse(pool.quantity)
        self.assertEqual(self._amounts("visit"), [0] * 7)

    def test_prospects_carry_their_share(self):
        self._pool(100, driver="visit")
        prospect = self._partner("Prospect")
        self._visit(self.customers[0])
        self._visit(prospect)
        self._run()
        self.assertEqual(self._amounts("visit")[0], 50)
        self.assertEqual(self._found(prospect)["visit"], (1, 50))

    def test_a_pool_counts_while_its_last_day_is_in_the_window(self):
        self._order(self.customers[0])
        self._order(self.customers[0], date="2025-06-20")
        late = self._pool(100, date_from="2026-06-01", date_to="2026-07-31")
        early = self._pool(50, date_from="2025-06-01", date_to="2025-07-01")
        self._run()
        self.assertIs(late.amount, False)
        self.assertEqual(early.allocated, 50)
        self.assertEqual(self._found(self.customers[0])["order"], (1, 50))
        action = (
            self._profile(self.customers[0])
            .with_context(figure="service_order")
            .action_explain()
        )
        found = self.documents.search(action["domain"])
        self.assertEqual(found.date, date(2025, 6, 20))

    def test_pool_of_accounts_without_what_is_charged_directly(self):
        pool = self._pool(source="accounts", account_ids=[(6, 0, self.expense.ids)])
        self._bill(self._partner("Carrier"), 300)
        self._bill(self.customers[0], 70)  # a bonus: charged to that customer
        self._bill(self._partner("Later"), 900, date="2026-04-01")
        self._order(self.customers[1])
        self._run()
        self.assertEqual((pool.amount, pool.allocated), (300, 300))
        self.assertEqual(self._found(self.customers[0]), {"direct": (70, 70)})
        self.assertEqual(self._found(self.customers[1])["order"], (1, 300))

    def test_pool_of_analytic_accounts(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Order desk", "plan_id": plan.id}
        )
        pool = self._pool(source="analytic", analytic_account_ids=[(6, 0, account.ids)])
        self._bill(
            self._partner("Carrier"),
            200,
            analytic_distribution={str(account.id): 50},
        )
        self._order(self.customers[1])
        self._run()
        self.assertEqual((pool.amount, pool.allocated), (100, 100))

    def test_no_account_counts_twice(self):
        values = {"source": "accounts", "account_ids": [(6, 0, self.expense.ids)]}
        self._pool(**values)
        twice = self.assertRaisesRegex(ValidationError, "would count twice")
        with twice, self.cr.savepoint():
            self._pool(date_from="2026-03-31", date_to="2026-04-30", **values)
        self._pool(date_from="2026-04-01", date_to="2026-04-30", **values)
        plan = self.env["account.analytic.plan"].create({"name": "Customers"})
        account = self.env["account.analytic.account"].create(
            {
                "name": "Own",
                "plan_id": plan.id,
                "partner_id": self.customers[0].id,
            }
        )
        with self.assertRaisesRegex(ValidationError, "charged to that customer"):
            self._pool(source="analytic", analytic_account_ids=[(6, 0, account.ids)])

    def test_a_second_run_writes_nothing(self):
        self._pool(100)
        for partner in self.customers:
            self._order(partner)
        self._run()
        before = self._service_rows()
        self.assertEqual(self._run().profiles_written, 0)
        self.assertEqual(self._service_rows(), before)

    def test_rates_do_not_count_beside_pools(self):
        self._rates(order=900, visit=900)
        self._pool(70)
        self._order(self.customers[0])
        self._visit(self.customers[0])
        self._run()
        self.assertEqual(self._profile(self.customers[0]).service_cost, 70)
        self.assertEqual(self._profile(self.customers[0]).service_state, "confirmed")


@tagged("post_install", "-at_install")
class TestServiceAccess(ServiceCase):
    """Cost to serve is for who sees costs, of his customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user(
            "service_seller",
            "sales_team.group_sale_salesman,base.group_allow_export",
        )
        cls.all_seller = cls._user(
            "service_all", "sales_team.group_sale_salesman_all_leads"
        )
        cls.trusted = cls._user(
            "service_trusted", "sales_team.group_sale_salesman,crm_loyalty.group_cost"
        )
        cls.manager = cls._user("service_head", "crm_loyalty.group_manager")
        cls.mine = cls._partner("Mine", user_id=cls.seller.id)
        cls.theirs = cls._partner("Theirs", user_id=cls.trusted.id)
        cls._rates(order=5)
        for partner in (cls.mine, cls.theirs):
            cls._invoice(partner, 100)
            cls._order(partner)
        cls._run()

    def test_without_the_right_nothing_is_seen(self):
        profile = self._profile(self.mine).with_user(self.seller)
        self.assertEqual(profile.revenue, 100)
        names = ("direct_cost", "service_cost", "service_profit", "statement")
        for name in (*names, "profit_rank", "service_notice"):
            with self.subTest(read=name), self.assertRaises(AccessError):
                profile.read([name])
        for name in ("service_cost", "service_profit", "profit_rank"):
            with self.subTest(search=name), self.assertRaises(AccessError):
                profile.search([(name, ">", 1)])
            with self.subTest(order=name), self.assertRaises(AccessError):
                profile.search([], order=name)
            with self.subTest(export=name), self.assertRaises(AccessError):
                profile.export_data([name])
        for name in ("service_cost", "service_profit"):
            with self.subTest(group=name), self.assertRaises(AccessError):
                profile._read_group([], [], [f"{name}:sum"])
        for name in ("service_profit", "service_cost", "service_order"):
            with self.subTest(explain=name), self.assertRaises(AccessError):
                profile.with_context(figure=name).action_explain()
        for user in (self.seller, self.all_seller):
            for model in (self.ledger, self.documents):
                with self.assertRaises(AccessError):
                    model.with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["crm.loyalty.whale"].with_user(user).get_values()

    def test_who_sees_costs_sees_those_of_his_customers(self):
        rows = self.ledger.with_user(self.trusted).search([])
        self.assertEqual(rows.partner_id, self.theirs)
        found = self.documents.with_user(self.trusted).search([])
        self.assertEqual(found.partner_id, self.theirs)
        profile = self._profile(self.theirs).with_user(self.trusted)
        self.assertEqual(profile.service_profit, 35)
        self.assertEqual(profile.statement["lines"][-1]["amount"], 35)
        self.assertTrue(profile.with_context(figure="service_order").action_explain())
        with self.assertRaises(AccessError):
            self.env["crm.loyalty.whale"].with_user(self.trusted).get_values()
        head = self.ledger.with_user(self.manager).search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(head.partner_id, self.mine | self.theirs)

    def test_rates_and_pools_are_the_manager_s(self):
        for model in ("crm.loyalty.rate.card", "crm.loyalty.rate"):
            self.assertTrue(self.env[model].with_user(self.manager).search([]))
        for user in (self.seller, self.all_seller, self.trusted):
            for model in (
                "crm.loyalty.rate.card",
                "crm.loyalty.rate",
                "crm.loyalty.cost.pool",
                "crm.customer.service.fact",
            ):
                with self.subTest(user=user.login, model=model):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
        card = self.env["crm.loyalty.rate.card"].with_user(self.manager).search([])
        with self.assertRaisesRegex(UserError, "Invoicing"):
            card.action_propose()
        card.action_confirm()
        self.assertEqual(card.confirmed_by_id, self.manager)

    def test_another_company_sees_nothing(self):
        other = self.setup_other_company()["company"]
        stranger = self._user("service_stranger", "crm_loyalty.group_manager")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in (
            "crm.loyalty.rate.card",
            "crm.loyalty.rate",
            "crm.customer.service",
            "crm.customer.service.document",
        ):
            rows = self.env[model].with_user(stranger).search([])
            self.assertNotIn(self.company, rows.company_id)

    def test_the_pyramid_tells_costs_to_who_may_see_them(self):
        pyramid = self.env["crm.loyalty.pyramid"]
        values = pyramid.with_user(self.manager).get_values()
        self.assertEqual(values["total"]["cost"], 10)
        self.assertEqual(values["total"]["profit"], 70)
        self.assertEqual(values["service"]["state"], "unconfirmed")
        values = pyramid.with_user(self.all_seller).get_values()
        self.assertFalse(values["service"])
        for row in (values["total"], *values["tiers"], *values["outside"]):
            self.assertEqual((row["cost"], row["profit"]), (None, None))
