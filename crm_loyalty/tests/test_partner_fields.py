# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.tests import tagged

from .common import CrmLoyaltyCommon


@tagged("post_install", "-at_install")
class TestPartnerFields(CrmLoyaltyCommon):
    """Contacts found, sorted and grouped by what stands on the profile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._partner("Anna Ltd")
        cls.second = cls._partner("Boris Ltd")
        cls.newcomer = cls._partner("Clara Ltd")
        cls.prospect = cls._partner("Dora Ltd")
        cls.contact = cls._partner(
            "Contact of Anna", is_company=False, parent_id=cls.first.id
        )
        cls.below = cls._partner(
            "Below the contact", is_company=False, parent_id=cls.contact.id
        )
        cls._invoice(cls.first, 800)
        cls._invoice(cls.second, 200)
        cls._invoice(cls.newcomer, 50, "2026-06-01")
        cls._decide()
        cls.customers = cls.first + cls.second + cls.newcomer + cls.prospect
        cls.all = cls.customers + cls.contact + cls.below
        cls.reader = cls._user(
            "loyalty_reader", "sales_team.group_sale_salesman_all_leads"
        )
        cls.partners = cls.env["res.partner"].with_user(cls.reader)

    def _search(self, *domain, among=None, **options):
        """Found by ``domain``; each way to count them agrees."""
        domain = [*domain, ("id", "in", (among or self.all).ids)]
        found = self.partners.search(domain, **options)
        self.assertEqual(self.partners.search_count(domain), len(found))
        rows = self.partners.web_search_read(domain, {})
        self.assertEqual(rows["length"], len(found))
        return found

    def _family(self):
        return self.first + self.contact + self.below

    # ------------------------------------------------------------------
    # Filter
    # ------------------------------------------------------------------

    def test_filter_by_tier(self):
        found = self._search(("loyalty_tier_id", "=", self.tier_1.id))
        self.assertEqual(found, self._family())
        found = self._search(("loyalty_tier_id", "=", self.tier_2.id))
        self.assertEqual(found, self.second)

    def test_filter_by_several_tiers(self):
        tiers = self.tier_1 + self.tier_2
        found = self._search(("loyalty_tier_id", "in", tiers.ids))
        self.assertEqual(found, self._family() + self.second)

    def test_filter_by_other_tiers_finds_those_without(self):
        found = self._search(("loyalty_tier_id", "!=", self.tier_1.id))
        self.assertEqual(found, self.second + self.newcomer + self.prospect)
        found = self._search(("loyalty_tier_id", "not in", self.tier_1.ids))
        self.assertEqual(found, self.second + self.newcomer + self.prospect)

    def test_filter_by_no_tier(self):
        found = self._search(("loyalty_tier_id", "=", False))
        self.assertEqual(found, self.newcomer + self.prospect)

    def test_filter_by_any_tier(self):
        found = self._search(("loyalty_tier_id", "!=", False))
        self.assertEqual(found, self._family() + self.second)

    def test_filter_by_a_tier_or_none(self):
        found = self._search(("loyalty_tier_id", "in", [False, self.tier_2.id]))
        self.assertEqual(found, self.second + self.newcomer + self.prospect)
        found = self._search(("loyalty_tier_id", "not in", [False, self.tier_2.id]))
        self.assertEqual(found, self._family())

    def test_filter_by_no_list_of_tiers(self):
        self.assertFalse(self._search(("loyalty_tier_id", "in", [])))
        self.assertEqual(self._search(("loyalty_tier_id", "not in", [])), self.all)

    def test_filter_by_name_of_the_tier(self):
        self.tier_1.sudo().name = "Gold"
        found = self._search(("loyalty_tier_id", "ilike", "gol"))
        self.assertEqual(found, self._family())
        found = self._search(("loyalty_tier_id", "not ilike", "gol"))
        self.assertEqual(found, self.second + self.newcomer + self.prospect)
        found = self._search(("loyalty_tier_id", "=", "Gold"))
        self.assertEqual(found, self._family())

    def test_filter_by_a_dotted_name(self):
        self.tier_1.sudo().name = "Gold"
        found = self._search(("loyalty_tier_id.name", "=", "Gold"))
        self.assertEqual(found, self._family())
        found = self._search(("loyalty_tier_id.sequence", ">", self.tier_1.sequence))
        self.assertEqual(found, self.second)

    def test_filter_by_standing(self):
        found = self._search(("loyalty_standing", "=", "too_new"))
        self.assertEqual(found, self.newcomer)
        found = self._search(("loyalty_standing", "in", ["too_new", "ranked"]))
        self.assertEqual(found, self.all - self.prospect)
        found = self._search(("loyalty_standing", "!=", "ranked"))
        self.assertEqual(found, self.newcomer + self.prospect)

    def test_filter_by_no_standing(self):
        self.assertEqual(self._search(("loyalty_standing", "=", False)), self.prospect)
        found = self._search(("loyalty_standing", "!=", False))
        self.assertEqual(found, self.all - self.prospect)

    def test_filter_by_profile(self):
        profile = self._profile(self.second)
        found = self._search(("loyalty_profile_id", "=", profile.id))
        self.assertEqual(found, self.second)
        found = self._search(("loyalty_profile_id", "=", False))
        self.assertEqual(found, self.prospect)
        found = self._search(("loyalty_profile_id", "!=", False))
        self.assertEqual(found, self.all - self.prospect)

    def test_filter_by_a_figure_of_the_profile(self):
        found = self._search(("loyalty_profile_id.revenue", ">", 500))
        self.assertEqual(found, self._family())

    def test_filter_combines_with_other_conditions(self):
        found = self._search(
            "|",
            "&",
            ("loyalty_tier_id", "=", self.tier_1.id),
            ("is_company", "=", True),
            ("name", "=like", "Dora%"),
        )
        self.assertEqual(found, self.first + self.prospect)

    def test_filter_can_be_negated(self):
        found = self._search("!", ("loyalty_tier_id", "=", self.tier_1.id))
        self.assertEqual(found, self.second + self.newcomer + self.prospect)

    def test_filter_through_the_parent(self):
        found = self._search(("parent_id.loyalty_tier_id", "=", self.tier_1.id))
        self.assertEqual(found, self.contact + self.below)

    def test_filter_works_on_records_in_memory(self):
        tier_1 = self.all.with_user(self.reader).filtered_domain(
            [("loyalty_tier_id", "=", self.tier_1.id)]
        )
        self.assertEqual(tier_1, self._family())

    # ------------------------------------------------------------------
    # Sort and group
    # ------------------------------------------------------------------

    def test_sort_by_tier(self):
        customers = self.first + self.second
        found = self._search(among=customers, order="loyalty_tier_id")
        self.assertEqual(found.ids, [self.first.id, self.second.id])
        found = self._search(among=customers, order="loyalty_tier_id desc")
        self.assertEqual(found.ids, [self.second.id, self.first.id])

    def test_sort_by_tier_then_by_name(self):
        found = self._search(order="loyalty_tier_id, name desc")
        names = ["Contact of Anna", "Below the contact", "Anna Ltd", "Boris Ltd"]
        self.assertEqual(found.mapped("name")[:4], names)

    def test_sorting_keeps_contacts_without_profile(self):
        for order in ("loyalty_tier_id", "loyalty_standing desc", "loyalty_profile_id"):
            found = self._search(order=order)
            self.assertEqual(found.sorted("id"), self.all.sorted("id"))

    def test_sort_and_filter_together(self):
        found = self._search(
            ("loyalty_tier_id", "!=", False),
            ("loyalty_standing", "=", "ranked"),
            order="loyalty_tier_id desc, loyalty_standing, id",
        )
        self.assertEqual(found[0], self.second)
        self.assertEqual(len(found), 4)

    def _groups(self, field):
        domain = [("id", "in", self.all.ids)]
        groups = self.partners.formatted_read_group(domain, [field], ["__count"])
        web = self.partners.web_read_group(domain, [field], ["__count"])["groups"]
        result = {}
        for group, web_group in zip(groups, web, strict=True):
            key = group[field][0] if isinstance(group[field], tuple) else group[field]
            self.assertEqual(group["__count"], web_group["__count"])
            found = self.partners.search(domain + group["__extra_domain"])
            self.assertEqual(len(found), group["__count"])
            result[key] = group["__count"]
        return result

    def test_group_by_tier(self):
        groups = self._groups("loyalty_tier_id")
        self.assertEqual(groups, {self.tier_1.id: 3, self.tier_2.id: 1, False: 2})

    def test_group_by_standing(self):
        groups = self._groups("loyalty_standing")
        self.assertEqual(groups, {"ranked": 4, "too_new": 1, False: 1})

    def test_group_by_profile(self):
        groups = self._groups("loyalty_profile_id")
        self.assertEqual(sorted(groups.values()), [1, 1, 1, 3])

    def test_group_by_two_levels(self):
        groups = self.partners.formatted_read_group(
            [("id", "in", self.all.ids)],
            ["loyalty_standing", "loyalty_tier_id"],
            ["__count"],
        )
        self.assertEqual(sum(group["__count"] for group in groups), len(self.all))
        self.assertEqual(len(groups), 4)

    def test_group_by_tier_filtered_by_tier(self):
        domain = [("loyalty_tier_id", "=", self.tier_2.id)]
        [group] = self.partners.formatted_read_group(
            domain, ["loyalty_tier_id"], ["__count"]
        )
        self.assertEqual(group["__count"], 1)

    # ------------------------------------------------------------------
    # Read
    # ------------------------------------------------------------------

    def test_contacts_follow_their_customer(self):
        for partner in self._family().with_user(self.reader):
            self.assertEqual(partner.loyalty_tier_id, self.tier_1)
            self.assertEqual(partner.loyalty_standing, "ranked")
            self.assertEqual(partner.loyalty_profile_id, self._profile(self.first))
            self.assertEqual(partner.loyalty_profile_ids, self._profile(self.first))

    def test_subsidiaries_stand_for_themselves(self):
        shop = self._partner("Shop", parent_id=self.first.id)
        self.assertFalse(shop.with_user(self.reader).loyalty_tier_id)
        self.assertNotIn(
            shop,
            self._search(
                ("loyalty_tier_id", "=", self.tier_1.id), among=self.all + shop
            ),
        )

    def test_contact_without_profile_has_nothing(self):
        partner = self.prospect.with_user(self.reader)
        self.assertFalse(partner.loyalty_profile_id)
        self.assertFalse(partner.loyalty_tier_id)
        self.assertFalse(partner.loyalty_standing)
        self.assertFalse(partner.loyalty_profile_ids)

    def test_new_contact_has_nothing(self):
        partner = self.partners.new({"name": "Draft", "is_company": True})
        self.assertFalse(partner.loyalty_tier_id)
        self.assertFalse(partner.loyalty_profile_ids)

    def test_contact_tells_the_tier_after_a_decision(self):
        partner = self.second.with_user(self.reader)
        self.assertEqual(partner.loyalty_tier_id, self.tier_2)
        self._invoice(self.second, 5000)
        self._decide()
        self.assertEqual(partner.loyalty_tier_id, self.tier_1)

    def test_web_client_reads_tier_and_profile(self):
        [row] = self.contact.with_user(self.reader).web_read(
            {
                "loyalty_tier_id": {"fields": {"display_name": {}, "color": {}}},
                "loyalty_tier_color": {},
                "loyalty_profile_ids": {"fields": {"revenue": {}, "reason": {}}},
            }
        )
        self.assertEqual(row["loyalty_tier_id"]["display_name"], self.tier_1.name)
        self.assertEqual(row["loyalty_tier_color"], self.tier_1.color)
        self.assertEqual(row["loyalty_profile_ids"][0]["revenue"], 800)

    def test_export_tells_the_tier(self):
        self.reader.sudo().group_ids += self.env.ref("base.group_allow_export")
        rows = self.contact.with_user(self.reader).export_data(
            ["name", "loyalty_tier_id", "loyalty_standing"]
        )
        expected = ["Contact of Anna", self.tier_1.name, "In a tier"]
        self.assertEqual(rows["datas"], [expected])

    def test_name_search_is_as_before(self):
        found = self.partners.name_search("Anna Ltd")
        self.assertEqual(found[0][0], self.first.id)
        self.assertNotIn("loyalty", str(self.partners._rec_names_search))

    def test_name_search_takes_a_condition_on_the_tier(self):
        domain = [("loyalty_tier_id", "=", self.tier_2.id)]
        found = self.partners.name_search("Ltd", domain)
        self.assertEqual([row[0] for row in found], self.second.ids)

    # ------------------------------------------------------------------
    # Cards of the contact kanban
    # ------------------------------------------------------------------

    def _badges(self, partner, user=None):
        statistics = partner.with_user(
            user or self.reader
        )._compute_application_statistics_hook()
        return [item["value"] for item in statistics[partner.id]]

    def test_card_shows_the_tier(self):
        self.assertIn(self.tier_1.name, self._badges(self.contact))

    def test_card_of_a_contact_without_tier_shows_none(self):
        names = set(self.policy.tier_ids.mapped("name"))
        for partner in self.newcomer + self.prospect:
            self.assertFalse(names & set(self._badges(partner)))

    def test_card_shows_no_tier_to_users_without_the_group(self):
        outsider = self._user("loyalty_outsider", "base.group_user")
        self.assertNotIn(self.tier_1.name, self._badges(self.contact, outsider))

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------

    def _other_company(self):
        """Another company of the reader, in which Boris is first and Anna newcomer."""
        company = self.setup_other_company(name="Other Ltd")["company"]
        self.reader.sudo().company_ids += company
        policy = self.env["crm.loyalty.policy"]._get(company)
        self._invoice(self.second, 900, company_id=company.id)
        self._invoice(self.first, 10, "2026-06-01", company_id=company.id)
        self._run(policy=policy)
        policy._apply_tiers()
        return company, policy.tier_ids.sorted()

    def test_first_of_the_allowed_companies_counts(self):
        company, tiers = self._other_company()
        for companies, expected in (
            (
                self.company + company,
                {self.first: self.tier_1, self.second: self.tier_2},
            ),
            (company + self.company, {self.first: tiers[:0], self.second: tiers[0]}),
        ):
            context = {"allowed_company_ids": companies.ids}
            partners = self.partners.with_context(**context)
            for partner, tier in expected.items():
                partner = partners.browse(partner.id)
                self.assertEqual(partner.loyalty_tier_id.sudo(), tier.sudo())
                found = partners.search(
                    [("loyalty_tier_id", "=", tier.id), ("id", "=", partner.id)]
                )
                self.assertEqual(found, partner)

    def test_groups_of_the_first_company_only(self):
        company, tiers = self._other_company()
        companies = (company + self.company).ids
        partners = self.partners.with_context(allowed_company_ids=companies)
        groups = partners.formatted_read_group(
            [("id", "in", self.customers.ids)], ["loyalty_tier_id"], ["__count"]
        )
        counts = {
            group["loyalty_tier_id"] and group["loyalty_tier_id"][0]: group["__count"]
            for group in groups
        }
        self.assertEqual(counts, {tiers[0].id: 1, False: 3})

    def test_switching_company_switches_what_is_cached(self):
        company, tiers = self._other_company()
        partner = self.second.with_user(self.reader)
        self.assertEqual(partner.loyalty_tier_id, self.tier_2)
        self.assertEqual(partner.with_company(company).loyalty_tier_id, tiers[0])
        self.assertEqual(partner.loyalty_tier_id, self.tier_2)

    def test_branch_filters_by_tier_of_its_root(self):
        branch = (
            self.env["res.company"]
            .sudo()
            .create({"name": "Branch", "parent_id": self.company.id})
        )
        self.reader.sudo().write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        found = self._search(("loyalty_tier_id", "=", self.tier_1.id))
        self.assertEqual(found, self._family())
