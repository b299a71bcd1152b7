# Part of Customer Loyalty & Key Accounts.
# AGPL-3 (see https://www.gnu.org/licenses/agpl-3.0.html).


def post_init_hook(env):
    """Take over the company groups that are there, from today on."""
    partners = env["res.partner"].search([("company_group_id", "!=", False)])
    partners._loyalty_follow_company_group({})
