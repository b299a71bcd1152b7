# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_key_account_ids = fields.One2many(
        "crm.key.account",
        "partner_id",
        "Dossiers",
        groups="crm_loyalty.group_user",
    )
    loyalty_key_account_id = fields.Many2one(
        "crm.key.account",
        "Dossier",
        compute="_compute_loyalty_key_account_id",
        groups="crm_loyalty.group_user",
        help="Of the customer this contact belongs to, for its team and managers",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_loyalty_key_account_id(self):
        heads = {}  # a member of a group finds the dossier of its head
        for partner in self:
            # sudo: whoever sees the contact is told which customer it counts for
            head = partner.loyalty_profile_id.sudo().partner_id
            heads[partner] = (head or partner.commercial_partner_id)._origin.id
        accounts = self.env["crm.key.account"].search_fetch(
            [
                ("partner_id", "in", list(heads.values())),
                ("company_id", "=", self.env.company.sudo().root_id.id),
                ("state", "=", "active"),
            ],
            ["partner_id"],
        )
        by_customer = accounts.grouped(lambda account: account.partner_id.id)
        for partner in self:
            partner.loyalty_key_account_id = by_customer.get(
                heads[partner], accounts.browse()
            )

    def action_open_key_account(self):
        self.ensure_one()
        return self.loyalty_key_account_id._get_records_action()
