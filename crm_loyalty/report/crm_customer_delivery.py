# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.nullable_fields import NullableFloat

#: states of a line that was due; only these count in shares and averages
DUE_STATES = ("on_time", "late", "open_late", "short")
#: shares of orders: an order counts only if each of its lines does
ORDER_SHARES = ("order_on_time:avg", "order_split:avg")


class CrmCustomerDelivery(models.Model):
    """How each order line with goods was delivered, measured against its promise.

    The customer is the commercial partner of the order: the delivery address may be a
    third party. Days are those of the warehouse.
    """

    _name = "crm.customer.delivery"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.view.mixin"]
    _description = "Delivery Service"
    _auto = False
    _order = "date_promised desc, order_id desc, id"
    _rec_name = "order_id"

    company_id = fields.Many2one("res.company", readonly=True)
    branch_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="The entity, or the head of the group it counted for at the last run",
    )
    partner_id = fields.Many2one("res.partner", "Entity", readonly=True)
    address_id = fields.Many2one("res.partner", "Delivery Address", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    tier_id = fields.Many2one("crm.loyalty.tier", "Tier at Confirmation", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one(
        "product.category", "Product Category", readonly=True
    )
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    is_dropship = fields.Boolean("Drop-Shipped", readonly=True)

    # Promise
    date_order = fields.Date("Ordered", readonly=True)
    date_promised = fields.Date("Promised", readonly=True)
    promise_kind = fields.Selection(
        [("confirmed", "As confirmed"), ("changed", "As last changed")],
        "Promise",
        readonly=True,
        help="Kept when the order was confirmed; for older orders and lines added later"
        " the deadline of the transfer, which may have been moved",
    )
    ordered_qty = fields.Float(
        "Ordered Quantity", digits="Product Unit", aggregator=None, readonly=True
    )

    # What happened
    delivered_qty = fields.Float(
        "Delivered Quantity", digits="Product Unit", aggregator=None, readonly=True
    )
    returned_qty = fields.Float(
        "Returned Quantity", digits="Product Unit", aggregator=None, readonly=True
    )
    date_first = fields.Date("First Delivered", readonly=True)
    date_complete = fields.Date("Complete", readonly=True)
    date_last = fields.Date("Last Delivered", readonly=True)
    first_transfer_id = fields.Many2one(
        "stock.picking",
        readonly=True,
        help="First done transfer of the order with goods of the same warehouse and"
        " promise; of a drop-shipped line, its own",
    )
    transfer_count = fields.Integer("Transfers", aggregator=None, readonly=True)
    order_transfer_count = fields.Integer(
        "Transfers of the Order", aggregator=None, readonly=True
    )
    state = fields.Selection(
        [
            ("on_time", "On time"),
            ("late", "Late"),
            ("open_late", "Late and still open"),
            ("short", "Closed incomplete"),
            ("pending", "Not due yet"),
            ("no_promise", "No promise"),
        ],
        "Service",
        readonly=True,
    )

    # Measures: of lines that were due, of other lines unknown
    on_time = NullableFloat(
        "On Time (%)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Lines complete by the promise, of all lines due; what is still open or"
        " was closed incomplete is late",
    )
    order_on_time = NullableFloat(
        "Orders on Time in Full (%)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Orders all of whose lines due were complete by the promise",
    )
    fill_rate = NullableFloat(
        "Fill Rate (%)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Quantity in the first transfer of the quantity at confirmation, average"
        " over the lines",
    )
    late_days = NullableFloat(
        "Days Late",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Days from the promise to the complete delivery, or until today; 0 when on"
        " time",
    )
    order_split = NullableFloat(
        "Split Orders (%)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Orders delivered in more than one transfer, of all that were delivered",
    )
    returned_share = NullableFloat(
        "Returned (%)",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Returned of the delivered quantity, average over the lines delivered",
    )
    shipment_days = NullableFloat(
        "Days to Shipment",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Days from the confirmation of the order to the first delivery of the"
        " line",
    )

    _depends = {
        "sale.order": [
            "state",
            "company_id",
            "partner_id",
            "partner_shipping_id",
            "user_id",
            "warehouse_id",
            "date_order",
            "loyalty_tier_id",
        ],
        "sale.order.line": [
            "order_id",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "qty_delivered",
            "is_expense",
            "warehouse_id",
            "loyalty_promised_date",
            "loyalty_ordered_qty",
        ],
        "stock.move": [
            "sale_line_id",
            "state",
            "date",
            "date_deadline",
            "product_id",
            "product_uom",
            "quantity",
            "picking_id",
            "picking_type_id",
            "location_id",
            "location_dest_id",
            "origin_returned_move_id",
        ],
        "stock.location": ["usage"],
        "stock.warehouse": ["partner_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["type", "categ_id", "uom_id"],
        "uom.uom": ["factor"],
        "crm.customer.entity": ["partner_id", "company_id", "customer_id"],
        "res.company": ["parent_path", "partner_id"],
        "res.partner": ["commercial_partner_id", "tz", "employee"],
        "res.users": ["active", "share", "partner_id"],
        "crm.loyalty.policy": ["company_id", "delivery_tolerance_days"],
    }

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        return SQL(
            """
            SELECT line.id, root.id AS company_id, sale.company_id AS branch_id,
                buyer.commercial_partner_id AS partner_id,
                COALESCE(grouped.customer_id, buyer.commercial_partner_id)
                    AS customer_id,
                sale.partner_shipping_id AS address_id, sale.user_id,
                sale.loyalty_tier_id AS tier_id, line.order_id, line.product_id,
                template.categ_id AS product_categ_id, template.uom_id,
                warehouse.id AS warehouse_id,
                COALESCE(moved.is_dropship, FALSE) AS is_dropship,
                term.date_order, promise.date AS date_promised,
                CASE WHEN line.loyalty_promised_date IS NOT NULL THEN 'confirmed'
                    WHEN promise.date IS NOT NULL THEN 'changed' END AS promise_kind,
                term.ordered_qty,
                COALESCE(done.delivered_qty, 0) AS delivered_qty,
                back.quantity AS returned_qty,
                moved.date_first, done.date_complete, moved.date_last,
                first.transfer_id AS first_transfer_id,
                COALESCE(moved.transfer_count, 0) AS transfer_count,
                whole.transfer_count AS order_transfer_count,
                service.state,
                CASE WHEN judged.is_due THEN judged.on_time END AS on_time,
                CASE WHEN judged.is_due THEN judged.on_time END AS order_on_time,
                CASE WHEN judged.is_due AND first.transfer_id IS NOT NULL
                    THEN LEAST(100, 100 * first.quantity / term.ordered_qty)
                    END AS fill_rate,
                CASE WHEN judged.is_due THEN judged.late_days END AS late_days,
                CASE WHEN judged.is_due AND whole.transfer_count > 0
                    THEN CASE WHEN whole.transfer_count > 1 THEN 100 ELSE 0 END
                    END AS order_split,
                CASE WHEN judged.is_due AND done.delivered_qty > 0
                    THEN LEAST(100, 100 * back.quantity / done.delivered_qty)
                    END AS returned_share,
                CASE WHEN judged.is_due THEN moved.date_first - term.date_order
                    END AS shipment_days
            """
        )

    def _from(self):
        return SQL(
            """
            FROM sale_order_line line
            JOIN sale_order sale ON sale.id = line.order_id
            JOIN res_partner buyer ON buyer.id = sale.partner_id
            %(joins)s
            %(grouped)s
            LEFT JOIN crm_loyalty_policy policy ON policy.company_id = root.id
            CROSS JOIN LATERAL (
                SELECT %(order_day)s AS date_order, %(today)s AS today,
                    COALESCE(line.loyalty_ordered_qty, present.quantity) AS ordered_qty,
                    -- what the customer took back is not owed any more
                    LEAST(line.loyalty_ordered_qty, present.quantity) AS due_qty
                FROM (SELECT %(present_qty)s AS quantity) present
            ) term
            LEFT JOIN LATERAL (%(moved)s) moved ON TRUE
            CROSS JOIN LATERAL (
                -- a subquery: transfers are read for lines without a kept promise only
                SELECT COALESCE(line.loyalty_promised_date, (%(deadline)s)) AS date
            ) promise
            CROSS JOIN LATERAL (
                SELECT
                    CASE WHEN moved.is_kit THEN moved.date_kit
                        ELSE moved.date_complete END AS date_complete,
                    CASE WHEN moved.is_kit THEN %(kit_qty)s
                        ELSE moved.quantity END AS delivered_qty
            ) done
            CROSS JOIN LATERAL (%(service)s) service
            CROSS JOIN LATERAL (%(judged)s) judged
            LEFT JOIN LATERAL (%(first)s) first ON TRUE
            LEFT JOIN LATERAL (%(whole)s) whole ON TRUE
            LEFT JOIN LATERAL (%(back)s) back ON TRUE
            """,
            joins=self._sql_joins(),
            grouped=self.env["crm.customer.entity"]._sql_join(
                SQL("buyer.commercial_partner_id"), SQL("root.id")
            ),
            order_day=self._sql_day(SQL("sale.date_order")),
            today=self._sql_day(SQL("%s::timestamp", fields.Datetime.now())),
            present_qty=self._sql_in_product_unit(
                SQL("line.product_uom_qty"), SQL("sold_unit")
            ),
            moved=self._query_moved(),
            deadline=self._query_deadline(),
            kit_qty=self._sql_in_product_unit(
                SQL("line.qty_delivered"), SQL("sold_unit")
            ),
            service=self._query_service(),
            judged=self._query_judged(),
            first=self._query_first_transfer(),
            whole=self._query_order(),
            back=self._query_returned(),
        )

    def _where(self):
        internal = self.env["crm.customer.ledger"]._sql_internal
        return SQL(
            """
            WHERE sale.state = 'sale' AND template.type = 'consu'
                AND line.is_expense IS NOT TRUE AND term.due_qty > 0 AND NOT %s
            """,
            internal(SQL("buyer.commercial_partner_id")),
        )

    def _query_moved(self):
        """What the transfers of the line say, one row.

        Where the parts of a kit are delivered, the line is complete when all of them
        are.
        """
        return SQL(
            """
            SELECT BOOL_OR(move.state NOT IN ('done', 'cancel')) AS is_open,
                BOOL_OR(move.to_customer AND move.is_part) AS is_kit,
                BOOL_OR(move.to_customer AND move.is_dropship) AS is_dropship,
                (ARRAY_AGG(move.picking_type_id ORDER BY move.id)
                    FILTER (WHERE move.to_customer))[1] AS picking_type_id,
                SUM(move.quantity) AS quantity,
                MIN(move.day) FILTER (WHERE move.shipped) AS date_first,
                MAX(move.day) FILTER (WHERE move.shipped) AS date_last,
                MIN(move.day) FILTER (
                    WHERE move.shipped AND ROUND(move.cumulated, %(digits)s)
                        >= ROUND(term.due_qty, %(digits)s)
                ) AS date_complete,
                CASE WHEN BOOL_AND(move.shipped) FILTER (WHERE move.to_customer)
                    THEN MAX(move.day) FILTER (WHERE move.shipped) END AS date_kit,
                COUNT(DISTINCT move.picking_id) FILTER (WHERE move.shipped)
                    AS transfer_count
            FROM (
                SELECT move.*, SUM(move.quantity) OVER (ORDER BY move.date, move.id)
                    AS cumulated
                FROM (
                    SELECT move.id, move.date, move.state, move.picking_id,
                        move.picking_type_id, %(day)s AS day,
                        %(to_customer)s AS to_customer, %(shipped)s AS shipped,
                        move.product_id <> line.product_id AS is_part,
                        move.location_id IN (
                            SELECT id FROM stock_location WHERE usage = 'supplier'
                        ) AS is_dropship,
                        CASE WHEN %(shipped)s AND move.product_id = line.product_id
                            THEN %(quantity)s END AS quantity
                    FROM stock_move move
                    WHERE move.sale_line_id = line.id
                        AND move.origin_returned_move_id IS NULL
                ) move
            ) move
            """,
            digits=self._get_digits(),
            day=self._sql_day(SQL("move.date")),
            to_customer=self._sql_to_customer(),
            shipped=self._sql_shipped(),
            quantity=self._sql_move_qty(SQL("move")),
        )

    def _query_deadline(self):
        return SQL(
            """
            SELECT %s FROM stock_move move
            WHERE move.sale_line_id = line.id AND move.origin_returned_move_id IS NULL
            """,
            self._sql_day(SQL("MAX(move.date_deadline)")),
        )

    def _query_service(self):
        """The state of the line."""
        return SQL(
            """
            SELECT CASE
                WHEN promise.date IS NULL THEN 'no_promise'
                WHEN done.date_complete <= limited.date THEN 'on_time'
                WHEN done.date_complete IS NOT NULL THEN 'late'
                WHEN moved.is_open IS FALSE THEN 'short'
                WHEN term.today <= limited.date THEN 'pending'
                ELSE 'open_late'
            END AS state
            FROM (
                SELECT promise.date + COALESCE(policy.delivery_tolerance_days, 0)
                    AS date
            ) limited
            """
        )

    def _query_judged(self):
        """Whether the line counts, and what it counts.

        What was closed incomplete is not on time, but no later than its last delivery:
        nobody waits for the rest.
        """
        return SQL(
            """
            SELECT service.state IN %s AS is_due,
                CASE WHEN service.state = 'on_time' THEN 100 ELSE 0 END AS on_time,
                GREATEST(0, CASE service.state
                    WHEN 'open_late' THEN term.today
                    WHEN 'short' THEN COALESCE(moved.date_last, promise.date)
                    ELSE done.date_complete
                END - promise.date) AS late_days
            """,
            DUE_STATES,
        )

    def _query_first_transfer(self):
        """First transfer and the quantity of the line in it.

        Of the order, or a line that is missing entirely would count as complete; but
        lines of another warehouse or promise could not have been part of it.
        """
        return SQL(
            """
            SELECT chosen.transfer_id, COALESCE((
                SELECT SUM(%(quantity)s)
                FROM stock_move move
                WHERE move.sale_line_id = line.id
                    AND move.picking_id = chosen.transfer_id AND %(shipped)s
            ), 0) AS quantity
            FROM (
                SELECT (ARRAY_AGG(move.picking_id ORDER BY move.date, move.picking_id)
                    )[1] AS transfer_id
                FROM sale_order_line sibling
                JOIN stock_move move ON move.sale_line_id = sibling.id
                WHERE sibling.order_id = line.order_id AND %(shipped)s
                    AND moved.is_kit IS NOT TRUE
                    AND move.picking_type_id = moved.picking_type_id
                    AND sibling.loyalty_promised_date
                        IS NOT DISTINCT FROM line.loyalty_promised_date
                    AND (sibling.id = line.id OR moved.is_dropship IS NOT TRUE)
            ) chosen
            """,
            quantity=self._sql_move_qty(SQL("move")),
            shipped=self._sql_shipped(),
        )

    def _query_order(self):
        """Done transfers of the whole order."""
        return SQL(
            """
            SELECT COUNT(DISTINCT move.picking_id) AS transfer_count
            FROM sale_order_line sibling
            JOIN stock_move move ON move.sale_line_id = sibling.id
            WHERE sibling.order_id = line.order_id AND %s
            """,
            self._sql_shipped(),
        )

    def _query_returned(self):
        """What came back of the line."""
        return SQL(
            """
            SELECT COALESCE(SUM(%(quantity)s), 0) AS quantity
            FROM stock_move move
            JOIN stock_move returned
                ON returned.origin_returned_move_id = move.id
                AND returned.state = 'done'
            WHERE move.sale_line_id = line.id AND move.product_id = line.product_id
                AND %(shipped)s
            """,
            quantity=self._sql_move_qty(SQL("returned")),
            shipped=self._sql_shipped(),
        )

    # ------------------------------------------------------------------
    # Parts that other queries share
    # ------------------------------------------------------------------

    def _sql_joins(self):
        """Product, units, company and place of ``line`` of ``sale``."""
        return SQL(
            """
            JOIN product_product product ON product.id = line.product_id
            JOIN product_template template ON template.id = product.product_tmpl_id
            JOIN uom_uom unit ON unit.id = template.uom_id
            JOIN uom_uom sold_unit ON sold_unit.id = line.product_uom_id
            JOIN res_company branch ON branch.id = sale.company_id
            JOIN res_company root
                ON root.id = SPLIT_PART(branch.parent_path, '/', 1)::int
            JOIN res_partner home ON home.id = branch.partner_id
            LEFT JOIN stock_warehouse warehouse
                ON warehouse.id = COALESCE(line.warehouse_id, sale.warehouse_id)
            LEFT JOIN res_partner place ON place.id = warehouse.partner_id
            """
        )

    def _sql_day(self, moment):
        """The day of a moment where the warehouse is, else where the company is."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(place.tz, home.tz, 'UTC'))"
            "::date",
            moment,
        )

    def _sql_in_product_unit(self, quantity, unit):
        return SQL(
            "ROUND(%s * %s.factor / unit.factor, %s)",
            quantity,
            unit,
            self._get_digits(),
        )

    def _sql_move_qty(self, move):
        """Done quantity in the unit of the product, nearly always that of the move."""
        return SQL(
            """%(move)s.quantity * CASE
                WHEN %(move)s.product_uom = template.uom_id THEN 1
                ELSE (SELECT factor FROM uom_uom WHERE id = %(move)s.product_uom)
                    / unit.factor
            END""",
            move=move,
        )

    def _get_digits(self):
        return self.env["decimal.precision"].precision_get("Product Unit")

    def _sql_to_customer(self):
        return SQL(
            "move.location_dest_id IN"
            " (SELECT id FROM stock_location WHERE usage = 'customer')"
        )

    def _sql_shipped(self):
        """Goods that went to a customer; returns and what returns bring are none."""
        return SQL(
            "(move.state = 'done' AND move.quantity > 0"
            " AND move.origin_returned_move_id IS NULL AND %s)",
            self._sql_to_customer(),
        )

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Find first: what the transfers tell is computed for the page only."""
        records = super().search_fetch(domain, [], offset, limit, order)
        if field_names is None or field_names:
            records.fetch(field_names)
        return records

    def _read_group_select(self, aggregate_spec, query):
        """Shares of orders count orders, not their lines."""
        if aggregate_spec not in ORDER_SHARES:
            return super()._read_group_select(aggregate_spec, query)
        share = self._field_to_sql(self._table, aggregate_spec.split(":")[0], query)
        return SQL(
            """
            100 - 100.0 * COUNT(DISTINCT %(order)s) FILTER (WHERE %(missed)s)
                / NULLIF(COUNT(DISTINCT %(order)s) FILTER (WHERE %(known)s), 0)
            """,
            order=self._field_to_sql(self._table, "order_id", query),
            missed=SQL("%s < 100", share),
            known=SQL("%s IS NOT NULL", share),
        )

    def _get_due_domain(self, date_from, date_to):
        """Lines that were due in a period, those that shares and averages count."""
        return Domain(
            [
                ("state", "in", DUE_STATES),
                ("date_promised", ">=", fields.Date.to_string(date_from)),
                ("date_promised", "<=", fields.Date.to_string(date_to)),
            ]
        )

    def action_open_order(self):
        """The order for those who may read it, else the line as we show it."""
        self.ensure_one()
        if self.order_id.has_access("read"):
            return self.order_id._get_records_action()
        # sudo: the name of an order whose delivery the user may read
        return self._get_records_action(name=self.order_id.sudo().display_name)
