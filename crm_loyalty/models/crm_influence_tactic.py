# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models

from .crm_deal_alert import CODES


class CrmInfluenceTactic(models.Model):
    """A way to influence a decision, that is right at one stage and with one point.

    None offers anybody a personal gain: we sell to companies, through people.
    """

    _name = "crm.influence.tactic"
    _description = "Tactic"
    _order = "stage_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    stage_id = fields.Many2one(
        "crm.decision.stage", "Customer's Stage", required=True, ondelete="restrict"
    )
    focus = fields.Selection(
        [
            ("any", "Anybody"),
            ("receptivity", "Entry point"),
            ("dissatisfaction", "Point of dissatisfaction"),
            ("power", "Point of power"),
        ],
        "With Whom",
        default="any",
        required=True,
    )
    alert_code = fields.Selection(CODES, "Answers the Alert")
    purpose = fields.Text(translate=True)
    questions = fields.Text("Questions to Ask", translate=True)
    proof_needed = fields.Text("What to Bring", translate=True)
    mistakes = fields.Text("Typical Mistakes", translate=True)
    activity_type_id = fields.Many2one(
        "mail.activity.type", "Activity", ondelete="set null"
    )
    days = fields.Integer("Within Days", default=7)
    action_ids = fields.One2many("crm.influence.action", "tactic_id", "Uses")
