# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.nullable_fields import NullableFloat, NullableMonetary

#: a cell of more rows opens the rows: the documents would be everybody's
MAX_ROWS = 500


class CrmCustomerService(models.Model):
    """Ledger of the cost to serve: customer x driver, as of the last run.

    A pool without any quantity has no customer, and no row here: it stays on the list
    of pools, as unallocated.
    """

    _name = "crm.customer.service"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Cost to Serve"
    _auto = False
    _order = "amount desc, id"
    _rec_name = "driver"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="The entity, or the head of the group it counted for at the last run",
    )
    partner_id = fields.Many2one("res.partner", "Entity", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    tier_id = fields.Many2one("crm.loyalty.tier", readonly=True)
    driver = fields.Selection(
        lambda self: self.env["crm.customer.service.driver"]._get_ledger_selection(),
        readonly=True,
    )
    quantity = fields.Float(
        digits=(16, 2),
        readonly=True,
        help="Of documents in the window; of overdue debt money x days",
    )
    rate = NullableFloat(
        "Cost of One", digits=(16, 2), compute="_compute_rate", aggregator=None
    )
    amount = NullableMonetary(
        "Cost", readonly=True, help="Empty where nobody has typed a rate"
    )

    _depends = {
        "crm.customer.service.fact": [
            "partner_id",
            "company_id",
            "driver",
            "quantity",
            "amount",
        ],
        "crm.customer.entity": ["partner_id", "company_id", "customer_id"],
        "crm.customer.profile": ["partner_id", "company_id", "tier_id"],
        "res.company": ["currency_id"],
        "res.partner": ["user_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.id, fact.company_id, company.currency_id, fact.partner_id,
                COALESCE(grouped.customer_id, fact.partner_id) AS customer_id,
                customer.user_id, profile.tier_id, fact.driver, fact.quantity,
                fact.amount
            FROM crm_customer_service_fact fact
            JOIN res_company company ON company.id = fact.company_id
            %s
            JOIN res_partner customer
                ON customer.id = COALESCE(grouped.customer_id, fact.partner_id)
            LEFT JOIN crm_customer_profile profile
                ON profile.partner_id = customer.id
                AND profile.company_id = fact.company_id
            """,
            self.env["crm.customer.entity"]._sql_join(
                SQL("fact.partner_id"), SQL("fact.company_id")
            ),
        )

    @api.depends("quantity", "amount")
    def _compute_rate(self):
        drivers = self.env["crm.customer.service.driver"]._get_drivers()
        for row in self:
            counted = row.driver in drivers and not drivers[row.driver].money
            row.rate = counted and row.quantity and row.amount / row.quantity

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    @api.model
    def action_open_cell(self, domain):
        """What a cell of the pivot counts: its documents, or its rows if too many.

        :param domain: of the cell
        """
        rows = self.search(domain, limit=MAX_ROWS + 1)
        if not rows:
            raise UserError(self.env._("There is nothing behind this cell."))
        if len(rows) > MAX_ROWS:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_loyalty.action_service"
            )
            action["domain"] = domain
            action["views"] = [(False, "list")]
            action["context"] = {"group_by": ["driver", "customer_id"]}
            return action
        return rows.action_open_documents()

    def action_open_documents(self):
        """Documents that these rows count."""
        self.check_access("read")
        if len(self.customer_id) == 1 and len(set(self.mapped("driver"))) == 1:
            profile = self.env["crm.customer.profile"].search(
                [
                    ("partner_id", "=", self.customer_id.id),
                    ("company_id", "=", self.company_id.id),
                ]
            )
            if profile and profile.entity_ids == self.partner_id:
                # takes in what changed since the last run, so that it adds up
                return profile._explain_driver(self[0].driver)
        documents = self.env["crm.customer.service.document"]
        return documents._get_list_action(
            self.env._("Documents of the cost to serve"), self._get_document_domain()
        )

    def _get_document_domain(self):
        domains = []
        for company, rows in self.grouped("company_id").items():
            schedule = self.env["crm.loyalty.policy"]._get(company)
            schedule = schedule._get_service_schedule()
            for driver, found in rows.grouped("driver").items():
                days = Domain.OR(
                    [
                        Domain("date", ">=", fields.Date.to_string(first))
                        & Domain("date", "<=", fields.Date.to_string(last))
                        for first, last in schedule.get_periods(driver)
                    ]
                )
                domains.append(
                    Domain("company_id", "=", company.id)
                    & Domain("driver", "=", driver)
                    & Domain("partner_id", "in", found.partner_id.ids)
                    & days
                )
        return Domain.OR(domains)

    # ------------------------------------------------------------------
    # The line above the list
    # ------------------------------------------------------------------

    @api.model
    def _prepare_summary(self, company):
        """Whether somebody stands for the rates."""
        policy = self.env["crm.loyalty.policy"]._get(company)
        return {"notice": policy._get_service_notice()["text"]}
