# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_amount, formatLang, split_every

#: products that are told to fill a small quotation, lines that are told a next price
FILLERS, STEPS = 3, 5


class SaleOrder(models.Model):
    """What the strategy of the tier does on an order, and where each of it came from.

    Prices and terms are those that core would take, too: below the customer's own, and
    below whatever somebody chooses on the order.
    """

    _inherit = "sale.order"

    loyalty_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")],
        "Delivery Priority",
        copy=False,
        tracking=True,
        help="Of the transfers of this order; empty: as the tier of the customer says",
    )
    loyalty_advice = fields.Json(
        "Strategy of the Tier",
        compute="_compute_loyalty_advice",
        compute_sudo=True,
        groups="crm_loyalty.group_user",
    )
    loyalty_advice_kept = fields.Json(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="Where price, terms and priority came from when the order was confirmed",
    )

    def _get_loyalty_strategies(self):
        """Pairs of order and strategy in force, which may be empty."""
        strategies = self.env["crm.loyalty.strategy"]
        for company, orders in self.grouped("company_id").items():
            found = strategies._get_in_force(orders.partner_id, company)
            for order in orders:
                entity = order.partner_id.commercial_partner_id._origin
                yield order, found.get(entity.id, strategies.sudo())

    # ------------------------------------------------------------------
    # Effects
    # ------------------------------------------------------------------

    def _compute_payment_term_id(self):
        result = super()._compute_payment_term_id()
        for order, strategy in self._get_loyalty_strategies():
            term = strategy._with_money().payment_term_id
            if term and not order._get_own_term():
                order.payment_term_id = term.sudo(False)
        return result

    def _get_own_term(self):
        """Payment terms that somebody gave this customer."""
        partner = self.partner_id.with_company(self.company_id)
        return partner and partner._get_loyalty_own("property_payment_term_id")

    def _compute_partner_credit_warning(self):
        """Warn by the limit of the tier where the customer has none of its own."""
        result = super()._compute_partner_credit_warning()
        open_orders = self.filtered(
            lambda order: (
                order.state in ("draft", "sent") and not order.partner_credit_warning
            )
        )
        for order, strategy in open_orders._get_loyalty_strategies():
            limit = strategy._with_money().credit_limit
            if not limit:
                continue
            # sudo: as in core, the warning tells what the customer owes
            partner = order.sudo().partner_id.commercial_partner_id
            debt = partner._get_loyalty_debt(order.company_id)
            total = debt + order.amount_total / (order.currency_rate or 1)
            if total > limit and not partner._get_loyalty_limit(order.company_id):
                order.partner_credit_warning = self.env._(
                    "%(customer)s would owe %(total)s with this order; customers of"
                    " %(tier)s have a limit of %(limit)s.",
                    customer=partner.name,
                    total=strategy._format(total),
                    tier=strategy.tier_id.name,
                    limit=strategy._format(limit),
                )
        return result

    def _is_loyalty_urgent(self, strategy):
        """Whether its transfers are urgent: chosen on the order, else by the tier."""
        if self.loyalty_priority:
            return self.loyalty_priority == "1"
        return strategy.urgent

    def _filter_loyalty_urgent(self):
        """Those of the orders whose transfers are urgent."""
        return self.browse().union(
            *(
                order
                for order, strategy in self._get_loyalty_strategies()
                if order._is_loyalty_urgent(strategy)
            )
        )

    def _action_confirm(self):
        # sudo: who confirms need not belong to the group that sees tiers
        for order, strategy in self.sudo()._get_loyalty_strategies():
            order.loyalty_advice_kept = strategy and order._prepare_loyalty_advice(
                strategy
            )
        return super()._action_confirm()

    def action_draft(self):
        # sudo: as in _action_confirm
        self.sudo().loyalty_advice_kept = False
        return super().action_draft()

    def action_loyalty_brief(self):
        """The brief of the customer: all there is to know before a call or a visit."""
        self.ensure_one()
        return self.partner_id.action_loyalty_brief()

    # ------------------------------------------------------------------
    # Shown on the order
    # ------------------------------------------------------------------

    @api.depends(
        "partner_id",
        "company_id",
        "state",
        "pricelist_id",
        "payment_term_id",
        "loyalty_priority",
        "amount_untaxed",
        "order_line.product_id",
        "order_line.product_uom_qty",
        "order_line.product_uom_id",
    )
    def _compute_loyalty_advice(self):
        """Where price, terms and priority come from, and what the tier asks for.

        Of a confirmed order, as it was when it was confirmed.
        """
        for order, strategy in self._get_loyalty_strategies():
            if order.state == "sale":
                order.loyalty_advice = order.loyalty_advice_kept
            elif order.state == "cancel" or not strategy:
                order.loyalty_advice = False
            else:
                order.loyalty_advice = order._prepare_loyalty_advice(strategy)

    def _prepare_loyalty_advice(self, strategy):
        """What the panel on the order shows.

        :return: dict of tier, color, text; sources: list of dicts
            label, value, source; minimum: dict text, fillers;
            steps: list of sentences
        """
        money = strategy._with_money()
        return {
            "tier": strategy.tier_id.name,
            "color": strategy.tier_id.color,
            "text": strategy.order_text or "",
            "sources": [
                source
                for source in (
                    self._tell_price(money),
                    self._tell_term(money),
                    self._tell_priority(strategy),
                )
                if source
            ],
            "minimum": self._tell_minimum(strategy),
            "steps": self._tell_steps() if strategy.quantity_steps else [],
        }

    def _tell_price(self, strategy):
        if not strategy.pricelist_id:
            return None
        partner = self.partner_id.with_company(self.company_id)
        own = partner._has_own_pricelist() and (
            partner.specific_property_product_pricelist
        )
        return self._tell_source(
            self.env._("Prices"),
            self.pricelist_id,
            own,
            strategy.pricelist_id,
            strategy,
        )

    def _tell_term(self, strategy):
        if not strategy.payment_term_id:
            return None
        return self._tell_source(
            self.env._("Payment"),
            self.payment_term_id,
            self._get_own_term(),
            strategy.payment_term_id,
            strategy,
        )

    def _tell_source(self, label, value, own, by_tier, strategy):
        """Say whose choice a value is; the customer's own stands above the tier's."""
        if own and value == own:
            source = self.env._("the customer's own")
        elif value == by_tier:
            source = self.env._("by %s", strategy.tier_id.name)
        else:
            source = self.env._("chosen on this order")
        return {"label": label, "value": value.name or "–", "source": source}

    def _tell_priority(self, strategy):
        if not strategy.urgent and not self.loyalty_priority:
            return None
        urgent = self._is_loyalty_urgent(strategy)
        return {
            "label": self.env._("Delivery"),
            "value": self.env._("urgent") if urgent else self.env._("normal"),
            "source": self.env._("chosen on this order")
            if self.loyalty_priority
            else self.env._("by %s", strategy.tier_id.name),
        }

    def _tell_minimum(self, strategy):
        """What is missing to the minimum order, and what usually fills it."""
        amount = self.amount_untaxed / (self.currency_rate or 1)
        missing = strategy.minimum_order - amount
        if missing <= 0:
            return None
        return {
            "text": self.env._(
                "%(missing)s missing to the minimum order of %(minimum)s, net of tax",
                missing=strategy._format(missing),
                minimum=strategy._format(strategy.minimum_order),
            ),
            "fillers": self._tell_fillers(strategy),
        }

    def _tell_fillers(self, strategy):
        """What the customer buys regularly and has not on this order; due first."""
        rows = self.env["crm.customer.basket"]._get_usual(
            self.partner_id.commercial_partner_id._origin, strategy.company_id
        )
        ordered = self.order_line.product_id.ids
        rows = [row for row in rows if row["product_id"] not in ordered][:FILLERS]
        products = self.env["product.product"].browse(row["product_id"] for row in rows)
        return [
            self.env._(
                "%(product)s, usually %(quantity)s %(unit)s",
                product=product.display_name,
                quantity=formatLang(self.env, row["quantity"], digits=0),
                unit=product.uom_id.name,
            )
            for product, row in zip(products, rows, strict=True)
        ]

    def _tell_steps(self):
        """How many more of a product bring it to its next, lower price."""
        sentences = []
        lines = self.order_line.filtered(
            lambda line: line.product_id and line.product_uom_qty > 0
        )
        rules = self.pricelist_id._get_applicable_rules(
            lines.product_id, self.date_order or fields.Datetime.now()
        )
        rules = rules.filtered("min_quantity")
        for line in next(iter(split_every(50, lines)), ()) if rules else ():
            sentence = line._tell_loyalty_step(rules)
            if sentence:
                sentences.append(sentence)
        return sentences[:STEPS]

    def _format_price(self, price):
        return format_amount(self.env, price, self.currency_id)
