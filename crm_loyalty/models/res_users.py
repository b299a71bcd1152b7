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
        watched = {"active", "group_ids", "partner_id"} & vals.keys()
        if watched:
            self._loyalty_queue()  # before: another contact may take its place
        result = super().write(vals)
        if watched:
            self._loyalty_queue()
        return result

    @api.ondelete(at_uninstall=False)
    def _loyalty_queue_on_unlink(self):
        self._loyalty_queue()

    def _loyalty_queue(self):
        # sudo: the queue is nobody's to read or write by hand
        partners = self.sudo().partner_id.filtered("customer_rank")
        self.env["crm.customer.queue"].sudo()._push_partners(partners.ids)
