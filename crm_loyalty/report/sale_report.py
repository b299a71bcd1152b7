# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class SaleReport(models.Model):
    _inherit = "sale.report"

    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Tier at Confirmation",
        readonly=True,
        groups="crm_loyalty.group_user",
    )

    def _select_additional_fields(self):
        result = super()._select_additional_fields()
        result["loyalty_tier_id"] = "s.loyalty_tier_id"
        return result

    def _group_by_sale(self):
        return f"{super()._group_by_sale()}, s.loyalty_tier_id"
