# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount


class CrmCustomerProfile(models.Model):
    """Explain: from each figure to exactly the documents that it counts."""

    _inherit = "crm.customer.profile"

    def action_explain(self):
        """Open what makes up a figure, by default the revenue of the window.

        :param str figure: in the context, the name of the field to explain
        """
        self.ensure_one()
        self.check_access("read")
        if self._has_changed_documents():
            # a document in the figure is no longer what it was: no list could add up
            notification = self.action_recompute()
            if not self.exists():
                return notification  # it was the customer's last one
        figure = self.env.context.get("figure") or "revenue"
        if figure == "overdue":
            return self._explain_overdue()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_ledger_explain"
        )
        action["domain"] = list(self._get_figure_domain(figure))
        action["name"] = action["display_name"] = self._get_figure_title(figure)
        action["context"] = self._get_figure_context(figure)
        return action

    def _get_figure_domain(self, figure):
        """The ledger items behind a figure of this customer.

        Money, documents and lines stand on the accounting date, purchases on the
        invoice date.
        """
        # sudo: which days a figure counts is told to everybody who sees it
        policy = self.sudo().policy_id
        start, end = policy.window_start, policy.as_of
        if figure == "revenue_previous":
            length = end - start
            end = fields.Date.subtract(start, days=1)
            start = end - length
        date = "invoice_date" if figure == "purchase_count" else "date"
        domain = Domain(
            [
                ("kind", "=", "counted"),
                ("partner_id", "in", self.entity_ids.ids),
                ("company_id", "=", self.company_id.id),
                (date, ">=", fields.Date.to_string(start)),
                (date, "<=", fields.Date.to_string(end)),
            ]
        )
        if figure == "discount":
            domain &= Domain("discount", "!=", 0)
        if figure == "purchase_count":
            domain &= Domain("is_purchase", "=", True)
        if figure == "cost":
            domain &= Domain("cost_source", "!=", "unknown")
        if figure == "revenue_uncosted":
            domain &= Domain("cost_source", "=", "unknown")
        return domain

    def _get_figure_title(self, figure):
        """Figure, its value and the customer, as the title of the list.

        In this order: a long title is cut at its end.
        """
        field = self._fields[figure]
        value = self[figure]
        if field.type == "monetary":
            value = format_amount(self.env, value, self.currency_id)
        return self.env._(
            "%(figure)s %(value)s: %(customer)s",
            figure=field._description_string(self.env),
            value=value,
            customer=self.partner_id.display_name,
        )

    def _get_figure_context(self, figure):
        context = {"search_default_counted_then": 1}
        if figure == "revenue":
            context["loyalty_profile_id"] = self.id  # the banner above the list
        if figure == "purchase_count":
            # as many groups as purchases: a day is one occasion
            return context | {"search_default_by_invoice_day": 1}
        if figure == "revenue_uncosted":
            # the products are what somebody has to enter a cost for
            return context | {"search_default_by_product": 1}
        if figure != "line_count":
            context["search_default_by_document"] = 1
        return context

    def action_open_places(self):
        """Revenue of the window by entity and delivery address; its total is the
        figure."""
        action = self.with_context(figure="revenue").action_explain()
        if action.get("res_model") != "crm.customer.ledger":
            return action  # the figures were computed anew, and the customer is gone
        action["views"] = [(False, "pivot"), (False, "list"), (False, "graph")]
        action["name"] = action["display_name"] = self.env._(
            "Where %(customer)s buys: %(revenue)s",
            customer=self.group_id.name or self.partner_id.display_name,
            revenue=format_amount(self.env, self.revenue, self.currency_id),
        )
        action["context"] = {
            "search_default_counted_then": 1,
            "search_default_by_entity": 1,
            "search_default_by_address": 2,
            "pivot_column_groupby": [],
        }
        return action

    def _explain_overdue(self):
        """Open receivables past their due date."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_receivable"
        )
        action["domain"] = list(self._get_overdue_domain())
        action["name"] = action["display_name"] = self._get_figure_title("overdue")
        return action

    def _has_changed_documents(self):
        """Whether a counted document was reset or changed since the last run."""
        [[changed]] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM crm_customer_queue queue
                    JOIN res_partner partner ON partner.id = queue.partner_id
                    WHERE queue.was_counted
                        AND partner.commercial_partner_id IN %s
                        AND queue.company_id IN %s
                )
                """,
                tuple(self.entity_ids.ids),
                tuple(self.company_id.ids),
            )
        )
        return changed

    def action_recompute(self):
        """Take in the documents since the last run."""
        self.check_access("read")
        # sudo: a run reads and writes everybody's figures alike; starting one is no
        # privilege, it only happens earlier
        return self.sudo().policy_id.action_run()
