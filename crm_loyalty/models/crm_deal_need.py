# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models

from .nullable_fields import NullableMonetary


class CrmDealNeed(models.Model):
    """What the customer lacks, who says so, what it costs him, and our answer."""

    _name = "crm.deal.need"
    _description = "Need of a Customer"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "state desc, id"
    _map_silent_fields = ("name", "answer", "cost_per_year")

    name = fields.Char("Need", required=True)
    stakeholder_id = fields.Many2one(
        "crm.stakeholder",
        "Owner",
        ondelete="set null",
        domain="[('map_id', '=', map_id)]",
        help="The person who suffers from it",
    )
    # in alphabetical order, so that rows sort by it
    state = fields.Selection(
        [
            ("identified", "Identified"),
            ("confirmed", "Confirmed"),
            ("quantified", "Quantified"),
        ],
        default="identified",
        required=True,
        help="Identified: we think so; confirmed: he says so; quantified: he has put a"
        " price on it",
    )
    currency_id = fields.Many2one(related="map_id.currency_id")
    cost_per_year = NullableMonetary(
        "Cost per Year",
        help="What the problem costs the customer in a year; empty while unknown",
    )
    answer = fields.Text("Our Answer", help="What we offer against it")
