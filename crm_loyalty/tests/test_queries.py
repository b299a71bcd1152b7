# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from lxml import etree

from odoo import Command
from odoo.tests import tagged

from .common import CrmLoyaltyCommon

#: what the list view of customers reads
PROFILE_SPECIFICATION = {
    "partner_id": {"fields": {"display_name": {}}},
    "tier_color": {},
    "tier_id": {"fields": {"display_name": {}}},
    "computed_tier_id": {"fields": {"display_name": {}}},
    "standing": {},
    "relation_state": {},
    "expected_date": {},
    "money_at_risk": {},
    "currency_id": {"fields": {"display_name": {}}},
    "revenue": {},
    "trend": {},
    "sparkline": {},
    "purchase_count": {},
    "last_purchase_date": {},
    "last_order_date": {},
    "overdue": {},
    "discount": {},
    "tier_since": {},
    "group_id": {"fields": {"display_name": {}}},
    "country_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
}
#: what its form reads besides
FORM_SPECIFICATION = PROFILE_SPECIFICATION | {
    "rank": {},
    "entity_count": {},
    "reason": {},
    "rhythm": {},
    "changes": {},
    "risk_outcome_ids": {
        "fields": {
            "create_date": {},
            "outcome": {},
            "sentence": {},
            "user_id": {"fields": {"display_name": {}}},
        }
    },
    "strategy": {},
    "period_label": {},
    "since_run_count": {},
    "since_run_amount": {},
    "change_ids": {
        "fields": {
            "date": {},
            "from_tier_id": {"fields": {"display_name": {}}},
            "to_tier_id": {"fields": {"display_name": {}}},
            "reason": {},
        }
    },
}
CHANGE_SPECIFICATION = {
    "date": {},
    "partner_id": {"fields": {"display_name": {}}},
    "direction": {},
    "from_tier_id": {"fields": {"display_name": {}}},
    "to_tier_id": {"fields": {"display_name": {}}},
    "kind": {},
    "standing": {},
    "revenue": {},
    "reason": {},
    "user_id": {"fields": {"display_name": {}}},
}
#: a contact without us, then what we add to its list and to its form
CONTACT_SPECIFICATION = {
    "display_name": {},
    "email": {},
    "phone": {},
    "country_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
}
CONTACT_LIST_SPECIFICATION = CONTACT_SPECIFICATION | {
    "loyalty_tier_id": {"fields": {"display_name": {}}},
    "loyalty_tier_color": {},
    "loyalty_standing": {},
}
#: read when somebody opens the page "Value" of a contact
VALUE_CARD_SPECIFICATION = {
    "group_id": {"fields": {"display_name": {}}},
    "entity_count": {},
    "currency_id": {"fields": {"display_name": {}}},
    "reason": {},
    "rhythm": {},
    "period_label": {},
    "revenue": {},
    "revenue_previous": {},
    "purchase_count": {},
    "last_purchase_date": {},
    "overdue": {},
    "sparkline": {},
}
CONTACT_FORM_SPECIFICATION = CONTACT_LIST_SPECIFICATION | {
    "loyalty_membership_ids": {
        "fields": {
            "group_id": {"fields": {"display_name": {}}},
            "date_from": {},
            "date_to": {},
            "state": {},
        }
    },
    "loyalty_profile_ids": {
        "fields": {
            "revenue": {},
            "currency_id": {"fields": {"display_name": {}}},
        }
    },
    "loyalty_key_account_id": {"fields": {"display_name": {}}},
    "stakeholder_ids": {
        "fields": {
            "lead_id": {"fields": {"display_name": {}}},
            "account_id": {"fields": {"display_name": {}}},
            "attitude": {},
            "last_touch": {},
        }
    },
    "stakeholder_relation_ids": {"fields": {"display_name": {}}},
}


