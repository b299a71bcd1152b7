"""A hundred thousand customers and their documents, by SQL, the same each time.

Nothing is drawn by chance: each quantity is a hash of the number of the document or
customer and of a salt. Rows are copies of those that Odoo wrote (see ``masterdata``).

Customer k (1 is the largest) buys about k^-0.4 times as often as the largest one, for
k^-0.7 times the amount: the first 11 % have about 90 % of the revenue. Every fifth
one has delivery addresses. Documents come in the order of their dates, as in life;
3 % are credit notes on an earlier document, a third of them for all of it.
"""

import contextlib
import datetime

from psycopg2.extras import Json

CUSTOMERS = 100_000
CONTACTS_EACH = 2  # of every fifth customer
START, END = datetime.date(2024, 4, 1), datetime.date(2026, 6, 30)
NEWS = 1_000  # documents that come after the last run

#: salts: what a hash is used for
SALTS = {
    name: number
    for number, name in enumerate(
        "refund origin full customer company mixed foreign lines address product"
        " quantity price discount rebate paid late order".split(),
        start=1,
    )
}


def fill(cr, masterdata, lines, owner):
    """Customers, orders, and documents with about so many lines in all.

    :param cr: cursor of a superuser (rows are not checked one by one)
    :param owner: Odoo's own database user
    """
    cr.execute("CREATE SCHEMA bench")
    cr.execute(
        "CREATE TABLE bench.masterdata AS SELECT %s::jsonb AS data", [Json(masterdata)]
    )
    cr.execute(
        """
        CREATE TABLE bench.template AS
        SELECT template.* FROM bench.masterdata, jsonb_to_recordset(data->'documents')
            AS template (company_id int, is_foreign bool, refund bool, template_id int)
        """
    )
    cr.execute(
        "CREATE FUNCTION bench.chance(key bigint, salt int) RETURNS float8 IMMUTABLE"
        " LANGUAGE sql AS 'SELECT (hashint8extended($1, $2) & 4294967295)"
        " / 4294967296.0::float8'"
    )
    with _unchecked(
        cr, "res_partner", "account_move", "account_move_line", "sale_order"
    ):
        _customers(cr)
        _draw(cr, lines)
        _documents(cr)
        _lines(cr)
        _totals(cr)
        _copy_moves(cr)
        _copy_lines(cr)
        _orders(cr)
    cr.execute(
        "DROP TABLE bench.masterdata, bench.template, bench.customer, bench.draw,"
        " bench.document, bench.line, bench.total"
    )
    cr.execute("DROP FUNCTION bench.chance")
    cr.execute(f"GRANT USAGE ON SCHEMA bench TO {owner}")
    cr.execute(f"GRANT SELECT ON bench.news TO {owner}")


def show_news(cr, posted):
    """Post the last thousand documents, or take them back, as far as we read them.

    :return: their ids
    """
    state = "posted" if posted else "draft"
    cr.execute(
        "UPDATE account_move SET state = %s WHERE id IN (SELECT move_id FROM"
        " bench.news)",
        [state],
    )
    cr.execute(
        "UPDATE account_move_line SET parent_state = %s WHERE move_id IN (SELECT"
        " move_id FROM bench.news)",
        [state],
    )
    cr.execute("SELECT move_id FROM bench.news ORDER BY move_id")
    return [move_id for [move_id] in cr.fetchall()]


# ----------------------------------------------------------------------
# Copies of rows
# ----------------------------------------------------------------------


