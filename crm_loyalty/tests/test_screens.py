# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from ast import literal_eval

from lxml import etree

from odoo import Command
from odoo.tests import tagged

from .common import AS_OF, CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestListSummary(CrmLoyaltyCommon):
    """The line above a list tells the total of what was clicked, and whose it is."""

    MANY = 90  # more than a page of a list

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.large = cls._partner("Large")
        cls._invoice(cls.large, 100_000)
        cls.small = cls.env["res.partner"].create(
            [{"name": f"Small {i}", "is_company": True} for i in range(cls.MANY)]
        )
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-03-15",
                    "date": "2026-03-15",
                    "invoice_line_ids": [cls._line(0.07 + index)],
                }
                for index, partner in enumerate(cls.small)
            ]
        )
        moves.action_post()
        cls.small_revenue = round(sum(0.07 + i for i in range(cls.MANY)), 2)
        cls._run()

    def _summary(self, domain):
        self.env.flush_all()
        return self.profiles.get_list_summary(domain)

    def test_every_cell_of_the_pyramid_opens_its_own_total(self):
        values = self.env["crm.loyalty.pyramid"].get_values()
        rows = [row for row in values["tiers"] + values["outside"] if row["customers"]]
        total = {**values["total"], "domain": values["tiers"][0]["domain"][:1]}
        for row in [*rows, total]:
            [summary] = self._summary(row["domain"])
            self.assertEqual(summary["customers"], row["customers"])
            self.assertAlmostEqual(summary["revenue"], row["revenue"], places=2)

    def test_the_total_of_more_than_a_page(self):
        [summary] = self._summary([("partner_id", "in", self.small.ids)])
        self.assertEqual(summary["customers"], 90)
        self.assertAlmostEqual(summary["revenue"], self.small_revenue, places=2)
        self.assertEqual(summary["currency_id"], self.company.currency_id.id)
        self.assertEqual(summary["period"], "07/01/2025 – 06/30/2026, net of tax")
        self.assertEqual(summary["company"], "", "only one company is active")

    def test_nothing_found(self):
        self.assertEqual(self._summary([("revenue", ">", 10**9)]), [])

    def test_a_salesperson_gets_the_total_of_his_customers(self):
        seller = self._user("seller", "sales_team.group_sale_salesman")
        self.small[:2].user_id = seller
        [summary] = self.profiles.with_user(seller).get_list_summary([])
        self.assertEqual((summary["customers"], summary["revenue"]), (2, 1.14))


