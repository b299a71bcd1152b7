# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Tier at Confirmation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="crm_loyalty.group_user",
        help="Tier of the customer when the order was confirmed",
    )
    loyalty_current_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Customer Tier",
        compute="_compute_loyalty_current_tier_id",
        compute_sudo=True,
        groups="crm_loyalty.group_user",
        help="Tier of the customer when the order was confirmed; before, its tier now",
    )
    loyalty_tier_color = fields.Integer(
        compute="_compute_loyalty_current_tier_id",
        compute_sudo=True,
        aggregator=None,
        groups="crm_loyalty.group_user",
    )

    @api.depends("partner_id", "company_id", "loyalty_tier_id", "state")
    def _compute_loyalty_current_tier_id(self):
        for order, tier in self._get_loyalty_tiers():
            confirmed = order.state == "sale"
            order.loyalty_current_tier_id = order.loyalty_tier_id if confirmed else tier
            order.loyalty_tier_color = order.loyalty_current_tier_id.color

    def _get_loyalty_tiers(self):
        """Pairs of order and current tier of its customer; one query a company."""
        Profile = self.env["crm.customer.profile"]
        for company, orders in self.grouped("company_id").items():
            tiers = Profile._get_tiers(orders.partner_id, company)
            for order in orders:
                yield order, tiers.get(order.partner_id.commercial_partner_id.id)

    def _action_confirm(self):
        # sudo: who confirms need not belong to the group that sees tiers
        for order, tier in self.sudo()._get_loyalty_tiers():
            order.loyalty_tier_id = tier
        self.order_line._keep_loyalty_promise()
        return super()._action_confirm()

    def action_draft(self):
        orders = self.sudo()  # sudo: as in _action_confirm
        orders.loyalty_tier_id = False
        orders.order_line._forget_loyalty_promise()
        return super().action_draft()
