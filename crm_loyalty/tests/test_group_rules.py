# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AS_OF
from .test_groups import GroupCase
from .test_merge import FigureCase

DAY = fields.Date.to_date


@tagged("post_install", "-at_install")
class TestGroupRules(GroupCase):
    """What a group must be like."""

    def test_entity_is_in_one_confirmed_group_at_a_time(self):
        self._group(date_to="2026-12-31")
        with self._refused(r"Shop 1.*Chain.*01/01/2026.*12/31/2026"):
            self._group(
                "Other", self.single, self.single + self.shop, date_from="2026-12-31"
            )

    def test_entity_may_join_another_group_the_day_after(self):
        self._group(date_to="2026-12-31")
        other = self._group(
            "Other", self.single, self.single + self.shop, date_from="2027-01-01"
        )
        self.assertEqual(len(other.member_ids), 2)

    def test_open_membership_bars_any_later_one(self):
        self._group()
        with self._refused("from 01/01/2026 on"):
            self._group(
                "Other", self.single, self.single + self.shop, date_from="2030-01-01"
            )

    def test_overlap_is_refused_however_it_comes_about(self):
        self._group(date_to="2026-12-31")
        other = self._group(
            "Other", self.single, self.single + self.shop, date_from="2027-01-01"
        )
        member = self._member(other, self.shop)
        self._member(other, self.single).date_from = "2020-01-01"
        with self.assertRaises(ValidationError):
            member.date_from = "2026-12-01"
        member.date_from = "2027-01-01"
        with self.assertRaises(ValidationError):
            member.partner_id = member.partner_id.browse(self.head.id)
            member.date_from = "2026-12-01"

    def test_overlapping_proposal_cannot_be_confirmed(self):
        self._group()
        other = self._group(
            "Other", self.single, self.single + self.shop, state="proposed"
        )
        with self._refused("Shop 1"):
            other.action_confirm()

    def test_archived_group_bars_nobody_and_cannot_come_back_then(self):
        group = self._group()
        group.active = False
        self._group("Other", self.single, self.single + self.shop)
        with self._refused("Shop 1.*Other"):
            group.active = True

    def test_groups_of_two_companies_do_not_bar_each_other(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self._group(company_id=self.company.id)
        group = self._group("Theirs", company_id=other.id)
        with self._refused("Chain"):
            group.company_id = False

    def test_entity_is_in_a_group_once_at_a_time(self):
        group = self._group(state="proposed")
        with self.assertRaises(ValidationError):
            self.members.create(
                {
                    "group_id": group.id,
                    "partner_id": self.shop.id,
                    "date_from": "2026-05-01",
                }
            )

    def test_dates_are_in_order(self):
        group = self._group()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self._member(group, self.shop).date_to = "2025-12-31"
                self.env.flush_all()

    def test_contact_becomes_its_entity(self):
        group = self._group(head=self.contact, members=self.yards[1])
        self.assertEqual(group.partner_id, self.shop)
        self.assertEqual(group.member_ids.partner_id, self.shop)

    def test_head_is_made_a_member(self):
        group = self._group(members=self.shops)
        self.assertEqual(str(self._member(group, self.head).date_from), "2026-01-01")

    def test_head_must_be_a_member_whenever_there_are_others(self):
        group = self._group()
        lead = self._member(group, self.head)
        sentence = r"Chain Head.*Chain.*07/01/2026.*Shop 1"
        with self._refused(sentence):
            lead.date_to = "2026-06-30"
        lead.invalidate_recordset()
        with self._refused("01/01/2026"):
            lead.unlink()
        with self._refused("Single"):
            group.partner_id = self.single
        with self._refused("12/31/2025"):
            self.members.create(
                {
                    "group_id": group.id,
                    "partner_id": self.single.id,
                    "date_from": "2025-12-31",
                }
            )

    def test_head_may_be_a_member_in_two_terms_without_gap(self):
        group = self._group(date_to="2026-12-31")
        lead = self._member(group, self.head)
        lead.date_to = "2026-12-31"
        lead.copy({"date_from": "2027-01-01", "date_to": False})
        self._member(group, self.shop).date_to = "2027-06-30"
        with self._refused("07/01/2026"):
            group.write(
                {"member_ids": [Command.update(lead.id, {"date_to": "2026-06-30"})]}
            )

    def test_all_dates_of_a_group_may_be_changed_in_one_go(self):
        group = self._group()
        lead, member = (self._member(group, p) for p in (self.head, self.shop))
        rest = group.member_ids - lead - member
        group.write(
            {
                "member_ids": [
                    Command.update(lead.id, {"date_from": "2026-03-01"}),
                    Command.update(member.id, {"date_from": "2026-03-01"}),
                    *(Command.delete(other.id) for other in rest),
                ]
            }
        )
        self.assertEqual(str(lead.date_from), "2026-03-01")
        self.assertEqual(group.member_ids, lead + member)

    def test_contact_of_one_company_needs_a_group_of_that_company(self):
        self.shop.company_id = self.company
        with self._refused("Shop 1"):
            self._group()
        group = self._group(company_id=self.company.id)
        with self.assertRaises(ValidationError):
            group.company_id = False

    def test_group_belongs_to_a_root_company(self):
        branch = (
            self.env["res.company"]
            .sudo()
            .create({"name": "Branch", "parent_id": self.company.id})
        )
        with self._refused(f"Branch.*{self.company.name}"):
            self._group(company_id=branch.id)

    def test_group_that_counts_is_archived_not_deleted(self):
        group = self._group()
        with self._refused("Archive", UserError):
            group.unlink()
        self._run()
        group.action_propose()
        with self._refused("Archive", UserError):
            group.unlink()
        self._run()
        group.unlink()
        self.assertFalse(group.exists())

    def test_changes_of_members_are_told_in_the_chatter(self):
        group = self._group()
        member = self._member(group, self.shop)
        member.date_to = "2026-12-31"
        body = group.message_ids[0].body
        self.assertIn("Shop 1", body)
        self.assertIn("12/31/2026", body)
        member.unlink()
        self.assertIn("removed", group.message_ids[0].body)

    def test_form_makes_the_head_the_first_member(self):
        group = self.groups.new({"partner_id": self.contact.id})
        group._onchange_partner_id()
        self.assertEqual(group.partner_id._origin, self.shop)
        self.assertEqual(group.name, "Shop 1")
        self.assertEqual(group.member_ids.partner_id._origin, self.shop)


@tagged("post_install", "-at_install")
class TestGroupMerge(GroupCase):
    """Merged contacts leave one membership at a time, and say so where one is lost."""

    def setUp(self):
        super().setUp()
        self.group = self._group()

    def _merge(self, merged, kept):
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        wizard._merge((merged + kept).ids, kept, extra_checks=False)
        self.env.invalidate_all()

    def _assert_merged(self, as_of=AS_OF, **expected):
        self._run(as_of)
        for name, revenue in expected.items():
            self.assertEqual(self._profile(getattr(self, name)).revenue, revenue)
        self._assert_full_equals(as_of)

    def test_two_members_of_a_group(self):
        self._run()
        self._merge(self.shops[1], self.shop)
        self.assertEqual(len(self._member(self.group, self.shop)), 1)
        self.assertEqual(len(self.group.member_ids), 4)
        self._assert_merged(head=650)

    def test_times_in_the_same_group_add_up(self):
        first, second = (self._member(self.group, shop) for shop in self.shops[:2])
        first.date_to = "2026-05-31"
        second.write({"date_from": "2026-05-01", "date_to": "2026-08-31"})
        self._merge(self.shops[1], self.shop)
        member = self._member(self.group, self.shop)
        self.assertEqual(str(member.date_from), "2026-01-01")
        self.assertEqual(str(member.date_to), "2026-08-31")
        self._assert_merged(head=650)
        self._assert_merged(DAY("2026-09-01"), head=350, shop=300)

    def test_member_merged_into_an_outsider_brings_it_in(self):
        self._run()
        self._merge(self.shop, self.single)
        self.assertEqual(len(self._member(self.group, self.single)), 1)
        self._assert_merged(head=850)
        self.assertFalse(self._profile(self.single))

    def test_outsider_merged_into_a_member(self):
        self._run()
        self._merge(self.single, self.shop)
        self._assert_merged(head=850)

    def test_members_of_two_groups_the_survivor_stays_where_it_is(self):
        boss = self._partner("Boss")
        other = self._group("Other", boss, boss + self.single)
        self._run()
        self._merge(self.single, self.shop)
        self.assertEqual(other.member_ids.partner_id, boss)
        self.assertEqual(len(self._member(self.group, self.shop)), 1)
        bodies = " ".join(other.message_ids.mapped("body"))
        self.assertIn("merged into Shop 1", bodies)
        self._assert_merged(head=850)

    def test_times_in_two_groups_one_after_the_other_are_kept(self):
        boss = self._partner("Boss")
        self._member(self.group, self.shop).date_to = "2026-06-30"
        other = self._group("Other", boss, boss + self.single, date_from="2026-07-01")
        self._run()
        self._merge(self.single, self.shop)
        self.assertEqual(other.member_ids.partner_id, boss + self.shop)
        self._assert_merged(head=850)
        self._assert_merged(DAY("2026-07-01"), head=500)
        self.assertEqual(self._profile(boss).revenue, 350)

    def test_head_merged_into_an_outsider_makes_that_the_head(self):
        self._decide()
        self._merge(self.head, self.single)
        self.assertEqual(self.group.partner_id, self.single)
        self._assert_merged(single=850)
        self.assertEqual(self._profile(self.single).group_id, self.group)

    def test_head_merged_into_a_member_makes_that_the_head(self):
        self._decide()
        self._merge(self.head, self.shop)
        self.assertEqual(self.group.partner_id, self.shop)
        self.assertEqual(len(self.group.member_ids), 4)
        self._assert_merged(shop=650)

    def test_member_merged_into_the_head(self):
        self._decide()
        self._merge(self.shop, self.head)
        self._assert_merged(head=650)
        self.assertEqual(self._profile(self.head).entity_count, 4)

    def test_head_merged_into_a_member_of_another_group_ends_its_group(self):
        boss = self._partner("Boss")
        self._group("Other", boss, boss + self.single)
        self._decide()
        self._merge(self.head, self.single)
        self.assertFalse(self.group.active)
        self.assertIn("Single", " ".join(self.group.message_ids.mapped("body")))
        self._run()
        self.assertEqual(self._profile(boss).revenue, 250)
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._assert_full_equals()

    def test_merge_by_a_user_without_our_group(self):
        self._run()
        user = self._user(
            "loyalty_merger", "base.group_user,base.group_partner_manager"
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        customers = (self.shops[1] + self.shop).with_user(user)
        wizard._merge(customers.ids, customers[1], extra_checks=False)
        self.env.invalidate_all()
        self._assert_merged(head=650)


@tagged("post_install", "-at_install")
class TestGroupProposals(FigureCase):
    """Customers that seem to belong together are proposed, once, for a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.groups = cls.env["crm.customer.group"]

    def _customer(self, name, **values):
        partner = self._partner(name, **values)
        self._invoice(partner, 100)
        return partner

    def _find(self):
        self._run()
        return self.groups._find()

    def _assert_proposed(self, *families):
        """Exactly these sets of entities were proposed."""
        found = self._find()
        self.assertEqual(
            {frozenset(group.member_ids.partner_id.ids) for group in found},
            {frozenset(family.ids) for family in families},
        )
        self.assertEqual(set(found.mapped("state")) or {"proposed"}, {"proposed"})
        return found

    def test_same_parent(self):
        top = self._partner("Holding")
        region = self._partner("Region", is_company=False, parent_id=top.id)
        first = self._customer("First", parent_id=top.id)
        second = self._customer("Second", parent_id=region.id)
        below = self._customer("Below", parent_id=second.id)
        self._customer("Stranger")
        [group] = self._assert_proposed(top + first + second + below)
        self.assertEqual(group.partner_id, top)
        self.assertEqual(group.name, "Holding")
        self.assertEqual(group.origin, "Same parent company: Holding")

    def test_parent_that_buys_counts_as_one_of_two(self):
        top = self._customer("Holding")
        shop = self._customer("Shop", parent_id=top.id)
        self._assert_proposed(top + shop)

    def test_one_customer_below_a_parent_is_no_group(self):
        top = self._partner("Holding")
        self._customer("Shop", parent_id=top.id)
        self._partner("Prospect", parent_id=top.id)
        self._assert_proposed()

    def test_same_root_of_the_tax_number(self):
        families = [
            self._customer("Moscow", vat="7707083893/770701001")
            + self._customer("Kazan", vat="7707 083 893 / 165501001"),
            self._customer("Utrecht", vat="NL123456782B01")
            + self._customer("Breda", vat="nl 123.456.782 b02"),
            self._customer("Lyon", vat="FR-23 334 175 221")
            + self._customer("Nantes", vat="FR23334175221"),
        ]
        self._customer("Other", vat="NL999999990B01")
        found = self._assert_proposed(*families)
        self.assertIn("Same tax number: 7707083893", found.mapped("origin"))
        self.assertIn("Same tax number: NL123456782", found.mapped("origin"))

    def test_what_is_no_tax_number_joins_nobody(self):
        for vat in ("/", "N/A", "none", "0"):
            self._customer(f"One {vat}", vat=vat)
            self._customer(f"Two {vat}", vat=vat)
        self._assert_proposed()

    def test_same_mail_domain(self):
        first = self._customer("First", email="sales@Acme-Glue.test")
        second = self._customer("Second", email='"Desk" <desk@acme-glue.test>')
        self._customer("Other", email="desk@other.test")
        [group] = self._assert_proposed(first + second)
        self.assertEqual(group.origin, "Same e-mail domain: acme-glue.test")

    def test_public_mail_providers_join_nobody(self):
        for domain in ("gmail.com", "mail.ru", "yandex.ru", "gmx.de", "outlook.com"):
            self._customer(f"One at {domain}", email=f"one@{domain}")
            self._customer(f"Two at {domain}", email=f"two@{domain}")
        self._assert_proposed()

    def test_head_is_the_member_with_the_most_revenue(self):
        small = self._customer("Small", email="a@acme.test")
        large = self._customer("Large", email="b@acme.test")
        self._invoice(large, 1)
        [group] = self._assert_proposed(small + large)
        self.assertEqual(group.partner_id, large)

    def test_surest_sign_first_and_each_customer_once(self):
        top = self._partner("Holding")
        shops = [
            self._customer(
                f"Shop {n}",
                parent_id=top.id,
                vat="FR23334175221",
                email=f"{n}@acme.test",
            )
            for n in (1, 2)
        ]
        self._customer("Lone", vat="FR23334175221", email="3@acme.test")
        [group] = self._assert_proposed(top + shops[0] + shops[1])
        self.assertIn("parent", group.origin)

    def test_finding_twice_adds_nothing(self):
        first = self._customer("First", email="a@acme.test")
        second = self._customer("Second", email="b@acme.test")
        self._assert_proposed(first + second)
        self._assert_proposed()

    def test_refused_proposal_is_never_made_again(self):
        top = self._partner("Holding")
        values = {"parent_id": top.id, "vat": "FR23334175221"}
        first = self._customer("First", email="a@acme.test", **values)
        second = self._customer("Second", email="b@acme.test", **values)
        [group] = self._assert_proposed(top + first + second)
        group.action_refuse()
        # neither for its reason, nor the same customers for another
        self._assert_proposed()
        third = self._customer("Third", parent_id=top.id)
        self._assert_proposed()
        # but others may be found with one of them
        third.vat = values["vat"]
        [other] = self._assert_proposed(first + second + third)
        self.assertIn("tax number", other.origin)

    def test_members_of_a_confirmed_group_are_left_alone(self):
        first = self._customer("First", email="a@acme.test")
        second = self._customer("Second", email="b@acme.test")
        third = self._customer("Third", email="c@acme.test")
        group = self.groups.create(
            {
                "name": "Known",
                "partner_id": first.id,
                "member_ids": [Command.create({"partner_id": second.id})],
            }
        )
        group.action_confirm()
        self._assert_proposed()
        fourth = self._customer("Fourth", email="d@acme.test")
        self._assert_proposed(third + fourth)

    def test_ended_group_is_not_proposed_again(self):
        first = self._customer("First", email="a@acme.test")
        second = self._customer("Second", email="b@acme.test")
        [group] = self._assert_proposed(first + second)
        group.action_confirm()
        group.active = False
        self._assert_proposed()

    def test_insiders_prospects_and_archived_contacts_are_left_out(self):
        self._customer("Customer", email="a@acme.test")
        self._customer("Employee", email="b@acme.test", employee=True)
        self._partner("Prospect", email="c@acme.test")
        self._customer("Archived", email="d@acme.test").active = False
        self._assert_proposed()

    def test_own_company_is_nobody_s_head(self):
        own = self.company.partner_id
        self._customer("First", parent_id=own.id)
        self._customer("Second", parent_id=own.id)
        self._assert_proposed()

    def test_contacts_of_different_companies_are_not_joined(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        first, second, third = (
            self._customer(name, email=f"{name}@acme.test")
            for name in ("First", "Second", "Third")
        )
        (first + second).company_id = self.company
        third.company_id = other
        [group] = self._assert_proposed(first + second)
        self.assertEqual(group.company_id, self.company)

    def test_confirmed_proposal_counts_and_the_others_do_not(self):
        first = self._customer("First", email="a@acme.test")
        self._customer("Second", email="b@acme.test")
        [group] = self._find()
        self._run()
        self.assertEqual(self._profile(first).revenue, 100)
        group.member_ids.date_from = AS_OF
        group.action_confirm()
        self._run()
        self.assertEqual(self._profile(group.partner_id).revenue, 200)

    def test_a_statement_per_reason(self):
        def count():
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.assertFalse(self.groups._find())
            return self.cr.sql_log_count - before

        self._customer("First", email="a@acme.test")
        self._run()
        count()
        few = count()
        for number in range(10):
            self._customer(f"Customer {number}", email=f"a@acme-{number}.test")
        self._run()
        count()
        self.assertEqual(count(), few)
        self.assertLessEqual(few, 10)

    def test_button_tells_how_many_were_found(self):
        self._customer("First", email="a@acme.test")
        self._customer("Second", email="b@acme.test")
        self._run()
        action = self.groups.action_find()
        self.assertIn("1", action["params"]["message"])
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(self.groups.action_find()["params"]["type"], "info")
