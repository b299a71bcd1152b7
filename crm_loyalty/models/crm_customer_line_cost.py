# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL

from .loose_fields import LooseMany2one

SOURCES = [
    ("ledger", "Cost of goods in the ledger"),
    ("no_goods", "Discount line, no goods"),
    ("reversal", "Taken back from the credited invoice"),
    ("moves", "Value of the stock moves"),
    ("purchase", "Price of the drop-shipped purchase"),
    ("order", "Cost on the order line"),
    ("product_value", "Cost of the product that day"),
    ("unknown", "Unknown"),
]
#: what the rules read, by model; models that are not installed are left out
READ_FIELDS = {
    "account.move": ["move_type", "date", "invoice_date", "reversed_entry_id"],
    "account.move.line": [
        "balance",
        "cogs_origin_id",
        "is_downpayment",
        "price_unit",
        "product_id",
        "product_uom_id",
        "quantity",
    ],
    "product.value": ["company_id", "date", "product_id", "value"],
    "purchase.order": ["currency_rate", "state"],
    "purchase.order.line": ["price_subtotal", "product_qty"],
    "sale.order": ["currency_rate"],
    "sale.order.line": ["product_uom_qty", "purchase_price", "qty_delivered"],
    "stock.move": ["is_in", "is_out", "quantity", "sale_line_id", "state", "value"],
}


