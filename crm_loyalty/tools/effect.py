# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What a measure brought, judged against customers without it. Plain arithmetic."""

from math import sqrt
from typing import NamedTuple

#: fewer customers on either side than this tell nothing
MIN_CUSTOMERS = 10
#: standard errors to either side that hold 95 % of a normal distribution
WIDTH = 1.96


class Sums(NamedTuple):
    """Revenue of some customers in two periods of the same length, summed up."""

    customers: int
    before: float
    after: float
    before_squares: float
    after_squares: float
    products: float

    def residual_variance(self, ratio):
        """Variance among customers of (after - ratio x before)."""
        total = self.after - ratio * self.before
        squares = (
            self.after_squares
            - 2 * ratio * self.products
            + ratio * ratio * self.before_squares
        )
        rest = squares - total * total / self.customers
        return max(rest, 0) / (self.customers - 1)


def compare(treated, rest):
    """What the treated brought beyond what the change of the rest lets expect.

    Ratio estimator: expected = before of the treated x (after / before of the rest);
    the error of that ratio is part of the interval.

    :param Sums treated:
    :param Sums rest:
    :return: (effect, low, high) in the money of the sums, low to high holding it with
        95 % confidence; None where there is too little data
    """
    if min(treated.customers, rest.customers) < MIN_CUSTOMERS or rest.before <= 0:
        return None
    ratio = rest.after / rest.before
    effect = treated.after - ratio * treated.before
    scale = treated.before / rest.before
    error = WIDTH * sqrt(
        treated.customers * treated.residual_variance(ratio)
        + scale * scale * rest.customers * rest.residual_variance(ratio)
    )
    return effect, effect - error, effect + error
