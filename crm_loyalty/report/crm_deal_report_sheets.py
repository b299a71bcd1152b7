# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import format_date

from ..tools.workbook import Column, Sheet


class CrmDealReportSheets(models.AbstractModel):
    """Status reports as a workbook: numbers are numbers, days are days."""

    _name = "crm.deal.report.sheets"
    _inherit = ["crm.loyalty.workbook", "crm.deal.report.blocks"]
    _description = "Workbook of Status Reports"

    def _get_sheets(self, report_ids):
        """:param list report_ids: ids of ``crm.deal.report``"""
        reports = self.env["crm.deal.report"].browse(report_ids)
        name = self.env._("Deal status reports")
        if len(reports) == 1:
            name = reports.display_name
        return name, reports._get_workbook_sheets(with_margin=True)

    def _make_sheets(self, reports, with_margin):
        """The six sheets of these reports.

        Amounts are in the currency of each deal, that stands beside them.
        """
        rows = [(report, report.payload) for report in reports]
        return [
            self._make(
                self.env._("Deals"), self._get_deal_columns(), self._get_deal_rows, rows
            ),
            self._make(
                self.env._("People"),
                self._get_people_columns(),
                self._get_people_rows,
                rows,
            ),
            self._make(
                self.env._("Chain"),
                self._get_chain_columns(),
                self._get_chain_rows,
                rows,
            ),
            self._make(
                self.env._("Criteria"),
                self._get_criteria_columns(),
                self._get_criteria_rows,
                rows,
            ),
            self._make(
                self.env._("Facts"),
                self._get_facts_columns(with_margin),
                self._get_facts_rows,
                rows,
                with_margin=with_margin,
            ),
            self._make(
                self.env._("Changes"),
                self._get_changes_columns(),
                self._get_changes_rows,
                rows,
            ),
        ]

    def _make(self, name, columns, get_rows, reports, **options):
        """A sheet; each report gives it as many rows as it has."""
        return Sheet(
            name,
            [
                Column(self.env._("Customer")),
                Column(self.env._("Deal")),
                Column(self.env._("Report"), width=16),
                *columns,
            ],
            [
                [
                    values["head"]["customer"],
                    values["head"]["deal"],
                    report.name or self.env._("draft"),
                    *row,
                ]
                for report, values in reports
                for row in get_rows(report, values, **options)
            ],
            heading=[
                self.env._("Deal status reports: %s", name),
                self.env._(
                    "Reports: %(count)s. Printed on %(day)s.",
                    count=len(reports),
                    day=format_date(self.env, fields.Date.context_today(self)),
                ),
            ],
        )

    def _get_deal_columns(self):
        return [
            Column(self.env._("As of"), "date"),
            Column(self.env._("Key-account manager"), width=20),
            Column(self.env._("Salesperson"), width=20),
            Column(self.env._("Tier"), width=12),
            Column(self.env._("Health"), "number"),
            Column(self.env._("Change"), "number"),
            Column(self.env._("Map known"), "share"),
            Column(self.env._("Customer's stage"), width=18),
            Column(self.env._("Our stage"), width=16),
            Column(self.env._("Steps ahead"), "count"),
            Column(self.env._("Expected revenue"), "amount"),
            Column(self.env._("Currency"), width=10),
            Column(self.env._("Probability"), "share"),
            Column(self.env._("Closing"), "date"),
            Column(self.env._("Put off, times"), "count"),
            Column(self.env._("Critical alerts"), "count"),
            Column(self.env._("Alerts"), "count"),
            Column(self.env._("What to do next"), width=40),
            Column(self.env._("Decisions asked of management"), width=40),
        ]

    def _get_deal_rows(self, report, values):
        head, result, stage = values["head"], values["result"], values["stage"]
        alerts = values["picture"]["alerts"]
        last = values["previous"]
        known = result["health"] is not None
        change = None
        if known and last and last["health"] is not None:
            change = round(result["health"] - last["health"], 1)
        yield [
            fields.Date.to_date(values["as_of"]),
            head["manager"] or None,
            head["salesperson"] or None,
            head["tier"] or None,
            result["health"],
            change,
            result["completeness"] / 100 if known else None,
            None if stage["stage"] is None else self._get_stage_name(stage["stage"]),
            stage["pipeline_stage"] or None,
            None if stage["stage"] is None else stage["lag"],
            result["revenue"],
            self._get_currency(values),
            result["probability"] / 100,
            fields.Date.to_date(result["close"]) or None,
            result["pushes"],
            sum(alert["severity"] == "critical" for alert in alerts),
            len(alerts),
            self._tell_advice(values) or None,
            report.note or None,
        ]

    def _get_currency(self, values):
        return self.env["res.currency"].browse(values["head"]["currency_id"]).name

    def _get_people_columns(self):
        return [
            Column(self.env._("Who")),
            Column(self.env._("Job title"), width=22),
            Column(self.env._("Points"), width=24),
            Column(self.env._("Influence"), "count"),
            Column(self.env._("Attitude"), width=16),
            Column(self.env._("Access"), width=14),
            Column(self.env._("Personal stage"), width=18),
            Column(self.env._("What the person wants")),
            Column(self.env._("Last contact"), "date"),
            Column(self.env._("Contacts in 90 days"), "count"),
            Column(self.env._("Up to date"), width=12),
            Column(self.env._("Next step")),
        ]

    def _get_people_rows(self, report, values):
        names = self._get_point_names()
        for person in values["picture"]["people"]:
            step = values["next"].get(str(person["contact_id"]))
            yield [
                person["name"],
                person["title"] or None,
                ", ".join(names[point] for point in person["points"]) or None,
                person["influence"],
                self._cell("attitude", person),
                self._cell("access", person),
                None
                if person["stage"] is None
                else self._get_stage_name(person["stage"]),
                person["wants"] or None,
                fields.Date.to_date(person["last_touch"]) or None,
                person["touches"],
                self.env._("no") if person["stale"] else self.env._("yes"),
                step and self._tell_next(values, person) or None,
            ]

    def _cell(self, name, person):
        value = person[name]
        return None if value is None else self._label("crm.stakeholder", name, value)

    def _get_chain_columns(self):
        return [
            Column(self.env._("Chain"), width=34),
            Column(self.env._("Step"), width=34),
            Column(self.env._("Chance"), "share"),
            Column(self.env._("What we ask for")),
            Column(self.env._("Who"), width=18),
            Column(self.env._("By when"), "date"),
            Column(self.env._("State"), width=14),
        ]

    def _get_chain_rows(self, report, values):
        plan = values["chain"]
        for step in plan["steps"] if plan else ():
            yield [
                self.env._("under way, to %s", plan["target"]),
                f"{step['who']} → {step['whom']}",
                step["chance"],
                step["ask"] or None,
                step["owner"] or None,
                fields.Date.to_date(step["due"]) or None,
                self._label("crm.entry.step", "state", step["state"]),
            ]
        picture = values["picture"]
        names = self._get_names(picture)
        for chain in self._get_found(picture):
            people = chain["people"]
            for who, whom, chance in zip(
                people, people[1:], chain["chances"], strict=False
            ):
                yield [
                    self.env._(
                        "proposed, %(chance)s: %(people)s",
                        chance=self._chance(chain["chance"]),
                        people=" → ".join(names.get(c, "?") for c in people),
                    ),
                    f"{names.get(who, '?')} → {names.get(whom, '?')}",
                    chance,
                    *[None] * 4,
                ]

    def _get_criteria_columns(self):
        return [
            Column(self.env._("Criterion")),
            Column(self.env._("Who said it"), width=20),
            Column(self.env._("Importance"), "count"),
            Column(self.env._("We"), "count"),
            Column(self.env._("Competitor"), width=20),
            Column(self.env._("Competitor's score"), "count"),
            Column(self.env._("What it means"), width=18),
        ]

    def _get_criteria_rows(self, report, values):
        """A row per criterion and competitor: one filters by the competitor."""
        for row in values["criteria"]:
            scores = [
                (rival["name"], row["scores"].get(str(rival["id"])))
                for rival in values["competitors"]
            ]
            for name, score in scores or [(None, None)]:
                yield [
                    row["name"],
                    row["said_by"] or None,
                    row["importance"],
                    row["ours"],
                    name,
                    score,
                    row["class"]
                    and self._label(
                        "crm.deal.criterion", "criterion_class", row["class"]
                    ),
                ]

    def _get_facts_columns(self, with_margin):
        columns = [
            Column(self.env._("Currency"), width=10),
            Column(self.env._("Quotations"), "count"),
            Column(self.env._("Quoted"), "amount"),
            Column(self.env._("Orders"), "count"),
            Column(self.env._("Ordered"), "amount"),
            Column(self.env._("Shipped"), "share"),
            Column(self.env._("Invoiced"), "amount"),
            Column(self.env._("Still to be paid"), "amount"),
            Column(self.env._("Overdue"), "amount"),
            Column(self.env._("Overdue, days"), "count"),
            Column(self.env._("Lines due"), "count"),
            Column(self.env._("Of them on time"), "count"),
            Column(self.env._("Late now, lines"), "count"),
            Column(self.env._("Days late at most"), "count"),
        ]
        if with_margin:
            columns.append(Column(self.env._("Margin of orders"), "amount"))
        return columns

    def _get_facts_rows(self, report, values, with_margin):
        facts = values["facts"]
        shipped = facts["shipped_share"]
        row = [
            self._get_currency(values),
            facts["quotations"],
            facts["quoted"],
            facts["orders"],
            facts["ordered"],
            None if shipped is None else shipped / 100,
            facts["invoiced"],
            facts["open"],
            facts["overdue"],
            facts["overdue_days"],
            facts["lines_due"],
            facts["lines_on_time"],
            facts["lines_open_late"],
            facts["late_days"],
        ]
        yield row + ([report._get_margin()] if with_margin else [])

    def _get_changes_columns(self):
        return [
            Column(self.env._("Since report"), width=16),
            Column(self.env._("Who")),
            Column(self.env._("What changed")),
            Column(self.env._("Before"), width=20),
            Column(self.env._("Now"), width=20),
        ]

    def _get_changes_rows(self, report, values):
        last = values["previous"]
        for change in values["changes"]:
            what, before, after = self._get_change_cells(change, values)
            yield [
                last["number"],
                change["who"] or None,
                what,
                before or None,
                after or None,
            ]
