# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_customer_profile import UNCOSTED_LIMIT
from .nullable_fields import NullableMonetary


class CrmCustomerProfile(models.Model):
    """What serving a customer costs, and what is left of the margin after that."""

    _inherit = "crm.customer.profile"

    direct_cost = NullableMonetary(
        "Direct Costs",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Bills received from the customer and expenses on its analytic account, in"
        " the window; goods are none",
    )
    service_cost = NullableMonetary(
        "Cost to Serve",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Orders, deliveries, visits … by the standard rates or cost pools of the"
        " company; empty while there are none",
    )
    service_profit = NullableMonetary(
        "Profit after Service",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Revenue less cost of goods, direct costs and cost to serve; empty when"
        " more than 5 % of the revenue has no cost",
    )
    service_notice = fields.Char(
        "Rates of the Service",
        compute="_compute_service_notice",
        compute_sudo=True,
        groups="crm_loyalty.group_cost",
    )
    service_state = fields.Selection(
        [
            ("none", "No rates"),
            ("unconfirmed", "Not confirmed"),
            ("confirmed", "Confirmed"),
        ],
        "State of the Rates",
        compute="_compute_service_notice",
        compute_sudo=True,
        groups="crm_loyalty.group_cost",
    )
    profit_rank = fields.Integer(
        "Rank by Profit",
        compute="_compute_profit_rank",
        search="_search_profit_rank",
        aggregator=None,
        groups="crm_loyalty.group_cost",
        help="Place on the whale curve; of equal customers the older one comes first",
    )

    @api.depends("company_id")
    def _compute_service_notice(self):
        for policy, profiles in self.grouped("policy_id").items():
            notice = policy._get_service_notice()
            profiles.service_notice = notice["text"]
            profiles.service_state = notice["state"]

    @api.model
    def _get_summary_notice(self, company):
        """Above lists: that nobody has confirmed the rates, for who sees costs."""
        if not self.env.user.has_group("crm_loyalty.group_cost"):
            return ""
        notice = self.env["crm.loyalty.policy"]._get(company)._get_service_notice()
        if notice["state"] != "unconfirmed":
            return ""
        return self.env._("Cost to serve: %s", notice["text"])

    # ------------------------------------------------------------------
    # Rank by profit
    # ------------------------------------------------------------------

    def _compute_profit_rank(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT id, rank FROM (%s) ranked WHERE id IN %s",
                self._query_profit_ranks(self.company_id),
                tuple(self.ids) or (0,),
            )
        )
        ranks = dict(rows)
        for profile in self:
            profile.profit_rank = ranks.get(profile.id, 0)

    def _search_profit_rank(self, operator, value):
        """Places on the curve of the current company."""
        self._check_field_access(self._fields["profit_rank"], "read")
        company = self.env.company.sudo().root_id
        if operator == "in" and set(value) <= {0}:
            ranks = SQL("(SELECT id FROM (%s) r)", self._query_profit_ranks(company))
            return Domain("id", "not in", ranks)  # of unknown profit
        operators = {"<=": SQL("<="), ">=": SQL(">="), "<": SQL("<"), ">": SQL(">")}
        if operator not in operators or not isinstance(value, int):
            return NotImplemented
        ranks = SQL(
            "(SELECT id FROM (%s) ranked WHERE rank %s %s)",
            self._query_profit_ranks(company),
            operators[operator],
            value,
        )
        return Domain("id", "in", ranks)

    def _query_profit_ranks(self, companies):
        """Customers with a known profit: id, company, amount, rank."""
        queries = [
            SQL(
                """
                SELECT id, company_id, amount,
                    ROW_NUMBER() OVER (ORDER BY amount DESC, partner_id) AS rank
                FROM (
                    SELECT id, company_id, partner_id, %(amount)s AS amount
                    FROM crm_customer_profile
                    WHERE company_id = %(company)s
                ) known
                WHERE amount IS NOT NULL
                """,
                amount=self._sql_curve_amount(company),
                company=company.id,
            )
            for company in companies
        ]
        return SQL(" UNION ALL ").join(queries) if queries else SQL("SELECT 0, 0, 0, 0")

    def _sql_curve_amount(self, company):
        """What the whale curve adds up: before there are rates, the margin."""
        if self.env["crm.loyalty.policy"]._get(company)._has_service():
            return SQL("service_profit")
        return SQL("CASE WHEN %s THEN revenue - cost END", self._sql_cost_known())

    def _sql_cost_known(self):
        """Whether the cost of goods is known for all but 5 % of the revenue."""
        return SQL("ABS(revenue_uncosted) * 100 <= %s * ABS(revenue)", UNCOSTED_LIMIT)

    # ------------------------------------------------------------------
    # Run
    # ------------------------------------------------------------------

    def _refresh_service(self, run):
        """Cost to serve of all entities; called by a run, before it classifies.

        :return: number of rows of the ledger that changed
        """
        policy, company = run.policy_id, run.company_id
        facts = self.env["crm.customer.service.fact"]
        if not policy._has_service():
            # nothing is counted for companies that do not use it
            return facts._clear(company)
        schedule = policy._get_service_schedule(run.as_of)
        return facts._refresh(company, run.as_of, schedule)

    def _query_served(self, policy):
        """The customers that a run classifies, with their cost to serve and profit.

        On a table ``customer`` with the figures of the run.
        """
        if not policy._has_service():
            return SQL(
                """
                SELECT customer.*, NULL::numeric AS direct_cost,
                    NULL::numeric AS service_cost, NULL::numeric AS service_profit
                FROM customer
                """
            )
        return SQL(
            """
            SELECT customer.*, COALESCE(paid.direct, 0) AS direct_cost,
                COALESCE(paid.service, 0) AS service_cost,
                CASE WHEN %(known)s THEN revenue - cost - COALESCE(paid.direct, 0)
                    - COALESCE(paid.service, 0) END AS service_profit
            FROM customer
            LEFT JOIN (
                SELECT COALESCE(grouped.customer_id, fact.partner_id) AS id,
                    SUM(amount) FILTER (WHERE driver = 'direct') AS direct,
                    SUM(amount) FILTER (WHERE driver <> 'direct') AS service
                FROM crm_customer_service_fact fact
                %(join)s
                WHERE fact.company_id = %(company)s
                GROUP BY 1
            ) paid USING (id)
            """,
            known=self._sql_cost_known(),
            join=self.env["crm.customer.entity"]._sql_join(
                SQL("fact.partner_id"), SQL("fact.company_id")
            ),
            company=policy.company_id.id,
        )
