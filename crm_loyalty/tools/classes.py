# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Classes that customers and products share."""

from decimal import Decimal

#: periods without which a variation tells nothing
MIN_PERIODS = 4

ABC_CLASSES = [("a", "A"), ("b", "B"), ("c", "C"), ("n", "N: zero or negative")]
XYZ_CLASSES = [
    ("x", "X"),
    ("y", "Y"),
    ("z", "Z"),
    ("n", "N: zero or negative"),
    ("u", "Too little data"),
]


def exact_share(percent):
    """A percentage as the text of a decimal number: 70.1 is ``0.701``, and no less."""
    return str(Decimal(str(percent)).scaleb(-2))
