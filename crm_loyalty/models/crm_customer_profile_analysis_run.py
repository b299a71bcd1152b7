# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
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
                SELECT customer_id, date,
                    date - LAG(date) OVER (PARTITION BY customer_id ORDER BY date)
                        AS gap
                FROM (
                    SELECT DISTINCT customer_id, date FROM sale WHERE purchase_count > 0
                ) day
            ),
            rhythm AS (
                SELECT customer_id, COUNT(*) AS occasion_count,
                    COUNT(*) FILTER (WHERE date >= %s) AS purchase_count,
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
            abc AS (%(abc)s),
            rfm AS (%(rfm)s),
            judged AS (
                SELECT tiered.*, abc.class AS abc_class, %(xyz)s AS xyz_class,
                    r AS rfm_r, f AS rfm_f, m AS rfm_m, rfm.segment AS rfm_segment,
                    %(state)s AS relation_state
                FROM tiered
                JOIN abc USING (id)
                LEFT JOIN rfm USING (id)
            ),
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
            abc=self._sql_abc(run.policy_id, "customer", "partner_id"),
            xyz=self._sql_xyz(run.policy_id),
            rfm=self._sql_rfm(),
            state=self._sql_state(run),
            gap=self._sql_gap(),
            window_start=run.policy_id._get_window_start(run.as_of),
        )

    # ------------------------------------------------------------------
    # The rules, as SQL; products share those of ABC and XYZ
    # ------------------------------------------------------------------

    @api.model
    def _sql_abc(self, policy, table, key):
        """``id`` and ``class`` of the rows of a table by their ``revenue``.

        The one who crosses a cut is inside; zero and less count as nothing and are a
        class of their own; of two equal ones that of the lower key comes first.
        """
        return SQL(
            """
            SELECT id, CASE
                WHEN revenue <= 0 THEN 'n'
                WHEN before * 100 < total * %(cut_a)s::numeric THEN 'a'
                WHEN before * 100 < total * %(cut_b)s::numeric THEN 'b'
                ELSE 'c'
            END AS class
            FROM (
                SELECT id, revenue,
                    SUM(GREATEST(revenue, 0)) OVER ranking - revenue AS before,
                    SUM(GREATEST(revenue, 0)) OVER () AS total
                FROM %(table)s
                WINDOW ranking AS (
                    ORDER BY revenue DESC, %(key)s ROWS UNBOUNDED PRECEDING
                )
            ) cumulated
            """,
            cut_a=str(policy.abc_cut_a),
            cut_b=str(policy.abc_cut_b),
            table=SQL.identifier(table),
            key=SQL.identifier(key),
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
                            %(start)s, DATE_TRUNC(%(period)s, first_date)::date
                        ) AS first_period
                        FROM begun
                    ) aligned
                ) counted
                LEFT JOIN (
                    SELECT %(key)s, DATE_TRUNC(%(period)s, date)::date AS begins,
                        SUM(revenue) AS revenue
                    FROM sale
                    WHERE date >= %(start)s AND date < %(end)s
                    GROUP BY 1, 2
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

    def _sql_rfm(self):
        """Scores and segment of the customers with a purchase in the window.

        Equal customers have equal scores.
        """

        def score(column):
            return SQL(
                "LEAST(5, 1 + FLOOR(5 * PERCENT_RANK() OVER (ORDER BY %s)))::int",
                SQL.identifier(column),
            )

        return SQL(
            """
            SELECT scored.*, segment.name AS segment
            FROM (
                SELECT id, %(recency)s AS r, %(frequency)s AS f, %(money)s AS m
                FROM customer
                WHERE purchase_count > 0
            ) scored
            JOIN (VALUES %(segments)s) AS segment (code, name)
                ON segment.code = 100 * r + 10 * f + m
            """,
            recency=score("last_purchase_date"),
            frequency=score("purchase_count"),
            money=score("revenue"),
            segments=SQL(", ").join(
                SQL("(%s, %s)", code, segment)
                for code, segment in sorted(SEGMENT_OF_CODE.items())
            ),
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
            LEFT JOIN (%(peers)s GROUP BY rfm_segment) peer
                ON peer.rfm_segment = judged.rfm_segment
            CROSS JOIN (%(everybody)s) everybody
            """,
            weight=PEER_WEIGHT,
            peers=self._sql_peers(SQL("rfm_segment,")),
            everybody=self._sql_peers(SQL("")),
        )

    def _sql_peers(self, columns):
        """Median of the median gaps, in whole days."""
        return SQL(
            """
            SELECT %s ROUND(
                PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap_median)::numeric
            ) AS gap
            FROM judged
            """,
            columns,
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
