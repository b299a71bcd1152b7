# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from .loose_fields import LooseMany2one


class CrmCustomerFact(models.Model):
    """What a customer bought, one row per entity, delivery address, root company, day.

    Money stands on the accounting date of a document, the purchase occasion on its
    invoice date. Facts know nothing of windows, policies or today: they change only
    when documents do.

    Nothing in the database ties them to contacts: whoever deletes some calls
    ``_forget_partners``. Companies with documents cannot be deleted.
    """

    _name = "crm.customer.fact"
    _description = "Customer Sales per Day"
    _order = "date desc, id desc"
    _log_access = False

    partner_id = LooseMany2one("res.partner", "Customer", required=True)
    address_id = LooseMany2one("res.partner", "Delivery Address", required=True)
    company_id = LooseMany2one("res.company", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True)
    revenue = fields.Monetary(help="Net of tax and of credit notes")
    discount = fields.Monetary(help="Discount given on the lines, net of tax")
    cost = fields.Monetary("Cost of Goods", groups="crm_loyalty.group_cost")
    revenue_uncosted = fields.Monetary(
        "Revenue without Cost",
        groups="crm_loyalty.group_cost",
        help="Net revenue of the lines whose cost is unknown",
    )
    document_count = fields.Integer("Documents")
    line_count = fields.Integer("Lines")
    purchase_count = fields.Integer(
        "Purchases",
        help="Invoices of the day, without down payments and fully credited ones",
    )

    _customer_day_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id, date, address_id)",
        "There is one row per customer, delivery address, company and day.",
    )

    def init(self):
        """Draw ids by the thousand: a first run writes a million facts."""
        self.env.cr.execute(
            SQL(
                "ALTER SEQUENCE %s CACHE 1000",
                SQL.identifier(f"{self._table}_id_seq"),
            )
        )
        return super().init()

    # ------------------------------------------------------------------
    # Written by runs
    # ------------------------------------------------------------------

    def _refresh(self, companies, scope=None):
        """Rewrite the facts of some entities from the posted journal items.

        :param companies: root company; or, without a scope, several: going through all
            lines takes as long for one as for all of them
        :param scope: SQL condition without its left side, e.g. ``= ANY(…)`` or
            ``BETWEEN … AND …``, on the id of the entity; by default all of them
        :return: number of rows inserted, changed or deleted: facts, and costs of lines
            that had none
        """
        if scope is None:
            return self._write(companies, facts=SQL("TRUE"), everything=True)
        self._create_temporary(
            "crm_customer_document",
            SQL(
                """
                SELECT DISTINCT move_id FROM account_move_line
                WHERE company_id IN %s AND display_type = 'product' AND partner_id IN (
                    SELECT id FROM res_partner WHERE commercial_partner_id %s
                )
                """,
                tuple(companies._loyalty_branches().ids),
                scope,
            ),
        )
        return self._write(companies, facts=SQL("partner_id %s", scope))

    def _refresh_days(self, company, changes):
        """Rewrite the facts of some days of some entities, however long their history.

        :param company: root company
        :param changes: list of (id of the entity, id of the changed document or None,
            day that the document counted or counts on); the days that the document
            counts on now are added
        :return: as of ``_refresh``
        """
        self._create_temporary("crm_customer_day", self._query_days(changes))
        self._create_temporary(
            "crm_customer_document", self._query_documents(company, changes)
        )
        return self._write(
            company,
            facts=SQL(
                "(partner_id, date) IN (SELECT partner_id, date FROM crm_customer_day)"
            ),
        )

    def _create_temporary(self, name, query, *columns):
        """A table for the statements that follow; the planner knows its size.

        :param columns: those that the planner is to know; by default all of them
        """
        table = SQL.identifier(name)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", table, query)
        )
        known = SQL(", ").join(map(SQL.identifier, columns))
        self.env.cr.execute(
            SQL("ANALYZE %s (%s)", table, known)
            if columns
            else SQL("ANALYZE %s", table)
        )

    def _query_days(self, changes):
        """Each entity and day once; ``is_open``: any document may have changed."""
        return SQL(
            """
            WITH change (partner_id, move_id, date) AS (VALUES %s)
            SELECT partner_id, date, BOOL_OR(move_id IS NULL) AS is_open
            FROM (
                SELECT partner_id, move_id, date FROM change
                UNION ALL
                SELECT entity.commercial_partner_id, move.id, day.date
                FROM change
                JOIN account_move move ON move.id = change.move_id
                JOIN account_move_line line ON line.move_id = move.id
                JOIN res_partner entity ON entity.id = line.partner_id
                CROSS JOIN LATERAL (
                    VALUES (move.date), (COALESCE(move.invoice_date, move.date))
                ) day (date)
            ) day
            GROUP BY partner_id, date
            """,
            SQL(", ").join(
                SQL("(%s, %s::int, %s::date)", *change) for change in changes
            ),
        )

    def _query_documents(self, company, changes):
        """The changed documents, and those they share a fact with.

        Where there is no fact yet, there is no other document.
        """
        return SQL(
            """
            SELECT UNNEST(%(changed)s::int[]) AS move_id
            UNION
            SELECT move.id
            FROM crm_customer_day day
            JOIN res_partner contact ON contact.commercial_partner_id = day.partner_id
            JOIN account_move_line line ON line.partner_id = contact.id
            JOIN account_move move ON move.id = line.move_id
                AND day.date IN (move.date, COALESCE(move.invoice_date, move.date))
            WHERE day.is_open OR EXISTS (
                SELECT FROM crm_customer_fact fact
                WHERE fact.partner_id = day.partner_id
                    AND fact.company_id = %(company)s AND fact.date = day.date
            )
            """,
            changed=[move_id for _partner, move_id, _day in changes if move_id],
            company=company.id,
        )

    def _write(self, companies, facts, everything=False):
        """Make facts agree with the journal items, once the lines are costed.

        :param companies: root companies
        :param facts: SQL condition on columns: the facts to compare
        :param everything: whether to read all documents; by default those in the
            temporary table ``crm_customer_document``, which make up these facts in full
        :return: as of ``_refresh``
        """
        # sums of sorted rows need no memory: a hash table of exact numbers does not fit
        self.env.cr.execute("SET LOCAL enable_hashagg = off")
        count = 0
        if self._read_documents(companies, everything):
            lines = self._sql_read("line.move_id", everything)
            costs = self.env["crm.customer.line.cost"]
            count += sum(costs._fill_missing(company, lines) for company in companies)
            self._read_documents(companies, everything)
        count += self._write_fresh(companies, facts, everything)
        self.env.cr.execute("DROP TABLE crm_customer_sale")
        self.env.cr.execute("SET LOCAL enable_hashagg = on")
        return count

    def _sql_read(self, column, everything):
        """Condition on the id of a document: whether it is to be read."""
        if everything:
            return SQL("TRUE")
        return SQL(
            "%s IN (SELECT move_id FROM crm_customer_document)",
            SQL.identifier(*column.split(".")),
        )

    def _read_documents(self, companies, everything):
        """Add up the lines of each document, in the temporary table
        ``crm_customer_sale``.

        :return: number of lines that were never costed
        """
        if everything:
            # three indexes in the order of the documents are read side by side; the
            # planner expects few documents, and would look them up, or hash them
            self.env.cr.execute("SET LOCAL enable_nestloop = off")
            self.env.cr.execute("SET LOCAL enable_hashjoin = off")
        self._create_temporary(
            "crm_customer_sale",
            self._query_sales(companies, everything),
            "contact_id",
        )
        self.env.cr.execute("SET LOCAL enable_nestloop = on")
        self.env.cr.execute("SET LOCAL enable_hashjoin = on")
        [[uncosted]] = self.env.execute_query(
            SQL("SELECT SUM(never_costed) FROM crm_customer_sale")
        )
        return uncosted

    def _write_fresh(self, companies, facts, everything):
        """Write what differs from the documents read; what agrees stays untouched.

        :return: number of rows written or deleted
        """
        figures = (
            "revenue",
            "discount",
            "document_count",
            "line_count",
            "purchase_count",
            "cost",
            "revenue_uncosted",
        )
        parts = {
            "credited": self._query_credited(everything),
            "fresh": self._query_fresh(facts),
            "figures": SQL(", ").join(map(SQL.identifier, figures)),
        }
        if everything and not self._has_facts(companies):
            # nothing to compare with, as in a first run, and in a rebuild
            self.env.cr.execute(
                SQL(
                    """
                    WITH credited AS (%(credited)s)
                    INSERT INTO crm_customer_fact (
                        partner_id, address_id, company_id, date, %(figures)s
                    )
                    SELECT partner_id, address_id, company_id, date, %(figures)s
                    FROM (%(fresh)s) fresh
                    """,
                    **parts,
                )
            )
            return self.env.cr.rowcount
        query = SQL(
            """
            WITH credited AS (%(credited)s),
            fresh AS MATERIALIZED (%(fresh)s),
            old AS NOT MATERIALIZED (
                SELECT * FROM crm_customer_fact
                WHERE company_id IN %(companies)s AND %(stored)s
            ),
            gone AS (
                DELETE FROM crm_customer_fact
                WHERE id IN (
                    SELECT old.id
                    FROM old
                    LEFT JOIN fresh USING (partner_id, address_id, company_id, date)
                    WHERE fresh.partner_id IS NULL
                )
                RETURNING 1
            ),
            changed AS (
                UPDATE crm_customer_fact fact
                SET (%(figures)s) = ROW(%(new)s)
                FROM old
                JOIN fresh USING (partner_id, address_id, company_id, date)
                WHERE fact.id = old.id AND (%(current)s) IS DISTINCT FROM (%(new)s)
                RETURNING 1
            ),
            added AS (
                INSERT INTO crm_customer_fact (
                    partner_id, address_id, company_id, date, %(figures)s
                )
                SELECT partner_id, address_id, company_id, date, %(new)s
                FROM fresh
                LEFT JOIN old USING (partner_id, address_id, company_id, date)
                WHERE old.id IS NULL
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM gone) + (SELECT COUNT(*) FROM changed)
                + (SELECT COUNT(*) FROM added)
            """,
            **parts,
            companies=tuple(companies.ids),
            stored=facts,
            new=SQL(", ").join(SQL.identifier("fresh", name) for name in figures),
            current=SQL(", ").join(SQL.identifier("old", name) for name in figures),
        )
        [[count]] = self.env.execute_query(query)
        return count

    def _has_facts(self, companies):
        """Whether the companies have any; a first run, and a rebuild, start without."""
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT FROM crm_customer_fact WHERE company_id IN %s LIMIT 1",
                    tuple(companies.ids),
                )
            )
        )

    def _query_sales(self, companies, everything):
        """Documents as their lines tell them now.

        ``company_id`` is the root company; ``invoice_date`` is empty where it is the
        accounting date, ``discount`` where there is none; ``is_purchase`` knows
        nothing of credit notes that name the document.
        """
        ledger = self.env["crm.customer.ledger"]
        roots = {
            branch.id: root for root in companies for branch in root._loyalty_branches()
        }
        digits = {
            branch: root.currency_id.decimal_places for branch, root in roots.items()
        }
        return SQL(
            """
            WITH document AS (
                -- all lines of a document name the same partner
                SELECT line.move_id, MIN(line.partner_id) AS contact_id,
                    -SUM(line.balance) AS revenue,
                    -- most lines have no discount: nothing else is asked of them
                    SUM(%(rebate)s) FILTER (
                        WHERE line.discount <> 0 AND line.discount < 100
                    ) AS rebate,
                    ARRAY_AGG(line.price_unit * line.quantity)
                        FILTER (WHERE line.discount >= 100) AS gifts,
                    COUNT(*) AS line_count,
                    BOOL_OR(line.is_downpayment IS NOT TRUE) AS has_goods
                FROM account_move_line line
                -- first what stands at the front of a row: most lines end there
                WHERE line.company_id IN %(companies)s AND line.partner_id IS NOT NULL
                    AND line.parent_state = 'posted' AND %(product_line)s AND %(lines)s
                GROUP BY line.move_id
            ),
            costed AS (%(costed)s)
            SELECT document.move_id, document.contact_id, %(root)s AS company_id,
                move.date,
                NULLIF(move.invoice_date, move.date) AS invoice_date,
                COALESCE(move.partner_shipping_id, move.partner_id) AS address_id,
                document.revenue, document.line_count, costed.cost,
                costed.revenue_uncosted,
                document.line_count - COALESCE(costed.line_count, 0) AS never_costed,
                CASE WHEN gifts IS NULL THEN document.rebate
                    ELSE COALESCE(document.rebate, 0) + (
                        SELECT SUM(%(gift)s) FROM UNNEST(gifts) gift
                    )
                END AS discount,
                move.move_type <> 'out_refund' AND document.has_goods
                    AND move.payment_state IS DISTINCT FROM 'reversed' AS is_purchase
            FROM document
            JOIN account_move move ON move.id = document.move_id
            LEFT JOIN costed ON costed.move_id = document.move_id
            WHERE %(sales_move)s AND move.company_id IN %(companies)s
            """,
            rebate=ledger._sql_rebate(self._sql_of("line.company_id", digits)),
            gift=ledger._sql_gift(SQL("gift"), self._sql_of("move.company_id", digits)),
            root=self._sql_of(
                "move.company_id", {branch: root.id for branch, root in roots.items()}
            ),
            product_line=ledger._sql_product_line(),
            sales_move=ledger._sql_sales_move(),
            companies=tuple(roots),
            lines=self._sql_read("line.move_id", everything),
            # one after the other: the index has the documents of each in order
            costed=SQL(" UNION ALL ").join(
                self._query_costed(company_id, everything) for company_id in roots
            ),
        )

    def _query_costed(self, company_id, everything):
        """Cost of the documents of a company, or branch."""
        return SQL(
            """
            SELECT move_id, SUM(cost) AS cost, SUM(uncosted) AS revenue_uncosted,
                COUNT(*) AS line_count
            FROM crm_customer_line_cost
            WHERE company_id = %s AND %s
            GROUP BY move_id
            """,
            company_id,
            self._sql_read("move_id", everything),
        )

    def _sql_of(self, column, values):
        """What belongs to the company in a column; a constant where all have the same.

        :param values: {id of the company: number}
        """
        if len(set(values.values())) == 1:
            return SQL("%s", next(iter(values.values())))
        cases = (SQL("WHEN %s THEN %s", *pair) for pair in values.items())
        return SQL(
            "CASE %s %s END", SQL.identifier(*column.split(".")), SQL(" ").join(cases)
        )

    def _query_fresh(self, facts):
        """The facts that the documents read make up.

        :param facts: SQL condition on columns: those that are asked for
        """
        return SQL(
            """
            SELECT partner_id, address_id, company_id, date,
                SUM(revenue) AS revenue,
                COALESCE(SUM(discount), 0) AS discount,
                SUM(document_count) AS document_count,
                SUM(line_count) AS line_count,
                SUM(purchase_count) AS purchase_count,
                COALESCE(SUM(cost), 0) AS cost,
                COALESCE(SUM(revenue_uncosted), 0) AS revenue_uncosted
            FROM (
                SELECT entity.commercial_partner_id AS partner_id,
                    COALESCE(address_id, entity.commercial_partner_id) AS address_id,
                    sale.company_id, sale.date, revenue, discount, 1 AS document_count,
                    line_count,
                    (invoice_date IS NULL AND %(is_purchase)s)::int AS purchase_count,
                    cost, revenue_uncosted
                FROM crm_customer_sale sale
                JOIN res_partner entity ON entity.id = sale.contact_id
                UNION ALL
                SELECT entity.commercial_partner_id,
                    COALESCE(address_id, entity.commercial_partner_id),
                    sale.company_id, invoice_date, 0, 0, 0, 0, 1, 0, 0
                FROM crm_customer_sale sale
                JOIN res_partner entity ON entity.id = sale.contact_id
                WHERE invoice_date IS NOT NULL AND %(is_purchase)s
            ) movement
            WHERE %(facts)s
            GROUP BY partner_id, company_id, date, address_id
            -- as the index has them
            ORDER BY partner_id, company_id, date, address_id
            """,
            is_purchase=SQL(
                "is_purchase AND sale.move_id NOT IN (SELECT move_id FROM credited)"
            ),
            facts=facts,
        )

    def _query_credited(self, everything):
        """Documents to be read that credit notes take back in full."""
        return SQL(
            "SELECT move.id AS move_id FROM account_move move WHERE %s AND %s",
            self._sql_read("move.id", everything),
            self._sql_credited_by_notes(),
        )

    def _sql_credited(self):
        """A sale credited in full is no purchase (it stays in the money)."""
        return SQL(
            "(COALESCE(move.payment_state = 'reversed', FALSE) OR %s)",
            self._sql_credited_by_notes(),
        )

    def _sql_credited_by_notes(self):
        """Whether credit notes that name the ``move`` take all of it back.

        Few documents have such; only for those they are added up.
        """
        return SQL(
            """(
                move.id IN (
                    SELECT reversed_entry_id FROM account_move
                    WHERE reversed_entry_id IS NOT NULL
                )
                AND (
                    SELECT COALESCE(move.amount_total > 0
                            AND credit.amount >= move.amount_total, FALSE)
                        OR COALESCE(credit.other_currency
                            AND move.amount_total_signed > 0
                            AND credit.amount_signed >= move.amount_total_signed, FALSE)
                    FROM (%s) credit
                )
            )""",
            self._query_credit_notes(),
        )

    def _query_credit_notes(self):
        """Credit notes that name the invoice ``move``; in its currency where they can.

        Comparing in company currency alone would miss a full credit booked at
        another day's rate.
        """
        return SQL(
            """
            SELECT
                SUM(refund.amount_total)
                    FILTER (WHERE refund.currency_id = move.currency_id) AS amount,
                SUM(-refund.amount_total_signed) AS amount_signed,
                BOOL_OR(refund.currency_id <> move.currency_id) AS other_currency
            FROM account_move refund
            WHERE refund.reversed_entry_id = move.id
                AND refund.move_type = 'out_refund' AND refund.state = 'posted'
            """
        )

    def _query_batches(self, company, lower, size):
        """Last entity of each batch of about ``size`` documents, number of entities.

        :param lower: entities with a smaller id are left out
        """
        return SQL(
            """
            SELECT MAX(partner_id), COUNT(*)
            FROM (
                SELECT partner_id,
                    (SUM(documents) OVER (ORDER BY partner_id) - documents)::bigint
                        / %(size)s AS batch
                FROM (
                    SELECT commercial_partner_id AS partner_id, COUNT(*) AS documents
                    FROM account_move move
                    WHERE state = 'posted' AND %(sales_move)s
                        AND company_id IN %(companies)s
                        AND commercial_partner_id >= %(lower)s
                    GROUP BY commercial_partner_id
                ) entity
            ) numbered
            GROUP BY batch
            ORDER BY batch
            """,
            size=size,
            lower=lower,
            sales_move=self.env["crm.customer.ledger"]._sql_sales_move(),
            companies=tuple(company._loyalty_branches().ids),
        )

    # ------------------------------------------------------------------
    # What was deleted
    # ------------------------------------------------------------------

    def _forget_partners(self, partner_ids):
        """Delete the facts of these entities and delivery addresses, and what else of
        theirs has no foreign key: what serving them cost, and their profiles.

        :return: ids of the entities that have to be read again, if they still exist
        """
        for table in ("crm_customer_service_fact", "crm_customer_profile"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE partner_id IN %s",
                    SQL.identifier(table),
                    tuple(partner_ids) or (0,),
                )
            )
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM crm_customer_fact
                WHERE partner_id IN %(ids)s OR address_id IN %(ids)s
                RETURNING partner_id
                """,
                ids=tuple(partner_ids) or (0,),
            )
        )
        return {row[0] for row in rows}

    # ------------------------------------------------------------------
    # Read by screens
    # ------------------------------------------------------------------

    def _monthly_revenue(self, partners, company, as_of, months):
        """Net revenue per calendar month up to the as-of day, oldest first.

        :return: {partner id: list of ``months`` amounts in company currency}
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id,
                    (EXTRACT(YEAR FROM AGE(%(end)s, month)) * 12
                        + EXTRACT(MONTH FROM AGE(%(end)s, month)))::int AS back,
                    revenue
                FROM (
                    SELECT partner_id, DATE_TRUNC('month', date)::date AS month,
                        SUM(revenue) AS revenue
                    FROM crm_customer_fact
                    WHERE partner_id IN %(partners)s AND company_id = %(company)s
                        AND date <= %(as_of)s AND date >= %(start)s
                    GROUP BY 1, 2
                ) monthly
                """,
                end=as_of.replace(day=1),
                start=fields.Date.subtract(as_of.replace(day=1), months=months - 1),
                partners=tuple(partners.ids) or (0,),
                company=company.id,
                as_of=as_of,
            )
        )
        result = {partner_id: [0.0] * months for partner_id in partners.ids}
        for partner_id, back, revenue in rows:
            result[partner_id][months - 1 - back] = float(revenue)
        return result
