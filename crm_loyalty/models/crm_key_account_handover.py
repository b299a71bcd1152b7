# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.fields import Domain

from .crm_handover_transfer import Source


class CrmHandover(models.Model):
    """Dossiers go with their customers."""

    _inherit = "crm.handover"

    def _get_sources(self):
        return {
            **super()._get_sources(),
            "dossier": Source(
                "crm.key.account",
                "manager_id",
                Domain("manager_id", "=", self.from_user_id.id)
                & Domain("company_id", "=", self.company_id.id),
                "partner_id",
            ),
        }

    def _get_activity_contacts(self):
        return {**super()._get_activity_contacts(), "crm.key.account": "partner_id"}


class CrmHandoverItem(models.Model):
    _inherit = "crm.handover.item"

    kind = fields.Selection(
        selection_add=[("dossier", "Dossier")], ondelete={"dossier": "cascade"}
    )
