"""Runs: the floor, a full rebuild, incremental runs, what they write and take."""

import contextlib
import re
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from .ledger import END
from .rounds import Measure, transaction

#: the last run before the one that is measured
YESTERDAY = END - timedelta(days=1)
#: what a run notes about itself is no result
LOG_TABLES = ("crm_loyalty_run", "crm_loyalty_policy")


def policies(env):
    return env["crm.loyalty.policy"].search([("company_id.active", "=", True)])


def at_the_end():
    """Let today be the last day of the data."""
    return patch(
        "odoo.addons.crm_loyalty.models.crm_loyalty_policy.CrmLoyaltyPolicy._get_today",
        lambda policy: END,
    )


def measures(ours):
    return [
        Measure("floor", ours, floor),
        Measure("full", ours, run_full_in_parts, forget_everything),
        Measure("incremental", ours, run),
        Measure("facts", ours, refresh_facts, open_runs),
        Measure("nothing", ours, run, run),
    ]


def floor(env, _subject=None):
    """One GROUP BY over the sales of the last twelve months, settings as in a run."""
    env["crm.loyalty.run"]._tune()
    env.cr.execute(
        """
        SELECT COUNT(*), SUM(revenue)
        FROM (
            SELECT move.commercial_partner_id, SUM(-line.balance) AS revenue
            FROM account_move_line line
            JOIN account_move move ON move.id = line.move_id
            WHERE line.parent_state = 'posted' AND line.display_type = 'product'
                AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                AND line.date > %s::date - 365 AND line.date <= %s
            GROUP BY move.commercial_partner_id
        ) customer
        """,
        [END, END],
    )


def forget_everything(env):
    """As after the installation: no figures, no runs, nothing decided."""
    env.cr.execute(
        "TRUNCATE crm_customer_fact, crm_customer_profile, crm_customer_category"
        " CASCADE"
    )
    env.cr.execute("DELETE FROM crm_customer_queue")
    env.cr.execute(
        "UPDATE crm_loyalty_policy SET last_run_id = NULL, as_of = NULL,"
        " decided_on = NULL"
    )
    env.invalidate_all()


def run_full(env, _subject=None, as_of=END):
    """The first night after the installation."""
    env["crm.loyalty.run"]._read_first(policies(env), as_of)
    for policy in policies(env):
        policy._run(as_of=as_of, full=True)


def run_full_in_parts(env, _subject):
    """The same, telling what its facts took, and its figures, tiers and analysis."""
    seconds = {"full_facts": 0, "full_figures": 0}
    with (
        _timed(type(env["crm.loyalty.run"]), "_read_first", seconds, "full_facts"),
        _timed(type(env["crm.loyalty.run"]), "_refresh_facts", seconds, "full_facts"),
        _timed(type(env["crm.customer.profile"]), "_refresh", seconds, "full_figures"),
    ):
        run_full(env)
    return seconds


@contextlib.contextmanager
def _timed(model, name, seconds, key):
    """Add up the time that a method takes."""
    original = getattr(model, name)

    def method(*args, **kwargs):
        start = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            seconds[key] += time.perf_counter() - start

    with patch.object(model, name, method):
        yield


def run(env, _subject=None):
    """What happens at night: a day has passed, its documents wait in the queue."""
    for policy in policies(env):
        policy._run(as_of=END)


def open_runs(env):
    return [env["crm.loyalty.run"]._open(policy, END) for policy in policies(env)]


def refresh_facts(_env, runs):
    """Phase 1 of an incremental run: a thousand new invoices are waiting."""
    for run in runs:
        run._refresh_facts(commit=False)


def count_rows_written(ours):
    """Rows that a second run on unchanged data writes; {kind of run: number}."""
    counts = {}
    for name, second in (("incremental", run), ("full", run_full)):
        with transaction(ours) as env:
            run(env)
            env.flush_all()
            before = _rows_written(env)
            second(env)
            env.flush_all()
            counts[name] = _rows_written(env) - before
    return counts


def _rows_written(env):
    env.cr.execute(
        "SELECT COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0)"
        " FROM pg_stat_xact_user_tables WHERE NOT relname = ANY(%s)",
        [list(LOG_TABLES)],
    )
    return int(env.cr.fetchone()[0])


def memory_of_full_run(ours):
    """MiB by which this process grows at most during a full rebuild."""
    with transaction(ours) as env:
        forget_everything(env)
        policies(env).mapped("tier_ids.name")
        Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
        before = _memory("VmRSS")
        run_full(env)
        return _memory("VmHWM") - before


def _memory(name):
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1)) / 1024


def sizes(ours):
    """What the database holds, for the reader of the result."""
    queries = {
        "customers with sales": "SELECT COUNT(DISTINCT partner_id) FROM"
        " crm_customer_fact",
        "invoices and credit notes": "SELECT COUNT(*) FROM account_move WHERE"
        " move_type IN ('out_invoice', 'out_refund')",
        "invoice lines": "SELECT COUNT(*) FROM account_move_line WHERE"
        " display_type = 'product'",
        "journal items": "SELECT COUNT(*) FROM account_move_line",
        "facts": "SELECT COUNT(*) FROM crm_customer_fact",
        "profiles": "SELECT COUNT(*) FROM crm_customer_profile",
        "share of revenue of the first 11 % of the customers, %": """
            SELECT round(100 * SUM(revenue) FILTER (WHERE place <= 11000)
                / SUM(revenue), 1)
            FROM (
                SELECT SUM(revenue) AS revenue,
                    ROW_NUMBER() OVER (ORDER BY SUM(revenue) DESC) AS place
                FROM crm_customer_fact GROUP BY partner_id
            ) customer
        """,
        "credit notes, %": "SELECT round(100.0 * COUNT(*) FILTER (WHERE move_type ="
        " 'out_refund') / COUNT(*), 1) FROM account_move WHERE move_type IN"
        " ('out_invoice', 'out_refund')",
        "seconds to install": "SELECT value FROM ir_config_parameter WHERE key ="
        " 'bench.install_seconds'",
    }
    found = {}
    with transaction(ours) as env:
        for name, query in queries.items():
            env.cr.execute(query)
            found[name] = float(env.cr.fetchone()[0])
    return found
