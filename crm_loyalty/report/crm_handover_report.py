# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_date


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
            "today": format_date(self.env, fields.Date.context_today(self)),
            "blocks": self.env["crm.handover.file"]._get_values(lines),
        }
