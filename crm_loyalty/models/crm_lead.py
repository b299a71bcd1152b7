# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

#: fields of a deal that its health looks at
WATCHED = {
    "stage_id",
    "expected_revenue",
    "date_deadline",
    "partner_id",
    "active",
    "company_id",
}


class CrmLead(models.Model):
    """A deal has a contact map as soon as somebody needs one."""

    _inherit = "crm.lead"

    stakeholder_map_ids = fields.One2many(
        "crm.stakeholder.map",
        "lead_id",
        "Contact Map",
        groups="crm_loyalty.group_user",
    )
    stakeholder_map_id = fields.Many2one(
        "crm.stakeholder.map",
        "Map",
        compute="_compute_stakeholder_map_id",
        search="_search_stakeholder_map_id",
        groups="crm_loyalty.group_user",
    )
    deal_push_ids = fields.One2many("crm.deal.push", "lead_id", "Dates Put Off")

    @api.depends("stakeholder_map_ids")
    def _compute_stakeholder_map_id(self):
        for lead in self:
            lead.stakeholder_map_id = lead.stakeholder_map_ids[:1]

    def _search_stakeholder_map_id(self, operator, value):
        return [("stakeholder_map_ids", operator, value)]

    def write(self, vals):
        if "date_deadline" in vals:
            self._log_push(fields.Date.to_date(vals["date_deadline"]))
        result = super().write(vals)
        if WATCHED & vals.keys():
            # sudo: figures of the map follow whoever moves the deal
            maps = self.env["crm.stakeholder.map"].sudo()
            maps = maps.with_context(active_test=False)
            maps.search([("lead_id", "in", self.ids)])._follow_leads(vals)
        return result

    def _log_push(self, day):
        """Keep each time the closing was put off: core does not track that date."""
        pushed = self.filtered(
            lambda lead: day and lead.date_deadline and day > lead.date_deadline
        )
        # sudo: whoever may change the date leaves a trace that nobody may change
        self.env["crm.deal.push"].sudo().create(
            [
                {
                    "lead_id": lead.id,
                    "date_from": lead.date_deadline,
                    "date_to": day,
                    "user_id": self.env.user.id,
                    "date": fields.Date.context_today(self),
                }
                for lead in pushed
            ]
        )

    def _merge_dependences(self, opportunities):
        """The maps of merged deals become one, as the deals do."""
        result = super()._merge_dependences(opportunities)
        # sudo: who may merge deals need not see all maps
        maps = self.env["crm.stakeholder.map"].sudo().with_context(active_test=False)
        maps = maps.search([("lead_id", "in", (self | opportunities).ids)])
        own = maps.filtered(lambda m: m.lead_id == self)
        if maps and not own:
            own = maps[:1]
            own.lead_id = self
        own._absorb(maps - own)
        self.env["crm.deal.push"].sudo().search(
            [("lead_id", "in", opportunities.ids)]
        ).lead_id = self
        return result

    def action_open_map(self):
        """The contact map of this deal; a new one if it has none yet."""
        self.ensure_one()
        maps = self.env["crm.stakeholder.map"]
        return maps.browse(maps.get_or_create(lead_id=self.id))._open()
