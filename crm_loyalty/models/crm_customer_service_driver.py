# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

#: expenses that may be direct costs or make up a pool; cost of goods is another type
EXPENSE_TYPES = ("expense", "expense_other")
BILL_TYPES = ("in_invoice", "in_refund", "in_receipt")


class ServiceDriver(NamedTuple):
    """What makes serving a customer cost money, and how it is told."""

    label: str
    #: what a rate is paid for, for instance "per order"
    unit: str = ""
    #: has a standard rate, besides being the driver of a pool
    rated: bool = False
    #: working time that a proposal of the rate assumes for one
    minutes: float = 0.0
    #: the quantity is an amount of money
    money: bool = False


class ServiceSource(NamedTuple):
    """Documents of one table, with a column for each driver that they count for.

    ``query`` selects ``id`` (unique in this source), ``res_model`` and ``document_id``
    (what opens), ``name``, ``branch_id`` (company of the document), ``partner_id``
    (any contact), ``moment``, and one column named after each of ``drivers``: the
    quantity, zero or empty where the document does not count.
    """

    query: SQL
    drivers: tuple
    #: whether ``moment`` is a day; otherwise it is a time in UTC
    is_day: bool = False


class CrmCustomerServiceDriver(models.AbstractModel):
    """Drivers of the cost to serve: the one place where another add-on adds its own.

    Inherit, add a driver to ``_get_drivers`` and its documents to ``_get_sources``.
    Rates, pools, the ledger, its documents and the profile then know it. See
    docs/development.md.
    """

    _name = "crm.customer.service.driver"
    _description = "Driver of the Cost to Serve"

    # ------------------------------------------------------------------
    # Extension point
    # ------------------------------------------------------------------

    @api.model
    def _get_drivers(self):
        """{key: ``ServiceDriver``}, in the order of lists and statements."""
        return {
            "order": ServiceDriver(
                self.env._("Orders"), self.env._("per order"), True, 20
            ),
            "order_line": ServiceDriver(
                self.env._("Order lines"), self.env._("per line"), True, 3
            ),
            "delivery": ServiceDriver(
                self.env._("Deliveries"), self.env._("per delivery"), True
            ),
            "late_delivery": ServiceDriver(
                self.env._("Late or split deliveries"), self.env._("per delivery")
            ),
            "return": ServiceDriver(
                self.env._("Returns"), self.env._("per return"), True, 45
            ),
            "credit_note": ServiceDriver(
                self.env._("Credit notes"), self.env._("per credit note")
            ),
            "visit": ServiceDriver(
                self.env._("Visits"), self.env._("per visit"), True, 180
            ),
            "call": ServiceDriver(
                self.env._("Calls"), self.env._("per call"), True, 15
            ),
            "discount": ServiceDriver(
                self.env._("Discount given"), self.env._("of the discount"), money=True
            ),
            "overdue": ServiceDriver(
                self.env._("Interest on overdue debt"),
                self.env._("% per year"),
                True,
                money=True,
            ),
        }

    @api.model
    def _get_sources(self, as_of):
        """Where the drivers are counted, each table once.

        :param as_of: SQL of the day up to which open debt is overdue
        :return: {name: ``ServiceSource``}
        """
        return {
            "order": self._get_order_source(),
            "order_line": self._get_order_line_source(),
            "transfer": self._get_transfer_source(),
            "credit_note": self._get_credit_note_source(),
            "meeting": self._get_meeting_source(),
            "call": self._get_call_source(),
            "discount": self._get_discount_source(),
            "overdue": self._get_overdue_source(as_of),
            "direct": self._get_direct_source(),
        }

    # ------------------------------------------------------------------
    # Labels
    # ------------------------------------------------------------------

    @api.model
    def _get_selection(self):
        return [(key, driver.label) for key, driver in self._get_drivers().items()]

    @api.model
    def _get_ledger_selection(self):
        """The drivers, and direct costs, which need none."""
        return [("direct", self.env._("Direct costs")), *self._get_selection()]

    # ------------------------------------------------------------------
    # Sources
    # ------------------------------------------------------------------

    def _get_order_source(self):
        """Confirmed orders."""
        return ServiceSource(
            SQL(
                """
                SELECT id, 'sale.order' AS res_model, id AS document_id, name,
                    company_id AS branch_id, partner_id, date_order AS moment,
                    1 AS "order"
                FROM sale_order
                WHERE state = 'sale'
                """
            ),
            ("order",),
        )

    def _get_order_line_source(self):
        """Lines of confirmed orders, without sections and notes."""
        return ServiceSource(
            SQL(
                """
                SELECT line.id, 'sale.order' AS res_model, line.order_id AS document_id,
                    sale.name, sale.company_id AS branch_id, sale.partner_id,
                    sale.date_order AS moment, 1 AS order_line
                FROM sale_order_line line
                JOIN sale_order sale ON sale.id = line.order_id
                WHERE sale.state = 'sale' AND line.display_type IS NULL
                """
            ),
            ("order_line",),
        )

    def _get_transfer_source(self):
        """Done transfers to a customer or back, charged to the customer of the order.

        Late: done after the day of the deadline. Split: what an earlier transfer had
        left over.
        """
        return ServiceSource(
            SQL(
                """
                SELECT transfer.id, 'stock.picking' AS res_model,
                    transfer.id AS document_id, transfer.name,
                    transfer.company_id AS branch_id,
                    COALESCE(sale.partner_id, transfer.partner_id) AS partner_id,
                    transfer.date_done AS moment,
                    CASE WHEN destination.id IS NOT NULL THEN 1 END AS delivery,
                    CASE WHEN destination.id IS NOT NULL AND (
                        transfer.backorder_id IS NOT NULL
                        OR transfer.date_done::date > transfer.date_deadline::date
                    ) THEN 1 END AS late_delivery,
                    CASE WHEN origin.id IS NOT NULL THEN 1 END AS "return"
                FROM stock_picking transfer
                LEFT JOIN (%(places)s) destination
                    ON destination.id = transfer.location_dest_id
                LEFT JOIN (%(places)s) origin ON origin.id = transfer.location_id
                LEFT JOIN sale_order sale ON sale.id = transfer.sale_id
                WHERE transfer.state = 'done'
                    AND (destination.id IS NULL) <> (origin.id IS NULL)
                """,
                places=SQL("SELECT id FROM stock_location WHERE usage = 'customer'"),
            ),
            ("delivery", "late_delivery", "return"),
        )

    def _get_credit_note_source(self):
        return ServiceSource(
            SQL(
                """
                SELECT id, 'account.move' AS res_model, id AS document_id, name,
                    company_id AS branch_id, partner_id, date AS moment,
                    1 AS credit_note
                FROM account_move
                WHERE move_type = 'out_refund' AND state = 'posted'
                """
            ),
            ("credit_note",),
            is_day=True,
        )

    def _get_meeting_source(self):
        """Meetings with people of the customer, once however many of them came.

        Meetings know no company: it is that of the contact, else of the organizer.
        """
        return ServiceSource(
            SQL(
                """
                SELECT MIN(attendee.id) AS id, 'calendar.event' AS res_model,
                    event.id AS document_id, event.name,
                    COALESCE(guest.company_id, organizer.company_id) AS branch_id,
                    guest.commercial_partner_id AS partner_id,
                    event.start AS moment, 1 AS visit
                FROM calendar_event event
                JOIN res_users organizer ON organizer.id = event.user_id
                JOIN calendar_attendee attendee
                    ON attendee.event_id = event.id AND attendee.state <> 'declined'
                JOIN res_partner guest ON guest.id = attendee.partner_id
                WHERE event.active
                GROUP BY event.id, COALESCE(guest.company_id, organizer.company_id),
                    guest.commercial_partner_id
                """
            ),
            ("visit",),
        )

    def _get_call_source(self):
        """Call activities marked as done, on a contact or a document of the customer.

        The company is that of the contact, else of the user who made the call.
        """
        return ServiceSource(
            SQL(
                """
                SELECT message.id, message.model AS res_model,
                    message.res_id AS document_id,
                    COALESCE(NULLIF(message.subject, ''), kind.name->>'en_US') AS name,
                    COALESCE(contact.company_id, caller.company_id) AS branch_id,
                    called.partner_id,
                    message.date AS moment, 1 AS call
                FROM mail_activity_type kind
                JOIN mail_message message ON message.mail_activity_type_id = kind.id
                CROSS JOIN LATERAL (
                    SELECT company_id FROM res_users
                    WHERE partner_id = message.author_id AND NOT share
                    ORDER BY id LIMIT 1
                ) caller
                CROSS JOIN LATERAL (
                    SELECT CASE message.model
                        WHEN 'res.partner' THEN message.res_id
                        WHEN 'crm.lead' THEN
                            (SELECT partner_id FROM crm_lead WHERE id = message.res_id)
                        WHEN 'sale.order' THEN (
                            SELECT partner_id FROM sale_order
                            WHERE id = message.res_id
                        )
                        WHEN 'account.move' THEN (
                            SELECT partner_id FROM account_move
                            WHERE id = message.res_id
                        )
                    END AS partner_id
                ) called
                JOIN res_partner contact ON contact.id = called.partner_id
                WHERE kind.category = 'phonecall'
                """
            ),
            ("call",),
        )

    def _get_discount_source(self):
        """Discount on posted documents, as the facts have it per day."""
        return ServiceSource(
            SQL(
                """
                SELECT id, 'crm.customer.fact' AS res_model, id AS document_id,
                    NULL AS name, company_id AS branch_id, partner_id, date AS moment,
                    discount
                FROM crm_customer_fact
                """
            ),
            ("discount",),
            is_day=True,
        )

    def _get_overdue_source(self, as_of):
        """Receivable x days past its due date.

        Each payment counts on its own day, with the days that it came late. What is
        still open counts on the as-of day, with the days until then.
        """
        item = SQL(
            """
            account_move_line line
            JOIN account_account account
                ON account.id = line.account_id
                AND account.account_type = 'asset_receivable'
            """
        )
        columns = SQL(
            """
            'account.move' AS res_model, line.move_id AS document_id,
            line.move_name AS name, line.company_id AS branch_id, line.partner_id
            """
        )
        return ServiceSource(
            SQL(
                """
                SELECT 2 * payment.id AS id, %(columns)s, payment.max_date AS moment,
                    payment.amount * (
                        payment.max_date - COALESCE(line.date_maturity, line.date)
                    ) AS overdue
                FROM account_partial_reconcile payment
                JOIN (%(item)s) ON line.id = payment.debit_move_id
                WHERE line.parent_state = 'posted'
                    AND payment.max_date > COALESCE(line.date_maturity, line.date)
                UNION ALL
                SELECT 2 * line.id + 1, %(columns)s, day.as_of,
                    line.amount_residual * (
                        day.as_of - COALESCE(line.date_maturity, line.date)
                    )
                FROM %(item)s
                CROSS JOIN LATERAL (SELECT (%(as_of)s)::date AS as_of) day
                WHERE line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
                    AND line.amount_residual > 0
                    AND day.as_of > COALESCE(line.date_maturity, line.date)
                """,
                columns=columns,
                item=item,
                as_of=as_of,
            ),
            ("overdue",),
            is_day=True,
        )

    # ------------------------------------------------------------------
    # Direct costs
    # ------------------------------------------------------------------

    def _get_direct_source(self):
        """Costs of one customer: bills received from it, or on its analytic account.

        Goods are none: what is bought from a customer is trade, and goods bought for
        it are cost of goods. A bill of the customer on its own analytic account counts
        once. ``account_id`` lets pools leave out what is charged here.
        """
        return ServiceSource(
            SQL(
                """
                SELECT 2 * line.id AS id, 'account.move' AS res_model,
                    line.move_id AS document_id, line.move_name AS name,
                    line.company_id AS branch_id, line.partner_id,
                    line.date AS moment, line.balance AS direct,
                    line.account_id, line.id AS line_id
                FROM account_move_line line
                JOIN account_move move ON move.id = line.move_id
                JOIN account_account account ON account.id = line.account_id
                WHERE %(billed)s
                    AND EXISTS (
                        SELECT FROM crm_customer_fact fact
                        WHERE fact.partner_id = line.partner_id
                    )
                UNION ALL
                SELECT 2 * item.id + 1, 'account.move', line.move_id, line.move_name,
                    line.company_id, owner.commercial_partner_id, line.date,
                    -item.amount, line.account_id, line.id
                FROM account_analytic_line item
                JOIN account_analytic_account charged ON charged.id IN (%(plans)s)
                JOIN res_partner owner ON owner.id = charged.partner_id
                JOIN account_move_line line ON line.id = item.move_line_id
                JOIN account_move move ON move.id = line.move_id
                JOIN account_account account ON account.id = line.account_id
                WHERE line.parent_state = 'posted' AND %(expense)s
                    AND line.display_type <> 'cogs'
                    AND NOT (
                        line.partner_id = owner.commercial_partner_id AND %(billed)s
                    )
                """,
                billed=self._sql_billed(),
                expense=self._sql_expense(),
                plans=self._sql_plans(),
            ),
            ("direct",),
            is_day=True,
        )

    def _sql_expense(self):
        """Items of ``line`` on ``account`` that are expenses, but not for goods."""
        return SQL(
            """(
                account.account_type IN %s AND NOT EXISTS (
                    SELECT FROM product_product product
                    JOIN product_template template
                        ON template.id = product.product_tmpl_id
                    WHERE product.id = line.product_id AND template.type <> 'service'
                )
            )""",
            EXPENSE_TYPES,
        )

    def _sql_billed(self):
        return SQL(
            """(
                line.parent_state = 'posted' AND line.display_type = 'product'
                AND move.move_type IN %s AND %s
            )""",
            BILL_TYPES,
            self._sql_expense(),
        )

    def _sql_plans(self):
        """Columns of ``item`` that hold its analytic accounts, one for each plan."""
        # sudo: which columns there are is no secret, and users read no plans
        project, others = self.env["account.analytic.plan"].sudo()._get_all_plans()
        return SQL(", ").join(
            SQL.identifier("item", plan._column_name()) for plan in project | others
        )
