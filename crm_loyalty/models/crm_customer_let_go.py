# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from .nullable_fields import NullableMonetary


class CrmCustomerLetGo(models.Model):
    """A customer that costs more than it brings: proposed, decided, taken back.

    A customer that was let go is served like any other, without what its tier gives:
    no prices, terms or urgent deliveries by tier, and nobody is asked to call it. Rows
    stay as the log of who decided what, by which figures.
    """

    _name = "crm.customer.let.go"
    _inherit = ["mail.thread", "crm.loyalty.company.mixin"]
    _description = "Letting a Customer Go"
    _order = "id desc"
    _rec_name = "partner_id"
    _technical_fields = ("currency_id", "is_current_company")

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("let_go", "Let go"),
            ("kept", "Kept"),
            ("back", "Taken back"),
        ],
        default="proposed",
        required=True,
        readonly=True,
        tracking=True,
    )
    date = fields.Date("Proposed on", default=fields.Date.context_today, readonly=True)
    decided_on = fields.Date(readonly=True)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True)

    # The figures of that day
    tier_id = fields.Many2one("crm.loyalty.tier", readonly=True, ondelete="set null")
    revenue = fields.Monetary("Revenue (Net of Tax)", readonly=True)
    margin = NullableMonetary(readonly=True, groups="crm_loyalty.group_cost")
    service_profit = NullableMonetary(
        "Profit after Service",
        readonly=True,
        groups="crm_loyalty.group_cost",
        help="Of that day; empty where it is unknown, or no cost to serve is counted",
    )
    document_count = fields.Integer("Documents", readonly=True, aggregator=None)
    overdue = fields.Monetary("Overdue Debt", readonly=True)
    reason = fields.Char(compute="_compute_reason")

    _open_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE state IN ('proposed', 'let_go')",
        "This customer is proposed, or let go, already.",
    )

    @api.depends("revenue", "document_count", "overdue")
    @api.depends_context("uid", "lang")
    def _compute_reason(self):
        """The figures that speak for it, in words; losses for who sees costs."""
        sees_cost = self.env.user.has_group("crm_loyalty.group_cost")
        for row in self:
            parts = [row._tell_loss()] if sees_cost else []
            if row.document_count:
                parts.append(
                    self.env._(
                        "a document brings %s on average",
                        row._format(row.revenue / row.document_count),
                    )
                )
            if row.overdue > 0:
                parts.append(self.env._("overdue: %s", row._format(row.overdue)))
            row.reason = ", ".join(filter(None, parts))

    def _tell_loss(self):
        if self.service_profit is not False and self.service_profit < 0:
            return self.env._(
                "loses %s after the cost to serve", self._format(-self.service_profit)
            )
        if self.margin is not False and self.margin < 0:
            return self.env._("loses %s of margin", self._format(-self.margin))
        return ""

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    @api.model
    def _propose(self, profiles):
        """Propose these customers, with their figures of today.

        :param profiles: customers of one company
        :return: the proposals made; who is proposed or was kept before is left out
        """
        rows = self.search(
            [
                ("partner_id", "in", profiles.partner_id.ids),
                ("company_id", "in", profiles.company_id.ids),
                ("state", "!=", "back"),
            ]
        )
        known = rows.partner_id
        return self.create(
            [
                {
                    "partner_id": profile.partner_id.id,
                    "company_id": profile.company_id.id,
                    "tier_id": profile.tier_id.id,
                    "revenue": profile.revenue,
                    "margin": profile.margin,
                    "service_profit": profile.service_profit,
                    "document_count": profile.document_count,
                    "overdue": profile.overdue,
                }
                for profile in profiles
                if profile.partner_id not in known
            ]
        )

    @api.model
    def _get_let_go(self, partners, company):
        """Those of the customers that were let go."""
        # sudo: documents of anybody's customers ask
        rows = self.sudo().search(
            [
                ("state", "=", "let_go"),
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.sudo().root_id.id),
            ]
        )
        return rows.partner_id

    @api.model
    def _merge(self, sources, survivor):
        """Of customers that become one, one open row stays: the decided one, if any.

        The others are taken back; all of them move to the survivor with its history.
        """
        rows = self.search(
            [
                ("partner_id", "in", (sources | survivor).ids),
                ("state", "in", ("proposed", "let_go")),
            ]
        )
        for same in rows.grouped("company_id").values():
            kept = same.sorted(
                lambda row: (row.state != "let_go", row.partner_id != survivor)
            )[0]
            (same - kept).state = "back"

    def _decide(self, state, *allowed):
        self.check_access("write")
        for row in self:
            if row.state not in allowed:
                raise UserError(
                    self.env._(
                        "%(customer)s: already decided on %(day)s (%(state)s).",
                        customer=row.partner_id.display_name,
                        day=format_date(self.env, row.decided_on or row.date),
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[row.state],
                    )
                )
        self.write(
            {
                "state": state,
                "decided_on": fields.Date.context_today(self),
                "decided_by_id": self.env.user.id,
            }
        )

    def action_let_go(self):
        """The head decides: the tier gives these customers nothing any more."""
        self._decide("let_go", "proposed")

    def action_keep(self):
        """The head decides: these customers stay, and are not proposed again."""
        self._decide("kept", "proposed")

    def action_take_back(self):
        """Undo: these customers are served by their tier again."""
        self._decide("back", "let_go", "kept")
