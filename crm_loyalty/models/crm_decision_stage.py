# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import frozendict, ormcache


class CrmDecisionStage(models.Model):
    """A stage of the customer's own way to a decision; ours is ``crm.stage``."""

    _name = "crm.decision.stage"
    _description = "Stage of the Customer's Decision"
    _order = "idx"

    name = fields.Char(required=True, translate=True)
    short_name = fields.Char(translate=True, help="Where there is little room")
    code = fields.Char(required=True, readonly=True)
    idx = fields.Integer(
        "Number", required=True, readonly=True, aggregator=None, help="Counted from 0"
    )
    key_question = fields.Text("What the Customer Asks", translate=True)
    exit_evidence = fields.Text(
        "Done When", translate=True, help="What must have happened to leave this stage"
    )
    best_strategy = fields.Text("What Helps", translate=True)
    typical_mistakes = fields.Text(translate=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "The code of a stage is unique.")
    _idx_uniq = models.Constraint("UNIQUE (idx)", "The number of a stage is unique.")

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.model
    def _get_by_idx(self, idx):
        """The stage with this number, empty for None."""
        return self.browse(row["id"] for row in self._get_rows() if row["idx"] == idx)

    @api.model
    def _get_idx(self, stage):
        """Number of a stage, None for an empty one; no query once they are known."""
        return next((r["idx"] for r in self._get_rows() if r["id"] == stage.id), None)

    @ormcache("self.env.lang")
    def _get_rows(self):
        """The stages in order: id, idx, code, name, for whoever shows them."""
        # sudo: six fixed names, the same for everybody
        stages = self.sudo().search_fetch([], ["idx", "code", "name"])
        return tuple(
            frozendict(id=s.id, idx=s.idx, code=s.code, name=s.name) for s in stages
        )
