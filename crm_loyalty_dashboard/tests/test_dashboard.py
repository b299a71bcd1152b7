# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.crm_loyalty.tests.common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestDashboard(CrmLoyaltyCommon):
    """The file asks for fields that exist, by filters that run, for its readers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref("crm_loyalty_dashboard.dashboard_customers")
        cls.seller = cls._user("dash_seller", "sales_team.group_sale_salesman")
        cls.head = cls._user("dash_head", "sales_team.group_sale_salesman_all_leads")
        cls.manager = cls._user("dash_manager", "crm_loyalty.group_manager")
        partners = cls._six_customers("2026-03-15")
        cls.env["res.partner"].union(*partners).user_id = cls.seller
        cls._decide()

    def _snapshot(self):
        dashboard = self.dashboard.with_user(self.manager)
        return json.loads(dashboard._get_serialized_readonly_dashboard())["snapshot"]

    def test_pivots_have_the_figures_of_the_company(self):
        pivots = self._snapshot()["pivots"]
        profiles = self.profiles.with_user(self.head)
        for pivot in pivots.values():
            records = self.env[pivot["model"]].with_user(self.head)
            measures = [measure["id"] for measure in pivot["measures"]]
            names = [name.split(":")[0] for name in measures if name != "__count"]
            self.assertFalse(set(names) - records.fields_get().keys())
            [row, *_more] = records.formatted_read_group(
                pivot["domain"], [row["fieldName"] for row in pivot["rows"]], measures
            )
            self.assertTrue(row)
        [total] = profiles.formatted_read_group(
            pivots["2"]["domain"], [], ["revenue:sum", "__count"]
        )
        self.assertEqual((total["revenue:sum"], total["__count"]), (1000, 6))

    def test_money_at_risk_is_that_below_the_pyramid(self):
        partner = self.env["crm.customer.profile"].search([], limit=1).partner_id
        self.env["crm.customer.risk"].sudo().create(
            {
                "profile_id": self._profile(partner).id,
                "partner_id": partner.id,
                "company_id": self.company.id,
                "kind": "silence",
                "amount": 120,
            }
        )
        snapshot = self._snapshot()
        pivot, listed = snapshot["pivots"]["3"], snapshot["lists"]["1"]
        self.assertEqual(
            snapshot["sheets"][1]["cells"]["B4"], '=PIVOT.VALUE(3,"amount:sum")'
        )
        head = self.env(user=self.head)
        [total] = head[pivot["model"]].formatted_read_group(
            pivot["domain"], [], [measure["id"] for measure in pivot["measures"]]
        )
        below = head["crm.loyalty.pyramid"].get_calls()["risk"]
        self.assertEqual(
            (total["amount:sum"], total["__count"]),
            (below["amount"], below["customers"]),
        )
        self.assertEqual(total["amount:sum"], 120)
        self.assertEqual(
            head[listed["model"]].search(listed["domain"]).partner_id, partner
        )

    def test_lists_and_charts_read(self):
        snapshot = self._snapshot()
        for listed in snapshot["lists"].values():
            records = self.env[listed["model"]].with_user(self.head)
            found = records.search(
                listed["domain"], order=f"{listed['orderBy'][0]['name']} desc"
            )
            self.assertIsNotNone(found.read(listed["columns"]))
        charts = [
            figure["data"]
            for sheet in snapshot["sheets"]
            for figure in sheet["figures"]
            if "metaData" in figure["data"]
        ]
        self.assertEqual(len(charts), 3)
        for chart in charts:
            meta = chart["metaData"]
            measure = meta["measure"]
            records = self.env[meta["resModel"]].with_user(self.head)
            groups = records.formatted_read_group(
                chart["searchParams"]["domain"],
                meta["groupBy"],
                [measure if measure == "__count" else f"{measure}:sum"],
            )
            self.assertTrue(groups)

    def test_menus_behind_the_figures_exist(self):
        menus = self._snapshot()["chartOdooMenusReferences"]
        self.assertEqual(len(menus), 7)
        for xmlid in menus.values():
            self.assertEqual(self.env.ref(xmlid)._name, "ir.ui.menu")

    def test_who_sees_it(self):
        for user in (self.head, self.manager):
            found = self.dashboard.with_user(user).search(
                [("id", "=", self.dashboard.id)]
            )
            self.assertEqual(found.name, "Customers", user.login)
        with self.assertRaises(AccessError):
            self.dashboard.with_user(self.seller).read(["name"])

    def test_every_text_of_the_file_can_be_translated(self):
        sheet = json.loads(self.dashboard.spreadsheet_data)["sheets"][1]
        labels = [text for cell, text in sheet["cells"].items() if cell[0] == "A"]
        self.assertTrue(all(text.startswith("=_t(") for text in labels))
