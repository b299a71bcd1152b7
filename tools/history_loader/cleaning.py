# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Decide about every line of the file, then gather the accepted ones into documents.

Amounts are Decimals, and always from the seller's view: a sale is positive, what is
credited is negative, whatever the sign of the quantity in the file.
"""

import collections
import dataclasses
import fnmatch
import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .values import code, text

UNKNOWN = "UNKNOWN"
SERVICES = (
    "POST,POSTAGE,DOT,C2,M,MANUAL,D,DISCOUNT,S,SAMPLES,B,BANK CHARGES,AMAZONFEE,CRUK,"
    "GIFT_*,DELIVERY,SHIPPING,FREIGHT,CARRIAGE,INSURANCE,ДОСТАВКА*,СКИДКА*,УСЛУГ*"
)
CREDIT_TYPES = re.compile(r"credit|refund|return|возврат|кредит|корректир", re.I)

# What can be wrong with a line, in the order in which the first one rejects it.
KINDS = {
    "no document": "no document number",
    "bad date": "no date, or one that cannot be read",
    "bad number": "quantity or price is missing or cannot be read",
    "no product": "neither product code nor description",
    "no customer": "no customer",
    "zero quantity": "quantity is zero",
    "write-off": "negative quantity at a zero price on an invoice: stock, not a sale",
    "excluded code": "product code excluded by --reject-codes",
    "duplicate": "the same line again in the same document",
    "zero price": "price is zero",
    "negative price": "price is negative",
    "negative on invoice": "negative quantity on an invoice",
    "positive on credit note": "positive quantity on a credit note",
    "service": "code of a service, not of a product",
    "no description": "no description",
}
ALWAYS_REJECTED = ("no document", "bad date", "bad number", "no product")
ALWAYS_REJECTED += ("zero quantity", "write-off", "excluded code")


@dataclass
class Rules:
    """What to do with each kind of dirt that has a choice."""

    unknown_customer: str = "reject"
    zero_price: str = "keep"
    negative_price: str = "keep"
    duplicates: str = "keep"
    service_codes: str = SERVICES
    reject_codes: str = ""
    credit_prefix: str = "C"
    credit_sign: str = "auto"
    cents: Decimal = Decimal("0.01")

    def rejected(self):
        """The kinds that lead to rejection."""
        choices = {
            "no customer": self.unknown_customer,
            "zero price": self.zero_price,
            "negative price": self.negative_price,
            "duplicate": self.duplicates,
        }
        kinds = {kind for kind, choice in choices.items() if choice in REFUSALS}
        return kinds.union(ALWAYS_REJECTED)


REFUSALS = ("reject", "drop")


@dataclass(slots=True)
class Line:
    """One accepted or still undecided line; `quantity` is positive for a sale."""

    number: int
    document: str
    credit: bool
    customer: str
    customer_name: str
    country: str
    moment: object
    product: str
    description: str
    quantity: Decimal
    price: Decimal
    exact: Decimal
    amount: Decimal


@dataclass
class Document:
    """One invoice or credit note to be."""

    number: str
    name: str
    customer: str
    credit: bool
    day: object
    lines: list

    @property
    def amount(self):
        return sum((line.amount for line in self.lines), Decimal())


@dataclass
class Rejected:
    """A line that is not loaded, why, and what stands in it."""

    number: int
    reason: str
    amount: Decimal
    content: dict


@dataclass
class Result:
    """Everything that was decided about a file."""

    lines_in_file: int = 0
    documents_in_file: int = 0
    documents: list = field(default_factory=list)
    rejected: list = field(default_factory=list)
    kinds: dict = field(default_factory=lambda: collections.defaultdict(int))
    remarks: dict = field(default_factory=lambda: collections.defaultdict(int))
    credit_sign: str = "negative"

    @property
    def lines(self):
        return (line for document in self.documents for line in document.lines)


class Cleaner:
    """Reads a history once: `Cleaner(rules, formats).clean(history)`."""

    def __init__(self, rules, formats):
        self.rules = rules
        self.formats = formats
        self.result = Result()
        self._rejecting = rules.rejected()
        self._services = matcher(rules.service_codes)
        self._excluded = matcher(rules.reject_codes)
        prefix = re.escape(rules.credit_prefix)
        self._credit_number = re.compile(rf"{prefix}\W?\d") if prefix else None
        self._seen = set()
        self._texts = {}

    def clean(self, history):
        """Return the Result for all lines of `history`."""
        candidates, numbers = [], set()
        for number, row in history:
            self.result.lines_in_file += 1
            line = self._parse(number, row)
            if line:
                numbers.add(line.document)
                candidates.append(line)
        self.result.documents_in_file = len(numbers)
        self._settle_credit_sign(candidates)
        accepted = [line for line in candidates if self._judge(line)]
        del candidates
        self.result.documents = self._gather(accepted)
        return self.result

    def is_service(self, product):
        return bool(self._services(product))

    # -- one line -------------------------------------------------------------

    def _parse(self, number, row):
        """A Line; or None after rejecting what cannot be read at all."""
        document = self._same(code(row["invoice"]))
        if not document:
            return self._reject_raw(number, "no document", row)
        try:
            moment = self.formats.moment(row["date"])
        except ValueError:
            moment = None
        if not moment:
            return self._reject_raw(number, "bad date", row)
        amounts = self._amounts(row)
        if not amounts:
            return self._reject_raw(number, "bad number", row)
        description = self._same(text(row.get("description")))
        product = self._same(code(row.get("product")).upper()) or description
        if not product:
            return self._reject_raw(number, "no product", row)
        return Line(
            number,
            document,
            self._is_credit(document, row),
            self._same(code(row["customer"])),
            self._same(text(row.get("customer_name"))),
            self._same(text(row.get("country"))),
            moment,
            product,
            description,
            *amounts,
        )

    def _amounts(self, row):
        """(quantity, price, exact amount, amount in cents), or None."""
        number = self.formats.number
        try:
            quantity = number(row["quantity"])
            price = number(row.get("price"))
            amount = number(row.get("amount"))
        except ValueError:
            return None
        if quantity is None or price is None and amount is None:
            return None
        if amount is None:
            exact = quantity * price
        else:
            exact = amount
            cents = self._round(amount)
            if quantity and (price is None or self._round(quantity * price) != cents):
                price = amount / quantity
        return quantity, price or Decimal(), exact, self._round(exact)

    def _round(self, value):
        return value.quantize(self.rules.cents, ROUND_HALF_UP)

    def _is_credit(self, document, row):
        if self._credit_number and self._credit_number.match(document):
            return True
        return bool(CREDIT_TYPES.search(text(row.get("type"))))

    def _same(self, value):
        """One object per text: half a million lines repeat a few thousand texts."""
        return self._texts.setdefault(value, value)

    # -- verdicts -------------------------------------------------------------

    def _settle_credit_sign(self, lines):
        """Do credit notes in this file carry negative quantities, or positive ones?"""
        sign = self.rules.credit_sign
        credited = [line for line in lines if line.credit]
        if sign == "auto":
            balance = sum((line.exact > 0) - (line.exact < 0) for line in credited)
            sign = "positive" if balance > 0 else "negative"
        if sign == "positive":
            for line in credited:
                line.quantity, line.exact = -line.quantity, -line.exact
                line.amount = -line.amount
        self.result.credit_sign = sign

    def _judge(self, line):
        """Count what is wrong with a line; accept or reject it."""
        kinds = list(self._kinds(line))
        refused = [kind for kind in kinds if kind in self._rejecting]
        verdict = "rejected" if refused else "accepted"
        for kind in kinds:
            self.result.kinds[kind, verdict] += 1
        if refused:
            reason = next(kind for kind in KINDS if kind in refused)
            self.result.rejected.append(rejected(line, reason))
            return False
        if not line.customer:
            line.customer = UNKNOWN
        return True

    def _kinds(self, line):
        """Yield every kind of dirt found in a line."""
        if not line.customer:
            yield "no customer"
        if not line.quantity:
            yield "zero quantity"
        if line.quantity < 0 and not line.exact and not line.credit:
            yield "write-off"
        if self._excluded(line.product):
            yield "excluded code"
        if self._is_duplicate(line):
            yield "duplicate"
        if not line.price:
            yield "zero price"
        if line.price < 0:
            yield "negative price"
        if line.quantity < 0 and not line.credit:
            yield "negative on invoice"
        if line.quantity > 0 and line.credit:
            yield "positive on credit note"
        if self.is_service(line.product):
            yield "service"
        if not line.description:
            yield "no description"

    def _is_duplicate(self, line):
        key = (line.document, line.product, line.description, line.quantity)
        key = (*key, line.price, line.moment, line.customer, line.country)
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _reject_raw(self, number, reason, row):
        self.result.kinds[reason, "rejected"] += 1
        self.result.rejected.append(Rejected(number, reason, Decimal(), dict(row)))

    # -- documents ------------------------------------------------------------

    def _gather(self, lines):
        """Documents in the order of their dates, one customer each."""
        by_number = collections.defaultdict(dict)
        for line in lines:
            by_number[line.document].setdefault(line.customer, []).append(line)
        documents = []
        for number, by_customer in by_number.items():
            if len(by_customer) > 1:
                self.result.remarks["documents split: several customers"] += 1
            for position, (customer, share) in enumerate(by_customer.items(), 1):
                name = number if position == 1 else f"{number}-{position}"
                documents.append(self._document(number, name, customer, share))
        documents.sort(key=lambda document: (document.day, document.name))
        return documents

    def _document(self, number, name, customer, lines):
        """One document; its sign decides whether it is an invoice or a credit note."""
        remarks = self.result.remarks
        days = {line.moment.date() for line in lines}
        if len(days) > 1:
            remarks["documents with several dates: the first one counts"] += 1
        document = Document(number, name, customer, lines[0].credit, min(days), lines)
        amount = document.amount
        if not amount:
            remarks["documents of 0.00"] += 1
        elif amount < 0 and not document.credit:
            remarks["invoices below zero: loaded as credit notes"] += 1
            document.credit = True
        elif amount > 0 and document.credit:
            remarks["credit notes above zero: loaded as invoices"] += 1
            document.credit = False
        return document


def rejected(line, reason):
    """The entry in the list of rejected lines for a line that was understood."""
    content = {
        "invoice": line.document,
        "date": line.moment,
        "product": line.product,
        "description": line.description,
        "quantity": line.quantity,
        "price": line.price,
        "customer": line.customer,
        "country": line.country,
    }
    return Rejected(line.number, reason, line.amount, content)


def refuse(result, refused):
    """Documents Odoo would not post: their lines join the rejected ones."""
    messages = {item["document"]: item["message"] for item in refused}
    for document in result.documents:
        if document.name in messages:
            reason = f"refused by Odoo: {messages[document.name]}"
            result.rejected += [rejected(line, reason) for line in document.lines]
    result.documents = [d for d in result.documents if d.name not in messages]


def matcher(patterns):
    """A cached test 'does this code match one of POST,GIFT_*,…'."""
    parts = [part.strip().upper() for part in (patterns or "").split(",")]
    expression = "|".join(fnmatch.translate(part) for part in parts if part)
    if not expression:
        return lambda code: False
    known, match = {}, re.compile(expression).match

    def matches(code):
        if code not in known:
            known[code] = bool(match(code.upper()))
        return known[code]

    return matches


def customers_of(lines):
    """{customer: (name, country, number of countries)}, the most frequent one each."""
    names = collections.defaultdict(collections.Counter)
    countries = collections.defaultdict(collections.Counter)
    for line in lines:
        names[line.customer][line.customer_name] += bool(line.customer_name)
        countries[line.customer][line.country] += bool(line.country)
    return {
        key: (
            names[key].most_common(1)[0][0],
            countries[key].most_common(1)[0][0],
            len([country for country in countries[key] if country]),
        )
        for key in names
    }


def products_of(lines):
    """{code: (name, usual price, number of descriptions)}."""
    names = collections.defaultdict(collections.Counter)
    prices = collections.defaultdict(collections.Counter)
    for line in lines:
        names[line.product][line.description] += bool(line.description)
        prices[line.product][line.price] += line.price > 0
    return {
        key: (
            names[key].most_common(1)[0][0] or key,
            prices[key].most_common(1)[0][0],
            len([name for name in names[key] if name]),
        )
        for key in names
    }


def tally(result):
    """Lines and amounts of a result, for the report."""
    accepted = list(result.lines)
    amount = sum((line.amount for line in accepted), Decimal())
    exact = sum((line.exact for line in accepted), Decimal())
    rejected = collections.defaultdict(lambda: [0, Decimal()])
    for line in result.rejected:
        rejected[line.reason][0] += 1
        rejected[line.reason][1] += line.amount
    return {
        "accepted": {
            "documents": len(result.documents),
            "credit_notes": sum(document.credit for document in result.documents),
            "lines": len(accepted),
            "amount": amount,
            "exact_amount": exact,
            "rounding_difference": amount - exact,
        },
        "rejected": {
            "lines": len(result.rejected),
            "amount": sum((line.amount for line in result.rejected), Decimal()),
            "by_reason": {
                reason: {"lines": count, "amount": total}
                for reason, (count, total) in rejected.items()
            },
        },
    }


def limit(result, documents):
    """Keep only the first documents (--limit); nothing else changes."""
    return dataclasses.replace(result, documents=result.documents[:documents])
