# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.tests import tagged

from .common import AS_OF, CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestPyramid(CrmLoyaltyCommon):
    """The values of the first screen, and the way from a figure to its documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._six_customers("2026-01-15")

    def _values(self):
        self.env.flush_all()
        return self.env["crm.loyalty.pyramid"].get_values()

    def test_before_the_first_run_there_are_no_figures(self):
        values = self._values()
        self.assertEqual(values["state"], "no_run")
        self.assertNotIn("tiers", values)

    def test_a_company_without_sales_says_so(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        self.env.user.company_ids += company
        self.env["crm.loyalty.policy"]._get(company)._run(AS_OF)
        pyramid = self.env["crm.loyalty.pyramid"].with_company(company)
        self.assertEqual(pyramid.get_values()["state"], "no_sales")

    def test_proposal_then_decision(self):
        self._run()
        values = self._values()
        self.assertEqual(values["state"], "proposal")
        rows = [(row["customers"], row["revenue"]) for row in values["tiers"]]
        self.assertEqual(rows, [(2, 750), (1, 150), (2, 80), (1, 20)])
        self.assertEqual(
            [row["revenue_share"] for row in values["tiers"]], [75, 15, 8, 2]
        )
        self.assertEqual({row["cost"] for row in values["tiers"]}, {None})
        self.policy._apply_tiers()
        values = self._values()
        self.assertEqual(values["state"], "decided")
        self.assertEqual(
            rows, [(r["customers"], r["revenue"]) for r in values["tiers"]]
        )

    def test_rows_open_the_customers_they_count(self):
        negative = self._partner("Negative")
        self._invoice(negative, -5)
        self._run()
        values = self._values()
        for row in values["tiers"] + values["outside"]:
            profiles = self.profiles.search(row["domain"])
            self.assertEqual(len(profiles), row["customers"])
            self.assertEqual(sum(profiles.mapped("revenue")), row["revenue"])
        self.assertEqual(values["total"]["customers"], 7)
        self.assertEqual(values["total"]["revenue"], 995)
        self.assertTrue(values["tie_out"]["ok"])

    def test_own_customers_tell_nothing_of_the_company(self):
        seller = self._user("seller", "sales_team.group_sale_salesman")
        self.partners[0].user_id = seller
        self._run()
        self._invoice(self.partners[1], 10)
        values = self.env["crm.loyalty.pyramid"].with_user(seller).get_values()
        self.assertEqual(values["total"]["customers"], 1)
        self.assertEqual(values["total"]["revenue"], 500)
        self.assertIsNone(values["tie_out"])
        self.assertIsNone(values["since_run"])

    # ------------------------------------------------------------------
    # Rules of the last run
    # ------------------------------------------------------------------

    def _rules(self):
        values = self._values()
        return values["cut_method"], values["rules_changed"]

    def test_the_cut_method_is_that_of_the_figures(self):
        self._run()
        self.assertEqual(self._rules(), ("Cumulative share of revenue", False))
        self.policy.cut_method = "customer_share"
        self.assertEqual(self._rules(), ("Cumulative share of revenue", True))
        self.policy.cut_method = "revenue_share"
        self.assertEqual(self._rules(), ("Cumulative share of revenue", False))
        self.policy.cut_method = "customer_share"
        self._run()
        self.assertEqual(self._rules(), ("Share of customers", False))

    def test_every_rule_that_figures_follow_is_watched(self):
        self._run()
        for change, back in (
            ({"window_days": 90}, {"window_days": 365}),
            ({"newcomer_days": 10}, {"newcomer_days": 90}),
            (
                {"participant_domain": "[('id', '>', 1)]"},
                {"participant_domain": "[]"},
            ),
        ):
            self.policy.write(change)
            self.assertTrue(self._values()["rules_changed"], change)
            self.policy.write(back)
            self.assertFalse(self._values()["rules_changed"], change)
        self.tier_1.share_to = 71
        self.assertTrue(self._values()["rules_changed"])

    def test_what_figures_do_not_follow_is_no_change(self):
        self._run()
        self.policy.change_margin = 20
        self.tier_1.write({"name": "Gold", "color": 4, "customers_to": 3})
        self.assertFalse(self._values()["rules_changed"])

    def test_a_new_window_counts_from_the_next_run_on(self):
        partner = self.partners[0]
        self._invoice(partner, 7, "2025-01-01")  # in the window before
        self._run()
        self.policy.window_days = 90
        self.assertEqual(self._values()["window_start"], "2025-07-01")
        profile = self._profile(partner)
        for figure, amount in (("revenue", 500), ("revenue_previous", 7)):
            action = profile.with_context(figure=figure).action_explain()
            items = self.env["crm.customer.ledger"].search(action["domain"])
            self.assertEqual(profile[figure], amount)
            self.assertEqual(sum(items.mapped("amount")), amount)
        self._run()
        self.assertEqual(self._values()["window_start"], "2026-04-02")
        self.assertEqual(profile.revenue, 0)

    # ------------------------------------------------------------------
    # Nothing sold yet
    # ------------------------------------------------------------------

    def _can_invoice(self, company, user):
        pyramid = self.env["crm.loyalty.pyramid"].with_user(user)
        return pyramid.with_company(company).get_values()["can_invoice"]

    def test_who_can_make_the_first_sale_possible(self):
        fresh = self.env["res.company"].create({"name": "Fresh"})
        self.env["crm.loyalty.policy"]._get(fresh)._run(AS_OF)
        groups = "base.group_user,crm_loyalty.group_manager"
        companies = {"company_ids": [Command.link(fresh.id)]}
        manager = self._user("manager", groups)
        clerk = self._user("clerk", f"{groups},account.group_account_invoice")
        admin = self._user("admin2", f"{groups},base.group_system")
        (manager + clerk + admin).write(companies)
        self.assertEqual(self._can_invoice(fresh, manager), "ask_set_up")
        self.assertEqual(self._can_invoice(fresh, clerk), "ask_set_up")
        self.assertEqual(self._can_invoice(fresh, admin), "set_up")
        self.env["account.journal"].create(
            {"name": "Sales", "code": "S", "type": "sale", "company_id": fresh.id}
        )
        self.assertEqual(self._can_invoice(fresh, manager), "ask_invoice")
        self.assertEqual(self._can_invoice(fresh, clerk), "yes")

    def test_moves_since_the_last_decision(self):
        self._decide("2026-05-01")
        self._invoice(self.partners[-1], 3000, "2026-05-20")
        self._run("2026-06-01")
        tiers = self._values()["tiers"]
        self.assertEqual([row["up"] for row in tiers], [1, 0, 0, 0])
        self.assertEqual([row["down"] for row in tiers], [0, 2, 1, 2])

    def test_explain_lists_exactly_the_counted_documents(self):
        partner = self.partners[0]
        self._invoice(partner, -100, "2026-02-01")
        self._invoice(partner, 77, "2025-01-01")  # before the window
        self._invoice(partner, 10, post=False)
        self._run()
        profile = self._profile(partner)
        action = profile.action_explain()
        items = self.env["crm.customer.ledger"].search(action["domain"])
        self.assertEqual(sum(items.mapped("amount")), profile.revenue)
        self.assertEqual(profile.revenue, 400)
        self.assertEqual(len(items.move_id), profile.document_count)

    def test_every_figure_opens_what_it_counts(self):
        partner = self._partner("All figures")
        self._invoice(partner, 7, "2025-01-01")  # the window before
        self._invoice(partner, lines=[self._line(100, discount=20)])
        self._invoice(partner, 30)  # the same day
        self._invoice(partner, -10, "2026-04-01")
        gone = self._invoice(partner, 50, "2026-05-01")
        self._invoice(partner, -50, "2026-05-02", reversed_entry_id=gone.id)
        self._invoice(partner, 5, "2026-05-20", invoice_date_due="2026-06-01")
        self._run()
        profile = self._profile(partner)

        def items(figure):
            action = profile.with_context(figure=figure).action_explain()
            return self.env[action["res_model"]].search(action["domain"])

        self.assertEqual(profile.revenue_previous, 7)
        self.assertEqual(sum(items("revenue_previous").mapped("amount")), 7)
        self.assertEqual(profile.discount, 20)
        self.assertEqual(sum(items("discount").mapped("discount")), 20)
        self.assertEqual(profile.document_count, 6)
        self.assertEqual(len(items("document_count").move_id), 6)
        self.assertEqual(profile.line_count, 6)
        self.assertEqual(len(items("line_count")), 6)
        self.assertEqual(profile.purchase_count, 2)
        self.assertEqual(len(set(items("purchase_count").mapped("invoice_date"))), 2)
        self.assertEqual(profile.overdue, 5)
        self.assertEqual(sum(items("overdue").mapped("amount_residual")), 5)

    def test_newer_documents_stand_below_until_recomputed(self):
        partner = self.partners[0]
        self._run()
        self._invoice(partner, 60)
        self._invoice(partner, -10)
        profile = self._profile(partner)
        self.assertEqual((profile.since_run_count, profile.since_run_amount), (2, 50))
        domain = profile.action_explain()["domain"]
        items = self.env["crm.customer.ledger"].search(domain)
        then = items.filtered(lambda item: not item.since_run)
        self.assertEqual(sum(then.mapped("amount")), profile.revenue)
        self.assertEqual(sum((items - then).mapped("amount")), 50)
        self.assertEqual(self._values()["since_run"], 2)
        self.policy._run(AS_OF)
        profile.invalidate_recordset()
        self.assertEqual((profile.since_run_count, profile.revenue), (0, 550))

    def test_a_reset_document_is_recomputed_before_it_is_explained(self):
        partner = self.partners[0]
        extra = self._invoice(partner, 60)
        self._run()
        extra.button_draft()
        profile = self._profile(partner)
        action = profile.action_explain()
        items = self.env["crm.customer.ledger"].search(action["domain"])
        self.assertEqual(sum(items.mapped("amount")), profile.revenue)

    def test_explaining_a_customer_whose_last_document_was_reset(self):
        partner = self._partner("One sale")
        sale = self._invoice(partner, 60)
        self._run()
        profile = self._profile(partner)
        sale.button_draft()
        action = profile.action_explain()
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(profile.exists())

    def test_reason_and_rank_are_told_on_the_profile(self):
        self._run()
        profile = self._profile(self.partners[1])
        self.assertEqual(profile.rank, 2)
        self.assertRegex(profile.reason, r"Revenue .*250.00, rank 2 of 6")
        self.assertIn(
            "those ahead bring 50 % of revenue, Tier 1 is from 0 % to 70 %",
            profile.reason,
        )

    def test_sparkline_has_24_months_ending_with_the_as_of_month(self):
        self._run()
        line = self._profile(self.partners[0]).sparkline
        self.assertEqual(line["end"], "2026-06-01")
        self.assertEqual(len(line["values"]), 24)
        self.assertEqual(line["values"][-6], 500)
        self.assertEqual(sum(line["values"]), 500)

    def test_overdue_debt_and_last_order(self):
        partner = self.partners[0]
        self._invoice(partner, 40, "2026-02-01", invoice_date_due="2026-03-01")
        self._invoice(partner, 60, "2026-02-01", invoice_date_due="2199-01-01")
        self._run()
        profile = self._profile(partner)
        self.assertEqual(profile.overdue, 40)
        self.assertFalse(profile.last_order_date)
        order = self.env["sale.order"].create({"partner_id": partner.id})
        order.action_confirm()
        profile.invalidate_recordset()
        self.assertEqual(profile.last_order_date, order.date_order)
