# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What the head decided this morning: strategies, and what they put into agendas."""

from odoo.fields import Command

TEXTS = {
    0: "Promise delivery tomorrow. Ask for the plans of the next quarter.",
    1: "Offer what others of the trade buy, too.",
}


def apply_strategies(world):
    """The first tier is served as recommended; the third waits for approval.

    The last one has its smallest order; of the second nothing is decided yet.
    """
    maria = world.users["maria"]
    for company in world.companies.values():
        env = world.env(user=maria.id, su=False)
        env = env(context=dict(env.context, allowed_company_ids=company.ids))
        policy = env["crm.loyalty.policy"]._get(company)
        strategies = env["crm.loyalty.strategy"].search(
            [("company_id", "=", company.id), ("tier_active", "=", True)]
        )
        strategies.action_recommend()
        for place, text in TEXTS.items():
            strategies[place].order_text = text
        best, _second, third, last = strategies
        best.plan_enter_id = _create_plan(world, company)
        for strategy in (best, third, last):
            strategy._switch_on()
        (best + last).action_approve()
        policy._start_plans()
        policy._propose_contacts()


def _create_plan(world, company):
    plan = world.env["mail.activity.plan"].create(
        {
            "name": "New in the first tier",
            "res_model": "res.partner",
            "company_id": company.id,
            "template_ids": [
                Command.create(
                    {
                        "activity_type_id": world.env.ref(xmlid).id,
                        "summary": summary,
                        "responsible_type": "loyalty_owner",
                        "delay_from": "after_plan_date",
                        "delay_count": days,
                    }
                )
                for xmlid, summary, days in (
                    ("mail.mail_activity_data_call", "Thank them, name the terms", 2),
                    ("mail.mail_activity_data_meeting", "Visit with the head", 14),
                )
            ],
        }
    )
    return plan.id
