# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, formatLang

from ..tools.block import Block, Column

#: rows of a table before it says how many more there are
LIMIT = 12
#: usual products told
BASKET = 6


class CrmHandoverFile(models.AbstractModel):
    """What the new owner of a customer must know, on paper.

    One method per part, for all customers at once; each gives {line: Block}. Add-ons
    that know more add a name to ``_get_parts`` and a method.
    """

    _name = "crm.handover.file"
    _description = "Handover File"

    @api.model
    def _get_values(self, lines):
        """The file of each customer.

        :param lines: ``crm.handover.line``, whose readers may read all of it: the old
            and the new owner, and managers
        :return: {line: list of blocks}
        """
        lines.check_access("read")
        # sudo: documents of colleagues with this customer belong to its file
        self, lines = self.sudo(), lines.sudo()
        parts = [getattr(self, f"_get_{name}")(lines) for name in self._get_parts()]
        return {
            line.id: [part[line].cut(LIMIT) for part in parts if line in part]
            for line in lines
        }

    def _get_parts(self):
        """Names of the parts, in the order of the paper."""
        return [
            "customer",
            "next_actions",
            "receivables",
            "disputes",
            "promises",
            "open_business",
            "rhythm",
            "prices",
            "map",
            "people",
        ]

    def _get_profiles(self, lines):
        """{line: profile of its customer, or of the group it belongs to}."""
        found = {}
        for company, of_company in lines.grouped("company_id").items():
            profiles = self.env["crm.customer.entity"]._get_profiles(
                of_company.partner_id, company
            )
            empty = self.env["crm.customer.profile"]
            for line in of_company:
                found[line] = profiles.get(line.partner_id.id, empty)
        return found

    def _by_line(self, lines, records, path):
        """{line: records of its customer and company}, the rows of one search."""
        by_key = records.grouped(
            lambda record: (
                record[path].commercial_partner_id.id if path else record.id,
                record.company_id.root_id.id,
            )
        )
        return {
            line: records.browse()
            .concat(
                *(
                    by_key.get((line.partner_id.id, company_id), records.browse())
                    for company_id in (line.company_id.id, False)
                )
            )
            .with_prefetch(records.ids)
            for line in lines
        }

    def _day(self, day):
        return format_date(self.env, day) if day else "–"

    # ------------------------------------------------------------------
    # Parts
    # ------------------------------------------------------------------

    def _get_customer(self, lines):
        """Who it is, and what it is worth."""
        profiles = self._get_profiles(lines)
        return {
            line: Block(
                "customer",
                self.env._("Customer"),
                facts=self._get_customer_facts(line, profiles[line]),
                note=line.note or "",
            )
            for line in lines
        }

    def _get_customer_facts(self, line, profile):
        partner = line.partner_id
        address = partner._display_address(without_company=True).splitlines()
        facts = [
            (
                self.env._("Revenue of 12 months, net of tax"),
                format_amount(self.env, line.revenue, line.currency_id),
            ),
            (self.env._("Tier"), line.tier_id.name or "–"),
            (self.env._("Address"), ", ".join(filter(str.strip, address)) or "–"),
            (
                self.env._("Phone, e-mail"),
                ", ".join(filter(None, (partner.phone, partner.email))) or "–",
            ),
        ]
        if profile.group_id:
            facts.append((self.env._("Belongs to"), profile.group_id.name))
        return facts

    def _get_receivables(self, lines):
        """What is open, and how the customer pays."""
        found = self.env["crm.customer.receivable"].search(
            [
                ("partner_id", "in", lines.partner_id.ids),
                ("company_id", "in", lines.company_id.ids),
            ]
        )
        by_line = self._by_line(lines, found, "partner_id")
        days = self._get_payment_days(lines)
        return {
            line: Block(
                "receivables",
                self.env._("Receivables"),
                facts=self._get_receivable_facts(line, by_line[line], days.get(line)),
                columns=[
                    Column(self.env._("Document")),
                    Column(self.env._("Due")),
                    Column(self.env._("Days late"), right=True),
                    Column(self.env._("Still open"), right=True),
                ],
                rows=[
                    [
                        item.move_id.name or "",
                        self._day(item.date_due),
                        str(item.days_late or "–"),
                        format_amount(self.env, item.amount_residual, item.currency_id),
                    ]
                    for item in by_line[line]
                ],
            )
            for line in lines
        }

    def _get_payment_days(self, lines):
        today = fields.Date.context_today(self)
        start = fields.Date.subtract(today, days=365)
        days = {}
        for company, of_company in lines.grouped("company_id").items():
            found = self.env["crm.customer.payment"]._get_days_to_pay(
                of_company.partner_id, company, start, today
            )
            for line in of_company:
                days[line] = found.get(line.partner_id.id)
        return days

    def _get_receivable_facts(self, line, items, days):
        partner = line.partner_id.with_company(line.company_id)
        facts = [
            (
                self.env._("Open, of which overdue"),
                self.env._(
                    "%(open)s, %(overdue)s",
                    open=format_amount(
                        self.env, sum(items.mapped("amount_residual")), line.currency_id
                    ),
                    overdue=format_amount(self.env, line.overdue, line.currency_id),
                ),
            ),
            (
                self.env._("Payment terms"),
                partner.property_payment_term_id.name or self.env._("none of its own"),
            ),
            (
                self.env._("Credit limit"),
                format_amount(self.env, partner.credit_limit, line.currency_id)
                if partner.use_partner_credit_limit
                else self.env._("none of its own"),
            ),
        ]
        if days:
            facts.append(
                (
                    self.env._("Days to pay, after the due date"),
                    f"{formatLang(self.env, days[0], digits=0)}, "
                    f"{formatLang(self.env, days[1], digits=0)}",
                )
            )
        return facts

    def _get_disputes(self, lines):
        """Credit notes of the last months and late deliveries: what may be sore."""
        since = fields.Date.subtract(fields.Date.context_today(self), months=6)
        credits_found = self.env["account.move"].search(
            [
                ("commercial_partner_id", "in", lines.partner_id.ids),
                ("company_id", "child_of", lines.company_id.ids),
                ("move_type", "=", "out_refund"),
                ("state", "=", "posted"),
                ("invoice_date", ">=", since),
            ],
            order="invoice_date desc",
        )
        late = self.env["crm.customer.delivery"].search(
            [
                ("partner_id", "in", lines.partner_id.ids),
                ("company_id", "in", lines.company_id.ids),
                ("state", "=", "open_late"),
            ]
        )
        credited = self._by_line(lines, credits_found, "partner_id")
        waiting = self._by_line(lines, late, "partner_id")
        return {
            line: Block(
                "disputes",
                self.env._("Disputes and late deliveries"),
                columns=[
                    Column(self.env._("Kind")),
                    Column(self.env._("Document")),
                    Column(self.env._("Day")),
                    Column(self.env._("Amount"), right=True),
                ],
                rows=[
                    [
                        self.env._("Late delivery: %s", item.product_id.display_name),
                        item.order_id.name,
                        self._day(item.date_promised),
                        "",
                    ]
                    for item in waiting[line]
                ]
                + [
                    [
                        self.env._("Credit note"),
                        move.name,
                        self._day(move.invoice_date),
                        format_amount(self.env, move.amount_total, move.currency_id),
                    ]
                    for move in credited[line]
                ],
                empty=self.env._(
                    "No credit note in six months, and no delivery is late."
                ),
            )
            for line in lines
        }

    def _get_promises(self, lines):
        """Open activities of the customer and its documents, whoever they wait for."""
        found = self._get_activities(lines)
        today = fields.Date.context_today(self)
        late = self.env._("late")
        return {
            line: Block(
                "promises",
                self.env._("Promises: open activities"),
                columns=[
                    Column(self.env._("Until")),
                    Column(self.env._("To Do")),
                    Column(self.env._("About")),
                    Column(self.env._("Who")),
                ],
                rows=[
                    [
                        self._day(activity.date_deadline)
                        + (f" ({late})" if activity.date_deadline < today else ""),
                        activity.summary or activity.activity_type_id.name or "",
                        activity.res_name or "",
                        activity.user_id.name or "",
                    ]
                    for activity in found[line]
                ],
                empty=self.env._(
                    "Nothing is planned: agree the next step with the old owner."
                ),
            )
            for line in lines
        }

    def _get_activities(self, lines):
        """{line: open activities, soonest first}."""
        contacts = self.env["crm.handover"]._get_activity_contacts()
        found = defaultdict(list)
        for model, path in contacts.items():
            commercial = f"{path}." if path else ""
            records = self.env[model].search(
                Domain(f"{commercial}commercial_partner_id", "in", lines.partner_id.ids)
                & Domain("activity_ids", "!=", False)
            )
            if path:
                by_line = self._by_line(lines, records, path)
            else:  # contacts belong to all companies
                by_entity = records.grouped("commercial_partner_id")
                by_line = {
                    line: by_entity.get(line.partner_id, records.browse())
                    for line in lines
                }
            for line, of_line in by_line.items():
                found[line] += of_line.activity_ids.ids
        activities = self.env["mail.activity"]
        everything = [number for ids in found.values() for number in ids]
        return {
            line: activities.browse(found[line])
            .with_prefetch(everything)
            .sorted(lambda activity: (activity.date_deadline, activity.id))
            for line in lines
        }

    def _get_open_business(self, lines):
        """Open deals and quotations, unfinished orders."""
        deals = self.env["crm.lead"].search(
            [
                ("partner_id.commercial_partner_id", "in", lines.partner_id.ids),
                ("won_status", "=", "pending"),
            ]
        )
        orders = self.env["sale.order"].search(
            [
                ("partner_id.commercial_partner_id", "in", lines.partner_id.ids),
                ("company_id", "child_of", lines.company_id.ids),
                "|",
                ("state", "in", ("draft", "sent")),
                "&",
                ("state", "=", "sale"),
                "|",
                ("invoice_status", "!=", "invoiced"),
                ("delivery_status", "in", ("pending", "started", "partial")),
            ]
        )
        of_deals = self._by_line(lines, deals, "partner_id")
        of_orders = self._by_line(lines, orders, "partner_id")
        return {
            line: Block(
                "open_business",
                self.env._("Open deals, quotations and orders"),
                columns=[
                    Column(self.env._("Kind")),
                    Column(self.env._("Subject")),
                    Column(self.env._("Day")),
                    Column(self.env._("Amount"), right=True),
                ],
                rows=[self._row_of_deal(line, deal) for deal in of_deals[line]]
                + [self._row_of_order(order) for order in of_orders[line]],
                empty=self.env._("No deal, quotation or order is open."),
            )
            for line in lines
        }

    def _row_of_deal(self, line, deal):
        return [
            self.env._("Deal, %s", deal.stage_id.name or "–"),
            deal.name,
            self._day(deal.date_deadline),
            format_amount(self.env, deal.expected_revenue, line.currency_id),
        ]

    def _row_of_order(self, order):
        quoted = order.state in ("draft", "sent")
        return [
            self.env._("Quotation") if quoted else self.env._("Order"),
            order.name,
            self._day(order.validity_date if quoted else order.date_order),
            format_amount(self.env, order.amount_untaxed, order.currency_id),
        ]

    def _get_rhythm(self, lines):
        """How often it buys, and what."""
        profiles = self._get_profiles(lines)
        baskets = self.env["crm.customer.basket"].search(
            [
                ("partner_id", "in", lines.partner_id.ids),
                ("company_id", "in", lines.company_id.ids),
            ]
        )
        by_line = self._by_line(lines, baskets, "partner_id")
        return {
            line: Block(
                "rhythm",
                self.env._("Rhythm and usual basket"),
                facts=[
                    (
                        self.env._("Rhythm"),
                        profiles[line].rhythm or self.env._("too little data"),
                    ),
                    (
                        self.env._("Expected next order"),
                        self._day(profiles[line].expected_date),
                    ),
                ],
                columns=[
                    Column(self.env._("Product")),
                    Column(self.env._("Usual quantity"), right=True),
                    Column(self.env._("Every … days"), right=True),
                    Column(self.env._("Next expected")),
                ],
                rows=[
                    [
                        item.product_id.display_name,
                        f"{formatLang(self.env, item.quantity, digits=0)} "
                        f"{item.uom_id.name}",
                        formatLang(self.env, item.interval_days, digits=0),
                        self._day(item.date_expected),
                    ]
                    for item in by_line[line].sorted("purchase_days", reverse=True)
                ],
            ).cut(BASKET)
            for line in lines
        }

    def _get_prices(self, lines):
        """What it pays less, or otherwise, than others."""
        discounts = self._get_discounts(lines)
        return {
            line: Block(
                "prices",
                self.env._("Price exceptions"),
                facts=self._get_price_facts(line),
                columns=[
                    Column(self.env._("Product")),
                    Column(self.env._("Discount, %"), right=True),
                    Column(self.env._("Last ordered")),
                ],
                rows=discounts[line],
                empty=self.env._("No discount on any line of the last 12 months."),
            )
            for line in lines
        }

    def _get_price_facts(self, line):
        partner = line.partner_id.with_company(line.company_id)
        pricelist = partner.specific_property_product_pricelist
        facts = [
            (
                self.env._("Own price list"),
                pricelist.name or self.env._("none of its own"),
            )
        ]
        if partner.property_account_position_id:
            facts.append(
                (
                    self.env._("Fiscal position"),
                    partner.property_account_position_id.name,
                )
            )
        return facts

    def _get_discounts(self, lines):
        """{line: products with the highest discounts of a year}."""
        since = fields.Date.subtract(fields.Date.context_today(self), days=365)
        groups = self.env["sale.order.line"]._read_group(
            [
                ("order_id.state", "=", "sale"),
                ("discount", ">", 0),
                (
                    "order_id.partner_id.commercial_partner_id",
                    "in",
                    lines.partner_id.ids,
                ),
                ("company_id", "child_of", lines.company_id.ids),
                ("order_id.date_order", ">=", since),
            ],
            ["order_partner_id", "company_id", "product_id"],
            ["discount:max", "order_id:array_agg"],
            order="discount:max desc, product_id",
        )
        orders = self.env["sale.order"].browse(
            {order_id for *_keys, order_ids in groups for order_id in order_ids}
        )
        days = {order.id: order.date_order for order in orders}
        rows = defaultdict(list)
        for contact, company, product, discount, order_ids in groups:
            key = (contact.commercial_partner_id, company.root_id)
            rows[key].append(
                [
                    product.display_name,
                    formatLang(self.env, discount, digits=1),
                    self._day(max(days[order_id] for order_id in order_ids)),
                ]
            )
        return {line: rows[line.partner_id, line.company_id] for line in lines}
