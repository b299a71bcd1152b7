# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.fields import Datetime

from .common import CrmLoyaltyCommon

DAY = "2026-03-15"
DONE = ("done", "cancel")


class CostCase(CrmLoyaltyCommon):
    """Sells, delivers and invoices for real; costs are read as the table has them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.categories = cls.env["product.category"].create(
            [
                {
                    "name": f"{valuation} {method}",
                    "property_valuation": valuation,
                    "property_cost_method": method,
                }
                for valuation in ("periodic", "real_time")
                for method in ("standard", "average", "fifo")
            ]
        )
        cls.buyer = cls._partner("Buyer")

    @classmethod
    def _product(
        cls, name="Glue", cost=10, valuation="periodic", method="standard", **values
    ):
        """A storable product with a cost that it has had since 2025."""
        category = cls.categories.filtered(lambda c: c.name == f"{valuation} {method}")
        product = cls.env["product.product"].create(
            {
                "name": name,
                "is_storable": values.get("type", "consu") == "consu",
                "categ_id": category.id,
                "invoice_policy": "order",
                "taxes_id": False,
                "standard_price": cost,
                **values,
            }
        )
        cls._date_costs(product, "2025-01-01")
        return product

    @classmethod
    def _date_costs(cls, product, date):
        """Costs entered today count from then on."""
        values = cls.env["product.value"].search([("product_id", "=", product.id)])
        values.filtered(lambda v: v.date >= Datetime.today()).date = date

    @classmethod
    def _order(cls, *lines, partner=None, **values):
        """A confirmed order of (product, quantity, price)."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.buyer).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": False,
                            **(extra[0] if extra else {}),
                        }
                    )
                    for product, quantity, price, *extra in lines
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _receive(cls, product, quantity, unit_cost):
        """Goods received at that cost."""
        warehouse = cls.company_data["default_warehouse"]
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": cls.quick_ref("stock.stock_location_suppliers").id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "picking_type_id": warehouse.in_type_id.id,
                "price_unit": unit_cost,
                "value_manual": unit_cost * quantity,
            }
        )
        move._action_confirm()
        move.write({"quantity": quantity, "picked": True})
        move._action_done()
        return move

    @classmethod
    def collect_company_accounting_data(cls, company):
        warehouses = cls.env["stock.warehouse"]
        return super().collect_company_accounting_data(company) | {
            "default_warehouse": warehouses.search(
                [("company_id", "=", company.id)], limit=1
            )
        }

    @classmethod
    def _deliver(cls, order, quantity=None):
        """Do the open transfers of an order, all of it or so much of each move."""
        transfers = order.picking_ids.filtered(lambda p: p.state not in DONE)
        for move in transfers.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
        transfers.move_ids.picked = True
        transfers._action_done()
        return transfers

    @classmethod
    def _give_back(cls, transfer, quantity):
        """The customer returns so much of each move."""
        wizard = (
            cls.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=transfer.id)
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        back = wizard._create_return()
        back.move_ids.write({"quantity": quantity, "picked": True})
        back._action_done()
        return back

    @classmethod
    def _bill(cls, order, date=DAY):
        """Invoice an order as far as it can be, and post."""
        moves = order._create_invoices(final=True)
        moves.invoice_date = date
        moves.action_post()
        return moves

    @classmethod
    def _reverse(cls, invoice, cancel=False, post=True, date="2026-04-01", **line):
        """A credit note; ``line`` overwrites its lines before it is posted."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": date, "journal_id": invoice.journal_id.id})
        )
        if cancel:
            wizard.modify_moves()
            return invoice.reversal_move_ids
        wizard.refund_moves()
        note = wizard.new_move_ids
        if line:
            note.invoice_line_ids.write(line)
        if post:
            note.action_post()
        return note

    @classmethod
    def _costs(cls, moves):
        """(cost, source) of the product lines of these documents, in order."""
        cls.env.flush_all()
        cls.env.cr.execute(
            """
            SELECT cost.cost, cost.source
            FROM account_move_line line
            LEFT JOIN crm_customer_line_cost cost ON cost.line_id = line.id
            WHERE line.move_id IN %s AND line.display_type = 'product'
            ORDER BY line.move_id, line.sequence, line.id
            """,
            [tuple(moves.ids)],
        )
        return [
            (cost if cost is None else float(cost), source)
            for cost, source in cls.env.cr.fetchall()
        ]

    def _rows(self):
        """The whole table of this company's lines, comparable; when each was written"""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT cost.line_id, cost.cost, cost.source, cost.not_returned
            FROM crm_customer_line_cost cost
            JOIN account_move_line line ON line.id = cost.line_id
            WHERE line.company_id = %s
            ORDER BY cost.line_id
            """,
            [self.company.id],
        )
        return self.env.cr.fetchall()

    def _ledger(self, *domain):
        return self.env["crm.customer.ledger"].search(
            [("company_id", "=", self.company.id), *domain]
        )
