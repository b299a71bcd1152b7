# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models


class CrmStakeholderMap(models.Model):
    """The pictures of many maps at once, for reports."""

    _inherit = "crm.stakeholder.map"

    def _get_pictures(self, today):
        """What ``get_picture`` tells, of all these maps, by a few queries for all.

        To be called as superuser, by who has checked that the user may see the maps.
        People have a key more, ``wants``: the result they look for; alerts have
        ``people``, the names of whom they are about.

        :return: {map: dict}
        """
        people = self.stakeholder_ids
        relations = self.env["crm.stakeholder.relation"]
        rows = relations._get_rows(people.contact_id.ids, today)
        ends = {row[f"{end}_id"] for row in rows for end in ("source", "target")}
        partners = self.env["res.partner"].browse(ends | set(people.contact_id.ids))
        partners.fetch(["name", "function", "message_bounce"])
        touches = people.contact_id._get_touches(today)
        days = self._get_verify_days()
        by_contact = {}
        for row in rows:
            for end in ("source", "target"):
                by_contact.setdefault(row[f"{end}_id"], []).append(row)
        return {
            contact_map: contact_map._get_picture_of(
                by_contact, touches, days[contact_map], today
            )
            for contact_map in self
        }

    def _get_picture_of(self, by_contact, touches, verify_days, today):
        """One of the pictures, from what was read for all."""
        picture = self._compose_picture(
            self._get_near_rows(by_contact),
            touches,
            self.alert_ids,
            verify_days,
            today,
        )
        for row, person in zip(picture["people"], self.stakeholder_ids, strict=True):
            row["wants"] = person.win_result or person.win_personal or ""
        for row, alert in zip(picture["alerts"], self.alert_ids, strict=True):
            row["people"] = alert.person_ids.mapped("display_name")
            row["opened_on"] = alert.opened_on.isoformat()
        return picture

    def _get_near_rows(self, by_contact):
        """Relations of the people on this map, and of who is next to them.

        As ``crm.stakeholder.relation._query_rows`` finds them for one map: through
        third parties, but not through our own people.
        """
        near = set(self.stakeholder_ids.contact_id.ids)
        rows = {row["id"]: row for c in near for row in by_contact.get(c, ())}
        thirds = {
            row[f"{end}_id"]
            for row in rows.values()
            for end in ("source", "target")
            if not row[f"{end}_ours"]
        }
        rows.update(
            (row["id"], row) for c in thirds - near for row in by_contact.get(c, ())
        )
        return [rows[row_id] for row_id in sorted(rows)]
