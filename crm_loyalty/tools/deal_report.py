# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Status reports of deals: what changed between two of them, and how they fit on paper.

Plain Python on the frozen values of reports, see ``crm.deal.report._get_values``.
"""

import re

#: facts about a person that a reader of two reports compares
PERSON_FACTS = ("attitude", "influence", "access", "stage", "points", "org_status")
#: figures of the deal that he compares; (section of the values, name)
FIGURES = (
    ("result", "health"),
    ("result", "completeness"),
    ("stage", "stage"),
    ("stage", "pipeline_id"),
    ("result", "revenue"),
    ("result", "probability"),
    ("result", "close"),
)
#: what is told of a figure that is an id; names are those of the reader's language
TOLD_AS = {"pipeline_id": "pipeline_stage"}


def find_changes(before, after):
    """What is different between two reports of a deal, the weightiest first.

    A fact that became known has ``before`` None, one that is unknown now ``after``.

    :param dict before: values of the earlier report, None for the first one
    :param dict after: values of the later report
    :return: list of dicts of ``code``, ``who`` (name or None), ``key`` (what exactly,
        or None), ``before`` and ``after``
    """
    if not before:
        return []
    return [
        *_compare_figures(before, after),
        *_compare_people(before, after),
        *_compare_alerts(before, after),
        *_compare_parts(before, after),
    ]


def _change(code, before=None, after=None, who=None, key=None):
    return {"code": code, "who": who, "key": key, "before": before, "after": after}


def _compare_figures(before, after):
    for section, name in FIGURES:
        old, new = before[section].get(name), after[section].get(name)
        if old != new:
            told = TOLD_AS.get(name, name)
            yield _change(told, before[section].get(told), after[section].get(told))


def _compare_parts(before, after):
    old, new = (values["result"]["parts"] for values in (before, after))
    for part in {**old, **new}:
        if old.get(part) != new.get(part):
            yield _change("part", old.get(part), new.get(part), key=part)


def _compare_people(before, after):
    old, new = (
        {person["contact_id"]: person for person in values["picture"]["people"]}
        for values in (before, after)
    )
    for contact, person in new.items():
        if contact not in old:
            yield _change("person_new", who=person["name"])
            continue
        if person["gone"] and not old[contact]["gone"]:
            yield _change("person_left", who=person["name"])
        for fact in PERSON_FACTS:
            was, now = old[contact][fact], person[fact]
            if was != now and not (fact == "org_status" and person["gone"]):
                yield _change(fact_code(fact), was, now, who=person["name"])
    for contact, person in old.items():
        if contact not in new:
            yield _change("person_removed", who=person["name"])


def fact_code(fact):
    """Code of the change of a fact about a person.

    >>> fact_code("attitude")
    'person_attitude'
    """
    return f"person_{fact}"


def _compare_alerts(before, after):
    old, new = (
        {alert["id"]: alert for alert in values["picture"]["alerts"]}
        for values in (before, after)
    )
    for code, rows, known in (("alert_new", new, old), ("alert_closed", old, new)):
        for alert_id, alert in rows.items():
            if alert_id not in known:
                yield _change(
                    code,
                    who=", ".join(alert["people"]) or None,
                    key=alert["code"],
                )


def names_somebody(text, names):
    """Whether a text mentions one of these people, by any part of the name.

    >>> names_somebody("Call Smirnov, urgent", ["Ivan Smirnov"])
    True
    >>> names_somebody("Workshop in Ivanovo", ["Ivan Smirnov"])
    False
    """
    words = set(re.findall(r"\w{3,}", text.lower()))
    return any(words & set(re.findall(r"\w{3,}", name.lower())) for name in names)


def share(wanted, room):
    """Share the room of a page between its parts: nobody gets more than it wants, and
    what small parts leave goes to the large ones in equal shares.

    >>> share([30, 100, 100], 150)
    [30, 60, 60]
    >>> share([10, 20], 100)
    [10, 20]
    """
    given = [0] * len(wanted)
    open_parts = sorted(range(len(wanted)), key=wanted.__getitem__)
    while open_parts:
        fair = room // len(open_parts)
        part = open_parts.pop(0)
        given[part] = min(wanted[part], max(fair, 0))
        room -= given[part]
    return given


def forget(values, contact_ids, names, hidden):
    """Values of a report without these people: their names in every text, and what
    was thought of them.

    :param list names: longest first
    :param hidden: what stands for a name
    :return: a copy
    """
    values = _replace(values, names, hidden)
    for person in values["picture"]["people"]:
        if person["contact_id"] in contact_ids:
            person.update(
                title="",
                department="",
                scope="",
                wants="",
                influence=None,
                attitude=None,
                access=None,
                stage=None,
                touch_days=None,
                last_touch=None,
            )
    return values


def _replace(value, names, hidden):
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, hidden)
        return value
    if isinstance(value, dict):
        return {key: _replace(item, names, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, names, hidden) for item in value]
    return value
