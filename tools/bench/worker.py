"""The process with Odoo: python -m bench.worker CONFIG ACTION ARGUMENT..."""

import json
import logging
import sys
from pathlib import Path

import psycopg2

from odoo.modules.registry import Registry
from odoo.tools import config

from . import (
    bare,
    deals,
    ledger,
    maps,
    masterdata,
    posting,
    rivals,
    rounds,
    runs,
    screens,
    service,
)
from .machine import machine

SUPERUSER = "postgres"


def fill(database, lines):
    """Master data by Odoo, then customers and documents by SQL."""
    with Registry(database).cursor() as cr:
        env = rounds.environment(cr)
        data = masterdata.create(env)
    with _superuser(database) as connection, connection.cursor() as cr:
        ledger.fill(cr, data, int(lines), config["db_user"])


def prepare(database, install_seconds):
    """Figures, costs and tiers of the day before the last thousand documents, which
    wait as if posted: with the costs of their lines, and in the queue."""
    registry = Registry(database)
    with registry.cursor() as cr:
        env = rounds.environment(cr)
        env["ir.config_parameter"].set_param("bench.install_seconds", install_seconds)
        ledger.show_news(cr, False)
        runs.forget_everything(env)
        runs.run_full(env, as_of=runs.YESTERDAY)
        for policy in runs.policies(env):
            policy._apply_tiers()
        news = ledger.show_news(cr, True)
        env.invalidate_all()
        moves = env["account.move"].browse(news)
        env["crm.customer.line.cost"]._write_posted(moves)
        env["crm.customer.queue"]._push_moves(moves)


def fill_service(database):
    """Orders and deliveries by SQL, then rates and yesterday's cost to serve."""
    with _superuser(database) as connection, connection.cursor() as cr:
        service.fill(cr)
        cr.execute("ANALYZE sale_order, sale_order_line, stock_picking")
    with Registry(database).cursor() as cr:
        service.prepare(rounds.environment(cr))


def measure_service(database, count, output):
    """Cost to serve against one pass over its tables; the seconds as JSON."""
    with runs.at_the_end():
        seconds = rounds.run(service.measures(Registry(database)), int(count))
    Path(output).write_text(json.dumps(seconds, indent=1))


def measure(ours, plain, count, output, scope):
    """All measures, or only those that show growth; the result as JSON.

    :param scope: ``all`` or ``growth``
    """
    ours, plain = Registry(ours), Registry(plain)
    with runs.at_the_end():
        memory = runs.memory_of_full_run(ours)
        measures = [
            *runs.measures(ours),
            *bare.measures(ours),
            *screens.measures(ours),
            *maps.measures(ours),
        ]
        if scope == "all":
            measures += [*rivals.measures(ours), *deals.measures(ours)]
        seconds = rounds.run(measures, int(count))
        if scope == "all":
            # half a second, to be told within a twentieth: more often than the others
            postings = posting.measures(ours, plain)
            seconds |= rounds.run(postings, posting.TIMES * int(count))
        result = {
            "memory": memory,
            "seconds": seconds,
            "rows": runs.count_rows_written(ours),
            "queries": screens.count_queries(ours, plain),
            "sizes": runs.sizes(ours),
            "machine": machine(ours),
        }
    Path(output).write_text(json.dumps(result, indent=1))


def _superuser(database):
    return psycopg2.connect(
        host=config["db_host"],
        port=config["db_port"],
        user=SUPERUSER,
        dbname=database,
    )


ACTIONS = {
    "fill": fill,
    "prepare": prepare,
    "measure": measure,
    "fill_service": fill_service,
    "measure_service": measure_service,
}


def main(config_file, action, *arguments):
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    for noisy in ("odoo.tools.config", "odoo.sql_db"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    config.parse_config(["-c", config_file, "--log-level=warn"], setup_logging=False)
    ACTIONS[action](*arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
