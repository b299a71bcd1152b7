# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..models.crm_customer_risk_outcome import OUTCOMES, REASONS


class CrmCustomerRiskAnswer(models.TransientModel):
    """The outcomes that need one more word: until when, or why."""

    _name = "crm.customer.risk.answer"
    _description = "Answer to Money at Risk"

    risk_ids = fields.Many2many("crm.customer.risk", required=True, readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    until = fields.Date(
        "Not until",
        default=lambda self: fields.Date.add(fields.Date.context_today(self), months=1),
    )
    reason = fields.Selection(REASONS)
    note = fields.Char()

    def action_confirm(self):
        """Keep the outcome.

        :raise ValidationError: without a reason, or with a day that is over
        """
        self.ensure_one()
        if self.outcome == "refused":
            if not self.reason:
                raise ValidationError(self.env._("Choose the reason of the refusal."))
            values = {"reason": self.reason}
        else:
            if not self.until or self.until <= fields.Date.context_today(self):
                raise ValidationError(
                    self.env._(
                        "Not until: %s is not after today. Choose a later day.",
                        format_date(self.env, self.until) or self.env._("no day"),
                    )
                )
            values = {"until": self.until}
        return self.risk_ids._answer(self.outcome, note=self.note, **values)
