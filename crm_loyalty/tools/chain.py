# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""The best chain of introductions from our people to a person. Plain Python, no ORM.

Success of one introduction = how well the introducer knows the next person (strength)
x how willing he is to help us (attitude). Along a chain these multiply: three sure
steps beat one long shot, so hops are never counted, only bounded.

The search runs in two passes. Backwards from the target, ``_get_outlook`` finds for
each person the best chance to reach it within so many hops. Forwards, ``find_chains``
always prolongs the most promising chain, judged by that outlook; so chains come out
best first, and the first ones are exact, alternatives included.
"""

from copy import copy
from heapq import heappop, heappush
from typing import NamedTuple

#: strength 1..5 -> chance that an introduction by a willing person succeeds
BASE = {1: 0.15, 2: 0.35, 3: 0.55, 4: 0.75, 5: 0.90}
#: attitude -> share of that chance; None is unknown, our own people help always
WILLING = {-2: 0.0, -1: 0.2, 0: 0.6, 1: 0.9, 2: 1.0, None: 0.5}
MAX_HOPS = 5
#: below this chance a new point of entry is better than any chain
MIN_CHANCE = 0.10

#: kinds of relation along which nobody introduces
BARRED_KINDS = {"conflicts"}
#: kinds that lead both ways, whatever the direction of the arrow
MUTUAL_KINDS = {"reports_to"}
#: what a strategic chain meets, in this order, before it may end at the target
POINTS = ("receptivity", "dissatisfaction")


class Relation(NamedTuple):
    source: int
    target: int
    strength: int
    kind: str = "knows"
    directed: bool = True


class Node(NamedTuple):
    """A person as the chain sees him."""

    attitude: int | None = None
    ours: bool = False
    points: frozenset = frozenset()


class Chain(NamedTuple):
    """Ids of the people from ours to the target, the chance of each step, of all."""

    people: tuple
    chances: tuple
    chance: float


class Network:
    """Who introduces whom with what chance.

    :param dict nodes: id -> Node, without those who left
    :param relations: iterable of Relation; those with people not in ``nodes`` and those
        without strength are ignored, of parallel ones the strongest counts
    :param dict base: strength -> chance
    :param dict willing: attitude -> share, None for unknown
    """

    def __init__(self, nodes, relations, base=None, willing=None):
        self.nodes = nodes
        self.willing = willing or WILLING
        #: introducer -> {person: chance if he is willing}
        self.ties = {}
        for relation in relations:
            if relation.kind in BARRED_KINDS or not relation.strength:
                continue
            chance = (base or BASE)[relation.strength]
            self._tie(relation.source, relation.target, chance)
            if relation.kind in MUTUAL_KINDS or not relation.directed:
                self._tie(relation.target, relation.source, chance)
        #: answers given already, which hundreds of what-ifs ask for again
        self.known_chances = {}
        #: introducer -> {person: chance}, and the other way round
        self.forward = {}
        self.backward = {}
        for introducer in self.ties:
            self._introduce(introducer)

    def _tie(self, source, target, chance):
        if source in self.nodes and target in self.nodes and source != target:
            known = self.ties.setdefault(source, {})
            known[target] = max(chance, known.get(target, 0))

    def _introduce(self, introducer):
        node = self.nodes[introducer]
        share = 1 if node.ours else self.willing[node.attitude]
        steps = {
            person: chance * share for person, chance in self.ties[introducer].items()
        }
        self.forward[introducer] = steps if share else {}
        for person, chance in steps.items():
            introducers = dict(self.backward.get(person, {}))
            introducers[introducer] = chance
            self.backward[person] = introducers
            if not share:
                del introducers[introducer]

    def with_attitude(self, person, attitude):
        """The same network, had this person that attitude."""
        if person not in self.ties:
            return self
        other = copy(self)
        other.nodes = self.nodes | {
            person: self.nodes[person]._replace(attitude=attitude)
        }
        other.known_chances = {}
        other.forward = dict(self.forward)
        other.backward = dict(self.backward)
        other._introduce(person)
        return other

    # ------------------------------------------------------------------
    # Search
    # ------------------------------------------------------------------

    def find_chains(self, target, strategic=False, limit=4, max_hops=MAX_HOPS):
        """The best chains from any of our people to the target, best first.

        Equal chances: fewer hops first, then lower ids. A strategic chain meets a point
        of receptivity, then one of dissatisfaction, then the target; one person may be
        several points, and may be passed again at a later phase.

        :param int target: id of a person
        :param bool strategic: whether the points must be met on the way
        :param int limit: how many chains
        :return: list of Chain, empty where nobody can introduce us
        """
        if target not in self.nodes or self.nodes[target].ours:
            return []
        goal = (target, len(POINTS))
        outlook = self._get_outlook([goal], strategic, max_hops)
        queue = []
        for person, node in self.nodes.items():
            start = (person, 0 if strategic else len(POINTS))
            if node.ours and start in outlook[max_hops]:
                best = outlook[max_hops][start]
                heappush(queue, (-_round(best), 0, (person,), (start,), 1.0))
        found = []
        while queue and len(found) < limit:
            _best, hops, people, states, chance = heappop(queue)
            if states[-1] == goal:
                found.append(self._make_chain(people, chance))
                continue
            left = outlook[max_hops - hops - 1] if hops < max_hops else {}
            for person, step in self.forward.get(people[-1], {}).items():
                state = self._enter(person, states[-1][1])
                if state not in left or state in states:
                    continue
                through = chance * step
                heappush(
                    queue,
                    (
                        -_round(through * left[state]),
                        hops + 1,
                        (*people, person),
                        (*states, state),
                        through,
                    ),
                )
        return found

    def get_chance(self, *targets, max_hops=MAX_HOPS):
        """Chance of the best chain to any of the targets, 0 where there is none."""
        key = (max_hops, *targets)
        if key not in self.known_chances:
            self.known_chances[key] = self._find_chance(targets, max_hops)
        return self.known_chances[key]

    def _find_chance(self, targets, max_hops):
        outlook = self._get_outlook(self._get_goals(targets), False, max_hops)[-1]
        return max(
            (
                outlook.get((person, len(POINTS)), 0.0)
                for person, node in self.nodes.items()
                if node.ours
            ),
            default=0.0,
        )

    def get_promise(self, *targets, max_hops=MAX_HOPS):
        """What chains through each introducer could reach at most, were he an advocate.

        :return: {person: upper bound of the chance}
        """
        outlook = self._get_outlook(self._get_goals(targets), False, max_hops)[-1]
        reached = {person: 1.0 for person, node in self.nodes.items() if node.ours}
        for _hop in range(max_hops - 1):
            for person, chance in list(reached.items()):
                for following, step in self.forward.get(person, {}).items():
                    if chance * step > reached.get(following, 0):
                        reached[following] = chance * step
        best = max(self.willing.values())
        return {
            person: reached[person]
            * best
            * max(
                chance * outlook.get((following, len(POINTS)), 0)
                for following, chance in ties.items()
            )
            for person, ties in self.ties.items()
            if person in reached
        }

    def _get_goals(self, targets):
        return [(target, len(POINTS)) for target in targets if target in self.nodes]

    def _enter(self, person, phase):
        """The state in which a chain is after it has met this person."""
        points = self.nodes[person].points
        while phase < len(POINTS) and POINTS[phase] in points:
            phase += 1
        return person, phase

    def _get_outlook(self, goals, strategic, max_hops):
        """Best chance to reach any of the goals, per number of hops left and state.

        :return: list of {(person, phase): chance}, by hops 0..max_hops
        """
        phases = range(len(POINTS) + 1) if strategic else (len(POINTS),)
        outlook = [dict.fromkeys(goals, 1.0)]
        for _hop in range(max_hops):
            known = outlook[-1]
            best = dict(known)
            for person in {state[0] for state in known}:
                # by which phases the person may be entered, and where that leads
                after = {
                    phase: known.get(self._enter(person, phase)) for phase in phases
                }
                for introducer, step in self.backward.get(person, {}).items():
                    for phase, chance in after.items():
                        if chance is None:
                            continue
                        state = (introducer, phase)
                        if chance * step > best.get(state, 0):
                            best[state] = chance * step
            outlook.append(best)
        return outlook

    def _make_chain(self, people, chance):
        steps = zip(people, people[1:], strict=False)
        return Chain(
            people,
            tuple(self.forward[source][target] for source, target in steps),
            chance,
        )


def _round(chance):
    """Chances that differ by the order of multiplication only are the same."""
    return round(chance, 12)
