# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.risk import absence_chance, highest_accepted, is_seasonal

#: a category bought on fewer days has no usual gap
MIN_DAYS = 3


class CrmCustomerCategory(models.Model):
    """When a customer bought a product category. Runs write the rows.

    Of what has been bought on at least three days, so that it has a usual gap. Read
    again, like the facts, for the customers whose documents changed.
    """

    _name = "crm.customer.category"
    _description = "Product Category of a Customer"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    categ_id = fields.Many2one(
        "product.category", required=True, ondelete="cascade", index=True
    )
    first_date = fields.Date(required=True)
    last_date = fields.Date(required=True)
    day_count = fields.Integer(help="Days with a purchase of the category")
    occasions = fields.Integer(
        help="All purchases of the customer from the first to the last day"
    )
    since = fields.Integer(help="All purchases of the customer after the last day")
    currency_id = fields.Many2one(related="company_id.currency_id")
    revenue = fields.Monetary(
        help="Of a window that ends with the last purchase of the category, less later"
        " credit notes"
    )

    _customer_categ_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id, categ_id)",
        "A customer has each category once per company.",
    )

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, run):
        """Rewrite the rows of the touched customers where they differ."""
        self.env.cr.execute(
            SQL(
                """
                WITH fresh AS MATERIALIZED (%(fresh)s),
                gone AS (
                    DELETE FROM crm_customer_category old
                    WHERE old.company_id = %(company)s
                        AND old.partner_id %(touched)s
                        AND NOT EXISTS (
                            SELECT FROM fresh
                            WHERE fresh.customer_id = old.partner_id
                                AND fresh.categ_id = old.categ_id
                        )
                )
                INSERT INTO crm_customer_category AS old (
                    partner_id, company_id, categ_id, first_date, last_date, day_count,
                    occasions, since, revenue
                )
                SELECT customer_id, %(company)s, categ_id, first_date, last_date,
                    day_count, occasions, since, revenue
                FROM fresh
                ON CONFLICT (partner_id, company_id, categ_id) DO UPDATE
                    SET first_date = EXCLUDED.first_date,
                        last_date = EXCLUDED.last_date,
                        day_count = EXCLUDED.day_count,
                        occasions = EXCLUDED.occasions,
                        since = EXCLUDED.since,
                        revenue = EXCLUDED.revenue
                    WHERE (old.first_date, old.last_date, old.day_count,
                            old.occasions, old.since, old.revenue)
                        IS DISTINCT FROM (EXCLUDED.first_date, EXCLUDED.last_date,
                            EXCLUDED.day_count, EXCLUDED.occasions,
                            EXCLUDED.since, EXCLUDED.revenue)
                """,
                fresh=self._query_fresh(run),
                touched=self.env["crm.customer.profile"]._sql_touched(run),
                company=run.company_id.id,
            )
        )
        self.invalidate_model()

    def _query_fresh(self, run):
        """The rows as the journal items of the touched customers tell them now."""
        profiles = self.env["crm.customer.profile"]
        return SQL(
            """
            WITH item AS MATERIALIZED (%(items)s),
            bought AS (
                SELECT customer_id, categ_id, MIN(day) AS first_date,
                    MAX(day) AS last_date, COUNT(DISTINCT day) AS day_count
                FROM item
                WHERE is_purchase
                GROUP BY customer_id, categ_id
                HAVING COUNT(DISTINCT day) >= %(min_days)s
            ),
            occasion AS (
                SELECT customer_id, date, COUNT(*) OVER customer AS total,
                    ROW_NUMBER() OVER (customer ORDER BY date) AS number
                FROM (
                    SELECT DISTINCT customer_id, date FROM (%(sales)s) sale
                    WHERE purchase_count > 0
                        AND customer_id IN (SELECT customer_id FROM bought)
                ) day
                WINDOW customer AS (PARTITION BY customer_id)
            ),
            money AS (
                SELECT customer_id, categ_id,
                    SUM(amount) FILTER (WHERE date > last_date - %(days)s) AS revenue
                FROM bought JOIN item USING (customer_id, categ_id)
                GROUP BY customer_id, categ_id
            )
            SELECT bought.*, COALESCE(revenue, 0) AS revenue,
                last.number - first.number + 1 AS occasions,
                last.total - last.number AS since
            FROM bought
            JOIN money USING (customer_id, categ_id)
            JOIN occasion first
                ON first.customer_id = bought.customer_id AND first.date = first_date
            JOIN occasion last
                ON last.customer_id = bought.customer_id AND last.date = last_date
            """,
            items=self._query_items(
                run.company_id, run.as_of, profiles._sql_touched(run)
            ),
            sales=profiles._sql_sales(run),
            min_days=MIN_DAYS,
            days=run.window_days,
        )

    def _query_items(self, company, as_of, entities):
        """Counted lines of products: ``customer_id``, ``categ_id``, ``day`` of the
        purchase, accounting ``date``, ``amount``, ``is_purchase``.

        The days that are purchase occasions are those of the facts.

        :param entities: SQL condition that the id of the entity meets
        """
        return SQL(
            """
            SELECT COALESCE(grouped.customer_id, sold.partner_id) AS customer_id,
                categ_id, day, sold.date, amount,
                is_sale AND occasion.date IS NOT NULL AS is_purchase
            FROM (
                SELECT buyer.commercial_partner_id AS partner_id, template.categ_id,
                    COALESCE(move.invoice_date, move.date) AS day, line.date,
                    SUM(-line.balance) AS amount,
                    BOOL_OR(
                        move.move_type <> 'out_refund'
                        AND line.is_downpayment IS NOT TRUE
                        AND move.payment_state IS DISTINCT FROM 'reversed'
                    ) AS is_sale
                FROM account_move_line line
                JOIN account_move move ON move.id = line.move_id
                JOIN res_partner buyer ON buyer.id = line.partner_id
                JOIN product_product product ON product.id = line.product_id
                JOIN product_template template
                    ON template.id = product.product_tmpl_id
                WHERE line.parent_state = 'posted' AND %(counted)s
                    AND template.categ_id IS NOT NULL
                    AND line.company_id IN %(companies)s AND line.date <= %(as_of)s
                    AND buyer.commercial_partner_id %(entities)s
                GROUP BY 1, 2, 3, 4
            ) sold
            LEFT JOIN (
                SELECT DISTINCT partner_id, date FROM crm_customer_fact
                WHERE company_id = %(company)s AND purchase_count > 0
                    AND date <= %(as_of)s AND partner_id %(entities)s
            ) occasion
                ON occasion.partner_id = sold.partner_id AND occasion.date = sold.day
            %(join)s
            """,
            company=company.id,
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("sold.partner_id"), SQL("%s", company.id)
            ),
            counted=self.env["crm.customer.ledger"]._sql_counted(),
            companies=tuple(company._loyalty_branches().ids),
            as_of=as_of,
            entities=entities,
        )

    # ------------------------------------------------------------------
    # What customers that still buy have stopped ordering
    # ------------------------------------------------------------------

    @api.model
    def _find_lost(self, run):
        """Categories whose absence is more than chance and season.

        :return: list of dicts with ``profile_id``, ``partner_id``, ``categ_id``,
            ``last_date``, usual ``gap`` and ``silence`` in days, ``revenue``; those of
            most revenue first
        """
        rows = self.env.execute_query_dict(self._query_silent(run))
        chances = [
            absence_chance(row["day_count"], row["occasions"], row["since"])
            for row in rows
        ]
        tests = rows[0]["tests"] if rows else 0
        false_share = run.policy_id.risk_false_share / 100
        highest = highest_accepted(chances, false_share, tests)
        lost = [
            row for row, chance in zip(rows, chances, strict=True) if chance <= highest
        ]
        bought = self._count_last_year(run.company_id, run.as_of, lost)
        return [
            row
            for row in lost
            if not is_seasonal(
                row["silence"] / float(row["gap"]),
                bought.get((row["partner_id"], row["categ_id"]), 0)
                if row["a_year_ago"]
                else None,
            )
        ]

    def _query_silent(self, run):
        """Categories silent for longer than usual at customers that still buy.

        Looked at are those that a customer bought at least every other time; the number
        of all of them comes with each.
        """
        policy = run.policy_id
        return SQL(
            """
            WITH tested AS (
                SELECT category.*, profile.id AS profile_id,
                    %(as_of)s - last_date AS silence,
                    ROUND((last_date - first_date)::numeric / (day_count - 1), 1) AS gap
                FROM crm_customer_category category
                JOIN crm_customer_profile profile USING (partner_id, company_id)
                WHERE company_id = %(company)s AND 2 * day_count >= category.occasions
                    AND relation_state IN ('regular', 'periodic')
                    AND last_date >= %(window_start)s
            )
            SELECT profile_id, partner_id, categ_id, day_count, occasions, since,
                last_date, silence, gap, revenue,
                first_date <= last_date - 365 AS a_year_ago,
                (SELECT COUNT(*) FROM tested) AS tests
            FROM tested
            WHERE silence > gap * %(factor)s::numeric
                AND revenue > 0 AND revenue >= %(minimum)s
            ORDER BY revenue DESC, profile_id, categ_id
            """,
            as_of=run.as_of,
            company=run.company_id.id,
            window_start=policy._get_window_start(run.as_of),
            factor=str(policy.decline_factor),
            minimum=policy.risk_minimum,
        )

    def _count_last_year(self, company, as_of, rows):
        """{(customer id, category id): purchase days in the same days of last year}."""
        rows = [row for row in rows if row["a_year_ago"]]
        if not rows:
            return {}
        customers = tuple({row["partner_id"] for row in rows})
        entities = SQL(
            """IN (
                SELECT UNNEST(%(ids)s) UNION SELECT partner_id FROM crm_customer_entity
                WHERE company_id = %(company)s AND customer_id IN %(customers)s
            )""",
            ids=list(customers),
            company=company.id,
            customers=customers,
        )
        found = self.env.execute_query(
            SQL(
                """
                SELECT customer_id, silent.categ_id, COUNT(DISTINCT day)
                FROM (VALUES %(silent)s) AS silent (customer_id, categ_id, last_date)
                JOIN (%(items)s) item USING (customer_id, categ_id)
                WHERE is_purchase AND day > silent.last_date - 365
                    AND day <= %(as_of)s - 365
                GROUP BY 1, 2
                """,
                silent=SQL(", ").join(
                    SQL(
                        "(%s, %s, %s)",
                        row["partner_id"],
                        row["categ_id"],
                        row["last_date"],
                    )
                    for row in rows
                ),
                items=self._query_items(company, as_of, entities),
                as_of=as_of,
            )
        )
        return {(customer, categ): count for customer, categ, count in found}
