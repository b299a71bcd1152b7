# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from ..tools import deal_map
from .nullable_fields import NullableInteger

CLASSES = [
    ("vulnerable", "Vulnerable"),
    ("contested", "Contested"),
    ("advantage", "Advantage"),
    ("hidden_strength", "Hidden strength"),
    ("exposed", "Exposed if raised"),
    ("incidental", "Incidental"),
]


class CrmDealCriterion(models.Model):
    """What the customer judges suppliers by, how much it matters, how we fare."""

    _name = "crm.deal.criterion"
    _description = "Decision Criterion"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "importance desc nulls last, id"
    _map_silent_fields = ("name", "kind")

    name = fields.Char("Criterion", required=True)
    stakeholder_id = fields.Many2one(
        "crm.stakeholder",
        "Who Said It",
        ondelete="set null",
        domain="[('map_id', '=', map_id)]",
        help="Empty: our own guess",
    )
    importance = NullableInteger(
        aggregator=None, help="To the customer, from 0 to 10; empty while unknown"
    )
    kind = fields.Selection(
        [("hard", "Measurable"), ("soft", "A matter of judgement")], default="hard"
    )
    our_score = NullableInteger(
        "We", aggregator=None, help="How the customer sees us, from 0 to 10"
    )
    score_ids = fields.One2many("crm.deal.score", "criterion_id", "Competitors")
    best_score = NullableInteger(
        "Best Competitor",
        compute="_compute_class",
        aggregator=None,
        help="The highest score of a competitor by this criterion",
    )
    criterion_class = fields.Selection(
        CLASSES,
        "What It Means",
        compute="_compute_class",
        help="Against the best competitor by this criterion; importance of 7 or more is"
        " crucial, a difference of 2 or more is clear",
    )

    _importance_range = models.Constraint(
        "CHECK (importance BETWEEN 0 AND 10)", "Importance is between 0 and 10."
    )
    _our_score_range = models.Constraint(
        "CHECK (our_score BETWEEN 0 AND 10)", "Our score is between 0 and 10."
    )

    @api.model_create_multi
    def create(self, vals_list):
        criteria = super().create(vals_list)
        criteria.map_id._complete_scores()
        return criteria

    @api.depends("importance", "our_score", "score_ids.score")
    def _compute_class(self):
        for criterion, known in zip(self, self._get_criteria(), strict=True):
            scores = [s.score for s in criterion.score_ids if s.score is not False]
            criterion.best_score = max(scores, default=None)
            criterion.criterion_class = deal_map.classify_best(known)

    def _get_criteria(self):
        """These criteria for the algorithms, in the same order."""
        return [
            deal_map.Criterion(
                _or_none(criterion.importance),
                _or_none(criterion.our_score),
                {
                    score.competitor_id._origin.id: _or_none(score.score)
                    for score in criterion.score_ids
                },
            )
            for criterion in self
        ]


def _or_none(value):
    return None if value is False else value
