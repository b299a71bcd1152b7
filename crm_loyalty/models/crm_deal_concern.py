# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmDealConcern(models.Model):
    """A fear that stands in the way; only the customer can resolve it."""

    _name = "crm.deal.concern"
    _description = "Concern of a Customer"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "severity desc, id"
    _map_silent_fields = ("name", "answer")

    name = fields.Char("Concern", required=True)
    stakeholder_id = fields.Many2one(
        "crm.stakeholder",
        "Whose",
        ondelete="set null",
        domain="[('map_id', '=', map_id)]",
    )
    severity = fields.Selection(
        [
            ("1", "1: a question"),
            ("2", "2: a doubt"),
            ("3", "3: a worry"),
            ("4", "4: may stop the deal"),
            ("5", "5: stops the deal"),
        ],
        default="3",
        required=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("work", "In work"), ("resolved", "Resolved")],
        default="open",
        required=True,
    )
    resolved_on = fields.Date(compute="_compute_resolved_on", store=True)
    answer = fields.Text("What We Do about It")

    @api.depends("state")
    def _compute_resolved_on(self):
        today = fields.Date.context_today(self)
        for concern in self:
            resolved = concern.state == "resolved"
            concern.resolved_on = resolved and (concern.resolved_on or today)
