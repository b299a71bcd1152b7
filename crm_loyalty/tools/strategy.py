# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What is recommended for the customers of a tier, by its place. Plain Python."""

from math import floor, log10

#: role of a tier -> what is recommended for its customers
RECOMMENDED = {
    "retain_best": {
        "price_discount": 5.0,
        "term": "account.account_payment_term_30days",
        "urgent": True,
        "cadence_days": 30,
    },
    "retain": {
        "price_discount": 2.0,
        "term": "account.account_payment_term_15days",
        "cadence_days": 60,
        "quantity_steps": True,
    },
    "cut_cost": {
        "term": "account.account_payment_term_immediate",
        "cadence_days": 180,
        "minimum_order": True,
        "stop_shipment": True,
        "stop_overdue_days": 30,
        "let_go": True,
    },
    "raise_volume": {"minimum_order": True, "quantity_steps": True},
}


def get_role(place, count):
    """Role of a tier by its place from the best, 0 the first, among so many.

    The first is kept at any price, the last one small, and asked to buy more at a time;
    what lies between is kept, or made cheaper to serve.

    >>> [get_role(place, 4) for place in range(4)]
    ['retain_best', 'retain', 'cut_cost', 'raise_volume']
    >>> [get_role(place, 3) for place in range(3)]
    ['retain_best', 'retain', 'raise_volume']
    >>> [get_role(place, 6) for place in range(6)]
    ['retain_best', 'retain', 'cut_cost', 'cut_cost', 'cut_cost', 'raise_volume']
    """
    if place == 0:
        return "retain_best"
    if place == count - 1:
        return "raise_volume"
    return "retain" if place == 1 else "cut_cost"


def round_amount(amount):
    """The amount with two figures at most, as people set limits.

    >>> round_amount(187.4), round_amount(1249), round_amount(0), round_amount(7.26)
    (190.0, 1200.0, 0.0, 7.3)
    """
    if amount <= 0:
        return 0.0
    digits = 1 - floor(log10(amount))
    return round(float(amount), digits)


def share_out(items, key, budget):
    """The first so many items of each key, in the order given.

    :param items: what wants a place, the most important first
    :param key: function of an item, whose budget it uses up
    :param budget: function of a key, how many places it has

    >>> share_out([1, 2, 3, 4, 5, 6, 7], lambda n: n % 2, lambda odd: 2)
    [1, 2, 3, 4]
    """
    used, chosen = {}, []
    for item in items:
        owner = key(item)
        if used.get(owner, 0) < budget(owner):
            used[owner] = used.get(owner, 0) + 1
            chosen.append(item)
    return chosen
