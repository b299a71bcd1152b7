# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmKeyAccountCompetitor(models.Model):
    """Who else supplies a key account."""

    _name = "crm.key.account.competitor"
    _description = "Competitor at a Key Account"
    _order = "account_id, share desc, id"

    account_id = fields.Many2one(
        "crm.key.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id")
    name = fields.Char(required=True)
    status = fields.Selection(
        [
            ("incumbent", "Supplies now"),
            ("contender", "Contender"),
            ("in_house", "Customer does it itself"),
        ],
        required=True,
        default="incumbent",
    )
    share = fields.Float("Share in %", digits=(16, 0), aggregator=None)
    supporters = fields.Char(help="Who at the customer is for them")
    strengths = fields.Char()
    weaknesses = fields.Char("Weak Points")

    _share_percent = models.Constraint(
        "CHECK (share BETWEEN 0 AND 100)",
        "“Share in %” lies between 0 and 100.",
    )
