# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # sudo: who may create a company need not know about tiers
        self.env["crm.loyalty.policy"].sudo()._create_default(companies)
        self.env["crm.customer.queue"]._push_partners(companies.partner_id.ids)
        return companies

    def _loyalty_branches(self):
        """The root company and all its branches, active or not."""
        self.ensure_one()
        # sudo: documents of branches the user may not see count in the totals, too
        return (
            self.sudo()
            .with_context(active_test=False)
            .search([("id", "child_of", self.root_id.id)])
        )
