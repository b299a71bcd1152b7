# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import html2plaintext

from .crm_stakeholder import ACCESSES

TOUCH_TYPES = {
    "meeting": "mail.mail_activity_data_meeting",
    "call": "mail.mail_activity_data_call",
    "email": "mail.mail_activity_data_email",
    "messenger": "crm_loyalty.activity_type_messenger",
}
#: the depth of contact that no meeting deepens
DEEPEST = 3


class CrmStakeholder(models.Model):
    """Contacts with a person on a map, and what they say about the depth of contact."""

    _inherit = "crm.stakeholder"

    last_touch = fields.Date("Last Contact", compute="_compute_touches")
    touch_days = fields.Integer(
        "Days since Contact", compute="_compute_touches", aggregator=None
    )
    touch_90 = fields.Integer(
        "Contacts in 90 Days", compute="_compute_touches", aggregator=None
    )
    met_on = fields.Date(
        "Last Meeting", compute="_compute_touches", help="Of the last 90 days"
    )
    access_proposed = fields.Selection(
        ACCESSES,
        "Depth after the Meeting",
        compute="_compute_touches",
        help="Proposed because of a meeting since the depth of contact was judged;"
        " counts when somebody confirms it",
    )

    @api.depends("contact_id", "access", "access_on", "is_gone")
    def _compute_touches(self):
        today = fields.Date.context_today(self)
        touches = self.contact_id._get_touches(today)
        for person in self:
            touch = touches.get(person.contact_id.id)
            proposed = person._get_proposed_access(touch)
            person.last_touch = touch and touch.last
            person.touch_days = touch and (today - touch.last).days
            person.touch_90 = touch and touch.recent or 0
            person.met_on = touch and touch.met
            person.access_proposed = proposed and str(proposed)

    def _get_proposed_access(self, touch):
        """One step deeper, if there was a meeting since the depth was judged.

        :param touch: see ``res.partner._get_touches``, or None
        :return: 1..3, or None where there is nothing to propose
        """
        self.ensure_one()
        access = int(self.access or 0)
        met = touch and touch.met
        if not met or self.is_gone or access >= DEEPEST:
            return None
        if self.access_on and met <= self.access_on:
            return None
        return access + 1

    def action_access_confirm(self):
        """The meeting has deepened the contact with these people, as proposed."""
        for person in self.filtered("access_proposed"):
            person.access = person.access_proposed

    def action_access_keep(self):
        """The contact with these people is as deep as before the meeting."""
        self.access_on = fields.Date.context_today(self)

    def action_touch(self, channel="call", line=""):
        """A contact happened today: a done activity on the contact, nothing else to do.

        A meeting deepens the contact by one step, which stays an assumption until
        somebody confirms it; no channel says anything about the attitude.

        :param str channel: ``meeting``, ``call``, ``messenger`` or ``email``
        :param str line: one line about it
        """
        activity_type = self.env.ref(TOUCH_TYPES[channel])
        for person in self:
            activity = person.contact_id.activity_schedule(
                activity_type_id=activity_type.id,
                user_id=self.env.user.id,
                summary=html2plaintext(line or "")[:120] or activity_type.name,
            )
            activity.action_feedback(feedback=line or False)
            values = {"access_on": fields.Date.context_today(self)}
            access = int(person.access or 0)
            if channel == "meeting" and access < DEEPEST:
                values.update(access=str(access + 1), access_assumed=True)
            elif not access:
                values["access"] = "1"
            person.write(values)
        self.invalidate_recordset(
            ["last_touch", "touch_days", "touch_90", "met_on", "access_proposed"]
        )
        self.map_id._refresh()
