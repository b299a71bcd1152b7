# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import logging
from ast import literal_eval
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, format_amount, format_date, formatLang

from ..tools.classes import exact_share

_logger = logging.getLogger(__name__)

#: cut method -> the field of a tier that says where it ends, or begins
CUT_FIELDS = {
    "revenue_share": "share_to",
    "customer_share": "customers_to",
    "amount": "amount_from",
}
#: colour, cumulative share of revenue, share of customers, revenue from
DEFAULT_CUTS = [
    (8, 70.0, 2.0, 250000.0),
    (5, 90.0, 11.0, 50000.0),
    (10, 97.0, 35.0, 10000.0),
    (3, 100.0, 100.0, 0.0),
]


class CrmLoyaltyPolicy(models.Model):
    _name = "crm.loyalty.policy"
    _description = "Tier Policy"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id"
    _check_company_auto = True

    # Description
    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        tracking=True,
        domain=[("share", "=", False)],
        help="Gets an activity when the figures do not tie out to the ledger",
    )

    # Rules
    window_days = fields.Integer(
        "Window (Days)",
        default=365,
        required=True,
        tracking=True,
        help="Figures count the documents of so many days ending with the as-of day",
    )
    cut_method = fields.Selection(
        [
            ("revenue_share", "Cumulative share of revenue"),
            ("customer_share", "Share of customers"),
            ("amount", "Absolute amounts"),
        ],
        default="revenue_share",
        required=True,
        tracking=True,
    )
    tier_ids = fields.One2many("crm.loyalty.tier", "policy_id", "Tiers", copy=True)
    newcomer_days = fields.Integer(
        "Newcomer Period (Days)",
        default=90,
        required=True,
        tracking=True,
        help="For so many days after the first purchase a customer is too new to judge",
    )
    participant_domain = fields.Char(
        "Who Takes Part",
        default="[]",
        required=True,
        tracking=True,
        help="Contacts that do not match stand outside the pyramid, for instance"
        " during a pilot; their sales still count in the totals",
    )
    decision_interval = fields.Selection(
        [
            ("1", "Every month, on the first"),
            ("3", "Every quarter, on the first"),
            ("manual", "Only by hand"),
        ],
        "Tiers Change",
        default="1",
        required=True,
        tracking=True,
        help="Figures follow every night; a customer changes tier only then",
    )

    change_margin = fields.Float(
        "Margin to Change (%)",
        default=10.0,
        tracking=True,
        help="A customer changes tier only if its revenue passes the cut by this share"
        " of the revenue of the last customer inside the tier it enters or leaves",
    )
    change_repeated = fields.Boolean(
        "Or at Two Decisions in a Row",
        default=True,
        tracking=True,
        help="A customer beyond the cut, but within the margin, changes tier when it"
        " is still there at the next decision",
    )

    # Service
    delivery_tolerance_days = fields.Integer(
        "Delivery Tolerance (Days)",
        default=0,
        required=True,
        tracking=True,
        help="A delivery so many days after the promise is still on time",
    )

    # Runs
    as_of = fields.Date("Figures as of", readonly=True, copy=False)
    window_start = fields.Date(compute="_compute_window_start", store=True)
    last_run_id = fields.Many2one("crm.loyalty.run", readonly=True, copy=False)
    run_ids = fields.One2many("crm.loyalty.run", "policy_id", "Runs")
    decided_on = fields.Date(
        "Tiers Decided on",
        readonly=True,
        copy=False,
        help="Empty until somebody has applied the first proposal",
    )
    next_decision = fields.Date(compute="_compute_next_decision")
    tie_out_run_id = fields.Many2one(
        "crm.loyalty.run",
        "Tied out with the Run of",
        readonly=True,
        copy=False,
        help="The run whose figures were last compared with the ledger",
    )
    unexplained = fields.Monetary(
        "Unexplained Rest",
        readonly=True,
        copy=False,
        help="Income of the ledger less counted sales and named bridges; must be zero",
    )

    _company_uniq = models.Constraint(
        "UNIQUE (company_id)", "A company has one tier policy."
    )
    _window_positive = models.Constraint(
        "CHECK (window_days BETWEEN 30 AND 1830)",
        "The window is between 30 days and 5 years (1830 days).",
    )
    _change_margin_share = models.Constraint(
        "CHECK (change_margin BETWEEN 0 AND 100)",
        "The margin to change tier is between 0 and 100 %.",
    )
    _newcomer_positive = models.Constraint(
        "CHECK (newcomer_days >= 0)", "The newcomer period cannot be negative."
    )
    _delivery_tolerance_short = models.Constraint(
        "CHECK (delivery_tolerance_days BETWEEN 0 AND 30)",
        "The delivery tolerance is between 0 and 30 days.",
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("company_id.name")
    def _compute_name(self):
        for policy in self:
            policy.name = self.env._("Tiers of %s", policy.company_id.name or "")

    @api.depends("as_of", "last_run_id.window_days")
    def _compute_window_start(self):
        """Of the figures: a window typed in since then counts from the next run on."""
        for policy in self:
            days = policy.last_run_id.window_days
            policy.window_start = policy.as_of and policy._get_window_start(
                policy.as_of, days
            )

    @api.depends("decided_on", "decision_interval")
    def _compute_next_decision(self):
        for policy in self:
            if not policy.decided_on or policy.decision_interval == "manual":
                policy.next_decision = False
                continue
            months = int(policy.decision_interval)
            # quarters are those of the calendar
            elapsed = (policy.decided_on.month - 1) % months
            policy.next_decision = policy.decided_on + relativedelta(
                day=1, months=months - elapsed
            )

    # ------------------------------------------------------------------
    # Rules that must hold
    # ------------------------------------------------------------------

    @api.constrains("cut_method", "tier_ids")
    def _check_cuts(self):
        """Refuse cuts under which a customer would have no tier, or two."""
        for policy in self:
            problem = policy._get_cut_problem()
            if problem:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(problem)s", policy=policy.name, problem=problem
                    )
                )

    def _get_cut_problem(self):
        """The first thing wrong with the cuts, as a sentence; empty if nothing is."""
        self.ensure_one()
        tiers = self.tier_ids.sorted()
        if not 3 <= len(tiers) <= 6:
            return self.env._(
                "a pyramid has three to six tiers, here are %s.", len(tiers)
            )
        if self.cut_method == "amount":
            return self._get_amount_problem(tiers)
        field = CUT_FIELDS[self.cut_method]
        for tier, after in pairwise(tiers):
            if float_compare(tier[field], after[field], precision_digits=2) >= 0:
                return self.env._(
                    "%(after)s ends at %(to)s %% and must end above %(tier)s"
                    " (%(from)s %%).",
                    after=after.name,
                    to=formatLang(self.env, after[field]),
                    tier=tier.name,
                    **{"from": formatLang(self.env, tier[field])},
                )
        if tiers[0][field] <= 0:
            return self.env._("%s must end above 0 %%.", tiers[0].name)
        if float_compare(tiers[-1][field], 100, precision_digits=2):
            return self.env._(
                "the last tier, %(tier)s, ends at %(to)s %% and must end at 100 %%.",
                tier=tiers[-1].name,
                to=formatLang(self.env, tiers[-1][field]),
            )
        return ""

    def _get_amount_problem(self, tiers):
        for tier, after in pairwise(tiers):
            if tier.amount_from <= after.amount_from:
                return self.env._(
                    "%(tier)s (from %(from)s) and %(after)s (from %(to)s) overlap;"
                    " each tier must begin below the one before it.",
                    tier=tier.name,
                    after=after.name,
                    to=format_amount(self.env, after.amount_from, self.currency_id),
                    **{
                        "from": format_amount(
                            self.env, tier.amount_from, self.currency_id
                        )
                    },
                )
        if tiers[-1].amount_from:
            return self.env._(
                "the last tier, %(tier)s, begins at %(from)s and must begin at 0,"
                " or smaller customers would have no tier.",
                tier=tiers[-1].name,
                **{
                    "from": format_amount(
                        self.env, tiers[-1].amount_from, self.currency_id
                    )
                },
            )
        return ""

    @api.constrains("company_id")
    def _check_root_company(self):
        for policy in self:
            if policy.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch; its customers are judged by the"
                        " policy of %(root)s.",
                        branch=policy.company_id.name,
                        root=policy.company_id.root_id.name,
                    )
                )

    @api.constrains("participant_domain")
    def _check_participant_domain(self):
        for policy in self:
            try:
                policy._query_participants()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "Who takes part: %(domain)s is not a valid filter on"
                        " contacts (%(error)s).",
                        domain=policy.participant_domain,
                        error=error,
                    )
                ) from error

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        deferred = self.with_context(loyalty_cuts_deferred=True)
        policies = super(CrmLoyaltyPolicy, deferred).create(vals_list)
        return policies.with_env(self.env)

    def write(self, vals):
        deferred = self.with_context(loyalty_cuts_deferred=True)
        return super(CrmLoyaltyPolicy, deferred).write(vals)

    @api.model
    def _create_default(self, companies):
        """Give root companies among ``companies`` a policy with four tiers.

        Those that have one keep it: companies of demo data got theirs on creation.
        """
        known = self.search([("company_id", "in", companies.ids)]).company_id
        policies = self.create(
            [
                {
                    "company_id": company.id,
                    "tier_ids": [
                        fields.Command.create(vals)
                        for vals in self._prepare_default_tiers_vals()
                    ],
                }
                for company in companies - known
                if not company.parent_id
            ]
        )
        policies.tier_ids._translate_defaults()
        return policies

    @api.model
    def _prepare_default_tiers_vals(self):
        strategies = [
            self.env._("Retain: best service, the closest relation"),
            self.env._("Retain: better service, loyalty, a larger share"),
            self.env._("Cut the cost of serving, or let go"),
            self.env._("Raise the volume: larger lots, a wider assortment"),
        ]
        return [
            {
                "name": self.env._("Tier %s", number),
                "strategy": strategy,
                "sequence": 10 * number,
                "color": color,
                "share_to": share,
                "customers_to": customers,
                "amount_from": amount,
            }
            for number, (strategy, (color, share, customers, amount)) in enumerate(
                zip(strategies, DEFAULT_CUTS, strict=True), start=1
            )
        ]

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    @api.model
    def _get(self, company=None):
        """The policy of a company's root; with none given, of the current company.

        Read as superuser: who may see a customer may know the rules it is judged by.
        """
        root = (company or self.env.company).sudo().root_id
        return self.sudo().search([("company_id", "=", root.id)], limit=1)

    def _get_window_start(self, as_of, days=None):
        """First day of the window; a window of 365 days ends with the as-of day.

        :param days: its length, by default that of the rules in force
        """
        days = days or self.window_days
        return fields.Date.subtract(as_of, days=days - 1)

    def _get_rules(self):
        """What the figures of a run depend on besides documents, to be compared."""
        self.ensure_one()
        cut = CUT_FIELDS[self.cut_method]
        return {
            "cut_method": self.cut_method,
            "window_days": self.window_days,
            "newcomer_days": self.newcomer_days,
            "participant_domain": self.participant_domain,
            "tiers": [[tier.id, tier[cut]] for tier in self.tier_ids.sorted()],
        }

    def _get_last_rules(self):
        """The rules that the figures follow: those of the last run."""
        self.ensure_one()
        return self.last_run_id.rules or self._get_rules()

    def _get_period_label(self):
        """First and last day that the figures count; empty before the first run."""
        return self.as_of and self.env._(
            "%(start)s – %(end)s, net of tax",
            start=format_date(self.env, self.window_start),
            end=format_date(self.env, self.as_of),
        )

    def _get_today(self):
        """Today where the company is: runs are scheduled in no user's time zone."""
        tz = self.company_id.partner_id.tz or self.env.user.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))

    def _query_participants(self):
        """Contacts that take part, as a query without access rules."""
        domain = Domain(literal_eval(self.participant_domain or "[]"))
        partners = self.env["res.partner"].sudo().with_company(self.company_id)
        return partners.with_context(active_test=False)._search(domain)

    def _sql_participates(self, partner):
        """Whether an entity takes part.

        :param partner: SQL of its id
        """
        if Domain(literal_eval(self.participant_domain or "[]")).is_true():
            return SQL("TRUE")
        return SQL("%s IN (%s)", partner, self._query_participants().select())

    def _sql_cut(self):
        """The tier as SQL, by the cut method.

        On columns ``value`` (revenue, or profit after service), ``before`` (that of all
        customers ahead) and ``ahead`` (their number), and on the row ``everybody`` with
        ``total`` and ``customers``. Nothing is divided, so that exact numbers stay
        exact; cuts are multiplied out once, not for each customer.
        """
        tiers = self.tier_ids.sorted()
        conditions = {
            "revenue_share": lambda t: SQL(
                "before < (SELECT total * %s::numeric FROM everybody)",
                exact_share(t.share_to),
            ),
            "customer_share": lambda t: SQL(
                "ahead < (SELECT customers * %s::numeric FROM everybody)",
                exact_share(t.customers_to),
            ),
            "amount": lambda t: SQL("value >= %s::numeric", str(t.amount_from)),
        }
        condition = conditions[self.cut_method]
        return SQL(
            "CASE %s ELSE %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", condition(tier), tier.id) for tier in tiers[:-1]
            ),
            tiers[-1].id,
        )

    # ------------------------------------------------------------------
    # Runs and decisions
    # ------------------------------------------------------------------

    def _run(self, as_of=None, full=False, commit=False):
        """Bring the figures of one company up to date.

        :param as_of: last day that counts; today where the company is by default
        :param full: read all documents again, not only those of changed customers
        :param commit: commit after each batch of facts (scheduled job); otherwise all
            happens in the current transaction
        :return: the ``crm.loyalty.run``; unfinished if the scheduled job ran out of
            time
        :raise UserError: when another run of this company is under way
        """
        self.ensure_one()
        return self.env["crm.loyalty.run"]._start(self, as_of, full, commit)

    def _apply_tiers(self, as_of=None, margin=True):
        """Decide: customers take the tier that the last run computed.

        :param as_of: day of the decision, by default the day of the figures
        :param margin: whether customers within the margin to change stay
        :return: number of customers whose tier changed
        """
        self.ensure_one()
        if not self.as_of:
            raise UserError(self.env._("Compute the figures first."))
        day = as_of or self.as_of
        count = self.env["crm.customer.profile"]._set_tiers(
            self, day, decide=True, margin=margin
        )
        self.decided_on = day
        return count

    @api.model
    def _cron_run(self):
        """Nightly: figures of every company, tiers where a decision is due, tie-out."""
        IrCron = self.env["ir.cron"]
        policies = self.search([("company_id.active", "=", True)])
        IrCron._commit_progress(remaining=len(policies))
        try:
            self.env["crm.loyalty.run"]._read_first(policies, commit=True)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("First runs failed together; each is tried alone")
        for policy in policies:
            run = None
            try:
                run = policy._run(commit=True)
                if run.state == "done":
                    run._tie_out()
            except UserError as error:
                # somebody runs this company by hand: the next night takes it again
                self.env.cr.rollback()
                _logger.info("Run of %s skipped: %s", policy.name, error)
            except Exception:
                # one company's trouble must not keep the others waiting
                self.env.cr.rollback()
                _logger.exception("Run of the policy %s failed", policy.id)
            if run and run.state != "done":
                return
            if not IrCron._commit_progress(1):
                return

    @api.model
    @api.private
    def _install_demo(self):
        """Load the demo story (demo databases only)."""
        from ..demo import story

        story.install(self.env)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_run(self):
        """Recompute now, in the foreground: only changed customers are read."""
        self.ensure_one()
        self.check_access("read")
        # sudo: a run writes what nobody may write by hand
        run = self.sudo()._run()
        return run._get_done_notification()

    def action_retry_costs(self):
        """Look again for the costs of document lines that have none.

        What is found is marked as reconstructed; costs that are known stay.
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: costs of lines are written by the system only
        self.env["crm.customer.line.cost"].sudo()._forget_unknown(self.company_id)
        return self.action_run()

    def action_run_full(self):
        """Read everything again, in the background, with visible progress."""
        self.ensure_one()
        self.check_access("write")
        # sudo: nobody writes runs by hand
        runs = self.sudo().env["crm.loyalty.run"]
        with runs._lock(self.company_id):
            run = runs._open(self.sudo(), full=True)
        self.env.ref("crm_loyalty.ir_cron_run").sudo()._trigger()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.loyalty.run",
            "res_id": run.id,
            "views": [(False, "form")],
        }

    def action_preview(self):
        """Show what a decision would change, before it is made."""
        self.ensure_one()
        self.check_access("write")
        return self.env["crm.loyalty.preview"]._open(self)

    def action_apply_tiers(self):
        """Apply the computed tiers, as the person responsible for the policy."""
        self.check_access("write")
        # profiles and history are written by runs and decisions only, never by hand
        return self._get_applied_notification(self.sudo()._apply_tiers())

    def _get_applied_notification(self, count):
        """Client action that tells how many customers changed tier, and reloads."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Tiers applied. Customers that changed: %s", count
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _schedule_unexplained_activity(self):
        """Tell the responsible, once, that figures and ledger differ."""
        self.ensure_one()
        summary = self.env._("Customer figures do not tie out to the ledger")
        user = self.user_id or self.env.ref("base.user_admin")
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=self.env._(
                    "Unexplained rest: %s. Open the tie-out and look at the months"
                    " that differ; then read everything again.",
                    format_amount(self.env, self.unexplained, self.currency_id),
                ),
                user_id=user.id,
            )

    def action_open_tie_out(self):
        """The sales ledger against the general ledger, per month and bridge.

        Compared anew if there was a run since the last time.
        """
        self.ensure_one()
        self.check_access("read")
        if self.tie_out_run_id != self.last_run_id:
            # sudo: nobody writes the comparison by hand
            self.sudo().last_run_id._tie_out()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_tie_out"
        )
        action["domain"] = [("company_id", "=", self.company_id.id)]
        return action

    def action_open_runs(self):
        """The runs of this company, the latest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_loyalty.action_run")
        action["domain"] = [("policy_id", "=", self.id)]
        return action
