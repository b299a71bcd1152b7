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
        company = self.env.company.sudo().root_id
        # a member of a group finds the dossier of the head
        customers = self.env["crm.customer.entity"]._get_profiles(
            self.commercial_partner_id, company
        )
        heads = {
            entity_id: profile.partner_id.id for entity_id, profile in customers.items()
        }
        entity_ids = self.commercial_partner_id._origin.ids
        accounts = self.env["crm.key.account"].search_fetch(
            [
                ("partner_id", "in", [heads.get(i, i) for i in entity_ids]),
                ("company_id", "=", company.id),
                ("state", "=", "active"),
            ],
            ["partner_id"],
        )
        by_customer = accounts.grouped(lambda account: account.partner_id.id)
        for partner in self:
            entity_id = partner.commercial_partner_id._origin.id
            partner.loyalty_key_account_id = by_customer.get(
                heads.get(entity_id, entity_id), accounts.browse()
            )

    def action_open_key_account(self):
        self.ensure_one()
        return self.loyalty_key_account_id._get_records_action()
