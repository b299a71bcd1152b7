# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmLoyaltyPolicy(models.Model):
    _inherit = "crm.loyalty.policy"

    deal_report_approval = fields.Boolean(
        "Approve Status Reports",
        help="A status report of a deal is approved by a manager, or by the leader of"
        " the sales team, before its client version can be printed",
    )
