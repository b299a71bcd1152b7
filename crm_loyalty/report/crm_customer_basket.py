# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL

#: a product is usual if it was bought on at least so many days of the window
REGULAR_DAYS = 3
#: what is expected soon: as far as purchasing looks ahead
HORIZON_DAYS = 30
#: a customer silent for more than so many usual intervals buys it no more
LOST_INTERVALS, LOST_DAYS = 4, 90
#: the first so many tiers are those of key customers
KEY_TIERS = 2


class CrmCustomerBasket(models.Model):
    """Products that a customer buys regularly, and whether the next order can be met.

    Free stock serves customers in the order of their tiers, then of the expected days:
    what is short for a customer is short after those ahead of it.
    """

    _name = "crm.customer.basket"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.view.mixin"]
    _description = "Usual Basket"
    _auto = False
    _order = "date_expected, partner_id, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    tier_id = fields.Many2one("crm.loyalty.tier", readonly=True)
    tier_color = fields.Integer(related="tier_id.color", aggregator=None)
    is_key = fields.Boolean(
        "Key Customer", readonly=True, help="Customer of the first or second tier"
    )
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one(
        "product.category", "Product Category", readonly=True
    )
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        readonly=True,
        help="The one that served the latest order",
    )
    purchase_days = fields.Integer(
        "Days Bought", aggregator=None, readonly=True, help="In the window"
    )
    date_last = fields.Date("Last Bought", readonly=True)
    interval_days = fields.Float(
        "Usual Interval (Days)",
        digits=(16, 1),
        aggregator=None,
        readonly=True,
        help="Median of the days between two purchases of the product",
    )
    date_expected = fields.Date(
        "Next Expected", readonly=True, help="Last bought plus the usual interval"
    )
    quantity = fields.Float(
        "Usual Quantity",
        digits="Product Unit",
        readonly=True,
        help="Median of the quantities of a day",
    )
    quantity_soon = fields.Float(
        "Expected in 30 Days",
        digits="Product Unit",
        readonly=True,
        help="Usual quantity times the orders expected in the next 30 days",
    )
    free_qty = fields.Float(
        "Free in Stock",
        digits="Product Unit",
        aggregator=None,
        readonly=True,
        help="In the warehouse, not reserved",
    )
    short_qty = fields.Float(
        "Short",
        digits="Product Unit",
        readonly=True,
        help="What is missing for the usual quantity once the customers ahead are"
        " served: better tiers first, then earlier days",
    )

    _depends = {
        "sale.order": [
            "state",
            "company_id",
            "partner_id",
            "warehouse_id",
            "date_order",
        ],
        "sale.order.line": [
            "order_id",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "warehouse_id",
        ],
        "stock.move": ["sale_line_id", "product_id", "location_id"],
        "stock.quant": ["product_id", "location_id", "quantity", "reserved_quantity"],
        "stock.location": ["usage", "warehouse_id"],
        "stock.warehouse": ["partner_id"],
        "product.product": ["product_tmpl_id", "active"],
        "product.template": ["type", "is_storable", "categ_id", "uom_id"],
        "uom.uom": ["factor"],
        "res.company": ["parent_path", "partner_id"],
        "res.partner": ["commercial_partner_id", "tz", "user_id", "employee"],
        "res.users": ["active", "share", "partner_id"],
        "crm.loyalty.policy": ["company_id", "window_days", "decided_on"],
        "crm.loyalty.tier": ["policy_id", "sequence"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH bought AS (%(bought)s),
            regular AS (%(regular)s),
            free AS (%(free)s),
            tier AS (%(tier)s),
            expected AS (%(expected)s)
            SELECT expected.*,
                -- those ahead are served first
                LEAST(quantity, GREATEST(0,
                    SUM(quantity) OVER (
                        PARTITION BY warehouse_id, product_id
                        ORDER BY date_expected > horizon, tier_rank NULLS LAST,
                            date_expected, partner_id
                        ROWS UNBOUNDED PRECEDING
                    ) - GREATEST(0, free_qty)
                )) AS short_qty
            FROM expected
            """,
            bought=self._query_bought(),
            regular=self._query_regular(),
            free=self._query_free(),
            tier=self._query_tiers(),
            expected=self._query_expected(),
        )

    def _query_bought(self, condition=None):
        """Quantity per customer, product and day, and the days since the one before.

        Stored goods only, served from our own stock and moved as themselves: parts of
        kits and drop-shipped goods are not kept for anybody.

        :param condition: SQL on ``buyer``, the contact of the order, and ``root``
        """
        delivery = self.env["crm.customer.delivery"]
        return SQL(
            """
            SELECT daily.*, date - LAG(date) OVER (
                PARTITION BY company_id, partner_id, product_id ORDER BY date
            ) AS gap
            FROM (
                SELECT root.id AS company_id,
                    buyer.commercial_partner_id AS partner_id, line.product_id,
                    ordered.date, SUM(%(quantity)s) AS quantity,
                    MAX(line.id) AS line_id
                FROM sale_order_line line
                JOIN sale_order sale ON sale.id = line.order_id
                JOIN res_partner buyer ON buyer.id = sale.partner_id
                %(joins)s
                JOIN crm_loyalty_policy policy ON policy.company_id = root.id
                CROSS JOIN LATERAL (SELECT %(day)s AS date) ordered
                WHERE sale.state = 'sale' AND line.product_uom_qty > 0
                    AND template.type = 'consu' AND template.is_storable
                    AND product.active
                    AND ordered.date > %(today)s - policy.window_days
                    AND NOT %(internal)s AND %(condition)s
                    AND EXISTS (
                        SELECT FROM stock_move move
                        WHERE move.sale_line_id = line.id
                            AND move.product_id = line.product_id
                            AND move.location_id NOT IN (
                                SELECT id FROM stock_location WHERE usage = 'supplier'
                            )
                    )
                GROUP BY 1, 2, 3, 4
            ) daily
            """,
            quantity=delivery._sql_in_product_unit(
                SQL("line.product_uom_qty"), SQL("sold_unit")
            ),
            joins=delivery._sql_joins(),
            day=delivery._sql_day(SQL("sale.date_order")),
            today=self._sql_today(),
            internal=self.env["crm.customer.ledger"]._sql_internal(
                SQL("buyer.commercial_partner_id")
            ),
            condition=condition or SQL("TRUE"),
        )

    @api.model
    def _get_usual(self, entities, company):
        """What these entities buy regularly, what is due first.

        The same rules as the rows of this model, which rank all customers by what is
        short and therefore read all orders; here only those of the entities are read.

        :param company: root company
        :return: list of dicts ``product_id``, ``quantity`` (usual, in the unit of the
            product), ``interval_days``, ``date_last``, ``date_expected``, ``free_qty``
        """
        for model, names in self._depends.items():
            self.env[model].flush_model(names)
        condition = SQL(
            "buyer.commercial_partner_id IN %s AND root.id = %s",
            tuple(entities.ids) or (0,),
            company.id,
        )
        return self.env.execute_query_dict(
            SQL(
                """
                WITH bought AS (%(bought)s),
                regular AS (%(regular)s),
                free AS (%(free)s)
                SELECT regular.product_id, regular.quantity::float,
                    regular.interval_days::float, regular.date_last,
                    regular.date_expected, COALESCE(free.quantity, 0)::float AS free_qty
                FROM regular
                JOIN sale_order_line line ON line.id = regular.line_id
                JOIN sale_order sale ON sale.id = line.order_id
                LEFT JOIN free ON free.product_id = regular.product_id
                    AND free.warehouse_id
                        = COALESCE(line.warehouse_id, sale.warehouse_id)
                ORDER BY regular.date_expected, regular.product_id
                """,
                bought=self._query_bought(condition),
                regular=self._query_regular(),
                free=self._query_free(),
            )
        )

    def _query_regular(self):
        """Usual quantity and interval of what is still bought."""
        return SQL(
            """
            SELECT found.*, date_last + ROUND(interval_days)::int AS date_expected
            FROM (
                SELECT company_id, partner_id, product_id,
                    (ARRAY_AGG(line_id ORDER BY date DESC))[1] AS line_id,
                    COUNT(*) AS purchase_days, MAX(date) AS date_last,
                    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY quantity)::numeric
                        AS quantity,
                    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap)::numeric
                        AS interval_days
                FROM bought
                GROUP BY company_id, partner_id, product_id
                HAVING COUNT(*) >= %(regular_days)s
            ) found
            WHERE %(today)s - date_last
                <= GREATEST(%(lost_intervals)s * interval_days, %(lost_days)s)
            """,
            regular_days=REGULAR_DAYS,
            lost_intervals=LOST_INTERVALS,
            lost_days=LOST_DAYS,
            today=self._sql_today(),
        )

    def _query_free(self):
        return SQL(
            """
            SELECT location.warehouse_id, quant.product_id,
                SUM(quant.quantity - quant.reserved_quantity) AS quantity
            FROM stock_quant quant
            JOIN stock_location location ON location.id = quant.location_id
            WHERE location.usage = 'internal'
                AND quant.product_id IN (SELECT product_id FROM regular)
            GROUP BY location.warehouse_id, quant.product_id
            """
        )

    def _query_tiers(self):
        """Place of each tier in its pyramid."""
        return SQL(
            """
            SELECT id, ROW_NUMBER() OVER (
                PARTITION BY policy_id ORDER BY sequence, id
            ) AS place
            FROM crm_loyalty_tier
            """
        )

    def _query_expected(self):
        """Before the first decision the computed tiers count, as in the pyramid."""
        return SQL(
            """
            SELECT regular.line_id AS id, regular.company_id, regular.partner_id,
                buyer.user_id, tier.id AS tier_id, tier.place AS tier_rank,
                COALESCE(tier.place <= %(key_tiers)s, FALSE) AS is_key,
                regular.product_id, template.categ_id AS product_categ_id,
                template.uom_id, served.warehouse_id,
                regular.purchase_days, regular.date_last, regular.interval_days,
                regular.date_expected, regular.quantity,
                CASE WHEN regular.date_expected > term.horizon THEN 0
                    ELSE regular.quantity * (1 + FLOOR(
                        (term.horizon - GREATEST(regular.date_expected, term.today))
                        / regular.interval_days
                    ))
                END AS quantity_soon,
                COALESCE(free.quantity, 0) AS free_qty, term.horizon
            FROM regular
            CROSS JOIN (
                SELECT %(today)s AS today, %(today)s + %(horizon_days)s AS horizon
            ) term
            JOIN res_partner buyer ON buyer.id = regular.partner_id
            JOIN product_product product ON product.id = regular.product_id
            JOIN product_template template ON template.id = product.product_tmpl_id
            JOIN sale_order_line line ON line.id = regular.line_id
            JOIN sale_order sale ON sale.id = line.order_id
            CROSS JOIN LATERAL (
                SELECT COALESCE(line.warehouse_id, sale.warehouse_id) AS warehouse_id
            ) served
            LEFT JOIN free ON free.product_id = regular.product_id
                AND free.warehouse_id = served.warehouse_id
            LEFT JOIN crm_loyalty_policy policy
                ON policy.company_id = regular.company_id
            LEFT JOIN crm_customer_profile profile
                ON profile.partner_id = regular.partner_id
                AND profile.company_id = regular.company_id
            LEFT JOIN tier ON tier.id = CASE WHEN policy.decided_on IS NULL
                THEN profile.computed_tier_id ELSE profile.tier_id END
            """,
            key_tiers=KEY_TIERS,
            horizon_days=HORIZON_DAYS,
            today=self._sql_today(),
        )

    def _sql_today(self):
        return SQL("%s::date", fields.Date.context_today(self))

    def action_open_profile(self):
        """The value page of the customer, or its contact if it has none yet."""
        self.ensure_one()
        profile = self.env["crm.customer.profile"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        return (profile or self.partner_id)._get_records_action()
