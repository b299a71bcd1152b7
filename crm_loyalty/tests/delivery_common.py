# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command
from odoo.tests import freeze_time

from .common import CrmLoyaltyCommon


@freeze_time("2026-06-30 12:00:00")
class DeliveryCase(CrmLoyaltyCommon):
    """Orders that are really confirmed and delivered; today is 30 June 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.warehouse.partner_id = cls._partner("Depot", tz="Europe/Amsterdam")
        cls.goods = cls._goods("Glue")
        cls.other_goods = cls._goods("Tape")
        cls.customer = cls._partner()

    @classmethod
    def _goods(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "type": "consu", "taxes_id": False, **values}
        )

    @classmethod
    def _order(
        cls,
        *quantities,
        partner=None,
        confirmed="2026-05-04 08:00:00",
        promise="2026-05-11 12:00:00",
        lines=None,
        **values,
    ):
        """An order confirmed at that moment; quantities are those of glue and tape."""
        products = (cls.goods, cls.other_goods)
        lines = lines or [
            {"product_id": product.id, "product_uom_qty": quantity}
            for product, quantity in zip(products, quantities, strict=False)
        ]
        with freeze_time(confirmed):
            order = cls.env["sale.order"].create(
                {
                    "partner_id": (partner or cls.customer).id,
                    "company_id": cls.company.id,
                    "warehouse_id": cls.warehouse.id,
                    "commitment_date": promise,
                    "order_line": [Command.create(line) for line in lines],
                    **values,
                }
            )
            order.action_confirm()
        return order

    @classmethod
    def _deliver(cls, order, moment, *quantities, warehouse=None, close=False):
        """Do the open transfers of an order; without quantities all that is open.

        :param close: the rest is not delivered any more
        """
        moves = order.order_line.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        if warehouse:
            moves = moves.filtered(lambda move: move.warehouse_id == warehouse)
        lines = order.order_line.filtered("move_ids")
        for line in lines:
            for move in moves & line.move_ids:
                move.quantity = move.product_uom_qty
        for line, quantity in zip(lines, quantities, strict=False):
            (moves & line.move_ids).quantity = quantity
        moves.picked = True
        with freeze_time(moment):
            moves.picking_id.with_context(cancel_backorder=close)._action_done()
        return moves.picking_id.filtered(lambda picking: picking.state == "done")

    def _service(self, order, number=0):
        """The line as the delivery service shows it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["crm.customer.delivery"].search(
            [("id", "=", order.order_line[number].id)]
        )

    def _assert_service(self, order, number=0, **expected):
        line = self._service(order, number)
        self.assertEqual(len(line), 1)
        actual = {
            name: str(line[name]) if isinstance(value, str) else line[name]
            for name, value in expected.items()
        }
        self.assertEqual(actual, expected)
