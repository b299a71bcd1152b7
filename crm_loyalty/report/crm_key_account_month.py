# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from ..models.nullable_fields import NullableMonetary


class CrmKeyAccountMonth(models.Model):
    """Target and revenue of each key account and month, for pivots and graphs.

    A month stands here if it has a target, or revenue; of all entities of the customer,
    as on the dossier.
    """

    _name = "crm.key.account.month"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.view.mixin"]
    _description = "Key Account per Month"
    _auto = False
    _order = "month desc, account_id"
    _rec_name = "account_id"

    account_id = fields.Many2one("crm.key.account", "Key Account", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    manager_id = fields.Many2one("res.users", "Key-Account Manager", readonly=True)
    rel_phase = fields.Selection(
        lambda self: (
            self.env["crm.key.account"]
            ._fields["rel_phase"]
            ._description_selection(self.env)
        ),
        "Phase of the Relation",
        readonly=True,
    )
    month = fields.Date(readonly=True, help="First day of the month")
    target = NullableMonetary(
        readonly=True, help="Revenue, net of tax; empty where none was set"
    )
    revenue = fields.Monetary(
        readonly=True, help="Net of tax and of credit notes, as of the last run"
    )
    difference = NullableMonetary(
        "Above Target",
        readonly=True,
        help="Revenue less target, of months with a target; negative below it",
    )

    _depends = {
        "crm.key.account": [
            "active",
            "company_id",
            "manager_id",
            "partner_id",
            "rel_phase",
            "state",
        ],
        "crm.key.account.target": ["account_id", "amount", "month"],
        "crm.customer.entity": ["company_id", "customer_id", "partner_id"],
        "crm.customer.fact": ["company_id", "date", "partner_id", "revenue"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH dossier AS (
                SELECT * FROM crm_key_account WHERE active AND state = 'active'
            ),
            entity AS (
                SELECT id AS account_id, company_id, partner_id FROM dossier
                UNION
                SELECT dossier.id, dossier.company_id, member.partner_id
                FROM dossier JOIN crm_customer_entity member
                    ON member.customer_id = dossier.partner_id
                    AND member.company_id = dossier.company_id
            ),
            amount AS (
                SELECT account_id, month, amount AS target, 0 AS revenue
                FROM crm_key_account_target
                UNION ALL
                SELECT entity.account_id, DATE_TRUNC('month', fact.date)::date,
                    NULL, fact.revenue
                FROM entity JOIN crm_customer_fact fact
                    ON fact.partner_id = entity.partner_id
                    AND fact.company_id = entity.company_id
            )
            SELECT ROW_NUMBER() OVER (ORDER BY dossier.id, amount.month) AS id,
                dossier.id AS account_id, dossier.company_id, dossier.manager_id,
                dossier.rel_phase, amount.month,
                SUM(amount.target) AS target,
                SUM(amount.revenue) AS revenue,
                CASE WHEN COUNT(amount.target) > 0
                    THEN SUM(amount.revenue) - SUM(amount.target)
                END AS difference
            FROM amount JOIN dossier ON dossier.id = amount.account_id
            GROUP BY dossier.id, dossier.company_id, dossier.manager_id,
                dossier.rel_phase, amount.month
            """
        )
