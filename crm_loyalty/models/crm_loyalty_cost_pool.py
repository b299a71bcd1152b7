# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools.service_schedule import Pool
from .nullable_fields import NullableFloat, NullableMonetary


class CrmLoyaltyCostPool(models.Model):
    """Cost of a period that is shared out among customers by a driver.

    What is charged to a customer directly is not in a pool of its accounts, too.
    """

    _name = "crm.loyalty.cost.pool"
    _inherit = ["crm.loyalty.company.mixin", "mail.thread"]
    _description = "Cost Pool"
    _order = "date_to desc, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company.sudo().root_id,
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(day=1, months=-1)
        ),
    )
    date_to = fields.Date(
        "To",
        required=True,
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(day=1, days=-1)
        ),
        help="Last day. The pool counts while this day lies in the window",
    )
    driver = fields.Selection(
        lambda self: self.env["crm.customer.service.driver"]._get_selection(),
        required=True,
        default="order",
    )
    source = fields.Selection(
        [
            ("typed", "Typed"),
            ("accounts", "Accounts"),
            ("analytic", "Analytic accounts"),
        ],
        "Amount from",
        required=True,
        default="typed",
    )
    typed_amount = fields.Monetary(tracking=True)
    account_ids = fields.Many2many(
        "account.account", string="Accounts", check_company=True
    )
    analytic_account_ids = fields.Many2many(
        "account.analytic.account", string="Analytic Accounts", check_company=True
    )

    # Written by runs
    amount = NullableMonetary(
        readonly=True, copy=False, help="At the last run, less what is charged directly"
    )
    quantity = NullableFloat(
        "Driver Quantity", digits=(16, 2), readonly=True, copy=False
    )
    allocated = NullableMonetary(readonly=True, copy=False)
    rate = NullableFloat(
        digits=(16, 4),
        compute="_compute_rate",
        help="Amount / quantity of the driver in the period",
    )
    unallocated = NullableMonetary(
        compute="_compute_rate", help="Nobody had any of the driver in the period"
    )

    _period_ordered = models.Constraint(
        "CHECK (date_from <= date_to)", "A pool ends on or after the day it begins."
    )

    @api.depends("amount", "quantity", "allocated")
    def _compute_rate(self):
        for pool in self:
            known = pool.amount is not False
            pool.rate = pool.quantity and pool.amount / pool.quantity
            pool.unallocated = known and pool.amount - (pool.allocated or 0)

    # ------------------------------------------------------------------
    # Rules that must hold
    # ------------------------------------------------------------------

    @api.constrains("company_id")
    def _check_root_company(self):
        for pool in self:
            if pool.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch; pools belong to %(root)s.",
                        branch=pool.company_id.name,
                        root=pool.company_id.root_id.name,
                    )
                )

    @api.constrains(
        "source",
        "account_ids",
        "analytic_account_ids",
        "date_from",
        "date_to",
        "active",
        "company_id",
    )
    def _check_counted_once(self):
        """No account in two pools of the same days, none that is a customer's own."""
        for pool in self.filtered("active"):
            owned = pool.analytic_account_ids.filtered("partner_id")
            if pool.source == "analytic" and owned:
                raise ValidationError(
                    self.env._(
                        "Analytic account %(account)s belongs to %(customer)s: its"
                        " costs are charged to that customer directly. Take it out of"
                        " the pool %(pool)s.",
                        account=owned[0].name,
                        customer=owned[0].partner_id.name,
                        pool=pool.name,
                    )
                )
            other = pool._find_overlap()
            if other:
                raise ValidationError(
                    self.env._(
                        "The pool %(other)s has an account of %(pool)s, for some of the"
                        " same days: its cost would count twice. Change the accounts"
                        " or the days.",
                        other=other.display_name,
                        pool=pool.display_name,
                    )
                )

    def _find_overlap(self):
        field = {"accounts": "account_ids", "analytic": "analytic_account_ids"}.get(
            self.source
        )
        if not field:
            return self.browse()
        return self.search(
            Domain("id", "!=", self.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("source", "=", self.source)
            & Domain(field, "in", self[field].ids)
            & Domain("date_from", "<=", self.date_to)
            & Domain("date_to", ">=", self.date_from),
            limit=1,
        )

    @api.depends("name", "date_from", "date_to")
    def _compute_display_name(self):
        for pool in self:
            pool.display_name = self.env._(
                "%(name)s (%(start)s – %(end)s)",
                name=pool.name or "",
                start=format_date(self.env, pool.date_from),
                end=format_date(self.env, pool.date_to),
            )

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------

    @api.model
    def _get_schedule_pools(self, company, start, end):
        """The pools whose last day lies in the window, with their amounts."""
        pools = self.search(
            [
                ("company_id", "=", company.id),
                ("date_to", ">=", start),
                ("date_to", "<=", end),
            ],
            order="id",
        )
        amounts = pools._get_amounts(company)
        return [
            Pool(pool.id, pool.driver, pool.date_from, pool.date_to, amounts[pool.id])
            for pool in pools
        ]

    def _get_amounts(self, company):
        """{id: amount in company currency}."""
        amounts = {pool.id: pool.typed_amount for pool in self}
        booked = self.filtered(lambda pool: pool.source != "typed")
        if booked:
            self.env.flush_all()
            amounts.update(dict.fromkeys(booked.ids, 0.0))
            rows = self.env.execute_query(booked._query_booked(company))
            amounts.update({pool_id: float(amount) for pool_id, amount in rows})
        return amounts

    def _query_booked(self, company):
        """Posted expenses of the pools, less what customers are charged directly."""
        driver = self.env["crm.customer.service.driver"]
        return SQL(
            """
            WITH direct AS MATERIALIZED (
                SELECT line_id, SUM(direct) AS amount
                FROM (%(direct)s) charged
                WHERE branch_id IN %(branches)s
                GROUP BY line_id
            )
            SELECT pool.id, SUM(item.amount)
            FROM crm_loyalty_cost_pool pool
            CROSS JOIN LATERAL (
                SELECT line.balance - COALESCE(direct.amount, 0) AS amount
                FROM account_account_crm_loyalty_cost_pool_rel chosen
                JOIN account_move_line line
                    ON line.account_id = chosen.account_account_id
                LEFT JOIN direct ON direct.line_id = line.id
                WHERE pool.source = 'accounts'
                    AND chosen.crm_loyalty_cost_pool_id = pool.id
                    AND line.parent_state = 'posted'
                    AND line.company_id IN %(branches)s
                    AND line.date BETWEEN pool.date_from AND pool.date_to
                UNION ALL
                SELECT -item.amount
                FROM account_analytic_account_crm_loyalty_cost_pool_rel chosen
                JOIN account_analytic_line item
                    ON chosen.account_analytic_account_id IN (%(plans)s)
                LEFT JOIN direct ON direct.line_id = item.move_line_id
                WHERE pool.source = 'analytic'
                    AND chosen.crm_loyalty_cost_pool_id = pool.id
                    AND item.company_id IN %(branches)s
                    AND item.date BETWEEN pool.date_from AND pool.date_to
                    AND direct.line_id IS NULL
            ) item
            WHERE pool.id IN %(pools)s
            GROUP BY pool.id
            """,
            direct=driver._get_direct_source().query,
            branches=tuple(company._loyalty_branches().ids),
            plans=driver._sql_plans(),
            pools=tuple(self.ids),
        )

    def action_open_documents(self):
        """The documents that the pool is shared out by."""
        self.ensure_one()
        documents = self.env["crm.customer.service.document"]
        return documents._get_list_action(
            self.display_name,
            Domain("company_id", "=", self.company_id.id)
            & Domain("driver", "=", self.driver)
            & Domain("date", ">=", fields.Date.to_string(self.date_from))
            & Domain("date", "<=", fields.Date.to_string(self.date_to)),
        )
