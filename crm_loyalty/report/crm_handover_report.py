# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models


class ReportHandover(models.AbstractModel):
    _name = "report.crm_loyalty.report_handover"
    _description = "Handover File on Paper"

    @api.model
    def _get_report_values(self, docids, data=None):
        lines = self.env["crm.handover.line"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": "crm.handover.line",
            "docs": lines,
            "blocks": self.env["crm.handover.file"]._get_values(lines),
        }
