# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestStrategyEffect(CrmLoyaltyCommon):
    """Twelve customers with a strategy since 1 April, twelve like them without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user("effect_manager", "crm_loyalty.group_manager")
        cls.strategy = cls.env["crm.loyalty.strategy"].search(
            [("tier_id", "=", cls.tier_1.id)]
        )
        cls.strategy.urgent = True
        cls.treated = [cls._partner(f"With {n}") for n in range(12)]
        cls.rest = [cls._partner(f"Without {n}") for n in range(12)]
        for partner in cls.treated + cls.rest:
            cls._invoice(partner, 100, "2026-02-01")
        cls.policy.decision_interval = "manual"
        cls._decide("2026-04-01")
        for partners, tier in ((cls.treated, cls.tier_1), (cls.rest, cls.tier_2)):
            for partner in partners:
                cls._place(partner, tier, "2026-04-01")
            profiles = cls.profiles.search(
                [("partner_id", "in", [partner.id for partner in partners])]
            )
            profiles.sudo().tier_id = tier

    @classmethod
    def _place(cls, partner, tier, day):
        """The history tells who stood where."""
        cls.env["crm.customer.tier.change"].sudo().create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "date": day,
                "kind": "decision",
                "to_tier_id": tier.id,
                "standing": "ranked",
            }
        )

    def _effect(self, since="2026-04-01"):
        with freeze_time(f"{since} 10:00:00"):
            self.strategy._switch_on()
        self._run()
        action = self.strategy.with_user(self.manager).action_effect()
        return self.env[action["res_model"]].browse(action["res_id"])

    def _measured(self, effect, measure):
        return effect.line_ids.filtered(lambda line: line.measure == measure)

    @classmethod
    def _sell(cls, partners, amounts):
        for partner, amount in zip(partners, amounts, strict=True):
            cls._invoice(partner, amount, "2026-05-01")

    def test_more_than_like_customers(self):
        self._sell(self.treated, [200 + n for n in range(12)])
        self._sell(self.rest, [100 + n for n in range(12)])
        effect = self._effect()
        self.assertEqual((effect.customer_count, effect.like_count), (12, 12))
        line = self._measured(effect, "revenue")
        self.assertEqual((line.treated_before, line.treated_since), (1200, 2466))
        self.assertEqual((line.rest_before, line.rest_since), (1200, 1266))
        self.assertEqual(line.effect, 1200)
        self.assertEqual(line.state, "more")
        self.assertGreater(line.low, 0)
        self.assertIn("1,200.00", line.verdict)

    def test_chance_is_not_shown_as_an_effect(self):
        amounts = [10, 400, 20, 300, 5, 250, 30, 200, 90, 150, 60, 80]
        self._sell(self.treated, amounts)
        self._sell(self.rest, amounts[::-1][:-1] + [40])
        line = self._measured(self._effect(), "revenue")
        self.assertEqual(line.state, "not_shown")
        self.assertIn("No effect is shown", line.verdict)

    def test_purchases_and_what_is_unknown(self):
        self._sell(self.treated, [100] * 12)
        effect = self._effect()
        orders = self._measured(effect, "orders")
        self.assertEqual((orders.treated_before, orders.treated_since), (12, 12))
        self.assertEqual((orders.rest_since, orders.effect), (0, 12))
        # nothing of it has a cost, and nobody knows the cost to serve
        self.assertEqual(self._measured(effect, "margin").state, "too_little")
        self.assertEqual(self._measured(effect, "cost_to_serve").state, "unknown")

    def test_cost_to_serve_by_the_rates(self):
        """One visit each before; since then one without the strategy, two with it."""
        card = self.env["crm.loyalty.rate.card"].create(
            {
                "company_id": self.company.id,
                "date_from": "2026-01-01",
                "rate_ids": [Command.create({"driver": "visit", "rate": 100})],
            }
        )
        days = {"2026-03-31": self.treated + self.rest, "2026-05-05": self.treated}
        days["2026-04-01"] = days["2026-03-31"]
        for day, partners in days.items():
            for partner in partners:
                self.env["calendar.event"].create(
                    {
                        "name": "Visit",
                        "start": f"{day} 09:00:00",
                        "stop": f"{day} 10:00:00",
                        "partner_ids": [Command.set(partner.ids)],
                    }
                )
        line = self._measured(self._effect(), "cost_to_serve")
        self.assertEqual((line.treated_before, line.treated_since), (1200, 2400))
        self.assertEqual((line.rest_before, line.rest_since), (1200, 1200))
        self.assertEqual((line.effect, line.state), (1200, "more"))
        # pools know months only
        card.unlink()
        self.policy.service_mode = "pools"
        action = self.strategy.with_user(self.manager).action_effect()
        effect = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(self._measured(effect, "cost_to_serve").state, "unknown")

    def test_switched_on_after_the_figures_compares_no_days(self):
        effect = self._effect(since="2026-07-03")
        self.assertEqual((effect.before_label, effect.since_label), ("", ""))
        self.assertEqual(set(effect.line_ids.mapped("treated_since")), {0})

    def test_too_few_like_customers(self):
        for partner in self.rest[:3]:
            self._invoice(partner, 5000, "2026-02-15")  # no longer like them
        effect = self._effect()
        self.assertEqual(effect.like_count, 9)
        self.assertEqual(self._measured(effect, "revenue").state, "too_little")

    def test_customers_of_another_strategy_are_no_yardstick(self):
        other = self.env["crm.loyalty.strategy"].search(
            [("tier_id", "=", self.tier_2.id)]
        )
        other.urgent = True
        other._switch_on()
        self.assertEqual(self._effect().like_count, 0)

    def test_who_entered_later_does_not_flatter_it(self):
        late = self._partner("Late")
        self._invoice(late, 100, "2026-02-01")
        self._invoice(late, 9000, "2026-05-01")
        self._place(late, self.tier_1, "2026-05-02")
        self.assertEqual(self._effect().customer_count, 12)

    def test_off_compares_nothing_and_salespeople_have_no_comparison(self):
        with self.assertRaises(UserError):
            self.strategy.action_effect()
        seller = self._user("effect_seller", "sales_team.group_sale_salesman")
        self._effect()
        with self.assertRaises(AccessError):
            self.strategy.with_user(seller).action_effect()