@tagged("post_install", "-at_install")
class TestQueries(CrmLoyaltyCommon):
    """Screens and runs cost as many queries for 40 customers as for 5."""

    FEW, MANY = 5, 40

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user(
            "loyalty_seller", "sales_team.group_sale_salesman_all_leads"
        )
        cls.customers = cls._sell_to(cls.FEW)
        cls._decide()

    @classmethod
    def _sell_to(cls, count):
        """New customers, all unlike: own salesperson, country, contact, documents."""
        countries = cls.env["res.country"].search([], limit=count)
        partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "is_company": True,
                    "user_id": cls.seller.id,
                    "country_id": countries[number].id,
                    "child_ids": [(0, 0, {"name": f"Contact {number}"})],
                }
                for number in range(count)
            ]
        )
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-03-15",
                    "date": "2026-03-15",
                    "invoice_line_ids": [cls._line(10 + number)],
                }
                for number, partner in enumerate(partners)
            ]
        )
        moves.action_post()
        return partners

    def _grow(self):
        """As many customers as on a page of the list; new ones enter their tier."""
        self.customers += self._sell_to(self.MANY - len(self.customers))
        self._run()

    def _count(self, function):
        """Queries of ``function(env)`` for the salesperson, nothing being cached."""
        env = self.env(user=self.seller, su=False)
        counts = []
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            function(env)
            counts.append(self.cr.sql_log_count - before)
        return counts[-1]

    def _assert_no_growth(self, function):
        few = self._count(function)
        self._grow()
        many = self._count(function)
        self.assertEqual(many, few)

    # ------------------------------------------------------------------
    # Customers, history, pyramid
    # ------------------------------------------------------------------

    def test_customer_list(self):
        def read(env):
            rows = env["crm.customer.profile"].web_search_read(
                [], PROFILE_SPECIFICATION, limit=80
            )["records"]
            self.assertEqual(len(rows), len(self.customers))

        self._assert_no_growth(read)

    def test_all_that_a_profile_computes(self):
        def read(env):
            rows = env["crm.customer.profile"].web_search_read(
                [], FORM_SPECIFICATION, limit=80
            )["records"]
            self.assertEqual(len(rows), len(self.customers))

        self._assert_no_growth(read)

    def test_customers_grouped_by_tier(self):
        self._assert_no_growth(
            lambda env: env["crm.customer.profile"].web_read_group(
                [], ["tier_id"], ["__count", "revenue:sum"]
            )
        )

    def test_history_list(self):
        def read(env):
            rows = env["crm.customer.tier.change"].web_search_read(
                [], CHANGE_SPECIFICATION, limit=80
            )["records"]
            self.assertGreaterEqual(len(rows), len(self.customers))

        self._assert_no_growth(read)

    def test_pyramid(self):
        self._assert_no_growth(lambda env: env["crm.loyalty.pyramid"].get_values())

    def test_the_line_above_a_list(self):
        self._assert_no_growth(
            lambda env: env["crm.customer.profile"].get_list_summary([])
        )

    def test_movers_of_a_preview(self):
        self.policy.decided_on = False  # everybody moves
        self.env.cr.execute("UPDATE crm_customer_profile SET tier_id = NULL")
        self.seller.group_ids += self.env.ref("crm_loyalty.group_manager")
        preview = self.env["crm.loyalty.preview"].create({"policy_id": self.policy.id})

        def simulate():
            preview._simulate()
            self.assertEqual(len(preview.line_ids), len(self.customers))

        def read(env):
            lines = env["crm.loyalty.preview.line"].browse(preview.line_ids.ids)
            self.assertTrue(all(lines.mapped("profile_id")))

        simulate()
        few = self._count(read)
        self._grow()
        simulate()
        self.assertEqual(self._count(read), few)

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _read_contacts(self, specification, **options):
        domain = [("id", "child_of", self.customers.ids)]
        return lambda env: env["res.partner"].web_search_read(
            domain, specification, limit=100, **options
        )

    def test_contact_list_does_not_grow(self):
        def read(env):
            rows = self._read_contacts(CONTACT_LIST_SPECIFICATION)(env)["records"]
            self.assertEqual(len(rows), 2 * len(self.customers))
            self.assertTrue(all(row["loyalty_tier_id"] for row in rows))

        self._assert_no_growth(read)

    def test_contact_list_costs_little_more_with_our_fields(self):
        without = self._count(self._read_contacts(CONTACT_SPECIFICATION))
        count = self._count(self._read_contacts(CONTACT_LIST_SPECIFICATION))
        self.assertLessEqual(count - without, 3)

    def test_contact_list_costs_nothing_when_filtered_and_sorted_by_tier(self):
        without = self._count(self._read_contacts(CONTACT_SPECIFICATION))
        domain = [
            ("id", "child_of", self.customers.ids),
            ("loyalty_tier_id", "!=", False),
        ]
        count = self._count(
            lambda env: env["res.partner"].web_search_read(
                domain, CONTACT_SPECIFICATION, limit=100, order="loyalty_tier_id, id"
            )
        )
        self.assertEqual(count, without)

    def test_contact_form_costs_little_more_with_our_fields(self):
        partners = self.env["res.partner"].with_user(self.seller)
        arch = partners.get_views([(False, "form")])["views"]["form"]["arch"]
        names = etree.fromstring(arch).xpath("//field[not(ancestor::field)]/@name")
        ours = ("loyalty_", "stakeholder_")
        without = {name: {} for name in names if not name.startswith(ours)}
        self.assertLessEqual({*names} - {*without}, {*CONTACT_FORM_SPECIFICATION})
        self.assertGreater(len(without), 20)

        def count(specification):
            partner_id = self.customers[0].id
            return self._count(
                lambda env: (
                    env["res.partner"].browse(partner_id).web_read(specification)
                )
            )

        more = count(without | CONTACT_FORM_SPECIFICATION) - count(without)
        self.assertLessEqual(more, 8)

    def test_contact_form_of_a_group_costs_as_much_for_many_members(self):
        def read(env):
            [row] = (
                env["res.partner"]
                .browse(self.customers[-1].id)
                .web_read(CONTACT_FORM_SPECIFICATION)
            )
            profile = env["crm.customer.profile"].browse(
                record["id"] for record in row["loyalty_profile_ids"]
            )
            [card] = profile.web_read(VALUE_CARD_SPECIFICATION)
            self.assertEqual(card["entity_count"], len(self.customers))

        head = self.customers[0]
        group = self.env["crm.customer.group"].create(
            {"name": "Chain", "partner_id": head.id, "state": "confirmed"}
        )
        counts = []
        for _size in ("few", "many"):
            group.member_ids.unlink()
            group.member_ids = [
                Command.create({"partner_id": partner.id, "date_from": "2026-01-01"})
                for partner in self.customers
            ]
            self._run()
            counts.append(self._count(read))
            self._grow()
        self.assertEqual(*counts)

    def test_contact_cards_do_not_grow(self):
        self._assert_no_growth(
            lambda env: self.customers.with_env(
                env
            )._compute_application_statistics_hook()
        )

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def test_tiers_of_invoices_do_not_grow(self):
        def read(env):
            moves = (
                env["account.move"]
                .sudo()
                .search([("partner_id", "in", self.customers.ids)])
            )
            moves.with_user(self.seller).sudo().web_read(
                {"loyalty_tier_id": {}, "loyalty_current_tier_id": {}}
            )

        self._assert_no_growth(read)

    def _draft_invoices(self):
        return self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-05-15",
                    "invoice_line_ids": [self._line(10)],
                }
                for partner in self.customers
            ]
        )

    def test_tiers_of_draft_invoices_do_not_grow(self):
        def read(env):
            moves = (
                env["account.move"]
                .sudo()
                .search(
                    [
                        ("partner_id", "in", self.customers.ids),
                        ("state", "=", "draft"),
                    ]
                )
            )
            self.assertEqual(len(moves), len(self.customers))
            moves.read(["loyalty_current_tier_id", "loyalty_tier_color"])

        drafts = self._draft_invoices()
        few = self._count(read)
        drafts.unlink()
        self._grow()
        self._draft_invoices()
        self.assertEqual(self._count(read), few)

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    def _count_run(self, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        run = self._run(**kwargs)
        self.env.flush_all()
        self.assertEqual(run.done, len(self.customers))
        return self.cr.sql_log_count - before

    def _change_all(self):
        """Queue every customer, as if a document of each were reset."""
        moves = self.env["account.move"].search(
            [("partner_id", "in", self.customers.ids)]
        )
        self.env["crm.customer.queue"].sudo()._push_moves(moves)

    def _assert_run_does_not_grow(self, **kwargs):
        few = self._count_warm_run(**kwargs)
        self._grow()
        self.assertEqual(self._count_warm_run(**kwargs), few)

    def _count_warm_run(self, **kwargs):
        for _warm in range(2):
            self._change_all()
            count = self._count_run(**kwargs)
        return count

    def test_full_run_does_not_grow(self):
        self._assert_run_does_not_grow(full=True)

    def test_run_of_changed_customers_does_not_grow(self):
        self._assert_run_does_not_grow()
