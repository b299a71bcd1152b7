# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

#: kinds of records that are counted beside a customer
COUNTED = ("deal", "quotation", "order", "meeting", "activity")


class CrmHandoverLine(models.Model):
    """A customer that changes hands, its file, and whether the new owner took it."""

    _name = "crm.handover.line"
    _description = "Customer Handed Over"
    _order = "handover_id desc, id"

    handover_id = fields.Many2one(
        "crm.handover", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="handover_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    handover_state = fields.Selection(
        related="handover_id.state", string="Handover State"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        readonly=True,
        ondelete="cascade",
        index=True,
        help="Empty: deals that name no customer yet",
    )
    from_user_id = fields.Many2one(related="handover_id.from_user_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        "New Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
    )
    note = fields.Text(
        "What the New Owner Must Know",
        help="In the words of the old owner; stands first in the handover file",
    )
    accepted_on = fields.Datetime(readonly=True, copy=False)
    accepted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    can_accept = fields.Boolean(compute="_compute_can_accept")

    # Preview and history: what moves, or moved
    owns_customer = fields.Boolean(
        "His Customer",
        compute="_compute_counts",
        help="Whether the customer itself moves, not only documents of it",
    )
    deal_count = fields.Integer("Deals", compute="_compute_counts")
    quotation_count = fields.Integer("Quotations", compute="_compute_counts")
    order_count = fields.Integer("Orders", compute="_compute_counts")
    meeting_count = fields.Integer("Meetings", compute="_compute_counts")
    activity_count = fields.Integer("Activities", compute="_compute_counts")
    revenue = fields.Monetary(
        "Revenue of 12 Months",
        compute="_compute_revenue",
        compute_sudo=True,
        help="Net of tax, in the window of the last run",
    )
    tier_id = fields.Many2one("crm.loyalty.tier", compute="_compute_tier_id")
    tier_color = fields.Integer(compute="_compute_tier_id")
    overdue = fields.Monetary(
        "Overdue Debt",
        compute="_compute_overdue",
        compute_sudo=True,
        help="Open posted receivables past their due date, including tax",
    )

    _customer_uniq = models.UniqueIndex(
        "(handover_id, partner_id) NULLS NOT DISTINCT",
        "A customer is handed over once.",
    )

    @api.depends("partner_id")
    def _compute_display_name(self):
        for line in self:
            # sudo: the name of a customer is told to its old and its new owner
            line.display_name = line.sudo().partner_id.display_name or self.env._(
                "Deals without a customer"
            )

    @api.depends("handover_id.to_user_id")
    def _compute_user_id(self):
        for line in self:
            line.user_id = line.handover_id.to_user_id or line.user_id

    @api.depends_context("uid")
    @api.depends("user_id", "accepted_on", "handover_id.state")
    def _compute_can_accept(self):
        for line in self:
            line.can_accept = (
                line.user_id == self.env.user
                and line.handover_id.state == "done"
                and not line.accepted_on
                and bool(line.partner_id)
            )

    @api.depends("handover_id.state")
    def _compute_counts(self):
        """Before: what would move now. After: what did."""
        for handover, lines in self.grouped("handover_id").items():
            if handover.state == "draft":
                found = handover._collect(lines)
            else:
                found = handover._get_moved(lines)
            for line in lines:
                of_line = found.get(line._get_key(), {})
                line.owns_customer = bool(of_line.get("customer"))
                for kind in COUNTED:
                    line[f"{kind}_count"] = of_line.get(kind, 0)

    @api.depends("partner_id", "company_id")
    def _compute_revenue(self):
        # sudo (compute_sudo): told to the manager, the old and the new owner
        for company, lines in self.grouped("company_id").items():
            revenue = self._get_revenue(company, lines.partner_id)
            for line in lines:
                line.revenue = revenue.get(line.partner_id, 0)

    @api.model
    def _get_revenue(self, company, partners):
        """{entity: revenue of the window of the last run, net of tax}."""
        policy = self.env["crm.loyalty.policy"]._get(company)
        if not policy.as_of:
            return {}
        groups = self.env["crm.customer.fact"]._read_group(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", partners.ids),
                ("date", ">=", policy.window_start),
                ("date", "<=", policy.as_of),
            ],
            ["partner_id"],
            ["revenue:sum"],
        )
        return dict(groups)

    @api.depends("partner_id", "company_id")
    def _compute_tier_id(self):
        for company, lines in self.grouped("company_id").items():
            tiers = self.env["crm.customer.profile"]._get_tiers(
                lines.partner_id, company
            )
            for line in lines:
                tier = tiers.get(line.partner_id.id)
                line.tier_id = tier
                line.tier_color = tier.color if tier else 0

    @api.depends("partner_id", "company_id")
    def _compute_overdue(self):
        # sudo (compute_sudo): as the revenue
        groups = self.env["crm.customer.receivable"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("date_due", "<", fields.Date.context_today(self)),
            ],
            ["partner_id", "company_id"],
            ["amount_residual:sum"],
        )
        amounts = {(partner, company): amount for partner, company, amount in groups}
        for line in self:
            line.overdue = amounts.get((line.partner_id, line.company_id), 0)

    def _get_key(self):
        """Id of the customer; False where there is none."""
        return self.partner_id.id

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def write(self, vals):
        """Old owners write what the new one must know, and nothing else."""
        if not self.env.su and not self.env.user.has_group("crm_loyalty.group_manager"):
            others = self.filtered(lambda line: line.from_user_id != self.env.user)
            if vals.keys() - {"note"} or others:
                raise AccessError(
                    self.env._(
                        "You may only write “What the New Owner Must Know”, for your"
                        " own customers. Ask a manager for anything else."
                    )
                )
        if "user_id" in vals and any(line.handover_state != "draft" for line in self):
            raise UserError(
                self.env._(
                    "These customers were handed over already: undo the handover, or"
                    " make a new one from the present owner."
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------------
    # File
    # ------------------------------------------------------------------

    def action_print(self):
        """The handover file of each customer, one PDF."""
        return self.env.ref("crm_loyalty.action_report_handover").report_action(self)

    def action_accept(self):
        """The new owner has read the files; the customers' chatter tells it."""
        for line in self:
            if not line.can_accept:
                raise UserError(
                    self.env._(
                        "%(customer)s: only its new owner, %(user)s, accepts it, once,"
                        " after it was handed over.",
                        customer=line.display_name,
                        user=line.user_id.name,
                    )
                )
        # sudo: the new owner may write nothing else here
        lines = self.sudo()
        lines.write(
            {"accepted_on": fields.Datetime.now(), "accepted_by_id": self.env.uid}
        )
        lines.partner_id._message_log_batch(
            {
                line.partner_id.id: self.env._(
                    "Taken over from %(old)s and accepted by %(new)s.",
                    old=line.from_user_id.name,
                    new=line.user_id.name,
                )
                for line in lines
            }
        )
        for handover in lines.handover_id:
            waiting = handover.line_ids.filtered(
                lambda line: (
                    line.user_id == self.env.user
                    and line.partner_id
                    and not line.accepted_on
                )
            )
            if not waiting:
                handover.activity_feedback(
                    ["mail.mail_activity_data_todo"], user_id=self.env.uid
                )
        return True

    def action_accept_mine(self):
        """Accept those of these lines that wait for the user."""
        return self.filtered("can_accept").action_accept()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    @api.model
    def _merge(self, sources, target):
        """Let the lines of merged contacts be those of the survivor.

        A handover that has both keeps the line of the survivor, with all that moved.
        """
        self.env.flush_all()
        values = {
            "sources": tuple(sources.ids),
            "target": target.id,
            "everybody": (*sources.ids, target.id),
        }
        for query in (
            """
            UPDATE crm_handover_item item SET line_id = kept.id
            FROM crm_handover_line line
            JOIN LATERAL (
                -- the survivor's own line, else the first of those that become it
                SELECT id FROM crm_handover_line
                WHERE handover_id = line.handover_id
                    AND partner_id IN %(everybody)s
                ORDER BY partner_id != %(target)s, id
                LIMIT 1
            ) kept ON kept.id != line.id
            WHERE item.line_id = line.id AND line.partner_id IN %(sources)s
            """,
            """
            DELETE FROM crm_handover_line line
            USING crm_handover_line kept
            WHERE kept.handover_id = line.handover_id
                AND kept.id != line.id
                AND line.partner_id IN %(sources)s
                AND (kept.partner_id = %(target)s
                    OR kept.partner_id IN %(sources)s AND kept.id < line.id)
                AND NOT EXISTS (
                    SELECT FROM crm_handover_item WHERE line_id = line.id
                )
            """,
            """
            UPDATE crm_handover_item SET res_id = %(target)s
            WHERE res_model = 'res.partner' AND res_id IN %(sources)s
            """,
        ):
            self.env.cr.execute(SQL(query, **values))
        self.env.invalidate_all()
