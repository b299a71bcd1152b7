# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class MailActivityPlanTemplate(models.Model):
    """Activities of a plan may go to whoever looks after the customer."""

    _inherit = "mail.activity.plan.template"

    responsible_type = fields.Selection(
        selection_add=[("loyalty_owner", "Salesperson of the customer")],
        ondelete={"loyalty_owner": "set default"},
    )

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        if self.responsible_type != "loyalty_owner":
            return super()._determine_responsible(
                on_demand_responsible, applied_on_record
            )
        record = applied_on_record
        partner = record if record._name == "res.partner" else record["partner_id"]
        user = partner.commercial_partner_id.user_id or on_demand_responsible
        missing = self.env._("%s has no salesperson.", partner.display_name)
        return {"responsible": user, "error": not user and missing, "warning": False}
