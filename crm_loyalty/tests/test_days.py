# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.tests import tagged

from .test_runs import RebuildCase


@tagged("post_install", "-at_install")
class TestDays(RebuildCase):
    """An incremental run reads the days that changed, not the whole history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._partner()
        cls.first = cls._invoice(cls.customer, 100, "2026-03-01")
        cls.second = cls._invoice(cls.customer, 40, "2026-03-02")
        cls._run()

    def _lie(self):
        """Falsify all facts: a day that is read tells the truth again."""
        self.env.cr.execute(
            "UPDATE crm_customer_fact SET revenue = -1 WHERE company_id = %s",
            [self.company.id],
        )

    def _revenue_by_day(self):
        return {str(fact[2]): fact[3] for fact in self._facts()}

    def _purchases(self):
        return self._profile(self.customer).purchase_count

    # ------------------------------------------------------------------
    # Which days are read
    # ------------------------------------------------------------------

    def test_other_days_are_not_read(self):
        self._lie()
        self._invoice(self.customer, 7, "2026-03-02")
        run = self._run()
        self.assertEqual((run.done, run.facts_written), (1, 1))
        self.assertEqual(self._revenue_by_day(), {"2026-03-01": -1, "2026-03-02": 47})

    def test_first_document_of_a_day(self):
        self._lie()
        self._invoice(self.customer, 7, "2026-03-03")
        self._run()
        self.assertEqual(
            self._revenue_by_day(),
            {"2026-03-01": -1, "2026-03-02": -1, "2026-03-03": 7},
        )

    def test_last_document_of_a_day_is_reset(self):
        self._lie()
        self.second.button_draft()
        self._run()
        self.assertEqual(self._revenue_by_day(), {"2026-03-01": -1})

    def test_reset_document_is_posted_on_another_day(self):
        self.second.button_draft()
        self.second.name = False
        self.second.write({"invoice_date": "2026-03-09", "date": "2026-03-09"})
        self.second.action_post()
        self._lie()
        self._run()
        self.assertEqual(self._revenue_by_day(), {"2026-03-01": -1, "2026-03-09": 40})

    def test_deleted_document(self):
        self.second.button_draft()
        self.second.with_context(force_delete=True).unlink()
        self._run()
        self._assert_rebuilt()
        self.assertEqual(self._profile(self.customer).revenue, 100)

    def test_moved_contact_is_read_in_full(self):
        contact = self._partner("Ada", parent_id=self.customer.id, is_company=False)
        self._lie()
        contact.parent_id = self._partner("Other")
        self._run()
        self.assertEqual(self._revenue_by_day(), {"2026-03-01": 100, "2026-03-02": 40})

    # ------------------------------------------------------------------
    # Documents that concern other days than their own
    # ------------------------------------------------------------------

    def test_document_booked_on_another_day_than_issued(self):
        late = self._invoice(self.customer, 5, "2026-04-10", invoice_date="2026-03-31")
        self.assertNotEqual(late.date, late.invoice_date)
        self._run()
        self._assert_rebuilt()
        self.assertEqual(self._purchases(), 3)
        self._invoice(self.customer, 6, "2026-03-31")
        self._run()
        self._assert_rebuilt()
        self.assertEqual(self._purchases(), 3, "one day is one purchase")
        late.button_draft()
        self._run()
        self._assert_rebuilt()
        self.assertEqual(self._profile(self.customer).revenue, 146)

    def test_credit_note_of_another_day(self):
        credit = self._invoice(
            self.customer, -100, "2026-05-05", reversed_entry_id=self.first.id
        )
        self._run()
        self.assertEqual(self._purchases(), 1)
        self._assert_rebuilt()
        credit.button_draft()
        credit.with_context(force_delete=True).unlink()
        self._run()
        self.assertEqual(self._purchases(), 2)
        self._assert_rebuilt()

    def test_credit_note_that_names_another_invoice(self):
        credit = self._invoice(
            self.customer, -40, "2026-05-05", reversed_entry_id=self.first.id
        )
        self._run()
        self.assertEqual(self._purchases(), 2, "not credited in full")
        credit.reversed_entry_id = self.second
        self._run()
        self.assertEqual(self._purchases(), 1)
        self._assert_rebuilt()
        profile = self._profile(self.customer)
        self.assertEqual(str(profile.last_purchase_date), "2026-03-01")

    def test_credit_note_reconciled_later(self):
        credit = self._invoice(self.customer, -100, "2026-05-05")
        self._run()
        self._lie()
        lines = (self.first | credit).line_ids
        lines.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(self.first.payment_state, "reversed")
        self._run()
        self.assertEqual(self._purchases(), 1)
        self.assertEqual(
            self._revenue_by_day(),
            {"2026-03-01": 100, "2026-03-02": -1, "2026-05-05": -1},
        )

    def test_reset_after_the_contact_left_for_another_customer(self):
        contact = self._partner("Ada", parent_id=self.customer.id, is_company=False)
        invoice = self._invoice(contact, 5, "2026-03-03")
        self._run()
        contact.parent_id = self._partner("Other")
        self._run()
        self.assertEqual(self._profile(self.customer).revenue, 145)
        invoice.button_draft()
        self._run()
        self.assertEqual(self._profile(self.customer).revenue, 140)
        self._assert_rebuilt()

    # ------------------------------------------------------------------
    # Facts have no foreign keys
    # ------------------------------------------------------------------

    def test_deleted_delivery_address(self):
        yard = self._partner("Yard", parent_id=self.customer.id, is_company=False)
        self._invoice(self.customer, 5, "2026-03-02", partner_shipping_id=yard.id)
        self._run()
        self.assertEqual(len(self._facts()), 3)
        yard.unlink()
        self._run()
        self.assertEqual(self._profile(self.customer).revenue, 145)
        self.assertEqual(self._revenue_by_day(), {"2026-03-01": 100, "2026-03-02": 45})
        self._assert_rebuilt()

    def test_deleted_customer(self):
        gone = self._partner("Gone")
        invoice = self._invoice(gone, 5, "2026-03-02")
        self._run()
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        profile = self._profile(gone)
        gone.unlink()
        self.assertEqual(len(self._facts()), 2)
        self.assertFalse(profile.exists())
        self._run()
        self._assert_rebuilt()
