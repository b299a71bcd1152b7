# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from collections import namedtuple
from types import SimpleNamespace

from odoo import fields
from odoo.tests import tagged

from odoo.addons.crm_loyalty.demo.maps import create_maps

from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestDemoMaps(CrmLoyaltyCommon):
    """The story gives maps to its own deals, whatever else stands in the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        salesman = "sales_team.group_sale_salesman"
        users = {
            login: cls._user(f"{login}_demo", salesman)
            for login in ("anna", "boris", "viktor")
        }
        head = namedtuple("Customer", "behaviour")("head")
        cls.world = SimpleNamespace(
            env=cls.env,
            companies={"EU": cls.company},
            users=users,
            partners={head: cls._partner("Head")},
            plan=SimpleNamespace(
                today=fields.Date.context_today(cls.env.user),
                customers=[head],
            ),
        )

    def _deal(self, name, revenue):
        return self.env["crm.lead"].create(
            {
                "type": "opportunity",
                "name": name,
                "partner_id": self._partner(name).id,
                "company_id": self.company.id,
                "stage_id": self.env.ref("crm.stage_lead1").id,
                "expected_revenue": revenue,
            }
        )

    def test_only_the_deals_of_the_story_get_maps(self):
        foreign = self._deal("Foreign", 1_000_000)
        deals = self.env["crm.lead"].union(
            *(self._deal(f"Deal {number}", number) for number in range(1, 4))
        )
        create_maps(self.world, deals)
        self.assertFalse(foreign.stakeholder_map_ids)
        # the two largest of this stage
        self.assertEqual(
            [bool(deal.stakeholder_map_ids) for deal in deals], [False, True, True]
        )
        head = self.world.partners[self.world.plan.customers[0]]
        self.assertEqual(len(head.stakeholder_map_ids.stakeholder_ids), 3)
