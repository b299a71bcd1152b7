# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from ast import literal_eval
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .strategy_common import StrategyCase


@tagged("post_install", "-at_install")
class TestPricesAndTerms(StrategyCase):
    """Effects on money: resolved on the document, below the customer's own."""

    def test_discount_makes_a_pricelist_that_is_nobodys_default(self):
        stranger = self._partner("Stranger")
        strategy = self._switch_on(self.tier_1, price_discount=5)
        self.assertEqual(strategy.pricelist_id.name, "Tier 1")
        self.assertEqual(self._quote(stranger).pricelist_id, self.usual)
        self.usual.active = False
        others = self.env["product.pricelist"]._get_country_pricelist_multi([])
        self.assertNotEqual(others[False], strategy.pricelist_id)

    def test_price_of_the_tier_on_a_new_order(self):
        strategy = self._switch_on(self.tier_1, price_discount=5)
        order = self._quote(self.best, 2)
        self.assertEqual(order.pricelist_id, strategy.pricelist_id)
        self.assertEqual(order.amount_untaxed, 190)
        self.assertEqual(self._sources(order)["Prices"], ("Tier 1", "by Tier 1"))
        self.assertEqual(self._quote(self.small).pricelist_id, self.usual)

    def test_own_pricelist_wins(self):
        own = self.env["product.pricelist"].create({"name": "Own"})
        self.best.specific_property_product_pricelist = own
        self._switch_on(self.tier_1, price_discount=5)
        order = self._quote(self.best)
        self.assertEqual(order.pricelist_id, own)
        self.assertEqual(self._sources(order)["Prices"], ("Own", "the customer's own"))

    def test_choice_on_the_order_wins(self):
        self._switch_on(self.tier_1, price_discount=5)
        order = self._quote(self.best)
        order.pricelist_id = self.usual
        order.order_line.product_uom_qty = 3
        self.env.flush_all()
        self.assertEqual(order.pricelist_id, self.usual)
        self.assertEqual(
            self._sources(order)["Prices"], ("Usual", "chosen on this order")
        )

    def test_nothing_is_written_on_the_contact(self):
        strategy = self._switch_on(self.tier_1, price_discount=5)
        self.assertEqual(
            self.best.property_product_pricelist, strategy.pricelist_id.sudo(False)
        )
        with Form(self.best.with_user(self.manager)) as form:
            form.name = "Renamed"
            form.country_id = self.env.ref("base.be")
        self.assertFalse(self.best.specific_property_product_pricelist)

    def test_usual_pricelist_chosen_on_the_contact_becomes_its_own(self):
        self._switch_on(self.tier_1, price_discount=5)
        self.best.property_product_pricelist = self.usual
        self.assertEqual(self.best.specific_property_product_pricelist, self.usual)
        self.assertEqual(self._quote(self.best).pricelist_id, self.usual)

    def test_without_pricelists_in_the_settings_nothing_changes(self):
        self._switch_on(self.tier_1, price_discount=5)
        self.env.invalidate_all()
        groups = type(self.env["res.groups"])
        with patch.object(groups, "_is_feature_enabled", lambda *args: False):
            self.assertFalse(self._quote(self.best).pricelist_id)

    def test_term_of_the_tier_on_a_new_order(self):
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        order = self._quote(self.best)
        self.assertEqual(order.payment_term_id, self.term_30)
        self.assertEqual(
            self._sources(order)["Payment"], (self.term_30.name, "by Tier 1")
        )
        self.assertFalse(self._quote(self.small).payment_term_id)
        self.assertFalse(self.best.property_payment_term_id)

    def test_own_term_wins(self):
        self.best.property_payment_term_id = self.term_15
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        order = self._quote(self.best)
        self.assertEqual(order.payment_term_id, self.term_15)
        self.assertEqual(
            self._sources(order)["Payment"], (self.term_15.name, "the customer's own")
        )

    def test_default_term_of_the_company_is_nobodys_own(self):
        self.env["ir.default"].set(
            "res.partner",
            "property_payment_term_id",
            self.term_now.id,
            company_id=self.company.id,
        )
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        self.assertEqual(self._quote(self.best).payment_term_id, self.term_30)
        self.assertEqual(self._quote(self.small).payment_term_id, self.term_now)

    def test_term_chosen_on_the_order_wins(self):
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        order = self._quote(self.best, payment_term_id=self.term_15.id)
        self.assertEqual(order.payment_term_id, self.term_15)
        self.assertEqual(self._sources(order)["Payment"][1], "chosen on this order")

    def test_money_waits_for_approval_and_service_does_not(self):
        strategy = self._switch_on(
            self.tier_1,
            approve=False,
            price_discount=5,
            payment_term_id=self.term_30.id,
            urgent=True,
        )
        self.assertEqual(strategy.money_state, "waiting")
        order = self._quote(self.best)
        self.assertEqual(order.pricelist_id, self.usual)
        self.assertFalse(order.payment_term_id)
        self.assertEqual(self._sources(order), {"Delivery": ("urgent", "by Tier 1")})
        strategy.action_approve()
        self.assertEqual(strategy.approved_by_id, self.manager)
        self.assertEqual(self._quote(self.best).payment_term_id, self.term_30)

    def test_changed_money_waits_again(self):
        strategy = self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        strategy.urgent = True
        self.assertEqual(strategy.money_state, "approved")
        strategy.payment_term_id = self.term_30  # the same
        self.assertEqual(strategy.money_state, "approved")
        strategy.payment_term_id = self.term_15
        self.assertEqual(strategy.money_state, "waiting")
        self.assertFalse(self._quote(self.best).payment_term_id)

    def test_responsible_is_asked_to_approve(self):
        boss = self._user("strategy_boss", "crm_loyalty.group_manager")
        self.policy.user_id = boss
        strategy = self._switch_on(
            self.tier_1, approve=False, payment_term_id=self.term_30.id
        )
        self.assertEqual(strategy.activity_ids.user_id, boss)
        strategy.with_user(boss).action_approve()
        self.assertFalse(strategy.activity_ids)
        self.assertEqual(strategy.approved_by_id, boss)

    def test_switched_off_leaves_no_trace_on_new_orders(self):
        strategy = self._switch_on(
            self.tier_1,
            price_discount=5,
            payment_term_id=self.term_30.id,
            urgent=True,
            minimum_order=1000,
            order_text="Hello",
        )
        before = self._quote(self.best)
        strategy.action_switch_off()
        order = self._quote(self.best)
        self.assertEqual(order.pricelist_id, self.usual)
        self.assertFalse(order.payment_term_id)
        self.assertFalse(order.loyalty_advice)
        order.action_confirm()
        self.assertEqual(order.picking_ids.priority, "0")
        # what was agreed meanwhile stays
        self.assertEqual(before.payment_term_id, self.term_30)

    def test_switched_on_again_waits_for_approval(self):
        strategy = self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        strategy.action_switch_off()
        strategy._switch_on()
        self.assertEqual(strategy.money_state, "waiting")

    def test_new_tier_new_price_without_anybody_writing_it(self):
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        self._switch_on(self.tier_2, payment_term_id=self.term_15.id)
        second = self.partners[2]
        self.assertEqual(self._quote(second).payment_term_id, self.term_15)
        self._profile(second).sudo().tier_id = self.tier_1
        self.assertEqual(self._quote(second).payment_term_id, self.term_30)

    def test_contact_of_the_customer_and_member_of_its_group(self):
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        clerk = self._partner("Clerk", is_company=False, parent_id=self.best.id)
        self.assertEqual(self._quote(clerk).payment_term_id, self.term_30)
        self.assertFalse(self._quote(self.small).payment_term_id)
        self._group(self.best, self.small)
        self.assertEqual(self._quote(self.small).payment_term_id, self.term_30)


