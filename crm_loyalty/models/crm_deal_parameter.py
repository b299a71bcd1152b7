# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import frozendict, ormcache

from ..tools.chain import BASE, WILLING
from ..tools.deal_health import CAPS, WEIGHTS, Settings


class CrmDealParameter(models.Model):
    """A weight or threshold of contact maps and deal health, to be calibrated."""

    _name = "crm.deal.parameter"
    _description = "Weight or Threshold"
    _order = "section, sequence, id"

    name = fields.Char(required=True, translate=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    section = fields.Selection(
        [
            ("1_base", "Chance that an introduction succeeds, by strength"),
            ("2_willing", "Share of that chance, by attitude of the introducer"),
            ("3_weight", "Weight in the health of a deal"),
            ("4_cap", "Health at most, while the alert is open"),
            ("5_limit", "Limits"),
        ],
        required=True,
        readonly=True,
    )
    sequence = fields.Integer(readonly=True)
    value = fields.Float(required=True, digits=(12, 2), aggregator=None)
    default = fields.Float(readonly=True, digits=(12, 2), aggregator=None)

    _code_uniq = models.Constraint("UNIQUE (code)", "The code is unique.")

    @api.constrains("value")
    def _check_value(self):
        for parameter in self:
            highest = {"1_base": 1, "2_willing": 1, "3_weight": 1, "4_cap": 100}.get(
                parameter.section, float("inf")
            )
            if not 0 <= parameter.value <= highest:
                raise ValidationError(
                    self.env._(
                        "%(name)s is %(value)s: enter a number from 0 to %(highest)s.",
                        name=parameter.name,
                        value=parameter.value,
                        highest=highest,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "value" in vals:
            self.env.registry.clear_cache()
        return result

    def action_reset(self):
        """Back to the values that the add-on was delivered with."""
        for parameter in self:
            parameter.value = parameter.default

    @ormcache()
    def _get_values(self):
        rows = self.sudo().search_fetch([], ["code", "value"])
        return frozendict({row.code: row.value for row in rows})

    @ormcache("self.env.lang")
    def _get_labels(self):
        # sudo: names of weights are no secret
        return frozendict({row.code: row.name for row in self.sudo().search([])})

    @api.model
    def _get_number(self, code, default):
        # sudo (in _get_values): everybody's figures follow the same settings
        return self._get_values().get(code, default)

    @api.model
    def _get_settings(self):
        """Weights, caps and limits of the health of deals."""
        return Settings(
            weights={p: self._get_number(f"weight_{p}", v) for p, v in WEIGHTS.items()},
            caps={c: self._get_number(f"cap_{c}", v) for c, v in CAPS.items()},
            revenue_limit=self._get_number("revenue_limit", 0),
        )

    @api.model
    def _get_chances(self):
        """Arguments ``base`` and ``willing`` of a ``chain.Network``."""
        names = {None: "unknown"}
        return {
            "base": {s: self._get_number(f"base_{s}", v) for s, v in BASE.items()},
            "willing": {
                attitude: self._get_number(
                    f"willing_{names.get(attitude, attitude)}", share
                )
                for attitude, share in WILLING.items()
            },
        }
