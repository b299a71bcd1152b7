# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Dossiers of the largest customers, candidates, and a handover to look at."""

from datetime import timedelta

from odoo.fields import Command

#: the best known account; the other dossiers are as empty as in life
KNOWN = {
    "owners": "Founding family 80 %, management 20 %",
    "goals": "A second plant by the end of next year",
    "pressures": "Builders press for lower prices",
    "points_note": "The stores manager listens, the head of production is"
    " dissatisfied, the managing director decides",
    "approval_limits": "Head of purchasing up to 20 000, above that the managing"
    " director",
    "budget_month": "10",
    "need": "Fewer sorts of sealant on stock, none of them out of stock",
    "need_owner": "Head of production",
    "need_cost": 18000,
    "delivery_rules": "Tuesdays and Thursdays before noon, one pallet per sort",
    "goal": "Sole supplier of sealants in both plants",
    "strategy": "<p>Win production first: consignment stock in the new plant, then a"
    " frame agreement for both.</p>",
    "rel_phase": "cooperative",
}
REVIEWED = ("profile", "people", "needs", "terms")
#: reference, fit, safety, share of wallet, relations
SCORES = ("79674", "58796", "36543", "85437")


def create_key_accounts(world):
    """Four dossiers of Northgate Europe; the rest are candidates."""
    env, company = world.env, world.companies["EU"]
    accounts = env["crm.key.account"].with_context(allowed_company_ids=company.ids)
    found = accounts._find(company).sorted("revenue", reverse=True)
    chosen = found[: len(SCORES)]
    managers = (world.users["boris"], world.users["maria"])
    for index, account in enumerate(chosen):
        names = ("reference", "fit", "risk", "share", "relations")
        scores = zip(names, SCORES[index], strict=True)
        account.write(
            {
                "manager_id": managers[index % 2].id,
                "deputy_id": account.partner_id.user_id.id,
                **{f"score_{name}": score for name, score in scores},
            }
        )
    chosen.action_activate()
    _fill(world, chosen[0])
    _create_handover(world, company)


def _fill(world, account):
    today = world.plan.today
    account.write(
        {
            **KNOWN,
            "sponsor_id": world.users["maria"].id,
            "team_ids": [
                Command.create(
                    {
                        "user_id": world.users["viktor"].id,
                        "role": "logistics",
                        "task": "Consignment stock, delivery days",
                    }
                )
            ],
            "competitor_ids": [
                Command.create(
                    {
                        "name": "Bondwell",
                        "share": 35,
                        "supporters": "Purchasing",
                        "weaknesses": "late deliveries",
                    }
                )
            ],
            "agreement_ids": [
                Command.create(
                    {
                        "name": "Supply agreement",
                        "date_from": today - timedelta(days=320),
                        "date_to": today + timedelta(days=45),
                    }
                )
            ],
            "date_ids": [
                Command.create(
                    {
                        "name": "Anniversary of the company",
                        "date": today - timedelta(days=365 * 20 - 50),
                    }
                )
            ],
        }
    )
    for section in REVIEWED:
        account._review(section, "confirmed", "Visit")
    account._plan_year(today.year, account._get_year_revenue(today.year - 1) * 1.1)


def _create_handover(world, company):
    """Viktor plans to be away; nothing has moved yet."""
    handover = (
        world.env["crm.handover"]
        .with_context(allowed_company_ids=company.ids)
        .create(
            {
                "company_id": company.id,
                "from_user_id": world.users["viktor"].id,
                "to_user_id": world.users["anna"].id,
                "reason": "Parental leave",
                "duration": "temporary",
                "date_return": world.plan.today + timedelta(days=90),
            }
        )
    )
    handover.action_preview()