@tagged("post_install", "-at_install")
class TestLimitsAndHolds(StrategyCase):
    def test_limit_of_the_tier_warns_on_the_quotation(self):
        self._switch_on(self.tier_1, credit_limit=700)
        self.assertFalse(self._quote(self.best, 2).partner_credit_warning)  # 700
        warning = self._quote(self.best, 3).partner_credit_warning  # 500 + 300
        self.assertIn("800.00", warning)
        self.assertIn("700.00", warning)

    def test_own_limit_wins(self):
        self.best.with_company(self.company).credit_limit = 5000
        self._switch_on(self.tier_1, credit_limit=700)
        self.assertFalse(self._quote(self.best, 3).partner_credit_warning)

    def test_limit_waits_for_approval(self):
        self._switch_on(self.tier_1, approve=False, credit_limit=700)
        self.assertFalse(self._quote(self.best, 3).partner_credit_warning)

    def _delivery(self, partner):
        order = self._quote(partner)
        self.env["stock.quant"]._update_available_quantity(
            self.goods, order.warehouse_id.lot_stock_id, 10
        )
        order.action_confirm()
        picking = order.picking_ids.sudo()
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        return picking

    def test_delivery_of_an_overdue_customer_waits(self):
        self._overdue(self.best, 100, 40)
        self._switch_on(self.tier_1, stop_shipment=True, stop_overdue_days=10000)
        self.assertFalse(self._delivery(self.best).loyalty_hold)
        self._strategy(self.tier_1).write({"stop_overdue_days": 30})
        picking = self._delivery(self.best)
        self.assertFalse(picking.loyalty_hold)  # not approved yet
        self._strategy(self.tier_1).action_approve()
        picking.invalidate_recordset()
        self.assertEqual(
            picking.loyalty_hold, "Customer 0 is overdue for more than 30 days"
        )
        with self.assertRaisesRegex(UserError, "on hold: Customer 0 is overdue"):
            picking.button_validate()

    def test_delivery_over_the_limit_waits_and_is_released(self):
        self._switch_on(self.tier_1, stop_shipment=True, credit_limit=499)
        picking = self._delivery(self.best)
        self.assertEqual(
            picking.loyalty_hold, "Customer 0 owes more than its credit limit"
        )
        with self.assertRaises(UserError):
            picking.with_user(self.seller).action_loyalty_release()
        picking.with_user(self.manager).sudo(False).action_loyalty_release()
        self.assertFalse(picking.loyalty_hold)
        self.assertIn("Released although", picking.message_ids[0].body)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_delivery_within_the_limit_goes_out(self):
        self._switch_on(self.tier_1, stop_shipment=True, credit_limit=1000)
        picking = self._delivery(self.best)
        self.assertFalse(picking.loyalty_hold)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_holds_of_a_list_cost_the_same_for_more_customers(self):
        self._switch_on(
            self.tier_1, stop_shipment=True, stop_overdue_days=30, credit_limit=9000
        )
        pickings, counts = self.env["stock.picking"], []
        for partners in (self.partners[:1], self.partners[1:]):
            for partner in partners:
                self._profile(partner).sudo().tier_id = self.tier_1
                self._overdue(partner, 100, 40)
                pickings += self._delivery(partner)
            for _warm in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                pickings.mapped("sale_id.partner_id.name")
                before = self.env.cr.sql_log_count
                self.assertTrue(all(pickings.mapped("loyalty_hold")))
                count = self.env.cr.sql_log_count - before
            counts.append(count)
        self.assertEqual(len(pickings), 6)
        self.assertEqual(counts[0], counts[1])

    def test_hold_needs_a_measure(self):
        with self.assertRaises(ValidationError):
            self._strategy(self.tier_1).stop_shipment = True

    def test_switched_off_releases(self):
        strategy = self._switch_on(self.tier_1, stop_shipment=True, credit_limit=499)
        picking = self._delivery(self.best)
        self.assertTrue(picking.loyalty_hold)
        strategy.action_switch_off()
        picking.invalidate_recordset()
        self.assertFalse(picking.loyalty_hold)


