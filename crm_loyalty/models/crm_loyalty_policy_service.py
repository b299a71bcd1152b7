# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ..tools.service_schedule import Schedule


class CrmLoyaltyPolicy(models.Model):
    """What serving customers costs, and whether tiers follow what is left."""

    _inherit = "crm.loyalty.policy"

    service_mode = fields.Selection(
        [("rates", "Standard rates"), ("pools", "Cost pools")],
        "Cost to Serve by",
        default="rates",
        required=True,
        tracking=True,
    )
    value_basis = fields.Selection(
        [("revenue", "Revenue"), ("profit", "Profit after service")],
        "Tiers by",
        default="revenue",
        required=True,
        tracking=True,
        help="What customers are ranked by. Wherever the cuts say revenue, profit after"
        " service is meant then; customers whose cost is unknown stand in a row of"
        " their own.",
    )

    @api.constrains("value_basis", "service_mode")
    def _check_value_basis(self):
        for policy in self:
            if policy.value_basis == "profit" and (
                not policy._has_service() or policy._is_service_unconfirmed()
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s: tiers cannot follow the profit after service"
                        " before somebody has confirmed the rates, or entered cost"
                        " pools, under Configuration › Cost to Serve.",
                        policy=policy.name,
                    )
                )

    # ------------------------------------------------------------------
    # Rates and pools in force
    # ------------------------------------------------------------------

    def _has_service(self):
        """Whether there is anything to count the cost to serve by."""
        self.ensure_one()
        # sudo: that there are rates is told to whoever sees figures made of them
        if self.service_mode == "pools":
            pools = self.env["crm.loyalty.cost.pool"].sudo()
            return bool(
                pools.search_count([("company_id", "=", self.company_id.id)], limit=1)
            )
        cards = self.env["crm.loyalty.rate.card"].sudo()
        return bool(cards._get_schedule_cards(self.company_id))

    def _is_service_unconfirmed(self):
        """Whether a rate in force in the window was not confirmed by anybody."""
        self.ensure_one()
        if self.service_mode == "pools":
            return False
        # sudo: as above
        typed = self.env["crm.loyalty.rate.card"].sudo()
        typed_days = [day for day, _r in typed._get_schedule_cards(self.company_id)]
        cards = typed.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_from", "in", typed_days),
                ("date_from", "<=", self.as_of or self._get_today()),
            ],
            order="date_from desc",
        )
        start = self.window_start or self._get_window_start(self._get_today())
        for card in cards or typed.search(
            [("company_id", "=", self.company_id.id), ("date_from", "in", typed_days)],
            order="date_from",
            limit=1,
        ):
            if not card.confirmed_on:
                return True
            if card.date_from <= start:
                break
        return False

    def _get_service_schedule(self, as_of=None, start=None, cuts=()):
        """Slices, rates and pools of the window that ends with the as-of day.

        :param start: first day of another window
        :param cuts: days on which a slice begins besides, by rates only
        """
        self.ensure_one()
        as_of = as_of or self.as_of or self._get_today()
        start = start or self._get_window_start(as_of)
        # sudo: figures are computed for everybody alike
        env = self.sudo().env
        if self.service_mode == "pools":
            pools = env["crm.loyalty.cost.pool"]._get_schedule_pools(
                self.company_id, start, as_of
            )
            return Schedule(start, as_of, pools=pools)
        cards = env["crm.loyalty.rate.card"]._get_schedule_cards(self.company_id)
        return Schedule(start, as_of, cards=cards, cuts=cuts)

    def _get_priced_drivers(self):
        """Drivers that have a rate, or a pool, in the window of the figures."""
        schedule = self._get_service_schedule()
        if self.service_mode == "pools":
            return {pool.driver for pool in schedule.pools}
        return {driver for driver, _slice, _rate in schedule.get_rates()}

    def _get_service_notice(self):
        """One sentence about the rates that figures of the service rest on.

        :return: dict of ``state`` ("none", "unconfirmed", "confirmed") and ``text``
        """
        self.ensure_one()
        if not self._has_service():
            return {
                "state": "none",
                "text": self.env._(
                    "No rates yet: the cost to serve is unknown until somebody types"
                    " them."
                ),
            }
        if self._is_service_unconfirmed():
            return {
                "state": "unconfirmed",
                "text": self.env._(
                    "By rates that nobody has confirmed yet: take the figures as a"
                    " first guess."
                ),
            }
        if self.service_mode == "pools":
            return {"state": "confirmed", "text": self.env._("By cost pools.")}
        # sudo: who stands for the rates is told with the figures
        card = (
            self.env["crm.loyalty.rate.card"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("confirmed_on", "!=", False),
                ],
                limit=1,
            )
        )
        return {
            "state": "confirmed",
            "text": self.env._(
                "By rates confirmed by %(user)s on %(date)s.",
                user=card.confirmed_by_id.name,
                date=format_date(self.env, card.confirmed_on),
            ),
        }

    # ------------------------------------------------------------------
    # What tiers are cut by
    # ------------------------------------------------------------------

    def _sql_value(self, table="crm_customer_profile"):
        """The column of the profile that customers are ranked by."""
        profit = self.value_basis == "profit"
        return SQL.identifier(table, "service_profit" if profit else "revenue")

    def _get_rules(self):
        rules = super()._get_rules()
        if not self._has_service():
            return rules
        # sudo: only compared with those of the last run, never shown
        cards = self.sudo().env["crm.loyalty.rate.card"]
        return rules | {
            "value_basis": self.value_basis,
            "service_mode": self.service_mode,
            "rates": [
                [fields.Date.to_string(day), rates]
                for day, rates in cards._get_schedule_cards(self.company_id)
            ],
        }

    def action_open_rate_cards(self):
        """The standard rates of this company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_rate_card"
        )
        action["domain"] = [("company_id", "=", self.company_id.id)]
        return action
