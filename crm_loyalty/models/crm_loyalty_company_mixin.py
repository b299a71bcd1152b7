# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain


class CrmLoyaltyCompanyMixin(models.AbstractModel):
    """Rows kept per root company: with several companies active, show the first's.

    Their currencies differ, so a list of several companies adds up to nothing.
    """

    _name = "crm.loyalty.company.mixin"
    _description = "Row of a Root Company"

    #: fields that screens need, but nobody wants to filter or group by
    _technical_fields = ("currency_id", "is_current_company")

    is_current_company = fields.Boolean(
        "Current Company",
        compute="_compute_is_current_company",
        search="_search_is_current_company",
    )

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Do not offer technical fields in filters and groups."""
        result = super().fields_get(allfields, attributes)
        for name in result.keys() & set(self._technical_fields):
            for attribute in result[name].keys() & {"searchable", "groupable"}:
                result[name][attribute] = False
        return result

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

    @api.model
    @api.readonly
    def get_list_summary(self, domain):
        """What stands above a list of these rows: whose they are, all pages together.

        :param domain: the domain of the list, its filters included
        :return: list of dicts, one per root company found. ``company`` is its name, or
            empty where only one company is active and the screen need not tell
        """
        aggregates = self._get_summary_aggregates()
        several = len(self.env.companies.sudo().root_id) > 1
        return [
            {
                # sudo: users of a branch may know what their root is called
                "company": company.sudo().name if several else "",
                **self._prepare_summary(company, *values),
            }
            for company, *values in self._read_group(domain, ["company_id"], aggregates)
        ]

    @api.model
    def _get_summary_aggregates(self):
        """Aggregates that ``_prepare_summary`` gets, after the company."""
        return []

    @api.model
    def _prepare_summary(self, company):
        """What the line above a list tells besides the company."""
        return {}
