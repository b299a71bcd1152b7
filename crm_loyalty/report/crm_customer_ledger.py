# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

from ..models.crm_customer_line_cost import SOURCES
from ..models.nullable_fields import NullableMonetary

KINDS = [
    ("counted", "Counted as customer sales"),
    ("internal", "Own companies, employees and users"),
    ("no_partner", "Receipts without partner"),
    ("entry", "Manual and point-of-sale entries"),
    ("rounding", "Cash rounding"),
    ("early_payment", "Early payment discounts"),
    ("discount_allocation", "Discount allocation"),
    ("bill", "Vendor documents on income accounts"),
    ("future", "Dated after the as-of day"),
    ("other", "Other items on income accounts"),
]


class CrmCustomerLedger(models.Model):
    """Every posted item that is customer sales or stands on an income account.

    The one place that says what counts as a sale: facts, "Explain" and the tie-out
    read the same conditions. Each item has exactly one kind.
    """

    _name = "crm.customer.ledger"
    _inherit = ["crm.loyalty.company.mixin", "crm.customer.document.mixin"]
    _description = "Customer Sales Ledger"
    _auto = False
    _order = "date desc, move_id desc, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True)
    branch_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date("Accounting Date", readonly=True)
    invoice_date = fields.Date(readonly=True)
    invoice_date_due = fields.Date("Due Date", readonly=True)
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="The entity, or the head of the group it counted for at the last run",
    )
    partner_id = fields.Many2one("res.partner", "Entity", readonly=True)
    address_id = fields.Many2one("res.partner", "Delivery Address", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    tier_id = fields.Many2one("crm.loyalty.tier", "Tier at Posting", readonly=True)
    account_id = fields.Many2one("account.account", "Ledger Account", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one(
        "product.category", "Product Category", readonly=True
    )
    label = fields.Char(readonly=True)
    quantity = fields.Float(readonly=True, aggregator=None)
    amount = fields.Monetary(
        readonly=True,
        help="Net of tax, in company currency at the document date; credit notes are"
        " negative",
    )
    discount = fields.Monetary("Discount Given", readonly=True)
    cost = NullableMonetary(
        "Cost of Goods",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Of the line, in company currency; credit notes are negative; empty when"
        " unknown",
    )
    cost_source = fields.Selection(
        SOURCES, "Source of the Cost", readonly=True, groups="crm_loyalty.group_cost"
    )
    cost_reconstructed = fields.Boolean(
        "Reconstructed Cost",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Filled later than at posting, from what was known then",
    )
    cost_not_returned = fields.Boolean(
        "Cost Taken Back without a Return",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="The credit note takes back the cost of goods that had not come back",
    )
    kind = fields.Selection(KINDS, "How It Counts", readonly=True)
    on_income = fields.Boolean("On an Income Account", readonly=True)
    is_purchase = fields.Boolean(
        "Purchase Occasion",
        readonly=True,
        help="Goods of an invoice that was not credited in full; down payments and"
        " credit notes are no purchase",
    )
    since_run = fields.Boolean(
        "Since the Last Run",
        readonly=True,
        help="The document changed after the figures were computed",
    )

    _depends = {
        "account.move": [
            "move_type",
            "date",
            "invoice_date",
            "invoice_date_due",
            "partner_id",
            "partner_shipping_id",
            "invoice_user_id",
            "invoice_currency_rate",
            "payment_state",
            "reversed_entry_id",
            "amount_total",
            "amount_total_signed",
            "state",
            "currency_id",
            "loyalty_tier_id",
            "team_id",
        ],
        "account.move.line": [
            "parent_state",
            "display_type",
            "partner_id",
            "company_id",
            "account_id",
            "product_id",
            "date",
            "balance",
            "discount",
            "price_unit",
            "quantity",
            "is_downpayment",
            "name",
        ],
        "account.account": ["account_type"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "res.company": ["parent_path", "partner_id", "currency_id"],
        "res.partner": ["commercial_partner_id", "employee", "country_id"],
        "res.users": ["active", "share", "partner_id"],
        "crm.loyalty.policy": ["as_of"],
        "crm.customer.line.cost": [
            "line_id",
            "cost",
            "source",
            "reconstructed",
            "not_returned",
        ],
    }

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        return SQL(
            """
            SELECT line.id, root.id AS company_id, line.company_id AS branch_id,
                root.currency_id, line.date, move.invoice_date, line.move_id,
                move.move_type, move.payment_state, move.invoice_date_due,
                entity.commercial_partner_id AS partner_id,
                COALESCE(grouped.customer_id, entity.commercial_partner_id)
                    AS customer_id,
                COALESCE(move.partner_shipping_id, move.partner_id) AS address_id,
                commercial.country_id, move.invoice_user_id AS user_id, move.team_id,
                move.loyalty_tier_id AS tier_id, line.account_id, line.product_id,
                template.categ_id AS product_categ_id, line.name AS label,
                CASE WHEN move.move_type = 'out_refund' THEN -line.quantity
                    ELSE line.quantity END AS quantity,
                -line.balance AS amount, %(discount)s AS discount,
                cost.cost, CASE WHEN %(sales_line)s
                    THEN COALESCE(cost.source, 'unknown') END AS cost_source,
                cost.reconstructed AS cost_reconstructed,
                cost.not_returned AS cost_not_returned,
                %(kind)s AS kind, %(on_income)s AS on_income,
                %(is_purchase)s AS is_purchase,
                EXISTS (
                    SELECT FROM crm_customer_queue queue
                    WHERE queue.move_id = line.move_id
                ) AS since_run
            """,
            discount=self._sql_discount(),
            sales_line=self._sql_sales_line(),
            kind=self._sql_kind(),
            on_income=self._sql_on_income(),
            is_purchase=self._sql_is_purchase(),
        )

    def _from(self):
        return SQL(
            """
            FROM account_move_line line
            JOIN account_move move ON move.id = line.move_id
            -- among the first eight tables, which the database joins in the order that
            -- suits a question: mostly it is about one customer
            LEFT JOIN res_partner entity ON entity.id = line.partner_id
            JOIN account_account account ON account.id = line.account_id
            JOIN res_company branch ON branch.id = line.company_id
            JOIN res_company root
                ON root.id = SPLIT_PART(branch.parent_path, '/', 1)::int
            JOIN res_currency currency ON currency.id = root.currency_id
            LEFT JOIN crm_loyalty_policy policy ON policy.company_id = root.id
            LEFT JOIN crm_customer_line_cost cost ON cost.line_id = line.id
            LEFT JOIN res_partner commercial
                ON commercial.id = entity.commercial_partner_id
            LEFT JOIN product_product product ON product.id = line.product_id
            LEFT JOIN product_template template
                ON template.id = product.product_tmpl_id
            %s
            """,
            self.env["crm.customer.entity"]._sql_join(
                SQL("entity.commercial_partner_id"), SQL("root.id")
            ),
        )

    def _where(self):
        return SQL(
            "WHERE line.parent_state = 'posted' AND (%s OR (%s))",
            self._sql_on_income(),
            self._sql_counted(),
        )

    # ------------------------------------------------------------------
    # What counts: the conditions that every figure shares
    # ------------------------------------------------------------------

    def _sql_counted(self):
        """Lines of customer invoices, credit notes and receipts with a customer.

        On tables named ``line`` and ``move``; the state is tested by the caller.
        """
        return SQL("%s AND line.partner_id IS NOT NULL", self._sql_sales_line())

    def _sql_sales_line(self):
        return SQL("%s AND %s", self._sql_product_line(), self._sql_sales_move())

    def _sql_product_line(self):
        return SQL("line.display_type = 'product'")

    def _sql_sales_move(self):
        return SQL("move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')")

    def _query_dated(self, company, bands):
        """Entities with documents whose accounting or invoice date is in some days.

        Read from the documents, whose dates core has an index on: the facts need none.

        :param company: root company
        :param bands: list of (day before the first day, last day)
        """

        def within(date):
            return SQL(" OR ").join(
                SQL("%s > %s AND %s <= %s", date, after, date, last)
                for after, last in bands
            )

        return SQL(
            """
            SELECT entity.commercial_partner_id
            FROM account_move move
            JOIN account_move_line line ON line.move_id = move.id
            JOIN res_partner entity ON entity.id = line.partner_id
            WHERE move.state = 'posted' AND move.company_id IN %(companies)s
                AND %(counted)s AND (%(accounting)s OR %(invoice)s)
            """,
            companies=tuple(company._loyalty_branches().ids),
            counted=self._sql_counted(),
            accounting=within(SQL("move.date")),
            invoice=within(SQL("move.invoice_date")),
        )

    def _sql_on_income(self):
        return SQL("account.account_type IN ('income', 'income_other')")

    def _sql_internal(self, partner):
        """Entities that never are customers: own companies, employees and users.

        :param partner: SQL of the id of the entity
        """
        return SQL("%s IN (%s)", partner, self._query_internal())

    def _query_internal(self):
        """Ids of the entities that never are customers."""
        return SQL(
            """
            SELECT partner_id FROM res_company
            UNION ALL
            SELECT partner_id FROM res_users WHERE active AND NOT share
            UNION ALL
            SELECT id FROM res_partner WHERE employee
            """
        )

    def _sql_is_purchase(self):
        """Lines of a document that counts as a purchase; facts use the same parts."""
        return SQL(
            """(
                move.move_type <> 'out_refund' AND line.is_downpayment IS NOT TRUE
                AND NOT %s
            )""",
            self.env["crm.customer.fact"]._sql_credited(),
        )

    def _sql_discount(self, currency=None):
        """Discount given on a line, in company currency; negative on credit notes.

        Derived from the balance, thus at the document's own rate; at 100 % nothing is
        left to derive from and the price itself is converted.
        """
        digits = currency.decimal_places if currency else SQL("currency.decimal_places")
        return SQL(
            "CASE WHEN line.discount >= 100 THEN %s ELSE %s END",
            self._sql_gift(SQL("line.price_unit * line.quantity"), digits),
            self._sql_rebate(digits),
        )

    def _sql_rebate(self, digits):
        """Discount of less than 100 % on a ``line``."""
        return SQL(
            """CASE WHEN COALESCE(line.discount, 0) = 0 THEN 0
                ELSE ROUND(-line.balance * line.discount / (100 - line.discount), %s)
            END""",
            digits,
        )

    def _sql_gift(self, amount, digits):
        """Discount of 100 % on a line of ``move``, from its price in all."""
        return SQL(
            """ROUND(
                %s / COALESCE(NULLIF(move.invoice_currency_rate, 0), 1)::numeric
                    * CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END,
                %s
            )""",
            amount,
            digits,
        )

    def _sql_kind(self):
        return SQL(
            """CASE
                WHEN line.date > COALESCE(policy.as_of, CURRENT_DATE) THEN 'future'
                WHEN %(sales_line)s THEN CASE
                    WHEN line.partner_id IS NULL THEN 'no_partner'
                    WHEN %(internal)s THEN 'internal'
                    ELSE 'counted'
                END
                WHEN move.move_type = 'entry' THEN 'entry'
                WHEN move.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
                    THEN 'bill'
                WHEN line.display_type = 'rounding' THEN 'rounding'
                WHEN line.display_type = 'epd' THEN 'early_payment'
                WHEN line.display_type = 'discount' THEN 'discount_allocation'
                ELSE 'other'
            END""",
            sales_line=self._sql_sales_line(),
            internal=self._sql_internal(SQL("entity.commercial_partner_id")),
        )
