#!/usr/bin/env python3
# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Load a sales history (parquet, csv, xlsx) into an Odoo database.

Every accepted line becomes an invoice line of a real customer and product; the
documents are posted by Odoo itself. A run that was stopped goes on where it stopped:
start the same command again. See docs/loading_history.md.
"""

import argparse
import gc
import sys
import time
from decimal import Decimal
from pathlib import Path

from history_loader import cleaning, report, workers
from history_loader.columns import ALIASES, parse_mapping
from history_loader.errors import LoadError
from history_loader.progress import Progress
from history_loader.reading import History


def arguments(argv=None):
    parser = argparse.ArgumentParser(
        prog="load_history",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", help="history.parquet, .csv or .xlsx")
    add("-c", "--config", help="Odoo's configuration file")
    add("-d", "--database", help="database to load into")
    add("--dry-run", action="store_true", help="only read the file and report")
    add("--limit", type=int, metavar="N", help="load the first N documents only")
    add("-j", "--jobs", "--processes", type=int, default=1, help="processes (1)")
    add("--report", metavar="JSON", help="write the summary to this file")
    add("--rejected", metavar="CSV", help="rejected lines (FILE.rejected.csv)")
    _file_options(parser.add_argument_group("how the file is written").add_argument)
    _rule_options(parser.add_argument_group("what to do with dirt").add_argument)
    _book_options(parser.add_argument_group("the books").add_argument)
    options = parser.parse_args(argv)
    if not options.dry_run and not options.database:
        parser.error("give -d DATABASE, or --dry-run")
    return options


def _file_options(add):
    fields = ", ".join(ALIASES)
    add("--map", metavar="FIELD=COLUMN,…", help=f"columns by name; fields: {fields}")
    add("--encoding", help="of a csv (recognised: UTF-8/16, cp1251, cp1252)")
    add("--delimiter", help="of a csv (recognised: , ; tab |)")
    add("--decimal", choices=("auto", "comma", "point"), default="auto")
    add("--date-format", help="such as %%d/%%m/%%Y, when it cannot be recognised")
    add("--sheet", help="of an xlsx (the first one)")
    add("--credit-prefix", default="C", help="document numbers of credit notes (C)")
    add("--credit-sign", choices=("auto", "negative", "positive"), default="auto")


def _rule_options(add):
    add(
        "--unknown-customer",
        choices=("reject", "one"),
        default="reject",
        help="lines without customer: reject, or give them to one customer",
    )
    add("--zero-price", choices=("keep", "reject"), default="keep")
    add("--negative-price", choices=("keep", "reject"), default="keep")
    add("--duplicates", choices=("keep", "drop"), default="keep")
    add("--service-codes", default=cleaning.SERVICES, metavar="POST,GIFT_*,…")
    add("--reject-codes", default="", metavar="CODE,…", help="lines never loaded")


def _book_options(add):
    add("--setup", action="store_true", help="prepare the company of a fresh database")
    add("--company", help="name or id (the first one)")
    add("--currency", help="of the amounts (the company's)")
    add("--tax", default="none", help="name of a sales tax put on every line (none)")
    add("--journal", default="HIST", help="code; created when missing (HIST)")
    add("--source", default="history", help="prefix of external identifiers (history)")


def read(options, cents):
    """The file, and what is to become of each of its lines."""
    history = History(
        options.file,
        parse_mapping(options.map),
        options.encoding,
        options.delimiter,
        options.sheet,
    )
    rules = cleaning.Rules(
        options.unknown_customer,
        options.zero_price,
        options.negative_price,
        options.duplicates,
        options.service_codes,
        options.reject_codes,
        options.credit_prefix,
        options.credit_sign,
        cents,
    )
    formats = history.formats(options.decimal, options.date_format)
    cleaner = cleaning.Cleaner(rules, formats)
    result = cleaner.clean(history)
    if options.limit is not None:
        result = cleaning.limit(result, options.limit)
    return history, rules, cleaner, result


def tell(message):
    print(message, file=sys.stderr, flush=True)


def load(books, cleaner, result, options):
    """Customers, products, documents; return what happened for the report."""
    todo = result.documents
    if todo:
        books.check_rates(todo[0].day)
    books.create_customers(result.lines, tell)
    books.mark_unknown()
    books.create_products(result.lines, cleaner.is_service, tell)
    before = books.loaded(todo)
    todo = [document for document in todo if document.name not in before]
    if before:
        tell(f"already there: {len(before)} documents")
    # What was read stays: the garbage collector need not walk through it each time,
    # and processes that part from this one keep sharing it.
    gc.collect()
    gc.freeze()
    progress = Progress(len(todo), sum(len(document.lines) for document in todo))
    collected = _Collector(books, progress)
    start = time.monotonic()
    try:
        workers.run(books.load, todo, options.jobs, collected.take, books.part)
    finally:
        progress.close()
    return {
        "jobs": options.jobs,
        "loaded_before": len(before),
        "loaded_now": {"documents": progress.done, "lines": progress.done_lines},
        "refused": collected.refused,
        "posting_seconds": round(time.monotonic() - start, 1),
    }


class _Collector:
    """Takes what batches report; refreshes statistics each time tables quadruple."""

    def __init__(self, books, progress):
        self.books, self.progress = books, progress
        self.refused = []
        self._next = 50
        books.analyze()

    def take(self, outcome):
        self.progress.advance(outcome.documents, outcome.lines)
        for document, message in outcome.refused:
            self.refused.append({"document": document, "message": message})
        if self.progress.done >= self._next:
            self._next *= 4
            self.books.analyze()


def compare(summary, posted):
    """Accepted lines of the file against the ledger."""
    accepted = summary["accepted"]
    difference = posted["amount"] - accepted["amount"]
    lines = posted["lines"] - accepted["lines"]
    return {
        "posted": posted,
        "difference": difference,
        "line_difference": lines,
        "complete": not difference and not lines and not summary["refused"],
    }


def main(argv=None):
    started = time.monotonic()
    options = arguments(argv)
    if options.dry_run:
        history, rules, _cleaner, result = read(options, Decimal("0.01"))
        summary = report.summary(history, result, rules)
        report.print_file(summary)
        finish(options, result, summary)
        return 0
    summary = load_file(options, started)
    return 0 if summary["complete"] else 1


def load_file(options, started):
    """The whole way of one file into the books."""
    from history_loader.books import Books, Options, open_registry

    chosen = Options(
        options.source,
        options.company,
        options.currency,
        options.tax,
        options.journal,
        options.unknown_customer,
    )
    books = Books(open_registry(options.config, options.database), chosen)
    books.open(options.setup)
    tell(f"reading {Path(options.file).name}")
    history, rules, cleaner, result = read(options, books.cents)
    happened = load(books, cleaner, result, options)
    cleaning.refuse(result, happened["refused"])
    summary = report.summary(history, result, rules)
    summary["remarks"].update(books.remarks)
    summary.update(happened)
    summary.update(currency=books.currency, company_currency=books.company_currency)
    summary.update(compare(summary, books.tie_out(result.documents)))
    summary["seconds"] = round(time.monotonic() - started, 1)
    report.print_file(summary)
    report.print_loading(summary)
    finish(options, result, summary)
    return summary


def rejected_path(file):
    """In the project's ignored folder when started by make, else where we are."""
    folder = Path(".run") if Path(".run").is_dir() else Path()
    return folder / f"{Path(file).stem}.rejected.csv"


def finish(options, result, summary):
    """Write the files that were asked for."""
    if result.rejected:
        path = options.rejected or rejected_path(options.file)
        report.write_rejected(path, result)
        print(f"Rejected lines: {path}")
    if options.report:
        report.write_json(options.report, summary)
        print(f"Report: {options.report}")


def run():
    try:
        return main()
    except LoadError as error:
        tell(f"load_history: {error}")
        return 2
    except KeyboardInterrupt:
        tell("\nstopped; the same command goes on from here")
        return 130


if __name__ == "__main__":
    sys.exit(run())
