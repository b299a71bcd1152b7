# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    report_period = fields.Selection(
        [
            ("weekly", "Weekly, on Mondays"),
            ("monthly", "Monthly, on the first"),
        ],
        "Status Reports",
        help="How often reports on deals with customers of this tier are mailed;"
        " empty: never",
    )
