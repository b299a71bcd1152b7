# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.workbook import Chart, Column, Sheet


class CrmLoyaltyPyramid(models.AbstractModel):
    """Values of the customer pyramid; the web client only draws them."""

    _name = "crm.loyalty.pyramid"
    _inherit = ["crm.loyalty.workbook"]
    _description = "Customer Pyramid"

    @api.model
    @api.readonly
    def get_values(self):
        """Customers and revenue per tier of the current root company.

        Amounts are net of tax in company currency, for the window that ends with the
        as-of day of the last run. Before the first decision the tiers are the computed
        ones, a proposal. ``cost`` (direct costs and cost to serve), its share in % and
        ``profit`` after service are None for users who do not see costs, and before
        there are rates: unknown is not zero. ``service`` is the notice about the rates.

        :return: dict of company, currency, as-of day, window, state, tiers, rows
            outside the pyramid, total, movements and tie-out; only ``state`` and
            ``company`` when there are no figures yet. Rules are those of the last run;
            ``rules_changed`` tells that others are in force by now. ``tie_out`` and
            ``since_run`` are of the whole company, thus None for who sees only his own
            customers
        :raise AccessError: for users who do not see customers
        """
        self.env["crm.customer.profile"].check_access("read")
        policy = self.env["crm.loyalty.policy"]._get()
        company = self.env.company.sudo().root_id
        values = {
            "company": company.name,
            "companies": len(self.env.companies.sudo().root_id),
            "policy_id": policy.id,
            "can_decide": self.env.user.has_group("crm_loyalty.group_manager"),
            "own_only": self._sees_own_only(),
            "state": self._get_state(policy),
            "progress": self._get_progress(policy),
        }
        if values["state"] in ("no_policy", "no_run"):
            return values
        rules = policy._get_last_rules()
        groups = self._read_groups(policy)
        service = self._read_service(policy)
        tiers = self._prepare_tiers(policy, groups)
        outside = self._prepare_outside(policy, groups)
        total = {
            "customers": sum(row["customers"] for row in tiers + outside),
            "revenue": sum(row["revenue"] for row in tiers + outside),
            "cost": None,
            "cost_share": None,
            "profit": None,
        }
        if service is not None:
            self._add_service(tiers + outside, total, service)
        if not groups and not self._has_profiles(policy):
            values["state"] = "no_sales"
            values["can_invoice"] = self._get_can_invoice()
        return values | {
            "currency_id": company.currency_id.id,
            "as_of": fields.Date.to_string(policy.as_of),
            "window_start": fields.Date.to_string(policy.window_start),
            "cut_method": self._get_cut_label(policy, rules),
            "rules_changed": rules != policy._get_rules(),
            "decided_on": fields.Date.to_string(policy.decided_on),
            "next_decision": fields.Date.to_string(policy.next_decision),
            "computed_on": fields.Datetime.to_string(policy.last_run_id.finished_on),
            "tiers": tiers,
            "outside": outside,
            "total": total,
            "service": service is not None and policy._get_service_notice(),
            **self._prepare_state_of_run(policy, values["own_only"]),
        }

    # ------------------------------------------------------------------
    # Workbook
    # ------------------------------------------------------------------

    def _get_sheets(self):
        """The pyramid and what stands outside it, with a chart of the tiers."""
        values = self.get_values()
        title = self.env._("Customer Pyramid")
        if "tiers" not in values:
            raise UserError(
                self.env._(
                    "There is no pyramid of %s to export yet. Compute it first.",
                    values["company"],
                )
            )
        sheets = [
            self._get_sheet(
                title,
                values,
                self._get_columns(values),
                values["tiers"],
                heading=values["cut_method"],
                charts=[
                    Chart(
                        self.env._("Share of customers and of revenue"),
                        "bar",
                        labels=0,
                        series=[2, 4],
                        colors=["#9AA5B1", "#2F6F9F"],
                    )
                ],
            )
        ]
        if values["outside"]:
            name = self.env._("Outside the Pyramid")
            columns = self._get_outside_columns(values)
            sheets.append(self._get_sheet(name, values, columns, values["outside"]))
        return title, sheets

    def _get_sheet(self, title, values, columns, rows, heading="", charts=()):
        """A sheet of rows of the screen; shares, in %, become fractions."""
        heading = [*self._get_heading(title, values), *filter(None, [heading])]
        return Sheet(
            title,
            list(columns.values()),
            [
                [
                    row[name] / 100
                    if column.kind == "share" and row[name] is not None
                    else row[name]
                    for name, column in columns.items()
                ]
                for row in rows
            ],
            heading=heading,
            total=self.env._("Total"),
            decimals=self._get_decimals(values),
            charts=list(charts),
        )

    def _get_columns(self, values):
        """{value of a tier: its column}, those of the screen in the same order."""
        columns = {
            "name": Column(self.env._("Tier")),
            "customers": Column(self.env._("Customers"), "count", total=True),
            "customer_share": Column(
                self.env._("Share of Customers"), "share", total=True
            ),
            "revenue": Column(self.env._("Revenue"), "amount", total=True),
            "revenue_share": Column(
                self.env._("Share of Revenue"), "share", total=True
            ),
            **self._get_service_columns(values),
        }
        if values["decided_on"]:
            columns["up"] = Column(self.env._("Moved Up"), "count", total=True)
            columns["down"] = Column(self.env._("Moved Down"), "count", total=True)
        return columns

    def _get_outside_columns(self, values):
        """Those of the screen that tell something of who is outside."""
        return {
            "name": Column(self.env._("Reason")),
            "customers": Column(self.env._("Customers"), "count", total=True),
            "revenue": Column(self.env._("Revenue"), "amount", total=True),
            **self._get_service_columns(values),
        }

    def _get_service_columns(self, values):
        if not values["service"]:  # not known, or not this reader's business
            return {}
        return {
            "cost": Column(self.env._("Cost to Serve"), "amount", total=True),
            "cost_share": Column(self.env._("Share of Cost"), "share"),
            "profit": Column(self.env._("After Service"), "amount", total=True),
        }

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    def _get_cut_label(self, policy, rules):
        selection = policy._fields["cut_method"]._description_selection(self.env)
        label = dict(selection)[rules["cut_method"]]
        if rules.get("value_basis") == "profit":
            return self.env._("%s, of the profit after service", label)
        return label

    def _prepare_state_of_run(self, policy, own_only):
        """What came after the last run, and whether it ties out to the ledger."""
        if own_only:
            return {"since_run": None, "tie_out": None}
        return {
            "since_run": self._count_since_run(policy.company_id),
            "tie_out": {
                "computed_on": fields.Datetime.to_string(
                    policy.tie_out_run_id.finished_on
                ),
                "unexplained": policy.unexplained,
                "ok": policy.currency_id.is_zero(policy.unexplained),
            },
        }

    def _get_can_invoice(self):
        """Whether the user can post a first invoice, and if not, what is missing.

        :return: "yes"; "set_up" where accounting is missing and the user may set it
            up; "ask_set_up" where he may not; "ask_invoice" without the right to post
        """
        # sudo: whether there is a sales journal is no secret to who needs one
        journals = self.env["account.journal"].sudo()
        domain = [
            *journals._check_company_domain(self.env.company),
            ("type", "=", "sale"),
        ]
        if not journals.search_count(domain, limit=1):
            # the chart of accounts, and with it the journals, is chosen in Settings
            may_set_up = self.env.user.has_group("base.group_system")
            return "set_up" if may_set_up else "ask_set_up"
        may_post = self.env.user.has_group("account.group_account_invoice")
        return "yes" if may_post else "ask_invoice"

    def _sees_own_only(self):
        """Whether the figures are those of the user's own customers only."""
        user = self.env.user
        return not (
            user.has_group("crm_loyalty.group_manager")
            or user.has_group("sales_team.group_sale_salesman_all_leads")
        )

    def _has_profiles(self, policy):
        # sudo: customers the user does not see are customers all the same
        profiles = self.env["crm.customer.profile"].sudo()
        domain = [("company_id", "=", policy.company_id.id)]
        return bool(profiles.search_count(domain, limit=1))

    def _get_state(self, policy):
        if not policy:
            return "no_policy"
        if not policy.as_of:
            return "no_run"
        return "decided" if policy.decided_on else "proposal"

    def _get_progress(self, policy):
        """Share of the customers that an unfinished run has read, in %; else None."""
        run = (
            self.env["crm.loyalty.run"]
            .sudo()  # progress of a run tells nothing about a customer
            .search([("policy_id", "=", policy.id), ("state", "!=", "done")], limit=1)
        )
        return run.progress if run else None

    def _tier_field(self, policy):
        return "tier_id" if policy.decided_on else "computed_tier_id"

    def _read_groups(self, policy):
        """{(tier, standing): (customers, revenue)} of the customers the user sees."""
        groups = self.env["crm.customer.profile"]._read_group(
            [("company_id", "=", policy.company_id.id)],
            [self._tier_field(policy), "standing"],
            ["__count", "revenue:sum"],
        )
        return {
            (tier, standing): (count, revenue)
            for tier, standing, count, revenue in groups
        }

    def _prepare_tiers(self, policy, groups):
        field = self._tier_field(policy)
        moves = self._read_moves(policy)
        ranked = {
            tier: (count, revenue)
            for (tier, standing), (count, revenue) in groups.items()
            if tier
        }
        customers = sum(count for count, _revenue in ranked.values())
        total = sum(revenue for _count, revenue in ranked.values())
        rows = []
        # a tier taken out of the policy shows until the next decision empties it
        retired = {tier for tier in ranked if tier.sudo() not in policy.tier_ids}
        for tier in [*policy.tier_ids.sorted(), *retired]:
            count, revenue = ranked.get(tier.sudo(False), (0, 0.0))
            rows.append(
                {
                    "id": tier.id,
                    "name": tier.name,
                    "color": tier.color,
                    "strategy": tier.strategy or "",
                    "customers": count,
                    "customer_share": 100 * count / customers if customers else 0,
                    "revenue": revenue,
                    "revenue_share": 100 * revenue / total if total else 0,
                    "cost": None,
                    "cost_share": None,
                    "profit": None,
                    "up": moves.get((tier.id, "up"), 0),
                    "down": moves.get((tier.id, "down"), 0),
                    "domain": [
                        ["company_id", "=", policy.company_id.id],
                        [field, "=", tier.id],
                    ],
                }
            )
        return rows

    def _prepare_outside(self, policy, groups):
        selection = self.env["crm.customer.profile"]._fields["standing"]
        rows = []
        for standing, label in selection._description_selection(self.env):
            found = [
                figures
                for (tier, group_standing), figures in groups.items()
                if group_standing == standing and not tier
            ]
            if not found or standing == "ranked":
                continue
            rows.append(
                {
                    "standing": standing,
                    "name": label,
                    "customers": sum(count for count, _revenue in found),
                    "revenue": sum(revenue for _count, revenue in found),
                    "cost": None,
                    "cost_share": None,
                    "profit": None,
                    "domain": [
                        ["company_id", "=", policy.company_id.id],
                        ["standing", "=", standing],
                        [self._tier_field(policy), "=", False],
                    ],
                }
            )
        return rows

    def _read_service(self, policy):
        """{(tier, standing): (cost, profit)}; None for who may not see them, or before
        there are rates. The profit is that of customers whose cost is known."""
        sees = self.env.user.has_group("crm_loyalty.group_cost")
        if not sees or not policy._has_service():
            return None
        groups = self.env["crm.customer.profile"]._read_group(
            [("company_id", "=", policy.company_id.id)],
            [self._tier_field(policy), "standing"],
            ["direct_cost:sum", "service_cost:sum", "service_profit:sum"],
        )
        return {
            (tier.id, standing): ((direct or 0) + (cost or 0), profit or 0)
            for tier, standing, direct, cost, profit in groups
        }

    def _add_service(self, rows, total, service):
        """Write cost and profit into the rows of the pyramid and those outside."""
        everything = sum(cost for cost, _profit in service.values())
        for row in rows:
            found = [
                figures
                for (tier_id, standing), figures in service.items()
                if (
                    tier_id == row["id"]
                    if "id" in row
                    else not tier_id and standing == row["standing"]
                )
            ]
            row["cost"] = sum(cost for cost, _profit in found)
            row["profit"] = sum(profit for _cost, profit in found)
            row["cost_share"] = 100 * row["cost"] / everything if everything else 0
        total["cost"] = sum(row["cost"] for row in rows)
        total["profit"] = sum(row["profit"] for row in rows)

    def _read_moves(self, policy):
        """How many customers moved up into, or down into, each tier on the last
        decision; {(tier id, "up" | "down"): number}."""
        if not policy.decided_on:
            return {}
        moved = self.env["crm.customer.tier.change"]._read_group(
            Domain("company_id", "=", policy.company_id.id)
            & Domain("date", "=", policy.decided_on)
            & Domain("kind", "=", "decision"),
            ["from_tier_id", "to_tier_id"],
            ["__count"],
        )
        result = {}
        for origin, target, count in moved:
            direction = "up" if target.sequence < origin.sequence else "down"
            key = (target.id, direction)
            result[key] = result.get(key, 0) + count
        return result

    def _count_since_run(self, company):
        """Documents posted, reset or changed since the last run, in the company."""
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT COUNT(DISTINCT move_id) FROM crm_customer_queue WHERE"
                " company_id = %s",
                company.id,
            )
        )
        return count

    # ------------------------------------------------------------------
    # The line below the pyramid
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_calls(self):
        """What waits to be done below the pyramid, of the customers the user sees.

        :return: dict of ``risk`` (customers to ask and their money at risk),
            ``moved`` (customers that changed tier on the last decision, up and down;
            False before the first one)
            and ``short`` (products short for key customers), each with a ``domain``
        """
        policy = self.env["crm.loyalty.policy"]._get()
        of_company = [["company_id", "=", policy.company_id.id]]
        risk = [*of_company, ["outcome_id", "=", False], ["obstacle", "=", False]]
        [(customers, amount)] = self.env["crm.customer.risk"]._read_group(
            risk, [], ["__count", "amount:sum"]
        )
        moves = self._read_moves(policy)
        short = [
            *of_company,
            ["short_qty", ">", 0],
            ["is_key", "=", True],
            ["date_expected", "<=", "today +30d"],
        ]
        [(products,)] = self.env["crm.customer.basket"]._read_group(
            short, [], ["product_id:count_distinct"]
        )
        return {
            "risk": {"customers": customers, "amount": amount, "domain": risk},
            "moved": policy.decided_on
            and {
                "up": sum(n for (_tier, way), n in moves.items() if way == "up"),
                "down": sum(n for (_tier, way), n in moves.items() if way == "down"),
                "domain": [
                    *of_company,
                    ["date", "=", fields.Date.to_string(policy.decided_on)],
                    ["kind", "=", "decision"],
                ],
            },
            "short": {"products": products, "domain": short},
        }
