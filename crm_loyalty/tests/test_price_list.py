# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io
import re

from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .strategy_common import StrategyCase


@tagged("post_install", "-at_install")
class TestPriceList(StrategyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        export = "base.group_allow_export"
        cls.seller.group_ids = [Command.link(cls.env.ref(export).id)]
        cls.tape = cls._goods("Tape")
        cls.usual_goods = cls._goods("Sealant")
        cls.usual_goods.default_code = "S-1"
        cls._invoice(
            cls.best,
            80,
            "2026-05-15",
            lines=[cls._line(80, product_id=cls.usual_goods.id)],
        )
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.usual_goods, warehouse.lot_stock_id, 3
        )
        cls._run()

    def _list(self, user=None, **values):
        lists = self.env["crm.customer.price.list"].with_user(user or self.seller)
        return lists.create({"date_to": "2026-12-31", **values})

    def _rows(self, values, number=0):
        return {row["name"]: row for row in values["groups"][number]["rows"]}

    def test_usual_products_first_with_the_price_of_a_new_order(self):
        self._switch_on(self.tier_1, price_discount=5)
        values = self._list(partner_id=self.best.id)._get_values()
        self.assertEqual(values["title"], "Price list for Customer 0")
        self.assertIn("12/31/2026", values["note"])
        self.assertEqual(
            [group["name"] for group in values["groups"]],
            ["Usually bought", "Further products"],
        )
        usual = self._rows(values)
        # 500 for consulting in March, 80 for sealant in May
        self.assertEqual(list(usual), ["Consulting", "Sealant"])
        row = usual["Sealant"]
        self.assertEqual((row["code"], row["price"]), ("S-1", 95))
        self.assertEqual(row["price"], self._quote(self.best).order_line.price_subtotal)
        self.assertEqual(row["stock"], "in stock")
        others = self._rows(values, 1)
        self.assertEqual(others["Tape"]["stock"], "on request")
        self.assertNotIn("Sealant", others)

    def test_only_what_is_usually_bought(self):
        values = self._list(partner_id=self.best.id, scope="usual")._get_values()
        self.assertEqual(len(values["groups"]), 1)

    def test_quantity_prices_have_columns(self):
        self.usual.item_ids = [
            Command.create(
                {
                    "applied_on": "1_product",
                    "product_tmpl_id": self.tape.product_tmpl_id.id,
                    "min_quantity": 10,
                    "fixed_price": 80,
                }
            )
        ]
        values = self._list(partner_id=self.best.id)._get_values()
        self.assertEqual(values["steps"], [10])
        rows = self._rows(values, 1)
        self.assertEqual(rows["Tape"]["step_prices"], [80])
        self.assertEqual(rows["Glue"]["step_prices"], [None])

    def test_list_of_a_tier_names_no_tier(self):
        self._switch_on(self.tier_1, price_discount=5)
        price_list = self._list(self.manager, tier_id=self.tier_1.id)
        values = price_list._get_values()
        self.assertEqual(self._rows(values)["Sealant"]["price"], 95)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            ._render_qweb_html("crm_loyalty.report_price_list", price_list.ids)
        )
        self.assertIn("Sealant", html.decode())
        self.assertNotIn("Tier", html.decode())

    def test_prices_of_a_tier_wait_for_approval(self):
        strategy = self._switch_on(self.tier_1, approve=False, price_discount=5)
        price_list = self._list(self.manager, tier_id=self.tier_1.id)
        self.assertEqual(self._rows(price_list._get_values())["Sealant"]["price"], 100)
        strategy.action_approve()
        self.assertEqual(self._rows(price_list._get_values())["Sealant"]["price"], 95)
        strategy.action_switch_off()
        self.assertEqual(self._rows(price_list._get_values())["Sealant"]["price"], 100)

    def test_workbook(self):
        price_list = self._list(partner_id=self.best.id)
        name, content = price_list._export_workbook(price_list.id)
        self.assertEqual(name, "Price list for Customer 0")
        page = load_workbook(io.BytesIO(content)).active
        rows = [[cell.value for cell in row] for row in page.iter_rows()]
        self.assertEqual(rows[0][0], "Price list for Customer 0")
        found = {row[1]: row for row in rows}
        self.assertEqual(
            found["Sealant"],
            ["S-1", "Sealant", "Units", 100, "in stock", "Usually bought"],
        )
        action = price_list.action_export()
        self.assertTrue(action["url"].startswith("/crm_loyalty/workbook?data="))

    def test_workbook_speaks_one_language(self):
        """That of the customer, whatever the user's is."""
        self.env["res.lang"]._activate_lang("ru_RU")
        module = self.env["ir.module.module"].search([("name", "=", "crm_loyalty")])
        module._update_translations(filter_lang="ru_RU")
        self.best.lang = "en_US"
        price_list = self._list(partner_id=self.best.id).with_context(lang="ru_RU")
        _name, content = price_list._export_workbook(price_list.id)
        page = load_workbook(io.BytesIO(content)).active
        self.assertEqual(page.title, "Price list")
        texts = [cell.value for row in page.iter_rows() for cell in row]
        self.assertIn("Availability", texts)
        self.assertFalse([t for t in texts if re.search("[А-яё]", str(t))])

    def test_who_may(self):
        colleague = self._user("price_colleague", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self._list(colleague, partner_id=self.best.id)._get_values()
        with self.assertRaises(AccessError):
            self._list(self.seller, tier_id=self.tier_1.id)._get_values()
        with self.assertRaises(AccessError):
            self._list(
                self._user("price_outsider", "base.group_user"),
                partner_id=self.best.id,
            )

    def test_valid_to_the_end_of_the_month_by_default(self):
        price_list = self.env["crm.customer.price.list"].create({})
        tomorrow = fields.Date.add(price_list.date_to, days=1)
        self.assertEqual(tomorrow.day, 1)

    def test_queries_do_not_grow_with_products(self):
        counts = []
        for _round in range(3):
            self.env["product.product"].create(
                [{"name": f"More {n}", "is_storable": True} for n in range(20)]
            )
            self._list(partner_id=self.best.id)._get_values()  # fills caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._list(partner_id=self.best.id)._get_values()
            counts.append(self.env.cr.sql_log_count - before)
        # twenty more products; a cache of the registry may lose an entry meanwhile
        self.assertAlmostEqual(counts[1], counts[2], delta=1)
