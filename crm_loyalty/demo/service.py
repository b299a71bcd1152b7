# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What serving the customers of the story cost: visits, calls, bonuses, rates.

Salespeople call on small and declining customers more often than these can pay for, so
that the whale curve has a tail.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .masterdata import at

#: rates of a company, in its currency; interest in % per year
RATES = {
    "EU": (65.0, 5.0, 95.0, 120.0, 220.0, 18.0, 12.0),
    "UK": (55.0, 4.5, 85.0, 105.0, 190.0, 16.0, 12.0),
}
DRIVERS = ("order", "order_line", "delivery", "return", "visit", "call", "overdue")
#: by behaviour: visits and calls in twelve months, at most
ATTENTION = {
    "large": (3, 6),
    "regular": (1, 3),
    "growing": (2, 4),
    "declining": (4, 6),
    "small": (3, 2),
    "lost": (2, 3),
    "prospect": (2, 2),
}
#: monthly salaries of sales and logistics, and freight
PAYROLL = {"EU": (9200.0, 3100.0), "UK": (3400.0, 900.0)}
BONUS_CUSTOMERS = 4
BONUS = {"EU": 420.0, "UK": 260.0}


def create_service(world):
    """Twelve months of attention, bonuses and payroll, and the rates of today."""
    attention = _Attention(world)
    for customer, partner in world.partners.items():
        if customer.house == "EU":  # where the salespeople belong
            attention.pay(customer, partner)
    attention.record()
    for house in world.companies:
        env = _get_env(world, house)
        _create_payroll(world, house, env)
        _create_bonuses(world, house, env)
        _create_rates(world, house, env)


def _get_env(world, house):
    company = world.companies[house]
    return world.env(context={**world.env.context, "allowed_company_ids": company.ids})


class _Attention:
    """Visits and calls, drawn first and created in two statements."""

    def __init__(self, world):
        self.world = world
        self.rng = world.plan.rng
        self.call = world.env.ref("mail.mail_activity_data_call")
        self.meetings, self.messages = [], []

    def pay(self, customer, partner):
        visits, calls = ATTENTION.get(customer.behaviour, (0, 0))
        seller = partner.user_id or self.world.users["anna"]
        for _visit in range(self.rng.randint(0, visits)):
            start = at(self._day(), 9 + self.rng.randint(0, 6))
            self.meetings.append(
                {
                    "name": f"Visit: {partner.name}",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "user_id": seller.id,
                    "partner_ids": [
                        Command.set([seller.partner_id.id, partner.id]),
                    ],
                }
            )
        for _call in range(self.rng.randint(0, calls)):
            self.messages.append(
                {
                    "model": "res.partner",
                    "res_id": partner.id,
                    "subject": "Call",
                    "body": "Called about the next order.",
                    "author_id": seller.partner_id.id,
                    "mail_activity_type_id": self.call.id,
                    "message_type": "notification",
                    "subtype_id": self.world.env.ref("mail.mt_activities").id,
                    "date": at(self._day(), 9 + self.rng.randint(0, 7)),
                }
            )

    def _day(self):
        return self.world.plan.today - timedelta(days=self.rng.randint(1, 350))

    def record(self):
        meetings = self.world.env["calendar.event"].with_context(
            no_mail_to_attendees=True, dont_notify=True
        )
        meetings.create(self.meetings)
        self.world.env["mail.message"].create(self.messages)


def _create_payroll(world, house, env):
    """Salaries and freight of twelve months, for who wants rates proposed."""
    salaries, freight = _get_accounts(world, house, env)
    domain = [("company_id", "=", world.companies[house].id)]
    journals = env["account.journal"]
    bank = journals.search([*domain, ("type", "=", "bank")], limit=1)
    journal = journals.search([*domain, ("type", "=", "general")], limit=1)
    entries = []
    for back in range(12, 0, -1):
        day = fields.Date.subtract(world.plan.today.replace(day=1), months=back - 1)
        amounts = zip((salaries, freight), PAYROLL[house], strict=True)
        lines = [
            {"account_id": account.id, "name": account.name, "debit": amount}
            for account, amount in amounts
        ]
        lines.append(
            {
                "account_id": bank.default_account_id.id,
                "name": "Paid",
                "credit": sum(PAYROLL[house]),
            }
        )
        entries.append(
            {
                "journal_id": journal.id,
                "date": day - timedelta(days=1),
                "ref": "Salaries and freight",
                "line_ids": [Command.create(line) for line in lines],
            }
        )
    env["account.move"].create(entries).action_post()


def _get_accounts(world, house, env):
    company = world.companies[house].with_env(env)
    accounts = env["account.account"]
    domain = accounts._check_company_domain(company)
    salaries = accounts.search(
        [*domain, ("name", "ilike", "salar"), ("account_type", "=", "expense")],
        limit=1,
    )
    missing = [("Salaries", "639000")] if not salaries else []
    created = accounts.create(
        [
            {
                "name": name,
                "code": code,
                "account_type": "expense",
                "company_ids": [Command.set(company.ids)],
            }
            for name, code in [*missing, ("Freight Out", "639100")]
        ]
    )
    return (salaries or created[0]), created[-1]


def _create_bonuses(world, house, env):
    """Some large customers send a bill for their bonus every quarter."""
    large = [
        partner.with_env(env)
        for customer, partner in world.partners.items()
        if customer.behaviour == "large" and customer.house == house
    ][:BONUS_CUSTOMERS]
    bills = env["account.move"].create(
        [
            {
                "move_type": "in_invoice",
                "partner_id": partner.id,
                "ref": f"Bonus {number}-{quarter}",
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Retro-bonus of the quarter",
                            "quantity": 1,
                            "price_unit": BONUS[house] * (1 + number / 2),
                            "tax_ids": False,
                        }
                    )
                ],
            }
            for number, partner in enumerate(large)
            for quarter in range(4)
            for day in [fields.Date.subtract(world.plan.today, days=20 + 90 * quarter)]
        ]
    )
    bills.action_post()


def _create_rates(world, house, env):
    """Typed and confirmed by the head of sales."""
    maria = world.users["maria"]
    cards = (
        env["crm.loyalty.rate.card"]
        .with_user(maria)
        .with_context(allowed_company_ids=world.companies[house].ids)
    )
    rates = dict(zip(DRIVERS, RATES[house], strict=True))
    card = cards.create(
        {
            "date_from": fields.Date.subtract(world.plan.today, months=12),
            "company_id": world.companies[house].id,
        }
    )
    for line in card.rate_ids:
        line.rate = rates.get(line.driver, False)
    card.write(
        {
            "confirmed_by_id": maria.id,
            "confirmed_on": fields.Date.subtract(world.plan.today, days=5),
        }
    )
