# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from odoo.addons.crm_loyalty.tools.classes import exact_share
from odoo.addons.crm_loyalty.tools.risk import absence_chance, drift

from .analysis_common import AnalysisCase, days_before
from .common import AS_OF


class TestChangeTools(BaseCase):
    """What is chance and what is not, without a database."""

    def test_chance_of_an_absence(self):
        self.assertEqual(absence_chance(3, 3, 0), 1)
        self.assertEqual(absence_chance(3, 3, 2), 0.0625)  # (1 - 3 / 4) ** 2
        self.assertEqual(absence_chance(3, 5, 3), 0.125)  # (1 - 3 / 6) ** 3

    def test_percentages_are_decimal_numbers(self):
        shares = [exact_share(percent) for percent in (70.1, 100.0, 0.7, 33.3333)]
        self.assertEqual(shares, ["0.701", "1.000", "0.007", "0.333333"])

    def test_drift_of_a_mean(self):
        # standard error of the difference: sqrt(9 / 9 + 16 / 4) = 2.236
        self.assertEqual(drift((9, 30, 9), (4, 34.5, 16)), 4.5)
        self.assertEqual(drift((9, 30, 9), (4, 34.4, 16)), 0)
        self.assertEqual(drift((9, 40, 9), (4, 30, 16)), 0)
        self.assertEqual(drift((2, 30, 0), (9, 60, 0)), 0)
        self.assertEqual(drift((3, 30, 0), (3, 31, 0)), 1)


