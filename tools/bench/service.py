"""Cost to serve: a million orders with a line and a delivery each, by SQL.

They are copies of the order that ``masterdata`` confirmed, in the first company, evenly
over the last twelve months; customer k has about k^-0.4 times as many as the largest.
Every fourth delivery is late. Rates are typed, so that all of it is counted and priced.
"""

from odoo import Command

from . import runs
from .ledger import END, _copy, _unchecked
from .rounds import Measure

DOCUMENTS = 1_000_000
RATES = {"order": 5, "order_line": 0.5, "delivery": 7, "return": 20, "overdue": 10}
#: a number from 0 up to 1, always the same for this document
CHANCE = "(hashint8extended(number, 1) & 4294967295) / 4294967296.0::float8"


def fill(cr):
    """:param cr: cursor of a superuser (rows are not checked one by one)"""
    with _unchecked(cr, "sale_order", "sale_order_line", "stock_picking"):
        cr.execute(
            f"""
            CREATE TEMPORARY TABLE document AS
            WITH template AS (
                SELECT transfer.id AS transfer_id, line.id AS line_id, sale.id,
                    sale.partner_id AS customer_id
                FROM sale_order sale
                JOIN sale_order_line line ON line.order_id = sale.id
                JOIN stock_picking transfer ON transfer.sale_id = sale.id
                ORDER BY sale.id LIMIT 1
            ),
            customer AS (  -- made after the one of the template, the largest first
                SELECT array_agg(partner.id ORDER BY partner.id) AS ids
                FROM template
                JOIN res_partner partner
                    ON partner.parent_id IS NULL AND partner.id > template.customer_id
            )
            SELECT number, template.*,
                (SELECT MAX(id) FROM sale_order) + number AS order_id,
                '{END}'::timestamp + interval '12 hours'
                    - interval '364 days' * (1 - number / {DOCUMENTS}.0) AS moment,
                ids[1 + floor(array_length(ids, 1) * power({CHANCE}, 1 / 0.6))]
                    AS partner_id
            FROM template, customer, generate_series(1, {DOCUMENTS}) number
            ORDER BY number
            """
        )
        _copy_documents(cr, "sale_order", "document.id", _order_values())
        _copy_documents(cr, "sale_order_line", "line_id", _line_values())
        _copy_documents(cr, "stock_picking", "transfer_id", _transfer_values())


def _copy_documents(cr, table, template, values):
    cr.execute(f"SELECT MAX(id) FROM {table}")
    [before] = cr.fetchone()
    source = f"document JOIN {table} template ON template.id = {template}"
    _copy(cr, table, source, {"id": f"{before} + number", **values})


def _order_values():
    return {
        "name": "'B' || number",
        "state": "'sale'",
        "partner_id": "document.partner_id",
        "partner_invoice_id": "document.partner_id",
        "partner_shipping_id": "document.partner_id",
        "date_order": "moment",
        "access_token": "NULL",
    }


def _line_values():
    return {"order_id": "document.order_id", "order_partner_id": "document.partner_id"}


def _transfer_values():
    return {
        "name": "'B' || number",
        "state": "'done'",
        "sale_id": "document.order_id",
        "partner_id": "document.partner_id",
        "date_done": "moment",
        "date_deadline": "moment - interval '1 day' * (number % 4 / 3)",
    }


def prepare(env):
    """Rates of the company with the documents, and its costs as of yesterday."""
    order = env["sale.order"].search([], order="id", limit=1)
    env["crm.loyalty.rate.card"].create(
        {
            "company_id": order.company_id.id,
            "date_from": "2025-01-01",
            "rate_ids": [
                Command.create({"driver": driver, "rate": rate})
                for driver, rate in RATES.items()
            ],
        }
    )
    refresh(env, open_runs(env, runs.YESTERDAY))


def measures(served):
    return [
        Measure("service_floor", served, floor),
        Measure(
            "service_two_tables", served, lambda env, _subject: floor(env, tables=2)
        ),
        Measure("service_first", served, refresh, forget),
        Measure("service", served, refresh, open_runs),
    ]


def floor(env, _subject=None, tables=3):
    """One GROUP BY over each table, settings as in a run.

    Lines, the last table, belong to the customer of their order, as in our count.
    """
    env["crm.loyalty.run"]._tune()
    queries = [
        "SELECT partner_id, COUNT(*) AS number, SUM(amount_total) AS amount"
        " FROM sale_order GROUP BY 1",
        "SELECT partner_id, COUNT(*) AS number, SUM(shipping_weight) AS amount"
        " FROM stock_picking GROUP BY 1",
        "SELECT sale.partner_id, COUNT(*) AS number, SUM(price_subtotal) AS amount"
        " FROM sale_order_line line JOIN sale_order sale ON sale.id = line.order_id"
        " GROUP BY 1",
    ]
    for query in queries[:tables]:
        env.cr.execute(
            f"SELECT COUNT(*), SUM(number), SUM(amount) FROM ({query}) customer"
        )


def open_runs(env, as_of=END):
    return [
        env["crm.loyalty.run"]._open(policy, as_of) for policy in runs.policies(env)
    ]


def forget(env):
    env.cr.execute("TRUNCATE crm_customer_service_fact")
    return open_runs(env)


def refresh(env, opened):
    """What a run does for the cost to serve: count, price, write what differs."""
    for run in opened:
        run._tune()
        env["crm.customer.profile"]._refresh_service(run)
