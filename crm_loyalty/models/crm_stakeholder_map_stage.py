# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL, format_date, formatLang

from ..tools.deal_health import get_rises


class CrmStakeholderMap(models.Model):
    """The customer's stage beside ours, and how long he takes."""

    _inherit = "crm.stakeholder.map"

    stage_bars = fields.Json(
        "Customer and We",
        compute="_compute_stage_bars",
        help="The customer's decision above, our pipeline below",
    )
    health_picture = fields.Json(
        "Health with Its Parts", compute="_compute_health_picture"
    )
    missing_role_ids = fields.Many2many(
        "crm.stakeholder.role",
        string="Roles to Find",
        compute="_compute_missing_role_ids",
        help="Roles of this kind of deal that nobody on the map holds",
    )
    next_words = fields.Char("What to Do Next", compute="_compute_next_words")
    next_activity_id = fields.Many2one(
        "mail.activity",
        "Planned",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The activity that the next best step has become",
    )
    next_meeting_id = fields.Many2one(
        "crm.stakeholder",
        "To Meet",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Whom the planned activity is a meeting with",
    )

    @api.depends("stage_id", "stage_since", "lag", "lead_id.stage_id")
    @api.depends_context("lang")
    def _compute_stage_bars(self):
        """What the two bars show, as a dict.

        ``map_id``: whose bars they are; ``stages``: names of the six; ``stage``: number
        or None; ``expected``: numbers our pipeline stage supposes, or None; ``days``
        there; ``median``: days that customers of won deals spent there, None while
        there are fewer than 3; ``pipeline``: names of our stages, ``current``: which;
        ``lag``: steps that we are ahead.
        """
        today = fields.Date.context_today(self)
        decision = self.env["crm.decision.stage"]
        names = [row["name"] for row in decision._get_rows()]
        medians = self._get_median_days()
        pipelines = self._get_pipelines()
        for contact_map in self:
            stage = contact_map.stage_id
            since = contact_map.stage_since
            lead = contact_map.lead_id
            pipeline = pipelines.get(lead.team_id.id, []) if lead else []
            contact_map.stage_bars = {
                "map_id": contact_map.id,
                "stages": names,
                "stage": decision._get_idx(stage),
                "expected": contact_map._get_expected_stages(),
                "days": (today - since).days if stage and since else None,
                "median": medians.get(stage.code),
                "pipeline": [name for _id, name in pipeline],
                "current": next(
                    (i for i, row in enumerate(pipeline) if row[0] == lead.stage_id.id),
                    None,
                ),
                "lag": contact_map.lag,
            }

    @api.depends("health", "health_parts", "completeness")
    @api.depends_context("lang")
    def _compute_health_picture(self):
        """What the health widget shows: value, how much is known, labelled parts.

        ``parts`` is a waterfall: each part from ``start`` to ``end``, at best to
        ``most``; the last one ends at ``raw``, which a cap cuts down to ``health``.
        """
        parameters = self.env["crm.deal.parameter"]
        labels = parameters._get_labels()
        weights = parameters._get_settings().weights
        alerts = dict(
            self.env["crm.deal.alert"]._fields["code"]._description_selection(self.env)
        )
        for contact_map in self:
            health = contact_map.health_parts or {}
            contact_map.health_picture = {
                "health": contact_map.health,
                "band": contact_map.health_band,
                "completeness": contact_map.completeness,
                "has_people": bool(contact_map.stakeholder_ids),
                "raw": health.get("raw"),
                "capped_by": alerts.get(health.get("capped_by")),
                "parts": [
                    {"label": labels.get(f"weight_{rise.part}"), **rise._asdict()}
                    for rise in get_rises(health.get("parts") or {}, weights)
                ],
            }

    def set_stage_number(self, idx):
        """Set the stage of the customer by hand, as a click on its bar does.

        :param int idx: 0..5
        :return: why it does not count, if it does not: the stage of people goes first
        """
        self.ensure_one()
        self.manual_stage_id = self.env["crm.decision.stage"]._get_by_idx(idx)
        self._refresh()
        if self.stage_id == self.manual_stage_id:
            return False
        people = self.stakeholder_ids.filtered(
            lambda person: person.decision_stage_id and not person.is_gone
        )
        power = people.filtered("focus_power")
        return self.env._(
            "The stage of people goes first: change it on %s.",
            ", ".join((power or people).mapped("display_name")),
        )

    def _get_pipelines(self):
        """Stages of the pipelines of these deals: {id of a team: [(id, name)]}."""
        teams = self.lead_id.team_id
        stages = self.env["crm.stage"].search(
            ["|", ("team_ids", "=", False), ("team_ids", "in", teams.ids)]
        )
        return {
            team.id: [
                (stage.id, stage.name)
                for stage in stages
                if not stage.team_ids or team in stage.team_ids
            ]
            for team in [*teams, self.env["crm.team"]]
        }

    @api.model
    def _get_median_days(self):
        """Days that customers spent in each stage in won deals: {code: median}.

        From at least three won deals of the active companies; else nothing is said.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT stage.key, PERCENTILE_CONT(0.5)
                    WITHIN GROUP (ORDER BY stage.value::float)
                FROM crm_stakeholder_map map
                JOIN crm_lead lead ON lead.id = map.lead_id
                CROSS JOIN LATERAL JSONB_EACH_TEXT(map.stage_days) stage
                WHERE lead.won_status = 'won'
                    AND (map.company_id IS NULL OR map.company_id IN %s)
                GROUP BY stage.key HAVING COUNT(*) >= 3
                """,
                tuple(self.env.companies.ids),
            )
        )
        return {code: round(days) for code, days in rows}

    @api.depends("template_id.role_ids", "stakeholder_ids.role_ids")
    def _compute_missing_role_ids(self):
        for contact_map in self:
            present = contact_map.stakeholder_ids.filtered(lambda p: not p.is_gone)
            contact_map.missing_role_ids = (
                contact_map.template_id.role_ids - present.role_ids
            )

    @api.depends(
        "next_person_id", "next_kind", "next_gain", "health_parts", "stakeholder_ids"
    )
    @api.depends_context("lang")
    def _compute_next_words(self):
        for contact_map in self:
            contact_map.next_words = self._tell_next(contact_map._get_next_facts())

    def _get_next_facts(self):
        """What ``_tell_next`` needs: ``kind``, and who, how much or which alert."""
        self.ensure_one()
        person = self.next_person_id
        if person:
            return {
                "kind": self.next_kind,
                "person": person.display_name,
                "gain": self.next_gain,
            }
        if not self.stakeholder_ids:
            return {"kind": "enter"}
        # no contact raises the health while a cap holds it down
        code = (self.health_parts or {}).get("capped_by")
        return {"kind": "alert", "code": code} if code else {"kind": "nothing"}

    @api.model
    def _tell_next(self, facts):
        """The advice in words of the reader; see ``_get_next_facts``."""
        kind = facts["kind"]
        if kind == "enter":
            return self.env._("Enter the people you know.")
        if kind == "nothing":
            return self.env._("No single contact would improve it now.")
        if kind == "alert":
            codes = self.env["crm.deal.alert"]._fields["code"]
            label = dict(codes._description_selection(self.env))[facts["code"]]
            return self.env._("First of all: %s", label)
        values = {
            "person": facts["person"],
            "gain": formatLang(self.env, facts["gain"], digits=1),
        }
        if kind == "access":
            return self.env._("Meet %(person)s: +%(gain)s", **values)
        return self.env._("Win over %(person)s: +%(gain)s", **values)

    @api.onchange("template_id")
    def _onchange_template_id(self):
        """A kind of deal begins where its customers usually are."""
        if self.template_id.stage_id and not self.manual_stage_id:
            self.manual_stage_id = self.template_id.stage_id

    def _complete_scores(self):
        """A cell for each criterion and competitor, empty until somebody knows."""
        quiet = self.with_context(stakeholder_refreshing=True)
        quiet.env["crm.deal.score"].create(
            [
                {"criterion_id": criterion.id, "competitor_id": competitor.id}
                for contact_map in self
                for criterion in contact_map.criterion_ids
                for competitor in contact_map.competitor_ids
                - criterion.score_ids.competitor_id
            ]
        )

    def action_still_true(self):
        """Everything on these maps is still so."""
        for contact_map in self:
            contact_map.still_true()

    def _open_entry(self, **defaults):
        """Ask for a person: name, points, attitude, influence; the rest behind More.

        :param defaults: what is known of this person already
        """
        self.ensure_one()
        values = {"map_id": self.id, "account_id": self.account_id.id, **defaults}
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.stakeholder",
            "views": [(False, "form")],
            "target": "new",
            "name": self.env._("Add a person"),
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _open_touch(self):
        """Ask which of the people on this map there was a contact with."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_stakeholder_touch"
        )
        action["context"] = {"default_map_id": self.id}
        return action

    def action_touch(self):
        """Log a contact with people of this map."""
        self.ensure_one()
        return self._open_touch()

    def action_suggest(self):
        """Show guesses about the people of this account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.stakeholder.suggest",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Suggestions"),
            "context": {"default_map_id": self.id},
        }

    def action_plan_next(self):
        """Make the next best step an activity, at most one that is open per map.

        :return: action that tells about the one which is open already
        """
        self.ensure_one()
        person = self.next_person_id
        owner = self.lead_id or self.account_id
        if not person or not owner:
            return None
        # sudo: it may be a colleague's
        planned = self.next_activity_id.sudo()
        if planned.active:
            return self._tell_planned(planned)
        is_meeting = self.next_kind == "access"
        kind = "meeting" if is_meeting else "todo"
        self.next_meeting_id = person if is_meeting else False
        self.next_activity_id = owner.activity_schedule(
            f"mail.mail_activity_data_{kind}",
            summary=self.env._("Meet %s", person.display_name)
            if is_meeting
            else self.env._("Win over %s", person.display_name),
            user_id=(self.user_id or self.env.user).id,
        )
        return None

    def _log_planned_meetings(self, activities, feedback):
        """Who closes the planned meeting has met that person.

        A meeting in the calendar with that person says so itself.
        """
        for contact_map in self:
            person = contact_map.next_meeting_id
            activity = contact_map.next_activity_id & activities
            attendees = activity.calendar_event_id.partner_ids
            if person and activity and person.contact_id not in attendees:
                person.action_touch("meeting", feedback or activity.summary)
                contact_map.next_meeting_id = False

    def _tell_planned(self, activity):
        message = self.env._(
            "Planned already, until %(day)s: %(what)s",
            day=format_date(self.env, activity.date_deadline),
            what=activity.summary or activity.activity_type_id.name,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "info"},
        }

    def action_open_tactics(self):
        """Tactics that fit the stage of the customer, or this kind of deal."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_influence_tactic"
        )
        action["context"] = {
            "search_default_stage_id": self.stage_id.id or self.manual_stage_id.id
        }
        return action
