# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import random

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import REVENUES, CrmLoyaltyCommon

MONTHS = [f"2026-{month:02}-01" for month in range(2, 8)]


@tagged("post_install", "-at_install")
class TestDecisions(CrmLoyaltyCommon):
    """When customers change tier: margin, repeated decisions, overrides, preview."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._six_customers("2025-10-15")
        cls._decide("2026-01-15")

    def _place(self, partner):
        tier = self._profile(partner).tier_id
        return list(self.policy.tier_ids.sorted()).index(tier) + 1 if tier else None

    def _places(self):
        return [self._place(partner) for partner in self.partners]

    # ------------------------------------------------------------------
    # Margin and repeated decisions
    # ------------------------------------------------------------------

    def test_within_the_margin_a_customer_moves_at_the_second_decision(self):
        fourth, fifth = self.partners[3], self.partners[4]
        # 150 + 110 = 260: computed tier 1, just above the last customer inside (250)
        third = self.partners[2]
        self._invoice(third, 110, "2026-01-20")
        self._run("2026-02-01")
        profile = self._profile(third)
        self.assertEqual(profile.computed_tier_id, self.tier_1)
        self.assertEqual(profile.tier_id, self.tier_2)
        self.assertEqual(profile.pending_tier_id, self.tier_1)
        self.assertRegex(profile.reason, r"Tier 1 is from 0 % to 70 %")
        self.assertRegex(
            profile.reason, r"Kept in Tier 2 by the margin of 10 % since 02/01/2026"
        )
        self._run("2026-02-15")
        self.assertEqual(profile.tier_id, self.tier_2, "no decision, no move")
        self.assertEqual(profile.pending_tier_id, self.tier_1)
        self._run("2026-03-01")
        self.assertEqual(profile.tier_id, self.tier_1)
        self.assertFalse(profile.pending_tier_id)
        self.assertEqual(self._place(fourth), self._place(fifth))

    def test_a_repeated_run_on_the_same_day_counts_once(self):
        third = self.partners[2]
        self._invoice(third, 110, "2026-01-20")
        self._run("2026-02-01")
        self.policy._apply_tiers("2026-02-01")
        self._run("2026-02-01")
        self.assertEqual(self._place(third), 2)

    def test_past_the_margin_a_customer_moves_at_once(self):
        third = self.partners[2]
        self._invoice(third, 200, "2026-01-20")  # 350 >= 1.1 x 250
        self._run("2026-02-01")
        self.assertEqual(self._place(third), 1)

    def test_without_repetition_the_margin_alone_decides(self):
        self.policy.change_repeated = False
        third = self.partners[2]
        self._invoice(third, 110, "2026-01-20")
        for month in MONTHS[:3]:
            self._run(month)
        self.assertEqual(self._place(third), 2)

    def test_without_margin_everybody_moves_at_once(self):
        self.policy.change_margin = 0
        third = self.partners[2]
        self._invoice(third, 110, "2026-01-20")
        self._run("2026-02-01")
        self.assertEqual(self._place(third), 1)

    def test_the_last_inside_is_measured_against_the_first_outside(self):
        third, second = self.partners[2], self.partners[1]
        self._invoice(third, 200, "2026-01-20")
        self._run("2026-02-01")
        # third (350) is now the last in tier 1, second (250) the first outside
        self.assertEqual(self._profile(second).computed_tier_id, self.tier_2)
        self.assertEqual(self._place(third), 1)

    def test_far_up_goes_as_far_as_the_margin_allows(self):
        last = self.partners[5]
        self._invoice(last, 3000, "2026-01-20")
        self._run("2026-02-01")
        self.assertEqual(self._place(last), 1, "alone in tier 1, nothing to flap with")

    def test_down_past_the_margin(self):
        second = self.partners[1]
        self._invoice(second, -200, "2026-01-20")  # 50 of 800: deep below
        self._run("2026-02-01")
        self.assertGreater(self._place(second), 1)

    def test_the_first_tier_needs_no_margin(self):
        newcomer = self._partner("Newcomer")
        self._invoice(newcomer, 251, "2025-12-15")
        self._run("2026-02-20")
        self.assertEqual(self._profile(newcomer).standing, "too_new")
        self._run("2026-03-15")
        self.assertEqual(self._place(newcomer), 1)

    def test_nobody_at_the_cut_flaps_over_12_months_of_noise(self):
        """Two customers around a cut take turns; 5 % of noise is within the margin."""
        self.policy.change_repeated = False
        rng = random.Random(3)
        self.policy.window_days = 30
        history = self.env["crm.customer.tier.change"]
        day = fields.Date.to_date("2026-01-25")
        for _month in range(12):
            day = fields.Date.add(day, months=1, day=25)
            for partner, revenue in zip(
                self.partners, (500, 250, 245, 50, 30, 20), strict=True
            ):
                noise = 1 + rng.uniform(-0.04, 0.04)
                self._invoice(partner, round(revenue * noise, 2), str(day))
            self._run(fields.Date.add(day, months=1, day=1))
        domain = [
            ("partner_id", "in", [self.partners[1].id, self.partners[2].id]),
            ("kind", "=", "decision"),
        ]
        moves = history.search(domain)
        per_partner = {
            partner: moves.filtered(lambda move, p=partner: move.partner_id == p)
            for partner in moves.partner_id
        }
        for partner, changes in per_partner.items():
            self.assertLessEqual(len(changes), 1, partner.name)

    def test_rules_changed_apply_without_margin(self):
        third = self.partners[2]
        self._invoice(third, 110, "2026-01-20")
        self._run("2026-02-15")
        self.policy._apply_tiers("2026-02-15", margin=False)
        self.assertEqual(self._place(third), 1)

    # ------------------------------------------------------------------
    # Overrides
    # ------------------------------------------------------------------

    def _override(self, partner, tier, **values):
        today = self.policy._get_today()
        return self.env["crm.customer.tier.override"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "tier_id": tier.id,
                "reason": "Strategic",
                "date_from": fields.Date.subtract(today, years=5),
                "date_to": fields.Date.add(today, years=1),
                **values,
            }
        )

    def test_override_holds_at_once_and_through_runs(self):
        last = self.partners[5]
        override = self._override(last, self.tier_1)
        profile = self._profile(last)
        self.assertEqual(profile.tier_id, self.tier_1)
        self.assertEqual(profile.computed_tier_id, self.tier_4)
        self.assertEqual(profile.override_id, override)
        for month in MONTHS[:3]:
            self._run(month)
            self.assertEqual(profile.tier_id, self.tier_1)
        change = profile.change_ids[:1]
        self.assertEqual(change.kind, "override")
        self.assertIn("Strategic", change.reason)

    def test_override_expires_with_an_activity(self):
        last = self.partners[5]
        last.user_id = self._user("owner", "sales_team.group_sale_salesman")
        override = self._override(last, self.tier_1, date_to="2026-02-10")
        self._run("2026-02-10")
        self.assertEqual(self._place(last), 1)
        self._run("2026-02-11")
        self.assertEqual(self._place(last), 4)
        self.assertEqual(self._profile(last).change_ids[0].kind, "expired")
        self.assertEqual(last.activity_ids.user_id, last.user_id)
        self.assertFalse(override.active)
        self._run("2026-02-12")
        self.assertEqual(len(last.activity_ids), 1, "told once")

    def test_override_ended_by_hand(self):
        last = self.partners[5]
        self._override(last, self.tier_1).action_end()
        self.assertEqual(self._place(last), 4)

    def test_override_of_a_customer_outside_the_pyramid(self):
        idle = self._partner("Idle")
        self._invoice(idle, 10, "2020-01-01")
        self._run("2026-02-01")
        self._override(idle, self.tier_2)
        self.assertEqual(self._place(idle), 2)

    @mute_logger("odoo.sql_db")
    def test_override_that_ends_before_it_begins_is_refused(self):
        vals = {"date_from": "2026-02-10", "date_to": "2026-02-09"}
        with self.assertRaises(IntegrityError) as caught:
            self._override(self.partners[5], self.tier_1, **vals)
        constraint = self.env["crm.customer.tier.override"]._table_objects[
            caught.exception.diag.constraint_name
        ]
        message = constraint.get_error_message(self.env["crm.customer.tier.override"])
        self.assertIn('"Until" lies before the day in "From"', message)

    def test_a_new_override_does_not_propose_the_present_tier(self):
        profile = self._profile(self.partners[0])
        context = profile.action_override()["context"]
        self.assertEqual(context["default_partner_id"], self.partners[0].id)
        self.assertNotIn("default_tier_id", context)

    def test_two_overrides_at_a_time_are_refused(self):
        self._override(self.partners[5], self.tier_1)
        with self.assertRaisesRegex(ValidationError, "Customer 5 already has a tier"):
            self._override(self.partners[5], self.tier_2)

    def test_before_the_first_decision_an_override_waits(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        policy = self.env["crm.loyalty.policy"]._get(company)
        override = self._override(
            self.partners[0], policy.tier_ids[0], company_id=company.id
        )
        self.assertTrue(override)
        self.assertFalse(self._profile(self.partners[0], company))

    def test_only_managers_override(self):
        seller = self._user("seller", "sales_team.group_sale_salesman_all_leads")
        model = self.env["crm.customer.tier.override"].with_user(seller)
        with self.assertRaises(AccessError):
            model.create({"partner_id": self.partners[0].id})

    # ------------------------------------------------------------------
    # Preview and migration
    # ------------------------------------------------------------------

    def _preview(self):
        action = self.policy.action_preview()
        return self.env["crm.loyalty.preview"].browse(action["res_id"])

    def _shift_to_today(self):
        """Previews are of today: bring the history of this test near.

        All customers keep their tiers; depending on the date the first invoices may
        still be in the window, then revenue is twice ``REVENUES``.
        """
        today = self.policy._get_today()
        day = fields.Date.subtract(today, days=200)
        for partner, revenue in zip(self.partners, REVENUES, strict=True):
            self._invoice(partner, revenue, str(day))
        self.policy._run()
        self.policy._apply_tiers(margin=False)

    def _sell_now(self, partner, amount):
        day = fields.Date.subtract(self.policy._get_today(), days=2)
        self._invoice(partner, amount, str(day))

    def test_preview_shows_and_saves_nothing(self):
        self._shift_to_today()
        self._sell_now(self.partners[5], 3000)
        before = self._profile_rows()
        history = self.env["crm.customer.tier.change"].search_count([])
        preview = self._preview()
        self.assertEqual(self._profile_rows(), before)
        self.assertEqual(self.env["crm.customer.tier.change"].search_count([]), history)
        line = preview.line_ids[0]
        self.assertEqual(line.partner_id, self.partners[5])
        self.assertEqual(
            (line.from_tier_id, line.to_tier_id), (self.tier_4, self.tier_1)
        )
        rows = preview.matrix["rows"]
        self.assertEqual(sum(row["before"] for row in rows), 6)
        self.assertEqual(sum(row["after"] for row in rows), 6)
        for index, row in enumerate(rows):
            self.assertEqual(sum(row["cells"]), row["before"])
            column = sum(other["cells"][index] for other in rows)
            self.assertEqual(column, row["after"])

    def test_switching_the_margin_previews_again(self):
        self._shift_to_today()
        # 150 + 110 = 260, or twice that: beyond the cut at 250 by less than 10 %
        third = self.partners[2]
        self._sell_now(third, self._profile(third).revenue * 110 / 150)
        preview = self._preview()
        self.assertFalse(preview.line_ids)
        preview.margin = False
        self.assertEqual(preview.line_ids.partner_id, third)
        self.assertEqual(preview.mover_count, 1)
        self.assertEqual(preview.matrix["rows"][1]["cells"], [1, 0, 0, 0, 0])
        preview.margin = True
        self.assertFalse(preview.line_ids)
        self.assertEqual(preview.mover_count, 0)

    def test_movers_know_their_value_page(self):
        self._shift_to_today()
        self._sell_now(self.partners[5], 3000)
        newcomer = self._partner("Only the simulated run knows it")
        day = fields.Date.subtract(self.policy._get_today(), days=150)
        self._invoice(newcomer, 900, str(day))
        lines = {line.partner_id: line for line in self._preview().line_ids}
        known = self.partners[5]
        self.assertEqual(lines[known].profile_id, self._profile(known))
        self.assertFalse(lines[newcomer].profile_id)

    def test_preview_of_the_first_decision(self):
        self.env.cr.execute("DELETE FROM crm_customer_tier_change")
        company = self.env["res.company"].create({"name": "Fresh"})
        policy = self.env["crm.loyalty.policy"]._get(company)
        preview = self.env["crm.loyalty.preview"].browse(
            policy.action_preview()["res_id"]
        )
        self.assertFalse(preview.mover_count)
        self.assertFalse(policy.as_of, "nothing is saved")

    def test_applying_the_preview_does_what_it_showed(self):
        self._shift_to_today()
        self._sell_now(self.partners[5], 3000)
        preview = self._preview()
        expected = {line.partner_id: line.to_tier_id for line in preview.line_ids}
        preview.action_apply()
        for partner, tier in expected.items():
            self.assertEqual(self._profile(partner).tier_id, tier)

    def test_migration_matrix_and_its_customers(self):
        self._invoice(self.partners[5], 3000, "2026-01-20")
        self._run("2026-02-01")
        migration = self.env["crm.loyalty.migration"].create(
            {"date_from": "2026-01-20", "date_to": "2026-02-20"}
        )
        rows = migration.matrix["rows"]
        self.assertEqual(rows[3]["cells"][0], 1)
        self.assertEqual(sum(row["before"] for row in rows), 6)
        action = migration.action_open_cell(3, 0)
        found = self.profiles.search(action["domain"])
        self.assertEqual(found.partner_id, self.partners[5])

    def test_migration_back_in_time_is_refused_in_words(self):
        migration = self.env["crm.loyalty.migration"].create(
            {"date_from": "2026-02-20", "date_to": "2026-01-20"}
        )
        self.assertFalse(migration.matrix)
        self.assertEqual(
            migration.problem,
            "The Second Day, 01/20/2026, is before the First Day, 02/20/2026."
            " Choose a later Second Day or an earlier First Day.",
        )
        with self.assertRaisesRegex(UserError, "Second Day, 01/20/2026, is before"):
            migration.action_open_cell(0, 0)
        migration.date_to = "2026-02-20"
        self.assertFalse(migration.problem)
        self.assertEqual(sum(row["after"] for row in migration.matrix["rows"]), 6)

    def test_migration_asks_for_missing_days(self):
        form = Form(self.env["crm.loyalty.migration"])
        self.assertFalse(form.problem)
        form.date_to = False
        self.assertIn("Second Day", form.problem)

    def test_migration_before_history_comes_from_outside(self):
        migration = self.env["crm.loyalty.migration"].create(
            {"date_from": "2026-01-01", "date_to": "2026-01-15"}
        )
        outside = migration.matrix["rows"][-1]
        self.assertEqual(outside["cells"], [2, 1, 2, 1, 0])
