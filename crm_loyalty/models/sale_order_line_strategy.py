# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models
from odoo.tools import float_compare, formatLang


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _action_launch_stock_rule(self, **kwargs):
        """Ask once for all lines which orders are urgent."""
        # sudo: who confirms need not belong to the group that sees tiers
        urgent = self.order_id.sudo()._filter_loyalty_urgent()
        lines = self.with_context(loyalty_urgent_order_ids=urgent.ids)
        return super(SaleOrderLine, lines)._action_launch_stock_rule(**kwargs)

    def _prepare_procurement_values(self):
        """What is made or bought for an urgent order is urgent, too."""
        values = super()._prepare_procurement_values()
        if self.order_id.id in self.env.context.get("loyalty_urgent_order_ids", ()):
            values["priority"] = "1"
        return values

    def _tell_loyalty_step(self, rules):
        """How many more bring this line to its next, lower price; empty if none do.

        :param rules: of the pricelist of the order, those with a smallest quantity
        """
        self.ensure_one()
        product, unit = self.product_id, self.product_id.uom_id
        quantity = self.product_uom_id._compute_quantity(
            self.product_uom_qty, unit, raise_if_failure=False
        )
        price = self._get_loyalty_price(quantity)
        steps = sorted(
            {
                rule.min_quantity
                for rule in rules
                if rule.min_quantity > quantity
                and rule._is_applicable_for(product, rule.min_quantity)
            }
        )
        for step in steps:
            lower = self._get_loyalty_price(step)
            if float_compare(lower, price, precision_digits=4) < 0:
                return self.env._(
                    "%(product)s: %(missing)s %(unit)s more, and one costs %(lower)s"
                    " instead of %(price)s",
                    product=product.display_name,
                    missing=formatLang(self.env, step - quantity, digits=0),
                    unit=unit.name,
                    lower=self.order_id._format_price(lower),
                    price=self.order_id._format_price(price),
                )
        return ""

    def _get_loyalty_price(self, quantity):
        """Price of one in the unit of the product, of so many."""
        order = self.order_id
        return order.pricelist_id._get_product_price(
            self.product_id,
            quantity,
            currency=order.currency_id,
            date=order.date_order,
        )
