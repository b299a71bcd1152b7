# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

from ..tools.risk import drift

#: payments are compared over so many days with the same days of last year
PAYMENT_DAYS = 180
#: a smaller drift of payments is not worth a word
MIN_DRIFT_DAYS = 7


class CrmCustomerProfile(models.Model):
    """What has changed at a customer, in words, each opening its documents.

    What puts money at risk is that of the last run; how the customer pays is read when
    somebody looks.
    """

    _inherit = "crm.customer.profile"

    changes = fields.Json(
        "What Has Changed",
        compute="_compute_changes",
        compute_sudo=True,
        help="List of cause and sentence",
    )
    risk_outcome_ids = fields.One2many(
        "crm.customer.risk.outcome",
        compute="_compute_risk_outcome_ids",
        context={"active_test": False},
        string="Outcomes of Money at Risk",
    )

    @api.depends("relation_state")
    @api.depends_context("lang")
    def _compute_changes(self):
        # sudo (compute_sudo): documents of colleagues with the same customer count, too
        risks = self.env["crm.customer.risk"].search(
            [("profile_id", "in", self.ids), ("kind", "!=", "silence")]
        )
        by_profile = risks.grouped("profile_id")
        drifts = self._get_payment_drifts()
        for profile in self:
            risk = by_profile.get(profile, risks.browse())
            profile.changes = [
                *(risk and risk._get_causes() or []),
                *drifts.get(profile.id, []),
            ]

    def _compute_risk_outcome_ids(self):
        outcomes = (
            self.env["crm.customer.risk.outcome"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", self.entity_ids.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        )
        for profile in self:
            profile.risk_outcome_ids = outcomes.filtered(
                lambda outcome, profile=profile: (
                    outcome.partner_id in profile.entity_ids
                    and outcome.company_id == profile.company_id
                )
            )

    # ------------------------------------------------------------------
    # Payments
    # ------------------------------------------------------------------

    def _get_payment_drifts(self):
        """{profile id: [cause and sentence] where payments come later than a year ago}.

        Of customers that still buy; two queries a company.
        """
        result = {}
        buyers = self.filtered(
            lambda profile: profile.relation_state in ("regular", "periodic")
        )
        for policy, profiles in buyers.grouped("policy_id").items():
            if not policy.as_of:
                continue
            rows = self.env.execute_query(profiles._query_payments(policy))
            for profile_id, *figures in rows:
                before = [float(figure or 0) for figure in figures[:3]]
                now = [float(figure or 0) for figure in figures[3:]]
                if drift(before, now) >= MIN_DRIFT_DAYS:
                    sentence = self.env._(
                        "pays %(now)s days after the invoice, %(before)s days a year"
                        " ago",
                        now=round(now[1]),
                        before=round(before[1]),
                    )
                    result[profile_id] = [{"cause": "payment", "text": sentence}]
        return result

    @api.model
    def _get_payment_periods(self, policy):
        """First and last day of the invoices compared: a year ago, and now."""
        now = (fields.Date.subtract(policy.as_of, days=PAYMENT_DAYS - 1), policy.as_of)
        return tuple(fields.Date.subtract(day, days=365) for day in now), now

    def _query_payments(self, policy):
        """Days from invoice to full payment: number, mean and variance, a year ago and
        now. An invoice past its due date that is still open counts up to the as-of day.
        """
        (year_start, year_end), (start, today) = self._get_payment_periods(policy)
        return SQL(
            """
            WITH member AS (
                SELECT profile.id AS profile_id,
                    COALESCE(entity.partner_id, profile.partner_id) AS partner_id
                FROM crm_customer_profile profile
                LEFT JOIN crm_customer_entity entity
                    ON entity.customer_id = profile.partner_id
                    AND entity.company_id = profile.company_id
                WHERE profile.id IN %(profiles)s
            ),
            invoice AS (
                SELECT member.profile_id, move.invoice_date,
                    MAX(line.date_maturity) AS date_due,
                    BOOL_AND(line.reconciled) AS is_paid, MAX(paid.date) AS date_paid
                FROM member
                JOIN res_partner entity
                    ON entity.commercial_partner_id = member.partner_id
                JOIN account_move_line line ON line.partner_id = entity.id
                JOIN account_move move ON move.id = line.move_id
                JOIN account_account account ON account.id = line.account_id
                LEFT JOIN LATERAL (
                    SELECT MAX(max_date) AS date FROM account_partial_reconcile partial
                    WHERE partial.debit_move_id = line.id
                ) paid ON TRUE
                WHERE line.parent_state = 'posted' AND line.debit > 0
                    AND move.move_type = 'out_invoice'
                    AND account.account_type = 'asset_receivable'
                    AND line.company_id IN %(companies)s
                    AND (
                        move.invoice_date BETWEEN %(start)s AND %(today)s
                        OR move.invoice_date BETWEEN %(year_start)s AND %(year_end)s
                    )
                GROUP BY member.profile_id, move.id
            ),
            taken AS (
                SELECT profile_id, invoice_date >= %(start)s AS is_now,
                    LEAST(CASE WHEN is_paid THEN date_paid END, %(today)s)
                        - invoice_date AS days
                FROM invoice
                WHERE is_paid OR date_due < %(today)s
            )
            SELECT profile_id,
                COUNT(*) FILTER (WHERE NOT is_now), AVG(days) FILTER (WHERE NOT is_now),
                VAR_SAMP(days) FILTER (WHERE NOT is_now),
                COUNT(*) FILTER (WHERE is_now), AVG(days) FILTER (WHERE is_now),
                VAR_SAMP(days) FILTER (WHERE is_now)
            FROM taken
            GROUP BY profile_id
            """,
            profiles=tuple(self.ids),
            companies=tuple(policy.company_id._loyalty_branches().ids),
            year_start=year_start,
            year_end=year_end,
            start=start,
            today=today,
        )

    # ------------------------------------------------------------------
    # From the words to the documents
    # ------------------------------------------------------------------

    def action_explain_change(self, cause):
        """Open the documents behind a sentence of ``changes``."""
        return self.with_context(figure=f"risk_{cause}").action_explain()

    def _get_risk(self):
        """The row of money at risk of the customer; empty if there is none."""
        return self.env["crm.customer.risk"].search([("profile_id", "=", self.id)])

    def _get_figure_domain(self, figure):
        if not figure.startswith("risk_"):
            return super()._get_figure_domain(figure)
        domain = Domain("kind", "=", "counted")
        domain &= Domain("partner_id", "in", self.entity_ids.ids)
        domain &= Domain("company_id", "=", self.company_id.id)
        if figure == "risk_category":
            return domain & self._get_risk()._get_category_domain()
        policy = self.sudo().policy_id  # see super
        if figure == "risk_payment":
            invoices = Domain("move_type", "=", "out_invoice")
            return (
                domain
                & invoices
                & Domain.OR(
                    Domain("invoice_date", ">=", fields.Date.to_string(start))
                    & Domain("invoice_date", "<=", fields.Date.to_string(end))
                    for start, end in self._get_payment_periods(policy)
                )
            )
        # both windows, one after the other
        length = policy.as_of - policy.window_start
        start = fields.Date.subtract(policy.window_start, days=length.days + 1)
        domain &= Domain("date", ">=", fields.Date.to_string(start))
        domain &= Domain("date", "<=", fields.Date.to_string(policy.as_of))
        if figure == "risk_discount":
            domain &= Domain("discount", "!=", 0)
        return domain

    def _get_figure_title(self, figure):
        if not figure.startswith("risk_"):
            return super()._get_figure_title(figure)
        cause = figure.removeprefix("risk_")
        if cause == "payment":
            label = self.env._("Days to pay")
        else:
            risk = self._get_risk()
            name = risk._fields[f"amount_{cause}"]._description_string(self.env)
            amount = risk[f"amount_{cause}"]
            label = f"{name} {format_amount(self.env, amount, self.currency_id)}"
        return self.env._(
            "%(figure)s: %(customer)s",
            figure=label,
            customer=self.partner_id.display_name,
        )

    def _get_figure_context(self, figure):
        if figure in ("risk_volume", "risk_discount"):
            # the fall, or the rise, shows from month to month
            return {"search_default_counted_then": 1, "search_default_by_month": 1}
        return super()._get_figure_context(figure)
