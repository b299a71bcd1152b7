# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io

from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import AS_OF
from .service_common import ServiceCase


@tagged("post_install", "-at_install")
class TestWhale(ServiceCase):
    """The whale curve; profits are written as a run would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rates(order=1, confirm=True)
        cls.whale = cls.env["crm.loyalty.whale"]

    def _curve(self, *profits):
        """Values of the curve of customers with these profits, None is unknown."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "is_company": True}
                for number in range(len(profits))
            ]
        )
        self._run()
        for partner, profit in zip(partners, profits, strict=True):
            self.env.cr.execute(
                "INSERT INTO crm_customer_profile (partner_id, company_id, standing,"
                " revenue, cost, revenue_uncosted, service_profit)"
                " VALUES (%s, %s, 'ranked', 100, 0, 0, %s)",
                [partner.id, self.company.id, profit],
            )
        self.profiles.invalidate_model()
        return self.whale.get_values()

    def test_kanthal(self):
        """Cooper and Kaplan: 20 % of the customers bring 225 % of the profit."""
        values = self._curve(*[11.25] * 20, *[0] * 70, *[-12.5] * 10)
        self.assertEqual(values["peak"], {"rank": 20, "cumulated": 225, "share": 225})
        self.assertEqual(values["points"][-1]["share"], 100)
        self.assertEqual(values["total"], {"count": 100, "profit": 100})
        self.assertEqual(
            [(s["name"], s["count"], s["profit"]) for s in values["segments"]],
            [("bring", 20, 225), ("even", 70, 0), ("cost", 10, -125)],
        )
        for row in (*values["points"], *values["segments"]):
            found = self.profiles.search(row["domain"])
            self.assertAlmostEqual(
                sum(profile.service_profit for profile in found), row["profit"]
            )
        self.assertEqual(values["notice"]["state"], "confirmed")

    def test_many_customers_are_drawn_in_steps(self):
        values = self._curve(*range(150, -100, -1))
        self.assertEqual(values["total"]["count"], 250)
        points = values["points"]
        self.assertEqual(len(points), 84)  # of three customers each
        self.assertEqual((points[0]["from"], points[0]["to"]), (1, 3))
        self.assertEqual(points[0]["profit"], 150 + 149 + 148)
        self.assertEqual((points[-1]["from"], points[-1]["to"]), (250, 250))
        self.assertEqual(
            self.profiles.search_count(points[1]["domain"]),
            3,
        )
        self.assertEqual(values["peak"]["rank"], 150)

    def test_losses_only_and_unknown_ones(self):
        values = self._curve(-10, -20, None)
        self.assertEqual(values["total"], {"count": 2, "profit": -30})
        self.assertIsNone(values["peak"]["share"])
        self.assertEqual(values["peak"]["rank"], 1)
        self.assertEqual(values["unknown"]["count"], 1)
        unknown = self.profiles.search(values["unknown"]["domain"])
        self.assertEqual(unknown.partner_id.name, "Customer 2")

    def test_nobody_at_all(self):
        values = self._curve()
        self.assertEqual(values["points"], [])
        self.assertIsNone(values["peak"])
        self.assertEqual(values["total"]["count"], 0)

    def test_before_there_are_rates_the_margin_is_drawn(self):
        self.env["crm.loyalty.rate.card"].search([]).unlink()
        partner = self._partner()
        self._invoice(partner, 100)
        self._run()
        values = self.whale.get_values()
        self.assertEqual(values["basis"], "margin")
        self.assertEqual(values["total"], {"count": 1, "profit": 40})
        self.assertEqual(values["notice"]["state"], "none")

    def test_workbooks(self):
        import openpyxl

        partner = self._partner("=Formula & Co")
        self._invoice(partner, 100)
        self._order(partner)
        self._run()
        name, content = self.whale._export_workbook()
        self.assertEqual(name, "Whale Curve")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        rows = [
            row for row in sheet.iter_rows(values_only=True) if row[0] == partner.name
        ]
        self.assertEqual(
            rows,
            [(partner.name, 1, "–", 100, 60, 0, 1, 39, 39, 1)],
        )
        self.assertEqual(len(sheet._charts), 1)
        profile = self._profile(partner)
        statement = self.env["crm.loyalty.statement"]
        name, content = statement._export_workbook(profile.id)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = {
            row[0].strip(): row[2]
            for row in sheet.iter_rows(values_only=True)
            if row[0]
        }
        self.assertEqual(cells["Profit after service"], 39)
        self.assertEqual(cells["Cost of goods"], -60)
        self.assertIn("confirmed by", " ".join(cells))

    def test_the_curve_costs_the_same_for_more_customers(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.whale.get_values()
            return self.cr.sql_log_count - before

        self._curve(5, 4, 3)
        count()
        few = count()
        self._curve(*range(50))
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestTiersByProfit(ServiceCase):
    """Tiers may follow the profit after service."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls._rates(order=100, confirm=True)
        # revenue 1000, 900, 800; one hour each at 60
        cls.partners = [cls._partner(name) for name in ("Dear", "Middle", "Cheap")]
        for partner, revenue in zip(cls.partners, (1000, 900, 800), strict=True):
            cls._invoice(partner, revenue, "2026-01-15")
        for _order in range(9):  # 1000 - 60 - 900 = 40
            cls._order(cls.partners[0])
        cls._order(cls.partners[1])
        cls.seller = cls._user(
            "value_seller", "sales_team.group_sale_salesman_all_leads"
        )
        cls.manager = cls._user("value_manager", "crm_loyalty.group_manager")

    def test_the_dear_customer_falls(self):
        self._decide()
        dear = self._profile(self.partners[0])
        self.assertEqual(dear.tier_id, self.tier_1)
        self.policy.value_basis = "profit"
        self._run()
        # 740 and 740 of 1520, then 40
        self.assertEqual(dear.computed_tier_id, self.tier_4)
        self.assertEqual(dear.rank, 3)
        preview = self.env["crm.loyalty.preview"].create({"policy_id": self.policy.id})
        preview._simulate()
        # the cheap one rises: 740 of 1520 stand ahead of it, not 1900 of 2700
        self.assertEqual(
            preview.line_ids.partner_id, self.partners[0] | self.partners[2]
        )
        for line in preview.line_ids:
            self.assertIn("Profit after service", line.reason)
        self.policy._apply_tiers(AS_OF)
        self.assertEqual(dear.tier_id, self.tier_4)
        change = dear.change_ids[0]
        self.assertEqual((change.value_basis, change.profit), ("profit", 40))

    def test_the_reason_without_the_right_tells_revenue_only(self):
        self.policy.value_basis = "profit"
        self._decide()
        dear = self._profile(self.partners[0])
        for record in (dear, dear.change_ids[0]):
            self.assertIn("Profit after service", record.reason)
            self.assertIn("of the profit", record.reason)
            told = record.with_user(self.seller).reason
            self.assertNotIn("rofit", told)
            self.assertIn("1,000.00", told)
            self.assertIn("rank 3 of 3 by value", told)

    def test_unknown_cost_has_a_row_of_its_own(self):
        product = self.env["product.product"].create(
            {"name": "Costless", "type": "service", "taxes_id": False}
        )
        opaque = self._partner("Opaque")
        self._invoice(opaque, lines=[self._line(5000, product_id=product.id)])
        loser = self._partner("Loser")
        self._invoice(loser, 90, "2026-01-15")
        self._order(loser)
        self.policy.value_basis = "profit"
        self._decide()
        self.assertEqual(self._profile(opaque).standing, "cost_unknown")
        self.assertIn("not known", self._profile(opaque).reason)
        self.assertEqual(self._profile(loser).standing, "not_positive")
        self.assertIn("-", self._profile(loser).reason)
        self.assertNotIn("rofit", self._profile(loser).with_user(self.seller).reason)
        rows = {
            row["standing"]: row
            for row in self.env["crm.loyalty.pyramid"].get_values()["outside"]
        }
        self.assertEqual(rows["cost_unknown"]["customers"], 1)
        self.assertEqual(rows["cost_unknown"]["name"], "Cost unknown")

    def test_the_pyramid_shows_each_tier_s_share_of_cost(self):
        self._decide()
        values = self.env["crm.loyalty.pyramid"].get_values()
        tiers = {row["id"]: row for row in values["tiers"]}
        self.assertEqual(
            [
                (row["cost"], row["cost_share"], row["profit"])
                for row in (tiers[self.tier_1.id], tiers[self.tier_2.id])
            ],
            [(1000, 100, 780), (0, 0, 740)],
        )
        self.assertEqual(values["total"]["profit"], 1520)
        _name, sheets = self.env["crm.loyalty.pyramid"]._get_sheets()
        titles = [column.title for column in sheets[0].columns]
        self.assertIn("Share of Cost", titles)
        _name, sheets = (
            self.env["crm.loyalty.pyramid"].with_user(self.seller)._get_sheets()
        )
        titles = [column.title for column in sheets[0].columns]
        self.assertNotIn("Share of Cost", titles)

    def test_profit_needs_confirmed_rates(self):
        self.card.rate_ids.filtered(lambda r: r.driver == "order").rate = 99
        with self.assertRaisesRegex(ValidationError, "confirmed the rates"):
            self.policy.value_basis = "profit"
        self.card.action_confirm()
        self.policy.value_basis = "profit"

    def test_the_last_rates_stay_while_tiers_need_them(self):
        self.policy.value_basis = "profit"
        empty = self._rates("2026-05-01", confirm=True)
        with self.assertRaisesRegex(UserError, "last rates of .* to revenue first"):
            self.card.unlink()
        empty.unlink()
        other = self._rates("2026-05-01", confirm=True, order=2)
        self.card.unlink()
        self.policy.value_basis = "revenue"
        other.unlink()
        self.assertFalse(self.env["crm.loyalty.rate.card"].search([]))

    def _count(self, read):
        """Queries of a screen whose record caches are empty."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        read()
        return self.cr.sql_log_count - before

    def _read_screens(self):
        """{screen: function that reads it} as a manager sees it."""
        env = self.profiles.with_user(self.manager).env
        dear = self._profile(self.partners[0]).with_env(env)
        company = [("company_id", "=", self.company.id)]
        return {
            "ledger": lambda: env["crm.customer.service"].web_search_read(
                company, self._specification("crm_customer_service_view_list")
            ),
            "documents": lambda: env["crm.customer.service.document"].web_search_read(
                company, self._specification("crm_customer_service_document_view_list")
            ),
            "statement": lambda: dear.read(["statement"]),
            "pyramid": env["crm.loyalty.pyramid"].get_values,
        }

    def _count_screens(self):
        return {name: self._count(read) for name, read in self._read_screens().items()}

    def _specification(self, view):
        """What a list reads, with the names of records."""
        view = self.env.ref(f"crm_loyalty.{view}")
        model = self.env[view.model]
        names = {node.get("name") for node in etree.fromstring(view.arch).iter("field")}
        return {
            name: {"fields": {"display_name": {}}}
            if model._fields[name].type == "many2one"
            else {}
            for name in names
        }

    def test_screens_cost_the_same_for_more_customers_and_documents(self):
        self._decide()
        for _time in range(2):  # the first reader of a server pays more
            few = self._count_screens()
        for number in range(6):
            partner = self._partner(f"More {number}")
            self._invoice(partner, 300, "2026-01-15")
            self._order(partner, lines=2)
            self._visit(partner)
        for _order in range(4):
            self._order(self.partners[0])
        self._run()
        self.assertEqual(self._count_screens(), few)
        self.assertLess(max(few.values()), 60)

    def test_changed_rates_are_changed_rules(self):
        self._run()
        pyramid = self.env["crm.loyalty.pyramid"]
        self.assertFalse(pyramid.get_values()["rules_changed"])
        self.card.rate_ids.filtered(lambda r: r.driver == "order").rate = 99
        self.assertTrue(pyramid.get_values()["rules_changed"])
        self._run()
        self.assertFalse(pyramid.get_values()["rules_changed"])

    def test_no_pyramid_to_export_yet(self):
        fresh = self.env["res.company"].create({"name": "Fresh"})
        self.env.user.company_ids |= fresh
        whale = self.env["crm.loyalty.whale"].with_company(fresh)
        with self.assertRaisesRegex(UserError, "no whale curve of Fresh"):
            whale._export_workbook()
