# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from collections import defaultdict
from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Command, Domain

#: nobody outside is told, and colleagues once per handover instead of once per record
QUIET = {
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "skip_attendee_notification": True,
    "dont_notify": True,
}


class Source(NamedTuple):
    """Records of one kind that one person owns.

    :param owner: field with the owner
    :param domain: what is open and his
    :param contact: path to the contact whose entity is the customer
    :param keep: further fields that follow the owner and are given back with it
    """

    model: str
    owner: str
    domain: Domain
    contact: str
    keep: tuple = ()


class CrmHandover(models.Model):
    """What moves: found, moved and given back, one statement per kind and owner."""

    _inherit = "crm.handover"

    def _get_sources(self):
        """{kind: Source} of all that has one owner; others add their models here."""
        user_id = self.from_user_id.id
        company = Domain("company_id", "in", self.company_id._loyalty_branches().ids)
        shared = company | Domain("company_id", "=", False)
        mine = Domain("user_id", "=", user_id)
        sources = {
            "customer": Source("res.partner", "user_id", mine & shared, ""),
        }
        if self.with_deals:
            sources["deal"] = Source(
                "crm.lead",
                "user_id",
                mine & shared & self._get_open_domain("deal"),
                "partner_id",
                ("team_id",),
            )
        if self.with_quotations:
            sources["quotation"] = Source(
                "sale.order",
                "user_id",
                mine & company & Domain("state", "in", ("draft", "sent")),
                "partner_id",
                ("team_id",),
            )
        if self.with_orders:
            unfinished = Domain("invoice_status", "!=", "invoiced") | Domain(
                "delivery_status", "in", ("pending", "started", "partial")
            )
            sources["order"] = Source(
                "sale.order",
                "user_id",
                mine & company & Domain("state", "=", "sale") & unfinished,
                "partner_id",
                ("team_id",),
            )
        return sources

    def _get_open_domain(self, kind):
        """What is finished stays with whoever finished it."""
        if kind == "deal":
            return Domain("won_status", "=", "pending") & Domain("active", "=", True)
        if kind == "meeting":
            return Domain("start", ">=", fields.Datetime.now())
        return Domain.TRUE

    def _get_activity_contacts(self):
        """{model with activities: path to the contact}."""
        return {
            "res.partner": "",
            "crm.lead": "partner_id",
            "sale.order": "partner_id",
            "account.move": "partner_id",
        }

    # ------------------------------------------------------------------
    # Find
    # ------------------------------------------------------------------

    def _find(self):
        """All that the old owner could hand over.

        :return: {kind: {customer id, or False: records as superuser}}
        """
        self.ensure_one()
        # sudo: a preview of what others own, for managers only; the counts and the
        # move are complete whoever may read a single document
        handover = self.sudo()
        found = {}
        for kind, source in handover._get_sources().items():
            records = handover.env[source.model].with_context(active_test=False)
            found[kind] = handover._by_customer(
                records.search(source.domain), source.contact
            )
        if handover.with_meetings:
            found["meeting"] = handover._find_meetings()
        if handover.with_activities:
            found["activity"] = handover._find_activities()
        return found

    def _by_customer(self, records, path):
        """{id of the entity behind ``path``, or False: records}."""
        return records.grouped(
            lambda record: (record[path] if path else record).commercial_partner_id.id
        )

    def _find_meetings(self):
        """Future ones that he holds or attends, by the deal or the guests."""
        person = self.from_user_id.partner_id
        meetings = self.env["calendar.event"].search(
            self._get_open_domain("meeting")
            & Domain("privacy", "!=", "private")
            & (
                Domain("user_id", "=", self.from_user_id.id)
                | Domain("partner_ids", "in", person.ids)
            )
        )
        found = defaultdict(meetings.browse)
        ours = self.env["res.users"].with_context(active_test=False)
        staff = ours.search([("share", "=", False)]).partner_id
        for meeting in meetings:
            guests = (meeting.partner_ids - staff).commercial_partner_id
            customer = meeting.opportunity_id.partner_id.commercial_partner_id
            customer = customer or guests[:1]
            if customer or meeting.opportunity_id:
                found[customer.id] |= meeting
        return found

    def _find_activities(self):
        """His open ones on customers and on documents of customers."""
        contacts = self._get_activity_contacts()
        activities = self.env["mail.activity"].search(
            [
                ("user_id", "=", self.from_user_id.id),
                ("res_model", "in", list(contacts)),
            ]
        )
        found = defaultdict(activities.browse)
        for model, of_model in activities.grouped("res_model").items():
            records = self.env[model].with_context(active_test=False)
            records = records.browse(of_model.mapped("res_id")).exists()
            by_id = {record.id: record for record in records}
            for activity in of_model:
                record = by_id.get(activity.res_id, records.browse())
                contact = record[contacts[model]] if contacts[model] else record
                customer = contact.commercial_partner_id
                if customer or model == "crm.lead":
                    found[customer.id] |= activity
        return found

    def _find_customers(self):
        """Ids of the customers he owns, or has anything open with; False for none.

        The most revenue first.
        """
        found = self._find()
        internal = self._get_internal_ids()
        customers = {key for by_customer in found.values() for key in by_customer}
        if not found.get("deal", {}).get(False):
            customers.discard(False)
        # sudo: as in _find
        partners = self.env["res.partner"].sudo().browse(customers - {False} - internal)
        lines = self.env["crm.handover.line"].sudo()
        revenue = lines._get_revenue(self.company_id, partners)
        ordered = partners.sorted(
            lambda partner: (-revenue.get(partner, 0), partner.name or "", partner.id)
        )
        return ordered.ids + [False for _none in customers & {False}]

    def _get_internal_ids(self):
        """Own companies and employees are nobody's customers."""
        # sudo: which partners are colleagues, whatever company they work for
        users = self.env["res.users"].sudo().with_context(active_test=False)
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        partners = users.search([("share", "=", False)]).partner_id
        return {
            *partners.commercial_partner_id.ids,
            *companies.search([("partner_id", "!=", False)]).partner_id.ids,
        }

    def _collect(self, lines):
        """{customer id: {kind: number of records that would move}}."""
        counts = defaultdict(dict)
        keys = {line._get_key() for line in lines}
        for kind, by_customer in self._find().items():
            for key in keys & by_customer.keys():
                counts[key][kind] = len(by_customer[key])
        return counts

    def _get_moved(self, lines):
        """{customer id: {kind: number of records that moved}}."""
        counts = defaultdict(dict)
        groups = self.env["crm.handover.item"]._read_group(
            [("line_id", "in", lines.ids)], ["line_id", "kind"], ["__count"]
        )
        for line, kind, count in groups:
            counts[line._get_key()][kind] = count
        return counts

    # ------------------------------------------------------------------
    # Move
    # ------------------------------------------------------------------

    def _transfer(self):
        """Move everything, and write down what moved."""
        lines = {line._get_key(): line for line in self.line_ids}
        found = self._find()
        moves = [
            (kind, lines[key], records)
            for kind, by_customer in found.items()
            for key, records in by_customer.items()
            if key in lines
        ]
        vals_list = self._prepare_items(moves)
        if self.with_followers:
            vals_list += self._move_followers(moves)
        # sudo: written by nobody by hand
        self.env["crm.handover.item"].sudo().create(vals_list)
        together = defaultdict(dict)
        for kind, line, records in moves:
            of_kind = together[kind]
            of_kind[line.user_id] = (
                of_kind.get(line.user_id, records.browse()) | records
            )
        for kind, by_user in together.items():
            for user, records in by_user.items():
                self._change_owner(kind, records, self.from_user_id, user)

    def _prepare_items(self, moves):
        keep = {kind: source.keep for kind, source in self._get_sources().items()}
        followed = self._get_followed(moves)
        old = self.from_user_id
        vals_list = []
        for kind, line, records in moves:
            new_partner_id = line.user_id.partner_id.id
            for record in records:
                before = {name: record[name].id for name in keep.get(kind, ())}
                if kind == "meeting":
                    before["held"] = record.user_id == old
                    before["attended"] = old.partner_id in record.partner_ids
                    before["joined"] = line.user_id.partner_id in record.partner_ids
                document = self._get_document(record)
                before["followed"] = (*document, new_partner_id) in followed
                vals_list.append(
                    self._prepare_item(kind, line, record._name, record.id, before)
                )
        return vals_list

    def _prepare_item(self, kind, line, model, res_id, before):
        return {
            "handover_id": self.id,
            "line_id": line.id,
            "kind": kind,
            "res_model": model,
            "res_id": res_id,
            "to_user_id": line.user_id.id,
            "before": before,
        }

    def _search_followers(self, records_by_model, partners):
        if not records_by_model:
            return self.env["mail.followers"]
        # sudo: who follows what, of records that move as superuser, too
        return (
            self.env["mail.followers"]
            .sudo()
            .search(
                Domain("partner_id", "in", partners.ids)
                & Domain.OR(
                    Domain("res_model", "=", model) & Domain("res_id", "in", list(ids))
                    for model, ids in records_by_model.items()
                )
            )
        )

    def _get_documents(self, moves):
        """{model: {id: line}} of what can be followed; all contacts of a customer."""
        documents = defaultdict(dict)
        for kind, line, records in moves:
            if kind not in ("meeting", "activity"):
                for record in records:
                    documents[record._name][record.id] = line
        owned = {
            line.partner_id.id: line for kind, line, _rs in moves if kind == "customer"
        }
        contacts = self.env["res.partner"].sudo().with_context(active_test=False)
        for contact in contacts.search([("commercial_partner_id", "in", list(owned))]):
            line = owned[contact.commercial_partner_id.id]
            documents["res.partner"][contact.id] = line
        return documents

    def _get_document(self, record):
        """Model and id of what can be followed: of an activity, what it is about."""
        if record._name == "mail.activity":
            return record.res_model, record.res_id
        return record._name, record.id

    def _get_followed(self, moves):
        """What the new owners follow already: (model, id, partner id)."""
        documents = self._get_documents(moves)
        for kind, line, records in moves:
            if kind == "activity":  # a new responsible follows by himself
                for activity in records:
                    documents[activity.res_model].setdefault(activity.res_id, line)
        rows = self._search_followers(documents, self.line_ids.user_id.partner_id)
        return {(row.res_model, row.res_id, row.partner_id.id) for row in rows}

    def _move_followers(self, moves):
        """New owners follow in the old one's place.

        :return: values of the items
        """
        documents = self._get_documents(moves)
        followed = self._get_followed(moves)
        vals_list, passed, gone = [], defaultdict(list), []
        for row in self._search_followers(documents, self.from_user_id.partner_id):
            line = documents[row.res_model][row.res_id]
            new = line.user_id.partner_id
            twice = (row.res_model, row.res_id, new.id) in followed
            before = {"twice": twice, "subtypes": row.subtype_ids.ids}
            vals_list.append(
                self._prepare_item("follower", line, row.res_model, row.res_id, before)
            )
            if twice:
                gone.append(row.id)
            else:
                passed[new].append(row.id)
        followers = self.env["mail.followers"].sudo()  # as in _search_followers
        followers.browse(gone).unlink()
        for partner, ids in passed.items():
            followers.browse(ids).partner_id = partner
        self.env.flush_all()
        return vals_list

    def _change_owner(self, kind, records, old, new):
        """Give these records from one person to another, quietly, but with history."""
        # sudo: a handover is complete or not at all; the buttons are for managers
        records = records.sudo().with_context(**QUIET)
        if kind == "meeting":
            self._change_host(records, old, new)
        else:
            records.write({self._get_owner_field(kind): new.id})

    def _get_owner_field(self, kind):
        source = self._get_sources().get(kind)
        return source.owner if source else "user_id"

    def _change_host(self, meetings, old, new):
        attended = meetings.filtered(lambda m: old.partner_id in m.partner_ids)
        joined = meetings.filtered(lambda m: new.partner_id in m.partner_ids)
        meetings.filtered(lambda m: m.user_id == old).write({"user_id": new.id})
        (attended - joined).write(
            {
                "partner_ids": [
                    Command.unlink(old.partner_id.id),
                    Command.link(new.partner_id.id),
                ]
            }
        )
        (attended & joined).write({"partner_ids": [Command.unlink(old.partner_id.id)]})

    # ------------------------------------------------------------------
    # Give back
    # ------------------------------------------------------------------

    def _transfer_back(self):
        """Give back what nobody has closed or given away since.

        :return: number of records that stay
        """
        # sudo: written by nobody by hand
        items = self.sudo().item_ids.filtered(lambda item: item.state == "moved")
        kept = items.browse()
        followers = items.filtered(lambda item: item.kind == "follower")
        # first: changing the owner of a document makes him follow it anew
        for user, of_user in followers.grouped("to_user_id").items():
            self._return_followers(of_user, user)
        for (kind, user), of_user in (
            (items - followers)
            .grouped(lambda item: (item.kind, item.to_user_id))
            .items()
        ):
            returned = self._get_returnable(kind, user, of_user)
            kept |= of_user - returned
            self._return_items(kind, user, returned)
        kept.state = "kept"
        (items - kept).state = "returned"
        return len(kept)

    def _get_returnable(self, kind, user, items):
        """Those whose record is still open and in the hands of the new owner."""
        found = items.browse()
        for model, of_model in items.grouped("res_model").items():
            records = self.env[model].sudo()  # as above
            domain = self._get_open_domain(kind) & Domain(
                "id", "in", of_model.mapped("res_id")
            )
            if kind == "meeting":
                domain &= Domain("user_id", "=", user.id) | Domain(
                    "partner_ids", "in", user.partner_id.ids
                )
            else:
                domain &= Domain(self._get_owner_field(kind), "=", user.id)
            if kind != "activity":  # done ones are archived and stay
                records = records.with_context(active_test=False)
            ids = set(records.search(domain).ids)
            found |= of_model.filtered(lambda item, ids=ids: item.res_id in ids)
        return found

    def _return_items(self, kind, user, items):
        old = self.from_user_id
        if kind == "meeting":
            self._return_meetings(user, items)
            return
        for model, of_model in items.grouped("res_model").items():
            records = self.env[model].sudo().browse(of_model.mapped("res_id"))
            self._change_owner(kind, records, user, old)
            kept = defaultdict(list)
            for item in of_model:
                values = tuple(
                    (name, value)
                    for name, value in item.before.items()
                    if name != "followed"
                )
                kept[values].append(item.res_id)
            for values, ids in kept.items():
                if values:
                    records.browse(ids).with_context(**QUIET).write(dict(values))
            strange = of_model.filtered(lambda item: not item.before["followed"])
            documents = defaultdict(list)
            for record in records.browse(strange.mapped("res_id")):
                document_model, document_id = self._get_document(record)
                documents[document_model].append(document_id)
            self._search_followers(documents, user.partner_id).unlink()

    def _return_meetings(self, user, items):
        """Host and guests as they were."""
        old = self.from_user_id
        meetings = self.env["calendar.event"].sudo().with_context(**QUIET)  # as above
        for (held, attended, joined), of_case in items.grouped(
            lambda item: tuple(
                item.before[name] for name in ("held", "attended", "joined")
            )
        ).items():
            records = meetings.browse(of_case.mapped("res_id"))
            if held:
                records.filtered(lambda m: m.user_id == user).write({"user_id": old.id})
            commands = [Command.link(old.partner_id.id)] if attended else []
            if not joined:
                commands.append(Command.unlink(user.partner_id.id))
            if commands:
                records.write({"partner_ids": commands})

    def _return_followers(self, items, user):
        """Rows that were passed on come back; those that were dropped are made anew."""
        twice = items.filtered(lambda item: item.before["twice"])
        passed = items - twice
        documents = defaultdict(list)
        for item in passed:
            documents[item.res_model].append(item.res_id)
        old = self.from_user_id.partner_id
        if documents:
            # the old owner may have come to follow again by himself
            known = {
                (row.res_model, row.res_id)
                for row in self._search_followers(documents, old)
            }
            rows = self._search_followers(documents, user.partner_id)
            again = rows.filtered(lambda row: (row.res_model, row.res_id) in known)
            again.unlink()
            (rows - again).partner_id = old
        for (model, subtypes), of_kind in twice.grouped(
            lambda item: (item.res_model, tuple(item.before["subtypes"]))
        ).items():
            # sudo: as in _search_followers
            records = self.env[model].sudo().browse(of_kind.mapped("res_id")).exists()
            records._message_subscribe(old.ids, list(subtypes))
