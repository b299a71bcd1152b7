# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import format_date

#: days around the date in earlier years in which its products were ordered
SEASON_DAYS = 45
#: lines of a prepared offer
OFFER_LINES = 10


class CrmKeyAccountDate(models.Model):
    """A day that matters to a key account, and the offer prepared for it."""

    _name = "crm.key.account.date"
    _description = "Important Date of a Key Account"
    _order = "account_id, date, id"

    account_id = fields.Many2one(
        "crm.key.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id")
    name = fields.Char("Occasion", required=True)
    date = fields.Date(required=True)
    yearly = fields.Boolean("Every Year", default=True)
    days_before = fields.Integer(
        "Prepare Days Before",
        default=30,
        help="So many days before, an activity and a draft quotation are prepared",
    )
    note = fields.Char("What to Offer")
    next_date = fields.Date("Next Time", compute="_compute_next_date")
    prepared_for = fields.Date(
        "Prepared for", readonly=True, copy=False, help="The last day with an offer"
    )
    order_id = fields.Many2one("sale.order", "Last Offer", readonly=True, copy=False)

    _days_positive = models.Constraint(
        "CHECK (days_before >= 0)", "“Prepare Days Before” cannot be negative."
    )

    @api.depends("date", "yearly")
    def _compute_next_date(self):
        today = fields.Date.context_today(self)
        for occasion in self:
            occasion.next_date = occasion._get_next_date(today)

    def _get_next_date(self, today):
        """The next day it happens on or after ``today``; False when it is past."""
        if not self.date or not self.yearly:
            return self.date and self.date >= today and self.date
        # a 29 February is kept on the 28th in other years
        years = today.year - self.date.year
        this_year = fields.Date.add(self.date, years=max(years, 0))
        if this_year >= today:
            return this_year
        return fields.Date.add(self.date, years=years + 1)

    # ------------------------------------------------------------------
    # Prepared offers
    # ------------------------------------------------------------------

    @api.model
    def _prepare_due(self, today):
        """Prepare the offers of the days that are close, each once."""
        due = self.search([("account_id.state", "=", "active")]).filtered(
            lambda occasion: occasion._is_due(today)
        )
        due._prepare_offers()

    def _is_due(self, today):
        day = self._get_next_date(today)
        if not day or self.prepared_for == day:
            return False
        return fields.Date.subtract(day, days=self.days_before) <= today

    def action_prepare(self):
        """Prepare the offer now and open it."""
        self.ensure_one()
        self.account_id.check_access("write")
        self._prepare_offers()
        return (self.order_id or self.account_id)._get_records_action()

    def _prepare_offers(self):
        """A draft quotation where we know what is bought for the day; an activity."""
        today = fields.Date.context_today(self)
        products = self._get_products(today)
        for occasion in self:
            account = occasion.account_id
            day = occasion._get_next_date(today)
            owner = account.manager_id or account.partner_id.user_id
            if products[occasion]:
                # sudo: the offer belongs to the manager of the account, who may have
                # rights on his own quotations only
                occasion.order_id = (
                    self.env["sale.order"]
                    .sudo()
                    .with_company(account.company_id)
                    .create(
                        {
                            "partner_id": account.partner_id.id,
                            "user_id": owner.id,
                            "company_id": account.company_id.id,
                            "client_order_ref": occasion.name,
                            "order_line": [
                                Command.create(
                                    {"product_id": product_id, "product_uom_qty": qty}
                                )
                                for product_id, qty in products[occasion]
                            ],
                        }
                    )
                )
            occasion.prepared_for = day
            account._schedule(
                max(fields.Date.subtract(day, days=7), today) if day else today,
                self._describe_offer(occasion, day),
            )

    def _describe_offer(self, occasion, day):
        values = {"name": occasion.name, "day": format_date(self.env, day)}
        if occasion.order_id:
            return self.env._(
                "%(name)s on %(day)s: check and send the offer %(offer)s",
                offer=occasion.order_id.name,
                **values,
            )
        return self.env._(
            "%(name)s on %(day)s: make an offer; nothing was ordered for it before",
            **values,
        )

    def _get_products(self, today):
        """{occasion: [(product id, quantity)]} as ordered around it in earlier years.

        The larger quantity first; a quantity is the average of the orders with it.
        """
        accounts = self.account_id
        lines = self.env["sale.order.line"].sudo()  # as in _prepare_offers
        groups = lines._read_group(
            Domain("order_id.state", "=", "sale")
            & Domain("company_id", "child_of", accounts.company_id.ids)
            & Domain(
                "order_id.partner_id.commercial_partner_id",
                "in",
                accounts.entity_ids.ids,
            )
            & Domain("product_id.active", "=", True)
            & Domain("product_id.sale_ok", "=", True)
            & Domain("is_downpayment", "=", False)
            & Domain("display_type", "=", False),
            ["order_partner_id", "company_id", "product_id", "order_id"],
            ["product_uom_qty:sum"],
        )
        found = defaultdict(lambda: defaultdict(list))
        for contact, company, product, order, quantity in groups:
            if product.type == "service" or quantity <= 0:
                continue
            for occasion in self:
                account = occasion.account_id
                if (
                    contact.commercial_partner_id in account.entity_ids
                    and company.root_id == account.company_id
                    and occasion._is_season(order.date_order.date(), today)
                ):
                    found[occasion][product.id].append(quantity)
        return {
            occasion: sorted(
                (
                    (product_id, sum(quantities) / len(quantities))
                    for product_id, quantities in found[occasion].items()
                ),
                key=lambda pair: (-pair[1], pair[0]),
            )[:OFFER_LINES]
            for occasion in self
        }

    def _is_season(self, day, today):
        """Whether an order of that day was for this occasion, in an earlier year."""
        occasion_day = self._get_next_date(today)
        if not occasion_day:
            return False
        for years in range(1, 6):
            distance = fields.Date.subtract(occasion_day, years=years) - day
            # goods for a day are ordered before it
            if -7 <= distance.days <= SEASON_DAYS:
                return True
        return False
