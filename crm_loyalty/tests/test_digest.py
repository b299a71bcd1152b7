# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .strategy_common import StrategyCase


@tagged("post_install", "-at_install")
class TestDigest(StrategyCase):
    def _digest(self, user, start="2026-07-01", end="2026-07-08"):
        digest = self.env["digest.digest"].create(
            {"name": "Weekly", "company_id": self.company.id}
        )
        return digest.with_user(user).with_context(
            start_datetime=datetime.fromisoformat(start),
            end_datetime=datetime.fromisoformat(end),
        )

    def _risk(self, partner, amount, **values):
        return (
            self.env["crm.customer.risk"]
            .sudo()
            .create(
                {
                    "profile_id": self._profile(partner).id,
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "kind": "silence",
                    "amount": amount,
                    **values,
                }
            )
        )

    def test_key_figures(self):
        history = self.env["crm.customer.tier.change"].sudo()
        moves = (
            (self.tier_2, self.tier_1, "2026-07-01"),
            (self.tier_3, self.tier_1, "2026-07-07"),
            (self.tier_1, self.tier_2, "2026-07-02"),
            (self.tier_2, self.tier_1, "2026-07-08"),  # after the period
            (self.env["crm.loyalty.tier"], self.tier_1, "2026-07-02"),  # new
        )
        for origin, target, day in moves:
            history.create(
                {
                    "partner_id": self.best.id,
                    "company_id": self.company.id,
                    "date": day,
                    "kind": "decision",
                    "from_tier_id": origin.id,
                    "to_tier_id": target.id,
                    "standing": "ranked",
                }
            )
        # the sum below the pyramid: whom nobody needs to ask now is not in it
        self._risk(self.best, 500)
        self._risk(self.partners[1], 300, obstacle="credit")
        self._profile(self.partners[2]).sudo().money_at_risk = 70
        digest = self._digest(self.manager)
        self.assertEqual(digest.kpi_loyalty_up_value, 2)
        self.assertEqual(digest.kpi_loyalty_down_value, 1)
        self.assertEqual(digest.kpi_loyalty_at_risk_value, 500)

    def test_left_out_of_the_mail_of_others(self):
        for name in ("up", "down", "at_risk"):
            with self.assertRaises(AccessError):
                self.assertIsNone(
                    self._digest(self.seller)[f"kpi_loyalty_{name}_value"]
                )

    def test_links_lead_somewhere(self):
        actions = self._digest(self.manager)._compute_kpis_actions(
            self.company, self.manager
        )
        for name, action in actions.items():
            if name.startswith("kpi_loyalty"):
                self.assertTrue(self.env.ref(action.split("?")[0]))
