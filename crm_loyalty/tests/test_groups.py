# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import random
from contextlib import contextmanager

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .common import AS_OF
from .test_merge import FigureCase
from .test_runs import RandomSteps

DAY = fields.Date.to_date


class GroupCase(FigureCase):
    """A chain of five entities: alone tiers 3 and 4, together 650 and tier 1."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write(
            {
                "cut_method": "amount",
                "tier_ids": [
                    Command.update(tier.id, {"amount_from": amount})
                    for tier, amount in zip(
                        cls.policy.tier_ids.sorted(), (600, 300, 100, 0), strict=True
                    )
                ],
            }
        )
        cls.groups = cls.env["crm.customer.group"]
        cls.members = cls.env["crm.customer.group.member"]
        cls.head = cls._partner("Chain Head")
        cls.shops = cls.env["res.partner"].union(
            *(cls._partner(f"Shop {number}") for number in range(1, 5))
        )
        cls.shop = cls.shops[0]
        cls.yards = cls.env["res.partner"].union(
            *(
                cls._partner(
                    f"Yard {n}",
                    is_company=False,
                    type="delivery",
                    parent_id=cls.shop.id,
                )
                for n in (1, 2)
            )
        )
        cls.contact = cls._partner(
            "Buyer of the yard", is_company=False, parent_id=cls.yards[0].id
        )
        cls.single = cls._partner("Single")
        cls.chain = cls.head + cls.shops
        cls._sell()

    @classmethod
    def _sell(cls):
        """50 to the head, 150 to each shop; 200 to somebody else."""
        cls._invoice(cls.head, 50, "2026-02-01")
        for shop in cls.shops[1:]:
            cls._invoice(shop, 150, "2026-02-02")
        for yard, amount, date in (
            (cls.yards[0], 60, "2026-02-02"),
            (cls.yards[1], 90, "2026-03-03"),
        ):
            cls._invoice(cls.shop, amount, date, partner_shipping_id=yard.id)
        cls._invoice(cls.single, 200, "2026-02-01")

    @classmethod
    def _group(cls, name="Chain", head=None, members=None, **values):
        """A confirmed group of the chain since 2026, or of others."""
        head = cls.head if head is None else head
        members = cls.chain if members is None else members
        dates = {
            key: values.pop(key) for key in ("date_from", "date_to") if key in values
        }
        return cls.groups.create(
            {
                "name": name,
                "partner_id": head.id,
                "state": "confirmed",
                "member_ids": [
                    Command.create(
                        {"partner_id": partner.id, "date_from": "2026-01-01", **dates}
                    )
                    for partner in members
                ],
                **values,
            }
        )

    @contextmanager
    def _refused(self, pattern, error=ValidationError):
        """What is done inside is refused with such a sentence, and not done."""
        with self.assertRaises(error) as refused:
            yield
        self.assertRegex(str(refused.exception), pattern)

    def _member(self, group, partner):
        return group.member_ids.filtered(lambda m: m.partner_id == partner)

    def _figures(self):
        """{partner: (revenue, tier, group)} of all that have a profile."""
        profiles = self.profiles.search([("company_id", "=", self.company.id)])
        return {p.partner_id: (p.revenue, p.tier_id, p.group_id) for p in profiles}

    def _assert_full_equals(self, as_of=AS_OF):
        """Facts, profiles and what counts where, as a full run on nothing has them."""
        before = self._facts(), self._grouped_rows()
        savepoint = self.env.cr.savepoint()
        for table in ("fact", "profile", "entity"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE company_id = %s",
                    SQL.identifier(f"crm_customer_{table}"),
                    self.company.id,
                )
            )
        self._run(as_of, full=True)
        after = self._facts(), self._grouped_rows()
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all()
        self.assertEqual(before, after)

    def _grouped_rows(self):
        """Profiles but for the tier, which a decision gave, and who counts where."""
        profiles = [row[:2] + row[3:] for row in self._profile_rows()]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, customer_id, group_id, NULL
                FROM crm_customer_entity WHERE company_id = %(company)s
                UNION ALL
                SELECT partner_id, NULL, group_id, standing
                FROM crm_customer_profile WHERE company_id = %(company)s
                ORDER BY 1, 2
                """,
                company=self.company.id,
            )
        )
        return profiles, rows


