# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL


class CrmCustomerReceivable(models.Model):
    """What customers still owe: open receivable items of posted documents.

    Salespeople see no receivables in accounting; those of their own customers are
    shown to them on purpose.
    """

    _name = "crm.customer.receivable"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.document.mixin"]
    _description = "Open Receivable"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True)
    branch_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="The entity, or the head of the group it counted for at the last run",
    )
    partner_id = fields.Many2one("res.partner", "Entity", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    date = fields.Date("Accounting Date", readonly=True)
    date_due = fields.Date("Due Date", readonly=True)
    days_late = fields.Integer(
        compute="_compute_days_late", help="Days since the due date"
    )
    amount = fields.Monetary(readonly=True, help="Including tax")
    amount_residual = fields.Monetary(
        "Still Open", readonly=True, help="Including tax, in company currency"
    )

    _depends = {
        "account.move": ["move_type", "payment_state", "invoice_user_id"],
        "account.move.line": [
            "parent_state",
            "partner_id",
            "company_id",
            "account_id",
            "date",
            "date_maturity",
            "balance",
            "amount_residual",
            "reconciled",
        ],
        "account.account": ["account_type"],
        "crm.customer.entity": ["partner_id", "company_id", "customer_id"],
        "res.company": ["parent_path", "currency_id"],
        "res.partner": ["commercial_partner_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT line.id, root.id AS company_id, line.company_id AS branch_id,
                root.currency_id, entity.commercial_partner_id AS partner_id,
                COALESCE(grouped.customer_id, entity.commercial_partner_id)
                    AS customer_id,
                line.move_id, move.move_type, move.payment_state,
                move.invoice_user_id AS user_id, line.date,
                COALESCE(line.date_maturity, line.date) AS date_due,
                line.balance AS amount, line.amount_residual
            FROM account_move_line line
            JOIN account_move move ON move.id = line.move_id
            JOIN account_account account ON account.id = line.account_id
            JOIN res_company branch ON branch.id = line.company_id
            JOIN res_company root
                ON root.id = SPLIT_PART(branch.parent_path, '/', 1)::int
            JOIN res_partner entity ON entity.id = line.partner_id
            %s
            WHERE line.parent_state = 'posted'
                AND account.account_type = 'asset_receivable'
                AND line.reconciled IS NOT TRUE
            """,
            self.env["crm.customer.entity"]._sql_join(
                SQL("entity.commercial_partner_id"), SQL("root.id")
            ),
        )

    @api.depends("date_due")
    @api.depends_context("tz")
    def _compute_days_late(self):
        today = fields.Date.context_today(self)
        for item in self:
            item.days_late = max((today - item.date_due).days, 0)
