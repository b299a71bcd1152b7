# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.tests import freeze_time, tagged

from .delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestPromise(DeliveryCase):
    """What is kept when an order is confirmed."""

    def test_the_delivery_date_of_the_order_is_the_promise(self):
        line = self._order(10).order_line
        self.assertEqual(str(line.loyalty_promised_date), "2026-05-11")
        self.assertEqual(line.loyalty_ordered_qty, 10)

    def test_day_of_the_promise_is_that_of_the_warehouse(self):
        order = self._order(1, promise="2026-05-11 22:30:00")
        self.assertEqual(str(order.order_line.loyalty_promised_date), "2026-05-12")

    def test_company_gives_the_time_zone_where_the_warehouse_has_none(self):
        self.warehouse.partner_id.tz = False
        self.company.partner_id.tz = "America/New_York"
        order = self._order(1, promise="2026-05-12 03:30:00")
        self.assertEqual(str(order.order_line.loyalty_promised_date), "2026-05-11")

    def test_without_delivery_date_lead_time_counts_from_the_order_date(self):
        """Not from the moment of the confirmation: it may be entered later."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": self.goods.id, "customer_lead": lead})
                    for lead in (5, 9)
                ],
            }
        )
        order.write({"state": "sale", "date_order": "2026-05-04 08:00:00"})
        order._action_confirm()
        self.assertEqual(
            order.order_line.mapped("loyalty_promised_date"),
            [fields.Date.to_date("2026-05-09"), fields.Date.to_date("2026-05-13")],
        )

    def test_what_is_shipped_together_is_promised_together(self):
        order = self._order(
            promise=False,
            picking_policy="one",
            lines=[
                {"product_id": self.goods.id, "customer_lead": 5},
                {"product_id": self.goods.id, "customer_lead": 9},
                {"product_id": self.service.id, "customer_lead": 30},
            ],
        )
        days = order.order_line[:2].mapped("loyalty_promised_date")
        self.assertEqual(days, [fields.Date.to_date("2026-05-13")] * 2)

    def test_later_changes_move_neither_promise_nor_quantity(self):
        order = self._order(10)
        order.commitment_date = "2026-05-25 12:00:00"
        order.order_line.product_uom_qty = 12
        self._assert_service(
            order, date_promised="2026-05-11", promise_kind="confirmed", ordered_qty=10
        )
        self._deliver(order, "2026-05-15 09:00:00")
        self._assert_service(order, state="late", late_days=4, fill_rate=100)

    def test_quantity_is_kept_in_the_unit_of_the_product(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._order(
            lines=[
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 2,
                    "product_uom_id": dozen.id,
                }
            ]
        )
        self.assertEqual(order.order_line.loyalty_ordered_qty, 24)
        self._deliver(order, "2026-05-11 09:00:00")
        self._assert_service(order, ordered_qty=24, delivered_qty=24, state="on_time")

    def test_services_promise_nothing(self):
        order = self._order(lines=[{"product_id": self.service.id}])
        self.assertFalse(order.order_line.loyalty_promised_date)
        self.assertIs(order.order_line.loyalty_ordered_qty, False)
        self.assertFalse(self._service(order))

    def test_order_back_to_quotation_forgets_its_promise(self):
        order = self._order(10)
        order._action_cancel()
        self.assertFalse(self._service(order))
        order.action_draft()
        self.assertFalse(order.order_line.loyalty_promised_date)
        self.assertIs(order.order_line.loyalty_ordered_qty, False)
        order.commitment_date = "2026-07-20 12:00:00"
        order.action_confirm()
        self.assertEqual(str(order.order_line.loyalty_promised_date), "2026-07-20")

    def test_copies_inherit_no_promise(self):
        line = self._order(10).copy().order_line
        self.assertFalse(line.loyalty_promised_date)
        self.assertIs(line.loyalty_ordered_qty, False)

    def test_one_statement_for_all_orders_confirmed_together(self):
        lines = self._order(1, 2).order_line
        more = self.env["sale.order.line"].union(
            *(self._order(1, 2).order_line for _number in range(4))
        )
        counts = []
        for batch in (lines, lines + more):
            batch.mapped("product_id.type")
            batch._get_loyalty_promises()
            self.env.flush_all()
            before = self.cr.sql_log_count
            batch._keep_loyalty_promise()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts, [1, 1])


@tagged("post_install", "-at_install")
class TestService(DeliveryCase):
    """Order lines against what was promised: 11 May 2026, if nothing else is said."""

    def test_on_time(self):
        order = self._order(10)
        transfer = self._deliver(order, "2026-05-11 15:00:00")
        self._assert_service(
            order,
            partner_id=self.customer,
            date_order="2026-05-04",
            delivered_qty=10,
            date_first="2026-05-11",
            date_complete="2026-05-11",
            first_transfer_id=transfer,
            transfer_count=1,
            order_transfer_count=1,
            state="on_time",
            on_time=100,
            fill_rate=100,
            late_days=0,
            order_split=0,
            returned_share=0,
            shipment_days=7,
        )

    def test_late(self):
        order = self._order(10)
        self._deliver(order, "2026-05-14 09:00:00")
        self._assert_service(
            order, state="late", on_time=0, late_days=3, fill_rate=100, shipment_days=10
        )

    def test_due_and_still_open_is_late_until_today(self):
        self._assert_service(
            self._order(10),
            state="open_late",
            on_time=0,
            late_days=50,
            fill_rate=False,
            shipment_days=False,
            order_split=False,
            returned_share=False,
        )

    def test_not_due_yet_counts_nowhere(self):
        today = self._order(10, promise="2026-06-30 12:00:00")
        self._assert_service(today, state="pending", on_time=False, late_days=False)
        yesterday = self._order(10, promise="2026-06-29 12:00:00")
        self._assert_service(yesterday, state="open_late", on_time=0, late_days=1)

    def test_partial_delivery_and_back_order(self):
        order = self._order(10)
        first = self._deliver(order, "2026-05-08 09:00:00", 6)
        self._assert_service(
            order, state="open_late", delivered_qty=6, date_first="2026-05-08"
        )
        self._deliver(order, "2026-05-13 09:00:00")
        self._assert_service(
            order,
            delivered_qty=10,
            date_first="2026-05-08",
            date_complete="2026-05-13",
            date_last="2026-05-13",
            first_transfer_id=first,
            transfer_count=2,
            order_transfer_count=2,
            state="late",
            late_days=2,
            fill_rate=60,
            order_split=100,
            shipment_days=4,
        )

    def test_back_order_within_the_promise_is_on_time(self):
        order = self._order(10)
        self._deliver(order, "2026-05-08 09:00:00", 6)
        self._deliver(order, "2026-05-11 09:00:00")
        self._assert_service(order, state="on_time", on_time=100, fill_rate=60)

    def test_line_missing_in_the_first_transfer_has_no_fill(self):
        """Though its own first transfer brings all of it."""
        order = self._order(10, 4)
        first = self._deliver(order, "2026-05-08 09:00:00", 10, 0)
        self._deliver(order, "2026-05-13 09:00:00")
        self._assert_service(
            order, 0, fill_rate=100, order_split=100, transfer_count=1, state="on_time"
        )
        self._assert_service(
            order,
            1,
            fill_rate=0,
            first_transfer_id=first,
            transfer_count=1,
            late_days=2,
        )

    def test_what_was_closed_incomplete_is_not_on_time(self):
        order = self._order(10)
        self._deliver(order, "2026-05-08 09:00:00", 6, close=True)
        self._assert_service(
            order, state="short", on_time=0, late_days=0, fill_rate=60, delivered_qty=6
        )

    def test_what_the_customer_took_back_is_not_owed(self):
        order = self._order(10)
        order.order_line.product_uom_qty = 6
        self._deliver(order, "2026-05-08 09:00:00")
        self._assert_service(
            order, state="on_time", ordered_qty=10, delivered_qty=6, fill_rate=60
        )

    def test_cancelled_order_owes_nothing(self):
        order = self._order(10)
        self.assertTrue(self._service(order))
        order._action_cancel()
        self.assertFalse(self._service(order))

    def test_returns_are_no_deliveries(self):
        order = self._order(10)
        transfer = self._deliver(order, "2026-05-11 09:00:00")
        back = self._return(transfer, 3)
        # and the customer gets them again, in the end
        self._return(back, 3)
        self._assert_service(
            order,
            delivered_qty=10,
            returned_qty=3,
            returned_share=30,
            date_last="2026-05-11",
            transfer_count=1,
            order_transfer_count=1,
            state="on_time",
        )

    def _return(self, transfer, quantity):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=transfer.id)
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        back = wizard._create_return()
        back.move_ids.picked = True
        back._action_done()
        self.assertEqual(back.state, "done")
        return back

    def test_two_warehouses_on_both_sides_of_midnight(self):
        """The same moment is 12 May in Amsterdam and still 11 May in New York."""
        overseas = self._overseas()
        moment = "2026-05-11 22:30:00"
        here, there = self._order(5), self._order(5, warehouse_id=overseas.id)
        for order in (here, there):
            self._deliver(order, moment)
        self._assert_service(
            here, warehouse_id=self.warehouse, date_complete="2026-05-12", state="late"
        )
        self._assert_service(
            there, warehouse_id=overseas, date_complete="2026-05-11", state="on_time"
        )

    def test_lines_of_two_warehouses_are_not_missing_in_each_others_transfer(self):
        overseas = self._overseas()
        overseas.delivery_route_id.sale_selectable = True
        order = self._order(
            lines=[
                {"product_id": self.goods.id, "product_uom_qty": 5},
                {
                    "product_id": self.other_goods.id,
                    "product_uom_qty": 2,
                    "route_ids": [Command.set(overseas.delivery_route_id.ids)],
                },
            ]
        )
        first = self._deliver(order, "2026-05-07 09:00:00", warehouse=self.warehouse)
        second = self._deliver(order, "2026-05-11 22:30:00", warehouse=overseas)
        self._assert_service(
            order,
            0,
            warehouse_id=self.warehouse,
            first_transfer_id=first,
            fill_rate=100,
        )
        self._assert_service(
            order,
            1,
            warehouse_id=overseas,
            first_transfer_id=second,
            fill_rate=100,
            date_complete="2026-05-11",
            state="on_time",
            transfer_count=1,
            order_transfer_count=2,
            order_split=100,
        )

    def _overseas(self):
        return self.env["stock.warehouse"].create(
            {
                "name": "Overseas",
                "code": "OVS",
                "company_id": self.company.id,
                "partner_id": self._partner("Pier", tz="America/New_York").id,
            }
        )

    def test_drop_shipment_goes_from_the_vendor_to_the_customer(self):
        order = self._order(10, 3)
        stock = self._deliver(order, "2026-05-08 09:00:00", 10, 0, close=True)
        line = order.order_line[1]
        self._assert_service(order, 1, state="short", is_dropship=False)
        line.move_ids.unlink()
        self._assert_service(order, 1, state="open_late", fill_rate=False)
        transfer = self._drop_ship(line, "2026-05-12 09:00:00")
        self._assert_service(
            order,
            1,
            is_dropship=True,
            delivered_qty=3,
            state="late",
            late_days=1,
            first_transfer_id=transfer,
            fill_rate=100,
            order_transfer_count=2,
        )
        self._assert_service(order, 0, first_transfer_id=stock, is_dropship=False)

    def _drop_ship(self, line, moment):
        """What the vendor ships to the customer, as a purchase order makes it."""
        vendors = self.env.ref("stock.stock_location_suppliers")
        customers = self.env.ref("stock.stock_location_customers")
        transfer = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": vendors.id,
                "location_dest_id": customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "product_uom_qty": line.product_uom_qty,
                            "quantity": line.product_uom_qty,
                            "picked": True,
                            "location_id": vendors.id,
                            "location_dest_id": customers.id,
                            "sale_line_id": line.id,
                        }
                    )
                ],
            }
        )
        with freeze_time(moment):
            transfer._action_done()
        return transfer

    def test_kit_is_complete_when_all_parts_are(self):
        order = self._order(2)
        part = order.order_line.move_ids
        part.product_id = self.other_goods
        part.sale_line_id = order.order_line  # core takes it for a mistake
        other = part.copy({"product_id": self._goods("Brush").id})
        other._action_confirm()
        self._deliver_moves(part, "2026-05-08 09:00:00")
        self._assert_service(order, state="open_late", date_complete=False)
        self._deliver_moves(other, "2026-05-11 09:00:00")
        self._assert_service(
            order,
            state="on_time",
            date_complete="2026-05-11",
            fill_rate=False,
            transfer_count=2,
        )

    def _deliver_moves(self, moves, moment):
        moves.quantity = 2
        moves.picked = True
        with freeze_time(moment):
            moves._action_done()

    def test_customer_is_that_of_the_order_not_of_the_address(self):
        site = self._partner("Building Site")
        buyer = self._partner("Buyer", is_company=False, parent_id=self.customer.id)
        order = self._order(1, partner=buyer, partner_shipping_id=site.id)
        self._assert_service(order, partner_id=self.customer, address_id=site)

    def test_own_companies_are_no_customers(self):
        order = self._order(1)
        self.assertTrue(self._service(order))
        self.customer.employee = True
        self.assertFalse(self._service(order))

    def test_tolerance(self):
        self.policy.delivery_tolerance_days = 2
        for day, state, late_days in ((13, "on_time", 2), (14, "late", 3)):
            order = self._order(10)
            self._deliver(order, f"2026-05-{day} 09:00:00")
            self._assert_service(order, state=state, late_days=late_days)
        order = self._order(10, promise="2026-06-28 12:00:00")
        self._assert_service(order, state="pending")

    def test_order_without_a_kept_promise_follows_its_deadline(self):
        """Orders confirmed before the installation."""
        order = self._order(10)
        order.order_line._forget_loyalty_promise()
        order.commitment_date = "2026-05-25 12:00:00"
        self._deliver(order, "2026-05-20 09:00:00")
        self._assert_service(
            order,
            date_promised="2026-05-25",
            promise_kind="changed",
            ordered_qty=10,
            state="on_time",
        )

    def test_without_any_promise_nothing_is_judged(self):
        order = self._order(10)
        order.order_line._forget_loyalty_promise()
        self._deliver(order, "2026-05-20 09:00:00")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE stock_move SET date_deadline = NULL WHERE sale_line_id = %s",
            [order.order_line.id],
        )
        self._assert_service(
            order,
            date_promised="False",
            promise_kind=False,
            state="no_promise",
            on_time=False,
            fill_rate=False,
            late_days=False,
            shipment_days=False,
        )


@tagged("post_install", "-at_install")
class TestFigures(DeliveryCase):
    """What the value page says, and the lines behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # five lines due: on time, on time, late by 3 and 4, open since 20 June
        cls.both = cls._order(10, 4)
        cls._deliver(cls.both, "2026-05-08 09:00:00", 10, 0)
        cls._deliver(cls.both, "2026-05-14 09:00:00")
        cls.good = cls._order(10)
        cls._deliver(cls.good, "2026-05-11 09:00:00")
        cls.split = cls._order(10)
        cls._deliver(cls.split, "2026-05-06 09:00:00", 5)
        cls._deliver(cls.split, "2026-05-15 09:00:00")
        cls.open = cls._order(10, promise="2026-06-20 12:00:00")
        # outside: before the window, after the as-of day, not due, no goods
        old = {"confirmed": "2025-06-02 08:00:00", "promise": "2025-06-30 12:00:00"}
        cls._deliver(cls._order(10, **old), "2025-07-20 09:00:00")
        early = cls._order(10, promise="2026-07-01 12:00:00")
        cls._deliver(early, "2026-06-29 09:00:00")
        cls._order(10, promise="2026-07-02 12:00:00")
        cls._order(lines=[{"product_id": cls.service.id}])
        cls._invoice(cls.customer, 100)
        cls._run()
        cls.lines = cls.env["crm.customer.delivery"]

    def setUp(self):
        super().setUp()
        self.profile = self._profile(self.customer)

    def test_figures(self):
        self.assertTrue(self.profile.delivery_known)
        self.assertEqual(
            {
                name: self.profile[name]
                for name in self.profile._fields
                if name.startswith("delivery_") and name != "delivery_known"
            },
            {
                "delivery_line_count": 5,
                "delivery_on_time": 40,  # two of five lines
                "delivery_order_on_time": 25,  # one of four orders
                "delivery_fill_rate": 62.5,  # 100, 0, 100, 50
                "delivery_late_days": 3.4,  # 0, 3, 0, 4, 10
                "delivery_order_split": 66.7,  # two of three delivered orders
                "delivery_returned_share": 0,
                "delivery_shipment_days": 5.8,  # 4, 10, 7, 2
            },
        )

    def test_each_figure_opens_exactly_what_it_counts(self):
        counts = {
            "delivery_line_count": 5,
            "delivery_on_time": 5,
            "delivery_order_on_time": 5,
            "delivery_fill_rate": 4,
            "delivery_late_days": 5,
            "delivery_order_split": 4,
            "delivery_returned_share": 4,
            "delivery_shipment_days": 4,
        }
        for figure, count in counts.items():
            action = self.profile.with_context(figure=figure).action_explain()
            lines = self.lines.search(action["domain"])
            with self.subTest(figure=figure):
                self.assertEqual(action["res_model"], "crm.customer.delivery")
                self.assertEqual(len(lines), count)
                self.assertIn(self.customer.name, action["name"])
            if figure == "delivery_line_count":
                continue
            measure = figure.removeprefix("delivery_")
            [[average]] = self.lines._read_group(
                action["domain"], [], [f"{measure}:avg"]
            )
            with self.subTest(figure=figure):
                self.assertAlmostEqual(average, self.profile[figure], 1)

    def test_other_figures_still_open_the_sales_ledger(self):
        action = self.profile.action_explain()
        self.assertEqual(action["res_model"], "crm.customer.ledger")

    def test_too_little_data(self):
        self.good.order_line.product_uom_qty = 10
        self.open._action_cancel()
        self.env.invalidate_all()
        self.assertEqual(self.profile.delivery_line_count, 4)
        self.assertFalse(self.profile.delivery_known)
        self.assertIs(self.profile.delivery_on_time, False)
        self.assertIs(self.profile.delivery_late_days, False)

    def test_customer_without_orders(self):
        partner = self._partner("Silent")
        self._invoice(partner, 10)
        self._run()
        profile = self._profile(partner)
        self.assertEqual(profile.delivery_line_count, 0)
        self.assertFalse(profile.delivery_known)
        self.assertIs(profile.delivery_fill_rate, False)

    def test_shares_by_group_count_orders_once_and_leave_out_the_unknown(self):
        self.other_goods.categ_id = self.env["product.category"].create(
            {"name": "Tapes"}
        )
        groups = self.lines._read_group(
            [("partner_id", "=", self.customer.id)],
            ["product_id"],
            ["__count", "on_time:avg", "order_on_time:avg", "order_split:avg"],
        )
        self.assertEqual(
            {product: figures for product, *figures in groups},
            {
                # on time both of May, the early one and none of the two late ones;
                # the one promised for July is not due
                self.goods: [7, 50, 50, 40],
                self.other_goods: [1, 0, 0, 100],
            },
        )

    def test_group_in_which_nothing_was_due_has_no_share(self):
        [[count, on_time, orders]] = self.lines._read_group(
            [("partner_id", "=", self.customer.id), ("state", "=", "pending")],
            [],
            ["__count", "on_time:avg", "order_on_time:avg"],
        )
        self.assertEqual([count, on_time, orders], [1, False, False])

    def test_quantities_of_unlike_goods_are_not_added_up(self):
        for name in ("ordered_qty", "delivered_qty", "returned_qty", "transfer_count"):
            with self.subTest(field=name):
                self.assertFalse(self.lines._fields[name].aggregator)

    def test_figures_cost_one_query_for_any_number_of_customers(self):
        partners = [self._partner(f"Customer {number}") for number in range(6)]
        for partner in partners:
            self._invoice(partner, 10)
            self._order(1, partner=partner)
        self._run()
        profiles = self.profiles.search([("company_id", "=", self.company.id)])
        self.assertEqual(len(profiles), 7)
        counts = []
        for records in (profiles[:1], profiles):
            for _warm in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                records.mapped("partner_id.name")
                records.mapped("company_id.name")
                records.mapped("policy_id.as_of")
                before = self.cr.sql_log_count
                records.mapped("delivery_on_time")
                count = self.cr.sql_log_count - before
            counts.append(count)
        self.assertEqual(counts[0], counts[1])

    def test_list_costs_as_many_queries_for_many_customers(self):
        seller = self._user("delivery_all", "sales_team.group_sale_salesman_all_leads")
        names = ("partner_id", "address_id", "order_id", "product_id", "tier_id")
        specification = {name: {"fields": {"display_name": {}}} for name in names}
        specification |= {"state": {}, "late_days": {}, "fill_rate": {}}
        counts = []
        for _round in range(2):
            for _warm in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                rows = self.lines.with_user(seller).web_search_read([], specification)
                count = self.cr.sql_log_count - before
            counts.append((rows["length"], count))
            for number in range(6):
                partner = self._partner(f"Customer {number}")
                self._order(number + 1, 2, partner=partner)
        (few, queries_few), (many, queries_many) = counts
        self.assertEqual(many - few, 12)
        self.assertEqual(queries_many, queries_few)

    def test_salesperson_sees_the_service_of_his_customers(self):
        anna = self._user("delivery_anna", "sales_team.group_sale_salesman")
        boris = self._user("delivery_boris", "sales_team.group_sale_salesman")
        self.customer.user_id = anna
        self.both.user_id = boris
        profile = self.profile.with_user(anna)
        self.assertEqual(profile.delivery_on_time, 40)
        action = profile.with_context(figure="delivery_on_time").action_explain()
        lines = self.lines.with_user(anna).search(action["domain"])
        self.assertEqual(len(lines), 5)
        # of an order he may not read he sees the line
        line = lines.filtered(lambda line: line.sudo().order_id == self.both)[:1]
        self.assertEqual(line.action_open_order()["res_model"], line._name)
        self.good.user_id = anna
        line = lines.filtered(lambda line: line.sudo().order_id == self.good)
        self.assertEqual(line.action_open_order()["res_model"], "sale.order")
        self.assertFalse(self.lines.with_user(boris).search([]))
