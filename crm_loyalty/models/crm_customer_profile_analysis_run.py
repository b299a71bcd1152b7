# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.classes import MIN_PERIODS
from ..tools.rfm import SEGMENT_OF_CODE
from .crm_loyalty_policy_analysis import PERIOD_MONTHS

#: a customer's own gaps weigh as many as there are, those of its like as many as this
PEER_WEIGHT = 3
#: columns of a profile: how the customer buys
RHYTHM = (
    "occasion_count",
    "gap_median",
    "gap_spread",
    "revenue_at_last",
    "discount_previous",
    "period_count",
    "variation",
    "months_fallen",
    "months_risen",
)
#: columns of a profile: what follows from that, from all others, and from the day
CLASSES = (
    "abc_class",
    "xyz_class",
    "rfm_r",
    "rfm_f",
    "rfm_m",
    "rfm_segment",
    "relation_state",
    "usual_gap",
    "expected_date",
    "money_at_risk",
)


class CrmCustomerProfile(models.Model):
    """Analysis in phase 2 of a run: parts of its two statements.

    How customers buy is read from the facts together with the figures, of the customers
    that changed only. Classes and state compare all customers with each other and with
    the as-of day, and are written together with tiers.
    """

    _inherit = "crm.customer.profile"

    def _sql_sales(self, run):
        """The facts up to the as-of day, of the touched customers.

        ``customer_id``, ``date``, ``revenue``, ``discount``, ``purchase_count``, in any
        number of rows a day.
        """
        return SQL(
            """
            SELECT COALESCE(grouped.customer_id, fact.partner_id) AS customer_id,
                date, revenue, discount, purchase_count
            FROM crm_customer_fact fact
            %(join)s
            WHERE fact.company_id = %(company)s AND date <= %(as_of)s
                AND fact.partner_id IN (SELECT partner_id FROM crm_customer_touched)
            """,
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("fact.partner_id"), SQL("fact.company_id")
            ),
            company=run.company_id.id,
            as_of=run.as_of,
        )

    def _sql_rhythm(self, start):
        """CTEs up to ``rhythm``: when the customers bought, on the table ``sale``.

        :param start: first day of the window
        """
        return SQL(
            """
            occasion AS (
                -- several addresses of one day are one occasion, and no gap
                SELECT customer_id, date, NULLIF(
                    date - LAG(date) OVER (PARTITION BY customer_id ORDER BY date), 0
                ) AS gap, LAG(date) OVER (PARTITION BY customer_id ORDER BY date)
                    IS DISTINCT FROM date AS is_new
                FROM sale
                WHERE purchase_count > 0
            ),
            rhythm AS (
                SELECT customer_id, COUNT(*) FILTER (WHERE is_new) AS occasion_count,
                    COUNT(*) FILTER (WHERE is_new AND date >= %s) AS purchase_count,
                    MIN(date) AS first_date, MAX(date) AS last_date,
                    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap)::numeric
                        AS gap_median,
                    ROUND(STDDEV_POP(gap), 4) AS gap_spread
                FROM occasion
                GROUP BY customer_id
            )
            """,
            start,
        )

    def _sql_classes(self, run):
        """CTEs up to ``classified``: the rows ``tiered`` with classes and state."""
        return SQL(
            """
            recency AS (%(recency)s),
            frequency AS (%(frequency)s),
            segment (code, name) AS (VALUES %(segments)s),
            judged AS (
                SELECT tiered.*, abc AS abc_class, %(xyz)s AS xyz_class,
                    recency.score AS rfm_r, frequency.score AS rfm_f,
                    CASE WHEN tiered.purchase_count > 0 THEN m END AS rfm_m,
                    segment.name AS rfm_segment, %(state)s AS relation_state
                FROM tiered
                LEFT JOIN recency ON recency.purchased = tiered.last_purchase_date
                    AND tiered.purchase_count > 0
                LEFT JOIN frequency ON frequency.purchased = tiered.purchase_count
                LEFT JOIN segment ON segment.code
                    = 100 * recency.score + 10 * frequency.score + m
            ),
            peer AS MATERIALIZED (%(peers)s),
            classified AS (
                SELECT *,
                    last_purchase_date + ROUND(usual_gap)::int AS expected_date,
                    CASE WHEN relation_state IN ('declining', 'lost')
                            AND last_purchase_date >= %(window_start)s
                        THEN GREATEST(revenue_at_last, 0) ELSE 0
                    END AS money_at_risk
                FROM (%(gap)s) gap
            )
            """,
            recency=self._query_scores("last_purchase_date"),
            frequency=self._query_scores("purchase_count"),
            segments=SQL(", ").join(
                SQL("(%s, %s)", code, segment)
                for code, segment in sorted(SEGMENT_OF_CODE.items())
            ),
            xyz=self._sql_xyz(run.policy_id),
            state=self._sql_state(run),
            peers=self._sql_peers(),
            gap=self._sql_gap(),
            window_start=run.policy_id._get_window_start(run.as_of),
        )

    # ------------------------------------------------------------------
    # The rules, as SQL; products share those of ABC and XYZ
    # ------------------------------------------------------------------

    @api.model
    def _sql_abc(self, policy):
        """The class by ``revenue``, and by that of all ahead, ``revenue_before``.

        The one who crosses a cut is inside; zero and less count as nothing in the
        ``revenue_total`` and are a class of their own.
        """
        return SQL(
            """CASE
                WHEN revenue <= 0 THEN 'n'
                WHEN revenue_before * 100 < revenue_total * %(cut_a)s::numeric THEN 'a'
                WHEN revenue_before * 100 < revenue_total * %(cut_b)s::numeric THEN 'b'
                ELSE 'c'
            END""",
            cut_a=str(policy.abc_cut_a),
            cut_b=str(policy.abc_cut_b),
        )

    @api.model
    def _sql_series(self, key, start, end, period):
        """Variation of the revenue per calendar period; empty periods count as zero.

        On the tables ``sale`` (key, date, revenue) and ``begun`` (key, first_date):
        nothing before the period of the first date counts. Standard deviation / mean =
        √(n Σx² − (Σx)²) / Σx.

        :param str key: the column that tells customers, or products, apart
        :param str period: ``month`` or ``quarter``
        :return: SQL of key, ``period_count`` and ``variation``; that is NULL with too
            few periods or with no revenue in them
        """
        return SQL(
            """
            SELECT %(key)s, period_count,
                CASE WHEN period_count >= %(min_periods)s AND total > 0 THEN ROUND(
                    SQRT(GREATEST(period_count * squares - total * total, 0)) / total, 6
                ) END AS variation
            FROM (
                SELECT counted.%(key)s, period_count,
                    COALESCE(SUM(period.revenue), 0) AS total,
                    COALESCE(SUM(period.revenue * period.revenue), 0) AS squares
                FROM (
                    SELECT %(key)s, first_period, GREATEST(0, (
                        12 * (EXTRACT(YEAR FROM %(end)s::date)
                            - EXTRACT(YEAR FROM first_period))
                        + EXTRACT(MONTH FROM %(end)s::date)
                        - EXTRACT(MONTH FROM first_period)
                    )::int / %(months)s) AS period_count
                    FROM (
                        SELECT %(key)s, GREATEST(
                            %(start)s,
                            DATE_TRUNC(%(period)s, first_date::timestamp)::date
                        ) AS first_period
                        FROM begun
                    ) aligned
                ) counted
                LEFT JOIN (
                    SELECT %(key)s, SUM(revenue) AS revenue,
                        -- without a time zone: that takes longer than the rest
                        DATE_TRUNC(%(period)s, date::timestamp)::date AS begins
                    FROM sale
                    WHERE date >= %(start)s AND date < %(end)s
                    GROUP BY %(key)s, begins
                ) period
                    ON period.%(key)s = counted.%(key)s
                    AND period.begins >= first_period
                GROUP BY counted.%(key)s, period_count
            ) summed
            """,
            key=SQL.identifier(key),
            min_periods=MIN_PERIODS,
            start=start,
            end=end,
            period=period,
            months=PERIOD_MONTHS[period],
        )

    def _sql_months(self, run):
        """Months with less, and with more, revenue than the same month a year before.

        Of the last twelve that are over, on the table ``sale``.
        """
        end = run.as_of.replace(day=1)
        return SQL(
            """
            SELECT customer_id,
                COUNT(*) FILTER (WHERE change < 0) AS months_fallen,
                COUNT(*) FILTER (WHERE change > 0) AS months_risen
            FROM (
                SELECT customer_id, SUM(
                    CASE WHEN date >= %(middle)s THEN revenue ELSE -revenue END
                ) AS change
                FROM sale
                WHERE date >= %(start)s AND date < %(end)s
                GROUP BY customer_id, EXTRACT(MONTH FROM date)::int
            ) compared
            GROUP BY customer_id
            """,
            start=end - relativedelta(years=2),
            middle=end - relativedelta(years=1),
            end=end,
        )

    @api.model
    def _sql_xyz(self, policy):
        """The class by ``period_count`` and ``variation`` of a row."""
        return SQL(
            """CASE
                WHEN COALESCE(period_count, 0) < %(min_periods)s THEN 'u'
                WHEN variation IS NULL THEN 'n'
                WHEN variation * 100 <= %(cut_x)s::numeric THEN 'x'
                WHEN variation * 100 <= %(cut_y)s::numeric THEN 'y'
                ELSE 'z'
            END""",
            min_periods=MIN_PERIODS,
            cut_x=str(policy.xyz_cut_x),
            cut_y=str(policy.xyz_cut_y),
        )

    def _sql_score(self, less, customers):
        """RFM score: the fifth that the share of those with less falls into.

        Equal customers have equal scores.
        """
        return SQL("LEAST(5, 1 + 5 * (%s) / GREATEST(%s - 1, 1))::int", less, customers)

    def _query_scores(self, column):
        """RFM score of each value of a column ``purchased`` with a purchase.

        Few days and numbers differ: they are sorted, not the customers.
        """
        return SQL(
            """
            SELECT purchased, %(score)s AS score
            FROM (
                SELECT purchased, number,
                    (SUM(number) OVER (ORDER BY purchased))::int AS upto,
                    (SUM(number) OVER ())::int AS customers
                FROM (
                    SELECT %(column)s AS purchased, COUNT(*) AS number
                    FROM standing
                    WHERE purchase_count > 0
                    GROUP BY 1
                ) counted
            ) sorted
            """,
            score=self._sql_score(SQL("upto - number"), SQL("customers")),
            column=SQL.identifier(column),
        )

    def _sql_gap(self):
        """The customers ``judged`` with their usual gap: their own median, shrunk.

        The fewer gaps a customer has, the more weighs the median of its RFM segment, in
        whole days; of all customers, where the segment has none.
        """
        return SQL(
            """
            SELECT judged.*, ROUND(
                CASE WHEN occasion_count > 1 THEN
                    ((occasion_count - 1) * gap_median
                        + %(weight)s * COALESCE(peer.gap, everybody.gap))
                    / (occasion_count - 1 + %(weight)s)
                WHEN occasion_count = 1 THEN COALESCE(peer.gap, everybody.gap)
                END, 1) AS usual_gap
            FROM judged
            LEFT JOIN peer
                ON peer.rfm_segment = judged.rfm_segment AND NOT peer.is_everybody
            LEFT JOIN peer everybody ON everybody.is_everybody
            """,
            weight=PEER_WEIGHT,
        )

    def _sql_peers(self):
        """Median of the median gaps, in whole days, per segment and of everybody."""
        return SQL(
            """
            SELECT rfm_segment, GROUPING(rfm_segment) = 1 AS is_everybody, ROUND(
                PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap_median)::numeric
            ) AS gap
            FROM judged
            WHERE gap_median IS NOT NULL
            GROUP BY GROUPING SETS ((rfm_segment), ())
            """
        )

    def _sql_state(self, run):
        """State by the customer's own purchases and its silence up to the as-of day."""
        policy = run.policy_id
        return SQL(
            """CASE
                WHEN occasion_count = 0 THEN 'prospect'
                WHEN occasion_count = 1 THEN 'one_off'
                WHEN occasion_count = 2 THEN 'too_little'
                WHEN %(as_of)s - last_purchase_date
                    > GREATEST(gap_median * %(lost)s::numeric, %(lost_days)s)
                    THEN 'lost'
                WHEN %(as_of)s - last_purchase_date
                    > gap_median * %(decline)s::numeric THEN 'declining'
                WHEN gap_spread * 100 * (occasion_count - 1)
                    <= %(regular)s::numeric * (last_purchase_date - first_purchase_date)
                    THEN 'regular'
                ELSE 'periodic'
            END""",
            as_of=run.as_of,
            lost=str(policy.lost_factor),
            lost_days=policy.lost_days,
            decline=str(policy.decline_factor),
            regular=str(policy.regular_variation),
        )
