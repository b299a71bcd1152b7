# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_new_picking_values(self):
        """A transfer is as urgent as the order it was made for.

        Core forgets the priority of the procurement: that of a move is computed from
        its transfer, which is made without one.
        """
        values = super()._get_new_picking_values()
        # sudo: who makes a transfer need not belong to the group that sees tiers
        if self.sudo().sale_line_id.order_id._filter_loyalty_urgent():
            values["priority"] = "1"
        return values
