# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmStakeholderTouch(models.TransientModel):
    """A contact happened: a channel, who, one line."""

    _name = "crm.stakeholder.touch"
    _description = "Contact with People"

    channel = fields.Selection(
        [
            ("meeting", "Meeting"),
            ("call", "Call"),
            ("messenger", "Messenger"),
            ("email", "Mail"),
        ],
        default="call",
        required=True,
    )
    map_id = fields.Many2one("crm.stakeholder.map", ondelete="cascade")
    stakeholder_ids = fields.Many2many("crm.stakeholder", string="With", required=True)
    line = fields.Char("What about")

    def action_apply(self):
        """Log the contact with each of the people."""
        self.ensure_one()
        self.stakeholder_ids.action_touch(channel=self.channel, line=self.line or "")
        return {"type": "ir.actions.act_window_close"}
