# Part of Customer Loyalty & Key Accounts.
# AGPL-3 (see https://www.gnu.org/licenses/agpl-3.0.html).
from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from odoo.addons.crm_loyalty.tests.common import CrmLoyaltyCommon

from ..hooks import post_init_hook


@tagged("post_install", "-at_install")
class TestCompanyGroup(CrmLoyaltyCommon):
    """The company group of contacts makes customer groups, and keeps them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.groups = cls.env["crm.customer.group"]
        cls.members = cls.env["crm.customer.group.member"]
        cls.holding = cls._partner("Holding")
        cls.other = cls._partner("Other Holding")
        cls.shop = cls._partner("Shop")
        cls.store = cls._partner("Store")
        cls._invoice(cls.shop, 150, "2026-02-02")
        cls._invoice(cls.store, 50, "2026-02-02")
        cls.before = cls.groups.search([])

    def setUp(self):
        super().setUp()
        self._freeze("2026-05-01")

    def _freeze(self, day):
        freezer = freeze_time(day)
        freezer.start()
        self.addCleanup(freezer.stop)

    def _memberships(self):
        """{(head, entity): (from, to)} of all groups made here."""
        members = self.members.search([("group_id", "not in", self.before.ids)])
        return {
            (m.group_id.partner_id, m.partner_id): (
                str(m.date_from),
                m.date_to and str(m.date_to),
            )
            for m in members
        }

    def test_company_group_becomes_a_confirmed_group(self):
        (self.shop + self.store).company_group_id = self.holding
        [group] = self.groups.search([]) - self.before
        self.assertEqual((group.name, group.partner_id), ("Holding", self.holding))
        self.assertEqual(group.state, "confirmed")
        since = ("2026-05-01", False)
        self.assertEqual(
            self._memberships(),
            {
                (self.holding, partner): since
                for partner in (self.holding, self.shop, self.store)
            },
        )

    def test_companies_of_a_group_are_judged_as_one_customer(self):
        (self.shop + self.store).company_group_id = self.holding
        self._run("2026-04-30")
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._run("2026-05-01")
        self.assertEqual(self._profile(self.holding).revenue, 200)
        self.assertFalse(self._profile(self.shop))

    def test_company_created_in_a_group(self):
        self.shop.company_group_id = self.holding
        self._freeze("2026-05-10")
        new = self._partner("New", company_group_id=self.holding.id)
        self.assertEqual(self._memberships()[self.holding, new], ("2026-05-10", False))
        self.assertEqual(len(self.groups.search([]) - self.before), 1)

    def test_change_ends_one_membership_and_begins_another(self):
        (self.shop + self.store).company_group_id = self.holding
        self._freeze("2026-06-15")
        self.shop.company_group_id = self.other
        memberships = self._memberships()
        self.assertEqual(
            memberships[self.holding, self.shop], ("2026-05-01", "2026-06-14")
        )
        self.assertEqual(memberships[self.other, self.shop], ("2026-06-15", False))
        self.assertEqual(memberships[self.holding, self.store], ("2026-05-01", False))

    def test_emptied_field_ends_the_membership(self):
        (self.shop + self.store).company_group_id = self.holding
        self._freeze("2026-06-15")
        self.shop.company_group_id = False
        self.assertEqual(
            self._memberships()[self.holding, self.shop], ("2026-05-01", "2026-06-14")
        )

    def test_last_one_to_leave_leaves_the_head_on_its_own(self):
        self.shop.company_group_id = self.holding
        self._freeze("2026-06-15")
        self.shop.company_group_id = False
        self.assertEqual(
            set(self._memberships().values()), {("2026-05-01", "2026-06-14")}
        )
        self.shop.company_group_id = self.holding
        [group] = self.groups.search([]) - self.before
        second_term = group.member_ids.filtered(lambda m: not m.date_to)
        self.assertEqual(second_term.partner_id, self.holding + self.shop)
        self.assertEqual(set(map(str, second_term.mapped("date_from"))), {"2026-06-15"})

    def test_mistake_of_the_same_day_leaves_no_trace(self):
        self.shop.company_group_id = self.holding
        self.shop.company_group_id = self.other
        self.assertEqual(
            self._memberships(),
            {
                (self.other, self.other): ("2026-05-01", False),
                (self.other, self.shop): ("2026-05-01", False),
            },
        )

    def test_same_value_again_changes_nothing(self):
        self.shop.company_group_id = self.holding
        before = self._memberships()
        self._freeze("2026-06-15")
        self.shop.company_group_id = self.holding
        self.assertEqual(self._memberships(), before)

    def test_company_that_is_its_own_group(self):
        self.holding.company_group_id = self.holding
        self.assertFalse(self._memberships())
        self.shop.company_group_id = self.holding
        self.assertEqual(len(self._memberships()), 2)

    def test_contacts_follow_their_company(self):
        contact = self._partner("Ada", is_company=False, parent_id=self.shop.id)
        self.shop.company_group_id = self.holding
        self.assertEqual(contact.company_group_id, self.holding)
        self.assertEqual(len(self._memberships()), 2)

    def test_topmost_company_is_the_head(self):
        self.shop.company_group_id = self.holding
        self._freeze("2026-06-15")
        self.holding.company_group_id = self.other
        memberships = self._memberships()
        self.assertEqual(
            memberships[self.holding, self.shop], ("2026-05-01", "2026-06-14")
        )
        for partner in (self.shop, self.holding, self.other):
            self.assertEqual(memberships[self.other, partner], ("2026-06-15", False))
        self._freeze("2026-07-01")
        self.holding.company_group_id = False
        self.assertEqual(
            self._memberships()[self.other, self.shop], ("2026-06-15", "2026-06-30")
        )
        current = self.members.search(
            [("partner_id", "=", self.shop.id), ("date_to", "=", False)]
        )
        self.assertEqual(current.group_id.partner_id, self.holding)

    def test_companies_that_are_each_other_s_group(self):
        self.shop.company_group_id = self.store
        self.store.company_group_id = self.shop
        self.assertEqual(
            set(self._memberships()),
            {(self.store, self.store), (self.store, self.shop)},
        )

    def test_group_entered_by_hand_goes_first(self):
        group = self.groups.create(
            {
                "name": "By hand",
                "partner_id": self.store.id,
                "state": "confirmed",
                "member_ids": [Command.create({"partner_id": self.shop.id})],
            }
        )
        self.shop.company_group_id = self.holding
        self.assertEqual(
            set(self._memberships()),
            {(self.store, self.store), (self.store, self.shop)},
        )
        self.assertIn("By hand", self.shop.message_ids[0].body)
        self.shop.company_group_id = False
        self.assertEqual(group.member_ids.partner_id, self.store + self.shop)
        self.assertFalse(group.member_ids.filtered("date_to"))

    def test_contact_of_one_company_is_told_and_left_out(self):
        self.shop.company_id = self.company
        self.shop.company_group_id = self.holding
        self.assertFalse(self._memberships())
        self.assertIn(self.company.name, self.shop.message_ids[0].body)
        self.holding.company_id = self.company
        self.shop.company_group_id = False
        self.shop.company_group_id = self.holding
        self.assertEqual(len(self._memberships()), 2)

    def test_user_who_edits_contacts_needs_no_right_on_groups(self):
        user = self._user("clerk", "base.group_user,base.group_partner_manager")
        self.shop.with_user(user).company_group_id = self.holding
        self.assertEqual(len(self._memberships()), 2)

    def test_installation_takes_over_what_is_there(self):
        (self.shop + self.store).company_group_id = self.holding
        made = self.groups.search([]) - self.before
        made.action_propose()
        made.unlink()
        self.assertFalse(self._memberships())
        self._freeze("2026-06-15")
        post_init_hook(self.env)
        self.assertEqual(len(self._memberships()), 3)
        self.assertEqual(set(self._memberships().values()), {("2026-06-15", False)})
        post_init_hook(self.env)
        self.assertEqual(len(self._memberships()), 3)
