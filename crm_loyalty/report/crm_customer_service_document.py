# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL

#: room for the drivers of one document in the ids of the rows
ID_STEP = 32


class CrmCustomerServiceDocument(models.Model):
    """Documents behind the cost to serve, of all drivers, one row per driver.

    The same sources as runs count (``crm.customer.service.driver``), so that a list
    adds up to its figure.
    """

    _name = "crm.customer.service.document"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.view.mixin"]
    _description = "Document of the Cost to Serve"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"
    _technical_fields = ("is_current_company", "res_model", "document_id")

    company_id = fields.Many2one("res.company", readonly=True)
    branch_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="The entity, or the head of the group it counted for at the last run",
    )
    partner_id = fields.Many2one("res.partner", "Entity", readonly=True)
    driver = fields.Selection(
        lambda self: self.env["crm.customer.service.driver"]._get_ledger_selection(),
        readonly=True,
    )
    date = fields.Date(readonly=True)
    name = fields.Char("Document", readonly=True)
    res_model = fields.Char("Model", readonly=True)
    document_id = fields.Many2oneReference(
        "Document ID", model_field="res_model", readonly=True, aggregator=None
    )
    quantity = fields.Float(
        digits=(16, 2), readonly=True, help="Of overdue debt money x days"
    )

    _depends = {
        "account.analytic.line": ["amount", "move_line_id"],
        "account.move": ["move_type", "name", "date", "state", "partner_id"],
        "account.move.line": [
            "parent_state",
            "account_id",
            "amount_residual",
            "balance",
            "date",
            "date_maturity",
            "display_type",
            "partner_id",
            "product_id",
            "reconciled",
        ],
        "account.partial.reconcile": ["amount", "debit_move_id", "max_date"],
        "calendar.attendee": ["event_id", "partner_id", "state"],
        "calendar.event": ["active", "name", "start", "user_id"],
        "crm.customer.entity": ["partner_id", "company_id", "customer_id"],
        "crm.customer.fact": ["discount", "date", "partner_id"],
        "crm.lead": ["partner_id"],
        "crm.loyalty.policy": ["as_of"],
        "mail.activity.type": ["category"],
        "mail.message": ["mail_activity_type_id", "model", "res_id", "date"],
        "res.company": ["parent_path", "partner_id"],
        "res.partner": ["commercial_partner_id", "tz"],
        "sale.order": ["company_id", "date_order", "name", "partner_id", "state"],
        "sale.order.line": ["display_type", "order_id"],
        "stock.location": ["usage"],
        "stock.picking": [
            "backorder_id",
            "date_deadline",
            "date_done",
            "location_dest_id",
            "location_id",
            "partner_id",
            "sale_id",
            "state",
        ],
    }

    @property
    def _table_query(self):
        service = self.env["crm.customer.service.driver"]
        as_of = SQL(
            """
            COALESCE((
                SELECT policy.as_of
                FROM crm_loyalty_policy policy
                JOIN res_company branch ON branch.id = line.company_id
                WHERE policy.company_id
                    = SPLIT_PART(branch.parent_path, '/', 1)::int
            ), CURRENT_DATE)
            """
        )
        queries = []
        for source in service._get_sources(as_of).values():
            for driver in source.drivers:
                queries.append(self._query_driver(source, driver, len(queries)))
        return SQL(" UNION ALL ").join(queries)

    def _query_driver(self, source, driver, number):
        day = SQL("document.moment")
        if not source.is_day:
            day = SQL(
                "(document.moment AT TIME ZONE 'UTC' AT TIME ZONE"
                " COALESCE(home.tz, 'UTC'))::date"
            )
        return SQL(
            """
            SELECT document.id::bigint * %(step)s + %(number)s AS id,
                root.id AS company_id, document.branch_id,
                entity.commercial_partner_id AS partner_id,
                COALESCE(grouped.customer_id, entity.commercial_partner_id)
                    AS customer_id,
                %(driver)s AS driver, %(day)s AS date, document.name::varchar AS name,
                document.res_model::varchar AS res_model, document.document_id,
                document.%(column)s::numeric AS quantity
            FROM (%(source)s) document
            JOIN res_partner entity ON entity.id = document.partner_id
            JOIN res_company branch ON branch.id = document.branch_id
            JOIN res_company root
                ON root.id = SPLIT_PART(branch.parent_path, '/', 1)::int
            JOIN res_partner home ON home.id = root.partner_id
            %(grouped)s
            WHERE document.%(column)s <> 0
            """,
            step=ID_STEP,
            number=number,
            driver=SQL("%s::varchar", driver),
            day=day,
            column=SQL.identifier(driver),
            source=source.query,
            grouped=self.env["crm.customer.entity"]._sql_join(
                SQL("entity.commercial_partner_id"), SQL("root.id")
            ),
        )

    @api.model
    def _get_list_action(self, name, domain):
        """The list of these documents."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_service_document"
        )
        action["name"] = action["display_name"] = name
        action["domain"] = list(domain)
        return action

    def action_open_document(self):
        """The document for those who may read it, else the row as we show it."""
        self.ensure_one()
        self.check_access("read")
        if self.res_model == "crm.customer.fact":
            return self._open_discount()
        document = self.env[self.res_model].browse(self.document_id).exists()
        readable = document and document.has_access("read")
        if self.res_model == "account.move":
            # core's form of an invoice reads payments
            readable = readable and self.env["account.payment"].has_access("read")
        if readable:
            return document._get_records_action()
        return self._get_records_action(name=self.name or "")

    def _open_discount(self):
        """Lines of that day with a discount."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_ledger_explain"
        )
        action["domain"] = [
            ("kind", "=", "counted"),
            ("partner_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
            ("date", "=", fields.Date.to_string(self.date)),
            ("discount", "!=", 0),
        ]
        action["context"] = {}
        return action
