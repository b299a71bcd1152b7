# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models

from .crm_deal_report_print import PAPER


class IrActionsReport(models.Model):
    """Issued status reports are not drawn again: their paper was frozen."""

    _inherit = "ir.actions.report"

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        if res_ids and self._get_report(report_ref).report_name == PAPER:
            reports = self.env["crm.deal.report"].browse(res_ids)
            return reports._get_pdf(with_margin=True), "pdf"
        return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
