# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmKeyAccountMember(models.Model):
    """A colleague who works for a key account, and at what."""

    _name = "crm.key.account.member"
    _description = "Member of an Account Team"
    _order = "account_id, role, id"

    account_id = fields.Many2one(
        "crm.key.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id")
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", domain=[("share", "=", False)]
    )
    role = fields.Selection(
        [
            ("sales", "Sales"),
            ("engineer", "Engineer"),
            ("logistics", "Logistics"),
            ("finance", "Finance"),
            ("service", "Service"),
        ],
        required=True,
        default="sales",
    )
    task = fields.Char(help="What this person sees to for the customer")

    _user_role_uniq = models.Constraint(
        "UNIQUE (account_id, user_id, role)",
        "This person has this role in the team already.",
    )
