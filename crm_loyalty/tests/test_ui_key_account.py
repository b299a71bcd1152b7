# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io

from pypdf import PdfReader

from odoo.tests import tagged

from .test_ui import UiCase


@tagged("post_install", "-at_install")
class TestUiKeyAccount(UiCase):
    """Handover and dossier in the real web client, and on real paper."""

    def test_hand_over_and_undo(self):
        self.policy._apply_tiers()
        boris = self._user(
            "tour_boris", "base.group_user,sales_team.group_sale_salesman"
        )
        self.start_tour("/odoo", "crm_loyalty_handover_tour", login="tour_maria")
        handover = self.env["crm.handover"].search([("to_user_id", "=", boris.id)])
        self.assertEqual(handover.state, "undone")
        self.assertEqual(handover.line_count, 6)
        customers = handover.line_ids.partner_id
        self.assertEqual(customers.user_id, self.anna)

    def test_candidate_becomes_a_dossier(self):
        self.policy._apply_tiers()
        self.start_tour(
            "/odoo/key-accounts", "crm_loyalty_dossier_tour", login="tour_maria"
        )
        account = self.env["crm.key.account"].search(
            [("partner_id.name", "=", "Tour Customer 0")]
        )
        self.assertEqual(account.state, "active")
        self.assertEqual(len(account.review_ids), 1)
        self._assert_prints(account)

    def _assert_prints(self, account):
        """Real PDFs: Cyrillic is readable, pages are numbered, short is one page."""
        partner = account.partner_id
        partner.name = "Завод «Северный» " + "с очень длинным названием " * 4
        account.write({"owners": "Иван Петров", "strategy": "<p>Внедрение</p>"})
        for report, pages in (
            ("report_key_account", (2, 3)),
            ("report_key_account_short", (1, 1)),
        ):
            content, kind = (
                self.env["ir.actions.report"]
                .with_user(self.maria)
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(f"crm_loyalty.{report}", account.ids)
            )
            self.assertEqual(kind, "pdf")
            reader = PdfReader(io.BytesIO(content))
            self.assertTrue(pages[0] <= len(reader.pages) <= pages[1], report)
            text = " ".join(
                " ".join(page.extract_text() for page in reader.pages).split()
            )
            self.assertIn("Северный", text)
            self.assertIn(f"1 / {len(reader.pages)}", text)
            self.assertEqual("Внедрение" in text, report == "report_key_account")
