# Part of Customer Loyalty & Key Accounts.
# AGPL-3 (see https://www.gnu.org/licenses/agpl-3.0.html).
{
    "name": "Customer Loyalty: Company Groups",
    "summary": "Company groups of contacts are judged as one customer",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Customer Loyalty & Key Accounts contributors",
    "license": "AGPL-3",
    "depends": ["crm_loyalty", "base_partner_company_group"],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
}
