# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models


class CrmStakeholderMap(models.Model):
    """What becomes of maps when deals, accounts or people are merged."""

    _inherit = "crm.stakeholder.map"

    def _follow_leads(self, vals):
        """The deals of these maps have changed: so do their figures, at times more."""
        for contact_map in self:
            lead = contact_map.lead_id
            values = {}
            account = lead.partner_id.commercial_partner_id
            # what is known about the people of one account never moves to another
            if "partner_id" in vals and (
                not contact_map.account_id or not contact_map.stakeholder_ids
            ):
                values["account_id"] = account.id
            if "company_id" in vals:
                values["company_id"] = lead.company_id.id
            if "active" in vals:
                values["active"] = lead.active
            if values:
                contact_map.write(values)
        self.filtered("active")._refresh()

    def _absorb(self, others):
        """Take over everything that stands on other maps, and delete those."""
        if not others:
            return
        self.ensure_one()
        quiet = self.with_context(stakeholder_refreshing=True)
        own = {person.contact_id: person for person in self.stakeholder_ids}
        for person in others.stakeholder_ids.with_env(quiet.env):
            if person.contact_id in own:
                own[person.contact_id].with_env(quiet.env)._absorb(person)
            else:
                person.map_id = self
                own[person.contact_id] = person
        for name in (
            "crm.deal.need",
            "crm.deal.criterion",
            "crm.deal.competitor",
            "crm.deal.concern",
            "crm.influence.action",
            "crm.deal.alert",
        ):
            parts = quiet.env[name].search([("map_id", "in", others.ids)])
            parts.map_id = self
        for message in others.message_ids:
            message.res_id = self.id
        others.invalidate_recordset()
        self.manual_stage_id = self.manual_stage_id or others.manual_stage_id[:1]
        self.template_id = self.template_id or others.template_id[:1]
        others.unlink()
        self._refresh()
