# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Two status reports of the largest lively deal, and what happened between them."""

from datetime import timedelta

#: days between the two
DAYS = 14


def create_reports(world):
    """A report, two decisions of Maria's, a visit, and the next report."""
    env, today = world.env, world.plan.today
    lead = env["crm.lead"].search(
        [
            ("stage_id", "=", env.ref("crm.stage_lead3").id),
            ("company_id", "=", world.companies["EU"].id),
            ("stakeholder_map_ids", "!=", False),
        ],
        order="expected_revenue desc, id",
        limit=1,
    )
    # what they have bought on trial belongs to the deal
    env["sale.order"].search(
        [("partner_id", "=", lead.partner_id.id), ("state", "=", "sale")],
        order="date_order desc, id desc",
        limit=2,
    ).opportunity_id = lead
    contact_map = lead.stakeholder_map_ids
    power = contact_map.stakeholder_ids.filtered("focus_power")[:1]
    if not power:
        return
    plans = env["crm.entry.plan"]._propose(power)
    plans[:1].action_accept()
    first = _issue(
        world,
        lead,
        "Lend the dispenser for two weeks free of charge.\n"
        "Maria to join the meeting with the managing director.",
    )
    _decide(world, first)
    _make_older(first, today - timedelta(days=DAYS))
    _work_on(world, lead, power)
    _issue(world, lead, "Approve 3 % on consumables for the first year.")


def _issue(world, lead, note):
    # paper needs a running server; it is drawn when somebody asks for it
    reports = (
        world.env["crm.deal.report"]
        .with_user(lead.user_id)
        .with_context(
            allowed_company_ids=lead.company_id.ids, deal_report_no_paper=True
        )
    )
    reports.create({"lead_id": lead.id, "note": note})
    return reports._issue_for(lead.with_env(reports.env))


def _decide(world, report):
    today, maria = world.plan.today, world.users["maria"]
    decisions = (
        world.env["crm.deal.report.decision"]
        .with_user(maria)
        .create(
            [
                {
                    "report_id": report.id,
                    "name": name,
                    "user_id": user.id,
                    "date_due": today + timedelta(days=days),
                }
                for name, user, days in (
                    ("Dispenser lent, two weeks at most", report.author_id, -4),
                    ("Maria joins the meeting", maria, 6),
                )
            ]
        )
    )
    activity = decisions[0].sudo().activity_id
    activity.action_feedback(feedback="It stands in the workshop")
    activity.date_done = today - timedelta(days=5)


def _make_older(report, day):
    """As if it had been issued on that day."""
    payload = {**report.payload, "as_of": day.isoformat()}
    report.sudo().write({"date": day, "payload": payload})


def _work_on(world, lead, power):
    """The managing director has seen a test, likes it, and wants more time."""
    env, today = world.env, world.plan.today
    visit = lead.activity_schedule(
        "mail.mail_activity_data_meeting",
        summary="Test of the dispenser in the workshop",
        user_id=lead.user_id.id,
    )
    visit.action_feedback(feedback="Half the waste of last year")
    visit.date_done = today - timedelta(days=3)
    lead.activity_schedule(
        "mail.mail_activity_data_meeting",
        summary="Present the offer for the first year",
        date_deadline=today + timedelta(days=6),
        user_id=lead.user_id.id,
    )
    power.with_context(stakeholder_refreshing=False).write(
        {
            "attitude": "1",
            "access": "2",
            "decision_stage_id": env["crm.decision.stage"]._get_by_idx(2).id,
        }
    )
    lead.date_deadline = lead.date_deadline + timedelta(days=DAYS)
