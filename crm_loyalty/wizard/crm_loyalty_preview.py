# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmLoyaltyPreview(models.TransientModel):
    """What a decision would change. Nothing is saved until it is applied.

    The decision is really made, looked at, and rolled back: a preview that computes
    something else than the decision would be worse than none.
    """

    _name = "crm.loyalty.preview"
    _description = "Preview of a Decision"

    policy_id = fields.Many2one("crm.loyalty.policy", required=True, readonly=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    margin = fields.Boolean(
        "Keep Customers within the Margin",
        default=True,
        help="Customers just beyond a cut stay until the next decision. Switch it off"
        " after changing the cuts.",
    )
    matrix = fields.Json(readonly=True)
    line_ids = fields.One2many("crm.loyalty.preview.line", "preview_id", readonly=True)
    mover_count = fields.Integer("Customers That Change", readonly=True)
    row_count = fields.Integer("Rows to Write", readonly=True)

    def write(self, vals):
        """Preview again when the margin is switched."""
        result = super().write(vals)
        if "margin" in vals:
            for preview in self:
                preview._simulate()
        return result

    @api.model
    def _open(self, policy):
        """Action on a new preview of the policy's next decision."""
        preview = self.create({"policy_id": policy.id})
        preview._simulate()
        return preview._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview: %s", self.policy_id.company_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large", "loyalty_company_named": True},
        }

    def _simulate(self):
        """Make the decision, note who moves, and take it back."""
        self.ensure_one()
        # sudo: the decision writes what nobody may write by hand; it is rolled back
        policy = self.policy_id.sudo()
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            before, last = self._count_customers(policy), self._get_last_change()
            policy._run()
            policy._apply_tiers(margin=self.margin)
            after, lines = (
                self._count_customers(policy),
                self._prepare_lines(policy, last),
            )
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        self.line_ids.unlink()
        self.write(
            {
                "matrix": self._prepare_matrix(policy, before, after, lines),
                "line_ids": [fields.Command.create(vals) for vals in lines[:200]],
                "mover_count": len(lines),
                "row_count": 2 * len(lines),
            }
        )

    def _get_last_change(self):
        """Id of the newest row of history: what comes later is the simulation's."""
        history = self.env["crm.customer.tier.change"].sudo()
        return history.search([], order="id desc", limit=1).id or 0

    def _count_customers(self, policy):
        """{id of the tier, or False: customers} as they stand now."""
        groups = (
            self.env["crm.customer.profile"]
            .sudo()
            ._read_group(
                [("company_id", "=", policy.company_id.id)], ["tier_id"], ["__count"]
            )
        )
        return {tier.id: count for tier, count in groups}

    def _prepare_lines(self, policy, last_change):
        """Movers, the most money first; on the first decision everybody is one."""
        changes = (
            self.env["crm.customer.tier.change"]
            .sudo()
            .search(
                [
                    ("company_id", "=", policy.company_id.id),
                    ("id", ">", last_change),
                ],
                order="id desc",
            )
        )
        lines = []
        for rows in changes.grouped("partner_id").values():
            # the head of a new group leaves the pyramid and enters it again
            last, origin = rows[0], rows[-1].from_tier_id
            if len(rows) > 1 and origin == last.to_tier_id:
                continue
            lines.append(
                {
                    "partner_id": last.partner_id.id,
                    "from_tier_id": origin.id,
                    "to_tier_id": last.to_tier_id.id,
                    "direction": last._get_direction(origin, last.to_tier_id),
                    "revenue": last.revenue,
                    "reason": last.reason,
                }
            )
        return sorted(lines, key=lambda line: -abs(line["revenue"]))

    def _prepare_matrix(self, policy, before, after, lines):
        """Customers per tier before and after, and how many go from where to where."""
        moves = {}
        for line in lines:
            key = (line["from_tier_id"], line["to_tier_id"])
            moves[key] = moves.get(key, 0) + 1
        tiers = [(tier.id, tier.name) for tier in policy.tier_ids.sorted()]
        places = [*tiers, (False, self.env._("Outside the pyramid"))]
        return {
            "columns": [name for _id, name in places],
            "rows": [
                {
                    "name": name,
                    "before": before.get(tier_id, 0),
                    "after": after.get(tier_id, 0),
                    "cells": [
                        self._stay(before, moves, tier_id)
                        if tier_id == to_id
                        else moves.get((tier_id, to_id), 0)
                        for to_id, _name in places
                    ],
                }
                for tier_id, name in places
            ],
        }

    def _stay(self, before, moves, tier_id):
        left = sum(n for (origin, _to), n in moves.items() if origin == tier_id)
        return before.get(tier_id, 0) - left

    def action_apply(self):
        """Make the decision for good."""
        self.policy_id.check_access("write")
        # sudo: as in _simulate
        policy = self.policy_id.sudo()
        policy._run()
        count = policy._apply_tiers(margin=self.margin)
        return policy._get_applied_notification(count)
