# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import json

from werkzeug.urls import url_encode

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, formatLang

from ..tools.workbook import Column, Sheet

#: what is bought most stands first; of all the rest so many at most
USUAL, OTHERS = 40, 400
#: so many quantities with prices of their own have a column
STEPS = 3


class CrmCustomerPriceList(models.TransientModel):
    """A price list to hand over: usual products first, availability, validity.

    Made for a customer or for the customers of a tier; it names no tier.
    """

    _name = "crm.customer.price.list"
    _inherit = ["crm.loyalty.workbook"]
    _description = "Price List as a Document"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Customer", ondelete="cascade")
    tier_id = fields.Many2one("crm.loyalty.tier", ondelete="cascade")
    date_to = fields.Date(
        "Valid until",
        required=True,
        default=lambda self: fields.Date.add(
            fields.Date.context_today(self), months=1, day=1, days=-1
        ),
        help="Printed on the list",
    )
    scope = fields.Selection(
        [
            ("usual", "What is usually bought"),
            ("all", "And everything else we sell"),
        ],
        "Products",
        default="all",
        required=True,
    )

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    def _get_values(self):
        """What stands on the list, for paper and workbook.

        :return: dict of ``title``, ``note``, ``currency_id``, ``steps`` (quantities
            with a column) and ``groups``: list of dicts ``name``, ``rows``; a row has
            ``code``, ``name``, ``unit``, ``price``, ``step_prices`` (None where a
            quantity changes nothing) and ``stock``. Prices are without tax
        :raise AccessError: when the user may not see the customer
        """
        self.ensure_one()
        self._check_target()
        self = self._in_customer_language()
        pricelist = self._get_pricelist()
        currency = pricelist.currency_id or self.env.company.currency_id
        usual = self._find_usual()
        groups = [(self.env._("Usually bought"), usual)]
        if self.scope == "all":
            groups.append((self.env._("Further products"), self._find_others(usual)))
        products = self.env["product.product"].union(*(found for _n, found in groups))
        steps = self._get_steps(pricelist, products)
        prices = [
            pricelist._get_products_price(products, quantity, currency=currency)
            for quantity in (1.0, *steps)
        ]
        return {
            "title": self._get_title(),
            "note": self.env._(
                "Valid until %(day)s. Prices in %(currency)s, without tax, per unit.",
                day=format_date(self.env, self.date_to),
                currency=currency.name,
            ),
            "currency_id": currency,
            "steps": steps,
            "groups": [
                {"name": name, "rows": self._get_rows(found, prices)}
                for name, found in groups
                if found
            ],
        }

    def _in_customer_language(self):
        """The list as whoever gets it reads it."""
        return self.with_context(lang=self.partner_id.lang or self.env.lang)

    def _check_target(self):
        if not (self.partner_id or self.tier_id):
            raise UserError(
                self.env._("Customer: choose one, or open the list from a strategy.")
            )
        briefs = self.env["crm.customer.brief"]
        entity = self.partner_id.commercial_partner_id
        profile = entity.loyalty_profile_id.sudo(False)
        if self.partner_id and not briefs._may_see(profile, entity):
            raise AccessError(
                self.env._(
                    "%s: price lists with what is usually bought are for its"
                    " salesperson.",
                    entity.display_name,
                )
            )
        if not self.partner_id and not self.env.user.has_group(
            "sales_team.group_sale_salesman_all_leads"
        ):
            raise AccessError(
                self.env._("Price lists of a tier are for who sees all customers.")
            )

    def _get_title(self):
        if self.partner_id:
            name = self.partner_id.commercial_partner_id.name
            return self.env._("Price list for %s", name)
        return self.env._("Price list")

    def _get_pricelist(self):
        """As on a new order: of the customer, or what its tier gives by now."""
        if self.partner_id:
            entity = self.partner_id.commercial_partner_id
            return entity.property_product_pricelist
        strategy = self.env["crm.loyalty.strategy"].search(
            [("tier_id", "=", self.tier_id.id)]
        )
        usual = self.env["product.pricelist"]._get_country_pricelist_multi([])[False]
        return strategy._with_money().pricelist_id or usual

    def _find_usual(self):
        """What was bought for most in the window, net of credit notes."""
        # sudo: the right to see the customers was checked; no amounts are shown
        ledger = self.env["crm.customer.ledger"].sudo()
        policy = self.env["crm.loyalty.policy"]._get()
        if not policy.as_of:
            return self.env["product.product"]
        groups = ledger._read_group(
            Domain(
                [
                    ("kind", "=", "counted"),
                    ("company_id", "=", policy.company_id.id),
                    ("date", ">=", policy.window_start),
                    ("date", "<=", policy.as_of),
                    ("product_id.sale_ok", "=", True),
                    ("product_id.active", "=", True),
                ]
            )
            & self._get_buyers(policy.company_id),
            ["product_id"],
            [],
            having=[("amount:sum", ">", 0)],
            order="amount:sum desc",
            limit=USUAL,
        )
        found = [product.id for (product,) in groups]
        return self.env["product.product"].browse(found)

    def _get_buyers(self, company):
        if self.partner_id:
            entity = self.partner_id.commercial_partner_id
            profile = entity.sudo().loyalty_profile_id
            return Domain("customer_id", "=", (profile.partner_id or entity).id)
        profiles = self.env["crm.customer.profile"].sudo()
        found = profiles._search(
            [("tier_id", "=", self.tier_id.id), ("company_id", "=", company.id)]
        )
        return Domain("customer_id", "in", found.subselect("partner_id"))

    def _find_others(self, usual):
        company = self.env.company
        return self.env["product.product"].search(
            [
                ("sale_ok", "=", True),
                ("id", "not in", usual.ids),
                ("company_id", "in", [False, *company.parent_ids.ids]),
            ],
            order="categ_id, default_code, name, id",
            limit=OTHERS,
        )

    def _get_steps(self, pricelist, products):
        """The smallest quantities from which the pricelist has other prices."""
        rules = pricelist._get_applicable_rules(products, fields.Datetime.now())
        return sorted({rule.min_quantity for rule in rules if rule.min_quantity > 1})[
            :STEPS
        ]

    def _get_rows(self, products, prices):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        stocked = products.with_context(warehouse_id=warehouse.id)
        first, *others = prices
        return [
            {
                "code": product.default_code or "",
                "name": product.with_context(display_default_code=False).display_name,
                "unit": product.uom_id.name,
                "price": first[product.id],
                "step_prices": [
                    price[product.id] if price[product.id] < first[product.id] else None
                    for price in others
                ],
                "stock": self._tell_stock(product),
            }
            for product in stocked
        ]

    def _tell_stock(self, product):
        """In words: how much there is, is our business."""
        if not product.is_storable:
            return ""
        if product.free_qty > 0:
            return self.env._("in stock")
        if product.incoming_qty > 0:
            return self.env._("on its way")
        return self.env._("on request")

    def _tell_step(self, quantity):
        return self.env._("from %s", formatLang(self.env, quantity, digits=0))

    def _format_price(self, price, currency):
        return format_amount(self.env, price, currency)

    # ------------------------------------------------------------------
    # Renderers
    # ------------------------------------------------------------------

    @api.model
    def _get_sheets(self, list_id):
        """The workbook of one list: title and sheets, see tools/workbook.py."""
        price_list = self.browse(list_id)._in_customer_language()
        self = price_list  # titles of columns, too
        values = price_list._get_values()
        columns = [
            Column(self.env._("Reference")),
            Column(self.env._("Product")),
            Column(self.env._("Unit"), width=12),
            Column(self.env._("Price"), "amount"),
            *(
                Column(price_list._tell_step(step), "amount")
                for step in values["steps"]
            ),
            Column(self.env._("Availability"), width=16),
            Column(self.env._("Group"), width=20),
        ]
        rows = [
            [
                row["code"],
                row["name"],
                row["unit"],
                row["price"],
                *row["step_prices"],
                row["stock"],
                group["name"],
            ]
            for group in values["groups"]
            for row in group["rows"]
        ]
        sheet = Sheet(
            self.env._("Price list"),
            columns,
            rows,
            heading=[values["title"], values["note"]],
            decimals=values["currency_id"].decimal_places,
        )
        return values["title"], [sheet]

    def action_print(self):
        """The list on paper."""
        self._check_target()
        return self.env.ref("crm_loyalty.action_report_price_list").report_action(self)

    def action_export(self):
        """The list as a workbook."""
        self._check_target()
        context = {
            "allowed_company_ids": self.env.companies.ids,
            "lang": self.env.lang,
            "tz": self.env.context.get("tz"),
        }
        data = {"model": self._name, "args": self.ids, "context": context}
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_loyalty/workbook?{url_encode({'data': json.dumps(data)})}",
            "target": "download",
        }
