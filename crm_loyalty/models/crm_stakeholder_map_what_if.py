# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from dataclasses import replace

from odoo import api, models

from ..tools import deal_map


class CrmStakeholderMap(models.Model):
    """Our position, were the customer to judge otherwise: nothing of it is kept."""

    _inherit = "crm.stakeholder.map"

    @api.readonly
    def get_position_if(self, changes=None):
        """How we would stand against competitors if criteria or our scores changed.

        :param dict changes: id of a criterion -> ``importance`` and/or ``ours``, 0..10
        :return: dict of ``position`` 0..100 against the strongest competitor (None
            while unknown), ``competitors``: ``id``, ``name``, ``position``, and
            ``criteria``: ``id``, ``name``, ``importance``, ``ours``, ``scores`` {id of
            a competitor: 0..10 or None}, ``class`` (code) and ``label``, None while
            unknown; formulas: ``tools/deal_map.py``
        :raise AccessError: if the user may not see the map
        """
        self.ensure_one()
        self.check_access("read")
        wanted = {int(key): values for key, values in (changes or {}).items()}
        rows = self.criterion_ids
        criteria = [
            replace(criterion, **_pick(wanted.get(row.id, {})))
            for row, criterion in zip(rows, rows._get_criteria(), strict=True)
        ]
        labels = dict(rows._fields["criterion_class"]._description_selection(self.env))
        return {
            "position": deal_map.get_worst_position(criteria),
            "competitors": [
                {
                    "id": competitor.id,
                    "name": competitor.name,
                    "position": deal_map.get_position(criteria, competitor.id),
                }
                for competitor in self.competitor_ids
            ],
            "criteria": [
                {
                    "id": row.id,
                    "name": row.name,
                    "importance": criterion.importance,
                    "ours": criterion.ours,
                    "scores": criterion.scores,
                    "class": (found := deal_map.classify_best(criterion)),
                    "label": labels.get(found),
                }
                for row, criterion in zip(rows, criteria, strict=True)
            ],
        }


def _pick(values):
    return {name: values[name] for name in ("importance", "ours") if name in values}
