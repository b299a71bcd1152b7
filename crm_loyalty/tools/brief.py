# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What to do next for a customer, by what is known of it. Plain Python."""

from typing import NamedTuple

#: debts of so many days are spoken about, younger ones are left to reminders
DEBT_DAYS = 14


class Facts(NamedTuple):
    """What the choice depends on; days count up to today."""

    promise_late: bool = False  # something we promised is overdue
    delivery_late: bool = False  # goods that should have arrived are still open
    over_limit: bool = False
    overdue_days: int = 0  # of the oldest open debt
    state: str = ""  # of the relation
    due: bool = False  # something that it buys regularly is due
    purchases: int = 0
    new: bool = False


def choose_action(facts):
    """The one thing to do next: what we owe first, what it owes, then what it buys.

    >>> choose_action(Facts(promise_late=True, delivery_late=True))
    'promise'
    >>> choose_action(Facts(delivery_late=True, overdue_days=90, due=True))
    'delivery'
    >>> choose_action(Facts(overdue_days=15, state="lost", purchases=9))
    'debt'
    >>> choose_action(Facts(overdue_days=14, state="declining", purchases=9))
    'win_back'
    >>> choose_action(Facts(due=True, purchases=3))
    'offer'
    >>> choose_action(Facts(purchases=1, new=True))
    'second_order'
    >>> choose_action(Facts())
    'first_order'
    >>> choose_action(Facts(purchases=5, state="regular"))
    'nothing'
    """
    choices = (
        ("promise", facts.promise_late),
        ("delivery", facts.delivery_late),
        ("debt", facts.over_limit or facts.overdue_days > DEBT_DAYS),
        ("win_back", facts.state in ("declining", "lost")),
        ("offer", facts.due),
        ("first_order", not facts.purchases),
        ("second_order", facts.purchases == 1 or facts.new),
    )
    return next((name for name, holds in choices if holds), "nothing")
