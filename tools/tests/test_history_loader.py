# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""The loader without Odoo: columns, cells, verdicts, documents, shares, progress."""

import csv
import datetime
import io
import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import load_history
from history_loader import cleaning, workers
from history_loader.columns import map_columns, parse_mapping
from history_loader.countries import country_finder
from history_loader.errors import LoadError
from history_loader.progress import Progress, clock
from history_loader.reading import History
from history_loader.values import Formats, code, text

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID"
HEADER += ",Country"


def write(tmp_path, *lines, header=HEADER, encoding="utf-8"):
    path = tmp_path / "history.csv"
    path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return path


def clean(tmp_path, *lines, header=HEADER, **rules):
    history = History(write(tmp_path, *lines, header=header))
    cleaner = cleaning.Cleaner(cleaning.Rules(**rules), history.formats())
    return cleaner.clean(history)


def line(invoice="1", product="22423", quantity=1, price="1.00", customer="17850"):
    return f"{invoice},{product},Cake,{quantity},2010-12-01 08:26,{price},{customer},UK"


def reasons(result):
    return [rejected.reason for rejected in result.rejected]


# -- columns ------------------------------------------------------------------


def test_columns_of_the_uci_file_are_recognised():
    columns = map_columns(HEADER.split(","))
    fields = "invoice product description quantity date price customer country"
    assert sorted(columns, key=columns.get) == fields.split()


def test_russian_columns_are_recognised():
    names = ["№", "Номер документа", "Дата", "Артикул", "Кол-во", "Сумма", "Клиент"]
    columns = map_columns(names)
    assert columns == {
        "invoice": 1,
        "date": 2,
        "product": 3,
        "quantity": 4,
        "amount": 5,
        "customer": 6,
    }


def test_named_column_wins_over_alias():
    header = ["Invoice", "Order", *HEADER.split(",")[1:]]
    assert map_columns(header, parse_mapping("invoice = order"))["invoice"] == 1


def test_missing_column_tells_what_was_found():
    with pytest.raises(LoadError, match="quantity.*The file has the columns: Invoice"):
        map_columns(["Invoice", "Date", "SKU", "Price", "Customer", "Pieces?!x"])


def test_unknown_field_in_mapping_is_refused():
    with pytest.raises(LoadError, match="cheque"):
        parse_mapping("cheque=Invoice")


# -- cells --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(17850.0, "17850"), (float("nan"), ""), (None, ""), ("  a \n b ", "a b")],
)
def test_text(value, expected):
    assert text(value) == expected


def test_code_drops_the_decimals_a_spreadsheet_added():
    assert code("17850.0") == "17850"
    assert code("1.5") == "1.5"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2.55", "1,234.50"], "1234.50"),
        (["2,55", "1.234,50"], "1234.50"),
        (["2,5", "1 234,50"], "1234.50"),
        (["2.55", "1234.50-"], "-1234.50"),
        (["2.55", "(1234.50)"], "-1234.50"),
    ],
)
def test_decimal_sign_is_learned_from_all_cells(cells, expected):
    formats = Formats()
    formats.look_at(cells, None)
    assert formats.settle().number(cells[-1]) == Decimal(expected)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12/1/2010 8:26", "12/13/2010 8:26"], (2010, 12, 1, 8, 26)),
        (["1/12/2010", "13/12/2010"], (2010, 12, 1)),
        (["01.12.10"], (2010, 12, 1)),
        (["2010-12-01T08:26:00Z"], (2010, 12, 1, 8, 26)),
        (["12/1/2010 1:05 PM", "12/31/2010 1:05 AM"], (2010, 12, 1, 13, 5)),
        (["20101201"], (2010, 12, 1)),
    ],
)
def test_date_order_is_learned_from_all_cells(cells, expected):
    formats = Formats()
    for cell in cells:
        formats.look_at((), cell)
    assert formats.settle().moment(cells[0]) == datetime.datetime(*expected)


