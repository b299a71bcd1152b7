# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmCustomerDocumentMixin(models.AbstractModel):
    """Item of a posted document, and what its reader may see of that document.

    Salespeople and managers often have no rights in accounting, and core's form of an
    invoice needs them. The item then shows its document by itself.
    """

    _name = "crm.customer.document.mixin"
    _description = "Item of a Posted Document"

    move_id = fields.Many2one("account.move", "Document", readonly=True)
    move_type = fields.Selection(
        [
            ("out_invoice", "Customer Invoice"),
            ("out_refund", "Customer Credit Note"),
            ("out_receipt", "Sales Receipt"),
            ("in_invoice", "Vendor Bill"),
            ("in_refund", "Vendor Credit Note"),
            ("in_receipt", "Purchase Receipt"),
            ("entry", "Journal Entry"),
        ],
        readonly=True,
    )
    payment_state = fields.Selection(
        lambda self: (
            self.env["account.move"]
            ._fields["payment_state"]
            ._description_selection(self.env)
        ),
        "Payment Status",
        readonly=True,
    )
    document_line_ids = fields.Many2many(
        "crm.customer.ledger", compute="_compute_document_line_ids", string="Lines"
    )

    @api.depends("move_id")
    def _compute_document_line_ids(self):
        """Sales lines of the document, those that the reader may see."""
        lines = self.env["crm.customer.ledger"].search(
            [("move_id", "in", self.move_id.ids)], order="id"
        )
        by_document = lines.grouped("move_id")
        for item in self:
            item.document_line_ids = by_document.get(item.move_id, lines.browse())

    def action_open_document(self):
        """The document itself for those who may read all of it, else what we show."""
        self.ensure_one()
        payments = self.env["account.payment"]  # core's form reads them
        if self.move_id.has_access("read") and payments.has_access("read"):
            return self.move_id._get_records_action()
        # sudo: the name of a document whose item the user may read
        return self._get_records_action(name=self.move_id.sudo().display_name)
