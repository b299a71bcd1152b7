# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from math import log2

from odoo import api, models
from odoo.tools import SQL

from ..tools.risk import (
    LEAST_VARIATION,
    SHAPE_POWER,
    highest_accepted,
    is_seasonal,
    sign_chance,
    silence_chance,
)
from .crm_customer_profile_analysis_run import PEER_WEIGHT

#: a product ordered on so many days of the window is usual, as in the usual basket
USUAL_DAYS = 3


class CrmCustomerRisk(models.Model):
    """Phase 2 of a run: find the money at risk. Statistics stay behind the scenes."""

    _inherit = "crm.customer.risk"

    @api.model
    def _refresh(self, run):
        """Rewrite the rows of a company where they differ.

        :return: number of rows inserted, changed or deleted
        """
        categories = self.env["crm.customer.category"]
        categories._refresh(run)
        self._create_watched(run)
        causes = {
            "silence": self._find_silences(run),
            "volume": self._find_declines(run),
            "discount": self._find_discounts(run),
        }
        self.env.cr.execute(SQL("DROP TABLE crm_customer_watched"))
        lost = self._select_lost(categories._find_lost(run))
        causes["category"] = [(row["profile_id"], row["revenue"]) for row in lost]
        [[count]] = self.env.execute_query(
            self._query_written(run, causes, lost, self._find_obstacles(run, causes))
        )
        self.invalidate_model()
        return count

    def _create_watched(self, run):
        """A temporary table of the profiles with enough purchases to tell anything, and
        with somebody who is not archived.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_customer_watched ON COMMIT DROP AS
                SELECT id, partner_id, relation_state, occasion_count, usual_gap,
                    gap_median, gap_spread, first_purchase_date, last_purchase_date,
                    money_at_risk, revenue, revenue_previous, discount,
                    discount_previous, months_fallen, months_risen
                FROM crm_customer_profile profile
                WHERE company_id = %(company)s AND occasion_count >= 3
                    AND partner_id NOT IN (
                        SELECT id FROM res_partner WHERE NOT active
                        EXCEPT
                        SELECT entity.customer_id
                        FROM crm_customer_entity entity
                        JOIN res_partner partner ON partner.id = entity.partner_id
                        WHERE entity.company_id = %(company)s AND partner.active
                    )
                """,
                company=run.company_id.id,
            )
        )

    def _find_silences(self, run):
        """(profile id, amount) of those silent for more than chance and season."""
        rows = self.env.execute_query(self._query_silences(run))
        chances = [
            silence_chance(times, variation) for _id, times, variation, *_ in rows
        ]
        highest = highest_accepted(
            chances, run.policy_id.risk_false_share / 100, rows[0][4] if rows else 0
        )
        times = {
            profile_id: times
            for (profile_id, times, _variation, is_threatened, _tests), chance in zip(
                rows, chances, strict=True
            )
            if is_threatened and chance <= highest
        }
        silent = self.env.execute_query_dict(
            SQL(
                """
                SELECT id, partner_id, last_purchase_date, gap_median, money_at_risk,
                    first_purchase_date <= last_purchase_date - 365 AS a_year_ago
                FROM crm_customer_watched
                WHERE id = ANY(%s)
                """,
                list(times),
            )
        )
        excused = self._find_excused(run, silent, times)
        return [
            (row["id"], row["money_at_risk"])
            for row in silent
            if row["id"] not in excused
        ]

    def _query_silences(self, run):
        """Customers silent for longer than usual, and how many were looked at.

        Looked at are those with the last purchase in the window. Variations of few gaps
        are shrunk like the gaps. Who is silent for no longer than the share of false
        alarms allows cannot be accepted, and is not fetched.
        """
        policy = run.policy_id
        return SQL(
            """
            WITH tested AS (
                SELECT *, %(as_of)s - last_purchase_date AS silence,
                    gap_spread::float * (occasion_count - 1)
                        / (last_purchase_date - first_purchase_date) AS gap_variation
                FROM crm_customer_watched
                WHERE last_purchase_date >= %(window_start)s
            )
            SELECT id, times, shrunk.variation,
                relation_state IN ('declining', 'lost') AND money_at_risk > 0
                    AND money_at_risk >= %(minimum)s AS is_threatened,
                everybody.tests
            FROM tested
            CROSS JOIN (
                SELECT COUNT(*) AS tests,
                    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap_variation)
                        AS variation
                FROM tested
            ) everybody
            CROSS JOIN LATERAL (
                SELECT silence::float / usual_gap AS times,
                    ((occasion_count - 1) * gap_variation
                        + %(weight)s * everybody.variation
                    ) / (occasion_count - 1 + %(weight)s) AS variation
            ) shrunk
            WHERE silence > usual_gap AND POWER(
                -- beyond that it is no question, and no number
                LEAST(times, 1000),
                POWER(GREATEST(shrunk.variation, %(least)s), %(power)s)
            ) >= %(exponent)s
            """,
            as_of=run.as_of,
            least=LEAST_VARIATION,
            power=SHAPE_POWER,
            # a little less: the database may round another way
            exponent=-0.999 * log2(min(policy.risk_false_share / 100, 1)),
            window_start=policy._get_window_start(run.as_of),
            minimum=policy.risk_minimum,
            weight=PEER_WEIGHT,
        )

    def _find_excused(self, run, rows, times):
        """Ids of those that have ordered since, or were as silent a year ago.

        :param rows: dicts of the silent profiles
        :param times: their silence in usual gaps
        """
        if not rows:
            return set()
        silent = SQL(
            """
            SELECT silent.*, COALESCE(entity.partner_id, silent.partner_id) AS entity_id
            FROM UNNEST(%s::int[], %s::int[], %s::date[], %s::numeric[])
                AS silent (id, partner_id, last_purchase_date, gap_median)
            LEFT JOIN crm_customer_entity entity
                ON entity.customer_id = silent.partner_id AND entity.company_id = %s
            """,
            *(
                [row[name] for row in rows]
                for name in ("id", "partner_id", "last_purchase_date", "gap_median")
            ),
            run.company_id.id,
        )
        last_year = dict(self.env.execute_query(self._query_last_year(run, silent)))
        ordered = self.env.execute_query(self._query_ordered(run, silent))
        return {row[0] for row in ordered} | {
            row["id"]
            for row in rows
            if row["a_year_ago"]
            and is_seasonal(times[row["id"]], last_year.get(row["id"], 0))
        }

    def _query_last_year(self, run, silent):
        """Purchase days in the same days of last year, per profile that has any."""
        return SQL(
            """
            SELECT silent.id, COUNT(DISTINCT fact.date)
            FROM (%(silent)s) silent
            JOIN crm_customer_fact fact ON fact.partner_id = silent.entity_id
            WHERE fact.company_id = %(company)s AND fact.purchase_count > 0
                AND fact.date > silent.last_purchase_date - 365
                AND fact.date <= %(as_of)s - 365
            GROUP BY silent.id
            """,
            silent=silent,
            company=run.company_id.id,
            as_of=run.as_of,
        )

    def _query_ordered(self, run, silent):
        """Ids of the profiles that have ordered since they last bought.

        An order confirmed since, and not yet invoiced, is no silence, for as long as
        one that is not declining.
        """
        return SQL(
            """
            SELECT DISTINCT silent.id
            FROM (%(silent)s) silent
            JOIN res_partner buyer ON buyer.commercial_partner_id = silent.entity_id
            JOIN sale_order ON sale_order.partner_id = buyer.id
            WHERE sale_order.state = 'sale' AND sale_order.company_id IN %(companies)s
                AND sale_order.date_order::date > last_purchase_date
                AND %(as_of)s - sale_order.date_order::date
                    BETWEEN 0 AND gap_median * %(factor)s::numeric
            """,
            silent=silent,
            companies=tuple(run.company_id._loyalty_branches().ids),
            as_of=run.as_of,
            factor=str(run.policy_id.decline_factor),
        )

    def _find_declines(self, run):
        """(profile id, amount) of those that still buy, but less, in more months than
        by chance. Each month is compared with the same month a year before.

        Looked at are those that still buy and had revenue in the window before. Few
        numbers of months differ, and tell the chance.
        """
        policy = run.policy_id
        tested = SQL(
            "relation_state IN ('regular', 'periodic') AND revenue_previous > 0"
        )
        fallen = SQL(
            "revenue * 100 <= revenue_previous * (100 - %s::numeric)"
            " AND revenue_previous - revenue >= %s",
            str(policy.decline_share),
            policy.risk_minimum,
        )
        months = self.env.execute_query(
            SQL(
                """
                SELECT months_fallen, months_risen, COUNT(*) FILTER (WHERE %s),
                    COUNT(*)
                FROM crm_customer_watched
                WHERE %s
                GROUP BY months_fallen, months_risen
                """,
                fallen,
                tested,
            )
        )
        chances = {(down, up): sign_chance(down, up) for down, up, *_counts in months}
        highest = highest_accepted(
            [chances[row[:2]] for row in months for _customer in range(row[2])],
            policy.risk_false_share / 100,
            sum(row[3] for row in months),
        )
        accepted = [pair for pair, chance in chances.items() if chance <= highest]
        return self.env.execute_query(
            SQL(
                """
                SELECT id, revenue_previous - revenue FROM crm_customer_watched
                WHERE %s AND %s AND (months_fallen, months_risen) IN %s
                """,
                tested,
                fallen,
                tuple(accepted) or ((None, None),),
            )
        )

    def _find_discounts(self, run):
        """(profile id, amount) of those that still buy, at a discount that crept up."""
        policy = run.policy_id
        return self.env.execute_query(
            SQL(
                """
                SELECT id, amount FROM (
                    SELECT id, %(amount)s AS amount FROM crm_customer_watched
                    WHERE relation_state IN ('regular', 'periodic')
                        AND discount > 0 AND revenue + discount > 0
                        AND revenue_previous + discount_previous > 0
                        AND 100 * discount / (revenue + discount)
                            - 100 * discount_previous
                                / (revenue_previous + discount_previous)
                            >= %(points)s::numeric
                ) crept
                WHERE amount > 0 AND amount >= %(minimum)s
                """,
                points=str(policy.discount_points),
                amount=self._sql_discount_amount(run.company_id),
                minimum=policy.risk_minimum,
            )
        )

    def _sql_discount_amount(self, company):
        """Discount beyond the share of the window before, of a profile."""
        return SQL(
            """ROUND(
                discount - (discount + revenue) * discount_previous
                    / (revenue_previous + discount_previous), %s
            )""",
            company.currency_id.decimal_places,
        )

    @api.model
    def _select_lost(self, rows):
        """The dropped category of most revenue of each customer, and how many more.

        :param rows: see ``_find_lost``
        """
        first = {}
        for row in rows:
            if row["profile_id"] in first:
                first[row["profile_id"]]["more"] += 1
            else:
                first[row["profile_id"]] = row | {"more": 0}
        return list(first.values())

    # ------------------------------------------------------------------
    # What we ourselves stand in the way of
    # ------------------------------------------------------------------

    def _find_obstacles(self, run, causes):
        """{profile id: obstacle} of the customers that buy less, or nothing."""
        ids = {
            row[0]
            for kind, rows in causes.items()
            for row in rows
            if kind != "discount"
        }
        profiles = self.env["crm.customer.profile"].browse(sorted(ids))
        if not profiles:
            return {}
        obstacles = dict.fromkeys(self._find_out_of_stock(run, profiles).ids, "stock")
        return obstacles | dict.fromkeys(
            self._find_over_limit(run, profiles).ids, "credit"
        )

    def _find_over_limit(self, run, profiles):
        """Those of the profiles of which an entity owes more than core's limit."""
        if not run.company_id.account_use_credit_limit:
            return profiles.browse()
        partners = profiles.entity_ids.with_company(run.company_id)
        # core looks at their companies one by one while it adds up the debts
        partners.fetch(["company_id", "credit_limit"])
        blocked = partners.filtered(lambda p: p.credit > p.credit_limit > 0)
        return profiles.filtered(lambda profile: profile.entity_ids & blocked)

    def _find_out_of_stock(self, run, profiles):
        """Those of the profiles whose usual products are all out of stock."""
        rows = self.env.execute_query(self._query_out_of_stock(run, profiles))
        return profiles.browse([row[0] for row in rows])

    def _query_out_of_stock(self, run, profiles):
        """Customers whose usual products, of our own stock, have none that is free.

        A product is usual if it was ordered on several days of the window, as in the
        usual basket.
        """
        companies = tuple(run.company_id._loyalty_branches().ids)
        return SQL(
            """
            WITH ordered AS MATERIALIZED (
                -- first of all: few customers have something to be held back
                SELECT profile.id, sale_order.id AS order_id,
                    sale_order.date_order::date AS day
                FROM crm_customer_profile profile
                LEFT JOIN crm_customer_entity entity
                    ON entity.customer_id = profile.partner_id
                    AND entity.company_id = profile.company_id
                JOIN res_partner buyer ON buyer.commercial_partner_id
                    = COALESCE(entity.partner_id, profile.partner_id)
                JOIN sale_order ON sale_order.partner_id = buyer.id
                WHERE profile.id IN %(profiles)s AND sale_order.state = 'sale'
                    AND sale_order.company_id IN %(companies)s
                    AND sale_order.date_order::date
                        BETWEEN %(window_start)s AND %(as_of)s
            ),
            usual AS (
                SELECT ordered.id, line.product_id
                FROM ordered
                JOIN sale_order_line line
                    ON line.order_id = ordered.order_id AND line.product_uom_qty > 0
                JOIN product_product product
                    ON product.id = line.product_id AND product.active
                JOIN product_template template ON template.id = product.product_tmpl_id
                    AND template.type = 'consu' AND template.is_storable
                WHERE EXISTS (
                    SELECT FROM stock_move move
                    WHERE move.sale_line_id = line.id
                        AND move.product_id = line.product_id
                        AND move.location_id NOT IN (
                            SELECT id FROM stock_location WHERE usage = 'supplier'
                        )
                )
                GROUP BY ordered.id, line.product_id
                HAVING COUNT(DISTINCT day) >= %(days)s
            ),
            free AS (
                SELECT quant.product_id
                FROM stock_quant quant
                JOIN stock_location location ON location.id = quant.location_id
                WHERE location.usage = 'internal'
                    AND location.company_id IN %(companies)s
                    AND quant.product_id IN (SELECT product_id FROM usual)
                GROUP BY quant.product_id
                HAVING SUM(quant.quantity - quant.reserved_quantity) > 0
            )
            SELECT usual.id
            FROM usual
            LEFT JOIN free USING (product_id)
            GROUP BY usual.id
            HAVING COUNT(free.product_id) = 0
            """,
            companies=companies,
            profiles=tuple(profiles.ids),
            window_start=run.policy_id._get_window_start(run.as_of),
            as_of=run.as_of,
            days=USUAL_DAYS,
        )

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    def _query_written(self, run, causes, lost, obstacles):
        """Insert, update and delete rows so that they are those found.

        An outcome holds for the silence it was given for, or as long as the customer
        still buys, up to its day.

        :param dict causes: lists of (profile id, amount) per kind
        :param lost: the dropped category of customers, see ``_select_lost``
        :param dict obstacles: obstacle per profile id
        """
        columns = [
            "partner_id",
            "kind",
            "amount",
            "since_date",
            "amount_volume",
            "amount_discount",
            "amount_category",
            "category_id",
            "category_date",
            "category_gap",
            "category_more",
            "obstacle",
            "outcome_id",
        ]
        return SQL(
            """
            WITH cause AS (%(causes)s),
            lost AS (
                SELECT * FROM UNNEST(
                    %(lost_ids)s::int[], %(lost_categories)s::int[],
                    %(lost_dates)s::date[], %(lost_gaps)s::numeric[],
                    %(lost_more)s::int[]
                ) AS lost (profile_id, category_id, category_date, category_gap,
                    category_more)
            ),
            found AS (
                SELECT profile_id, MAX(amount) AS amount,
                    (ARRAY_AGG(kind ORDER BY amount DESC, kind))[1] AS kind,
                    COALESCE(MAX(amount) FILTER (WHERE kind = 'volume'), 0)
                        AS amount_volume,
                    COALESCE(MAX(amount) FILTER (WHERE kind = 'discount'), 0)
                        AS amount_discount,
                    COALESCE(MAX(amount) FILTER (WHERE kind = 'category'), 0)
                        AS amount_category
                FROM cause
                GROUP BY profile_id
            ),
            dated AS (
                SELECT found.*, profile.partner_id, category_id, category_date,
                    category_gap, category_more, obstacle,
                    CASE WHEN kind = 'silence' THEN last_purchase_date END AS since_date
                FROM found
                JOIN crm_customer_profile profile ON profile.id = found.profile_id
                LEFT JOIN lost USING (profile_id)
                LEFT JOIN UNNEST(%(blocked)s::int[], %(obstacles)s::text[])
                    AS held (profile_id, obstacle) USING (profile_id)
            ),
            fresh AS (
                SELECT dated.*, (
                    SELECT MAX(outcome.id) FROM crm_customer_risk_outcome outcome
                    WHERE outcome.partner_id = dated.partner_id
                        AND outcome.company_id = %(company)s AND outcome.active
                        AND outcome.since_date IS NOT DISTINCT FROM dated.since_date
                        AND (outcome.until IS NULL OR outcome.until > %(as_of)s)
                ) AS outcome_id
                FROM dated
            ),
            gone AS (
                DELETE FROM crm_customer_risk risk
                WHERE risk.company_id = %(company)s
                    AND risk.profile_id NOT IN (SELECT profile_id FROM fresh)
                RETURNING 1
            ),
            written AS (
                INSERT INTO crm_customer_risk AS risk
                    (profile_id, company_id, %(columns)s)
                SELECT profile_id, %(company)s, %(columns)s FROM fresh
                ON CONFLICT (profile_id) DO UPDATE
                    SET (%(columns)s) = ROW(%(excluded)s)
                    WHERE (%(current)s) IS DISTINCT FROM (%(excluded)s)
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM gone) + (SELECT COUNT(*) FROM written)
            """,
            causes=SQL(" UNION ALL ").join(
                SQL(
                    "SELECT UNNEST(%s::int[]) AS profile_id, %s AS kind,"
                    " UNNEST(%s::numeric[]) AS amount",
                    [row[0] for row in rows],
                    kind,
                    [row[1] for row in rows],
                )
                for kind, rows in causes.items()
            ),
            lost_ids=[row["profile_id"] for row in lost],
            lost_categories=[row["categ_id"] for row in lost],
            lost_dates=[row["last_date"] for row in lost],
            lost_gaps=[row["gap"] for row in lost],
            lost_more=[row["more"] for row in lost],
            blocked=list(obstacles),
            obstacles=list(obstacles.values()),
            company=run.company_id.id,
            as_of=run.as_of,
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            excluded=SQL(", ").join(SQL.identifier("excluded", c) for c in columns),
            current=SQL(", ").join(SQL.identifier("risk", c) for c in columns),
        )
