# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import logging

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..tools.strategy import share_out

_logger = logging.getLogger(__name__)

#: nobody is asked to get in touch with more customers a day
DAILY_CONTACTS = 5


class CrmLoyaltyPolicy(models.Model):
    """What strategies put into the agendas: plans on changes of tier, and contacts."""

    _inherit = "crm.loyalty.policy"

    planned_change_id = fields.Integer(
        "Last Change Planned for",
        readonly=True,
        copy=False,
        default=lambda self: self._default_planned_change_id(),
        help="Changes of tier up to this one have started their activity plans",
    )

    def _default_planned_change_id(self):
        """What happened before is no reason to start a plan today."""
        changes = self.env["crm.customer.tier.change"].sudo()
        return changes.search([], order="id desc", limit=1).id or 0

    @api.model
    def _cron_agenda(self):
        """Every morning: activity plans of changed tiers, and who is to be called."""
        policies = self.search([("company_id.active", "=", True)])
        self.env["ir.cron"]._commit_progress(remaining=len(policies))
        for policy in policies:
            try:
                policy._start_plans()
                policy._propose_contacts()
            except Exception:
                # one company's trouble must not keep the others waiting
                self.env.cr.rollback()
                _logger.exception("Agenda of the policy %s failed", policy.id)
            if not self.env["ir.cron"]._commit_progress(1):
                return

    # ------------------------------------------------------------------
    # Plans
    # ------------------------------------------------------------------

    def _start_plans(self):
        """Start the plans of customers that changed tier since the last time.

        Nobody starts with more than five customers a day: where many change at once,
        the plans of the later ones begin on later days.

        :return: number of plans started
        """
        self.ensure_one()
        changes = self.env["crm.customer.tier.change"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("id", ">", self.planned_change_id),
            ],
            order="id",
        )
        if not changes:
            return 0
        self.planned_change_id = changes[-1].id
        strategies = self._get_strategies_on().grouped("tier_id")
        started, places = 0, {}
        for partner, rows in changes.grouped("partner_id").items():
            origin, target = rows[0].from_tier_id, rows[-1].to_tier_id
            if origin == target:
                continue
            leaving, entering = strategies.get(origin), strategies.get(target)
            for plan in (
                leaving and leaving.plan_leave_id,
                entering and entering.plan_enter_id,
            ):
                if plan:
                    place = places.setdefault(partner.user_id, 0)
                    self._start_plan(plan, partner, place // DAILY_CONTACTS)
                    places[partner.user_id] += 1
                    started += 1
        return started

    def _get_strategies_on(self):
        return self.env["crm.loyalty.strategy"].search(
            [("company_id", "=", self.company_id.id), ("state", "=", "on")]
        )

    def _start_plan(self, plan, partner, days_later):
        user = partner.user_id or self.user_id or self.env.ref("base.user_admin")
        schedule = self.env["mail.activity.schedule"].create(
            {
                "res_model": "res.partner",
                "res_ids": repr(partner.ids),
                "plan_id": plan.id,
                "plan_on_demand_user_id": user.id,
                "plan_date": fields.Date.add(self._get_today(), days=days_later),
            }
        )
        schedule.action_schedule_plan()

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _propose_contacts(self):
        """Give salespeople the customers that nobody contacted for too long.

        The largest first, at most five a day and person, those still open included;
        none where any activity is open; none at weekends.

        :return: the activities created
        """
        self.ensure_one()
        today = self._get_today()
        activities = self.env["mail.activity"]
        if today.weekday() > 4:
            return activities
        strategies = self._get_strategies_on().filtered("cadence_days")
        if not strategies:
            return activities
        rows = self.env.execute_query_dict(self._query_due_contacts(strategies, today))
        kind = self.env.ref("crm_loyalty.mail_activity_type_contact")
        open_counts = dict(
            activities._read_group(
                [
                    ("activity_type_id", "=", kind.id),
                    ("user_id", "in", [row["user_id"] for row in rows]),
                ],
                ["user_id"],
                ["__count"],
            )
        )
        open_counts = {user.id: count for user, count in open_counts.items()}
        chosen = share_out(
            rows,
            lambda row: row["user_id"],
            lambda user_id: DAILY_CONTACTS - open_counts.get(user_id, 0),
        )
        model_id = self.env["ir.model"]._get_id("res.partner")
        return activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": row["partner_id"],
                    "user_id": row["user_id"],
                    "activity_type_id": kind.id,
                    "date_deadline": today,
                    "summary": self._tell_contact(row),
                }
                for row in chosen
            ]
        )

    def _tell_contact(self, row):
        if row["last_contact"]:
            return self.env._(
                "Keep in touch: last contact on %s",
                format_date(self.env, row["last_contact"]),
            )
        return self.env._("Keep in touch: no call or meeting is known")

    def _query_due_contacts(self, strategies, today):
        """Customers of these strategies whose contact is due, most revenue first.

        A contact is an activity that was done on the customer, or a meeting with one of
        its people. An open activity on the customer, its people, opportunities or
        orders shows that somebody is at work.
        """
        self.env.flush_all()
        return SQL(
            """
            SELECT customer.partner_id, customer.user_id, touched.day AS last_contact
            FROM (
                SELECT profile.partner_id, profile.revenue, entity.user_id,
                    strategy.cadence_days
                FROM crm_customer_profile profile
                JOIN crm_loyalty_strategy strategy
                    ON strategy.tier_id = profile.tier_id
                JOIN res_partner entity ON entity.id = profile.partner_id
                JOIN res_users seller ON seller.id = entity.user_id AND seller.active
                WHERE strategy.id IN %(strategies)s AND entity.active
                    AND NOT EXISTS (
                        SELECT FROM crm_customer_let_go gone
                        WHERE gone.partner_id = profile.partner_id
                            AND gone.company_id = profile.company_id
                            AND gone.state = 'let_go'
                    )
            ) customer
            CROSS JOIN LATERAL (
                SELECT ARRAY_AGG(id) AS ids FROM res_partner
                WHERE commercial_partner_id = customer.partner_id
            ) family
            CROSS JOIN LATERAL (
                SELECT MAX(day) AS day FROM (
                    SELECT message.date::date AS day FROM mail_message message
                    WHERE message.model = 'res.partner'
                        AND message.res_id = ANY(family.ids)
                        AND message.mail_activity_type_id IS NOT NULL
                    UNION ALL
                    SELECT event.start::date
                    FROM calendar_event event
                    JOIN calendar_event_res_partner_rel attendee
                        ON attendee.calendar_event_id = event.id
                    WHERE attendee.res_partner_id = ANY(family.ids)
                        AND event.active AND event.start::date <= %(today)s
                ) contact
            ) touched
            WHERE (touched.day IS NULL
                    OR touched.day <= %(today)s - customer.cadence_days)
                AND NOT EXISTS (
                    SELECT FROM mail_activity activity
                    WHERE activity.active
                        AND activity.res_model = 'res.partner'
                        AND activity.res_id = ANY(family.ids)
                )
                AND NOT EXISTS (
                    SELECT FROM crm_lead lead
                    JOIN mail_activity activity ON activity.active
                        AND activity.res_model = 'crm.lead'
                        AND activity.res_id = lead.id
                    WHERE lead.partner_id = ANY(family.ids)
                )
                AND NOT EXISTS (
                    SELECT FROM sale_order sale
                    JOIN mail_activity activity ON activity.active
                        AND activity.res_model = 'sale.order'
                        AND activity.res_id = sale.id
                    WHERE sale.partner_id = ANY(family.ids)
                )
            ORDER BY customer.revenue DESC, customer.partner_id
            """,
            strategies=tuple(strategies.ids),
            today=today,
        )
