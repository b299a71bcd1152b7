# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, formatLang

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
    statement = fields.Json(
        "Profit and Loss",
        compute="_compute_statement",
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

    _company_profit_idx = models.Index("(company_id, service_profit)")

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

    # ------------------------------------------------------------------
    # Statement
    # ------------------------------------------------------------------

    @api.depends("revenue", "service_cost")
    def _compute_statement(self):
        for profile in self:
            profile.statement = profile._get_statement()

    def _get_statement(self):
        """Profit and loss of the customer in the window; screen and XLSX render it.

        Amounts in company currency; costs are negative. None is unknown: no rate, or
        cost of goods not known.

        :return: dict of title, period, currency, notice, state and lines (name, label,
            kind ``line`` or ``total``, basis in words, amount, share of revenue in %,
            figure that opens what it counts, level)
        :raise AccessError: for users who do not see costs
        """
        self.ensure_one()
        self.check_access("read")
        lines = self._get_trade_lines()
        services = self._get_service_lines()
        margin = lines[-1]["amount"]
        none = self.service_state == "none"
        direct = None if none else -(self.direct_cost or 0)
        served = None if none else -(self.service_cost or 0)
        lines += [
            self._prepare_line(
                "direct_cost", self.env._("Direct costs"), direct, "service_direct"
            ),
            *services,
            self._prepare_line(
                "service_cost",
                self.env._("Cost to serve"),
                served,
                "service_cost",
                kind="total",
            ),
            self._prepare_line(
                "service_profit",
                self.env._("Profit after service"),
                None
                if none or margin is None
                else self.currency_id.round(margin + direct + served),
                kind="total",
            ),
        ]
        return {
            "title": self.group_id.name or self.partner_id.display_name,
            "period": self.period_label or "",
            "currency_id": self.currency_id.id,
            "notice": self.service_notice,
            "state": self.service_state,
            "lines": lines,
        }

    def _prepare_line(self, name, label, amount, figure="", **values):
        known = amount is not None and self.revenue > 0
        return {
            "name": name,
            "label": label,
            "kind": "line",
            "level": 0,
            "basis": "",
            "amount": amount,
            "share": 100 * amount / self.revenue if known else None,
            "figure": figure,
            **values,
        }

    def _get_trade_lines(self):
        margin = None if self.margin is False else self.margin
        return [
            self._prepare_line(
                "gross",
                self.env._("Sales before discount"),
                self.revenue + self.discount,
            ),
            self._prepare_line(
                "discount", self.env._("Discount given"), -self.discount, "discount"
            ),
            self._prepare_line(
                "revenue",
                self.env._("Revenue (net of tax)"),
                self.revenue,
                "revenue",
                kind="total",
            ),
            self._prepare_line(
                "cost",
                self.env._("Cost of goods"),
                None if margin is None else -self.cost,
                "cost",
            ),
            self._prepare_line("margin", self.env._("Margin"), margin, kind="total"),
        ]

    def _get_service_lines(self):
        """One line for each driver that costs, those of zero, too: zero is a figure.

        A rate that nobody typed is unknown; drivers that only pools use are left out.
        """
        drivers = self.env["crm.customer.service.driver"]._get_drivers()
        groups = self.env["crm.customer.service"]._read_group(
            [
                ("customer_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            ["driver"],
            ["quantity:sum", "amount:sum"],
        )
        found = {driver: figures for driver, *figures in groups}
        # sudo: prices of the service are told with its figures
        known = self.sudo().policy_id._get_priced_drivers()
        lines = []
        for key, driver in drivers.items():
            quantity, amount = found.get(key, (0.0, 0.0))
            if key not in known and not (driver.rated and quantity):
                continue
            if key not in known:
                amount = None  # nobody typed what one of them costs
            lines.append(
                self._prepare_line(
                    f"service_{key}",
                    driver.label,
                    None if amount is None else -(amount or 0.0),
                    f"service_{key}",
                    level=1,
                    basis=self._format_basis(driver, quantity, amount),
                )
            )
        return lines

    def _format_basis(self, driver, quantity, amount):
        """How a line came about: "12 x 5.00 per order"."""
        if driver.money or not quantity:
            return ""
        digits = 0 if quantity % 1 == 0 else 2
        count = formatLang(self.env, quantity, digits=digits)
        if not amount:
            return count
        return self.env._(
            "%(count)s x %(rate)s %(unit)s",
            count=count,
            rate=formatLang(self.env, amount / quantity, digits=2),
            unit=driver.unit,
        )

    # ------------------------------------------------------------------
    # Explain
    # ------------------------------------------------------------------

    def action_explain(self):
        """Figures of the service open their documents, sums of them the ledger."""
        figure = self.env.context.get("figure") or ""
        if figure in ("direct_cost", "service_cost", "service_profit"):
            self._check_sees_cost()
        if figure == "service_cost":
            return self.action_open_service()
        if figure == "service_profit":
            return self.action_open_statement()
        if figure == "direct_cost":
            figure = "service_direct"
        if not figure.startswith("service_"):
            return super().action_explain()
        self.ensure_one()
        self.check_access("read")
        self._check_sees_cost()
        return self._explain_driver(figure.removeprefix("service_"))

    def _check_sees_cost(self):
        if not self.env.user.has_group("crm_loyalty.group_cost"):
            raise AccessError(
                self.env._("Cost to serve is for users who see cost and margin.")
            )

    def _explain_driver(self, driver):
        """The documents of a driver; they always add up to the figure."""
        if self._has_other_quantity(driver):
            # a document came, changed or went since the last run
            notification = self.action_recompute()
            if not self.exists():
                return notification
        documents = self.env["crm.customer.service.document"]
        labels = dict(self.env["crm.customer.service.driver"]._get_ledger_selection())
        quantity = self._get_driver_quantity(driver)
        return documents._get_list_action(
            self.env._(
                "%(figure)s %(value)s: %(customer)s",
                figure=labels[driver],
                value=formatLang(
                    self.env, quantity, digits=0 if quantity % 1 == 0 else 2
                ),
                customer=self.partner_id.display_name,
            ),
            self._get_driver_domain(driver),
        )

    def _get_driver_domain(self, driver):
        """Documents of this customer that count for the driver."""
        # sudo: which days count is told to everybody who sees the figure
        periods = self.sudo().policy_id._get_service_schedule().get_periods(driver)
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("driver", "=", driver)
            & Domain("partner_id", "in", self.entity_ids.ids)
            & Domain.OR(
                [
                    Domain("date", ">=", fields.Date.to_string(first))
                    & Domain("date", "<=", fields.Date.to_string(last))
                    for first, last in periods
                ]
            )
        )

    def _get_driver_quantity(self, driver):
        [[quantity]] = self.env["crm.customer.service"]._read_group(
            [
                ("customer_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("driver", "=", driver),
            ],
            [],
            ["quantity:sum"],
        )
        return quantity or 0.0

    def _has_other_quantity(self, driver):
        [[quantity]] = self.env["crm.customer.service.document"]._read_group(
            self._get_driver_domain(driver), [], ["quantity:sum"]
        )
        known = self._get_driver_quantity(driver)
        return bool(float_compare(quantity or 0.0, known, precision_digits=2))

    def action_open_service(self):
        """The ledger of this customer: what it had, of which driver, at what cost."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_service"
        )
        action["domain"] = [
            ("customer_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        action["views"] = [(False, "list"), (False, "pivot")]
        action["name"] = action["display_name"] = self.env._(
            "Cost to serve: %s", self.partner_id.display_name
        )
        action["context"] = {}
        return action

    def action_open_statement(self):
        """Profit and loss of this customer."""
        self.ensure_one()
        self._check_sees_cost()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_statement"
        )
        action["res_id"] = self.id
        return action
