# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io
import json

from openpyxl import load_workbook

from odoo import Command, fields, http
from odoo.tests import HttpCase, tagged
from odoo.tools.misc import mute_logger

from ..tools.workbook import UNKNOWN, Chart, Column, Sheet, write_workbook
from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestWorkbook(CrmLoyaltyCommon, HttpCase):
    """Exports that can be handed on, through the routes that the web client calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.policy)
        cls.partners = cls._six_customers(fields.Date.subtract(cls.today, days=200))
        cls._invoice(cls._partner("=Refunded"), -5, cls.today)
        cls._run(cls.today)
        cls.policy._apply_tiers(cls.today)
        cls.boss = cls._user(
            "xlsx_boss",
            "base.group_user,crm_loyalty.group_manager,base.group_allow_export",
        )

    def _post(self, url, data, login="xlsx_boss"):
        self.env.flush_all()
        self.authenticate(login, login)
        context = {"allowed_company_ids": self.company.ids, "lang": "en_US"}
        form = {
            "data": json.dumps({"context": context} | data),
            "csrf_token": http.Request.csrf_token(self),
        }
        if url == "/crm_loyalty/workbook":
            form["token"] = "the web client sends one"  # core's own page warns of it
        return self.url_open(url, data=form)

    def _workbook(self, model, *args, **options):
        answer = self._post(
            "/crm_loyalty/workbook", {"model": model, "args": args}, **options
        )
        answer.raise_for_status()
        return load_workbook(io.BytesIO(answer.content))

    def _export(self, model, names, domain=(), groupby=()):
        definitions = self.env[model].fields_get(names)
        answer = self._post(
            "/web/export/xlsx",
            {
                "model": model,
                "fields": [
                    {
                        "name": name,
                        "label": definitions[name]["string"],
                        "type": definitions[name]["type"],
                        "store": True,
                    }
                    for name in names
                ],
                "ids": False,
                "domain": list(domain),
                "groupby": list(groupby),
                "import_compat": False,
            },
        )
        answer.raise_for_status()
        return load_workbook(io.BytesIO(answer.content)).active

    def _table(self, page):
        """Rows of values below the frozen header, totals included."""
        first = int("".join(filter(str.isdigit, page.freeze_panes)))
        return [[cell.value for cell in row] for row in page.iter_rows(min_row=first)]

    # ------------------------------------------------------------------
    # Pictures
    # ------------------------------------------------------------------

    def test_pyramid_with_a_chart(self):
        workbook = self._workbook("crm.loyalty.pyramid")
        tiers, outside = workbook.worksheets
        rows = self._table(tiers)
        self.assertEqual(
            [[*row[:2], round(row[2], 4), *row[3:5]] for row in rows[:4]],
            [
                ["Tier 1", 2, 0.3333, 750, 0.75],
                ["Tier 2", 1, 0.1667, 150, 0.15],
                ["Tier 3", 2, 0.3333, 80, 0.08],
                ["Tier 4", 1, 0.1667, 20, 0.02],
            ],
        )
        self.assertRegex(rows[4][3], r"^=SUBTOTAL\(109,D\d+:D\d+\)$")
        self.assertEqual(len(tiers._charts), 1)
        self.assertEqual(self._table(outside)[0], ["Net value zero or negative", 1, -5])
        self.assertEqual(tiers["A2"].value, self.company.name)
        self.assertEqual(tiers["A1"].value, "Customer Pyramid")

    def _titles(self, page):
        """Titles of the columns: the last frozen row."""
        first = int("".join(filter(str.isdigit, page.freeze_panes)))
        return [cell.value for cell in page[first - 1]]

    def test_pyramid_has_the_columns_of_the_screen(self):
        shares = ["Customers", "Share of Customers", "Revenue", "Share of Revenue"]
        moves = ["Moved Up", "Moved Down"]
        tiers, outside = self._workbook("crm.loyalty.pyramid").worksheets
        self.assertEqual(self._titles(tiers), ["Tier", *shares, *moves])
        self.assertEqual(self._titles(outside), ["Reason", "Customers", "Revenue"])
        self.env["crm.loyalty.rate.card"].create(
            {
                "company_id": self.company.id,
                "rate_ids": [Command.create({"driver": "credit_note", "rate": 4})],
            }
        )
        self._run(self.today)
        self.policy.decided_on = False
        service = ["Cost to Serve", "Share of Cost", "After Service"]
        tiers, outside = self._workbook("crm.loyalty.pyramid").worksheets
        self.assertEqual(self._titles(tiers), ["Tier", *shares, *service])
        self.assertEqual(
            self._titles(outside), ["Reason", "Customers", "Revenue", *service]
        )
        [row, _total] = self._table(outside)
        self.assertEqual(row[1:5], [1, -5, 4, 1])

    def test_analysis_holds_the_values_of_the_screen(self):
        matrix, bars = self._workbook(
            "crm.loyalty.analysis", "get_abc_xyz", "customers"
        ).worksheets
        values = self.env["crm.loyalty.analysis"].with_user(self.boss)
        total = values.get_abc_xyz("customers")["total"]
        count = len(values.get_abc_xyz("customers")["columns"])
        rows = self._table(matrix)[:-1]
        self.assertEqual(sum(sum(row[1 : count + 1]) for row in rows), total["count"])
        self.assertEqual(sum(sum(row[count + 1 :]) for row in rows), total["revenue"])
        self.assertEqual(len(bars._charts), 1)
        segments, grid = self._workbook("crm.loyalty.analysis", "get_rfm").worksheets
        self.assertEqual(sum(row[1] for row in self._table(segments)[:-1]), 6)
        rows = self._table(grid)[:-1]
        self.assertEqual(sum(sum(row[1:6]) for row in rows), 6)
        self.assertEqual(sum(sum(row[6:]) for row in rows), 1000)

    @mute_logger("odoo.http")
    def test_only_those_who_may_export(self):
        self._user("xlsx_no", "base.group_user,crm_loyalty.group_manager")
        self.env.ref("base.group_allow_export").user_ids -= self.env[
            "res.users"
        ].search([("login", "=", "xlsx_no")])
        answer = self._post(
            "/crm_loyalty/workbook", {"model": "crm.loyalty.pyramid"}, "xlsx_no"
        )
        self.assertEqual(answer.status_code, 500)
        self.assertIn("You may not export", answer.text)

    @mute_logger("odoo.http")
    def test_analysis_is_not_for_a_salesperson_with_own_customers(self):
        self._user(
            "xlsx_sales",
            "base.group_user,sales_team.group_sale_salesman,base.group_allow_export",
        )
        answer = self._post(
            "/crm_loyalty/workbook",
            {"model": "crm.loyalty.analysis", "args": ["get_rfm"]},
            "xlsx_sales",
        )
        self.assertEqual(answer.status_code, 500)
        self.assertIn("compares all customers", answer.text)

    def test_the_token_of_the_client_is_expected(self):
        with self.assertNoLogs("odoo.http", "WARNING"):
            self._workbook("crm.loyalty.pyramid")

    def test_long_titles_have_room(self):
        """Russian ones are longer, and a word does not break."""
        title = "N: нулевая или отрицательная сумма"
        columns = [
            Column("Класс"),
            Column(title, "count"),
            Column("Обслуживание", "count"),
        ]
        content = write_workbook([Sheet("ABC", columns, [["A", 1, 2]])])
        page = load_workbook(io.BytesIO(content)).active
        lines = page.row_dimensions[1].height / 16
        width = page.column_dimensions["B"].width
        self.assertGreaterEqual(lines * (width - 2), len(title))
        self.assertGreater(page.column_dimensions["C"].width, len("Обслуживание"))

    def test_no_other_model_has_a_workbook(self):
        for model in ("res.partner", "crm.nothing"):
            answer = self._post("/crm_loyalty/workbook", {"model": model})
            self.assertEqual(answer.status_code, 404)

    @mute_logger("odoo.http")
    def test_without_figures_it_says_so(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        self.boss.company_ids = [Command.link(company.id)]
        answer = self._post(
            "/crm_loyalty/workbook",
            {
                "model": "crm.loyalty.pyramid",
                "context": {"allowed_company_ids": company.ids},
            },
        )
        self.assertEqual(answer.status_code, 500)
        self.assertIn("no pyramid of Fresh", answer.text)

    # ------------------------------------------------------------------
    # Lists
    # ------------------------------------------------------------------

    def test_list_with_totals_filter_and_frozen_header(self):
        page = self._export(
            "crm.customer.profile",
            [
                "partner_id",
                "revenue",
                "purchase_count",
                "sparkline",
                "last_purchase_date",
            ],
            [("company_id", "=", self.company.id)],
        )
        rows = self._table(page)
        self.assertEqual(page.freeze_panes, "B2")
        self.assertEqual(page.auto_filter.ref, "A1:D8")
        self.assertEqual(rows[-1][:2], ["Total", "=SUBTOTAL(109,B2:B8)"])
        self.assertIn("=Refunded", [row[0] for row in rows])
        self.assertEqual(sum(row[1] for row in rows[:-1]), 995)
        self.assertIsNone(rows[-1][3])

    def test_amounts_of_two_currencies_have_no_total(self):
        euro = self.setup_other_currency("EUR")
        company = self.env["res.company"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        self.boss.company_ids = [Command.link(company.id)]
        self.env.flush_all()
        self.authenticate("xlsx_boss", "xlsx_boss")
        page = self._export_of_companies(self.company + company)
        self.assertEqual(self._table(page)[-1][:2], ["Total", None])

    def _export_of_companies(self, companies):
        answer = self._post(
            "/web/export/xlsx",
            {
                "model": "crm.customer.profile",
                "context": {"allowed_company_ids": companies.ids},
                "fields": [
                    {"name": "partner_id", "label": "Customer", "type": "many2one"},
                    {"name": "revenue", "label": "Revenue", "type": "monetary"},
                    {"name": "purchase_count", "label": "Count", "type": "integer"},
                ],
                "ids": False,
                "domain": [],
                "import_compat": False,
            },
        )
        answer.raise_for_status()
        return load_workbook(io.BytesIO(answer.content)).active

    def test_grouped_list(self):
        page = self._export(
            "crm.customer.profile",
            ["partner_id", "revenue"],
            [("company_id", "=", self.company.id)],
            ["tier_id"],
        )
        rows = self._table(page)
        self.assertIn(["Tier 1 (2)", 750], rows)
        self.assertEqual(page.freeze_panes, "B2")

    def test_exports_of_core_keep_their_look(self):
        page = self._export("res.partner", ["name"], [("id", "=", self.partners[0].id)])
        self.assertIsNone(page.freeze_panes)

    # ------------------------------------------------------------------
    # The writer
    # ------------------------------------------------------------------

    def test_unknown_is_not_zero(self):
        content = write_workbook(
            [
                Sheet(
                    "a/b: c",
                    [Column("Name"), Column("Profit", "amount", total=True)],
                    [["=1+1", 2.5], ["Unknown", None]],
                    total="Total",
                    charts=[Chart("Profit", "column", 0, [1])],
                )
            ]
        )
        page = load_workbook(io.BytesIO(content)).active
        self.assertEqual(page.title, "a b  c")
        self.assertEqual(
            self._table(page),
            [["=1+1", 2.5], ["Unknown", UNKNOWN], ["Total", "=SUBTOTAL(109,B2:B3)"]],
        )
        self.assertEqual(page["A2"].data_type, "s")
