# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import get_db_name, tagged

from odoo.addons.crm_loyalty.models.crm_loyalty_run import LOCK_CLASS

from .common import AS_OF
from .test_runs import RUN_MODULE, RebuildCase


@tagged("post_install", "-at_install")
class TestFirstRuns(RebuildCase):
    """The first night: several companies have no figures yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        yen = cls.env.ref("base.JPY")
        yen.active = True
        cls.other = cls.setup_other_company(name="Second Ltd", currency_id=yen.id)[
            "company"
        ]
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )
        cls.env.cr.precommit.run()  # load the chart of accounts
        cls.env.user.company_ids += cls.branch
        cls.policies = cls.policy + cls.env["crm.loyalty.policy"]._get(cls.other)
        cls.runs = cls.env["crm.loyalty.run"].sudo()
        cls.customer = cls._partner("Both")
        cls.yard = cls._partner("Yard", parent_id=cls.customer.id, is_company=False)
        for company in cls.company + cls.other:
            cls._trade(company)
        cls._invoice(cls.customer, 50, "2026-03-01", company_id=cls.branch.id)

    @classmethod
    def _trade(cls, company):
        """Discounts, gifts, an address, another accounting date, a full credit."""
        values = {"company_id": company.id}
        cls._invoice(
            cls.customer,
            lines=[cls._line(1001, discount=33.3), cls._line(7.77, discount=100)],
            partner_shipping_id=cls.yard.id,
            **values,
        )
        cls._invoice(
            cls.customer, 300, "2026-04-01", invoice_date="2026-03-28", **values
        )
        taken_back = cls._invoice(cls.customer, 80, "2026-05-01", **values)
        taken_back._reverse_moves([{"invoice_date": "2026-05-09"}], cancel=True)
        cls._invoice(cls._partner(f"Only {company.name}"), 40, **values)

    def _assert_same_as_alone(self):
        for company in self.company + self.other:
            with self.subTest(company=company.name):
                self.assertTrue(self._facts(company))
                self._assert_rebuilt(company=company)

    def test_facts_of_both_companies_from_one_pass(self):
        self.runs._read_first(self.policies, AS_OF)
        runs = self.policies.run_ids
        self.assertEqual(runs.mapped("kind"), ["full", "full"])
        self.assertEqual(runs.mapped("state"), ["classify", "classify"])
        self.assertEqual(
            {run.company_id: run.facts_written for run in runs},
            {company: len(self._facts(company)) for company in runs.company_id},
        )
        with patch.object(
            type(self.runs), "_refresh_scope", side_effect=AssertionError
        ):
            for policy in self.policies:
                run = policy._run(AS_OF)
                self.assertEqual((run.state, run.todo, run.done), ("done", 2, 2))
        self.assertEqual(self.policies.run_ids, runs)
        self._assert_same_as_alone()

    def test_documents_posted_after_the_pass_are_taken_in(self):
        self.runs._read_first(self.policies, AS_OF)
        self._invoice(self.customer, 1000, company_id=self.other.id)
        for policy in self.policies:
            policy._run(AS_OF)
        self._assert_same_as_alone()

    def test_one_company_is_read_alone(self):
        self.policy._run(AS_OF)
        self.runs._read_first(self.policies, AS_OF)
        self.assertFalse(self._facts(self.other))

    def test_more_documents_than_a_batch_are_read_company_by_company(self):
        with patch(f"{RUN_MODULE}.BATCH_DOCUMENTS", 8):
            self.runs._read_first(self.policies, AS_OF)
        self.assertFalse(self._facts() or self._facts(self.other))
        for policy in self.policies:
            policy._run(AS_OF)
        self._assert_same_as_alone()

    def test_a_company_that_somebody_computes_is_left_out(self):
        with db_connect(get_db_name()).cursor() as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.other.id]
            )
            self.runs._read_first(self.policies, AS_OF)
            self.assertFalse(self.policies[1].run_ids)
            self.assertFalse(self._facts() or self._facts(self.other))
            with self.assertRaises(UserError):
                self.policies[1]._run(AS_OF)

    def test_scheduled_job_reads_the_companies_together(self):
        facts = type(self.env["crm.customer.fact"])
        with (
            patch.object(
                facts, "_refresh", autospec=True, side_effect=facts._refresh
            ) as refresh,
            self.enter_registry_test_mode(),
        ):
            self.env.ref("crm_loyalty.ir_cron_run").method_direct_trigger()
        [call] = [call for call in refresh.call_args_list if self.other in call.args[1]]
        self.assertIn(self.company, call.args[1])
        self.assertEqual(set(self.policies.run_ids.mapped("state")), {"done"})
        self._assert_same_as_alone_today()

    def test_scheduled_job_tries_each_alone_when_that_fails(self):
        with (
            patch.object(type(self.runs), "_refresh_together", side_effect=ValueError),
            self.assertLogs("odoo.addons.crm_loyalty", "ERROR"),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("crm_loyalty.ir_cron_run").method_direct_trigger()
        self.assertEqual(set(self.policies.run_ids.mapped("state")), {"done"})
        self._assert_same_as_alone_today()

    def _assert_same_as_alone_today(self):
        for policy in self.policies:
            self._assert_rebuilt(policy.as_of, policy.company_id)
