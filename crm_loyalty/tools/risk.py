# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Which silences and declines are more than chance. Plain arithmetic."""

from functools import cache
from math import comb, sqrt

#: nobody is so regular that a late order is a certainty
LEAST_VARIATION = 0.1
#: shape of the distribution of the gaps by their variation: a good approximation of the
#: one that has it; 1 for 1
SHAPE_POWER = -1.086


def silence_chance(times, variation):
    """Chance that a customer who keeps buying is silent for so long.

    Gaps follow a Weibull distribution around their median: half of them are longer
    than the usual gap, and the more regular the customer, the fewer are much longer.

    :param float times: silence in usual gaps
    :param float variation: coefficient of variation of the customer's gaps
    :return: between 0 and 1; 0.5 after one usual gap
    """
    shape = max(variation, LEAST_VARIATION) ** SHAPE_POWER
    return 2.0 ** -min(times**shape, 1000)


@cache
def sign_chance(down, up):
    """Chance of at least so many falls among falls and rises if both are as likely."""
    total = down + up
    return sum(comb(total, count) for count in range(down, total + 1)) / 2**total


def highest_accepted(chances, false_share, tests):
    """Benjamini-Hochberg: how small a chance must be to be taken for real.

    Of what is accepted, at most ``false_share`` are expected to be false alarms,
    however many customers were looked at.

    :param chances: those of the tests that may be accepted; the others are taken to
        be above all of them
    :param float false_share: between 0 and 1
    :param int tests: number of all tests
    :return: the highest chance that is accepted; below zero if none is
    """
    highest = -1.0
    for rank, chance in enumerate(sorted(chances), start=1):
        if chance * tests <= false_share * rank:
            highest = chance
    return highest


def is_seasonal(times, purchases_last_year):
    """Whether the customer was as quiet in the same days of last year.

    :param float times: silence in usual gaps, thus the purchases to be expected
    :param purchases_last_year: in the same days; None where it was no customer then
    """
    return purchases_last_year is not None and 2 * purchases_last_year < times


def absence_chance(bought, occasions, since):
    """Chance that a category is missing from all purchases since its last one.

    :param int bought: purchases with the category
    :param int occasions: all purchases from its first to its last one
    :param int since: all purchases after its last one
    """
    return (1 - bought / (occasions + 1)) ** since


def drift(before, now):
    """By how much a mean has risen, or 0 if that may be chance.

    :param before: number, mean and variance of the values then
    :param now: the same of those now
    :return: the rise, where there are three values on either side and it is more than
        two standard errors
    """
    if min(before[0], now[0]) < 3:
        return 0
    error = sqrt(before[2] / before[0] + now[2] / now[0])
    rise = now[1] - before[1]
    return rise if rise > 2 * error else 0
