# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Classes that customers and products share."""

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
