# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmStakeholderSuggestLine(models.TransientModel):
    _name = "crm.stakeholder.suggest.line"
    _description = "Suggestion for a Contact Map"

    wizard_id = fields.Many2one(
        "crm.stakeholder.suggest", required=True, ondelete="cascade"
    )
    apply = fields.Boolean("Take", default=True)
    contact_id = fields.Many2one("res.partner", "Person", ondelete="cascade")
    title = fields.Char(related="contact_id.function")
    stakeholder_id = fields.Many2one("crm.stakeholder", ondelete="cascade")
    role_id = fields.Many2one("crm.stakeholder.role", ondelete="cascade")
    has_left = fields.Boolean()
    why = fields.Selection(
        [
            ("title", "By the job title"),
            ("name", "Written in the name"),
            ("contact", "We are in contact"),
        ],
        readonly=True,
    )
