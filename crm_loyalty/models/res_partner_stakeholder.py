# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

#: days that the figures of contacts look back
RECENT_DAYS = 90


class Touches(NamedTuple):
    """Contacts with a person.

    :param last: day of the last one
    :param recent: how many there were in the last 90 days
    :param met: day of the last meeting of these days, None without any
    """

    last: date
    recent: int
    met: date | None


class ResPartner(models.Model):
    """Contacts with a person: meetings, calls, mails, whoever of us had them."""

    _inherit = "res.partner"

    stakeholder_ids = fields.One2many(
        "crm.stakeholder",
        "contact_id",
        "On Contact Maps",
        groups="crm_loyalty.group_user",
    )
    stakeholder_map_ids = fields.One2many(
        "crm.stakeholder.map",
        "account_id",
        "Contact Maps",
        groups="crm_loyalty.group_user",
    )
    stakeholder_relation_ids = fields.One2many(
        "crm.stakeholder.relation",
        string="Relations",
        compute="_compute_stakeholder_relation_ids",
        groups="crm_loyalty.group_user",
        help="Whom the person knows, and who knows him",
    )

    @api.depends_context("uid")
    def _compute_stakeholder_relation_ids(self):
        relations = self.env["crm.stakeholder.relation"].search(
            ["|", ("source_id", "in", self.ids), ("target_id", "in", self.ids)]
        )
        for partner in self:
            partner.stakeholder_relation_ids = relations.filtered(
                lambda r, partner=partner: partner._origin in r.source_id + r.target_id
            )

    def write(self, vals):
        watched = {"active", "parent_id", "is_company", "function"} & vals.keys()
        result = super().write(vals)
        if watched:
            # sudo: maps that the user does not see must know who is gone, too
            people = self.sudo().stakeholder_ids
            if people:
                self.env.flush_all()
                people.map_id._refresh()
        return result

    def unlink(self):
        self._erase_from_maps()
        return super().unlink()

    def _erase_from_maps(self):
        """Forget what maps know about these people, history and private notes included.

        Called when a contact is deleted; for whoever erases personal data otherwise.
        """
        # sudo: nothing about the person may stay, not even what the user cannot see
        people = self.env["crm.stakeholder"].sudo()
        people = people.with_context(active_test=False)
        people.search([("contact_id", "in", self.ids)]).unlink()
        relations = self.env["crm.stakeholder.relation"].sudo()
        relations.search(
            ["|", ("source_id", "in", self.ids), ("target_id", "in", self.ids)]
        ).unlink()
        plans = (
            self.env["crm.entry.step"]
            .sudo()
            .search(["|", ("source_id", "in", self.ids), ("target_id", "in", self.ids)])
            .plan_id
        )
        plans.action_drop()

    def action_erase_from_maps(self):
        """Erase what contact maps know about these people; the contacts stay."""
        self.check_access("unlink")
        self._erase_from_maps()

    def action_open_relations(self):
        """Relations of these people, to be changed or added to."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_stakeholder_relation"
        )
        action["domain"] = [
            "|",
            ("source_id", "in", self.ids),
            ("target_id", "in", self.ids),
        ]
        action["context"] = {"default_source_id": self[:1].id}
        return action

    def action_put_on_map(self):
        """Enter this person on the map of the account."""
        self.ensure_one()
        maps = self.env["crm.stakeholder.map"]
        contact_map = maps.browse(maps.get_or_create(partner_id=self.id))
        return contact_map._open_entry(contact_id=self.id)

    def action_touch(self):
        """Log a contact with this person, who stands on a map."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_stakeholder_touch"
        )
        # one row is enough: the contact counts on all maps of the person
        people = self.stakeholder_ids._get_newest()
        action["context"] = {"default_stakeholder_ids": people.ids}
        return action

    def action_open_stakeholder_map(self):
        """The contact map of the account this contact belongs to."""
        self.ensure_one()
        maps = self.env["crm.stakeholder.map"]
        return maps.browse(maps.get_or_create(partner_id=self.id))._open()

    def _get_touches(self, today):
        """Contacts with these people, by anybody of us, in one query.

        A meeting, a call or messenger contact, or a mail from the person counts; mail
        to him does not.

        :return: {id of a contact: Touches}, without those never met
        """
        if not self.ids:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact_id, MAX(date),
                    COUNT(DISTINCT key) FILTER (WHERE date > %(recent)s),
                    MAX(date) FILTER (WHERE kind = 'meeting' AND date > %(recent)s)
                FROM (%(contacts)s) contact WHERE kind != 'outbound'
                GROUP BY contact_id
                """,
                contacts=self._query_contacts(today),
                recent=fields.Date.subtract(today, days=RECENT_DAYS),
            )
        )
        return {contact: Touches(*touch) for contact, *touch in rows}

    def _get_last_contacts(self, today, limit):
        """The last contacts with this person, by anybody of us, mails to him included.

        :return: list of (day, kind: meeting, call, inbound or outbound, names of ours)
        """
        self.ensure_one()
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT contact.date, contact.kind,
                    STRING_AGG(DISTINCT colleague.name, ', ')
                FROM (%(contacts)s) contact
                LEFT JOIN res_partner colleague ON colleague.id = contact.colleague_id
                GROUP BY contact.key, contact.date, contact.kind
                ORDER BY contact.date DESC, contact.key LIMIT %(limit)s
                """,
                contacts=self._query_contacts(today),
                limit=limit,
            )
        )

    def _count_contacts(self, today):
        """Contacts of 90 days between each of our people and these, in one query.

        :return: rows of our contact, their contact, meetings, calls, inbound mails,
            outbound mails, days since the last one
        """
        if not self.ids:
            return []
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT colleague_id, contact_id,
                    COUNT(DISTINCT key) FILTER (WHERE kind = 'meeting'),
                    COUNT(DISTINCT key) FILTER (WHERE kind = 'call'),
                    COUNT(DISTINCT key) FILTER (WHERE kind = 'inbound'),
                    COUNT(DISTINCT key) FILTER (WHERE kind = 'outbound'),
                    %(today)s - MAX(date)
                FROM (%(contacts)s) contact
                WHERE colleague_id IS NOT NULL AND colleague_id != contact_id
                    AND date > %(recent)s
                GROUP BY colleague_id, contact_id
                ORDER BY colleague_id, contact_id
                """,
                contacts=self._query_contacts(today),
                today=today,
                recent=fields.Date.subtract(today, days=RECENT_DAYS),
            )
        )

    def _query_contacts(self, today):
        """One row per contact with these people and each of our people who was there.

        Columns: contact_id, colleague_id (contact of our user, or NULL), kind (meeting,
        call, inbound or outbound), date, key (the same for the same contact). Done
        activities about a person count by their category; other to-dos are no contact.
        """
        return SQL(
            """
            SELECT attendee.res_partner_id AS contact_id,
                staff.partner_id AS colleague_id, 'meeting' AS kind,
                event.start::date AS date, 'event' || event.id AS key
            FROM calendar_event_res_partner_rel attendee
            JOIN calendar_event event ON event.id = attendee.calendar_event_id
            LEFT JOIN (
                calendar_event_res_partner_rel other
                JOIN res_users staff
                    ON staff.partner_id = other.res_partner_id AND NOT staff.share
            ) ON other.calendar_event_id = event.id
            WHERE attendee.res_partner_id IN %(ids)s
                AND event.active AND event.start < LEAST(%(now)s, %(tomorrow)s)

            UNION ALL
            SELECT activity.res_id, staff.partner_id,
                CASE WHEN kind.category = 'phonecall' THEN 'call'
                     WHEN kind.category = 'meeting' THEN 'meeting'
                     ELSE 'inbound' END,
                activity.date_done, 'activity' || activity.id
            FROM mail_activity activity
            JOIN mail_activity_type kind ON kind.id = activity.activity_type_id
            LEFT JOIN res_users staff ON staff.id = activity.user_id
            WHERE activity.res_model = 'res.partner' AND activity.res_id IN %(ids)s
                AND NOT activity.active AND activity.date_done <= %(today)s
                AND activity.calendar_event_id IS NULL
                AND (kind.category IN ('phonecall', 'meeting') OR kind.id = %(email)s)

            UNION ALL
            SELECT message.author_id, staff.partner_id, 'inbound', message.date::date,
                'message' || message.id
            FROM mail_message message
            LEFT JOIN (
                mail_notification notification
                JOIN res_users staff
                    ON staff.partner_id = notification.res_partner_id
                    AND NOT staff.share
            ) ON notification.mail_message_id = message.id
            WHERE message.author_id IN %(ids)s AND message.message_type = 'email'
                AND message.date < %(tomorrow)s

            UNION ALL
            SELECT notification.res_partner_id, staff.partner_id, 'outbound',
                message.date::date, 'message' || message.id
            FROM mail_notification notification
            JOIN mail_message message ON message.id = notification.mail_message_id
            JOIN res_users staff
                ON staff.partner_id = message.author_id AND NOT staff.share
            WHERE notification.res_partner_id IN %(ids)s
                AND notification.notification_type = 'email'
                AND message.date < %(tomorrow)s
            """,
            ids=tuple(self.ids),
            today=today,
            now=fields.Datetime.now(),  # a meeting later today is none yet
            tomorrow=fields.Date.add(today, days=1),
            email=self.env["ir.model.data"]._xmlid_to_res_id(
                "mail.mail_activity_data_email"
            ),
        )
