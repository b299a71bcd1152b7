# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Calendar periods."""


def period_start(day, months):
    """First day of the period of ``months`` months (a divisor of 12) around a day."""
    return day.replace(day=1, month=day.month - (day.month - 1) % months)
