# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What names and titles of people give away; guesses, to be confirmed by somebody."""

import re

#: what people write into names for want of a field -> role, or "left"
MARKS = {
    "dm": "decision_maker",
    "decision maker": "decision_maker",
    "лпр": "decision_maker",
    "лвр": "influencer",
    "influencer": "influencer",
    "champion": "sponsor",
    "спонсор": "sponsor",
    "coach": "coach",
    "user": "user",
    "gone": "left",
    "left": "left",
    "ex": "left",
    "уволен": "left",
    "уволена": "left",
    "уволился": "left",
    "уволилась": "left",
    "не работает": "left",
}


def read_marks(name):
    """Codes that stand in brackets in a name: "Ivan Petrov (DM)" -> decision_maker."""
    found = re.findall(r"[(\[]([^)\]]+)[)\]]", name or "")
    parts = (part for text in found for part in re.split(r"[,;/]", text.lower()))
    return [MARKS[p.strip(" .!")] for p in parts if p.strip(" .!") in MARKS]


def guess_role(title, words):
    """The role whose words begin a word of the title; the earliest role counts.

    :param dict words: role -> list of beginnings of words, in lower case
    :return: key of ``words``, or None
    """
    title = (title or "").lower()
    for role, beginnings in words.items():
        for beginning in beginnings:
            if re.search(rf"\b{re.escape(beginning)}", title):
                return role
    return None
