# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Demo data: two years of Northgate, a distributor of adhesives and sealants.

Northgate Europe (EUR) and Northgate UK (GBP) are companies of their own, so that the
demo records of other add-ons, which live in the main company, do not blur the story.
The staff - anna, viktor, boris and maria, each with the login as password - and the
administrator work for both and start in the first.

Everything is posted through the ORM, month by month and relative to today; over the
last twelve months the tiers are decided on every first of the month, as the scheduled
job would have done.
"""

import logging
import time

from odoo import fields
from odoo.fields import Command

from .deals import create_deals
from .documents import Play, months
from .key_accounts import create_key_accounts
from .maps import create_maps
from .masterdata import HOUSES, World
from .plan import Plan
from .reports import create_reports
from .service import create_service
from .strategies import apply_strategies

_logger = logging.getLogger(__name__)

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "no_reset_password": True,
    "skip_sms": True,
}


def install(env):
    """Tell the story once; a database that has it already is left alone."""
    names = [house["name"] for house in HOUSES.values()]
    if env["res.company"].search_count([("name", "in", names)]):
        return
    started = time.monotonic()
    env = env(context={**env.context, **QUIET})
    plan = Plan(fields.Date.today())
    world = World(env, plan)
    _create_group(world)
    play = Play(world)
    judged_from = fields.Date.subtract(plan.today, months=12)
    for first, last in months(plan):
        if first >= judged_from:
            _decide_tiers(world, first)
        play.month(first, last)
        if first.month % 4 == 0:
            # one long transaction: the planner would take all tables for empty
            env.cr.execute("ANALYZE")
    create_maps(world, create_deals(world, play))
    create_service(world)
    for policy in _run_tiers(world, plan.today):
        policy.last_run_id._tie_out()
    _propose_groups(world)
    apply_strategies(world)
    create_key_accounts(world)
    create_reports(world)
    _logger.info("Demo story told in %.0f s", time.monotonic() - started)


def _run_tiers(world, day):
    policies = [
        world.env["crm.loyalty.policy"]._get(company)
        for company in world.companies.values()
    ]
    for policy in policies:
        policy._run(as_of=day)
    return policies


def _decide_tiers(world, day):
    for policy in _run_tiers(world, day):
        policy._apply_tiers(as_of=day)


def _create_group(world):
    """The first chain has been judged as one customer for half a year."""
    head = next(c for c in world.plan.customers if c.behaviour == "head")
    chain = [head, *(c for c in world.plan.customers if c.parent == head)]
    since = fields.Date.subtract(world.plan.today.replace(day=1), months=6)
    partners = [world.partners[customer] for customer in chain]
    world.env["crm.customer.group"].create(
        {
            "name": head.name,
            "partner_id": partners[0].id,
            "state": "confirmed",
            "origin": "Joint purchasing",
            "member_ids": [
                Command.create({"partner_id": partner.id, "date_from": since})
                for partner in partners
            ],
        }
    )


def _propose_groups(world):
    """Two more wait for a decision; what else was found buys independently."""
    company = world.companies["EU"]
    groups = world.env["crm.customer.group"]
    found = groups.with_context(allowed_company_ids=company.ids)._find()
    found[2:].action_refuse()
