# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models

from ..tools.portfolio import paginate
from ..tools.svg import band_sign, steps


class ReportPortfolio(models.AbstractModel):
    """The portfolio on paper: ten deals a sheet, texts cut to the room they have."""

    _name = "report.crm_loyalty.report_portfolio"
    _description = "Portfolio on Paper"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Of the deals chosen in a list, or of the filters of the screen."""
        filters = {"lead_ids": docids} if docids else (data or {}).get("filters")
        values = self.env["crm.deal.portfolio"].get_values(filters)
        return {
            "doc_ids": docids,
            "doc_model": "crm.lead",
            "docs": self.env["crm.lead"].browse(docids),
            "values": values,
            "pages": paginate(values["rows"]),
            "draw_sign": band_sign,
            "draw_steps": lambda row: steps(
                (row["customer_steps"], row["customer_step"]),
                (row["our_steps"], row["our_step"]),
                width=100,
            ),
        }
