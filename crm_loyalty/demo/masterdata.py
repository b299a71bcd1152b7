# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Companies, people, products and customers of the demo story."""

import re
import unicodedata
from collections import defaultdict
from datetime import datetime, time

from odoo.fields import Command

from .names import COUNTRIES, FAMILIES, JOB_TITLES, PRODUCTS, TRADES

# Selling company -> name, currency, address, tax and the parts of its currency rates.
HOUSES = {
    "EU": {
        "name": "Northgate Europe BV",
        "currency": "EUR",
        "tax": 21,
        "rates": {"USD": 1.09, "GBP": 0.86},
        "warehouse": ("Rotterdam", "RTM"),
        "address": ("Waalhaven Oostzijde 81", "3087 BM", "Rotterdam", "NL"),
    },
    "UK": {
        "name": "Northgate UK Ltd",
        "currency": "GBP",
        "tax": 20,
        "rates": {"EUR": 1.16, "USD": 1.27},
        "warehouse": ("Leeds", "LDS"),
        "address": ("14 Kirkstall Wharf", "LS4 2AZ", "Leeds", "GB"),
    },
}
# Price lists: selling company, currency, factor on the price in euro.
PRICELISTS = {
    "EU": ("EU", "EUR", 1.0),
    "TR": ("EU", "USD", 1.12),
    "UK": ("UK", "GBP", 0.88),
    "IE": ("UK", "EUR", 1.04),
}
USERS = {
    "anna": ("Anna Visser", "sales_team.group_sale_salesman", "crm_loyalty.group_user"),
    "viktor": (
        "Viktor Nagy", "sales_team.group_sale_salesman", "crm_loyalty.group_user",
    ),
    "boris": (
        "Boris Adamek",
        "sales_team.group_sale_salesman_all_leads",
        "crm_loyalty.group_key_account_manager",
    ),
    "maria": (
        "Maria Keller",
        "sales_team.group_sale_manager",
        "crm_loyalty.group_manager",
        "base.group_allow_export",
    ),
}  # fmt: skip
FEATURES = (
    "product.group_product_pricelist",
    "sale.group_discount_per_so_line",
    "account.group_delivery_invoice_address",
    "base.group_multi_currency",
)
TERMS = ("15days", "30days", "30days", "30days", "45days", "end_following_month")


def at(day, hour=9):
    """A moment on that day, as the database keeps it."""
    return datetime.combine(day, time(hour))


