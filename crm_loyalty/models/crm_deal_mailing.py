# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils, split_every

_logger = logging.getLogger(__name__)

#: deals whose status reports are issued in one transaction
BATCH = 20
PERIODS = ("weekly", "monthly")


class CrmDealMailing(models.Model):
    """One mail with reports on deals, to one of us; a row before anything is sent.

    An issue has a row per recipient, at most one. Whoever interrupts the job finds the
    rows that are left waiting; the mail and the word that it was handed over are
    written in one transaction, and sending it is the business of core's queue.
    """

    _name = "crm.deal.mailing"
    _description = "Reports by Mail"
    _inherit = ["crm.loyalty.company.mixin"]
    _order = "date desc, id"
    _rec_name = "user_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        "Recipient",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        domain=[("share", "=", False)],
    )
    period = fields.Selection(
        [("weekly", "Weekly"), ("monthly", "Monthly")], required=True, readonly=True
    )
    date = fields.Date("Issue of", required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "Handed over"),
            ("nothing", "Nothing to send"),
            ("failed", "Failed"),
        ],
        "State of the Job",
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    result = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("queued", "Queued"),
            ("sent", "Mailed"),
            ("nothing", "Nothing to send"),
            ("failed", "Failed"),
        ],
        compute="_compute_result",
        store=True,
        compute_sudo=True,
        help="Queued: written, the mail server has not taken it yet",
    )
    reason = fields.Char(readonly=True, help="Why nothing was sent")
    lead_ids = fields.Many2many("crm.lead", string="Deals", readonly=True)
    report_ids = fields.Many2many(
        "crm.deal.report", string="Status Reports", readonly=True
    )
    lead_count = fields.Integer("Number of Deals", compute="_compute_counts")
    report_count = fields.Integer("Number of Reports", compute="_compute_counts")
    sent_on = fields.Datetime("Queued on", readonly=True)
    mail_id = fields.Many2one(
        "mail.mail",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="While the mail server has not taken it",
    )
    mail_failure = fields.Text(
        related="mail_id.failure_reason",
        string="Mail Failure",
        help="What the mail server answered",
    )

    _issue_uniq = models.Constraint(
        "UNIQUE (company_id, user_id, period, date)",
        "A recipient gets each issue once.",
    )

    @api.depends("state", "mail_id.state")
    def _compute_result(self):
        """What has become of the mail; who sends it deletes it when it is taken."""
        results = {"outgoing": "queued", "exception": "failed", "cancel": "failed"}
        for mailing in self:
            mail = mailing.mail_id if mailing.state == "sent" else None
            mailing.result = results.get(mail and mail.state, mailing.state)

    @api.depends("lead_ids", "report_ids")
    def _compute_counts(self):
        # sudo: numbers of the mail, not what stands in it
        for mailing in self.sudo():
            mailing.lead_count = len(mailing.lead_ids)
            mailing.report_count = len(mailing.report_ids)

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Every morning: prepare the issues that are due, then mail what is waiting.

        Commits after each batch of reports and after each mail; started again, it goes
        on where it was stopped.
        """
        for policy in self.env["crm.loyalty.policy"]._get_mailing_policies():
            try:
                if not self._prepare_issues(policy):
                    return
            except Exception:
                # one company's trouble must not keep the others waiting
                self.env.cr.rollback()
                _logger.exception("Reports of the policy %s failed", policy.id)
        waiting = self.search([("state", "=", "waiting")], order="date, id")
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(waiting))
        for mailing in waiting:
            mailing._send_or_tell()
            if not progress(1):
                return

    def _prepare_issues(self, policy):
        """All issues of a company that are due.

        :return: whether they are prepared; False when time is up
        """
        today = fields.Date.context_today(self)
        for period in PERIODS:
            for date in self._get_due_dates(policy, period, today):
                if not self._prepare_issue(policy, period, date):
                    return False
        policy.report_mail_now = False
        return True

    def _get_due_dates(self, policy, period, today):
        """Days of the issues to be prepared: that of the schedule, and by hand."""
        dates = set()
        if policy.report_mail:
            start = date_utils.start_of(
                today, "week" if period == "weekly" else "month"
            )
            if start >= policy.report_mail_from:
                dates.add(start)
        if policy.report_mail_now:
            dates.add(policy.report_mail_now)
        return sorted(dates)

    def _prepare_issue(self, policy, period, date):
        """Rows of an issue, with the reports that it takes along.

        :return: whether it is prepared; False when time is up, to be called again
        """
        done = [
            ("company_id", "=", policy.company_id.id),
            ("period", "=", period),
            ("date", "=", date),
        ]
        if self.search_count(done, limit=1):
            return True
        leads = self._get_leads(policy, period)
        recipients = self._get_recipients(policy, leads)
        # no report is made that nobody would get
        leads = leads.browse().union(*recipients.values())
        if not self._issue_reports(leads):
            return False
        reports = self._get_reports(leads)
        self.create(
            [
                {
                    "company_id": policy.company_id.id,
                    "user_id": user.id,
                    "period": period,
                    "date": date,
                    "lead_ids": of_user.ids,
                    "report_ids": [
                        reports[lead.id].id for lead in of_user if lead.id in reports
                    ],
                }
                for user, of_user in recipients.items()
            ]
        )
        return bool(self.env["ir.cron"]._commit_progress())

    def _get_leads(self, policy, period):
        """Open deals with customers of the tiers that get reports in this period."""
        tiers = policy.tier_ids.filtered(lambda tier: tier.report_period == period)
        leads = self.env["crm.lead"]
        if not tiers:
            return leads
        branches = policy.company_id._loyalty_branches()
        of_company = self.env["res.users"].search([("company_id", "in", branches.ids)])
        found = leads.search(
            [
                ("type", "=", "opportunity"),
                ("won_status", "=", "pending"),
                ("partner_id", "!=", False),
                "|",
                ("company_id", "in", branches.ids),
                "&",
                ("company_id", "=", False),
                ("user_id", "in", of_company.ids),
            ]
        )
        profiles = self.env["crm.customer.entity"]._get_profiles(
            found.partner_id.commercial_partner_id, policy.company_id
        )
        return found.filtered(
            lambda lead: (
                (profile := profiles.get(lead.partner_id.commercial_partner_id.id))
                and profile.tier_id in tiers
            )
        )

    def _get_recipients(self, policy, leads):
        """{user: deals}: salesperson, leader of the team, sponsor of the dossier.

        Our own people with an address, nobody else: a customer never gets such a mail.
        """
        sponsors = self._get_sponsors(policy, leads)
        recipients = {}
        for lead in leads:
            for user in lead.user_id | lead.team_id.user_id | sponsors[lead]:
                if user.active and not user.share and user.email:
                    recipients[user] = recipients.get(user, leads.browse()) | lead
        return recipients

    def _get_sponsors(self, policy, leads):
        """{deal: executive sponsor in the dossier of its customer}."""
        accounts = self.env["crm.key.account"].search(
            [
                ("company_id", "=", policy.company_id.id),
                ("state", "=", "active"),
                ("sponsor_id", "!=", False),
            ]
        )
        sponsor_of = {
            entity: account.sponsor_id
            for account in accounts
            for entity in account.entity_ids
        }
        nobody = self.env["res.users"]
        return {
            lead: sponsor_of.get(lead.partner_id.commercial_partner_id, nobody)
            for lead in leads
        }

    # ------------------------------------------------------------------
    # Status reports
    # ------------------------------------------------------------------

    def _issue_reports(self, leads):
        """Issue status reports of those deals that changed since their last one.

        In the language of the salesperson.

        :return: False when time is up
        """
        for of_user in leads.grouped("user_id").values():
            for ids in split_every(BATCH, of_user.ids):
                batch = leads.browse(ids).with_context(
                    lang=of_user.user_id.lang or self.env.lang
                )
                reports = self.env["crm.deal.report"].with_env(batch.env)
                values = reports._get_values(batch)
                changed = batch.filtered(
                    lambda lead, values=values: self._is_news(values[lead.id][0])
                )
                if changed:
                    reports._issue_for(changed)
                    if not self.env["ir.cron"]._commit_progress():
                        return False
        return True

    def _is_news(self, values):
        """Whether a report with these values tells anything: something changed, or it
        is the first one of a deal on whose map somebody stands."""
        if values["previous"]:
            return bool(values["changes"])
        return bool(values["picture"]["people"])

    def _get_reports(self, leads):
        """{id of a deal: its last report}, of those that go with an issue.

        Reports that were never mailed, and the last ones of deals in danger.
        """
        last = {}
        for report in self.env["crm.deal.report"].search(
            [("lead_id", "in", leads.ids), ("state", "!=", "draft")], order="date, id"
        ):
            last[report.lead_id] = report
        mailed = self.search(
            [("report_ids", "in", [report.id for report in last.values()])]
        ).report_ids
        return {
            lead.id: report
            for lead, report in last.items()
            if report not in mailed or lead.stakeholder_map_ids[:1].health_band == "red"
        }

    # ------------------------------------------------------------------
    # One mail
    # ------------------------------------------------------------------

    def _send_or_tell(self):
        """Hand one mail over; what goes wrong is told on its row, and others go on."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._send()
        except UserError as error:
            # rights taken meanwhile, no printer of PDFs: nothing for the log
            self.write({"state": "failed", "reason": str(error)})
        except Exception as error:
            _logger.exception("Reports by mail: %s failed", self.id)
            self.write({"state": "failed", "reason": str(error)})

    def _send(self):
        """Make the mail, with the rights and in the language of its recipient."""
        if not self.try_lock_for_update():
            return
        refusal = self._narrow()
        if refusal:
            self.write({"state": "nothing", "reason": refusal})
            return
        template = self.env.ref("crm_loyalty.mail_template_deal_mailing")
        mail_id = template.send_mail(
            self.id, email_values={"attachment_ids": self._create_attachments().ids}
        )
        self.write(
            {
                "state": "sent",
                "reason": False,
                "mail_id": mail_id,
                "sent_on": fields.Datetime.now(),
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _as_recipient(self):
        """This row with the rights, language and companies of its recipient."""
        user = self.user_id
        branches = self.company_id._loyalty_branches()
        return self.with_user(user).with_context(
            lang=user.lang,
            tz=user.tz,
            allowed_company_ids=(user.company_ids & branches).ids,
        )

    def _narrow(self):
        """Leave only what the recipient may see.

        :return: why nothing is left, or an empty text
        """
        user = self.user_id
        branches = self.company_id._loyalty_branches()
        if not user.company_ids & branches:
            return self.env._("The recipient works in none of the company's branches.")
        if not user.has_group("crm_loyalty.group_user"):
            return self.env._("The recipient has no right on deals.")
        env = self._as_recipient().env
        leads = env["crm.lead"].search(
            [
                ("id", "in", self.lead_ids.ids),
                *env["crm.deal.portfolio"]._get_open_domain(),
            ]
        )
        reports = env["crm.deal.report"].search(
            [("id", "in", self.report_ids.ids), ("lead_id", "in", leads.ids)]
        )
        self.write({"lead_ids": leads.ids, "report_ids": reports.ids})
        if not leads:
            return self.env._("The recipient may see none of these deals.")
        return ""

    def _create_attachments(self):
        """The portfolio, and the status reports in one file, as the recipient sees
        them."""
        row = self._as_recipient()
        printer = row.env["ir.actions.report"].with_context(
            portfolio_title=row.env._("Portfolio for %s", self.user_id.name)
        )
        content, _kind = printer._render_qweb_pdf(
            "crm_loyalty.report_portfolio",
            data={"filters": {"lead_ids": self.lead_ids.ids}},
        )
        files = [(row.env._("Portfolio of Deals"), content)]
        reports = row.env["crm.deal.report"].browse(self.report_ids.ids)
        if reports:
            files.append((row.env._("Status Reports"), reports._get_pdf()))
        return self.env["ir.attachment"].create(
            [
                {
                    "name": f"{name} {self.date}.pdf",
                    "datas": base64.b64encode(content),
                    "mimetype": "application/pdf",
                    # core deletes attachments of a message together with it
                    "res_model": "mail.message",
                    "res_id": 0,
                }
                for name, content in files
            ]
        )

    def action_retry(self):
        """Send again what failed or could not be sent."""
        self.check_access("read")
        if not self.env.user.has_group("crm_loyalty.group_manager"):
            raise UserError(self.env._("Only managers send reports again."))
        # sudo: rows are written by the job only
        rows = self.sudo()
        # written already: core's queue tries the same mail once more
        rows.filtered(lambda row: row.result == "failed").mail_id.mark_outgoing()
        again = rows.filtered(lambda row: row.state in ("failed", "nothing"))
        again.write({"state": "waiting", "reason": False})
        self.env.ref("crm_loyalty.ir_cron_deal_mailing").sudo()._trigger()
        return True
