# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
{
    "name": "Customer Loyalty Dashboard",
    "summary": "Tiers, money at risk and largest customers in Odoo's Dashboards",
    "version": "19.0.1.0.0",
    "category": "Productivity/Dashboard",
    "author": "Customer Loyalty & Key Accounts contributors",
    "license": "LGPL-3",
    "depends": ["crm_loyalty", "spreadsheet_dashboard"],
    "data": ["data/spreadsheet_dashboard_data.xml"],
    "auto_install": True,
}
