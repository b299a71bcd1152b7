"""Contact maps: the best chains of people on a large one. No database is asked."""

from random import Random

from .rounds import Measure

PEOPLE, OURS, RELATIONS = 300, 10, 900
POINTS = ("receptivity", "dissatisfaction", "power")


def measures(ours):
    return [Measure("chain", ours, find_chains, prepare)]


def prepare(_env):
    """People with some points and any attitude, ours, and relations between them."""
    from odoo.addons.crm_loyalty.tools.chain import Network, Node, Relation

    rng = Random(19)
    everybody = range(1, OURS + PEOPLE + 1)
    nodes = {
        person: Node(
            rng.choice((-2, -1, 0, 1, 2)),
            ours=person <= OURS,
            points=frozenset(
                point for point in POINTS if person > OURS and rng.random() < 0.1
            ),
        )
        for person in everybody
    }
    relations = [
        Relation(
            *rng.sample(everybody, 2),
            rng.randint(1, 5),
            rng.choice(("knows", "trusts", "works_with", "reports_to")),
            rng.random() < 0.5,
        )
        for _relation in range(RELATIONS)
    ]
    network = Network(nodes, relations)
    target = next(
        person for person in reversed(everybody) if network.get_chance(person)
    )
    return nodes, relations, target


def find_chains(_env, subject):
    """What a map asks for: the network, the fastest and the strategic chains."""
    from odoo.addons.crm_loyalty.tools.chain import Network

    nodes, relations, target = subject
    network = Network(nodes, relations)
    network.find_chains(target)
    network.find_chains(target, strategic=True)
