# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.workbook import Chart, Column, Sheet

#: model that holds the classes, and action that opens its rows
SUBJECTS = {
    "customers": ("crm.customer.profile", "crm_loyalty.action_customer"),
    "products": ("crm.product.class", "crm_loyalty.action_product_class"),
}
#: bars of the distribution: so many per 100 % of variation, the last one is open
BARS_PER_UNIT = 20
LAST_BAR = 2 * BARS_PER_UNIT + 1
SCORES = range(1, 6)


class CrmLoyaltyAnalysis(models.AbstractModel):
    """Values of the pictures of the analysis; the web client only draws them."""

    _name = "crm.loyalty.analysis"
    _inherit = ["crm.loyalty.workbook"]
    _description = "Customer Analysis"

    # ------------------------------------------------------------------
    # ABC x XYZ
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_abc_xyz(self, subject):
        """Customers or products of the current root company by ABC and XYZ.

        :param str subject: ``customers`` or ``products``
        :return: dict of the common values, and with figures: ``rows`` and ``columns``
            (class and label), ``cells`` (row, column, count, revenue in company
            currency, its share in %, domain), ``total``, ``cuts`` in %, first and
            last day of the periods, and ``bars``, the distribution of the variation
            (from and to in %, count, revenue, domain; ``to`` is None at the last)
        :raise AccessError: for users who do not see all customers
        """
        model, action = SUBJECTS[subject]
        policy = self.env["crm.loyalty.policy"]._get()
        values = self._get_common_values(policy)
        if values["state"] != "figures":
            return values
        period = policy.xyz_period
        if subject == "products":
            period = policy.product_xyz_period
        start, end = policy._get_series(policy.as_of, period)
        return values | {
            "action": action,
            "cuts": {
                name: policy[field]
                for name, field in (
                    ("a", "abc_cut_a"),
                    ("b", "abc_cut_b"),
                    ("x", "xyz_cut_x"),
                    ("y", "xyz_cut_y"),
                )
            },
            "period": period,
            "series_start": fields.Date.to_string(start),
            "series_end": fields.Date.to_string(fields.Date.subtract(end, days=1)),
            **self._get_matrix(policy, model, ["abc_class", "xyz_class"]),
            "bars": self._get_bars(policy, model),
        }

    def _get_matrix(self, policy, model, names):
        """Cells of two selection fields; rows and columns as the selections have them.

        The classes N and *too little data* are shown only where somebody is in them.
        """
        groups = self.env[model]._read_group(
            [("company_id", "=", policy.company_id.id)],
            names,
            ["__count", "revenue:sum"],
        )
        revenue = sum(group[-1] for group in groups if group[-1] > 0)
        cells = [
            {
                "row": row,
                "column": column,
                "count": count,
                "revenue": amount,
                "share": 100 * amount / revenue if revenue else 0,
                "domain": [
                    ["company_id", "=", policy.company_id.id],
                    [names[0], "=", row],
                    [names[1], "=", column],
                ],
            }
            for row, column, count, amount in groups
            if row and column
        ]
        filled = {
            "row": {cell["row"] for cell in cells},
            "column": {cell["column"] for cell in cells},
        }

        def headers(axis, name, main):
            selection = self.env[model]._fields[name]._description_selection(self.env)
            return [
                {"value": value, "label": label, "main": value in main}
                for value, label in selection
                if value in main or value in filled[axis]
            ]

        return {
            "rows": headers("row", names[0], "abc"),
            "columns": headers("column", names[1], "xyz"),
            "cells": cells,
            "total": self._sum_up(cells),
        }

    def _get_bars(self, policy, model):
        """How many have which variation; the upper end of a bar is inside, as at a cut.

        In SQL, for which the caller has read these rows by the ORM, and its rights.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT LEAST(%(last)s, GREATEST(1, CEIL(variation * %(unit)s)))::int,
                    COUNT(*), SUM(revenue)
                FROM %(table)s item
                WHERE company_id = %(company)s AND variation IS NOT NULL
                GROUP BY 1
                """,
                last=LAST_BAR,
                unit=BARS_PER_UNIT,
                table=self.env[model]._table_sql,
                company=policy.company_id.id,
            )
        )
        found = {number: figures for number, *figures in rows}
        return [
            self._prepare_bar(policy, number, *found.get(number, (0, 0)))
            for number in range(1, LAST_BAR + 1)
        ]

    def _prepare_bar(self, policy, number, count, revenue):
        lower, upper = (number - 1) / BARS_PER_UNIT, number / BARS_PER_UNIT
        domain = [
            ["company_id", "=", policy.company_id.id],
            ["xyz_class", "in", ["x", "y", "z"]],
        ]
        if number > 1:
            domain.append(["variation", ">", lower])
        if number < LAST_BAR:
            domain.append(["variation", "<=", upper])
        return {
            "from": 100 * lower,
            "to": 100 * upper if number < LAST_BAR else None,
            "count": count,
            "revenue": revenue,
            "domain": domain,
        }

    # ------------------------------------------------------------------
    # RFM
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_rfm(self):
        """Customers of the current root company by recency and frequency.

        :return: dict of the common values, and with figures: ``cells`` (row =
            frequency, column = recency, count, revenue in company currency, its share
            in %, the segment with most customers, domain), ``segments`` (value, label,
            count, revenue, shares in %, domain), ``idle`` (customers without a purchase
            in the window) and ``total``
        :raise AccessError: for users who do not see all customers
        """
        policy = self.env["crm.loyalty.policy"]._get()
        values = self._get_common_values(policy)
        if values["state"] != "figures":
            return values
        groups = self.env["crm.customer.profile"]._read_group(
            [("company_id", "=", policy.company_id.id)],
            ["rfm_f", "rfm_r", "rfm_segment"],
            ["__count", "revenue:sum"],
        )
        scored = [group for group in groups if group[2]]
        idle = [group for group in groups if not group[2]]
        cells = self._get_rfm_cells(policy, scored)
        return values | {
            "action": "crm_loyalty.action_customer",
            "rows": [{"value": score, "label": str(score)} for score in SCORES[::-1]],
            "columns": [{"value": score, "label": str(score)} for score in SCORES],
            "cells": cells,
            "segments": self._get_segments(policy, scored),
            "idle": {
                "count": sum(group[3] for group in idle),
                "revenue": sum(group[4] for group in idle),
                "domain": [
                    ["company_id", "=", policy.company_id.id],
                    ["rfm_segment", "=", False],
                ],
            },
            "total": self._sum_up(cells),
        }

    def _get_rfm_cells(self, policy, groups):
        labels = self._get_segment_labels()
        total = sum(group[-1] for group in groups)
        cells = []
        for frequency in SCORES:
            for recency in SCORES:
                found = [g for g in groups if g[0] == frequency and g[1] == recency]
                if not found:
                    continue
                revenue = sum(group[4] for group in found)
                largest = max(found, key=lambda group: group[3])
                cells.append(
                    {
                        "row": frequency,
                        "column": recency,
                        "count": sum(group[3] for group in found),
                        "revenue": revenue,
                        "share": 100 * revenue / total if total else 0,
                        "note": labels[largest[2]],
                        "domain": [
                            ["company_id", "=", policy.company_id.id],
                            ["rfm_f", "=", frequency],
                            ["rfm_r", "=", recency],
                        ],
                    }
                )
        return cells

    def _get_segments(self, policy, groups):
        """The eleven segments, best first, empty ones, too."""
        customers = sum(group[3] for group in groups)
        total = sum(group[4] for group in groups)
        rows = []
        for segment, label in self._get_segment_labels().items():
            found = [group for group in groups if group[2] == segment]
            count = sum(group[3] for group in found)
            revenue = sum(group[4] for group in found)
            rows.append(
                {
                    "value": segment,
                    "label": label,
                    "count": count,
                    "count_share": 100 * count / customers if customers else 0,
                    "revenue": revenue,
                    "share": 100 * revenue / total if total else 0,
                    "domain": [
                        ["company_id", "=", policy.company_id.id],
                        ["rfm_segment", "=", segment],
                    ],
                }
            )
        return rows

    def _get_segment_labels(self):
        segment = self.env["crm.customer.profile"]._fields["rfm_segment"]
        return dict(segment._description_selection(self.env))

    # ------------------------------------------------------------------
    # What both need
    # ------------------------------------------------------------------

    def _get_common_values(self, policy):
        """Whose figures these are, of when, or why there are none."""
        if not self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            raise AccessError(
                self.env._(
                    "The analysis compares all customers. It is for users with the"
                    " right “All Documents” in Sales."
                )
            )
        company = self.env.company.sudo().root_id
        return {
            "state": "figures" if policy.as_of else "no_run",
            "company": company.name,
            "companies": len(self.env.companies.sudo().root_id),
            "currency_id": company.currency_id.id,
            "policy_id": policy.id,
            "can_decide": self.env.user.has_group("crm_loyalty.group_manager"),
            "as_of": fields.Date.to_string(policy.as_of),
            "window_start": fields.Date.to_string(policy.window_start),
        }

    def _sum_up(self, cells):
        return {
            "count": sum(cell["count"] for cell in cells),
            "revenue": sum(cell["revenue"] for cell in cells),
        }

    # ------------------------------------------------------------------
    # Workbooks
    # ------------------------------------------------------------------

    def _get_sheets(self, page, *args):
        """The workbook of a page.

        :param page: ``get_abc_xyz`` with its subject, or ``get_rfm``
        :raise UserError: when there are no figures yet
        """
        pages = {
            "get_abc_xyz": self._get_abc_xyz_sheets,
            "get_rfm": self._get_rfm_sheets,
        }
        return pages[page](*args)

    def _check_figures(self, values):
        if values["state"] != "figures":
            raise UserError(
                self.env._(
                    "There is no analysis of %s to export yet. Compute it first.",
                    values["company"],
                )
            )
        return values

    def _get_abc_xyz_sheets(self, subject):
        """Numbers and revenue by class, and the distribution of the variation."""
        values = self._check_figures(self.get_abc_xyz(subject))
        title = {
            "customers": self.env._("ABC x XYZ of Customers"),
            "products": self.env._("ABC x XYZ of Products"),
        }[subject]
        labels = [column["label"] for column in values["columns"]]
        columns = [Column(self.env._("Class")), *self._get_grid_columns(labels)]
        heading = self._get_heading(title, values)
        decimals = self._get_decimals(values)
        rows = [[row["label"], *self._pick(values, row)] for row in values["rows"]]
        bars = self._get_bars_sheet(values, heading)
        return title, [
            Sheet(title, columns, rows, heading, self.env._("Total"), decimals),
            bars,
        ]

    def _get_grid_columns(self, labels):
        """What the cells of the grid tell: all numbers, then all revenues."""
        return [
            *(Column(label, "count", total=True) for label in labels),
            *(
                Column(self.env._("Revenue of %s", label), "amount", total=True)
                for label in labels
            ),
        ]

    def _pick(self, values, row):
        """The same of one row of the grid; an empty cell holds zero."""
        cells = {
            cell["column"]: cell
            for cell in values["cells"]
            if cell["row"] == row["value"]
        }
        return [
            cells.get(column["value"], {}).get(name, 0)
            for name in ("count", "revenue")
            for column in values["columns"]
        ]

    def _get_bars_sheet(self, values, heading):
        name = self.env._("Variation")
        return Sheet(
            name,
            [
                Column(self.env._("Variation"), width=18),
                Column(self.env._("Number"), "count", total=True),
                Column(self.env._("Revenue"), "amount", total=True),
            ],
            [
                [
                    self.env._(
                        "%(start).0f–%(end).0f %%", start=bar["from"], end=bar["to"]
                    )
                    if bar["to"]
                    else self.env._("more than %.0f %%", bar["from"]),
                    bar["count"],
                    bar["revenue"],
                ]
                for bar in values["bars"]
            ],
            heading=[name, *heading],
            total=self.env._("Total"),
            decimals=self._get_decimals(values),
            charts=[
                Chart(
                    self.env._("How evenly they buy"),
                    "column",
                    labels=0,
                    series=[1],
                    colors=["#2F6F9F"],
                )
            ],
        )

    def _get_rfm_sheets(self):
        """The eleven segments, and the map of recency and frequency."""
        values = self._check_figures(self.get_rfm())
        title = self.env._("RFM Segments")
        heading = self._get_heading(title, values)
        decimals = self._get_decimals(values)
        segments = Sheet(
            title,
            [
                Column(self.env._("Segment")),
                Column(self.env._("Customers"), "count", total=True),
                Column(self.env._("Share of Customers"), "share", total=True),
                Column(self.env._("Revenue"), "amount", total=True),
                Column(self.env._("Share of Revenue"), "share", total=True),
            ],
            [
                [
                    segment["label"],
                    segment["count"],
                    segment["count_share"] / 100,
                    segment["revenue"],
                    segment["share"] / 100,
                ]
                for segment in values["segments"]
            ],
            heading,
            self.env._("Total"),
            decimals,
            charts=[
                Chart(
                    self.env._("Share of customers and of revenue"),
                    "bar",
                    labels=0,
                    series=[2, 4],
                    colors=["#9AA5B1", "#2F6F9F"],
                    height=420,
                )
            ],
        )
        name = self.env._("RFM Map")
        labels = [
            self.env._("Recency %s", column["label"]) for column in values["columns"]
        ]
        columns = [
            Column(self.env._("Frequency"), width=16),
            *self._get_grid_columns(labels),
        ]
        rows = [[row["label"], *self._pick(values, row)] for row in values["rows"]]
        return title, [
            segments,
            Sheet(
                name,
                columns,
                rows,
                [name, *heading[1:]],
                self.env._("Total"),
                decimals,
            ),
        ]
