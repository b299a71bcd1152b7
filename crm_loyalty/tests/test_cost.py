# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from unittest import SkipTest

from odoo import Command
from odoo.tests import tagged

from .cost_common import DAY, CostCase


@tagged("post_install", "-at_install")
class TestPerpetual(CostCase):
    """Rule a: what the document itself has booked."""

    def test_cost_items_of_the_invoice(self):
        glue = self._product(cost=10, valuation="real_time")
        order = self._order((glue, 5, 20))
        self._deliver(order)
        invoice = self._bill(order)
        booked = invoice.line_ids.filtered(
            lambda line: line.display_type == "cogs" and line.balance > 0
        )
        self.assertEqual(booked.balance, 50)
        self.assertEqual(self._costs(invoice), [(50, "ledger")])

    def test_ledger_wins_over_stock_moves(self):
        glue = self._product(valuation="real_time", method="fifo", cost=0)
        self._receive(glue, 5, 10)
        self._receive(glue, 5, 30)
        order = self._order((glue, 10, 50))
        self._deliver(order, 5)
        invoice = self._bill(order)
        booked = invoice.line_ids.filtered(
            lambda line: line.display_type == "cogs" and line.balance > 0
        )
        self.assertEqual(self._costs(invoice), [(booked.balance, "ledger")])

    def test_credit_note_takes_the_cost_back(self):
        glue = self._product(cost=10, valuation="real_time")
        order = self._order((glue, 5, 20))
        transfer = self._deliver(order)
        invoice = self._bill(order)
        self._give_back(transfer, 2)
        note = self._reverse(invoice, quantity=2)
        self.assertEqual(self._costs(note), [(-20, "ledger")])
        self.assertFalse(self._ledger(("cost_not_returned", "=", True)))

    def test_reverse_and_cancel_takes_all_back(self):
        # the copied cost items no longer say which line they belong to
        glue = self._product(cost=3.33, valuation="real_time")
        tape = self._product("Tape", cost=7, valuation="real_time")
        order = self._order((glue, 1, 20), (tape, 2, 20), (glue, 2, 20))
        self._deliver(order)
        invoice = self._bill(order)
        note = self._reverse(invoice, cancel=True)
        copied = note.line_ids.filtered(lambda line: line.display_type == "cogs")
        self.assertTrue(copied)
        self.assertFalse(copied.cogs_origin_id)
        self.assertEqual(
            self._costs(note), [(-3.33, "ledger"), (-14, "ledger"), (-6.66, "ledger")]
        )

    def test_parts_of_copied_items_add_up_to_the_cent(self):
        glue = self._product(cost=0.335, valuation="real_time")
        order = self._order((glue, 1, 20), (glue, 1, 20), (glue, 4, 20))
        self._deliver(order)
        invoice = self._bill(order)
        note = self._reverse(invoice, cancel=True)
        booked = [
            line.balance
            for line in note.line_ids
            if line.display_type == "cogs" and line.balance < 0
        ]
        # a sixth of 2.02, twice, and what is left
        self.assertAlmostEqual(sum(booked), -2.02)
        self.assertEqual(
            self._costs(note),
            [(-0.34, "ledger"), (-0.33, "ledger"), (-1.35, "ledger")],
        )

    def test_price_only_credit_is_kept_and_flagged(self):
        glue = self._product(cost=10, valuation="real_time")
        order = self._order((glue, 5, 20))
        self._deliver(order)
        invoice = self._bill(order)
        note = self._reverse(invoice, price_unit=2)
        self.assertEqual(self._costs(note), [(-50, "ledger")])
        flagged = self._ledger(("cost_not_returned", "=", True))
        self.assertEqual(flagged.move_id, note)
        self.assertEqual((flagged.amount, flagged.cost), (-10, -50))

    def test_posting_again_decides_again(self):
        glue = self._product(cost=10, valuation="real_time")
        order = self._order((glue, 5, 20))
        self._deliver(order)
        invoice = self._bill(order)
        invoice.button_draft()
        invoice.invoice_line_ids.quantity = 3
        invoice.action_post()
        self.assertEqual(self._costs(invoice), [(30, "ledger")])
        self.assertFalse(self._ledger(("cost_reconstructed", "=", True)))


