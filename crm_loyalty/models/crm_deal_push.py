# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmDealPush(models.Model):
    """The expected closing of a deal was put off; core does not track that date."""

    _name = "crm.deal.push"
    _description = "Closing Date Put Off"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead", "Deal", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(related="lead_id.company_id", store=True)
    date_from = fields.Date("Before", required=True, readonly=True)
    date_to = fields.Date("After", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")
    date = fields.Date("On", required=True, readonly=True)
