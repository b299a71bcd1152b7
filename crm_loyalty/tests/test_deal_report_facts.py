# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.tests import Form, freeze_time, tagged

from .delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-30 12:00:00")
class TestDealReportFacts(DeliveryCase):
    """Section 9: orders, deliveries and invoices that were really posted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {
                "type": "opportunity",
                "name": "Annual contract",
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
            }
        )
        for product, cost in ((cls.goods, 60), (cls.other_goods, 25)):
            product.write({"standard_price": cost, "invoice_policy": "delivery"})
        # 2 of it are 1 of ours
        cls.foreign = cls.setup_other_currency("EUR")
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": cls.foreign.id}
        )

    def _facts(self, leads=None):
        leads = leads or self.lead
        self.env.invalidate_all()
        today = fields.Date.to_date("2026-06-30")
        return self.env["crm.deal.facts"]._get_facts(leads, today)[leads[:1]]

    def _assert_facts(self, **expected):
        facts = self._facts()
        self.assertEqual({name: facts[name] for name in expected}, expected)

    def _sell(self, *lines, **values):
        return self._order(
            lines=[
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "price_unit": price,
                    "tax_ids": False,
                }
                for product, quantity, price in lines
            ],
            opportunity_id=self.lead.id,
            **values,
        )

    def _bill(self, order, date, due):
        move = order._create_invoices()
        move.write(
            {
                "invoice_date": date,
                "date": date,
                "invoice_payment_term_id": False,
                "invoice_date_due": due,
            }
        )
        move.action_post()
        return move

    def _pay(self, move, amount, date="2026-06-20"):
        wizard = Form.from_action(self.env, move.action_register_payment())
        wizard.amount = amount
        wizard.payment_date = fields.Date.to_date(date)
        wizard.save()._create_payments()

    def test_no_documents(self):
        self._assert_facts(
            quotations=0,
            orders=0,
            quoted=0,
            ordered=0,
            shipped_share=None,
            invoiced=0,
            open=0,
            overdue=0,
            overdue_days=0,
            lines_due=0,
            late_days=None,
            margin=None,
        )

    def test_partial_deliveries_invoices_and_refund(self):
        """Glue 10 at 100, tape 5 at 40: 1 200; 6 and 5 shipped, then 2."""
        order = self._sell((self.goods, 10, 100), (self.other_goods, 5, 40))
        self._assert_facts(orders=1, ordered=1200, shipped_share=0, margin=475)
        self._deliver(order, "2026-05-08 10:00:00", 6, 5)
        first = self._bill(order, "2026-05-10", "2026-05-30")
        # 600 + 200 of 1 200
        self._assert_facts(shipped_share=66.7, invoiced=800, open=800, overdue=800)
        self._deliver(order, "2026-05-20 10:00:00", 2)
        second = self._bill(order, "2026-05-21", "2026-07-15")
        self.assertEqual((first.amount_untaxed, second.amount_untaxed), (800, 200))
        # two lines due, one complete in time; 2 of glue are 50 days late
        self._assert_facts(
            shipped_share=83.3,
            invoiced=1000,
            open=1000,
            overdue=800,
            overdue_days=31,
            lines_due=2,
            lines_on_time=1,
            lines_open_late=1,
            late_days=50,
        )
        self._pay(first, 300)
        self._assert_facts(invoiced=1000, open=700, overdue=500)
        refund = first._reverse_moves(
            [{"invoice_date": "2026-06-22", "date": "2026-06-22"}]
        )
        refund.invoice_line_ids.filtered(
            lambda line: line.product_id == self.other_goods
        ).unlink()
        refund.invoice_line_ids.quantity = 1
        refund.write({"invoice_payment_term_id": False})
        refund.invoice_date_due = "2026-06-25"
        refund.action_post()
        self.assertEqual(refund.amount_total, 100)
        # neither paid out nor reconciled: it is taken off what is owed
        self._assert_facts(invoiced=900, open=600, overdue=400, overdue_days=31)

    def test_two_currencies_and_partial_invoice(self):
        """2 x 150 at 2 : 1 are 150 of ours; half of it invoiced, and a quotation."""
        self._sell((self.service, 1, 1000))
        order = self._sell((self.service, 2, 150), pricelist_id=self.pricelist.id)
        self.assertEqual(order.currency_id, self.foreign)
        self.assertEqual(order.amount_untaxed, 300)
        move = order._create_invoices()
        move.invoice_line_ids.quantity = 1
        move.write({"invoice_date": "2026-06-01", "date": "2026-06-01"})
        move.action_post()
        self.assertEqual((move.currency_id, move.amount_total), (self.foreign, 150))
        self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "opportunity_id": self.lead.id,
                "order_line": [
                    Command.create({"product_id": self.service.id, "price_unit": 500})
                ],
            }
        )
        cancelled = self._sell((self.service, 1, 9999))
        cancelled._action_cancel()
        self._assert_facts(
            quotations=1,
            quoted=500,
            orders=2,
            ordered=1150,
            invoiced=75,
            open=75,
            # services are not shipped
            shipped_share=None,
            lines_due=0,
            margin=1150,
        )

    def test_returned_goods_are_not_shipped(self):
        order = self._sell((self.goods, 4, 100))
        transfer = self._deliver(order, "2026-05-08 10:00:00", 4)
        self._assert_facts(shipped_share=100, lines_on_time=1)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=transfer.id, active_model="stock.picking")
            .create({"picking_id": transfer.id})
        )
        wizard.product_return_moves.quantity = 1
        wizard.product_return_moves.to_refund = True
        back = wizard._create_return()
        back.move_ids.quantity = 1
        back.move_ids.picked = True
        back._action_done()
        self._assert_facts(shipped_share=75)

    def test_down_payment_counts_once(self):
        order = self._sell((self.service, 1, 1000))
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        down = wizard._create_invoices(order)
        down.action_post()
        self._assert_facts(invoiced=300, ordered=1000)
        final = order._create_invoices(final=True)
        final.action_post()
        self.assertEqual(final.amount_untaxed, 700)
        self._assert_facts(invoiced=1000, ordered=1000)

    def test_documents_of_other_deals_and_drafts_do_not_count(self):
        other = self.lead.copy()
        order = self._sell((self.service, 1, 1000))
        order._create_invoices()  # a draft
        self._assert_facts(invoiced=0, open=0, ordered=1000)
        self.assertEqual(self._facts(other)["orders"], 0)
