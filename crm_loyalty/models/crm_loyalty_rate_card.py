# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_amount, format_date, formatLang

#: parts of the names of accounts that hold salaries or freight
KEYWORDS = {
    "salary_account_ids": (
        ["salar", "wage", "payroll", "зарплат", "оплата труда", "оплату труда"],
        ("expense", "expense_other", "expense_direct_cost"),
    ),
    "freight_account_ids": (
        [
            "freight",
            "carriage",
            "shipping",
            "transport",
            "доставк",
            "перевоз",
            "трансп",
        ],
        ("expense", "expense_other", "expense_direct_cost"),
    ),
}


class CrmLoyaltyRateCard(models.Model):
    """Standard rates of the cost to serve, from a day on; somebody confirms them."""

    _name = "crm.loyalty.rate.card"
    _inherit = ["crm.loyalty.company.mixin", "mail.thread"]
    _description = "Standard Rates"
    _order = "date_from desc, id desc"
    _rec_name = "date_from"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company.sudo().root_id,
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        "Valid from",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="The rates count for documents from this day on. The oldest ones count for"
        " everything before, too.",
    )
    rate_ids = fields.One2many("crm.loyalty.rate", "card_id", "Rates", copy=True)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_on = fields.Date(readonly=True, copy=False, tracking=True)

    # What proposals start from
    salary_account_ids = fields.Many2many(
        "account.account",
        "crm_loyalty_rate_card_salary_rel",
        string="Salary Accounts",
        check_company=True,
    )
    freight_account_ids = fields.Many2many(
        "account.account",
        "crm_loyalty_rate_card_freight_rel",
        string="Freight Accounts",
        check_company=True,
    )
    salary_share = fields.Float(
        "Share of Salaries (%)",
        default=100.0,
        help="The part of the salaries that is work on orders, visits, calls, returns",
    )
    can_propose = fields.Boolean(compute="_compute_can_propose")

    _company_date_uniq = models.Constraint(
        "UNIQUE (company_id, date_from)",
        "The company already has rates from this day on.",
    )
    _salary_share_percent = models.Constraint(
        "CHECK (salary_share BETWEEN 0 AND 100)",
        "The share of salaries is between 0 and 100 %.",
    )

    @api.depends_context("uid")
    def _compute_can_propose(self):
        user = self.env.user
        self.can_propose = user.has_group(
            "account.group_account_readonly"
        ) or user.has_group("account.group_account_invoice")

    @api.depends("date_from")
    def _compute_display_name(self):
        for card in self:
            card.display_name = self.env._(
                "Rates from %s", format_date(self.env, card.date_from)
            )

    @api.model
    def default_get(self, fields):
        """One line for each rate, empty: a rate nobody typed is unknown, not zero."""
        values = super().default_get(fields)
        if "rate_ids" in fields:
            values["rate_ids"] = [
                Command.create({"driver": key, "minutes": driver.minutes})
                for key, driver in self._get_rated_drivers().items()
            ]
        return values

    @api.model
    def _get_rated_drivers(self):
        drivers = self.env["crm.customer.service.driver"]._get_drivers()
        return {key: driver for key, driver in drivers.items() if driver.rated}

    @api.constrains("company_id")
    def _check_root_company(self):
        for card in self:
            if card.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch; its customers cost what the rates of"
                        " %(root)s say.",
                        branch=card.company_id.name,
                        root=card.company_id.root_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Drivers that came with another add-on since get their line."""
        cards = super().create(vals_list)
        drivers = self._get_rated_drivers()
        for card in cards:
            known = set(card.rate_ids.mapped("driver"))
            card.rate_ids = [
                Command.create({"driver": key, "minutes": driver.minutes})
                for key, driver in drivers.items()
                if key not in known
            ]
        return cards

    def write(self, vals):
        """Other days are other rates: somebody has to confirm them again."""
        if "date_from" in vals:
            self.filtered("confirmed_on")._unconfirm()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_needed(self):
        """Tiers by profit would find no profit any more."""
        policies = self.env["crm.loyalty.policy"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("value_basis", "=", "profit"),
                ("service_mode", "=", "rates"),
            ]
        )
        others = self.search([("company_id", "in", policies.company_id.ids)]) - self
        typed = others.filtered(
            lambda card: any(rate.rate is not False for rate in card.rate_ids)
        )
        for policy in policies:
            if policy.company_id not in typed.company_id:
                raise UserError(
                    self.env._(
                        "These are the last rates of %(company)s, and its tiers follow"
                        " the profit after service, which is unknown without rates."
                        " Set “Tiers by” of “%(policy)s” to revenue first, or type"
                        " other rates.",
                        company=policy.company_id.name,
                        policy=policy.name,
                    )
                )

    def _unconfirm(self):
        self.write({"confirmed_by_id": False, "confirmed_on": False})

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Note who stands for these rates, and compute with them.

        :raise UserError: when no rate was typed
        """
        self.ensure_one()
        self.check_access("write")
        if not any(rate.rate is not False for rate in self.rate_ids):
            raise UserError(
                self.env._("Type at least one rate before the rates are confirmed.")
            )
        self.write(
            {
                "confirmed_by_id": self.env.user.id,
                "confirmed_on": fields.Date.context_today(self),
            }
        )
        return self.action_recompute()

    def action_recompute(self):
        """Take the rates into the figures now, not tonight."""
        self.ensure_one()
        return self.env["crm.loyalty.policy"]._get(self.company_id).action_run()

    def action_propose(self):
        """Propose rates from the salaries and the freight of the last twelve months.

        Time-driven: the salaries are shared out by the working time that one order,
        line, visit, call and return takes; freight by the deliveries.

        :raise UserError: for users without rights in accounting
        """
        self.ensure_one()
        self.check_access("write")
        if not self.can_propose:
            raise UserError(
                self.env._(
                    "Proposals read salary and freight accounts; you need the right"
                    " “Invoicing” in Accounting for that. Rates can be typed without."
                )
            )
        for name in KEYWORDS:
            if not self[name]:
                self[name] = self._find_accounts(name)
        end = self.env["crm.loyalty.policy"]._get(self.company_id)._get_today()
        start = fields.Date.subtract(end, days=364)
        facts = self.env["crm.customer.service.fact"]
        # sudo: numbers of documents of the whole company, not who they belong to
        quantities = facts.sudo()._count_totals(self.company_id, start, end)
        self._propose_by_time(quantities, start, end)
        self._propose_freight(quantities, start, end)

    def _find_accounts(self, name):
        words, types = KEYWORDS[name]
        accounts = self.env["account.account"]
        return accounts.search(
            Domain(accounts._check_company_domain(self.company_id))
            & Domain("account_type", "in", types)
            & Domain.OR([Domain("name", "ilike", word) for word in words])
        )

    def _get_balance(self, accounts, start, end):
        """Posted expenses on these accounts, in company currency."""
        [[balance]] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "in", accounts.ids),
                ("company_id", "in", self.company_id._loyalty_branches().ids),
                ("parent_state", "=", "posted"),
                ("date", ">=", start),
                ("date", "<=", end),
            ],
            [],
            ["balance:sum"],
        )
        return balance or 0.0

    def _propose_by_time(self, quantities, start, end):
        rates = self.rate_ids.filtered("minutes")
        minutes = sum(
            rate.minutes * float(quantities.get(rate.driver, 0)) for rate in rates
        )
        salaries = self._get_balance(self.salary_account_ids, start, end)
        amount = salaries * self.salary_share / 100
        for rate in rates:
            if amount <= 0 or not minutes:
                rate.write({"proposal": False, "proposal_note": False})
                continue
            rate.write(
                {
                    "proposal": amount * rate.minutes / minutes,
                    "proposal_note": self.env._(
                        "Salaries %(amount)s x %(share)s %% x %(minutes)s min of"
                        " %(total)s min of work in twelve months",
                        amount=format_amount(self.env, salaries, self.currency_id),
                        share=formatLang(self.env, self.salary_share, digits=0),
                        minutes=formatLang(self.env, rate.minutes, digits=0),
                        total=formatLang(self.env, minutes, digits=0),
                    ),
                }
            )

    def _propose_freight(self, quantities, start, end):
        rate = self.rate_ids.filtered(lambda rate: rate.driver == "delivery")
        amount = self._get_balance(self.freight_account_ids, start, end)
        count = float(quantities.get("delivery", 0))
        if amount <= 0 or not count:
            rate.write({"proposal": False, "proposal_note": False})
            return
        rate.write(
            {
                "proposal": amount / count,
                "proposal_note": self.env._(
                    "Freight %(amount)s / %(count)s deliveries in twelve months",
                    amount=format_amount(self.env, amount, self.currency_id),
                    count=formatLang(self.env, count, digits=0),
                ),
            }
        )

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    @api.model
    def _get_schedule_cards(self, company):
        """[(first day, {driver: rate})], oldest first, of cards with a typed rate."""
        self.flush_model()
        self.env["crm.loyalty.rate"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card.date_from, rate.driver, rate.rate
                FROM crm_loyalty_rate_card card
                JOIN crm_loyalty_rate rate ON rate.card_id = card.id
                WHERE card.company_id = %s AND rate.rate IS NOT NULL
                ORDER BY card.date_from, rate.driver
                """,
                company.id,
            )
        )
        cards = {}
        for day, driver, rate in rows:
            cards.setdefault(day, {})[driver] = float(rate)
        return list(cards.items())
