# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import AS_OF, CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestTiers(CrmLoyaltyCommon):
    """Who stands in which tier, and who stands outside the pyramid."""

    def _customers(self, *revenues, date="2026-03-15", first="2025-08-01"):
        """One customer per revenue, old enough to be judged."""
        partners = []
        for index, revenue in enumerate(revenues):
            partner = self._partner(f"Customer {index}")
            self._invoice(partner, 0, first)
            if revenue:
                self._invoice(partner, revenue, date)
            partners.append(partner)
        return partners

    def _computed(self, partners):
        order = self.policy.tier_ids.sorted()
        return [
            list(order).index(self._profile(partner).computed_tier_id) + 1
            if self._profile(partner).computed_tier_id
            else self._profile(partner).standing
            for partner in partners
        ]

    def _set_cuts(self, method, field, values):
        lines = [
            fields.Command.update(tier.id, {field: value})
            for tier, value in zip(self.policy.tier_ids.sorted(), values, strict=True)
        ]
        self.policy.write({"cut_method": method, "tier_ids": lines})

    # ------------------------------------------------------------------
    # Cuts
    # ------------------------------------------------------------------

    def test_cumulative_share_with_the_crossing_customer_inside(self):
        # cumulated: 50, 75, 90, 95, 98, 100 %; cuts 70, 90, 97, 100
        partners = self._customers(500, 250, 150, 50, 30, 20)
        self._run()
        self.assertEqual(self._computed(partners), [1, 1, 2, 3, 3, 4])

    def test_one_customer_with_90_percent_leaves_tier_1_with_one(self):
        partners = self._customers(900, 40, 30, 20, 10)
        self._run()
        self.assertEqual(self._computed(partners), [1, 3, 3, 4, 4])

    def test_share_of_customers(self):
        self._set_cuts("customer_share", "customers_to", (20, 40, 70, 100))
        partners = self._customers(10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
        self._run()
        self.assertEqual(self._computed(partners), [1, 1, 2, 2, 3, 3, 3, 4, 4, 4])

    def test_share_of_customers_rounds_up_to_the_crossing_customer(self):
        self._set_cuts("customer_share", "customers_to", (1, 50, 90, 100))
        partners = self._customers(3, 2, 1)
        self._run()
        self.assertEqual(self._computed(partners), [1, 2, 3])

    def test_absolute_amounts(self):
        self._set_cuts("amount", "amount_from", (1000, 500, 100, 0))
        partners = self._customers(1000, 999.99, 500, 100, 99.99, 1)
        self._run()
        self.assertEqual(self._computed(partners), [1, 2, 2, 3, 4, 4])

    def test_ties_are_broken_by_the_older_customer(self):
        partners = self._customers(700, 100, 100, 100)
        self._run()
        self.assertEqual(self._computed(partners), [1, 2, 2, 3])

    def test_five_tiers(self):
        lines = [
            fields.Command.create({"name": "Tier 5", "sequence": 60, "share_to": 100})
        ]
        lines.append(fields.Command.update(self.tier_4.id, {"share_to": 99}))
        self.policy.write({"tier_ids": lines})
        partners = self._customers(700, 200, 70, 25, 5)
        self._run()
        self.assertEqual(self._computed(partners), [1, 2, 3, 4, 5])

    # ------------------------------------------------------------------
    # Wrong cuts
    # ------------------------------------------------------------------

    def test_shares_that_do_not_ascend_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Tier 2 ends at 60.00 %.*Tier 1"):
            self._set_cuts("revenue_share", "share_to", (70, 60, 97, 100))

    def test_shares_that_do_not_end_at_100_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Tier 4, ends at 99.00 %"):
            self._set_cuts("revenue_share", "share_to", (70, 90, 97, 99))

    def test_overlapping_amounts_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Tier 2.*Tier 3.*overlap"):
            self._set_cuts("amount", "amount_from", (1000, 100, 100, 0))

    def test_amounts_that_leave_out_small_customers_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Tier 4, begins at .*50.00"):
            self._set_cuts("amount", "amount_from", (1000, 500, 100, 50))

    def test_a_deleted_tier_is_nobodys_next_one(self):
        partners = self._customers(70, 20, 7, 3)
        self._run()
        self.assertEqual(self._computed(partners), [1, 2, 3, 4])
        with Form(self.policy) as form:
            form.tier_ids.remove(index=3)
            with form.tier_ids.edit(2) as tier:
                tier.share_to = 100
        self.assertFalse(self._profile(partners[3]).computed_tier_id)
        self._run()
        self.assertEqual(self._computed(partners), [1, 2, 3, 3])

    def test_two_or_seven_tiers_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "three to six tiers, here are 2"):
            (self.tier_1 | self.tier_2).with_context(
                loyalty_cuts_deferred=True
            ).unlink()
            self.policy._check_cuts()

    def test_a_single_tier_cannot_be_written_wrong_past_the_policy(self):
        with self.assertRaisesRegex(ValidationError, "Tier 2 ends at"):
            self.tier_1.share_to = 95

    def test_cuts_may_cross_while_the_form_is_saved(self):
        with Form(self.policy) as form:
            with form.tier_ids.edit(0) as tier:
                tier.share_to = 92
            with form.tier_ids.edit(1) as tier:
                tier.share_to = 94
        self.assertEqual(self.tier_2.share_to, 94)

    def test_participants_that_are_no_filter_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            self.policy.participant_domain = "[('nonsense', '=', 1)]"

    # ------------------------------------------------------------------
    # Outside the pyramid
    # ------------------------------------------------------------------

    def test_own_rows(self):
        sold, idle, negative, zero = self._customers(100, 0, 0, 0)
        self._invoice(negative, -50, "2026-05-01")
        self._invoice(zero, 0, "2026-05-01")
        newcomer = self._partner("Newcomer")
        self._invoice(newcomer, 500, "2026-06-01")
        self._run()
        # a free delivery in the window is a purchase: its value is zero, not unknown
        rows = self._computed([sold, negative, zero, newcomer])
        self.assertEqual(rows, [1, "not_positive", "not_positive", "too_new"])
        self.assertEqual(self._profile(idle).standing, "not_positive")
        long_ago = self._partner("Long ago")
        self._invoice(long_ago, 500, "2024-06-01")
        self._run()
        self.assertEqual(self._profile(long_ago).standing, "no_sales")

    def test_newcomer_period_ends_after_90_days(self):
        partner = self._partner()
        self._invoice(partner, 100, "2026-04-01")
        for day, standing in (("2026-06-29", "too_new"), ("2026-06-30", "ranked")):
            self._run(day)
            self.assertEqual(self._profile(partner).standing, standing, day)

    def test_customer_with_one_order_is_judged_when_old_enough(self):
        partner = self._partner()
        self._invoice(partner, 100, "2026-01-01")
        self._run()
        self.assertEqual(self._computed([partner]), [1])

    def test_all_zero_and_no_data_at_all(self):
        self._run()
        self.assertFalse(self._profile_rows())
        partners = self._customers(0, 0)
        self._run()
        self.assertEqual(self._computed(partners), ["not_positive"] * 2)

    def test_only_refunds(self):
        partner = self._partner()
        self._invoice(partner, -100, "2026-01-01")
        self._run()
        self.assertEqual(self._computed([partner]), ["not_positive"])

    def test_pilot_domain_leaves_the_rest_outside_with_its_money(self):
        inside, outside = self._customers(100, 300)
        inside.ref = "pilot"
        self.policy.participant_domain = "[('ref', '=', 'pilot')]"
        self._run()
        self.assertEqual(self._computed([inside, outside]), [1, "excluded"])
        self.assertEqual(self._profile(outside).revenue, 300)

    def test_an_archived_participant_stays_in(self):
        [partner] = self._customers(100)
        partner.ref = "pilot"
        self.policy.participant_domain = "[('ref', '=', 'pilot')]"
        partner.active = False
        self._run()
        self.assertEqual(self._computed([partner]), [1])

    # ------------------------------------------------------------------
    # Properties
    # ------------------------------------------------------------------

    def test_times_1000_gives_the_same_classes(self):
        revenues = (500, 250.55, 150, 50, 30.01, 20)
        small = self._customers(*revenues)
        self._run()
        before = self._computed(small)
        other = self.setup_other_company()["company"]
        policy = self.env["crm.loyalty.policy"]._get(other)
        large = []
        for revenue in revenues:
            partner = self._partner()
            for amount, date in ((0, "2025-08-01"), (revenue * 1000, "2026-03-15")):
                self._invoice(partner, amount, date, company_id=other.id)
            large.append(partner)
        self._run(policy=policy)
        names = [self._profile(p, other).computed_tier_id.name for p in large]
        self.assertEqual([f"Tier {number}" for number in before], names)

    def test_times_1000_with_amounts_times_1000(self):
        revenues = (1200, 500, 499.99, 100, 99.99)
        self._set_cuts("amount", "amount_from", (1000, 500, 100, 0))
        small = self._customers(*revenues)
        self._run()
        before = self._computed(small)
        self._set_cuts("amount", "amount_from", (1000000, 500000, 100000, 0))
        large = self._customers(*(revenue * 1000 for revenue in revenues))
        self._run()
        self.assertEqual(self._computed(large), before)

    def test_half_of_the_lines_in_another_currency_changes_nothing(self):
        gold = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        plain, mixed = self._customers(0, 0)
        self._invoice(plain, 400)
        self._invoice(mixed, 200)
        self._invoice(mixed, 400, currency_id=gold.id)
        self._run()
        self.assertEqual(self._profile(plain).revenue, self._profile(mixed).revenue)

    def test_documents_of_a_second_company_change_nothing(self):
        partners = self._customers(500, 250, 150, 50, 30, 20)
        self._decide()
        before = self._profile_rows()
        other = self.setup_other_company()["company"]
        self._invoice(partners[-1], 10000, company_id=other.id)
        self._run()
        self.assertEqual(self._profile_rows(), before)

    def test_all_dates_100_days_later_give_the_same_classes(self):
        shift = {"date": "2026-06-23", "first": "2025-11-09"}  # 100 days
        early = self._customers(500, 250, 150, 50, 30, 20)
        self._run()
        before = self._computed(early)
        self.env["account.move"].search(
            [("company_id", "=", self.company.id)]
        ).button_draft()
        late = self._customers(500, 250, 150, 50, 30, 20, **shift)
        self._run(fields.Date.add(AS_OF, days=100))
        self.assertEqual(self._computed(late), before)

    # ------------------------------------------------------------------
    # Decisions and history
    # ------------------------------------------------------------------

    def test_the_first_run_is_a_proposal(self):
        partners = self._customers(500, 250, 150, 50, 30, 20)
        self._run()
        self.assertFalse(self._profile(partners[0]).tier_id)
        self.policy._apply_tiers()
        self.assertEqual(self._profile(partners[0]).tier_id, self.tier_1)
        self.assertEqual(self.policy.decided_on, AS_OF)

    def test_history_tells_the_reason_in_figures(self):
        partners = self._customers(500, 250, 150, 50, 30, 20)
        self._decide()
        change = self._profile(partners[2]).change_ids
        self.assertEqual(
            (change.from_tier_id, change.to_tier_id),
            (self.tier_1.browse(), self.tier_2),
        )
        self.assertEqual((change.rank, change.ranked_count), (3, 6))
        self.assertRegex(change.reason, r"Revenue .*150.00.*rank 3 of 6.*ahead of 50 %")
        self.assertIn(
            "those ahead bring 75 % of revenue, Tier 2 is from 70 % to 90 %",
            change.reason,
        )
        # the cut of that day, not the one of today
        self.tier_1.share_to = 60
        change.invalidate_recordset()
        self.assertIn("Tier 2 is from 70 % to 90 %", change.reason)

    def test_the_reason_names_the_cut_of_each_method(self):
        partners = self._customers(500, 250, 150, 50, 30, 20)
        for tier, amount in zip(
            self.policy.tier_ids.sorted(), (400, 100, 40, 0), strict=True
        ):
            tier.amount_from = amount
        expected = {
            "customer_share": "Tier 3 is from 11 % to 35 % of customers",
            "amount": r"Tier 2 is from .*100.00 to .*400.00",
        }
        for method, sentence in expected.items():
            with self.subTest(method=method):
                self.policy.cut_method = method
                self._run(full=True)
                self.assertRegex(self._profile(partners[1]).reason, sentence)
        self.assertRegex(self._profile(partners[0]).reason, r"Tier 1 is from .*400.00$")

    def test_figures_change_nightly_tiers_on_the_first_of_the_month(self):
        partners = self._customers(500, 250, 150, 50, 30, 20)
        self._decide("2026-05-15")
        self.assertEqual(str(self.policy.next_decision), "2026-06-01")
        self._invoice(partners[5], 5000, "2026-05-20")
        self._run("2026-05-31")
        profile = self._profile(partners[5])
        self.assertEqual(
            (profile.tier_id, profile.computed_tier_id), (self.tier_4, self.tier_1)
        )
        self._run("2026-06-01")
        self.assertEqual(profile.tier_id, self.tier_1)
        self.assertEqual(profile.change_ids[0].kind, "decision")
        self.assertEqual(profile.change_ids[0].direction, "up")
        self.assertEqual(str(self.policy.next_decision), "2026-07-01")

    def test_quarterly_decisions_fall_on_calendar_quarters(self):
        self.policy.decision_interval = "3"
        self._customers(500)
        self._decide("2026-05-15")
        self.assertEqual(str(self.policy.next_decision), "2026-07-01")

    def test_a_second_decision_on_the_same_day_changes_nothing(self):
        self._customers(500, 250, 150)
        self._decide()
        history = self.env["crm.customer.tier.change"]
        before = history.search_count([("company_id", "=", self.company.id)])
        self.assertEqual(self._decide(), 0)
        after = history.search_count([("company_id", "=", self.company.id)])
        self.assertEqual(before, after)

    def test_a_tier_with_history_is_archived_instead_of_deleted(self):
        self._customers(500, 250, 150, 50, 30, 20)
        self._decide()
        self.policy.write(
            {
                "tier_ids": [
                    fields.Command.delete(self.tier_4.id),
                    fields.Command.update(self.tier_3.id, {"share_to": 100}),
                ]
            }
        )
        self.assertFalse(self.tier_4.active)
        self.assertEqual(len(self.policy.tier_ids), 3)
        pyramid = self.env["crm.loyalty.pyramid"].get_values()
        self.assertEqual([row["customers"] for row in pyramid["tiers"]], [2, 1, 2, 1])
        self._decide()
        pyramid = self.env["crm.loyalty.pyramid"].get_values()
        self.assertEqual([row["customers"] for row in pyramid["tiers"]], [2, 1, 3])

    def test_a_tier_of_the_proposal_can_be_deleted(self):
        self._customers(500, 250, 150, 50, 30, 20)
        self._run()
        self.policy.write(
            {
                "tier_ids": [
                    fields.Command.delete(self.tier_4.id),
                    fields.Command.update(self.tier_3.id, {"share_to": 100}),
                ]
            }
        )
        self.assertFalse(self.tier_4.exists())

    def test_new_companies_get_a_policy_by_themselves(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        policy = self.env["crm.loyalty.policy"]._get(company)
        self.assertEqual(policy.tier_ids.mapped("share_to"), [70, 90, 97, 100])
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": company.id}
        )
        self.assertEqual(self.env["crm.loyalty.policy"]._get(branch), policy)
