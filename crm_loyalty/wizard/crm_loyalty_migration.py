# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date


class CrmLoyaltyMigration(models.TransientModel):
    """From which tier to which tier customers went between two days, by the history."""

    _name = "crm.loyalty.migration"
    _description = "Migration Matrix"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.sudo().root_id,
    )
    date_from = fields.Date(
        "First Day",
        required=True,
        default=lambda self: fields.Date.subtract(
            fields.Date.context_today(self), months=1
        ),
    )
    date_to = fields.Date(
        "Second Day",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    problem = fields.Char(compute="_compute_matrix")
    matrix = fields.Json(compute="_compute_matrix")

    def _compute_display_name(self):
        for migration in self:
            migration.display_name = self.env._("Migration Matrix")

    @api.depends("company_id", "date_from", "date_to")
    def _compute_matrix(self):
        for migration in self:
            problem = migration._get_problem()
            migration.problem = problem
            migration.matrix = False if problem else migration._prepare_matrix()

    def _get_problem(self):
        """Why these days give no matrix, as a sentence; empty if they do."""
        self.ensure_one()
        if not self.date_from or not self.date_to:
            return self.env._("Choose a First Day and a Second Day.")
        if self.date_to < self.date_from:
            return self.env._(
                "The Second Day, %(second)s, is before the First Day, %(first)s."
                " Choose a later Second Day or an earlier First Day.",
                second=format_date(self.env, self.date_to),
                first=format_date(self.env, self.date_from),
            )
        return ""

    def _prepare_matrix(self):
        moves = {}
        for _partner, origin, target in self._read_moves():
            moves[origin, target] = moves.get((origin, target), 0) + 1
        places = self._get_places()
        return {
            "columns": [name for _id, name in places],
            "clickable": True,
            "rows": [
                {
                    "name": name,
                    "before": sum(n for (at, _to), n in moves.items() if at == origin),
                    "after": sum(n for (_at, to), n in moves.items() if to == origin),
                    "cells": [moves.get((origin, to), 0) for to, _name in places],
                }
                for origin, name in places
            ],
        }

    def _get_places(self):
        """Tiers of the company, retired ones last, and the place outside."""
        policy = self.env["crm.loyalty.policy"]._get(self.company_id)
        tiers = policy.with_context(active_test=False).tier_ids
        tiers = tiers.sorted(lambda tier: (not tier.active, tier.sequence, tier.id))
        places = [(tier.id, tier.name) for tier in tiers]
        return [*places, (None, self.env._("Outside the pyramid"))]

    def _read_moves(self):
        """[(partner, tier then, tier now)] of customers in a tier on either day.

        Only of customers the user sees: ids come from the rules of the history.
        """
        history = self.env["crm.customer.tier.change"]
        query = history._search([("company_id", "=", self.company_id.id)])
        return self.env.execute_query(
            SQL(
                """
                SELECT partner_id, then_tier_id, now_tier_id FROM (
                    SELECT partner_id,
                        (ARRAY_AGG(to_tier_id ORDER BY date DESC, id DESC)
                            FILTER (WHERE date <= %(date_from)s))[1] AS then_tier_id,
                        (ARRAY_AGG(to_tier_id ORDER BY date DESC, id DESC)
                            FILTER (WHERE date <= %(date_to)s))[1] AS now_tier_id
                    FROM crm_customer_tier_change
                    WHERE id IN (%(visible)s)
                    GROUP BY partner_id
                ) move
                WHERE then_tier_id IS NOT NULL OR now_tier_id IS NOT NULL
                """,
                date_from=self.date_from,
                date_to=self.date_to,
                visible=query.select(),
            )
        )

    def action_open_cell(self, row, column):
        """The customers of one cell of the matrix.

        :param row: index of the tier on the first day, as in ``matrix``
        :param column: index of the tier on the second day
        """
        self.ensure_one()
        if problem := self._get_problem():
            raise UserError(problem)
        places = self._get_places()
        (origin, origin_name), (target, target_name) = places[row], places[column]
        partners = [
            partner
            for partner, then, now in self._read_moves()
            if (then, now) == (origin, target)
        ]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_customer"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("partner_id", "in", partners),
        ]
        action["name"] = action["display_name"] = f"{origin_name} → {target_name}"
        return action
