# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_amount, formatLang

from ..tools.effect import MIN_CUSTOMERS


class CrmLoyaltyStrategyEffectLine(models.TransientModel):
    _name = "crm.loyalty.strategy.effect.line"
    _description = "Effect of a Strategy on One Measure"

    effect_id = fields.Many2one(
        "crm.loyalty.strategy.effect", "Comparison", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="effect_id.currency_id")
    measure = fields.Selection(
        [
            ("revenue", "Revenue"),
            ("orders", "Purchases"),
            ("margin", "Margin"),
            ("cost_to_serve", "Cost to serve"),
        ],
        required=True,
    )
    treated_before = fields.Float()
    treated_since = fields.Float()
    rest_before = fields.Float()
    rest_since = fields.Float()
    effect = fields.Float()
    low = fields.Float()
    high = fields.Float()
    state = fields.Selection(
        [
            ("unknown", "Not known yet"),
            ("too_little", "Too little data"),
            ("not_shown", "Not shown"),
            ("more", "More"),
            ("less", "Less"),
        ],
        "Effect Shown",
    )
    treated_label = fields.Char("With It", compute="_compute_labels")
    rest_label = fields.Char("Like Them, without It", compute="_compute_labels")
    verdict = fields.Char("What May Be Said", compute="_compute_labels")

    @api.depends("state", "effect", "low", "high")
    def _compute_labels(self):
        for line in self:
            line.treated_label = line._tell_change(
                line.treated_before, line.treated_since
            )
            line.rest_label = line._tell_change(line.rest_before, line.rest_since)
            line.verdict = line._tell_verdict()

    def _format(self, value):
        if self.measure == "orders":
            return formatLang(self.env, value, digits=0)
        return format_amount(self.env, value, self.currency_id)

    def _tell_change(self, before, since):
        if self.state == "unknown":
            return ""
        change = ""
        if before > 0:
            share = 100 * (since - before) / before
            sign = "+" if share > 0 else ""
            change = f" ({sign}{formatLang(self.env, share, digits=0)} %)"
        return f"{self._format(before)} → {self._format(since)}{change}"

    def _tell_verdict(self):
        """What may be said, and no more than that."""
        if self.state == "unknown":
            return self.env._("No cost to serve is known for these customers.")
        if self.state == "too_little":
            return self.env._(
                "Too little data: it takes %s customers with sales on either side.",
                MIN_CUSTOMERS,
            )
        values = {name: self._format(self[name]) for name in ("effect", "low", "high")}
        if self.state == "not_shown":
            return self.env._(
                "No effect is shown: the difference of %(effect)s may be chance"
                " (between %(low)s and %(high)s with 95 %% confidence).",
                **values,
            )
        return self.env._(
            "%(effect)s against what the change of the others lets expect (between"
            " %(low)s and %(high)s with 95 %% confidence).",
            **values,
        )
