# Part of Customer Loyalty & Key Accounts.
# AGPL-3 (see https://www.gnu.org/licenses/agpl-3.0.html).
from odoo import api, fields, models
from odoo.fields import Command


class ResPartner(models.Model):
    """The company group of a contact becomes, and stays, a confirmed customer group.

    Its head is the company that was chosen; where that belongs to a company group
    itself, the topmost one. Memberships begin on the day the field is set and end the
    day before it is changed. What was entered as a customer group by hand goes first.
    """

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._loyalty_follow_company_group({})
        return partners

    def write(self, vals):
        if "company_group_id" not in vals:
            return super().write(vals)
        partners = self | self._loyalty_company_group_below()
        before = partners._loyalty_company_group_heads()
        result = super().write(vals)
        partners._loyalty_follow_company_group(before)
        return result

    def _loyalty_company_group_below(self):
        """All whose company group is one of these, or belongs to one; by levels."""
        below, level = self.browse(), self
        while level:
            level = self.search([("company_group_id", "in", level.ids)]) - below - self
            below |= level
        return below

    def _loyalty_company_group_heads(self):
        """{entity: topmost company of its company group}; without one, no entry."""
        heads = {}
        for entity in self:
            if entity.commercial_partner_id != entity:
                continue  # contacts follow their company
            path, head = entity, entity.company_group_id.commercial_partner_id
            while head and head not in path:
                path |= head
                head = head.company_group_id.commercial_partner_id
            if len(path) > 1:
                heads[entity] = path[-1]
        return heads

    def _loyalty_follow_company_group(self, before):
        """Bring memberships in line with the company groups of these contacts.

        :param before: what ``_loyalty_company_group_heads`` told before the change
        """
        # sudo: who edits contacts need not be allowed to edit customer groups
        partners = self.sudo()
        after = partners._loyalty_company_group_heads()
        changed = partners.filtered(lambda p: before.get(p) != after.get(p))
        if not changed:
            return
        changed._loyalty_leave_company_group(before)
        joining = {entity: after[entity] for entity in changed if entity in after}
        changed._loyalty_join_company_group(joining)

    def _loyalty_open_memberships(self, partners):
        """{partner: its membership in a confirmed group, now or later}."""
        today = fields.Date.context_today(self)
        members = self.env["crm.customer.group.member"].search(
            [
                ("partner_id", "in", [partner.id for partner in partners]),
                ("group_id.state", "=", "confirmed"),
                ("group_id.active", "=", True),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ]
        )
        return {member.partner_id: member for member in members}

    def _loyalty_leave_company_group(self, before):
        """End yesterday the memberships in the groups of the companies of before."""
        today = fields.Date.context_today(self)
        leaving = self.env["crm.customer.group.member"]
        for entity, member in self._loyalty_open_memberships(self).items():
            if before.get(entity) == member.group_id.partner_id:
                leaving += member
        # a head that nobody follows any more stands for itself, too
        for group in leaving.group_id:
            open_members = group.member_ids.filtered(
                lambda m: not m.date_to or m.date_to >= today
            )
            if (open_members - leaving).partner_id == group.partner_id:
                leaving += open_members - leaving
        leaving = leaving.with_context(loyalty_heads_deferred=True)
        fresh = leaving.filtered(lambda member: member.date_from >= today)
        (leaving - fresh).date_to = fields.Date.subtract(today, days=1)
        fresh.unlink()

    def _loyalty_join_company_group(self, heads):
        """Make entities members of the groups of their heads, from today on.

        :param heads: {entity: head}
        """
        groups = self.env["crm.customer.group"].search(
            [
                ("partner_id", "in", [head.id for head in heads.values()]),
                ("state", "=", "confirmed"),
            ]
        )
        by_head = {group.partner_id: group for group in groups}
        taken = self._loyalty_open_memberships({*heads, *heads.values()})
        joining = {}
        for entity, head in heads.items():
            if problem := self._loyalty_get_group_problem(entity, head, taken):
                entity._message_log(body=problem)
            elif entity not in taken:
                joining.setdefault(head, []).append(entity)
        for head, entities in joining.items():
            lines = [Command.create({"partner_id": e.id}) for e in entities]
            if head in by_head:
                if head not in taken:
                    lines.insert(0, Command.create({"partner_id": head.id}))
                by_head[head].write({"member_ids": lines})
            else:
                self.env["crm.customer.group"].create(
                    {
                        "name": head.name,
                        "partner_id": head.id,
                        "company_id": head.company_id.root_id.id,
                        "state": "confirmed",
                        "origin": self.env._("Company group of the contacts"),
                        "member_ids": lines,
                    }
                )

    def _loyalty_get_group_problem(self, entity, head, taken):
        """Why the company group cannot be followed, in a sentence; empty if it can."""
        for partner in (entity, head):
            group = taken[partner].group_id if partner in taken else None
            if group and group.partner_id != head:
                return self.env._(
                    "The company group %(head)s was not taken over as customer group:"
                    " %(partner)s is a member of the customer group %(group)s.",
                    head=head.display_name,
                    partner=partner.display_name,
                    group=group.name,
                )
        company = entity.company_id.root_id
        if company and company != head.company_id.root_id:
            return self.env._(
                "The company group %(head)s was not taken over as customer group:"
                " %(entity)s is a contact of %(company)s only, the head is not.",
                head=head.display_name,
                entity=entity.display_name,
                company=company.name,
            )
        return ""
