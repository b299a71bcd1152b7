# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from .crm_customer_risk import KINDS

#: days for which an outcome holds where no purchase ends it
REST_DAYS = 90
#: an order by telephone takes at least so many days to become an invoice
ORDER_DAYS = 7

OUTCOMES = [
    ("ordered", "Ordered"),
    ("later", "Not until a date"),
    ("refused", "Refuses to buy"),
    ("false_alarm", "False alarm"),
]
REASONS = [
    ("price", "Price"),
    ("competitor", "Buys elsewhere"),
    ("assortment", "Does not need it any more"),
    ("quality", "Quality of the goods"),
    ("service", "Delivery or service"),
    ("closed", "Out of business"),
    ("other", "Other"),
]


class CrmCustomerRiskOutcome(models.Model):
    """What came of asking a customer with money at risk: by whom, when, until when."""

    _name = "crm.customer.risk.outcome"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Outcome of Money at Risk"
    _order = "create_date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, "Cause", required=True, readonly=True)
    since_date = fields.Date(
        "Last Purchase",
        readonly=True,
        help="Which silence was answered: a later purchase begins a new one. Empty: the"
        " customer still buys",
    )
    amount = fields.Monetary("Money at Risk", readonly=True)
    sentence = fields.Char("What Happened", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    reason = fields.Selection(REASONS, "Reason of Refusal", readonly=True)
    note = fields.Char(readonly=True)
    until = fields.Date(
        "Off the List until",
        readonly=True,
        help="Empty: until the customer buys and falls silent again",
    )
    user_id = fields.Many2one("res.users", "Answered by", required=True, readonly=True)
    active = fields.Boolean(default=True, readonly=True)
    taken_back_by_id = fields.Many2one("res.users", "Taken Back by", readonly=True)

    def action_open_profile(self):
        """The value page of the customer, or its contact if it has none any more."""
        self.ensure_one()
        # sudo: whom a contact counts for is told to who sees its outcome; the rules of
        # the page are checked when it opens
        profile = (
            self.env["crm.customer.entity"]
            .sudo()
            ._get_profiles(self.partner_id, self.company_id)
            .get(self.partner_id.id)
        )
        return (profile or self.partner_id).with_env(self.env)._get_records_action()

    @api.model
    def _get_until(self, risk, outcome):
        """Day on which a row that got this outcome is back; empty: with a new cause."""
        # sudo: the day of a company is no secret
        today = self.env["crm.loyalty.policy"]._get(risk.company_id)._get_today()
        if outcome == "ordered" and risk.kind == "silence":
            days = max(risk.profile_id.usual_gap, ORDER_DAYS)
            return fields.Date.add(today, days=min(days, REST_DAYS))
        if risk.kind == "silence":
            return False
        return fields.Date.add(today, days=REST_DAYS)
