# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.exceptions import AccessError


class DigestDigest(models.Model):
    """Key figures of customers in the periodic mail."""

    _inherit = "digest.digest"

    kpi_loyalty_up = fields.Boolean("Customers That Rose a Tier")
    kpi_loyalty_up_value = fields.Integer(compute="_compute_kpi_loyalty_moves")
    kpi_loyalty_down = fields.Boolean("Customers That Fell a Tier")
    kpi_loyalty_down_value = fields.Integer(compute="_compute_kpi_loyalty_moves")
    kpi_loyalty_at_risk = fields.Boolean("Revenue at Risk")
    kpi_loyalty_at_risk_value = fields.Monetary(
        compute="_compute_kpi_loyalty_at_risk_value"
    )

    def _check_loyalty_reader(self):
        """Core leaves out of a mail what its reader may not see."""
        if not self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            raise AccessError(
                self.env._("Do not have access, skip this data for user's digest email")
            )

    def _compute_kpi_loyalty_moves(self):
        """Customers whose tier became better or worse in the period."""
        self._check_loyalty_reader()
        start, end, companies = self._get_kpi_compute_parameters()
        changes = self.env["crm.customer.tier.change"].search_fetch(
            [
                ("company_id", "in", companies.root_id.ids),
                ("date", ">=", start[:10]),
                ("date", "<", end[:10]),
                ("from_tier_id", "!=", False),
                ("to_tier_id", "!=", False),
            ],
            ["company_id", "from_tier_id", "to_tier_id"],
        )
        by_company = changes.grouped("company_id")
        for digest in self:
            root = (digest.company_id or self.env.company).root_id
            moves = by_company.get(root, changes.browse()).mapped("direction")
            digest.kpi_loyalty_up_value = moves.count("up")
            digest.kpi_loyalty_down_value = moves.count("down")

    def _compute_kpi_loyalty_at_risk_value(self):
        """Money at risk of the customers to ask, the sum below the pyramid.

        As of the last run: a state, not a sum of the period.
        """
        self._check_loyalty_reader()
        companies = self.company_id | self.env.company
        groups = self.env["crm.customer.risk"]._read_group(
            [
                ("company_id", "in", companies.root_id.ids),
                ("outcome_id", "=", False),
                ("obstacle", "=", False),
            ],
            ["company_id"],
            ["amount:sum"],
        )
        amounts = dict(groups)
        for digest in self:
            root = (digest.company_id or self.env.company).root_id
            digest.kpi_loyalty_at_risk_value = amounts.get(root, 0)

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu_id = self.env.ref("crm_loyalty.menu_root").id
        for name, action in (
            ("kpi_loyalty_up", "crm_loyalty.action_tier_change"),
            ("kpi_loyalty_down", "crm_loyalty.action_tier_change"),
            ("kpi_loyalty_at_risk", "crm_loyalty.action_risk"),
        ):
            actions[name] = f"{action}?menu_id={menu_id}"
        return actions
