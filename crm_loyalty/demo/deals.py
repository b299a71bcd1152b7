# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Where the story stands today: opportunities, quotations and next activities."""

from datetime import timedelta

from odoo.fields import Command

from .masterdata import at
from .names import DEALS, LOST_REASONS

# Stage -> how many opportunities.
PIPELINE = {
    "crm.stage_lead1": 15,
    "crm.stage_lead2": 17,
    "crm.stage_lead3": 14,
    "won": 14,
    "lost": 12,
}
# Where the lost ones ended. Had all of them ended as new, core's lead scoring would
# promise 98 % to whatever has gone one stage further.
LOST_IN = ("crm.stage_lead1", "crm.stage_lead2", "crm.stage_lead3", "crm.stage_lead3")
QUOTATIONS = {"draft": 9, "sent": 14, "expired": 5, "cancel": 3}
ACTIVITIES = (
    ("mail.mail_activity_data_call", "Ask about the delivery"),
    ("mail.mail_activity_data_call", "Follow up on the quotation"),
    ("mail.mail_activity_data_meeting", "Visit with samples"),
    ("mail.mail_activity_data_todo", "Send the technical data sheets"),
    ("mail.mail_activity_data_todo", "Prepare the annual review"),
)


def create_deals(world, play):
    """Fill the pipeline, and give people something to do next.

    :return: the deals, open and won
    """
    leads = _create_leads(world)
    won = _create_won(world, play)
    _score(world, leads)
    quotations = _create_quotations(world)
    _create_activities(world, leads, quotations)
    return leads + won


def _pick_customers(world, count):
    """Customers that a salesperson would court: prospects first, then the larger."""
    rng = world.plan.rng
    prospects = [c for c in world.plan.customers if c.behaviour == "prospect"]
    others = sorted(
        (c for c in world.plan.customers if c.size > 300 and c.behaviour != "lost"),
        key=lambda customer: customer.size * rng.random(),
        reverse=True,
    )
    return (prospects + others)[:count]


def _create_leads(world):
    open_count = sum(list(PIPELINE.values())[:3])
    customers = _pick_customers(world, open_count + PIPELINE["lost"])
    world.plan.rng.shuffle(customers)
    leads = world.env["crm.lead"]
    for stage, count in list(PIPELINE.items())[:3]:
        stage = world.env.ref(stage)
        for customer in [customers.pop() for _number in range(count)]:
            vals = _prepare_lead_vals(world, customer)
            leads += leads.create({**vals, "stage_id": stage.id})
    for number, customer in enumerate(customers):
        _create_lost(world, customer, world.env.ref(LOST_IN[number % len(LOST_IN)]))
    return leads


def _prepare_lead_vals(world, customer, age=None):
    rng, today = world.plan.rng, world.plan.today
    partner = world.partners[customer]
    age = age or rng.randint(3, 120)
    return {
        "type": "opportunity",
        "name": f"{partner.name}: {rng.choice(DEALS)}",
        "partner_id": partner.id,
        "company_id": world.companies[customer.house].id,
        "user_id": partner.user_id.id,
        "expected_revenue": round(max(customer.size, 800) * rng.uniform(1.5, 10), -2),
        "date_deadline": today + timedelta(days=rng.randint(-8, 90)),
        "create_date": at(today - timedelta(days=age)),
        "date_open": at(today - timedelta(days=age - 1)),
        "priority": rng.choice(("0", "1", "1", "2")),
    }


def _create_lost(world, customer, stage):
    rng, env = world.plan.rng, world.env
    reason = rng.choice(LOST_REASONS)
    reasons = env["crm.lost.reason"]
    known = reasons.search([("name", "=", reason)], limit=1)
    vals = _prepare_lead_vals(world, customer, age=200)
    lead = env["crm.lead"].create({**vals, "stage_id": stage.id})
    lead.action_set_lost(lost_reason_id=(known or reasons.create({"name": reason})).id)
    lead.date_closed = at(world.plan.today - timedelta(days=rng.randint(10, 150)))


def _create_won(world, play):
    """Some orders of the last year began as an opportunity."""
    rng, today = world.plan.rng, world.plan.today
    recent = [
        order
        for order in play.sales
        if 20 < (today - order.date).days < 330 and order.customer.size > 800
    ]
    leads = world.env["crm.lead"]
    for order in rng.sample(recent, PIPELINE["won"]):
        sale = play.sales[order]
        age = (today - order.date).days + rng.randint(20, 90)
        vals = _prepare_lead_vals(world, order.customer, age)
        vals["company_id"] = sale.company_id.id
        lead = leads.create(
            {**vals, "expected_revenue": round(sale.amount_untaxed, -2)}
        )
        lead.action_set_won()
        lead.write({"date_closed": at(order.date), "date_deadline": order.date})
        sale.opportunity_id = lead
        leads += lead
    return leads


def _score(world, leads):
    """Core's lead scoring learns from all deals of the story, not of last week only.

    Without the countries: three deals of one say nothing about it.
    """
    parameters = world.env["ir.config_parameter"].sudo()
    start = world.plan.today - timedelta(days=730)
    parameters.set_param("crm.pls_start_date", start)
    names = (parameters.get_param("crm.pls_fields") or "").split(",")
    kept = [name for name in names if name not in ("country_id", "state_id")]
    parameters.set_param("crm.pls_fields", ",".join(kept))
    leads.sudo()._rebuild_pls_frequency_table()
    leads._compute_probabilities()


def _create_quotations(world):
    """Open, expired and cancelled offers of the last weeks."""
    rng, plan = world.plan.rng, world.plan
    quotations = world.env["sale.order"]
    buyers = [c for c in plan.customers if c.basket and c.size > 200]
    for state, count in QUOTATIONS.items():
        for customer in rng.sample(buyers, count):
            day = plan.today - timedelta(days=rng.randint(1, 20))
            if state == "expired":
                day -= timedelta(days=50)
            quotation = _create_quotation(world, customer, day)
            if state in ("sent", "expired"):
                quotation.action_quotation_sent()
            elif state == "cancel":
                quotation._action_cancel()
            quotations += quotation
    return quotations


def _create_quotation(world, customer, day):
    partner = world.partners[customer]
    company = world.companies[customer.house]
    orders = world.env["sale.order"].with_company(company)
    return orders.create(
        {
            "partner_id": partner.id,
            "user_id": partner.user_id.id,
            "date_order": at(day),
            "create_date": at(day, 8),
            "validity_date": day + timedelta(days=30),
            "order_line": [
                Command.create(
                    {
                        "product_id": world.products[code].id,
                        "product_uom_qty": quantity,
                        "discount": discount,
                    }
                )
                for code, quantity, discount in world.plan.draw_lines(customer, day)
            ],
        }
    )


def _create_activities(world, leads, quotations):
    rng, today = world.plan.rng, world.plan.today
    partners = [world.partners[c] for c in _pick_customers(world, 30)]
    targets = rng.sample(list(leads), 22) + rng.sample(list(quotations), 8)
    for record in targets + rng.sample(partners, 10):
        xmlid, summary = rng.choice(ACTIVITIES)
        record.activity_schedule(
            xmlid,
            date_deadline=today + timedelta(days=rng.randint(-6, 14)),
            summary=summary,
            user_id=record.user_id.id,
        )
