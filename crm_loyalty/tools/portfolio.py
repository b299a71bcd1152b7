# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Open deals side by side: which one needs the head first, and what they add up to.

No access to Odoo: whoever has figures of deals can have them in order.
"""

from collections import Counter
from dataclasses import dataclass

#: as a head works through them; a deal that nobody knows is neither good nor bad
BANDS = ("red", "amber", "unknown", "green")
#: deals that fit on a sheet
PER_PAGE = 10


@dataclass(frozen=True)
class Deal:
    """What the order of deals looks at.

    :param key: whatever the caller tells deals apart by; must be sortable
    :param band: one of ``BANDS``
    :param severity: of the worst open alert: critical, warning, or none
    :param is_late: the expected closing lies in the past
    :param weight: value times probability, in one currency for all of them
    """

    key: int
    band: str = "unknown"
    severity: str | None = None
    is_late: bool = False
    weight: float = 0.0


def rank(deals):
    """Deals in the order in which they need attention.

    By band; within it those with a critical alert, then those whose closing is late,
    then the largest.

    >>> deals = [Deal(1, "green", weight=9), Deal(2, "amber"), Deal(3, "red"),
    ...          Deal(4), Deal(5, "amber", "critical"), Deal(6, "amber", weight=5),
    ...          Deal(7, "amber", "warning", is_late=True)]
    >>> [deal.key for deal in rank(deals)]
    [3, 5, 7, 6, 2, 4, 1]
    """
    return sorted(
        deals,
        key=lambda deal: (
            BANDS.index(deal.band),
            deal.severity != "critical",
            not deal.is_late,
            -deal.weight,
            deal.key,
        ),
    )


def count_bands(deals):
    """Number of deals per band, those without any included.

    >>> count_bands([Deal(1, "red"), Deal(2, "red"), Deal(3)])
    {'red': 2, 'amber': 0, 'unknown': 1, 'green': 0}
    """
    counts = Counter(deal.band for deal in deals)
    return {band: counts[band] for band in BANDS}


def paginate(rows, per_page=PER_PAGE):
    """Rows of each sheet; without any row there is one empty sheet.

    >>> [len(page) for page in paginate(list(range(11)))]
    [10, 1]
    >>> paginate([])
    [[]]
    """
    pages = [rows[i : i + per_page] for i in range(0, len(rows), per_page)]
    return pages or [[]]


def strip_customer(name, customer):
    """The name of a deal without that of the customer, who stands beside it.

    >>> strip_customer("Works: annual contract", "Works")
    'annual contract'
    >>> strip_customer("Annual contract", "Works")
    'Annual contract'
    >>> strip_customer("Works", "Works")
    'Works'
    """
    rest = name.removeprefix(customer).lstrip(" :,–-") if customer else name
    return rest or name
