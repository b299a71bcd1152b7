# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL


class CrmCustomerProfile(models.Model):
    """Phase 2 of a run: figures and standing of the customers, set-based."""

    _inherit = "crm.customer.profile"

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
        classified += self._analyze_customers(run)
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
