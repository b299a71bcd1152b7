# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmStakeholderPartMixin(models.AbstractModel):
    """Something that stands on a contact map, and moves its figures when it changes."""

    _name = "crm.stakeholder.part.mixin"
    _description = "Part of a Contact Map"

    #: fields that no figure of the map looks at
    _map_silent_fields = ()

    map_id = fields.Many2one(
        "crm.stakeholder.map", required=True, ondelete="cascade", index=True
    )
    lead_id = fields.Many2one(related="map_id.lead_id", store=True, index=True)
    account_id = fields.Many2one(related="map_id.account_id", store=True, index=True)
    company_id = fields.Many2one(related="map_id.company_id", store=True)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([self._on_map(vals) for vals in vals_list])
        records.map_id._refresh()
        return records

    @api.model
    def _on_map(self, vals):
        """Rows entered on a deal go on its map, which is created when needed."""
        if "lead_id" not in vals:
            return vals
        vals = dict(vals)
        lead_id = vals.pop("lead_id")
        if lead_id and not vals.get("map_id"):
            vals["map_id"] = self.env["crm.stakeholder.map"].get_or_create(lead_id)
        return vals

    def write(self, vals):
        maps = self.map_id if "map_id" in vals else self.env["crm.stakeholder.map"]
        result = super().write(vals)
        if vals.keys() - set(self._map_silent_fields):
            (maps | self.map_id)._refresh()
        return result

    def unlink(self):
        maps = self.map_id
        result = super().unlink()
        maps.exists()._refresh()
        return result
