# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Health of a deal, its alerts, and the step that would help most. Plain Python, no
ORM.

Health is a weighted sum of eight parts, cut down to the lowest cap of the alerts that
are open: a deal without access to power is not healthy however many friends we have. It
says nothing about how much is known; that is the completeness of the map, always shown
beside.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from . import deal_map
from .chain import Network

#: part -> weight
WEIGHTS = {
    "power": 0.20,
    "coverage": 0.15,
    "support": 0.15,
    "sync": 0.15,
    "pain": 0.10,
    "position": 0.10,
    "momentum": 0.10,
    "concerns": 0.05,
}
#: alert -> health at most
CAPS = {
    "no_power": 59,
    "power_untouched": 69,
    "single_thread": 69,
    "champion_left": 49,
    "seller_ahead": 59,
    "concern": 69,
    "service": 79,
}
#: days after a meeting in which nobody is advised to meet the same person again
MET_DAYS = 14
GREEN = 70
AMBER = 50


@dataclass(frozen=True)
class Settings:
    weights: dict = field(default_factory=lambda: dict(WEIGHTS))
    caps: dict = field(default_factory=lambda: dict(CAPS))
    #: revenue from which a deal with one contact is an alert at any stage
    revenue_limit: float = 0


@dataclass(frozen=True)
class Need:
    """:param owner: id of the person on the map who suffers, None while unnamed"""

    state: str
    owner: int | None = None


@dataclass(frozen=True)
class Situation:
    """All that health and alerts look at, as of one day.

    :param expected: stages our pipeline supposes, (lowest, highest); None for an
        account without a deal
    :param concerns: severities of the open concerns
    :param client_criteria: how many criteria with importance the client told
    :param network: who introduces whom
    :param our_ties: id of our person -> ids of the people with strength of 3 or more
    """

    people: tuple = ()
    expected: tuple | None = None
    manual_stage: int | None = None
    is_deal: bool = True
    needs: tuple = ()
    criteria: tuple = ()
    client_criteria: int = 0
    concerns: tuple = ()
    has_next_step: bool = False
    is_rotting: bool = False
    pushes: int = 0
    revenue: float = 0
    tier_1: bool = False
    our_ties: dict = field(default_factory=dict)
    service_problem: bool = False
    network: Network | None = None

    @cached_property
    def active(self):
        return deal_map.get_active(self.people)

    @cached_property
    def customer_stage(self):
        return deal_map.get_stage(self.people, self.manual_stage)

    @property
    def lag(self):
        return deal_map.get_lag(self.customer_stage, self.expected)

    @property
    def stage(self):
        """The stage in effect: where the customer is, or our pipeline supposes."""
        return max(self.customer_stage or 0, self.expected[0] if self.expected else 0)

    @cached_property
    def last_touch_days(self):
        days = [p.touch_days for p in self.active if p.touch_days is not None]
        return min(days, default=None)

    @cached_property
    def power_access(self):
        return deal_map.get_power_access(self.people, self.network)

    @cached_property
    def openers(self):
        """Those whose better attitude could open a good chain to a point of power."""
        power = [person.id for person in self.active if "power" in person.points]
        promise = self.network.get_promise(*power) if self.network and power else {}
        return {p for p, chance in promise.items() if chance >= deal_map.GOOD_CHANCE}

    def with_person(self, person):
        """The same situation with one person changed for the better."""
        network = self.network
        if person.id in self.openers:
            network = network.with_attitude(person.id, person.attitude)
        return replace(
            self,
            people=tuple(person if p.id == person.id else p for p in self.people),
            network=network,
        )


class Alert(NamedTuple):
    """:param people: ids of those it is about; one alert per person if ``of_person``"""

    code: str
    severity: str
    people: tuple = ()
    of_person: bool = False


class Health(NamedTuple):
    """:param parts: part -> 0..100; ``raw`` is their sum before the cap"""

    value: float
    parts: dict
    raw: float
    cap: float | None
    capped_by: str | None

    @property
    def band(self):
        if self.value >= GREEN:
            return "green"
        return "amber" if self.value >= AMBER else "red"


class Rise(NamedTuple):
    """What a part adds to the health: from ``start`` to ``end``, at best ``most``."""

    part: str
    start: float
    end: float
    most: float


