# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Read parquet, csv and xlsx files row by row, every kind the same way."""

import csv
import itertools
from pathlib import Path

from .columns import map_columns
from .errors import LoadError
from .values import Formats

PROBE = 200_000


class History:
    """The lines of one file as {field: cell}; may be iterated several times."""

    def __init__(self, path, mapping=None, encoding=None, delimiter=None, sheet=None):
        self.path = Path(path)
        self.sheet = sheet
        suffix = self.path.suffix.lower()
        readers = {".parquet": self._parquet, ".csv": self._csv, ".xlsx": self._xlsx}
        readers.update({".txt": self._csv, ".tsv": self._csv, ".xlsm": self._xlsx})
        if suffix not in readers:
            raise LoadError(f"{self.path.name}: give a .parquet, .csv or .xlsx file")
        if not self.path.is_file():
            raise LoadError(f"there is no file {self.path}")
        self._rows = readers[suffix]
        self.encoding, self.delimiter = encoding, delimiter
        if self._rows == self._csv:
            self.encoding = encoding or guess_encoding(self.path)
            self.delimiter = delimiter or self._guess_delimiter()
        self.header = next(self._rows(), None)
        if not self.header or not any(self.header):
            raise LoadError(f"{self.path.name} has no line of column names")
        self.columns = map_columns(self.header, mapping)
        # As in a spreadsheet: the names stand in line 1. Parquet has no such line.
        self.first_number = 1 if suffix == ".parquet" else 2

    def __iter__(self):
        """Yield (line number, {field: cell}); empty lines are skipped."""
        rows = itertools.islice(self._rows(), 1, None)
        width = max(self.columns.values()) + 1
        for number, row in enumerate(rows, self.first_number):
            if not any(cell not in (None, "") for cell in row):
                continue
            row = [*row, *[None] * (width - len(row))]
            yield number, {name: row[at] for name, at in self.columns.items()}

    def formats(self, decimal="auto", date_format=None):
        """Learn how dates and numbers are written; parquet is typed, mostly."""
        formats = Formats(decimal, date_format, self.delimiter)
        for _number, row in self:
            numbers = (row.get("quantity"), row.get("price"), row.get("amount"))
            formats.look_at(numbers, row["date"])
        return formats.settle()

    # -- kinds of files -------------------------------------------------------

    def _parquet(self):
        from pyarrow import parquet

        with parquet.ParquetFile(self.path) as file:
            yield file.schema_arrow.names
            for batch in file.iter_batches(batch_size=10_000):
                yield from zip(*(c.to_pylist() for c in batch.columns), strict=True)

    def _csv(self):
        with open(self.path, encoding=self.encoding, newline="") as file:
            yield from csv.reader(file, delimiter=self.delimiter)

    def _xlsx(self):
        import openpyxl

        book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        try:
            if self.sheet and self.sheet not in book.sheetnames:
                raise LoadError(
                    f"there is no sheet '{self.sheet}' but {', '.join(book.sheetnames)}"
                )
            sheet = book[self.sheet] if self.sheet else book.worksheets[0]
            yield from sheet.iter_rows(values_only=True)
        finally:
            book.close()

    def _guess_delimiter(self):
        with open(self.path, encoding=self.encoding) as file:
            first = file.readline()
        return max(",;\t|", key=first.count)


def guess_encoding(path):
    """UTF-8 when it is; else Windows: Cyrillic when letters stand in runs, or Western.

    In a Western text a letter above 127 stands alone between plain ones ("café"),
    in a Russian one whole words consist of them.
    """
    content = Path(path).read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError:
        pass
    high = [byte >= 0xC0 for byte in content[: 10 * PROBE]]
    pairs = sum(left and right for left, right in itertools.pairwise(high))
    return "cp1251" if pairs * 2 > sum(high) else "cp1252"
