# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from .nullable_fields import NullableFloat


class CrmLoyaltyRate(models.Model):
    """What one order, delivery, visit … costs; empty while nobody has typed it."""

    _name = "crm.loyalty.rate"
    _description = "Standard Rate"
    _order = "card_id, id"
    _rec_name = "driver"

    card_id = fields.Many2one(
        "crm.loyalty.rate.card", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    driver = fields.Selection(
        lambda self: self.env["crm.customer.service.driver"]._get_selection(),
        required=True,
    )
    rate = NullableFloat(
        digits=(16, 4),
        help="In company currency; interest in % per year. Empty: unknown, not zero",
    )
    unit = fields.Char(compute="_compute_unit")
    minutes = fields.Float(
        "Working Time (min)",
        digits=(16, 1),
        help="What one of them takes; only proposals use it",
    )
    proposal = NullableFloat(digits=(16, 2), readonly=True, copy=False)
    proposal_note = fields.Char("How It Was Computed", readonly=True, copy=False)

    _card_driver_uniq = models.Constraint(
        "UNIQUE (card_id, driver)", "Each rate is typed once."
    )
    _rate_positive = models.Constraint(
        "CHECK (rate >= 0)", "A rate is zero or more; leave it empty when unknown."
    )
    _minutes_positive = models.Constraint(
        "CHECK (minutes >= 0)", "Working time is zero or more minutes."
    )

    @api.depends("driver")
    def _compute_unit(self):
        drivers = self.env["crm.customer.service.driver"]._get_drivers()
        for rate in self:
            rate.unit = rate.driver in drivers and drivers[rate.driver].unit

    def write(self, vals):
        """A changed rate is nobody's until somebody confirms it again."""
        if "rate" in vals:
            # unknown and zero are equal to Python, but not the same
            new = vals["rate"], vals["rate"] is False
            changed = self.filtered(lambda rate: (rate.rate, rate.rate is False) != new)
            changed.card_id.filtered("confirmed_on")._unconfirm()
        return super().write(vals)

    def action_accept(self):
        """Take the proposal for the rate."""
        for rate in self:
            if rate.proposal is not False:
                rate.rate = rate.proposal