class Step(NamedTuple):
    """:param kind: ``access`` (meet him) or ``attitude`` (win him over)"""

    person: int
    kind: str
    gain: float
    code: str | None
    part: str


# ----------------------------------------------------------------------
# Health
# ----------------------------------------------------------------------


def get_parts(situation):
    """The parts of the health, 0..100; without a deal there is no step to keep."""
    people = situation.people
    stage = situation.customer_stage
    position = deal_map.get_worst_position(situation.criteria)
    parts = {
        "power": situation.power_access,
        "coverage": deal_map.get_coverage(people),
        "support": deal_map.get_support(people),
        "sync": deal_map.get_sync(stage, situation.lag),
        "pain": get_pain(situation),
        "position": 50 if position is None else position,
        "momentum": get_momentum(situation),
        "concerns": max(0, 100 - 10 * sum(situation.concerns)),
    }
    if not situation.is_deal:
        del parts["sync"]
    return parts


def get_pain(situation):
    """The strongest need whose owner is still there."""
    active = {person.id for person in situation.active}
    return max(
        (
            deal_map.PAINS[need.state]
            for need in situation.needs
            if need.owner is None or need.owner in active
        ),
        default=0,
    )


def get_momentum(situation):
    """A next step, a recent contact, no standstill; less for each date pushed."""
    days = situation.last_touch_days
    recent = 0 if days is None else 40 if days <= 14 else 20 if days <= 30 else 0
    value = 40 * situation.has_next_step + recent + 20 * (not situation.is_rotting)
    if situation.is_deal:
        value -= 15 * situation.pushes
    return max(value, 0)


def get_health(situation, settings, alerts=None):
    """Health of a deal, or of an account without one.

    :param alerts: those open; found if not given
    """
    if alerts is None:
        alerts = find_alerts(situation, settings.revenue_limit)
    parts = get_parts(situation)
    total = sum(settings.weights[part] for part in parts)
    raw = sum(settings.weights[part] * value for part, value in parts.items()) / total
    caps = [
        (settings.caps[alert.code], alert.code)
        for alert in alerts
        if alert.code in settings.caps
        # one step ahead is worth a warning, not a cap
        and not (alert.code == "seller_ahead" and alert.severity == "warning")
    ]
    cap, code = min(caps, default=(None, None))
    if cap is None or cap >= raw:
        return Health(raw, parts, raw, cap, None)
    return Health(cap, parts, raw, cap, code)


def get_rises(parts, weights):
    """How the parts add up, as a waterfall: each begins where the one before ends.

    Rounded as running totals, so that what is shown adds up to what is shown.

    >>> rises = get_rises({"power": 60, "sync": 50}, {"power": 1, "sync": 2})
    >>> [tuple(rise) for rise in rises]
    [('power', 0.0, 20.0, 33.3), ('sync', 20.0, 53.3, 86.7)]

    :param parts: part -> 0..100
    :return: list of Rise, in the order of ``WEIGHTS``
    """
    present = [part for part in WEIGHTS if part in parts]
    total = sum(weights[part] for part in present)
    rises, height = [], 0.0
    for part in present:
        share = weights[part] / total
        end = height + share * parts[part]
        rises.append(
            Rise(part, round(height, 1), round(end, 1), round(height + 100 * share, 1))
        )
        height = end
    return rises


# ----------------------------------------------------------------------
# Alerts
# ----------------------------------------------------------------------


def find_alerts(situation, revenue_limit=0):
    """The alerts that hold now, critical ones first."""
    alerts = [
        *_find_power(situation),
        *_find_champions(situation),
        *_find_stage(situation),
        *_find_contacts(situation, revenue_limit),
        *_find_opposition(situation),
        *_find_facts(situation),
    ]
    return sorted(alerts, key=lambda alert: alert.severity != "critical")


def _find_power(situation):
    power = tuple(p.id for p in situation.active if "power" in p.points)
    if situation.stage >= 2 and not power:
        yield Alert("no_power", "critical")
    if situation.stage >= 3:
        if situation.power_access <= 30:
            yield Alert("power_untouched", "critical", power)


