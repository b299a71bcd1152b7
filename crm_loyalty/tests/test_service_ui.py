# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.tests import tagged

from .test_ui import UiCase


@tagged("post_install", "-at_install")
class TestServiceUi(UiCase):
    """From the rates to one order, as the head of sales walks it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.standard_price = 10
        cls.env["product.value"].search(
            [("product_id", "=", cls.service.id)]
        ).date = "2020-01-01"
        cls.policy.action_retry_costs()
        customer = cls.env["res.partner"].search([("name", "=", "Tour Customer 1")])
        for _number in range(2):
            cls.env["sale.order"].create(
                {
                    "partner_id": customer.id,
                    "order_line": [Command.create({"product_id": cls.service.id})],
                }
            ).action_confirm()
        cls.policy._apply_tiers()

    def test_from_the_rates_to_a_document(self):
        self.start_tour("/odoo", "crm_loyalty_service_tour", login="tour_maria")
        card = self.env["crm.loyalty.rate.card"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(card.confirmed_by_id, self.maria)
        self.assertEqual(
            {rate.driver: rate.rate for rate in card.rate_ids if rate.rate},
            {"order": 12.5, "visit": 100},
        )
        self.assertIs(card.rate_ids[-1].rate, False)

    def test_a_cell_of_the_ledger(self):
        card = self.env["crm.loyalty.rate.card"].create(
            {
                "company_id": self.company.id,
                "date_from": "2026-01-01",
                "rate_ids": [Command.create({"driver": "order", "rate": 12.5})],
            }
        )
        self._run(fields.Date.context_today(self.policy))
        self.assertFalse(card.confirmed_on)
        self.start_tour(
            "/odoo/cost-to-serve", "crm_loyalty_service_ledger_tour", login="tour_maria"
        )
