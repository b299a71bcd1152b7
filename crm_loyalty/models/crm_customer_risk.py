# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, formatLang

KINDS = [
    ("silence", "Has fallen silent"),
    ("category", "Has dropped a category"),
    ("volume", "Buys less"),
    ("discount", "Pays less"),
]
OBSTACLES = [
    ("credit", "Over its credit limit"),
    ("stock", "Out of stock"),
]


class CrmCustomerRisk(models.Model):
    """A customer with money at risk, and why. Runs write the rows.

    One row a customer, of the cause that puts most money at risk; it stays as long as
    there is a cause. An outcome that somebody gave takes it off the list. What we
    ourselves stand in the way of is held back: there is nothing to ask the customer.
    """

    _name = "crm.customer.risk"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Money at Risk"
    _order = "amount desc, id"
    _rec_name = "partner_id"
    _log_access = False
    _technical_fields = (
        "currency_id",
        "is_current_company",
        "tier_color",
        "category_gap",
        "category_more",
    )

    profile_id = fields.Many2one(
        "crm.customer.profile", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    sale_warn_msg = fields.Text(
        related="partner_id.sale_warn_msg", string="Message for Sales Order"
    )
    tier_id = fields.Many2one(related="profile_id.tier_id")
    tier_color = fields.Integer(related="profile_id.tier_color", aggregator=None)
    standing = fields.Selection(related="profile_id.standing")

    kind = fields.Selection(KINDS, "Cause", required=True, readonly=True)
    amount = fields.Monetary(
        "Money at Risk",
        readonly=True,
        help="Of the cause that puts most money at risk; several causes at one customer"
        " are not added up",
    )
    since_date = fields.Date(
        "Last Purchase",
        readonly=True,
        help="Of a customer that has fallen silent: which silence the row is about",
    )
    amount_volume = fields.Monetary("Revenue Lost", readonly=True)
    amount_discount = fields.Monetary("Discount beyond the Usual", readonly=True)
    amount_category = fields.Monetary("Revenue of the Category", readonly=True)
    category_id = fields.Many2one(
        "product.category",
        "Dropped Category",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    category_date = fields.Date("Category Last Bought", readonly=True)
    category_gap = fields.Float(readonly=True, aggregator=None)
    category_more = fields.Integer(
        readonly=True, aggregator=None, help="Other categories dropped as well"
    )
    obstacle = fields.Selection(
        OBSTACLES,
        "Held Back",
        readonly=True,
        help="Why there is nothing to ask the customer",
    )
    outcome_id = fields.Many2one(
        "crm.customer.risk.outcome",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    outcome = fields.Selection(related="outcome_id.outcome", string="Answer")
    until = fields.Date(related="outcome_id.until", string="Off the List until")
    sentence = fields.Char("What Happens", compute="_compute_sentence")

    _profile_uniq = models.UniqueIndex("(profile_id)", "A customer has one row.")
    _company_idx = models.Index("(company_id, amount DESC)")

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("kind", "profile_id", "obstacle", "category_id")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for risk in self:
            causes = [cause["text"] for cause in risk._get_causes()]
            if risk.obstacle:
                causes.append(risk._describe_obstacle())
            risk.sentence = "; ".join(causes)

    def _get_causes(self):
        """List of dicts of ``cause`` and ``text``, that with most money first."""
        self.ensure_one()
        if self.kind == "silence":
            return [{"cause": "silence", "text": self._describe_silence()}]
        amounts = {
            kind: self[f"amount_{kind}"] for kind in ("category", "volume", "discount")
        }
        kinds = sorted(amounts, key=lambda kind: (kind != self.kind, -amounts[kind]))
        return [
            {"cause": kind, "text": getattr(self, f"_describe_{kind}")()}
            for kind in kinds
            if amounts[kind]
        ]

    def _describe_silence(self):
        profile = self.profile_id
        silence = profile._get_silence()
        return self.env._(
            "nothing ordered for %(days)s days, usually every %(gap)s"
            " (%(times)s times)",
            days=silence,
            gap=profile.usual_gap,
            times=formatLang(self.env, silence / profile.usual_gap, digits=1),
        )

    def _describe_category(self):
        # sudo: which day the figures have is told to everybody who sees them
        as_of = self.profile_id.sudo().policy_id.as_of
        values = {
            "category": self.category_id.name or self.env._("deleted category"),
            "days": (as_of - self.category_date).days,
            "gap": max(round(self.category_gap), 1),
            "more": self.category_more,
        }
        if self.category_more:
            return self.env._(
                "no %(category)s ordered for %(days)s days, usually every %(gap)s;"
                " other categories dropped: %(more)s",
                **values,
            )
        return self.env._(
            "no %(category)s ordered for %(days)s days, usually every %(gap)s", **values
        )

    def _describe_volume(self):
        profile = self.profile_id
        before, now = profile.revenue_previous, profile.revenue
        return self.env._(
            "still orders, but %(share)s %% less than a year ago: %(now)s instead of"
            " %(before)s",
            share=formatLang(self.env, 100 * (before - now) / before, digits=0),
            now=format_amount(self.env, now, self.currency_id),
            before=format_amount(self.env, before, self.currency_id),
        )

    def _describe_discount(self):
        profile = self.profile_id
        before = profile.discount_previous / (
            profile.discount_previous + profile.revenue_previous
        )
        now = profile.discount / (profile.discount + profile.revenue)
        return self.env._(
            "still orders, but at a discount of %(now)s %% instead of %(before)s %% a"
            " year ago",
            now=formatLang(self.env, 100 * now, digits=1),
            before=formatLang(self.env, 100 * before, digits=1),
        )

    def _describe_obstacle(self):
        if self.obstacle == "credit":
            return self.env._("over its credit limit")
        return self.env._("what it usually buys is out of stock")

    @api.model
    def get_empty_list_help(self, help_message):
        """Say why nobody is listed: no run, too little data, or nobody slips away."""
        return super().get_empty_list_help(self._get_empty_reason())

    def _get_empty_reason(self):
        title, text = self._explain_empty()
        return Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>') % (
            title,
            text,
        )

    def _explain_empty(self):
        # sudo: which day the figures have is told to everybody who sees them
        policy = self.env["crm.loyalty.policy"].sudo()._get()
        if not policy.as_of:
            return (
                self.env._("No figures yet"),
                self.env._(
                    "Customers are looked at every night, or now: a manager presses"
                    " Recompute on the pyramid."
                ),
            )
        profiles = self.env["crm.customer.profile"]
        domain = Domain("company_id", "=", policy.company_id.id)
        customers = profiles.search_count(domain)
        judged = profiles.search_count(domain & Domain("occasion_count", ">=", 3))
        if not judged:
            return (
                self.env._("Too little data"),
                self.env._(
                    "Whether a customer is slipping away shows after three purchases."
                    " Customers: %(count)s, none of them with three purchases yet.",
                    count=customers,
                ),
            )
        return (
            self.env._("Nobody to ask here"),
            self.env._(
                "Customers looked at on %(date)s: %(judged)s, too few purchases:"
                " %(rest)s. None of them is left to ask: they buy as usual, or the"
                " outcome is known. The filter “Answered” shows the latter.",
                date=format_date(self.env, policy.as_of),
                judged=judged,
                rest=customers - judged,
            ),
        )

    # ------------------------------------------------------------------
    # Outcomes
    # ------------------------------------------------------------------

    def action_ordered(self):
        """The customer has ordered: off the list until the order should be invoiced."""
        return self._answer("ordered")

    def action_false_alarm(self):
        """Nothing is wrong: off the list until the customer falls silent anew."""
        return self._answer("false_alarm")

    def action_later(self):
        """Ask until when the customer need not be asked."""
        return self._ask("later")

    def action_refused(self):
        """Ask why the customer does not order any more."""
        return self._ask("refused")

    def action_reopen(self):
        """Take back the outcome: the row is on the list again."""
        self.check_access("read")
        # sudo: nobody writes rows or outcomes by hand; who sees a row may answer it
        risks = self.sudo()
        outcomes = risks.outcome_id
        outcomes.write({"active": False, "taken_back_by_id": self.env.uid})
        risks.outcome_id = False

    def _ask(self, outcome):
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.partner_id[:1].display_name,
            "res_model": "crm.customer.risk.answer",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_risk_ids": self.ids,
                "default_outcome": outcome,
            },
        }

    def _answer(self, outcome, **values):
        """Keep an outcome of these rows, and take them off the list.

        :param values: ``until``, ``reason`` and ``note`` of the outcome
        :return: client action that tells so, and offers to take it back
        """
        self.check_access("read")
        self.filtered("outcome_id").action_reopen()  # another answer replaces the first
        # sudo: nobody writes rows or outcomes by hand; who sees a row may answer it
        outcomes = self.sudo().env["crm.customer.risk.outcome"]
        for risk in self.sudo():
            risk.outcome_id = outcomes.create(
                {
                    "partner_id": risk.partner_id.id,
                    "company_id": risk.company_id.id,
                    "kind": risk.kind,
                    "since_date": risk.since_date,
                    "amount": risk.amount,
                    "sentence": risk.sentence,
                    "outcome": outcome,
                    "user_id": self.env.uid,
                    "until": outcomes._get_until(risk, outcome),
                    **values,
                }
            )
        return {
            "type": "ir.actions.client",
            "tag": "crm_loyalty.risk_answered",
            "params": {"message": self._get_answered_message(), "risk_ids": self.ids},
        }

    def _get_answered_message(self):
        days = [day for day in self.sudo().outcome_id.mapped("until") if day]
        if days:
            return self.env._(
                "Noted. Off the list until %s, or until the next purchase.",
                format_date(self.env, max(days)),
            )
        return self.env._("Noted. Off the list until the next silence.")

    # ------------------------------------------------------------------
    # What stands behind a row
    # ------------------------------------------------------------------

    def action_open_profile(self):
        """The value page of the customer."""
        self.ensure_one()
        return self.profile_id._get_records_action()

    def action_explain(self):
        """The documents behind the money at risk, or behind the cause in the context.

        :param str cause: in the context, one of the kinds
        """
        self.ensure_one()
        cause = self.env.context.get("cause") or self.kind
        if cause == "silence":
            figure = "money_at_risk"
        else:
            figure = f"risk_{cause}"
        return self.profile_id.with_context(figure=figure).action_explain()

    def _get_category_domain(self):
        """Ledger items of the dropped category that its revenue counts."""
        self.ensure_one()
        policy = self.profile_id.sudo().policy_id  # see _describe_category
        start = policy._get_window_start(self.category_date)
        return Domain(
            [
                ("product_categ_id", "=", self.category_id.id),
                ("date", ">=", fields.Date.to_string(start)),
                ("date", "<=", fields.Date.to_string(policy.as_of)),
            ]
        )
