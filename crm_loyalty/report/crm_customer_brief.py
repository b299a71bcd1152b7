# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .crm_customer_brief_page import BriefPage

#: open activities: what a phone shows in one turn of the thumb
PROMISES = 5


class CrmCustomerBrief(models.AbstractModel):
    """All that a salesperson has to know before a call or a visit, on one page.

    One method computes the values, screen and paper render them. The number of queries
    does not depend on how long the customer has been buying.
    """

    _name = "crm.customer.brief"
    _description = "Customer Brief"

    @api.model
    @api.readonly
    def get_values(self, partner_id):
        """The brief of a customer, in the language of the user.

        Figures, debts and orders are shown to whoever may see the customer's profile;
        to others the brief is closed. Amounts are in the currency of the root company.

        :param partner_id: any contact of the customer
        :return: dict; ``state`` "closed" has no figures, else "open" with texts
            that are formatted already and lists of dicts
        :raise AccessError: when the user may not read the contact
        """
        self._check_rights()
        contact = self.env["res.partner"].browse(partner_id)
        contact.check_access("read")
        entity = contact.commercial_partner_id
        profile = entity.loyalty_profile_id.sudo(False)
        customer = profile.sudo().partner_id.sudo(False) or entity
        values = {
            "partner_id": customer.id,
            "name": customer.sudo().display_name,
            "company": self._get_company_label(),
        }
        if not self._may_see(profile, customer):
            return values | {"state": "closed"}
        # sudo: whoever may see the customer is told its debt, and orders and deliveries
        # of colleagues; cost and margin are not in the brief
        page = BriefPage(self.sudo(), customer.sudo(), profile.sudo())
        return values | {"state": "open"} | page.get_values(self._find_promises(page))

    def _check_rights(self):
        if not self.env.user.has_group("crm_loyalty.group_user"):
            raise AccessError(self.env._("The brief is for users of customer tiers."))

    def _get_company_label(self):
        # sudo: users of a branch may know what their root is called
        several = len(self.env.companies.sudo().root_id) > 1
        return several and self.env.company.sudo().root_id.name

    def _may_see(self, profile, customer):
        """By the rules of the profile; without one, by the salesperson."""
        if profile:
            return profile.has_access("read")
        user = self.env.user
        return customer.user_id in (user, user.browse()) or user.has_group(
            "sales_team.group_sale_salesman_all_leads"
        )

    def _find_promises(self, page):
        """Open activities on what the user may read of the customer."""
        domains = [
            Domain("res_model", "=", "res.partner")
            & Domain("res_id", "in", page.family.ids)
        ]
        for model in ("crm.lead", "sale.order"):
            records = self.env[model]
            if records.has_access("read"):
                found = records.search(
                    [
                        ("partner_id", "in", page.family.ids),
                        ("activity_ids", "!=", False),
                    ]
                )
                domains.append(
                    Domain("res_model", "=", model) & Domain("res_id", "in", found.ids)
                )
        return self.env["mail.activity"].search(
            Domain.OR(domains), order="date_deadline, id", limit=PROMISES
        )
