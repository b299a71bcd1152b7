# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import Command, models

#: what a person keeps of another row about him where his own is empty
FILLED = (
    "influence",
    "attitude",
    "access",
    "access_on",
    "decision_stage_id",
    "manager_id",
    "department",
    "win_result",
    "win_personal",
    "response_mode",
    "decision_orientation",
    "adaptability",
    "power_scope",
)
#: what he holds if any row says so
JOINED = (
    "focus_receptivity",
    "focus_dissatisfaction",
    "focus_power",
    "power_decides",
    "power_approves",
    "power_vetoes",
)
#: who points at a person
POINTING = [
    ("crm.stakeholder", "manager_id"),
    ("crm.deal.need", "stakeholder_id"),
    ("crm.deal.concern", "stakeholder_id"),
    ("crm.deal.criterion", "stakeholder_id"),
    ("crm.deal.alert", "stakeholder_id"),
    ("crm.influence.action", "stakeholder_id"),
    ("crm.stakeholder.note", "stakeholder_id"),
    ("crm.stakeholder.note.log", "stakeholder_id"),
    ("crm.entry.plan", "target_id"),
    ("crm.stakeholder.map", "next_person_id"),
]
POINTING_MANY = [
    ("crm.deal.competitor", "supporter_ids"),
    ("crm.deal.alert", "person_ids"),
]


class CrmStakeholder(models.Model):
    """Two rows about one person become one: contacts, deals or accounts were merged."""

    _inherit = "crm.stakeholder"

    def _absorb(self, others):
        """Keep what other rows about the same person know, and delete those."""
        others -= self
        for other in others.sorted("verified_on", reverse=True):
            values = {
                name: other[name] for name in FILLED if other[name] and not self[name]
            }
            values.update({name: True for name in JOINED if other[name]})
            if other.role_ids - self.role_ids:
                values["role_ids"] = [Command.link(i) for i in other.role_ids.ids]
            if values.get("manager_id") == self:
                del values["manager_id"]
            if values:
                self.write(
                    {
                        "verified_on": self.verified_on,
                        **self._convert_to_write(values),
                    }
                )
        for model, field in POINTING:
            rows = self.env[model].search([(field, "in", others.ids)])
            rows.write({field: self.id})
        for model, field in POINTING_MANY:
            for row in self.env[model].search([(field, "in", others.ids)]):
                row[field] |= self
        for message in others.message_ids:
            message.res_id = self.id
        others.invalidate_recordset()
        others.unlink()
