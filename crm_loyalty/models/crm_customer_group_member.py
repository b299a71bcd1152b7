# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class CrmCustomerGroupMember(models.Model):
    """An entity belongs to a group from a day to a day, both included.

    The membership on the as-of day counts for the whole window of the figures.
    """

    _name = "crm.customer.group.member"
    _description = "Member of a Customer Group"
    _order = "date_from desc, id"
    _rec_name = "group_id"

    group_id = fields.Many2one(
        "crm.customer.group",
        "Customer Group",
        required=True,
        ondelete="cascade",
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Entity",
        required=True,
        ondelete="cascade",
        index=True,
        domain=["|", ("is_company", "=", True), ("parent_id", "=", False)],
        help="A company, or a person who belongs to none; contacts and delivery"
        " addresses follow their company",
    )
    date_from = fields.Date(
        "From", required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_to = fields.Date("Until", help="Last day in the group; empty: until further")
    company_id = fields.Many2one(related="group_id.company_id", store=True)
    state = fields.Selection(related="group_id.state")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    currency_id = fields.Many2one("res.currency", compute="_compute_revenue")
    revenue = fields.Monetary(
        "Revenue (Net of Tax)",
        compute="_compute_revenue",
        help="Revenue of the entity alone in the window of the last run, of the current"
        " company, where the user may see it",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)",
        "A membership ends on or after the day it begins.",
    )

    @api.depends("partner_id")
    @api.depends_context("company", "uid")
    def _compute_revenue(self):
        company = self.env.company.sudo().root_id
        policy = self.env["crm.loyalty.policy"]._get(company)
        groups = policy.as_of and self.env["crm.customer.fact"]._read_group(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "=", company.id)
            & Domain("date", ">=", policy.window_start)
            & Domain("date", "<=", policy.as_of),
            ["partner_id"],
            ["revenue:sum"],
        )
        revenues = dict(groups or [])
        for member in self:
            member.currency_id = company.currency_id
            member.revenue = revenues.get(member.partner_id._origin, 0)

    # ------------------------------------------------------------------
    # Rules that must hold
    # ------------------------------------------------------------------

    @api.constrains("partner_id", "group_id")
    def _check_company(self):
        """Who sees the group must be able to see its members."""
        for member in self:
            company = member.partner_id.company_id.sudo().root_id
            if company and company != member.group_id.company_id.sudo():
                raise ValidationError(
                    self.env._(
                        "%(entity)s is a contact of %(company)s only: give the group"
                        " %(group)s that company, or the contact none.",
                        entity=member.partner_id.display_name,
                        company=company.name,
                        group=member.group_id.name,
                    )
                )

    @api.constrains("partner_id", "group_id", "date_from", "date_to")
    def _check_overlap(self):
        """An entity is in one confirmed group at a time, and in each group once."""
        # sudo: a group of a company the user does not see may be in the way
        members = self.sudo()
        others = members.search([("partner_id", "in", self.partner_id.ids)])
        by_partner = others.grouped("partner_id")
        for member in members:
            for other in by_partner[member.partner_id]:
                if member._excludes(other):
                    raise ValidationError(
                        self.env._(
                            "%(entity)s is already in the group %(group)s %(period)s."
                            " End that membership first, or choose other dates.",
                            entity=member.partner_id.display_name,
                            group=other.group_id.name,
                            period=other._format_period(),
                        )
                    )

    def _excludes(self, other):
        """Whether the entity cannot be in both groups, as the two rows have it."""
        if self == other or not self._overlaps(other):
            return False
        groups = self.group_id | other.group_id
        if len(groups) == 1:
            return True
        companies = groups.company_id
        return (
            all(group.active and group.state == "confirmed" for group in groups)
            # without a company a group counts in all of them
            and (len(companies) < 2)
        )

    def _overlaps(self, other):
        end, other_end = self.date_to, other.date_to
        return (not end or other.date_from <= end) and (
            not other_end or self.date_from <= other_end
        )

    def _format_period(self):
        """From when to when, in words."""
        start = format_date(self.env, self.date_from)
        if not self.date_to:
            return self.env._("from %s on", start)
        return self.env._(
            "from %(start)s to %(end)s",
            start=start,
            end=format_date(self.env, self.date_to),
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self.env["res.partner"]._loyalty_as_entities(vals_list)
        members = super().create(vals_list)
        members._settle(members.group_id, self.env._("Member added"))
        return members

    def write(self, vals):
        groups = self.group_id
        [vals] = self.env["res.partner"]._loyalty_as_entities([vals])
        result = super().write(vals)
        self._settle(groups | self.group_id, self.env._("Membership changed"))
        return result

    def unlink(self):
        groups = self.group_id
        groups._log_members(self, self.env._("Member removed"))
        result = super().unlink()
        groups._check_heads()
        return result

    def _settle(self, groups, title):
        """After a change: the groups must hold together, and tell about it."""
        groups._log_members(self, title)
        groups._check_heads()

    def _describe(self):
        """The entity and its time in the group, in words."""
        return f"{self.partner_id.display_name} {self._format_period()}"

    # ------------------------------------------------------------------
    # Merged contacts
    # ------------------------------------------------------------------

    @api.model
    def _merge(self, sources, survivor):
        """Give the memberships of merged contacts to the entity that stays.

        What would put it into two groups at once is dropped, and the group told so. A
        group that loses its head thereby is archived.
        """
        self = self.with_context(loyalty_heads_deferred=True)
        Group = self.env["crm.customer.group"].with_context(active_test=False)
        led = Group.search([("partner_id", "in", sources.ids)])
        kept = self.search([("partner_id", "=", survivor.id)])
        merged = self.search([("partner_id", "in", sources.ids)], order="date_from, id")
        for member in merged - kept:
            twins = kept.filtered(
                lambda k, m=member: k.group_id == m.group_id and k._overlaps(m)
            )
            if any(member._excludes(other) for other in kept - twins):
                member.group_id._note_merge(member, survivor)
                member.unlink()
            elif twins:
                twins[0]._absorb(member + twins[1:])
            else:
                member.partner_id = survivor
                kept += member
        led.partner_id = survivor
        for group in led:
            if group._get_head_problem():
                group._end_without_head()

    def _absorb(self, others):
        """Cover the time of these rows of the same group, and delete them."""
        rows = self + others
        ends = rows.mapped("date_to")
        vals = {
            "date_from": min(rows.mapped("date_from")),
            "date_to": all(ends) and max(ends),
        }
        others.unlink()
        self.write(vals)