def _find_champions(situation):
    """Supporters who are gone, until another one stands at the points they held."""
    champions = [p for p in situation.active if p.is_champion and not p.bounces]
    for person in situation.people:
        if person.is_champion and (person.left or person.bounces):
            heirs = (heir.points >= person.points for heir in champions)
            if not any(heirs):
                yield Alert("champion_left", "critical", (person.id,), True)


def _find_stage(situation):
    lag = situation.lag
    if lag > 0:
        yield Alert("seller_ahead", "critical" if lag >= 2 else "warning")
    elif lag < 0:
        yield Alert("buyer_ahead", "warning")
    if deal_map.get_split(situation.people) >= 2:
        yield Alert("split", "warning")


def _find_contacts(situation, revenue_limit):
    people = situation.active
    large = revenue_limit and situation.revenue > revenue_limit
    if people and (situation.stage >= 2 or large):
        known = [
            p.id
            for p in people
            if p.access and p.touch_days is not None and p.touch_days <= 60
        ]
        if len(known) <= 1:
            yield Alert("single_thread", "critical", tuple(known))
    touches = sum(person.touches for person in people)
    if touches >= 8:
        busiest = max(people, key=lambda person: person.touches)
        if busiest.touches > 0.7 * touches:
            yield Alert("one_voice", "warning", (busiest.id,))
    days = situation.last_touch_days
    if not situation.has_next_step and (days is None or days > 14):
        yield Alert("no_next", "warning")


def _find_opposition(situation):
    people = situation.active
    for person in people:
        if (person.influence or 0) < 4 or (person.attitude or 0) > -1:
            continue
        silent = person.touch_days is None or person.touch_days > 30
        if silent or not person.has_tactic:
            yield Alert("opponent", "critical", (person.id,), True)
    negative = any((person.attitude or 0) < 0 for person in people)
    if situation.stage >= 2 and len(people) >= 4 and not negative:
        yield Alert("no_opponents", "warning")
    key = [person for person in people if person.is_key]
    if key and 2 * sum((p.attitude or 0) >= 1 for p in key) <= len(key):
        yield Alert("majority", "warning")


def _find_facts(situation):
    people = situation.active
    if situation.stage >= 2 and situation.client_criteria < 3:
        yield Alert("no_criteria", "warning")
    if situation.stage >= 3 and max(situation.concerns, default=0) >= 4:
        yield Alert("concern", "critical")
    outdated = tuple(p.id for p in people if p.is_key and not p.verified)
    if people and (outdated or deal_map.get_freshness(people) < 0.5):
        yield Alert("stale_map", "warning", outdated)
    key = {person.id for person in people if person.is_key}
    if key:
        ties = [ours for ours, known in situation.our_ties.items() if key & set(known)]
        if len(ties) <= 1:
            yield Alert("our_bus", "critical" if situation.tier_1 else "warning")
    if situation.service_problem and situation.stage >= 3:
        yield Alert("service", "warning")


# ----------------------------------------------------------------------
# Next best action
# ----------------------------------------------------------------------


def _is_met(person):
    return person.met_days is not None and person.met_days <= MET_DAYS


def find_next_step(situation, settings):
    """What one contact, or one step of attitude, with one person would gain most.

    :return: Step, or None where nothing would help
    """
    limit = settings.revenue_limit
    alerts = find_alerts(situation, limit)
    before = get_health(situation, settings, alerts)
    by_person = {}
    for alert in alerts:  # critical ones first
        for person in alert.people:
            by_person.setdefault(person, alert)
    best = None
    for person in situation.active:
        alert = by_person.get(person.id)
        rank = 2 if alert is None else int(alert.severity != "critical")
        for kind, changed in (
            ("access", person.touched()),
            ("attitude", person.won_over()),
        ):
            if changed == person or (kind == "access" and _is_met(person)):
                continue
            after_situation = situation.with_person(changed)
            after = get_health(
                after_situation, settings, find_alerts(after_situation, limit)
            )
            gain = after.value - before.value
            key = (-round(gain, 6), rank, person.id, kind)
            if gain > 1e-6 and (best is None or key < best[0]):
                part = max(
                    after.parts,
                    key=lambda part: (
                        settings.weights[part]
                        * (after.parts[part] - before.parts[part])
                    ),
                )
                code = alert.code if alert else None
                best = key, Step(person.id, kind, gain, code, part)
    return best and best[1]