@contextlib.contextmanager
def _unchecked(cr, *tables):
    """Without triggers, and without the indexes of these tables meanwhile."""
    cr.execute("SET LOCAL session_replication_role = replica")
    cr.execute("SET LOCAL work_mem = '256MB'")
    cr.execute("SET LOCAL maintenance_work_mem = '1GB'")
    cr.execute(
        """
        SELECT index.indexname, index.indexdef
        FROM pg_indexes index
        WHERE index.schemaname = 'public' AND index.tablename = ANY(%s)
            AND NOT EXISTS (
                SELECT FROM pg_constraint WHERE conname = index.indexname
            )
        ORDER BY index.indexname
        """,
        [list(tables)],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        cr.execute(definition)
    cr.execute("SET LOCAL session_replication_role = origin")


def _copy(cr, table, source, values):
    """Insert copies of the row ``template`` of ``source``, with other values in some
    columns, and let the sequence go on after them."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema ="
        " 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY 1",
        [table],
    )
    columns = [column for [column] in cr.fetchall()]
    if unknown := values.keys() - set(columns):
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    cr.execute(
        "INSERT INTO {} ({}) SELECT {} FROM {}".format(
            table,
            ", ".join(columns),
            ", ".join(values.get(column, f"template.{column}") for column in columns),
            source,
        )
    )
    cr.execute(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))")


def _chance(salt, key="key"):
    """SQL of a number from 0 up to 1, always the same for this key."""
    return f"bench.chance({key}, {SALTS[salt]})"


def _pick(name, salt, key="key"):
    """SQL of an id from a list of the master data, by chance."""
    return (
        f"(masterdata.data->'{name}'->>floor({_chance(salt, key)}"
        f" * jsonb_array_length(masterdata.data->'{name}'))::int)::int"
    )


# ----------------------------------------------------------------------
# Customers
# ----------------------------------------------------------------------


def _customers(cr):
    """Customers with a salesperson and country each, then their addresses."""
    cr.execute("SELECT MAX(id) FROM res_partner")
    [before] = cr.fetchone()
    cr.execute(
        f"""
        CREATE TABLE bench.customer AS
        SELECT k, {before} + k AS partner_id,
            CASE WHEN k % 5 = 0
                THEN {before} + {CUSTOMERS} + (k / 5 - 1) * {CONTACTS_EACH} + 1
            END AS first_contact_id,
            20000 * power(k, -0.7) AS scale
        FROM generate_series(1, {CUSTOMERS}) k
        """
    )
    cr.execute("ALTER TABLE bench.customer ADD PRIMARY KEY (k)")
    name = "'Customer ' || lpad(k::text, 6, '0')"
    _copy(
        cr,
        "res_partner",
        "bench.customer, bench.masterdata JOIN res_partner template"
        " ON template.id = (data->>'partner')::int",
        {
            "id": "partner_id",
            "commercial_partner_id": "partner_id",
            "name": name,
            "complete_name": name,
            "commercial_company_name": name,
            "email": "'office@customer' || k || '.example'",
            "user_id": _pick("users", "address", "k"),
            "country_id": "1 + k % 200",
        },
    )
    place = f"{name} || ', delivery ' || place"
    _copy(
        cr,
        "res_partner",
        f"bench.customer CROSS JOIN generate_series(1, {CONTACTS_EACH}) place"
        " CROSS JOIN bench.masterdata JOIN res_partner template"
        " ON template.id = (data->>'contact')::int"
        " WHERE first_contact_id IS NOT NULL",
        {
            "id": "first_contact_id + place - 1",
            "parent_id": "partner_id",
            "commercial_partner_id": "partner_id",
            "name": "'Delivery ' || place",
            "complete_name": place,
            "commercial_company_name": name,
        },
    )


# ----------------------------------------------------------------------
# Documents
# ----------------------------------------------------------------------


def _draw(cr, lines):
    """Which documents there are: number, kind, origin, day and number of lines."""
    cr.execute(
        f"""
        CREATE TABLE bench.draw AS
        WITH number AS (
            SELECT g, {_chance("refund", "g")} < 0.03 AND g > 100 AS refund,
                -- a credit note follows its origin within some weeks
                GREATEST(1, g - 1 - floor({_chance("origin", "g")} * {lines // 170}))
                    ::bigint AS origin,
                {_chance("full", "g")} < 0.33 AS whole
            FROM generate_series(1, {lines // 4}) g
        ),
        keyed AS (
            -- it is about the same customer, currency and lines
            SELECT *, CASE WHEN refund THEN origin ELSE g END AS key FROM number
        ),
        counted AS (
            SELECT *, CASE WHEN refund AND NOT whole THEN 1
                ELSE LEAST(30, 1 + floor(-4.4 * ln(1 - {_chance("lines")})))
                END::int AS line_count
            FROM keyed
        ),
        running AS (
            SELECT *, SUM(line_count) OVER (ORDER BY g) AS running FROM counted
        ),
        chosen AS (
            SELECT *, MAX(g) OVER () AS last FROM running WHERE running <= {lines}
        )
        SELECT chosen.*, CASE WHEN g > last - {NEWS} THEN '{END}'
            ELSE '{START}'::date + floor((g - 1) * {(END - START).days + 1}.0 / last)
                ::int END AS day
        FROM chosen
        """
    )


def _documents(cr):
    """Dates, customers, addresses, companies and currencies of the documents."""
    cr.execute("SELECT MAX(id) FROM account_move")
    [before] = cr.fetchone()
    cr.execute(
        f"""
        CREATE TABLE bench.document AS
        WITH dated AS (
            -- on Sundays nobody is in the office
            SELECT draw.*, day + (EXTRACT(DOW FROM day) = 0)::int AS date,
                ceil({CUSTOMERS} * power({_chance("customer")}, 1 / 0.6))::int AS k
            FROM bench.draw
        ),
        placed AS (
            SELECT dated.*, customer.partner_id, customer.scale,
                CASE WHEN first_contact_id IS NULL THEN partner_id
                    WHEN {_chance("address")} < 0.3 THEN partner_id
                    ELSE first_contact_id
                        + floor({_chance("address")} * {CONTACTS_EACH})::int
                END AS address_id,
                -- six of ten customers buy from the first company, one from both
                (CASE WHEN {_chance("company", "dated.k")} < 0.6 THEN 0
                    WHEN {_chance("company", "dated.k")} < 0.85 THEN 1
                    ELSE round({_chance("mixed")}) END)::int AS place,
                {_chance("foreign")} < 0.15 AS is_foreign
            FROM dated
            JOIN bench.customer customer ON customer.k = dated.k
        )
        SELECT placed.*, {before} + ROW_NUMBER() OVER (ORDER BY g) AS move_id,
            (data->'companies'->>place)::int AS company_id,
            -- some documents are booked days after they were issued
            date - CASE WHEN {_chance("late", "g")} < 0.02 THEN 3 ELSE 0 END
                AS invoice_date,
            (CASE WHEN NOT is_foreign THEN 1
                WHEN place = 0 THEN 0.88
                ELSE 1.08 END + CASE WHEN is_foreign
                THEN 0.0025 * EXTRACT(MONTH FROM date) ELSE 0 END)::numeric AS rate,
            NOT refund AND (date < '{END}'::date - 45 OR {_chance("paid")} < 0.5)
                AS paid
        FROM placed, bench.masterdata
        ORDER BY g
        """
    )
    cr.execute("ANALYZE bench.document")


def _lines(cr):
    """Products, quantities, prices, discounts; a whole credit note has the lines of
    its origin."""
    cr.execute(
        f"""
        CREATE TABLE bench.line AS
        WITH drawn AS (
            SELECT move_id, l, rate, refund, scale, key * 64 + l AS line_key
            FROM bench.document, generate_series(1, line_count) l
        ),
        priced AS (
            SELECT drawn.*, {_pick("products", "product", "line_key")} AS product_id,
                1 + floor(power({_chance("quantity", "line_key")}, 2) * 20)::int
                    AS quantity,
                GREATEST(0.5, round((scale * (0.2 + 1.6
                    * {_chance("price", "line_key")}) / 6)::numeric, 2)) AS price,
                CASE WHEN {_chance("discount", "line_key")} < 0.15
                    THEN 5 * (1 + floor(4 * {_chance("rebate", "line_key")}))
                    ELSE 0 END::numeric AS discount
            FROM drawn, bench.masterdata
        ),
        valued AS (
            SELECT *, round(quantity * price * (1 - discount / 100), 2) AS subtotal,
                CASE WHEN refund THEN 1 ELSE -1 END AS sign
            FROM priced
        )
        SELECT move_id, l, product_id, quantity, price, discount, subtotal,
            sign * subtotal AS amount_currency,
            round(sign * subtotal / rate, 2) AS balance
        FROM valued
        """
    )
    cr.execute("ANALYZE bench.line")


def _totals(cr):
    """Documents with their sums; the last thousand are news."""
    cr.execute(
        """
        CREATE TABLE bench.total AS
        SELECT document.*, sums.*, template_id,
            (CASE WHEN refund THEN 'RINV/' ELSE 'INV/' END)
                || EXTRACT(YEAR FROM date) || '/' AS prefix
        FROM bench.document
        JOIN (
            SELECT move_id AS line_move_id, SUM(subtotal) AS total,
                -SUM(balance) AS total_signed, -SUM(amount_currency) AS total_currency
            FROM bench.line
            GROUP BY move_id
        ) sums ON line_move_id = move_id
        JOIN bench.template USING (company_id, is_foreign, refund)
        """
    )
    cr.execute("CREATE UNIQUE INDEX ON bench.total (move_id)")
    cr.execute("ANALYZE bench.total")
    cr.execute(
        f"CREATE TABLE bench.news AS SELECT move_id FROM bench.total"
        f" ORDER BY g DESC LIMIT {NEWS}"
    )


def _copy_moves(cr):
    """A credit note for all of a document names it, if no other one does."""
    name = "prefix || lpad(total.g::text, 7, '0')"
    open_signed = "CASE WHEN paid OR settled THEN 0 ELSE total_signed END"
    _copy(
        cr,
        "account_move",
        """(
            SELECT total.*, origin.move_id AS origin_id,
                credited.g IS NOT NULL
                    OR origin.move_id IS NOT NULL AND total.whole AS settled
            FROM bench.total
            LEFT JOIN bench.document origin
                ON total.refund AND origin.g = total.origin AND NOT origin.refund
            LEFT JOIN (
                SELECT DISTINCT origin AS g FROM bench.document WHERE refund AND whole
            ) credited ON credited.g = total.g AND NOT total.refund
            ORDER BY total.g
        ) total
        JOIN account_move template ON template.id = total.template_id
        JOIN res_partner customer ON customer.id = total.partner_id""",
        {
            "id": "total.move_id",
            "name": name,
            "payment_reference": name,
            "sequence_prefix": "prefix",
            "sequence_number": "total.g",
            "partner_id": "total.partner_id",
            "commercial_partner_id": "total.partner_id",
            "partner_shipping_id": "total.address_id",
            "invoice_partner_display_name": "customer.complete_name",
            "invoice_user_id": "customer.user_id",
            "date": "total.date",
            "invoice_date": "total.invoice_date",
            "invoice_date_due": "total.invoice_date + 30",
            "invoice_currency_rate": "total.rate",
            "invoice_origin": "'S' || lpad(total.g::text, 7, '0')",
            "amount_untaxed": "total.total",
            "amount_total": "total.total",
            "amount_residual": "CASE WHEN paid OR settled THEN 0 ELSE total.total END",
            "amount_untaxed_signed": "total_signed",
            "amount_total_signed": "total_signed",
            "amount_residual_signed": open_signed,
            "amount_untaxed_in_currency_signed": "total_currency",
            "amount_total_in_currency_signed": "total_currency",
            "payment_state": "CASE WHEN settled AND NOT total.refund THEN 'reversed'"
            " WHEN paid OR settled THEN 'paid' ELSE 'not_paid' END",
            "reversed_entry_id": "origin_id",
            "create_date": "total.date",
            "write_date": "total.date",
        },
    )


def _copy_lines(cr):
    """Product lines of each document, then its receivable."""
    cr.execute("SELECT MAX(id) FROM account_move_line")
    [before] = cr.fetchone()
    receivable = "item.l = 99"
    open_item = "item.l = 99 AND move.amount_residual <> 0"
    _copy(
        cr,
        "account_move_line",
        f"""(
            SELECT {before} + ROW_NUMBER() OVER (ORDER BY move_id, l) AS id, item.*
            FROM (
                SELECT move_id, l, product_id, quantity::numeric, price, discount,
                    subtotal, amount_currency, balance
                FROM bench.line
                UNION ALL
                SELECT move_id, 99, NULL, 0, 0, 0, 0, total_currency, total_signed
                FROM bench.total
            ) item
            ORDER BY move_id, l
        ) item
        JOIN bench.total USING (move_id)
        JOIN account_move move ON move.id = item.move_id
        JOIN account_move_line template ON template.move_id = total.template_id
            AND (template.display_type = 'product') = (item.l < 99)
        LEFT JOIN product_product product ON product.id = item.product_id
        LEFT JOIN product_template ON product_template.id = product.product_tmpl_id""",
        {
            "id": "item.id",
            "move_id": "item.move_id",
            "sequence": f"CASE WHEN {receivable} THEN template.sequence"
            " ELSE 100 * item.l END",
            "partner_id": "total.partner_id",
            "product_id": "item.product_id",
            "move_name": "move.name",
            "name": f"CASE WHEN {receivable} THEN move.name"
            " ELSE product_template.name->>'en_US' END",
            "date": "move.date",
            "invoice_date": "move.invoice_date",
            "date_maturity": f"CASE WHEN {receivable} THEN move.invoice_date_due END",
            "debit": "GREATEST(item.balance, 0)",
            "credit": "GREATEST(-item.balance, 0)",
            "balance": "item.balance",
            "amount_currency": "item.amount_currency",
            "amount_residual": f"CASE WHEN {open_item} THEN item.balance ELSE 0 END",
            "amount_residual_currency": f"CASE WHEN {open_item}"
            " THEN item.amount_currency ELSE 0 END",
            "reconciled": f"{receivable} AND move.amount_residual = 0",
            "quantity": "item.quantity",
            "price_unit": "item.price",
            "discount": "item.discount",
            "price_subtotal": "item.subtotal",
            "price_total": "item.subtotal",
            "create_date": "move.create_date",
            "write_date": "move.write_date",
        },
    )


def _orders(cr):
    """An order, without lines, for every second invoice."""
    cr.execute("SELECT MAX(id) FROM sale_order")
    [before] = cr.fetchone()
    _copy(
        cr,
        "sale_order",
        f"""bench.total CROSS JOIN bench.masterdata
        JOIN sale_order template
            ON template.id = (data->'orders'->>total.company_id::text)::int
        JOIN res_partner customer ON customer.id = total.partner_id
        WHERE NOT total.refund AND {_chance("order", "total.g")} < 0.5""",
        {
            "id": f"{before} + total.g",
            "name": "'S' || lpad(total.g::text, 7, '0')",
            "partner_id": "total.partner_id",
            "partner_invoice_id": "total.partner_id",
            "partner_shipping_id": "total.address_id",
            "user_id": "customer.user_id",
            "date_order": "total.invoice_date",
            "amount_untaxed": "total.total",
            "amount_total": "total.total",
            "access_token": "NULL",
            "create_date": "total.invoice_date",
            "write_date": "total.invoice_date",
        },
    )