@tagged("post_install", "-at_install")
class TestPeriodic(CostCase):
    """Rules b and d: value of what was delivered, cost on the order."""

    def test_average_value_of_the_deliveries(self):
        glue = self._product(method="fifo", cost=0)
        self._receive(glue, 4, 10)
        self._receive(glue, 6, 20)
        order = self._order((glue, 10, 50))
        self._deliver(order)
        self.assertEqual(self._costs(self._bill(order)), [(160, "moves")])

    def test_returns_are_taken_off(self):
        glue = self._product(method="fifo", cost=0, invoice_policy="delivery")
        self._receive(glue, 4, 10)
        self._receive(glue, 6, 20)
        order = self._order((glue, 10, 50))
        first = self._deliver(order, 4)
        self._deliver(order)
        self._give_back(first, 4)
        # what is left is the dearer lot
        invoice = self._bill(order)
        self.assertEqual(invoice.invoice_line_ids.quantity, 6)
        self.assertEqual(self._costs(invoice), [(120, "moves")])

    def test_another_unit_on_the_invoice(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        glue = self._product(cost=10)
        order = self._order((glue, 2, 200, {"product_uom_id": dozen.id}))
        self._deliver(order)
        self.assertEqual(self._costs(self._bill(order)), [(240, "moves")])

    def test_later_costs_change_nothing(self):
        glue = self._product(cost=10)
        order = self._order((glue, 5, 20))
        self._deliver(order)
        invoice = self._bill(order)
        glue.standard_price = 15
        order.order_line.move_ids.filtered("is_out").value = 99
        self._run(full=True)
        self.assertEqual(self._costs(invoice), [(50, "moves")])

    def test_not_yet_delivered_has_the_cost_of_the_order(self):
        glue = self._product(cost=10)
        order = self._order((glue, 5, 20))
        invoice = self._bill(order)
        self.assertEqual(self._costs(invoice), [(50, "order")])
        glue.standard_price = 15
        self._deliver(order)
        self._run(full=True)
        self.assertEqual(self._costs(invoice), [(50, "order")])

    def test_service_has_the_cost_of_the_order(self):
        advice = self._product("Advice", cost=40, type="service")
        order = self._order((advice, 3, 100))
        order.order_line.purchase_price = 45
        self.assertEqual(self._costs(self._bill(order)), [(135, "order")])

    def test_cost_of_an_order_in_another_currency_and_unit(self):
        gold = self.setup_other_currency("EUR", rates=[("2025-01-01", 4.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Gold", "currency_id": gold.id}
        )
        dozen = self.env.ref("uom.product_uom_dozen")
        glue = self._product(cost=10)
        order = self._order(
            (glue, 2, 1000, {"product_uom_id": dozen.id}), pricelist_id=pricelist.id
        )
        self.assertEqual(order.order_line.purchase_price, 480)
        invoice = self._bill(order)
        self.assertEqual(invoice.currency_id, gold)
        self.assertEqual(self._costs(invoice), [(240, "order")])

    def test_zero_on_the_order_is_unknown(self):
        glue = self._product(cost=0)
        invoice = self._bill(self._order((glue, 5, 20)))
        self.assertEqual(self._costs(invoice), [(None, "unknown")])

    def test_discount_line_has_no_goods(self):
        glue = self._product(cost=10)
        rebate = self._product("Rebate", cost=99, type="service")
        order = self._order((glue, 5, 20), (rebate, 1, -15))
        invoice = self._bill(order)
        self.assertEqual(self._costs(invoice), [(50, "order"), (0, "no_goods")])
        note = self._reverse(invoice)
        self.assertEqual(self._costs(note), [(-50, "reversal"), (0, "no_goods")])

    def test_discount_line_of_the_same_product_does_not_dilute_a_credit(self):
        advice = self._product("Advice", cost=40, type="service")
        order = self._order((advice, 1, 100), (advice, 1, -15))
        invoice = self._bill(order)
        self.assertEqual(self._costs(invoice), [(40, "order"), (0, "no_goods")])
        note = self._reverse(invoice)
        self.assertEqual(self._costs(note), [(-40, "reversal"), (0, "no_goods")])

    def test_down_payment_is_unknown_and_nets_out(self):
        glue = self._product(cost=10)
        order = self._order((glue, 5, 20))
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": 30,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        wizard.create_invoices()
        # as with a product for down payments that has a cost
        order.order_line.filtered("is_downpayment").purchase_price = 5
        advance = order.invoice_ids
        advance.invoice_date = DAY
        advance.action_post()
        self.assertEqual(self._costs(advance), [(None, "unknown")])
        self._run()
        profile = self._profile(self.buyer)
        self.assertEqual((profile.cost, profile.revenue_uncosted), (0, 30))
        self._deliver(order)
        self._bill(order)
        self._run()
        self.assertEqual((profile.cost, profile.revenue_uncosted), (50, 0))
        self.assertEqual((profile.revenue, profile.margin), (100, 50))

    def test_credit_note_takes_back_what_the_invoice_has(self):
        glue = self._product(cost=10)
        order = self._order((glue, 5, 20))
        invoice = self._bill(order)
        # delivered at another cost than invoiced
        glue.standard_price = 15
        self._deliver(order)
        self.assertEqual(self._costs(self._reverse(invoice)), [(-50, "reversal")])
        self._run()
        profile = self._profile(self.buyer)
        self.assertEqual((profile.revenue, profile.cost), (0, 0))

    def test_credit_note_of_unknown_cost_is_unknown(self):
        glue = self._product(cost=0)
        order = self._order((glue, 5, 20))
        invoice = self._bill(order)
        # by now there is a cost, but none that could be taken back
        glue.standard_price = 15
        self._deliver(order)
        note = self._reverse(invoice)
        self.assertEqual(self._costs(note), [(None, "unknown")])
        self._run()
        self.assertEqual(self._profile(self.buyer).revenue_uncosted, 0)

    def test_credit_note_of_the_order_has_the_value_of_what_went_out(self):
        glue = self._product(cost=10, invoice_policy="delivery")
        order = self._order((glue, 5, 20))
        transfer = self._deliver(order)
        self._bill(order)
        glue.standard_price = 15
        self._give_back(transfer, 5)
        note = self._bill(order, "2026-04-01")
        self.assertEqual(note.move_type, "out_refund")
        self.assertEqual(self._costs(note), [(-50, "moves")])
        self.assertFalse(self._ledger(("cost_not_returned", "=", True)))

    def test_price_only_credit_is_flagged(self):
        glue = self._product(cost=10)
        order = self._order((glue, 5, 20))
        self._deliver(order)
        note = self._reverse(self._bill(order), price_unit=2)
        self.assertEqual(self._costs(note), [(-50, "reversal")])
        self.assertEqual(self._ledger(("cost_not_returned", "=", True)).move_id, note)

    def test_credit_before_delivery_is_not_flagged(self):
        glue = self._product(cost=10)
        note = self._reverse(self._bill(self._order((glue, 5, 20))))
        self.assertEqual(self._costs(note), [(-50, "reversal")])
        self.assertFalse(self._ledger(("cost_not_returned", "=", True)))


@tagged("post_install", "-at_install")
class TestWithoutOrder(CostCase):
    """Rule e: the history of the product's cost; rule f: unknown."""

    def _sell(self, product, quantity=5, date=DAY, **values):
        return self._invoice(
            self.buyer,
            date=date,
            lines=[self._line(20, product_id=product.id, quantity=quantity)],
            **values,
        )

    def test_last_cost_up_to_the_invoice(self):
        glue = self._product(cost=10)
        for cost, date in ((12, "2026-03-01"), (13, "2026-03-15"), (99, "2026-03-16")):
            glue.standard_price = cost
            self._date_costs(glue, f"{date} 08:00:00")
        self.assertEqual(
            [self._costs(self._sell(glue, date=day)) for day in ("2026-02-28", DAY)],
            [[(50, "product_value")], [(65, "product_value")]],
        )

    def test_cost_entered_after_the_invoice_is_none(self):
        glue = self._product(cost=0)
        glue.standard_price = 10
        self._date_costs(glue, "2026-03-16 08:00:00")
        self.assertEqual(self._costs(self._sell(glue)), [(None, "unknown")])

    def test_cost_in_another_company_is_none(self):
        other = self.setup_other_company()["company"]
        glue = self._product(cost=0)
        glue.with_company(other).standard_price = 10
        self._date_costs(glue, "2025-01-01")
        self.assertEqual(self._costs(self._sell(glue)), [(None, "unknown")])

    def test_values_of_single_lots_are_no_cost(self):
        glue = self._product(
            cost=0, method="average", tracking="lot", lot_valuated=True
        )
        lot = self.env["stock.lot"].create({"name": "1", "product_id": glue.id})
        lot.standard_price = 77
        self._date_costs(glue, "2025-01-01")
        values = self.env["product.value"].search([("product_id", "=", glue.id)])
        self.assertEqual(values.filtered("lot_id").value, 77)
        self.assertEqual(self._costs(self._sell(glue)), [(None, "unknown")])

    def test_line_in_another_currency_and_unit(self):
        gold = self.setup_other_currency("EUR", rates=[("2025-01-01", 4.0)])
        glue = self._product(cost=10)
        dozen = self.env.ref("uom.product_uom_dozen")
        line = self._line(1000, product_id=glue.id, quantity=2, product_uom_id=dozen.id)
        invoice = self._invoice(self.buyer, lines=[line], currency_id=gold.id)
        self.assertEqual(self._costs(invoice), [(240, "product_value")])

    def test_receipt_and_credit_note_without_invoice(self):
        glue = self._product(cost=10)
        receipt = self._sell(glue, 2, move_type="out_receipt")
        note = self._sell(glue, 3, move_type="out_refund")
        self.assertEqual(self._costs(receipt), [(20, "product_value")])
        self.assertEqual(self._costs(note), [(-30, "product_value")])

    def test_line_without_product_is_unknown(self):
        invoice = self._invoice(
            self.buyer,
            lines=[
                self._line(100, product_id=False, name="Work"),
                self._line(-10, product_id=False, name="Rebate"),
            ],
        )
        self.assertEqual(self._costs(invoice), [(None, "unknown"), (0, "no_goods")])

    def test_deleted_lines_take_their_cost_along(self):
        invoice = self._sell(self._product(cost=10))
        invoice.button_draft()
        invoice.invoice_line_ids.unlink()
        self.assertEqual(self._rows(), [])

    def test_vendor_bills_have_no_cost(self):
        bill = self._sell(self._product(cost=10), move_type="in_invoice")
        self.assertEqual(self._costs(bill), [(None, None)])


@tagged("post_install", "-at_install")
class TestOtherModules(CostCase):
    """Kits and drop-shipment, with the modules that bring them.

    ``make test`` installs those and lets no test be skipped.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        installed = cls.env["ir.module.module"]._installed()
        if not {"sale_mrp", "stock_dropshipping"} <= installed.keys():
            raise SkipTest("needs sale_mrp and stock_dropshipping")

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        for xmlid in ("mrp.group_mrp_manager", "purchase.group_purchase_manager"):
            groups |= cls.env.ref(xmlid, raise_if_not_found=False) or groups
        return groups

    def _kit(self):
        """1 kit = 2 bolts at 3 and 1 plate at 4; nobody has entered a cost of it."""
        bolt = self._product("Bolt", method="fifo", cost=0)
        plate = self._product("Plate", method="fifo", cost=0)
        self._receive(bolt, 100, 3)
        self._receive(plate, 100, 4)
        kit = self._product("Kit", cost=0, is_storable=False)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": bolt.id, "product_qty": 2}),
                    Command.create({"product_id": plate.id, "product_qty": 1}),
                ],
            }
        )
        return kit

    def test_kit_has_the_value_of_its_components(self):
        order = self._order((self._kit(), 5, 30))
        self.assertEqual(len(order.order_line.move_ids), 2)
        self._deliver(order)
        self.assertEqual(self._costs(self._bill(order)), [(50, "moves")])

    def test_kit_delivered_and_returned_in_part(self):
        kit = self._kit()
        kit.invoice_policy = "delivery"
        order = self._order((kit, 5, 30))
        transfer = self._deliver(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=transfer.id)
            .create({})
        )
        for line in wizard.product_return_moves:
            line.quantity = 4 if line.product_id.name == "Bolt" else 2
        back = wizard._create_return()
        back.move_ids.picked = True
        back._action_done()
        invoice = self._bill(order)
        self.assertEqual(invoice.invoice_line_ids.quantity, 3)
        self.assertEqual(self._costs(invoice), [(30, "moves")])

    def _dropship(self, quantity=5, currency=None, price=8, **values):
        """An order whose goods the vendor delivers; purchase confirmed, delivered."""
        route = self.quick_ref("stock_dropshipping.route_drop_shipping")
        vendor = self._partner("Vendor")
        glue = self._product(
            cost=99,
            route_ids=[Command.set(route.ids)],
            seller_ids=[
                Command.create(
                    {
                        "partner_id": vendor.id,
                        "price": price,
                        "currency_id": (currency or self.company.currency_id).id,
                        "company_id": self.company.id,
                    }
                )
            ],
            **values,
        )
        glue.supplier_taxes_id = False
        order = self._order((glue, quantity, 20))
        return order, order.order_line.purchase_line_ids

    def test_drop_shipment_has_the_price_of_the_purchase(self):
        for valuation in ("periodic", "real_time"):
            with self.subTest(valuation=valuation):
                order, purchased = self._dropship(valuation=valuation)
                purchased.order_id.button_confirm()
                self._deliver(order)
                self.assertTrue(order.order_line.move_ids.is_dropship)
                self.assertEqual(self._costs(self._bill(order)), [(40, "purchase")])

    def test_drop_shipment_in_another_currency_with_discount(self):
        gold = self.setup_other_currency("EUR", rates=[("2025-01-01", 4.0)])
        order, purchased = self._dropship(currency=gold, price=80)
        self.assertEqual(purchased.order_id.currency_id, gold)
        purchased.discount = 10
        purchased.order_id.button_confirm()
        self.assertEqual(self._costs(self._bill(order)), [(90, "purchase")])

    def test_bought_service_has_the_cost_of_the_order(self):
        # its purchase names the order line, too
        vendor = self._partner("Vendor")
        work = self._product("Work", cost=10, type="service")
        work.seller_ids = [
            Command.create({"partner_id": vendor.id, "price": 8, "min_qty": 0})
        ]
        work.with_company(self.company).service_to_purchase = True
        order = self._order((work, 5, 20))
        purchased = order.order_line.purchase_line_ids
        purchased.order_id.button_confirm()
        self.assertEqual((purchased.state, purchased.price_unit), ("purchase", 8))
        self.assertEqual(self._costs(self._bill(order)), [(50, "order")])

    def test_request_for_quotation_is_no_purchase(self):
        order, purchased = self._dropship()
        self.assertEqual(purchased.state, "draft")
        self.assertEqual(self._costs(self._bill(order)), [(495, "order")])
