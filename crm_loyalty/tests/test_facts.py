# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import random
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import AS_OF, CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestFacts(CrmLoyaltyCommon):
    """What counts as a sale: every kind of document, posted for real."""

    def _assert_figures(self, partner, company=None, **expected):
        profile = self._profile(partner, company)
        self.assertTrue(profile, f"{partner.name} has no profile")
        for name, value in expected.items():
            self.assertEqual(profile[name], value, name)
        return profile

    # ------------------------------------------------------------------
    # Lines
    # ------------------------------------------------------------------

    def test_discount_is_counted_from_the_balance(self):
        partner = self._partner()
        self._invoice(
            partner,
            lines=[self._line(200, discount=25), self._line(50, quantity=2)],
        )
        self._run()
        self._assert_figures(partner, revenue=250, discount=50, line_count=2)

    def test_discount_of_100_percent_is_the_price_itself(self):
        partner = self._partner()
        self._invoice(partner, lines=[self._line(80, discount=100), self._line(20)])
        self._run()
        self._assert_figures(partner, revenue=20, discount=80)

    def test_discount_of_a_credit_note_is_taken_back(self):
        partner = self._partner()
        self._invoice(partner, lines=[self._line(200, discount=25)])
        self._invoice(partner, -1, lines=[self._line(100, discount=25)])
        self._run()
        self._assert_figures(partner, revenue=75, discount=25)

    def test_two_taxes_on_a_line_count_once(self):
        partner = self._partner()
        taxes = self.company_data["default_tax_sale"] | self.tax_sale_b
        self._invoice(
            partner, lines=[self._line(100, tax_ids=[Command.set(taxes.ids)])]
        )
        self._run()
        self._assert_figures(partner, revenue=100, line_count=1)

    def test_tax_included_in_the_price_is_no_revenue(self):
        partner = self._partner()
        tax = self.company_data["default_tax_sale"].copy(
            {
                "name": "21 % included",
                "amount": 21,
                "price_include_override": "tax_included",
            }
        )
        self._invoice(partner, lines=[self._line(121, tax_ids=[Command.set(tax.ids)])])
        self._run()
        self._assert_figures(partner, revenue=100)

    def test_service_counts(self):
        partner = self._partner()
        self._invoice(partner, 70)
        self._run()
        self._assert_figures(partner, revenue=70, purchase_count=1)

    def test_sections_and_notes_do_not_count(self):
        partner = self._partner()
        note = Command.create({"display_type": "line_note", "name": "Thank you"})
        self._invoice(partner, lines=[self._line(10), note])
        self._run()
        self._assert_figures(partner, line_count=1)

    # ------------------------------------------------------------------
    # Currencies, companies, branches
    # ------------------------------------------------------------------

    def test_foreign_currency_counts_at_the_rate_of_the_document(self):
        partner = self._partner()
        gold = self.setup_other_currency("EUR", rates=[("2026-03-01", 4.0)])
        self._invoice(partner, 100, "2026-03-15", currency_id=gold.id)
        gold.rate_ids.create(
            {
                "name": "2026-05-01",
                "rate": 8.0,
                "currency_id": gold.id,
                "company_id": self.company.id,
            }
        )
        self._invoice(partner, 100, "2026-05-15", currency_id=gold.id)
        self._run()
        self._assert_figures(partner, revenue=25 + 12.5)

    def test_second_company_has_its_own_figures(self):
        other = self.setup_other_company()["company"]
        policy = self.env["crm.loyalty.policy"]._get(other)
        partner = self._partner()
        self._invoice(partner, 100)
        self._invoice(partner, 900, company_id=other.id)
        self._run()
        self._run(policy=policy)
        self._assert_figures(partner, revenue=100)
        self._assert_figures(partner, other, revenue=900)

    def test_branch_counts_for_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.cr.precommit.run()  # load the chart of accounts
        self.env.user.company_ids += branch
        partner = self._partner()
        self._invoice(partner, 100)
        self._invoice(partner, 50, company_id=branch.id)
        self._run()
        self._assert_figures(partner, revenue=150)
        self.assertFalse(
            self.env["crm.loyalty.policy"].search([("company_id", "=", branch.id)])
        )

    # ------------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------------

    def test_contact_of_a_contact_of_a_contact_is_one_customer(self):
        partner = self._partner()
        child = self._partner("Child", is_company=False, parent_id=partner.id)
        grandchild = self._partner("Grandchild", is_company=False, parent_id=child.id)
        for buyer in (partner, child, grandchild):
            self._invoice(buyer, 10)
        self._run()
        self._assert_figures(partner, revenue=30)
        self.assertFalse(self._profile(grandchild))

    def test_company_below_a_company_is_a_customer_of_its_own(self):
        partner = self._partner()
        shop = self._partner("Shop", parent_id=partner.id)
        self._invoice(shop, 10)
        self._run()
        self._assert_figures(shop, revenue=10)
        self.assertFalse(self._profile(partner))

    def test_facts_keep_the_delivery_address(self):
        partner = self._partner()
        address = self._partner(
            "Dock", is_company=False, parent_id=partner.id, type="delivery"
        )
        self._invoice(partner, 10, partner_shipping_id=address.id)
        self._invoice(partner, 5, partner_shipping_id=partner.id)
        self._run()
        self.assertEqual(
            {(row[1], row[3]) for row in self._facts()},
            {(address.id, 10), (partner.id, 5)},
        )
        self._assert_figures(partner, revenue=15, purchase_count=1)

    def test_archived_customer_still_counts(self):
        partner = self._partner()
        self._invoice(partner, 10)
        partner.active = False
        self._run()
        self._assert_figures(partner, revenue=10)

    def test_own_companies_employees_and_users_never_take_part(self):
        employee = self._partner("Employee", is_company=False, employee=True)
        user = self._user("colleague", "base.group_user").partner_id
        own = self._partner("Own")
        self.env["res.company"].create({"name": "Own", "partner_id": own.id})
        insiders = (employee, user, own, self.company.partner_id)
        for partner in insiders:
            self._invoice(partner, 10)
        self._run()
        for partner in insiders:
            self.assertFalse(self._profile(partner), partner.name)

    def test_never_buyer_has_no_profile(self):
        partner = self._partner()
        self._invoice(partner, 10, post=False)
        self._run()
        self.assertFalse(self._profile(partner))
        self.assertFalse(partner.loyalty_tier_id)

    # ------------------------------------------------------------------
    # States and kinds of documents
    # ------------------------------------------------------------------

    def test_drafts_cancelled_and_future_documents_do_not_count(self):
        partner = self._partner()
        self._invoice(partner, 10)
        self._invoice(partner, 20, post=False)
        self._invoice(partner, 40).button_cancel()
        self._invoice(partner, 80, "2026-07-01")
        self._run()
        self._assert_figures(partner, revenue=10, document_count=1)
        self._run("2026-07-01")
        self._assert_figures(partner, revenue=90, document_count=2)

    def test_reset_invoice_leaves_the_figures(self):
        partner = self._partner()
        kept, reset = self._invoice(partner, 10), self._invoice(partner, 20)
        self._run()
        reset.button_draft()
        self._run()
        self._assert_figures(partner, revenue=10)
        self.policy._apply_tiers()
        kept.button_draft()
        self._run()
        self.assertFalse(self._profile(partner))
        change = self.env["crm.customer.tier.change"].search(
            [("partner_id", "=", partner.id)], limit=1
        )
        self.assertEqual((change.kind, change.from_tier_id), ("left", self.tier_1))

    def test_receipt_counts(self):
        partner = self._partner()
        self._invoice(partner, 30, move_type="out_receipt")
        self._run()
        self._assert_figures(partner, revenue=30, purchase_count=1)

    def test_vendor_bill_does_not_count(self):
        partner = self._partner()
        self._invoice(partner, 30, move_type="in_invoice")
        self._run()
        self.assertFalse(self._profile(partner))

    def test_money_on_the_accounting_date_occasion_on_the_invoice_date(self):
        partner = self._partner()
        move = self._invoice(partner, 30, "2026-02-27", post=False)
        move.date = "2026-03-02"
        move.action_post()
        self.assertEqual(str(move.date), "2026-03-02")
        self._run()
        self.assertEqual(
            [(str(row[2]), row[3], row[7]) for row in self._facts()],
            [("2026-02-27", 0, 1), ("2026-03-02", 30, 0)],
        )

    # ------------------------------------------------------------------
    # Purchase occasions
    # ------------------------------------------------------------------

    def test_several_invoices_of_a_day_are_one_occasion(self):
        partner = self._partner()
        self._invoice(partner, 10, "2026-03-01")
        self._invoice(partner, 10, "2026-03-01")
        self._invoice(partner, 10, "2026-03-02")
        self._run()
        self._assert_figures(partner, document_count=3, purchase_count=2)

    def test_credit_note_changes_money_not_recency(self):
        partner = self._partner()
        self._invoice(partner, 100, "2026-03-01")
        self._invoice(partner, -30, "2026-05-01")
        self._run()
        profile = self._assert_figures(
            partner, revenue=70, document_count=2, purchase_count=1
        )
        self.assertEqual(str(profile.last_purchase_date), "2026-03-01")

    def test_sale_credited_in_full_is_no_purchase(self):
        partner = self._partner()
        self._invoice(partner, 10, "2026-01-10")
        sale = self._invoice(partner, 100, "2026-03-01")
        self._invoice(partner, -60, "2026-04-01", reversed_entry_id=sale.id)
        self._run()
        self._assert_figures(partner, revenue=50, purchase_count=2)
        self._invoice(partner, -40, "2026-04-02", reversed_entry_id=sale.id)
        self._run()
        profile = self._assert_figures(partner, revenue=10, purchase_count=1)
        self.assertEqual(str(profile.last_purchase_date), "2026-01-10")

    def test_reverse_and_cancel_is_no_purchase(self):
        partner = self._partner()
        sale = self._invoice(partner, 100, "2026-03-01")
        self._run()
        self._assert_figures(partner, purchase_count=1)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=sale.ids)
            .create({"date": "2026-03-05", "journal_id": sale.journal_id.id})
        )
        wizard.modify_moves()
        self.assertEqual(sale.payment_state, "reversed")
        self._run()
        self._assert_figures(partner, revenue=0, purchase_count=0, standing="no_sales")

    def test_credit_reconciled_later_is_noticed_by_the_incremental_run(self):
        partner = self._partner()
        sale = self._invoice(partner, 100, "2026-03-01")
        credit = self._invoice(partner, -100, "2026-03-05")
        self._run()
        self._assert_figures(partner, purchase_count=1)
        receivable = (sale | credit).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        receivable.reconcile()
        self.assertEqual(sale.payment_state, "reversed")
        self._run()
        self._assert_figures(partner, purchase_count=0)

    def test_full_credit_in_another_rate_is_still_full(self):
        partner = self._partner()
        gold = self.setup_other_currency(
            "EUR", rates=[("2026-03-01", 4.0), ("2026-04-01", 5.0)]
        )
        sale = self._invoice(partner, 100, "2026-03-15", currency_id=gold.id)
        self._invoice(
            partner,
            -100,
            "2026-04-15",
            currency_id=gold.id,
            reversed_entry_id=sale.id,
        )
        self._run()
        self._assert_figures(partner, revenue=5, purchase_count=0)

    # ------------------------------------------------------------------
    # From orders
    # ------------------------------------------------------------------

    def _order(self, partner, product, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "price_unit": 100, "tax_ids": False}
                    )
                ],
                **values,
            }
        )

    def _bill_order(self, order, date, **values):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "delivered", **values})
        )
        wizard.create_invoices()
        move = order.invoice_ids.sorted("id")[-1]
        move.invoice_date = date
        move.action_post()
        return move

    def test_down_payment_is_money_never_an_occasion(self):
        partner = self._partner()
        self.service.invoice_policy = "order"
        order = self._order(partner, self.service)
        order.action_confirm()
        self._bill_order(
            order, "2026-03-01", advance_payment_method="percentage", amount=30
        )
        self._run()
        self._assert_figures(partner, revenue=30, purchase_count=0)
        self._bill_order(order, "2026-03-20")
        self._run()
        profile = self._assert_figures(partner, revenue=100, purchase_count=1)
        self.assertEqual(str(profile.last_purchase_date), "2026-03-20")

    def test_drop_shipment_counts_like_any_sale(self):
        """A product that never enters our stock: revenue is what was invoiced."""
        partner = self._partner()
        supplier = self.env.ref("stock.stock_location_suppliers")
        customer = self.env.ref("stock.stock_location_customers")
        product = self.env["product.product"].create(
            {"name": "Pallet", "is_storable": True, "invoice_policy": "order"}
        )
        order = self._order(partner, product)
        order.action_confirm()
        order.picking_ids.move_ids.location_id = supplier
        self.assertEqual(order.picking_ids.move_ids.location_dest_id, customer)
        order.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        order.picking_ids._action_done()
        self._bill_order(order, "2026-03-01")
        self._run()
        self._assert_figures(partner, revenue=100, purchase_count=1)

    # ------------------------------------------------------------------
    # Properties
    # ------------------------------------------------------------------

    def test_split_into_three_contacts_changes_nothing(self):
        whole, split = self._partner("Whole"), self._partner("Split")
        contacts = [
            self._partner(name, is_company=False, parent_id=split.id)
            for name in ("One", "Two", "Three")
        ]
        for index, date in enumerate(("2026-01-05", "2026-02-05", "2026-03-05")):
            self._invoice(whole, 100 + index, date)
            self._invoice(contacts[index], 100 + index, date)
        self._run()
        one, other = self._profile(whole), self._profile(split)
        for name in ("revenue", "purchase_count", "last_purchase_date", "standing"):
            self.assertEqual(one[name], other[name], name)

    def test_invoice_plus_full_credit_note_changes_nothing(self):
        partner = self._partner()
        self._invoice(partner, 100, "2026-01-05")
        idle = self._partner("Idle")
        self._invoice(idle, 10, "2024-01-05")
        self._decide()
        names = (
            "standing",
            "revenue",
            "purchase_count",
            "last_purchase_date",
            "tier_id",
        )
        before = [self._profile(p).read(names) for p in (partner, idle)]
        for customer in (partner, idle):
            sale = self._invoice(customer, 400, "2026-05-05")
            self._invoice(customer, -400, "2026-05-06", reversed_entry_id=sale.id)
        self._run()
        after = [self._profile(p).read(names) for p in (partner, idle)]
        self.assertEqual(before, after)

    def test_incremental_equals_full_after_a_random_history(self):
        rng = random.Random(7)
        partners = [self._partner(f"Customer {n}") for n in range(6)]
        moves = []
        for step in range(1, 31):
            action = rng.random()
            if action < 0.6 or not moves:
                amount = rng.choice([-20, 30, 50, 70])
                day = f"2026-{rng.randint(1, 6):02}-{rng.randint(1, 28):02}"
                moves.append(self._invoice(rng.choice(partners), amount, day))
            elif action < 0.8:
                moves.pop(rng.randrange(len(moves))).button_draft()
            else:
                moves.pop(rng.randrange(len(moves))).button_cancel()
            if step % 10 == 0:
                self._run()
                incremental = self._facts(), self._profile_rows()
                run = self._run(full=True)
                self.assertEqual((run.facts_written, run.profiles_written), (0, 0))
                self.assertEqual(incremental, (self._facts(), self._profile_rows()))

    def test_small_batches_give_the_same_facts(self):
        for index in range(5):
            self._invoice(self._partner(f"Customer {index}"), 10 + index)
        self._run(full=True)
        whole = self._facts()
        path = "odoo.addons.crm_loyalty.models.crm_loyalty_run.BATCH_DOCUMENTS"
        self.env.cr.execute(
            "DELETE FROM crm_customer_fact WHERE company_id = %s", [self.company.id]
        )
        with patch(path, 1):
            run = self._run(full=True)
        self.assertEqual(self._facts(), whole)
        self.assertEqual(run.done, 5)

    def test_window_is_365_days_ending_with_the_as_of_day(self):
        partner = self._partner()
        self._invoice(partner, 1, "2025-06-30")
        self._invoice(partner, 10, "2025-07-01")
        self._invoice(partner, 100, "2026-06-30")
        self._run(AS_OF)
        self._assert_figures(partner, revenue=110, revenue_previous=1)
