# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmLoyaltyPreviewLine(models.TransientModel):
    _name = "crm.loyalty.preview.line"
    _description = "Customer That Would Change Tier"
    _order = "id"

    preview_id = fields.Many2one(
        "crm.loyalty.preview", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    currency_id = fields.Many2one(related="preview_id.currency_id")
    from_tier_id = fields.Many2one("crm.loyalty.tier", "Tier Before", readonly=True)
    to_tier_id = fields.Many2one("crm.loyalty.tier", "Tier After", readonly=True)
    direction = fields.Selection(
        [("up", "Up"), ("down", "Down"), ("in", "In"), ("out", "Out")], readonly=True
    )
    revenue = fields.Monetary("Revenue (Net of Tax)", readonly=True)
    reason = fields.Char(readonly=True)
