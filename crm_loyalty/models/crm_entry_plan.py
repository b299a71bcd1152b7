# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

#: days between two steps of a plan
STEP_DAYS = 5
#: plans to choose from: of the fastest chains, of those through the three points
PROPOSALS = {"fastest": 2, "strategic": 1}


class CrmEntryPlan(models.Model):
    """A way to somebody through a chain of people, as found, and once accepted."""

    _name = "crm.entry.plan"
    _description = "Entry Plan"
    _inherit = ["crm.stakeholder.part.mixin"]
    _order = "state, chance desc, id"
    _map_silent_fields = ("state", "broken_by_id", "broken_reason")

    target_id = fields.Many2one(
        "crm.stakeholder", "To", required=True, ondelete="cascade", readonly=True
    )
    mode = fields.Selection(
        [("fastest", "Best chance"), ("strategic", "Through the three points")],
        "Way",
        required=True,
        readonly=True,
    )
    chance = fields.Float(readonly=True, digits=(4, 3), aggregator=None)
    # in alphabetical order, so that rows sort by it
    state = fields.Selection(
        [
            ("active", "Under way"),
            ("broken", "Broken"),
            ("draft", "Proposed"),
            ("reached", "Reached"),
        ],
        default="draft",
        required=True,
        readonly=True,
    )
    step_ids = fields.One2many("crm.entry.step", "plan_id", "Steps")
    words = fields.Text("In Words", compute="_compute_words")
    broken_by_id = fields.Many2one(
        "res.partner", "Broken by", readonly=True, ondelete="set null"
    )
    broken_reason = fields.Selection(
        [
            ("gone", "Is not there any more"),
            ("unwilling", "Does not introduce us any more"),
            ("untied", "Does not know the next person any more"),
        ],
        "Why",
        readonly=True,
    )

    @api.depends("target_id", "mode")
    def _compute_display_name(self):
        modes = dict(self._fields["mode"]._description_selection(self.env))
        for plan in self:
            plan.display_name = f"{plan.target_id.display_name}: {modes[plan.mode]}"

    @api.depends("step_ids.words", "chance")
    def _compute_words(self):
        for plan in self:
            words = "; ".join(plan.step_ids.mapped("words"))
            words = words[:1].upper() + words[1:]
            plan.words = self.env._(
                "%(words)s. Chance of the whole chain: %(chance)s %%.",
                words=words,
                chance=round(100 * plan.chance),
            )

    # ------------------------------------------------------------------
    # Proposing and accepting
    # ------------------------------------------------------------------

    @api.model
    def _propose(self, target):
        """Put the best ways to a person on the map in place of earlier proposals.

        :return: the proposals, best first; empty where nobody can introduce us
        """
        contact_map = target.map_id
        self.search([("target_id", "=", target.id), ("state", "=", "draft")]).unlink()
        network = contact_map._get_current_network()
        found = {}
        for mode, limit in PROPOSALS.items():
            for chain in network.find_chains(
                target.contact_id.id, strategic=mode == "strategic", limit=limit
            ):
                found.setdefault(chain.people, (mode, chain))
        plans = self.create(
            [
                {
                    "map_id": contact_map.id,
                    "target_id": target.id,
                    "mode": mode,
                    "chance": chain.chance,
                    "step_ids": self._prepare_steps(contact_map, chain),
                }
                for mode, chain in found.values()
            ]
        )
        return plans.sorted("chance", reverse=True)

    def _prepare_steps(self, contact_map, chain):
        points = {p.contact_id.id: p._get_points() for p in contact_map.stakeholder_ids}
        steps = []
        for number, chance in enumerate(chain.chances):
            source, target = chain.people[number : number + 2]
            steps.append(
                Command.create(
                    {
                        "sequence": number + 1,
                        "source_id": source,
                        "target_id": target,
                        "chance": chance,
                        "purpose": _get_purpose(points.get(target, ())),
                    }
                )
            )
        return steps

    def action_accept(self):
        """Work along this chain: each step becomes an activity of ours."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%s: only a proposed plan can be accepted. Find a new one.",
                    self.display_name,
                )
            )
        owner = self._get_owner()
        today = fields.Date.context_today(self)
        for step in self.step_ids:
            step._schedule(
                owner, fields.Date.add(today, days=STEP_DAYS * step.sequence)
            )
        self.state = "active"
        others = self.search(
            [("target_id", "=", self.target_id.id), ("state", "=", "draft")]
        )
        others.unlink()
        self.map_id._refresh()

    def action_drop(self):
        """Give the plan up; its open activities go."""
        self._cancel_activities()
        self.unlink()

    def _get_owner(self):
        """Who does the steps: the one of us the chain begins with, else the seller."""
        first = self.step_ids[:1].source_id
        # sudo: which user a contact of ours belongs to
        user = first.sudo().user_ids.filtered(lambda user: not user.share)[:1]
        return user or self.map_id.user_id or self.env.user

    def _cancel_activities(self):
        # sudo: activities of colleagues go with the plan that they belonged to
        self.step_ids.filtered(
            lambda s: s.state == "planned"
        ).activity_id.sudo().unlink()

    # ------------------------------------------------------------------
    # Following the map
    # ------------------------------------------------------------------

    @api.model
    def _follow(self, situations):
        """Break the plans that do not lead anywhere any more, and propose others.

        :param dict situations: map -> ``deal_health.Situation``
        """
        plans = self.search(
            [("map_id", "in", [m.id for m in situations]), ("state", "=", "active")]
        )
        for plan in plans:
            network = situations[plan.map_id].network
            for step in plan.step_ids.filtered(lambda s: s.state == "planned"):
                reason, contact = step._get_break(network)
                if reason:
                    plan._cancel_activities()
                    plan.write(
                        {
                            "state": "broken",
                            "broken_by_id": contact.id,
                            "broken_reason": reason,
                        }
                    )
                    if not plan.target_id.is_gone:
                        self._propose(plan.target_id)
                    break

    def _check_reached(self):
        """A plan is reached when all its steps are behind us."""
        for plan in self.filtered(lambda plan: plan.state == "active"):
            if all(step.state != "planned" for step in plan.step_ids):
                plan.state = "reached"


def _get_purpose(points):
    """What a step is for, by the points that the person it leads to holds."""
    if "power" in points:
        return "decision"
    if "dissatisfaction" in points:
        return "problem"
    return "information" if "receptivity" in points else "access"
