# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL

from .crm_handover_watch import WATCH_DAYS


class CrmHandoverLine(models.Model):
    """A customer on the watch list."""

    _inherit = "crm.handover.line"

    revenue_before = fields.Monetary(
        "90 Days Before",
        compute="_compute_watch",
        compute_sudo=True,
        help="Revenue of the 90 days before the handover, net of tax",
    )
    revenue_since = fields.Monetary(
        "Since the Handover",
        compute="_compute_watch",
        compute_sudo=True,
        help="Revenue since the handover, of 90 days at most, net of tax",
    )
    last_purchase_date = fields.Date(
        "Last Purchase", compute="_compute_watch", compute_sudo=True
    )
    expected_date = fields.Date(
        "Expected Next Order", compute="_compute_watch", compute_sudo=True
    )
    watch_state = fields.Selection(
        [
            ("kept", "Bought since"),
            ("waiting", "Next order not due yet"),
            ("silent", "Should have ordered"),
            ("idle", "Did not buy before either"),
        ],
        "After the Handover",
        compute="_compute_watch",
        compute_sudo=True,
    )

    @api.depends("handover_id.date", "handover_id.state", "partner_id")
    def _compute_watch(self):
        # sudo (compute_sudo): told to the manager, the old and the new owner
        profiles = {}
        for company, lines in self.grouped("company_id").items():
            found = self.env["crm.customer.entity"]._get_profiles(
                lines.partner_id, company
            )
            profiles.update(
                {(company.id, entity): profile for entity, profile in found.items()}
            )
        sums = self._get_sums_around()
        today = fields.Date.context_today(self)
        for line in self:
            before, since, bought_before, bought_since = sums.get(
                line._origin.id, (0, 0, 0, 0)
            )
            profile = profiles.get((line.company_id.id, line.partner_id.id))
            line.revenue_before, line.revenue_since = before, since
            line.last_purchase_date = profile and profile.last_purchase_date
            line.expected_date = profile and profile.expected_date
            if bought_since:
                line.watch_state = "kept"
            elif not bought_before:
                line.watch_state = "idle"
            elif line.expected_date and line.expected_date >= today:
                line.watch_state = "waiting"
            else:
                line.watch_state = "silent"

    def _get_sums_around(self):
        """{id: revenue before and since, purchases before and since}, one query."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id,
                    COALESCE(SUM(revenue) FILTER (WHERE fact.date < day), 0)::float,
                    COALESCE(SUM(revenue) FILTER (WHERE fact.date >= day), 0)::float,
                    COALESCE(SUM(purchase_count) FILTER (WHERE fact.date < day), 0),
                    COALESCE(SUM(purchase_count) FILTER (WHERE fact.date >= day), 0)
                FROM crm_handover_line line
                JOIN (SELECT id, date AS day FROM crm_handover) handover
                    ON handover.id = line.handover_id
                JOIN crm_customer_fact fact
                    ON fact.partner_id = line.partner_id
                    AND fact.company_id = line.company_id
                    AND fact.date BETWEEN day - %(days)s AND day + %(days)s - 1
                WHERE line.id IN %(ids)s
                GROUP BY line.id
                """,
                days=WATCH_DAYS,
                ids=tuple(self._origin.ids) or (0,),
            )
        )
        return {line_id: sums for line_id, *sums in rows}
