# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_date

from ..tools import deal_paper, stage_svg

#: parts of page 1 that stand still: head and tiles, titles of 2 and 3, legend, foot
PAGE_1_FIXED = 304
#: head, signatures and foot of page 2
PAGE_2_FIXED = 105
#: what points and chain may take at most, so that the map stays readable
PEOPLE_ROOM = 300
MAP_LOWEST, MAP_HIGHEST = 260, 560

#: what the template measures with
SIZES = {
    "font": deal_paper.FONT,
    "line": deal_paper.LINE,
    "padding": deal_paper.PADDING,
    "title": deal_paper.TITLE,
    "header": deal_paper.HEADER,
    "space": deal_paper.SPACE,
    "width": deal_paper.WIDTH,
    "height": deal_paper.HEIGHT,
}


class ReportDealReport(models.AbstractModel):
    """Two A4 pages: page 1 says how it stands and who is who, page 2 the rest."""

    _name = "report.crm_loyalty.report_deal_report"
    _description = "Deal Status Report on Paper"

    @api.model
    def _get_report_values(self, docids, data=None):
        reports = self.env["crm.deal.report"].browse(docids)
        reports.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": "crm.deal.report",
            "docs": reports,
            "papers": {report.id: self._get_paper(report) for report in reports},
            "sizes": SIZES,
        }

    def _get_paper(self, report):
        """What stands on the two pages of one report."""
        values = report.payload
        words = self.env["crm.deal.report.blocks"]
        with_margin = self.env.context.get("deal_report_margin")
        blocks = words._get_blocks(
            values, report.note, report._get_margin() if with_margin else None
        )
        ask = deal_paper.lay(blocks["decisions"]).note
        people = deal_paper.lay_page(
            [[blocks["points"]], [blocks["chain"]]], PEOPLE_ROOM
        )
        room = (
            deal_paper.HEIGHT
            - PAGE_1_FIXED
            - deal_paper.LINE * len(ask)
            - deal_paper.get_height(people)
        )
        return {
            "head": values["head"],
            "facts_of_head": self._get_head(report, words),
            "tiles": words._get_tiles(values),
            "next": words._tell_advice(values),
            "ask": ask,
            "stage": self._draw_stage(values, deal_paper.WIDTH),
            "stage_words": words._tell_stage(values),
            "map": self._draw_map(values, room),
            "map_room": room if values["picture"]["people"] else deal_paper.LINE * 2,
            "no_map": words._ask(values, self.env._("tab “People” of the deal")),
            "people": people,
            "facts": blocks["facts"],
            "facts_height": deal_paper.get_facts_height(blocks["facts"]),
            **self._lay_page_2(blocks),
        }

    def _lay_page_2(self, blocks):
        room = (
            deal_paper.HEIGHT
            - PAGE_2_FIXED
            - deal_paper.get_facts_height(blocks["facts"])
        )
        rows = deal_paper.lay_page(
            [
                [blocks["needs"]],
                [blocks["criteria"]],
                [blocks["flags"]],
                [blocks["done"], blocks["plan"]],
                [blocks["changes"]],
                [blocks["decisions"]],
            ],
            room,
        )
        return {"before_facts": rows[:3], "after_facts": rows[3:]}

    def _get_head(self, report, words):
        """List of (label, text) below the title."""
        head, last = report.payload["head"], report.payload["previous"]
        unknown = "–"
        return [
            (self.env._("Key-account manager"), head["manager"] or unknown),
            (self.env._("Salesperson"), head["salesperson"] or unknown),
            (self.env._("Executive sponsor"), head["sponsor"] or unknown),
            (self.env._("Tier"), head["tier"] or unknown),
            (
                self.env._("Previous report"),
                f"{last['number']}, {words._day(last['date'])}"
                if last
                else self.env._("none"),
            ),
        ]

    def _draw_stage(self, values, width, with_ours=True):
        """The customer's six steps; above our pipeline, for ourselves."""
        stage = values["stage"]
        rows = [
            (
                self.env._("Customer") if with_ours else self.env._("You"),
                self._get_step_names(stage["stages"]),
                stage["stage"],
                stage["expected"] if with_ours else None,
            )
        ]
        if with_ours:
            rows.append((self.env._("We"), stage["pipeline"], stage["current"], None))
        return stage_svg.draw(rows, width)

    def _get_step_names(self, frozen):
        """The six steps in the reader's language, as in the sentences about them."""
        steps = self.env["crm.decision.stage"]
        steps = steps.browse(row["id"] for row in steps._get_rows())
        names = [step.short_name or step.name for step in steps]
        return names if len(names) == len(frozen) else frozen

    def _draw_map(self, values, room):
        """The frozen picture, as it was on the day of the report."""
        height = min(max(room, MAP_LOWEST), MAP_HIGHEST)
        maps = self.env["crm.stakeholder.map"]
        return maps._get_svg(values["picture"], deal_paper.WIDTH, height)


class ReportDealReportIndex(models.AbstractModel):
    """The first page of a print of several reports."""

    _name = "report.crm_loyalty.report_deal_report_index"
    _description = "Index of Deal Status Reports"

    @api.model
    def _get_report_values(self, docids, data=None):
        reports = self.env["crm.deal.report"].browse(docids)
        reports.check_access("read")
        words = self.env["crm.deal.report.words"]
        first = -(-len(reports) // ROWS_OF_INDEX) + 1
        return {
            "doc_ids": docids,
            "doc_model": "crm.deal.report",
            "docs": reports,
            "today": format_date(self.env, fields.Date.context_today(self)),
            "rows": [
                {
                    "page": first + 2 * number,
                    "number": report.name or self.env._("draft"),
                    "customer": report.payload["head"]["customer"],
                    "deal": report.payload["head"]["deal"],
                    "health": words._get_tiles(report.payload)[0][1],
                    "forecast": words._money(
                        report.payload["result"]["revenue"], report.payload
                    ),
                    "closing": words._day(report.payload["result"]["close"]),
                    "band": report.payload["result"]["band"],
                    "changes": len(report.payload["changes"]),
                }
                for number, report in enumerate(reports)
            ],
            "rows_of_page": ROWS_OF_INDEX,
            "sizes": SIZES,
        }


#: reports that fit on a page of the index
ROWS_OF_INDEX = 42


class ReportDealReportClient(models.AbstractModel):
    """What the customer may read: the text that the author has checked."""

    _name = "report.crm_loyalty.report_deal_report_client"
    _description = "Client Version of a Deal Status Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        reports = self.env["crm.deal.report"].browse(docids)
        reports.check_access("read")
        reports._check_client_version()
        words = self.env["crm.deal.report.words"]
        paper = self.env["report.crm_loyalty.report_deal_report"]
        return {
            "doc_ids": docids,
            "doc_model": "crm.deal.report",
            "docs": reports,
            "papers": {
                report.id: {
                    "head": report.payload["head"],
                    "day": words._day(report.payload["as_of"]),
                    "stage": paper._draw_stage(report.payload, 620, with_ours=False),
                }
                for report in reports
            },
        }