class CrmCustomerLineCost(models.Model):
    """Cost of goods of each counted invoice line, as it was known at posting.

    Costs of products, orders and transfers go on changing after the invoice. They are
    therefore copied once, when the document is posted, and what a run computes from
    them is the same tomorrow. Documents older than the installation are filled by the
    first run, from what is known then, and marked as reconstructed.
    """

    _name = "crm.customer.line.cost"
    _description = "Cost of an Invoice Line"
    _log_access = False

    line_id = fields.Many2one(
        "account.move.line", "Invoice Line", required=True, ondelete="cascade"
    )
    # of the line, which never changes them: facts add up costs by document
    company_id = LooseMany2one("res.company", required=True)
    move_id = LooseMany2one("account.move", "Document", required=True)
    currency_id = fields.Many2one(related="line_id.company_currency_id")
    cost = fields.Monetary(
        help="In company currency; negative on credit notes; empty: unknown"
    )
    uncosted = fields.Monetary(
        help="Net revenue of a line without cost; empty where the cost is known"
    )
    source = fields.Selection(SOURCES, required=True)
    reconstructed = fields.Boolean(
        required=True, help="Filled later than at posting, from what was known then"
    )
    not_returned = fields.Boolean(
        required=True,
        help="Cost taken back by a credit note although goods were delivered and none"
        " had come back when it was posted, as with a credit of the price only",
    )

    _line_uniq = models.Constraint("UNIQUE (line_id)", "A line has one cost.")
    _company_move_idx = models.Index("(company_id, move_id)")

    # ------------------------------------------------------------------
    # When costs are written
    # ------------------------------------------------------------------

    @api.model
    def _write_posted(self, moves):
        """Keep the costs of documents that were posted just now, in one statement."""
        if not moves:
            return
        notes = moves.filtered(lambda move: move.move_type == "out_refund")
        if credited := notes.reversed_entry_id:
            # a credit note takes back what its invoice has: see _query_reversal
            self._insert(SQL("line.move_id IN %s", tuple(credited.ids)), missing=True)
        # sudo: who posts need not see orders
        orders = moves.sudo().line_ids.sale_line_ids
        lines = SQL("line.move_id IN %s", tuple(moves.ids))
        self._insert(lines, notes=bool(notes), orders=bool(orders))

    @api.model
    def _fill_missing(self, company, lines):
        """Reconstruct the costs of posted lines that have none.

        :param company: root company
        :param lines: SQL condition on ``line``
        :return: number of rows inserted
        """
        lines = SQL(
            "line.parent_state = 'posted' AND line.company_id IN %s AND %s",
            tuple(company._loyalty_branches().ids),
            lines,
        )
        # credit notes look at the rows of their invoices: those come first
        return sum(
            self._insert(SQL("%s AND %s", lines, condition), missing=True)
            for condition in (
                SQL("move.reversed_entry_id IS NULL"),
                SQL("move.reversed_entry_id IS NOT NULL"),
            )
        )

    @api.model
    def _forget_unknown(self, company):
        """Drop the rows without cost, so that the next run looks for them again."""
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM crm_customer_line_cost cost
                    USING account_move_line line
                    WHERE line.id = cost.line_id AND cost.source = 'unknown'
                        AND line.company_id IN %(companies)s
                    RETURNING line.partner_id
                )
                INSERT INTO crm_customer_queue (partner_id, company_id, was_counted)
                SELECT DISTINCT partner_id, %(company)s, FALSE
                FROM gone WHERE partner_id IS NOT NULL
                """,
                companies=tuple(company._loyalty_branches().ids),
                company=company.id,
            )
        )

    def _insert(self, lines, *, missing=False, notes=True, orders=True):
        """Decide and write the costs of some lines.

        :param lines: SQL condition on ``line`` and ``move``
        :param missing: only lines without a row, marked as reconstructed; otherwise
            rows are overwritten: a document that is posted again is decided again
        :param notes: whether there may be credit notes among them
        :param orders: whether some may come from orders
        :return: number of rows written
        """
        for model, names in READ_FIELDS.items():
            if model in self.env:
                self.env[model].flush_model(names)
        if missing:
            lines = SQL(
                """%s AND NOT EXISTS (
                    SELECT FROM crm_customer_line_cost old WHERE old.line_id = line.id
                )""",
                lines,
            )
            conflict = SQL("NOTHING")
        else:
            conflict = SQL(
                """UPDATE SET cost = excluded.cost, uncosted = excluded.uncosted,
                    source = excluded.source,
                    reconstructed = excluded.reconstructed,
                    not_returned = excluded.not_returned"""
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_customer_line_cost
                    (line_id, company_id, move_id, cost, uncosted, source,
                        reconstructed, not_returned)
                %s
                ON CONFLICT (line_id) DO %s
                """,
                self._query_costs(lines, missing, notes, orders),
                conflict,
            )
        )
        return self.env.cr.rowcount

    # ------------------------------------------------------------------
    # The rules
    # ------------------------------------------------------------------

    def _query_costs(self, lines, reconstructed, notes, orders):
        """Cost and source of the lines: the first rule that answers decides."""
        not_returned = join = None
        if notes and orders:
            not_returned = SQL(
                "item.is_refund AND first.cost <> 0 AND kept.line_id > 0"
            )
            join = SQL("LEFT JOIN kept USING (line_id)")
        return SQL(
            """
            WITH item AS (%(item)s),
            transfer AS (%(transfer)s),
            answer AS (%(answers)s),
            kept AS (
                SELECT line_id FROM transfer
                GROUP BY line_id
                HAVING BOOL_OR(is_out) AND NOT BOOL_OR(NOT is_out)
            )
            SELECT line_id, item.company_id, item.move_id,
                ROUND(first.cost, item.digits) AS cost,
                CASE WHEN first.cost IS NULL THEN item.revenue END AS uncosted,
                CASE WHEN first.cost IS NULL THEN 'unknown' ELSE first.source END,
                %(reconstructed)s, COALESCE(%(not_returned)s, FALSE)
            FROM item
            LEFT JOIN (
                SELECT DISTINCT ON (line_id) line_id, source, cost
                FROM answer
                ORDER BY line_id, rank
            ) first USING (line_id)
            %(join)s
            """,
            item=self._query_item(lines),
            transfer=self._query_transfer(),
            answers=SQL(" UNION ALL ").join(
                SQL(
                    "SELECT line_id, cost, %s AS rank, %s AS source FROM (%s) rule",
                    rank,
                    source,
                    query,
                )
                for rank, (source, query) in enumerate(self._get_rules(notes, orders))
            ),
            reconstructed=reconstructed,
            not_returned=not_returned or SQL("FALSE"),
            join=join or SQL(),
        )

    def _get_rules(self, notes=True, orders=True):
        """Source and query of each rule, in order of precedence.

        A query returns the lines that it decides, as ``line_id`` and ``cost``, in
        company currency or NULL for unknown. A cost of zero per unit means that nobody
        has entered one, and decides nothing. Rules without anything to decide are left
        out: a posting should not even wait for their planning.
        """
        purchase_line = self.env.get("purchase.order.line")
        drop_ship = (
            purchase_line is not None and "sale_line_id" in purchase_line._fields
        )
        rules = [
            ("unknown", True, self._query_downpayment),
            ("ledger", True, self._query_ledger),
            ("ledger", notes, self._query_cancelled),
            ("no_goods", True, self._query_discount),
            ("reversal", notes, self._query_reversal),
            ("moves", orders, self._query_moves),
            ("purchase", orders and drop_ship, self._query_purchase),
            ("order", orders, self._query_order),
            ("product_value", True, self._query_product_value),
        ]
        return [(source, query()) for source, applies, query in rules if applies]

    def _query_item(self, lines):
        """The lines to decide; quantity in the product's unit, credit negative."""
        return SQL(
            """
            SELECT line.id AS line_id, line.move_id, line.product_id, line.company_id,
                -line.balance AS revenue,
                move.reversed_entry_id, own.factor, currency.decimal_places AS digits,
                COALESCE(move.invoice_date, move.date) AS date,
                move.move_type = 'out_refund' AS is_refund,
                line.is_downpayment IS TRUE AS is_downpayment,
                template.type = 'consu' AS is_goods,
                line.price_unit < 0 AND COALESCE(template.type, 'service') = 'service'
                    AS is_discount,
                EXISTS (
                    SELECT FROM sale_order_line_invoice_rel rel
                    WHERE rel.invoice_line_id = line.id
                ) AS has_order,
                line.quantity * COALESCE(unit.factor / own.factor, 1)
                    * CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                    AS quantity
            FROM account_move_line line
            JOIN account_move move ON move.id = line.move_id
            JOIN res_company company ON company.id = line.company_id
            JOIN res_currency currency ON currency.id = company.currency_id
            LEFT JOIN product_product product ON product.id = line.product_id
            LEFT JOIN product_template template
                ON template.id = product.product_tmpl_id
            LEFT JOIN uom_uom own ON own.id = template.uom_id
            LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
            WHERE %s AND %s
            """,
            self.env["crm.customer.ledger"]._sql_counted(),
            lines,
        )

    def _query_transfer(self):
        """Valued transfers to the customer, and back, of the order lines."""
        return SQL(
            """
            SELECT item.line_id, move.is_out, move.value,
                move.quantity * COALESCE(unit.factor / item.factor, 1) AS quantity,
                move.product_id <> item.product_id AS is_part
            FROM item
            JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.line_id
            JOIN stock_move move
                ON move.sale_line_id = rel.order_line_id AND move.state = 'done'
            JOIN stock_location source ON source.id = move.location_id
            JOIN stock_location target ON target.id = move.location_dest_id
            LEFT JOIN uom_uom unit ON unit.id = move.product_uom
            WHERE move.is_out AND target.usage IN ('customer', 'transit')
                OR move.is_in AND source.usage IN ('customer', 'transit')
            """
        )

    def _query_downpayment(self):
        """Money on account: its goods are costed on the final invoice."""
        return SQL(
            "SELECT line_id, NULL::numeric AS cost FROM item WHERE is_downpayment"
        )

    def _query_discount(self):
        """A negative price carries no goods, unless it is one of goods."""
        return SQL("SELECT line_id, 0 AS cost FROM item WHERE is_discount")

    def _query_ledger(self):
        """Perpetual valuation: the cost items that the document itself has posted."""
        return SQL(
            """
            SELECT item.line_id, SUM(cogs.balance) AS cost
            FROM item
            JOIN account_move_line cogs ON cogs.cogs_origin_id = item.line_id
            JOIN account_account account ON account.id = cogs.account_id
            WHERE cogs.display_type = 'cogs'
                AND account.account_type NOT LIKE 'asset%%'
            GROUP BY item.line_id
            """
        )

    def _query_cancelled(self):
        """A credit note that cancels its invoice has copies of its cost items.

        They no longer say which line they belong to: each line of the product gets its
        part by quantity. The parts are differences of rounded running totals, thus add
        up to the cent.
        """
        return SQL(
            """
            SELECT line_id, ROUND(copied.total * upto / whole, digits)
                - ROUND(copied.total * (upto - quantity) / whole, digits) AS cost
            FROM (
                SELECT line_id, move_id, product_id, quantity, digits,
                    SUM(quantity) OVER (same ORDER BY line_id) AS upto,
                    SUM(quantity) OVER same AS whole
                FROM item
                WHERE is_refund AND reversed_entry_id IS NOT NULL
                WINDOW same AS (PARTITION BY move_id, product_id)
            ) part
            JOIN LATERAL (
                SELECT SUM(cogs.balance) AS total
                FROM account_move_line cogs
                JOIN account_account account ON account.id = cogs.account_id
                WHERE cogs.move_id = part.move_id AND cogs.display_type = 'cogs'
                    AND cogs.product_id = part.product_id
                    AND cogs.cogs_origin_id IS NULL
                    AND account.account_type NOT LIKE 'asset%%'
            ) copied ON copied.total IS NOT NULL
            WHERE whole <> 0
            """
        )

    def _query_reversal(self):
        """A credit note that names its invoice: cost per unit there, or as unknown.

        Otherwise an invoice and its full credit note would leave a margin behind when
        the cost of the product has changed in between.
        """
        return SQL(
            """
            SELECT item.line_id,
                item.quantity * SUM(cost.cost) / NULLIF(SUM(sold.quantity
                        * COALESCE(unit.factor / item.factor, 1))
                    FILTER (WHERE cost.cost IS NOT NULL), 0) AS cost
            FROM item
            JOIN account_move_line sold
                ON sold.move_id = item.reversed_entry_id
                AND sold.product_id = item.product_id
            JOIN crm_customer_line_cost cost
                ON cost.line_id = sold.id AND cost.source <> 'no_goods'
            LEFT JOIN uom_uom unit ON unit.id = sold.product_uom_id
            WHERE item.is_refund
            GROUP BY item.line_id, item.quantity
            """
        )

    def _query_moves(self):
        """Average value of what went out and stayed there.

        A kit has as its unit the kits delivered, as its value that of all components.
        When everything came back, the average of what had gone out.
        """
        return SQL(
            """
            SELECT line_id, cost
            FROM (
                SELECT line_id, item.quantity * CASE
                    WHEN moves.is_kit THEN (value_out - value_back) / (
                        SELECT NULLIF(GREATEST(SUM(sol.qty_delivered
                            * COALESCE(unit.factor / item.factor, 1)), 0), 0)
                        FROM sale_order_line_invoice_rel rel
                        JOIN sale_order_line sol ON sol.id = rel.order_line_id
                        LEFT JOIN uom_uom unit ON unit.id = sol.product_uom_id
                        WHERE rel.invoice_line_id = item.line_id
                    )
                    WHEN went_out > came_back
                        THEN (value_out - value_back) / (went_out - came_back)
                    ELSE value_out / NULLIF(went_out, 0)
                END AS cost
                FROM item
                JOIN (
                    SELECT line_id, BOOL_OR(is_part) AS is_kit,
                        SUM(value) FILTER (WHERE is_out) AS value_out,
                        SUM(quantity) FILTER (WHERE is_out) AS went_out,
                        COALESCE(SUM(value) FILTER (WHERE NOT is_out), 0)
                            AS value_back,
                        COALESCE(SUM(quantity) FILTER (WHERE NOT is_out), 0)
                            AS came_back
                    FROM transfer
                    GROUP BY line_id
                ) moves USING (line_id)
            ) valued
            WHERE cost <> 0
            """
        )

    def _query_purchase(self):
        """Confirmed purchases that the vendor delivers to the customer directly.

        Core books neither cost of goods nor a value for them. Purchases into stock do
        not name the order line; those of services do, but have a cost on the order.
        """
        return SQL(
            """
            SELECT item.line_id, item.quantity
                * SUM(pol.price_subtotal / NULLIF(purchase.currency_rate, 0))
                / NULLIF(CASE WHEN BOOL_OR(pol.product_id <> item.product_id) THEN
                    (
                        SELECT SUM(sol.product_uom_qty
                            * COALESCE(unit.factor / item.factor, 1))
                        FROM sale_order_line_invoice_rel rel
                        JOIN sale_order_line sol ON sol.id = rel.order_line_id
                        LEFT JOIN uom_uom unit ON unit.id = sol.product_uom_id
                        WHERE rel.invoice_line_id = item.line_id
                    )
                    ELSE SUM(pol.product_qty * COALESCE(unit.factor / item.factor, 1))
                END, 0) AS cost
            FROM item
            JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.line_id
            JOIN purchase_order_line pol ON pol.sale_line_id = rel.order_line_id
            JOIN purchase_order purchase
                ON purchase.id = pol.order_id AND purchase.state = 'purchase'
            LEFT JOIN uom_uom unit ON unit.id = pol.product_uom_id
            WHERE item.is_goods
            GROUP BY item.line_id, item.quantity, item.factor
            HAVING SUM(pol.price_subtotal) <> 0
            """
        )

    def _query_order(self):
        """Services, and goods not yet delivered: the cost on the order line."""
        return SQL(
            """
            SELECT item.line_id, item.quantity
                * AVG(sol.purchase_price / NULLIF(sale_order.currency_rate, 0)
                    * COALESCE(item.factor / unit.factor, 1)) AS cost
            FROM item
            JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.line_id
            JOIN sale_order_line sol ON sol.id = rel.order_line_id
            JOIN sale_order ON sale_order.id = sol.order_id
            LEFT JOIN uom_uom unit ON unit.id = sol.product_uom_id
            WHERE sol.purchase_price <> 0
            GROUP BY item.line_id, item.quantity
            """
        )

    def _query_product_value(self):
        """Without an order: the cost of the product as last set up to the invoice."""
        return SQL(
            """
            SELECT item.line_id, item.quantity * price.value AS cost
            FROM item
            JOIN (
                SELECT product_id, company_id, value, date::date AS since,
                    LEAD(date::date) OVER (
                        PARTITION BY product_id, company_id ORDER BY date, id
                    ) AS until
                FROM product_value
                WHERE move_id IS NULL AND lot_id IS NULL
                    AND product_id IN (
                        SELECT product_id FROM item WHERE NOT has_order
                    )
            ) price
                ON price.product_id = item.product_id
                AND price.company_id = item.company_id
                AND item.date >= price.since
                AND (price.until IS NULL OR item.date < price.until)
            WHERE NOT item.has_order AND price.value <> 0
            """
        )
