# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""The plot of the demo story, drawn with a fixed seed and without the ORM.

Every customer has a behaviour, a size and a usual basket; its orders follow from its
own rhythm, the season and chance. How revenue spreads over customers is a result, not
an input.
"""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from .names import CHAINS, COUNTRIES, HOMES, PRODUCTS, TRADES

MONTHS = 24  # complete calendar months before the current one
PRICES = {row[0]: (float(row[2]), int(row[4])) for row in PRODUCTS}  # price, pack
# Sales of building materials over the year, January to December.
SEASON = (0.7, 0.8, 1.0, 1.1, 1.15, 1.15, 0.95, 0.8, 1.2, 1.2, 1.1, 0.75)
SUMMER = (0.05, 0.1, 0.6, 1.4, 2.0, 2.2, 2.0, 1.4, 1.0, 0.4, 0.1, 0.05)
# Behaviour of single customers: how many, orders in two years, size of an order.
BEHAVIOURS = {
    "large": (17, (12, 20), (1900, 7500)),
    "regular": (36, (5, 8), (500, 2600)),
    "seasonal": (18, (4, 6), (400, 2400)),
    "growing": (13, (5, 8), (600, 2600)),
    "declining": (16, (6, 10), (700, 3800)),
    "small": (64, (1, 3), (90, 750)),
    "once": (20, (1, 1), (80, 1600)),
    "new": (12, (1, 2), (200, 1800)),
    "lost": (15, (3, 5), (400, 2600)),
    "credited": (2, (1, 1), (900, 1900)),
    "prospect": (11, (0, 0), (0, 0)),
}
DISCOUNTS = {"large": (5, 8, 10, 12), "chain": (8, 10, 12, 15), "regular": (0, 0, 3, 5)}
# Days of payment after the due date: usual delay and spread, share never paid.
# Steady customers that stop: days since their last order.
FALLEN_SILENT = {
    "Sols Chevalier SARL": 95,
    "Fenster Hofer GmbH": 132,
    "Lauridsen Vinduer A/S": 118,
    "Carrosserie Lille SAS": 236,
    "Mertens Bouwcenter NV": 221,
    "Fenêtres Moreau SAS": 270,
}
# Steady customers that buy a product family elsewhere since so many days.
DROPPED_FAMILIES = {
    "Strojírny Dvořák s.r.o.": ("CN", 255),
    "Thiele Baustoffe KG": ("SL", 260),
}
PAYERS = {
    "prompt": (-4, 4, 0.0), "usual": (2, 5, 0.005), "late": (16, 12, 0.03),
    "slow": (38, 18, 0.12),
}  # fmt: skip


@dataclass(eq=False)
class Customer:
    """A legal entity that buys, or its head office."""

    name: str
    country: str
    trade: str
    behaviour: str
    house: str  # selling company: EU or UK
    parent: "Customer | None" = None
    shops: int = 0
    orders: float = 0
    size: float = 0
    discount: int = 0
    payer: str = "usual"
    monthly_invoice: bool = False
    late_share: float = 0.1
    basket: list = field(default_factory=list)

    @property
    def important(self):
        return self.behaviour in ("large", "chain", "head")


@dataclass(eq=False)
class Order:
    """One order with all that will happen to it; dates may lie in the future."""

    customer: Customer
    house: str
    date: date
    lines: list  # of (product code, quantity, discount)
    promise: date = None
    shop: int = -1
    short: dict = field(default_factory=dict)  # line -> quantity of first delivery
    delivered: date = None
    invoiced: date = None
    delivered_rest: date = None
    invoiced_rest: date = None
    returned: date = None
    complaint: str = ""  # partial, full or correct
    credited: date = None
    down_payment: date = None

    def leave_out(self, family):
        """Take the lines of a product family out of the order."""
        kept = [n for n, line in enumerate(self.lines) if line[0][:2] != family]
        self.lines = [self.lines[number] for number in kept]
        self.short = {
            kept.index(number): quantity
            for number, quantity in self.short.items()
            if number in kept
        }
        if not self.short:
            self.delivered_rest = self.invoiced_rest = None


class Plan:
    """Customers, orders and the words to describe them, from today backwards."""

    def __init__(self, today, seed=20):
        self.rng = Random(seed)
        self.today = today
        first = today.replace(day=1)
        self.start = date(first.year - MONTHS // 12, first.month, 1)
        self.days = (today - self.start).days
        self.customers = self._draw_chains() + self._draw_singles()
        self.orders = sorted(
            (order for customer in self.customers for order in self._buy(customer)),
            key=lambda order: order.date,
        )
        self._lose_habits()
        self._ask_down_payments()

    # Customers

    def _draw_chains(self):
        customers = []
        for house, head, trade, entities in CHAINS:
            country, name = head.split(":")
            parent = Customer(name, country, trade, "head", house)
            customers.append(parent)
            for entity, shops in entities.items():
                country, name = entity.split(":")
                child = Customer(name, country, trade, "chain", house, parent, shops)
                child.monthly_invoice = shops > 2
                self._characterise(child, (6, 12), (900, 4200))
                customers.append(child)
        return customers

    def _draw_singles(self):
        homes = [
            (house, country)
            for house, countries in HOMES.items()
            for country, count in countries.items()
            for _number in range(count)
        ]
        self.rng.shuffle(homes)
        behaviours = [
            (name, orders, size)
            for name, (count, orders, size) in BEHAVIOURS.items()
            for _number in range(count)
        ]
        firms = {country: self._draw_firms(country) for country in COUNTRIES}
        customers = []
        for (house, country), (behaviour, orders, size) in zip(
            homes, behaviours, strict=True
        ):
            trade, name = firms[country].pop()
            customer = Customer(name, country, trade, behaviour, house)
            self._characterise(customer, orders, size)
            customers.append(customer)
        return customers

    def _draw_firms(self, country):
        table = COUNTRIES[country]
        towns = [town.split("=")[1] for town in table["towns"].split(",")]
        firms = [
            (firm.split(":")[0], firm.split(":")[1].format(name))
            for name in table["families"].split(",") + towns[:2]
            for firm in table["firms"].split(";")
        ]
        self.rng.shuffle(firms)
        return firms

    def _characterise(self, customer, orders, size):
        rng = self.rng
        customer.orders = rng.uniform(*orders)
        low, high = size
        customer.size = low * (high / low) ** rng.random() if low else 0
        customer.discount = rng.choice(DISCOUNTS.get(customer.behaviour, (0, 0, 0, 5)))
        customer.payer = rng.choices(list(PAYERS), (30, 45, 18, 7))[0]
        customer.late_share = rng.choices((0.06, 0.15, 0.35), (6, 3, 1))[0]
        families, _industry = TRADES[customer.trade]
        families = families.split()[: rng.randint(2, 5) if size[1] > 1000 else 2]
        for family in families:
            codes = [code for code in PRICES if code.startswith(family)]
            customer.basket += rng.sample(codes, min(len(codes), rng.randint(2, 4)))

    # Orders of one customer

    def _buy(self, customer):
        if customer.behaviour == "credited":
            day = self._workday(self.days - self.rng.randint(400, 440))
            return [self._order(customer, day)]
        if customer.orders < 1:
            return []
        dates = self._purchase_days(customer)
        return [self._order(customer, day) for day in dates]

    def _purchase_days(self, customer):
        """The customer's own rhythm, faster in season and while it grows."""
        rng, behaviour = self.rng, customer.behaviour
        if behaviour == "once":
            return [self._workday(rng.randint(0, self.days))]
        begin, end = 0, self.days
        if behaviour == "new":
            begin = self.days - rng.randint(10, 58)
        elif behaviour == "lost":
            end = rng.randint(210, 480)
        gap = (end - begin) / customer.orders
        spread = 0.2 if behaviour in ("large", "regular", "chain") else 0.5
        wait = 0 if behaviour == "new" else gap * rng.random()
        days = []
        for offset in range(begin, end + 1):
            wait -= self._pace(customer, self.start + timedelta(days=offset))
            if wait <= 0:
                days.append(self._workday(offset))
                wait = gap * math.exp(rng.gauss(0, spread))
        return days

    def _pace(self, customer, day):
        """How much faster than on average the customer buys on this day."""
        part = (day - self.start).days / self.days
        if customer.behaviour == "seasonal":
            return SUMMER[day.month - 1]
        pace = SEASON[day.month - 1]
        if customer.behaviour == "growing":
            pace *= 0.45 + 1.1 * part
        elif customer.behaviour == "declining":
            pace *= 1.3 if part < 0.55 else 0.5
        return pace

    def _workday(self, offset):
        day = self.start + timedelta(days=min(max(offset, 0), self.days))
        while day.weekday() > 4 or (day.month, day.day) in ((12, 25), (12, 26), (1, 1)):
            day -= timedelta(days=1)
        return max(day, self.start)

    def _order(self, customer, day):
        rng = self.rng
        order = Order(customer, customer.house, day, self.draw_lines(customer, day))
        if customer.behaviour == "large" and customer.country in ("BE", "IE"):
            order.house = rng.choice(("EU", "UK"))
        if customer.shops:
            order.shop = rng.randrange(customer.shops)
        self._deliver(order)
        self._complain(order)
        return order

    def draw_lines(self, customer, day):
        """One purchase from the usual basket, as (product code, quantity, discount)."""
        rng = self.rng
        part = (day - self.start).days / self.days
        basket, trend, creep = customer.basket, 1.0, 0
        if customer.behaviour == "growing":
            trend = 0.6 + 0.9 * part
        elif customer.behaviour == "declining" and part > 0.55:
            # the first family goes to a competitor, the rest is held by discounts
            basket = [code for code in basket if code[:2] != basket[0][:2]] or basket
            trend, creep = 0.6, rng.choice((0, 5))
        value = customer.size * trend * math.exp(rng.gauss(0, 0.35))
        codes = rng.sample(basket, min(len(basket), rng.randint(1, 5)))
        weights = [rng.uniform(0.4, 1.6) for _code in codes]
        lines = []
        for code, weight in zip(codes, weights, strict=True):
            price, pack = PRICES[code]
            packs = round(value * weight / sum(weights) / (price * pack))
            extra = rng.choice((0, 0, 0, 5)) if packs > 8 else 0
            discount = customer.discount + creep + extra
            lines.append((code, pack * max(packs, 1), discount))
        if rng.random() < 0.35 and sum(PRICES[c][0] * q for c, q, _d in lines) < 800:
            lines.append((rng.choice(("SV-001", "SV-001", "SV-002")), 1, 0))
        elif customer.size > 1500 and rng.random() < 0.05:
            lines.append((rng.choice(("SV-010", "SV-020")), 1, 0))
        return lines

    def _lose_habits(self):
        """Some steady customers have fallen silent, others buy one family elsewhere."""
        for name, days in FALLEN_SILENT.items():
            last = self.today - timedelta(days=days)
            self.orders = [
                order
                for order in self.orders
                if order.customer.name != name or order.date <= last
            ]
        for order in self.orders:
            family, days = DROPPED_FAMILIES.get(order.customer.name, ("", 0))
            if family and order.date > self.today - timedelta(days=days):
                order.leave_out(family)
        self.orders = [order for order in self.orders if order.lines]

    # What happens to an order

    def _after(self, day, days):
        """A working day so many days later."""
        day += timedelta(days=days)
        return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))

    def _deliver(self, order):
        rng, customer = self.rng, order.customer
        order.promise = self._after(order.date, rng.randint(3, 8))
        delay = rng.choice((-1, 0, 0, 0))
        if rng.random() < customer.late_share:
            delay = rng.choice((1, 2, 3, 5, 8, 14))
        order.delivered = self._after(max(order.promise, order.date), max(delay, 0))
        if delay < 0:
            order.delivered = max(order.date, order.promise - timedelta(days=1))
        order.invoiced = self._invoice_day(order, order.delivered)
        if rng.random() < 0.5 * customer.late_share + 0.02:
            self._split(order)

    def _split(self, order):
        """Part of the goods is missing and follows later."""
        goods = [
            number
            for number, (code, quantity, _discount) in enumerate(order.lines)
            if quantity > 1 and not code.startswith("SV")
        ]
        for number in goods[:2]:
            quantity = order.lines[number][1]
            order.short[number] = max(
                int(quantity * self.rng.choice((0.4, 0.5, 0.75))), 1
            )
        if order.short:
            after = max(order.delivered, order.invoiced)
            order.delivered_rest = self._after(after, self.rng.randint(4, 20))
            order.invoiced_rest = self._invoice_day(order, order.delivered_rest)

    def _invoice_day(self, order, delivered):
        if order.customer.monthly_invoice:
            return (delivered.replace(day=28) + timedelta(days=4)).replace(
                day=1
            ) - timedelta(days=1)
        return delivered + timedelta(days=self.rng.choice((0, 0, 1, 2)))

    def _complain(self, order):
        rng = self.rng
        end = order.invoiced_rest or order.invoiced
        chance = rng.random()
        if order.customer.behaviour == "credited":
            order.complaint = "full"
            order.credited = end + timedelta(days=rng.randint(75, 120))
        elif order.customer.monthly_invoice:
            return
        elif chance < 0.03:
            order.returned = self._after(end, rng.randint(6, 25))
            order.credited = order.returned + timedelta(days=rng.randint(1, 5))
        elif chance < 0.06:
            order.complaint = "partial"
        elif chance < 0.07:
            order.complaint = "full"
        elif chance < 0.08:
            order.complaint = "correct"
        if order.complaint and not order.credited:
            order.credited = self._after(end, rng.randint(4, 30))

    def _ask_down_payments(self):
        """Two projects are paid in part before anything is delivered."""
        projects = [
            order
            for order in self.orders
            if order.customer.behaviour == "large"
            and len(order.lines) < 5
            and not (order.short or order.returned or order.complaint)
            and 40 < (self.today - order.date).days < 200
            and (order.invoiced - order.date).days > 4
        ]
        for order in self.rng.sample(projects, min(2, len(projects))):
            order.down_payment = order.date + timedelta(days=1)

    # Afterwards

    def payment_day(self, customer, due):
        """When an invoice is paid, or None for never."""
        usual, spread, never = PAYERS[customer.payer]
        if self.rng.random() < never:
            return None
        return self._after(due, round(self.rng.gauss(usual, spread)))
