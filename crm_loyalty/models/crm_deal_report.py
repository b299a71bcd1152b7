# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .nullable_fields import NullableFloat

#: what only the add-on itself writes, and nobody once the report is issued
FROZEN = {
    "name",
    "lead_id",
    "account_id",
    "company_id",
    "date",
    "author_id",
    "manager_id",
    "sponsor_id",
    "previous_id",
    "payload",
    "margin",
    "health",
    "change_count",
    "pdf",
    "pdf_lang",
    "state",
    "approved_by_id",
    "approved_on",
}
#: of those, what a draft is created with
GIVEN = {"lead_id"}
#: what may change after the report was issued: it is not part of the snapshot
LIVE = {"decision_ids", "client_html"}


class CrmDealReport(models.Model):
    """How a deal stands on one day, on two pages: frozen when it is issued.

    Everything is known already; the only thing typed is what management is asked for.
    Afterwards the head writes decisions, which become activities on the deal.
    """

    _name = "crm.deal.report"
    _description = "Deal Status Report"
    # of one day by number: a draft may have waited while another one was issued
    _order = "date desc, name desc, id desc"

    name = fields.Char("Number", readonly=True, copy=False)
    lead_id = fields.Many2one(
        "crm.lead", "Deal", required=True, ondelete="cascade", index=True
    )
    account_id = fields.Many2one(
        "res.partner",
        "Customer",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    date = fields.Date(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: fields.Date.context_today(self),
        help="The day as of which everything stands in the report",
    )
    author_id = fields.Many2one(
        "res.users",
        "Prepared by",
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    manager_id = fields.Many2one(
        "res.users",
        "Key-Account Manager",
        readonly=True,
        ondelete="set null",
        help="As in the dossier of the customer; without one, the salesperson",
    )
    sponsor_id = fields.Many2one(
        "res.users", "Executive Sponsor", readonly=True, ondelete="set null"
    )
    previous_id = fields.Many2one(
        "crm.deal.report",
        "Previous Report",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("issued", "Issued"), ("approved", "Approved")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    is_head = fields.Boolean(
        compute="_compute_is_head",
        help="A manager, or the leader of the sales team of the deal",
    )
    approved_by_id = fields.Many2one(
        "res.users", readonly=True, ondelete="restrict", copy=False
    )
    approved_on = fields.Date(readonly=True, copy=False)

    # The snapshot
    payload = fields.Json("Frozen Values", readonly=True, copy=False)
    margin = fields.Json(
        "Frozen Margin", readonly=True, copy=False, groups="crm_loyalty.group_cost"
    )
    health = NullableFloat(
        readonly=True,
        digits=(4, 1),
        aggregator=None,
        copy=False,
        help="Of the deal on the day of the report; empty while nothing is known",
    )
    change_count = fields.Integer(
        "Changes",
        readonly=True,
        aggregator=None,
        copy=False,
        help="Differences to the previous report",
    )
    # kept in the row itself: an attachment could be replaced by whoever may write here
    pdf = fields.Binary("PDF", attachment=False, readonly=True, copy=False)
    pdf_lang = fields.Char("Language of the PDF", readonly=True, copy=False)
    pdf_name = fields.Char(compute="_compute_pdf_name")

    # Beside it
    note = fields.Text(
        "Decisions Asked of Management",
        help="The only thing to be typed: what is asked of whom, until when",
    )
    decision_ids = fields.One2many(
        "crm.deal.report.decision", "report_id", "Decisions", copy=False
    )
    client_html = fields.Html(
        "Client Version",
        copy=False,
        help="What the customer may read; edit it before you print or send it",
    )

    is_visible = fields.Boolean(
        compute="_compute_is_visible", search="_search_is_visible"
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("name", "lead_id.name")
    def _compute_display_name(self):
        for report in self:
            # sudo: who sees the report sees what the deal is called
            deal = report.lead_id.sudo().name or ""
            number = report.name or self.env._("draft")
            report.display_name = f"{number}: {deal}"

    @api.depends("name")
    def _compute_pdf_name(self):
        for report in self:
            number = (report.name or "draft").replace("/", "-")
            report.pdf_name = f"{number}.pdf"

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_needs_approval(self):
        # sudo: whether reports are approved is told to whoever writes one
        policies = self.env["crm.loyalty.policy"].sudo()
        for company, reports in self.grouped("company_id").items():
            root = (company or self.env.company).sudo().root_id
            reports.needs_approval = policies._get(root).deal_report_approval

    @api.depends("lead_id.team_id.user_id")
    @api.depends_context("uid")
    def _compute_is_head(self):
        is_manager = self.env.user.has_group("crm_loyalty.group_manager")
        for report in self:
            # sudo: who leads the team of a deal whose report the user may see
            leader = report.lead_id.sudo().team_id.user_id
            report.is_head = is_manager or leader == self.env.user

    # ------------------------------------------------------------------
    # Who may see it: whoever may see the contact map of the deal
    # ------------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_visible(self):
        domain = self.env["crm.stakeholder.map"]._get_visible_domain()
        visible = self.filtered_domain(domain)
        for report in self:
            report.is_visible = report in visible

    def _search_is_visible(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self.env["crm.stakeholder.map"]._get_visible_domain()

    # ------------------------------------------------------------------
    # Create, write, delete
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_given(set().union(*vals_list) - GIVEN)
        leads = self.env["crm.lead"].browse(vals["lead_id"] for vals in vals_list)
        # sudo: what the deal is about is kept with the report
        filled = [
            {
                "account_id": lead.partner_id.commercial_partner_id.id,
                "company_id": lead.company_id.id,
                **vals,
            }
            for lead, vals in zip(leads.sudo(), vals_list, strict=True)
        ]
        reports = super().create(filled)
        reports._freeze()
        return reports

    def write(self, vals):
        self._check_given(vals)
        issued = self.filtered(lambda report: report.state != "draft")
        if issued and not self.env.su and vals.keys() - LIVE:
            raise UserError(
                self.env._(
                    "%(reports)s: issued, nothing in it changes any more (%(fields)s)."
                    " Make a new report of the deal.",
                    reports=", ".join(issued.mapped("display_name")),
                    fields=self._get_labels(vals.keys() - LIVE),
                )
            )
        return super().write(vals)

    def _check_given(self, names):
        """The snapshot is what we found, nobody writes it.

        :raise AccessError: when a user writes a part of it
        """
        # superuser mode is that of ``_freeze``; no call from outside has it
        if not self.env.su and FROZEN.intersection(names):
            raise AccessError(
                self.env._(
                    "%s: taken from the deal when the report is issued, nobody writes"
                    " it. Change the deal and make a new report.",
                    self._get_labels(FROZEN.intersection(names)),
                )
            )

    def _get_labels(self, names):
        fields_ = (self._fields[name] for name in sorted(names) if name in self._fields)
        return ", ".join(field._description_string(self.env) for field in fields_)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        issued = self.filtered(lambda report: report.state != "draft")
        if issued and not self.env.su:
            raise UserError(
                self.env._(
                    "%s: issued reports are kept. Only drafts can be deleted.",
                    ", ".join(issued.mapped("display_name")),
                )
            )

    # ------------------------------------------------------------------
    # The way of a report
    # ------------------------------------------------------------------

    @api.model
    def _issue_for(self, leads):
        """Make and issue reports of these deals, by set-based queries.

        Drafts that the user has begun are issued, with what is asked in them.

        :return: one report per deal, in the order of ``leads``
        :raise AccessError: if the user may not see the map of one of the deals
        """
        drafts = self.search(
            [
                ("lead_id", "in", leads.ids),
                ("state", "=", "draft"),
                ("author_id", "=", self.env.uid),
            ],
            order="id",
        )
        by_lead = {draft.lead_id.id: draft for draft in drafts}
        missing = [lead.id for lead in leads if lead.id not in by_lead]
        quiet = self.with_context(deal_report_issuing=True)
        created = quiet.create([{"lead_id": lead_id} for lead_id in missing])
        by_lead.update(zip(missing, created, strict=True))
        reports = self.browse(by_lead[lead.id].id for lead in leads)
        reports.action_issue()
        return reports

    def _freeze(self):
        """Take the values of today into these drafts."""
        if self.env.context.get("deal_report_issuing") or not self:
            return
        # sudo: a snapshot tells the same to everybody who may see the map; margin
        # stands in a field of its own, that needs a right of its own
        reports = self.sudo()
        today = fields.Date.context_today(self)
        found = self._get_values(reports.lead_id)
        for report in reports:
            values, margin = found[report.lead_id.id]
            report.write(
                {
                    "payload": values,
                    # a dict: a bare 0 or None would be an empty field
                    "margin": {"orders": margin},
                    "health": values["result"]["health"],
                    "change_count": len(values["changes"]),
                    "date": today,
                    "author_id": self.env.uid,
                    "manager_id": values["head"]["manager_id"],
                    "sponsor_id": values["head"]["sponsor_id"],
                    "previous_id": values["previous"] and values["previous"]["id"],
                    "pdf": False,
                }
            )

    def action_update(self):
        """Take the values of today into these drafts."""
        self.check_access("write")
        self.filtered(lambda report: report.state == "draft")._freeze()

    def action_issue(self):
        """Freeze these drafts as of today, and give them a number."""
        self.check_access("write")
        drafts = self.filtered(lambda report: report.state == "draft")
        drafts.with_context(deal_report_issuing=False)._freeze()
        # sudo: numbers and states are given by nobody but us
        for report in drafts.sudo():
            company = report.company_id or self.env.company.sudo().root_id
            sequence = self.env["ir.sequence"].sudo().with_company(company)
            report.write(
                {
                    "name": sequence.next_by_code("crm.deal.report"),
                    "state": "issued",
                }
            )
        drafts._freeze_pdf()
        return True

    def action_approve(self):
        """The head agrees with what stands in these reports.

        :raise AccessError: for others than managers and the leader of the team
        """
        self.check_access("read")
        others = self.filtered(lambda report: not report.is_head)
        if others:
            raise AccessError(
                self.env._(
                    "%s: approved by a manager or the leader of the sales team.",
                    ", ".join(others.mapped("display_name")),
                )
            )
        # sudo: the state is written by nobody else, the right was checked above
        self.filtered(lambda report: report.state == "issued").sudo().write(
            {
                "state": "approved",
                "approved_by_id": self.env.uid,
                "approved_on": fields.Date.context_today(self),
            }
        )
        return True

    def _get_changes(self):
        """What is different from the previous report of the same deal.

        :return: list of dicts of ``words`` (a sentence in the user's language),
            ``code``, ``who``, ``key``, ``before`` and ``after``, see
            ``tools.deal_report.find_changes``; empty if nothing changed, or without a
            previous report
        """
        self.ensure_one()
        changes = (self.payload or {}).get("changes") or []
        words = self.env["crm.deal.report.words"]
        return [
            {**change, "words": words._tell_change(change, self.payload)}
            for change in changes
        ]
