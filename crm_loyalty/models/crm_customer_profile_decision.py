# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models
from odoo.tools import SQL


class CrmCustomerProfile(models.Model):
    """Decisions: which customer takes which tier, and when."""

    _inherit = "crm.customer.profile"

    def _set_tiers(self, policy, day, decide=False, margin=True):
        """Let customers change tier, and write why.

        Every night overrides begin and end, those who leave the pyramid lose their tier
        and those who enter it get their first one. On a decision everybody takes the
        computed tier, unless that lies within the margin (``_query_targets``).

        :param decide: whether this is a decision
        :param margin: whether the margin to change applies
        :return: number of customers whose tier changed
        """
        moving = None if decide else self._find_moving(policy, day)
        if moving == []:
            return 0
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
                    computed_tier_id, share_ahead, cut_method, cut_from, cut_to,
                    override_id, value_basis, profit
                )
                SELECT partner_id, %(company)s, %(day)s,
                    CASE WHEN override_id IS NOT NULL THEN 'override'
                        WHEN old_override_id IS NOT NULL THEN 'expired'
                        WHEN now_tier_id IS NULL THEN 'left'
                        WHEN from_tier_id IS NULL THEN 'entered'
                        ELSE 'decision' END,
                    from_tier_id, now_tier_id, standing, revenue, rank, ranked_count,
                    first_purchase_date, computed_tier_id, share_ahead,
                    %(cut_method)s, tier.cut_from, tier.cut_to,
                    COALESCE(override_id, old_override_id), %(basis)s, service_profit
                FROM written
                LEFT JOIN tier ON tier.id = computed_tier_id
                WHERE from_tier_id IS DISTINCT FROM now_tier_id
                    OR old_override_id IS DISTINCT FROM override_id
                RETURNING 1
            )
            SELECT COUNT(*) FROM logged
            """,
            targets=self._query_targets(policy, day, decide, margin, moving),
            company=policy.company_id.id,
            day=day,
            cut_method=policy.cut_method,
            basis=policy.value_basis,
        )
        [[count]] = self.env.execute_query(query)
        self.env.invalidate_all()  # contacts and documents show it, too
        return count

    def _find_moving(self, policy, day):
        """Ids of those that move without a decision: they enter or leave the pyramid,
        or have another override.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT profile.id
                FROM crm_customer_profile profile
                LEFT JOIN (%(overrides)s) override
                    ON override.partner_id = profile.partner_id
                CROSS JOIN LATERAL (
                    SELECT standing = 'ranked'
                        AND computed_tier_id IS NOT NULL AS ranked
                ) place
                WHERE profile.company_id = %(company)s AND (
                    ranked <> (profile.tier_id IS NOT NULL)
                    OR NOT ranked AND profile.pending_tier_id IS NOT NULL
                    OR override.id IS DISTINCT FROM profile.override_id
                )
                """,
                overrides=self._query_overrides(policy, day),
                company=policy.company_id.id,
            )
        )
        return [row[0] for row in rows]

    def _query_overrides(self, policy, day):
        """The tiers by hand of a company that hold on a day."""
        return SQL(
            """
            SELECT id, partner_id, tier_id FROM crm_customer_tier_override
            WHERE company_id = %s AND active AND %s BETWEEN date_from AND date_to
            """,
            policy.company_id.id,
            day,
        )

    def _query_targets(self, policy, day, decide, margin, moving=None):
        """CTEs up to ``target``: where each customer of the company goes, and why.

        Tiers are counted by place, 1 the best. Customers are ranked by their value: the
        revenue or the profit after service. The edge of a tier is the value of the
        last customer inside it or any better one; for that customer itself, that of the
        first one outside; with absolute amounts, where the tier begins.
        Up: the best tier whose edge the value exceeds by the margin. Down: past each
        tier whose edge it falls short of by the margin. Who is beyond the cut but
        within the margin is noted, and moves if the next decision, on another day,
        finds it on the same side.

        :param moving: ids of the profiles to look at; None for all
        """
        share = policy.change_margin / 100 if margin else 0
        tiers = policy.tier_ids.sorted()
        retired = policy.with_context(active_test=False).tier_ids - tiers
        places = SQL(", ").join(
            SQL(
                "(%s, %s, %s::numeric, %s::float, %s::float)",
                tier.id,
                place,
                str(tier.amount_from),
                tier.cut_from,
                tier.cut_to,
            )
            for place, tier in enumerate([*tiers, *retired], start=1)
        )
        edge = outside = SQL("tier.amount_from")
        if policy.cut_method != "amount":
            edge = SQL("MIN(MIN(ranked.value)) OVER (ORDER BY tier.place)")
            outside = SQL(
                "MAX(MAX(ranked.value)) OVER (ORDER BY tier.place"
                " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
            )
        return SQL(
            """
            tier (id, place, amount_from, cut_from, cut_to) AS (VALUES %(places)s),
            ranked AS (
                SELECT profile.id, tier.place, %(value)s AS value,
                    ROW_NUMBER() OVER ranking AS rank,
                    SUM(%(value)s) OVER ranking - %(value)s AS before
                FROM crm_customer_profile profile
                JOIN tier ON tier.id = profile.computed_tier_id
                WHERE company_id = %(company)s AND standing = 'ranked'
                WINDOW ranking AS (
                    ORDER BY %(value)s DESC, partner_id ROWS UNBOUNDED PRECEDING
                )
            ),
            edge AS (
                SELECT tier.place, %(edge)s AS value, %(outside)s AS outside
                FROM tier
                LEFT JOIN ranked ON ranked.place = tier.place
                GROUP BY tier.place, tier.amount_from
            ),
            wish AS MATERIALIZED (
                SELECT profile.id, profile.partner_id, profile.standing,
                    profile.revenue, profile.service_profit, %(value)s AS value,
                    profile.first_purchase_date,
                    profile.tier_id AS from_tier_id, profile.computed_tier_id,
                    profile.override_id AS old_override_id,
                    profile.pending_tier_id, profile.pending_on,
                    ranked.rank,
                    CASE WHEN ranked.id IS NOT NULL THEN ranked_count
                        END AS ranked_count,
                    100 * ranked.before / total AS share_ahead,
                    ranked.place AS wished,
                    -- under an override the tier before it is the computed one
                    CASE WHEN profile.override_id IS NULL THEN held.place
                        ELSE ranked.place END AS held,
                    SIGN(waiting.place - held.place) AS pending_side,
                    override.id AS override_id, override.tier_id AS override_tier_id
                FROM crm_customer_profile profile
                CROSS JOIN (
                    SELECT COUNT(*) AS ranked_count, SUM(value) AS total FROM ranked
                ) everybody
                LEFT JOIN ranked ON ranked.id = profile.id
                LEFT JOIN tier held ON held.id = profile.tier_id
                LEFT JOIN tier waiting ON waiting.id = profile.pending_tier_id
                LEFT JOIN (%(overrides)s) override
                    ON override.partner_id = profile.partner_id
                WHERE profile.company_id = %(company)s AND %(moving)s
            ),
            passed AS (
                SELECT wish.*,
                    CASE
                        WHEN wished < held THEN (
                            SELECT MIN(edge.place) FROM edge
                            WHERE edge.place >= wished AND edge.place < held
                                AND wish.value >= (1 + %(share)s) * CASE
                                    WHEN wish.value = edge.value
                                        THEN COALESCE(edge.outside, 0)
                                    ELSE edge.value END
                        )
                        WHEN wished > held THEN (
                            SELECT MAX(edge.place) + 1 FROM edge
                            WHERE edge.place >= held AND edge.place < wished
                                AND wish.value <= edge.value * (1 - %(share)s)
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
            value=policy._sql_value("profile"),
            edge=edge,
            outside=outside,
            overrides=self._query_overrides(policy, day),
            moving=SQL("TRUE")
            if moving is None
            else SQL("profile.id = ANY(%s)", moving),
            company=policy.company_id.id,
            day=day,
            share=SQL("%s::numeric", str(share)),
            decide=bool(decide),
            repeated=bool(margin and policy.change_repeated),
            last=len(tiers),
        )
