# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models

from .nullable_fields import NullableInteger


class CrmDealScore(models.Model):
    """How the customer sees one competitor by one criterion."""

    _name = "crm.deal.score"
    _description = "Score of a Competitor"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "criterion_id, competitor_id"
    _rec_name = "competitor_id"

    map_id = fields.Many2one(related="criterion_id.map_id", store=True, required=False)
    criterion_id = fields.Many2one(
        "crm.deal.criterion", required=True, ondelete="cascade", index=True
    )
    competitor_id = fields.Many2one(
        "crm.deal.competitor",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('map_id', '=', map_id)]",
    )
    score = NullableInteger(
        aggregator=None, help="As the customer sees it, from 0 to 10"
    )

    _pair_uniq = models.Constraint(
        "UNIQUE (criterion_id, competitor_id)",
        "A competitor has one score by each criterion.",
    )
    _score_range = models.Constraint(
        "CHECK (score BETWEEN 0 AND 10)", "A score is between 0 and 10."
    )
