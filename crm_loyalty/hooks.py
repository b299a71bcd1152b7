# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).


def post_init_hook(env):
    """Give every company a policy; the first figures follow in the background.

    A live database may hold years of invoices: the installation itself reads none of
    them, the scheduled job does, in batches.
    """
    companies = env["res.company"].with_context(active_test=False).search([])
    env["crm.loyalty.policy"]._create_default(companies)
    env.ref("crm_loyalty.ir_cron_run")._trigger()


def uninstall_hook(env):
    """Switch off saved filters that name our fields; they would fail without them.

    Kept and marked instead of deleted: they are somebody's work.
    """
    filters = (
        env["ir.filters"]
        .with_context(active_test=False)
        .search(
            [
                "|",
                "|",
                ("model_id", "=like", "crm.customer.%"),
                ("domain", "like", "loyalty_"),
                ("context", "like", "loyalty_"),
            ]
        )
    )
    for record in filters:
        record.write(
            {"active": False, "name": f"{record.name} (crm_loyalty uninstalled)"}
        )
