# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Fold our rows before core does.

        Core would delete rows of the merged contacts, in all companies, as soon as one
        of them collides. Facts and profiles are computed again for the survivor;
        history moves to it by the general rule.
        """
        self.env.flush_all()
        sources = tuple(src_partners.ids)
        # a merged delivery address may stand in the facts of other customers
        others = self.env["crm.customer.fact"].sudo()._forget_partners(sources)
        # a merged member takes its part out of the figures of its group
        groups = self.env.execute_query(
            SQL(
                "DELETE FROM crm_customer_entity WHERE partner_id IN %s"
                " RETURNING customer_id",
                sources,
            )
        )
        self.env.cr.execute(
            SQL("DELETE FROM crm_customer_category WHERE partner_id IN %s", sources)
        )
        customers = (
            src_partners.commercial_partner_id | dst_partner.commercial_partner_id
        )
        self.env["crm.customer.queue"].sudo()._push_partners(
            {*customers.ids, *others, *(row[0] for row in groups)}
        )
        # sudo: who merges contacts need not see customer groups
        self.env["crm.customer.group.member"].sudo()._merge(
            src_partners, dst_partner.commercial_partner_id
        )
        # people, relations and accounts on contact maps: nothing is lost
        # sudo: who merges contacts need not see contact maps
        self.env["crm.stakeholder.map"].sudo()._merge_partners(
            src_partners, dst_partner
        )
        # sudo: who merges contacts need not see who is to be let go
        self.env["crm.customer.let.go"].sudo()._merge(
            src_partners, dst_partner.commercial_partner_id
        )
        self.env.flush_all()
        # sudo: as above, of handovers and dossiers
        self.env["crm.handover.line"].sudo()._merge(src_partners, dst_partner)
        self.env["crm.key.account"].sudo()._merge(src_partners, dst_partner)
        # documents that wait in the queue wait for the survivor
        self.env.cr.execute(
            SQL(
                "UPDATE crm_customer_queue SET partner_id = %s WHERE partner_id IN %s"
                " AND move_id IS NOT NULL",
                dst_partner.id,
                sources,
            )
        )
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["crm.stakeholder.map"].sudo()._after_merge(dst_partner)
        return result
