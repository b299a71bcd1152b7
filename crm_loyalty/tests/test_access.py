# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import CrmLoyaltyCommon

#: models with one row per customer, or more
CUSTOMER_MODELS = [
    "crm.customer.profile",
    "crm.customer.fact",
    "crm.customer.ledger",
    "crm.customer.receivable",
    "crm.customer.delivery",
    "crm.customer.basket",
    "crm.customer.tier.change",
]
ALL_MODELS = [
    *CUSTOMER_MODELS,
    "crm.loyalty.tier",
    "crm.loyalty.policy",
    "crm.loyalty.run",
    "crm.loyalty.tie.out",
    "crm.customer.demand",
    "crm.customer.queue",
]
PARTNER_FIELDS = [
    "loyalty_profile_id",
    "loyalty_profile_ids",
    "loyalty_tier_id",
    "loyalty_tier_color",
    "loyalty_standing",
]
#: those that have SQL: what can be filtered, sorted, grouped
SQL_FIELDS = ("loyalty_profile_id", "loyalty_tier_id", "loyalty_standing")


class AccessCase(CrmLoyaltyCommon):
    """Two customers, each with a salesperson of its own, and one user of each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        export = "base.group_allow_export"
        salesman = "sales_team.group_sale_salesman"
        cls.seller = cls._user("loyalty_seller", f"{salesman},{export}")
        cls.colleague = cls._user("loyalty_colleague", salesman)
        cls.all_seller = cls._user(
            "loyalty_all", f"sales_team.group_sale_salesman_all_leads,{export}"
        )
        cls.key_account = cls._user(
            "loyalty_key_account", "crm_loyalty.group_key_account_manager"
        )
        cls.manager = cls._user("loyalty_manager", "crm_loyalty.group_manager")
        cls.outsider = cls._user(
            "loyalty_outsider", f"base.group_user,base.group_partner_manager,{export}"
        )
        cls.mine = cls._partner("Mine", user_id=cls.seller.id)
        cls.other = cls._partner("Other", user_id=cls.colleague.id)
        cls.customers = cls.mine + cls.other
        cls._invoice(cls.mine, 800, "2026-03-15")
        cls._invoice(cls.other, 200, "2026-03-15")
        cls._sell_goods(cls.customers)
        cls._decide()
        cls.policy.last_run_id._tie_out()
        cls.portal = new_test_user(
            cls.env,
            login="loyalty_portal",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            partner_id=cls._partner(
                "Reader", is_company=False, parent_id=cls.mine.id
            ).id,
        )

    @classmethod
    def _sell_goods(cls, partners):
        """Something to deliver, and a usual basket: three purchases a month apart."""
        goods = cls.env["product.product"].create(
            {"name": "Glue", "is_storable": True, "taxes_id": False}
        )
        for days in (0, 30, 60):
            orders = cls.env["sale.order"].create(
                [
                    {
                        "partner_id": partner.id,
                        "order_line": [Command.create({"product_id": goods.id})],
                    }
                    for partner in partners
                ]
            )
            orders.action_confirm()
            orders.date_order = fields.Datetime.subtract(
                orders[0].date_order, days=days
            )

    def _as(self, user, model="crm.customer.profile"):
        return self.env[model].with_user(user)

    def _ours(self, model):
        """Rows of this company, however the model names it."""
        records = self.env[model].sudo()
        return records.search([("company_id", "=", self.company.id)])

    def _assert_sees(self, user, customers, model):
        """By each way that lists rows, ``user`` meets these customers and no others."""
        records = self._as(user, model)
        found = records.search([])
        self.assertEqual(found.partner_id, customers)
        self.assertEqual(records.search_count([]), len(found))
        groups = records.formatted_read_group([], ["partner_id"], ["__count"])
        self.assertEqual({g["partner_id"][0] for g in groups}, set(customers.ids))
        rows = records.web_search_read([], {"partner_id": {}})["records"]
        self.assertEqual({row["partner_id"] for row in rows}, set(customers.ids))


@tagged("post_install", "-at_install")
class TestCustomerRules(AccessCase):
    """Whose figures somebody sees."""

    def test_salesperson_sees_own_customers(self):
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self._assert_sees(self.seller, self.mine, model)

    def test_salesperson_cannot_read_customers_of_others(self):
        for model in CUSTOMER_MODELS:
            record = self._ours(model).filtered(lambda r: r.partner_id == self.other)
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.assertTrue(record)
                record.with_user(self.seller).read(["partner_id"])

    def test_salesperson_cannot_export_customers_of_others(self):
        profile = self._ours("crm.customer.profile").with_user(self.seller)
        with self.assertRaises(AccessError):
            profile.export_data(["partner_id", "revenue"])

    def test_salesperson_exports_own_customers(self):
        profile = self._as(self.seller).search([])
        rows = profile.export_data(["partner_id/name", "revenue"])["datas"]
        self.assertEqual(rows, [["Mine", 800.0]])

    def test_sums_of_a_salesperson_leave_out_others(self):
        [group] = self._as(self.seller).formatted_read_group([], [], ["revenue:sum"])
        self.assertEqual(group["revenue:sum"], 800)

    def test_pyramid_of_a_salesperson_counts_own_customers(self):
        values = self._as(self.seller, "crm.loyalty.pyramid").get_values()
        total = values["total"]
        self.assertEqual((total["customers"], total["revenue"]), (1, 800))
        self.assertIsNone(total["profit"])

    def test_customer_moves_with_its_salesperson(self):
        self.mine.user_id = self.colleague
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self.assertFalse(self._as(self.seller, model).search([]))
                self._assert_sees(self.colleague, self.customers, model)

    def test_salesperson_of_a_contact_is_not_that_of_the_customer(self):
        self._partner(
            "Contact", is_company=False, parent_id=self.other.id, user_id=self.seller.id
        )
        self._assert_sees(self.seller, self.mine, "crm.customer.profile")

    def test_all_documents_sees_all_customers(self):
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self._assert_sees(self.all_seller, self.customers, model)

    def test_key_account_manager_is_a_salesperson(self):
        self.assertTrue(self.key_account.has_group("sales_team.group_sale_salesman"))
        self.mine.user_id = self.key_account
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self._assert_sees(self.key_account, self.mine, model)

    def test_manager_sees_all_customers(self):
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self._assert_sees(self.manager, self.customers, model)

    def test_salesperson_sees_tier_of_every_contact(self):
        partner = self.other.with_user(self.seller)
        self.assertEqual(partner.loyalty_tier_id.name, self.tier_2.name)

    def test_salesperson_sees_no_profile_of_other_customers_on_the_contact(self):
        partner = self.other.with_user(self.seller)
        self.assertFalse(partner.loyalty_profile_ids)

    def test_salesperson_does_not_probe_figures_of_others_by_a_dotted_filter(self):
        partners = self._as(self.seller, "res.partner")
        found = partners.search(
            [
                ("id", "in", self.customers.ids),
                ("loyalty_profile_id.revenue", ">", 0),
            ]
        )
        self.assertEqual(found, self.mine)

    def test_dotted_filter_checks_the_rights_on_what_lies_behind(self):
        partners = self._as(self.seller, "res.partner")
        with self.assertRaises(AccessError):
            partners.search([("loyalty_tier_id.policy_id.unexplained", "=", 0)])

    def test_salesperson_does_not_sort_others_by_their_revenue(self):
        self._assert_order_tells_no_revenue(
            lambda partners, domain: (
                partners.search(domain, order="loyalty_profile_id, id").ids
            )
        )

    def test_groups_by_profile_are_not_in_order_of_revenue(self):
        self._assert_order_tells_no_revenue(
            lambda partners, domain: [
                group["loyalty_profile_id"]
                for group in partners.formatted_read_group(
                    domain, ["loyalty_profile_id"]
                )
            ]
        )

    def _assert_order_tells_no_revenue(self, function):
        """The answer stays as it is when the second customer becomes the first."""
        self.other.user_id = self.mine.user_id = self.colleague
        partners = self._as(self.seller, "res.partner")
        domain = [("id", "in", self.customers.ids)]
        before = function(partners, domain)
        self.assertEqual(len(before), 2)
        self._invoice(self.other, 1000, "2026-03-20")
        self._run()
        self.assertEqual(function(partners, domain), before)

    def test_salesperson_does_not_group_others_by_their_revenue(self):
        partners = self._as(self.seller, "res.partner")
        domain = [("id", "in", self.customers.ids)]
        try:
            groups = partners.formatted_read_group(
                domain, ["loyalty_profile_id.revenue"], ["__count"]
            )
        except (AccessError, ValueError):
            return
        self.assertNotIn(200, [group["loyalty_profile_id.revenue"] for group in groups])

    def test_overdue_debt_is_told_to_the_salesperson_of_the_customer(self):
        debtor = self._partner("Debtor", user_id=self.seller.id)
        invoice = self._invoice(
            debtor,
            70,
            "2020-01-10",
            invoice_date_due="2020-01-10",
            invoice_user_id=self.colleague.id,
        )
        self._run()
        receivable = invoice.line_ids.filtered("date_maturity").with_user(self.seller)
        with self.assertRaises(AccessError):
            receivable.read(["amount_residual"])
        profile = self._profile(debtor).with_user(self.seller)
        self.assertEqual(profile.read(["overdue"])[0]["overdue"], 70)

    def test_overdue_items_are_shown_to_the_salesperson_of_the_customer(self):
        debtor = self._partner("Debtor", user_id=self.seller.id)
        invoice = self._invoice(
            debtor,
            70,
            "2020-01-10",
            invoice_date_due="2020-01-10",
            invoice_user_id=self.colleague.id,
        )
        self._invoice(debtor, -30, "2020-01-11", invoice_date_due="2020-01-11")
        self._run()
        profile = self._profile(debtor).with_user(self.seller)
        action = profile.with_context(figure="overdue").action_explain()
        items = self._as(self.seller, action["res_model"]).search(action["domain"])
        self.assertEqual(profile.overdue, 40)
        self.assertEqual(sum(items.mapped("amount_residual")), 40)
        first = items.filtered(lambda item: item.move_id.id == invoice.id)
        self.assertGreater(first.days_late, 2000)
        self._assert_shows_document(first, 70)

    def _assert_shows_document(self, item, amount):
        """Opening an item works for its reader, with no rights in accounting."""
        action = item.action_open_document()
        self.assertEqual(action["res_model"], item._name)
        document = self.env[action["res_model"]].with_env(item.env)
        document = document.browse(action["res_id"])
        self.assertEqual(sum(document.document_line_ids.mapped("amount")), amount)
        # what the form reads
        [values] = document.web_read(
            {
                "move_id": {"fields": {"display_name": {}}},
                "payment_state": {},
                "document_line_ids": {"fields": {"label": {}, "amount": {}}},
            }
        )
        self.assertTrue(values["move_id"]["display_name"])
        self.assertTrue(values["document_line_ids"])

    def test_documents_of_his_customers_open_for_a_salesperson(self):
        """Also those that a colleague has invoiced."""
        self._invoice(self.mine, 55, invoice_user_id=self.colleague.id)
        self._run()
        profile = self._profile(self.mine).with_user(self.seller)
        items = self._as(self.seller, "crm.customer.ledger").search(
            profile.action_explain()["domain"]
        )
        self.assertEqual(sorted(items.mapped("amount")), [55, 800])
        for item in items:
            self._assert_shows_document(item, item.amount)

    def test_documents_open_for_a_manager_without_accounting_rights(self):
        revenue = self.company_data["default_account_revenue"]
        assets = self.company_data["default_account_assets"]
        entry = self.env["account.move"].create(
            {
                "date": "2026-04-01",
                "line_ids": [
                    Command.create({"account_id": revenue.id, "credit": 9}),
                    Command.create({"account_id": assets.id, "debit": 9}),
                ],
            }
        )
        entry.action_post()
        self._run()._tie_out()
        line = self._as(self.manager, "crm.loyalty.tie.out").search(
            [("kind", "=", "entry"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(line.amount, 9)
        item = self._as(self.manager, "crm.customer.ledger").search(
            line.action_open_items()["domain"]
        )
        self._assert_shows_document(item, 9)

    def test_documents_open_in_accounting_for_those_who_may(self):
        accountant = self._user(
            "loyalty_accountant",
            "crm_loyalty.group_manager,account.group_account_invoice",
        )
        item = self._as(accountant, "crm.customer.ledger").search(
            [("partner_id", "=", self.mine.id)]
        )
        self.assertEqual(item.action_open_document()["res_model"], "account.move")

    def test_overdue_debt_of_another_customer_is_not_told(self):
        profile = self._profile(self.other).with_user(self.seller)
        with self.assertRaises(AccessError):
            profile.read(["overdue"])


@tagged("post_install", "-at_install")
class TestCompanyRules(AccessCase):
    """Every root company sees its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = cls.env["res.company"].sudo()
        cls.elsewhere = companies.create({"name": "Elsewhere"})
        cls.branch = companies.create({"name": "Branch", "parent_id": cls.company.id})
        cls.stranger = cls._manager_of(cls.elsewhere, "loyalty_stranger")
        cls.branch_user = cls._manager_of(cls.branch, "loyalty_branch")

    @classmethod
    def _manager_of(cls, company, login):
        return new_test_user(
            cls.env,
            login=login,
            groups="crm_loyalty.group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_other_company_lists_nothing(self):
        for model in ALL_MODELS[:-1]:
            with self.subTest(model=model):
                self.assertTrue(self._ours(model))
                rows = self._as(self.stranger, model).search([])
                self.assertFalse(rows & self._ours(model).with_env(rows.env))

    def test_other_company_reads_nothing(self):
        for model in ALL_MODELS[:-1]:
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._ours(model).with_user(self.stranger).read(["company_id"])

    def test_other_company_sees_no_tier_on_a_shared_contact(self):
        partner = self.mine.with_user(self.stranger)
        self.assertFalse(partner.loyalty_tier_id)
        self.assertFalse(partner.loyalty_standing)

    def test_other_company_filters_no_tier_of_ours(self):
        partners = self._as(self.stranger, "res.partner")
        domain = [("loyalty_tier_id", "!=", False), ("id", "in", self.customers.ids)]
        self.assertFalse(partners.search(domain))

    def test_other_company_cannot_change_our_policy(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.stranger).write({"newcomer_days": 1})

    def test_other_company_cannot_compute_our_figures(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.stranger).sudo(False).action_run()

    def test_pyramid_of_the_other_company_is_its_own(self):
        values = self._as(self.stranger, "crm.loyalty.pyramid").get_values()
        self.assertEqual(values["company"], "Elsewhere")
        self.assertEqual(values["state"], "no_run")

    def test_branch_sees_rows_of_its_root(self):
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self._assert_sees(self.branch_user, self.customers, model)

    def test_branch_sees_policy_and_tiers_of_its_root(self):
        policy = self._as(self.branch_user, "crm.loyalty.policy").search([])
        self.assertEqual(policy, self.policy)
        tiers = self._as(self.branch_user, "crm.loyalty.tier").search([])
        self.assertEqual(tiers, self.policy.tier_ids)

    def test_branch_sees_tier_on_contacts(self):
        self.assertEqual(
            self.mine.with_user(self.branch_user).loyalty_tier_id, self.tier_1
        )

    def test_branch_sees_pyramid_of_its_root(self):
        values = self._as(self.branch_user, "crm.loyalty.pyramid").get_values()
        self.assertEqual(values["company"], self.company.name)
        total = values["total"]
        self.assertEqual((total["customers"], total["revenue"]), (2, 1000))


@tagged("post_install", "-at_install")
class TestOutsiders(AccessCase):
    """Users without our groups, and portal users, learn nothing by any way."""

    def _assert_denied(self, function):
        """For both kinds of outsiders; ``function`` gets the environment of each."""
        for user in (self.outsider, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                function(self.env(user=user, su=False))

    def _assert_partner_denied(self, function, names=SQL_FIELDS):
        """``function`` gets contacts that the user may read, and a field of ours."""
        for name in names:
            with self.subTest(field=name):
                self._assert_denied(
                    lambda env, name=name: function(env["res.partner"], name)
                )

    def test_outsiders_read_contacts(self):
        # otherwise the tests below would prove nothing
        for user in (self.outsider, self.portal):
            self.assertEqual(
                self.mine.with_user(user).read(["name"])[0]["name"], "Mine"
            )

    def test_models_cannot_be_searched(self):
        for model in ALL_MODELS:
            with self.subTest(model=model):
                self._assert_denied(lambda env, model=model: env[model].search([]))

    def test_models_cannot_be_read(self):
        for model in ALL_MODELS[:-1]:
            record = self._ours(model)[:1]
            self.assertTrue(record)
            with self.subTest(model=model):
                self._assert_denied(
                    lambda env, record=record: record.with_env(env).read()
                )

    def test_models_cannot_be_grouped(self):
        for model in ALL_MODELS:
            with self.subTest(model=model):
                self._assert_denied(
                    lambda env, model=model: env[model].formatted_read_group(
                        [], [], ["__count"]
                    )
                )

    def test_pyramid_is_closed(self):
        self._assert_denied(lambda env: env["crm.loyalty.pyramid"].get_values())

    def test_the_line_above_lists_is_closed(self):
        for model in (
            "crm.customer.profile",
            "crm.customer.tier.change",
            "crm.loyalty.run",
            "crm.loyalty.tie.out",
        ):
            with self.subTest(model=model):
                self._assert_denied(
                    lambda env, model=model: env[model].get_list_summary([])
                )

    def test_profile_methods_are_closed(self):
        profile = self._profile(self.mine)
        for method in ("action_explain", "action_recompute", "web_read"):
            args = [{"revenue": {}}] if method == "web_read" else []
            with self.subTest(method=method):
                self._assert_denied(
                    lambda env, method=method, args=args: getattr(
                        profile.with_env(env), method
                    )(*args)
                )

    def test_policy_methods_are_closed(self):
        for method in ("action_run", "action_run_full", "action_apply_tiers"):
            with self.subTest(method=method):
                self._assert_denied(
                    lambda env, method=method: getattr(
                        self.policy.with_env(env), method
                    )()
                )

    def test_contact_fields_are_not_described(self):
        for user in (self.outsider, self.portal):
            described = self._as(user, "res.partner").fields_get()
            self.assertFalse(described.keys() & set(PARTNER_FIELDS))

    def test_contact_fields_cannot_be_read(self):
        self._assert_partner_denied(
            lambda partners, name: partners.browse(self.mine.id).read([name]),
            PARTNER_FIELDS,
        )

    def test_contact_fields_cannot_be_read_by_the_web_client(self):
        self._assert_partner_denied(
            lambda partners, name: partners.browse(self.mine.id).web_read({name: {}}),
            PARTNER_FIELDS,
        )

    def test_contacts_cannot_be_filtered(self):
        for operator, value in (("!=", False), ("=", False), ("in", [1])):
            self._assert_partner_denied(
                lambda partners, name, operator=operator, value=value: partners.search(
                    [(name, operator, value)]
                )
            )

    def test_contacts_cannot_be_counted_by_a_filter(self):
        self._assert_partner_denied(
            lambda partners, name: partners.search_count([(name, "!=", False)])
        )

    def test_contacts_cannot_be_filtered_by_a_dotted_name(self):
        for path in ("loyalty_tier_id.name", "loyalty_profile_id.revenue"):
            self._assert_denied(
                lambda env, path=path: env["res.partner"].search([(path, "!=", False)])
            )

    def test_contacts_cannot_be_filtered_by_any(self):
        self._assert_denied(
            lambda env: env["res.partner"].search(
                [("loyalty_profile_id", "any", [("revenue", ">", 0)])]
            )
        )

    def test_contacts_cannot_be_filtered_through_their_parent(self):
        self._assert_partner_denied(
            lambda partners, name: partners.search([(f"parent_id.{name}", "!=", False)])
        )

    def test_contacts_cannot_be_filtered_by_name_search(self):
        self._assert_partner_denied(
            lambda partners, name: partners.name_search("M", [(name, "!=", False)])
        )

    def test_contacts_cannot_be_sorted(self):
        self._assert_partner_denied(
            lambda partners, name: partners.search([], order=name, limit=1)
        )

    def test_contacts_cannot_be_sorted_by_the_web_client(self):
        self._assert_partner_denied(
            lambda partners, name: partners.web_search_read(
                [], {"name": {}}, order=f"{name} desc", limit=1
            )
        )

    def test_contacts_cannot_be_grouped(self):
        self._assert_partner_denied(
            lambda partners, name: partners.formatted_read_group([], [name])
        )

    def test_contacts_cannot_be_grouped_by_a_dotted_name(self):
        self._assert_denied(
            lambda env: env["res.partner"].formatted_read_group(
                [], ["loyalty_profile_id.standing"]
            )
        )

    def test_contacts_cannot_be_grouped_by_the_web_client(self):
        self._assert_partner_denied(
            lambda partners, name: partners.web_read_group([], [name])
        )

    def test_contacts_cannot_be_aggregated(self):
        self._assert_partner_denied(
            lambda partners, name: partners.formatted_read_group(
                [], [], [f"{name}:count_distinct"]
            )
        )

    def test_group_conditions_are_closed(self):
        self._assert_partner_denied(
            lambda partners, name: partners.formatted_read_group(
                [(name, "!=", False)], ["country_id"], ["__count"]
            )
        )

    def test_search_panel_is_closed(self):
        self._assert_denied(
            lambda env: env["res.partner"].search_panel_select_range("loyalty_tier_id")
        )

    def test_progress_bar_is_closed(self):
        self._assert_denied(
            lambda env: env["res.partner"].read_progress_bar(
                [],
                "country_id",
                {"field": "loyalty_standing", "colors": {"ranked": ""}},
            )
        )

    def test_contact_fields_cannot_be_exported(self):
        for name in (*PARTNER_FIELDS, "loyalty_tier_id/name", "loyalty_tier_id/.id"):
            with self.subTest(field=name):
                self._assert_not_told(
                    lambda partner, name=name: partner.export_data([name])["datas"]
                )

    def _assert_not_told(self, function):
        """Refused, or answered without any value."""
        try:
            rows = function(self.mine.with_user(self.outsider))
        except (AccessError, UserError):
            return
        self.assertFalse(any(rows[0]), rows)

    def test_portal_exports_nothing(self):
        with self.assertRaises(UserError):
            self.mine.with_user(self.portal).export_data(["loyalty_tier_id"])

    def test_profiles_cannot_be_exported(self):
        profile = self._profile(self.mine).with_user(self.outsider)
        with self.assertRaises(AccessError):
            profile.export_data(["revenue"])

    def test_fields_that_users_inherit_from_contacts_are_closed(self):
        domains = [[(name, "!=", False)] for name in SQL_FIELDS]
        domains += [[(f"partner_id.{name}", "!=", False)] for name in SQL_FIELDS]
        for domain in domains:
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                self._as(self.outsider, "res.users").search(domain)

    def test_tier_of_an_invoice_cannot_be_read(self):
        accountant = self._user("loyalty_account", "account.group_account_invoice")
        invoice = self._invoice(self.mine, 10).with_user(accountant)
        self.assertTrue(invoice.read(["name"]))
        for name in ("loyalty_tier_id", "loyalty_current_tier_id"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                invoice.read([name])

    def test_invoices_cannot_be_filtered_sorted_or_grouped_by_tier(self):
        accountant = self._user("loyalty_account", "account.group_account_invoice")
        for model in ("account.move", "account.invoice.report"):
            records = self._as(accountant, model)
            with self.subTest(model=model):
                with self.assertRaises(AccessError):
                    records.search([("loyalty_tier_id", "!=", False)])
                with self.assertRaises(AccessError):
                    records.search([], order="loyalty_tier_id", limit=1)
                with self.assertRaises(AccessError):
                    records.formatted_read_group([], ["loyalty_tier_id"])


@tagged("post_install", "-at_install")
class TestRights(AccessCase):
    """What each role may do."""

    def test_nobody_writes_computed_rows_by_hand(self):
        for model in CUSTOMER_MODELS:
            record = self._ours(model)[:1].with_user(self.manager)
            with self.subTest(model=model), self.assertRaises(AccessError):
                record.write({"partner_id": self.mine.id})

    def test_nobody_creates_computed_rows_by_hand(self):
        for model in CUSTOMER_MODELS:
            records = self._as(self.manager, model)
            with self.subTest(model=model), self.assertRaises(AccessError):
                records.create({"partner_id": self.mine.id})

    def test_nobody_deletes_computed_rows_by_hand(self):
        for model in CUSTOMER_MODELS:
            record = self._ours(model)[:1].with_user(self.manager)
            with self.subTest(model=model), self.assertRaises(AccessError):
                record.unlink()

    def test_nobody_reads_or_writes_the_queue(self):
        queue = self._as(self.manager, "crm.customer.queue")
        with self.assertRaises(AccessError):
            queue.search([])
        with self.assertRaises(AccessError):
            queue.create({"partner_id": 1, "company_id": 1})

    def test_manager_changes_the_policy(self):
        policy = self.policy.with_user(self.manager).sudo(False)
        cut = Command.update(self.tier_1.id, {"share_to": 60})
        policy.write({"newcomer_days": 30, "tier_ids": [cut]})
        self.assertEqual(self.policy.newcomer_days, 30)
        self.assertEqual(self.tier_1.share_to, 60)

    def test_manager_applies_tiers(self):
        self._invoice(self.other, 4000, "2026-03-20")
        self._run()
        self.policy.with_user(self.manager).sudo(False).action_apply_tiers()
        self.assertEqual(self._profile(self.other).sudo().tier_id, self.tier_1)

    def test_manager_does_not_delete_a_policy(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.manager).sudo(False).unlink()

    def test_salespeople_do_not_change_rules(self):
        for user in (self.seller, self.all_seller, self.key_account):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.policy.with_user(user).sudo(False).write({"newcomer_days": 1})
                with self.assertRaises(AccessError):
                    self.tier_1.with_user(user).sudo(False).write({"share_to": 1})

    def test_salespeople_do_not_apply_tiers(self):
        for user in (self.seller, self.all_seller, self.key_account):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.policy.with_user(user).sudo(False).action_apply_tiers()

    def test_salesperson_recomputes_from_his_customer(self):
        self._invoice(self.mine, 50, "2026-03-20")
        profile = self._profile(self.mine).with_user(self.seller)
        profile.action_recompute()
        self.assertEqual(profile.read(["revenue"])[0]["revenue"], 850)

    def test_salesperson_does_not_recompute_from_other_customers(self):
        profile = self._profile(self.other).with_user(self.seller)
        with self.assertRaises(AccessError):
            profile.action_recompute()

    def test_salesperson_explains_his_customer(self):
        profile = self._profile(self.mine).with_user(self.seller)
        action = profile.action_explain()
        items = self._as(self.seller, action["res_model"]).search(action["domain"])
        self.assertEqual(sum(items.mapped("amount")), profile.revenue)

    def test_salesperson_does_not_explain_other_customers(self):
        profile = self._profile(self.other).with_user(self.seller)
        with self.assertRaises(AccessError):
            profile.action_explain()

    def test_manager_sees_cost_and_confidential_others_do_not(self):
        for group in ("crm_loyalty.group_cost", "crm_loyalty.group_confidential"):
            self.assertTrue(self.manager.has_group(group))
            for user in (self.seller, self.all_seller, self.key_account):
                self.assertFalse(user.has_group(group))

    def test_posting_by_an_accountant_keeps_the_tier(self):
        accountant = self._user("loyalty_account", "account.group_account_invoice")
        self.assertFalse(accountant.has_group("crm_loyalty.group_user"))
        invoice = self._invoice(self.mine, 10, post=False).with_user(accountant)
        invoice.action_post()
        self.env.invalidate_all()  # as the database has it
        self.assertEqual(invoice.sudo().loyalty_tier_id, self.tier_1)

    def test_reset_by_an_accountant_clears_the_tier(self):
        accountant = self._user("loyalty_account", "account.group_account_invoice")
        invoice = self._invoice(self.mine, 10).with_user(accountant)
        self.assertEqual(invoice.sudo().loyalty_tier_id, self.tier_1)
        invoice.button_draft()
        self.env.invalidate_all()  # as the database has it
        self.assertFalse(invoice.sudo().loyalty_tier_id)

    def test_confirming_without_our_group_keeps_the_tier(self):
        salesman = self.env.ref("sales_team.group_sale_salesman").sudo()
        salesman.implied_ids -= self.env.ref("crm_loyalty.group_user")
        self.assertFalse(self.seller.has_group("crm_loyalty.group_user"))
        order = self._order(self.seller)
        order.action_confirm()
        self.assertEqual(order.sudo().loyalty_tier_id, self.tier_1)
        with self.assertRaises(AccessError):
            order.read(["loyalty_tier_id"])

    def test_tier_on_orders_is_closed_without_our_group(self):
        salesman = self.env.ref("sales_team.group_sale_salesman").sudo()
        salesman.implied_ids -= self.env.ref("crm_loyalty.group_user")
        for model in ("sale.order", "sale.report"):
            orders = self._as(self.seller, model)
            with self.subTest(model=model):
                with self.assertRaises(AccessError):
                    orders.search([("loyalty_tier_id", "!=", False)])
                with self.assertRaises(AccessError):
                    orders.formatted_read_group([], ["loyalty_tier_id"])

    def _order(self, user):
        return self._as(user, "sale.order").create(
            {
                "partner_id": self.mine.id,
                "order_line": [Command.create({"product_id": self.service.id})],
            }
        )
