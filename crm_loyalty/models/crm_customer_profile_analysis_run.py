# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.classes import MIN_PERIODS, exact_share
from ..tools.rfm import SEGMENTS

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
                AND fact.partner_id %(touched)s
            """,
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("fact.partner_id"), SQL("fact.company_id")
            ),
            company=run.company_id.id,
            as_of=run.as_of,
            touched=self._sql_touched(run),
        )

    def _sql_marks(self, run):
        """What each row of the table ``sale`` is among those of its customer.

        ``gap`` in days since its last purchase, 0 on the same day, so that several
        addresses of one day are one occasion; ``last_date``, that of its last purchase;
        numbers of the ``period`` of the variation and of the ``month`` of the declines.
        """
        policy = run.policy_id
        return SQL(
            """
            date - LAG(date) OVER (
                PARTITION BY customer_id, is_purchase ORDER BY date
            ) AS gap,
            MAX(date) FILTER (WHERE is_purchase) OVER (PARTITION BY customer_id)
                AS last_date,
            %s AS period, %s AS month
            """,
            self._sql_bucket(policy._get_series_bounds(run.as_of, policy.xyz_period)),
            self._sql_bucket(self._get_months(run.as_of)),
        )

    def _sql_rhythm(self, start):
        """When a customer bought, as aggregates.

        :param start: first day of the window
        """
        return SQL(
            """
            COUNT(*) FILTER (WHERE is_purchase AND gap IS DISTINCT FROM 0)
                AS occasion_count,
            COUNT(*) FILTER (
                WHERE is_purchase AND gap IS DISTINCT FROM 0 AND date >= %s
            ) AS purchase_count,
            MIN(date) FILTER (WHERE is_purchase) AS first_purchase_date,
            MAX(last_date) AS last_purchase_date,
            (PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap)
                FILTER (WHERE is_purchase AND gap > 0))::numeric AS gap_median,
            ROUND(STDDEV_POP(gap) FILTER (WHERE is_purchase AND gap > 0), 4)
                AS gap_spread
            """,
            start,
        )

    def _sql_classes(self, run):
        """CTEs up to ``classified``: the rows ``tiered`` with classes and state."""
        return SQL(
            """
            -- few: computed here, not for each customer
            recency AS MATERIALIZED (%(recency)s),
            frequency AS MATERIALIZED (%(frequency)s),
            judged AS (
                -- few columns: they are kept until the medians are known
                SELECT id, direct_cost, service_cost, service_profit, standing,
                    computed_tier_id, occasion_count, gap_median, last_purchase_date,
                    revenue_at_last, abc AS abc_class, %(xyz)s AS xyz_class,
                    recency.score AS rfm_r, frequency.score AS rfm_f,
                    CASE WHEN tiered.purchase_count > 0 THEN m END AS rfm_m,
                    (%(segments)s)[recency.score][frequency.score][m] AS rfm_segment,
                    %(state)s AS relation_state
                FROM tiered
                LEFT JOIN recency ON recency.purchased = tiered.last_purchase_date
                    AND tiered.purchase_count > 0
                LEFT JOIN frequency ON frequency.purchased = tiered.purchase_count
            ),
            counted AS MATERIALIZED (
                SELECT rfm_segment, gap_median, COUNT(*) AS number
                FROM judged
                WHERE gap_median IS NOT NULL
                GROUP BY rfm_segment, gap_median
            ),
            peer AS MATERIALIZED (%(peers)s),
            classified AS (
                SELECT *,
                    last_purchase_date + usual_gap AS expected_date,
                    CASE WHEN relation_state IN ('declining', 'lost')
                            AND last_purchase_date >= %(window_start)s
                        THEN GREATEST(revenue_at_last, 0) ELSE 0
                    END AS money_at_risk
                FROM (%(gap)s) gap
            )
            """,
            recency=self._query_scores("last_purchase_date"),
            frequency=self._query_scores("purchase_count"),
            segments=SQL("%s", SEGMENTS),
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
        ``revenue_total`` of the row ``everybody``, and are a class of their own.
        """
        cut = "(SELECT revenue_total * %s::numeric FROM everybody)"
        return SQL(
            """CASE
                WHEN revenue <= 0 THEN 'n'
                WHEN revenue_before < %s THEN 'a'
                WHEN revenue_before < %s THEN 'b'
                ELSE 'c'
            END""",
            SQL(cut, exact_share(policy.abc_cut_a)),
            SQL(cut, exact_share(policy.abc_cut_b)),
        )

    @api.model
    def _sql_bucket(self, bounds):
        """Number of the period of ``date``; 0 is before the first one.

        :param bounds: first day of each period, and the day after the last one
        """
        return SQL("WIDTH_BUCKET(date, %s::date[])", bounds)

    @api.model
    def _sql_period_sums(self, bounds):
        """Aggregates ``period_1``, ``period_2``…: revenue by the number ``period``."""
        return SQL(", ").join(
            SQL(
                "SUM(revenue) FILTER (WHERE period = %s) AS %s",
                number,
                SQL.identifier(f"period_{number}"),
            )
            for number in range(1, len(bounds))
        )

    @api.model
    def _sql_series(self, bounds):
        """Variation of the revenue per calendar period; empty periods count as zero.

        On the columns of ``_sql_period_sums`` and ``first_date``: nothing before the
        period of the first date counts. Standard deviation / mean =
        √(n Σx² − (Σx)²) / Σx.

        :return: SQL of a row ``period_count`` and ``variation``; that is NULL with too
            few periods or with no revenue in them
        """
        counts = [SQL("(first_date < %s)", end) for end in bounds[1:]]
        amounts = [
            SQL(
                "CASE WHEN %s THEN COALESCE(%s, 0) ELSE 0 END",
                counted,
                SQL.identifier(f"period_{number}"),
            )
            for number, counted in enumerate(counts, 1)
        ]
        return SQL(
            """
            SELECT period_count,
                CASE WHEN period_count >= %(min_periods)s AND total > 0 THEN ROUND(
                    SQRT(GREATEST(period_count * squares - total * total, 0)) / total, 6
                ) END AS variation
            FROM (
                SELECT %(count)s AS period_count, %(total)s AS total,
                    %(squares)s AS squares
            ) counted
            """,
            min_periods=MIN_PERIODS,
            count=SQL(" + ").join(SQL("%s::int", counted) for counted in counts),
            total=SQL(" + ").join(amounts),
            squares=SQL(" + ").join(SQL("(%s) ^ 2", amount) for amount in amounts),
        )

    def _get_months(self, as_of):
        """The last 24 months that are over, as bounds: the year of a decline, and the
        year before."""
        end = as_of.replace(day=1)
        return [end - relativedelta(months=back) for back in range(24, -1, -1)]

    def _sql_month_sums(self):
        """Aggregates ``change_1``… ``change_12``: revenue of a month less that of the
        same month a year before, by the number ``month``."""
        return SQL(", ").join(
            SQL(
                "SUM(CASE WHEN month > 12 THEN revenue ELSE -revenue END)"
                " FILTER (WHERE month IN (%s, %s)) AS %s",
                number,
                number + 12,
                SQL.identifier(f"change_{number}"),
            )
            for number in range(1, 13)
        )

    def _sql_months(self, sign):
        """How many months have less, or more, revenue than a year before.

        :param sign: ``<`` or ``>``, as SQL
        """
        return SQL(" + ").join(
            SQL("((%s %s 0) IS TRUE)::int", SQL.identifier(f"change_{number}"), sign)
            for number in range(1, 13)
        )

    @api.model
    def _sql_xyz(self, policy):
        """The class by ``period_count`` and ``variation`` of a row."""
        return SQL(
            """CASE
                WHEN COALESCE(period_count, 0) < %(min_periods)s THEN 'u'
                WHEN variation IS NULL THEN 'n'
                WHEN variation <= %(cut_x)s::numeric THEN 'x'
                WHEN variation <= %(cut_y)s::numeric THEN 'y'
                ELSE 'z'
            END""",
            min_periods=MIN_PERIODS,
            cut_x=exact_share(policy.xyz_cut_x),
            cut_y=exact_share(policy.xyz_cut_y),
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

        The fewer gaps a customer has, the more weighs the median of its RFM segment; of
        all customers, where the segment has none. In whole days, as it is told: what
        the likes of a customer do changes few rows from one night to the next.
        """
        return SQL(
            """
            SELECT judged.*, ROUND(
                CASE WHEN occasion_count > 1 THEN
                    ((occasion_count - 1) * gap_median
                        + %(weight)s * COALESCE(peer.gap, overall.gap))
                    / (occasion_count - 1 + %(weight)s)
                WHEN occasion_count = 1 THEN COALESCE(peer.gap, overall.gap)
                END)::int AS usual_gap
            FROM judged
            LEFT JOIN peer
                ON peer.rfm_segment = judged.rfm_segment AND NOT peer.is_everybody
            LEFT JOIN peer overall ON overall.is_everybody
            """,
            weight=PEER_WEIGHT,
        )

    def _sql_peers(self):
        """Median of the median gaps, in whole days, per segment and of everybody.

        Few gaps differ: they are ``counted`` and sorted, not the customers. The median
        is the one that the middle falls on, or the mean of the two that it falls
        between.
        """
        return SQL(
            """
            SELECT rfm_segment, is_everybody, ROUND(AVG(gap_median)) AS gap
            FROM (
                SELECT *,
                    SUM(number) OVER (segment ORDER BY gap_median) AS upto,
                    SUM(number) OVER segment AS customers
                FROM (
                    SELECT rfm_segment, FALSE AS is_everybody, gap_median, number
                    FROM counted
                    UNION ALL
                    SELECT NULL, TRUE, gap_median, SUM(number)
                    FROM counted
                    GROUP BY gap_median
                ) each
                WINDOW segment AS (PARTITION BY is_everybody, rfm_segment)
            ) sorted
            WHERE 2 * (upto - number) <= customers AND 2 * upto >= customers
            GROUP BY is_everybody, rfm_segment
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
                WHEN %(as_of)s - last_purchase_date > %(lost_days)s
                    AND %(as_of)s - last_purchase_date > gap_median * %(lost)s::numeric
                    THEN 'lost'
                WHEN %(as_of)s - last_purchase_date
                    > gap_median * %(decline)s::numeric THEN 'declining'
                WHEN gap_spread * (occasion_count - 1)
                    <= %(regular)s::numeric * (last_purchase_date - first_purchase_date)
                    THEN 'regular'
                ELSE 'periodic'
            END""",
            as_of=run.as_of,
            lost=str(policy.lost_factor),
            lost_days=policy.lost_days,
            decline=str(policy.decline_factor),
            regular=exact_share(policy.regular_variation),
        )
