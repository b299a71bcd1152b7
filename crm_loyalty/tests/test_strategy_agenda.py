# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .strategy_common import StrategyCase


@tagged("post_install", "-at_install")
@freeze_time("2026-07-01 09:00:00")  # a Wednesday
class TestPlans(StrategyCase):
    """Activity plans when customers change tier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.welcome = cls._plan("Welcome", "loyalty_owner")
        cls.farewell = cls._plan("Farewell", "on_demand")
        cls.policy._start_plans()

    @classmethod
    def _plan(cls, name, responsible):
        return cls.env["mail.activity.plan"].create(
            {
                "name": name,
                "res_model": "res.partner",
                "template_ids": [
                    Command.create(
                        {
                            "summary": f"{name} call",
                            "responsible_type": responsible,
                            "delay_from": "after_plan_date",
                            "delay_count": 2,
                        }
                    )
                ],
            }
        )

    def _move(self, partner, tier):
        """Somebody sets the tier by hand, which is a change like any other."""
        self.env["crm.customer.tier.override"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "tier_id": tier.id,
                "reason": "Test",
                "date_from": "2026-06-30",
                "date_to": "2026-12-31",
            }
        )

    def test_plans_on_leaving_and_entering(self):
        self._switch_on(self.tier_1, plan_enter_id=self.welcome.id)
        self._switch_on(self.tier_2, plan_leave_id=self.farewell.id)
        partner = self.partners[2]
        self._move(partner, self.tier_1)
        self.assertEqual(self.policy._start_plans(), 2)
        activities = partner.activity_ids.sorted("id")
        self.assertEqual(
            activities.mapped("summary"), ["Farewell call", "Welcome call"]
        )
        self.assertEqual(activities.user_id, self.seller)
        self.assertEqual(
            set(activities.mapped("date_deadline")), {fields.Date.to_date("2026-07-03")}
        )
        # once
        self.assertEqual(self.policy._start_plans(), 0)

    def test_switched_off_starts_nothing_then_or_later(self):
        strategy = self._switch_on(self.tier_1, plan_enter_id=self.welcome.id)
        strategy.action_switch_off()
        self._move(self.partners[2], self.tier_1)
        self.assertEqual(self.policy._start_plans(), 0)
        strategy._switch_on()
        self.assertEqual(self.policy._start_plans(), 0)
        self.assertFalse(self.partners[2].activity_ids)

    def test_many_at_once_are_spread_over_days(self):
        self._switch_on(self.tier_1, plan_enter_id=self.welcome.id)
        partners = [
            self._partner(f"Many {n}", user_id=self.seller.id) for n in range(7)
        ]
        for partner in partners:
            self._invoice(partner, 1, "2026-03-15")
        self._run("2026-07-01")
        for partner in partners:
            self._move(partner, self.tier_1)
        self.policy._start_plans()
        days = [str(partner.activity_ids.date_deadline) for partner in partners]
        self.assertEqual(days.count("2026-07-03"), 5)
        self.assertEqual(days.count("2026-07-04"), 2)

    def test_customer_without_salesperson_goes_to_the_responsible(self):
        self.policy.user_id = self.manager
        partner = self.partners[2]
        partner.user_id = False
        self._switch_on(self.tier_1, plan_enter_id=self.welcome.id)
        self._move(partner, self.tier_1)
        self.policy._start_plans()
        self.assertEqual(partner.activity_ids.user_id, self.manager)


@tagged("post_install", "-at_install")
@freeze_time("2026-07-01 09:00:00")  # a Wednesday
class TestContacts(StrategyCase):
    """Who is to be called: by money, five a day, none where somebody is at work."""

    def _contacts(self):
        return [
            self.env["res.partner"].browse(activity.res_id)
            for activity in self.policy._propose_contacts()
        ]

    def test_largest_first_and_once(self):
        self._switch_on(self.tier_1, cadence_days=30)
        self._switch_on(self.tier_2, cadence_days=30)
        self.assertEqual(self._contacts(), self.partners[:3])
        activity = self.best.activity_ids
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(str(activity.date_deadline), "2026-07-01")
        self.assertFalse(self._contacts())

    def test_five_a_day_open_ones_included(self):
        for tier in self.policy.tier_ids:
            self._switch_on(tier, cadence_days=30)
        self.assertEqual(self._contacts(), self.partners[:5])
        self.assertFalse(self._contacts())
        self.best.activity_ids.action_done()
        with freeze_time("2026-07-02 09:00:00"):
            self.assertEqual(self._contacts(), self.partners[5:])

    def test_none_where_an_activity_is_open(self):
        self._switch_on(self.tier_1, cadence_days=30)
        order = self._quote(self.best)
        order.activity_schedule("mail.mail_activity_data_call", user_id=self.env.uid)
        lead = self.env["crm.lead"].create(
            {"name": "Deal", "partner_id": self.partners[1].id}
        )
        lead.activity_schedule("mail.mail_activity_data_call", user_id=self.env.uid)
        self.assertFalse(self._contacts())

    def test_last_contact_counts_calls_and_meetings(self):
        self._switch_on(self.tier_1, cadence_days=30)
        clerk = self._partner("Clerk", is_company=False, parent_id=self.best.id)
        with freeze_time("2026-06-02 09:00:00"):
            clerk.activity_schedule(
                "mail.mail_activity_data_call", user_id=self.env.uid
            ).action_done()
        self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": "2026-06-01 10:00:00",
                "stop": "2026-06-01 11:00:00",
                "partner_ids": [Command.set(self.partners[1].ids)],
            }
        )
        # 29 days ago, and 30
        self.assertEqual(self._contacts(), [self.partners[1]])
        self.assertIn("06/01/2026", self.partners[1].activity_ids.summary)

    def test_none_at_weekends_off_and_without_salesperson(self):
        strategy = self._switch_on(self.tier_1, cadence_days=30)
        with freeze_time("2026-07-04 09:00:00"):
            self.assertFalse(self._contacts())
        self.partners[0].user_id = False
        self.assertEqual(self._contacts(), [self.partners[1]])
        self.partners[1].activity_ids.unlink()
        strategy.action_switch_off()
        self.assertFalse(self._contacts())

    def test_scheduled_job_fills_the_agenda(self):
        self._switch_on(self.tier_1, cadence_days=30)
        with self.enter_registry_test_mode():
            self.env.ref("crm_loyalty.ir_cron_agenda").method_direct_trigger()
        self.assertEqual(self.best.activity_ids.user_id, self.seller)

    def test_no_cadence_by_default_in_the_last_tier(self):
        strategy = self._strategy(self.tier_4)
        strategy.action_recommend()
        self.assertEqual(strategy.cadence_days, 0)


@tagged("post_install", "-at_install")
class TestRecommendedSet(StrategyCase):
    def test_sets_by_place(self):
        strategies = self.env["crm.loyalty.strategy"].search(
            [("company_id", "=", self.company.id)]
        )
        strategies.with_user(self.manager).action_recommend()
        self.assertEqual(
            strategies.mapped("summary"),
            [
                f"5 % off list prices · {self.term_30.name} · urgent deliveries"
                " · contact every 30 days",
                f"2 % off list prices · {self.term_15.name} · contact every 60 days"
                " · quantity prices",
                f"{self.term_now.name} · deliveries held when overdue for more than"
                " 30 days · contact every 180 days · letting go",
                "quantity prices",
            ],
        )
        self.assertEqual(set(strategies.mapped("state")), {"off"})

    def test_minimum_order_is_a_quarter_of_the_orders(self):
        for quantity in (1, 2, 3, 4, 9):
            self._quote(self.small, quantity).action_confirm()
        strategy = self._strategy(self.tier_4)
        strategy.action_recommend()
        self.assertEqual(strategy.minimum_order, 200)

    def test_in_force_is_not_overwritten(self):
        strategy = self._switch_on(self.tier_1, urgent=True)
        with self.assertRaises(UserError):
            strategy.action_recommend()

    def test_empty_strategy_is_not_switched_on(self):
        with self.assertRaises(UserError):
            self._strategy(self.tier_1)._switch_on()

    def _preview(self, tier):
        action = self._strategy(tier).with_user(self.manager).action_preview()
        preview = self.env[action["res_model"]].browse(action["res_id"])
        return preview, {
            line.effect: (line.customer_count, line.revenue, line.note or "")
            for line in preview.line_ids
        }

    def test_preview_tells_whom_it_touches(self):
        own = self.env["product.pricelist"].create({"name": "Own"})
        self.partners[1].specific_property_product_pricelist = own
        self.best.with_company(self.company).property_payment_term_id = self.term_15
        self._strategy(self.tier_1).with_user(self.manager).action_recommend()
        preview, lines = self._preview(self.tier_1)
        self.assertEqual((preview.customer_count, preview.revenue), (2, 750))
        self.assertEqual(
            lines["price"],
            (1, 500, "what they bought would have cost -5.0 %; keep their own: 1"),
        )
        self.assertEqual(lines["term"], (1, 250, "keep their own: 1"))
        self.assertEqual(lines["cadence"][2], "contacts a month: 2")
        self.assertEqual(self._strategy(self.tier_1).state, "off")

    def test_preview_of_another_pricelist_compares_prices(self):
        self.service.list_price = 100
        dear = self.env["product.pricelist"].create(
            {
                "name": "Dear",
                "company_id": self.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "fixed_price": 110,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        self._strategy(self.tier_1).pricelist_id = dear
        _preview, lines = self._preview(self.tier_1)
        self.assertEqual(lines["price"][2], "what they bought would have cost +10.0 %")

    def test_preview_of_limits_counts_debtors_of_today(self):
        self._strategy(self.tier_1).write({"credit_limit": 300})
        _preview, lines = self._preview(self.tier_1)
        self.assertEqual(lines["limit"], (1, 500, "are over it today"))

    def test_preview_of_a_minimum_order_counts_groups(self):
        self._group(self.best, self.small)
        self._quote(self.small).action_confirm()
        self._strategy(self.tier_1).minimum_order = 250
        _preview, lines = self._preview(self.tier_1)
        self.assertEqual(
            lines["minimum"],
            (1, 520, "of 1 orders of the last year, 1 were smaller"),
        )

    def test_line_opens_its_customers(self):
        self._strategy(self.tier_1).write({"credit_limit": 300})
        preview, _lines = self._preview(self.tier_1)
        action = preview.line_ids.action_open_customers()
        found = self.profiles.search(action["domain"])
        self.assertEqual(found.partner_id, self.best)

    def test_apply_after_the_preview(self):
        self._strategy(self.tier_1).with_user(self.manager).action_recommend()
        preview, _lines = self._preview(self.tier_1)
        preview.with_user(self.manager).action_switch_on()
        strategy = self._strategy(self.tier_1)
        self.assertEqual((strategy.state, strategy.money_state), ("on", "waiting"))

    def test_salesperson_has_no_preview(self):
        with self.assertRaises(AccessError):
            self._strategy(self.tier_1).with_user(self.seller).action_preview()


@tagged("post_install", "-at_install")
class TestLettingGo(StrategyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.partners[3]
        cls.strategy = cls._switch_on(
            cls.tier_3,
            let_go=True,
            payment_term_id=cls.term_now.id,
            minimum_order=40,
            cadence_days=1,
        )

    def _propose(self):
        self.strategy.action_propose_let_go()
        return self.env["crm.customer.let.go"].search(
            [("company_id", "=", self.company.id)]
        )

    def _cost(self, partner, cost, uncosted=0):
        self._profile(partner).sudo().write(
            {"cost": cost, "revenue_uncosted": uncosted}
        )

    def test_proposed_are_those_that_cost_more_than_they_bring(self):
        self._overdue(self.partners[4], 5, 40)
        self._cost(self.third, 60)
        self._cost(self.partners[4], 20, 30)  # cost unknown, document below 40, overdue
        rows = self._propose()
        self.assertEqual(set(rows.partner_id), {self.third, self.partners[4]})
        row = rows.filtered(lambda r: r.partner_id == self.third)
        self.assertEqual((row.revenue, row.margin, row.state), (50, -10, "proposed"))
        self.assertIn("10.00 of margin", row.reason)
        self.assertIn("50.00 on average", row.reason)
        self.assertFalse((rows - row).margin)
        # nobody is proposed twice
        self.assertEqual(self._propose(), rows)

    def test_unknown_cost_is_no_loss(self):
        self._cost(self.third, 60, 50)
        self.assertNotIn(self.third, self._propose().partner_id)

    def test_cost_to_serve_counts_where_it_is_counted(self):
        """A margin of 10 is no reason without rates, and one with dear visits."""
        self._cost(self.third, 40)
        self.strategy.minimum_order = 0
        self.assertFalse(self._propose())
        self.env["crm.loyalty.rate.card"].create(
            {
                "company_id": self.company.id,
                "date_from": "2026-01-01",
                "rate_ids": [Command.create({"driver": "visit", "rate": 25})],
            }
        )
        profile = self._profile(self.third).sudo()
        profile.service_profit = False  # unknown is no loss
        self.assertFalse(self._propose())
        profile.service_profit = -15
        row = self._propose()
        self.assertEqual(row.partner_id, self.third)
        self.assertEqual((row.margin, row.service_profit), (10, -15))
        self.assertIn("15.00 after the cost to serve", row.reason)
        self.assertNotIn("15.00", row.with_user(self.seller).reason)
        self.assertIn("50.00 on average", row.with_user(self.seller).reason)

    def test_proposal_changes_nothing(self):
        self._cost(self.third, 60)
        self._propose()
        self.assertEqual(self._quote(self.third).payment_term_id, self.term_now)

    def test_let_go_and_taken_back(self):
        self._cost(self.third, 60)
        row = self._propose().filtered(lambda r: r.partner_id == self.third)
        row.with_user(self.manager).action_let_go()
        self.assertEqual(row.decided_by_id, self.manager)
        order = self._quote(self.third)
        self.assertFalse(order.payment_term_id)
        self.assertFalse(order.loyalty_advice)
        with freeze_time("2026-07-01 09:00:00"):
            called = self.policy._propose_contacts().mapped("res_id")
        self.assertNotIn(self.third.id, called)
        row.with_user(self.manager).action_take_back()
        self.assertEqual(self._quote(self.third).payment_term_id, self.term_now)
        self.assertEqual(row.state, "back")
        with self.assertRaises(UserError):
            row.with_user(self.manager).action_let_go()

    def test_kept_is_not_proposed_again(self):
        self._cost(self.third, 60)
        rows = self._propose()
        rows.with_user(self.manager).action_keep()
        self.assertEqual(self._propose(), rows)

    def test_merged_customers_keep_one_decision(self):
        fifth = self.partners[4]
        self._cost(self.third, 60)
        self._cost(fifth, 60)
        rows = self._propose()
        rows.filtered(lambda r: r.partner_id == self.third).action_let_go()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.third + fifth).ids, fifth)
        rows = rows.exists()
        self.assertEqual(rows.partner_id, fifth)
        self.assertEqual(sorted(rows.mapped("state")), ["back", "let_go"])

    def test_salesperson_sees_own_customers_and_decides_nothing(self):
        self._cost(self.third, 60)
        row = self._propose().filtered(lambda r: r.partner_id == self.third)
        mine = row.with_user(self.seller)
        self.assertEqual(mine.read(["state"])[0]["state"], "proposed")
        with self.assertRaises(AccessError):
            mine.read(["margin"])
        with self.assertRaises(AccessError):
            mine.action_let_go()
        colleague = self._user("let_go_colleague", "sales_team.group_sale_salesman")
        self.assertFalse(
            self.env["crm.customer.let.go"].with_user(colleague).search([])
        )
