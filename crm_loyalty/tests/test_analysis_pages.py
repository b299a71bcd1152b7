# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .analysis_common import AnalysisCase


@tagged("post_install", "-at_install")
class TestAnalysisPages(AnalysisCase):
    """What the pictures of the analysis are drawn from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls._user("page_head", "sales_team.group_sale_salesman_all_leads")
        cls.pages = cls.env["crm.loyalty.analysis"].with_user(cls.head)
        quarters = ("2025-05-01", "2025-08-01", "2025-11-01", "2026-02-01")
        cls.even = cls._customer("Even", [(day, 1000) for day in quarters])
        cls.odd = cls._customer(
            "Odd", list(zip(quarters, (50, 150, 50, 150), strict=True))
        )
        cls.once = cls._customer("Once", [("2026-06-01", 20)])
        cls.refunded = cls._customer("Refunded", [("2026-06-01", -10)])

    def _cells(self, values, *names):
        return {
            (cell["row"], cell["column"]): tuple(cell[name] for name in names)
            for cell in values["cells"]
        }

    def test_abc_xyz_cells_open_their_customers(self):
        self._run()
        values = self.pages.get_abc_xyz("customers")
        # the first quarter is out of the window: 3000, 350, 20 of 3370
        self.assertEqual(
            self._cells(values, "count", "revenue"),
            {
                ("a", "x"): (1, 3000),
                ("b", "z"): (1, 350),
                ("c", "u"): (1, 20),
                ("n", "u"): (1, -10),
            },
        )
        self.assertAlmostEqual(self._cells(values, "share")["b", "z"][0], 35000 / 3370)
        self.assertEqual(values["total"], {"count": 4, "revenue": 3360})
        self.assertEqual([row["value"] for row in values["rows"]], list("abcn"))
        self.assertEqual([col["value"] for col in values["columns"]], list("xyzu"))
        found = [
            self.profiles.with_user(self.head).search(cell["domain"]).partner_id
            for cell in values["cells"]
        ]
        self.assertEqual(
            {partner.name for partner in found}, {"Even", "Odd", "Once", "Refunded"}
        )
        self.assertEqual(
            (values["period"], values["series_start"], values["series_end"]),
            ("quarter", "2025-04-01", "2026-03-31"),
        )
        self.assertEqual(values["cuts"], {"a": 80, "b": 95, "x": 10, "y": 25})

    def test_bars_of_the_variation(self):
        self._run()
        values = self.pages.get_abc_xyz("customers")
        # 0 % stands in the first bar, 50 % in the one that ends there
        filled = [
            (bar["from"], bar["to"], bar["count"], bar["revenue"])
            for bar in values["bars"]
            if bar["count"]
        ]
        self.assertEqual(filled, [(0, 5, 1, 3000), (45, 50, 1, 350)])
        self.assertEqual(len(values["bars"]), 41)
        self.assertIsNone(values["bars"][-1]["to"])
        profiles = self.profiles.with_user(self.head)
        for bar in values["bars"]:
            self.assertEqual(profiles.search_count(bar["domain"]), bar["count"])

    def test_bars_with_a_variation_beyond_the_last(self):
        self.policy.xyz_period = "month"
        wild = self._customer("Wild", [("2025-06-05", 1), ("2026-05-05", 1000)])
        self._run()
        bar = self.pages.get_abc_xyz("customers")["bars"][-1]
        self.assertEqual((bar["from"], bar["count"]), (200, 1))
        found = self.profiles.with_user(self.head).search(bar["domain"])
        self.assertEqual(found.partner_id, wild)

    def test_abc_xyz_of_products(self):
        self._run()
        values = self.pages.get_abc_xyz("products")
        self.assertEqual(
            self._cells(values, "count", "revenue"), {("a", "z"): (1, 3360)}
        )
        rows = self.env["crm.product.class"].with_user(self.head)
        self.assertEqual(
            rows.search(values["cells"][0]["domain"]).product_id, self.service
        )
        self.assertEqual(values["period"], "month")
        self.assertEqual(sum(bar["count"] for bar in values["bars"]), 1)

    def test_rfm_map_and_segments(self):
        self._run()
        values = self.pages.get_rfm()
        # recency: 1 and 1 (a tie), 5; frequency: 3, 3 (a tie), 1
        self.assertEqual(
            self._cells(values, "count", "revenue", "note"),
            {(3, 1): (2, 3350, "At risk"), (1, 5): (1, 20, "New")},
        )
        segments = {row["value"]: row for row in values["segments"]}
        self.assertEqual(len(segments), 11)
        self.assertEqual(segments["champions"]["count"], 0)
        self.assertEqual(segments["new"]["count"], 1)
        profiles = self.profiles.with_user(self.head)
        for row in (*values["cells"], *values["segments"], values["idle"]):
            self.assertEqual(profiles.search_count(row["domain"]), row["count"])
        self.assertEqual((values["idle"]["count"], values["idle"]["revenue"]), (1, -10))
        self.assertEqual(values["total"], {"count": 3, "revenue": 3370})

    def test_pages_before_the_first_run_and_without_sales(self):
        for values in (self.pages.get_abc_xyz("customers"), self.pages.get_rfm()):
            self.assertEqual(values["state"], "no_run")
        moves = self.env["account.move"].search([("company_id", "=", self.company.id)])
        moves.button_draft()
        self._run()
        for values in (
            self.pages.get_abc_xyz("customers"),
            self.pages.get_abc_xyz("products"),
            self.pages.get_rfm(),
        ):
            self.assertEqual(
                (values["state"], values["total"]["count"]), ("figures", 0)
            )

    def test_pages_are_for_those_who_see_all_customers(self):
        self._run()
        seller = self._user("page_seller", "sales_team.group_sale_salesman")
        pages = self.env["crm.loyalty.analysis"].with_user(seller)
        for read in (lambda: pages.get_abc_xyz("customers"), pages.get_rfm):
            with self.assertRaisesRegex(AccessError, "All Documents"):
                read()

    def test_pages_cost_the_same_for_more_customers(self):
        self._run()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.pages.get_abc_xyz("customers")
            self.pages.get_abc_xyz("products")
            self.pages.get_rfm()
            return self.cr.sql_log_count - before

        count()
        few = count()
        for number in range(10):
            self._customer(f"More {number}", [("2026-05-01", 10 * number)])
        self._run()
        self.assertEqual(count(), few)
