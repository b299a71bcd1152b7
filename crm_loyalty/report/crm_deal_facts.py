# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.tools import SQL

#: amounts of a deal: key -> whether it is money
AMOUNTS = (
    "quoted",
    "ordered",
    "goods",
    "shipped",
    "invoiced",
    "open",
    "overdue",
    "margin",
)
COUNTS = ("quotations", "orders")


class CrmDealFacts(models.AbstractModel):
    """What the documents of a deal say: offers, orders, deliveries, invoices.

    By one statement for all deals, and one for the delivery service, whatever the
    number of documents. Amounts are net of tax in the currency of each deal, open and
    overdue ones with tax, as the customer owes them.
    """

    _name = "crm.deal.facts"
    _description = "Facts of Deals"

    @api.model
    def _get_facts(self, leads, today):
        """Facts of these deals as of ``today``; see docs/definitions.md.

        To be called as superuser, by who has checked that the user may see the deals.

        :return: {lead: dict of the keys ``AMOUNTS`` and ``COUNTS``, ``shipped_share``
            (0..100, None without goods), ``overdue_days``, ``lines_due``,
            ``lines_on_time``, ``lines_open_late``, ``late_days`` (the most of a line,
            None while nothing is due), ``margin`` (None where the orders have none)}
        """
        self.env.flush_all()
        rows = self.env.execute_query_dict(self._query_documents(leads, today))
        services = self._get_services(leads)
        found = {lead.id: self._prepare_empty() for lead in leads}
        by_id = {lead.id: lead for lead in leads}
        for row in rows:
            lead = by_id[row["lead_id"]]
            self._add(found[lead.id], row, lead, today)
        return {
            lead: self._finish(found[lead.id], services.get(lead.id)) for lead in leads
        }

    @api.model
    def _prepare_empty(self):
        amounts = dict.fromkeys(AMOUNTS, 0.0)
        return {**amounts, **dict.fromkeys(COUNTS, 0), "overdue_days": 0}

    def _add(self, facts, row, lead, today):
        """Add the documents of one company, in the currency of the deal."""
        company = self.env["res.company"].browse(row["company_id"])
        currency = company.currency_id
        for name in AMOUNTS:
            amount = row[name] or 0
            if currency != lead.company_currency:
                amount = currency._convert(
                    amount, lead.company_currency, company, today
                )
            facts[name] += amount
        for name in COUNTS:
            facts[name] += row[name]
        facts["overdue_days"] = max(facts["overdue_days"], row["overdue_days"] or 0)

    def _finish(self, facts, service):
        goods = facts.pop("goods")
        shipped = facts.pop("shipped")
        # a credit note that nobody has reconciled is no negative debt
        facts["overdue"] = max(facts["overdue"], 0)
        if not facts["overdue"]:
            facts["overdue_days"] = 0
        return {
            **{
                name: round(value, 2) if name in AMOUNTS else value
                for name, value in facts.items()
            },
            "margin": round(facts["margin"], 2) if facts["orders"] else None,
            "shipped_share": round(100 * shipped / goods, 1) if goods else None,
            **(service or dict.fromkeys(SERVICE, 0) | {"late_days": None}),
        }

    def _query_documents(self, leads, today):
        """A row per deal and company of its documents, in that company's currency.

        Orders at the rate of the order, invoices as they were booked; a credit note is
        negative, a down payment counts once and is taken off the final invoice.
        """
        return SQL(
            """
            WITH sale AS (
                SELECT id, opportunity_id AS lead_id, company_id, state,
                    COALESCE(NULLIF(currency_rate, 0), 1) AS rate, amount_untaxed,
                    margin
                FROM sale_order WHERE opportunity_id IN %(ids)s AND state != 'cancel'
            ),
            orders AS (
                SELECT lead_id, company_id,
                    COUNT(*) FILTER (WHERE state != 'sale') AS quotations,
                    COUNT(*) FILTER (WHERE state = 'sale') AS orders,
                    SUM(amount_untaxed / rate) FILTER (WHERE state != 'sale') AS quoted,
                    SUM(amount_untaxed / rate) FILTER (WHERE state = 'sale') AS ordered,
                    SUM(margin / rate) FILTER (WHERE state = 'sale') AS margin
                FROM sale GROUP BY lead_id, company_id
            ),
            goods AS (
                SELECT sale.lead_id, sale.company_id,
                    SUM(line.price_subtotal / sale.rate) AS goods,
                    SUM(line.price_subtotal / sale.rate
                        * LEAST(line.qty_delivered / line.product_uom_qty, 1)
                    ) AS shipped
                FROM sale
                JOIN sale_order_line line ON line.order_id = sale.id
                JOIN product_product product ON product.id = line.product_id
                JOIN product_template template ON template.id = product.product_tmpl_id
                WHERE sale.state = 'sale' AND template.type = 'consu'
                    AND line.product_uom_qty > 0
                GROUP BY sale.lead_id, sale.company_id
            ),
            billed AS (
                SELECT DISTINCT sale.lead_id, sale.company_id, item.id, item.move_id,
                    -item.balance AS amount
                FROM sale
                JOIN sale_order_line line ON line.order_id = sale.id
                JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
                JOIN account_move_line item ON item.id = link.invoice_line_id
                JOIN account_move move ON move.id = item.move_id
                WHERE item.parent_state = 'posted'
                    AND move.move_type IN ('out_invoice', 'out_refund')
            ),
            invoices AS (
                SELECT lead_id, company_id, SUM(amount) AS invoiced
                FROM billed GROUP BY lead_id, company_id
            ),
            debts AS (
                SELECT doc.lead_id, doc.company_id,
                    SUM(item.amount_residual) AS open,
                    SUM(item.amount_residual) FILTER (WHERE late.days > 0) AS overdue,
                    MAX(late.days) FILTER (WHERE item.amount_residual > 0)
                        AS overdue_days
                FROM (SELECT DISTINCT lead_id, company_id, move_id FROM billed) doc
                JOIN account_move_line item ON item.move_id = doc.move_id
                JOIN account_account account ON account.id = item.account_id
                CROSS JOIN LATERAL (
                    SELECT %(today)s - COALESCE(item.date_maturity, item.date) AS days
                ) late
                WHERE account.account_type = 'asset_receivable'
                GROUP BY doc.lead_id, doc.company_id
            )
            SELECT orders.*, goods.goods, goods.shipped, invoices.invoiced, debts.open,
                debts.overdue, debts.overdue_days
            FROM orders
            LEFT JOIN goods USING (lead_id, company_id)
            LEFT JOIN invoices USING (lead_id, company_id)
            LEFT JOIN debts USING (lead_id, company_id)
            """,
            ids=tuple(leads.ids) or (0,),
            today=today,
        )

    def _get_services(self, leads):
        """How the orders of these deals were delivered, by ``crm.customer.delivery``.

        :return: {id of a lead: dict of ``SERVICE``}, without deals that owe nothing yet
        """
        orders = self.env["sale.order"].search_fetch(
            [("opportunity_id", "in", leads.ids), ("state", "=", "sale")],
            ["opportunity_id"],
        )
        if not orders:
            return {}
        delivery = self.env["crm.customer.delivery"]
        groups = delivery._read_group(
            [("order_id", "in", orders.ids)],
            ["order_id", "state"],
            ["__count", "late_days:max"],
        )
        services = {}
        for order, state, count, late_days in groups:
            if state not in STATES:
                continue
            lead_id = order.opportunity_id.id
            service = services.setdefault(
                lead_id, dict.fromkeys(SERVICE, 0) | {"late_days": None}
            )
            service["lines_due"] += count
            service["lines_on_time"] += count * (state == "on_time")
            service["lines_open_late"] += count * (state == "open_late")
            if late_days is not None:
                service["late_days"] = max(service["late_days"] or 0, late_days)
        return services


#: what the delivery service tells of a deal
SERVICE = ("lines_due", "lines_on_time", "lines_open_late", "late_days")
#: lines that were due
STATES = ("on_time", "late", "open_late", "short")
