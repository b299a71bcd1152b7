# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL


class CrmCustomerFact(models.Model):
    """What a customer bought, one row per entity, delivery address, root company, day.

    Money stands on the accounting date of a document, the purchase occasion on its
    invoice date. Facts know nothing of windows, policies or today: they change only
    when documents do.
    """

    _name = "crm.customer.fact"
    _description = "Customer Sales per Day"
    _order = "date desc, id desc"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, ondelete="cascade", index=True
    )
    address_id = fields.Many2one(
        "res.partner", "Delivery Address", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
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
        "UNIQUE (partner_id, address_id, company_id, date)",
        "There is one row per customer, delivery address, company and day.",
    )
    _company_date_idx = models.Index("(company_id, date)")

    def _refresh(self, company, scope):
        """Rewrite the facts of some entities from the posted journal items.

        :param company: root company
        :param scope: SQL condition without its left side, e.g. ``= ANY(…)`` or
            ``BETWEEN … AND …``, on the id of the entity
        :return: number of rows inserted, changed or deleted: facts, and costs of lines
            that had none
        """
        count, uncosted = self._write_fresh(company, scope)
        if not uncosted:
            return count
        filled = self.env["crm.customer.line.cost"]._fill_missing(company, scope)
        again, _none = self._write_fresh(company, scope, wait=False)
        return count + filled + again

    def _write_fresh(self, company, scope, wait=True):
        """Bring the facts of these entities up to date.

        :param wait: write nothing while there are lines that were never costed
        :return: number of rows written or deleted, number of lines never costed
        """
        query = SQL(
            """
            WITH %(fresh)s,
            gone AS (
                DELETE FROM crm_customer_fact f
                WHERE f.company_id = %(company)s AND f.partner_id %(scope)s
                    AND NOT EXISTS (
                        SELECT FROM fresh n
                        WHERE n.partner_id = f.partner_id
                            AND n.address_id = f.address_id
                            AND n.date = f.date
                    )
                RETURNING 1
            ),
            written AS (
                INSERT INTO crm_customer_fact AS f (
                    partner_id, address_id, company_id, date, revenue, discount,
                    document_count, line_count, purchase_count, cost, revenue_uncosted
                )
                SELECT partner_id, address_id, %(company)s, date, revenue, discount,
                    document_count, line_count, purchase_count, cost, revenue_uncosted
                FROM fresh
                WHERE NOT (
                    %(wait)s AND EXISTS (SELECT FROM fresh WHERE never_costed > 0)
                )
                ON CONFLICT (partner_id, address_id, company_id, date) DO UPDATE SET
                    revenue = EXCLUDED.revenue,
                    discount = EXCLUDED.discount,
                    document_count = EXCLUDED.document_count,
                    line_count = EXCLUDED.line_count,
                    purchase_count = EXCLUDED.purchase_count,
                    cost = EXCLUDED.cost,
                    revenue_uncosted = EXCLUDED.revenue_uncosted
                WHERE (f.revenue, f.discount, f.document_count, f.line_count,
                        f.purchase_count, f.cost, f.revenue_uncosted)
                    IS DISTINCT FROM (EXCLUDED.revenue, EXCLUDED.discount,
                        EXCLUDED.document_count, EXCLUDED.line_count,
                        EXCLUDED.purchase_count, EXCLUDED.cost,
                        EXCLUDED.revenue_uncosted)
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM gone) + (SELECT COUNT(*) FROM written),
                (SELECT SUM(never_costed) FROM fresh)
            """,
            fresh=self._query_fresh(company, scope),
            company=company.id,
            scope=scope,
            wait=wait,
        )
        [row] = self.env.execute_query(query)
        return row

    def _query_fresh(self, company, scope):
        """CTEs up to ``fresh``: the facts as the journal items tell them now."""
        ledger = self.env["crm.customer.ledger"]
        return SQL(
            """
            document AS (
                SELECT entity.commercial_partner_id AS partner_id, line.move_id,
                    SUM(-line.balance) AS revenue,
                    SUM(%(discount)s) AS discount,
                    COUNT(*) AS line_count,
                    COALESCE(SUM(cost.cost), 0) AS cost,
                    COALESCE(SUM(-line.balance) FILTER (WHERE cost.cost IS NULL), 0)
                        AS revenue_uncosted,
                    COUNT(*) FILTER (WHERE cost.line_id IS NULL) AS never_costed,
                    BOOL_OR(line.is_downpayment IS NOT TRUE) AS has_goods
                FROM account_move_line line
                JOIN account_move move ON move.id = line.move_id
                JOIN res_partner entity ON entity.id = line.partner_id
                LEFT JOIN crm_customer_line_cost cost ON cost.line_id = line.id
                WHERE line.parent_state = 'posted' AND %(counted)s
                    AND line.company_id IN %(companies)s
                    AND entity.commercial_partner_id %(scope)s
                GROUP BY entity.commercial_partner_id, line.move_id
            ),
            dated AS (
                SELECT document.*, move.date,
                    COALESCE(move.invoice_date, move.date) AS invoice_date,
                    COALESCE(move.partner_shipping_id, move.partner_id,
                        document.partner_id) AS address_id,
                    move.move_type <> 'out_refund' AND document.has_goods
                        AND NOT %(credited)s AS is_purchase
                FROM document
                JOIN account_move move ON move.id = document.move_id
                LEFT JOIN LATERAL (%(credit_notes)s) credit ON TRUE
            ),
            fresh AS MATERIALIZED (
                SELECT partner_id, address_id, date,
                    SUM(revenue) AS revenue,
                    SUM(discount) AS discount,
                    SUM(document_count) AS document_count,
                    SUM(line_count) AS line_count,
                    SUM(purchase_count) AS purchase_count,
                    SUM(cost) AS cost,
                    SUM(revenue_uncosted) AS revenue_uncosted,
                    SUM(never_costed) AS never_costed
                FROM (
                    SELECT partner_id, address_id, date, revenue, discount,
                        1 AS document_count, line_count, 0 AS purchase_count,
                        cost, revenue_uncosted, never_costed
                    FROM dated
                    UNION ALL
                    SELECT partner_id, address_id, invoice_date, 0, 0, 0, 0, 1, 0, 0, 0
                    FROM dated
                    WHERE is_purchase
                ) movement
                GROUP BY partner_id, address_id, date
            )
            """,
            discount=ledger._sql_discount(company.currency_id),
            counted=ledger._sql_counted(),
            companies=tuple(company._loyalty_branches().ids),
            scope=scope,
            credited=self._sql_credited(),
            credit_notes=self._query_credit_notes(),
        )

    def _sql_credited(self):
        """A sale credited in full is no purchase (it stays in the money)."""
        return SQL(
            """(
                move.payment_state = 'reversed'
                OR COALESCE(move.amount_total > 0
                    AND credit.amount >= move.amount_total, FALSE)
                OR COALESCE(credit.other_currency AND move.amount_total_signed > 0
                    AND credit.amount_signed >= move.amount_total_signed, FALSE)
            )"""
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

    def _query_entities(self, company):
        """Entities with counted lines and how many, in the order batches take them."""
        return SQL(
            """
            SELECT entity.commercial_partner_id, COUNT(*)
            FROM account_move_line line
            JOIN account_move move ON move.id = line.move_id
            JOIN res_partner entity ON entity.id = line.partner_id
            WHERE line.parent_state = 'posted' AND %s AND line.company_id IN %s
            GROUP BY 1
            ORDER BY 1
            """,
            self.env["crm.customer.ledger"]._sql_counted(),
            tuple(company._loyalty_branches().ids),
        )

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
