# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL


class CrmLoyaltyMigration(models.TransientModel):
    """From which tier to which tier customers went between two days, by the history."""

    _name = "crm.loyalty.migration"
    _description = "Migration Matrix"

    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.subtract(
            fields.Date.context_today(self), months=1
        ),
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: fields.Date.context_today(self)
    )
    matrix = fields.Json(compute="_compute_matrix")

    def _compute_display_name(self):
        for migration in self:
            migration.display_name = self.env._("Migration Matrix")

    @api.depends("date_from", "date_to")
    @api.depends_context("company")
    def _compute_matrix(self):
        for migration in self:
            migration.matrix = migration._prepare_matrix()

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
        """Tiers of the current company, retired ones last, and the place outside."""
        policy = self.env["crm.loyalty.policy"]._get()
        tiers = policy.with_context(active_test=False).tier_ids
        tiers = tiers.sorted(lambda tier: (not tier.active, tier.sequence, tier.id))
        places = [(tier.id, tier.name) for tier in tiers]
        return [*places, (None, self.env._("Outside the pyramid"))]

    def _read_moves(self):
        """[(partner, tier then, tier now)] of customers in a tier on either day.

        Only of customers the user sees: ids come from the rules of the history.
        """
        history = self.env["crm.customer.tier.change"]
        company = self.env.company.sudo().root_id
        query = history._search([("company_id", "=", company.id)])
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
            ("is_current_company", "=", True),
            ("partner_id", "in", partners),
        ]
        action["name"] = action["display_name"] = f"{origin_name} → {target_name}"
        return action
