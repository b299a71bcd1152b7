# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import SQL

from .loose_fields import LooseMany2one
from .nullable_fields import NullableMonetary

#: rows written after which the planner is told about the table
MANY_ROWS = 1_000


class CrmCustomerServiceFact(models.Model):
    """What serving an entity cost in the window, one row per driver.

    Runs write the rows, only those that differ. The ledger shows them per customer.
    ``_forget_partners`` of the sales facts deletes the rows of a deleted contact.
    """

    _name = "crm.customer.service.fact"
    _description = "Cost to Serve per Driver"
    _log_access = False

    partner_id = LooseMany2one("res.partner", required=True)
    company_id = LooseMany2one("res.company", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    driver = fields.Char(required=True)
    quantity = fields.Float(digits=(16, 2), required=True)
    amount = NullableMonetary(help="Empty where there is no rate")

    _entity_driver_uniq = models.Constraint(
        "UNIQUE (company_id, partner_id, driver)",
        "There is one row per entity, company and driver.",
    )

    # ------------------------------------------------------------------
    # Counting: each table once
    # ------------------------------------------------------------------

    def _count(self, company, as_of, bounds):
        """Fill the temporary table ``crm_service_count`` with entity, driver, slice.

        Contacts of an entity have a row each; whoever reads the table sums up.

        :param bounds: first days of the slices, and the day after the last one
        """
        self.env.flush_all()
        drivers = self.env["crm.customer.service.driver"]
        sources = drivers._get_sources(SQL("%s::date", as_of)).values()
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS crm_service_count"))
        # in one statement, which several workers may share
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_service_count ON COMMIT DROP AS
                SELECT contact.commercial_partner_id AS partner_id, counted.driver,
                    counted.slice, counted.quantity
                FROM (%s) counted
                JOIN res_partner contact ON contact.id = counted.partner_id
                WHERE counted.quantity <> 0
                """,
                SQL(" UNION ALL ").join(
                    self._query_count(company, source, bounds) for source in sources
                ),
            )
        )
        self.env.cr.execute(SQL("ANALYZE crm_service_count"))

    def _query_count(self, company, source, bounds):
        """One pass over a source, summed up by contact and slice."""
        columns = [SQL.identifier(driver) for driver in source.drivers]
        moments = self._sql_bounds(company, source, bounds)
        is_cut = len(bounds) > 2
        return SQL(
            """
            SELECT summed.partner_id, measure.driver, summed.slice, measure.quantity
            FROM (
                SELECT partner_id, %(slice)s AS slice, %(sums)s
                FROM (%(source)s) document
                WHERE branch_id IN %(branches)s
                    AND moment >= (%(moments)s)[1] AND moment < (%(moments)s)[%(last)s]
                GROUP BY %(keys)s
            ) summed
            CROSS JOIN LATERAL (VALUES %(measures)s) measure (driver, quantity)
            """,
            # one slice, as most companies have it, needs no look at each document
            slice=SQL("WIDTH_BUCKET(moment, %s)", moments) if is_cut else SQL("1"),
            keys=SQL("1, 2") if is_cut else SQL("1"),
            moments=moments,
            last=len(bounds),
            sums=SQL(", ").join(
                SQL("SUM(%(column)s)::numeric AS %(column)s", column=column)
                for column in columns
            ),
            source=source.query,
            branches=tuple(company._loyalty_branches().ids),
            measures=SQL(", ").join(
                SQL("(%s::varchar, summed.%s)", driver, column)
                for driver, column in zip(source.drivers, columns, strict=True)
            ),
        )

    def _sql_bounds(self, company, source, bounds):
        """Days as they are; for times, when they begin where the company is."""
        if source.is_day:
            return SQL("%s::date[]", list(bounds))
        zone = ZoneInfo(company.partner_id.tz or "UTC")
        return SQL(
            "%s::timestamp[]",
            [
                datetime.combine(day, time(), zone)
                .astimezone(ZoneInfo("UTC"))
                .replace(tzinfo=None)
                for day in bounds
            ],
        )

    def _count_totals(self, company, start, end):
        """{driver: quantity} of a company from one day to another, both inside."""
        self._count(company, end, [start, fields.Date.add(end, days=1)])
        rows = self.env.execute_query(
            SQL(
                "SELECT driver, SUM(quantity) FROM crm_service_count WHERE NOT %s"
                " GROUP BY driver",
                self._sql_internal(),
            )
        )
        self.env.cr.execute(SQL("DROP TABLE crm_service_count"))
        return dict(rows)

    def _sql_internal(self):
        return self.env["crm.customer.ledger"]._sql_internal(SQL("partner_id"))

    # ------------------------------------------------------------------
    # Pricing
    # ------------------------------------------------------------------

    def _refresh(self, company, as_of, schedule):
        """Write what serving each entity cost, where it differs.

        :param schedule: ``tools.service_schedule.Schedule``
        :return: number of rows inserted, changed or deleted
        """
        self._count(company, as_of, schedule.bounds)
        priced = self._query_by_pools if schedule.pools else self._query_by_rates
        # a table of its own: the planner must know how many rows there are
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS crm_service_fresh"))
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE crm_service_fresh ON COMMIT DROP AS"
                " SELECT partner_id, driver, ROUND(quantity, 2) AS quantity, amount"
                " FROM (%s) priced",
                priced(company, schedule),
            )
        )
        self.env.cr.execute(SQL("ANALYZE crm_service_fresh"))
        [[count]] = self.env.execute_query(self._query_write(company))
        if count > MANY_ROWS:
            # or the next run would join a table taken for empty row by row
            self.env.cr.execute(SQL("ANALYZE crm_customer_service_fact"))
        if schedule.pools:
            self._write_pools(company, schedule)
        self.env.cr.execute(SQL("DROP TABLE crm_service_count, crm_service_fresh"))
        self.invalidate_model()
        self.env["crm.customer.service"].invalidate_model()
        return count

    def _clear(self, company):
        """Without rates and pools nothing is counted.

        :return: number of rows deleted
        """
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM crm_customer_service_fact WHERE company_id = %s"
                " RETURNING 1",
                company.id,
            )
        )
        return len(rows)

    def _query_by_rates(self, company, schedule):
        """Quantity x the rate of its days; without any rate the amount is unknown."""
        return SQL(
            """
            WITH %(rates)s
            SELECT partner_id, driver, SUM(quantity) AS quantity,
                ROUND(SUM(quantity * rate.rate), %(digits)s) AS amount
            FROM crm_service_count
            LEFT JOIN rate USING (driver, slice)
            WHERE NOT %(internal)s
            GROUP BY partner_id, driver
            """,
            rates=self._sql_rates(schedule),
            digits=company.currency_id.decimal_places,
            internal=self._sql_internal(),
        )

    def _sql_rates(self, schedule):
        """CTE ``rate``: what one unit of a driver costs in a slice; direct costs 1."""
        direct = (("direct", number, 1) for number in schedule.get_window_slices())
        divisors = {"overdue": 36500}  # percent per year, on money x days
        return SQL(
            "rate (driver, slice, rate) AS (VALUES %s)",
            SQL(", ").join(
                SQL(
                    "(%s::varchar, %s, %s::numeric / %s)",
                    driver,
                    number,
                    str(rate),
                    divisors.get(driver, 1),
                )
                for driver, number, rate in (*schedule.get_rates(), *direct)
            ),
        )

    def _query_periods(self, company, schedule, start):
        """What serving each entity cost before a day and since, by standard rates.

        Direct costs are not in it, nor what has no rate. Counts at once, into
        ``crm_service_count``.

        :param start: a day on which a slice of the schedule begins
        :return: query of ``partner_id``, ``before`` and ``since``
        """
        self._count(company, schedule.end, schedule.bounds)
        return SQL(
            """
            WITH %(rates)s
            SELECT partner_id,
                SUM(CASE WHEN slice < %(cut)s THEN quantity * rate.rate ELSE 0 END)
                    AS before,
                SUM(CASE WHEN slice >= %(cut)s THEN quantity * rate.rate ELSE 0 END)
                    AS since
            FROM crm_service_count
            JOIN rate USING (driver, slice)
            WHERE driver <> 'direct'
            GROUP BY partner_id
            """,
            rates=self._sql_rates(schedule),
            cut=schedule.bounds.index(start) + 1,
        )

    def _query_by_pools(self, company, schedule):
        """Shares of the pools, and direct costs of the window."""
        slices = SQL(", ").join(
            SQL("(%s::varchar, %s)", driver, number)
            for driver, number in {
                (pool.driver, number)
                for pool in schedule.pools
                for number in schedule.get_pool_slices(pool)
            }
        )
        return SQL(
            """
            WITH %(shares)s,
            used (driver, slice) AS (VALUES %(slices)s)
            SELECT counted.partner_id, counted.driver,
                SUM(counted.quantity) AS quantity, MAX(paid.amount) AS amount
            FROM crm_service_count counted
            JOIN used USING (driver, slice)
            JOIN (
                SELECT partner_id, driver, SUM(amount) AS amount FROM share
                GROUP BY partner_id, driver
            ) paid USING (partner_id, driver)
            GROUP BY 1, 2
            UNION ALL
            SELECT partner_id, driver, SUM(quantity),
                ROUND(SUM(quantity), %(digits)s)
            FROM crm_service_count
            WHERE driver = 'direct' AND slice IN %(window)s AND NOT %(internal)s
            GROUP BY 1, 2
            """,
            shares=self._sql_shares(company, schedule),
            slices=slices,
            digits=company.currency_id.decimal_places,
            window=tuple(schedule.get_window_slices()),
            internal=self._sql_internal(),
        )

    def _sql_shares(self, company, schedule):
        """CTEs up to ``share``: each pool among its entities, to the cent.

        Largest remainder: everybody gets the whole cents of his share, and the cents
        left over go to those who lost most by that, of equals to the older contact.
        """
        pools = SQL(", ").join(
            SQL(
                "(%s, %s::varchar, %s::numeric, %s::int[])",
                pool.id,
                pool.driver,
                str(company.currency_id.round(pool.amount)),
                schedule.get_pool_slices(pool),
            )
            for pool in schedule.pools
        )
        return SQL(
            """
            pool (id, driver, amount, slices) AS (VALUES %(pools)s),
            part AS (
                SELECT pool.id AS pool_id, pool.driver, pool.amount, partner_id,
                    SUM(quantity) AS quantity,
                    SUM(SUM(quantity)) OVER (PARTITION BY pool.id) AS total
                FROM pool
                JOIN crm_service_count counted
                    ON counted.driver = pool.driver
                    AND counted.slice = ANY(pool.slices)
                WHERE NOT %(internal)s
                GROUP BY pool.id, pool.driver, pool.amount, partner_id
            ),
            exact AS (
                SELECT part.*, amount * %(cents)s AS cents,
                    amount * %(cents)s * quantity / total AS due
                FROM part
                WHERE total > 0
            ),
            ranked AS (
                SELECT exact.*,
                    cents - SUM(FLOOR(due)) OVER (PARTITION BY pool_id) AS left_over,
                    ROW_NUMBER() OVER (
                        PARTITION BY pool_id
                        ORDER BY due - FLOOR(due) DESC, partner_id
                    ) AS place
                FROM exact
            ),
            share AS (
                SELECT pool_id, driver, partner_id, quantity,
                    (FLOOR(due) + CASE WHEN place <= left_over THEN 1 ELSE 0 END)
                        / %(cents)s AS amount
                FROM ranked
            )
            """,
            pools=pools,
            internal=self._sql_internal(),
            cents=SQL("%s::numeric", 10**company.currency_id.decimal_places),
        )

    def _query_write(self, company):
        """Write the rows that differ, and only those; return how many that were.

        A full join is hashed whatever the planner believes of the tables.
        """
        return SQL(
            """
            WITH differing AS MATERIALIZED (
                SELECT old.id, fresh.*
                FROM crm_service_fresh fresh
                FULL JOIN (
                    SELECT * FROM crm_customer_service_fact
                    WHERE company_id = %(company)s
                ) old USING (partner_id, driver)
                WHERE (old.quantity, old.amount)
                    IS DISTINCT FROM (fresh.quantity, fresh.amount)
            ),
            gone AS (
                DELETE FROM crm_customer_service_fact old USING differing
                WHERE old.id = differing.id AND differing.partner_id IS NULL
                RETURNING 1
            ),
            changed AS (
                UPDATE crm_customer_service_fact old
                SET quantity = differing.quantity, amount = differing.amount
                FROM differing
                WHERE old.id = differing.id AND differing.partner_id IS NOT NULL
                RETURNING 1
            ),
            added AS (
                INSERT INTO crm_customer_service_fact
                    (partner_id, company_id, driver, quantity, amount)
                SELECT partner_id, %(company)s, driver, quantity, amount
                FROM differing WHERE id IS NULL
                ORDER BY partner_id  -- as the index has them
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM gone) + (SELECT COUNT(*) FROM changed)
                + (SELECT COUNT(*) FROM added)
            """,
            company=company.id,
        )

    def _write_pools(self, company, schedule):
        """Note on each pool what was shared out; one of the others is left over."""
        self.env.cr.execute(
            SQL(
                """
                WITH %(shares)s,
                result AS (
                    SELECT pool.id, pool.amount,
                        (SELECT SUM(quantity) FROM part WHERE pool_id = pool.id)
                            AS quantity,
                        COALESCE(
                            (SELECT SUM(amount) FROM share WHERE pool_id = pool.id), 0
                        ) AS allocated
                    FROM pool
                )
                UPDATE crm_loyalty_cost_pool old
                SET amount = result.amount, quantity = ROUND(result.quantity, 2),
                    allocated = result.allocated
                FROM result
                WHERE old.id = result.id
                    AND (old.amount, old.quantity, old.allocated) IS DISTINCT FROM
                        (result.amount, ROUND(result.quantity, 2), result.allocated)
                """,
                shares=self._sql_shares(company, schedule),
            )
        )
        self.env["crm.loyalty.cost.pool"].invalidate_model()
