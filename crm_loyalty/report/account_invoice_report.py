# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL


class AccountInvoiceReport(models.Model):
    _inherit = "account.invoice.report"

    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Tier at Posting",
        readonly=True,
        groups="crm_loyalty.group_user",
    )

    _depends = {"account.move": ["loyalty_tier_id"]}

    @api.model
    def _select(self):
        return SQL("%s, move.loyalty_tier_id AS loyalty_tier_id", super()._select())
