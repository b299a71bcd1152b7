"""Reports on deals, from the figures to the PDF: what a head waits for on Monday."""

from .rounds import Measure, transaction

DEALS, PEOPLE = 40, 8


def measures(ours):
    with transaction(ours) as env:
        options = {"companies": tuple(env.company.ids)}
    return [
        Measure("report_one", ours, print_reports, prepare_one, **options),
        Measure("report_forty", ours, print_reports, prepare, **options),
        Measure("portfolio", ours, print_portfolio, prepare, **options),
    ]


def prepare_one(env):
    return prepare(env, 1)


def prepare(env, count=DEALS):
    """Open deals of so many customers, with the people who decide on their maps."""
    customers = env["res.partner"].search(
        [("is_company", "=", True), ("customer_rank", ">", 0)], limit=count
    ) or env["res.partner"].search([("is_company", "=", True)], limit=count)
    quiet = env(context=dict(env.context, stakeholder_refreshing=True))
    leads = env["crm.lead"]
    for number in range(count):
        customer = customers[number % len(customers)]
        leads += leads.create(
            {
                "type": "opportunity",
                "name": f"Deal {number}",
                "partner_id": customer.id,
                "expected_revenue": 1000 * (number + 1),
                "company_id": env.company.id,
            }
        )
    maps = env["crm.stakeholder.map"]
    maps = maps.browse(maps.get_or_create(lead_id=lead.id) for lead in leads)
    for contact_map in maps:
        _create_people(quiet, contact_map)
    maps._refresh()
    return leads


def _create_people(env, contact_map):
    contacts = env["res.partner"].create(
        [
            {"name": f"Person {number}", "parent_id": contact_map.account_id.id}
            for number in range(PEOPLE)
        ]
    )
    env["crm.stakeholder"].create(
        [
            {
                "map_id": contact_map.id,
                "contact_id": contact.id,
                "influence": str(1 + number % 5),
                "attitude": str(number % 5 - 2),
                "focus_power": number == 4,
            }
            for number, contact in enumerate(contacts)
        ]
    )


def print_reports(env, leads):
    """Issue a status report of each deal, all of them in one file."""
    env["crm.deal.report"]._issue_for(leads)._get_pdf()


def print_portfolio(env, leads):
    env["ir.actions.report"]._render_qweb_pdf("crm_loyalty.report_portfolio", leads.ids)
