# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from ..tools.classes import ABC_CLASSES, XYZ_CLASSES


class CrmProductClass(models.Model):
    """ABC and XYZ of the products of a root company, computed when somebody looks.

    The same rules as for customers, on the sales that the ledger counts, in the window
    of the last run; lines without product are left out.
    """

    _name = "crm.product.class"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Product Class"
    _auto = False
    _order = "revenue desc, product_id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one(
        "product.category", "Product Category", readonly=True
    )
    revenue = fields.Monetary(
        "Revenue (Net of Tax)",
        readonly=True,
        help="Posted invoices less credit notes in the window, in company currency",
    )
    abc_class = fields.Selection(ABC_CLASSES, "ABC", readonly=True)
    xyz_class = fields.Selection(XYZ_CLASSES, "XYZ", readonly=True)
    period_count = fields.Integer("Periods Compared", readonly=True, aggregator=None)
    variation = fields.Float(
        "Coefficient of Variation",
        digits=(16, 6),
        readonly=True,
        aggregator=None,
        help="How unevenly the product sells: standard deviation of the revenue per"
        " period, divided by its mean",
    )

    _depends = {
        "crm.customer.ledger": ["amount"],
        "crm.loyalty.policy": [
            "as_of",
            "window_days",
            "abc_cut_a",
            "abc_cut_b",
            "xyz_months",
            "xyz_cut_x",
            "xyz_cut_y",
            "product_xyz_period",
        ],
    }

    @property
    def _table_query(self):
        # sudo: the rules behind a class are no secret to those who see it
        policies = self.env["crm.loyalty.policy"].sudo()
        policies = policies.search(
            [
                ("company_id", "in", self.env.companies.sudo().root_id.ids),
                ("as_of", "!=", False),
            ]
        )
        queries = [self._query_products(policy) for policy in policies]
        return SQL(" UNION ALL ").join(queries or [self._query_nothing()])

    def _query_nothing(self):
        """No row, all columns."""
        return SQL(
            """
            SELECT 0 AS id, 0 AS company_id, 0 AS currency_id, 0 AS product_id,
                0 AS product_categ_id, 0 AS revenue, '' AS abc_class,
                '' AS xyz_class, 0 AS period_count, 0 AS variation
            WHERE FALSE
            """
        )

    def _query_products(self, policy):
        """The products of one company that have a document in the window."""
        profiles = self.env["crm.customer.profile"]
        bounds = policy._get_series_bounds(policy.as_of, policy.product_xyz_period)
        company = policy.company_id
        return SQL(
            """
            (WITH summed AS (
                SELECT product_id AS id, MIN(date) AS first_date,
                    SUM(revenue) FILTER (WHERE date >= %(window_start)s) AS revenue,
                    %(periods)s
                FROM (SELECT *, %(period)s AS period FROM (%(sales)s) sale) numbered
                GROUP BY product_id
            ),
            sold AS (
                SELECT *,
                    SUM(GREATEST(revenue, 0)) OVER (
                        ORDER BY revenue DESC, id ROWS UNBOUNDED PRECEDING
                    ) - revenue AS revenue_before
                FROM summed
                WHERE revenue IS NOT NULL
            ),
            everybody AS (SELECT SUM(GREATEST(revenue, 0)) AS revenue_total FROM sold)
            SELECT %(company)s::bigint * 4294967296 + sold.id AS id,
                %(company)s AS company_id, %(currency)s AS currency_id,
                sold.id AS product_id, template.categ_id AS product_categ_id,
                sold.revenue, %(abc)s AS abc_class,
                %(xyz)s AS xyz_class, series.period_count, series.variation
            FROM sold
            CROSS JOIN LATERAL (%(series)s) series
            JOIN product_product product ON product.id = sold.id
            JOIN product_template template ON template.id = product.product_tmpl_id)
            """,
            sales=self._query_sales(policy),
            window_start=policy._get_window_start(policy.as_of),
            period=profiles._sql_bucket(bounds),
            periods=profiles._sql_period_sums(bounds),
            abc=profiles._sql_abc(policy),
            series=profiles._sql_series(bounds),
            xyz=profiles._sql_xyz(policy),
            company=company.id,
            currency=company.currency_id.id,
        )

    def _query_sales(self, policy):
        """Revenue per product and day of the lines that the ledger counts."""
        ledger = self.env["crm.customer.ledger"]
        return SQL(
            """
            SELECT line.product_id, line.date, SUM(-line.balance) AS revenue
            FROM account_move_line line
            JOIN account_move move ON move.id = line.move_id
            JOIN res_partner entity ON entity.id = line.partner_id
            WHERE line.parent_state = 'posted' AND %(counted)s
                AND line.company_id IN %(companies)s AND line.date <= %(as_of)s
                AND line.product_id IS NOT NULL
                AND NOT %(internal)s
            GROUP BY line.product_id, line.date
            """,
            counted=ledger._sql_counted(),
            companies=tuple(policy.company_id._loyalty_branches().ids),
            as_of=policy.as_of,
            internal=ledger._sql_internal(SQL("entity.commercial_partner_id")),
        )
