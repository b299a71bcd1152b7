# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from .crm_customer_profile_analysis_run import CLASSES, RHYTHM


class CrmCustomerProfile(models.Model):
    """Phase 2 of a run: figures and standing of the customers, set-based."""

    _inherit = "crm.customer.profile"

    def _refresh(self, run):
        """Figures of the customers that changed, then tiers and classes of all.

        :return: number of profiles inserted, changed or deleted
        """
        policy = run.policy_id
        basis = policy._get_series_basis(run.as_of)
        self._create_touched(run, everybody=basis != policy.series_basis)
        [[gone]] = self.env.execute_query(self._query_delete(run))
        if run.kind == "full":
            # facts of everybody are read one after the other, not day by day
            self.env.cr.execute("SET LOCAL enable_indexscan = off")
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE crm_customer_figure ON COMMIT DROP AS %s",
                self._query_figures(run),
            )
        )
        if run.kind == "full":
            run.todo = run.done = self.env.cr.rowcount
        self.env.cr.execute("SET LOCAL enable_indexscan = on")
        run._analyze("crm_customer_figure", "partner_id")
        served = self._refresh_service(run)
        # the planner cannot tell how many rows come out of what is sorted and numbered
        self.env.cr.execute("SET LOCAL enable_mergejoin = off")
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE crm_customer_class ON COMMIT DROP AS %s",
                self._query_classify(run),
            )
        )
        self.env.cr.execute("SET LOCAL enable_mergejoin = on")
        [[written]] = self.env.execute_query(self._query_write(run))
        if run.kind == "full":
            run._analyze(self._table, "partner_id", "company_id", "standing")
        written += self.env["crm.customer.risk"]._refresh(run)
        self.env.cr.execute(
            SQL(
                "DROP TABLE IF EXISTS crm_customer_touched, crm_customer_figure,"
                " crm_customer_class"
            )
        )
        if basis != policy.series_basis:
            policy.series_basis = basis
        self.env.invalidate_all()  # contacts and documents show it, too
        return gone + served + written

    def _create_touched(self, run, everybody):
        """A temporary table of the customers, and entities of groups, to read again.

        A full run needs none: see ``_sql_touched``.
        """
        entities = self.env["crm.customer.entity"]
        regrouped = entities._refresh(run.company_id, run.as_of)
        if run.kind == "full":
            return
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS crm_customer_touched"))
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE crm_customer_touched ON COMMIT DROP AS %s"
                " UNION SELECT UNNEST(%s::int[])",
                self._query_touched(run, everybody),
                regrouped,
            )
        )
        self.env.cr.execute(self._query_touch_groups(run))
        run._analyze("crm_customer_touched", "partner_id")

    def _sql_touched(self, run, more=None):
        """Whether the run reads a customer, or entity, again.

        SQL condition without its left side, on the id of the contact.

        :param more: SQL query of ids that it looks at, too
        """
        if run.kind == "full":
            return SQL("IS NOT NULL")
        return SQL(
            "IN (SELECT partner_id FROM crm_customer_touched%s)",
            SQL(" UNION ALL %s", more) if more else SQL(),
        )

    def _query_touched(self, run, everybody):
        """Customers whose figures may be others than at the last run.

        Those with changed documents, and those whose documents entered or left the
        window, or the window before it, since then. All of them when the window itself
        changed, or back in time.

        :param everybody: whether all are to be read for another reason
        """
        company, last = run.company_id, run.policy_id.last_run_id
        if (
            everybody
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
        days = [
            day
            for back in (0, run.window_days, 2 * run.window_days)
            for day in (
                fields.Date.subtract(last.as_of, days=back),
                fields.Date.subtract(run.as_of, days=back),
            )
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
            %(dated)s
            """,
            company=company.id,
            dated=self.env["crm.customer.ledger"]._query_dated(
                company, list(zip(days[::2], days[1::2], strict=True))
            ),
        )

    def _query_touch_groups(self, run):
        """Who touches an entity of a group touches its head and all other members."""
        return SQL(
            """
            INSERT INTO crm_customer_touched (partner_id)
            SELECT DISTINCT other.partner_id
            FROM crm_customer_entity entity
            JOIN crm_customer_touched touched ON touched.partner_id = entity.partner_id
            JOIN crm_customer_entity other
                ON other.customer_id = entity.customer_id
                AND other.company_id = entity.company_id
            WHERE entity.company_id = %s
            """,
            run.company_id.id,
        )

    def _query_delete(self, run):
        """Profiles of customers that are none any more go; history stays.

        Insiders, customers without facts, and those who joined a group, or whose group
        began or ended: whoever they count for now is another customer, which gets its
        first tier anew.
        """
        return SQL(
            """
            WITH stale AS (
                SELECT profile.id, %(internal)s AS is_internal,
                    (profile.partner_id, profile.group_id) IS DISTINCT FROM
                        (COALESCE(grouped.customer_id, profile.partner_id),
                            grouped.group_id) AS is_regrouped,
                    COALESCE(grouped.group_id, profile.group_id) AS group_id,
                    grouped.group_id IS NOT NULL AS is_grouped
                FROM crm_customer_profile profile
                %(join)s
                WHERE profile.company_id = %(company)s
                    AND profile.partner_id %(touched)s
            ),
            gone AS (
                DELETE FROM crm_customer_profile profile
                USING stale
                WHERE stale.id = profile.id
                    AND (is_internal OR is_regrouped OR NOT %(has_facts)s)
                RETURNING profile.*, stale.group_id AS now_group_id,
                    CASE WHEN is_internal OR NOT is_regrouped THEN 'left'
                        WHEN is_grouped THEN 'grouped' ELSE 'ungrouped' END AS kind
            ),
            logged AS (
                INSERT INTO crm_customer_tier_change (
                    partner_id, company_id, date, kind, from_tier_id, standing, revenue,
                    group_id
                )
                SELECT partner_id, %(company)s, %(as_of)s, kind, tier_id,
                    CASE WHEN kind = 'left' THEN 'no_sales' ELSE standing END,
                    CASE WHEN kind = 'left' THEN 0 ELSE revenue END,
                    CASE WHEN kind <> 'left' THEN now_group_id END
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
            touched=self._sql_touched(
                run, more=self.env["crm.customer.ledger"]._query_internal()
            ),
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("profile.partner_id"), SQL("profile.company_id")
            ),
            has_facts=SQL(
                """(
                    -- one look into the index each: EXISTS would read all facts first
                    (
                        SELECT TRUE FROM crm_customer_fact fact
                        WHERE fact.partner_id = profile.partner_id
                            AND fact.company_id = profile.company_id
                            AND fact.date <= %(as_of)s
                        LIMIT 1
                    ) IS TRUE
                    OR EXISTS (
                        SELECT FROM crm_customer_entity entity
                        JOIN crm_customer_fact fact USING (partner_id, company_id)
                        WHERE entity.customer_id = profile.partner_id
                            AND entity.company_id = profile.company_id
                            AND fact.date <= %(as_of)s
                    )
                )""",
                as_of=run.as_of,
            ),
        )

    #: what a run computes of the facts of each customer that it touches
    _FIGURES = (
        "group_id",
        "revenue",
        "revenue_previous",
        "discount",
        "document_count",
        "line_count",
        "purchase_count",
        "cost",
        "revenue_uncosted",
        "first_purchase_date",
        "last_purchase_date",
        *RHYTHM,
    )
    #: those of them that customers are judged by
    _BASIS = (
        "revenue",
        "cost",
        "revenue_uncosted",
        "purchase_count",
        "first_purchase_date",
        "last_purchase_date",
        "occasion_count",
        "gap_median",
        "gap_spread",
        "revenue_at_last",
        "period_count",
        "variation",
    )
    #: what a run finds out about every customer
    _JUDGEMENT = (
        "direct_cost",
        "service_cost",
        "service_profit",
        "standing",
        "computed_tier_id",
        *CLASSES,
    )

    def _query_figures(self, run):
        """Figures and rhythm of the touched customers, from one pass over the facts.

        They are sorted once, by customer, kind and day, and all is added up from that.
        """
        policy = run.policy_id
        start = policy._get_window_start(run.as_of)
        bounds = policy._get_series_bounds(run.as_of, policy.xyz_period)
        return SQL(
            """
            WITH sale AS (
                SELECT COALESCE(grouped.customer_id, fact.partner_id) AS customer_id,
                    grouped.group_id, date, revenue, discount, cost, revenue_uncosted,
                    document_count, line_count, purchase_count > 0 AS is_purchase
                FROM crm_customer_fact fact
                %(join)s
                WHERE fact.company_id = %(company)s AND date <= %(as_of)s
                    AND fact.partner_id %(touched)s AND NOT %(internal)s
            ),
            marked AS (SELECT *, %(marks)s FROM sale),
            summed AS (
                SELECT customer_id, MAX(group_id) AS group_id,
                    COALESCE(MIN(date) FILTER (WHERE is_purchase), MIN(date))
                        AS first_date,
                    %(money)s, %(rhythm)s, %(periods)s, %(changes)s
                FROM marked
                GROUP BY customer_id
            )
            SELECT customer_id AS partner_id, %(columns)s
            FROM summed
            CROSS JOIN LATERAL (%(series)s) series
            CROSS JOIN LATERAL (
                SELECT %(fallen)s AS months_fallen, %(risen)s AS months_risen
            ) compared
            """,
            company=run.company_id.id,
            as_of=run.as_of,
            touched=self._sql_touched(run),
            internal=self.env["crm.customer.ledger"]._sql_internal(
                SQL("fact.partner_id")
            ),
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("fact.partner_id"), SQL("fact.company_id")
            ),
            marks=self._sql_marks(run),
            money=self._sql_money(start, run.window_days),
            rhythm=self._sql_rhythm(start),
            periods=self._sql_period_sums(bounds),
            series=self._sql_series(bounds),
            changes=self._sql_month_sums(),
            fallen=self._sql_months(SQL("<")),
            risen=self._sql_months(SQL(">")),
            columns=self._sql_columns(self._FIGURES),
        )

    def _sql_money(self, start, days):
        """What a customer brought, as aggregates; nothing is zero.

        :param start: first day of the window
        :param days: its length, and that of the window before it
        """
        window = SQL("date >= %s", start)
        before = SQL(
            "date >= %s AND date < %s", fields.Date.subtract(start, days=days), start
        )
        sums = [
            ("revenue", "revenue", window),
            ("revenue_previous", "revenue", before),
            ("discount", "discount", window),
            ("discount_previous", "discount", before),
            ("document_count", "document_count", window),
            ("line_count", "line_count", window),
            ("cost", "cost", window),
            ("revenue_uncosted", "revenue_uncosted", window),
            ("revenue_at_last", "revenue", SQL("date > last_date - %s", days)),
        ]
        return SQL(", ").join(
            SQL(
                "COALESCE(SUM(%s) FILTER (WHERE %s), 0) AS %s",
                SQL.identifier(summed),
                counted,
                SQL.identifier(name),
            )
            for name, summed, counted in sums
        )

    def _query_classify(self, run):
        """Standing, computed tier and classes of every customer.

        Those that were not touched keep their figures, but compare with others, and
        with another day.
        """
        policy = run.policy_id
        return SQL(
            """
            WITH customer AS (
                SELECT partner_id AS id, %(basis)s FROM crm_customer_figure
                UNION ALL
                SELECT partner_id, %(basis)s FROM crm_customer_profile
                WHERE company_id = %(company)s AND partner_id NOT IN (
                    SELECT partner_id FROM crm_customer_figure
                )
            ),
            served AS (%(served)s),
            standing AS MATERIALIZED (
                SELECT served.*, %(value)s AS value, CASE
                    WHEN NOT %(participates)s THEN 'excluded'
                    WHEN purchase_count = 0 AND revenue = 0 THEN 'no_sales'
                    WHEN %(value)s IS NULL THEN 'cost_unknown'
                    WHEN %(value)s <= 0 THEN 'not_positive'
                    WHEN first_purchase_date IS NULL
                        OR first_purchase_date > %(newest)s THEN 'too_new'
                    ELSE 'ranked'
                END AS standing
                FROM served
            ),
            %(places)s,
            %(classes)s
            SELECT id AS partner_id, %(columns)s FROM classified
            """,
            basis=self._sql_columns(self._BASIS),
            served=self._query_served(policy),
            value=policy._sql_value("served"),
            participates=policy._sql_participates(SQL("id")),
            newest=fields.Date.subtract(run.as_of, days=policy.newcomer_days),
            company=run.company_id.id,
            places=self._sql_places(policy),
            classes=self._sql_classes(run),
            columns=self._sql_columns(self._JUDGEMENT),
        )

    def _sql_places(self, policy):
        """CTEs up to ``tiered``: what follows from the order of the customers.

        The rows ``standing`` with tier, ABC class and money score. They are sorted
        twice only when tiers are not cut by revenue.
        """
        order = "ORDER BY %s DESC, id ROWS UNBOUNDED PRECEDING"
        buyers = SQL("(SELECT buyers FROM everybody)")
        return SQL(
            """
            everybody AS (
                SELECT SUM(value) FILTER (WHERE standing = 'ranked') AS total,
                    COUNT(*) FILTER (WHERE standing = 'ranked') AS customers,
                    SUM(GREATEST(revenue, 0)) AS revenue_total,
                    COUNT(*) FILTER (WHERE purchase_count > 0) AS buyers
                FROM standing
            ),
            sorted AS (
                SELECT *,
                    SUM(value) FILTER (WHERE standing = 'ranked') OVER (%(by_value)s)
                        - value AS before,
                    COUNT(*) FILTER (WHERE standing = 'ranked')
                        OVER (%(by_value)s) - 1 AS ahead,
                    SUM(GREATEST(revenue, 0)) OVER (%(by_revenue)s) - revenue
                        AS revenue_before,
                    -- those of equal revenue count, too
                    COUNT(*) FILTER (WHERE purchase_count > 0)
                        OVER (ORDER BY revenue DESC) AS buyers_ahead
                FROM standing
            ),
            tiered AS (
                SELECT *, CASE WHEN standing = 'ranked' THEN %(cut)s END
                        AS computed_tier_id,
                    %(abc)s AS abc, %(score)s AS m
                FROM sorted
            )
            """,
            cut=policy._sql_cut(),
            abc=self._sql_abc(policy),
            score=self._sql_score(SQL("%s - buyers_ahead", buyers), buyers),
            # the expression, not its result: the same order needs no second sort
            by_value=SQL(order, policy._sql_value("standing")),
            by_revenue=SQL(order, SQL("standing.revenue")),
        )

    def _query_write(self, run):
        """Write what was found out about the customers, where it differs."""
        columns = (*self._FIGURES, *self._JUDGEMENT)
        return SQL(
            """
            WITH fresh AS NOT MATERIALIZED (
                SELECT * FROM crm_customer_figure
                JOIN crm_customer_class USING (partner_id)
            ),
            judged AS (
                UPDATE crm_customer_profile profile
                SET (%(judgement)s) = ROW(%(new_judgement)s)
                FROM crm_customer_class class
                WHERE profile.partner_id = class.partner_id
                    AND profile.company_id = %(company)s
                    AND class.partner_id NOT IN (
                        SELECT partner_id FROM crm_customer_figure
                    )
                    AND (%(current_judgement)s) IS DISTINCT FROM (%(new_judgement)s)
                RETURNING 1
            ),
            changed AS (
                UPDATE crm_customer_profile profile
                SET (%(columns)s) = ROW(%(new)s)
                FROM fresh
                WHERE profile.partner_id = fresh.partner_id
                    AND profile.company_id = %(company)s
                    AND (%(current)s) IS DISTINCT FROM (%(new)s)
                RETURNING 1
            ),
            added AS (
                INSERT INTO crm_customer_profile (partner_id, company_id, %(columns)s)
                SELECT partner_id, %(company)s, %(columns)s
                FROM fresh
                WHERE NOT EXISTS (
                    SELECT FROM crm_customer_profile profile
                    WHERE profile.partner_id = fresh.partner_id
                        AND profile.company_id = %(company)s
                )
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM judged) + (SELECT COUNT(*) FROM changed)
                + (SELECT COUNT(*) FROM added)
            """,
            company=run.company_id.id,
            judgement=self._sql_columns(self._JUDGEMENT),
            new_judgement=self._sql_columns(self._JUDGEMENT, "class"),
            current_judgement=self._sql_columns(self._JUDGEMENT, "profile"),
            columns=self._sql_columns(columns),
            new=self._sql_columns(columns, "fresh"),
            current=self._sql_columns(columns, "profile"),
        )

    def _sql_columns(self, names, *table):
        return SQL(", ").join(SQL.identifier(*table, name) for name in names)
