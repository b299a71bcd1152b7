# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import io
from unittest.mock import patch

from freezegun import freeze_time

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .map_common import MapCommon
from .smtp_server import mailbox

EVERYBODY = "sales_team.group_sale_salesman_all_leads"
MONDAY = "2026-07-06 06:00:00"


class MailingCase(MapCommon):
    """Anna's deal is of a customer in tier 1, Boris's of one in tier 2."""

    @classmethod
    def setUpClass(cls):
        # the people of the map have had contacts counted from the same day
        freezer = freeze_time(MONDAY)
        freezer.start()
        cls.addClassCleanup(freezer.stop)
        super().setUpClass()
        cls.env["crm.lead"].search(
            [("id", "!=", cls.deal.id), ("type", "=", "opportunity")]
        ).active = False
        # as jobs run
        cls.mailings = cls.env["crm.deal.mailing"].with_user(SUPERUSER_ID)
        cls.leader = cls._user("leader_mailing", EVERYBODY, name="Lena")
        cls.sponsor = cls._user(
            "sponsor_mailing", "crm_loyalty.group_manager", name="Maria"
        )
        cls.team = cls.env["crm.team"].create(
            {
                "name": "North",
                "company_id": cls.company.id,
                "user_id": cls.leader.id,
            }
        )
        cls.second = cls._partner("Second", user_id=cls.boris.id)
        cls._invoice(cls.account, 1000, "2026-03-15")
        cls._invoice(cls.second, 300, "2026-03-15")
        cls._decide()
        cls.deal.team_id = cls.team
        cls.other = cls._deal(
            cls.second, name="Spare parts", user_id=cls.boris.id, team_id=cls.team.id
        )
        cls.env["crm.key.account"].create(
            {
                "partner_id": cls.account.id,
                "manager_id": cls.anna.id,
                "sponsor_id": cls.sponsor.id,
            }
        )
        for user in (cls.anna, cls.boris, cls.leader, cls.sponsor):
            user.email = f"{user.login}@example.com"
        cls.company.email = "works@example.com"
        cls.env.flush_all()

    def _switch_on(self, **periods):
        """Mails from the Monday of these tests on."""
        self.policy.report_mail = True
        for name, period in periods.items():
            getattr(self, name).report_period = period

    def _map_other(self):
        """Somebody stands on the map of Boris's deal, too."""
        self._person(
            "Orlov",
            contact=self._contact("Orlov", self.second),
            contact_map=self._map(lead_id=self.other.id),
        )

    def _job(self, mails=100, batches=100):
        """The job of a morning, whose time is up after so many mails, or batches of
        reports."""
        left = {"mails": mails, "batches": batches}

        def progress(_cron, processed=0, *, remaining=None):
            if remaining is None:
                left["mails" if processed else "batches"] -= 1
            return min(left.values())

        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", progress):
            self.mailings._cron_send()

    def _rows(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.mailings.search(domain)


@tagged("post_install", "-at_install")
class TestMailing(MailingCase):
    """Who gets which reports, when."""

    def test_off_by_default(self):
        self.assertFalse(self.policy.report_mail)
        self.assertFalse(any(self.policy.tier_ids.mapped("report_period")))
        self._job()
        self.assertFalse(self._rows())

    def test_first_tier_is_weekly_once_switched_on(self):
        self._switch_on()
        self.assertEqual(
            self.policy.tier_ids.sorted().mapped("report_period"),
            ["weekly", False, False, False],
        )
        self.assertEqual(str(self.policy.report_mail_from), "2026-07-06")

    def test_what_was_chosen_is_kept(self):
        self.tier_2.report_period = "monthly"
        self._switch_on()
        self.assertFalse(self.tier_1.report_period)

    def test_salesperson_leader_and_sponsor_get_it(self):
        self._switch_on()
        self._job()
        rows = self._rows()
        self.assertEqual(rows.user_id, self.anna | self.leader | self.sponsor)
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        self.assertEqual(rows.lead_ids, self.deal)
        self.assertEqual(rows.report_ids, self.deal.deal_report_ids)
        self.assertEqual(
            set(rows.mail_id.mapped("email_to")),
            {user.email_formatted for user in (self.anna, self.leader, self.sponsor)},
        )

    def test_twice_a_day_sends_once(self):
        self._switch_on()
        self._job()
        rows = self._rows()
        mails = rows.mail_id
        self._job()
        self.assertEqual(self._rows(), rows)
        self.assertEqual(rows.mail_id, mails)

    def test_next_mail_is_on_the_next_monday(self):
        self._switch_on()
        self._job()
        for day, count in (("2026-07-10", 3), ("2026-07-13", 6), ("2026-07-15", 6)):
            with freeze_time(day):
                self._job()
                self.assertEqual(len(self._rows()), count, day)

    def test_late_job_sends_the_issue_of_its_week(self):
        self._switch_on()
        with freeze_time("2026-07-15"):
            self._job()
        self.assertEqual(
            {str(day) for day in self._rows().mapped("date")}, {"2026-07-13"}
        )

    def test_switched_on_in_midweek_waits_for_monday(self):
        with freeze_time("2026-07-08"):
            self._switch_on()
            self._job()
        self.assertFalse(self._rows())

    def test_monthly_tier(self):
        self._switch_on(tier_1=False, tier_2="monthly")
        self._job()
        self.assertFalse(self._rows(), "the month had begun before it was switched on")
        with freeze_time("2026-08-03"):
            self._job()
        rows = self._rows()
        self.assertEqual({str(day) for day in rows.mapped("date")}, {"2026-08-01"})
        self.assertEqual(rows.lead_ids, self.other)
        self.assertEqual(rows.user_id, self.boris | self.leader)

    def test_only_what_changed_goes_along(self):
        self._switch_on()
        self._job()
        first = self.deal.deal_report_ids
        self.assertEqual(len(first), 1)
        with freeze_time("2026-07-07"):
            self._job()
        self.deal.expected_revenue = 7777
        with freeze_time("2026-07-13"):
            self._job()
            rows = self._rows(date="2026-07-13")
        second = self.deal.deal_report_ids - first
        self.assertEqual(len(second), 1)
        self.assertEqual(rows.report_ids, second)

    def test_report_made_by_hand_is_mailed_once(self):
        self._switch_on()
        by_hand = self.env["crm.deal.report"]._issue_for(self.deal)
        self._job()
        self.assertEqual(self._rows().report_ids, by_hand)
        self.assertEqual(self.deal.deal_report_ids, by_hand)
        self.mailings.search([]).unlink()
        # a mailed report does not go again while the deal is not in danger
        self._rows_of_another_issue(by_hand)
        self._job()
        self.assertFalse(self._rows(date="2026-07-06", state="sent").report_ids)

    def _rows_of_another_issue(self, reports):
        self.mailings.create(
            {
                "company_id": self.company.id,
                "user_id": self.anna.id,
                "period": "weekly",
                "date": "2026-06-29",
                "state": "sent",
                "report_ids": reports.ids,
            }
        )

    def test_deal_in_danger_goes_along_though_nothing_changed(self):
        self._switch_on()
        self.petrov.org_status = "left"
        self.assertEqual(self.map.health_band, "red")
        report = self.env["crm.deal.report"]._issue_for(self.deal)
        self._rows_of_another_issue(report)
        self._job()
        self.assertEqual(self._rows(date="2026-07-06").report_ids, report)

    def test_send_now(self):
        self._switch_on(tier_1=False)
        with self.assertRaises(UserError):
            self.policy.action_mail_reports()
        self.tier_2.report_period = "weekly"
        with freeze_time("2026-07-09"):
            self.policy.action_mail_reports()
            self._job()
            self.assertEqual(
                self._rows(date="2026-07-09").user_id, self.boris | self.leader
            )
            self.policy.action_mail_reports()
            self._job()
            self.assertEqual(len(self._rows(date="2026-07-09")), 2)

    # ------------------------------------------------------------------
    # What goes wrong
    # ------------------------------------------------------------------

    def test_goes_on_where_it_was_stopped(self):
        self._switch_on()
        self._job(mails=1)
        sent = self._rows(state="sent")
        self.assertEqual([len(sent), len(self._rows(state="waiting"))], [1, 2])
        mails = self.env["mail.mail"].search([("model", "=", "crm.deal.mailing")])
        self._job()
        rows = self._rows(state="sent")
        self.assertEqual(len(rows), 3)
        later = self.env["mail.mail"].search([("model", "=", "crm.deal.mailing")])
        self.assertEqual(len(later), 3)
        self.assertLess(mails, later)

    def test_reports_made_before_it_was_stopped_are_not_lost(self):
        self._map_other()
        self._switch_on(tier_2="weekly")
        self._job(batches=1)
        self.assertFalse(self._rows())
        made = (self.deal | self.other).deal_report_ids
        self.assertEqual(len(made), 1)
        self._job()
        reports = (self.deal | self.other).deal_report_ids
        self.assertEqual(len(reports), 2)
        self.assertEqual(self._rows(user_id=self.leader.id).report_ids, reports)

    @mute_logger("odoo.addons.crm_loyalty.models.crm_deal_mailing")
    def test_trouble_with_one_does_not_keep_the_others_waiting(self):
        self._switch_on()
        registry = self.env.registry["crm.deal.mailing"]
        attach = registry._create_attachments

        def fail(row):
            if row.user_id == self.leader:
                raise ValueError("no paper")
            return attach(row)

        with patch.object(registry, "_create_attachments", fail):
            self._job()
        failed = self._rows(state="failed")
        self.assertEqual([failed.user_id, failed.reason], [self.leader, "no paper"])
        self.assertFalse(failed.mail_id)
        self.assertEqual(len(self._rows(state="sent")), 2)
        failed.action_retry()
        self._job()
        self.assertEqual(len(self._rows(state="sent")), 3)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_recipient_gets_only_what_he_may_see(self):
        """A sponsor without the right on others' deals."""
        director = self._user("director_mailing", "base.group_user", name="Dirk")
        director.email = "dirk@example.com"
        self.env["crm.key.account"].search([]).sponsor_id = director
        self._switch_on(tier_2="weekly")
        self._job()
        row = self._rows(user_id=director.id)
        self.assertEqual(row.state, "nothing")
        self.assertEqual(row.reason, "The recipient has no right on deals.")
        self.assertFalse(row.mail_id)
        self.assertEqual(self._rows(user_id=self.anna.id).lead_ids, self.deal)
        self.assertEqual(
            self._rows(user_id=self.leader.id).lead_ids, self.deal | self.other
        )

    def test_deal_given_away_meanwhile_is_not_told(self):
        self._switch_on()
        self._job(batches=2)
        self.assertFalse(self._rows(state="sent"))
        row = self._rows(user_id=self.anna.id, state="waiting")
        self.assertTrue(row)
        self.deal.user_id = self.boris
        self._job()
        self.assertEqual(row.state, "nothing")
        self.assertEqual(row.reason, "The recipient may see none of these deals.")

    def test_never_to_customers(self):
        """Neither a portal user as salesperson, nor the customer as follower."""
        portal = self._user("portal_mailing", "base.group_portal")
        portal.email = "portal@example.com"
        self.deal.message_subscribe(self.account.ids)
        self.env["crm.key.account"].search([]).sponsor_id = portal
        self._switch_on()
        self._job()
        self.assertEqual(self._rows().user_id, self.anna | self.leader)
        self.assertFalse(self._rows().mail_id.recipient_ids)

    def test_deal_nobody_has_mapped_has_no_report_yet(self):
        self._switch_on(tier_1=False, tier_2="weekly")
        self._job()
        rows = self._rows(state="sent")
        self.assertEqual(rows.lead_ids, self.other)
        self.assertFalse(rows.report_ids)
        self.assertFalse(self.other.deal_report_ids)

    def test_no_report_is_made_that_nobody_gets(self):
        self.env["crm.key.account"].search([]).sponsor_id = False
        self.team.user_id = False
        self.deal.user_id = False
        self._switch_on()
        self._job()
        self.assertFalse(self._rows())
        self.assertFalse(self.deal.deal_report_ids)

    def test_rows_are_for_managers(self):
        self._switch_on()
        self._job()
        rows = self._rows()
        for user in (self.anna, self.leader):
            with self.assertRaises(AccessError):
                rows.with_user(user).read(["state"])
        of_manager = rows.with_user(self.sponsor)
        self.assertEqual(of_manager.mapped("lead_count"), [1, 1, 1])
        with self.assertRaises(AccessError):
            of_manager.write({"state": "waiting"})
        abroad = self.env["res.company"].create({"name": "Abroad"})
        stranger = self._user("stranger_mailing", "crm_loyalty.group_manager")
        stranger.write(
            {"company_ids": [Command.set(abroad.ids)], "company_id": abroad.id}
        )
        self.assertFalse(self.mailings.with_user(stranger).search([]))


@tagged("post_install", "-at_install")
class TestMailingOverSmtp(MailingCase, HttpCase):
    """The whole way, to a mail server that listens on this machine."""

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(IrMail_Server, "_disable_send", return_value=False)
        )
        self.startPatcher(patch.dict(config.options, {"smtp_server": ""}))
        self.env["ir.mail_server"].search([]).active = False
        self.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"

    def _deliver(self, port):
        """What core's queue does every hour."""
        self.env["ir.mail_server"].search([("name", "=", "Here")]).unlink()
        self.env["ir.mail_server"].create(
            {
                "name": "Here",
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_encryption": "none",
                "smtp_authentication": "login",
            }
        )
        queue = self.mailings.env["mail.mail"]
        queue.search([("state", "=", "outgoing")]).send()

    def test_each_recipient_gets_one_letter(self):
        self._switch_on(tier_2="weekly")
        with mailbox() as (port, letters):
            self._job(mails=2)
            self.assertEqual(
                sorted(self._rows().mapped("result")),
                ["queued", "queued", "waiting", "waiting"],
            )
            self._deliver(port)
            self.assertEqual(len(letters), 2)
            self.assertEqual(
                sorted(self._rows().mapped("result")),
                ["sent", "sent", "waiting", "waiting"],
            )
            self._job()
            self._deliver(port)
            self._job()
            self._deliver(port)
        self.assertEqual(
            sorted(recipient for letter in letters for recipient in letter.recipients),
            sorted(
                user.email
                for user in (self.anna, self.boris, self.leader, self.sponsor)
            ),
        )
        by_address = {letter.recipients[0]: letter for letter in letters}
        letter = by_address[self.leader.email]
        self.assertEqual(letter.sender, "works@example.com")
        self.assertEqual(letter.subject, "Portfolio of deals: 2 open")
        self.assertEqual(
            sorted(letter.files),
            ["Portfolio of Deals 2026-07-06.pdf", "Status Reports 2026-07-06.pdf"],
        )
        self.assertIn("Annual contract", letter.text)
        anna = by_address[self.anna.email]
        self.assertIn("Annual contract", anna.text)
        self.assertNotIn("Spare parts", anna.text)
        # taken by the server: nothing is kept but the row
        self.env.invalidate_all()
        self.assertFalse(self._rows().mail_id)
        self.assertFalse(
            self.env["ir.attachment"].search(
                [("name", "=like", "Status Reports 2026-07-06%")]
            )
        )
        self.assertEqual(set(self._rows().mapped("state")), {"sent"})

    def test_mail_that_the_server_refused_is_sent_again(self):
        self._switch_on()
        self._job()
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self._deliver(1)  # nobody listens there
        rows = self._rows()
        self.assertEqual(set(rows.mapped("result")), {"failed"})
        self.assertTrue(all(rows.mapped("mail_failure")))
        mails = rows.mail_id
        rows.with_user(self.sponsor).action_retry()
        self.assertEqual(set(rows.mapped("result")), {"queued"})
        self.assertEqual(rows.mail_id, mails)
        with mailbox() as (port, letters):
            self._deliver(port)
            self.assertEqual(len(letters), 3)
        self.assertEqual(set(rows.mapped("result")), {"sent"})

    def test_attachments_are_papers_of_the_recipient(self):
        """Real PDFs: Boris does not read about Anna's deal."""
        self._map_other()
        self._switch_on(tier_2="weekly")
        self.mailings = self.mailings.with_context(force_report_rendering=True)
        with mailbox() as (port, letters):
            self._job()
            self._deliver(port)
        boris = next(
            letter for letter in letters if letter.recipients == [self.boris.email]
        )
        texts = {name: _read_pdf(content) for name, content in boris.files.items()}
        self.assertEqual(len(texts), 2)
        self.assertIn(
            f"Portfolio for {self.boris.name}",
            texts["Portfolio of Deals 2026-07-06.pdf"],
        )
        for name, text in texts.items():
            self.assertIn("Spare parts", text, name)
            self.assertNotIn("Annual contract", text, name)

    def test_in_the_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.leader.lang = "fr_FR"
        template = self.env.ref("crm_loyalty.mail_template_deal_mailing")
        template.with_context(
            lang="fr_FR"
        ).subject = "Affaires : {{ object.lead_count }}"
        self._switch_on()
        with mailbox() as (port, letters):
            self._job()
            self._deliver(port)
        subjects = {letter.recipients[0]: letter.subject for letter in letters}
        self.assertEqual(subjects[self.leader.email], "Affaires : 1")
        self.assertEqual(subjects[self.anna.email], "Portfolio of deals: 1 open")


def _read_pdf(content):
    reader = PdfFileReader(io.BytesIO(content))
    return "\n".join(page.extract_text() for page in reader.pages)
