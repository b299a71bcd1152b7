# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestUninstall(CrmLoyaltyCommon):
    """What stays behind must not fail for want of our fields."""

    def test_saved_filters_on_our_fields_are_archived_not_deleted(self):
        ours, other = self.env["ir.filters"].create(
            [
                {
                    "name": name,
                    "model_id": "res.partner",
                    "domain": domain,
                    "context": "{}",
                    "sort": "[]",
                    "user_ids": False,
                }
                for name, domain in (
                    ("Tier 1", "[('loyalty_tier_id.name', '=', 'Tier 1')]"),
                    ("Companies", "[('is_company', '=', True)]"),
                )
            ]
        )
        uninstall_hook(self.env)
        self.assertFalse(ours.active)
        self.assertIn("crm_loyalty", ours.name)
        self.assertTrue(other.active)
        self.assertEqual(other.name, "Companies")