@tagged("post_install", "-at_install")
class TestSeveralCompanies(CrmLoyaltyCommon):
    """With two companies active each screen shows one and says which."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Other House")["company"]
        cls.other_policy = cls.env["crm.loyalty.policy"]._get(cls.other)
        customer = cls._partner()
        cls._invoice(customer, 100)
        cls._invoice_of(cls.other, customer, 40)
        for policy in (cls.policy, cls.other_policy):
            policy._run(as_of=AS_OF)._tie_out()
            policy._apply_tiers()
        cls.both = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": [cls.company.id, cls.other.id],
            }
        )

    @classmethod
    def _invoice_of(cls, company, partner, amount):
        journal = cls.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
        )
        account = cls.env["account.account"].search(
            [("company_ids", "=", company.id), ("account_type", "=", "income")],
            limit=1,
        )
        return cls._invoice(
            partner.with_company(company),
            journal_id=journal.id,
            lines=[cls._line(amount, account_id=account.id)],
        )

    def _rows(self, xmlid):
        """What the action lists with both companies active."""
        action = self.both["ir.actions.act_window"]._for_xml_id(f"crm_loyalty.{xmlid}")
        return self.both[action["res_model"]].search(literal_eval(action["domain"]))

    def test_menus_list_the_first_company(self):
        for xmlid in (
            "action_customer",
            "action_tier_change",
            "action_tie_out",
            "action_run",
        ):
            rows = self._rows(xmlid)
            self.assertTrue(rows, xmlid)
            self.assertEqual(rows.company_id, self.company, xmlid)

    def test_each_policy_opens_its_own_runs(self):
        policy = self.both["crm.loyalty.policy"].browse(self.other_policy.id)
        action = policy.action_open_runs()
        runs = self.both["crm.loyalty.run"].search(action["domain"])
        self.assertEqual(runs, self.other_policy.last_run_id)

    def test_lists_name_their_company(self):
        for model in ("crm.customer.profile", "crm.loyalty.run", "crm.loyalty.tie.out"):
            for company in (self.company, self.other):
                [summary] = self.both[model].get_list_summary(
                    [("company_id", "=", company.id)]
                )
                self.assertEqual(summary["company"], company.name)

    def test_sums_of_two_companies_stand_apart(self):
        rows = self.both["crm.customer.profile"].get_list_summary([])
        self.assertEqual(
            {row["company"]: row["revenue"] for row in rows},
            {self.company.name: 100, "Other House": 40},
        )

    def test_tiers_of_two_companies_have_different_names(self):
        self.assertEqual(self.tier_1.display_name, "Tier 1")
        tier = self.both["crm.loyalty.tier"].browse(self.tier_1.id)
        self.assertEqual(tier.display_name, f"Tier 1 ({self.company.name})")
        tier = self.both["crm.loyalty.tier"].browse(self.other_policy.tier_ids[0].id)
        self.assertEqual(tier.display_name, "Tier 1 (Other House)")
        tier = tier.with_context(loyalty_company_named=True)
        self.assertEqual(tier.display_name, "Tier 1")

    def test_a_sales_analysis_tells_tiers_of_two_companies_apart(self):
        for company in (self.company, self.other):
            order = self.env["sale.order"].with_company(company)
            partner = self.profiles.search([("company_id", "=", company.id)]).partner_id
            order.create(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "order_line": [
                        Command.create({"product_id": self.service.id, "tax_ids": []})
                    ],
                }
            ).action_confirm()
        self.env.flush_all()
        groups = self.both["sale.report"].formatted_read_group(
            [("company_id", "in", (self.company + self.other).ids)],
            ["loyalty_tier_id"],
            ["__count"],
        )
        self.assertEqual(
            {group["loyalty_tier_id"][1] for group in groups},
            {f"Tier 1 ({self.company.name})", "Tier 1 (Other House)"},
        )

    def test_migration_keeps_the_company_it_was_opened_for(self):
        migration = self.both["crm.loyalty.migration"].create(
            {"date_from": "2026-06-29", "date_to": "2026-06-30"}
        )
        self.assertEqual(migration.company_id, self.company)
        migration = migration.with_company(self.other)
        action = migration.action_open_cell(4, 0)
        found = self.both["crm.customer.profile"].search(action["domain"])
        self.assertEqual(found.company_id, self.company)


@tagged("post_install", "-at_install")
class TestScreens(CrmLoyaltyCommon):
    """What screens offer, and to whom."""

    def test_customers_menu_is_for_who_sees_more_than_his_own(self):
        menu = self.env.ref("crm_loyalty.menu_all_customers")
        mine = self.env.ref("crm_loyalty.menu_my_customers")
        for groups, sees_both in (
            ("sales_team.group_sale_salesman", False),
            ("sales_team.group_sale_salesman_all_leads", True),
            ("crm_loyalty.group_manager", True),
        ):
            user = self._user(groups, f"base.group_user,{groups}")
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertIn(mine.id, visible, groups)
            self.assertEqual(menu.id in visible, sees_both, groups)

    def test_technical_fields_are_not_offered(self):
        for model, names in (
            ("crm.customer.profile", ("tier_color", "pending_on", "currency_id")),
            ("crm.customer.tier.change", ("to_tier_color", "override_id")),
            ("crm.loyalty.tie.out", ("sequence", "is_current_company")),
            ("crm.loyalty.run", ("last_partner_id",)),
        ):
            described = self.env[model].fields_get()
            for name in names:
                self.assertFalse(described[name]["groupable"], (model, name))
                self.assertFalse(described[name]["searchable"], (model, name))
        described = self.profiles.fields_get(["tier_id"])
        self.assertTrue(described["tier_id"]["groupable"])
        self.assertEqual(
            self.profiles.fields_get(["currency_id"], ["type"]),
            {"currency_id": {"type": "many2one"}},
        )

    def test_customers_in_a_tier_are_no_people(self):
        customer = self._partner("Customer")
        person = self._partner("Person", is_company=False, parent_id=customer.id)
        alone = self._partner("Person alone", is_company=False)
        shop = self._partner("Shop", parent_id=customer.id)
        for partner in (customer, alone, shop):
            self._invoice(partner, 100)
        self._decide()
        arch = self.env["res.partner"].get_view(view_type="search")["arch"]
        [domain] = etree.fromstring(arch).xpath(
            "//filter[@name='loyalty_in_tier']/@domain"
        )
        everybody = customer + person + alone + shop
        self.assertEqual(everybody.filtered("loyalty_tier_id"), everybody)
        found = self.env["res.partner"].search(
            [("id", "in", everybody.ids), *literal_eval(domain)]
        )
        self.assertEqual(found, customer + alone + shop)

    def test_a_tier_change_opens_the_value_page(self):
        customer = self._partner()
        self._invoice(customer, 100)
        self._decide()
        profile = self._profile(customer)
        change = profile.change_ids
        action = change.action_open_profile()
        self.assertEqual(action["res_model"], "crm.customer.profile")
        self.assertEqual(action["res_id"], profile.id)
        self.env["account.move"].search(
            [("partner_id", "=", customer.id)]
        ).button_draft()
        self._run()
        self.assertFalse(profile.exists())
        action = change.action_open_profile()
        self.assertEqual(action["res_model"], "res.partner")
        self.assertEqual(action["res_id"], customer.id)

    def test_the_title_of_a_figure_begins_with_the_figure(self):
        customer = self._partner("A Customer with a Rather Long Name")
        self._invoice(customer, 100)
        self._run()
        title = self._profile(customer).action_explain()["name"]
        self.assertRegex(title, r"^Revenue \(Net of Tax\) .*100\.00.*: A Customer with")