def test_dates_that_could_be_either_are_not_guessed():
    formats = Formats()
    formats.look_at((), "1/2/2010")
    with pytest.raises(LoadError, match="--date-format"):
        formats.settle()
    formats = Formats(date_format="%d/%m/%Y")
    formats.look_at((), "1/2/2010")
    assert formats.settle().moment("1/2/2010").month == 2


# -- files --------------------------------------------------------------------


def test_windows_csv_with_semicolons_and_decimal_comma(tmp_path):
    header = "Номер;Дата;Товар;Количество;Цена;Покупатель"
    rows = "7;01.02.2024;Клей плиточный;2;1 010,50;Ромашка"
    history = History(write(tmp_path, rows, header=header, encoding="cp1251"))
    cleaner = cleaning.Cleaner(cleaning.Rules(), history.formats())
    (document,) = cleaner.clean(history).documents
    assert history.encoding == "cp1251"
    assert document.amount == Decimal("2021.00")
    assert (document.customer, document.day) == ("Ромашка", datetime.date(2024, 2, 1))


def test_western_csv_is_not_taken_for_russian(tmp_path):
    path = write(tmp_path, line().replace("Cake", "CAFÉ £5 crème"), encoding="cp1252")
    assert History(path).encoding == "cp1252"


def test_the_same_lines_from_every_kind_of_file(tmp_path):
    import openpyxl
    import pyarrow
    from pyarrow import parquet

    names = HEADER.split(",")
    moment = datetime.datetime(2010, 12, 1, 8, 26)
    cells = [536365, "85123A", "HEART", 6, moment, 2.55, 17850.0, "United Kingdom"]
    book = openpyxl.Workbook()
    book.active.append(names)
    book.active.append(cells)
    book.save(tmp_path / "history.xlsx")
    table = pyarrow.table({n: [c] for n, c in zip(names, cells, strict=True)})
    parquet.write_table(table, tmp_path / "history.parquet")
    row = "536365,85123A,HEART,6,2010-12-01 08:26,2.55,17850,United Kingdom"
    write(tmp_path, row)
    found = []
    for kind in ("xlsx", "parquet", "csv"):
        history = History(tmp_path / f"history.{kind}")
        cleaner = cleaning.Cleaner(cleaning.Rules(), history.formats())
        (document,) = cleaner.clean(history).documents
        document.lines[0].number = 0
        found.append(document)
    assert found[0] == found[1] == found[2]
    assert found[0].amount == Decimal("15.30")


# -- verdicts -----------------------------------------------------------------


def test_lines_that_are_always_rejected(tmp_path):
    result = clean(
        tmp_path,
        line(invoice=""),
        line().replace("2010-12-01 08:26", "yesterday"),
        line(quantity="many"),
        line(product="").replace("Cake", ""),
        line(quantity=0),
        line(quantity=-5, price=0),
        line(product="JUNK1"),
        line(),
        reject_codes="junk*",
    )
    assert reasons(result) == [
        "no document",
        "bad date",
        "bad number",
        "no product",
        "zero quantity",
        "write-off",
        "excluded code",
    ]
    assert [rejected.number for rejected in result.rejected] == list(range(2, 9))
    assert len(list(result.lines)) == 1


def test_line_without_customer_is_rejected_or_goes_to_the_unknown_one(tmp_path):
    lines = (line(), line(customer=""))
    assert reasons(clean(tmp_path, *lines)) == ["no customer"]
    result = clean(tmp_path, *lines, unknown_customer="one")
    assert [(d.name, d.customer) for d in result.documents] == [
        ("1", "17850"),
        ("1-2", cleaning.UNKNOWN),
    ]
    assert result.remarks["documents split: several customers"] == 1


@pytest.mark.parametrize(
    ("kind", "lines", "rule"),
    [
        ("zero price", [line(price=0)], {"zero_price": "reject"}),
        ("negative price", [line(price=-1)], {"negative_price": "reject"}),
        ("duplicate", [line(), line()], {"duplicates": "drop"}),
    ],
)
def test_kinds_with_a_choice_are_kept_unless_told_otherwise(
    tmp_path, kind, lines, rule
):
    kept = clean(tmp_path, *lines)
    assert not kept.rejected
    assert kept.kinds[kind, "accepted"] == 1
    assert reasons(clean(tmp_path, *lines, **rule)) == [kind]


