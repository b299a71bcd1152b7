# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from collections import namedtuple
from random import Random
from types import SimpleNamespace

from odoo import fields
from odoo.tests import tagged

from odoo.addons.crm_loyalty.demo import deals

from .common import CrmLoyaltyCommon

STAGES = ("crm.stage_lead1", "crm.stage_lead2", "crm.stage_lead3")


@tagged("post_install", "-at_install")
class TestDemoDeals(CrmLoyaltyCommon):
    """The deals of the story are believable."""

    def test_later_stages_promise_more_but_nothing_certain(self):
        """As many deals won and lost as in the story, scored by core."""
        self.env["crm.lead"].search([]).action_archive()
        customer = namedtuple("Customer", "house size")("EU", 1000)
        world = SimpleNamespace(
            env=self.env,
            companies={"EU": self.company},
            partners={customer: self._partner("Works")},
            plan=SimpleNamespace(
                rng=Random(1), today=fields.Date.context_today(self.env.user)
            ),
        )
        for number in range(deals.PIPELINE["lost"]):
            stage = deals.LOST_IN[number % len(deals.LOST_IN)]
            deals._create_lost(world, customer, self.env.ref(stage))
        leads = self.env["crm.lead"]
        for _number in range(deals.PIPELINE["won"]):
            vals = deals._prepare_lead_vals(world, customer)
            leads.create(vals).action_set_won()
        for stage in STAGES:
            vals = deals._prepare_lead_vals(world, customer)
            leads += leads.create({**vals, "stage_id": self.env.ref(stage).id})
        deals._score(world, leads)
        chances = leads.mapped("probability")
        self.assertEqual(chances, sorted(chances))
        self.assertLess(20, chances[0])
        self.assertLess(chances[0], chances[-1])
        self.assertLess(chances[-1], 90)
