# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import base64
import json
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf

from ..tools.deal_report import names_somebody
from ..tools.workbook import write_workbook

PAPER = "crm_loyalty.report_deal_report"
INDEX = "crm_loyalty.report_deal_report_index"
#: needs that the customer has told himself; what we only guess is not for him
TOLD_NEEDS = ("confirmed", "quantified")


class CrmDealReport(models.Model):
    """The report on screen, on paper and as a workbook, all from the frozen values."""

    _inherit = "crm.deal.report"

    picture = fields.Html(
        "Report",
        compute="_compute_picture",
        sanitize=False,  # drawn by our own template, from escaped values
    )

    @api.depends("payload", "note")
    @api.depends_context("uid", "lang")
    def _compute_picture(self):
        words = self.env["crm.deal.report.blocks"]
        paper = self.env["report.crm_loyalty.report_deal_report"]
        for report in self:
            values = report.payload
            if not values:
                report.picture = False
                continue
            blocks = words._get_blocks(values, report.note, report._get_margin())
            report.picture = self.env["ir.qweb"]._render(
                "crm_loyalty.deal_report_screen",
                {
                    "tiles": words._get_tiles(values),
                    "band": values["result"]["band"],
                    "next": words._tell_advice(values),
                    "stage": paper._draw_stage(values, 900),
                    "stage_words": words._tell_stage(values),
                    "people": paper._draw_map(values, 520),
                    "no_map": words._ask(
                        values, self.env._("tab “People” of the deal")
                    ),
                    "blocks": blocks,
                },
            )

    def _get_margin(self):
        """Margin of the orders as it was frozen; None if unknown, or not to be seen."""
        if not self.env.user.has_group("crm_loyalty.group_cost"):
            return None
        return (self.margin or {}).get("orders")

    # ------------------------------------------------------------------
    # Paper
    # ------------------------------------------------------------------

    def _get_pdf(self, with_margin=False):
        """These reports in one PDF: two pages each, after an index if several.

        Issued reports are what was frozen when they were issued. With the margin, or
        in another language, they are drawn again from their frozen values: what people
        have typed stays in their words.

        :param bool with_margin: for users who may see it
        :return: bytes
        :raise AccessError: if the user may not read one of the reports
        """
        self.check_access("read")
        if with_margin and self.env.user.has_group("crm_loyalty.group_cost"):
            pages, kind = self.with_context(deal_report_margin=True)._draw_paper()
        else:
            self._freeze_pdf()
            lang = self._get_pdf_lang()
            pages = {
                report.id: base64.b64decode(report.pdf)
                for report in self.with_context(bin_size=False)
                if report.pdf and report.pdf_lang in (False, lang)
            }
            loose = self.filtered(lambda report: report.id not in pages)
            drawn, kind = loose._draw_paper()
            pages |= drawn
        files = [pages[report.id] for report in self]
        if kind == "pdf":
            return files[0] if len(files) == 1 else merge_pdf(self._draw_index(*files))
        return b"".join(files)

    def _freeze_pdf(self):
        """Keep the paper of issued reports that have none yet."""
        if self.env.context.get("deal_report_no_paper"):
            return
        # sudo: nobody else writes the snapshot
        issued = self.sudo().filtered(lambda r: r.state != "draft" and not r.pdf)
        printer = self.env["ir.actions.report"]
        if printer.get_wkhtmltopdf_state() in ("install", "broken"):
            # without a printer it is drawn, from the frozen values, once there is one
            return
        pages, kind = issued._draw_paper()
        if kind == "pdf":
            for report in issued:
                report.write(
                    {
                        "pdf": base64.b64encode(pages[report.id]),
                        "pdf_lang": self._get_pdf_lang(),
                    }
                )

    def _get_pdf_lang(self):
        """Jobs have no language of their own: the source is English."""
        return self.env.lang or "en_US"

    def _draw_paper(self):
        """Draw these reports by one call of the printer.

        :return: ({id: bytes}, kind); in tests that do not ask for real paper the kind
            is "html", as it is everywhere in core
        """
        if not self:
            return {}, "pdf"
        printer = self.env["ir.actions.report"]
        drawn, kind = printer._pre_render_qweb_pdf(PAPER, self.ids)
        if kind != "pdf":
            return dict.fromkeys(self.ids, drawn), kind
        return {i: stream["stream"].getvalue() for i, stream in drawn.items()}, kind

    def _draw_index(self, *files):
        """The index before the reports it lists."""
        printer = self.env["ir.actions.report"]
        drawn, _kind = printer._pre_render_qweb_pdf(INDEX, self.ids)
        return [drawn[False]["stream"].getvalue(), *files]

    def action_print(self):
        """Print these reports."""
        return self.env.ref("crm_loyalty.action_report_deal_report").report_action(self)

    # ------------------------------------------------------------------
    # Client version
    # ------------------------------------------------------------------

    def action_prepare_client(self):
        """Write the client version anew: needs told by the customer, facts, the plan.

        Nothing that we think about people, nothing about margin and tier. It is to be
        read and edited by the author; nothing sends it by itself.
        """
        for report in self:
            report._check_issued()
            report.client_html = self.env["ir.qweb"]._render(
                "crm_loyalty.deal_report_client_body",
                {"blocks": report._get_client_blocks()},
            )
        return True

    def action_client_version(self):
        """Write the client version if there is none yet, and show it at once."""
        self.ensure_one()
        if not self.client_html:
            self.action_prepare_client()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Client Version"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (self.env.ref("crm_loyalty.deal_report_view_form_client").id, "form")
            ],
            "target": "new",
        }

    def _get_client_blocks(self):
        """Sections 6, 9 and 10 as the customer may read them."""
        self.ensure_one()
        people = [person["name"] for person in self.payload["picture"]["people"]]
        values = {
            **self.payload,
            "needs": [n for n in self.payload["needs"] if n["state"] in TOLD_NEEDS],
            **{
                side: [
                    {**row, "result": "", "with": ""}
                    for row in self.payload[side]
                    # whom we speak to, and about whom, is our own business
                    if row["is_joint"] and not names_somebody(row["what"], people)
                ]
                for side in ("done", "plan")
            },
        }
        blocks = self.env["crm.deal.report.blocks"]._get_blocks(values)
        needs = blocks["needs"]
        # without our state of knowledge and our answer
        needs.columns = needs.columns[:3]
        needs.rows = [row[:3] for row in needs.rows]
        chosen = [blocks[name] for name in ("needs", "facts", "done", "plan")]
        titles = self._get_client_titles()
        for block in chosen:
            block.title = titles[block.name]
            block.empty = self.env._("Nothing yet.")
        return chosen

    def _get_client_titles(self):
        return {
            "needs": self.env._("What you need"),
            "facts": self.env._("Where we are"),
            "done": self.env._("Done"),
            "plan": self.env._("Our joint plan"),
        }

    def _check_issued(self):
        if self.state == "draft":
            raise UserError(
                self.env._(
                    "%s: issue the report first, then prepare its client version.",
                    self.display_name,
                )
            )

    def _check_client_version(self):
        """
        :raise UserError: if one of the reports has no client version yet, or waits for
            approval
        """
        for report in self:
            report._check_issued()
            if not report.client_html:
                raise UserError(
                    self.env._(
                        "%s: there is no client version yet. Press “Client Version”,"
                        " read it, then print it.",
                        report.display_name,
                    )
                )
            if report.needs_approval and report.state != "approved":
                raise UserError(
                    self.env._(
                        "%s: waits for approval, the customer gets it afterwards.",
                        report.display_name,
                    )
                )

    def action_print_client(self):
        """Print the client versions of these reports."""
        self._check_client_version()
        report = self.env.ref("crm_loyalty.action_report_deal_report_client")
        return report.report_action(self)

    # ------------------------------------------------------------------
    # Workbook
    # ------------------------------------------------------------------

    def _get_workbook(self, with_margin=False):
        """These reports as a workbook to be filtered: deals, people, chain, criteria,
        facts, changes.

        :param bool with_margin: for users who may see it
        :return: bytes of an XLSX file
        :raise AccessError: if the user may not read one of the reports
        """
        return write_workbook(self._get_workbook_sheets(with_margin))

    def _get_workbook_sheets(self, with_margin=False):
        self.check_access("read")
        with_margin = with_margin and self.env.user.has_group("crm_loyalty.group_cost")
        sheets = self.env["crm.deal.report.sheets"]
        return sheets._make_sheets(self, with_margin)

    def action_workbook(self):
        """Download these reports as a workbook."""
        data = {
            "model": "crm.deal.report.sheets",
            "args": [self.ids],
            "context": {"lang": self.env.lang},
        }
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_loyalty/workbook?{urlencode({'data': json.dumps(data)})}",
            "target": "download",
        }
