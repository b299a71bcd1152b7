# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain


class CrmLoyaltyCompanyMixin(models.AbstractModel):
    """Rows kept per root company: with several companies active, show the first's.

    Their currencies differ, so a list of several companies adds up to nothing.
    """

    _name = "crm.loyalty.company.mixin"
    _description = "Row of a Root Company"

    is_current_company = fields.Boolean(
        "Current Company",
        compute="_compute_is_current_company",
        search="_search_is_current_company",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_is_current_company(self):
        root = self.env.company.sudo().root_id
        for record in self:
            record.is_current_company = record.company_id == root

    def _search_is_current_company(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("company_id", "=", self.env.company.sudo().root_id.id)
