"""Run in Odoo's Python: work with our add-ons as people do, then uninstall them.

    uninstall_steps.py ADD-ON,ADD-ON [options of odoo server]

What core documents this leaves behind is allowed to stay; uninstall.py looks for the
rest.
"""

import sys

# before everything else of Odoo: it prepares the process
import odoo.cli  # noqa: F401
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

FILTER, EXPORT = "Customers of the first tier", "Customers with their tier"


def use(env, names):
    """Invoices, orders, a run, a decision, an override, and what people save."""
    customers = _customers(env)
    product = env["product.product"].create(
        {"name": "Consulting", "type": "service", "taxes_id": False}
    )
    for number, customer in enumerate(customers, 1):
        _invoice(env, customer, product, 1000 * number)
    back = _invoice(env, customers[0], product, 50, move_type="out_refund")
    back.button_draft()
    policy = env["crm.loyalty.policy"]._get(env.company)
    policy._run()
    policy._apply_tiers()
    tiers = policy.tier_ids.sorted()
    override = env["crm.customer.tier.override"].create(
        {
            "partner_id": customers[0].id,
            "tier_id": tiers[0].id,
            "reason": "Uninstall test",
            "date_to": fields.Date.add(fields.Date.today(), months=1),
        }
    )
    order = env["sale.order"].create(
        {
            "partner_id": customers[0].id,
            "order_line": [Command.create({"product_id": product.id})],
        }
    )
    order.action_confirm()
    assert order.loyalty_tier_id == tiers[0], "the order does not know its tier"
    assert back.loyalty_current_tier_id == tiers[0], "the credit note does not"
    env["crm.loyalty.preview"]._open(policy)
    override.action_end()
    policy._run(full=True)
    policy._apply_tiers(fields.Date.add(fields.Date.today(), months=1))
    customers[1].write({"parent_id": customers[2].id})
    _save_searches(env)
    _keep_notes(env, names)


def _customers(env):
    return env["res.partner"].create(
        [
            {
                "name": f"Customer {number}",
                "is_company": True,
                "email": f"office@customer{number}.example",
                "child_ids": [Command.create({"name": "Shop", "type": "delivery"})],
            }
            for number in range(1, 6)
        ]
    )


def _invoice(env, customer, product, amount, move_type="out_invoice"):
    line = {"product_id": product.id, "price_unit": amount, "tax_ids": False}
    move = env["account.move"].create(
        {
            "move_type": move_type,
            "partner_id": customer.id,
            "invoice_date": fields.Date.today(),
            "invoice_line_ids": [Command.create(line)],
        }
    )
    move.action_post()
    return move


def _save_searches(env):
    """A saved filter and an export template that name our fields."""
    domain = [("loyalty_tier_id.name", "=", "Tier 1")]
    env["ir.filters"].create(
        {"name": FILTER, "model_id": "res.partner", "domain": repr(domain)}
    )
    names = ["name", "loyalty_tier_id/name"]
    env["ir.exports"].create(
        {
            "name": EXPORT,
            "resource": "res.partner",
            "export_fields": [Command.create({"name": name}) for name in names],
        }
    )


def _keep_notes(env, names):
    """Messages, followers, activities and files, wherever our models take them."""
    for model in env["ir.model"].search([("abstract", "=", False)]):
        if env[model.model]._original_module not in names or not env[model.model]._auto:
            continue
        record = env[model.model].search([], limit=1)
        if not record:
            continue
        env["ir.attachment"].create(
            {
                "name": "note.txt",
                "raw": b"x",
                "res_model": record._name,
                "res_id": record.id,
            }
        )
        if model.is_mail_thread:
            record.message_post(body="Seen")
            record.message_subscribe(env.user.partner_id.ids)
        if model.is_mail_activity:
            record.activity_schedule("mail.mail_activity_data_todo", summary="Look")


def main(names, options):
    config.parse_config(options, setup_logging=True)
    registry = Registry(config["db_name"][0])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        use(env, names)
        cr.commit()
        modules = env["ir.module.module"].search([("name", "in", names)])
        modules.button_immediate_uninstall()
    with Registry(config["db_name"][0]).cursor() as cr:
        check_saved(api.Environment(cr, SUPERUSER_ID, {}))


def check_saved(env):
    """People's own work is still there, and harmless."""
    Filter = env["ir.filters"].with_context(active_test=False)
    saved = Filter.search([("name", "like", FILTER)])
    assert len(saved) == 1, "the saved filter was deleted"
    assert not saved.active, "the saved filter names fields that are gone"
    export = env["ir.exports"].search([("name", "=", EXPORT)])
    assert export.export_fields.mapped("name") == ["name"], (
        "our column is in the export"
    )


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2:])