def plain_words(name):
    """The words of a name without accents, for addresses."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return re.findall(r"[a-z0-9]+", re.sub(r"[^\x00-\x7f]", "", letters))


class World:
    """The records that documents refer to."""

    def __init__(self, env, plan):
        self.env = env
        self.plan = plan
        self.companies = {}  # EU and UK
        self.products = {}  # by internal reference
        self.partners = {}  # by customer of the plan
        self.shops = {}  # by customer: delivery addresses
        self.users = {}  # by login
        self._enable_features()
        for house in HOUSES:
            self.companies[house] = self._create_company(house)
        self._create_users()
        self._create_products()
        self._create_pricelists()
        self._create_customers()

    # Companies

    def _enable_features(self):
        groups = [self.env.ref(xmlid).id for xmlid in FEATURES]
        self.env.ref("base.group_user").implied_ids = [
            Command.link(group) for group in groups
        ]
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies.search([("name", "in", ("EUR", "GBP", "USD"))]).active = True

    def _currency(self, name):
        return self.env["res.currency"].search([("name", "=", name)])

    def _country(self, code):
        return self.env["res.country"].search([("code", "=", code)])

    def _create_company(self, house):
        table = HOUSES[house]
        street, postcode, town, country = table["address"]
        company = self.env["res.company"].create(
            {
                "name": table["name"],
                "currency_id": self._currency(table["currency"]).id,
                "street": street,
                "zip": postcode,
                "city": town,
                "country_id": self._country(country).id,
                "email": f"office.{house.lower()}@example.com",
            }
        )
        self._create_rates(company, table)
        # try_loading() would warn: demo data come before the registry is complete.
        charts = self.env["account.chart.template"]
        charts._load("generic_coa", company, install_demo=False)
        self._localise(company, table)
        name, code = table["warehouse"]
        self.env["stock.warehouse"].create(
            {"name": name, "code": code, "company_id": company.id}
        )
        banks = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "bank")]
        )
        for bank in banks:
            lines = bank.inbound_payment_method_line_ids
            lines.payment_account_id = bank.default_account_id
        return company

    def _localise(self, company, table):
        """The chart brings the currency, tax and home market of the United States."""
        company.currency_id = self._currency(table["currency"])
        tax, rate = company.account_sale_tax_id, table["tax"]
        tax.write({"name": f"{rate}%", "amount": rate, "invoice_label": f"VAT {rate}%"})
        tax.tax_group_id.name = f"VAT {rate}%"
        home = self.env["account.fiscal.position"].search(
            [("company_id", "=", company.id), ("country_id.code", "=", "US")]
        )
        home.country_id = company.country_id

    def _create_rates(self, company, table):
        """A rate of its own for every month; the company's own currency stays at 1."""
        rng, day = self.plan.rng, self.plan.start
        rates = [(table["currency"], day, 1.0)]
        while day <= self.plan.today:
            for name, rate in table["rates"].items():
                rates.append((name, day, round(rate * rng.uniform(0.97, 1.03), 4)))
            day = (day.replace(day=28) + (self.plan.start.resolution * 4)).replace(
                day=1
            )
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": self._currency(name).id,
                    "company_id": company.id,
                    "name": day,
                    "rate": rate,
                }
                for name, day, rate in rates
            ]
        )

    def _create_users(self):
        """The staff works for both companies; so does the administrator."""
        houses = [company.id for company in self.companies.values()]
        main = self.companies["EU"]
        for login, (name, *xmlids) in USERS.items():
            groups = [self.env.ref(xmlid, raise_if_not_found=False) for xmlid in xmlids]
            self.users[login] = self.env["res.users"].create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{login}@example.com",
                    "tz": "Europe/Amsterdam",
                    "company_id": main.id,
                    "company_ids": [Command.set(houses)],
                    "group_ids": [
                        Command.link(self.env.ref("base.group_user").id),
                        *(Command.link(group.id) for group in groups if group),
                    ],
                }
            )
        self.env.ref("base.user_admin").write(
            {
                "company_ids": [Command.link(company) for company in houses],
                "company_id": main.id,
            }
        )
        self._create_teams()

    def _create_teams(self):
        teams = {"Key Accounts": ("boris",), "Field Sales": ("anna", "viktor")}
        for name, logins in teams.items():
            self.env["crm.team"].create(
                {
                    "name": name,
                    "company_id": False,
                    "user_id": self.users["maria"].id,
                    "member_ids": [Command.set([self.users[x].id for x in logins])],
                }
            )

    # Products

    def _create_products(self):
        categories = self.env["product.category"].create(
            [{"name": name} for name in FAMILIES.values()]
        )
        category = dict(zip(FAMILIES, categories, strict=True))
        taxes = [company.account_sale_tax_id.id for company in self.companies.values()]
        products = self.env["product.product"].create(
            [
                {
                    "default_code": code,
                    "name": name,
                    "type": "service" if code.startswith("SV") else "consu",
                    "is_storable": not code.startswith("SV"),
                    "invoice_policy": "order" if code.startswith("SV") else "delivery",
                    "categ_id": category[code[:2]].id,
                    "list_price": float(price),
                    "taxes_id": [Command.set(taxes)],
                }
                for code, name, price, _cost, _pack in PRODUCTS
            ]
        )
        self.products = dict(zip((row[0] for row in PRODUCTS), products, strict=True))
        for house, company in self.companies.items():
            factor = PRICELISTS[house][2]
            for code, _name, price, cost, _pack in PRODUCTS:
                product = self.products[code].with_company(company)
                product.standard_price = round(float(price) * float(cost) * factor, 2)

    def _create_pricelists(self):
        self.pricelists = {}
        for key, (house, currency, factor) in PRICELISTS.items():
            self.pricelists[key] = self.env["product.pricelist"].create(
                {
                    "name": f"Wholesale {currency}",
                    "sequence": 1 if key == house else 5,
                    "company_id": self.companies[house].id,
                    "currency_id": self._currency(currency).id,
                    "item_ids": [
                        Command.create(
                            {
                                "applied_on": "1_product",
                                "product_tmpl_id": self.products[
                                    code
                                ].product_tmpl_id.id,
                                "compute_price": "fixed",
                                # prices end in 0 or 5
                                "fixed_price": round(float(price) * factor * 20) / 20,
                            }
                        )
                        for code, _name, price, _cost, _pack in PRODUCTS
                    ],
                }
            )

    # Customers

    def _create_customers(self):
        heads = [c for c in self.plan.customers if not c.parent]
        self._create_entities(heads)
        self._create_entities([c for c in self.plan.customers if c.parent])
        self._create_people()
        self._create_shops()

    def _create_entities(self, customers):
        partners = self.env["res.partner"].create(
            [self._customer_vals(customer) for customer in customers]
        )
        self.partners.update(zip(customers, partners, strict=True))
        terms = defaultdict(self.env["res.partner"].browse)
        exports = defaultdict(self.env["res.partner"].browse)
        for customer, partner in zip(customers, partners, strict=True):
            terms[self._draw_term(customer)] |= partner
            exports[customer.country] |= partner
        for house, company in self.companies.items():
            for term, partners in terms.items():
                term = self.env.ref(f"account.account_payment_term_{term}")
                partners = partners.with_company(company)
                partners.property_payment_term_id = term
            for key, pricelist in self.pricelists.items():
                if PRICELISTS[key][0] == house and exports[key]:
                    partners = exports[key].with_company(company)
                    partners.property_product_pricelist = pricelist

    def _draw_term(self, customer):
        return "15days" if customer.size < 300 else self.plan.rng.choice(TERMS)

    def _owner(self, customer):
        """Key accounts belong to Boris, the rest to a salesperson by region."""
        if customer.important and self.plan.rng.random() < 0.8:
            return self.users["boris"]
        west = customer.country in ("NL", "BE", "FR", "ES", "IE")
        north = customer.country == "GB" and customer.trade in ("windows", "marine")
        return self.users["anna" if west or north else "viktor"]

    def _customer_vals(self, customer):
        _families, industry = TRADES[customer.trade]
        parent = self.partners.get(customer.parent)
        owner = self._owner(customer)
        return {
            **self._address_vals(customer),
            "name": customer.name,
            "is_company": True,
            "parent_id": parent.id if parent else False,
            "email": f"info@{self._host(customer)}",
            "industry_id": self.env.ref(f"base.res_partner_industry_{industry}").id,
            "user_id": owner.id,
            "create_date": at(self.plan.start),
        }

    def _address_vals(self, customer, shop=False):
        rng, table = self.plan.rng, COUNTRIES[customer.country]
        towns = dict(town.split("=")[::-1] for town in table["towns"].split(","))
        # a firm named after a town sits there
        named = [town for town in towns if town in customer.name and not shop]
        town = (named or rng.sample(list(towns), 1))[0]
        street, number = rng.choice(table["streets"].split(",")), rng.randint(2, 180)
        front = customer.country in ("GB", "IE", "FR")
        return {
            "street": f"{number} {street}" if front else f"{street} {number}",
            "zip": towns[town],
            "city": town,
            "country_id": self._country(customer.country).id,
            "phone": re.sub("#", lambda _m: str(rng.randint(0, 9)), table["dial"]),
        }

    def _host(self, customer):
        return f"{'-'.join(plain_words(customer.name)[:2])}.example.com"

    def _create_people(self):
        rng, vals_list = self.plan.rng, []
        for customer, partner in self.partners.items():
            count = 3 if customer.important else 2 if customer.size > 1500 else 0
            count = count or (customer.behaviour == "prospect" or rng.random() < 0.4)
            table = COUNTRIES[customer.country]
            firsts = rng.sample(table["first"].split(","), int(count))
            for first, title in zip(firsts, JOB_TITLES, strict=False):
                last = rng.choice(table["families"].split(","))
                vals_list.append(
                    {
                        "name": f"{first} {last}",
                        "parent_id": partner.id,
                        "function": title if count > 1 else rng.choice(JOB_TITLES[:4]),
                        "email": f"{plain_words(first)[0]}@{self._host(customer)}",
                        "phone": self._address_vals(customer)["phone"],
                    }
                )
        self.env["res.partner"].create(vals_list)

    def _create_shops(self):
        for customer, partner in self.partners.items():
            addresses = [
                self._address_vals(customer, shop=True) for _n in range(customer.shops)
            ]
            self.shops[customer] = self.env["res.partner"].create(
                [
                    {
                        **address,
                        "name": f"Shop {address['city']}, {address['street']}",
                        "type": "delivery",
                        "parent_id": partner.id,
                    }
                    for address in addresses
                ]
            )
