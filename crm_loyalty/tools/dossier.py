# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Arithmetic of a key-account dossier: completeness, dependency, place in the matrix.

Plain Python on plain values; nothing here reads a database.
"""

from typing import NamedTuple

#: section -> its weight; together 100
WEIGHTS = {
    "profile": 15,
    "business": 10,
    "economics": 15,
    "people": 20,
    "needs": 10,
    "competitors": 10,
    "terms": 10,
    "plan": 10,
}
#: filled by the books: counts as reviewed on every day
AUTOMATIC = ("economics",)
#: what customers below the second tier need
SHORT = ("profile", "economics", "people", "terms")
#: days for which a review counts in full
FRESH_DAYS = 180
STALE = 0.5

#: percent of our revenue: worth a dossier, dangerous, everything
KEY_SHARE, DEPENDENCY_SHARE, MONO_SHARE = 10, 20, 50

#: weights of the matrix
ATTRACTIVENESS = {
    "revenue": 25,
    "growth": 20,
    "margin": 20,
    "reference": 15,
    "fit": 10,
    "risk": 10,
}
STRENGTH = {"share": 30, "relations": 30, "on_time": 20, "quality": 20}
MIDDLE = 5


class Fill(NamedTuple):
    """How much of a section is known, and how many days ago it was reviewed.

    ``age`` is None for a section that nobody has reviewed.
    """

    filled: int
    required: int
    age: int | None


def freshness(section, age):
    """Part of its points that a section keeps: all, half, or none.

    >>> freshness("profile", 180), freshness("profile", 181), freshness("profile", None)
    (1, 0.5, 0)
    >>> freshness("economics", None)
    1
    """
    if section in AUTOMATIC:
        return 1
    if age is None:
        return 0
    return 1 if age <= FRESH_DAYS else STALE


def required_sections(is_key):
    """Sections that count: all for customers of the first two tiers."""
    return tuple(WEIGHTS) if is_key else SHORT


def completeness(fills, is_key=True):
    """Points of the sections that count, in percent of what they could have.

    :param fills: {section: Fill}
    :return: 0 to 100
    """
    sections = required_sections(is_key)
    points = sum(
        WEIGHTS[section]
        * fills[section].filled
        / fills[section].required
        * freshness(section, fills[section].age)
        for section in sections
    )
    return 100 * points / sum(WEIGHTS[section] for section in sections)


def gain(section, fill, is_key=True):
    """What one more known fact brings, the section being reviewed with it."""
    now = fill.filled * freshness(section, fill.age)
    then = fill.filled + (1 if fill.filled < fill.required else 0)
    total = sum(WEIGHTS[name] for name in required_sections(is_key))
    return 100 * WEIGHTS[section] * (then - now) / fill.required / total


def dependency(share):
    """What a share of our revenue means.

    :param share: percent of the company's revenue of 12 months
    :return: ``mono``, ``dependency``, ``key`` or an empty string

    >>> dependency(9), dependency(10), dependency(20), dependency(24), dependency(52)
    ('', 'key', 'key', 'dependency', 'mono')
    """
    if share >= MONO_SHARE:
        return "mono"
    if share > DEPENDENCY_SHARE:
        return "dependency"
    return "key" if share >= KEY_SHARE else ""


def weighted(scores, weights):
    """Weighted mean of the scores that are known; None where none is.

    >>> weighted({"share": 4, "relations": 5, "on_time": 8, "quality": 7}, STRENGTH)
    5.7
    >>> weighted({"share": None}, STRENGTH)
    """
    known = {
        name: weight for name, weight in weights.items() if scores.get(name) is not None
    }
    if not known:
        return None
    total = sum(scores[name] * weight for name, weight in known.items())
    return total / sum(known.values())


def quadrant(attractiveness, strength):
    """Cell of the matrix; empty where either is unknown.

    >>> quadrant(6.85, 5.70), quadrant(6, 4), quadrant(4, 6), quadrant(4, 4)
    ('strategic', 'star', 'status', 'streamline')
    """
    if attractiveness is None or strength is None:
        return ""
    if attractiveness >= MIDDLE:
        return "strategic" if strength >= MIDDLE else "star"
    return "status" if strength >= MIDDLE else "streamline"


def clip(score):
    """A score from 0 to 10."""
    return max(0.0, min(10.0, score))


def spread(total, weights, decimals=2):
    """Divide an amount over months by weights, to the last cent (largest remainder).

    >>> spread(100, [1, 1, 1])
    [33.34, 33.33, 33.33]
    >>> spread(120, [0, 0], 0)
    [60.0, 60.0]
    """
    weights = [max(weight, 0) for weight in weights]
    if not sum(weights):
        weights = [1] * len(weights)
    unit = 10**decimals
    exact = [total * unit * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    missing = round(total * unit) - sum(parts)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[:missing]:
        parts[index] += 1
    return [part / unit for part in parts]