@tagged("post_install", "-at_install")
class TestGroupFigures(GroupCase):
    """One customer in every figure, as long as the memberships last."""

    def test_chain_lands_where_its_sum_belongs(self):
        self._decide()
        alone = {p: figures[:2] for p, figures in self._figures().items()}
        self.assertEqual(alone[self.head], (50, self.tier_4))
        self.assertEqual(alone[self.shop], (150, self.tier_3))
        group = self._group()
        self._run()
        self.assertEqual(
            self._figures(),
            {
                self.head: (650, self.tier_1, group),
                self.single: (200, self.tier_3, self.groups),
            },
        )
        profile = self._profile(self.head)
        self.assertEqual(profile.entity_ids, self.chain)
        self.assertEqual(profile.entity_count, 5)
        self.assertEqual(profile.document_count, 6)
        self.assertEqual((profile.rank, self._profile(self.single).rank), (1, 2))
        self._assert_full_equals()

    def test_purchases_are_days_of_the_whole_group(self):
        self._group()
        self._run()
        profile = self._profile(self.head)
        # the four shops bought on 2 February, one of them again on 3 March
        self.assertEqual(profile.purchase_count, 3)
        self.assertEqual(str(profile.first_purchase_date), "2026-02-01")
        self.assertEqual(str(profile.last_purchase_date), "2026-03-03")

    def test_head_without_sales_has_the_profile(self):
        holding = self._partner("Holding")
        group = self._group(head=holding, members=self.shops + holding)
        self._decide()
        self.assertEqual(self._figures()[holding], (600, self.tier_1, group))
        self.assertNotIn(self.shop, self._figures())
        self._assert_full_equals()

    def test_member_without_sales_does_no_harm(self):
        prospect = self._partner("Prospect")
        self._group(members=self.chain + prospect)
        self._run()
        self.assertEqual(self._profile(self.head).revenue, 650)
        self.assertEqual(self._profile(self.head).entity_count, 6)

    def test_group_without_sales_has_no_profile(self):
        prospects = self._partner("Prospect") + self._partner("Another")
        self._group(head=prospects[0], members=prospects)
        self._run()
        self.assertFalse(self._profile(prospects[0]))
        self._assert_full_equals()

    def test_proposed_and_refused_groups_have_no_effect(self):
        self._decide()
        before = self._figures()
        group = self._group(state="proposed")
        self._run()
        self.assertEqual(self._figures(), before)
        group.action_refuse()
        self._run()
        self.assertEqual(self._figures(), before)

    def test_membership_counts_for_the_whole_window(self):
        group = self._group(date_from="2026-06-30")
        self._run()
        self.assertEqual(self._profile(self.head).revenue, 650)
        self.assertEqual(self._profile(self.head).group_id, group)

    # ------------------------------------------------------------------
    # Days pass, no document changes
    # ------------------------------------------------------------------

    def test_member_leaves_when_its_membership_ends(self):
        group = self._group()
        leaving = self.shops[1]
        self._member(group, leaving).date_to = "2026-07-10"
        self._decide()
        self._run("2026-07-10")
        self.assertEqual(self._profile(self.head).revenue, 650)
        self.assertFalse(self._profile(leaving))
        run = self._run("2026-07-11")
        self.assertEqual((run.kind, run.done), ("changed", 0))
        self.assertEqual(self._profile(self.head).revenue, 500)
        self.assertEqual(self._figures()[leaving], (150, self.tier_3, self.groups))
        self._assert_full_equals(DAY("2026-07-11"))

    def test_group_ends_when_all_memberships_do(self):
        group = self._group(date_to="2026-07-10")
        self._decide()
        self.assertEqual(self._profile(self.head).tier_id, self.tier_1)
        self._run("2026-07-11")
        figures = self._figures()
        self.assertEqual(figures[self.head], (50, self.tier_4, self.groups))
        for shop in self.shops:
            self.assertEqual(figures[shop], (150, self.tier_3, self.groups))
        ended, entered = self._history(self.head)[-2:]
        self.assertEqual((ended.kind, ended.group_id), ("ungrouped", group))
        self.assertEqual((ended.from_tier_id, ended.revenue), (self.tier_1, 650))
        self.assertEqual((entered.kind, entered.to_tier_id), ("entered", self.tier_4))
        self._assert_full_equals(DAY("2026-07-11"))

    def test_member_joins_when_its_membership_begins(self):
        self._decide()
        self._group(date_from="2026-07-05")
        self._run("2026-07-04")
        self.assertEqual(self._profile(self.head).revenue, 50)
        run = self._run("2026-07-05")
        self.assertEqual((run.done, run.facts_written), (0, 0))
        self.assertEqual(self._profile(self.head).revenue, 650)
        self.assertFalse(self._profile(self.shop))
        self._assert_full_equals(DAY("2026-07-05"))

    def test_member_changes_from_one_group_to_another_overnight(self):
        group = self._group(date_to="2026-07-10")
        other = self._group(
            "Other",
            self.single,
            self.single + self.shop,
            date_from="2026-07-11",
        )
        self._member(group, self.head).date_to = False
        self._run("2026-07-10")
        self.assertEqual(self._profile(self.head).revenue, 650)
        self.assertEqual(self._profile(self.single).revenue, 200)
        self._run("2026-07-11")
        self.assertEqual(self._profile(self.head).revenue, 50)
        profile = self._profile(self.single)
        self.assertEqual((profile.revenue, profile.group_id), (350, other))
        self._assert_full_equals(DAY("2026-07-11"))

    def test_back_in_time_the_group_is_that_of_the_day(self):
        self._group(date_from="2026-06-01")
        self._run()
        self.assertEqual(self._profile(self.head).revenue, 650)
        self._run("2026-05-31")
        self.assertEqual(self._profile(self.head).revenue, 50)
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._assert_full_equals(DAY("2026-05-31"))

    # ------------------------------------------------------------------
    # Somebody changes the group
    # ------------------------------------------------------------------

    def test_archived_group_leaves_its_members_alone(self):
        group = self._group()
        self._decide()
        group.active = False
        self.assertEqual(self._profile(self.head).revenue, 650, "until the next run")
        self._run()
        self.assertEqual(self._figures()[self.head], (50, self.tier_4, self.groups))
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._assert_full_equals()
        group.active = True
        self._run()
        self.assertEqual(self._figures()[self.head], (650, self.tier_1, group))
        self._assert_full_equals()

    def test_group_taken_back_does_not_count(self):
        group = self._group()
        self._run()
        group.action_propose()
        self._run()
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._assert_full_equals()

    def test_removed_member_stands_for_itself(self):
        group = self._group()
        self._decide()
        self._member(group, self.shop).unlink()
        self._run()
        self.assertEqual(self._profile(self.head).revenue, 500)
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._assert_full_equals()

    def test_other_head_carries_the_group(self):
        group = self._group()
        self._decide()
        group.partner_id = self.shop
        self._run()
        self.assertFalse(self._profile(self.head))
        self.assertEqual(self._figures()[self.shop], (650, self.tier_1, group))
        self._assert_full_equals()

    def test_invoice_to_a_member_changes_the_group(self):
        self._group()
        self._run()
        self._invoice(self.shop, 25, "2026-04-04")
        run = self._run()
        self.assertEqual((run.done, run.facts_written), (1, 1))
        self.assertEqual(self._profile(self.head).revenue, 675)
        self._assert_full_equals()

    def test_documents_of_members_leave_the_window(self):
        self._group()
        self._run()
        self._run("2027-02-02")
        self.assertEqual(self._profile(self.head).revenue, 90)
        self.assertEqual(self._profile(self.head).revenue_previous, 560)
        self._assert_full_equals(DAY("2027-02-02"))

    def test_member_that_becomes_an_insider_leaves_the_figures(self):
        self._group()
        self._run()
        self.shop.employee = True
        self._run()
        self.assertEqual(self._profile(self.head).revenue, 500)
        self.assertFalse(self._profile(self.shop))
        self._assert_full_equals()

    def test_head_that_becomes_an_insider_leaves_its_members_alone(self):
        self._group()
        self._run()
        self.head.employee = True
        self._run()
        self.assertFalse(self._profile(self.head))
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self._assert_full_equals()

    def test_member_that_becomes_a_contact_of_another_leaves(self):
        self._group()
        self._run()
        self.shop.write({"parent_id": self.single.id, "is_company": False})
        self._run()
        self.assertEqual(self._profile(self.head).revenue, 500)
        self.assertEqual(self._profile(self.single).revenue, 350)
        self._assert_full_equals()

    def test_group_takes_part_as_its_head_does(self):
        self._group()
        self.policy.participant_domain = f"[('id', '!=', {self.head.id})]"
        self._run()
        self.assertEqual(self._profile(self.head).standing, "excluded")

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    def test_second_run_writes_nothing(self):
        self._group()
        self._decide()
        tables = ("fact", "profile", "entity", "tier_change")
        before = [self._row_versions(f"crm_customer_{table}") for table in tables]
        for full in (False, True):
            run = self._run(full=full)
            self.assertEqual((run.facts_written, run.profiles_written), (0, 0))
            self.assertEqual(run.tiers_changed, 0)
            after = [self._row_versions(f"crm_customer_{table}") for table in tables]
            self.assertEqual(after, before)

    def test_incremental_equals_full_after_random_changes(self):
        dice = random.Random(20260701)
        self._run()
        steps = RandomGroupSteps(self, dice)
        as_of = AS_OF
        for _round in range(4):
            for _step in range(8):
                steps.take()
            as_of = fields.Date.add(as_of, days=dice.randrange(0, 40))
            self._run(as_of)
            self._assert_full_equals(as_of)
        self.assertTrue({"join", "leave", "regroup"} <= steps.taken, steps.taken)

    def test_group_of_another_company_has_no_effect_here(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        policy = self.env["crm.loyalty.policy"]._get(other)
        self._invoice(self.shop, 7, "2026-02-02", company_id=other.id)
        self._invoice(self.head, 5, "2026-02-02", company_id=other.id)
        group = self._group(company_id=other.id)
        self._run()
        self._run(policy=policy)
        self.assertEqual(self._profile(self.shop).revenue, 150)
        self.profiles = self.profiles.with_context(
            allowed_company_ids=(self.company + other).ids
        )
        self.assertEqual(self._profile(self.head, other).revenue, 12)
        self.assertEqual(self._profile(self.head, other).group_id, group)
        self._assert_full_equals()

    def test_group_without_company_counts_in_all(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        policy = self.env["crm.loyalty.policy"]._get(other)
        self._invoice(self.shop, 7, "2026-02-02", company_id=other.id)
        self._group()
        self._run()
        self._run(policy=policy)
        self.profiles = self.profiles.with_context(
            allowed_company_ids=(self.company + other).ids
        )
        self.assertEqual(self._profile(self.head).revenue, 650)
        self.assertEqual(self._profile(self.head, other).revenue, 7)

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    def test_history_tells_who_joined_and_left(self):
        self._decide()
        group = self._group()
        self._run("2026-07-02")
        entered, joined = self._history(self.shop)
        self.assertEqual((entered.kind, entered.to_tier_id), ("entered", self.tier_3))
        self.assertEqual((joined.kind, joined.group_id), ("grouped", group))
        self.assertEqual(
            (joined.from_tier_id, joined.to_tier_id.id), (self.tier_3, False)
        )
        self.assertEqual(joined.direction, "out")
        self.assertEqual(str(joined.date), "2026-07-02")
        self.assertIn("Chain", joined.reason)
        self.assertIn("150", joined.reason)
        self._member(group, self.shop).date_to = "2026-07-31"
        self._run("2026-08-01")
        back = self._history(self.shop)[-1]
        self.assertEqual((back.kind, back.to_tier_id), ("entered", self.tier_3))
        self.assertEqual(str(back.date), "2026-08-01")

    def test_history_of_the_head_goes_on_as_that_of_the_group(self):
        self._decide()
        group = self._group()
        self._run("2026-07-02")
        kinds = [(c.kind, c.revenue, c.group_id) for c in self._history(self.head)]
        none = self.groups
        self.assertEqual(
            kinds,
            [("entered", 50, none), ("grouped", 50, group), ("entered", 650, none)],
        )
        self.assertEqual(
            self._profile(self.head).change_ids, self._history(self.head)[::-1]
        )

    def test_nothing_is_written_before_the_first_decision(self):
        self._run()
        self._group()
        self._run()
        self.assertFalse(self._history(self.shop) + self._history(self.head))

    def test_deleted_group_leaves_the_history_readable(self):
        self._decide()
        group = self._group()
        self._run()
        group.action_propose()
        self._run()
        group.unlink()
        self.assertTrue(self._history(self.shop)[1].reason)

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def test_group_follows_decisions_as_any_customer(self):
        self._group()
        self._decide()
        self._invoice(self.shop, -400, "2026-06-15")
        self._run("2026-06-30")
        self.assertEqual(self._profile(self.head).tier_id, self.tier_1)
        self._run("2026-07-01")
        self.assertEqual(self._profile(self.head).tier_id, self.tier_3)

    def test_tier_by_hand_of_the_head_holds_for_the_group(self):
        self._group()
        self._decide()
        overrides = self.env["crm.customer.tier.override"]
        vals = {
            "partner_id": self.head.id,
            "company_id": self.company.id,
            "tier_id": self.tier_2.id,
            "reason": "Contract",
            "date_from": "2020-01-01",
            "date_to": "2199-12-31",
        }
        overrides.create(vals)
        self.assertEqual(self._profile(self.head).tier_id, self.tier_2)
        self.assertEqual(self.contact.loyalty_tier_id, self.tier_2)

    def test_tier_by_hand_of_a_member_is_refused_with_the_way_out(self):
        self._group()
        self._decide()
        with self._refused("Shop 1.*Chain.*Chain Head"):
            self.env["crm.customer.tier.override"].create(
                {
                    "partner_id": self.shop.id,
                    "company_id": self.company.id,
                    "tier_id": self.tier_2.id,
                    "reason": "Contract",
                    "date_to": "2199-12-31",
                }
            )

    def test_preview_counts_the_head_of_a_new_group_once(self):
        today = self.policy._get_today()
        for partner in self.chain:
            self._invoice(partner, 100, fields.Date.subtract(today, days=200))
        self._decide(today)
        places = [self._profile(p).tier_id for p in (self.head, self.shop)]
        self.assertEqual(places, [self.tier_3, self.tier_3])
        group = self._group(date_from=today)
        action = self.policy.action_preview()
        preview = self.env["crm.loyalty.preview"].browse(action["res_id"])
        moves = {
            line.partner_id: (line.from_tier_id, line.to_tier_id, line.direction)
            for line in preview.line_ids
        }
        self.assertEqual(moves[self.head], (self.tier_3, self.tier_1, "up"))
        self.assertEqual(moves[self.shop][2], "out")
        self.assertEqual(len(moves), 5)
        self.assertTrue(
            all(n >= 0 for row in preview.matrix["rows"] for n in row["cells"])
        )
        self.assertFalse(self._profile(self.head).group_id, group)


class RandomGroupSteps(RandomSteps):
    """Besides documents, memberships change by chance."""

    def __init__(self, case, dice):
        super().__init__(case, dice)
        self.group_list = [
            case._group(f"Group {n}", customer, customer)
            for n, customer in enumerate(self.customers[:2])
        ]

    def take(self):
        if self.dice.random() < 0.5:
            return super().take()
        step = self.dice.choice([self.join, self.join, self.leave, self.regroup])
        self.taken.add(step.__name__)
        step()

    def join(self):
        """For some days, if the customer is free then."""
        group, customer = map(self.dice.choice, (self.group_list, self.customers))
        start = fields.Date.add(AS_OF, days=self.dice.randrange(-60, 120))
        try:
            with self.case.env.cr.savepoint():
                self.case.members.create(
                    {
                        "group_id": group.id,
                        "partner_id": customer.id,
                        "date_from": start,
                        "date_to": fields.Date.add(start, days=self.dice.randrange(90)),
                    }
                )
        except ValidationError:
            self.case.env.invalidate_all()

    def leave(self):
        members = self.case.members.search(
            [("group_id", "in", [group.id for group in self.group_list])]
        )
        members = members.filtered(lambda m: m.partner_id != m.group_id.partner_id)
        if members:
            members[self.dice.randrange(len(members))].unlink()

    def regroup(self):
        group = self.dice.choice(self.group_list)
        try:
            with self.case.env.cr.savepoint():
                group.active = not group.active
        except ValidationError:
            self.case.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestGroupReading(GroupCase):
    """From a contact to the figures of its group, and from these down to the shop."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls._group()
        cls._decide()
        cls.profile = cls.env["crm.customer.profile"].search(
            [("partner_id", "=", cls.head.id)]
        )
        cls.reader = cls._user(
            "loyalty_reader", "sales_team.group_sale_salesman_all_leads"
        )

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def test_every_contact_of_a_member_shows_the_tier_of_the_group(self):
        for partner in (self.chain + self.yards + self.contact).with_user(self.reader):
            self.assertEqual(partner.loyalty_tier_id, self.tier_1)
            self.assertEqual(partner.loyalty_standing, "ranked")
            self.assertEqual(partner.loyalty_profile_ids, self.profile)

    def test_contacts_are_found_by_the_tier_of_the_group(self):
        partners = self.env["res.partner"].with_user(self.reader)
        family = self.chain + self.yards + self.contact
        everybody = [("id", "in", (family + self.single).ids)]
        for domain, expected in (
            ([("loyalty_tier_id", "=", self.tier_1.id)], family),
            ([("loyalty_tier_id", "!=", self.tier_1.id)], self.single),
            ([("loyalty_tier_id", "=", False)], partners),
            ([("loyalty_standing", "=", "ranked")], family + self.single),
            ([("loyalty_profile_id", "=", self.profile.id)], family),
            ([("loyalty_profile_id.revenue", ">", 600)], family),
            ([("loyalty_tier_id", "ilike", self.tier_1.name)], family),
        ):
            with self.subTest(domain=domain):
                found = partners.search(everybody + domain)
                self.assertEqual(found.sorted("id"), expected.sorted("id"))

    def test_contacts_are_sorted_and_grouped_by_the_tier_of_the_group(self):
        partners = self.env["res.partner"].with_user(self.reader)
        domain = [("id", "in", (self.contact + self.single).ids)]
        found = partners.search(domain, order="loyalty_tier_id desc")
        self.assertEqual(found.ids, [self.single.id, self.contact.id])
        groups = partners.formatted_read_group(
            [("id", "in", (self.chain + self.contact + self.single).ids)],
            ["loyalty_tier_id"],
            ["__count"],
        )
        counts = {g["loyalty_tier_id"][0]: g["__count"] for g in groups}
        self.assertEqual(counts, {self.tier_1.id: 6, self.tier_3.id: 1})

    def test_button_on_the_contact_opens_the_value_of_the_group(self):
        action = self.contact.action_open_loyalty_profile()
        self.assertEqual(action["res_id"], self.profile.id)

    def test_tier_holds_until_the_next_run_whatever_was_entered(self):
        self._member(self.group, self.shop).date_to = "2026-06-01"
        self.assertEqual(self.contact.loyalty_tier_id, self.tier_1)
        self.assertEqual(self.profile.entity_count, 5)

    def test_group_of_another_company_is_not_shown(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.assertFalse(self.contact.with_company(other).sudo().loyalty_tier_id)

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def test_invoice_of_a_shop_takes_the_tier_of_the_group(self):
        draft = self._invoice(self.contact, 10, post=False)
        self.assertEqual(draft.loyalty_current_tier_id, self.tier_1)
        draft.action_post()
        self.assertEqual(draft.loyalty_tier_id, self.tier_1)

    def test_order_of_a_shop_takes_the_tier_of_the_group(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "order_line": [Command.create({"product_id": self.service.id})],
            }
        )
        self.assertEqual(order.loyalty_current_tier_id, self.tier_1)
        order.action_confirm()
        self.assertEqual(order.loyalty_tier_id, self.tier_1)
        order.date_order = "2026-05-05 10:00:00"
        self.assertEqual(str(self.profile.last_order_date), "2026-05-05 10:00:00")

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_overdue_debt_is_that_of_all_members(self):
        # nothing of the chain is paid, all of it fell due in 2026
        debts = self.env["account.move.line"].search(
            [
                ("partner_id", "in", self.chain.ids),
                ("account_id.account_type", "=", "asset_receivable"),
            ]
        )
        debts.date_maturity = "2026-04-01"
        self.assertEqual(self.profile.overdue, 650)
        action = self.profile.with_context(figure="overdue").action_explain()
        items = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(items.mapped("amount_residual")), 650)

    def test_months_are_those_of_all_members(self):
        values = self.profile.sparkline["values"]
        # 50 + 3 x 150 + 60 in February, 90 in March
        self.assertEqual(values[-5:], [560, 90, 0, 0, 0])
        self.assertEqual(sum(values), 650)

    def test_documents_since_the_run_are_those_of_all_members(self):
        self._invoice(self.shop, 25)
        self._invoice(self.shops[1], 7)
        self._invoice(self.single, 1000)
        self.assertEqual(self.profile.since_run_count, 2)
        self.assertEqual(self.profile.since_run_amount, 32)

    def test_document_moved_between_members_is_counted_once(self):
        move = self._invoice(self.shop, 25)
        queue = self.env["crm.customer.queue"].sudo()
        shop, company = self.shops[1], self.company
        queue._push([(move.id, True, shop.id, company.id, move.date, move.date)])
        self.assertEqual(self.profile.since_run_count, 1)
        self.assertEqual(self.profile.since_run_amount, 25)

    def _lines(self, figure):
        action = self.profile.with_context(figure=figure).action_explain()
        self.assertEqual(action["res_model"], "crm.customer.ledger")
        return self.env["crm.customer.ledger"].search(action["domain"])

    def test_every_figure_explains_itself(self):
        self._invoice(self.shops[2], 30, "2025-05-05")
        self._invoice(self.shop, lines=[self._line(40, discount=25)], date="2026-02-02")
        self._run()
        profile = self.profile
        self.assertEqual(profile.revenue, 680)
        self.assertEqual(sum(self._lines("revenue").mapped("amount")), 680)
        self.assertEqual(profile.revenue_previous, 30)
        self.assertEqual(sum(self._lines("revenue_previous").mapped("amount")), 30)
        self.assertEqual(profile.discount, 10)
        self.assertEqual(sum(self._lines("discount").mapped("discount")), 10)
        self.assertEqual(profile.document_count, 7)
        self.assertEqual(len(self._lines("document_count").move_id), 7)
        self.assertEqual(profile.purchase_count, 3)
        days = set(self._lines("purchase_count").mapped("invoice_date"))
        self.assertEqual(len(days), 3)

    def test_archived_member_stays_in_the_figures_and_their_list(self):
        self.shop.active = False
        self._run()
        self.assertEqual(self.profile.revenue, 650)
        self.assertEqual(self.profile.entity_count, 5)
        self.assertEqual(sum(self._lines("revenue").mapped("amount")), 650)

    def test_customers_are_found_by_a_member_of_their_group(self):
        arch = self.env.ref("crm_loyalty.crm_customer_profile_view_search").arch
        [field] = etree.fromstring(arch).xpath("//field[@name='partner_id']")
        for name, customer in (("Shop 3", self.head), ("Single", self.single)):
            domain = safe_eval(field.get("filter_domain"), {"self": name})
            found = self.env["crm.customer.profile"].search(domain)
            self.assertEqual(found.partner_id, customer)

    def test_explaining_after_a_reset_document_of_a_member_recomputes(self):
        move = self.env["account.move"].search([("partner_id", "=", self.shops[3].id)])
        move.button_draft()
        self.assertEqual(sum(self._lines("revenue").mapped("amount")), 500)
        self.assertEqual(self.profile.revenue, 500)

    def test_figures_read_down_to_entity_and_delivery_address(self):
        action = self.profile.action_open_places()
        context = action["context"]
        filters = self.env.ref("crm_loyalty.crm_customer_ledger_view_search").arch
        for name in ("by_entity", "by_address", "counted_then"):
            self.assertIn(f"search_default_{name}", context)
            self.assertIn(f'name="{name}"', filters)
        rows = self.env["crm.customer.ledger"]._read_group(
            action["domain"], ["partner_id", "address_id"], ["amount:sum"]
        )
        amounts = {(entity, address): amount for entity, address, amount in rows}
        self.assertEqual(
            amounts,
            {
                (self.head, self.head): 50,
                (self.shop, self.yards[0]): 60,
                (self.shop, self.yards[1]): 90,
                (self.shops[1], self.shops[1]): 150,
                (self.shops[2], self.shops[2]): 150,
                (self.shops[3], self.shops[3]): 150,
            },
        )
        self.assertEqual(sum(amounts.values()), self.profile.revenue)
        self.assertIn("Chain", action["name"])

    def test_customer_without_group_reads_down_to_its_addresses(self):
        profile = self._profile(self.single)
        action = profile.action_open_places()
        lines = self.env["crm.customer.ledger"].search(action["domain"])
        self.assertEqual(sum(lines.mapped("amount")), 200)
        self.assertEqual((profile.entity_ids, profile.entity_count), (self.single, 1))

    def test_ledger_groups_entities_by_customer(self):
        rows = self.env["crm.customer.ledger"]._read_group(
            [("company_id", "=", self.company.id)], ["customer_id"], ["amount:sum"]
        )
        self.assertEqual(dict(rows), {self.head: 650, self.single: 200})

    def test_group_shows_its_members_and_their_revenue(self):
        self.assertEqual(self.group.entity_count, 5)
        self.assertEqual(self.group.revenue, 650)
        self.assertEqual(self._member(self.group, self.shop).revenue, 150)
        self.assertEqual(self.group.profile_id, self.profile)
        action = self.group.action_open_profile()
        self.assertEqual(action["res_id"], self.profile.id)

    def test_group_tells_that_the_figures_do_not_count_it_yet(self):
        self.assertFalse(self.group.is_pending)
        other = self._group("Other", self.single, self.single)
        self.assertTrue(other.is_pending)
        self._member(self.group, self.shop).date_to = "2026-06-29"
        self.assertTrue(self.group.is_pending)
        self._run()
        self.env.invalidate_all()
        self.assertFalse(self.group.is_pending or other.is_pending)

    # ------------------------------------------------------------------
    # Queries
    # ------------------------------------------------------------------

    def _count(self, function):
        counts = []
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            function(self.env(user=self.reader, su=False))
            counts.append(self.cr.sql_log_count - before)
        return counts[-1]

    def _chains(self, count):
        """More groups of two, each with sales."""
        heads, shops = (
            self.env["res.partner"].create(
                [{"name": f"{kind} {n}", "is_company": True} for n in range(count)]
            )
            for kind in ("Head", "Shop")
        )
        for head, shop in zip(heads, shops, strict=True):
            self._invoice(head, 10, "2026-02-02")
            self._invoice(shop, 5, "2026-02-02")
            self._group(head.name, head, head + shop)
        return shops

    def test_reading_groups_takes_as_many_queries_for_ten_as_for_two(self):
        def read_profiles(env):
            fnames = ["revenue", "rank", "reason", "sparkline", "overdue", "group_id"]
            fnames += ["last_order_date", "since_run_count", "entity_count"]
            env["crm.customer.profile"].search([]).read(fnames)

        def read_contacts(env):
            contacts = env["res.partner"].browse(shops.ids)
            contacts.read(["loyalty_tier_id", "loyalty_standing"])
            contacts.search([("loyalty_tier_id", "!=", False)], order="loyalty_tier_id")

        def read_groups(env):
            specification = {
                "name": {},
                "partner_id": {"fields": {"display_name": {}}},
                "entity_count": {},
                "revenue": {},
                "is_pending": {},
                "profile_id": {"fields": {"display_name": {}}},
            }
            env["crm.customer.group"].web_search_read([], specification, limit=80)

        functions = (read_profiles, read_contacts, read_groups)
        shops = self._chains(2)
        self._run()
        few = [self._count(function) for function in functions]
        shops += self._chains(8)
        self._run()
        self.assertEqual([self._count(function) for function in functions], few)

    def test_run_with_groups_takes_as_many_queries_for_ten_as_for_two(self):
        def count():
            for shop in shops:
                self._member(
                    shop.loyalty_membership_ids.group_id, shop
                ).date_to = "2026-06-30"
            self.env.flush_all()
            before = self.cr.sql_log_count
            self._run("2026-07-01")
            self.env.flush_all()
            return self.cr.sql_log_count - before

        self.policy.decision_interval = "manual"
        shops = self._chains(2)
        self._run()
        few = count()
        self._run()
        shops = self._chains(8)
        self._run()
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestGroupRights(GroupCase):
    """Who sees what of a group, who changes it and who decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        salesman = "sales_team.group_sale_salesman"
        cls.lead = cls._user("loyalty_lead", salesman)
        cls.local = cls._user("loyalty_local", salesman)
        cls.key_account = cls._user(
            "loyalty_key_account",
            "crm_loyalty.group_key_account_manager,base.group_partner_manager",
        )
        cls.manager = cls._user("loyalty_manager", "crm_loyalty.group_manager")
        cls.outsider = cls._user("loyalty_outsider", "base.group_user")
        cls.head.user_id = cls.lead
        cls.shop.user_id = cls.local
        cls.group = cls._group()
        cls._decide()

    def test_salesperson_of_the_head_sees_the_figures_of_the_group(self):
        profile = self._profile(self.head).with_user(self.lead)
        self.assertEqual(profile.read(["revenue"])[0]["revenue"], 650)
        self.assertEqual(profile.entity_count, 5)

    def test_salesperson_of_the_head_sees_what_the_figures_count(self):
        profile = self._profile(self.head).with_user(self.lead)
        ledger = self.env["crm.customer.ledger"].with_user(self.lead)
        lines = ledger.search(profile.action_open_places()["domain"])
        self.assertEqual(sum(lines.mapped("amount")), 650)
        self.assertEqual(ledger.search([]), lines, "and nothing else")

    def test_salesperson_of_a_member_sees_the_tier_not_the_figures(self):
        contact = self.contact.with_user(self.local)
        self.assertEqual(contact.loyalty_tier_id, self.tier_1)
        self.assertFalse(contact.loyalty_profile_ids)
        self.assertFalse(self.profiles.with_user(self.local).search([]))
        with self.assertRaises(AccessError):
            self._profile(self.head).with_user(self.local).read(["revenue"])

    def test_salesperson_of_a_member_sees_what_its_entity_bought(self):
        ledger = self.env["crm.customer.ledger"].with_user(self.local)
        self.assertEqual(sum(ledger.search([]).mapped("amount")), 150)
        facts = self.env["crm.customer.fact"].with_user(self.local)
        self.assertEqual(facts.search([]).partner_id, self.shop)

    def test_revenue_of_members_is_told_by_the_rights_on_documents(self):
        group = self.group.with_user(self.local)
        revenues = {m.partner_id: m.revenue for m in group.member_ids}
        self.assertEqual(revenues[self.shop], 150)
        self.assertEqual(sum(revenues.values()), 150)

    def test_users_read_groups_and_memberships(self):
        group = self.group.with_user(self.local)
        self.assertEqual(group.read(["name"])[0]["name"], "Chain")
        membership = self.shop.with_user(self.local).loyalty_membership_ids
        self.assertEqual(membership.group_id.name, "Chain")

    def test_users_change_nothing(self):
        group = self.group.with_user(self.local)
        membership = self._member(self.group, self.shop).with_user(self.local)
        for function in (
            lambda: group.write({"name": "Mine"}),
            lambda: group.unlink(),
            lambda: membership.write({"date_to": "2026-07-01"}),
            lambda: membership.unlink(),
            lambda: membership.create(
                {"group_id": group.id, "partner_id": self.single.id}
            ),
            lambda: group._find() if group.action_find() else None,
        ):
            with self.assertRaises(AccessError):
                function()

    def test_key_account_manager_proposes_and_edits(self):
        groups = self.groups.with_user(self.key_account)
        prospects = self._partner("One") + self._partner("Two")
        group = groups.create({"name": "New", "partner_id": prospects[0].id})
        self.assertEqual(group.state, "proposed")
        group.write({"member_ids": [Command.create({"partner_id": prospects[1].id})]})
        self.assertEqual(group.member_ids.partner_id, prospects)
        prospects[1].with_user(self.key_account).write(
            {
                "loyalty_membership_ids": [
                    Command.update(
                        self._member(group, prospects[1]).id, {"date_to": "2199-01-01"}
                    )
                ]
            }
        )
        self.assertEqual(str(self._member(group, prospects[1]).date_to), "2199-01-01")
        group.unlink()
        self.assertFalse(group.exists())

    def test_key_account_manager_decides_nothing(self):
        groups = self.groups.with_user(self.key_account)
        proposal = groups.create({"name": "New", "partner_id": self.single.id})
        counted = self.group.with_user(self.key_account)
        for function in (
            proposal.action_confirm,
            proposal.action_refuse,
            counted.action_propose,
            counted.action_archive,
            lambda: groups.create(
                {"name": "X", "partner_id": self.single.id, "state": "confirmed"}
            ),
        ):
            with self._refused("manager", AccessError):
                function()
        self.assertEqual((proposal.state, counted.state), ("proposed", "confirmed"))

    def test_manager_decides(self):
        groups = self.groups.with_user(self.manager)
        group = groups.create({"name": "New", "partner_id": self.single.id})
        group.action_confirm()
        self.assertEqual(group.state, "confirmed")
        group.action_archive()
        self.assertFalse(group.active)

    def test_refused_group_is_deleted_by_managers_only(self):
        group = self._group("Refused", self.single, self.single, state="refused")
        with self.assertRaises(AccessError):
            group.with_user(self.key_account).unlink()
        group.with_user(self.manager).unlink()

    def test_key_account_manager_recomputes(self):
        self._member(self.group, self.shop).date_to = "2026-06-01"
        self.group.with_user(self.key_account).action_recompute()
        self.assertEqual(self.policy.as_of, self.policy._get_today())

    def test_outsiders_see_nothing(self):
        for model in ("crm.customer.group", "crm.customer.group.member"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.outsider).search([])
        partner = self.shop.with_user(self.outsider)
        with self.assertRaises(AccessError):
            partner.read(["loyalty_membership_ids"])
        with self.assertRaises(AccessError):
            partner.search([("loyalty_membership_ids", "!=", False)])

    def test_nobody_reads_where_entities_count(self):
        with self.assertRaises(AccessError):
            self.env["crm.customer.entity"].with_user(self.manager).search([])

    def test_groups_of_another_company_are_not_seen(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        group = self._group("Elsewhere", self.single, self.single, company_id=other.id)
        seen = self.groups.with_user(self.manager).search([])
        self.assertIn(self.group, seen)
        self.assertNotIn(group, seen)
        with self.assertRaises(AccessError):
            group.with_user(self.manager).read(["name"])
