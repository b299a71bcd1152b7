# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmStakeholderNoteLog(models.Model):
    _name = "crm.stakeholder.note.log"
    _description = "Opening of a Private Note"
    _order = "date desc, id desc"
    _rec_name = "stakeholder_id"

    stakeholder_id = fields.Many2one(
        "crm.stakeholder", "About", required=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one("res.users", "Opened by", ondelete="set null")
    date = fields.Datetime("On", required=True)
    company_id = fields.Many2one(related="stakeholder_id.map_id.company_id", store=True)
