# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmLoyaltyStrategyPreviewLine(models.TransientModel):
    _name = "crm.loyalty.strategy.preview.line"
    _description = "Effect of a Strategy in Its Preview"

    preview_id = fields.Many2one(
        "crm.loyalty.strategy.preview", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    effect = fields.Selection(
        [
            ("price", "Prices"),
            ("term", "Payment"),
            ("limit", "Credit limit"),
            ("stop", "Hold"),
            ("urgent", "Delivery"),
            ("cadence", "Contacts"),
            ("enter", "Plan"),
            ("leave", "Plan"),
            ("minimum", "Minimum order"),
            ("steps", "Quantity prices"),
            ("text", "Text"),
            ("let_go", "Letting go"),
        ],
        readonly=True,
    )
    value = fields.Char("What It Does", readonly=True)
    is_money = fields.Boolean("Waits for Approval", readonly=True)
    customer_count = fields.Integer("Customers", readonly=True)
    revenue = fields.Monetary("Their Revenue", readonly=True)
    note = fields.Char("What Would Change", readonly=True)
    domain = fields.Json(readonly=True)

    def action_open_customers(self):
        """The customers that the effect touches."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_customer"
        )
        action["domain"] = self.domain
        action["name"] = action["display_name"] = self.value
        return action
