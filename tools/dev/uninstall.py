"""Uninstalling leaves Odoo as it was: used, uninstalled, compared, and tried.

Compared with a database that never had our add-ons: everything about the structure,
and every row of every table. Only documents really made may be there in addition.
"""

from pathlib import Path

from . import addons, core_tests, instance, log_check, python_env
from .base import LOGS, run, tail

DATABASE = "uninstall"
LOG = LOGS / "uninstall.log"
STEPS = Path(__file__).with_name("uninstall_steps.py")
# Quick ones, without a browser, on models and reports that our add-ons extend.
SMOKE = (
    "/sale_margin,/sale:TestSalesTeam,/sale:TestSaleRefund,"
    "/sale:TestSaleReportCurrencyRate"
)

# What uninstall_steps.py makes, and what Odoo notes about it, stays: tables that may
# have more rows than before, but none changed. (It checks filters and exports itself.)
DOCUMENTS = {
    "account_move",
    "account_move_line",
    "ir_cron_trigger",
    "ir_exports",
    "ir_exports_line",
    "ir_filters",
    "mail_message",
    "mail_tracking_value",
    "orm_signaling_registry",
    "product_product",
    "product_supplier_taxes_rel",
    "product_template",
    "product_value",
    "res_partner",
    "sale_order",
    "sale_order_line",
}
STAMPS = "{create_date,create_uid,write_date,write_uid}"

STRUCTURE = """
SELECT concat_ws(' ', 'relation', relkind, relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S', 'p')
UNION ALL SELECT concat_ws(' ', 'column', table_name || '.' || column_name, data_type,
        'nullable', is_nullable, column_default) FROM information_schema.columns
    WHERE table_schema = 'public'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname,
        pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass FROM pg_trigger
    WHERE NOT tgisinternal
UNION ALL SELECT 'extension ' || extname FROM pg_extension
"""
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
# tables that name a model in words -> the column
NAMING = """
SELECT table_name || ' ' || column_name FROM information_schema.columns
    JOIN pg_class ON relname = table_name AND relkind = 'r'
WHERE table_schema = 'public' AND column_name IN ('model', 'res_model', 'model_name',
    'model_id', 'resource', 'active_model')
    AND data_type IN ('character varying', 'text')
"""


def check(here, source):
    """What is wrong after using and uninstalling our add-ons in a copy of ``source``.

    Returns text for a human, empty when all is well.
    """
    here.copy(source, DATABASE)
    bare = here.bare()
    ours = _models(here, DATABASE) - _models(here, bare)
    command = [python_env.python(), STEPS, ",".join(addons.names()), "--no-http"]
    command += ["--config", instance.CONFIG, "--database", DATABASE]
    if run(command, "use and uninstall", LOG, env=here.environment):
        return f"cannot use and uninstall (log: {LOG}):\n{tail(LOG)}"
    left = [*_differences(here, bare), *_mentions(here, ours)]
    problem = "\n".join([*left, *log_check.problems(LOG), *_smoke(here)])
    if not problem:
        here.drop(DATABASE)
    return problem


def _models(here, database):
    return set(here.cluster.query("SELECT model FROM ir_model", database).splitlines())


def _differences(here, bare):
    """Lines "left behind" and "gone" for structure and rows."""
    tables = set(here.cluster.query(TABLES, bare).splitlines())
    before = _snapshot(here, bare, tables)
    now = set(here.cluster.query(TABLES, DATABASE).splitlines())
    after = _snapshot(here, DATABASE, tables & now)
    made = tuple(f"row of {table} " for table in DOCUMENTS)
    for line in sorted(after - before):
        if not line.startswith(made):
            yield f"left behind: {line}"
    yield from (f"gone: {line}" for line in sorted(before - after))


def _snapshot(here, database, tables):
    """The structure, and the rows of tables, one line each."""
    queries = [
        f"SELECT 'row of {table} ' || (to_jsonb(t) - '{STAMPS}'::text[])::text"
        f' FROM "{table}" t'
        for table in sorted(tables)
    ]
    lines = here.cluster.query(STRUCTURE, database).splitlines()
    for start in range(0, len(queries), 200):  # a command line has a limit
        union = " UNION ALL ".join(queries[start : start + 200])
        lines += here.cluster.query(union, database).splitlines()
    return set(lines)


def _mentions(here, models):
    """Rows anywhere that name a model which no longer exists."""
    names = ", ".join(f"'{model}'" for model in sorted(models))
    queries = [
        f"SELECT '{table}.{column} names ' || {column} || ' ' || count(*) || ' times'"
        f" FROM {table} WHERE {column} IN ({names}) GROUP BY {column}"
        for table, column in map(
            str.split, here.cluster.query(NAMING, DATABASE).splitlines()
        )
    ]
    found = here.cluster.query(" UNION ALL ".join(queries), DATABASE)
    return [f"left behind: {line}" for line in sorted(found.splitlines())]


def _smoke(here):
    """A few of Odoo's own tests must pass where our add-ons were."""
    outcomes = core_tests.run_tests(
        here, SMOKE, "Odoo's tests after uninstalling", DATABASE, "uninstalled"
    )
    return [
        f"after uninstalling {record['outcome']}: {name}: {record['why']}"
        for name, record in outcomes.items()
        if record["outcome"] != "passed"
    ]
