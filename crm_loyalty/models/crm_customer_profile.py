# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

SPARKLINE_MONTHS = 24


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

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
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
    computed_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        readonly=True,
        ondelete="set null",
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

    # Computed when somebody looks
    trend = fields.Float(
        "Change in %",
        compute="_compute_trend",
        aggregator=None,
        help="Revenue of the window against the window before",
    )
    rank = fields.Integer(compute="_compute_story", compute_sudo=True)
    reason = fields.Char("Why This Tier", compute="_compute_story", compute_sudo=True)
    period_label = fields.Char("Period", compute="_compute_story", compute_sudo=True)
    sparkline = fields.Json(
        "Revenue of 24 Months", compute="_compute_story", compute_sudo=True
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
    _company_rank_idx = models.Index("(company_id, standing, revenue DESC, partner_id)")

    # ------------------------------------------------------------------
    # Computed when somebody looks: one query each, however many customers
    # ------------------------------------------------------------------

    @api.depends("revenue", "revenue_previous")
    def _compute_trend(self):
        for profile in self:
            before = profile.revenue_previous
            profile.trend = before > 0 and 100 * (profile.revenue - before) / before

    def _compute_story(self):
        """Rank, reason, period and months: what the figures mean, in three queries."""
        # sudo (compute_sudo): a rank counts customers the user does not see, and rules
        # are no secret to those who see their result
        policies = self._get_policies()
        ranks = self._get_ranks()
        change = self.env["crm.customer.tier.change"]
        for company, profiles in self.grouped("company_id").items():
            policy = policies[company]
            as_of = policy.as_of or fields.Date.context_today(self)
            months = self.env["crm.customer.fact"]._monthly_revenue(
                profiles.partner_id, company, as_of, SPARKLINE_MONTHS
            )
            for profile in profiles:
                profile.rank, ranked_count = ranks.get(profile.id, (0, 0))
                profile.reason = change._format_reason(
                    standing=profile.standing,
                    revenue=profile.revenue,
                    currency=profile.currency_id,
                    rank=profile.rank,
                    ranked_count=ranked_count,
                    first_purchase=profile.first_purchase_date,
                )
                profile.period_label = policy._get_period_label()
                profile.sparkline = {
                    "values": months[profile.partner_id.id],
                    "end": fields.Date.to_string(as_of.replace(day=1)),
                }

    def _get_ranks(self):
        """{id: (rank, number of ranked customers of the company)}."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, rank, ranked_count FROM (
                    SELECT id,
                        ROW_NUMBER() OVER (
                            PARTITION BY company_id ORDER BY revenue DESC, partner_id
                        ) AS rank,
                        COUNT(*) OVER (PARTITION BY company_id) AS ranked_count
                    FROM crm_customer_profile
                    WHERE standing = 'ranked' AND company_id IN %s
                ) ranked
                WHERE id IN %s
                """,
                tuple(self.company_id.ids) or (0,),
                tuple(self.ids) or (0,),
            )
        )
        return {profile_id: figures for profile_id, *figures in rows}

    def _get_policies(self):
        """Policy per company; rules are no secret to those who see their result."""
        policies = (
            self.env["crm.loyalty.policy"]
            .sudo()
            .search_fetch(
                [("company_id", "in", self.company_id.ids)],
                ["company_id", "as_of", "window_days"],
            )
        )
        by_company = {policy.company_id: policy for policy in policies}
        empty = policies.browse()
        return {company: by_company.get(company, empty) for company in self.company_id}

    def _compute_overdue(self):
        # sudo (compute_sudo): salespeople see no receivables, yet the overdue debt of
        # their own customers is told to them on purpose
        groups = self.env["account.move.line"]._read_group(
            [
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("date_maturity", "<", fields.Date.context_today(self)),
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "child_of", self.company_id.ids),
            ],
            ["partner_id", "company_id"],
            ["amount_residual:sum"],
        )
        amounts = {}
        for partner, company, amount in groups:
            key = (partner.commercial_partner_id, company.root_id)
            amounts[key] = amounts.get(key, 0) + amount
        for profile in self:
            profile.overdue = amounts.get((profile.partner_id, profile.company_id), 0)

    def _compute_last_order_date(self):
        # sudo (compute_sudo): orders of colleagues with the same customer count, too
        groups = self.env["sale.order"]._read_group(
            [
                ("state", "=", "sale"),
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "child_of", self.company_id.ids),
            ],
            ["partner_id", "company_id"],
            ["date_order:max"],
        )
        dates = {}
        for partner, company, date in groups:
            key = (partner.commercial_partner_id, company.root_id)
            dates[key] = max(date, dates.get(key, date))
        for profile in self:
            key = (profile.partner_id, profile.company_id)
            profile.last_order_date = dates.get(key, False)

    def _compute_since_run(self):
        # sudo (compute_sudo): the queue is readable by nobody
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.commercial_partner_id, queue.company_id,
                    COUNT(DISTINCT queue.move_id),
                    SUM(document.amount)
                FROM (
                    SELECT DISTINCT partner_id, company_id, move_id
                    FROM crm_customer_queue WHERE move_id IS NOT NULL
                ) queue
                JOIN res_partner partner ON partner.id = queue.partner_id
                LEFT JOIN LATERAL (%(amount)s) document ON TRUE
                WHERE partner.commercial_partner_id IN %(partners)s
                GROUP BY 1, 2
                """,
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

    # ------------------------------------------------------------------
    # Written by runs and decisions
    # ------------------------------------------------------------------

    def _refresh(self, run):
        """Figures of the customers that changed, then the standing of all.

        :return: number of profiles inserted, changed or deleted
        """
        touched = self._sql_touched(run)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS crm_customer_touched"))
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE crm_customer_touched ON COMMIT DROP AS %s",
                touched,
            )
        )
        [[gone]] = self.env.execute_query(self._query_delete(run))
        [[written]] = self.env.execute_query(self._query_figures(run))
        if run.kind == "full":
            run._analyze(self._table)
        [[classified]] = self.env.execute_query(self._query_classify(run))
        self.env.cr.execute(SQL("DROP TABLE crm_customer_touched"))
        self.invalidate_model()
        return gone + written + classified

    def _sql_touched(self, run):
        """Customers whose figures may be others than at the last run.

        Those with changed documents, and those whose documents entered or left the
        window, or the window before it, since then. All of them when the window itself
        changed, in a full run, or back in time.
        """
        company, last = run.company_id, run.policy_id.last_run_id
        if (
            run.kind == "full"
            or not last
            or last.window_days != run.window_days
            or last.as_of > run.as_of
        ):
            return SQL(
                """
                SELECT partner_id FROM crm_customer_fact WHERE company_id = %(company)s
                UNION
                SELECT partner_id FROM crm_customer_profile
                WHERE company_id = %(company)s
                """,
                company=company.id,
            )
        days = run.window_days
        bands = [
            SQL(
                "date > %s AND date <= %s",
                fields.Date.subtract(last.as_of, days=back),
                fields.Date.subtract(run.as_of, days=back),
            )
            for back in (0, days, 2 * days)
        ]
        return SQL(
            """
            SELECT partner_id FROM crm_customer_queue
            WHERE company_id = %(company)s AND run_id IS NOT NULL
            UNION
            SELECT partner.commercial_partner_id
            FROM crm_customer_queue queue
            JOIN res_partner partner ON partner.id = queue.partner_id
            WHERE queue.company_id = %(company)s AND queue.run_id IS NOT NULL
            UNION
            SELECT partner_id FROM crm_customer_fact
            WHERE company_id = %(company)s AND (%(bands)s)
            """,
            company=company.id,
            bands=SQL(" OR ").join(bands),
        )

    def _query_delete(self, run):
        """Profiles of customers without facts, and of insiders, go; history stays."""
        return SQL(
            """
            WITH gone AS (
                DELETE FROM crm_customer_profile profile
                WHERE profile.company_id = %(company)s AND (
                    %(internal)s
                    OR profile.partner_id IN (
                        SELECT partner_id FROM crm_customer_touched
                    )
                        AND NOT EXISTS (
                            SELECT FROM crm_customer_fact fact
                            WHERE fact.partner_id = profile.partner_id
                                AND fact.company_id = profile.company_id
                                AND fact.date <= %(as_of)s
                        )
                )
                RETURNING partner_id, tier_id
            ),
            logged AS (
                INSERT INTO crm_customer_tier_change (
                    partner_id, company_id, date, kind, from_tier_id, standing, revenue
                )
                SELECT partner_id, %(company)s, %(as_of)s, 'left', tier_id,
                    'no_sales', 0
                FROM gone
                WHERE tier_id IS NOT NULL
            )
            SELECT COUNT(*) FROM gone
            """,
            company=run.company_id.id,
            as_of=run.as_of,
            internal=self.env["crm.customer.ledger"]._sql_internal(
                SQL("profile.partner_id")
            ),
        )

    def _query_figures(self, run):
        """Write the windowed figures of the touched customers, where they differ."""
        start = run.policy_id._get_window_start(run.as_of)
        figures = [
            "revenue",
            "revenue_previous",
            "discount",
            "document_count",
            "line_count",
            "purchase_count",
            "first_purchase_date",
            "last_purchase_date",
        ]
        columns = SQL(", ").join(map(SQL.identifier, figures))
        excluded = SQL(", ").join(SQL.identifier("excluded", f) for f in figures)
        return SQL(
            """
            WITH figure AS (
                SELECT partner_id,
                    COALESCE(SUM(revenue) FILTER (WHERE now), 0) AS revenue,
                    COALESCE(SUM(revenue) FILTER (WHERE before), 0)
                        AS revenue_previous,
                    COALESCE(SUM(discount) FILTER (WHERE now), 0) AS discount,
                    COALESCE(SUM(document_count) FILTER (WHERE now), 0)
                        AS document_count,
                    COALESCE(SUM(line_count) FILTER (WHERE now), 0) AS line_count,
                    COUNT(DISTINCT date) FILTER (WHERE now AND purchase_count > 0)
                        AS purchase_count,
                    MIN(date) FILTER (WHERE purchase_count > 0)
                        AS first_purchase_date,
                    MAX(date) FILTER (WHERE purchase_count > 0)
                        AS last_purchase_date
                FROM (
                    SELECT fact.*, date >= %(start)s AS now,
                        date >= %(before)s AND date < %(start)s AS before
                    FROM crm_customer_fact fact
                    WHERE company_id = %(company)s AND date <= %(as_of)s
                        AND partner_id IN (SELECT partner_id FROM crm_customer_touched)
                ) dated
                WHERE NOT %(internal)s
                GROUP BY partner_id
            ),
            written AS (
                INSERT INTO crm_customer_profile AS profile
                    (partner_id, company_id, standing, %(columns)s)
                SELECT partner_id, %(company)s, 'no_sales', %(columns)s
                FROM figure
                ON CONFLICT (partner_id, company_id) DO UPDATE
                    SET (%(columns)s) = ROW(%(excluded)s)
                    WHERE (%(current)s) IS DISTINCT FROM (%(excluded)s)
                RETURNING 1
            )
            SELECT COUNT(*) FROM written
            """,
            start=start,
            before=fields.Date.subtract(start, days=run.window_days),
            company=run.company_id.id,
            as_of=run.as_of,
            internal=self.env["crm.customer.ledger"]._sql_internal(SQL("partner_id")),
            columns=columns,
            excluded=excluded,
            current=SQL(", ").join(SQL.identifier("profile", f) for f in figures),
        )

    def _query_classify(self, run):
        """Standing and computed tier of every customer, written where they differ."""
        policy = run.policy_id
        newest = fields.Date.subtract(run.as_of, days=policy.newcomer_days)
        participants = policy._query_participants()
        return SQL(
            """
            WITH standing AS (
                SELECT id, partner_id, revenue, CASE
                    WHEN partner_id NOT IN (%(participants)s) THEN 'excluded'
                    WHEN purchase_count = 0 AND revenue = 0 THEN 'no_sales'
                    WHEN revenue <= 0 THEN 'not_positive'
                    WHEN first_purchase_date IS NULL
                        OR first_purchase_date > %(newest)s THEN 'too_new'
                    ELSE 'ranked'
                END AS standing
                FROM crm_customer_profile
                WHERE company_id = %(company)s
            ),
            ranked AS (
                SELECT id, revenue,
                    SUM(revenue) OVER ranking - revenue AS before,
                    SUM(revenue) OVER () AS total,
                    ROW_NUMBER() OVER ranking - 1 AS ahead,
                    COUNT(*) OVER () AS customers
                FROM standing
                WHERE standing = 'ranked'
                WINDOW ranking AS (
                    ORDER BY revenue DESC, partner_id ROWS UNBOUNDED PRECEDING
                )
            ),
            classified AS (
                SELECT standing.id, standing.standing, cut.tier_id
                FROM standing
                LEFT JOIN (
                    SELECT id, %(cut)s AS tier_id FROM ranked
                ) cut ON cut.id = standing.id
            ),
            written AS (
                UPDATE crm_customer_profile profile
                SET standing = classified.standing,
                    computed_tier_id = classified.tier_id
                FROM classified
                WHERE profile.id = classified.id
                    AND (profile.standing, profile.computed_tier_id)
                        IS DISTINCT FROM (classified.standing, classified.tier_id)
                RETURNING 1
            )
            SELECT COUNT(*) FROM written
            """,
            participants=participants.select(),
            newest=newest,
            company=run.company_id.id,
            cut=policy._sql_cut(),
        )

    def _set_tiers(self, policy, day, decide=False, margin=True):
        """Let customers change tier, and write why.

        Every night overrides begin and end, those who leave the pyramid lose their tier
        and those who enter it get their first one. On a decision everybody takes the
        computed tier, unless that lies within the margin (``_query_targets``).

        :param decide: whether this is a decision
        :param margin: whether the margin to change applies
        :return: number of customers whose tier changed
        """
        query = SQL(
            """
            WITH %(targets)s,
            change AS (
                SELECT target.*, tier.id AS to_tier_id
                FROM target
                LEFT JOIN tier ON tier.place = target.to_place
            ),
            written AS (
                UPDATE crm_customer_profile profile
                SET tier_id = COALESCE(change.override_tier_id, change.to_tier_id),
                    tier_since = CASE WHEN change.from_tier_id IS DISTINCT FROM
                        COALESCE(change.override_tier_id, change.to_tier_id)
                        THEN %(day)s ELSE profile.tier_since END,
                    pending_tier_id = change.new_pending_tier_id,
                    pending_on = change.new_pending_on,
                    override_id = change.override_id
                FROM change
                WHERE change.id = profile.id AND (
                    profile.tier_id, profile.pending_tier_id, profile.pending_on,
                    profile.override_id
                ) IS DISTINCT FROM (
                    COALESCE(change.override_tier_id, change.to_tier_id),
                    change.new_pending_tier_id, change.new_pending_on,
                    change.override_id
                )
                RETURNING change.*, profile.tier_id AS now_tier_id
            ),
            logged AS (
                INSERT INTO crm_customer_tier_change (
                    partner_id, company_id, date, kind, from_tier_id, to_tier_id,
                    standing, revenue, rank, ranked_count, first_purchase_date,
                    override_id
                )
                SELECT partner_id, %(company)s, %(day)s,
                    CASE WHEN override_id IS NOT NULL THEN 'override'
                        WHEN old_override_id IS NOT NULL THEN 'expired'
                        WHEN now_tier_id IS NULL THEN 'left'
                        WHEN from_tier_id IS NULL THEN 'entered'
                        ELSE 'decision' END,
                    from_tier_id, now_tier_id, standing, revenue, rank, ranked_count,
                    first_purchase_date, COALESCE(override_id, old_override_id)
                FROM written
                WHERE from_tier_id IS DISTINCT FROM now_tier_id
                    OR old_override_id IS DISTINCT FROM override_id
                RETURNING 1
            )
            SELECT COUNT(*) FROM logged
            """,
            targets=self._query_targets(policy, day, decide, margin),
            company=policy.company_id.id,
            day=day,
        )
        [[count]] = self.env.execute_query(query)
        self.invalidate_model()
        return count

    def _query_targets(self, policy, day, decide, margin):
        """CTEs up to ``target``: where each customer of the company goes, and why.

        Tiers are counted by place, 1 the best. The edge of a tier is the revenue of the
        last customer inside it or any better one; for that customer itself, that of the
        first one outside; with absolute amounts, where the tier begins.
        Up: the best tier whose edge the revenue exceeds by the margin. Down: past each
        tier whose edge it falls short of by the margin. Who is beyond the cut but
        within the margin is noted, and moves if the next decision, on another day,
        finds it on the same side.
        """
        share = policy.change_margin / 100 if margin else 0
        tiers = policy.tier_ids.sorted()
        retired = policy.with_context(active_test=False).tier_ids - tiers
        places = SQL(", ").join(
            SQL("(%s, %s, %s::numeric)", tier.id, place, str(tier.amount_from))
            for place, tier in enumerate([*tiers, *retired], start=1)
        )
        edge = outside = SQL("tier.amount_from")
        if policy.cut_method != "amount":
            edge = SQL("MIN(MIN(ranked.revenue)) OVER (ORDER BY tier.place)")
            outside = SQL(
                "MAX(MAX(ranked.revenue)) OVER (ORDER BY tier.place"
                " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
            )
        return SQL(
            """
            tier (id, place, amount_from) AS (VALUES %(places)s),
            ranked AS (
                SELECT profile.id, tier.place, revenue,
                    ROW_NUMBER() OVER (ORDER BY revenue DESC, partner_id) AS rank,
                    COUNT(*) OVER () AS ranked_count
                FROM crm_customer_profile profile
                JOIN tier ON tier.id = profile.computed_tier_id
                WHERE company_id = %(company)s AND standing = 'ranked'
            ),
            edge AS (
                SELECT tier.place, %(edge)s AS revenue, %(outside)s AS outside
                FROM tier
                LEFT JOIN ranked ON ranked.place = tier.place
                GROUP BY tier.place, tier.amount_from
            ),
            wish AS (
                SELECT profile.id, profile.partner_id, profile.standing,
                    profile.revenue, profile.first_purchase_date,
                    profile.tier_id AS from_tier_id, profile.computed_tier_id,
                    profile.override_id AS old_override_id,
                    profile.pending_tier_id, profile.pending_on,
                    ranked.rank, ranked.ranked_count, ranked.place AS wished,
                    -- under an override the tier before it is the computed one
                    CASE WHEN profile.override_id IS NULL THEN held.place
                        ELSE ranked.place END AS held,
                    SIGN(waiting.place - held.place) AS pending_side,
                    override.id AS override_id, override.tier_id AS override_tier_id
                FROM crm_customer_profile profile
                LEFT JOIN ranked ON ranked.id = profile.id
                LEFT JOIN tier held ON held.id = profile.tier_id
                LEFT JOIN tier waiting ON waiting.id = profile.pending_tier_id
                LEFT JOIN crm_customer_tier_override override
                    ON override.partner_id = profile.partner_id
                    AND override.company_id = profile.company_id
                    AND override.active
                    AND %(day)s BETWEEN override.date_from AND override.date_to
                WHERE profile.company_id = %(company)s
            ),
            passed AS (
                SELECT wish.*,
                    CASE
                        WHEN wished < held THEN (
                            SELECT MIN(edge.place) FROM edge
                            WHERE edge.place >= wished AND edge.place < held
                                AND wish.revenue >= (1 + %(share)s) * CASE
                                    WHEN wish.revenue = edge.revenue
                                        THEN COALESCE(edge.outside, 0)
                                    ELSE edge.revenue END
                        )
                        WHEN wished > held THEN (
                            SELECT MAX(edge.place) + 1 FROM edge
                            WHERE edge.place >= held AND edge.place < wished
                                AND wish.revenue <= edge.revenue * (1 - %(share)s)
                        )
                    END AS beyond,
                    pending_on < %(day)s AND pending_side = SIGN(wished - held)
                        AS again
                FROM wish
            ),
            settled AS (
                SELECT passed.*,
                    CASE
                        WHEN wished IS NULL OR held IS NULL OR wished = held
                            OR %(decide)s AND held > %(last)s THEN wished
                        WHEN NOT %(decide)s THEN held
                        WHEN again AND %(repeated)s THEN wished
                        ELSE COALESCE(beyond, held)
                    END AS to_place
                FROM passed
            ),
            target AS (
                SELECT settled.*,
                    CASE
                        WHEN wished IS NOT NULL AND NOT %(decide)s THEN pending_tier_id
                        WHEN to_place <> wished THEN computed_tier_id
                    END AS new_pending_tier_id,
                    CASE
                        WHEN wished IS NOT NULL AND NOT %(decide)s
                            OR to_place <> wished AND to_place = held
                                AND pending_side = SIGN(wished - held) THEN pending_on
                        WHEN to_place <> wished THEN %(day)s::date
                    END AS new_pending_on
                FROM settled
            )
            """,
            places=places,
            edge=edge,
            outside=outside,
            company=policy.company_id.id,
            day=day,
            share=SQL("%s::numeric", str(share)),
            decide=bool(decide),
            repeated=bool(margin and policy.change_repeated),
            last=len(tiers),
        )

    @api.model
    def _get_tiers(self, partners, company):
        """Current tier per commercial partner, in one query.

        :return: {id of the commercial partner: tier}
        """
        # sudo: who may write an order or invoice may see the tier of its customer
        # according to the groups of the field, which the caller checks
        profiles = self.sudo().search_fetch(
            [
                ("partner_id", "in", partners.commercial_partner_id.ids),
                ("company_id", "=", company.sudo().root_id.id),
            ],
            ["partner_id", "tier_id"],
        )
        return {profile.partner_id.id: profile.tier_id for profile in profiles}

    # ------------------------------------------------------------------
    # Explain
    # ------------------------------------------------------------------

    def _get_counted_domain(self, start, end):
        """The ledger items behind the figures of these customers."""
        return Domain(
            [
                ("kind", "=", "counted"),
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("date", ">=", fields.Date.to_string(start)),
                ("date", "<=", fields.Date.to_string(end)),
            ]
        )

    def action_explain(self):
        """Open exactly the document lines that the revenue of the window counts."""
        self.ensure_one()
        self.check_access("read")
        if self._has_changed_documents():
            # a document in the figure is no longer what it was: no list could add up
            notification = self.action_recompute()
            if not self.exists():
                return notification  # it was the customer's last one
        policy = self._get_policies()[self.company_id]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_ledger_explain"
        )
        domain = self._get_counted_domain(policy.window_start, policy.as_of)
        action["domain"] = list(domain)
        action["name"] = action["display_name"] = self.env._(
            "%(customer)s: what makes up %(amount)s",
            customer=self.partner_id.display_name,
            amount=format_amount(self.env, self.revenue, self.currency_id),
        )
        action["context"] = {
            "search_default_counted_then": 1,
            "search_default_by_document": 1,
            "loyalty_profile_id": self.id,
        }
        return action

    def _has_changed_documents(self):
        """Whether a counted document was reset or changed since the last run."""
        [[changed]] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM crm_customer_queue queue
                    JOIN res_partner partner ON partner.id = queue.partner_id
                    WHERE queue.was_counted
                        AND partner.commercial_partner_id IN %s
                        AND queue.company_id IN %s
                )
                """,
                tuple(self.partner_id.ids),
                tuple(self.company_id.ids),
            )
        )
        return changed

    def action_recompute(self):
        """Take in the documents since the last run."""
        self.check_access("read")
        # sudo: a run reads and writes everybody's figures alike; starting one is no
        # privilege, it only happens earlier
        policy = self._get_policies()[self.company_id]
        return policy.sudo().action_run()

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
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_tier_id": self.tier_id.id,
            },
        )
        return action

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
