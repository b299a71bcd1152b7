# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Contact maps of some deals in all stages, and of one account without a deal."""

from datetime import timedelta
from random import Random

from odoo.fields import Command

from .names import COUNTRIES

# Stage of the pipeline -> how many deals get a map.
MAPPED = {
    "crm.stage_lead1": 2,
    "crm.stage_lead2": 3,
    "crm.stage_lead3": 3,
    "crm.stage_lead4": 2,
}
# title, points, roles, influence, attitude, access, steps behind our pipeline,
# days since the last contact; None is unknown
CAST = (
    ("Office Manager", "receptivity", ("coach",), 2, 1, 3, 0, 5),
    ("Chief Engineer", "dissatisfaction", ("user", "sponsor"), 3, 1, 2, 0, 20),
    ("Managing Director", "power", ("decision_maker",), 5, 0, 1, 1, 40),
    ("Finance Director", None, ("approver",), 4, -1, 1, None, 100),
    ("Quality Manager", None, ("technical",), 3, 2, 2, 0, 12),
    ("Head of Purchasing", None, ("gatekeeper",), 3, None, None, None, None),
)
# who knows whom: of ours by login, of theirs by their place in the cast
TIES = (
    ("anna", 0, 5, "knows"),
    ("anna", 3, 3, "knows"),
    ("boris", 2, 1, "knows"),
    ("viktor", 4, 4, "knows"),
    (0, 1, 4, "trusts"),
    (0, 2, 2, "works_with"),
    (1, 2, 4, "reports_to"),
    (3, 2, 5, "reports_to"),
    (4, 1, 4, "reports_to"),
    (3, 1, 3, "conflicts"),
)
CRITERIA = (
    ("Price per metre", 9, 6, 8),
    ("Delivery within 24 hours", 8, 9, 6),
    ("Advice on site", 4, 9, 5),
    ("Approved by the factory", 7, 7, 6),
)


def create_maps(world, deals):
    """Give the largest deals of the story in each stage the people around them.

    :param deals: open and won ones of ``create_deals``; other leads of the database
        are none of our business
    """
    rng = Random(6)
    for xmlid, count in MAPPED.items():
        stage = world.env.ref(xmlid)
        of_stage = deals.filtered(lambda deal, stage=stage: deal.stage_id == stage)
        chosen = of_stage.sorted(lambda deal: (-deal.expected_revenue, deal.id))
        for number, lead in enumerate(chosen[:count]):
            _create_map(world, rng, lead, number)
    account = next(c for c in world.plan.customers if c.behaviour == "head")
    partner = world.partners[account]
    contact_map = _get_map(world, partner_id=partner.id)
    contact_map.manual_stage_id = world.env.ref("crm_loyalty.decision_stage_changes")
    _create_people(world, rng, contact_map, level=0, size=3)
    contact_map.with_context(stakeholder_refreshing=False)._refresh()


def _get_map(world, **values):
    maps = world.env["crm.stakeholder.map"].with_context(stakeholder_refreshing=True)
    return maps.browse(maps.get_or_create(**values))


def _create_map(world, rng, lead, number):
    """The first deal of a stage runs ahead of its customer, the others keep step."""
    contact_map = _get_map(world, lead_id=lead.id)
    stage = lead.stage_id
    level = (stage.decision_stage_max_id if number else stage.decision_stage_min_id).idx
    people = _create_people(world, rng, contact_map, level, len(CAST) - 2 * number)
    _create_facts(contact_map, people, level)
    contact_map.with_context(stakeholder_refreshing=False)._refresh()
    since = world.plan.today - timedelta(days=rng.randint(4, 40))
    contact_map.sudo().stage_since = since


