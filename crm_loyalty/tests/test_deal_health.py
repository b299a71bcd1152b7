# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Contact map, health and alerts as arithmetic, without a database."""

from dataclasses import replace
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_loyalty.tools import deal_map, relation_strength
from odoo.addons.crm_loyalty.tools.chain import Network, Node, Relation
from odoo.addons.crm_loyalty.tools.deal_health import (
    Need,
    Settings,
    Situation,
    find_alerts,
    find_next_step,
    get_health,
)
from odoo.addons.crm_loyalty.tools.deal_map import Criterion, Person

IVANOVA, PETROV, SIDOROV, SMIRNOV = 3, 4, 5, 6
ANNA = 1
PEOPLE = (
    Person(
        IVANOVA,
        points=frozenset({"receptivity"}),
        roles=frozenset({"coach"}),
        influence=2,
        attitude=1,
        access=3,
        touch_days=5,
        stage=2,
        win_known=True,
        verified=True,
    ),
    Person(
        PETROV,
        points=frozenset({"dissatisfaction"}),
        roles=frozenset({"user"}),
        influence=3,
        attitude=1,
        access=2,
        touch_days=20,
        stage=2,
        win_known=True,
        verified=True,
    ),
    Person(
        SIDOROV,
        points=frozenset({"power"}),
        roles=frozenset({"decision_maker"}),
        influence=5,
        attitude=0,
        access=1,
        touch_days=40,
        stage=1,
        verified=True,
    ),
    Person(
        SMIRNOV,
        roles=frozenset({"approver"}),
        influence=4,
        attitude=-1,
        access=1,
        touch_days=100,
    ),
)
PRICE = Criterion(9, 6, {1: 8})
CRITERIA = (
    PRICE,
    Criterion(8, 9, {1: 6}),
    Criterion(4, 9, {1: 5}),
    Criterion(7, 7, {1: 6}),
)
MAP = Situation(
    people=PEOPLE,
    expected=(2, 3),
    needs=(Need("quantified", PETROV),),
    criteria=CRITERIA,
    client_criteria=4,
    concerns=(3, 2),
    has_next_step=True,
    pushes=1,
    our_ties={ANNA: {IVANOVA, SMIRNOV}},
)
PERFECT = Person(
    1,
    points=frozenset({"receptivity", "dissatisfaction", "power"}),
    roles=frozenset({"user", "technical", "coach"}),
    influence=5,
    attitude=2,
    access=3,
    touch_days=1,
    stage=2,
    win_known=True,
    verified=True,
)


def change(situation, person, **values):
    people = {p.id: p for p in situation.people}
    return situation.with_person(replace(people[person], **values))


