# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Everything that touches Odoo: setup, customers, products, documents, tie-out."""

import contextlib
import logging
import random
import re
import time
from dataclasses import dataclass, field
from decimal import Decimal

import psycopg2
import psycopg2.errors

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

from .cleaning import UNKNOWN, customers_of, products_of
from .countries import country_finder
from .errors import LoadError

_logger = logging.getLogger(__name__)

MODULE = "__import__"
JOURNAL = "HIST"
# Any number of the old system is a good number: nothing in it is a year or a month.
ANY_NUMBER = r"^(?P<prefix1>.*?)(?P<seq>\d{0,9})(?P<suffix>\D*?)$"
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_activity_automation_skip": True,
}
GROWING = ("account_move", "account_move_line", "account_partial_reconcile")
GROWING += ("account_payment", "ir_model_data", "res_partner")
TRY_AGAIN = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
TRIES = 6


def open_registry(config_file, database):
    """The registry of a database, with Odoo's own log kept to warnings."""
    arguments = ["-d", database, "--log-level=warn"]
    if config_file:
        arguments += ["-c", str(config_file)]
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # The configuration's remarks are not about us; a refused document is reported.
    for noisy in ("odoo.tools.config", "odoo.sql_db"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    config.parse_config(arguments, setup_logging=False)
    try:
        registry = Registry(database)
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise LoadError(f"database {database} cannot be opened: {reason}") from error
    if "account.move" not in registry:
        raise LoadError(f"install Invoicing (account) in the database {database} first")
    return registry


@dataclass
class Options:
    """What the user decided about the books."""

    source: str = "history"
    company: str | None = None
    currency: str | None = None
    tax: str = "none"
    journal: str = JOURNAL
    unknown_customer: str = "reject"


@dataclass
class Outcome:
    """What became of a batch: refused = [(document name, message)]."""

    documents: int = 0
    lines: int = 0
    refused: list = field(default_factory=list)


class Books:
    """One company's books, seen through the ORM. Opened once, inherited by forks."""

    def __init__(self, registry, options):
        self.registry = registry
        self.options = options
        self.company_id = self.currency_id = self.journal_id = None
        self.partners, self.products = {}, {}
        self.remarks = {}

    @contextlib.contextmanager
    def environment(self):
        """A transaction of its own, committed at the end; caches die with it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, dict(QUIET))
            if self.company_id:
                env = env(context={**QUIET, "allowed_company_ids": [self.company_id]})
            yield env

    # -- company and currency -------------------------------------------------

    def open(self, setup=False):
        """Find company, currency, tax and journal; prepare them when asked to."""
        with self.environment() as env:
            company = self._find_company(env)
            self.company_id = company.id
        with self.environment() as env:
            if setup:
                self._setup(env)
            self._check_company(env)
            self._choose_currency(env)
            self._choose_tax(env)
            self._choose_journal(env)
            Model = env["account.analytic.distribution.model"]
            self.analytic = bool(Model.search_count([], limit=1))
            digits = env["decimal.precision"].precision_get("Product Unit")
            self.unit = Decimal(1).scaleb(-digits)

    def _find_company(self, env):
        wanted = self.options.company
        if not wanted:
            return env["res.company"].search([], order="id", limit=1)
        domain = [("id", "=", int(wanted))] if wanted.isdigit() else []
        company = env["res.company"].search(domain or [("name", "=", wanted)])
        if len(company) != 1:
            names = ", ".join(env["res.company"].search([]).mapped("name"))
            raise LoadError(f"--company {wanted}: choose one of {names}")
        return company

    def _setup(self, env):
        """Prepare the company of a fresh database: chart of accounts and currency."""
        company = env.company
        if company.root_id._existing_accounting():
            return
        if not company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company)
        if self.options.currency:
            currency = self._find_currency(env)
            if company.currency_id != currency:
                company.currency_id = currency
        env.cr.commit()

    def _find_currency(self, env):
        Currency = env["res.currency"].with_context(active_test=False)
        currency = Currency.search([("name", "=", self.options.currency.upper())])
        if not currency:
            raise LoadError(f"--currency: Odoo knows no {self.options.currency}")
        currency.active = True
        return currency

    def _check_company(self, env):
        if not env.company.chart_template:
            raise LoadError(
                f"{env.company.name} has no chart of accounts: choose one in the "
                "settings, or give --setup on a fresh database"
            )

    def _choose_currency(self, env):
        """The documents' currency; a foreign one needs rates from the first day on."""
        self.currency_id = env.company.currency_id.id
        self.foreign = False
        if self.options.currency:
            currency = self._find_currency(env)
            self.foreign = currency != env.company.currency_id
            self.currency_id = currency.id
        currency = env["res.currency"].browse(self.currency_id)
        self.currency = currency.name
        self.company_currency = env.company.currency_id.name
        self.cents = Decimal(1).scaleb(-currency.decimal_places)

    def check_rates(self, first_day):
        """A foreign currency without a rate would silently be taken as 1 : 1."""
        if not self.foreign:
            return
        with self.environment() as env:
            company = env.company.root_id
            domain = [
                ("currency_id", "=", self.currency_id),
                ("company_id", "in", [False, company.id]),
                ("name", "<=", first_day),
            ]
            if not env["res.currency.rate"].search_count(domain, limit=1):
                raise LoadError(
                    f"the books are kept in {self.company_currency}, and there is no "
                    f"rate of {self.currency} on {first_day}: enter rates, or give "
                    "--setup on a fresh database to keep its books in that currency"
                )

    def _choose_tax(self, env):
        self.tax_ids = []
        if self.options.tax.lower() == "none":
            return
        domain = [("type_tax_use", "=", "sale"), ("name", "=", self.options.tax)]
        company = env["account.tax"]._check_company_domain(env.company)
        tax = env["account.tax"].search([*domain, *company])
        if len(tax) != 1:
            raise LoadError(f"--tax {self.options.tax}: no such sales tax, or several")
        if tax.price_include:
            raise LoadError("--tax: amounts in the file are net; choose a tax on top")
        self.tax_ids = tax.ids

    def _choose_journal(self, env):
        """A journal of its own: its numbers do not disturb those of new invoices."""
        Journal = env["account.journal"]
        journal = Journal.search(
            [
                ("code", "=", self.options.journal),
                ("company_id", "=", env.company.id),
            ]
        )
        if journal and journal.type != "sale":
            raise LoadError(f"--journal {journal.code}: it is not a sales journal")
        if not journal:
            values = {
                "name": "Sales history",
                "code": self.options.journal,
                "type": "sale",
                "company_id": env.company.id,
                "sequence_override_regex": ANY_NUMBER,
                "refund_sequence": False,
            }
            journal = Journal.create(values)
        self.journal_id = journal.id
        self.own_numbers = journal.sequence_override_regex == ANY_NUMBER

    # -- external identifiers: what makes a second run harmless ---------------

    def key(self, kind, name):
        """External identifier (without module) of a thing in the old system."""
        if kind == "document":
            kind = f"{kind}_{self.company_id}"
        slug = re.sub(r"[^\w-]", lambda char: f"~{ord(char[0]):x}", name)
        return f"{self.options.source}_{kind}_{slug}"

    def _known(self, env, kind, names, model):
        """{name: id} of what has been loaded before and is still there."""
        keys = {self.key(kind, name): name for name in names}
        rows = env.execute_query(
            SQL(
                """SELECT d.name, d.res_id
                     FROM ir_model_data d JOIN %s r ON r.id = d.res_id
                    WHERE d.module = %s AND d.model = %s AND d.name = ANY(%s)""",
                SQL.identifier(env[model]._table),
                MODULE,
                model,
                list(keys),
            )
        )
        return {keys[key]: res_id for key, res_id in rows}

    def _remember(self, kind, names, records):
        records.env["ir.model.data"].create(
            [
                {
                    "module": MODULE,
                    "name": self.key(kind, name),
                    "model": record._name,
                    "res_id": record.id,
                    "noupdate": True,
                }
                for name, record in zip(names, records, strict=True)
            ]
        )

    # -- customers and products -----------------------------------------------

    def create_customers(self, lines, tell):
        """Create the customers that are not there yet; remember all of them."""
        facts = customers_of(lines)
        with self.environment() as env:
            self.partners = self._known(env, "customer", facts, "res.partner")
            find_country = self._country_finder(env)
        several = sum(count > 1 for _name, _country, count in facts.values())
        self.remarks["customers with several countries: the usual one"] = several
        unclear = sorted(
            {country for _n, country, _c in facts.values() if country}
            - {country for _n, country, _c in facts.values() if find_country(country)}
        )
        if unclear:
            self.remarks[f"countries left empty: {', '.join(unclear)}"] = sum(
                fact[1] in unclear for fact in facts.values()
            )
        values = {
            key: self._customer_values(key, name, find_country(country))
            for key, (name, country, _count) in facts.items()
        }
        self._create_missing("customer", "res.partner", values, self.partners, tell)

    def _customer_values(self, key, name, country_id):
        if key == UNKNOWN:
            return {"name": "Unknown customer", "ref": UNKNOWN, "is_company": True}
        return {
            "name": name or (f"Customer {key}" if key.isdigit() else key),
            "ref": key,
            "is_company": True,
            "country_id": country_id,
        }

    def _country_finder(self, env):
        rows = env.execute_query(SQL("SELECT id, code, name FROM res_country"))
        return country_finder([(i, code, names.values()) for i, code, names in rows])

    def mark_unknown(self):
        """Give the unknown customer a tag, so that policies can leave it out."""
        if UNKNOWN not in self.partners:
            return
        with self.environment() as env:
            Tag = env["res.partner.category"]
            tag = Tag.search([("name", "=", "Unknown customer")], limit=1)
            tag = tag or Tag.create({"name": "Unknown customer"})
            partner = env["res.partner"].browse(self.partners[UNKNOWN])
            partner.category_id = [Command.link(tag.id)]

    def create_products(self, lines, is_service, tell):
        """Create the products that are not there yet; remember all of them."""
        facts = products_of(lines)
        with self.environment() as env:
            self.products = self._known(env, "product", facts, "product.product")
        several = sum(count > 1 for _name, _price, count in facts.values())
        self.remarks["products with several descriptions: the usual one"] = several
        values = {
            key: {
                "name": name,
                "default_code": key,
                "type": "service" if is_service(key) else "consu",
                "list_price": float(price),
                "taxes_id": [Command.set(self.tax_ids)],
                "supplier_taxes_id": [Command.clear()],
            }
            for key, (name, price, _count) in facts.items()
        }
        self._create_missing("product", "product.product", values, self.products, tell)

    def _create_missing(self, kind, model, values, known, tell):
        """Create in committed batches, so that a killed run loses one at most."""
        missing = [key for key in values if key not in known]
        for start in range(0, len(missing), 200):
            keys = missing[start : start + 200]
            with self.environment() as env:
                records = env[model].create([values[key] for key in keys])
                self._remember(kind, keys, records)
                known.update(zip(keys, records.ids, strict=True))
            tell(f"{kind}s created: {start + len(keys)} of {len(missing)}")

    # -- documents ------------------------------------------------------------

    def loaded(self, documents):
        """Names of the documents that are in the books already."""
        with self.environment() as env:
            names = [document.name for document in documents]
            return set(self._known(env, "document", names, "account.move"))

    def load(self, documents):
        """Create and post a batch; if that fails, one by one to find the culprit."""
        try:
            self._with_retry(self._post, documents)
            return Outcome(len(documents), sum(len(d.lines) for d in documents))
        except TRY_AGAIN:
            raise
        except Exception as error:
            if len(documents) == 1:
                _logger.debug("%s", documents[0].name, exc_info=True)
                return Outcome(refused=[(documents[0].name, self._explain(error))])
        outcome = Outcome()
        for document in documents:
            single = self.load([document])
            outcome.documents += single.documents
            outcome.lines += single.lines
            outcome.refused += single.refused
        return outcome

    def _explain(self, error):
        """What Odoo or PostgreSQL said, in one line."""
        if "account_move_unique_name" in str(error):
            return f"journal {self.options.journal} has a document of that number"
        return " ".join(str(error).split())

    def _with_retry(self, function, *args):
        """Another process may write the same row: wait a little, try again."""
        for attempt in range(1, TRIES + 1):
            try:
                return function(*args)
            except TRY_AGAIN:
                if attempt == TRIES:
                    raise
                time.sleep(random.uniform(0, 0.1 * 2**attempt))

    def _post(self, documents):
        """One transaction: create, post, remember."""
        with self.environment() as env:
            if not self.analytic:
                # Without any distribution model the answer is "none" for every line.
                env = env(context={**env.context, "skip_analytic_sync": True})
            moves = env["account.move"].create(
                [self._document_values(document) for document in documents]
            )
            moves.action_post()
            self._remember("document", [d.name for d in documents], moves)

    def _document_values(self, document):
        values = {
            "move_type": "out_refund" if document.credit else "out_invoice",
            "journal_id": self.journal_id,
            "partner_id": self.partners[document.customer],
            "currency_id": self.currency_id,
            "invoice_date": document.day,
            "date": document.day,
            "ref": document.number,
            "invoice_origin": self.options.source,
            "invoice_line_ids": [
                Command.create(self._line_values(line, document.credit))
                for line in document.lines
            ],
        }
        if self.own_numbers:
            values["name"] = document.name
        return values

    def _line_values(self, line, credit):
        """A line. Giving the amounts spares Odoo one write per line: it computes them
        anyway, and corrects them should they differ."""
        quantity, price = self._in_units(line)
        values = {
            "product_id": self.products[line.product],
            "quantity": float(-quantity if credit else quantity),
            "price_unit": float(price),
            "tax_ids": [Command.set(self.tax_ids)],
        }
        if line.description:
            values["name"] = line.description
        if not self.foreign:
            values["amount_currency"] = values["balance"] = float(-line.amount)
        if not self.analytic:
            values["analytic_distribution"] = False
        return values

    def _in_units(self, line):
        """Quantity in the precision Odoo keeps; the price makes good for the rest."""
        quantity = line.quantity.quantize(self.unit)
        if quantity == line.quantity:
            return quantity, line.price
        if not quantity:
            quantity = Decimal(1).copy_sign(line.quantity)
        return quantity, line.exact / quantity

    # -- database -------------------------------------------------------------

    def part(self):
        """Close all connections before processes fork: each opens its own."""
        odoo.sql_db.close_all()

    def analyze(self):
        """Tell PostgreSQL how big the tables have become: without that, payment
        state is computed with a plan for empty tables, and never ends."""
        with self.registry.cursor() as cr:
            for table in GROWING:
                cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    def tie_out(self, documents):
        """What stands in the ledger for these documents, read back by SQL."""
        keys = [self.key("document", document.name) for document in documents]
        with self.environment() as env:
            rows = env.execute_query(
                SQL(
                    """
                    SELECT count(DISTINCT move.id),
                           count(DISTINCT move.id)
                               FILTER (WHERE move.move_type = 'out_refund'),
                           count(line.id),
                           coalesce(sum(-line.balance), 0)::text,
                           coalesce(sum(-line.amount_currency), 0)::text,
                           count(DISTINCT move.id)
                               FILTER (WHERE move.date <> move.invoice_date)
                      FROM ir_model_data data
                      JOIN account_move move ON move.id = data.res_id
                      JOIN account_move_line line ON line.move_id = move.id
                     WHERE data.module = %s
                       AND data.model = 'account.move'
                       AND data.name = ANY(%s)
                       AND move.state = 'posted'
                       AND line.parent_state = 'posted'
                       AND line.display_type = 'product'
                    """,
                    MODULE,
                    keys,
                )
            )
        names = ("documents", "credit_notes", "lines", "balance", "amount", "redated")
        posted = dict(zip(names, rows[0], strict=True))
        # As text, because Odoo's cursor would make floats of them.
        for name in ("balance", "amount"):
            posted[name] = Decimal(posted[name])
        return posted
