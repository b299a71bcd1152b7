# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Plays the plan month by month: orders, transfers, invoices, credit notes, payments.

Confirmation, transfers and postings stamp the present, so each step writes the day of
the plan right after (invoices: before they are posted). Documents are made in batches
per month and company, in the order in which they came about.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta

from odoo import fields
from odoo.fields import Command

from .masterdata import at
from .names import PRODUCTS

REASONS = {
    "partial": "Damaged packaging",
    "full": "Wrong delivery",
    "correct": "Wrong price",
}


class Play:
    """One pass over the plan."""

    def __init__(self, world):
        self.world = world
        self.plan = world.plan
        self.env = world.env
        self.sales = {}  # sale order by order of the plan
        self.orders = {}  # and back
        self.customers = {  # customer of the plan by partner
            partner: customer for customer, partner in world.partners.items()
        }
        self.due = []  # of (day of payment, invoice)
        self.steps = [
            ("date", self.order),
            ("down_payment", self.ask_down_payment),
            ("delivered", self.deliver),
            ("invoiced", self.invoice),
            ("delivered_rest", self.deliver_rest),
            ("invoiced_rest", self.invoice_rest),
            ("returned", self.take_back),
            ("credited", self.credit),
        ]

    def month(self, first, last):
        """Everything that happens from one day to another, company by company."""
        for house, company in self.world.companies.items():
            self.env = self.world.env(
                context={
                    **self.world.env.context,
                    "allowed_company_ids": company.ids,
                }
            )
            self.company = company.with_env(self.env)
            if (first.month - self.plan.start.month) % 3 == 0:
                self.replenish(house, first)
            for attribute, step in self.steps:
                orders = [
                    order
                    for order in self.plan.orders
                    if order.house == house
                    and first <= (getattr(order, attribute) or date.max) <= last
                ]
                if orders:
                    step(orders)
            self.collect(first, last)
        self.env.invalidate_all()

    def _sales(self, orders):
        sales = self.env["sale.order"]
        return sales.union(*(self.sales[order] for order in orders))

    # Stock

    def replenish(self, house, first):
        """A receipt a quarter: what will be sold, and safety stock at the start."""
        wanted, last = Counter(), fields.Date.add(first, months=3)
        for order in self.plan.orders:
            if order.house == house and first <= order.date < last:
                for code, quantity, _discount in order.lines:
                    wanted[code] += quantity
        if first == self.plan.start:
            for code, _name, price, _cost, pack in PRODUCTS:
                wanted[code] += int(pack) * (20 if float(price) < 100 else 4)
        receipt = self._create_receipt({
            self.world.products[code]: quantity
            for code, quantity in wanted.items()
            if not code.startswith("SV")
        })  # fmt: skip
        receipt.move_ids.picked = True
        receipt._action_done()
        self._date_transfers(receipt, first)

    def _create_receipt(self, quantities):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)]
        )
        supplier = self.env.ref("stock.stock_location_suppliers")
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": supplier.id,
                            "location_dest_id": warehouse.lot_stock_id.id,
                        }
                    )
                    for product, quantity in quantities.items()
                ],
            }
        )
        receipt.action_confirm()
        return receipt

    def _date_transfers(self, transfers, day):
        transfers.date_done = at(day, 14)
        transfers.move_line_ids.date = at(day, 14)

    # Orders and deliveries

    def order(self, orders):
        sales = self.env["sale.order"].create(
            [self._order_vals(order) for order in orders]
        )
        sales.action_confirm()
        by_day = defaultdict(self.env["sale.order"].browse)
        for order, sale in zip(orders, sales, strict=True):
            by_day[order.date] |= sale
            self.sales[order] = sale
            self.orders[sale] = order
        for day, confirmed in by_day.items():
            confirmed.date_order = at(day)

    def _order_vals(self, order):
        customer = order.customer
        partner = self.world.partners[customer]
        vals = {
            "partner_id": partner.id,
            "company_id": self.company.id,
            "user_id": partner.user_id.id,
            "date_order": at(order.date),
            "create_date": at(order.date, 8),
            "commitment_date": at(order.promise, 15),
            "client_order_ref": f"PO {self.plan.rng.randint(10000, 99999)}",
            "order_line": [
                Command.create(
                    {
                        "product_id": self.world.products[code].id,
                        "product_uom_qty": quantity,
                        "discount": discount,
                    }
                )
                for code, quantity, discount in order.lines
            ],
        }
        if order.shop >= 0:
            vals["partner_shipping_id"] = self.world.shops[customer][order.shop].id
        return vals

    def deliver(self, orders):
        for order in orders:
            lines = self.sales[order].order_line.filtered(
                lambda ln: not ln.is_downpayment
            )
            for number, quantity in order.short.items():
                lines[number].move_ids.quantity = quantity
        self._validate({order: order.delivered for order in orders})

    def deliver_rest(self, orders):
        self._validate({order: order.delivered_rest for order in orders})

    def _validate(self, days):
        """Do the open transfers of these orders; what is missing stays open."""
        by_day = defaultdict(self.env["stock.picking"].browse)
        for order, day in days.items():
            by_day[day] |= self.sales[order].picking_ids.filtered(
                lambda picking: picking.state not in ("done", "cancel")
            )
        todo = self.env["stock.picking"].union(*by_day.values())
        for move in todo.move_ids.filtered(lambda m: m.state == "confirmed"):
            move.quantity = move.product_uom_qty
        todo.move_ids.picked = True
        todo._action_done()
        for day, transfers in by_day.items():
            self._date_transfers(transfers, day)

    def take_back(self, orders):
        """Half of one line comes back."""
        for order in orders:
            delivered = self.sales[order].picking_ids[:1]
            if not delivered:
                continue
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_model="stock.picking", active_id=delivered.id)
                .create({})
            )
            line = wizard.product_return_moves[0]
            line.quantity = max(line.move_id.quantity // 2, 1)
            back = wizard._create_return()
            back.move_ids.picked = True
            back._action_done()
            self._date_transfers(back, order.returned)

    # Invoices and credit notes

    def invoice(self, orders):
        self._invoice({order: order.invoiced for order in orders})

    def invoice_rest(self, orders):
        self._invoice({order: order.invoiced_rest for order in orders})

    def _invoice(self, days):
        """One invoice per order; the large chains get one per month."""
        for monthly in (False, True):
            orders = [o for o in days if o.customer.monthly_invoice == monthly]
            sales = self._sales(orders).with_context(raise_if_nothing_to_invoice=False)
            if sales:
                moves = sales._create_invoices(grouped=not monthly, final=True)
                self._post({move: days[self._get_order(move)] for move in moves})

    def _get_order(self, move):
        return self.orders[move.invoice_line_ids.sale_line_ids.order_id[:1]]

    def _post(self, days):
        """Date and post invoices, and decide when they will be paid."""
        by_day = defaultdict(self.env["account.move"].browse)
        for move, day in days.items():
            by_day[day] |= move
        for day, moves in by_day.items():
            moves.invoice_date = day
        moves = self.env["account.move"].union(*days)
        moves.action_post()
        for move in moves.filtered(lambda m: m.move_type == "out_invoice"):
            order = self._get_order(move)
            customer = self.customers[move.commercial_partner_id]
            day = self.plan.payment_day(customer, move.invoice_date_due)
            if day and order.credited:
                day = max(day, order.credited + timedelta(days=7))
            self.due.append((day, move))

    def ask_down_payment(self, orders):
        """30 % before anything is delivered."""
        for order in orders:
            wizard = self.env["sale.advance.payment.inv"].create(
                {
                    "advance_payment_method": "percentage",
                    "amount": 30,
                    "sale_order_ids": [Command.set(self.sales[order].ids)],
                }
            )
            wizard.create_invoices()
            self._post({self.sales[order].invoice_ids: order.down_payment})

    def credit(self, orders):
        for order in orders:
            sale = self.sales[order]
            if order.returned:
                sale = sale.with_context(raise_if_nothing_to_invoice=False)
                moves = sale._create_invoices(grouped=True, final=True)
                self._post(dict.fromkeys(moves, order.credited))
            else:
                self._reverse(order, sale.invoice_ids[:1])

    def _reverse(self, order, invoice):
        """Credit an invoice in part, in full, or replace it by a correct one."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "date": order.credited,
                    "reason": REASONS[order.complaint],
                    "journal_id": invoice.journal_id.id,
                }
            )
        )
        if order.complaint == "correct":
            wizard.modify_moves()
            line = wizard.new_move_ids.invoice_line_ids[0]
            line.price_unit = round(line.price_unit * 0.92, 2)
            self._post({wizard.new_move_ids: order.credited})
            return
        wizard.refund_moves()
        if order.complaint == "partial":
            wizard.new_move_ids.invoice_line_ids[1:].unlink()
            line = wizard.new_move_ids.invoice_line_ids
            line.quantity = max(line.quantity // 4, 1)
        wizard.new_move_ids.action_post()
        self._reconcile([(wizard.new_move_ids, invoice)])

    # Payments

    def collect(self, first, last):
        """Money of this month; one in fifty customers keeps a part back."""
        paid = [
            (day, invoice.with_env(self.env))
            for day, invoice in self.due
            if day
            and day <= last
            and invoice.company_id == self.company
            and invoice.amount_residual > 0
        ]
        self.due = [
            (day, invoice)
            for day, invoice in self.due
            if day and (day > last or invoice.company_id != self.company)
        ]
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        payments = self.env["account.payment"].create(
            [
                {
                    "journal_id": journal.id,
                    "partner_id": invoice.commercial_partner_id.id,
                    "currency_id": invoice.currency_id.id,
                    "amount": invoice.amount_residual * self._get_paid_part(),
                    "date": max(day, first),
                    "memo": invoice.name,
                    "invoice_ids": [Command.set(invoice.ids)],
                }
                for day, invoice in paid
            ]
        )
        payments.action_post()
        self._reconcile(
            (payment.move_id, invoice)
            for payment, (_day, invoice) in zip(payments, paid, strict=True)
        )

    def _get_paid_part(self):
        return 0.5 if self.plan.rng.random() < 0.02 else 1

    def _reconcile(self, pairs):
        """Match the open receivable lines of each payment or credit note."""
        plan = []
        for money, invoice in pairs:
            lines = (money + invoice).line_ids.filtered(
                lambda line: (
                    line.account_type == "asset_receivable" and not line.reconciled
                )
            )
            if len(lines.move_id) > 1:
                plan.append(lines)
        self.env["account.move.line"]._reconcile_plan(plan)


def months(plan):
    """First and last day of every month of the story; the last one ends today."""
    first = plan.start
    while first <= plan.today:
        following = fields.Date.add(first, months=1)
        yield first, min(following - timedelta(days=1), plan.today)
        first = following
