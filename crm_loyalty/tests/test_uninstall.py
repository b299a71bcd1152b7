# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.fields import Command
from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestUninstall(CrmLoyaltyCommon):
    """What stays behind must not fail for want of our fields.

    The whole way, and what is left in the database, is tried by tools/dev/uninstall.py.
    """

    @classmethod
    def _filter(cls, name, model="res.partner", **values):
        return cls.env["ir.filters"].create(
            {"name": name, "model_id": model, "user_ids": False, **values}
        )

    def test_saved_filters_on_our_fields_are_archived_not_deleted(self):
        by_tier = "[('loyalty_tier_id.name', '=', 'Tier 1')]"
        ours = [
            self._filter("Tier 1", domain=by_tier),
            self._filter("Grouped", context="{'group_by': ['loyalty_tier_id']}"),
            self._filter("Sorted", sort='["loyalty_standing desc"]'),
            self._filter("Our model", model="crm.customer.profile"),
        ]
        other = [
            self._filter("Companies", domain="[('is_company', '=', True)]"),
            # of Odoo's own add-on 'loyalty', not of ours
            self._filter("Cards", domain="[('loyalty_card_count', '>', 0)]"),
        ]
        uninstall_hook(self.env(su=True))
        for record in ours:
            self.assertFalse(record.active, record.name)
            self.assertTrue(record.name.endswith(" (crm_loyalty uninstalled)"))
        for record in other:
            self.assertTrue(record.active, record.name)
        self.assertEqual([record.name for record in other], ["Companies", "Cards"])

    def test_strategies_leave_neither_prices_nor_broken_activities(self):
        pricelist = self.env["product.pricelist"].create(
            {"name": "Tier 1", "loyalty_by_tier": True}
        )
        usual = self.env["product.pricelist"].create({"name": "Usual"})
        activity = self._partner().activity_schedule(
            "crm_loyalty.mail_activity_type_contact",
            summary="Keep in touch",
            user_id=self.env.uid,
        )
        uninstall_hook(self.env(su=True))
        self.assertFalse(pricelist.active)
        self.assertTrue(usual.active)
        self.assertEqual(
            activity.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )

    def test_export_templates_lose_only_our_columns(self):
        names = ["name", "loyalty_tier_id", "child_ids/loyalty_tier_id/name", "city"]
        template = self.env["ir.exports"].create(
            {
                "name": "Customers with their tier",
                "resource": "res.partner",
                "export_fields": [Command.create({"name": name}) for name in names],
            }
        )
        uninstall_hook(self.env(su=True))
        self.assertEqual(template.export_fields.mapped("name"), ["name", "city"])
