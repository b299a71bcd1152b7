# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date


class CrmCustomerGroup(models.Model):
    """Entities judged as one customer: a chain of shops, a holding.

    The group appears as its head, whose profile, tier, history and salesperson are
    those of the group; the other members have no profile while they belong to it.
    Accounting knows nothing of it. Only confirmed groups count, from the next run on.
    """

    _name = "crm.customer.group"
    _description = "Customer Group"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Head",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        domain=["|", ("is_company", "=", True), ("parent_id", "=", False)],
        help="The customer as which the group appears, itself a member",
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        tracking=True,
        domain=[("parent_id", "=", False)],
        help="Empty: the group counts in all companies",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
        ],
        default="proposed",
        required=True,
        copy=False,
        tracking=True,
    )
    active = fields.Boolean(default=True, tracking=True)
    origin = fields.Char("Why", help="Why the members seem to belong together")
    origin_key = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What the members have in common; it is proposed once",
    )
    member_ids = fields.One2many(
        "crm.customer.group.member", "group_id", "Members", copy=True
    )
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")

    entity_count = fields.Integer("Entities", compute="_compute_totals")
    currency_id = fields.Many2one("res.currency", compute="_compute_totals")
    revenue = fields.Monetary(
        "Revenue of the Members (Net of Tax)",
        compute="_compute_totals",
        help="Revenue in the window of the last run, of the current company, of the"
        " members whose documents the user may see",
    )
    profile_id = fields.Many2one(
        "crm.customer.profile", "Customer Profile", compute="_compute_profile_id"
    )
    is_pending = fields.Boolean(
        compute="_compute_is_pending",
        compute_sudo=True,
        help="The figures of the last run do not count the group as it is now",
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("member_ids.partner_id", "member_ids.date_to")
    @api.depends_context("company", "uid")
    def _compute_totals(self):
        today = fields.Date.context_today(self)
        current = self.member_ids.filtered(
            lambda member: not member.date_to or member.date_to >= today
        )
        by_group = current.grouped("group_id")
        for group in self:
            members = by_group.get(group, current.browse())
            group.entity_count = len(members.partner_id)
            group.revenue = sum(member.revenue for member in members)
            group.currency_id = self.env.company.sudo().root_id.currency_id

    @api.depends("partner_id")
    @api.depends_context("company", "uid")
    def _compute_profile_id(self):
        profiles = self.env["crm.customer.profile"].search_fetch(
            [
                ("group_id", "in", self.ids),
                ("company_id", "=", self.env.company.sudo().root_id.id),
            ],
            ["group_id"],
        )
        by_group = profiles.grouped("group_id")
        for group in self:
            group.profile_id = by_group.get(group._origin, profiles.browse())

    @api.depends(
        "state",
        "active",
        "partner_id",
        "company_id",
        "member_ids.partner_id",
        "member_ids.date_from",
        "member_ids.date_to",
    )
    @api.depends_context("company")
    def _compute_is_pending(self):
        # sudo (compute_sudo): the rows behind are nobody's to read
        company = self.env.company.root_id
        policy = self.env["crm.loyalty.policy"]._get(company)
        pending = set()
        if policy.as_of:
            self.env.flush_all()
            entities = self.env["crm.customer.entity"]
            pending = entities._get_pending_groups(company, policy.as_of)
        for group in self:
            group.is_pending = group._origin.id in pending

    # ------------------------------------------------------------------
    # Rules that must hold
    # ------------------------------------------------------------------

    @api.constrains("company_id")
    def _check_root_company(self):
        self.member_ids._check_company()
        for group in self:
            company = group.company_id.sudo()
            if company != company.root_id:
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch: choose %(root)s, whose figures count"
                        " it, or no company.",
                        branch=company.name,
                        root=company.root_id.name,
                    )
                )

    @api.constrains("state", "active", "company_id")
    def _check_overlap(self):
        self.member_ids._check_overlap()

    def _check_heads(self):
        """Refuse groups whose head is missing on a day on which they have members."""
        if self.env.context.get("loyalty_heads_deferred"):
            return  # rows are saved one by one: whoever saves them all, checks
        for group in self:
            if problem := group._get_head_problem():
                raise ValidationError(problem)

    def _get_head_problem(self):
        """The first day that a member is there without the head; empty if none is."""
        self.ensure_one()
        head = self.partner_id
        leads = self.member_ids.filtered(lambda member: member.partner_id == head)
        for member in self.member_ids - leads:
            day = member.date_from
            for lead in leads.sorted("date_from"):
                if day and lead.date_from <= day <= (lead.date_to or day):
                    day = lead.date_to and fields.Date.add(lead.date_to, days=1)
            if day and day <= (member.date_to or day):
                return self.env._(
                    "%(head)s is the head of the group %(group)s, but no member of it"
                    " on %(date)s, when %(entity)s is. Let %(head)s be a member on"
                    " that day, too, or choose another head.",
                    head=head.display_name,
                    group=self.name,
                    date=format_date(self.env, day),
                    entity=member.partner_id.display_name,
                )
        return ""

    def _check_decision_rights(self, vals):
        """Key-account managers propose and edit groups, managers decide on them."""
        if self.env.su or self.env.user.has_group("crm_loyalty.group_manager"):
            return
        decided = self.filtered(lambda group: group.state != "proposed")
        if vals.get("state", "proposed") != "proposed" or (
            decided and {"state", "active"} & vals.keys()
        ):
            raise AccessError(
                self.env._(
                    "Groups are confirmed, refused and archived by a manager of"
                    " Customer Loyalty. Ask one to decide on %s.",
                    vals.get("name") or ", ".join(self.mapped("name")),
                )
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_decision_rights(vals)
        deferred = self.with_context(loyalty_heads_deferred=True)
        vals_list = self.env["res.partner"]._loyalty_as_entities(vals_list)
        groups = super(CrmCustomerGroup, deferred).create(vals_list)
        groups._add_heads()
        groups = groups.with_env(self.env)
        groups._check_heads()
        return groups

    def write(self, vals):
        self._check_decision_rights(vals)
        deferred = self.with_context(loyalty_heads_deferred=True)
        [vals] = self.env["res.partner"]._loyalty_as_entities([vals])
        result = super(CrmCustomerGroup, deferred).write(vals)
        if {"partner_id", "member_ids", "active"} & vals.keys():
            self.filtered("active")._check_heads()
        return result

    def _add_heads(self):
        """Make heads members, from the first day on which their group has one."""
        self.env["crm.customer.group.member"].create(
            [
                {
                    "group_id": group.id,
                    "partner_id": group.partner_id.id,
                    "date_from": min(group.member_ids.mapped("date_from"), default=None)
                    or fields.Date.context_today(self),
                }
                for group in self
                if group.partner_id not in group.member_ids.partner_id
            ]
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        """What counts, or must not be proposed again, stays."""
        # sudo: the rows behind are nobody's to read
        counted = self.env["crm.customer.entity"].sudo()
        counted = counted.search([("group_id", "in", self.ids)]).group_id
        for group in self:
            if group.state == "confirmed" or group in counted:
                raise UserError(
                    self.env._(
                        "The group %s counts, or has counted, in the figures. Archive"
                        " it: from the next run on its members stand for themselves.",
                        group.name,
                    )
                )
            if group.state == "refused":
                group._check_decision_rights({"state": "refused"})

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """The head is the first member, and usually gives the group its name."""
        head = self.partner_id.commercial_partner_id
        if head != self.partner_id:
            self.partner_id = head
        if head and not self.name:
            self.name = head.name
        if head and head not in self.member_ids.partner_id:
            self.member_ids = [fields.Command.create({"partner_id": head.id})]

    def _log_members(self, members, title):
        """Tell in the chatter of confirmed groups who came, went or changed."""
        for group in self.filtered(lambda group: group.state == "confirmed"):
            lines = members.filtered(lambda m, group=group: m.group_id == group)
            items = Markup().join(
                Markup("<li>%s</li>") % line._describe() for line in lines
            )
            if items:
                group._message_log(body=Markup("%s<ul>%s</ul>") % (title, items))

    def _note_merge(self, member, survivor):
        """Tell that a membership did not survive the merging of contacts."""
        for group in self:
            group._message_log(
                body=self.env._(
                    "%(entity)s was merged into %(survivor)s, which belongs to another"
                    " group at that time: its membership %(period)s ends here.",
                    entity=member.partner_id.display_name,
                    survivor=survivor.display_name,
                    period=member._format_period(),
                )
            )

    def _end_without_head(self):
        """Archive a group whose head was merged with a member of another group."""
        self.active = False
        self._message_log(
            body=self.env._(
                "Archived: its head was merged into %s, which belongs to another group."
                " Choose another head among the members, then restore the group.",
                self.partner_id.display_name,
            )
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_confirm(self):
        """The members count as one customer, from the next run on."""
        self.state = "confirmed"

    def action_refuse(self):
        """The members stay customers of their own; this is not proposed again."""
        self.state = "refused"

    def action_propose(self):
        """Take a decision back; the group does not count until confirmed again."""
        self.state = "proposed"

    def action_recompute(self):
        """Let the figures count the group as it is now."""
        self.check_access("read")
        # sudo: as on the value page, starting a run is no privilege
        return self.env["crm.loyalty.policy"]._get().action_run()

    def action_open_profile(self):
        """The value page of the group."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_customer"
        )
        action.update(res_id=self.profile_id.id, views=[(False, "form")], domain=[])
        return action
