# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class StockPicking(models.Model):
    """Deliveries: held by the strategy of a tier, and listed by tier."""

    _inherit = "stock.picking"

    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Tier at Confirmation",
        compute="_compute_loyalty_tier_id",
        compute_sudo=True,
        search="_search_loyalty_tier_id",
        groups="crm_loyalty.group_user",
        help="Of the customer, when its order was confirmed",
    )
    loyalty_tier_color = fields.Integer(
        compute="_compute_loyalty_tier_id",
        compute_sudo=True,
        aggregator=None,
        groups="crm_loyalty.group_user",
    )
    loyalty_hold = fields.Char(
        "On Hold",
        compute="_compute_loyalty_hold",
        compute_sudo=True,
        help="Why the delivery waits: the strategy of the customer's tier holds it",
    )
    loyalty_released = fields.Boolean(
        "Released",
        readonly=True,
        copy=False,
        help="A manager lets this delivery go, whatever the customer owes",
    )

    # ------------------------------------------------------------------
    # Tier
    # ------------------------------------------------------------------

    @api.depends("sale_id.loyalty_tier_id")
    def _compute_loyalty_tier_id(self):
        for picking in self:
            picking.loyalty_tier_id = picking.sale_id.loyalty_tier_id
            picking.loyalty_tier_color = picking.loyalty_tier_id.color

    def _search_loyalty_tier_id(self, operator, value):
        return [("sale_id.loyalty_tier_id", operator, value)]

    def _field_to_sql(self, alias, field_expr, query=None):
        """Sort and group by the tier of the order, without a column of our own."""
        if field_expr != "loyalty_tier_id":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        order = query.make_alias(alias, "loyalty_order")
        if order not in query._joins:
            condition = SQL(
                "%s = %s", SQL.identifier(order, "id"), SQL.identifier(alias, "sale_id")
            )
            query.add_join("LEFT JOIN", order, "sale_order", condition)
        return SQL.identifier(order, "loyalty_tier_id")

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """The list of deliveries is sorted without tiers for who may not see them."""
        field = self._fields[field_name]
        if field_name == "loyalty_tier_id" and not self._has_field_access(
            field, "read"
        ):
            return SQL()
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    # ------------------------------------------------------------------
    # Hold
    # ------------------------------------------------------------------

    @api.depends("state", "partner_id", "sale_id", "loyalty_released")
    def _compute_loyalty_hold(self):
        # sudo (compute_sudo): the reason names no amounts; who ships may know it
        waiting = self.filtered(
            lambda picking: (
                picking.picking_type_code == "outgoing"
                and picking.sale_id
                and picking.state not in ("done", "cancel")
                and not picking.loyalty_released
            )
        )
        self.loyalty_hold = False
        for company, pickings in waiting.grouped("company_id").items():
            buyers = pickings.sale_id.partner_id
            reasons = buyers._get_loyalty_holds(company)
            for picking in pickings:
                entity = picking.sale_id.partner_id.commercial_partner_id
                picking.loyalty_hold = reasons.get(entity.id, False)

    def button_validate(self):
        held = self.filtered("loyalty_hold")
        if held:
            raise UserError(
                self.env._(
                    "%(transfer)s is on hold: %(reason)s. A manager of customer tiers"
                    " can release it on the transfer.",
                    transfer=held[0].name,
                    reason=held[0].loyalty_hold,
                )
            )
        return super().button_validate()

    def action_loyalty_release(self):
        """Let held deliveries go; who did it stands in their history."""
        if not self.env.user.has_group("crm_loyalty.group_manager"):
            raise UserError(
                self.env._("Deliveries on hold are released by a manager of tiers.")
            )
        self.check_access("read")
        for picking in self.filtered("loyalty_hold"):
            picking.message_post(
                body=self.env._("Released although %s", picking.loyalty_hold)
            )
            # sudo: a manager of tiers need not have rights in the warehouse
            picking.sudo().loyalty_released = True
