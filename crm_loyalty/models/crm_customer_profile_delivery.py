# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

from .nullable_fields import NullableFloat

#: fewer lines than that tell nothing about the service of a customer
MINIMUM_LINES = 5
#: figure of the profile -> measure of the lines, averaged
MEASURES = {
    "delivery_on_time": "on_time",
    "delivery_order_on_time": "order_on_time",
    "delivery_fill_rate": "fill_rate",
    "delivery_late_days": "late_days",
    "delivery_order_split": "order_split",
    "delivery_returned_share": "returned_share",
    "delivery_shipment_days": "shipment_days",
}
#: what a figure counts of the lines due, where not all of them
COUNTED = {
    "delivery_fill_rate": [("first_transfer_id", "!=", False)],
    "delivery_order_split": [("order_transfer_count", ">", 0)],
    "delivery_returned_share": [("delivered_qty", ">", 0)],
    "delivery_shipment_days": [("date_first", "!=", False)],
}


class CrmCustomerProfile(models.Model):
    """Delivery service of a customer, over the lines due in the window."""

    _inherit = "crm.customer.profile"

    delivery_line_count = fields.Integer(
        "Order Lines Due",
        compute="_compute_delivery",
        compute_sudo=True,
        aggregator=None,
        help="Order lines with goods whose promise lies in the window",
    )
    delivery_known = fields.Boolean(compute="_compute_delivery", compute_sudo=True)
    delivery_on_time = NullableFloat(
        "On Time (%)",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="Lines complete by the promise, of all lines due",
    )
    delivery_order_on_time = NullableFloat(
        "Orders on Time in Full (%)",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="Orders all of whose lines due were complete by the promise",
    )
    delivery_fill_rate = NullableFloat(
        "Fill Rate (%)",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="Quantity in the first transfer of the quantity at confirmation, average"
        " over the lines",
    )
    delivery_late_days = NullableFloat(
        "Days Late on Average",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="Over all lines due; what came on time counts 0, what is open until today",
    )
    delivery_order_split = NullableFloat(
        "Split Orders (%)",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="Orders delivered in more than one transfer",
    )
    delivery_returned_share = NullableFloat(
        "Returned (%)",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="Returned of the delivered quantity, average over the lines",
    )
    delivery_shipment_days = NullableFloat(
        "Days from Order to Shipment",
        compute="_compute_delivery",
        compute_sudo=True,
        digits=(16, 1),
        aggregator=None,
        help="From the confirmation of the order to the first delivery of a line",
    )

    def _compute_delivery(self):
        """One query, however many customers; below the minimum all is unknown."""
        # sudo (compute_sudo): orders of colleagues with the same customer count, too
        groups = self.env["crm.customer.delivery"]._read_group(
            self._get_delivery_domain(),
            ["customer_id", "company_id"],
            ["__count", *(f"{measure}:avg" for measure in MEASURES.values())],
        )
        figures = {
            (partner, company): (count, averages)
            for partner, company, count, *averages in groups
        }
        for profile in self:
            key = (profile.partner_id, profile.company_id)
            count, averages = figures.get(key, (0, ()))
            profile.delivery_line_count = count
            profile.delivery_known = count >= MINIMUM_LINES
            if not profile.delivery_known:
                averages = [False] * len(MEASURES)
            for name, average in zip(MEASURES, averages, strict=True):
                profile[name] = average

    def _get_delivery_domain(self):
        """Lines of these customers that were due in the windows of their companies."""
        lines = self.env["crm.customer.delivery"]
        domains = []
        for company, profiles in self.grouped("company_id").items():
            # sudo: which days a figure counts is told to everybody who sees it
            policy = profiles[:1].sudo().policy_id
            if policy.as_of:
                domains.append(
                    Domain("company_id", "=", company.id)
                    & Domain("partner_id", "in", profiles.entity_ids.ids)
                    & lines._get_due_domain(policy.window_start, policy.as_of)
                )
        return Domain.OR(domains)

    def action_explain(self):
        """Figures of the delivery service open the order lines that they count."""
        figure = self.env.context.get("figure") or ""
        if not figure.startswith("delivery_"):
            return super().action_explain()
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_delivery_explain"
        )
        domain = self._get_delivery_domain() & Domain(COUNTED.get(figure, []))
        action["domain"] = list(domain)
        action["name"] = action["display_name"] = self._get_delivery_title(figure)
        if figure in ("delivery_order_on_time", "delivery_order_split"):
            action["context"] = {"search_default_by_order": 1}
        elif figure == "delivery_on_time":
            action["context"] = {"search_default_by_state": 1}
        return action

    def _get_delivery_title(self, figure):
        field = self._fields[figure]
        digits = 0 if field.type == "integer" else 1
        return self.env._(
            "%(figure)s %(value)s: %(customer)s",
            figure=field._description_string(self.env),
            value=formatLang(self.env, self[figure] or 0, digits=digits),
            customer=self.partner_id.display_name,
        )

    def action_open_basket(self):
        """What the customer usually buys, and whether it is in stock."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_basket"
        )
        action["domain"] = [
            ("partner_id", "in", self.entity_ids.ids),
            ("company_id", "=", self.company_id.id),
        ]
        action["name"] = action["display_name"] = self.env._(
            "Usual basket: %s", self.partner_id.display_name
        )
        action["context"] = {}
        return action