@tagged("post_install", "-at_install")
class TestDeliveryPriority(StrategyCase):
    def test_transfers_of_the_tier_are_urgent(self):
        self._switch_on(self.tier_1, urgent=True)
        order = self._quote(self.best)
        order.action_confirm()
        self.assertEqual(order.picking_ids.priority, "1")
        self.assertEqual(order.picking_ids.move_ids.mapped("priority"), ["1"])
        other = self._quote(self.small)
        other.action_confirm()
        self.assertEqual(other.picking_ids.priority, "0")

    def test_priority_chosen_on_the_order_wins(self):
        self._switch_on(self.tier_1, urgent=True)
        order = self._quote(self.best, loyalty_priority="0")
        self.assertEqual(
            self._sources(order)["Delivery"], ("normal", "chosen on this order")
        )
        order.action_confirm()
        self.assertEqual(order.picking_ids.priority, "0")
        other = self._quote(self.small, loyalty_priority="1")
        other.action_confirm()
        self.assertEqual(other.picking_ids.priority, "1")

    def test_a_long_order_asks_no_more_often_than_a_short_one(self):
        self._switch_on(self.tier_1, urgent=True)
        strategies = type(self.env["crm.loyalty.strategy"])
        counts = []
        for lines in (1, 20):
            order = self._quote(self.best)
            order.order_line = [
                Command.create({"product_id": self.goods.id}) for _n in range(lines)
            ]
            self.env.flush_all()
            with patch.object(
                strategies,
                "_get_in_force",
                autospec=True,
                side_effect=strategies._get_in_force,
            ) as asked:
                order.action_confirm()
            counts.append(asked.call_count)
            self.assertEqual(set(order.picking_ids.move_ids.mapped("priority")), {"1"})
        self.assertEqual(counts[0], counts[1])

    def test_line_added_later_is_urgent_too(self):
        self._switch_on(self.tier_1, urgent=True)
        order = self._quote(self.best)
        order.action_confirm()
        self.env["sale.order.line"].create(
            {"order_id": order.id, "product_id": self._goods("Tape").id}
        )
        self.assertEqual(set(order.picking_ids.move_ids.mapped("priority")), {"1"})

    def test_every_step_of_the_delivery_is_urgent(self):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        warehouse.delivery_steps = "pick_ship"
        self._switch_on(self.tier_1, urgent=True)
        order = self._quote(self.best)
        order.action_confirm()
        moves = self.env["stock.move"].search([("product_id", "=", self.goods.id)])
        self.assertEqual(set(moves.mapped("priority")), {"1"})

    def test_confirmed_order_tells_where_it_came_from_for_good(self):
        strategy = self._switch_on(self.tier_1, urgent=True)
        order = self._quote(self.best)
        order.action_confirm()
        strategy.action_switch_off()
        order.invalidate_recordset()
        self.assertEqual(self._sources(order)["Delivery"], ("urgent", "by Tier 1"))

    def test_deliveries_in_the_order_of_priority_promise_and_tier(self):
        """Urgent first; then the earlier promise; of the same day the better tier."""
        self._switch_on(self.tier_1, urgent=True)
        promises = {
            self.small: "2026-12-01 12:00:00",
            self.partners[2]: "2026-12-02 12:00:00",
            self.partners[3]: "2026-12-02 12:00:00",
            self.best: "2026-12-09 12:00:00",
        }
        orders = self.env["sale.order"]
        for partner in reversed(promises):
            orders += self._quote(partner, commitment_date=promises[partner])
        orders.action_confirm()
        action = self.env.ref("crm_loyalty.action_deliveries")
        view = self.env.ref("crm_loyalty.stock_picking_view_list_priority")
        arch = self.env["stock.picking"].get_view(view.id)["arch"]
        sort = arch.split('default_order="')[1].split('"')[0]
        found = self.env["stock.picking"].search(
            [*literal_eval(action.domain), ("company_id", "=", self.company.id)],
            order=sort,
        )
        self.assertEqual(
            [picking.partner_id for picking in found],
            [self.best, self.small, self.partners[2], self.partners[3]],
        )

    def test_warehouse_without_tiers_sees_the_list_without_them(self):
        keeper = self._user("strategy_keeper", "stock.group_stock_user")
        pickings = self.env["stock.picking"].with_user(keeper)
        view = self.env.ref("crm_loyalty.stock_picking_view_list_priority")
        arch = pickings.get_view(view.id)["arch"]
        self.assertNotIn('name="loyalty_tier_id"', arch)
        self.assertNotIn("loyalty_tier_id", pickings.fields_get())
        self.assertIsNotNone(pickings.search([], order="priority, loyalty_tier_id, id"))
        self.assertNotIn("ORDER BY", str(pickings._search([], order="loyalty_tier_id")))
        with self.assertRaises(AccessError):
            pickings.search([("loyalty_tier_id", "!=", False)])
        with self.assertRaises(AccessError):
            pickings.formatted_read_group([], ["loyalty_tier_id"], ["__count"])


