# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import float_compare, formatLang


class CrmCustomerProfile(models.Model):
    """Profit and loss of a customer, and the documents behind its cost to serve."""

    _inherit = "crm.customer.profile"

    statement = fields.Json(
        "Profit and Loss",
        compute="_compute_statement",
        groups="crm_loyalty.group_cost",
    )

    # ------------------------------------------------------------------
    # Statement
    # ------------------------------------------------------------------

    @api.depends("revenue", "service_cost")
    def _compute_statement(self):
        for profile in self:
            profile.statement = profile._get_statement()

    def _get_statement(self):
        """Profit and loss of the customer in the window; screen and XLSX render it.

        Amounts in company currency; costs are negative. None is unknown: no rate, or
        cost of goods not known.

        :return: dict of title, period, currency, notice, state and lines (name, label,
            kind ``line`` or ``total``, basis in words, amount, share of revenue in %,
            figure that opens what it counts, level)
        :raise AccessError: for users who do not see costs
        """
        self.ensure_one()
        self.check_access("read")
        lines = self._get_trade_lines()
        services = self._get_service_lines()
        margin = lines[-1]["amount"]
        none = self.service_state == "none"
        direct = None if none else -(self.direct_cost or 0)
        served = None if none else -(self.service_cost or 0)
        lines += [
            self._prepare_line(
                "direct_cost", self.env._("Direct costs"), direct, "service_direct"
            ),
            *services,
            self._prepare_line(
                "service_cost",
                self.env._("Cost to serve"),
                served,
                "service_cost",
                kind="total",
            ),
            self._prepare_line(
                "service_profit",
                self.env._("Profit after service"),
                None
                if none or margin is None
                else self.currency_id.round(margin + direct + served),
                kind="total",
            ),
        ]
        return {
            "title": self.group_id.name or self.partner_id.display_name,
            "period": self.period_label or "",
            "currency_id": self.currency_id.id,
            "notice": self.service_notice,
            "state": self.service_state,
            "lines": lines,
        }

    def _prepare_line(self, name, label, amount, figure="", **values):
        known = amount is not None and self.revenue > 0
        return {
            "name": name,
            "label": label,
            "kind": "line",
            "level": 0,
            "basis": "",
            "amount": amount,
            "share": 100 * amount / self.revenue if known else None,
            "figure": figure,
            **values,
        }

    def _get_trade_lines(self):
        margin = None if self.margin is False else self.margin
        return [
            self._prepare_line(
                "gross",
                self.env._("Sales before discount"),
                self.revenue + self.discount,
            ),
            self._prepare_line(
                "discount", self.env._("Discount given"), -self.discount, "discount"
            ),
            self._prepare_line(
                "revenue",
                self.env._("Revenue (net of tax)"),
                self.revenue,
                "revenue",
                kind="total",
            ),
            self._prepare_line(
                "cost",
                self.env._("Cost of goods"),
                None if margin is None else -self.cost,
                "cost",
            ),
            self._prepare_line("margin", self.env._("Margin"), margin, kind="total"),
        ]

    def _get_service_lines(self):
        """One line for each driver that costs, those of zero, too: zero is a figure.

        A rate that nobody typed is unknown; drivers that only pools use are left out.
        """
        drivers = self.env["crm.customer.service.driver"]._get_drivers()
        groups = self.env["crm.customer.service"]._read_group(
            [
                ("customer_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            ["driver"],
            ["quantity:sum", "amount:sum"],
        )
        found = {driver: figures for driver, *figures in groups}
        # sudo: prices of the service are told with its figures
        known = self.sudo().policy_id._get_priced_drivers()
        lines = []
        for key, driver in drivers.items():
            quantity, amount = found.get(key, (0.0, 0.0))
            if key not in known and not (driver.rated and quantity):
                continue
            if key not in known:
                amount = None  # nobody typed what one of them costs
            lines.append(
                self._prepare_line(
                    f"service_{key}",
                    driver.label,
                    None if amount is None else -(amount or 0.0),
                    f"service_{key}",
                    level=1,
                    basis=self._format_basis(driver, quantity, amount),
                )
            )
        return lines

    def _format_basis(self, driver, quantity, amount):
        """How a line came about: "12 x 5.00 per order"."""
        if driver.money or not quantity:
            return ""
        digits = 0 if quantity % 1 == 0 else 2
        count = formatLang(self.env, quantity, digits=digits)
        if not amount:
            return count
        return self.env._(
            "%(count)s x %(rate)s %(unit)s",
            count=count,
            rate=formatLang(self.env, amount / quantity, digits=2),
            unit=driver.unit,
        )

    # ------------------------------------------------------------------
    # Explain
    # ------------------------------------------------------------------

    def action_explain(self):
        """Figures of the service open their documents, sums of them the ledger."""
        figure = self.env.context.get("figure") or ""
        if figure in ("direct_cost", "service_cost", "service_profit"):
            self._check_sees_cost()
        if figure == "service_cost":
            return self.action_open_service()
        if figure == "service_profit":
            return self.action_open_statement()
        if figure == "direct_cost":
            figure = "service_direct"
        if not figure.startswith("service_"):
            return super().action_explain()
        self.ensure_one()
        self.check_access("read")
        self._check_sees_cost()
        return self._explain_driver(figure.removeprefix("service_"))

    def _check_sees_cost(self):
        if not self.env.user.has_group("crm_loyalty.group_cost"):
            raise AccessError(
                self.env._("Cost to serve is for users who see cost and margin.")
            )

    def _explain_driver(self, driver):
        """The documents of a driver; they always add up to the figure."""
        if self._has_other_quantity(driver):
            # a document came, changed or went since the last run
            notification = self.action_recompute()
            if not self.exists():
                return notification
        documents = self.env["crm.customer.service.document"]
        labels = dict(self.env["crm.customer.service.driver"]._get_ledger_selection())
        quantity = self._get_driver_quantity(driver)
        return documents._get_list_action(
            self.env._(
                "%(figure)s %(value)s: %(customer)s",
                figure=labels[driver],
                value=formatLang(
                    self.env, quantity, digits=0 if quantity % 1 == 0 else 2
                ),
                customer=self.partner_id.display_name,
            ),
            self._get_driver_domain(driver),
        )

    def _get_driver_domain(self, driver):
        """Documents of this customer that count for the driver."""
        # sudo: which days count is told to everybody who sees the figure
        periods = self.sudo().policy_id._get_service_schedule().get_periods(driver)
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("driver", "=", driver)
            & Domain("partner_id", "in", self.entity_ids.ids)
            & Domain.OR(
                [
                    Domain("date", ">=", fields.Date.to_string(first))
                    & Domain("date", "<=", fields.Date.to_string(last))
                    for first, last in periods
                ]
            )
        )

    def _get_driver_quantity(self, driver):
        [[quantity]] = self.env["crm.customer.service"]._read_group(
            [
                ("customer_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("driver", "=", driver),
            ],
            [],
            ["quantity:sum"],
        )
        return quantity or 0.0

    def _has_other_quantity(self, driver):
        [[quantity]] = self.env["crm.customer.service.document"]._read_group(
            self._get_driver_domain(driver), [], ["quantity:sum"]
        )
        known = self._get_driver_quantity(driver)
        return bool(float_compare(quantity or 0.0, known, precision_digits=2))

    def action_open_service(self):
        """The ledger of this customer: what it had, of which driver, at what cost."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_service"
        )
        action["domain"] = [
            ("customer_id", "=", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        action["views"] = [(False, "list"), (False, "pivot")]
        action["name"] = action["display_name"] = self.env._(
            "Cost to serve: %s", self.partner_id.display_name
        )
        action["context"] = {}
        return action

    def action_open_statement(self):
        """Profit and loss of this customer."""
        self.ensure_one()
        self._check_sees_cost()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_statement"
        )
        action["res_id"] = self.id
        return action
