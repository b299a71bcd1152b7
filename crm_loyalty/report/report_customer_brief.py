# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models


class ReportCustomerBrief(models.AbstractModel):
    """The brief on paper: the same values as on the screen."""

    _name = "report.crm_loyalty.report_customer_brief"
    _description = "Customer Brief on Paper"

    @api.model
    def _get_report_values(self, docids, data=None):
        briefs = self.env["crm.customer.brief"]
        return {
            "doc_ids": docids,
            "doc_model": "res.partner",
            "docs": self.env["res.partner"].browse(docids),
            "briefs": [briefs.get_values(partner_id) for partner_id in docids],
        }
