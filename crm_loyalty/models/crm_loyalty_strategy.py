# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ..tools.strategy import RECOMMENDED, get_role, round_amount

#: prices, terms, limits and stops: they wait for approval before they act
MONEY_FIELDS = (
    "pricelist_id",
    "price_discount",
    "payment_term_id",
    "credit_limit",
    "stop_shipment",
    "stop_overdue_days",
)
#: what a recommended set fills in, or empties
EFFECT_FIELDS = (
    *MONEY_FIELDS,
    "urgent",
    "cadence_days",
    "minimum_order",
    "quantity_steps",
    "let_go",
)


class CrmLoyaltyStrategy(models.Model):
    """What a tier changes on orders, on deliveries and in the agendas of salespeople.

    Nothing of it is ever written on a contact: documents ask for the strategy in force
    when they are made. Switching it off is all there is to undo.
    """

    _name = "crm.loyalty.strategy"
    _description = "Tier Strategy"
    _inherit = ["mail.thread", "mail.activity.mixin", "crm.loyalty.company.mixin"]
    _order = "company_id, sequence, id"
    _rec_name = "tier_id"
    _check_company_auto = True
    _technical_fields = ("currency_id", "is_current_company", "tier_color")

    tier_id = fields.Many2one(
        "crm.loyalty.tier", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="tier_id.company_id", store=True)
    sequence = fields.Integer(related="tier_id.sequence", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    tier_color = fields.Integer(related="tier_id.color", aggregator=None)
    tier_active = fields.Boolean(related="tier_id.active", store=True)
    idea = fields.Text(related="tier_id.strategy", string="What We Want")

    # Whether it acts
    state = fields.Selection(
        [("off", "Off"), ("on", "In force")],
        default="off",
        required=True,
        readonly=True,
        tracking=True,
        copy=False,
    )
    on_since = fields.Date("In Force Since", readonly=True, copy=False)
    money_state = fields.Selection(
        [
            ("none", "None"),
            ("waiting", "Waiting for approval"),
            ("approved", "Approved"),
        ],
        "Effects on Money",
        compute="_compute_money_state",
        help="Prices, terms, limits and stops act only after somebody approved them",
    )
    approved_on = fields.Date(readonly=True, copy=False, tracking=True)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True)

    # Money
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        tracking=True,
        ondelete="restrict",
        help="For customers without a pricelist of their own, and whose usual one has"
        " the same currency",
    )
    price_discount = fields.Float(
        "Off List Prices (%)",
        digits=(5, 2),
        tracking=True,
        help="Without a pricelist: one with this discount is made when the strategy is"
        " switched on",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        check_company=True,
        tracking=True,
        ondelete="restrict",
        help="For customers without payment terms of their own",
    )
    credit_limit = fields.Monetary(
        tracking=True,
        help="For customers without a limit of their own; 0 is no limit",
    )
    stop_shipment = fields.Boolean(
        "Hold Deliveries",
        tracking=True,
        help="Deliveries wait while the customer owes more than its limit, or is"
        " overdue for too long; a manager may release one",
    )
    stop_overdue_days = fields.Integer(
        "Overdue for (Days)",
        tracking=True,
        help="Deliveries are held when a debt is overdue for more days than this; 0"
        " holds for the limit only",
    )

    # Service
    urgent = fields.Boolean(
        "Urgent Deliveries",
        tracking=True,
        help="Transfers of new orders are urgent: goods are reserved for them first",
    )
    plan_enter_id = fields.Many2one(
        "mail.activity.plan",
        "When a Customer Enters",
        domain=[("res_model", "=", "res.partner")],
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    plan_leave_id = fields.Many2one(
        "mail.activity.plan",
        "When a Customer Leaves",
        domain=[("res_model", "=", "res.partner")],
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    cadence_days = fields.Integer(
        "Contact Every (Days)",
        tracking=True,
        help="The salesperson is reminded of customers that nobody called or visited"
        " for so many days: the largest first, at most five a day, none where an"
        " activity is open; 0 is never",
    )

    # Orders
    minimum_order = fields.Monetary(
        tracking=True,
        help="Quotations below it, net of tax, tell what is missing and what usually"
        " fills it; 0 is none",
    )
    quantity_steps = fields.Boolean(
        "Tell the Next Quantity Price",
        tracking=True,
        help="Quotations tell how many more of a product bring it to its next price",
    )
    order_text = fields.Text(
        "Text on Orders",
        translate=True,
        help="Shown to the salesperson on quotations and orders; never printed",
    )
    let_go = fields.Boolean(
        "Propose Letting Go",
        tracking=True,
        help="Customers that cost more than they bring are proposed to be let go;"
        " somebody decides on each",
    )
    summary = fields.Char("What It Does", compute="_compute_summary")

    _tier_uniq = models.Constraint("UNIQUE (tier_id)", "A tier has one strategy.")
    _price_discount_share = models.Constraint(
        "CHECK (price_discount BETWEEN 0 AND 100)",
        "The discount off list prices is between 0 and 100 %.",
    )
    _not_negative = models.Constraint(
        "CHECK (credit_limit >= 0 AND stop_overdue_days >= 0 AND cadence_days >= 0"
        " AND minimum_order >= 0)",
        "Limits, days and amounts of a strategy cannot be negative; 0 is none.",
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("approved_on", *MONEY_FIELDS)
    def _compute_money_state(self):
        for strategy in self:
            if not any(strategy[name] for name in MONEY_FIELDS):
                strategy.money_state = "none"
            else:
                strategy.money_state = "approved" if strategy.approved_on else "waiting"

    @api.depends(*EFFECT_FIELDS, "plan_enter_id", "plan_leave_id", "order_text")
    def _compute_summary(self):
        for strategy in self:
            strategy.summary = " · ".join(strategy._get_effects().values())

    def _get_effects(self):
        """{name of an effect: what it does, in a few words}, those in use only."""
        self.ensure_one()
        effects = {
            "price": self._describe_price(),
            "term": self.payment_term_id.name,
            "limit": self.credit_limit
            and self.env._("limit %s", self._format(self.credit_limit)),
            "stop": self.stop_shipment and self._describe_stop(),
            "urgent": self.urgent and self.env._("urgent deliveries"),
            "cadence": self.cadence_days
            and self.env._("contact every %s days", self.cadence_days),
            "enter": self.plan_enter_id
            and self.env._("on entering: %s", self.plan_enter_id.name),
            "leave": self.plan_leave_id
            and self.env._("on leaving: %s", self.plan_leave_id.name),
            "minimum": self.minimum_order
            and self.env._("orders from %s", self._format(self.minimum_order)),
            "steps": self.quantity_steps and self.env._("quantity prices"),
            "text": self.order_text and self.env._("text on orders"),
            "let_go": self.let_go and self.env._("letting go"),
        }
        return {name: text for name, text in effects.items() if text}

    def _describe_price(self):
        if self.pricelist_id:
            return self.pricelist_id.name
        if self.price_discount:
            return self.env._("%g %% off list prices", self.price_discount)
        return ""

    def _describe_stop(self):
        if self.stop_overdue_days:
            return self.env._(
                "deliveries held when overdue for more than %s days",
                self.stop_overdue_days,
            )
        return self.env._("deliveries held over the limit")

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.constrains("stop_shipment", "stop_overdue_days", "credit_limit")
    def _check_stop(self):
        for strategy in self:
            if strategy.stop_shipment and not (
                strategy.credit_limit or strategy.stop_overdue_days
            ):
                raise ValidationError(
                    self.env._(
                        "%s holds deliveries, but says neither over which credit limit"
                        " nor how many days overdue. Enter one of them.",
                        strategy.tier_id.name,
                    )
                )

    def write(self, vals):
        """What changes money waits for approval again."""
        changed = self.filtered(lambda s: s.approved_on and s._changes_money(vals))
        if changed and "approved_on" not in vals:
            super(CrmLoyaltyStrategy, changed).write(
                {"approved_on": False, "approved_by_id": False}
            )
        # computed by what is in force, which no dependency tells
        self.env["res.partner"].invalidate_model(["property_product_pricelist"])
        return super().write(vals)

    def _changes_money(self, vals):
        names = [name for name in MONEY_FIELDS if name in vals]
        return any(
            self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in names
        )

    @api.model
    def _create_missing(self):
        """Give every tier a strategy; it is off, so nothing changes."""
        tiers = self.env["crm.loyalty.tier"].with_context(active_test=False)
        return self.create(
            [
                {"tier_id": tier.id}
                for tier in tiers.search(
                    [("id", "not in", self.search([]).tier_id.ids)]
                )
            ]
        )

    # ------------------------------------------------------------------
    # The recommended set
    # ------------------------------------------------------------------

    def action_recommend(self):
        """Fill in what is recommended for the tier; nothing acts before it is on."""
        for strategy in self:
            if strategy.state == "on":
                raise UserError(
                    self.env._(
                        "The strategy of %s is in force. Switch it off before you take"
                        " the recommended set.",
                        strategy.tier_id.name,
                    )
                )
            strategy.write(strategy._prepare_recommended_vals())

    def _prepare_recommended_vals(self):
        """The recommended set of the tier, by its place in the pyramid."""
        self.ensure_one()
        tiers = self.tier_id.policy_id.tier_ids.sorted()
        place = tiers.ids.index(self.tier_id.id) if self.tier_id in tiers else 0
        recommended = dict(RECOMMENDED[get_role(place, len(tiers))])
        term = self.env.ref(recommended.pop("term", ""), raise_if_not_found=False)
        if term and term.active and term.company_id <= self.company_id:
            recommended["payment_term_id"] = term.id
        if self.pricelist_id and recommended.get("price_discount"):
            recommended.pop("price_discount")
            recommended["pricelist_id"] = self.pricelist_id.id
        if recommended.pop("minimum_order", False):
            recommended["minimum_order"] = self._recommend_minimum()
        return dict.fromkeys(EFFECT_FIELDS, False) | recommended

    def _recommend_minimum(self):
        """A quarter of the orders of the last year are smaller; rounded, 0 if none."""
        [[amount]] = self.env.execute_query(
            SQL(
                "SELECT PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY amount)"
                " FROM (%s) placed",
                self._query_orders(),
            )
        )
        return round_amount(amount or 0)

    def _query_orders(self):
        """Id, value in company currency and customer of a year's orders of the tier."""
        self.env["sale.order"].flush_model()
        return SQL(
            """
            SELECT sale.id, profile.partner_id,
                sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)
                    AS amount
            FROM sale_order sale
            JOIN res_partner buyer ON buyer.id = sale.partner_id
            JOIN res_company branch ON branch.id = sale.company_id
            %(grouped)s
            JOIN crm_customer_profile profile
                ON profile.partner_id
                    = COALESCE(grouped.customer_id, buyer.commercial_partner_id)
                AND profile.company_id = %(company)s
            WHERE sale.state = 'sale' AND profile.tier_id = %(tier)s
                AND SPLIT_PART(branch.parent_path, '/', 1)::int = %(company)s
                AND sale.date_order >= %(start)s
            """,
            grouped=self.env["crm.customer.entity"]._sql_join(
                SQL("buyer.commercial_partner_id"), SQL("%s", self.company_id.id)
            ),
            company=self.company_id.id,
            tier=self.tier_id.id,
            start=fields.Date.subtract(fields.Date.context_today(self), days=365),
        )

    # ------------------------------------------------------------------
    # Switching on, approving, switching off
    # ------------------------------------------------------------------

    def action_preview(self):
        """Whom the strategy touches and what would change; there it is switched on."""
        self.ensure_one()
        self.check_access("write")
        return self.env["crm.loyalty.strategy.preview"]._open(self)

    def _switch_on(self):
        """Put the strategy in force; its effects on money wait for approval."""
        self.ensure_one()
        if not self._get_effects():
            raise UserError(
                self.env._(
                    "The strategy of %s does nothing yet. Take the recommended set, or"
                    " enter what you want.",
                    self.tier_id.name,
                )
            )
        if self.price_discount and not self.pricelist_id:
            self.pricelist_id = self._create_pricelist()
        # what happened before is no reason for its plans; for those of others it is
        self.tier_id.policy_id.sudo()._start_plans()
        self.write({"state": "on", "on_since": fields.Date.context_today(self)})
        if self.money_state == "waiting":
            self._ask_approval()

    def _create_pricelist(self):
        # sudo: the manager of tiers need not be a manager of prices
        pricelist = (
            self.env["product.pricelist"]
            .sudo()
            .create(
                {
                    "name": self.tier_id.name,
                    "company_id": self.company_id.id,
                    "currency_id": self.currency_id.id,
                    "sequence": 1000,
                    "loyalty_by_tier": True,
                    "item_ids": [
                        fields.Command.create(
                            {
                                "applied_on": "3_global",
                                "compute_price": "percentage",
                                "percent_price": self.price_discount,
                            }
                        )
                    ],
                }
            )
        )
        return pricelist.sudo(False)

    def _ask_approval(self):
        """Remind the responsible of the policy, if it is somebody else."""
        user = self.tier_id.policy_id.user_id
        if user and user != self.env.user:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Approve prices, terms, limits and stops"),
                user_id=user.id,
            )

    def action_approve(self):
        """Let prices, terms, limits and stops act from now on."""
        self.check_access("write")
        for strategy in self.filtered(lambda s: s.money_state == "waiting"):
            strategy.write(
                {
                    "approved_on": fields.Date.context_today(self),
                    "approved_by_id": self.env.user.id,
                }
            )
            strategy.activity_ids.action_done()

    def action_switch_off(self):
        """Stop acting. Documents that were made meanwhile stay as they are."""
        self.check_access("write")
        self.write(
            {
                "state": "off",
                "on_since": False,
                "approved_on": False,
                "approved_by_id": False,
            }
        )
        self.activity_ids.unlink()

    # ------------------------------------------------------------------
    # Who is touched
    # ------------------------------------------------------------------

    @api.model
    def _get_in_force(self, partners, company):
        """The strategy that documents of these contacts follow.

        Customers that were let go have none.

        :param partners: contacts of any kind; their commercial entities count
        :param company: of the documents; the strategies are those of its root
        :return: {id of the commercial entity: strategy, as superuser}
        """
        # sudo: whoever makes a document gets what the tier decides, prices above all;
        # which tier that is, is shown by the groups of the fields that tell it
        strategies = self.sudo().search(
            [("state", "=", "on"), ("company_id", "=", company.sudo().root_id.id)]
        )
        if not strategies:
            return {}  # as in most companies: nobody waits for profiles then
        by_tier = strategies.grouped("tier_id")
        profiles = self.env["crm.customer.entity"]._get_profiles(
            partners.commercial_partner_id, company
        )
        touched = {
            entity_id: profile
            for entity_id, profile in profiles.items()
            if profile.tier_id in by_tier
        }
        if not touched:
            return {}
        customers = self.env["res.partner"].union(
            *(profile.partner_id for profile in touched.values())
        )
        gone = self.env["crm.customer.let.go"]._get_let_go(customers, company)
        return {
            entity_id: by_tier[profile.tier_id]
            for entity_id, profile in touched.items()
            if profile.partner_id not in gone
        }

    def _with_money(self):
        """These strategies as far as their effects on money are approved."""
        return self.filtered(
            lambda strategy: strategy.state == "on" and strategy.approved_on
        )

    def _get_customer_domain(self):
        """Profiles of the customers in the tier."""
        return Domain("tier_id", "in", self.tier_id.ids)

    # ------------------------------------------------------------------
    # Letting go
    # ------------------------------------------------------------------

    def _find_let_go(self):
        """Customers of the tier to be let go: they cost more than they bring.

        Their profit after service is known and negative, or their margin while no cost
        to serve is counted; or they are overdue, and a document of theirs brings less
        than the minimum order on average.

        :return: profiles, as superuser
        """
        self.ensure_one()
        profiles = self.env["crm.customer.profile"]
        profiles.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, COALESCE(profit < 0, FALSE) AS loses FROM (
                    SELECT id, %(profit)s AS profit,
                        document_count > 0
                            AND revenue < %(minimum)s * document_count AS is_small
                    FROM crm_customer_profile
                    WHERE tier_id = %(tier)s AND purchase_count > 0
                ) customer
                WHERE profit < 0 OR is_small
                ORDER BY loses DESC, profit, id
                LIMIT 500
                """,
                profit=profiles._sql_curve_amount(self.company_id),
                minimum=self.minimum_order,
                tier=self.tier_id.id,
            )
        )
        loses = dict(rows)
        # sudo: only managers come here, who see all customers and their costs
        return (
            profiles.sudo()
            .browse(loses)
            .filtered(lambda p: loses[p.id] or p.overdue > 0)
        )

    def action_propose_let_go(self):
        """Propose the customers that cost more than they bring, and open them."""
        self.ensure_one()
        self.check_access("write")
        proposals = self.env["crm.customer.let.go"]
        proposals._propose(self._find_let_go())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_let_go"
        )
        action["domain"] = [("company_id", "=", self.company_id.id)]
        return action

    def action_effect(self):
        """What the strategy brought, against like customers without one."""
        self.ensure_one()
        return self.env["crm.loyalty.strategy.effect"]._open(self)

    def action_price_list(self):
        """Make a price list for the customers of the tier."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_price_list"
        )
        action["context"] = {"default_tier_id": self.tier_id.id}
        return action

    def action_open_customers(self):
        """The customers whom the strategy touches."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_customer"
        )
        action["domain"] = list(self._get_customer_domain())
        action["name"] = action["display_name"] = self.tier_id.name
        return action