@tagged("post_install", "-at_install")
class TestChanges(AnalysisCase):
    """What the value page says of a customer that still buys."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.glue, cls.paper = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "taxes_id": False,
                    "categ_id": cls.env["product.category"].create({"name": name}).id,
                }
                for name in ("Glue", "Paper")
            ]
        )

    @classmethod
    def _chain(cls, *partners):
        """A confirmed group, headed by the first."""
        return cls.env["crm.customer.group"].create(
            {
                "name": "Chain",
                "partner_id": partners[0].id,
                "state": "confirmed",
                "member_ids": [
                    Command.create({"partner_id": p.id, "date_from": "2020-01-01"})
                    for p in partners
                ],
            }
        )

    @classmethod
    def _order(cls, partner, day, *products):
        lines = [cls._line(10, product_id=product.id) for product in products]
        return cls._invoice(partner, date=day, lines=lines)

    def _changes(self, partner):
        self._run()
        self.env.invalidate_all()
        return [change["text"] for change in self._profile(partner).changes or []]

    def _risk(self, partner):
        return self.env["crm.customer.risk"].search([("partner_id", "=", partner.id)])

    def test_a_category_that_is_no_longer_ordered(self):
        partner = self._partner("Without glue")
        for day in days_before(128, 97, 66):
            self._order(partner, day, self.glue, self.paper)
        for day in days_before(35, 4):
            self._order(partner, day, self.paper)
        # three of three purchases, missing from two: chance 0.0625; the first of two
        # categories looked at: 0.0625 <= share / 2
        self.policy.risk_false_share = 12.5
        self.assertEqual(
            self._changes(partner), ["no Glue ordered for 66 days, usually every 31"]
        )
        self.policy.risk_false_share = 12.4
        self.assertEqual(self._changes(partner), [])

    def test_a_category_that_is_missing_by_chance(self):
        partner = self._partner("Sometimes glue")
        for days in range(184, 0, -10):
            products = [self.glue] if days in (184, 164, 144, 124, 104) else []
            self._order(partner, days_before(days)[0], self.paper, *products)
        # five of nine purchases, missing from ten: (1 - 0.5) ** 10 = 0.00098
        self.assertEqual(
            self._changes(partner), ["no Glue ordered for 104 days, usually every 20"]
        )
        self.policy.risk_false_share = 0.1
        self.assertEqual(self._changes(partner), [])

    def test_a_category_that_was_never_usual(self):
        partner = self._partner("Seldom glue")
        for days in range(184, 0, -10):
            products = [self.glue] if days in (184, 144, 104) else []
            self._order(partner, days_before(days)[0], self.paper, *products)
        # three of nine purchases: even its absence from ten tells nothing
        self.policy.risk_false_share = 50
        self.assertEqual(self._changes(partner), [])

    def test_a_category_out_of_season(self):
        # glue nine times in 17 purchases, not in the four since: chance 0.0625
        self.policy.risk_false_share = 50
        seasonal, steady = self._partner("Ice"), self._partner("Steady")
        winters = (*range(605, 514, -30), *range(245, 124, -30))
        for partner, glued in ((seasonal, winters), (steady, range(605, 124, -60))):
            for days in range(605, 0, -30):
                products = [self.glue] if days in glued else []
                self._order(partner, days_before(days)[0], self.paper, *products)
        # both have a gap of 60 days; one of them bought none a year ago, either
        self.assertEqual(self._changes(seasonal), [])
        self.assertEqual(
            self._changes(steady), ["no Glue ordered for 125 days, usually every 60"]
        )

    def test_the_dropped_category_of_most_revenue(self):
        ink = self.env["product.product"].create(
            {
                "name": "Ink",
                "taxes_id": False,
                "categ_id": self.env["product.category"].create({"name": "Ink"}).id,
            }
        )
        partner = self._partner("Without glue and ink")
        for day in days_before(128, 97, 66):
            self._order(partner, day, self.glue, ink, self.paper, ink)
        for day in days_before(35, 4):
            self._order(partner, day, self.paper)
        self.policy.risk_false_share = 12.5
        self.assertEqual(
            self._changes(partner),
            [
                "no Ink ordered for 66 days, usually every 31; other categories"
                " dropped: 1"
            ],
        )
        risk = self._risk(partner)
        self.assertEqual((risk.kind, risk.amount), ("category", 60))
        action = self._profile(partner).action_explain_change("category")
        items = self.env["crm.customer.ledger"].search(action["domain"])
        self.assertEqual((len(items), sum(items.mapped("amount"))), (6, 60))
        self.policy.risk_minimum = 61
        self._run()
        self.assertFalse(self._risk(partner))

    def test_a_credited_category_was_not_bought(self):
        partner = self._partner("Credited")
        for day in days_before(128, 97):
            self._order(partner, day, self.glue, self.paper)
        glue = self._order(partner, days_before(66)[0], self.glue)
        self._order(partner, days_before(66)[0], self.paper)
        for day in days_before(35, 4):
            self._order(partner, day, self.paper)
        self.policy.risk_false_share = 50
        self.assertEqual(len(self._changes(partner)), 1)
        reversal = self.env["account.move.reversal"].create(
            {
                "move_ids": glue.ids,
                "journal_id": glue.journal_id.id,
                "date": days_before(60)[0],
            }
        )
        reversal.reverse_moves(is_modify=False)
        reversal.new_move_ids.action_post()
        self.assertEqual(glue.payment_state, "reversed")
        # two days are no rhythm
        self.assertEqual(self._changes(partner), [])

    def test_a_group_buys_a_category_together(self):
        head, shop = self._partner("Head"), self._partner("Shop")
        self._chain(head, shop)
        for number, day in enumerate(days_before(128, 97, 66)):
            self._order((head, shop)[number % 2], day, self.glue, self.paper)
        for day in days_before(35, 4):
            self._order(shop, day, self.paper)
        self.policy.risk_false_share = 12.5
        self.assertEqual(
            self._changes(head), ["no Glue ordered for 66 days, usually every 31"]
        )
        self.assertEqual(self._risk(head).amount, 30)
        # one member orders it again
        self._order(shop, days_before(2)[0], self.glue)
        self.assertEqual(self._changes(head), [])

    def _categories(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT partner_id, categ_id, first_date, last_date, day_count, revenue
                FROM crm_customer_category WHERE company_id = %s
                ORDER BY partner_id, categ_id
                """,
                self.company.id,
            )
        )

    def test_a_full_run_finds_the_same_categories(self):
        partner, other = self._partner("One"), self._partner("Two")
        for day in days_before(128, 97, 66):
            self._order(partner, day, self.glue, self.paper)
            self._order(other, day, self.glue)
        self._run()
        self._order(other, AS_OF, self.glue)
        self._run()
        rows = self._categories()
        self.assertEqual(
            [(row[0], row[4], row[5]) for row in rows],
            [(partner.id, 3, 30), (partner.id, 3, 30), (other.id, 4, 40)],
        )
        self._run(full=True)
        self.assertEqual(self._categories(), rows)
        # merged: the union of both
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (partner | other).ids, dst_partner=partner
        )
        self._run()
        self.assertEqual(
            sorted((row[0], row[4], row[5]) for row in self._categories()),
            [(partner.id, 3, 30), (partner.id, 4, 70)],
        )

    def test_nobody_reads_the_categories_themselves(self):
        manager = self._user("changes_manager", "crm_loyalty.group_manager")
        with self.assertRaises(AccessError):
            self.env["crm.customer.category"].with_user(manager).search([])

    def test_a_silent_customer_lost_no_category(self):
        partner = self._partner("Silent")
        for day in days_before(300, 270, 240):
            self._order(partner, day, self.glue)
        for day in days_before(210, 180):
            self._order(partner, day, self.paper)
        self.assertEqual(self._changes(partner), [])
        self.assertEqual(self._profile(partner).relation_state, "lost")

    def test_decline_is_told_with_the_changes(self):
        days = [fields.Date.subtract(AS_OF, months=back) for back in range(24, 0, -1)]
        amounts = [100] * 12 + [50] * 12
        partner = self._customer("Less", list(zip(days, amounts, strict=True)))
        [text] = self._changes(partner)
        self.assertIn("still orders, but 52 % less", text)

    # ------------------------------------------------------------------
    # Payments
    # ------------------------------------------------------------------

    def _pay(self, partner, silence, days):
        """An invoice ``silence`` days ago, paid ``days`` later."""
        [day] = days_before(silence)
        invoice = self._invoice(partner, 100, day, invoice_date_due=day)
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        payment.create(
            {"payment_date": fields.Date.add(day, days=days)}
        ).action_create_payments()
        return invoice

    def test_payments_that_come_later(self):
        partner = self._partner("Late")
        for number, days in enumerate((29, 30, 31)):
            self._pay(partner, 365 + 150 - 30 * number, days)
        for number, days in enumerate((41, 42, 43)):
            self._pay(partner, 150 - 30 * number, days)
        for days in (300, 270, 240, 210, 30, 2):
            self._pay(partner, days, 0)
        # those paid at once stand between the periods, but for the last two
        self.assertEqual(self._changes(partner), [])
        other = self._partner("Later")
        for number, days in enumerate((29, 30, 31)):
            self._pay(other, 365 + 150 - 30 * number, days)
        for number, days in enumerate((41, 42, 43)):
            self._pay(other, 150 - 30 * number, days)
        for days in (300, 270, 240, 210):
            self._pay(other, days, 0)
        # open since 60 days, and due: counts as paid today
        [day] = days_before(60)
        self._invoice(other, 100, day, invoice_date_due=day)
        # open, but not due yet
        [day] = days_before(5)
        self._invoice(other, 100, day, invoice_date_due="2026-08-01")
        self.assertEqual(
            self._changes(other),
            ["pays 46 days after the invoice, 30 days a year ago"],
        )

    def test_payments_of_a_group_and_their_documents(self):
        head, shop = self._partner("Head"), self._partner("Shop")
        self._chain(head, shop)
        for number, days in enumerate((29, 30, 31)):
            self._pay((head, shop)[number % 2], 365 + 150 - 30 * number, days)
        for number, days in enumerate((41, 42, 43)):
            self._pay((head, shop)[number % 2], 150 - 30 * number, days)
        for days in (300, 270, 240, 210, 60, 30):
            purchases = [(days_before(days)[0], 100)]
            self._buy(head, purchases, invoice_date_due="2026-12-01")
        self.assertEqual(
            self._changes(head), ["pays 42 days after the invoice, 30 days a year ago"]
        )
        action = self._profile(head).action_explain_change("payment")
        moves = self.env["crm.customer.ledger"].search(action["domain"]).move_id
        # the six paid ones, and two of the last 180 days that are not due yet
        self.assertEqual(len(moves), 8)

    def test_changes_cost_the_same_for_more_customers(self):
        def sell(name):
            partner = self._partner(name)
            for day in days_before(128, 97, 66):
                self._order(partner, day, self.glue, self.paper)
            for day in days_before(35, 4):
                self._order(partner, day, self.paper)

        def count():
            self._run()
            self.env.flush_all()
            self.env.invalidate_all()
            profiles = self.profiles.search([("company_id", "=", self.company.id)])
            before = self.cr.sql_log_count
            changes = [change["text"] for p in profiles for change in p.changes or []]
            return changes, self.cr.sql_log_count - before

        self.policy.risk_false_share = 12.5
        sell("One")
        count()
        few, queries = count()
        for number in range(4):
            sell(f"More {number}")
        many, more_queries = count()
        self.assertEqual((len(few), len(many)), (1, 5))
        self.assertEqual(
            set(few + many), {"no Glue ordered for 66 days, usually every 31"}
        )
        self.assertEqual(more_queries, queries)
