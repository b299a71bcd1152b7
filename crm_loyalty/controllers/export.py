# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import json

from odoo.http import request

from odoo.addons.web.controllers.export import (
    ExcelExport,
    ExportXlsxWriter,
    GroupExportXlsxWriter,
)

from ..tools.workbook import HEADER, TOTAL, amount_format

#: models whose exports can be handed on; all others keep core's look
PREFIXES = ("crm.customer.", "crm.loyalty.", "crm.product.", "crm.key.account")
MAX_WIDTH = 60
SUMMED = ("integer", "float", "monetary")


class _LoyaltyWriter(ExportXlsxWriter):
    """Core's writer with a frozen header, a filter, widths by content and totals."""

    def __init__(self, fields, columns_headers, row_count):
        super().__init__(fields, columns_headers, row_count)
        self.row_count = row_count
        self.widths = [len(title) + 4 for title in columns_headers]
        digits = request.env.company.root_id.currency_id.decimal_places
        self.header_style = self.workbook.add_format(HEADER)
        self.monetary_style = self.workbook.add_format(
            {"num_format": amount_format(digits)}
        )
        self.date_style = self.workbook.add_format({"num_format": "yyyy-mm-dd"})
        self.base_style = self.workbook.add_format({"valign": "top"})

    def write(self, row, column, cell_value, style=None):
        """Write a cell; text stays text, and widens its column."""
        self.widths[column] = max(
            self.widths[column], min(len(str(cell_value or "")) + 2, MAX_WIDTH)
        )
        if cell_value is False or cell_value is None:
            return self.worksheet.write_blank(row, column, None, style)
        if isinstance(cell_value, str):
            # a name that begins with = is a name
            return self.worksheet.write_string(row, column, cell_value, style)
        return super().write(row, column, cell_value, style)

    def close(self):
        """Set the page, then close."""
        for column, width in enumerate(self.widths):
            self.worksheet.set_column(column, column, width)
        self.worksheet.freeze_panes(1, 1)
        self.worksheet.set_landscape()
        self.worksheet.set_paper(9)  # A4
        self.worksheet.fit_to_pages(1, 0)
        self.worksheet.repeat_rows(0)
        self.worksheet.set_footer("&L&A&R&P / &N")
        return super().close()


class _LoyaltyListWriter(_LoyaltyWriter):
    """A list: filter in the header, sums below that follow the filter."""

    def write_totals(self, rows, summed):
        """Write the sums of the columns in ``summed`` below ``rows``."""
        if not rows:
            return
        from xlsxwriter.utility import xl_range  # noqa: PLC0415 - as core does

        last = len(rows)
        self.worksheet.autofilter(0, 0, last, len(self.fields) - 1)
        if not summed:
            return
        style = self.workbook.add_format(TOTAL)
        for column, field in enumerate(self.fields):
            if column not in summed:
                self.worksheet.write_blank(last + 1, column, None, style)
                continue
            number = self.monetary_style if field["type"] == "monetary" else None
            look = TOTAL | {"num_format": number.num_format if number else "#,##0.##"}
            if field["type"] == "integer":
                look["num_format"] = "#,##0"
            values = [row[column] for row in rows]
            self.worksheet.write_formula(
                last + 1,
                column,
                f"=SUBTOTAL(109,{xl_range(1, column, last, column)})",
                self.workbook.add_format(look),
                sum(value for value in values if value),
            )
        if 0 not in summed:
            self.worksheet.write_string(last + 1, 0, request.env._("Total"), style)


class _LoyaltyGroupWriter(_LoyaltyWriter, GroupExportXlsxWriter):
    """A grouped list: core writes the groups with their sums."""


class LoyaltyExcelExport(ExcelExport):
    """Exports of our models, from every list and its dialog, can be handed on."""

    def base(self, data):
        """Leave out what is drawn and not read: the points of a curve."""
        params = json.loads(data)
        model = self._get_our_model()
        if model is not None:
            params["fields"] = [
                field
                for field in params["fields"]
                if field["name"] not in model._fields
                or model._fields[field["name"]].type != "json"
            ]
        return super().base(json.dumps(params))

    def _get_our_model(self):
        """The model that is exported if it is ours, else None."""
        model = json.loads(request.params["data"])["model"]
        return request.env[model] if model.startswith(PREFIXES) else None

    def from_data(self, fields, columns_headers, rows):
        """The list as XLSX, with totals where the column adds up."""
        model = self._get_our_model()
        if model is None:
            return super().from_data(fields, columns_headers, rows)
        with _LoyaltyListWriter(fields, columns_headers, len(rows)) as writer:
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    writer.write_cell(number, column, value)
            writer.write_totals(rows, self._get_summed(model, fields))
        return writer.value

    def from_group_data(self, fields, columns_headers, groups):
        """The grouped list as XLSX."""
        if self._get_our_model() is None:
            return super().from_group_data(fields, columns_headers, groups)
        with _LoyaltyGroupWriter(fields, columns_headers, groups.count) as writer:
            row, column = 1, 0
            for name, group in groups.children.items():
                row, column = writer.write_group(row, column, name, group)
        return writer.value

    def _get_summed(self, model, fields):
        """Numbers of the columns that may be added up.

        Amounts of several companies may be in several currencies.
        """
        one_currency = len(request.env.companies.sudo().root_id.currency_id) == 1
        return {
            column
            for column, field in enumerate(fields)
            if field["type"] in SUMMED
            and (one_currency or field["type"] != "monetary")
            and field["name"] in model._fields
            and model._fields[field["name"]].aggregator == "sum"
        }
