# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.tools import SQL


class CrmCustomerPayment(models.AbstractModel):
    """How customers pay: days from invoice to payment, of what was paid."""

    _name = "crm.customer.payment"
    _description = "Days to Pay"

    @api.model
    def _get_days_to_pay(self, entities, company, start, end):
        """Average days from the invoice date to the payment, weighted by amounts.

        Payments of customer invoices that were matched in the period; credit notes are
        no payment. One query, however many customers.

        :param entities: commercial partners
        :param company: root company, its branches count
        :return: {id of the entity: (days, days after the due date)}; nobody who paid
            nothing
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invoiced.partner_id,
                    SUM(partial.amount * (payment.date - invoice.invoice_date))
                        / SUM(partial.amount),
                    SUM(partial.amount * (payment.date
                        - COALESCE(invoiced.date_maturity, invoice.invoice_date)
                    )) / SUM(partial.amount)
                FROM account_partial_reconcile partial
                JOIN account_move_line invoiced ON invoiced.id = partial.debit_move_id
                JOIN account_move invoice ON invoice.id = invoiced.move_id
                JOIN account_move_line payment ON payment.id = partial.credit_move_id
                JOIN account_move paid ON paid.id = payment.move_id
                WHERE invoiced.partner_id IN %(entities)s
                    AND invoiced.company_id IN %(companies)s
                    AND invoice.move_type = 'out_invoice'
                    AND paid.move_type = 'entry'
                    AND payment.date BETWEEN %(start)s AND %(end)s
                    AND partial.amount > 0
                GROUP BY invoiced.partner_id
                """,
                entities=tuple(entities.ids) or (0,),
                companies=tuple(company._loyalty_branches().ids) or (0,),
                start=start,
                end=end,
            )
        )
        return {
            partner_id: (float(days), float(late)) for partner_id, days, late in rows
        }
