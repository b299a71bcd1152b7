# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models

SECTIONS = [
    ("profile", "Profile and structure"),
    ("business", "Business and strategy"),
    ("economics", "History and economics"),
    ("people", "People and decision procedure"),
    ("needs", "Needs and dissatisfaction"),
    ("competitors", "Competitors and suppliers"),
    ("terms", "Terms and service"),
    ("plan", "Plan and promises"),
]


class CrmKeyAccountReview(models.Model):
    """Somebody has looked at a section of a dossier and said that it holds."""

    _name = "crm.key.account.review"
    _description = "Review of a Dossier Section"
    _order = "date desc, id desc"

    account_id = fields.Many2one(
        "crm.key.account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="account_id.company_id")
    section = fields.Selection(SECTIONS, required=True)
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    user_id = fields.Many2one(
        "res.users", "Reviewed by", required=True, default=lambda self: self.env.user
    )
    evidence = fields.Selection(
        [("assumed", "Assumed"), ("confirmed", "Confirmed")],
        required=True,
        default="assumed",
    )
    source = fields.Char("Source of the Facts", help="Who said so, or where it stands")
