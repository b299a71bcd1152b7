# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.periods import period_start
from ..tools.strategy import round_amount

#: months of one period of the XYZ classes
PERIOD_MONTHS = {"month": 1, "quarter": 3}
PERIODS = [("quarter", "Calendar quarters"), ("month", "Calendar months")]
#: less than this part of a usual purchase, in a year, is not worth a call
RISK_SHARE = 0.1


class CrmLoyaltyPolicy(models.Model):
    """Settings of the analysis: ABC, XYZ, rhythm and decline."""

    _inherit = "crm.loyalty.policy"

    # ABC and XYZ
    abc_cut_a = fields.Float(
        "A up to (% of Revenue)",
        default=80.0,
        tracking=True,
        help="The customer or product that crosses the cut is inside",
    )
    abc_cut_b = fields.Float("B up to (% of Revenue)", default=95.0, tracking=True)
    xyz_period = fields.Selection(
        PERIODS,
        "Periods of Customers",
        default="quarter",
        required=True,
        tracking=True,
        help="On months nearly every customer is irregular",
    )
    product_xyz_period = fields.Selection(
        PERIODS, "Periods of Products", default="month", required=True, tracking=True
    )
    xyz_months = fields.Integer(
        "Months of XYZ",
        default=12,
        required=True,
        tracking=True,
        help="So many complete months before the current period are compared,"
        " fewer when the first purchase came later",
    )
    xyz_cut_x = fields.Float(
        "X up to (% Variation)",
        default=10.0,
        tracking=True,
        help="Standard deviation of the revenue per period, in % of its mean",
    )
    xyz_cut_y = fields.Float("Y up to (% Variation)", default=25.0, tracking=True)
    series_basis = fields.Char(
        readonly=True,
        copy=False,
        help="Periods that the stored variation of the customers covers",
    )

    # Rhythm
    regular_variation = fields.Float(
        "Regular up to (% Variation)",
        default=50.0,
        tracking=True,
        help="A customer whose gaps between purchases vary more buys periodically",
    )
    decline_factor = fields.Float(
        "Declining after (x Median Gap)",
        default=2.0,
        tracking=True,
        help="A customer that has been silent for longer is slipping away",
    )
    lost_factor = fields.Float("Lost after (x Median Gap)", default=4.0, tracking=True)
    lost_days = fields.Integer("Lost after (Days, at Least)", default=90, tracking=True)

    # Money at risk
    risk_minimum = fields.Monetary(
        "Smallest Money at Risk",
        tracking=True,
        help="Smaller amounts are not listed. Left empty, the first figures set it to a"
        " tenth of the median purchase; 0 typed later lists everything",
    )
    risk_false_share = fields.Float(
        "False Alarms (%)",
        default=10.0,
        tracking=True,
        help="So many of the listed customers may be mere chance; fewer false alarms"
        " mean that more real ones are missed",
    )
    decline_share = fields.Float(
        "Buys Less from (%)",
        default=20.0,
        tracking=True,
        help="Of customers that still buy: fall of the revenue against the window"
        " before",
    )
    discount_points = fields.Float(
        "Discount Crept up from (Points)",
        default=3.0,
        tracking=True,
        help="Of customers that still buy: rise of the discount in percentage points",
    )

    _abc_cuts_ordered = models.Constraint(
        "CHECK (0 < abc_cut_a AND abc_cut_a < abc_cut_b AND abc_cut_b <= 100)",
        "A ends above 0 %, B ends above A and at 100 % at most.",
    )
    _xyz_cuts_ordered = models.Constraint(
        "CHECK (0 < xyz_cut_x AND xyz_cut_x < xyz_cut_y)",
        "X ends above 0 %, Y ends above X.",
    )
    _xyz_months_whole = models.Constraint(
        "CHECK (xyz_months BETWEEN 12 AND 60 AND xyz_months % 3 = 0)",
        "XYZ compares 12 to 60 months, in whole quarters: 12, 15, 18 ...",
    )
    _rhythm_ordered = models.Constraint(
        "CHECK (0 < regular_variation AND 1 <= decline_factor"
        " AND decline_factor < lost_factor AND 0 <= lost_days)",
        "A customer is declining after at least once its median gap, and lost later;"
        " variation and days are not negative.",
    )
    _risk_possible = models.Constraint(
        "CHECK (risk_minimum >= 0 AND 0 < risk_false_share AND risk_false_share <= 100"
        " AND 0 < decline_share AND decline_share <= 100 AND 0 < discount_points)",
        "The smallest money at risk is not negative; false alarms and falls are above"
        " 0 % and up to 100 %, a rise of the discount is above 0.",
    )

    def _get_series(self, as_of, period):
        """The complete calendar periods that XYZ compares on a day.

        The period of the as-of day itself is not over and does not count.

        :param str period: ``month`` or ``quarter``
        :return: (first day of the first period, day after the last one)
        """
        end = period_start(as_of, PERIOD_MONTHS[period])
        return end - relativedelta(months=self.xyz_months), end

    def _get_series_bounds(self, as_of, period):
        """First day of each of these periods, and the day after the last one."""
        start, end = self._get_series(as_of, period)
        length = PERIOD_MONTHS[period]
        count = self.xyz_months // length
        return [
            start + relativedelta(months=length * number) for number in range(count)
        ] + [end]

    def _propose_risk_minimum(self, as_of):
        """Set the smallest money at risk by what one purchase brings, at first.

        A tenth of the median revenue of a purchase day in the window, of two figures.
        What somebody typed stays, and so does a policy that has figures already.
        """
        self.ensure_one()
        profiles = self.env["crm.customer.profile"]
        of_company = [("company_id", "=", self.company_id.id)]
        if self.risk_minimum or profiles.search_count(of_company, limit=1):
            return
        [[purchase]] = self.env.execute_query(
            SQL(
                """
                SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY revenue)
                FROM crm_customer_fact
                WHERE company_id = %s AND date BETWEEN %s AND %s
                    AND purchase_count > 0 AND revenue > 0
                """,
                self.company_id.id,
                self._get_window_start(as_of),
                as_of,
            )
        )
        if purchase:
            self.risk_minimum = round_amount(RISK_SHARE * purchase)

    def _get_series_basis(self, as_of):
        """What figures of all customers depend on besides their documents.

        The periods of the variation, and the months of the declines.
        """
        start, end = self._get_series(as_of, self.xyz_period)
        return f"{self.xyz_period} {start} {end} {as_of:%Y-%m}"
