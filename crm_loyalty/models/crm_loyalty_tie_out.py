# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL, date_utils, format_amount, format_date

from ..report.crm_customer_ledger import KINDS


class CrmLoyaltyTieOut(models.Model):
    """Counted sales against the ledger, per month: income = sales + named bridges.

    Sales come from the facts, everything else from the journal items; what is left is
    unexplained and must be zero.
    """

    _name = "crm.loyalty.tie.out"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Tie-out with the Ledger"
    _order = "company_id, date_from desc, sequence, id"
    _rec_name = "kind"
    _log_access = False
    _technical_fields = ("currency_id", "is_current_company", "sequence")

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("To", required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(
        [
            ("ledger", "Income in the general ledger"),
            *KINDS,
            ("not_income", "Counted sales outside income accounts"),
            ("unexplained", "Unexplained rest"),
        ],
        "Line",
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(
        readonly=True,
        help="Ledger = counted sales + bridges - counted sales outside income accounts",
    )
    item_count = fields.Integer("Items", readonly=True)

    _line_uniq = models.Constraint(
        "UNIQUE (company_id, date_from, kind)", "A month has one line of each kind."
    )

    def _refresh(self, policy):
        """Compare facts and ledger over the window, write what differs.

        The unexplained total goes to the policy, and to its responsible as an activity.
        """
        company = policy.company_id
        rows = self.env.execute_query(self._query_items(policy))
        lines = self._prepare_lines(rows)
        self._write_lines(company, lines)
        unexplained = sum(
            (
                amount
                for (_dates, kind), (amount, _n) in lines.items()
                if kind == "unexplained"
            ),
            0,
        )
        if policy.unexplained != unexplained:
            policy.unexplained = unexplained
        if not company.currency_id.is_zero(float(unexplained)):
            policy._schedule_unexplained_activity()

    def _query_items(self, policy):
        """Amount and number per month, kind, side: ledger items, then facts."""
        ledger = self.env["crm.customer.ledger"]
        start = policy.window_start
        return SQL(
            """
            WITH item AS (
                SELECT DATE_TRUNC('month', line.date::timestamp) AS month,
                    'item' AS source, %(kind)s AS kind, %(on_income)s AS on_income,
                    SUM(-line.balance) AS amount, COUNT(*) AS items
                %(from)s %(where)s AND root.id = %(company)s
                    AND line.date BETWEEN %(start)s AND %(end)s
                GROUP BY 1, 2, 3, 4
            ),
            sale AS (
                SELECT DATE_TRUNC('month', date::timestamp) AS month,
                    'fact' AS source,
                    CASE WHEN %(internal)s THEN 'internal' ELSE 'counted' END AS kind,
                    NULL::boolean AS on_income,
                    SUM(revenue) AS amount, SUM(line_count) AS items
                FROM crm_customer_fact
                WHERE company_id = %(company)s AND date BETWEEN %(start)s AND %(as_of)s
                GROUP BY 1, 2, 3
            )
            SELECT GREATEST(month::date, %(start)s),
                (month + INTERVAL '1 month - 1 day')::date,
                source, kind, on_income, amount, items
            FROM (TABLE item UNION ALL TABLE sale) compared
            ORDER BY 1
            """,
            start=start,
            end=date_utils.end_of(policy.as_of, "month"),
            as_of=policy.as_of,
            kind=ledger._sql_kind(),
            on_income=ledger._sql_on_income(),
            company=policy.company_id.id,
            internal=ledger._sql_internal(SQL("partner_id")),
            **{"from": ledger._from(), "where": ledger._where()},
        )

    def _prepare_lines(self, rows):
        """Turn the sums into lines; plain arithmetic, exact.

        :return: {((date from, date to), kind): (amount, number of items)}
        """
        lines = {}

        def add(key, amount, count):
            old_amount, old_count = lines.get(key, (0, 0))
            lines[key] = old_amount + amount, old_count + count

        for date_from, date_to, source, kind, on_income, amount, count in rows:
            dates = date_from, date_to
            for required in ("ledger", "counted", "unexplained"):
                add((dates, required), 0, 0)
            sales = kind in ("counted", "internal")
            if source == "fact":
                add((dates, kind), amount, count)
                add((dates, "unexplained"), -amount, 0)
                continue
            if on_income:
                add((dates, "ledger"), amount, count)
                add((dates, "unexplained"), amount, 0)
            elif sales:
                add((dates, "not_income"), -amount, count)
                add((dates, "unexplained"), amount, 0)
            if not sales and on_income:
                add((dates, kind), amount, count)
                add((dates, "unexplained"), -amount, 0)
        return lines

    def _write_lines(self, company, lines):
        """Replace the lines of the company; rows that stay the same stay untouched."""
        order = [value for value, _label in self._fields["kind"].selection]
        fresh = {
            (dates[0], dates[1], order.index(kind), kind, float(amount), int(count))
            for (dates, kind), (amount, count) in lines.items()
        }
        old = self.search([("company_id", "=", company.id)])
        kept = set()
        gone = self.browse()
        for line in old:
            key = (
                line.date_from,
                line.date_to,
                line.sequence,
                line.kind,
                line.amount,
                line.item_count,
            )
            if key in fresh:
                kept.add(key)
            else:
                gone |= line
        gone.unlink()
        names = ["date_from", "date_to", "sequence", "kind", "amount", "item_count"]
        self.create(
            [
                {"company_id": company.id, **dict(zip(names, key, strict=True))}
                for key in sorted(fresh - kept)
            ]
        )

    def action_open_items(self):
        """The items of this line; the unexplained rest opens the whole month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_ledger"
        )
        domain = [
            ("company_id", "=", self.company_id.id),
            ("date", ">=", fields.Date.to_string(self.date_from)),
            ("date", "<=", fields.Date.to_string(self.date_to)),
        ]
        if self.kind == "ledger":
            domain.append(("on_income", "=", True))
        elif self.kind == "not_income":
            domain += [
                ("on_income", "=", False),
                ("kind", "in", ("counted", "internal")),
            ]
        elif self.kind != "unexplained":
            domain.append(("kind", "=", self.kind))
        action["domain"] = domain
        action["name"] = action["display_name"] = self._get_items_title()
        return action

    def _get_items_title(self):
        if self.kind == "unexplained":
            # a difference has no items of its own
            return self.env._(
                "All items from %(start)s to %(end)s",
                start=format_date(self.env, self.date_from),
                end=format_date(self.env, self.date_to),
            )
        kind = self._fields["kind"].convert_to_export(self.kind, self)
        return f"{kind}: {format_amount(self.env, self.amount, self.currency_id)}"
