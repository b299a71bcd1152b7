# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Excel workbooks that can be handed on: formats, totals, a frozen header, charts.

No access to Odoo: whoever has rows can have a workbook.
"""

import io
import textwrap
from dataclasses import dataclass, field

#: what a cell shows where the value is unknown: unknown is not zero
UNKNOWN = "–"
#: number format by kind of column; amounts take the decimals of their currency
FORMATS = {
    "text": {},
    "count": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "datetime": {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
}
WIDTHS = {"text": 28, "amount": 16, "date": 12, "datetime": 17}
DEFAULT_WIDTH = 13
#: the furthest that a text may widen its column
MAX_WIDTH = 60
LINE_HEIGHT = 16
HEADER = {
    "bold": True,
    "text_wrap": True,
    "valign": "vcenter",
    "bg_color": "#E9ECEF",
    "bottom": 1,
}
TOTAL = {"bold": True, "top": 1}
#: rows of a table below which nobody looks for a chart
LONG_TABLE = 25


@dataclass
class Column:
    """A column: ``kind`` is a key of ``FORMATS``, or ``amount``.

    ``total`` adds a sum below, that follows the filter of whoever opens the file.
    A column that is told to ``wrap`` breaks long texts into lines within its width. A
    hidden one keeps its place: who reads the file with a program finds it.
    Shares are fractions: 0.25 is shown as 25.0%.
    """

    title: str
    kind: str = "text"
    total: bool = False
    width: int | None = None
    wrap: bool = False
    hidden: bool = False


@dataclass
class Chart:
    """A native chart of some columns of its sheet.

    ``kind`` is a type of chart of Excel (``bar``, ``column``, ``line``, ``area``),
    ``labels`` the column of the categories, ``series`` the columns that are drawn.
    """

    title: str
    kind: str
    labels: int
    series: list
    colors: list = field(default_factory=list)
    height: int = 340
    width: int = 620


@dataclass
class Sheet:
    """A table with its heading, and charts below it, or beside a long one.

    :param name: of the tab
    :param heading: lines above the table, the first one is the title
    :param rows: lists of values, None is unknown
    :param total: text in the first cell of the row of totals; none without it
    :param decimals: of amounts
    :param emphasized: numbers of rows that are sums themselves
    """

    name: str
    columns: list
    rows: list
    heading: list = field(default_factory=list)
    total: str = ""
    decimals: int = 2
    charts: list = field(default_factory=list)
    emphasized: set = field(default_factory=set)


def amount_format(decimals):
    """Excel's number format of amounts with so many decimals; negative ones in red."""
    number = "#,##0" + ("." + "0" * decimals if decimals else "")
    return f"{number};[Red]-{number}"


def write_workbook(sheets):
    """The workbook of these sheets.

    :param sheets: list of ``Sheet``
    :return: bytes of an XLSX file
    """
    import xlsxwriter  # noqa: PLC0415 - nobody needs it before the first export

    output = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        output, {"in_memory": True, "strings_to_formulas": False}
    )
    for sheet in sheets:
        _SheetWriter(workbook, sheet).draw()
    workbook.close()
    return output.getvalue()


