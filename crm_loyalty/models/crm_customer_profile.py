# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .crm_customer_tier_change import format_share
from .loose_fields import LooseMany2one
from .nullable_fields import NullableFloat, NullableMonetary

SPARKLINE_MONTHS = 24
#: percent of the revenue that may be without cost before the margin is unknown
UNCOSTED_LIMIT = 5


class CrmCustomerProfile(models.Model):
    """One customer of one root company: figures of the window, standing, tier.

    Only runs and decisions write here, set-based; dates are stored, never ages, so that
    a row changes only when the customer does. Ranks and cumulated shares, which would
    change for everybody with each invoice, are computed when somebody looks.
    """

    _name = "crm.customer.profile"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Customer Profile"
    _order = "revenue desc, partner_id"
    _rec_name = "partner_id"
    _log_access = False
    _technical_fields = (
        "currency_id",
        "is_current_company",
        "tier_color",
        "computed_tier_color",
        "pending_on",
    )

    # runs must not lock contacts; whoever deletes some calls _forget_partners
    partner_id = LooseMany2one("res.partner", "Customer", required=True, readonly=True)
    company_id = LooseMany2one("res.company", required=True, readonly=True, index=True)
    group_id = fields.Many2one(
        "crm.customer.group",
        "Customer Group",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The customer is the head of this group, its figures are those of all"
        " members on the as-of day",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    country_id = fields.Many2one(related="partner_id.country_id")
    industry_id = fields.Many2one(related="partner_id.industry_id")
    category_ids = fields.Many2many(related="partner_id.category_id", string="Tags")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")

    # Tier
    standing = fields.Selection(
        [
            ("ranked", "In a tier"),
            ("too_new", "Too new to judge"),
            ("no_sales", "No sales in the window"),
            ("not_positive", "Net value zero or negative"),
            ("excluded", "Does not take part"),
            ("cost_unknown", "Cost unknown"),
        ],
        required=True,
        readonly=True,
    )
    tier_id = fields.Many2one(
        "crm.loyalty.tier",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    computed_tier_id = LooseMany2one(
        "crm.loyalty.tier",
        readonly=True,
        help="By the figures of the last run; becomes the tier on the next decision",
    )
    computed_tier_color = fields.Integer(
        "Computed Color", related="computed_tier_id.color", aggregator=None
    )
    pending_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        readonly=True,
        ondelete="set null",
        help="Beyond the cut at the last decision, but within the margin: if it is"
        " still there at the next one, the customer changes tier",
    )
    pending_on = fields.Date(readonly=True)
    override_id = fields.Many2one(
        "crm.customer.tier.override",
        "Set by Hand",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    override_until = fields.Date(related="override_id.date_to", string="Valid until")
    override_reason = fields.Char(related="override_id.reason", string="Why by Hand")
    tier_since = fields.Date("In This Tier Since", readonly=True)
    tier_color = fields.Integer(related="tier_id.color", aggregator=None)
    strategy = fields.Text(related="tier_id.strategy")

    # Figures of the window
    revenue = fields.Monetary(
        "Revenue (Net of Tax)",
        readonly=True,
        help="Posted invoices less credit notes in the window, in company currency",
    )
    revenue_previous = fields.Monetary("Revenue of the Window Before", readonly=True)
    discount = fields.Monetary("Discount Given", readonly=True)
    document_count = fields.Integer("Invoices and Credit Notes", readonly=True)
    line_count = fields.Integer("Document Lines", readonly=True)
    purchase_count = fields.Integer(
        "Purchases",
        readonly=True,
        help="Days with at least one invoice that was not credited in full",
    )
    first_purchase_date = fields.Date("First Purchase", readonly=True)
    last_purchase_date = fields.Date("Last Purchase", readonly=True)
    cost = fields.Monetary(
        "Cost of Goods",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Of the document lines in the window whose cost is known",
    )
    revenue_uncosted = fields.Monetary(
        "Revenue without Cost",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Net revenue of the document lines in the window whose cost is unknown",
    )

    # Computed when somebody looks
    policy_id = fields.Many2one(
        "crm.loyalty.policy",
        compute="_compute_policy_id",
        compute_sudo=True,
        groups="crm_loyalty.group_manager",
    )
    entity_ids = fields.Many2many(
        "res.partner",
        string="Entities",
        compute="_compute_entity_ids",
        context={"active_test": False},
    )
    entity_count = fields.Integer(
        "Number of Entities", compute="_compute_entity_ids", aggregator=None
    )
    trend = fields.Float(
        "Change in %",
        compute="_compute_trend",
        aggregator=None,
        help="Revenue of the window against the window before",
    )
    margin = NullableMonetary(
        compute="_compute_margin",
        groups="crm_loyalty.group_cost",
        help="Revenue less cost of goods; empty when more than 5 % of the revenue has"
        " no cost",
    )
    margin_rate = NullableFloat(
        "Margin in %",
        compute="_compute_margin",
        aggregator=None,
        groups="crm_loyalty.group_cost",
        help="Margin in percent of the revenue",
    )
    uncosted_share = fields.Float(
        "Without Cost in %",
        compute="_compute_margin",
        aggregator=None,
        groups="crm_loyalty.group_cost",
        help="Revenue without cost in percent of the revenue",
    )
    rank = fields.Integer(compute="_compute_reason", compute_sudo=True)
    reason = fields.Char("Why This Tier", compute="_compute_reason", compute_sudo=True)
    period_label = fields.Char(
        "Period", compute="_compute_sparkline", compute_sudo=True
    )
    sparkline = fields.Json(
        "Revenue of 24 Months", compute="_compute_sparkline", compute_sudo=True
    )
    overdue = fields.Monetary(
        "Overdue Debt",
        compute="_compute_overdue",
        compute_sudo=True,
        help="Open posted receivables past their due date, including tax",
    )
    last_order_date = fields.Datetime(
        "Last Order", compute="_compute_last_order_date", compute_sudo=True
    )
    since_run_count = fields.Integer(compute="_compute_since_run", compute_sudo=True)
    since_run_amount = fields.Monetary(compute="_compute_since_run", compute_sudo=True)
    change_ids = fields.One2many(
        "crm.customer.tier.change", compute="_compute_change_ids", string="Tier History"
    )

    _partner_company_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "A customer has one profile per company.",
    )

    def init(self):
        """Leave room on each page: of what a run writes every night no index knows."""
        self.env.cr.execute(
            SQL("ALTER TABLE %s SET (fillfactor = 80)", SQL.identifier(self._table))
        )
        return super().init()

    # ------------------------------------------------------------------
    # Computed when somebody looks: one query each, however many customers
    # ------------------------------------------------------------------

    @api.depends("company_id")
    def _compute_policy_id(self):
        # sudo (compute_sudo): rules are no secret to those who see their result
        policies = self.env["crm.loyalty.policy"].search_fetch(
            [("company_id", "in", self.company_id.ids)],
            [
                "company_id",
                "as_of",
                "window_start",
                "cut_method",
                "change_margin",
                "decided_on",
                "decision_interval",
                "value_basis",
            ],
        )
        by_company = policies.grouped("company_id")
        for profile in self:
            profile.policy_id = by_company.get(profile.company_id)

    @api.depends("partner_id", "group_id")
    def _compute_entity_ids(self):
        """The entities that the figures add up: the customer alone, or its group."""
        groups = self.filtered("group_id")
        rows = groups and self.env.execute_query(
            SQL(
                """
                SELECT profile.id, ARRAY_AGG(entity.partner_id ORDER BY entity.id)
                FROM crm_customer_profile profile
                JOIN crm_customer_entity entity
                    ON entity.customer_id = profile.partner_id
                    AND entity.company_id = profile.company_id
                WHERE profile.id IN %s
                GROUP BY profile.id
                """,
                tuple(groups.ids),
            )
        )
        members = dict(rows or [])
        for profile in self:
            entities = members.get(profile.id, profile.partner_id.ids)
            profile.entity_ids = entities
            profile.entity_count = len(entities)

    @api.depends("revenue", "revenue_previous")
    def _compute_trend(self):
        for profile in self:
            before = profile.revenue_previous
            profile.trend = before > 0 and 100 * (profile.revenue - before) / before

    @api.depends("revenue", "cost", "revenue_uncosted")
    def _compute_margin(self):
        for profile in self:
            revenue, uncosted = abs(profile.revenue), abs(profile.revenue_uncosted)
            # next to nothing sold and taken back: there is no share to speak of
            share = 100 * uncosted / revenue if revenue else 100 * bool(uncosted)
            known = share <= UNCOSTED_LIMIT
            margin = profile.revenue - profile.cost
            profile.uncosted_share = min(share, 100)
            profile.margin = known and margin
            profile.margin_rate = (
                known and profile.revenue > 0 and 100 * margin / profile.revenue
            )

    def _compute_sparkline(self):
        """The months up to the last run, and which days its figures count."""
        for policy, profiles in self.grouped("policy_id").items():
            as_of = policy.as_of or fields.Date.context_today(self)
            months = self.env["crm.customer.fact"]._monthly_revenue(
                profiles.entity_ids, policy.company_id, as_of, SPARKLINE_MONTHS
            )
            for profile in profiles:
                profile.period_label = policy._get_period_label()
                profile.sparkline = {
                    "values": [
                        sum(month)
                        for month in zip(
                            *(
                                months[entity_id]
                                for entity_id in profile.entity_ids.ids
                            ),
                            strict=True,
                        )
                    ],
                    "end": fields.Date.to_string(as_of.replace(day=1)),
                }

    @api.depends_context("uid")
    def _compute_reason(self):
        # sudo (compute_sudo): a rank counts customers the user does not see
        ranks = self._get_ranks()
        change = self.env["crm.customer.tier.change"]
        for profile in self:
            policy, tier = profile.policy_id, profile.computed_tier_id
            profile.rank, ranked_count, ahead = ranks.get(profile.id, (0, 0, 0))
            reason = change._format_reason(
                standing=profile.standing,
                revenue=profile.revenue,
                profit=policy.value_basis == "profit" and profile.service_profit,
                currency=profile.currency_id,
                rank=profile.rank,
                ranked_count=ranked_count,
                first_purchase=profile.first_purchase_date,
                cut=change._format_cut(
                    method=policy.cut_method,
                    tier=tier,
                    bounds=(tier.cut_from, tier.cut_to),
                    share_ahead=ahead,
                    currency=profile.currency_id,
                    by_profit=policy.value_basis == "profit",
                ),
                by_profit=policy.value_basis == "profit",
            )
            profile.reason = profile._add_waiting(reason)

    def _add_waiting(self, reason):
        """Say why the customer does not stand in the tier that its figures give."""
        if (
            self.override_id
            or not self.tier_id
            or self.tier_id == self.computed_tier_id
        ):
            return reason
        if self.pending_tier_id:
            return self.env._(
                "%(figures)s. Kept in %(tier)s by the margin of %(margin)s %% since"
                " %(date)s",
                figures=reason,
                tier=self.tier_id.name,
                margin=format_share(self.env, self.policy_id.change_margin),
                date=format_date(self.env, self.pending_on),
            )
        if self.policy_id.next_decision and self.computed_tier_id:
            return self.env._(
                "%(figures)s. Tiers are decided next on %(date)s",
                figures=reason,
                date=format_date(self.env, self.policy_id.next_decision),
            )
        return reason

    def _get_ranks(self):
        """{id: (rank, number of ranked customers, share of revenue ahead in %)}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, rank, ranked_count, share_ahead::float FROM (
                    SELECT id,
                        ROW_NUMBER() OVER ranking AS rank,
                        COUNT(*) OVER everybody AS ranked_count,
                        100 * (SUM(value) OVER ranking - value)
                            / SUM(value) OVER everybody AS share_ahead
                    FROM (
                        SELECT profile.id, profile.company_id, profile.partner_id,
                            CASE WHEN policy.value_basis = 'profit'
                                THEN profile.service_profit
                                ELSE profile.revenue END AS value
                        FROM crm_customer_profile profile
                        JOIN crm_loyalty_policy policy
                            ON policy.company_id = profile.company_id
                        WHERE profile.standing = 'ranked'
                            AND profile.company_id IN %(companies)s
                    ) profile
                    WINDOW everybody AS (PARTITION BY company_id),
                        ranking AS (
                            everybody ORDER BY value DESC, partner_id
                            ROWS UNBOUNDED PRECEDING
                        )
                ) ranked
                WHERE id IN %(ids)s
                """,
                companies=tuple(self.company_id.ids) or (0,),
                ids=tuple(self.ids) or (0,),
            )
        )
        return {profile_id: figures for profile_id, *figures in rows}

    def _compute_overdue(self):
        # sudo (compute_sudo): the debt is told to whoever may see the customer
        groups = self.env["crm.customer.receivable"]._read_group(
            self._get_overdue_domain(),
            ["partner_id", "company_id"],
            ["amount_residual:sum"],
        )
        amounts = {(partner, company): amount for partner, company, amount in groups}
        for profile in self:
            profile.overdue = sum(
                amounts.get((entity, profile.company_id), 0)
                for entity in profile.entity_ids
            )

    def _get_overdue_domain(self):
        """Open receivables of these customers that are past their due date."""
        today = fields.Date.context_today(self)
        return Domain(
            [
                ("date_due", "<", fields.Date.to_string(today)),
                ("partner_id", "in", self.entity_ids.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )

    def _compute_last_order_date(self):
        # sudo (compute_sudo): orders of colleagues with the same customer count, too
        groups = self.env["sale.order"]._read_group(
            [
                ("state", "=", "sale"),
                ("partner_id.commercial_partner_id", "in", self.entity_ids.ids),
                ("company_id", "child_of", self.company_id.ids),
            ],
            ["partner_id.commercial_partner_id", "company_id"],
            ["date_order:max"],
        )
        dates = {}
        for entity, company, date in groups:
            key = (entity, company.root_id)
            dates[key] = max(date, dates.get(key, date))
        for profile in self:
            profile.last_order_date = max(
                (
                    dates[entity, profile.company_id]
                    for entity in profile.entity_ids
                    if (entity, profile.company_id) in dates
                ),
                default=False,
            )

    def _compute_since_run(self):
        # sudo (compute_sudo): the queue is readable by nobody
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT queue.customer_id, queue.company_id,
                    COUNT(DISTINCT queue.move_id),
                    SUM(document.amount)
                FROM (
                    SELECT DISTINCT changed.company_id, changed.move_id,
                        COALESCE(grouped.customer_id, partner.commercial_partner_id)
                            AS customer_id
                    FROM crm_customer_queue changed
                    JOIN res_partner partner ON partner.id = changed.partner_id
                    %(join)s
                    WHERE changed.move_id IS NOT NULL
                ) queue
                LEFT JOIN LATERAL (%(amount)s) document ON TRUE
                WHERE queue.customer_id IN %(partners)s
                GROUP BY 1, 2
                """,
                join=self.env["crm.customer.entity"]._sql_join(
                    SQL("partner.commercial_partner_id"), SQL("changed.company_id")
                ),
                partners=tuple(self.partner_id.ids) or (0,),
                amount=SQL(
                    """
                    SELECT SUM(-line.balance) AS amount
                    FROM account_move_line line
                    JOIN account_move move ON move.id = line.move_id
                    WHERE line.move_id = queue.move_id
                        AND line.parent_state = 'posted' AND %s
                    """,
                    self.env["crm.customer.ledger"]._sql_counted(),
                ),
            )
        )
        news = {
            (partner_id, company_id): (count, amount or 0)
            for partner_id, company_id, count, amount in rows
        }
        for profile in self:
            key = (profile.partner_id.id, profile.company_id.id)
            profile.since_run_count, profile.since_run_amount = news.get(key, (0, 0))

    def _compute_change_ids(self):
        changes = self.env["crm.customer.tier.change"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        grouped = changes.grouped(lambda change: (change.partner_id, change.company_id))
        for profile in self:
            key = (profile.partner_id, profile.company_id)
            profile.change_ids = grouped.get(key, changes.browse())

    @api.model
    def _get_tiers(self, partners, company):
        """Current tier per commercial partner, that of its group if it is in one.

        :return: {id of the commercial partner: tier}
        """
        # profiles as superuser: who may write an order or invoice may see the tier of
        # its customer according to the groups of the field, which the caller checks
        profiles = self.env["crm.customer.entity"]._get_profiles(
            partners.commercial_partner_id, company
        )
        return {entity_id: profile.tier_id for entity_id, profile in profiles.items()}

    # ------------------------------------------------------------------
    # The line above lists of customers
    # ------------------------------------------------------------------

    @api.model
    def _get_summary_aggregates(self):
        return ["__count", "revenue:sum"]

    @api.model
    def _prepare_summary(self, company, count, revenue):
        """Customers and their revenue, and the period that it counts."""
        return {
            "customers": count,
            "revenue": revenue,
            "currency_id": company.sudo().currency_id.id,
            "period": self.env["crm.loyalty.policy"]._get(company)._get_period_label(),
            "notice": self._get_summary_notice(company),
        }

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_override(self):
        """Set the tier by hand: open the override in force, or a new one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_tier_override"
        )
        action.update(
            views=[(False, "form")],
            target="new",
            res_id=self.override_id.id,
            context={
                "loyalty_company_named": True,
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        )
        return action

    def action_loyalty_brief(self):
        """The brief of the customer: all there is to know before a call or a visit."""
        self.ensure_one()
        return self.partner_id.action_loyalty_brief()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
