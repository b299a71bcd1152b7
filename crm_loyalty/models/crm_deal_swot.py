# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmDealSwot(models.Model):
    """A strength, weakness, opportunity or threat, with who said it."""

    _name = "crm.deal.swot"
    _description = "Strength, Weakness, Opportunity or Threat"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "kind, id"
    _map_silent_fields = ("name", "kind", "said_by_id")

    name = fields.Char("What", required=True)
    kind = fields.Selection(
        [
            ("1_strength", "Strength"),
            ("2_weakness", "Weakness"),
            ("3_opportunity", "Opportunity"),
            ("4_threat", "Threat"),
        ],
        default="1_strength",
        required=True,
    )
    said_by_id = fields.Many2one(
        "res.partner",
        "Who Said It",
        ondelete="set null",
        default=lambda self: self.env.user.partner_id,
    )
