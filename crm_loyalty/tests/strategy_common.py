# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, fields

from .common import CrmLoyaltyCommon


class StrategyCase(CrmLoyaltyCommon):
    """Six customers, decided: tiers 1, 1, 2, 3, 3, 4; a pricelist that is usual."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user")._apply_group(
            cls.env.ref("product.group_product_pricelist")
        )
        cls.seller = cls._user("strategy_seller", "sales_team.group_sale_salesman")
        cls.manager = cls._user("strategy_manager", "crm_loyalty.group_manager")
        cls.partners = cls._six_customers("2026-03-15")
        for partner in cls.partners:
            partner.user_id = cls.seller
        cls._decide()
        cls.best, cls.small = cls.partners[0], cls.partners[5]
        cls.usual = cls.env["product.pricelist"].create(
            {"name": "Usual", "company_id": cls.company.id, "sequence": 0}
        )
        cls.goods = cls._goods("Glue")
        cls.term_30 = cls.env.ref("account.account_payment_term_30days")
        cls.term_15 = cls.env.ref("account.account_payment_term_15days")
        cls.term_now = cls.env.ref("account.account_payment_term_immediate")

    @classmethod
    def _goods(cls, name):
        return cls.env["product.product"].create(
            {
                "name": name,
                "is_storable": True,
                "list_price": 100,
                "taxes_id": False,
            }
        )

    @classmethod
    def _strategy(cls, tier):
        return cls.env["crm.loyalty.strategy"].search([("tier_id", "=", tier.id)])

    @classmethod
    def _switch_on(cls, tier, approve=True, **values):
        """The strategy of a tier, in force, as the manager switches it on."""
        strategy = cls._strategy(tier).with_user(cls.manager)
        strategy.write(values)
        strategy._switch_on()
        if approve:
            strategy.action_approve()
        return strategy

    @classmethod
    def _group(cls, head, *members):
        """A group of customers, which counts from now on."""
        cls.env["crm.customer.group"].create(
            {
                "name": "Chain",
                "partner_id": head.id,
                "state": "confirmed",
                "member_ids": [
                    Command.create(
                        {"partner_id": partner.id, "date_from": "2026-01-01"}
                    )
                    for partner in (head, *members)
                ],
            }
        )
        cls._run()

    @classmethod
    def _quote(cls, partner, quantity=1, product=None, **values):
        return (
            cls.env["sale.order"]
            .with_user(cls.seller)
            .create(
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": (product or cls.goods).id,
                                "product_uom_qty": quantity,
                            }
                        )
                    ],
                    **values,
                }
            )
        )

    def _sources(self, order):
        """{label: (value, source)} as the panel on the order tells."""
        return {
            source["label"]: (source["value"], source["source"])
            for source in order.loyalty_advice["sources"]
        }

    @classmethod
    def _overdue(cls, partner, amount, days):
        day = fields.Date.subtract(fields.Date.today(), days=days)
        return cls._invoice(partner, amount, day, invoice_date_due=day)
