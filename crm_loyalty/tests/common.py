# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

AS_OF = fields.Date.to_date("2026-06-30")
#: of six customers; cumulated 50, 75, 90, 95, 98, 100 %: tiers 1, 1, 2, 3, 3, 4
REVENUES = (500, 250, 150, 50, 30, 20)


class CrmLoyaltyCommon(AccountTestInvoicingCommon):
    """A company of its own, without other customers, judged as of 30 June 2026."""

    @classmethod
    def get_default_groups(cls):
        # rights are tested with users of their own: see test_access
        groups = super().get_default_groups()
        for xmlid in (
            "base.group_system",
            "sales_team.group_sale_manager",
            "stock.group_stock_manager",
            "crm_loyalty.group_manager",
        ):
            groups |= cls.quick_ref(xmlid)
        return groups

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.policy = cls.env["crm.loyalty.policy"]._get(cls.company)
        cls.profiles = cls.env["crm.customer.profile"]
        cls.tier_1, cls.tier_2, cls.tier_3, cls.tier_4 = cls.policy.tier_ids.sorted()
        cls.service = cls.env["product.product"].create(
            {"name": "Consulting", "type": "service", "taxes_id": False}
        )

    # ------------------------------------------------------------------
    # Factories
    # ------------------------------------------------------------------

    @classmethod
    def _partner(cls, name="Customer", **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    @classmethod
    def _line(cls, amount, **values):
        return Command.create(
            {
                "product_id": cls.service.id,
                "quantity": 1,
                "price_unit": amount,
                "tax_ids": False,
                **values,
            }
        )

    @classmethod
    def _invoice(
        cls, partner, amount=100, date="2026-03-15", *, lines=None, post=True, **values
    ):
        """A customer invoice, or a credit note for a negative amount, posted."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_refund" if amount < 0 else "out_invoice",
                "partner_id": partner.id,
                "invoice_date": date,
                "date": date,
                "invoice_line_ids": lines or [cls._line(abs(amount))],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _six_customers(cls, date):
        """A list of customers with one invoice each of that day, see ``REVENUES``."""
        partners = [cls._partner(f"Customer {index}") for index in range(6)]
        for partner, revenue in zip(partners, REVENUES, strict=True):
            cls._invoice(partner, revenue, date)
        return partners

    @classmethod
    def _user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    # ------------------------------------------------------------------
    # Runs and what they leave
    # ------------------------------------------------------------------

    @classmethod
    def _run(cls, as_of=AS_OF, *, policy=None, full=False):
        return (policy or cls.policy)._run(as_of=as_of, full=full)

    @classmethod
    def _decide(cls, as_of=AS_OF):
        """Run and apply; the first decision of a policy is the proposal's."""
        cls._run(as_of)
        return cls.policy._apply_tiers(as_of)

    def _profile(self, partner, company=None):
        return self.profiles.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or self.company).id),
            ]
        )

    def _facts(self, company=None):
        """The fact table of a company, comparable."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT partner_id, address_id, date, revenue, discount, document_count,
                line_count, purchase_count, cost, revenue_uncosted
            FROM crm_customer_fact WHERE company_id = %s
            ORDER BY partner_id, address_id, date
            """,
            [(company or self.company).id],
        )
        return self.env.cr.fetchall()

    def _profile_rows(self, company=None):
        """The profile table of a company, comparable."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT partner_id, standing, tier_id, computed_tier_id, revenue,
                revenue_previous, discount, document_count, line_count,
                purchase_count, first_purchase_date, last_purchase_date, cost,
                revenue_uncosted,
                occasion_count, gap_median, gap_spread, revenue_at_last,
                discount_previous, period_count, variation, abc_class, xyz_class,
                rfm_r, rfm_f, rfm_m, rfm_segment, usual_gap, expected_date,
                relation_state, money_at_risk
            FROM crm_customer_profile WHERE company_id = %s
            ORDER BY partner_id
            """,
            [(company or self.company).id],
        )
        return self.env.cr.fetchall()
