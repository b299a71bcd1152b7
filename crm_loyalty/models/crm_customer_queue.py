# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL


class CrmCustomerQueue(models.Model):
    """Customers whose documents changed since the figures were computed.

    Business transactions only ever insert here, so posting an invoice waits for nobody;
    a run marks the rows it has taken into the facts and deletes them when the figures
    that readers see include them. Ids are plain integers: a foreign key would make each
    posting lock its contact.
    """

    _name = "crm.customer.queue"
    _description = "Changed Customer"
    _log_access = False

    partner_id = fields.Integer(required=True)
    company_id = fields.Integer("Root Company", required=True)
    move_id = fields.Integer("Document", index="btree_not_null")
    run_id = fields.Integer("Taken by Run")
    date = fields.Date(
        help="Day on which money of the customer may have changed; empty: on any day"
    )
    invoice_date = fields.Date(help="Day on which a purchase may have changed")
    was_counted = fields.Boolean(
        help="The document may be part of the figures, with other values than now"
    )

    _company_idx = models.Index("(company_id, partner_id)")

    def _push_moves(self, moves, was_counted=False):
        """Queue the customers of these documents; purchases and entries are ignored."""
        moves = moves.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        )
        self._push(
            [
                (move.id, was_counted, *self._prepare_days(move))
                for move in moves
                if move.commercial_partner_id
            ]
        )
        # a credit note decides whether its invoice is a purchase
        self._push_days(moves.reversed_entry_id)

    def _push_days(self, moves):
        """Queue the days of documents that count otherwise, though unchanged."""
        self._push(
            [
                (None, False, *self._prepare_days(move))
                for move in moves
                if move.commercial_partner_id
            ]
        )

    def _prepare_days(self, move):
        """Where a document counts now: customer, root company, its two days."""
        return (
            move.commercial_partner_id.id,
            move.company_id.root_id.id,
            move.date,
            move.invoice_date or move.date,
        )

    def _push_partners(self, partner_ids, companies=None):
        """Queue all days of these partners, by default in every root company."""
        companies = companies or self.env["res.company"].sudo().with_context(
            active_test=False
        ).search([("parent_id", "=", False)])
        self._push(
            [
                (None, False, partner_id, company.id, None, None)
                for partner_id in partner_ids
                for company in companies.root_id
            ]
        )

    def _push(self, rows):
        if rows:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO crm_customer_queue (move_id, was_counted, partner_id,"
                    " company_id, date, invoice_date) VALUES %s",
                    SQL(", ").join(SQL("%s", tuple(row)) for row in rows),
                )
            )
