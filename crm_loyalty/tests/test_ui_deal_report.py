# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io
from functools import partial

from pypdf import PdfReader

from odoo import Command
from odoo.tests import HttpCase, tagged

from .map_common import create_crowd
from .test_deal_report import DealReportCase

#: A4 in points, and the least distance of a text from the edge of the paper
A4 = (595, 842)
EDGE = 24


def _collect(places, words, text, cm, tm, _font, _size):
    """Keep a text of a page and where it begins."""
    words.append(text)
    if text.strip():
        x = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
        y = cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
        places.append((x, y))


@tagged("post_install", "-at_install")
class TestUiDealReport(DealReportCase, HttpCase):
    """Real paper, and the main path in the real web client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reports = cls.reports.with_context(force_report_rendering=True)
        cls.tour_boris = cls._user(
            "tour_report_boris",
            "base.group_user,crm_loyalty.group_key_account_manager,base.group_allow_export",
            name="Tour Boris",
        )

    # ------------------------------------------------------------------
    # Paper
    # ------------------------------------------------------------------

    def _read(self, content, pages):
        """Texts of the pages, none of which stands beyond the margins."""
        self.assertTrue(content.startswith(b"%PDF"))
        reader = PdfReader(io.BytesIO(content))
        self.assertEqual(len(reader.pages), pages)
        texts = []
        for page in reader.pages:
            places, words = [], []
            page.extract_text(visitor_text=partial(_collect, places, words))
            self.assertAlmostEqual(float(page.mediabox.width), A4[0], delta=2)
            self.assertAlmostEqual(float(page.mediabox.height), A4[1], delta=2)
            for x, y in places:
                self.assertTrue(EDGE <= x <= A4[0] - EDGE, (x, y))
                self.assertTrue(EDGE <= y <= A4[1] - EDGE, (x, y))
            texts.append(" ".join("".join(words).split()))
        return texts

    def _assert_two_pages(self, report):
        first, second = self._read(report._get_pdf(), 2)
        for title in ("1 Result", "2 Where", "3 People", "4 Three points", "5 Chain"):
            self.assertIn(title, first)
        for title in (
            "6 Needs",
            "7 Criteria",
            "8 Alerts",
            "9 Facts",
            "10 Done",
            "Plan",
            "11 What changed",
            "12 Decisions",
            "Key-account manager: ",
            "2 / 2",
        ):
            self.assertIn(title, second)
        self.assertIn("1 / 2", first)
        return first, second

    def test_map_m_on_paper(self):
        report = self._issue(note="Разрешить пробную поставку до пятницы")
        first, second = self._assert_two_pages(report)
        for word in ("59 of 100", "82 %", "Sidorov", "Anna → Ivanova", report.name):
            self.assertIn(word, first)
        for page in (first, second):
            self.assertIn("Разрешить пробную поставку", page)
        self.assertNotIn(" more", second)
        self.assertIn("Rival 55.2", second)
        kept = report.pdf
        self._meet_sidorov()
        self._issue()
        report.invalidate_recordset()
        self.assertTrue(kept)
        self.assertEqual(report.pdf, kept, "the paper was frozen with the values")

    def test_nobody_known_on_paper(self):
        deal = self._deal(self._partner("New Works"))
        first, second = self._assert_two_pages(self._issue(deal))
        self.assertIn("To be filled in by Anna", first)
        self.assertIn("No data: the deal has no quotation", second)

    def test_forty_people_and_sixty_criteria_on_paper(self):
        long = "Очень длинное название с подробностями, которые не помещаются " * 3
        create_crowd(self.map, people=36, relations=60)
        self.account.name = "Завод " + long
        self.deal.name = "Поставка " + long
        quiet = self.env(context={"stakeholder_refreshing": True})
        for model, count, values in (
            ("crm.deal.need", 25, {"stakeholder_id": self.petrov.id, "answer": long}),
            ("crm.deal.criterion", 56, {"importance": 5}),
            ("crm.deal.concern", 25, {"answer": long, "severity": "5"}),
            ("crm.deal.competitor", 6, {}),
        ):
            quiet[model].create(
                [
                    {"map_id": self.map.id, "name": f"{number} {long}", **values}
                    for number in range(count)
                ]
            )
        self.sidorov.write({"win_result": long})
        self.sidorov.contact_id.write({"name": "Сидоров " + long, "function": long})
        self.map._refresh()
        for number in range(40):
            self.deal.activity_schedule(
                "mail.mail_activity_data_call", summary=f"{number} {long}"
            )
        first_report = self._issue(note=f"{long}\n" * 9)
        self.env["crm.deal.report.decision"].create(
            [
                {
                    "report_id": first_report.id,
                    "name": f"{number} {long}",
                    "user_id": self.anna.id,
                    "date_due": self.today,
                }
                for number in range(20)
            ]
        )
        self.map.stakeholder_ids.write({"attitude": "2", "influence": "1"})
        report = self._issue(note=f"{long}\n" * 9)
        self.assertEqual(len(report.payload["picture"]["people"]), 40)
        self.assertEqual(len(report.payload["criteria"]), 60)
        _first, second = self._assert_two_pages(report)
        # needs, criteria, alerts and concerns, plan, changes, decisions
        self.assertGreaterEqual(second.count(" more"), 6)
        self.assertIn("Сидоров", second + _first)

    def test_several_with_an_index(self):
        leads = self.deal
        for number in range(3):
            leads |= self._deal(
                self._partner(f"Works {number}", user_id=self.anna.id),
                name=f"Contract {number}",
            )
        reports = self._issue(leads)
        texts = self._read(reports._get_pdf(), 1 + 2 * 4)
        index = texts[0]
        for number, report in enumerate(reports):
            self.assertIn(report.name, index)
            self.assertIn(report.name, texts[1 + 2 * number])
            self.assertIn(f" {2 + 2 * number}", index)
        self.assertIn("59 of 100", index)
        printer = self.env["ir.actions.report"].with_user(self.anna)
        content, kind = printer.with_context(
            force_report_rendering=True
        )._render_qweb_pdf("crm_loyalty.report_deal_report", reports.ids)
        self.assertEqual(kind, "pdf")
        self._read(content, 9)

    def test_paper_is_in_the_language_of_who_prints_it(self):
        """Frozen in the language of the author, drawn anew for another reader."""
        self.env["res.lang"]._activate_lang("ru_RU")
        for step in self.stages.values():
            step.with_context(lang="ru_RU").short_name = f"Шаг {step.idx}"
        report = self._issue()
        self.assertEqual(report.pdf_lang, "en_US")
        frozen = report.pdf
        for lang, words, other in (
            ("en_US", "Meet Sidorov", "Встретиться"),
            ("ru_RU", "Встретиться: Sidorov", "Meet"),
        ):
            texts = self._read(report.with_context(lang=lang)._get_pdf(), 2)
            self.assertIn(words, texts[0])
            self.assertNotIn(other, texts[0])
            for step in self.stages.values():
                name = step.with_context(lang=lang)
                self.assertIn(name.short_name or name.name, texts[0])
        self.assertEqual((report.pdf, report.pdf_lang), (frozen, "en_US"))

    def test_client_version_on_paper(self):
        self.env["sale.order"].create(
            {
                "partner_id": self.account.id,
                "opportunity_id": self.deal.id,
                "order_line": [
                    Command.create({"product_id": self.service.id, "price_unit": 5})
                ],
            }
        )
        report = self._issue()
        report.action_prepare_client()
        printer = self.env["ir.actions.report"].with_user(self.anna)
        content, _kind = printer.with_context(
            force_report_rendering=True
        )._render_qweb_pdf("crm_loyalty.report_deal_report_client", report.ids)
        [text] = self._read(content, 1)
        self.assertIn("Downtime", text)
        self.assertNotIn("Sidorov", text)

    # ------------------------------------------------------------------
    # Tour
    # ------------------------------------------------------------------

    def test_two_reports_around_a_change(self):
        self.deal.user_id = self.tour_boris
        self.start_tour(
            f"/odoo/crm/{self.deal.id}",
            "crm_loyalty_deal_report_tour",
            login="tour_report_boris",
        )
        second, first = self.deal.deal_report_ids
        self.assertEqual(second.previous_id, first)
        self.assertEqual(first.author_id, self.tour_boris)
        self.assertEqual(first.note, "Approve a pilot")
        self.assertIn(
            ("person_attitude", "Sidorov", 0, 1),
            [
                (c["code"], c["who"], c["before"], c["after"])
                for c in second._get_changes()
            ],
        )
