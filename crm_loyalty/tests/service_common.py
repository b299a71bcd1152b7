# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields

from .common import AS_OF, CrmLoyaltyCommon

#: a Wednesday in the window
DAY = "2026-03-18"


class ServiceCase(CrmLoyaltyCommon):
    """Documents that cost: made for real, dated in the window."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env["crm.customer.service"]
        cls.documents = cls.env["crm.customer.service.document"]
        cls.expense = cls.company_data["default_account_expense"]
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Glue",
                "type": "consu",
                "invoice_policy": "order",
                "taxes_id": False,
            }
        )
        # the cost of a sold hour is known, so that profits are
        cls.service.standard_price = 60
        cls.env["product.value"].search(
            [("product_id", "=", cls.service.id)]
        ).date = "2025-01-01"

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------

    @classmethod
    def _rates(cls, date="2026-01-01", confirm=False, company=None, **rates):
        """A rate card with these rates, by driver; the others stay unknown."""
        company = company or cls.company
        card = cls.env["crm.loyalty.rate.card"].create(
            {
                "date_from": date,
                "company_id": company.id,
                "rate_ids": [
                    Command.create({"driver": driver, "rate": rate})
                    for driver, rate in rates.items()
                ],
            }
        )
        if confirm:
            card.write({"confirmed_on": AS_OF, "confirmed_by_id": cls.env.user.id})
        return card

    @classmethod
    def _order(cls, partner, lines=1, date=DAY, product=None, quantity=1, **values):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.service).id,
                            "product_uom_qty": quantity,
                            "price_unit": 10,
                            "tax_ids": False,
                        }
                    )
                    for _number in range(lines)
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = f"{date} 12:00:00"
        return order

    @classmethod
    def _deliver(cls, order, quantity=1, date=DAY):
        transfers = order.picking_ids.filtered(lambda p: p.state not in ("done",))
        for move in transfers.move_ids:
            move.quantity = quantity
        transfers.move_ids.picked = True
        transfers._action_done()
        transfers.date_done = f"{date} 12:00:00"
        return transfers

    @classmethod
    def _visit(cls, partner, date=DAY, **values):
        return cls.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": f"{date} 09:00:00",
                "stop": f"{date} 10:00:00",
                "partner_ids": [Command.set(partner.ids)],
                "user_id": cls.env.user.id,
                **values,
            }
        )

    @classmethod
    def _call(cls, record, date=DAY):
        """A call activity on the record, done."""
        activity = record.activity_schedule("mail.mail_activity_data_call")
        message = record.message_ids[:1]
        activity.action_feedback()
        message = record.message_ids[:1]
        message.date = f"{date} 10:00:00"
        return message

    @classmethod
    def _bill(cls, partner, amount=100, date=DAY, *, product=None, **line):
        """A posted bill of the partner, or its credit note for a negative amount."""
        bill = cls.env["account.move"].create(
            {
                "move_type": "in_refund" if amount < 0 else "in_invoice",
                "partner_id": partner.id,
                "invoice_date": date,
                "date": date,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Bonus",
                            "product_id": product.id if product else False,
                            "account_id": cls.expense.id,
                            "quantity": 1,
                            "price_unit": abs(amount),
                            "tax_ids": False,
                            **line,
                        }
                    )
                ],
            }
        )
        bill.action_post()
        return bill

    @classmethod
    def _pool(cls, amount=100.0, driver="order", **values):
        return cls.env["crm.loyalty.cost.pool"].create(
            {
                "name": "Pool",
                "company_id": cls.company.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                "driver": driver,
                "typed_amount": amount,
                **values,
            }
        )

    # ------------------------------------------------------------------
    # What is found
    # ------------------------------------------------------------------

    def _found(self, partner, company=None):
        """{driver: (quantity, amount)} of an entity in the ledger."""
        rows = self.ledger.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or self.company).id),
            ]
        )
        return {row.driver: (row.quantity, row.amount) for row in rows}

    def _service_rows(self, company=None):
        """Ledger and figures of the service of a company, comparable."""
        self.env.flush_all()
        company_id = (company or self.company).id
        self.env.cr.execute(
            """
            SELECT partner_id, driver, quantity, amount FROM crm_customer_service_fact
            WHERE company_id = %s ORDER BY partner_id, driver
            """,
            [company_id],
        )
        rows = self.env.cr.fetchall()
        self.env.cr.execute(
            """
            SELECT partner_id, direct_cost, service_cost, service_profit
            FROM crm_customer_profile WHERE company_id = %s ORDER BY partner_id
            """,
            [company_id],
        )
        return rows, self.env.cr.fetchall()

    @staticmethod
    def _day(days):
        return fields.Date.to_string(fields.Date.subtract(AS_OF, days=days))
