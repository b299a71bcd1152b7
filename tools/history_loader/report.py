# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""What a run says at the end: a table, a JSON file, the rejected lines as csv."""

import csv
import json
from decimal import Decimal

from .cleaning import KINDS, tally
from .progress import clock

CONTENT = ("invoice", "date", "product", "description", "quantity", "price")
CONTENT += ("amount", "customer", "customer_name", "country", "type")


def write_rejected(path, result):
    """One csv line per rejected line: number in the file, reason, its content."""
    columns = [
        name
        for name in CONTENT
        if any(line.content.get(name) not in (None, "") for line in result.rejected)
    ]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "reason", *columns])
        for line in sorted(result.rejected, key=lambda line: line.number):
            cells = (line.content.get(name) for name in columns)
            reason = KINDS.get(line.reason, line.reason)
            cells = ("" if cell is None else cell for cell in cells)
            writer.writerow([line.number, reason, *cells])


def summary(history, result, rules):
    """The part of the report that is known from the file alone."""
    kinds = {
        kind: {
            "meaning": meaning,
            "accepted": result.kinds.get((kind, "accepted"), 0),
            "rejected": result.kinds.get((kind, "rejected"), 0),
        }
        for kind, meaning in KINDS.items()
    }
    return {
        "file": history.path.name,
        "columns": {f: str(history.header[at]) for f, at in history.columns.items()},
        "lines_in_file": result.lines_in_file,
        "documents_in_file": result.documents_in_file,
        "credit_notes_carry": f"{result.credit_sign} quantities",
        "rules": {
            "no customer": rules.unknown_customer,
            "zero price": rules.zero_price,
            "negative price": rules.negative_price,
            "duplicate": rules.duplicates,
        },
        "kinds": kinds,
        "remarks": dict(result.remarks),
        **tally(result),
    }


def write_json(path, report):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2, ensure_ascii=False, default=_plain)
        file.write("\n")


def _plain(value):
    """Decimals as numbers, everything else as text."""
    return float(value) if isinstance(value, Decimal) else str(value)


def money(value):
    return f"{value:,.2f}".replace(",", " ")


def print_file(report):
    """What was found in the file and what becomes of it."""
    columns = ", ".join(f"{f}={name}" for f, name in report["columns"].items())
    print(f"File      {report['file']}: {report['lines_in_file']} lines")
    print(f"Columns   {columns}")
    print(f"Credit notes carry {report['credit_notes_carry']}.")
    print(f"\n{'Kind of line':<64} {'accepted':>9} {'rejected':>9}")
    for kind in report["kinds"].values():
        if kind["accepted"] or kind["rejected"]:
            label, good, bad = kind["meaning"], kind["accepted"], kind["rejected"]
            print(f"  {label:<62} {good:>9} {bad:>9}")
    print("  (a line may be of several kinds; the first rejecting one is its reason)")
    for remark, count in report["remarks"].items():
        if count:
            print(f"  {remark}: {count}")
    accepted, rejected = report["accepted"], report["rejected"]
    print(
        f"\nAccepted  {accepted['lines']} lines in {accepted['documents']} documents "
        f"({accepted['credit_notes']} credit notes), {money(accepted['amount'])}\n"
        f"          before rounding to cents {accepted['exact_amount']}, "
        f"difference {accepted['rounding_difference']}\n"
        f"Rejected  {rejected['lines']} lines, {money(rejected['amount'])}"
    )


def print_loading(report):
    """What stands in the ledger, compared with the file."""
    posted = report["posted"]
    print(
        f"\nPosted    {posted['lines']} lines in {posted['documents']} documents "
        f"({posted['credit_notes']} credit notes), {money(posted['amount'])} "
        f"{report['currency']}"
    )
    if report["currency"] != report["company_currency"]:
        print(f"          = {money(posted['balance'])} {report['company_currency']}")
    for document in report["refused"][:20]:
        print(f"  refused by Odoo: {document['document']}: {document['message']}")
    print(
        f"Difference {money(report['difference'])} in {report['line_difference']} lines"
        f"{'' if report['complete'] else ' - NOT COMPLETE'}"
    )
    if posted["redated"]:
        print(f"  posted on another date (lock dates): {posted['redated']} documents")
    seconds = report["seconds"]
    lines = report["loaded_now"]["lines"]
    print(
        f"Time      {clock(seconds)} in all; {report['loaded_now']['documents']} "
        f"documents, {lines} lines loaded in this run by {report['jobs']} process(es), "
        f"{lines / max(report['posting_seconds'], 0.001):.0f} lines/s; "
        f"{report['loaded_before']} documents were there before"
    )
