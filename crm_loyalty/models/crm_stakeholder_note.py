# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmStakeholderNote(models.Model):
    """The private note about a person; nobody has rights on it.

    It is read and written through ``crm.stakeholder.note.reader``, which checks the
    group and logs, so no list, search, export or call can pass by.
    """

    _name = "crm.stakeholder.note"
    _description = "Private Note"
    _rec_name = "stakeholder_id"

    stakeholder_id = fields.Many2one(
        "crm.stakeholder", required=True, ondelete="cascade", index=True
    )
    note = fields.Html()
