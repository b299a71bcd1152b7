# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import frozendict, ormcache


class CrmStage(models.Model):
    """What each stage of our pipeline supposes about the customer."""

    _inherit = "crm.stage"

    decision_stage_min_id = fields.Many2one(
        "crm.decision.stage",
        "Customer Is at Least at",
        ondelete="set null",
        help="A deal in this stage of the pipeline while the customer is further behind"
        " is ahead of the customer",
    )
    decision_stage_max_id = fields.Many2one(
        "crm.decision.stage", "Customer Is at Most at", ondelete="set null"
    )

    @api.model
    def _set_decision_stages(self):
        """Suppose something sensible where nobody has said anything yet.

        The first stage of the pipeline: the customer sees changes or needs; the second:
        needs or options; those after it: options or concerns; won: he decides or
        has decided.
        """
        known = ("decision_stage_min_id", "!=", False)
        if self.search_count([known], limit=1):
            return
        idx = {stage.idx: stage for stage in self.env["crm.decision.stage"].search([])}
        stages = self.search_fetch([], ["is_won"])
        for stage in stages:
            open_stages = stages.filtered(lambda s: not s.is_won)
            low = 4 if stage.is_won else min(list(open_stages).index(stage), 2)
            stage.decision_stage_min_id = idx[low]
            stage.decision_stage_max_id = idx[low + 1]

    def write(self, vals):
        result = super().write(vals)
        if {"decision_stage_min_id", "decision_stage_max_id"} & vals.keys():
            self.env.registry.clear_cache()
            # sudo: the figures of all maps follow
            maps = self.env["crm.stakeholder.map"].sudo()
            maps.search([("lead_id.stage_id", "in", self.ids)])._refresh()
        return result

    @ormcache()
    def _get_decision_stages(self):
        """{id: (lowest, highest)} numbers of customer's stages, where both are set."""
        # sudo: the same for everybody
        return frozendict(
            {
                stage.id: (
                    stage.decision_stage_min_id.idx,
                    stage.decision_stage_max_id.idx,
                )
                for stage in self.sudo().search([])
                if stage.decision_stage_min_id and stage.decision_stage_max_id
            }
        )