@tagged("post_install", "-at_install")
class TestDealMap(BaseCase):
    def _codes(self, situation):
        return {alert.code for alert in find_alerts(situation)}

    def _health(self, situation):
        return round(get_health(situation, Settings()).value, 1)

    def test_metrics_of_the_map(self):
        self.assertEqual(round(deal_map.get_coverage(PEOPLE), 1), 34.5)
        self.assertEqual(round(deal_map.get_support(PEOPLE), 1), 51.8)
        self.assertEqual(round(deal_map.weigh(PEOPLE, deal_map.get_fill), 3), 0.845)
        self.assertEqual(round(deal_map.get_completeness(PEOPLE), 1), 82.1)
        self.assertEqual(deal_map.get_power_access(PEOPLE), 60)
        self.assertEqual(deal_map.get_gaps(PEOPLE), ["technical"])

    def test_health_of_the_map(self):
        health = get_health(MAP, Settings())
        self.assertEqual(round(health.value, 1), 59.0)
        self.assertEqual(health.band, "amber")
        self.assertEqual(health.parts["momentum"], 85)
        self.assertEqual(health.parts["concerns"], 50)
        self.assertEqual(health.parts["sync"], 50)
        self.assertIsNone(health.capped_by)

    def test_alerts_of_the_map(self):
        alerts = {
            (alert.code, alert.severity, alert.people) for alert in find_alerts(MAP)
        }
        self.assertEqual(
            alerts,
            {
                ("opponent", "critical", (SMIRNOV,)),
                ("seller_ahead", "warning", ()),
                ("majority", "warning", ()),
                ("our_bus", "warning", ()),
                ("stale_map", "warning", (SMIRNOV,)),
            },
        )

    def test_meeting_moves_the_score(self):
        after = change(MAP, SIDOROV, access=2, attitude=1, stage=2, touch_days=3)
        health = get_health(after, Settings())
        self.assertEqual((round(health.value, 1), health.band), (78.5, "green"))
        self.assertNotIn("seller_ahead", self._codes(after))

    def test_sponsor_leaves(self):
        after = change(MAP, PETROV, left=True)
        self.assertEqual(round(deal_map.get_coverage(after.people), 1), 25.8)
        self.assertEqual(round(deal_map.get_support(after.people), 1), 45.5)
        health = get_health(after, Settings())
        self.assertEqual(health.parts["pain"], 0)
        self.assertEqual((round(health.value, 1), health.band), (46.7, "red"))
        self.assertIn("champion_left", self._codes(after))

    def test_lost_champion_is_replaced_at_the_same_point(self):
        after = change(MAP, PETROV, left=True)
        elsewhere = change(after, SIDOROV, attitude=1)
        self.assertIn("champion_left", self._codes(elsewhere))
        heir = change(
            elsewhere, SIDOROV, points=frozenset({"power", "dissatisfaction"})
        )
        self.assertNotIn("champion_left", self._codes(heir))

    def test_best_and_worst_deal(self):
        best = Situation(
            people=(PERFECT,),
            expected=(2, 3),
            needs=(Need("quantified", 1),),
            criteria=(Criterion(9, 10, {1: 0}),),
            client_criteria=3,
            has_next_step=True,
        )
        self.assertEqual(round(get_health(best, Settings(), []).value, 6), 100)
        self.assertEqual(round(deal_map.get_completeness([PERFECT]), 6), 100)
        # the same, though one person is a thin thread
        self.assertEqual(self._health(best), 69)

    def test_empty_map_on_a_new_deal(self):
        new = Situation(expected=(0, 1))
        self.assertEqual(self._health(new), 19.5)
        self.assertEqual(self._health(replace(new, is_rotting=True)), 17.5)
        self.assertEqual(deal_map.get_completeness(()), 0)
        self.assertEqual(deal_map.get_coverage(()), 0)
        self.assertEqual(deal_map.get_support(()), 50)
        self.assertEqual(self._codes(new), {"no_next"})

    def test_account_without_a_deal_leaves_sync_and_pushes_out(self):
        account = replace(MAP, is_deal=False, expected=None)
        health = get_health(account, Settings(), [])
        self.assertNotIn("sync", health.parts)
        self.assertEqual(health.parts["momentum"], 100)
        # (58.963 - 7.5 of sync + 1.5 of the push) / 0.85
        self.assertEqual(round(health.value, 1), 62.3)

    def test_power_access(self):
        for access, days, expected in (
            (2, 45, 100),
            (2, 46, 60),
            (1, 90, 60),
            (1, 91, 10),
            (0, 5, 10),
            (2, None, 10),
        ):
            person = Person(
                1, points=frozenset({"power"}), access=access, touch_days=days
            )
            self.assertEqual(deal_map.get_power_access([person]), expected)
        self.assertEqual(deal_map.get_power_access(PEOPLE[:2]), 0)

    def test_stage_lag_and_split(self):
        self.assertEqual(deal_map.get_stage(PEOPLE), 1)
        self.assertEqual(MAP.lag, 1)
        self.assertEqual(MAP.stage, 2)
        # without a point of power: lower weighted median of 2 (2), 2 (3)
        self.assertEqual(deal_map.get_stage(PEOPLE[:2], manual=5), 2)
        two = (Person(1, influence=3, stage=1), Person(2, influence=3, stage=3))
        self.assertEqual(deal_map.get_stage(two), 1)
        self.assertEqual(deal_map.get_split(two), 2)
        self.assertEqual(deal_map.get_stage((), manual=4), 4)
        self.assertIsNone(deal_map.get_stage(()))
        self.assertEqual(deal_map.get_lag(5, (2, 3)), -2)
        self.assertEqual(
            [deal_map.get_sync(1, lag) for lag in (0, 1, 2, -1)], [100, 50, 0, 70]
        )
        self.assertEqual(deal_map.get_sync(None, 0), 0)

    def test_vulnerability(self):
        classes = [
            deal_map.classify(c.importance, c.ours, c.scores[1]) for c in CRITERIA
        ]
        self.assertEqual(
            classes, ["vulnerable", "advantage", "hidden_strength", "contested"]
        )
        self.assertEqual(round(deal_map.get_worst_position(CRITERIA), 1), 55.2)
        traded = (replace(PRICE, importance=6), *CRITERIA[1:])
        self.assertEqual(round(deal_map.get_worst_position(traded), 1), 57.0)
        self.assertEqual(deal_map.classify(6, 6, 8), "exposed")
        self.assertEqual(deal_map.classify(6, 6, 7), "incidental")
        self.assertIsNone(deal_map.classify(6, None, 7))
        self.assertIsNone(deal_map.get_worst_position([Criterion(5, None, {1: 3})]))

    def test_position_counts_the_strongest_competitor(self):
        criteria = [Criterion(5, 5, {1: 5, 2: 9})]
        self.assertEqual(deal_map.get_worst_position(criteria), 30)

    def test_relation_strength(self):
        for counts, expected in (
            ((3, 4, 10, 12, 8), 5),
            ((3, 4, 10, 12, 70), 4),
            ((0, 0, 1, 20, 10), 2),
            ((0, 0, 0, 20, 1), 1),
            ((0, 0, 0, 0, 0), None),
            ((0, 1, 0, 0, 1), 1),
            ((0, 2, 0, 0, 1), 2),
            ((2, 0, 0, 0, 30), 3),
            ((2, 0, 0, 0, 31), 2),
        ):
            self.assertEqual(relation_strength.judge(*counts), expected, counts)

    def test_next_step(self):
        step = find_next_step(MAP, Settings())
        self.assertEqual((step.person, step.kind), (SIDOROV, "access"))
        self.assertEqual(round(step.gain, 1), 10.7)
        self.assertEqual(step.part, "power")
        gains = {
            person: round(
                get_health(
                    MAP.with_person({p.id: p for p in PEOPLE}[person].touched()),
                    Settings(),
                ).value
                - get_health(MAP, Settings()).value,
                1,
            )
            for person in (SMIRNOV, PETROV)
        }
        self.assertEqual(gains, {SMIRNOV: 2.9, PETROV: 1.1})

    def test_winning_over_the_sponsor_opens_the_way(self):
        """A neutral engineer stands between us and power: +4.0 of health."""
        network = Network(
            {ANNA: Node(ours=True), PETROV: Node(0), SIDOROV: Node(0)},
            [Relation(ANNA, PETROV, 5), Relation(PETROV, SIDOROV, 3)],
        )
        self.assertLess(network.get_chance(SIDOROV), 0.3)
        far = change(replace(MAP, network=network), SIDOROV, access=0)
        far = change(far, PETROV, attitude=0)
        petrov = {p.id: p for p in far.people}[PETROV]
        gained = far.with_person(petrov.won_over())
        self.assertEqual((far.power_access, gained.power_access), (10, 30))
        # the same through the search over everybody
        step = find_next_step(replace(far, pushes=9), Settings())
        self.assertGreater(step.gain, 4.0)

    def test_nothing_to_gain(self):
        self.assertIsNone(find_next_step(Situation(), Settings()))

    def test_alerts_by_stage_and_size(self):
        friend = Person(
            1, influence=2, attitude=1, access=1, touch_days=1, verified=True
        )
        early = Situation(people=(friend,), expected=(0, 1), has_next_step=True)
        self.assertEqual(self._codes(early), set())
        large = replace(early, revenue=1001)
        self.assertEqual(
            {a.code for a in find_alerts(large, revenue_limit=1000)}, {"single_thread"}
        )
        late = replace(early, expected=(3, 4), service_problem=True, concerns=(4,))
        late = replace(late, manual_stage=5)
        self.assertEqual(
            self._codes(late),
            {
                "no_power",
                "power_untouched",
                "single_thread",
                "no_criteria",
                "concern",
                "service",
                "buyer_ahead",
            },
        )

    def test_one_voice_and_no_opponents(self):
        people = tuple(
            Person(i, influence=2, access=2, touch_days=1, touches=n, verified=True)
            for i, n in ((1, 8), (2, 1), (3, 1), (4, 1))
        )
        situation = Situation(
            people=people, manual_stage=2, client_criteria=3, has_next_step=True
        )
        self.assertEqual(
            self._codes(situation), {"no_power", "one_voice", "no_opponents"}
        )
        fewer = change(situation, 1, touches=7)
        self.assertNotIn("one_voice", self._codes(fewer))

    def test_our_bus_is_critical_at_tier_1(self):
        severity = {
            tier_1: {
                a.code: a.severity for a in find_alerts(replace(MAP, tier_1=tier_1))
            }
            for tier_1 in (True, False)
        }
        self.assertEqual(severity[True]["our_bus"], "critical")
        self.assertEqual(severity[False]["our_bus"], "warning")
        two = replace(MAP, our_ties={ANNA: {SMIRNOV}, 2: {SIDOROV}})
        self.assertNotIn("our_bus", self._codes(two))

    def test_seller_two_stages_ahead_caps_the_health(self):
        ahead = replace(change(MAP, SIDOROV, access=3, touch_days=1), expected=(3, 4))
        health = get_health(ahead, Settings())
        self.assertEqual((health.value, health.capped_by), (59, "seller_ahead"))
        self.assertGreater(health.raw, 59)

    def test_metrics_stay_between_0_and_100(self):
        rng = Random(6)
        bands = set()
        for _case in range(500):
            people = tuple(
                self._random_person(rng, i) for i in range(rng.randint(0, 8))
            )
            situation = Situation(
                people=people,
                expected=rng.choice((None, (0, 1), (2, 3), (4, 5))),
                needs=(Need(rng.choice(list(deal_map.PAINS)), rng.choice((None, 1))),),
                criteria=tuple(
                    Criterion(
                        rng.choice((None, 0, 3, 9)),
                        rng.choice((None, 0, 10)),
                        {1: rng.choice((None, 0, 10)), 2: 5},
                    )
                    for _criterion in range(3)
                ),
                concerns=tuple(
                    rng.randint(1, 5) for _concern in range(rng.randint(0, 4))
                ),
                pushes=rng.randint(0, 9),
                has_next_step=rng.random() < 0.5,
            )
            health = get_health(situation, Settings())
            bands.add(health.band)
            for value in (
                health.value,
                *health.parts.values(),
                deal_map.get_completeness(people),
            ):
                self.assertGreaterEqual(value, 0)
                self.assertLessEqual(round(value, 9), 100)
        self.assertEqual(len(bands), 3)

    def test_who_was_met_is_not_to_be_met_again_yet(self):
        def find(met_days):
            people = (
                replace(p, met_days=met_days) if "power" in p.points else p
                for p in MAP.people
            )
            return find_next_step(replace(MAP, people=tuple(people)), Settings())

        power = find_next_step(MAP, Settings()).person
        for days in (None, 15):
            self.assertEqual((find(days).person, find(days).kind), (power, "access"))
        for days in (0, 14):
            self.assertNotEqual((find(days).person, find(days).kind), (power, "access"))

    def _random_person(self, rng, number):
        return Person(
            number,
            points=frozenset(p for p in deal_map.SLOT_POINTS if rng.random() < 0.4),
            roles=frozenset(r for r in deal_map.SLOT_ROLES if rng.random() < 0.3),
            influence=rng.choice((None, 1, 2, 3, 4, 5)),
            attitude=rng.choice((None, -2, -1, 0, 1, 2)),
            access=rng.choice((None, 0, 1, 2, 3)),
            stage=rng.choice((None, 0, 1, 2, 3, 4, 5)),
            touch_days=rng.choice((None, 1, 40, 80, 400)),
            win_known=rng.random() < 0.5,
            verified=rng.random() < 0.5,
            left=rng.random() < 0.2,
        )
