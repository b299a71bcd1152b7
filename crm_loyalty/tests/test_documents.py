# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.tests import Form, tagged

from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestDocuments(CrmLoyaltyCommon):
    """The tier on orders and invoices: shown while open, kept when confirmed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls._partner()
        cls.contact = cls._partner("Buyer", is_company=False, parent_id=cls.partner.id)
        cls._invoice(cls.partner, 100, "2026-01-15")
        cls._decide()

    def _order(self, partner):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": self.service.id})],
            }
        )

    def _lose_tier(self):
        self.env.cr.execute(
            "UPDATE crm_customer_profile SET tier_id = %s WHERE partner_id = %s",
            [self.tier_4.id, self.partner.id],
        )
        self.env.invalidate_all()

    def test_quotation_shows_the_current_tier(self):
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.contact
            self.assertEqual(form.loyalty_current_tier_id, self.tier_1)

    def test_confirmed_order_keeps_its_tier(self):
        order = self._order(self.contact)
        order.action_confirm()
        self._lose_tier()
        self.assertEqual(order.loyalty_tier_id, self.tier_1)
        self.assertEqual(order.loyalty_current_tier_id, self.tier_1)
        self.assertEqual(self._order(self.contact).loyalty_current_tier_id, self.tier_4)

    def test_order_back_to_quotation_forgets_its_tier(self):
        order = self._order(self.partner)
        order.action_confirm()
        order._action_cancel()
        order.action_draft()
        self.assertFalse(order.loyalty_tier_id)
        self._lose_tier()
        self.assertEqual(order.loyalty_current_tier_id, self.tier_4)

    def test_copies_do_not_inherit_the_tier(self):
        order = self._order(self.partner)
        order.action_confirm()
        self.assertFalse(order.copy().loyalty_tier_id)
        move = self._invoice(self.partner)
        self.assertFalse(move.copy().loyalty_tier_id)

    def test_invoice_keeps_the_tier_of_its_posting(self):
        move = self._invoice(self.contact, post=False)
        self.assertEqual(move.loyalty_current_tier_id, self.tier_1)
        move.action_post()
        self._lose_tier()
        self.assertEqual(move.loyalty_tier_id, self.tier_1)
        move.button_draft()
        self.assertFalse(move.loyalty_tier_id)
        move.action_post()
        self.assertEqual(move.loyalty_tier_id, self.tier_4)

    def test_vendor_bill_has_no_tier(self):
        bill = self._invoice(self.partner, move_type="in_invoice")
        self.assertFalse(bill.loyalty_tier_id)
        self.assertFalse(bill.loyalty_current_tier_id)

    def test_sales_and_invoice_analysis_by_tier(self):
        order = self._order(self.partner)
        order.action_confirm()
        self._invoice(self.partner, 60, "2026-04-01")
        self.env.flush_all()
        sales = self.env["sale.report"]._read_group(
            [("order_reference", "=", f"sale.order,{order.id}")],
            ["loyalty_tier_id"],
            ["__count"],
        )
        self.assertEqual(sales, [(self.tier_1, 1)])
        invoices = self.env["account.invoice.report"]._read_group(
            [("commercial_partner_id", "=", self.partner.id)],
            ["loyalty_tier_id"],
            ["price_subtotal:sum"],
        )
        self.assertEqual(dict(invoices), {self.tier_1.browse(): 100, self.tier_1: 60})

    def test_ledger_by_tier_at_posting(self):
        self._invoice(self.partner, 60, "2026-04-01")
        self.env.flush_all()
        groups = self.env["crm.customer.ledger"]._read_group(
            [("partner_id", "=", self.partner.id)], ["tier_id"], ["amount:sum"]
        )
        self.assertEqual(dict(groups), {self.tier_1.browse(): 100, self.tier_1: 60})
