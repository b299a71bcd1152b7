# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .cost_common import DAY, CostCase


@tagged("post_install", "-at_install")
class TestBackFill(CostCase):
    """Documents that have no costs, as those older than the installation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        glue = cls._product(cost=10)
        perpetual = cls._product("Tape", cost=7, valuation="real_time")
        nothing = cls._product("Nothing", cost=0)
        order = cls._order((glue, 5, 20), (perpetual, 2, 30), (nothing, 1, 1))
        cls._deliver(order)
        cls.sale = cls._bill(order)
        cls.undelivered = cls._bill(cls._order((glue, 3, 20)))
        cls._reverse(cls.undelivered)
        cls._invoice(cls._partner("Walk-in"), lines=[cls._line(5, product_id=glue.id)])

    def _forget(self):
        self.env.cr.execute("DELETE FROM crm_customer_line_cost")

    def _count_reconstructed(self):
        self.env.cr.execute(
            "SELECT COUNT(*) FILTER (WHERE reconstructed), COUNT(*)"
            " FROM crm_customer_line_cost"
        )
        return self.env.cr.fetchone()

    def test_back_fill_is_equal_and_marked(self):
        posted = self._rows()
        self.assertEqual(len(posted), 6)
        self._run()
        facts, profiles = self._facts(), self._profile_rows()
        self.assertEqual(self._count_reconstructed(), (0, 6))
        self._forget()
        run = self._run(full=True)
        self.assertEqual(self._rows(), posted)
        self.assertEqual(self._count_reconstructed(), (6, 6))
        self.assertEqual((self._facts(), self._profile_rows()), (facts, profiles))
        self.assertEqual(run.facts_written, 6)
        self.assertEqual(run.profiles_written, 0)

    def test_first_run_fills_and_the_second_writes_nothing(self):
        self._forget()
        self.assertGreater(self._run().facts_written, 6)
        for full in (False, True):
            run = self._run(full=full)
            self.assertEqual((run.facts_written, run.profiles_written), (0, 0))

    def test_changed_customers_are_filled_by_a_run_of_changes(self):
        self._run()
        facts = self._facts()
        self._forget()
        self.env["crm.customer.queue"]._push_partners(self.buyer.ids)
        self._run()
        self.assertEqual(self._facts(), facts)
        self.assertEqual(self._count_reconstructed(), (5, 5))

    def test_full_and_incremental_figures_are_equal(self):
        self._run()
        self._bill(self._order((self._product("New", cost=2), 1, 30)))
        self._run()
        facts, profiles = self._facts(), self._profile_rows()
        run = self._run(full=True)
        self.assertEqual((self._facts(), self._profile_rows()), (facts, profiles))
        self.assertEqual((run.facts_written, run.profiles_written), (0, 0))

    def test_credit_note_of_an_old_invoice_fills_the_invoice_first(self):
        self._forget()
        note = self._reverse(self.sale)
        self.assertEqual(
            self._costs(self.sale),
            [(50, "moves"), (14, "ledger"), (None, "unknown")],
        )
        self.assertEqual(
            self._costs(note),
            [(-50, "reversal"), (-14, "ledger"), (None, "unknown")],
        )
        self.assertEqual(self._count_reconstructed(), (3, 6))

    def test_looking_again_for_unknown_costs(self):
        self._run()
        profile = self._profile(self.buyer)
        self.assertEqual((profile.cost, profile.revenue_uncosted), (64, 1))
        line = self.sale.invoice_line_ids[2]
        line.sale_line_ids.move_ids.value = 0.4
        known = [row for row in self._rows() if row[0] != line.id]
        self.policy.action_retry_costs()
        self.assertEqual((profile.cost, profile.revenue_uncosted), (64.4, 0))
        self.assertEqual(self._count_reconstructed(), (1, 6))
        self.assertEqual([r for r in self._rows() if r[0] != line.id], known)

    def test_looking_again_leaves_what_stays_unknown(self):
        self._run()
        before = self._rows(), self._facts()
        self.policy.action_retry_costs()
        self.assertEqual((self._rows(), self._facts()), before)

    def test_posting_a_batch_takes_one_statement(self):
        batches = [
            self.env["account.move"].concat(
                *(self._invoice(self.buyer, 10, post=False) for _number in range(count))
            )
            for count in (1, 8)
        ]
        costs = self.env["crm.customer.line.cost"]
        for moves in batches:
            moves.action_post()
            self.env.flush_all()
            with self.assertQueryCount(1):
                costs._write_posted(moves)


@tagged("post_install", "-at_install")
class TestMargin(CostCase):
    """Margin of a customer, and when it is unknown."""

    def _sell(self, known, unknown, cost=0.6):
        """Revenue whose cost is known, at that rate, and revenue without cost."""
        glue = self._product(cost=known * cost)
        lines = [self._line(known, product_id=glue.id)] if known else []
        if unknown:
            lines.append(self._line(unknown))
        self._invoice(self.buyer, lines=lines)

    def _figures(self):
        self._run()
        profile = self._profile(self.buyer)
        return profile.margin, profile.margin_rate, profile.uncosted_share

    def test_margin_of_known_costs(self):
        self._sell(1000, 0)
        self.assertEqual(self._figures(), (400, 40, 0))

    def test_five_percent_without_cost_are_allowed(self):
        self._sell(950, 50, cost=0.5)
        self.assertEqual(self._figures(), (525, 52.5, 5))

    def test_more_than_five_percent_without_cost_is_unknown(self):
        self._sell(949, 51)
        self.assertEqual(self._figures(), (False, False, 5.1))
        profile = self._profile(self.buyer)
        self.assertEqual(profile.read(["margin"])[0]["margin"], False)
        self.assertEqual(
            profile.export_data(["margin", "margin_rate", "revenue_uncosted"])["datas"],
            [["", "", 51.0]],
        )

    def test_a_margin_of_zero_is_known(self):
        self._sell(100, 0, cost=1)
        self.assertEqual(self._figures(), (0, 0, 0))
        margin = self._profile(self.buyer).read(["margin"])[0]["margin"]
        self.assertIsNot(margin, False)
        rows = self._profile(self.buyer).export_data(["margin"])["datas"]
        self.assertEqual(rows, [[0.0]])

    def test_nothing_sold_in_total_is_unknown_when_something_has_no_cost(self):
        self._sell(100, 0)
        self._invoice(self.buyer, -1, lines=[self._line(100)])
        self.assertEqual(self._figures(), (False, False, 100))

    def test_loss_has_no_rate_when_nothing_is_left_of_the_revenue(self):
        self._sell(100, 0)
        glue = self._product("Cheap", cost=10)
        line = self._line(150, product_id=glue.id)
        self._invoice(self.buyer, -1, lines=[line])
        self.assertEqual(self._figures(), (-50 - (60 - 10), False, 0))

    def test_figures_open_exactly_their_lines(self):
        self._sell(900, 100)
        self._sell(50, 0)
        self._run()
        profile = self._profile(self.buyer)
        for figure, column, count in (
            ("cost", "cost", 2),
            ("revenue_uncosted", "amount", 1),
        ):
            action = profile.with_context(figure=figure).action_explain()
            items = self.env["crm.customer.ledger"].search(action["domain"])
            self.assertEqual(len(items), count)
            self.assertEqual(sum(items.mapped(column)), profile[figure])

    def test_unknown_cost_of_a_line_is_empty_in_the_ledger(self):
        self._sell(900, 100)
        known, unknown = self._ledger().sorted("amount", reverse=True)
        rows = (known + unknown).read(["cost", "cost_source"])
        self.assertEqual(
            [(row["cost"], row["cost_source"]) for row in rows],
            [(540, "product_value"), (False, "unknown")],
        )
        self.assertEqual(unknown.export_data(["cost"])["datas"], [[""]])

    def test_windows_and_days_of_cost_are_those_of_revenue(self):
        self._sell(100, 0)
        self._run("2027-06-30")
        profile = self._profile(self.buyer)
        self.assertEqual((profile.revenue, profile.cost), (0, 0))
        self.assertEqual(
            [(str(row[2]), row[3], row[8], row[9]) for row in self._facts()],
            [(DAY, 100, 60, 0)],
        )


@tagged("post_install", "-at_install")
class TestCostRights(CostCase):
    """Without the right nobody learns a cost, by any way."""

    FIELDS = {
        "crm.customer.profile": [
            "cost",
            "revenue_uncosted",
            "margin",
            "margin_rate",
            "uncosted_share",
        ],
        "crm.customer.fact": ["cost", "revenue_uncosted"],
        "crm.customer.ledger": [
            "cost",
            "cost_source",
            "cost_reconstructed",
            "cost_not_returned",
        ],
    }
    COMPUTED = ("margin", "margin_rate", "uncosted_share")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = (
            "sales_team.group_sale_salesman_all_leads,base.group_allow_export,"
            "crm_loyalty.group_key_account_manager"
        )
        cls.seller = cls._user("cost_seller", groups)
        cls.insider = cls._user("cost_insider", f"{groups},crm_loyalty.group_cost")
        cls.manager = cls._user("cost_manager", "crm_loyalty.group_manager")
        glue = cls._product(cost=12)
        cls._invoice(cls.buyer, lines=[cls._line(20, product_id=glue.id)])
        cls._run()

    def _cases(self, stored=False):
        for model, names in self.FIELDS.items():
            for name in names:
                if not (stored and name in self.COMPUTED):
                    with self.subTest(model=model, field=name):
                        yield self.env[model].with_user(self.seller), name

    def _records(self, records):
        return records.search([("partner_id", "=", self.buyer.id)])

    def test_those_with_the_right_read_costs(self):
        for user in (self.insider, self.manager):
            profile = self._profile(self.buyer).with_user(user)
            self.assertEqual(
                profile.read(["cost", "margin"]),
                [{"id": profile.id, "cost": 12, "margin": 8}],
            )
            ledger = self._records(self.env["crm.customer.ledger"].with_user(user))
            self.assertEqual(ledger.cost, 12)
            [group] = ledger.formatted_read_group([], [], ["cost:sum"])
            self.assertEqual(group["cost:sum"], 12)

    def test_costs_cannot_be_read(self):
        for records, name in self._cases():
            rows = self._records(records)
            self.assertTrue(rows)
            for function in (
                lambda rows=rows, name=name: rows.read([name]),
                lambda rows=rows, name=name: rows.web_read({name: {}}),
                lambda rows=rows, name=name: rows.mapped(name),
            ):
                with self.assertRaises(AccessError):
                    function()

    def test_costs_are_not_described(self):
        for records, name in self._cases():
            self.assertNotIn(name, records.fields_get())

    def test_costs_cannot_be_exported(self):
        for records, name in self._cases():
            rows = self._records(records)
            with self.assertRaises(AccessError):
                rows.export_data(["partner_id", name])

    def test_costs_cannot_be_filtered(self):
        for records, name in self._cases(stored=True):
            for domain in ([(name, "=", 12)], [(name, "!=", False)]):
                with self.assertRaises(AccessError):
                    records.search(domain)
                with self.assertRaises(AccessError):
                    records.search_count(domain)

    def test_costs_cannot_be_sorted_by(self):
        for records, name in self._cases(stored=True):
            with self.assertRaises(AccessError):
                records.search([], order=f"{name} desc")

    def test_costs_cannot_be_grouped_or_summed(self):
        for records, name in self._cases(stored=True):
            with self.assertRaises(AccessError):
                records.formatted_read_group([], [name], ["__count"])
            with self.assertRaises(AccessError):
                records.formatted_read_group([], [], [f"{name}:max"])
            with self.assertRaises(AccessError):
                records.formatted_read_group(
                    [], ["partner_id"], ["__count"], having=[(f"{name}:sum", ">", 0)]
                )

    def test_costs_cannot_be_probed_from_the_contact(self):
        partners = self.env["res.partner"].with_user(self.seller)
        for path in ("cost", "revenue_uncosted"):
            with self.subTest(path=path), self.assertRaises(AccessError):
                partners.search([(f"loyalty_profile_id.{path}", ">", 0)])
            with self.subTest(path=path), self.assertRaises(AccessError):
                partners.search([("loyalty_profile_id", "any", [(path, ">", 0)])])

    def test_costs_are_not_explained(self):
        profile = self._profile(self.buyer).with_user(self.seller)
        for figure in ("cost", "revenue_uncosted"):
            with self.subTest(figure=figure), self.assertRaises(AccessError):
                profile.with_context(figure=figure).action_explain()

    def test_rows_of_lines_are_for_nobody(self):
        for user in (self.seller, self.insider, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["crm.customer.line.cost"].with_user(user).search([])

    def test_views_show_costs_to_those_with_the_right(self):
        views = [("crm.customer.profile", ("form", "list", "kanban", "pivot"))]
        views += [("crm.customer.ledger", ("list", "pivot", "search"))]
        for model, kinds in views:
            for kind in kinds:
                for user, seen in ((self.seller, False), (self.insider, True)):
                    records = self.env[model].with_user(user)
                    arch = records.get_view(view_type=kind)["arch"]
                    with self.subTest(model=model, kind=kind, user=user.login):
                        self.assertEqual("cost" in arch or "margin" in arch, seen)

    def test_looking_again_is_for_managers(self):
        for user in (self.seller, self.insider):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.policy.with_user(user).sudo(False).action_retry_costs()

    def test_posting_by_an_accountant_keeps_costs(self):
        accountant = self._user("cost_account", "account.group_account_invoice")
        invoice = self._invoice(
            self.buyer,
            lines=[self._line(20, product_id=self._product(cost=9).id)],
            post=False,
        )
        invoice.with_user(accountant).action_post()
        self.assertEqual(self._costs(invoice), [(9, "product_value")])
