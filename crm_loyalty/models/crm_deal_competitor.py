# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from ..tools import deal_map


class CrmDealCompetitor(models.Model):
    """Who else may get the money: another supplier, the customer himself, nobody."""

    _name = "crm.deal.competitor"
    _description = "Competitor in a Deal"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "status, id"

    name = fields.Char("Competitor", required=True)
    partner_id = fields.Many2one("res.partner", "Contact", ondelete="set null")
    status = fields.Selection(
        [
            ("incumbent", "Supplies today"),
            ("contender", "Wants to supply"),
            ("in_house", "By himself"),
            ("no_decision", "Does nothing"),
        ],
        default="contender",
        required=True,
    )
    supporter_ids = fields.Many2many(
        "crm.stakeholder",
        string="Supporters",
        domain="[('map_id', '=', map_id)]",
        help="People of the customer who prefer this competitor",
    )
    strengths = fields.Text()
    weaknesses = fields.Text()
    currency_id = fields.Many2one(related="map_id.currency_id")
    price = fields.Monetary("Estimated Price")
    score_ids = fields.One2many("crm.deal.score", "competitor_id", "Scores")
    position = fields.Float(
        "Our Position",
        compute="_compute_position",
        aggregator=None,
        digits=(4, 1),
        help="How we stand against this competitor by the customer's criteria: 50 is"
        " equal, 100 is best",
    )
    is_position_known = fields.Boolean(compute="_compute_position")

    @api.model_create_multi
    def create(self, vals_list):
        competitors = super().create(vals_list)
        competitors.map_id._complete_scores()
        return competitors

    @api.depends(
        "score_ids.score",
        "map_id.criterion_ids.importance",
        "map_id.criterion_ids.our_score",
        "map_id.criterion_ids.score_ids.score",
    )
    def _compute_position(self):
        for competitor in self:
            criteria = competitor.map_id.criterion_ids._get_criteria()
            position = deal_map.get_position(criteria, competitor._origin.id)
            competitor.is_position_known = position is not None
            competitor.position = position or 0