@tagged("post_install", "-at_install")
class TestQuotationAdvice(StrategyCase):
    def test_text_for_the_salesperson(self):
        self._switch_on(self.tier_1, order_text="Ask for the yearly plan")
        order = self._quote(self.best)
        self.assertEqual(order.loyalty_advice["text"], "Ask for the yearly plan")

    def test_minimum_order_tells_what_is_missing_and_what_fills_it(self):
        self._switch_on(self.tier_4, minimum_order=250)
        tape = self._goods("Tape")
        for days in (10, 40, 70):
            past = self._quote(self.small, 4, tape)
            past.action_confirm()
            past.date_order = fields.Datetime.subtract(past.date_order, days=days)
        order = self._quote(self.small)
        minimum = order.loyalty_advice["minimum"]
        self.assertIn("150.00", minimum["text"])
        self.assertIn("250.00", minimum["text"])
        self.assertEqual(minimum["fillers"], ["Tape, usually 4 Units"])
        order.order_line.product_uom_qty = 3
        self.assertFalse(order.loyalty_advice["minimum"])

    def test_minimum_order_does_not_stop_anybody(self):
        self._switch_on(self.tier_4, minimum_order=250)
        order = self._quote(self.small)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_next_quantity_price(self):
        self._switch_on(self.tier_4, quantity_steps=True)
        self.usual.item_ids = [
            Command.create(
                {
                    "applied_on": "1_product",
                    "product_tmpl_id": self.goods.product_tmpl_id.id,
                    "min_quantity": quantity,
                    "fixed_price": price,
                }
            )
            for quantity, price in ((5, 100), (10, 90), (20, 80))
        ]
        order = self._quote(self.small, 7)
        [step] = order.loyalty_advice["steps"]
        self.assertTrue(step.startswith("Glue: 3 Units more"), step)
        self.assertIn("90.00 instead of", step)
        order.order_line.product_uom_qty = 20
        self.assertFalse(order.loyalty_advice["steps"])

    def test_quotation_of_a_customer_without_strategy_is_plain(self):
        self.assertFalse(self._quote(self.best).loyalty_advice)
        self.assertFalse(self._quote(self._partner("Stranger")).loyalty_advice)

    def test_queries_do_not_grow_with_the_lines(self):
        self._switch_on(
            self.tier_1, urgent=True, payment_term_id=self.term_30.id, minimum_order=1
        )
        counts = []
        for lines in (1, 30):
            order = self._quote(self.best)
            order.order_line = [
                Command.create({"product_id": self.goods.id}) for _n in range(lines)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            order.order_line.mapped("product_id.name")
            before = self.env.cr.sql_log_count
            self.assertTrue(order.with_user(self.seller).loyalty_advice)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestStrategyRights(StrategyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key_account = cls._user(
            "strategy_key", "crm_loyalty.group_key_account_manager"
        )
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.stranger = new_test_user(
            cls.env,
            login="strategy_stranger",
            groups="sales_team.group_sale_manager,crm_loyalty.group_manager",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )
        cls.portal = new_test_user(
            cls.env,
            login="strategy_portal",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            partner_id=cls._partner(
                "Reader", is_company=False, parent_id=cls.best.id
            ).id,
        )
        cls.strategy = cls._strategy(cls.tier_1)

    def test_every_tier_has_one_and_it_is_off(self):
        strategies = self.env["crm.loyalty.strategy"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(strategies.tier_id, self.policy.tier_ids)
        self.assertEqual(set(strategies.mapped("state")), {"off"})
        self.assertFalse(self.env["crm.loyalty.strategy"]._create_missing())

    def test_salespeople_read_and_do_not_write(self):
        for user in (self.seller, self.key_account):
            strategy = self.strategy.with_user(user)
            self.assertEqual(strategy.read(["state"])[0]["state"], "off")
            for method in ("action_approve", "action_switch_off", "action_preview"):
                with self.subTest(user=user.login, method=method):
                    with self.assertRaises(AccessError):
                        getattr(strategy, method)()
            with self.assertRaises(AccessError):
                strategy.urgent = True

    def test_portal_reads_nothing_but_gets_its_price(self):
        with self.assertRaises(AccessError):
            self.strategy.with_user(self.portal).read(["state"])
        self._switch_on(self.tier_1, price_discount=5)
        order = self._quote(self.best)
        with self.assertRaises(AccessError):
            order.with_user(self.portal).read(["loyalty_advice"])
        # as the shop and the portal read prices
        partner = self.best.with_user(self.portal).sudo()
        self.assertEqual(partner.property_product_pricelist.name, "Tier 1")

    def test_other_company_sees_and_changes_nothing(self):
        strategies = self.env["crm.loyalty.strategy"].with_user(self.stranger)
        self.assertNotIn(self.strategy, strategies.search([]))
        with self.assertRaises(AccessError):
            self.strategy.with_user(self.stranger).write({"urgent": True})

    def test_two_companies_two_strategies(self):
        """One customer, first tier in both companies; each decides for its orders."""
        other = self.env["crm.loyalty.policy"]._get(self.other_company)
        self.env["crm.customer.profile"].sudo().create(
            {
                "partner_id": self.best.id,
                "company_id": self.other_company.id,
                "standing": "ranked",
                "tier_id": other.tier_ids.sorted()[0].id,
            }
        )
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        theirs = self._strategy(other.tier_ids.sorted()[0]).with_user(self.stranger)
        theirs.write({"payment_term_id": self.term_15.id})
        theirs._switch_on()
        theirs.action_approve()
        self.assertEqual(self._quote(self.best).payment_term_id, self.term_30)
        foreign = (
            self.env["sale.order"]
            .with_user(self.stranger)
            .create({"partner_id": self.best.id, "company_id": self.other_company.id})
        )
        self.assertEqual(foreign.payment_term_id, self.term_15)

    def test_branch_follows_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self._switch_on(self.tier_1, payment_term_id=self.term_30.id)
        order = self.env["sale.order"].create(
            {"partner_id": self.best.id, "company_id": branch.id}
        )
        self.assertEqual(order.payment_term_id, self.term_30)

    def test_salesperson_without_tiers_sees_no_reasons(self):
        outsider = self._user("strategy_outsider", "base.group_user")
        order = self._quote(self.best)
        self.assertNotIn(
            "loyalty_advice",
            self.env["sale.order"].with_user(outsider).fields_get(),
        )
        self.assertTrue(order)
