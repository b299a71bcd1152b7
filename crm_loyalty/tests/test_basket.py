# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.tests import tagged

from .delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestBasket(DeliveryCase):
    """What customers usually buy against free stock; today is 30 June 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._goods("Sealant", is_storable=True)
        cls.baskets = cls.env["crm.customer.basket"]
        cls.demands = cls.env["crm.customer.demand"]

    @classmethod
    def _stock(cls, quantity, location=None):
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, location or cls.warehouse.lot_stock_id, quantity
        )

    @classmethod
    def _buy(cls, partner, purchases, product=None, **values):
        """Confirm and deliver orders, as {day: quantity}."""
        orders = cls.env["sale.order"]
        for day, quantity in purchases.items():
            order = cls._order(
                partner=partner,
                confirmed=f"{day} 09:00:00",
                promise=f"{day} 12:00:00",
                lines=[
                    {
                        "product_id": (product or cls.product).id,
                        "product_uom_qty": quantity,
                    }
                ],
                **values,
            )
            cls._deliver(order, f"{day} 14:00:00")
            orders += order
        return orders

    def _basket(self, partner):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.baskets.search([("partner_id", "=", partner.id)])

    def test_usual_quantity_interval_and_next_day(self):
        self._stock(200)
        self._buy(
            self.customer,
            {"2026-03-01": 10, "2026-04-01": 30, "2026-05-05": 12, "2026-06-02": 20},
        )
        # a second order on a day belongs to the same purchase
        self._buy(self.customer, {"2026-05-05": 2})
        basket = self._basket(self.customer)
        self.assertEqual(basket.product_id, self.product)
        self.assertEqual(basket.purchase_days, 4)
        self.assertEqual(basket.quantity, 17)  # 10, 14, 20, 30
        self.assertEqual(basket.interval_days, 31)  # 31, 34, 28
        self.assertEqual(str(basket.date_last), "2026-06-02")
        self.assertEqual(str(basket.date_expected), "2026-07-03")
        self.assertEqual(basket.free_qty, 126)
        self.assertEqual(basket.short_qty, 0)
        self.assertEqual(basket.warehouse_id, self.warehouse)

    def test_regular_means_three_days_of_the_window(self):
        self._stock(100)
        self._buy(self.customer, {"2025-06-30": 1, "2026-05-01": 1, "2026-06-01": 1})
        self.assertFalse(self._basket(self.customer))
        self._buy(self.customer, {"2025-07-01": 1})
        self.assertEqual(self._basket(self.customer).purchase_days, 3)

    def test_what_a_customer_ceased_to_buy_is_not_expected(self):
        """Silent for more than four intervals and 90 days."""
        self._stock(100)
        other = self._partner("Other")
        self._buy(self.customer, {"2026-03-10": 1, "2026-03-20": 1, "2026-04-01": 1})
        self._buy(other, {"2026-03-10": 1, "2026-03-20": 1, "2026-03-31": 1})
        self.assertTrue(self._basket(self.customer))  # silent for 90 days
        self.assertFalse(self._basket(other))  # for 91

    def test_only_stored_goods_served_from_stock(self):
        days = {"2026-04-01": 5, "2026-05-01": 5, "2026-06-01": 5}
        self._buy(self.customer, days, self.goods)  # not stored
        self._buy(self.customer, days, self.service)
        self.assertFalse(self._basket(self.customer))
        self._stock(100)
        orders = self._buy(self.customer, days)
        self.assertTrue(self._basket(self.customer))
        # as if vendors had shipped them
        vendors = self.env.ref("stock.stock_location_suppliers")
        self.cr.execute(
            "UPDATE stock_move SET location_id = %s WHERE id IN %s",
            [vendors.id, tuple(orders.order_line.move_ids.ids)],
        )
        self.assertFalse(self._basket(self.customer))

    def test_parts_of_kits_are_not_the_kit(self):
        self._stock(100)
        orders = self._buy(
            self.customer, {"2026-04-01": 5, "2026-05-01": 5, "2026-06-01": 5}
        )
        self.assertTrue(self._basket(self.customer))
        self.cr.execute(
            "UPDATE stock_move SET product_id = %s WHERE id IN %s",
            [self.goods.id, tuple(orders.order_line.move_ids.ids)],
        )
        self.assertFalse(self._basket(self.customer))

    def test_reserved_and_foreign_stock_is_not_free(self):
        self._stock(40)
        days = {"2026-04-01": 5, "2026-05-01": 5, "2026-06-01": 5}
        self._buy(self.customer, days)
        overseas = self.env["stock.warehouse"].create(
            {"name": "Overseas", "code": "OVS", "company_id": self.company.id}
        )
        self._stock(1000, overseas.lot_stock_id)
        self._stock(1000, self.env.ref("stock.stock_location_customers"))
        waiting = self._order(
            lines=[{"product_id": self.product.id, "product_uom_qty": 22}],
            partner=self._partner("Other"),
        )
        waiting.picking_ids.action_assign()
        basket = self._basket(self.customer)
        self.assertEqual(basket.free_qty, 3)
        self.assertEqual(basket.short_qty, 2)

    def test_better_tiers_are_served_first(self):
        big, small, stranger = (
            self._partner(name) for name in ("Big", "Small", "Stranger")
        )
        for partner, revenue in ((big, 800), (small, 150)):
            self._invoice(partner, revenue)
        self._decide()
        self.assertEqual(self._profile(big).tier_id, self.tier_1)
        self.assertEqual(self._profile(small).tier_id, self.tier_2)
        self._stock(100)
        # the better the tier, the later the expected day
        self._buy(stranger, {"2026-03-04": 4, "2026-04-04": 4, "2026-05-04": 4})
        self._buy(small, {"2026-04-08": 6, "2026-05-08": 6, "2026-06-07": 6})
        self._buy(big, {"2026-04-20": 10, "2026-05-20": 10, "2026-06-20": 10})
        self._stock(-40 + 12)  # 12 are left
        self.assertEqual(self._basket(big).free_qty, 12)
        self.assertEqual(self._basket(big).short_qty, 0)
        self.assertEqual(self._basket(small).short_qty, 4)  # 10 of 12 are taken
        self.assertEqual(self._basket(stranger).short_qty, 4)
        self.assertEqual(
            [self._basket(partner).is_key for partner in (big, small, stranger)],
            [True, True, False],
        )

    def test_who_is_expected_later_does_not_take_what_is_needed_soon(self):
        self._invoice(self.customer, 800)
        self._decide()
        other = self._partner("Other")
        self._stock(100)
        self._buy(self.customer, {"2025-09-01": 9, "2026-01-01": 9, "2026-05-01": 9})
        self._buy(other, {"2026-04-08": 6, "2026-05-08": 6, "2026-06-07": 6})
        self._stock(-55 + 6)  # 6 are left
        self.assertEqual(str(self._basket(self.customer).date_expected), "2026-08-30")
        self.assertTrue(self._basket(self.customer).is_key)
        self.assertEqual(self._basket(other).short_qty, 0)
        self.assertEqual(self._basket(self.customer).short_qty, 9)

    def test_expected_orders_of_30_days(self):
        self._invoice(self.customer, 800)
        self._decide()
        other = self._partner("Other")
        late = self._partner("Late")
        self._stock(100)
        # every ten days, next on 4, 14 and 24 July
        self._buy(self.customer, {"2026-06-04": 5, "2026-06-14": 5, "2026-06-24": 5})
        # a month, overdue since 4 June: today and 1 month later is beyond
        self._buy(other, {"2026-03-05": 7, "2026-04-04": 7, "2026-05-05": 7})
        self._buy(late, {"2026-01-01": 9, "2026-03-15": 9, "2026-06-01": 9})
        self._stock(-37 + 3)  # 3 are left
        self.assertEqual(self._basket(self.customer).quantity_soon, 15)
        self.assertEqual(self._basket(other).quantity_soon, 7)
        self.assertEqual(self._basket(late).quantity_soon, 0)
        demand = self.demands.search([("product_id", "=", self.product.id)])
        self.assertEqual(
            demand.read(
                [
                    "warehouse_id",
                    "customer_count",
                    "expected_qty",
                    "key_qty",
                    "free_qty",
                    "short_qty",
                ]
            ),
            [
                {
                    "id": demand.id,
                    "warehouse_id": (self.warehouse.id, self.warehouse.display_name),
                    "customer_count": 2,
                    "expected_qty": 22,
                    "key_qty": 15,
                    "free_qty": 3,
                    "short_qty": 19,
                }
            ],
        )
        action = demand.action_open_baskets()
        domain = [*action["domain"], ("date_expected", "<=", "2026-07-30")]
        self.assertEqual(self.baskets.search(domain).partner_id, self.customer + other)

    def test_purchasing_sees_products_and_no_customers(self):
        self._stock(100)
        self._buy(self.customer, {"2026-04-08": 6, "2026-05-08": 6, "2026-06-07": 6})
        buyer = self._user("basket_buyer", "stock.group_stock_manager")
        demand = self.demands.with_user(buyer).search([])
        self.assertEqual(demand.product_id, self.product)
        self.assertEqual(demand.action_open_baskets()["res_model"], "product.product")
        self.assertFalse(self.baskets.with_user(buyer).has_access("read"))

    def test_salesperson_sees_the_baskets_of_his_customers(self):
        anna = self._user("basket_anna", "sales_team.group_sale_salesman")
        mine = self._partner("Mine", user_id=anna.id)
        self._stock(100)
        for partner in (mine, self.customer):
            self._buy(partner, {"2026-04-08": 6, "2026-05-08": 6, "2026-06-07": 6})
        self.assertEqual(self.baskets.with_user(anna).search([]).partner_id, mine)
        self.assertFalse(self.demands.with_user(anna).has_access("read"))
