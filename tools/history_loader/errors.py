# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""The one exception a user of the loader is meant to read."""


class LoadError(Exception):
    """What is wrong, in one sentence that also says what to do."""
