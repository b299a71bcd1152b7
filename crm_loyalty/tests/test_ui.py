# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from .common import CrmLoyaltyCommon


class UiCase(CrmLoyaltyCommon, HttpCase):
    """Six customers of a salesperson, judged today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.context_today(cls.policy)
        cls.anna = cls._user(
            "tour_anna", "base.group_user,sales_team.group_sale_salesman"
        )
        cls.maria = cls._user(
            "tour_maria",
            "base.group_user,crm_loyalty.group_manager,account.group_account_invoice",
        )
        # the second is within the margin of the first one's place
        for index, revenue in enumerate((900, 870, 150, 50, 30, 20)):
            partner = cls._partner(f"Tour Customer {index}", user_id=cls.anna.id)
            for days in (30, 200):
                day = fields.Date.subtract(today, days=days)
                cls._invoice(partner, revenue, day, invoice_date_due=day)
        cls._run(today)._tie_out()

    def _fall_silent(self):
        """Two customers that stand under money at risk."""
        today = fields.Date.context_today(self.policy)
        for name, amount in (("Large", 500), ("Small", 50)):
            partner = self._partner(f"Tour Silent {name}", user_id=self.anna.id)
            for days in (360, 340, 320, 300):
                self._invoice(partner, amount, fields.Date.subtract(today, days=days))
        self._run(today)


@tagged("post_install", "-at_install")
class TestUi(UiCase):
    """The main paths in the real web client, as the users who walk them."""

    def test_pyramid_and_drill_down_to_documents(self):
        self.policy._apply_tiers()
        self.start_tour("/odoo", "crm_loyalty_pyramid_tour", login="tour_maria")

    def test_documents_without_rights_in_accounting(self):
        boss = self._user("tour_boss", "base.group_user,crm_loyalty.group_manager")
        for user in (self.anna, boss):
            with self.subTest(user=user.login):
                self.start_tour(
                    "/odoo/action-crm_loyalty.action_customer",
                    "crm_loyalty_document_tour",
                    login=user.login,
                )

    def test_first_run_of_a_new_company(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        new_test_user(
            self.env,
            login="tour_fresh",
            groups="base.group_user,crm_loyalty.group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.start_tour("/odoo", "crm_loyalty_first_run_tour", login="tour_fresh")

    def test_figures_on_a_contact(self):
        """The card views of contacts are not taken for those of the figures."""
        partner = self._partner("1st Contact")  # first by name
        today = fields.Date.context_today(self.policy)
        self._invoice(partner, 321, today)
        self._run(today)
        self.start_tour("/odoo", "crm_loyalty_contact_tour", login="tour_maria")

    def test_total_of_more_than_a_page(self):
        today = fields.Date.context_today(self.policy)
        partners = self.env["res.partner"].create(
            [{"name": f"Small {i}", "is_company": True} for i in range(85)]
        )
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": today,
                    "invoice_line_ids": [self._line(0.07)],
                }
                for partner in partners
            ]
        )
        moves.action_post()
        self._run(today)
        self.start_tour("/odoo", "crm_loyalty_summary_tour", login="tour_maria")

    def test_change_a_cut_and_run(self):
        self.policy._apply_tiers()
        self.start_tour("/odoo", "crm_loyalty_cut_tour", login="tour_maria")
        self.assertEqual(self.policy.cut_method, "customer_share")

    def test_money_at_risk_and_its_outcome(self):
        self._fall_silent()
        self.start_tour("/odoo", "crm_loyalty_risk_tour", login="tour_anna")
        outcomes = self.env["crm.customer.risk.outcome"].search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.assertEqual(outcomes.mapped("outcome"), ["false_alarm", "refused"])
        self.assertEqual(outcomes.mapped("reason"), [False, "price"])
        self.assertEqual(outcomes.user_id, self.anna)
        undone = outcomes.with_context(active_test=False).search(
            [("company_id", "=", self.company.id), ("active", "=", False)]
        )
        self.assertEqual(undone.taken_back_by_id, self.anna)

    def test_money_at_risk_below_the_pyramid(self):
        self._fall_silent()
        self.policy._apply_tiers()
        self.start_tour("/odoo", "crm_loyalty_risk_pyramid_tour", login="tour_maria")

    def test_set_a_tier_by_hand(self):
        self.policy._apply_tiers()
        self.start_tour("/odoo", "crm_loyalty_override_tour", login="tour_maria")
        override = self.env["crm.customer.tier.override"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(override.tier_id, self.tier_1)
        self.assertEqual(override.user_id, self.maria)

    def test_tier_on_a_new_order(self):
        self.policy._apply_tiers()
        self.start_tour("/odoo", "crm_loyalty_order_tour", login="tour_anna")

    def test_build_a_group(self):
        self.policy._apply_tiers()
        self.start_tour("/odoo", "crm_loyalty_group_tour", login="tour_maria")
        group = self.env["crm.customer.group"].search(
            [("partner_id.name", "=", "Tour Customer 0")]
        )
        self.assertEqual(group.state, "confirmed")
        self.assertEqual(group.entity_count, 2)
        # twice 900 and twice 870
        self.assertEqual(self._profile(group.partner_id).revenue, 3540)

    def test_delivery_service_and_the_lines_behind_it(self):
        customer = self.env["res.partner"].search([("name", "=", "Tour Customer 0")])
        goods = self.env["product.product"].create(
            {"name": "Tour Glue", "is_storable": True, "taxes_id": False}
        )
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            goods, warehouse.lot_stock_id, 26
        )
        now = fields.Datetime.now()
        for days in (0, 0, 0, 0, 3):
            order = self.env["sale.order"].create(
                {
                    "partner_id": customer.id,
                    "user_id": self.anna.id,
                    "commitment_date": fields.Datetime.subtract(now, days=days),
                    "order_line": [
                        Command.create({"product_id": goods.id, "product_uom_qty": 5})
                    ],
                }
            )
            order.action_confirm()
            order.picking_ids.move_ids.picked = True
            order.picking_ids._action_done()
            order.date_order = fields.Datetime.subtract(now, days=10 * days)
            if not days:
                first = order
        # bought 60 and 30 days ago, and today; one is left of the usual five
        first.date_order = fields.Datetime.subtract(now, days=60)
        self._run(fields.Date.context_today(self.policy))
        self.start_tour(
            "/odoo/action-crm_loyalty.action_customer",
            "crm_loyalty_delivery_tour",
            login="tour_anna",
        )

    def test_recommended_set_acts_on_a_new_order(self):
        """The manager applies it after the preview; the salesperson sees it and why."""
        self.policy._apply_tiers()
        self.env.ref("base.group_user")._apply_group(
            self.env.ref("product.group_product_pricelist")
        )
        self.env["product.product"].create(
            {
                "name": "Tour Glue",
                "is_storable": True,
                "list_price": 100,
                "taxes_id": False,
            }
        )
        self.start_tour("/odoo", "crm_loyalty_strategy_tour", login="tour_maria")
        self.start_tour(
            "/odoo/action-sale.action_quotations",
            "crm_loyalty_strategy_order_tour",
            login="tour_anna",
        )
        order = self.env["sale.order"].search(
            [("partner_id.name", "=", "Tour Customer 0")]
        )
        self.assertEqual(order.amount_untaxed, 95)
        self.assertEqual(order.picking_ids.priority, "1")
        contact = order.partner_id
        self.assertFalse(contact.specific_property_product_pricelist)
        self.assertFalse(contact.property_payment_term_id)


@tagged("post_install", "-at_install")
class TestUiPhone(UiCase):
    """The salesperson on the way."""

    browser_size = "375x667"
    touch_enabled = True

    def test_an_outcome_is_given_on_a_phone(self):
        self._fall_silent()
        self.start_tour(
            "/odoo/my-money-at-risk", "crm_loyalty_risk_phone_tour", login="tour_anna"
        )
        outcome = self.env["crm.customer.risk.outcome"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((outcome.outcome, outcome.user_id), ("ordered", self.anna))

    def test_amounts_are_seen_on_a_phone(self):
        self.start_tour(
            "/odoo/my-customers", "crm_loyalty_phone_tour", login="tour_anna"
        )

    def test_brief_before_a_visit(self):
        self.policy._apply_tiers()
        self.start_tour(
            "/odoo/my-customers", "crm_loyalty_brief_tour", login="tour_anna"
        )
        customer = self.env["res.partner"].search([("name", "=", "Tour Customer 0")])
        pdf, kind = (
            self.env["ir.actions.report"]
            .with_user(self.anna)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("crm_loyalty.report_customer_brief", customer.ids)
        )
        self.assertEqual(kind, "pdf")
        self.assertEqual(len(PdfFileReader(io.BytesIO(pdf)).pages), 1)
