# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

from .crm_stakeholder import ATTITUDES


class CrmInfluenceAction(models.Model):
    """A tactic used with a person, and what it did to his attitude."""

    _name = "crm.influence.action"
    _description = "Use of a Tactic"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "id desc"
    _rec_name = "tactic_id"

    tactic_id = fields.Many2one(
        "crm.influence.tactic", required=True, ondelete="restrict", index=True
    )
    stakeholder_id = fields.Many2one(
        "crm.stakeholder",
        "With",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('map_id', '=', map_id)]",
    )
    user_id = fields.Many2one(
        "res.users", "Who", default=lambda self: self.env.user, ondelete="set null"
    )
    date_due = fields.Date("Until", required=True)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("skipped", "Skipped")],
        default="planned",
        required=True,
        readonly=True,
    )
    result = fields.Char()
    done_on = fields.Date(readonly=True)
    attitude_before = fields.Selection(ATTITUDES, readonly=True)
    attitude_after = fields.Selection(ATTITUDES, readonly=True)
    effect = fields.Integer(
        "Change of Attitude",
        compute="_compute_effect",
        store=True,
        aggregator="avg",
        help="Steps from opponent to advocate that the person moved",
    )
    is_effect_known = fields.Boolean(compute="_compute_effect", store=True)

    @api.depends("attitude_before", "attitude_after")
    def _compute_effect(self):
        for action in self:
            before, after = action.attitude_before, action.attitude_after
            known = bool(before and after)
            action.is_effect_known = known
            action.effect = int(after) - int(before) if known else 0

    @api.model_create_multi
    def create(self, vals_list):
        people = self.env["crm.stakeholder"].browse(
            vals["stakeholder_id"] for vals in vals_list
        )
        tactics = self.env["crm.influence.tactic"].browse(
            vals["tactic_id"] for vals in vals_list
        )
        today = fields.Date.context_today(self)
        return super().create(
            [
                {
                    "map_id": person.map_id.id,
                    "attitude_before": person.attitude,
                    "date_due": fields.Date.add(today, days=tactic.days),
                    **vals,
                }
                for person, tactic, vals in zip(people, tactics, vals_list, strict=True)
            ]
        )

    def action_done(self):
        """The tactic was used; the attitude he has now is its effect."""
        for action in self:
            action.write(
                {
                    "state": "done",
                    "done_on": fields.Date.context_today(self),
                    "attitude_after": action.stakeholder_id.attitude,
                }
            )

    def action_skip(self):
        self.state = "skipped"
