# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from .crm_customer_basket import HORIZON_DAYS


class CrmCustomerDemand(models.Model):
    """What regular customers are expected to order soon, for those who purchase.

    Names no customer: who buys for the company need not see them.
    """

    _name = "crm.customer.demand"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.view.mixin"]
    _description = "Expected Orders"
    _auto = False
    _order = "key_qty desc, expected_qty desc, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one(
        "product.category", "Product Category", readonly=True
    )
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    customer_count = fields.Integer("Customers", aggregator=None, readonly=True)
    date_expected = fields.Date("First Expected", readonly=True)
    expected_qty = fields.Float(
        "Expected in 30 Days", digits="Product Unit", readonly=True
    )
    key_qty = fields.Float(
        "Of Key Customers",
        digits="Product Unit",
        readonly=True,
        help="Expected in 30 days by customers of the first two tiers",
    )
    free_qty = fields.Float(
        "Free in Stock",
        digits="Product Unit",
        readonly=True,
        help="In the warehouse, not reserved",
    )
    short_qty = fields.Float(
        "Short",
        digits="Product Unit",
        readonly=True,
        help="Expected in 30 days less what is free",
    )

    _depends = {"crm.customer.basket": ["quantity_soon", "free_qty"]}

    @property
    def _table_query(self):
        baskets = self.env["crm.customer.basket"]
        return SQL(
            """
            SELECT MIN(id) AS id, company_id, warehouse_id, product_id,
                MIN(product_categ_id) AS product_categ_id, MIN(uom_id) AS uom_id,
                COUNT(*) AS customer_count, MIN(date_expected) AS date_expected,
                SUM(quantity_soon) AS expected_qty,
                COALESCE(SUM(quantity_soon) FILTER (WHERE is_key), 0) AS key_qty,
                MIN(free_qty) AS free_qty,
                GREATEST(0, SUM(quantity_soon) - GREATEST(0, MIN(free_qty)))
                    AS short_qty
            FROM (%(baskets)s) basket
            WHERE date_expected <= %(today)s + %(horizon_days)s
            GROUP BY company_id, warehouse_id, product_id
            """,
            baskets=baskets._table_query,
            today=baskets._sql_today(),
            horizon_days=HORIZON_DAYS,
        )

    def action_open_baskets(self):
        """Who is expected to order the product; for those who see no customers, the
        product."""
        self.ensure_one()
        if not self.env["crm.customer.basket"].has_access("read"):
            return self.product_id._get_records_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_basket"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("warehouse_id", "=", self.warehouse_id.id),
            ("product_id", "=", self.product_id.id),
        ]
        action["name"] = action["display_name"] = self.env._(
            "Who is expected to order %s", self.product_id.display_name
        )
        action["context"] = {"search_default_soon": 1}
        return action
