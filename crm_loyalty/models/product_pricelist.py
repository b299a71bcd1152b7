# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class ProductPricelist(models.Model):
    """The pricelist of a tier, below a pricelist of the customer's own."""

    _inherit = "product.pricelist"

    loyalty_by_tier = fields.Boolean(
        "Only by Tier",
        readonly=True,
        copy=False,
        help="Made by the strategy of a tier: it is nobody's pricelist by default",
    )

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        domain = super()._get_partner_pricelist_multi_search_domain_hook(company_id)
        return [*domain, ("loyalty_by_tier", "=", False)]

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """Put the pricelist of the tier in the place of the usual one."""
        result = super()._get_partner_pricelist_multi(partner_ids)
        enabled = self.env["res.groups"]._is_feature_enabled
        if enabled("product.group_product_pricelist"):
            partners = self.env["res.partner"].with_context(active_test=False)
            usual = partners.browse(partner_ids).filtered(
                lambda partner: not partner._has_own_pricelist()
            )
            for partner_id, pricelist in usual._get_loyalty_pricelists().items():
                # a tier changes prices, never the currency somebody buys in
                if result[partner_id].currency_id in (
                    pricelist.currency_id,
                    pricelist.currency_id.browse(),
                ):
                    result[partner_id] = pricelist
        return result
