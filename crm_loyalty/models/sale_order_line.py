# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from .nullable_fields import NullableFloat

PROMISE_FIELDS = ("loyalty_promised_date", "loyalty_ordered_qty")


class SaleOrderLine(models.Model):
    """What the customer was promised, as it stood when the order was confirmed."""

    _inherit = "sale.order.line"

    loyalty_promised_date = fields.Date(
        "Promised at Confirmation",
        readonly=True,
        copy=False,
        help="Delivery date of the order, else the expected date, when the order was"
        " confirmed; where the warehouse is. Later changes do not move it",
    )
    loyalty_ordered_qty = NullableFloat(
        "Quantity at Confirmation",
        digits="Product Unit",
        readonly=True,
        copy=False,
        aggregator=None,
        help="In the unit of the product",
    )

    def _keep_loyalty_promise(self):
        """Write promise and quantity of goods as they are now, in one statement."""
        goods = self.filtered(
            lambda line: line.product_id.type == "consu" and not line.is_expense
        )
        promises = goods._get_loyalty_promises()
        if not promises:
            return
        delivery = self.env["crm.customer.delivery"]
        self.flush_model(
            ["product_id", "product_uom_id", "product_uom_qty", "warehouse_id"]
        )
        self.order_id.flush_model(["warehouse_id"])
        self.env["stock.warehouse"].flush_model(["partner_id"])
        self.env["res.partner"].flush_model(["tz"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_order_line kept
                SET loyalty_promised_date = %(day)s,
                    loyalty_ordered_qty = %(quantity)s
                FROM UNNEST(%(ids)s::int[], %(moments)s::timestamp[])
                    AS promise (line_id, moment)
                JOIN sale_order_line line ON line.id = promise.line_id
                JOIN sale_order sale ON sale.id = line.order_id
                %(joins)s
                WHERE kept.id = line.id
                """,
                ids=list(promises),
                moments=list(promises.values()),
                day=delivery._sql_day(SQL("promise.moment")),
                quantity=delivery._sql_in_product_unit(
                    SQL("line.product_uom_qty"), SQL("sold_unit")
                ),
                joins=delivery._sql_joins(),
            )
        )
        goods.invalidate_recordset(PROMISE_FIELDS, flush=False)

    def _forget_loyalty_promise(self):
        """A quotation promises nothing; by SQL, or the quantity would become 0."""
        if self.ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order_line SET loyalty_promised_date = NULL,"
                    " loyalty_ordered_qty = NULL WHERE id IN %s",
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset(PROMISE_FIELDS, flush=False)

    def _get_loyalty_promises(self):
        """{line id: moment of the promise}, by the order's date, not by the clock.

        What is shipped together is promised for the day of its slowest line.
        """
        promises = {}
        for order, lines in self.grouped("order_id").items():
            expected = {line.id: line._expected_date() for line in lines}
            if order.picking_policy == "one":
                expected = dict.fromkeys(expected, max(expected.values()))
            if order.commitment_date:
                expected = dict.fromkeys(expected, order.commitment_date)
            promises |= expected
        return promises
