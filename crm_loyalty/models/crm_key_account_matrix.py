# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from ..tools.dossier import ATTRACTIVENESS, STRENGTH, clip, quadrant, weighted
from .nullable_fields import NullableFloat

QUADRANTS = [
    ("strategic", "Strategic"),
    ("star", "Develop"),
    ("status", "Maintain"),
    ("streamline", "Streamline"),
]
SCORE = [(str(score), str(score)) for score in range(11)]


class CrmKeyAccount(models.Model):
    """Account matrix: how attractive the customer is, how strong we are with it.

    What the books tell is not a matter of opinion: revenue, growth, margin, delivery
    on time, quality. The rest is typed, from 0 to 10.
    """

    _inherit = "crm.key.account"

    score_reference = fields.Selection(SCORE, "Reference", help="Brings others to us")
    score_fit = fields.Selection(SCORE, "Fit", help="Needs what we are good at")
    score_risk = fields.Selection(
        SCORE, "Safety", help="0: may fail or leave any day, 10: safe"
    )
    score_share = fields.Selection(
        SCORE, "Share of Wallet", help="0: buys nothing from us, 10: everything"
    )
    score_relations = fields.Selection(
        SCORE, "Relations", help="0: we know nobody, 10: trusted at all levels"
    )
    attractiveness = NullableFloat(
        compute="_compute_matrix", digits=(16, 2), aggregator=None
    )
    strength = NullableFloat(
        "Our Strength", compute="_compute_matrix", digits=(16, 2), aggregator=None
    )
    quadrant = fields.Selection(
        QUADRANTS, "Place in the Matrix", compute="_compute_matrix"
    )

    @api.depends(
        "partner_id",
        "score_reference",
        "score_fit",
        "score_risk",
        "score_share",
        "score_relations",
    )
    def _compute_matrix(self):
        for account in self:
            # sudo: only the weighted sums are shown, of which no figure can be told
            scores = account.sudo()._get_scores()
            attractive = weighted(scores, ATTRACTIVENESS)
            strong = weighted(scores, STRENGTH)
            account.attractiveness = False if attractive is None else attractive
            account.strength = False if strong is None else strong
            account.quadrant = quadrant(attractive, strong) or False

    def _get_scores(self):
        """{score: 0 to 10, or None where it is unknown}."""
        typed = {
            name: self[f"score_{name}"] and int(self[f"score_{name}"])
            for name in ("reference", "fit", "risk", "share", "relations")
        }
        scores = {
            name: None if value is False else value for name, value in typed.items()
        }
        return scores | self._get_scores_of_books()

    def _get_scores_of_books(self):
        """Revenue: 1 point per percent of ours. Growth: 5 at none, ±1 per 10 percent.
        Margin: 1 point per 5 percent. On time: share of lines. Quality: 10 without
        returns, 1 less per percent returned."""
        profile = self.profile_id
        if not profile:
            return {}
        scores = {"revenue": clip(self.revenue_share)}
        if profile.revenue_previous > 0:
            scores["growth"] = clip(5 + profile.trend / 10)
        if profile.margin is not False and profile.revenue > 0:
            scores["margin"] = clip(profile.margin_rate / 5)
        if profile.delivery_known:
            scores["on_time"] = clip(profile.delivery_on_time / 10)
            scores["quality"] = clip(10 - profile.delivery_returned_share)
        return scores

    @api.model
    @api.readonly
    def get_matrix(self):
        """The key accounts of the current company that the user may see.

        :return: dict of ``company`` and ``accounts``: id, name, attractiveness and
            strength (0 to 10, or False), quadrant, revenue as text, share of the
            largest revenue, tier color
        """
        accounts = self.search(
            [
                ("state", "=", "active"),
                ("company_id", "=", self.env.company.sudo().root_id.id),
            ]
        )
        largest = max(accounts.mapped("revenue"), default=0) or 1
        return {
            "company": self.env.company.sudo().root_id.name,
            "accounts": [
                {
                    "id": account.id,
                    "name": account.display_name,
                    "attractiveness": account.attractiveness,
                    "strength": account.strength,
                    "quadrant": account.quadrant,
                    "revenue": account.currency_id.format(account.revenue),
                    "size": max(account.revenue, 0) / largest,
                    "color": account.tier_color,
                }
                for account in accounts
            ],
        }