class _SheetWriter:
    """Writes one sheet."""

    def __init__(self, workbook, sheet):
        self.workbook = workbook
        self.sheet = sheet
        self.page = workbook.add_worksheet(_clean_name(sheet.name))
        self.formats = {}
        # beside texts of several lines all else stands on the first one
        wraps = any(column.wrap for column in sheet.columns)
        self.look = {"valign": "top"} if wraps else {}
        self.header_row = len(sheet.heading) + (1 if sheet.heading else 0)
        self.first_row = self.header_row + 1
        self.last_row = self.header_row + len(sheet.rows)

    def draw(self):
        self._write_heading()
        self._write_header()
        for number, row in enumerate(self.sheet.rows):
            self._write_row(number, row)
        if self.sheet.total and self.sheet.rows:
            self._write_total()
        self._set_page()
        self._draw_charts()

    def _format(self, **properties):
        """Each format once: a workbook has room for few of them."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format(properties)
        return self.formats[key]

    def _column_format(self, column, **more):
        if column.wrap:
            more["text_wrap"] = True
        if column.kind == "amount":
            return self._format(num_format=amount_format(self.sheet.decimals), **more)
        return self._format(**FORMATS[column.kind] | more)

    def _write_heading(self):
        for row, text in enumerate(self.sheet.heading):
            look = {"font_color": "#6C757D"} if row else {"bold": True, "font_size": 14}
            self.page.write_string(row, 0, text, self._format(**look))

    def _write_header(self):
        for position, column in enumerate(self.sheet.columns):
            side = "left" if _is_left(column) else "right"
            self.page.write_string(
                self.header_row,
                position,
                column.title,
                self._format(**HEADER | {"align": side} | self._get_indent(position)),
            )
        self.page.set_row(self.header_row, LINE_HEIGHT * max(2, self._header_lines()))

    def _header_lines(self):
        """Lines of the longest title in its column; a word stays whole."""
        return max(
            (
                len(textwrap.wrap(column.title, self._width(position, column) - 2))
                for position, column in enumerate(self.sheet.columns)
            ),
            default=1,
        )

    def _write_row(self, number, row):
        lines = self._count_lines(row)
        if lines > 1:
            self.page.set_row(self.first_row + number, LINE_HEIGHT * lines)
        row_look = dict(self.look)
        if number in self.sheet.emphasized:
            row_look["bold"] = True
        for position, (column, value) in enumerate(
            zip(self.sheet.columns, row, strict=True)
        ):
            place = (self.first_row + number, position)
            look = row_look | self._get_indent(position)
            if value is None:
                side = "left" if _is_left(column) else "right"
                self.page.write_string(
                    *place,
                    UNKNOWN,
                    self._format(**{"font_color": "#6C757D", "align": side} | look),
                )
            elif column.kind in ("date", "datetime"):
                self.page.write_datetime(
                    *place, value, self._column_format(column, **look)
                )
            elif column.kind == "text":
                # a name that begins with = is a name
                self.page.write_string(
                    *place, str(value), self._column_format(column, **look)
                )
            else:
                self.page.write_number(
                    *place, value, self._column_format(column, **look)
                )

    def _get_indent(self, position):
        """Texts keep off the figures before them."""
        before = [c for c in self.sheet.columns[:position] if not c.hidden]
        if before and not _is_left(before[-1]):
            if _is_left(self.sheet.columns[position]):
                return {"align": "left", "indent": 1}
        return {}

    def _count_lines(self, row):
        """Lines of the longest text of a row; not every program looks itself."""
        return max(
            (
                len(textwrap.wrap(str(value), self._width(position, column) - 2))
                for position, (column, value) in enumerate(
                    zip(self.sheet.columns, row, strict=True)
                )
                if column.wrap and value
            ),
            default=1,
        )

    def _write_total(self):
        from xlsxwriter.utility import xl_range  # noqa: PLC0415 - as above

        row = self.last_row + 1
        for position, column in enumerate(self.sheet.columns):
            if not column.total:
                self.page.write_blank(row, position, None, self._format(**TOTAL))
                continue
            values = [row[position] for row in self.sheet.rows]
            cells = xl_range(self.first_row, position, self.last_row, position)
            self.page.write_formula(
                row,
                position,
                f"=SUBTOTAL(109,{cells})",
                self._column_format(column, **TOTAL),
                sum(value for value in values if value is not None),
            )
        self.page.write_string(row, 0, self.sheet.total, self._format(**TOTAL))

    def _set_page(self):
        last = len(self.sheet.columns) - 1
        for position, column in enumerate(self.sheet.columns):
            width = self._width(position, column)
            options = {"hidden": column.hidden}
            self.page.set_column(position, position, width, None, options)
        self.page.freeze_panes(self.first_row, 1)
        if self.sheet.rows:
            self.page.autofilter(self.header_row, 0, self.last_row, last)
        self.page.set_landscape()
        self.page.set_paper(9)  # A4
        self.page.set_margins(left=0.4, right=0.4)
        self.page.fit_to_pages(1, 0)
        self.page.repeat_rows(self.header_row)
        self.page.set_footer("&L&A&R&P / &N")

    def _width(self, position, column):
        longest_word = max(map(len, column.title.split()), default=0)
        if column.width:
            return max(column.width, longest_word + 2)
        width = WIDTHS.get(column.kind, DEFAULT_WIDTH)
        if column.kind == "text":
            longest = max(
                (len(str(row[position] or "")) for row in self.sheet.rows), default=0
            )
            width = max(len(column.title) + 4, min(longest + 2, MAX_WIDTH), 12)
        return max(width, longest_word + 3)

    def _draw_charts(self):
        if not self.sheet.rows:
            return
        if len(self.sheet.rows) > LONG_TABLE:
            row, column = self.header_row, len(self.sheet.columns) + 1
        else:
            row, column = self.last_row + 3, 0
        for chart in self.sheet.charts:
            self.page.insert_chart(row, column, self._draw_chart(chart))
            row += chart.height // 20 + 2

    def _draw_chart(self, chart):
        drawing = self.workbook.add_chart({"type": chart.kind})
        name = self.page.get_name()
        for number, position in enumerate(chart.series):
            series = {
                "name": [name, self.header_row, position],
                "categories": self._cells(chart.labels),
                "values": self._cells(position),
            }
            if number < len(chart.colors):
                color = chart.colors[number]
                series |= {
                    "fill": {"color": color},
                    "line": {"color": color, "width": 2},
                }
            drawing.add_series(series)
        drawing.set_title({"name": chart.title, "name_font": {"size": 12}})
        drawing.set_size({"width": chart.width, "height": chart.height})
        drawing.set_legend({"position": "bottom"})
        values = self._value_axis(chart)
        if chart.kind == "bar":
            # the first row on top, as in the table
            drawing.set_y_axis({"reverse": True})
            drawing.set_x_axis(values | {"label_position": "low"})
        else:
            drawing.set_x_axis({"label_position": "low"})
            drawing.set_y_axis(values)
        return drawing

    def _value_axis(self, chart):
        kind = self.sheet.columns[chart.series[0]].kind
        return {
            "num_format": "0%" if kind == "share" else "#,##0",
            "major_gridlines": {"visible": True, "line": {"color": "#DEE2E6"}},
        }

    def _cells(self, position):
        return [
            self.page.get_name(),
            self.first_row,
            position,
            self.last_row,
            position,
        ]


def _is_left(column):
    return column.kind in ("text", "date", "datetime")


def _clean_name(name):
    """Excel forbids some characters and more than 31 of them."""
    for character in "[]:*?/\\":
        name = name.replace(character, " ")
    return name.strip("'")[:31]
