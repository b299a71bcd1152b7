# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from ..tools.dossier import dependency, spread
from .nullable_fields import NullableMonetary

#: type of the activity that reminds of a review
REVIEW = "crm_loyalty.activity_type_key_account_review"
MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class CrmKeyAccount(models.Model):
    """The dossier of a key client: what the books know, and what people know.

    One per customer - an entity, or the head of its group - and root company. Figures
    are read from the books whenever somebody looks; only what nobody can compute is
    stored here. Its team and managers read it, nobody else.
    """

    _name = "crm.key.account"
    _description = "Key-Account Dossier"
    _inherit = ["mail.thread", "mail.activity.mixin", "crm.loyalty.company.mixin"]
    _order = "state, partner_id"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        ondelete="cascade",
        index=True,
        tracking=True,
        domain=["|", ("is_company", "=", True), ("parent_id", "=", False)],
        help="An entity, or the head of a customer group",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company.sudo().root_id,
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("proposed", "Proposed"), ("active", "Key account"), ("refused", "Refused")],
        default="active",
        required=True,
        tracking=True,
    )
    type_ids = fields.Many2many("crm.key.account.type", string="Types", tracking=True)
    type_description = fields.Text(
        "What Is Special", compute="_compute_type_description"
    )

    # Team
    manager_id = fields.Many2one(
        "res.users",
        "Key-Account Manager",
        tracking=True,
        index=True,
        domain=[("share", "=", False)],
    )
    deputy_id = fields.Many2one(
        "res.users", tracking=True, domain=[("share", "=", False)]
    )
    sponsor_id = fields.Many2one(
        "res.users",
        "Executive Sponsor",
        tracking=True,
        domain=[("share", "=", False)],
        help="One of our directors who knows theirs",
    )
    team_ids = fields.One2many("crm.key.account.member", "account_id", "Account Team")
    user_ids = fields.Many2many(
        "res.users",
        "crm_key_account_user_rel",
        "account_id",
        "user_id",
        string="Who Reads It",
        compute="_compute_user_ids",
        store=True,
    )
    review_period = fields.Integer(
        "Review Every … Days",
        compute="_compute_review_period",
        store=True,
        readonly=False,
        precompute=True,
    )
    review_date = fields.Date("Next Review", tracking=True)

    # The customer in the books
    profile_id = fields.Many2one(
        "crm.customer.profile",
        "Figures",
        compute="_compute_profile_id",
        compute_sudo=True,
    )
    entity_ids = fields.Many2many(
        "res.partner",
        string="Entities",
        compute="_compute_profile_id",
        compute_sudo=True,
    )
    group_id = fields.Many2one(
        "crm.customer.group",
        "Customer Group",
        compute="_compute_profile_id",
        compute_sudo=True,
    )
    tier_id = fields.Many2one(
        "crm.loyalty.tier", compute="_compute_profile_id", compute_sudo=True
    )
    tier_color = fields.Integer(compute="_compute_profile_id", compute_sudo=True)
    is_top_tier = fields.Boolean(
        "First or Second Tier", compute="_compute_profile_id", compute_sudo=True
    )
    revenue = fields.Monetary(
        "Revenue of 12 Months",
        compute="_compute_profile_id",
        compute_sudo=True,
        help="Net of tax, in the window of the last run",
    )
    revenue_share = fields.Float(
        "Share of Our Revenue in %",
        compute="_compute_revenue_share",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
    )
    dependency = fields.Selection(
        [
            ("key", "Key by revenue"),
            ("dependency", "We depend on it"),
            ("mono", "Mono-client"),
        ],
        compute="_compute_revenue_share",
        compute_sudo=True,
        help="From 10 % of our revenue, above 20 %, from 50 %",
    )
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")

    # What people know, section by section
    vat = fields.Char(related="partner_id.vat", readonly=False)
    industry_id = fields.Many2one(related="partner_id.industry_id", readonly=False)
    holding_note = fields.Text("Holding", help="Parent, sisters, subsidiaries")
    owners = fields.Text()
    sites_note = fields.Text("Sites")
    goals = fields.Text("Goals of the Customer")
    pressures = fields.Text("What Presses It")
    initiatives = fields.Text("Its Projects")
    obstacles = fields.Text("What Stands in Its Way")
    points_note = fields.Text(
        "Three Points",
        help="Who listens to us, who is dissatisfied, who decides",
    )
    roles_note = fields.Text("Roles", help="Who approves, checks, uses, buys")
    approval_limits = fields.Text(help="Who may sign up to which amount")
    tender_rule = fields.Text("Tender Rules")
    budget_month = fields.Selection(MONTHS)
    need = fields.Text("Confirmed Need")
    need_owner = fields.Char("Who Feels It")
    need_cost = NullableMonetary("Costs It per Year", help="Empty while unknown")
    need_workaround = fields.Text("How It Copes Now")
    competitor_ids = fields.One2many(
        "crm.key.account.competitor", "account_id", "Competitors"
    )
    agreement_ids = fields.One2many(
        "crm.key.account.agreement", "account_id", "Agreements"
    )
    price_terms = fields.Text()
    delivery_rules = fields.Text()
    goal = fields.Text("Our Goal for 12 Months")
    promises = fields.Text("Who Promised What")
    strategy = fields.Html(help="For the team only; never on a short print")
    date_ids = fields.One2many("crm.key.account.date", "account_id", "Important Dates")
    target_ids = fields.One2many("crm.key.account.target", "account_id", "Targets")
    rel_phase = fields.Selection(
        [
            ("exploratory", "Exploratory"),
            ("basic", "Basic"),
            ("cooperative", "Cooperative"),
            ("interdependent", "Interdependent"),
            ("integrated", "Integrated"),
        ],
        "Phase of the Relation",
        tracking=True,
    )
    review_ids = fields.One2many("crm.key.account.review", "account_id", "Reviews")

    _customer_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "This customer has a dossier in this company already: search for it, among the"
        " refused and archived ones, too.",
    )
    _review_period_positive = models.Constraint(
        "CHECK (review_period > 0)",
        "“Review Every … Days” must be at least one day.",
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("partner_id", "company_id")
    def _compute_display_name(self):
        for account in self:
            # sudo: who reads the dossier may know the name of its customer
            known = account.sudo()
            account.display_name = known.group_id.name or known.partner_id.display_name

    @api.depends("type_ids")
    def _compute_type_description(self):
        for account in self:
            account.type_description = "\n".join(
                line
                for kind in account.type_ids
                for line in (kind.checklist or "").splitlines()
                if line.strip()
            )

    @api.depends("manager_id", "deputy_id", "sponsor_id", "team_ids.user_id")
    def _compute_user_ids(self):
        for account in self:
            account.user_ids = (
                account.manager_id
                | account.deputy_id
                | account.sponsor_id
                | account.team_ids.user_id
            )

    @api.depends("type_ids")
    def _compute_review_period(self):
        """The shortest cadence of its types."""
        for account in self:
            account.review_period = min(
                account.type_ids.mapped("review_period"),
                default=account.review_period or 90,
            )

    @api.depends("partner_id", "company_id")
    def _compute_profile_id(self):
        # sudo (compute_sudo): the figures of the customer are told to its team
        for company, accounts in self.grouped("company_id").items():
            policy = self.env["crm.loyalty.policy"]._get(company)
            top = policy.tier_ids.sorted()[:2]
            profiles = self.env["crm.customer.entity"]._get_profiles(
                accounts.partner_id, company
            )
            for account in accounts:
                profile = profiles.get(
                    account.partner_id.id, self.env["crm.customer.profile"]
                )
                tier = profile.tier_id or (
                    not policy.decided_on and profile.computed_tier_id
                )
                account.profile_id = profile
                account.group_id = profile.group_id
                account.entity_ids = profile.entity_ids or account.partner_id
                account.tier_id = tier
                account.tier_color = tier.color if tier else 0
                account.is_top_tier = bool(tier) and tier in top
                account.revenue = profile.revenue

    @api.depends("profile_id")
    def _compute_revenue_share(self):
        # sudo (compute_sudo): a share counts customers the user does not see
        totals = dict(
            self.env["crm.customer.profile"]._read_group(
                [("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["revenue:sum"],
            )
        )
        for account in self:
            total = totals.get(account.company_id, 0)
            share = 100 * account.revenue / total if total > 0 else 0
            account.revenue_share = share
            account.dependency = dependency(share) or False

    def _get_monthly_revenue(self, start, end):
        """{first day of the month: revenue of all entities of the customer}."""
        self.ensure_one()
        groups = self.env["crm.customer.fact"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", self.entity_ids.ids),
                ("date", ">=", start),
                ("date", "<=", end),
            ],
            ["date:month"],
            ["revenue:sum"],
        )
        return dict(groups)

    # ------------------------------------------------------------------
    # Rules that must hold
    # ------------------------------------------------------------------

    @api.constrains("partner_id", "company_id")
    def _check_customer(self):
        """A member of a group is worked with the group: its head has the dossier."""
        # sudo: the rows behind are nobody's to read
        entities = self.env["crm.customer.entity"].sudo()
        grouped = entities.search([("partner_id", "in", self.partner_id.ids)])
        for account in self:
            for entity in grouped:
                if (
                    entity.partner_id == account.partner_id != entity.customer_id
                    and entity.company_id == account.company_id
                ):
                    raise ValidationError(
                        self.env._(
                            "%(entity)s belongs to the group %(group)s: open the"
                            " dossier of its head, %(head)s.",
                            entity=account.partner_id.display_name,
                            group=entity.group_id.name,
                            head=entity.customer_id.display_name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = self.env["res.partner"]
        vals_list = partners._loyalty_as_entities(vals_list)
        for vals in vals_list:
            if not vals.get("manager_id") and vals.get("partner_id"):
                owner = partners.browse(vals["partner_id"]).user_id
                vals["manager_id"] = (owner or self.env.user).id
        accounts = super().create(vals_list)
        accounts.filtered(lambda a: a.state == "active")._schedule_review()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "active" or "review_date" in vals:
            self.filtered(lambda a: a.state == "active")._schedule_review()
        return result

    # ------------------------------------------------------------------
    # Review
    # ------------------------------------------------------------------

    def _schedule(self, day, summary, kind="mail.mail_activity_data_todo"):
        """An activity for whoever keeps the account."""
        self.ensure_one()
        owner = self.manager_id or self.partner_id.user_id or self.env.user
        return self.activity_schedule(
            kind, date_deadline=day, summary=summary, user_id=owner.id
        )

    def _get_review_activities(self):
        """Open activities of the periodical review, whoever's language they are in."""
        review_id = self.env["ir.model.data"]._xmlid_to_res_id(REVIEW)
        return self.activity_ids.filtered(lambda a: a.activity_type_id.id == review_id)

    def _schedule_review(self):
        """One open activity for the next review, on its day."""
        for account in self:
            day = account.review_date
            if not day:
                today = fields.Date.context_today(account)
                # comes back here with the date
                account.review_date = fields.Date.add(today, days=account.review_period)
                continue
            planned = account._get_review_activities()
            if planned:
                planned.write({"date_deadline": day})
            else:
                summary = self.env._("Review the dossier with the team")
                account._schedule(day, summary, REVIEW)

    def action_reviewed(self):
        """The team has gone through the dossier: the next review is planned."""
        today = fields.Date.context_today(self)
        for account in self:
            account._get_review_activities().action_feedback()
            account.review_date = fields.Date.add(today, days=account.review_period)
        return True

    # ------------------------------------------------------------------
    # Candidates
    # ------------------------------------------------------------------

    def action_activate(self):
        """Open the dossier of a candidate."""
        self.write({"state": "active"})
        return True

    def action_refuse(self):
        """Not a key client; it is not proposed again."""
        self.write({"state": "refused"})
        return True

    # ------------------------------------------------------------------
    # Targets
    # ------------------------------------------------------------------

    def _plan_year(self, year, amount, decimals=None):
        """Twelve monthly targets that add up to ``amount``.

        Spread like the revenue of the year before; evenly where it bought nothing.
        """
        self.ensure_one()
        last = self.sudo()._get_monthly_revenue(  # sudo: see _compute_actual
            f"{year - 1}-01-01", f"{year - 1}-12-31"
        )
        months = [
            fields.Date.to_date(f"{year}-{month:02}-01") for month in range(1, 13)
        ]
        weights = [
            float(last.get(fields.Date.subtract(month, years=1), 0)) for month in months
        ]
        if decimals is None:
            decimals = self.currency_id.decimal_places
        amounts = spread(amount, weights, decimals)
        known = {target.month: target for target in self.target_ids}
        self.target_ids = [
            Command.update(known[month].id, {"amount": part})
            if month in known
            else Command.create({"month": month, "amount": part})
            for month, part in zip(months, amounts, strict=True)
        ]

    def _get_year_revenue(self, year):
        """Revenue of a calendar year so far."""
        # sudo: see _compute_actual of the targets
        return sum(
            self.sudo()._get_monthly_revenue(f"{year}-01-01", f"{year}-12-31").values()
        )

    def action_plan_year(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "crm_loyalty.action_key_account_plan"
            ),
            "context": {"default_account_id": self.id},
        }

    # ------------------------------------------------------------------
    # Other
    # ------------------------------------------------------------------

    def action_print(self):
        """The dossier on paper; the short version is in the menu Print."""
        return self.env.ref("crm_loyalty.action_report_key_account").report_action(self)

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_open_profile(self):
        """The value page of the customer, under its own rights."""
        self.ensure_one()
        return self.profile_id.sudo(False)._get_records_action()

    @api.model
    def _cron_remind(self):
        """Offers for important dates, ends of agreements."""
        today = fields.Date.context_today(self)
        self.env["crm.key.account.date"]._prepare_due(today)
        self.env["crm.key.account.agreement"]._remind(today)

    @api.model
    def _merge(self, sources, target):
        """The survivor keeps its dossier; one that it has not got, it takes over."""
        self.env.flush_all()
        accounts = self.with_context(active_test=False).search(
            [("partner_id", "in", (sources | target).ids)]
        )
        for of_company in accounts.grouped("company_id").values():
            kept = of_company.filtered(lambda a: a.partner_id == target) or of_company
            kept = kept.sorted(lambda a: (a.state != "active", a.id))[:1]
            for account in of_company - kept:
                kept._take_over(account)
            if kept.partner_id != target:
                self.env.cr.execute(
                    SQL(
                        "UPDATE crm_key_account SET partner_id = %s WHERE id = %s",
                        target.id,
                        kept.id,
                    )
                )
        self.env.invalidate_all()

    def _take_over(self, other):
        """Rows and texts of another dossier of the same customer."""
        for name in ("competitor_ids", "agreement_ids", "date_ids", "review_ids"):
            other[name].write({"account_id": self.id})
        texts = {}
        for name, field in self._fields.items():
            if field.store and not field.related and field.type in ("text", "char"):
                mine, theirs = self[name], other[name]
                if theirs and mine != theirs and not field.readonly:
                    texts[name] = f"{mine}\n{theirs}" if mine else theirs
        if self.state == "refused":
            texts["state"] = other.state
        self.write(texts)
        other.unlink()
