# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL, formatLang

#: days before and after the handover that are compared
WATCH_DAYS = 90
#: fewer customers that used to buy, on either side, tell nothing
MIN_CUSTOMERS = 5
#: sooner nobody can tell who stays away
MIN_DAYS = 30


class CrmHandover(models.Model):
    """The first 90 days: do the customers stay?"""

    _inherit = "crm.handover"

    watch_days = fields.Integer(
        "Days Watched", compute="_compute_watch", compute_sudo=True
    )
    watch_base = fields.Integer(
        "Bought Before",
        compute="_compute_watch",
        compute_sudo=True,
        help="Customers handed over that bought in the 90 days before",
    )
    watch_kept = fields.Integer(
        "Bought Since",
        compute="_compute_watch",
        compute_sudo=True,
        help="Those of them that bought since, up to 90 days",
    )
    rest_base = fields.Integer(
        "Others That Bought Before", compute="_compute_watch", compute_sudo=True
    )
    rest_kept = fields.Integer(
        "Others That Bought Since", compute="_compute_watch", compute_sudo=True
    )
    watch_verdict = fields.Char(
        "First 90 Days", compute="_compute_watch", compute_sudo=True
    )

    @api.depends("state", "date", "company_id")
    def _compute_watch(self):
        for handover in self:
            # sudo: which day the figures have is told to everybody who sees them
            as_of = self.env["crm.loyalty.policy"]._get(handover.company_id).as_of
            days = 0
            if as_of and handover.state != "draft":
                days = min(max((as_of - handover.date).days + 1, 0), WATCH_DAYS)
            counts = handover._count_kept() if days else {}
            handover.watch_days = days
            handover.watch_base, handover.watch_kept = counts.get(True, (0, 0))
            handover.rest_base, handover.rest_kept = counts.get(False, (0, 0))
            handover.watch_verdict = handover._describe_watch()

    def _count_kept(self):
        """{handed over: (bought in the 90 days before, of these bought since)}."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT moved, COUNT(*), COUNT(*) FILTER (WHERE since > 0)
                FROM (
                    SELECT partner_id IN %(partners)s AS moved,
                        SUM(purchase_count) FILTER (WHERE date < %(day)s) AS before,
                        SUM(purchase_count) FILTER (WHERE date >= %(day)s) AS since
                    FROM crm_customer_fact
                    WHERE company_id = %(company)s
                        AND date BETWEEN %(day)s::date - %(days)s
                            AND %(day)s::date + %(days)s - 1
                    GROUP BY partner_id
                ) bought
                WHERE before > 0
                GROUP BY moved
                """,
                partners=tuple(self._get_watched().ids) or (0,),
                company=self.company_id.id,
                day=self.date,
                days=WATCH_DAYS,
            )
        )
        return {moved: (base, kept) for moved, base, kept in rows}

    def _get_watched(self):
        """Customers that changed hands themselves, not only documents of them."""
        items = self.env["crm.handover.item"]
        groups = items._read_group(
            [("handover_id", "=", self.id), ("kind", "=", "customer")],
            ["line_id"],
        )
        lines = self.env["crm.handover.line"].union(*(line for [line] in groups))
        return lines.partner_id

    def _describe_watch(self):
        """Kept customers against the rest in words, or why nothing can be said."""
        if self.state == "draft":
            return ""
        if not self.watch_base:
            return self.env._(
                "None of these customers bought in the 90 days before: there is"
                " nothing to compare."
            )
        kept = self.env._(
            "%(kept)s of %(base)s customers that bought in the 90 days before have"
            " bought again in %(days)s days.",
            kept=self.watch_kept,
            base=self.watch_base,
            days=self.watch_days,
        )
        if (
            self.watch_days < MIN_DAYS
            or min(self.watch_base, self.rest_base) < MIN_CUSTOMERS
        ):
            return self.env._(
                "%s Too little data to compare them with the other customers.", kept
            )
        return self.env._(
            "%(kept)s That is %(share)s %%; of all other customers %(rest)s %%.",
            kept=kept,
            share=formatLang(
                self.env, 100 * self.watch_kept / self.watch_base, digits=0
            ),
            rest=formatLang(self.env, 100 * self.rest_kept / self.rest_base, digits=0),
        )
