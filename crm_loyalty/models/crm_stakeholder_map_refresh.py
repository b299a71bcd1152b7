# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..tools import deal_health, deal_map

#: maps that the nightly job takes at once
BATCH = 200


class CrmStakeholderMap(models.Model):
    """Figures of a map: computed together, written only where they changed."""

    _inherit = "crm.stakeholder.map"

    def _refresh(self, today=None):
        """Compute health, stage and alerts of these maps and keep them."""
        if self.env.context.get("stakeholder_refreshing") or not self:
            return
        # sudo: figures follow from what stands on the map, whoever changed it
        maps = self.sudo().with_context(stakeholder_refreshing=True)
        today = today or fields.Date.context_today(self)
        settings = self.env["crm.deal.parameter"]._get_settings()
        situations = maps._get_situations(today)
        found = {}
        for contact_map, situation in situations.items():
            alerts = deal_health.find_alerts(situation, settings.revenue_limit)
            found[contact_map] = alerts
            contact_map._write_figures(situation, alerts, settings, today)
        maps.env["crm.deal.alert"]._sync(found, today)
        maps.env["crm.entry.plan"]._follow(situations)

    def _write_figures(self, situation, alerts, settings, today):
        health = deal_health.get_health(situation, settings, alerts)
        values = {
            "health": round(health.value, 1),
            "health_band": health.band,
            "health_parts": {
                "parts": {part: round(v, 1) for part, v in health.parts.items()},
                "raw": round(health.raw, 1),
                "capped_by": health.capped_by,
            },
            "completeness": round(deal_map.get_completeness(situation.people), 1),
            "coverage": round(deal_map.get_coverage(situation.people), 1),
            "support": round(deal_map.get_support(situation.people), 1),
            "lag": situation.lag,
            **self._prepare_stage(situation.customer_stage, today),
            **self._prepare_next_step(situation, settings),
        }
        current = self.read(list(values), load=None)[0]
        changed = {name: v for name, v in values.items() if current[name] != v}
        if changed:
            self.write(changed)

    def _prepare_stage(self, idx, today):
        """Where the customer is now; the days in the stage he leaves are kept."""
        stage = self.env["crm.decision.stage"]._get_by_idx(idx)
        if stage == self.stage_id:
            return {}
        days = dict(self.stage_days or {})
        if self.stage_id and self.stage_since:
            code, spent = self.stage_id.code, (today - self.stage_since).days
            if spent:
                days[code] = days.get(code, 0) + spent
        return {
            "stage_id": stage.id,
            "stage_since": bool(stage) and today,
            "stage_days": days or False,
        }

    def _prepare_next_step(self, situation, settings):
        step = deal_health.find_next_step(situation, settings)
        person = self.stakeholder_ids.filtered(
            lambda person: step and person.contact_id.id == step.person
        )
        return {
            "next_person_id": person.id,
            "next_kind": step and step.kind or False,
            "next_gain": round(step.gain, 1) if step else 0.0,
            "next_reason": step and (step.code or step.part) or False,
        }

    @api.model
    def _cron_refresh(self):
        """Bring what depends on the day up to date, in batches that can be resumed.

        Relations first: how well our people know theirs follows from contacts.
        """
        today = fields.Date.context_today(self)
        self.env["crm.stakeholder.relation"]._refresh_strengths(today)
        last = int(
            self.env["ir.config_parameter"].get_param("crm_loyalty.map_refreshed", 0)
        )
        maps = self.search([("id", ">", last)], order="id")
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(maps))
        for batch in split_every(BATCH, maps.ids, self.browse):
            batch._refresh(today)
            self.env["ir.config_parameter"].set_param(
                "crm_loyalty.map_refreshed", batch[-1].id
            )
            if not progress(len(batch)):
                return
        self.env["ir.config_parameter"].set_param("crm_loyalty.map_refreshed", 0)

    # ------------------------------------------------------------------
    # Facts, one query for all maps
    # ------------------------------------------------------------------

    def _get_facts(self, today):
        """What stands beside the people of these maps.

        :return: {id of a map: dict of needs, client_criteria, concerns, pushes,
            tactic_people (contacts about whom something is being done), has_next_step,
            service_problem}
        """
        self.env.flush_all()
        if not self.ids:
            return {}
        rows = self.env.execute_query_dict(self._query_facts(today))
        return {row["id"]: row for row in rows}

    def _query_facts(self, today):
        return SQL(
            """
            SELECT map.id,
                (SELECT JSON_AGG(JSON_BUILD_ARRAY(need.state, owner.contact_id))
                 FROM crm_deal_need need
                 LEFT JOIN crm_stakeholder owner ON owner.id = need.stakeholder_id
                 WHERE need.map_id = map.id) AS needs,
                (SELECT COUNT(*) FROM crm_deal_criterion criterion
                 WHERE criterion.map_id = map.id AND criterion.importance IS NOT NULL
                    AND criterion.stakeholder_id IS NOT NULL) AS client_criteria,
                (SELECT JSON_AGG(concern.severity::int) FROM crm_deal_concern concern
                 WHERE concern.map_id = map.id AND concern.state != 'resolved'
                ) AS concerns,
                (SELECT COUNT(*) FROM crm_deal_push push
                 WHERE push.lead_id = map.lead_id AND push.date > %(push_since)s
                ) AS pushes,
                (SELECT ARRAY_AGG(person.contact_id) FROM crm_influence_action action
                 JOIN crm_stakeholder person ON person.id = action.stakeholder_id
                 WHERE action.map_id = map.id AND action.state = 'planned'
                ) AS tactic_people,
                %(next_step)s AS has_next_step,
                %(service)s AS service_problem
            FROM crm_stakeholder_map map WHERE map.id IN %(ids)s
            """,
            ids=tuple(self.ids),
            push_since=fields.Date.subtract(today, days=90),
            next_step=self._sql_next_step(today),
            service=self._sql_service_problem(today),
        )

    def _sql_next_step(self, today):
        """An activity or a meeting ahead, with the deal or with somebody on the map."""
        return SQL(
            """(
                EXISTS (
                    SELECT FROM mail_activity activity
                    WHERE activity.active AND activity.date_deadline >= %(today)s
                    AND activity.res_model = 'crm.lead'
                    AND activity.res_id = map.lead_id
                ) OR EXISTS (
                    SELECT FROM mail_activity activity
                    WHERE activity.active AND activity.date_deadline >= %(today)s
                    AND activity.res_model = 'res.partner'
                    AND activity.res_id IN (
                        SELECT person.contact_id FROM crm_stakeholder person
                        WHERE person.map_id = map.id AND NOT person.is_gone
                        UNION
                        SELECT map.account_id WHERE map.lead_id IS NULL
                    )
                ) OR EXISTS (
                    SELECT FROM calendar_event event
                    WHERE event.active AND event.start >= %(now)s
                    AND event.opportunity_id = map.lead_id
                ) OR EXISTS (
                    SELECT FROM calendar_event event
                    JOIN calendar_event_res_partner_rel attendee
                        ON attendee.calendar_event_id = event.id
                    JOIN crm_stakeholder person
                        ON person.contact_id = attendee.res_partner_id
                        AND person.map_id = map.id AND NOT person.is_gone
                    WHERE event.active AND event.start >= %(now)s
                )
            )""",
            today=today,
            now=fields.Datetime.now(),
        )

    def _sql_service_problem(self, today):
        """A delivery that is late, or an invoice overdue for more than 30 days."""
        return SQL(
            """(
                EXISTS (
                    SELECT FROM stock_picking picking
                    JOIN stock_picking_type kind ON kind.id = picking.picking_type_id
                    JOIN res_partner address ON address.id = picking.partner_id
                    WHERE address.commercial_partner_id = map.account_id
                    AND kind.code = 'outgoing'
                    AND picking.state NOT IN ('draft', 'done', 'cancel')
                    AND picking.date_deadline < %(today)s
                    AND (map.company_id IS NULL OR picking.company_id = map.company_id)
                ) OR EXISTS (
                    SELECT FROM account_move_line line
                    JOIN account_account account ON account.id = line.account_id
                    WHERE line.partner_id = map.account_id
                    AND account.account_type = 'asset_receivable'
                    AND line.parent_state = 'posted' AND NOT line.reconciled
                    AND line.amount_residual > 0
                    AND line.date_maturity < %(overdue)s
                    AND (map.company_id IS NULL OR line.company_id = map.company_id)
                )
            )""",
            today=today,
            overdue=fields.Date.subtract(today, days=30),
        )