def test_credit_note_with_negative_quantities(tmp_path):
    result = clean(tmp_path, line("C7", quantity=-2, price="1.50"), line(quantity=3))
    credit = next(document for document in result.documents if document.credit)
    assert (credit.number, credit.amount) == ("C7", Decimal("-3.00"))
    assert result.credit_sign == "negative"


def test_credit_note_with_positive_quantities(tmp_path):
    result = clean(tmp_path, line("C7", quantity=2, price="1.50"))
    assert result.credit_sign == "positive"
    assert result.documents[0].credit
    assert result.documents[0].amount == Decimal("-3.00")


def test_odd_sign_inside_credit_note_and_invoice_is_netted(tmp_path):
    result = clean(
        tmp_path,
        line("C7", quantity=-2),
        line("C7", quantity=-2, product="B2"),
        line("C7", quantity=1, product="B3"),
        line("8", quantity=5),
        line("8", quantity=-1, product="B2"),
    )
    amounts = {document.number: document.amount for document in result.documents}
    assert amounts == {"C7": Decimal("-3.00"), "8": Decimal("4.00")}
    assert result.kinds["positive on credit note", "accepted"] == 1
    assert result.kinds["negative on invoice", "accepted"] == 1


def test_documents_take_the_kind_their_total_asks_for(tmp_path):
    result = clean(
        tmp_path,
        line("9", quantity=-1),
        line("C1", quantity=-1),
        line("C2", quantity=-1, price=-4),
    )
    kinds = {document.number: document.credit for document in result.documents}
    assert kinds == {"9": True, "C1": True, "C2": False}
    assert result.remarks["invoices below zero: loaded as credit notes"] == 1
    assert result.remarks["credit notes above zero: loaded as invoices"] == 1


def test_document_type_column_marks_credit_notes(tmp_path):
    header = HEADER + ",Document type"
    result = clean(tmp_path, line(quantity=2) + ",Credit note", header=header)
    assert result.documents[0].credit
    assert result.documents[0].amount == Decimal("-2.00")


def test_first_of_several_dates_counts(tmp_path):
    later = line(product="B2").replace("2010-12-01", "2010-12-03")
    result = clean(tmp_path, later, line())
    assert [str(document.day) for document in result.documents] == ["2010-12-01"]
    assert sum(result.remarks.values()) == 1


def test_rounding_is_per_line_and_reported(tmp_path):
    result = clean(tmp_path, *[line(price="0.125", product=f"A{n}") for n in range(4)])
    accepted = cleaning.tally(result)["accepted"]
    assert accepted["amount"] == Decimal("0.52")
    assert accepted["rounding_difference"] == Decimal("0.02")


def test_amount_column_wins_over_price(tmp_path):
    header = HEADER + ",Amount"
    result = clean(tmp_path, line(quantity=3, price="1.00") + ",2.70", header=header)
    (loaded,) = result.lines
    assert loaded.amount == Decimal("2.70")
    assert loaded.price == Decimal("0.9")


def test_services_and_products(tmp_path):
    result = clean(
        tmp_path,
        line(product="post"),
        line(product="85123a"),
        line(product="85123A", quantity=2, price=3),
        line(product="gift_0001_20"),
    )
    is_service = cleaning.matcher(cleaning.SERVICES)
    products = cleaning.products_of(result.lines)
    assert {key: is_service(key) for key in products} == {
        "POST": True,
        "85123A": False,
        "GIFT_0001_20": True,
    }


def test_usual_name_price_and_country_win():
    lines = [
        _line(country="Cyprus", description="MUG", price="1"),
        _line(country="Austria", description="mug", price="2"),
        _line(country="Austria", description="mug", price="2"),
    ]
    assert cleaning.products_of(lines) == {"P": ("mug", Decimal(2), 2)}
    assert cleaning.customers_of(lines) == {"K": ("", "Austria", 2)}


