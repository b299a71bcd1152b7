# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What a contact map tells: completeness, coverage, support, stage, power, position.

Plain Python, no ORM. Unknown is never zero and never bad: an unknown influence weighs
3, an unknown attitude is neutral, an unknown position is 50, and how much is known at
all is told by ``get_completeness``. Percentages are 0..100.
"""

from dataclasses import dataclass, field, replace

#: what a map should name somebody for: three points, three roles
SLOT_POINTS = ("receptivity", "dissatisfaction", "power")
SLOT_ROLES = ("user", "technical", "coach")
#: influence of who is unknown
UNKNOWN_INFLUENCE = 3
#: from this influence on a person is a key player
KEY_INFLUENCE = 3
#: whose personal stage is asked for, besides points of power
STAGE_INFLUENCE = 4
#: days without a contact
FRESH_DAYS = 30
STALE_DAYS = 90
#: state of a need -> how much of a reason to act it is
PAINS = {"identified": 40, "confirmed": 70, "quantified": 100}
#: chance of a chain that makes somebody reachable
GOOD_CHANCE = 0.30
#: from this importance on a criterion is crucial; a gap of so many points is clear
CRUCIAL = 7
CLEAR_GAP = 2


@dataclass(frozen=True)
class Person:
    """A person of the customer on one map, None being unknown.

    :param touch_days: since the last contact, None for never
    :param met_days: since the last meeting of the last 90 days, None for none
    :param touches: contacts of the last 90 days
    :param left: is there no more; only the alert about a lost champion looks at him
    :param bounces: mail to him comes back
    :param has_tactic: something is being done about him
    """

    id: int
    points: frozenset = frozenset()
    roles: frozenset = frozenset()
    influence: int | None = None
    attitude: int | None = None
    access: int | None = None
    stage: int | None = None
    touch_days: int | None = None
    met_days: int | None = None
    touches: int = 0
    win_known: bool = False
    verified: bool = False
    left: bool = False
    bounces: bool = False
    has_tactic: bool = False

    @property
    def weight(self):
        return self.influence or UNKNOWN_INFLUENCE

    @property
    def is_key(self):
        return (self.influence or 0) >= KEY_INFLUENCE

    @property
    def is_champion(self):
        return self.attitude == 2 or (self.attitude == 1 and self.is_key)

    @property
    def needs_stage(self):
        return "power" in self.points or (self.influence or 0) >= STAGE_INFLUENCE

    def touched(self):
        """The same person right after one more contact, which deepens the access."""
        return replace(self, access=min((self.access or 0) + 1, 3), touch_days=0)

    def won_over(self):
        """The same person thinking one step better of us."""
        return replace(self, attitude=min((self.attitude or 0) + 1, 2))


@dataclass(frozen=True)
class Criterion:
    """What the customer judges by; scores 0..10, None being unknown."""

    importance: int | None
    ours: int | None
    scores: dict = field(default_factory=dict)


def get_active(people):
    """Who counts: people who left are in no sum, slot or chain."""
    return [person for person in people if not person.left]


def weigh(people, value):
    """Mean of ``value(person)`` weighted by influence; 0 without people."""
    total = sum(person.weight for person in people)
    return total and sum(person.weight * value(person) for person in people) / total


def get_recency(days):
    """1 for a contact of the last month, a half within three months, else nothing."""
    if days is None or days > STALE_DAYS:
        return 0
    return 1 if days <= FRESH_DAYS else 0.5


# ----------------------------------------------------------------------
# How much is known, how well we stand
# ----------------------------------------------------------------------


def get_gaps(people):
    """Points and roles that nobody on the map holds, in the order to look for them."""
    people = get_active(people)
    points = set().union(*(person.points for person in people))
    roles = set().union(*(person.roles for person in people))
    return [point for point in SLOT_POINTS if point not in points] + [
        role for role in SLOT_ROLES if role not in roles
    ]


def get_unknown(person):
    """What one should know about a person and does not, in the order to ask for it."""
    facts = {
        "attitude": person.attitude is not None,
        "influence": person.influence is not None,
        "access": person.access is not None,
        "roles": bool(person.roles),
        "win": person.win_known,
    }
    if person.needs_stage:
        facts["stage"] = person.stage is not None
    return [fact for fact, known in facts.items() if not known]


def get_fill(person):
    """Share of what one should know about a person that is known, 0..1."""
    asked = 6 if person.needs_stage else 5
    return 1 - len(get_unknown(person)) / asked


def get_freshness(people):
    """Share of the people whose data are confirmed and not too old, 0..1."""
    people = get_active(people)
    return len(people) and sum(person.verified for person in people) / len(people)


def get_completeness(people):
    """40 for the slots, 40 for what is known about people, 20 for how fresh it is."""
    people = get_active(people)
    if not people:
        return 0
    slots = len(SLOT_POINTS) + len(SLOT_ROLES)
    filled = (slots - len(get_gaps(people))) / slots
    return 40 * filled + 40 * weigh(people, get_fill) + 20 * get_freshness(people)


def get_coverage(people):
    """How deep and how recent our contacts are."""
    return 100 * weigh(
        get_active(people),
        lambda person: (person.access or 0) / 3 * get_recency(person.touch_days),
    )


def get_support(people):
    """What they think of us; 50 is neutral."""
    return 50 + 25 * weigh(get_active(people), lambda person: person.attitude or 0)


def get_power_access(people, network=None):
    """How near we are to who decides.

    :param chain.Network network: asked for the best chain only where that matters
    """
    power = [person for person in get_active(people) if "power" in person.points]
    if not power:
        return 0
    best = max(_get_contact_level(person) for person in power)
    if best:
        return best
    chance = network.get_chance(*(person.id for person in power)) if network else 0
    return 30 if chance >= GOOD_CHANCE else 10


def _get_contact_level(person):
    days = person.touch_days
    access = person.access or 0
    if days is None:
        return 0
    if access >= 2 and days <= 45:
        return 100
    return 60 if access >= 1 and days <= STALE_DAYS else 0


# ----------------------------------------------------------------------
# Where the customer stands
# ----------------------------------------------------------------------


def get_stage(people, manual=None):
    """Index of the stage of the customer, None while unknown.

    The slowest point of power decides; without one, the weighted median of those whose
    stage is known, the lower of two; without any, what was set by hand.
    """
    known = [person for person in get_active(people) if person.stage is not None]
    power = [person.stage for person in known if "power" in person.points]
    if power:
        return min(power)
    if not known:
        return manual
    half = sum(person.weight for person in known) / 2
    reached = 0
    for person in sorted(known, key=lambda person: person.stage):
        reached += person.weight
        if reached >= half:
            return person.stage


def get_lag(stage, expected):
    """How far our pipeline is ahead of the customer; negative when the customer is.

    :param expected: (lowest, highest) stage that our pipeline stage supposes
    """
    if stage is None or expected is None:
        return 0
    low, high = expected
    if stage < low:
        return low - stage
    return min(high - stage, 0)


def get_sync(stage, lag):
    """100 in step, 50 one step ahead, 0 further ahead or unknown, 70 behind."""
    if stage is None:
        return 0
    if lag < 0:
        return 70
    return {0: 100, 1: 50}.get(lag, 0)


def get_split(people):
    """Stages between the key players who are furthest apart."""
    stages = [
        person.stage
        for person in get_active(people)
        if person.is_key and person.stage is not None
    ]
    return max(stages) - min(stages) if stages else 0


# ----------------------------------------------------------------------
# Against competitors
# ----------------------------------------------------------------------


def classify(importance, ours, theirs):
    """What a criterion means for us against one competitor, None while unknown."""
    if None in (importance, ours, theirs):
        return None
    gap = ours - theirs
    if importance >= CRUCIAL:
        if gap <= -CLEAR_GAP:
            return "vulnerable"
        return "advantage" if gap >= CLEAR_GAP else "contested"
    if gap >= CLEAR_GAP:
        return "hidden_strength"
    return "exposed" if gap <= -CLEAR_GAP else "incidental"


def classify_best(criterion):
    """What a criterion means against the best competitor by it, None while unknown."""
    known = [score for score in criterion.scores.values() if score is not None]
    return classify(criterion.importance, criterion.ours, max(known, default=None))


def get_position(criteria, competitor):
    """How we stand against a competitor by the customer's criteria, None if unknown.

    50 is equal; each point of weighted gap counts 5.
    """
    known = [
        (criterion.importance, criterion.ours - criterion.scores[competitor])
        for criterion in criteria
        if criterion.importance
        and criterion.ours is not None
        and criterion.scores.get(competitor) is not None
    ]
    if not known:
        return None
    total = sum(importance for importance, _gap in known)
    gap = sum(importance * gap for importance, gap in known) / total
    return min(max(50 + 5 * gap, 0), 100)


def get_worst_position(criteria):
    """Position against the strongest competitor, None while unknown."""
    competitors = set().union(*(criterion.scores for criterion in criteria))
    positions = [get_position(criteria, competitor) for competitor in competitors]
    return min((p for p in positions if p is not None), default=None)
