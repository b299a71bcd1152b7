# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import doctest
import io
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..tools import portfolio
from ..tools.svg import band_sign, steps
from .map_common import MapCommon

EVERYBODY = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestPortfolioTools(BaseCase):
    """Order, counting and cutting, without a database."""

    def test_examples_in_the_texts(self):
        self.assertEqual(doctest.testmod(portfolio).failed, 0)

    def test_bars_fill_up_to_the_current_step(self):
        picture = steps((6, 2), (4, None))
        self.assertEqual(picture.count("<rect"), 10)
        self.assertEqual(picture.count('fill="none"'), 7)

    def test_signs_differ_without_their_colour(self):
        signs = {band_sign(band).split("stroke-width")[1] for band in portfolio.BANDS}
        self.assertEqual(len(signs), 4)


class PortfolioCase(MapCommon):
    """Besides the deal with the people of map M, one that nobody has mapped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._user("boss_portfolio", f"{EVERYBODY},crm_loyalty.group_manager")
        # other deals of this database belong to nobody here
        cls.env["crm.lead"].search(
            [("id", "!=", cls.deal.id), ("type", "=", "opportunity")]
        ).active = False
        cls.deal.write({"expected_revenue": 4000, "probability": 50})
        cls.team = cls.env["crm.team"].create(
            {"name": "North", "company_id": cls.company.id}
        )
        cls.other = cls._deal(
            cls._partner("Silent & Co", user_id=cls.boris.id),
            name="Spare parts",
            user_id=cls.boris.id,
            team_id=cls.team.id,
            expected_revenue=1000,
            probability=20,
        )
        cls.env.flush_all()
        cls.portfolio = cls.env["crm.deal.portfolio"]

    def _values(self, user=None, **filters):
        return self.portfolio.with_user(user or self.boss).get_values(filters)

    def _row(self, user=None, deal=None):
        rows = self._values(user)["rows"]
        return next(row for row in rows if row["id"] == (deal or self.deal).id)

    def _many(self, count):
        """Deals without a map, of one salesperson."""
        return self.env["crm.lead"].create(
            [
                {
                    "type": "opportunity",
                    "name": f"Deal {number} with a long name about everything we sell",
                    "partner_id": self.account.id,
                    "user_id": self.anna.id,
                    "company_id": self.company.id,
                    "expected_revenue": 100 + number,
                }
                for number in range(count)
            ]
        )


@tagged("post_install", "-at_install")
class TestPortfolio(PortfolioCase):
    """What the screen, the paper and the workbook show."""

    def test_figures_of_a_deal(self):
        row = self._row()
        self.assertEqual(
            [row["customer"], row["name"], row["user"]],
            ["Works", "Annual contract", "Anna"],
        )
        self.assertEqual([row["band"], row["health"]], ["amber", 59.0])
        self.assertEqual(row["known"], 82.1)
        self.assertEqual(row["customer_stage"], self.stages[1].name)
        self.assertEqual([row["customer_step"], row["customer_steps"]], [1, 6])
        self.assertEqual([row["our_stage"], row["lag"]], ["Proposition", 1])
        self.assertEqual([row["value"], row["weighted"]], [4000, 2000])
        self.assertEqual(row["alert"], "A strong opponent, and nothing is being done")
        self.assertEqual([row["severity"], row["more_alerts"]], ["critical", 4])
        self.assertEqual(row["next"], "Meet Sidorov: +10.7")

    def test_closing_tells_how_often_it_was_put_off(self):
        row = self._row()
        self.assertEqual(row["closing"], str(fields.Date.add(self.today, days=30)))
        self.assertEqual(row["moves"], 1)
        first = self.portfolio._day(fields.Date.add(self.today, days=20))
        self.assertEqual(row["moves_text"], "put off 1×")
        self.assertEqual(row["first_text"], f"at first {first}")
        self.assertFalse(row["is_late"])

    def test_late_closing_is_told(self):
        self.deal.date_deadline = fields.Date.subtract(self.today, days=1)
        self.assertTrue(self._row()["is_late"])

    def test_next_activity_is_told(self):
        row = self._row()
        day = self.portfolio._day(fields.Date.add(self.today, days=3))
        self.assertEqual(row["planned"], f"{day}: Call")
        self.assertFalse(row["is_planned_late"])

    def test_deal_without_people_is_unknown_and_not_bad(self):
        row = self._row(deal=self.other)
        self.assertEqual([row["band"], row["band_label"]], ["unknown", "No data"])
        self.assertIsNone(row["health"])
        self.assertIsNone(row["known"])
        self.assertEqual(row["hint"], "Salesperson: enter who decides")
        self._map(lead_id=self.other.id)
        row = self._row(deal=self.other)
        self.assertEqual(row["band"], "unknown")
        self.assertIsNone(row["health"])
        self.assertEqual(row["known"], 0)
        self.assertEqual(row["hint"], "Salesperson: enter who decides")

    def test_change_since_the_last_report(self):
        self.assertEqual(
            [self._row()["change"], self._row()["change_text"]], [None, ""]
        )
        self.env["crm.deal.report"]._issue_for(self.deal)
        self.assertEqual([self._row()["change"], self._row()["change_text"]], [0, "="])
        self.petrov.org_status = "left"
        row = self._row()
        self.assertEqual([row["band"], row["health"]], ["red", 46.7])
        self.assertEqual([row["change"], row["change_text"]], [-12.3, "▼ −12.3"])
        day = self.portfolio._day(self.today)
        self.assertEqual(row["since_text"], f"since {day}")

    def test_words_are_in_the_language_of_each_reader(self):
        """In one transaction, as mails to several people are made."""
        self.env["res.lang"]._activate_lang("ru_RU")
        portfolio_of_boss = self.portfolio.with_user(self.boss)
        words = [
            portfolio_of_boss.with_context(lang=lang).get_values()["rows"][0]["next"]
            for lang in ("ru_RU", "en_US")
        ]
        self.assertEqual(words[1], "Meet Sidorov: +10.7")
        self.assertNotIn("Meet", words[0])

    def test_totals(self):
        totals = self._values()["totals"]
        self.assertEqual(totals["count"], 2)
        self.assertEqual(
            {band["band"]: band["count"] for band in totals["bands"]},
            {"red": 0, "amber": 1, "unknown": 1, "green": 0},
        )
        [money] = totals["money"]
        self.assertEqual([money["value"], money["weighted"]], [5000, 2200])
        self.assertEqual(totals["count_text"], "Open deals: 2")

    def test_totals_per_currency(self):
        """A deal of another company counts in its own currency."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        abroad = self.env["res.company"].create(
            {"name": "Abroad", "currency_id": euro.id}
        )
        self.boss.company_ids += abroad
        self._deal(
            self._partner("Far away"),
            company_id=abroad.id,
            user_id=self.boss.id,
            expected_revenue=300,
            probability=10,
        )
        companies = (self.company | abroad).ids
        values = (
            self.portfolio.with_user(self.boss)
            .with_context(allowed_company_ids=companies)
            .get_values()
        )
        money = {row["currency"]: row for row in values["totals"]["money"]}
        self.assertEqual(
            {name: [row["value"], row["weighted"]] for name, row in money.items()},
            {self.company.currency_id.name: [5000, 2200], "EUR": [300, 30]},
        )
        of_one = self.portfolio.with_user(self.boss).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertEqual(of_one.get_values()["totals"]["count"], 2)

    def test_order_is_that_of_attention(self):
        red = self._deal(name="Ill")
        red_map = self._map(lead_id=red.id)
        self._person("Nobody else", contact_map=red_map)
        self.assertEqual(red_map.health_band, "red")
        late = self._deal(name="Late", date_deadline="2020-01-01")
        rows = self._values()["rows"]
        self.assertEqual(
            [row["id"] for row in rows],
            [red.id, self.deal.id, late.id, self.other.id],
        )

    def test_closed_deals_and_leads_are_not_in_it(self):
        self._deal(name="Won").action_set_won()
        self._deal(name="Lost").action_set_lost()
        self._deal(name="Lead", type="lead")
        self.assertEqual(self._values()["totals"]["count"], 2)

    def test_filters(self):
        self.assertEqual(
            [row["id"] for row in self._values(user_id=self.boris.id)["rows"]],
            self.other.ids,
        )
        self.assertEqual(
            [row["id"] for row in self._values(team_id=self.team.id)["rows"]],
            self.other.ids,
        )
        self.assertEqual(
            [row["id"] for row in self._values(lead_ids=self.deal.ids)["rows"]],
            self.deal.ids,
        )
        self.assertEqual(self._values(lead_ids=[])["rows"], [])
        values = self._values(user_id=self.anna.id, team_id=self.team.id)
        self.assertEqual([values["rows"], values["totals"]["count"]], [[], 0])
        self.assertEqual(values["title"], "Anna, North")
        # what may be chosen does not shrink with what was chosen
        self.assertEqual(
            {name for _id, name in values["choices"]["users"]}, {"Anna", "Boris"}
        )

    def test_filter_by_tier(self):
        for partner, revenue in ((self.account, 900), (self.other.partner_id, 10)):
            self._invoice(partner, revenue, "2026-03-15")
        self._decide()
        tier = self._profile(self.account).tier_id
        self.assertEqual(tier, self.tier_1)
        values = self._values(tier_id=tier.id)
        self.assertEqual([row["id"] for row in values["rows"]], self.deal.ids)
        self.assertEqual(values["rows"][0]["tier"], tier.name)

    def test_more_deals_than_can_be_listed_are_counted(self):
        self._many(205)
        values = self._values()
        self.assertEqual([len(values["rows"]), values["more"]], [200, 7])
        self.assertEqual(values["totals"]["count"], 207)

    @freeze_time("2026-06-30")
    def test_plan_and_actual_of_the_dossier(self):
        self.env["crm.key.account"].create(
            {
                "partner_id": self.account.id,
                "manager_id": self.anna.id,
                "target_ids": [
                    Command.create({"month": date(2026, month, 1), "amount": 1000})
                    for month in (5, 6, 7)
                ],
            }
        )
        self._invoice(self.account, 700, "2026-05-04")
        self._invoice(self.account, 500, "2026-06-10")
        self._invoice(self.account, 900, "2026-04-10")
        self._run()
        row = self._row(self.anna)
        # April has no target, July is to come
        self.assertEqual([row["target"], row["actual"]], [2000, 1200])
        self.assertEqual(row["target_share"], 0.6)
        # a dossier is for its team
        cleo = self._user("cleo_portfolio", EVERYBODY)
        self.assertIsNone(self._row(cleo)["target"])

    def test_queries_do_not_grow_with_deals(self):
        """Three deals and thirty, with maps, people, alerts and dates put off."""

        def count(deals):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = self._values(lead_ids=deals.ids)["rows"]
            self.assertEqual(len(rows), len(deals))
            return self.env.cr.sql_log_count - before

        deals = self.env["crm.lead"]
        for number in range(30):
            account = self._partner(f"Customer {number}")
            deal = self._deal(account, name=f"Deal {number}", team_id=self.team.id)
            contact_map = self._map(lead_id=deal.id)
            contact = self._contact("Head", account)
            self._person("Head", contact_map=contact_map, contact=contact)
            deal.date_deadline = fields.Date.add(self.today, days=5)
            deal.date_deadline = fields.Date.add(self.today, days=9)
            self.env["crm.key.account"].create(
                {
                    "partner_id": account.id,
                    "target_ids": [Command.create({"month": self.today, "amount": 10})],
                }
            )
            deals += deal
        self.env["crm.deal.report"]._issue_for(deals)
        count(deals)
        few, many = count(deals[:3]), count(deals)
        self.assertEqual(few, many)
        self.assertLessEqual(many, 60)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_salesperson_gets_his_own(self):
        self.assertEqual(
            [row["id"] for row in self._values(self.anna)["rows"]], self.deal.ids
        )
        row = self._row(self.anna)
        self.assertEqual(row["health"], 59.0)

    def test_all_documents_and_manager_get_everything(self):
        cleo = self._user("cleo_portfolio", EVERYBODY)
        for user in (cleo, self.boss):
            self.assertEqual(self._values(user)["totals"]["count"], 2)
            self.assertEqual(self._row(user)["health"], 59.0)

    def test_hidden_map_leaves_what_core_shows(self):
        """An unassigned deal of a customer of Anna's: Boris sees the deal only."""
        self.deal.user_id = False
        self.account.user_id = self.anna
        row = self._row(self.boris)
        self.assertEqual([row["value"], row["our_stage"]], [4000, "Proposition"])
        self.assertEqual(row["band"], "unknown")
        for name in ("health", "known", "change", "customer_step", "lag"):
            self.assertIsNone(row[name], name)
        for name in ("alert", "severity", "next", "hint", "customer_stage"):
            self.assertEqual(row[name], "", name)

    def test_key_account_manager_sees_maps_of_the_team(self):
        keeper = self._user(
            "keeper_portfolio",
            f"{EVERYBODY},crm_loyalty.group_key_account_manager",
        )
        self.assertEqual(self._row(keeper)["health"], 59.0)
        own = self._user(
            "keeper_own_portfolio", "crm_loyalty.group_key_account_manager"
        )
        self.assertEqual(self._values(own)["rows"], [])

    def test_other_company_gets_nothing(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        stranger = self._user("stranger_portfolio", EVERYBODY)
        stranger.write(
            {"company_ids": [Command.set(abroad.ids)], "company_id": abroad.id}
        )
        self.assertEqual(self._values(stranger)["rows"], [])
        self.assertEqual(
            self._values(stranger, lead_ids=self.deal.ids)["totals"]["count"], 0
        )

    def test_portal_and_strangers_are_refused(self):
        for login, group in (("p", "base.group_portal"), ("u", "base.group_user")):
            user = self._user(f"{login}_portfolio", group)
            with self.assertRaises(AccessError):
                self._values(user)

    # ------------------------------------------------------------------
    # Workbook and paper
    # ------------------------------------------------------------------

    def test_workbook_has_the_values_of_the_screen(self):
        portfolio_of_boss = self.portfolio.with_user(self.boss)
        name, [sheet] = portfolio_of_boss._get_sheets({})
        self.assertEqual(name, "Portfolio of Deals")
        titles = [column.title for column in sheet.columns]
        first = dict(zip(titles, sheet.rows[0], strict=True))
        self.assertEqual(first["Health"], 59.0)
        self.assertEqual(first["Map Known"], 0.821)
        self.assertEqual(first["Closing"], fields.Date.add(self.today, days=30))
        second = dict(zip(titles, sheet.rows[1], strict=True))
        self.assertIsNone(second["Health"])
        with self.assertRaises(AccessError):
            portfolio_of_boss._export_workbook({})
        self.boss.group_ids += self.env.ref("base.group_allow_export")
        _name, content = portfolio_of_boss._export_workbook({})
        self.assertEqual(content[:2], b"PK")

    def test_workbook_is_printed_on_one_page_across(self):
        """Across, and no wider than can be read when it is shrunk to the page."""
        self.boss.group_ids += self.env.ref("base.group_allow_export")
        deal = self.other
        deal.name = f"{deal.partner_id.name}: " + "supply of many things " * 5
        _name, content = self.portfolio.with_user(self.boss)._export_workbook({})
        page = load_workbook(io.BytesIO(content)).active
        setup = page.page_setup
        self.assertEqual((setup.orientation, setup.paperSize), ("landscape", 9))
        self.assertTrue(page.sheet_properties.pageSetUpPr.fitToPage)
        self.assertEqual((setup.fitToWidth or 1, setup.fitToHeight), (1, 0))
        header = next(cell.row for cell in page["A"] if cell.value == "Customer")
        self.assertEqual(page.print_title_rows, f"${header}:${header}")
        columns = {  # alike neighbours are kept as one
            page.cell(header, number).value: column
            for column in page.column_dimensions.values()
            for number in range(column.min, column.max + 1)
        }
        # nobody has targets, all is in one currency
        hidden = {title for title, column in columns.items() if column.hidden}
        self.assertLessEqual({"Target so Far", "Actual so Far", "Currency"}, hidden)
        self.assertNotIn("Alert", hidden)
        shown = sum(c.width for title, c in columns.items() if title not in hidden)
        self.assertLess(shown, 265)
        row = next(r for r in page.iter_rows(header + 1) if "supply" in r[2].value)
        self.assertTrue(row[2].alignment.wrap_text)
        self.assertFalse(row[2].value.startswith(deal.partner_id.name))
        width = columns["Deal"].width
        lines = page.row_dimensions[row[0].row].height / 16
        self.assertGreaterEqual(lines * width, len(row[2].value))

    def test_paper_says_why_it_is_empty(self):
        html = self._render(self.anna, {"team_id": self.team.id})
        self.assertIn("No open deal matches", html)

    def test_list_prints_the_chosen_deals(self):
        html = self._render(self.boss, {}, self.other.ids)
        self.assertIn("Spare parts", html)
        self.assertNotIn("Annual contract", html)

    def test_paper_hides_what_the_screen_hides(self):
        self.deal.user_id = False
        html = self._render(self.boris, {})
        self.assertIn("Annual contract", html)
        for secret in ("Sidorov", "opponent", "59"):
            self.assertNotIn(secret, html.split('class="article"')[1])

    def _render(self, user, filters, docids=None):
        report = self.env["ir.actions.report"].with_user(user)
        return report._render_qweb_html(
            "crm_loyalty.report_portfolio", docids, data={"filters": filters}
        )[0].decode()


@tagged("post_install", "-at_install")
class TestPortfolioPaper(PortfolioCase, HttpCase):
    """The PDF, read back, and the way there."""

    def _pages(self, count):
        """Text of each sheet, for so many deals."""
        self.env["crm.lead"].search([("type", "=", "opportunity")]).active = False
        deals = self._many(count)
        content, kind = (
            self.env["ir.actions.report"]
            .with_user(self.boss)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("crm_loyalty.report_portfolio", deals.ids)
        )
        self.assertEqual(kind, "pdf")
        reader = PdfFileReader(io.BytesIO(content))
        for page in reader.pages:
            width, height = page.mediabox[2:]
            self.assertAlmostEqual(float(width), 841.9, 0)
            self.assertAlmostEqual(float(height), 595.3, 0)
        return [page.extract_text() for page in reader.pages]

    def test_ten_deals_are_one_sheet(self):
        [text] = self._pages(10)
        self.assertIn("Open deals: 10", text)

    def test_sheets_by_tens(self):
        for count, sheets in ((11, 2), (40, 4)):
            with self.subTest(count=count):
                pages = self._pages(count)
                self.assertEqual(len(pages), sheets)
                for number, text in enumerate(pages):
                    first = count - 1 - 10 * number
                    self.assertIn(f"Deal {first} with", text)

    def test_tour_filter_and_print(self):
        report = self.env.registry["report.crm_loyalty.report_portfolio"]
        printed = []
        render = report._get_report_values

        def get_report_values(model, docids, data=None):
            printed.append((docids, (data or {}).get("filters")))
            return render(model, docids, data)

        with patch.object(report, "_get_report_values", get_report_values):
            self.start_tour(
                "/odoo/customer-pyramid",
                "crm_loyalty_portfolio_tour",
                login=self.boss.login,
            )
        self.assertEqual(printed, [(None, {"user_id": self.boris.id})])
