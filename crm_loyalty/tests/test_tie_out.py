# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.tests import tagged

from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestTieOut(CrmLoyaltyCommon):
    """Income of the ledger = counted sales + named bridges, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.income = cls.company_data["default_account_revenue"]
        cls.receivable = cls.company_data["default_account_receivable"]

    @classmethod
    def _run(cls, *args, **kwargs):
        """A run of the scheduled job: it ties out afterwards."""
        run = super()._run(*args, **kwargs)
        run._tie_out()
        return run

    def _sums(self):
        groups = self.env["crm.loyalty.tie.out"]._read_group(
            [("company_id", "=", self.company.id)], ["kind"], ["amount:sum"]
        )
        return {kind: amount for kind, amount in groups if amount}

    def _entry(self, amount, **line_values):
        """A manual entry that credits income."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-03-10",
                "line_ids": [
                    Command.create(
                        {"account_id": self.income.id, "credit": amount, **line_values}
                    ),
                    Command.create({"account_id": self.receivable.id, "debit": amount}),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_sales_alone(self):
        partner = self._partner()
        self._invoice(partner, 100.10)
        self._invoice(partner, -0.07)
        self._run()
        self.assertEqual(self._sums(), {"ledger": 100.03, "counted": 100.03})
        self.assertEqual(self.policy.unexplained, 0)

    def test_manual_entries_and_insiders_are_bridges(self):
        self._invoice(self._partner(), 100)
        self._invoice(self.company.partner_id, 7)
        self._entry(40)
        self._run()
        self.assertEqual(
            self._sums(), {"ledger": 147, "counted": 100, "internal": 7, "entry": 40}
        )
        self.assertEqual(self.policy.unexplained, 0)

    def test_sales_on_a_balance_account_are_taken_out(self):
        deferred = self.income.copy({"account_type": "liability_current"})
        self._invoice(
            self._partner(),
            lines=[self._line(100), self._line(30, account_id=deferred.id)],
        )
        self._run()
        self.assertEqual(
            self._sums(), {"ledger": 100, "counted": 130, "not_income": -30}
        )
        self.assertEqual(self.policy.unexplained, 0)

    def test_vendor_bill_on_an_income_account(self):
        self._invoice(
            self._partner(),
            move_type="in_invoice",
            lines=[self._line(25, account_id=self.income.id)],
        )
        self._run()
        self.assertEqual(self._sums(), {"ledger": -25, "bill": -25})

    def test_future_items_of_the_current_month(self):
        self._invoice(self._partner(), 100, "2026-06-10")
        self._invoice(self._partner(), 60, "2026-06-20")
        self._run("2026-06-15")
        self.assertEqual(self._sums(), {"ledger": 160, "counted": 100, "future": 60})

    def test_receipt_without_partner(self):
        receipt = self._invoice(
            self.env["res.partner"], 15, move_type="out_receipt", post=False
        )
        receipt.action_post()
        self._run()
        self.assertEqual(self._sums(), {"ledger": 15, "no_partner": 15})

    def test_cash_rounding_and_discount_allocation(self):
        self.company.account_discount_expense_allocation_id = self.company_data[
            "default_account_expense"
        ]
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "To 5 cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.income.id,
                "loss_account_id": self.income.id,
                "rounding_method": "UP",
            }
        )
        self._invoice(
            self._partner(),
            lines=[self._line(100.01, discount=10)],
            invoice_cash_rounding_id=rounding.id,
        )
        self._run()
        sums = self._sums()
        self.assertEqual(sums["counted"], 90.01)
        self.assertEqual(sums["rounding"], 0.04)
        self.assertEqual(self.policy.unexplained, 0)
        self.assertAlmostEqual(
            sums["ledger"], sum(v for k, v in sums.items() if k != "ledger")
        )

    def test_each_line_opens_exactly_its_items(self):
        self._invoice(self._partner(), 100)
        self._invoice(self._partner(), 60, "2026-06-20")
        self._invoice(self.company.partner_id, 7)
        self._entry(40)
        self._run("2026-06-15")
        lines = self.env["crm.loyalty.tie.out"].search(
            [("company_id", "=", self.company.id), ("kind", "!=", "unexplained")]
        )
        self.assertGreater(len(lines), 4)
        for line in lines:
            items = self.env["crm.customer.ledger"].search(
                line.action_open_items()["domain"]
            )
            self.assertAlmostEqual(
                sum(items.mapped("amount")), line.amount, msg=line.kind
            )
            self.assertEqual(len(items), line.item_count, line.kind)

    def test_a_fact_that_lies_is_unexplained_and_somebody_is_told(self):
        manager = self._user("head", "crm_loyalty.group_manager")
        self.policy.user_id = manager
        self._invoice(self._partner(), 100)
        self._run()
        self.assertFalse(self.policy.activity_ids)
        self.env.cr.execute(
            "UPDATE crm_customer_fact SET revenue = 90 WHERE company_id = %s",
            [self.company.id],
        )
        self._run()
        self.assertEqual(self.policy.unexplained, 10)
        self.assertEqual(self.policy.activity_ids.user_id, manager)
        self._run()
        self.assertEqual(len(self.policy.activity_ids), 1, "told once")
        self._run(full=True)
        self.assertEqual(self.policy.unexplained, 0)

    def test_recompute_by_hand_leaves_it_until_somebody_looks(self):
        pyramid = self.env["crm.loyalty.pyramid"].with_company(self.company)
        self._invoice(self._partner(), 100)
        run = self._run()
        self._invoice(self._partner(), 7)
        self.policy.last_run_id.finished_on = "2026-06-30 04:00:00"
        self.policy._run(as_of="2026-06-30")
        self.assertEqual(self._sums(), {"ledger": 100, "counted": 100})
        values = pyramid.get_values()
        self.assertEqual(values["tie_out"]["computed_on"], "2026-06-30 04:00:00")
        self.assertNotEqual(values["computed_on"], values["tie_out"]["computed_on"])
        self.assertEqual(self.policy.tie_out_run_id, run)
        self.policy.action_open_tie_out()
        self.assertEqual(self._sums(), {"ledger": 107, "counted": 107})
        values = pyramid.get_values()
        self.assertEqual(values["computed_on"], values["tie_out"]["computed_on"])

    def test_documents_posted_after_the_run_are_in_both(self):
        customer = self._partner()
        self._invoice(customer, 100)
        run = self.policy._run(as_of="2026-06-30")
        self._invoice(customer, 7)
        run._tie_out()
        self.assertEqual(self._sums(), {"ledger": 107, "counted": 107})
        self.assertEqual(self.policy.unexplained, 0)
        self.assertEqual(self._profile(customer).revenue, 100, "figures stand")
        self.assertEqual(self._profile(customer).since_run_count, 1)
        self._run()
        self.assertEqual(self._profile(customer).revenue, 107)
        self.assertEqual(self._profile(customer).since_run_count, 0)

    def test_unchanged_lines_are_not_written_again(self):
        self._invoice(self._partner(), 100)
        self._run()
        tie_out = self.env["crm.loyalty.tie.out"]
        before = tie_out.search([("company_id", "=", self.company.id)])
        self._run()
        self.assertEqual(tie_out.search([("company_id", "=", self.company.id)]), before)
