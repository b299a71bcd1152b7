# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmKeyAccountType(models.Model):
    """Why a customer is a key one, and what is special in working with its kind."""

    _name = "crm.key.account.type"
    _description = "Type of Key Client"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="By which candidates of this type are proposed")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Char(translate=True)
    checklist = fields.Text(translate=True, help="One thing to see to a line")
    risks = fields.Text(translate=True, help="One risk a line")
    review_period = fields.Integer(
        "Review Every … Days", default=90, help="Proposed for dossiers of this type"
    )

    _review_period_positive = models.Constraint(
        "CHECK (review_period > 0)",
        "“Review Every … Days” must be at least one day.",
    )
