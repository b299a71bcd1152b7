# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import random
from contextlib import contextmanager
from itertools import product
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.crm_loyalty.models.crm_customer_profile_analysis_run import CLASSES
from odoo.addons.crm_loyalty.models.crm_loyalty_run import LOCK_CLASS

from .common import AS_OF, CrmLoyaltyCommon

RUN_MODULE = "odoo.addons.crm_loyalty.models.crm_loyalty_run"


class RebuildCase(CrmLoyaltyCommon):
    """Compare what increments left with a computation from nothing."""

    def _rebuilt(self, as_of=AS_OF, company=None):
        """Facts and profiles of a full run on empty tables; nothing of it stays."""
        company = company or self.company
        policy = self.env["crm.loyalty.policy"]._get(company)
        savepoint = self.env.cr.savepoint()
        for table in ("crm_customer_fact", "crm_customer_profile"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE company_id = %s",
                    SQL.identifier(table),
                    company.id,
                )
            )
        self._run(as_of, policy=policy, full=True)
        result = self._facts(company), self._profile_rows(company)
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all()
        return result

    def _assert_rebuilt(self, as_of=AS_OF, company=None):
        facts, profiles = self._facts(company), self._profile_rows(company)
        expected_facts, expected_profiles = self._rebuilt(as_of, company)
        self.assertEqual(facts, expected_facts)
        self.assertEqual(profiles, expected_profiles)

    def _row_versions(self, table):
        """Where each row lies: an UPDATE moves it, even one that changes nothing."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT id, ctid::text FROM %s WHERE company_id = %s ORDER BY id",
                SQL.identifier(table),
                self.company.id,
            )
        )


@tagged("post_install", "-at_install")
class TestRuns(RebuildCase):
    """Incremental runs, and what happens from one night to the next."""

    def _customers(self, count=4):
        customers = self.env["res.partner"]
        for number in range(count):
            customers += self._partner(f"Customer {number}")
            self._invoice(customers[-1], 100 * (number + 1), "2026-02-10")
        return customers

    def _tier_of(self, partner):
        return self._profile(partner).tier_id

    def _changes_of(self, partner):
        return self.env["crm.customer.tier.change"].search(
            [("partner_id", "=", partner.id)], order="id"
        )

    # ------------------------------------------------------------------
    # Only what changed is written
    # ------------------------------------------------------------------

    def test_first_run_is_full(self):
        self.assertEqual(self._run().kind, "full")
        self.assertEqual(self._run().kind, "changed")

    def test_second_run_writes_nothing(self):
        self._customers()
        self._run()
        run = self._run()
        self.assertEqual((run.facts_written, run.profiles_written), (0, 0))
        self.assertEqual(run.done, 0)

    def test_second_run_touches_no_row(self):
        self._customers()
        self._decide()
        tables = ("crm_customer_fact", "crm_customer_profile", "crm_loyalty_tie_out")
        self.policy.last_run_id._tie_out()
        before = [self._row_versions(table) for table in tables]
        self._run()._tie_out()
        self.assertEqual([self._row_versions(table) for table in tables], before)

    def test_full_run_on_unchanged_data_touches_no_row(self):
        self._customers()
        self._decide()
        tables = ("crm_customer_fact", "crm_customer_profile", "crm_loyalty_tie_out")
        self.policy.last_run_id._tie_out()
        before = [self._row_versions(table) for table in tables]
        run = self._run(full=True)
        run._tie_out()
        self.assertEqual((run.facts_written, run.profiles_written), (0, 0))
        self.assertEqual([self._row_versions(table) for table in tables], before)

    def _without_ranking(self):
        """Leave out the classes: they rank all customers with each other."""
        self.policy.cut_method = "amount"

        def keep(_profiles, run):
            return SQL(
                """
                classified AS (
                    SELECT tiered.*, %s FROM tiered
                    LEFT JOIN crm_customer_profile profile
                        ON profile.partner_id = tiered.id
                        AND profile.company_id = %s
                )
                """,
                SQL(", ").join(SQL.identifier("profile", name) for name in CLASSES),
                run.company_id.id,
            )

        self.startPatcher(patch.object(type(self.profiles), "_sql_classes", keep))

    def test_run_reads_only_customers_with_changed_documents(self):
        self._without_ranking()
        customers = self._customers()
        self._run()
        self._invoice(customers[0], 10, "2026-03-10")
        before = dict(self._row_versions("crm_customer_profile"))
        run = self._run()
        self.assertEqual(run.done, 1)
        self.assertEqual((run.facts_written, run.profiles_written), (1, 1))
        after = dict(self._row_versions("crm_customer_profile"))
        moved = [row for row in after if after[row] != before[row]]
        self.assertEqual(moved, self._profile(customers[0]).ids)

    def test_run_empties_the_queue_of_its_company_only(self):
        [customer] = self._customers(1)
        queue = self.env["crm.customer.queue"].sudo()
        queue.create({"partner_id": customer.id, "company_id": self.company.id + 9999})
        self._run()
        rows = queue.search([("partner_id", "=", customer.id)])
        self.assertEqual(rows.mapped("company_id"), [self.company.id + 9999])

    def test_incremental_equals_full_after_random_changes(self):
        dice = random.Random(20260630)
        self._run()
        steps = RandomSteps(self, dice)
        for _round in range(3):
            for _step in range(10):
                steps.take()
            self._run()
            self._assert_rebuilt()
        self.assertGreaterEqual(len(steps.taken), 6, steps.taken)

    def test_incremental_equals_full_after_a_year_of_nights(self):
        customers = self._customers(3)
        self._invoice(customers[0], 70, "2026-06-20")
        self._invoice(customers[1], -30, "2026-07-05")
        self._run()
        for as_of in ("2026-07-01", "2026-08-15", "2027-02-09", "2027-02-10"):
            as_of = fields.Date.to_date(as_of)
            self._run(as_of)
            self._assert_rebuilt(as_of)

    def test_invoice_moved_into_the_future_leaves_the_figures(self):
        customer = self._partner()
        invoice = self._invoice(customer, 100, "2026-03-15")
        self._run()
        invoice.button_draft()
        invoice.write({"invoice_date": "2026-08-01", "date": "2026-08-01"})
        invoice.action_post()
        self._run()
        self.assertFalse(self._profile(customer).revenue)
        self._assert_rebuilt()

    # ------------------------------------------------------------------
    # The next day
    # ------------------------------------------------------------------

    def test_next_day_takes_out_what_left_the_window(self):
        leaving, staying = self._partner("Leaving"), self._partner("Staying")
        self._invoice(leaving, 100, "2025-07-01")  # first day of the window
        self._invoice(staying, 100, "2025-07-02")
        self._run()
        self.assertEqual(self._profile(leaving).revenue, 100)
        run = self._run("2026-07-01")
        self.assertEqual((run.kind, run.facts_written), ("changed", 0))
        profile = self._profile(leaving)
        self.assertEqual((profile.revenue, profile.revenue_previous), (0, 100))
        self.assertEqual(profile.standing, "no_sales")
        self.assertEqual(self._profile(staying).revenue, 100)

    def test_next_day_takes_in_what_was_dated_ahead(self):
        customer = self._partner()
        self._invoice(customer, 100, "2026-03-15")
        self._invoice(customer, 50, "2026-07-01")
        self._run()
        self.assertEqual(self._profile(customer).revenue, 100)
        self._run("2026-07-01")
        self.assertEqual(self._profile(customer).revenue, 150)

    def test_customer_dated_ahead_appears_on_its_day(self):
        customer = self._partner()
        self._invoice(customer, 50, "2026-07-01")
        self._run()
        self.assertFalse(self._profile(customer))
        self._run("2026-07-01")
        self.assertEqual(self._profile(customer).revenue, 50)

    def test_next_day_writes_only_customers_on_the_edge(self):
        self._without_ranking()
        customers = self._customers()
        leaving = self._partner("Leaving")
        self._invoice(leaving, 100, "2025-06-30")
        self._run("2026-06-29")
        before = dict(self._row_versions("crm_customer_profile"))
        self._run("2026-06-30")
        after = dict(self._row_versions("crm_customer_profile"))
        kept = self.profiles.search([("partner_id", "in", customers.ids)])
        self.assertEqual([before[i] for i in kept.ids], [after[i] for i in kept.ids])

    def test_run_back_in_time_reads_all_figures_again(self):
        customer = self._partner()
        self._invoice(customer, 100, "2026-03-15")
        self._invoice(customer, 50, "2026-06-15")
        self._run()
        self._run("2026-05-31")
        self.assertEqual(self._profile(customer).revenue, 100)
        self._assert_rebuilt(fields.Date.to_date("2026-05-31"))

    def test_run_back_in_time_forgets_later_customers(self):
        customer = self._partner()
        self._invoice(customer, 50, "2026-06-15")
        self._run()
        self._run("2026-05-31")
        self.assertFalse(self._profile(customer).revenue)
        self._assert_rebuilt(fields.Date.to_date("2026-05-31"))

    def test_other_window_reads_all_figures_again(self):
        self._customers()
        old = self._partner("Old")
        self._invoice(old, 100, "2025-03-15")
        self._run()
        self.policy.window_days = 730
        self._run()
        self.assertEqual(self._profile(old).revenue, 100)
        self._assert_rebuilt()
        self.policy.window_days = 90
        self._run()
        self._assert_rebuilt()

    # ------------------------------------------------------------------
    # When tiers change
    # ------------------------------------------------------------------

    def test_nothing_is_decided_before_somebody_applied_the_proposal(self):
        [customer] = self._customers(1)
        self._run("2026-06-30")
        self._run("2026-07-01")
        self._run("2026-08-01")
        self.assertFalse(self.policy.next_decision)
        self.assertFalse(self._tier_of(customer))
        self.assertFalse(self._changes_of(customer))
        self.assertEqual(self._profile(customer).computed_tier_id, self.tier_1)

    def test_tiers_change_on_the_first_of_the_month(self):
        riser = self._rising_customer()
        self.assertEqual(str(self.policy.next_decision), "2026-07-01")
        self._run("2026-07-01")
        self.assertEqual(self._tier_of(riser), self.tier_1)
        self.assertEqual(str(self.policy.next_decision), "2026-08-01")
        self.assertEqual(str(self._changes_of(riser)[-1].date), "2026-07-01")

    def _rising_customer(self):
        """One of tier 3 whose figures became those of tier 1 since the decision."""
        riser = self._partner("Riser")
        big = self._partner("Big")
        self._invoice(riser, 10, "2026-02-10")
        self._invoice(big, 990, "2026-02-10")
        self._decide("2026-06-15")
        self.assertNotEqual(self._tier_of(riser), self.tier_1)
        self._invoice(riser, 5000, "2026-06-16")
        return riser

    def test_tiers_stand_between_decisions(self):
        riser = self._rising_customer()
        before = self._tier_of(riser)
        self._run("2026-06-30")
        self.assertEqual(self._tier_of(riser), before)
        self.assertEqual(self._profile(riser).computed_tier_id, self.tier_1)
        self.assertEqual(len(self._changes_of(riser)), 1)

    def test_missed_decision_is_made_up_for(self):
        riser = self._rising_customer()
        self._run("2026-07-09")
        self.assertEqual(self._tier_of(riser), self.tier_1)
        self.assertEqual(str(self.policy.decided_on), "2026-07-09")
        self.assertEqual(str(self.policy.next_decision), "2026-08-01")

    def test_second_run_on_the_day_of_decision_changes_nothing(self):
        riser = self._rising_customer()
        self._run("2026-07-01")
        run = self._run("2026-07-01")
        self.assertEqual(run.tiers_changed, 0)
        self.assertEqual(len(self._changes_of(riser)), 2)

    def test_manual_decisions_wait_for_somebody(self):
        riser = self._rising_customer()
        self.policy.decision_interval = "manual"
        before = self._tier_of(riser)
        self._run("2026-09-01")
        self.assertEqual(self._tier_of(riser), before)

    def test_quarterly_decisions_fall_on_the_quarter(self):
        self._rising_customer()
        self.policy.decision_interval = "3"
        self.assertEqual(str(self.policy.next_decision), "2026-07-01")
        self._run("2026-07-01")
        self.assertEqual(str(self.policy.next_decision), "2026-10-01")

    def test_newcomer_gets_its_first_tier_at_night(self):
        self._customers()
        newcomer = self._partner("Newcomer")
        self._invoice(newcomer, 5000, "2026-04-10")
        self._decide("2026-06-30")
        self.assertEqual(self._profile(newcomer).standing, "too_new")
        self._run("2026-07-08")  # the decision of July falls into this run
        self.assertFalse(self._tier_of(newcomer))
        self._run("2026-07-09")
        self.assertEqual(self._tier_of(newcomer), self.tier_1)
        [change] = self._changes_of(newcomer)
        self.assertEqual((change.kind, str(change.date)), ("entered", "2026-07-09"))

    def test_customer_without_sales_loses_its_tier_at_night(self):
        self._customers()
        leaving = self._partner("Leaving")
        self._invoice(leaving, 1000, "2025-07-20")
        self._decide("2026-07-01")
        self.assertEqual(self._tier_of(leaving), self.tier_1)
        self._run("2026-07-20")
        self.assertFalse(self._tier_of(leaving))
        change = self._changes_of(leaving)[-1]
        self.assertEqual((change.kind, change.standing), ("left", "no_sales"))
        self.assertEqual(change.from_tier_id, self.tier_1)

    def test_credited_customer_loses_its_tier_at_night(self):
        [customer] = self._customers(1)
        self._decide("2026-06-15")
        self._invoice(customer, -500, "2026-06-16")
        self._run("2026-06-17")
        self.assertFalse(self._tier_of(customer))
        self.assertEqual(self._changes_of(customer)[-1].standing, "not_positive")

    def test_customer_that_buys_again_gets_a_tier_at_night(self):
        [customer] = self._customers(1)
        self._decide("2027-03-01")
        self.assertFalse(self._tier_of(customer))
        self._invoice(customer, 100, "2027-03-02")
        self._run("2027-03-02")
        self.assertEqual(self._tier_of(customer), self.tier_1)

    # ------------------------------------------------------------------
    # Around the run
    # ------------------------------------------------------------------

    def test_scheduled_job_computes_every_company(self):
        [customer] = self._customers(1)
        with self.enter_registry_test_mode():
            self.env.ref("crm_loyalty.ir_cron_run").method_direct_trigger()
        self.assertEqual(self.policy.as_of, self.policy._get_today())
        self.assertTrue(self._profile(customer))
        policies = self.env["crm.loyalty.policy"].sudo().search([])
        for policy in policies:
            self.assertEqual(policy.last_run_id.state, "done")
            self.assertEqual(policy.tie_out_run_id, policy.last_run_id)

    def test_old_runs_are_forgotten_the_last_one_is_kept(self):
        old = self._run()
        last = self._run()
        old.finished_on = fields.Datetime.subtract(fields.Datetime.now(), months=13)
        self.env["crm.loyalty.run"].sudo()._gc_runs()
        self.assertFalse(old.exists())
        self.assertTrue(last.exists())

    def test_run_after_the_log_was_forgotten_is_full(self):
        self._customers()
        self._run().finished_on = "2020-01-01"
        self.env["crm.loyalty.run"].sudo()._gc_runs()
        run = self._run()
        self.assertEqual((run.kind, run.facts_written), ("full", 0))

    def test_run_counts_what_it_read(self):
        self._customers(4)
        run = self._run()
        self.assertEqual((run.todo, run.done, run.progress), (4, 4, 100))

    def test_run_in_small_batches_equals_one_in_a_large_one(self):
        self._customers(5)
        self._run()
        expected = self._rebuilt()
        with patch(f"{RUN_MODULE}.BATCH_DOCUMENTS", 1):
            self.assertEqual(self._rebuilt(), expected)

    def test_changed_customers_in_small_batches(self):
        customers = self._customers(5)
        self._run()
        for customer in customers:
            self._invoice(customer, 7, "2026-05-05")
        with patch(f"{RUN_MODULE}.BATCH_ENTITIES", 2):
            run = self._run()
        self.assertEqual((run.todo, run.done, run.facts_written), (5, 5, 5))
        self._assert_rebuilt()

    def test_full_run_removes_facts_of_customers_without_documents(self):
        [customer] = self._customers(1)
        self._run()
        self.env.cr.execute(
            "UPDATE crm_customer_fact SET partner_id = %s WHERE partner_id = %s",
            [self._partner("Nobody").id, customer.id],
        )
        self._run(full=True)
        self._assert_rebuilt()


@tagged("post_install", "-at_install")
class TestKilledRuns(BaseCase):
    """Real transactions: runs that are killed, and what others see meanwhile.

    What is committed here belongs to a company of its own and is deleted in the end.
    """

    CONTEXT = {"tracking_disable": True, "no_reset_password": True}
    CUSTOMERS = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls._new_env() as env:
            env.registry.clear_all_caches()  # earlier tests took their records back
            company = env["res.company"].create({"name": "Killed Runs Ltd"})
            cls.company_id = company.id
            cls.policy_id = env["crm.loyalty.policy"]._get(company).id
            cls._create_ledger(env(context={"allowed_company_ids": company.ids}))
            customers = env["res.partner"].create(
                [
                    {"name": f"Killed Customer {number}", "is_company": True}
                    for number in range(cls.CUSTOMERS)
                ]
            )
            cls.customer_ids = customers.ids
        cls.addClassCleanup(cls._purge)
        cls._sell(100)

    # ------------------------------------------------------------------
    # What is there, and how it goes
    # ------------------------------------------------------------------

    @classmethod
    @contextmanager
    def _new_env(cls):
        """A transaction of its own that commits; nobody waits for locks in it."""
        with db_connect(get_db_name()).cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '5s'")
            yield api.Environment(cr, SUPERUSER_ID, cls.CONTEXT)

    @classmethod
    def _create_ledger(cls, env):
        accounts = env["account.account"].create(
            [
                {"name": "Killed Sales", "code": "400001", "account_type": "income"},
                {
                    "name": "Killed Debt",
                    "code": "100001",
                    "account_type": "asset_receivable",
                },
            ]
        )
        cls.account_ids = accounts.ids
        journal = env["account.journal"].create(
            {
                "name": "Killed Invoices",
                "code": "KILL",
                "type": "sale",
                "default_account_id": accounts[0].id,
            }
        )
        cls.journal_id = journal.id

    @classmethod
    def _sell(cls, amount, customer_ids=None):
        """Post an invoice to each customer, and commit."""
        with cls._new_env() as env:
            env = env(context={**cls.CONTEXT, "allowed_company_ids": [cls.company_id]})
            customers = env["res.partner"].browse(customer_ids or cls.customer_ids)
            customers.property_account_receivable_id = cls.account_ids[1]
            moves = env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "journal_id": cls.journal_id,
                        "partner_id": customer.id,
                        "invoice_date": "2026-03-15",
                        "date": "2026-03-15",
                        "invoice_line_ids": [
                            Command.create(
                                {
                                    "name": "Goods",
                                    "account_id": cls.account_ids[0],
                                    "price_unit": amount * (number + 1),
                                    "tax_ids": False,
                                }
                            )
                        ],
                    }
                    for number, customer in enumerate(customers)
                ]
            )
            moves.action_post()

    @classmethod
    def _purge(cls):
        """Delete the company and all that refers to it, whatever modules added."""
        with cls._new_env() as env:
            cr = env.cr
            doomed = cls._collect_doomed(cr)
            cr.execute(
                "DELETE FROM crm_customer_queue"
                " WHERE company_id = %s OR partner_id = ANY(%s)",
                [cls.company_id, list(doomed["res_partner"])],
            )
            while doomed:
                before = len(doomed)
                for table in list(doomed):
                    if cls._delete(cr, table, doomed[table]):
                        del doomed[table]
                if len(doomed) == before:
                    raise RuntimeError(f"Cannot delete from {sorted(doomed)}")
            env.registry.clear_all_caches()

    @classmethod
    def _collect_doomed(cls, cr):
        """{table: ids} of the rows that cannot outlive the company."""
        doomed = {}
        todo = [
            ("res_company", {cls.company_id}),
            ("res_partner", set(cls.customer_ids)),
            ("account_account", set(cls.account_ids)),
        ]
        cr.execute("SELECT partner_id FROM res_company WHERE id = %s", [cls.company_id])
        todo.append(("res_partner", {cr.fetchone()[0]}))
        cr.execute(
            "SELECT alias_id FROM account_journal"
            " WHERE company_id = %s AND alias_id IS NOT NULL",
            [cls.company_id],
        )
        todo.append(("mail_alias", {row[0] for row in cr.fetchall()}))
        while todo:
            table, ids = todo.pop()
            ids -= doomed.setdefault(table, set())
            doomed[table] |= ids
            for child, column, action in cls._get_foreign_keys(cr, table):
                if not ids or (action in ("n", "c") and table != "res_company"):
                    continue
                cr.execute(
                    SQL(
                        "SELECT id FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(child),
                        SQL.identifier(column),
                        list(ids),
                    )
                )
                todo.append((child, {row[0] for row in cr.fetchall()}))
        return {table: ids for table, ids in doomed.items() if ids}

    @classmethod
    def _get_foreign_keys(cls, cr, table):
        """(table, column, action on delete) of references to ``table``."""
        cr.execute(
            """
            SELECT con.conrelid::regclass::text, att.attname, con.confdeltype
            FROM pg_constraint con
            JOIN pg_attribute att
                ON att.attrelid = con.conrelid AND att.attnum = con.conkey[1]
            WHERE con.contype = 'f' AND con.confrelid = %s::regclass AND EXISTS (
                SELECT FROM pg_attribute
                WHERE attrelid = con.conrelid AND attname = 'id'
            )
            """,
            [table],
        )
        return cr.fetchall()

    @classmethod
    def _delete(cls, cr, table, ids):
        try:
            with mute_logger("odoo.sql_db"), cr.savepoint(flush=False):
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE id = ANY(%s)",
                        SQL.identifier(table),
                        list(ids),
                    )
                )
                if table == "ir_sequence":
                    for sequence_id in ids:
                        name = SQL.identifier(f"ir_sequence_{sequence_id:03d}")
                        cr.execute(SQL("DROP SEQUENCE IF EXISTS %s", name))
                for satellite, column in (
                    ("mail_message", "model"),
                    ("mail_followers", "res_model"),
                    ("ir_attachment", "res_model"),
                ):
                    cr.execute(
                        SQL(
                            "DELETE FROM %s WHERE %s = %s AND res_id = ANY(%s)",
                            SQL.identifier(satellite),
                            SQL.identifier(column),
                            table.replace("_", "."),
                            list(ids),
                        )
                    )
        except psycopg2.errors.ForeignKeyViolation:
            return False
        return True

    # ------------------------------------------------------------------
    # Runs and what is seen of them
    # ------------------------------------------------------------------

    def setUp(self):
        super().setUp()
        with self._new_env() as env:
            for table in ("fact", "profile", "tier_change", "queue"):
                table = SQL.identifier(f"crm_customer_{table}")
                env.cr.execute(
                    SQL("DELETE FROM %s WHERE company_id = %s", table, self.company_id)
                )
            policy = self._policy(env)
            policy.write({"as_of": False, "decided_on": False, "last_run_id": False})
            policy.run_ids.unlink()
            policy._run(AS_OF)
            policy._apply_tiers(AS_OF)
        for name in ("BATCH_DOCUMENTS", "BATCH_ENTITIES"):
            self.startPatcher(patch(f"{RUN_MODULE}.{name}", 1))

    def _policy(self, env):
        return env["crm.loyalty.policy"].browse(self.policy_id)

    def _run(self, as_of=AS_OF, commit=True, full=False):
        """A run in a transaction of its own; return what its log says."""
        with self._new_env() as env:
            run = self._policy(env)._run(as_of, full=full, commit=commit)
            return run.read(["kind", "state", "todo", "done", "as_of"])[0]

    def _read_runs(self):
        with self._new_env() as env:
            return self._policy(env).run_ids.read(
                ["kind", "state", "todo", "done", "as_of", "window_days"]
            )

    def _read(self, env, *tables):
        result = []
        for table in tables:
            env.cr.execute(
                SQL(
                    "SELECT * FROM %s WHERE company_id = %s ORDER BY id",
                    SQL.identifier(table),
                    self.company_id,
                )
            )
            result.append(env.cr.fetchall())
        return result

    def _read_classification(self):
        """All that readers see, as another transaction sees it now."""
        with self._new_env() as env:
            policy = self._policy(env)
            tables = ("crm_customer_profile", "crm_customer_tier_change")
            return (
                *self._read(env, *tables, "crm_loyalty_tie_out"),
                (policy.as_of, policy.last_run_id, policy.decided_on),
            )

    def _read_since_run(self):
        """Documents per customer that the figures do not include yet."""
        with self._new_env() as env:
            profiles = env["crm.customer.profile"].search(
                [("company_id", "=", self.company_id)]
            )
            return sorted(profiles.mapped("since_run_count"))

    @contextmanager
    def _batches(self, kill_at=None, at_third=None):
        """List the batches that are read; kill the run at the beginning of one."""
        scopes = []

        def refresh(run, scope):
            scopes.append(scope)
            if len(scopes) == kill_at:
                raise KeyboardInterrupt
            if at_third and len(scopes) == 3:
                at_third()
            return original(run, scope)

        with self._new_env() as env:
            model = env.registry["crm.loyalty.run"]
            original = model._refresh_scope
        with patch.object(model, "_refresh_scope", refresh):
            yield scopes

    @contextmanager
    def _at_the_end_of_phase_2(self, function):
        """Call ``function(env)`` when all is written and nothing is committed."""

        def classify(run):
            original(run)
            run.env.flush_all()
            function(run.env)

        with self._new_env() as env:
            model = env.registry["crm.loyalty.run"]
            original = model._classify
        with patch.object(model, "_classify", classify):
            yield

    def _kill_in_phase_1(self, batch, **kwargs):
        with self._batches(kill_at=batch), self.assertRaises(KeyboardInterrupt):
            self._run(**kwargs)

    def _kill_in_phase_2(self, **kwargs):
        def kill(env):
            env.cr.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        with (
            self._at_the_end_of_phase_2(kill),
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.Error),
        ):
            self._run(**kwargs)

    def _assert_complete(self, as_of=AS_OF):
        """Facts, figures and standing are those of an uninterrupted run on nothing."""
        columns = SQL(
            "partner_id, standing, computed_tier_id, revenue, revenue_previous,"
            " document_count, purchase_count, first_purchase_date, last_purchase_date"
        )
        facts = SQL("partner_id, address_id, date, revenue, document_count")
        results = []
        with self._new_env() as env:
            for rebuild in (False, True):
                if rebuild:
                    for table in ("crm_customer_fact", "crm_customer_profile"):
                        env.cr.execute(
                            SQL(
                                "DELETE FROM %s WHERE company_id = %s",
                                SQL.identifier(table),
                                self.company_id,
                            )
                        )
                    env.invalidate_all()
                    self._policy(env)._run(as_of, full=True)
                results.append(
                    [
                        env.execute_query(
                            SQL(
                                "SELECT %s FROM %s WHERE company_id = %s ORDER BY 1, 2",
                                names,
                                SQL.identifier(table),
                                self.company_id,
                            )
                        )
                        for table, names in (
                            ("crm_customer_fact", facts),
                            ("crm_customer_profile", columns),
                        )
                    ]
                )
            env.cr.rollback()
        self.assertEqual(*results)
        self.assertEqual(len(results[0][1]), self.CUSTOMERS)

    # ------------------------------------------------------------------
    # Killed in phase 1
    # ------------------------------------------------------------------

    def test_killed_while_reading_readers_see_the_old_figures(self):
        self._sell(7)
        before = self._read_classification()
        self._kill_in_phase_1(batch=3)
        self.assertEqual(self._read_classification(), before)
        self.assertEqual(self._read_since_run(), [1] * self.CUSTOMERS)

    def test_killed_while_reading_resumes_where_it_was(self):
        self._sell(7)
        self._kill_in_phase_1(batch=3)
        [killed, _first] = self._read_runs()
        self.assertEqual((killed["state"], killed["done"]), ("facts", 2))
        with self._batches() as scopes:
            run = self._run()
        self.assertEqual(run["id"], killed["id"])
        self.assertEqual(len(scopes), self.CUSTOMERS - 2)
        self.assertEqual((run["state"], run["done"]), ("done", self.CUSTOMERS))
        self.assertEqual(self._read_since_run(), [0] * self.CUSTOMERS)
        self._assert_complete()

    def test_full_run_killed_while_reading_resumes_where_it_was(self):
        self._sell(7)
        self._kill_in_phase_1(batch=4, full=True)
        [killed, _first] = self._read_runs()
        self.assertEqual((killed["kind"], killed["done"]), ("full", 3))
        with self._batches() as scopes:
            run = self._run()
        self.assertEqual((run["id"], run["kind"]), (killed["id"], "full"))
        self.assertEqual(len(scopes), self.CUSTOMERS - 3, "nothing is read twice")
        self.assertEqual(run["done"], self.CUSTOMERS)
        self._assert_complete()

    def test_documents_posted_between_kill_and_resume_are_taken_in(self):
        self._sell(7)
        self._kill_in_phase_1(batch=4, full=True)
        self._sell(11)  # to customers already read, too
        self._run()
        self.assertEqual(self._read_since_run(), [0] * self.CUSTOMERS)
        self._assert_complete()

    def test_killed_run_is_resumed_on_another_day(self):
        self._sell(7)
        self._kill_in_phase_1(batch=3)
        as_of = fields.Date.to_date("2026-07-01")
        run = self._run(as_of)
        self.assertEqual((run["state"], run["as_of"]), ("done", as_of))
        self._assert_complete(as_of)

    def test_killed_twice(self):
        self._sell(7)
        self._kill_in_phase_1(batch=2)
        self._kill_in_phase_1(batch=2)
        self._kill_in_phase_2()
        run = self._run()
        self.assertEqual((run["state"], run["done"]), ("done", self.CUSTOMERS))
        self._assert_complete()

    def test_run_out_of_time_goes_on_the_next_time(self):
        self._sell(7)

        def commit(cron, *_args, **_kwargs):
            cron.env.cr.commit()
            return 0

        with self._new_env() as env:
            model = env.registry["ir.cron"]
        before = self._read_classification()
        with patch.object(model, "_commit_progress", commit):
            run = self._run()
        self.assertEqual((run["state"], run["done"]), ("facts", 1))
        self.assertEqual(self._read_classification(), before)
        run = self._run()
        self.assertEqual((run["state"], run["done"]), ("done", self.CUSTOMERS))
        self._assert_complete()

    # ------------------------------------------------------------------
    # Killed in phase 2
    # ------------------------------------------------------------------

    def test_killed_while_classifying_the_old_classification_stands(self):
        self._sell(7)
        before = self._read_classification()
        self._kill_in_phase_2(as_of="2026-07-01")
        self.assertEqual(self._read_classification(), before)
        self.assertEqual(self._read_since_run(), [1] * self.CUSTOMERS)

    def test_killed_while_classifying_the_next_run_ends_it(self):
        self._sell(7)
        self._kill_in_phase_2(as_of="2026-07-01")
        with self._batches() as scopes:
            run = self._run("2026-07-01")
        self.assertFalse(scopes, "nothing is read twice")
        self.assertEqual(run["state"], "done")
        self.assertEqual(self._read_since_run(), [0] * self.CUSTOMERS)
        with self._new_env() as env:
            self.assertEqual(str(self._policy(env).decided_on), "2026-07-01")
        self._assert_complete("2026-07-01")

    def test_full_run_killed_while_classifying_reads_nothing_twice(self):
        self._sell(7)
        self._kill_in_phase_2(full=True)
        with self._batches() as scopes:
            run = self._run()
        self.assertFalse(scopes)
        self.assertEqual((run["todo"], run["done"]), (self.CUSTOMERS, self.CUSTOMERS))
        self._assert_complete()

    def test_killed_run_leaves_no_lock(self):
        self._kill_in_phase_1(batch=1, full=True)
        self._kill_in_phase_2()
        self.assertEqual(self._run(commit=False)["state"], "done")

    # ------------------------------------------------------------------
    # Two at once
    # ------------------------------------------------------------------

    @contextmanager
    def _other_run(self, opened=True):
        """Meanwhile another transaction executes a run, ``opened`` for all to see."""
        with self._new_env() as env:
            run = env["crm.loyalty.run"]._open(self._policy(env), AS_OF)
            if opened:
                env.cr.commit()
            else:
                env.cr.rollback()
            env.cr.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.company_id]
            )
            yield run

    def test_second_run_is_told_so_and_changes_nothing(self):
        self._sell(7)
        for commit, opened in product((True, False), repeat=2):
            ways = {"commit": commit, "opened": opened}
            with self.subTest(**ways), self._other_run(opened):
                before = self._read_classification(), self._read_runs()
                with self.assertRaisesRegex(UserError, "Killed Runs Ltd"):
                    self._run(commit=commit)
                after = self._read_classification(), self._read_runs()
                self.assertEqual(after, before)
        self.assertEqual(self._read_since_run(), [1] * self.CUSTOMERS)

    def test_second_run_does_not_change_the_order_of_the_first(self):
        for wish in ({"as_of": "2026-08-01"}, {"full": True}):
            with self.subTest(**wish), self._other_run():
                before = self._read_runs()
                with self.assertRaises(UserError):
                    self._run(**wish)
                self.assertEqual(self._read_runs(), before)

    def test_second_run_works_when_the_first_is_done(self):
        self._sell(7)
        with self._other_run() as run:
            run._classify()
        self.assertEqual(self._run()["done"], 0)
        self._assert_complete()

    def test_second_run_during_phase_2_does_not_wait(self):
        self._sell(7)
        errors = []

        def run_second(_env):
            try:
                self._run(commit=False)
            except (UserError, psycopg2.Error) as error:
                errors.append(error)

        with self._at_the_end_of_phase_2(run_second), mute_logger("odoo.sql_db"):
            run = self._run()
        self.assertEqual(run["state"], "done")
        self.assertIsInstance(errors[0], UserError)

    def test_other_companies_run_meanwhile(self):
        with self._new_env() as env:
            other = env["crm.loyalty.policy"].search(
                [("id", "!=", self.policy_id)], limit=1
            )
            with self._other_run():
                self.assertEqual(other._run(AS_OF).state, "done")
            env.cr.rollback()

    # ------------------------------------------------------------------
    # Meanwhile
    # ------------------------------------------------------------------

    def test_readers_see_the_old_figures_until_all_is_done(self):
        self._sell(7)
        before = self._read_classification()
        seen = []
        with self._at_the_end_of_phase_2(
            lambda _env: seen.append(self._read_classification())
        ):
            self._run("2026-07-01")
        self.assertEqual(seen, [before])
        self.assertNotEqual(self._read_classification(), before)

    def test_posting_waits_for_no_run(self):
        self._sell(7)
        with self._at_the_end_of_phase_2(lambda _env: self._sell(3)):
            self._run()
        self.assertEqual(self._read_since_run(), [1] * self.CUSTOMERS)
        self._run()
        self.assertEqual(self._read_since_run(), [0] * self.CUSTOMERS)
        self._assert_complete()

    def test_posting_between_batches_is_taken_in(self):
        self._sell(7)
        with self._batches(at_third=lambda: self._sell(3)) as scopes:
            self._run()
        self.assertGreater(len(scopes), self.CUSTOMERS)
        self.assertEqual(self._read_since_run(), [0] * self.CUSTOMERS)
        self._assert_complete()


class RandomSteps:
    """Things that happen to documents; each step is drawn by ``dice``."""

    def __init__(self, case, dice):
        self.case = case
        self.dice = dice
        self.taken = set()
        self.customers = [case._partner(f"Customer {n}") for n in range(4)]
        self.addresses = [
            case._partner(f"Address {n}", parent_id=customer.id, is_company=False)
            for n, customer in enumerate(self.customers)
        ]
        self.moves = case.env["account.move"]

    def take(self):
        steps = [self.post, self.post, self.reset, self.change, self.cancel]
        steps += [self.credit, self.credit_in_full, self.redate, self.ship]
        steps += [self.reparent]
        step = self.dice.choice(steps)
        posted = self.moves.filtered(lambda move: move.state == "posted")
        if step != self.post and not posted:
            step = self.post
        self.taken.add(step.__name__)
        step(posted and posted[self.dice.randrange(len(posted))])

    def _day(self):
        """One of two and a half years around the windows, some after the as-of day."""
        return fields.Date.subtract(AS_OF, days=self.dice.randrange(-60, 850))

    def post(self, _move):
        partner = self.dice.choice(self.customers + self.addresses)
        amount = self.dice.randrange(-30, 200) or 1
        self.moves += self.case._invoice(partner, amount, self._day())

    def reset(self, move):
        move.button_draft()

    def cancel(self, move):
        move.button_draft()
        move.button_cancel()

    def change(self, move):
        move.button_draft()
        move.invoice_line_ids.price_unit = self.dice.randrange(500)
        move.partner_id = self.dice.choice(self.customers)
        move.action_post()

    def credit(self, move):
        credit = move._reverse_moves([{"invoice_date": self._day()}])
        credit.invoice_line_ids.price_unit /= 2
        credit.action_post()
        self.moves += credit

    def credit_in_full(self, move):
        self.moves += move._reverse_moves([{"invoice_date": self._day()}], cancel=True)

    def redate(self, move):
        move.button_draft()
        day = self._day()
        move.name = False
        move.write({"invoice_date": day, "date": day})
        move.action_post()

    def ship(self, move):
        move.partner_shipping_id = self.dice.choice(self.addresses)

    def reparent(self, _move):
        address, customer = map(self.dice.choice, (self.addresses, self.customers))
        address.parent_id = customer
