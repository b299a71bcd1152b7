# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._loyalty_queue()
        return users

    def write(self, vals):
        """Employees are no customers; who ceases to be a user may become one again."""
        result = super().write(vals)
        if {"active", "group_ids", "partner_id"} & vals.keys():
            self._loyalty_queue()
        return result

    def _loyalty_queue(self):
        # sudo: the queue is nobody's to read or write by hand
        partners = self.sudo().partner_id.filtered("customer_rank")
        self.env["crm.customer.queue"].sudo()._push_partners(partners.ids)
