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
        domain="[('map_id', '=', map_id), ('is_gone', '=', False)]",
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one(
        "res.users", "Who", default=lambda self: self.env.user, ondelete="set null"
    )
    date_due = fields.Date(
        "Until",
        compute="_compute_date_due",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("skipped", "Skipped")],
        default="planned",
        required=True,
        readonly=True,
    )
    result = fields.Char()
    stage_id = fields.Many2one(related="tactic_id.stage_id", store=True)
    mistakes = fields.Text(related="tactic_id.mistakes")
    questions = fields.Text(related="tactic_id.questions")
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

    @api.depends("tactic_id")
    def _compute_date_due(self):
        today = fields.Date.context_today(self)
        for action in self:
            action.date_due = action.tactic_id and fields.Date.add(
                today, days=action.tactic_id.days
            )

    @api.model_create_multi
    def create(self, vals_list):
        people = self.env["crm.stakeholder"].browse(
            vals["stakeholder_id"] for vals in vals_list
        )
        actions = super().create(
            [
                {
                    "map_id": person.map_id.id,
                    "attitude_before": person.attitude,
                    **vals,
                }
                for person, vals in zip(people, vals_list, strict=True)
            ]
        )
        if not self.env.context.get("stakeholder_refreshing"):
            actions._schedule()
        return actions

    def _schedule(self):
        """Give each action an activity on the deal, or on the account."""
        for action in self:
            owner = action.map_id.lead_id or action.map_id.account_id
            person = action.stakeholder_id
            action.activity_id = owner.activity_schedule(
                activity_type_id=action.tactic_id.activity_type_id.id
                or self.env.ref("mail.mail_activity_data_todo").id,
                date_deadline=action.date_due,
                user_id=action.user_id.id or self.env.user.id,
                summary=f"{action.tactic_id.name}: {person.display_name}",
                note=action.tactic_id.questions,
            )

    def action_done(self):
        """The tactic was used; the attitude he has now is its effect."""
        activities = self.activity_id
        self._close(False)
        activities.filtered("active").action_feedback()

    def _close(self, feedback):
        """The tactic was used; what he thinks of us now is its effect."""
        for action in self.filtered(lambda action: action.state == "planned"):
            action.write(
                {
                    "state": "done",
                    "done_on": fields.Date.context_today(self),
                    "attitude_after": action.stakeholder_id.attitude,
                    "result": action.result or feedback or False,
                }
            )

    def action_skip(self):
        """Not used after all."""
        # sudo: the activity of a colleague goes with the action
        self.activity_id.sudo().unlink()
        self.state = "skipped"
