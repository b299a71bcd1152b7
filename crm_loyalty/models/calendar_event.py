# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain

#: what makes a meeting a next step, or a contact
WATCHED = {"partner_ids", "start", "start_date", "active", "opportunity_id"}


class CalendarEvent(models.Model):
    """Meetings move the health of a deal at once, as activities do."""

    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._get_maps()._refresh()
        return events

    def write(self, vals):
        if not WATCHED & vals.keys():
            return super().write(vals)
        maps = self._get_maps()
        result = super().write(vals)
        (maps | self._get_maps()).exists()._refresh()
        return result

    def unlink(self):
        maps = self._get_maps()
        result = super().unlink()
        maps._refresh()
        return result

    def _get_maps(self):
        """Maps of the deals and the people of these meetings.

        Old meetings are left out: they count neither as a step nor as a contact.
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), days=90)
        # sudo: figures of maps that the user does not see follow, too, and those of
        # private meetings
        events = self.sudo().filtered(
            lambda event: event.start and event.start >= since
        )
        maps = events.env["crm.stakeholder.map"]
        if not events:
            return maps
        return maps.search(
            Domain("lead_id", "in", events.opportunity_id.ids)
            | Domain("stakeholder_ids.contact_id", "in", events.partner_ids.ids)
        )
