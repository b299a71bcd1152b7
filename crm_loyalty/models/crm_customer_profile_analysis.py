# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..tools.classes import ABC_CLASSES, XYZ_CLASSES

#: salespeople see tier and state; ABC, XYZ and RFM are for those who see all customers
ANALYSIS_GROUPS = "sales_team.group_sale_salesman_all_leads"

RFM_SEGMENTS = [
    ("champions", "Champions"),
    ("loyal", "Loyal"),
    ("potential", "Potential loyalist"),
    ("new", "New"),
    ("promising", "Promising"),
    ("attention", "Need attention"),
    ("sleepy", "About to sleep"),
    ("at_risk", "At risk"),
    ("cannot_lose", "Cannot lose"),
    ("hibernating", "Hibernating"),
    ("lost", "Lost"),
]
RELATION_STATES = [
    ("prospect", "Never bought"),
    ("one_off", "One-off purchase"),
    ("too_little", "Too little data"),
    ("regular", "Regular purchases"),
    ("periodic", "Periodic purchases"),
    ("declining", "Activity declining"),
    ("lost", "Lost customer"),
]


class CrmCustomerProfile(models.Model):
    """Analysis: ABC, XYZ, RFM, rhythm and state of the relation."""

    _inherit = "crm.customer.profile"

    # How the customer buys, from its own documents
    occasion_count = fields.Integer(
        "Purchases Ever",
        readonly=True,
        aggregator=None,
        help="Days with a purchase up to the as-of day, in or before the window",
    )
    gap_median = fields.Float(
        "Median Gap (Days)", digits=(16, 1), readonly=True, aggregator=None
    )
    gap_spread = fields.Float(
        "Spread of the Gaps (Days)",
        digits=(16, 4),
        readonly=True,
        aggregator=None,
        help="Standard deviation of the days between purchases",
    )
    revenue_at_last = fields.Monetary(
        "Revenue up to the Last Purchase",
        readonly=True,
        help="Of a window that ends with the last purchase, less later credit notes",
    )
    discount_previous = fields.Monetary("Discount of the Window Before", readonly=True)
    period_count = fields.Integer(
        "Periods Compared", readonly=True, aggregator=None, groups=ANALYSIS_GROUPS
    )
    variation = fields.Float(
        "Coefficient of Variation",
        digits=(16, 6),
        readonly=True,
        aggregator=None,
        groups=ANALYSIS_GROUPS,
        help="How unevenly the customer buys: standard deviation of the revenue per"
        " period, divided by its mean",
    )
    months_fallen = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Of the last twelve months that are over: those with less revenue than the"
        " same month a year before",
    )
    months_risen = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Of the last twelve months that are over: those with more revenue than the"
        " same month a year before",
    )

    # Compared with all customers
    abc_class = fields.Selection(
        ABC_CLASSES, "ABC", readonly=True, groups=ANALYSIS_GROUPS
    )
    xyz_class = fields.Selection(
        XYZ_CLASSES, "XYZ", readonly=True, groups=ANALYSIS_GROUPS
    )
    rfm_r = fields.Integer(
        "Recency Score",
        readonly=True,
        aggregator=None,
        groups=ANALYSIS_GROUPS,
        help="5: bought most recently, 1: longest ago",
    )
    rfm_f = fields.Integer(
        "Frequency Score",
        readonly=True,
        aggregator=None,
        groups=ANALYSIS_GROUPS,
        help="5: most purchases in the window, 1: fewest",
    )
    rfm_m = fields.Integer(
        "Money Score",
        readonly=True,
        aggregator=None,
        groups=ANALYSIS_GROUPS,
        help="5: highest revenue in the window, 1: lowest",
    )
    rfm_segment = fields.Selection(
        RFM_SEGMENTS, "RFM Segment", readonly=True, groups=ANALYSIS_GROUPS
    )

    # Compared with the as-of day
    usual_gap = fields.Integer(
        "Usual Gap (Days)",
        readonly=True,
        aggregator=None,
        help="Days between purchases; with few purchases, those of similar customers"
        " weigh in",
    )
    expected_date = fields.Date("Expected Next Order", readonly=True)
    relation_state = fields.Selection(
        RELATION_STATES, "State of the Relation", readonly=True
    )
    money_at_risk = fields.Monetary(
        "Money at Risk",
        readonly=True,
        help="Of a customer that is slipping away: the revenue of a window that ends"
        " with its last purchase",
    )
    rhythm = fields.Char(compute="_compute_rhythm", compute_sudo=True)

    # ------------------------------------------------------------------
    # Shown in words
    # ------------------------------------------------------------------

    @api.depends("relation_state", "usual_gap", "last_purchase_date", "occasion_count")
    def _compute_rhythm(self):
        for profile in self:
            profile.rhythm = profile._describe_rhythm()

    def _get_silence(self):
        """Days from the last purchase to the day of the figures."""
        self.ensure_one()
        # sudo: which day the figures have is told to everybody who sees them
        as_of = self.sudo().policy_id.as_of or self.last_purchase_date
        return (as_of - self.last_purchase_date).days

    def _describe_rhythm(self):
        """How often the customer buys and how long it has been silent, in words."""
        if not self.relation_state:
            return ""  # not judged before the next run
        if not self.last_purchase_date:
            return self.env._("has never bought")
        silence = self._get_silence()
        if self.occasion_count == 1:
            return self.env._("bought once, %(days)s days ago", days=silence)
        gap = self.usual_gap
        if silence <= gap:
            return self.env._(
                "orders every %(gap)s days; last on %(date)s",
                gap=gap,
                date=format_date(self.env, self.last_purchase_date),
            )
        return self.env._(
            "orders every %(gap)s days; last %(days)s days ago – %(times)s times the"
            " usual gap",
            gap=gap,
            days=silence,
            times=formatLang(self.env, silence / gap, digits=1),
        )

    def _get_figure_domain(self, figure):
        if figure != "money_at_risk":
            return super()._get_figure_domain(figure)
        policy = self.sudo().policy_id  # see super
        start = policy._get_window_start(self.last_purchase_date)
        return Domain(
            [
                ("kind", "=", "counted"),
                ("partner_id", "in", self.entity_ids.ids),
                ("company_id", "=", self.company_id.id),
                ("date", ">=", fields.Date.to_string(start)),
                ("date", "<=", fields.Date.to_string(policy.as_of)),
            ]
        )
