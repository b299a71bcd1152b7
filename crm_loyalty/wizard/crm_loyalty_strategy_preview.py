# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, float_round
from odoo.tools.misc import formatLang

#: products whose prices are compared, the largest revenue first
COMPARED_PRODUCTS = 200


class CrmLoyaltyStrategyPreview(models.TransientModel):
    """Whom a strategy touches, their revenue, and what would change; then switch on."""

    _name = "crm.loyalty.strategy.preview"
    _description = "Preview of a Strategy"

    strategy_id = fields.Many2one(
        "crm.loyalty.strategy", required=True, readonly=True, ondelete="cascade"
    )
    state = fields.Selection(related="strategy_id.state")
    money_state = fields.Selection(related="strategy_id.money_state")
    currency_id = fields.Many2one(related="strategy_id.currency_id")
    customer_count = fields.Integer("Customers", readonly=True)
    revenue = fields.Monetary("Revenue of the Window", readonly=True)
    period = fields.Char(readonly=True)
    is_decided = fields.Boolean(readonly=True)
    line_ids = fields.One2many(
        "crm.loyalty.strategy.preview.line", "preview_id", readonly=True
    )

    @api.model
    def _open(self, strategy):
        """Action on a new preview of the strategy."""
        domain = strategy._get_customer_domain()
        # sudo: managers see all customers anyway; counted without joins on rules
        profiles = self.env["crm.customer.profile"].sudo()
        [(count, revenue)] = profiles._read_group(
            domain, [], ["__count", "revenue:sum"]
        )
        policy = strategy.tier_id.policy_id
        preview = self.create(
            {
                "strategy_id": strategy.id,
                "customer_count": count,
                "revenue": revenue,
                "period": policy._get_period_label(),
                "is_decided": bool(policy.decided_on),
            }
        )
        preview.line_ids = [
            fields.Command.create(vals) for vals in preview._prepare_lines()
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Strategy of %s", strategy.tier_id.name),
            "res_model": self._name,
            "res_id": preview.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large", "loyalty_company_named": True},
        }

    # ------------------------------------------------------------------
    # What would change
    # ------------------------------------------------------------------

    def _prepare_lines(self):
        """One line per effect in use, as values of the lines."""
        strategy = self.strategy_id
        prepare = {
            "price": self._preview_price,
            "term": self._preview_term,
            "limit": self._preview_limit,
            "stop": self._preview_stop,
            "urgent": self._preview_orders,
            "cadence": self._preview_cadence,
            "minimum": self._preview_minimum,
            "let_go": self._preview_let_go,
        }
        return [
            {
                "effect": name,
                "value": text[:1].upper() + text[1:],
                "is_money": name in ("price", "term", "limit", "stop"),
                **self._count(strategy._get_customer_domain()),
                **prepare.get(name, dict)(),
            }
            for name, text in strategy._get_effects().items()
        ]

    def _profiles(self):
        """Profiles of the company, as superuser: managers see all of them anyway."""
        company = self.strategy_id.company_id
        return self.env["crm.customer.profile"].sudo().with_company(company)

    def _count(self, domain):
        """Customers that match and their revenue, and the domain that opens them."""
        [(count, revenue)] = self._profiles()._read_group(
            domain, [], ["__count", "revenue:sum"]
        )
        return {
            "customer_count": count,
            "revenue": revenue,
            "domain": list(Domain(domain)),
        }

    def _count_without_own(self, condition):
        """Those of the tier on whom the effect acts; the others keep their own."""
        tier = self.strategy_id._get_customer_domain()
        touched = self._count(tier & condition)
        kept = self.customer_count - touched["customer_count"]
        note = kept and self.env._("keep their own: %s", kept)
        return touched, note or ""

    def _preview_price(self):
        touched, note = self._count_without_own(
            Domain("partner_id.specific_property_product_pricelist", "=", False)
        )
        enabled = self.env["res.groups"]._is_feature_enabled
        if not enabled("product.group_product_pricelist"):
            note = self.env._(
                "pricelists are switched off in the settings of Sales: nothing changes"
            )
        else:
            change = self._estimate_price_change(touched["domain"])
            if change is not None:
                change = self.env._(
                    "what they bought would have cost %(sign)s%(change)s %%",
                    sign="+" if change > 0 else "",
                    change=formatLang(self.env, 100 * change, digits=1),
                )
                note = "; ".join(filter(None, (change, note)))
        return touched | {"note": note}

    def _estimate_price_change(self, domain):
        """Share by which prices of what these customers bought would differ.

        The price of one of each product by the strategy against the usual pricelist,
        weighted by what the customers bought for in the window; quantity prices and
        discounts given by hand are not in it. None where nothing was bought.
        """
        strategy = self.strategy_id
        policy = strategy.tier_id.policy_id
        ledger = self.env["crm.customer.ledger"].sudo()
        customers = self._profiles()._search(domain)
        groups = ledger._read_group(
            Domain("kind", "=", "counted")
            & Domain("company_id", "=", strategy.company_id.id)
            & Domain("customer_id", "in", customers.subselect("partner_id"))
            & Domain("date", ">=", policy.window_start)
            & Domain("date", "<=", policy.as_of)
            & Domain("product_id", "!=", False),
            ["product_id"],
            ["amount:sum"],
            order="amount:sum desc",
            limit=COMPARED_PRODUCTS,
        )
        weights = {product: amount for product, amount in groups if amount > 0}
        if not weights:
            return None
        if not strategy.pricelist_id:
            return -strategy.price_discount / 100
        products = self.env["product.product"].union(*weights)
        pricelists = self.env["product.pricelist"].with_company(strategy.company_id)
        usual = pricelists._get_country_pricelist_multi([])[False]
        prices = [
            pricelist._get_products_price(products, 1.0, currency=strategy.currency_id)
            for pricelist in (strategy.pricelist_id, usual)
        ]
        return self._weigh(weights, *prices)

    def _weigh(self, weights, prices, usual):
        known = {p: w for p, w in weights.items() if usual.get(p.id)}
        total = sum(known.values())
        if not total:
            return None
        change = sum(
            weight * (prices[product.id] / usual[product.id] - 1)
            for product, weight in known.items()
        )
        return change / total

    def _preview_term(self):
        partners = self.env["res.partner"].with_company(self.strategy_id.company_id)
        field = partners._fields["property_payment_term_id"]
        default = field.get_company_dependent_fallback(partners)
        touched, note = self._count_without_own(
            Domain("partner_id.property_payment_term_id", "in", [False, *default.ids])
        )
        return touched | {"note": note}

    def _preview_limit(self):
        return self._count_debtors(Domain.TRUE, self.strategy_id.credit_limit) | {
            "note": self.env._("are over it today")
        }

    def _preview_stop(self):
        strategy = self.strategy_id
        if not strategy.stop_overdue_days:
            return self._preview_limit()
        today = fields.Date.context_today(self)
        before = fields.Date.subtract(today, days=strategy.stop_overdue_days)
        return self._count_debtors(Domain("date_due", "<", before), 0) | {
            "note": self.env._("would wait today")
        }

    def _count_debtors(self, condition, limit):
        """Customers of the tier whose open receivables exceed an amount."""
        tier = self.strategy_id._get_customer_domain()
        customers = self._profiles()._search(tier)
        groups = (
            self.env["crm.customer.receivable"]
            .sudo()
            ._read_group(
                Domain("company_id", "=", self.strategy_id.company_id.id)
                & Domain("customer_id", "in", customers.subselect("partner_id"))
                & Domain(condition),
                ["customer_id"],
                [],
                having=[("amount_residual:sum", ">", limit)],
            )
        )
        partners = [partner.id for (partner,) in groups]
        return self._count(tier & Domain("partner_id", "in", partners))

    def _preview_orders(self):
        return {
            "note": self.env._("orders of the last year: %s", self._get_orders()[0])
        }

    def _preview_minimum(self):
        count, below, customers = self._get_orders(self.strategy_id.minimum_order)
        return self._count(
            self.strategy_id._get_customer_domain()
            & Domain("partner_id", "in", customers or [])
        ) | {
            "note": self.env._(
                "of %(count)s orders of the last year, %(below)s were smaller",
                count=count,
                below=below,
            )
        }

    def _get_orders(self, minimum=0):
        """Orders of a year, how many were smaller, and the customers who gave them."""
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), COUNT(*) FILTER (WHERE amount < %(minimum)s),
                    ARRAY_AGG(DISTINCT partner_id)
                        FILTER (WHERE amount < %(minimum)s)
                FROM (%(orders)s) placed
                """,
                minimum=minimum,
                orders=self.strategy_id._query_orders(),
            )
        )
        return row

    def _preview_cadence(self):
        monthly = 30 * self.customer_count / self.strategy_id.cadence_days
        return {
            "note": self.env._(
                "contacts a month: %s", int(float_round(monthly, precision_digits=0))
            )
        }

    def _preview_let_go(self):
        proposals = self.strategy_id._find_let_go()
        return self._count(Domain("id", "in", proposals.ids)) | {
            "note": self.env._("would be proposed")
        }

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_switch_on(self):
        """Put the strategy in force; its effects on money wait for approval."""
        self.strategy_id.check_access("write")
        self.strategy_id._switch_on()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
