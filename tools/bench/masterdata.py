"""What the documents of a benchmark database refer to, made through the ORM.

One document of each kind is really posted: the millions of others are copies of it
with other numbers (see ``ledger``), so that all columns hold what Odoo writes there.
"""

from odoo import Command

PRODUCTS = 500
WITHOUT_COST = 20  # every how many products
SALESPEOPLE = 20


def create(env):
    """Two companies, two currencies, products, salespeople, one document of each kind.

    :return: ids of companies, products, salespeople, of the contacts and orders to
        copy, and of the documents by company, currency and kind
    """
    companies = _create_companies(env)
    products = _create_products(env)
    set_costs(products, companies)
    users = _create_users(env, companies)
    partner = env["res.partner"].create({"name": "Template", "is_company": True})
    contact = env["res.partner"].create(
        {"name": "Template", "parent_id": partner.id, "type": "delivery"}
    )
    documents = [
        {
            "company_id": company.id,
            "is_foreign": foreign,
            "refund": refund,
            "template_id": _post(company, partner, products[0], foreign, refund).id,
        }
        for company in companies
        for foreign in (False, True)
        for refund in (False, True)
    ]
    orders = {
        company.id: _confirm(company, partner, products[0]).id for company in companies
    }
    env.flush_all()
    return {
        "companies": companies.ids,
        "products": products.ids,
        "users": users.ids,
        "partner": partner.id,
        "contact": contact.id,
        "documents": documents,
        "orders": orders,
    }


def _create_companies(env):
    """The company that is there, in dollars, and a second one, in euros."""
    first = env.ref("base.main_company")
    euro = env.ref("base.EUR")
    euro.active = True
    second = env["res.company"].create({"name": "Second", "currency_id": euro.id})
    env["account.chart.template"].try_loading(
        first.chart_template or "generic_coa", company=second, install_demo=False
    )
    env.user.company_ids |= second
    env["stock.warehouse"].create(
        {"name": "Second", "code": "SEC", "company_id": second.id}
    )
    return first | second


def _create_products(env):
    """Goods, and every tenth a service."""
    return env["product.product"].create(
        [
            {
                "name": f"Product {number:04d} of the benchmark range",
                "type": "service" if number % 10 == 0 else "consu",
                "default_code": f"B{number:04d}",
                "list_price": 10 + number,
                "taxes_id": False,
                "company_id": False,
            }
            for number in range(1, PRODUCTS + 1)
        ]
    )


def set_costs(products, companies):
    """Costs in both companies, as if entered before the first document; of a few
    products nobody knows them."""
    env = products.env
    for company in companies:
        for number, product in enumerate(products.with_company(company), start=1):
            if number % WITHOUT_COST:
                product.standard_price = 6 + number / 2
    env.flush_all()
    env.cr.execute("UPDATE product_value SET date = '2024-01-01'")


def _create_users(env, companies):
    group = env.ref("sales_team.group_sale_salesman_all_leads")
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Salesperson {number}",
                    "login": f"bench{number}",
                    "company_ids": [Command.set(companies.ids)],
                    "group_ids": [Command.link(group.id)],
                }
                for number in range(1, SALESPEOPLE + 1)
            ]
        )
    )


def _post(company, partner, product, foreign, refund):
    """One posted document of a line; ``foreign`` is in the other currency."""
    env = (
        company.with_company(company).with_context(allowed_company_ids=company.ids).env
    )
    currencies = env.ref("base.USD") | env.ref("base.EUR")
    other = currencies - company.currency_id
    move = env["account.move"].create(
        {
            "move_type": "out_refund" if refund else "out_invoice",
            "partner_id": partner.id,
            "currency_id": (other if foreign else company.currency_id).id,
            "invoice_date": "2024-04-01",
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "quantity": 1,
                        "price_unit": 100,
                        "tax_ids": False,
                    }
                )
            ],
        }
    )
    move.action_post()
    return move


def _confirm(company, partner, product):
    env = (
        company.with_company(company).with_context(allowed_company_ids=company.ids).env
    )
    order = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "order_line": [
                Command.create({"product_id": product.id, "tax_ids": False})
            ],
        }
    )
    order.action_confirm()
    return order
