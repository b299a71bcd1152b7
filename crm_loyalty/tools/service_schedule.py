# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Which days cost to serve counts, and at which rates. Plain dates and numbers.

Documents are counted once, in slices: runs of days that no rate and no pool divides.
"""

from bisect import bisect_right
from datetime import timedelta
from typing import NamedTuple

DAY = timedelta(days=1)


class Pool(NamedTuple):
    """Money of a period that is shared out by a driver; the last day is inside."""

    id: int
    driver: str
    date_from: object
    date_to: object
    amount: float


class Schedule:
    """Slices of the days from ``bounds[0]`` to the day before ``bounds[-1]``.

    Slice ``n`` begins with ``bounds[n - 1]``: the number that PostgreSQL's
    ``width_bucket`` gives.
    """

    def __init__(self, start, end, cards=(), pools=(), cuts=()):
        """
        :param start: first day of the window
        :param end: its last day
        :param cards: ``(first day, {driver: rate})``, oldest first; the oldest one
            counts for all days before it, too
        :param pools: ``Pool`` that end in the window; with pools, rates do not count
        :param cuts: days in the window on which a slice begins besides
        """
        self.start, self.end = start, end
        self.cards, self.pools = list(cards), list(pools)
        bounds = {start, end + DAY, *cuts}
        bounds.update(day for day, _rates in self.cards[1:] if start < day <= end)
        for pool in self.pools:
            bounds.update((pool.date_from, pool.date_to + DAY))
        self.bounds = sorted(bounds)

    def get_window_slices(self):
        return [
            number
            for number, day in enumerate(self.bounds[:-1], start=1)
            if self.start <= day <= self.end
        ]

    def get_pool_slices(self, pool):
        return [
            number
            for number, day in enumerate(self.bounds[:-1], start=1)
            if pool.date_from <= day <= pool.date_to
        ]

    def get_rates(self):
        """[(driver, slice, rate)] of the window."""
        if not self.cards:
            return []
        days = [day for day, _rates in self.cards]
        rows = []
        for number in self.get_window_slices():
            place = max(bisect_right(days, self.bounds[number - 1]) - 1, 0)
            rows += [
                (driver, number, rate) for driver, rate in self.cards[place][1].items()
            ]
        return rows

    def get_periods(self, driver):
        """Days that count for a driver: [(first, last)], none of them twice."""
        if not self.pools or driver == "direct":
            return [(self.start, self.end)]
        slices = sorted(
            {
                number
                for pool in self.pools
                if pool.driver == driver
                for number in self.get_pool_slices(pool)
            }
        )
        periods = []
        for number in slices:
            first, last = self.bounds[number - 1], self.bounds[number] - DAY
            if periods and periods[-1][1] + DAY == first:
                first = periods.pop()[0]
            periods.append((first, last))
        return periods
