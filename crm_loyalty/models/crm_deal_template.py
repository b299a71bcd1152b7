# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmDealTemplate(models.Model):
    """A kind of decision: whom to look for, and which tactics fit."""

    _name = "crm.deal.template"
    _description = "Kind of Deal"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    description = fields.Text(translate=True)
    stage_id = fields.Many2one(
        "crm.decision.stage", "Customer Usually Starts at", ondelete="set null"
    )
    role_ids = fields.Many2many("crm.stakeholder.role", string="Roles to Ask for")
    tactic_ids = fields.Many2many("crm.influence.tactic", string="Tactics")