def _create_people(world, rng, contact_map, level, size):
    env, today = contact_map.env, world.plan.today
    roles = {role.code: role.id for role in env["crm.stakeholder.role"].search([])}
    stages = {row["idx"]: row["id"] for row in env["crm.decision.stage"]._get_rows()}
    people = []
    for number, (title, point, codes, *judged, behind, days) in enumerate(CAST[:size]):
        contact = _get_contact(rng, contact_map.account_id, title)
        influence, attitude, access = (
            False if value is None else str(value) for value in judged
        )
        if days is not None:
            _create_touch(world, contact, days)
        people.append(
            env["crm.stakeholder"].create(
                {
                    "map_id": contact_map.id,
                    "contact_id": contact.id,
                    "role_ids": [Command.set([roles[code] for code in codes])],
                    "influence": influence,
                    "attitude": attitude,
                    "access": access,
                    "decision_stage_id": behind is not None
                    and stages[max(level - behind, 0)],
                    "win_result": number < 2 and "Less rework, fewer complaints",
                    "evidence": "confirmed" if days and days < 90 else "assumed",
                    "verified_on": today - timedelta(days=number * 9),
                    **({f"focus_{point}": True} if point else {}),
                }
            )
        )
    for number, person in enumerate(people[:2] + people[3:5]):
        if len(people) > 2 and number:
            person.manager_id = people[2]
    _create_ties(world, people)
    return people


def _get_contact(rng, account, title):
    """Somebody with this title, a new one if the account has none."""
    known = account.child_ids.filtered(
        lambda c: c.function == title and c.type == "contact" and not c.is_company
    )
    if known:
        return known[0]
    table = COUNTRIES.get(account.country_id.code) or COUNTRIES["NL"]
    name = " ".join(
        (
            rng.choice(table["first"].split(",")),
            rng.choice(table["families"].split(",")),
        )
    )
    return account.child_ids.create(
        {"name": name, "function": title, "parent_id": account.id}
    )


def _create_touch(world, contact, days):
    activity = contact.activity_schedule(
        "mail.mail_activity_data_call",
        user_id=world.users["anna"].id,
        summary="Talked about the contract",
    )
    activity.action_feedback()
    activity.date_done = world.plan.today - timedelta(days=days)


def _create_ties(world, people):
    def contact(end):
        if isinstance(end, str):
            return world.users[end].partner_id
        return people[end].contact_id if end < len(people) else None

    relations = people[0].env["crm.stakeholder.relation"]
    for source, target, strength, kind in TIES:
        ends = contact(source), contact(target)
        domain = [("kind", "=", kind)]
        if all(ends):
            domain += [("source_id", "=", ends[0].id), ("target_id", "=", ends[1].id)]
            if not relations.search_count(domain):
                relations.create(
                    {
                        "source_id": ends[0].id,
                        "target_id": ends[1].id,
                        "strength": str(strength),
                        "kind": kind,
                    }
                )


def _create_facts(contact_map, people, level):
    env = contact_map.env
    owner = people[min(1, len(people) - 1)]
    env["crm.deal.need"].create(
        {
            "map_id": contact_map.id,
            "name": "Seals fail in winter, the line stands still",
            "stakeholder_id": owner.id,
            "state": ("identified", "confirmed", "quantified")[min(level, 2)],
            "cost_per_year": level > 1 and 40000,
            "answer": "Two-component sealant, tested down to -30 degrees",
        }
    )
    if level < 2:
        return
    rival = env["crm.deal.competitor"].create(
        {
            "map_id": contact_map.id,
            "name": "Klebwerk",
            "status": "incumbent",
            "strengths": "Price, known for years",
            "weaknesses": "Delivers once a week",
            "supporter_ids": [Command.set([p.id for p in people[3:4]])],
        }
    )
    env["crm.deal.criterion"].create(
        [
            {
                "map_id": contact_map.id,
                "name": name,
                "stakeholder_id": owner.id,
                "importance": importance,
                "our_score": ours,
                "score_ids": [
                    Command.create({"competitor_id": rival.id, "score": theirs})
                ],
            }
            for name, importance, ours, theirs in CRITERIA
        ]
    )
    env["crm.deal.concern"].create(
        {
            "map_id": contact_map.id,
            "name": "Retraining the crew in the season",
            "stakeholder_id": owner.id,
            "severity": "4" if level == 3 else "2",
            "answer": "Training on two Saturdays, at our expense",
        }
    )
    action = env["crm.influence.action"].create(
        {
            "tactic_id": env.ref("crm_loyalty.tactic_ask_for_criteria_and_weights").id,
            "stakeholder_id": owner.id,
            "attitude_before": "0",
        }
    )
    action._close("Told us all four, and who scores")
    env["crm.deal.swot"].create(
        {
            "map_id": contact_map.id,
            "kind": "3_opportunity",
            "name": "The contract with the present supplier ends in spring",
            "said_by_id": people[0].contact_id.id,
        }
    )
