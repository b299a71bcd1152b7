# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.deal_report import find_changes

#: without an earlier report, what was done in so many days counts as news
NEWS_DAYS = 30
#: of how many activities and meetings, done and planned, a report keeps each
MOST_WORK = 60
#: in seconds, as core counts the time in a stage
DAY = 24 * 60 * 60
#: what may stand in a plan that the customer reads; the rest are notes to ourselves
JOINT = {"meeting", "phonecall"}


class CrmDealReport(models.Model):
    """The values of a report: plain data, the same for screen, PDF and workbook."""

    _inherit = "crm.deal.report"

    @api.model
    def _get_values(self, leads):
        """Everything that stands in the reports of these deals, as of today.

        A constant number of queries, whatever the number of deals, people and
        documents. Days are ISO texts; amounts are in the currency of the deal's
        company; None is unknown, never zero. To be called by who has checked that the
        user may see the maps of these deals.

        :return: {id of a lead: (dict that can be frozen as JSON, margin of the orders
            or None)}. The dict has ``as_of``, ``head``, ``previous`` (None or id,
            number, date, health), ``result``, ``stage`` (see
            ``crm.stakeholder.map._compute_stage_bars``), ``picture`` (see
            ``_get_pictures``; no people without a map), ``next`` (what is planned with
            a person, by contact), ``chain``, ``needs``, ``competitors``, ``criteria``,
            ``concerns``, ``facts``, ``done``, ``plan``, ``decisions`` (of earlier
            reports), ``changes``
        """
        # sudo: a report tells the same to everybody who may see the map
        self, leads = self.sudo(), leads.sudo()
        today = fields.Date.context_today(self)
        maps = self._get_maps(leads)
        known = self.env["crm.stakeholder.map"].union(*maps.values())
        pictures = known._get_pictures(today)
        stages = self._get_stages(maps)
        previous = self._get_previous(leads)
        facts = self.env["crm.deal.facts"]._get_facts(leads, today)
        work = self._get_work(maps, previous, today)
        heads = self._get_heads(leads)
        decisions = self._get_decisions(leads, previous)
        values = {}
        for lead, contact_map in maps.items():
            last = previous.get(lead.id)
            of_lead = {
                "as_of": fields.Date.to_string(today),
                "head": heads[lead.id],
                "previous": last and last._to_previous(),
                "result": self._get_result(lead, contact_map),
                "stage": stages[lead],
                "picture": pictures.get(contact_map) or self._prepare_no_picture(lead),
                **self._get_parts(contact_map),
                "facts": facts[lead],
                **work[lead.id],
                "decisions": decisions.get(lead.id, []),
            }
            margin = of_lead["facts"].pop("margin")
            of_lead["changes"] = find_changes(last and last.payload, of_lead)
            values[lead.id] = of_lead, margin
        return values

    def _get_maps(self, leads):
        """{lead: its map, empty if it has none}; the maps are read together."""
        found = leads.stakeholder_map_ids
        by_lead = {contact_map.lead_id: contact_map for contact_map in found}
        return {lead: by_lead.get(lead, found.browse()) for lead in leads}

    def _to_previous(self):
        return {
            "id": self.id,
            "number": self.name,
            "date": fields.Date.to_string(self.date),
            "health": self.payload["result"]["health"],
        }

    def _get_previous(self, leads):
        """{id of a lead: its last issued report}."""
        reports = self.search(
            [("lead_id", "in", leads.ids), ("state", "!=", "draft")],
            order="date, name, id",
        )
        return {report.lead_id.id: report for report in reports}

    # ------------------------------------------------------------------
    # Head and result
    # ------------------------------------------------------------------

    def _get_heads(self, leads):
        """Who is who, of all these deals: {id of a lead: dict}."""
        heads = {}
        by_root = leads.grouped(lambda lead: lead.company_id or self.env.company)
        for company, of_company in by_root.items():
            entities = of_company.partner_id.commercial_partner_id
            profiles = self.env["crm.customer.entity"]._get_profiles(entities, company)
            accounts = self._get_accounts(entities, profiles, company)
            for lead in of_company:
                entity = lead.partner_id.commercial_partner_id
                profile = profiles.get(entity.id)
                account = accounts.get(entity.id) or accounts.get(None)
                manager = account.manager_id or lead.user_id
                heads[lead.id] = {
                    "deal": lead.name or "",
                    "customer": entity.name or "",
                    "company": company.root_id.name,
                    "salesperson": lead.user_id.name or "",
                    "manager": manager.name or "",
                    "manager_id": manager.id,
                    "sponsor": account.sponsor_id.name or "",
                    "sponsor_id": account.sponsor_id.id,
                    "leader": lead.team_id.user_id.name or "",
                    "tier": profile.tier_id.name or "" if profile else "",
                    "currency_id": lead.company_currency.id,
                    "kind": lead.stakeholder_map_ids[:1].template_id.name or "",
                }
        return heads

    def _get_accounts(self, entities, profiles, company):
        """Active dossiers, by entity; under None an empty one."""
        customers = {e.id: e.id for e in entities} | {
            entity_id: profile.partner_id.id for entity_id, profile in profiles.items()
        }
        accounts = self.env["crm.key.account"].search(
            [
                ("partner_id", "in", list(customers.values())),
                ("company_id", "=", company.root_id.id),
                ("state", "=", "active"),
            ]
        )
        by_customer = {account.partner_id.id: account for account in accounts}
        return {
            None: accounts.browse(),
            **{
                entity_id: by_customer[customer]
                for entity_id, customer in customers.items()
                if customer in by_customer
            },
        }

    def _get_result(self, lead, contact_map):
        health = contact_map.health_parts or {}
        pushes = lead.deal_push_ids
        return {
            "health": contact_map.health if contact_map else None,
            "band": contact_map.health_band or None,
            "completeness": contact_map.completeness if contact_map else None,
            "parts": health.get("parts") or {},
            "capped_by": health.get("capped_by"),
            "raw": health.get("raw"),
            "revenue": lead.expected_revenue or None,
            "probability": round(lead.probability, 1),
            "close": fields.Date.to_string(lead.date_deadline) or None,
            "pushes": len(pushes),
            "first_close": fields.Date.to_string(pushes[-1:].date_from) or None,
            "next": contact_map and contact_map._get_next_facts() or None,
        }

    def _get_stages(self, maps):
        """The two bars of each deal; without a map only ours is known."""
        bars = {
            lead: contact_map or contact_map.new({"lead_id": lead.id})
            for lead, contact_map in maps.items()
        }
        # together: read one by one, the new ones would ask for their pipeline each
        self.env["crm.stakeholder.map"].concat(*bars.values())._compute_stage_bars()
        steps = self.env["crm.decision.stage"]
        steps = steps.browse(row["id"] for row in steps._get_rows())
        names = [step.short_name or step.name for step in steps]
        stages = {}
        for lead, contact_map in bars.items():
            spent = (lead.duration_tracking or {}).get(str(lead.stage_id.id))
            stages[lead] = {
                **{k: v for k, v in contact_map.stage_bars.items() if k != "map_id"},
                "stages": names,
                "pipeline_id": lead.stage_id.id,
                "pipeline_stage": lead.stage_id.name or "",
                "our_days": None if spent is None else int(spent // DAY),
            }
        return stages

    def _prepare_no_picture(self, lead):
        """The picture of a deal without a map: nobody is known."""
        return {
            "id": None,
            "name": lead.name or "",
            "people": [],
            "others": [],
            "relations": [],
            "alerts": [],
            "chains": {"fastest": [], "strategic": []},
            "target_id": None,
            "gaps": [],
        }

    # ------------------------------------------------------------------
    # What stands on the map besides people
    # ------------------------------------------------------------------

    def _get_parts(self, contact_map):
        competitors = contact_map.competitor_ids
        return {
            "chain": self._get_chain(contact_map),
            "needs": [
                {
                    "name": need.name,
                    "owner": need.stakeholder_id.display_name or "",
                    "cost": need.cost_per_year or None,
                    "state": need.state,
                    "answer": need.answer or "",
                }
                for need in contact_map.need_ids
            ],
            "competitors": [
                {
                    "id": competitor.id,
                    "name": competitor.name,
                    "status": competitor.status,
                    "position": round(competitor.position, 1)
                    if competitor.is_position_known
                    else None,
                }
                for competitor in competitors
            ],
            "criteria": [
                {
                    "name": criterion.name,
                    "said_by": criterion.stakeholder_id.display_name or "",
                    "importance": _or_none(criterion.importance),
                    "ours": _or_none(criterion.our_score),
                    "scores": {
                        str(score.competitor_id.id): _or_none(score.score)
                        for score in criterion.score_ids
                    },
                    "class": criterion.criterion_class or None,
                }
                for criterion in contact_map.criterion_ids
            ],
            "concerns": [
                {
                    "name": concern.name,
                    "owner": concern.stakeholder_id.display_name or "",
                    "severity": int(concern.severity),
                    "state": concern.state,
                    "answer": concern.answer or "",
                }
                for concern in contact_map.concern_ids
                if concern.state != "resolved"
            ],
        }

    def _get_chain(self, contact_map):
        """The plan that is under way; None where nobody has accepted one."""
        plan = contact_map.plan_ids.filtered(lambda plan: plan.state == "active")[:1]
        if not plan:
            return None
        return {
            "target": plan.target_id.display_name,
            "target_id": plan.target_id.contact_id.id,
            "chance": round(plan.chance, 4),
            "steps": [
                {
                    "who": step.source_id.name or "",
                    "whom": step.target_id.name or "",
                    "source_id": step.source_id.id,
                    "target_id": step.target_id.id,
                    "chance": round(step.chance, 4),
                    "owner": step.user_id.name or "",
                    "due": fields.Date.to_string(step.date_due) or None,
                    "state": step.state,
                    "ask": step.ask or "",
                }
                for step in plan.step_ids
            ],
        }

    # ------------------------------------------------------------------
    # What was done, what is planned
    # ------------------------------------------------------------------

    def _get_work(self, maps, previous, today):
        """Done since the last report, and planned: {id of a lead: dict}.

        :param maps: {lead: map}
        :return: ``done``, ``plan``: rows in order of time; ``next``: {id of a contact
            as text: row}, the next thing with each person
        """
        since = {
            lead: previous[lead.id].date
            if lead.id in previous
            else fields.Date.subtract(today, days=NEWS_DAYS)
            for lead in maps
        }
        rows = {lead.id: [] for lead in maps}
        first = min(since.values(), default=today)
        self._add_activities(rows, maps, first)
        self._add_meetings(rows, maps, first)
        work = {}
        for lead in maps:
            done = [
                row
                for row in rows[lead.id]
                if row["done"] and row["date"] >= fields.Date.to_string(since[lead])
            ]
            plan = [row for row in rows[lead.id] if not row["done"]]
            done.sort(key=lambda row: row["date"], reverse=True)
            plan.sort(key=lambda row: row["date"])
            upcoming = {}
            for row in plan:
                for contact_id in row["contact_ids"]:
                    upcoming.setdefault(str(contact_id), row)
            work[lead.id] = {
                "since": fields.Date.to_string(since[lead]),
                "done": done[:MOST_WORK],
                "plan": plan[:MOST_WORK],
                "next": upcoming,
            }
        return work

    def _add_activities(self, rows, maps, first):
        """Activities of the deals and of the people on their maps."""
        leads_of, names = {}, {}
        for lead, contact_map in maps.items():
            for contact in contact_map.stakeholder_ids.contact_id:
                leads_of.setdefault(contact.id, []).append(lead.id)
                names[contact.id] = contact.name or ""
        about = (
            Domain("res_model", "=", "crm.lead")
            & Domain("res_id", "in", [lead.id for lead in maps])
        ) | (
            Domain("res_model", "=", "res.partner")
            & Domain("res_id", "in", list(leads_of))
        )
        activities = (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search(
                about & (Domain("active", "=", True) | Domain("date_done", ">=", first))
            )
        )
        people = self._get_people_of(activities)
        # those that stand for a meeting of the deal: the meeting itself is told
        activities = activities.filtered(
            lambda activity: not activity.calendar_event_id.opportunity_id
        )
        for activity in activities:
            on_deal = activity.res_model == "crm.lead"
            contacts = people.get(activity.id, [])
            row = {
                "what": activity.summary or activity.activity_type_id.name or "",
                "kind": activity.activity_type_id.name or "",
                "who": activity.user_id.name or "",
                "date": fields.Date.to_string(
                    activity.date_deadline if activity.active else activity.date_done
                ),
                "done": not activity.active,
                "with": "" if on_deal else names[activity.res_id],
                "result": activity.feedback or "",
                "contact_ids": contacts if on_deal else [activity.res_id],
                # to-dos, steps, tactics and decisions are notes to ourselves, and so
                # is which of his people we talk to
                "is_joint": on_deal
                and activity.activity_type_id.category in JOINT
                and activity.id not in people,
            }
            owners = [activity.res_id] if on_deal else leads_of[activity.res_id]
            for lead_id in owners:
                rows[lead_id].append(row)

    def _get_people_of(self, activities):
        """{id of an activity: contacts}, of those behind steps, tactics, decisions."""
        people = {}
        link = [("activity_id", "in", activities.ids)]
        for step in self.env["crm.entry.step"].search(link):
            people[step.activity_id.id] = step.target_id.ids
        for action in self.env["crm.influence.action"].search(link):
            people[action.activity_id.id] = action.stakeholder_id.contact_id.ids
        for decision in self.env["crm.deal.report.decision"].search(link):
            people[decision.activity_id.id] = []
        return people

    def _add_meetings(self, rows, maps, first):
        """Meetings of the deals; private ones are nobody's business."""
        now = fields.Datetime.now()
        events = self.env["calendar.event"].search(
            [
                ("opportunity_id", "in", [lead.id for lead in maps]),
                ("start", ">=", fields.Datetime.to_datetime(first)),
            ]
        )
        booked = events.filtered(lambda event: event.effective_privacy != "private")
        for event in booked:
            start = fields.Datetime.context_timestamp(self, event.start)
            rows[event.opportunity_id.id].append(
                {
                    "what": event.name or "",
                    "kind": self.env._("Meeting"),
                    "who": event.user_id.name or "",
                    "date": fields.Date.to_string(start.date()),
                    "done": event.start < now,
                    "with": "",
                    "result": "",
                    "contact_ids": event.partner_ids.ids,
                    "is_joint": True,
                }
            )

    def _get_decisions(self, leads, previous):
        """Decisions of the last report, and what is open of earlier ones.

        :return: {id of a lead: rows}
        """
        decisions = self.env["crm.deal.report.decision"].search(
            [("lead_id", "in", leads.ids)]
        )
        rows = {}
        for decision in decisions:
            last = previous.get(decision.lead_id.id)
            if decision.report_id != last and decision.state != "open":
                continue
            rows.setdefault(decision.lead_id.id, []).append(
                {
                    "report": decision.report_id.name,
                    "what": decision.name,
                    "who": decision.user_id.name or "",
                    "due": fields.Date.to_string(decision.date_due),
                    "state": decision.state,
                    "done_on": fields.Date.to_string(decision.date_done) or None,
                }
            )
        return rows


def _or_none(value):
    return None if value is False else value
