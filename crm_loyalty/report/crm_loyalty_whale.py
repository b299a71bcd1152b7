# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.workbook import Chart, Column, Sheet

#: the curve has a point for so many groups of customers at most
MAX_POINTS = 100


class CrmLoyaltyWhale(models.AbstractModel):
    """Values of the whale curve: customers by profit, descending, cumulated.

    After Cooper and Kaplan: the best customers bring more than the whole profit, the
    last ones eat what is too much.
    """

    _name = "crm.loyalty.whale"
    _inherit = ["crm.loyalty.workbook"]
    _description = "Whale Curve"

    @api.model
    @api.readonly
    def get_values(self):
        """The curve of the current root company, as of its last run.

        By profit after service; before there are rates, by the margin. Customers whose
        cost of goods is unknown are not on it.

        :return: dict of the common values of the analysis, and with figures: ``basis``
            ("service" or "margin"), ``notice`` about the rates, ``total`` (count and
            profit in company currency), ``points`` (first and last rank, profit,
            cumulated profit, its share of the total in %, domain; shares are None when
            the total is not positive), ``peak`` (rank, cumulated, share), ``segments``
            (those who bring, break even, cost; count, profit, domain) and ``unknown``
            (count, domain)
        :raise AccessError: for users who do not see all customers and their cost
        """
        policy = self.env["crm.loyalty.policy"]._get()
        values = self._get_common_values(policy)
        if values["state"] != "figures":
            return values
        company = policy.company_id
        ranks = self.env["crm.customer.profile"]._query_profit_ranks(company)
        points = self._get_points(policy, ranks)
        total = points[-1]["cumulated"] if points else 0.0
        for point in points:
            point["share"] = 100 * point["cumulated"] / total if total > 0 else None
        return values | {
            "basis": "service" if policy._has_service() else "margin",
            "notice": policy._get_service_notice(),
            "action": "crm_loyalty.action_customer_profit",
            "points": points,
            "total": {
                "count": points[-1]["to"] if points else 0,
                "profit": total,
            },
            "peak": self._get_peak(ranks, total),
            "segments": self._get_segments(policy, ranks),
            "unknown": self._get_unknown(policy, points),
        }

    def _get_common_values(self, policy):
        if not self.env.user.has_group("crm_loyalty.group_cost"):
            raise AccessError(
                self.env._("The whale curve is for users who see cost and margin.")
            )
        return self.env["crm.loyalty.analysis"]._get_common_values(policy)

    def _get_points(self, policy, ranks):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(rank), MAX(rank), SUM(amount)
                FROM (
                    SELECT rank, amount,
                        (rank - 1) / CEIL(COUNT(*) OVER () / %s::numeric)::int AS step
                    FROM (%s) ranked
                ) stepped
                GROUP BY step
                ORDER BY step
                """,
                MAX_POINTS,
                ranks,
            )
        )
        points, cumulated = [], 0
        for first, last, amount in rows:
            cumulated += amount
            points.append(
                {
                    "from": first,
                    "to": last,
                    "profit": float(amount),
                    "cumulated": float(cumulated),
                    "domain": [
                        *self._get_domain(policy),
                        ["profit_rank", ">=", first],
                        ["profit_rank", "<=", last],
                    ],
                }
            )
        return points

    def _get_domain(self, policy):
        return [["company_id", "=", policy.company_id.id]]

    def _get_peak(self, ranks, total):
        """Where the curve is highest; the first such customer."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rank, SUM(amount) OVER (ORDER BY rank) AS cumulated
                FROM (%s) ranked
                ORDER BY cumulated DESC, rank
                LIMIT 1
                """,
                ranks,
            )
        )
        if not rows:
            return None
        [[rank, cumulated]] = rows
        return {
            "rank": rank,
            "cumulated": float(cumulated),
            "share": 100 * float(cumulated) / total if total > 0 else None,
        }

    def _get_segments(self, policy, ranks):
        """Customers that bring, break even and cost, by the sign of their profit."""
        labels = {
            1: ("bring", self.env._("Bring profit")),
            0: ("even", self.env._("Break even")),
            -1: ("cost", self.env._("Cost more than they bring")),
        }
        rows = self.env.execute_query(
            SQL(
                """
                SELECT SIGN(amount)::int, COUNT(*), SUM(amount), MIN(rank), MAX(rank)
                FROM (%s) ranked
                GROUP BY 1
                """,
                ranks,
            )
        )
        found = {sign: figures for sign, *figures in rows}
        segments = []
        for sign, (name, label) in labels.items():
            count, amount, first, last = found.get(sign, (0, 0, 1, 0))
            segments.append(
                {
                    "name": name,
                    "label": label,
                    "count": count,
                    "profit": float(amount),
                    "domain": [
                        *self._get_domain(policy),
                        ["profit_rank", ">=", first],
                        ["profit_rank", "<=", last],
                    ],
                }
            )
        return segments

    def _get_unknown(self, policy, points):
        """Customers whose cost of goods is not known for 95 % of their revenue."""
        profiles = self.env["crm.customer.profile"]
        everybody = profiles.search_count(self._get_domain(policy))
        return {
            "count": everybody - (points[-1]["to"] if points else 0),
            "domain": [*self._get_domain(policy), ["profit_rank", "=", 0]],
        }

    # ------------------------------------------------------------------
    # Workbook
    # ------------------------------------------------------------------

    def _get_sheets(self):
        """Every customer of the curve, with the curve as a chart."""
        values = self.get_values()
        title = self.env._("Whale Curve")
        if values["state"] != "figures":
            raise UserError(
                self.env._(
                    "There is no whale curve of %s to export yet. Compute it first.",
                    values["company"],
                )
            )
        total = values["total"]["profit"]
        columns = self._get_columns(values["basis"])
        rows = [
            [*row, row[-1] / total if total > 0 else None]
            for row in self._get_rows(values)
        ]
        sheet = Sheet(
            title,
            columns,
            rows,
            heading=[*self._get_heading(title, values), values["notice"]["text"]],
            total=self.env._("Total"),
            decimals=self._get_decimals(values),
            charts=[
                Chart(
                    self.env._("Profit cumulated, best customers first"),
                    "area",
                    labels=0,
                    series=[8],
                    colors=["#2F6F9F"],
                    width=760,
                )
            ],
        )
        return title, [sheet]

    def _get_columns(self, basis):
        profit = (
            self.env._("Profit after Service")
            if basis == "service"
            else self.env._("Margin")
        )
        return [
            Column(self.env._("Customer")),
            Column(self.env._("Rank"), "count"),
            Column(self.env._("Salesperson")),
            Column(self.env._("Revenue"), "amount", total=True),
            Column(self.env._("Cost of Goods"), "amount", total=True),
            Column(self.env._("Direct Costs"), "amount", total=True),
            Column(self.env._("Cost to Serve"), "amount", total=True),
            Column(profit, "amount", total=True),
            Column(self.env._("Cumulated"), "amount"),
            Column(self.env._("Cumulated Share"), "share"),
        ]

    def _get_rows(self, values):
        """Customer, rank, salesperson, revenue, cost of goods, direct costs, cost to
        serve, profit and cumulated profit; unknown is None.

        In SQL, for which the caller has checked the right to see everybody's cost.
        """
        policy = self.env["crm.loyalty.policy"].browse(values["policy_id"]).sudo()
        profiles = self.env["crm.customer.profile"]
        return self.env.execute_query(
            SQL(
                """
                SELECT partner.complete_name, ranked.rank, seller.name,
                    profile.revenue::float, profile.cost::float,
                    profile.direct_cost::float, profile.service_cost::float,
                    ranked.amount::float,
                    (SUM(ranked.amount) OVER (ORDER BY ranked.rank))::float
                FROM (%s) ranked
                JOIN crm_customer_profile profile ON profile.id = ranked.id
                JOIN res_partner partner ON partner.id = profile.partner_id
                LEFT JOIN res_users salesperson ON salesperson.id = partner.user_id
                LEFT JOIN res_partner seller ON seller.id = salesperson.partner_id
                ORDER BY ranked.rank
                """,
                profiles._query_profit_ranks(policy.company_id),
            )
        )