def _line(country="", description="", price="1"):
    amounts = (Decimal(1), Decimal(price), Decimal(price), Decimal(price))
    return cleaning.Line(
        1, "1", False, "K", "", country, None, "P", description, *amounts
    )


def test_countries():
    find = country_finder(
        [(1, "IE", ["Ireland", "Ирландия"]), (2, "ZA", ["South Africa"])]
    )
    names = ("EIRE", "ирландия", "ie", "RSA", "Unspecified", "")
    assert [find(name) for name in names] == [1, 1, 1, 2, None, None]


# -- sharing and progress -----------------------------------------------------


def _documents(*sizes):
    return [
        cleaning.Document(str(n), str(n), f"K{n % 3}", False, None, [None] * size)
        for n, size in enumerate(sizes)
    ]


def test_shares_keep_customers_together_and_lose_nothing():
    documents = _documents(50, 1, 1, 2, 30, 7, 9)
    shares = workers.shares(documents, 2)
    owners = [{document.customer for document in share} for share in shares]
    assert not owners[0] & owners[1]
    assert sorted(int(d.number) for share in shares for d in share) == list(range(7))


def test_batches_are_small_and_a_big_document_stands_alone():
    sizes = [
        [len(document.lines) for document in batch]
        for batch in workers.batches(_documents(10, 2000, 5, 490, 10, *[1] * 150))
    ]
    assert sizes[:3] == [[10], [2000], [5, 490]]
    assert max(map(len, sizes)) == workers.BATCH_DOCUMENTS


@pytest.mark.parametrize("processes", [1, 2])
def test_every_document_is_reported_once(processes):
    documents, seen = _documents(*[3] * 40), []
    workers.run(
        lambda batch: [d.number for d in batch], documents, processes, seen.extend
    )
    assert sorted(map(int, seen)) == list(range(40))


def test_a_process_that_dies_is_noticed():
    def die(batch):
        raise SystemExit(3)

    with pytest.raises(LoadError, match="same command again"):
        workers.run(die, _documents(1, 1, 1), 2, print)


def test_progress_tells_share_rate_and_rest():
    ticks = iter(range(0, 1000, 10))
    stream = io.StringIO()
    progress = Progress(20, 400, stream, lambda: next(ticks))
    progress.advance(5, 100)
    progress.advance(5, 100)
    progress.close()
    assert "50.0%  10/20 documents  200/400 lines" in stream.getvalue()
    assert clock(3725) == "1:02:05"


# -- the command --------------------------------------------------------------


def test_dry_run_needs_no_database(tmp_path, capsys):
    path = write(tmp_path, line(), line(customer=""), line("C2", quantity=-1))
    report, rejected = tmp_path / "out.json", tmp_path / "rejected.csv"
    argv = [
        str(path),
        "--dry-run",
        "--report",
        str(report),
        "--rejected",
        str(rejected),
    ]
    assert load_history.main(argv) == 0
    summary = json.loads(report.read_text())
    assert summary["accepted"]["lines"] == 2
    assert summary["rejected"]["by_reason"]["no customer"]["lines"] == 1
    (row,) = csv.DictReader(rejected.open())
    assert (row["line"], row["reason"]) == ("3", "no customer")
    assert (
        "Accepted  2 lines in 2 documents (1 credit notes)" in capsys.readouterr().out
    )


def test_missing_file_is_one_clear_line(tmp_path, monkeypatch, capsys):
    argv = ["load_history", str(tmp_path / "none.csv"), "--dry-run"]
    monkeypatch.setattr(sys, "argv", argv)
    assert load_history.run() == 2
    assert "there is no file" in capsys.readouterr().err


def test_documents_odoo_refuses_join_the_rejected_lines(tmp_path):
    result = clean(tmp_path, line("1"), line("2"), line("2", product="B2"))
    cleaning.refuse(result, [{"document": "2", "message": "locked"}])
    assert [document.name for document in result.documents] == ["1"]
    assert reasons(result) == ["refused by Odoo: locked"] * 2
