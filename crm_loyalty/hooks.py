# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import re

#: what people save and Odoo evaluates later -> its fields that hold domains or names
SAVED_SEARCHES = {
    "ir.filters": ("domain", "context", "sort"),
    "base.automation": ("filter_domain", "filter_pre_domain"),
    "mailing.mailing": ("mailing_domain",),
}


def post_init_hook(env):
    """Give every company a policy; the first figures follow in the background.

    A live database may hold years of invoices: the installation itself reads none of
    them, the scheduled job does, in batches.
    """
    companies = env["res.company"].with_context(active_test=False).search([])
    env["crm.loyalty.policy"]._create_default(companies)
    env.ref("crm_loyalty.ir_cron_run")._trigger()


def uninstall_hook(env):
    """Leave nothing behind that would fail, or lie about, for want of our fields."""
    names = _get_field_names(env)
    _archive_saved_searches(env, names)
    _trim_export_templates(env, names)
    _forget_bookkeeping(env)
    _release_strategies(env)


def _release_strategies(env):
    """Pricelists of tiers must not become anybody's; activities stay, as calls."""
    pricelists = env["product.pricelist"].with_context(active_test=False)
    pricelists.search([("loyalty_by_tier", "=", True)]).active = False
    kind = env.ref("crm_loyalty.mail_activity_type_contact", raise_if_not_found=False)
    call = env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
    if kind and call:
        activities = env["mail.activity"].with_context(active_test=False)
        activities.search([("activity_type_id", "=", kind.id)]).activity_type_id = call


def _get_own(env, model):
    """Records of ``model`` that belong to this add-on and to no other."""
    Data = env["ir.model.data"]
    own = Data.search([("module", "=", "crm_loyalty"), ("model", "=", model)])
    shared = Data.search(
        [
            ("module", "!=", "crm_loyalty"),
            ("model", "=", model),
            ("res_id", "in", own.mapped("res_id")),
        ]
    )
    ids = set(own.mapped("res_id")) - set(shared.mapped("res_id"))
    return env[model].browse(sorted(ids)).exists()


def _get_field_names(env):
    """A pattern of the names of our fields on the models of others."""
    ours = _get_own(env, "ir.model")
    fields = _get_own(env, "ir.model.fields").filtered(lambda f: f.model_id not in ours)
    return re.compile(rf"\b({'|'.join(sorted(set(fields.mapped('name'))))})\b")


def _archive_saved_searches(env, names):
    """Switch off what names our fields or models: a rule that fails blocks others.

    Kept and marked instead of deleted: they are somebody's work.
    """
    models = _get_own(env, "ir.model").mapped("model")
    for model, texts in SAVED_SEARCHES.items():
        if model not in env:
            continue
        records = env[model].search([])
        if model == "mailing.mailing":  # what was sent asks for nobody any more
            records = records.filtered(lambda mailing: mailing.state != "done")
        for record in records:
            about = model == "ir.filters" and record.model_id in models
            if about or names.search(" ".join(record[text] or "" for text in texts)):
                name = f"{record.display_name} (crm_loyalty uninstalled)"
                record.write({"active": False, record._rec_name: name})


def _trim_export_templates(env, names):
    """Take our columns out of export templates; the other columns stay."""
    lines = env["ir.exports.line"].search([("name", "!=", False)])
    lines.filtered(lambda line: names.search(line.name)).unlink()


def _forget_bookkeeping(env):
    """Delete what Odoo notes about our models and fields and forgets to delete.

    Foreign keys of our fields on its tables, and names that its own add-ons give to
    parts of our models (such as the states of activities).
    """
    module = env["ir.module.module"].search([("name", "=", "crm_loyalty")])
    models = _get_own(env, "ir.model")
    env["ir.model.constraint"].search(
        [
            ("module", "=", module.id),
            ("type", "=", "f"),
            ("model", "not in", models.ids),
        ]
    ).unlink()
    for part in (
        env["ir.model.inherit"].search([("model_id", "in", models.ids)]),
        env["ir.model.fields.selection"].search(
            [("field_id.model_id", "in", models.ids)]
        ),
    ):
        env["ir.model.data"].search(
            [
                ("module", "!=", "crm_loyalty"),
                ("model", "=", part._name),
                ("res_id", "in", part.ids),
            ]
        ).unlink()
