# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

STATES = [
    ("draft", "To Check"),
    ("done", "Handed Over"),
    ("returned", "Given Back"),
    ("undone", "Undone"),
]


class CrmHandover(models.Model):
    """Customers go from one salesperson to others, for good or until a day.

    Every record that changes hands is written down, so that giving back and undoing
    touch exactly those, and only where nobody has decided otherwise since.
    """

    _name = "crm.handover"
    _description = "Handover of Customers"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company.sudo().root_id,
        help="Deals, quotations and orders of this company and its branches move",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_user_id = fields.Many2one(
        "res.users",
        "From Whom",
        required=True,
        ondelete="restrict",
        tracking=True,
        # who has left may be archived already
        context={"active_test": False},
        domain=[("share", "=", False)],
    )
    to_user_id = fields.Many2one(
        "res.users",
        "To Whom",
        ondelete="restrict",
        tracking=True,
        domain=[("share", "=", False)],
        help="New owner of the customers; each line may name another one",
    )
    reason = fields.Char(help="For instance: leaves the company, parental leave")
    duration = fields.Selection(
        [("good", "For good"), ("temporary", "Until a day")],
        "How Long",
        required=True,
        default="good",
        tracking=True,
    )
    date = fields.Date(
        "Handed over on",
        required=True,
        default=lambda self: fields.Date.context_today(self),
        copy=False,
    )
    date_return = fields.Date(
        "Back on",
        tracking=True,
        help="On this day everything goes back by itself",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True
    )

    # What moves besides the customers themselves
    with_deals = fields.Boolean("Open Deals", default=True)
    with_quotations = fields.Boolean("Quotations", default=True)
    with_orders = fields.Boolean(
        "Unfinished Orders",
        default=True,
        help="Confirmed orders that are not fully delivered and invoiced",
    )
    with_activities = fields.Boolean(
        "Open Activities",
        default=True,
        help="His own open activities on these customers and their documents",
    )
    with_meetings = fields.Boolean(
        "Future Meetings",
        default=True,
        help="Private ones stay; customers get no message",
    )
    with_followers = fields.Boolean(
        "Following",
        default=True,
        help="The new owner follows what the old one followed, in his place",
    )

    line_ids = fields.One2many("crm.handover.line", "handover_id", "Customers")
    item_ids = fields.One2many("crm.handover.item", "handover_id", "What Moved")
    line_count = fields.Integer("Number of Customers", compute="_compute_totals")
    owned_count = fields.Integer(
        "His Own Customers",
        compute="_compute_totals",
        help="Of the others only deals, documents, activities or meetings move",
    )
    accepted_count = fields.Integer("Accepted", compute="_compute_totals")
    item_count = fields.Integer("Records Moved", compute="_compute_totals")
    revenue = fields.Monetary(
        "Revenue of 12 Months",
        compute="_compute_totals",
        help="Of his own customers, net of tax, in the window of the last run",
    )
    is_manager = fields.Boolean(compute="_compute_is_manager")

    _not_oneself = models.Constraint(
        "CHECK (from_user_id != to_user_id)",
        "“From Whom” and “To Whom” name the same person: choose another new owner.",
    )
    _return_after = models.Constraint(
        "CHECK (duration = 'good' OR date_return > date)",
        "A handover until a day needs a day in “Back on” after the day of the"
        " handover.",
    )

    @api.depends("from_user_id", "to_user_id", "date")
    def _compute_display_name(self):
        for handover in self:
            # sudo: names of colleagues, archived or not, are no secret
            handover.display_name = self.env._(
                "%(old)s → %(new)s, %(date)s",
                old=handover.sudo().from_user_id.name or "?",
                new=handover.sudo().to_user_id.name or "…",
                date=format_date(self.env, handover.date),
            )

    @api.depends(
        "line_ids.revenue",
        "line_ids.owns_customer",
        "line_ids.accepted_on",
        "item_ids",
    )
    def _compute_totals(self):
        items = dict(
            self.env["crm.handover.item"]._read_group(
                [("handover_id", "in", self.ids)], ["handover_id"], ["__count"]
            )
        )
        for handover in self:
            customers = handover.line_ids.filtered("partner_id")
            handover.line_count = len(customers)
            handover.accepted_count = len(customers.filtered("accepted_on"))
            owned = customers.filtered("owns_customer")
            handover.owned_count = len(owned)
            handover.revenue = sum(owned.mapped("revenue"))
            handover.item_count = items.get(handover._origin, 0)

    @api.depends_context("uid")
    def _compute_is_manager(self):
        self.is_manager = self.env.user.has_group("crm_loyalty.group_manager")

    def copy_data(self, default=None):
        """Without the lines: who has which customers is asked anew."""
        vals_list = super().copy_data(default)
        return [{**vals, "line_ids": []} for vals in vals_list]

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        moved = self.filtered(lambda handover: handover.state == "done")
        if moved:
            raise UserError(
                self.env._(
                    "%s has moved customers: undo it first, then delete it.",
                    moved[0].display_name,
                )
            )

    # ------------------------------------------------------------------
    # What the user does
    # ------------------------------------------------------------------

    def action_preview(self):
        """List the customers of the old owner, with what would move of each.

        Lines that are there keep their new owner; customers that are no longer his
        leave the list.
        """
        for handover in self:
            handover._check_state("draft")
            found = handover._find_customers()
            lines = {line._get_key(): line for line in handover.line_ids}
            gone = [lines.pop(key) for key in lines.keys() - set(found)]
            self.env["crm.handover.line"].union(*gone).unlink()
            self.env["crm.handover.line"].create(
                [
                    {"handover_id": handover.id, "partner_id": partner_id}
                    for partner_id in found
                    if partner_id not in lines
                ]
            )
        return True

    def action_hand_over(self):
        """Move what the preview shows to the new owners."""
        for handover in self:
            handover._check_state("draft")
            handover._check_owners()
            handover._transfer()
            handover.write(
                {"state": "done", "date": fields.Date.context_today(handover)}
            )
            handover._ask_to_accept()
        return True

    def action_undo(self):
        """Give everything back as if the handover had not been."""
        return self._give_back("undone")

    def action_return(self):
        """End a handover until a day now: the owner is back."""
        return self._give_back("returned")

    def _give_back(self, state):
        for handover in self:
            handover._check_state("done")
            kept = handover._transfer_back()
            handover.state = state
            handover.activity_unlink(["mail.mail_activity_data_todo"])
            if kept:
                handover.message_post(
                    body=self.env._(
                        "Records that stay where they are, because they were closed or"
                        " given to somebody else since: %s.",
                        kept,
                    )
                )
        return True

    def _check_state(self, state):
        self.ensure_one()
        self.check_access("write")
        # two people may press the same button
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state != state:
            raise UserError(
                self.env._(
                    "%(handover)s is “%(state)s”: reload the page to see what can be"
                    " done with it.",
                    handover=self.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        self.state
                    ],
                )
            )

    def _check_owners(self):
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "There is no customer in the list: press “Show What Would Move”"
                    " first."
                )
            )
        for line in self.line_ids:
            owner = line.user_id
            if not owner or not owner.active or owner == self.from_user_id:
                raise UserError(
                    self.env._(
                        "%(customer)s: choose an active user other than %(user)s as"
                        " new owner, or remove the line.",
                        customer=line.display_name,
                        user=self.from_user_id.name,
                    )
                )
            # sudo: he may work for a company that is not active in this browser
            if self.company_id not in owner.sudo().company_ids.root_id:
                raise UserError(
                    self.env._(
                        "%(customer)s: %(user)s does not work for %(company)s; choose"
                        " another new owner.",
                        customer=line.display_name,
                        user=owner.name,
                        company=self.company_id.name,
                    )
                )

    def _ask_to_accept(self):
        """One activity per new owner: read the files of his customers and accept."""
        customers = self.line_ids.filtered("partner_id")
        for user, lines in customers.grouped("user_id").items():
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "Customers taken over from %(user)s: %(count)s. Read their files"
                    " and accept them",
                    user=self.from_user_id.name,
                    count=len(lines),
                ),
                user_id=user.id,
            )

    def action_print(self):
        """The handover files of the customers whose file the user may read."""
        self.ensure_one()
        return self.line_ids.filtered("partner_id").action_print()

    def action_open_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_handover_item"
        )
        action["domain"] = [("handover_id", "=", self.id)]
        return action

    def action_open_watch(self):
        """What became of these customers in the first 90 days."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_handover_watch"
        )
        action["domain"] = [("handover_id", "=", self.id), ("partner_id", "!=", False)]
        return action

    @api.model
    def _cron_give_back(self):
        """Customers lent until a day go back on that day."""
        due = self.search(
            [
                ("state", "=", "done"),
                ("duration", "=", "temporary"),
                ("date_return", "<=", fields.Date.context_today(self)),
            ]
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for handover in due:
            handover._give_back("returned")
            cron._commit_progress(1)
