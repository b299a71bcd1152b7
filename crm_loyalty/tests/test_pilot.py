# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..tools.effect import Sums, compare
from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestPilot(CrmLoyaltyCommon):
    """One team takes part, the others do not: what the pilot brought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["res.partner.category"].create({"name": "Pilot"})
        cls.policy.participant_domain = f"[('category_id', '=', {cls.segment.id})]"

    def _sell(self, count, since, pilot):
        """Customers with 100 in the quarter before 1 April, and ``since`` after it."""
        for index in range(count):
            partner = self._partner(
                f"{'Pilot' if pilot else 'Rest'} {index}",
                category_id=self.segment.ids if pilot else [],
            )
            self._invoice(partner, 100, "2026-03-10")
            self._invoice(partner, since[index % len(since)], "2026-05-10")

    def _compare(self, date_from="2026-04-01"):
        self._run()
        return self.env["crm.loyalty.pilot"].create(
            {"policy_id": self.policy.id, "date_from": date_from}
        )

    def test_the_pilot_brings_more_than_the_rest(self):
        self._sell(20, [100], pilot=False)
        self._sell(10, [120, 130], pilot=True)
        pilot = self._compare()
        self.assertEqual((pilot.pilot_count, pilot.rest_count), (10, 20))
        self.assertEqual((pilot.pilot_before, pilot.pilot_since), (1000, 1250))
        self.assertEqual((pilot.rest_before, pilot.rest_since), (2000, 2000))
        self.assertEqual((pilot.pilot_change, pilot.rest_change), (25, 0))
        self.assertEqual(pilot.effect, 250)
        self.assertEqual(pilot.state, "more")
        # sqrt(10 x 27.78) = 16.67 of standard error
        self.assertRegex(pilot.verdict, r"250\.00 .*217\.33.* and .*282\.67")

    def test_a_rise_of_everybody_is_no_effect(self):
        self._sell(20, [150, 150], pilot=False)
        self._sell(10, [150, 150], pilot=True)
        pilot = self._compare()
        self.assertEqual((pilot.effect, pilot.state), (0, "not_shown"))

    def test_noise_is_not_shown_as_an_effect(self):
        self._sell(20, [20, 180], pilot=False)
        self._sell(10, [20, 200], pilot=True)
        pilot = self._compare()
        self.assertEqual((pilot.effect, pilot.state), (100, "not_shown"))
        self.assertIn("No effect is shown", pilot.verdict)

    def test_too_few_customers_tell_nothing(self):
        self._sell(9, [200], pilot=True)
        self._sell(20, [100], pilot=False)
        self.assertEqual(self._compare().state, "too_little")

    def test_without_a_pilot_it_says_how_to_begin_one(self):
        self.policy.participant_domain = "[]"
        self._sell(12, [100], pilot=False)
        pilot = self._compare()
        self.assertEqual(pilot.state, "no_pilot")
        self.assertIn("tier rules", pilot.verdict)

    def test_newcomers_favour_neither_side(self):
        self._sell(20, [100], pilot=False)
        self._sell(10, [100], pilot=True)
        newcomer = self._partner("Newcomer", category_id=self.segment.ids)
        self._invoice(newcomer, 5000, "2026-05-10")
        pilot = self._compare()
        self.assertEqual((pilot.pilot_count, pilot.effect), (10, 0))

    def test_the_counts_open_their_customers(self):
        self._sell(3, [100], pilot=False)
        self._sell(2, [100], pilot=True)
        pilot = self._compare()
        for action, count in (
            (pilot.action_open_pilot(), 2),
            (pilot.action_open_rest(), 3),
        ):
            self.assertEqual(self.profiles.search_count(action["domain"]), count)

    def test_only_managers_compare(self):
        seller = self._user("pilot_seller", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["crm.loyalty.pilot"].with_user(seller).create({})

    def test_the_interval_carries_the_error_of_the_rest(self):
        steady = Sums(100, 1e4, 1e4, 1e6, 1e6, 1e6)
        shaky = Sums(10, 1e3, 1e3, 1e5, 2e5, 1e5)
        effect, low, high = compare(steady, shaky)
        self.assertEqual(effect, 0)
        # rest: variance 1e5 / 9, scaled by (1e4 / 1e3)^2: sqrt(100 x 10 x 11111) = 3333
        self.assertAlmostEqual(high, 1.96 * 3333.33, delta=1)
        self.assertEqual(low, -high)
