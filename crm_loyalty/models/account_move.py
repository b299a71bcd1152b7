# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Tier at Posting",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="crm_loyalty.group_user",
        help="Tier of the customer when the document was posted",
    )
    loyalty_current_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Customer Tier",
        compute="_compute_loyalty_current_tier_id",
        compute_sudo=True,
        groups="crm_loyalty.group_user",
        help="Tier of the customer when the document was posted; before, its tier now",
    )

    loyalty_tier_color = fields.Integer(
        compute="_compute_loyalty_current_tier_id",
        compute_sudo=True,
        aggregator=None,
        groups="crm_loyalty.group_user",
    )

    @api.depends("partner_id", "company_id", "loyalty_tier_id")
    def _compute_loyalty_current_tier_id(self):
        for move in self:
            move.loyalty_current_tier_id = move.loyalty_tier_id
        drafts = self.filtered(
            lambda move: (
                move.state == "draft" and move.is_sale_document(include_receipts=True)
            )
        )
        for move, tier in drafts._get_loyalty_tiers():
            move.loyalty_current_tier_id = tier
        for move in self:
            move.loyalty_tier_color = move.loyalty_current_tier_id.color

    def _get_loyalty_tiers(self):
        """Pairs of document and current tier of its customer; one query a company."""
        Profile = self.env["crm.customer.profile"]
        for company, moves in self.grouped("company_id").items():
            tiers = Profile._get_tiers(moves.partner_id, company)
            for move in moves:
                tier = tiers.get(move.partner_id.commercial_partner_id.id)
                yield move, tier

    # ------------------------------------------------------------------
    # The tier of the day is kept on the document; the customer is queued
    # ------------------------------------------------------------------

    def _post(self, soft=True):
        posted = super()._post(soft)
        sales = posted.filtered(lambda m: m.is_sale_document(include_receipts=True))
        # sudo: the poster need not belong to the group that sees tiers
        for tier, moves in sales.sudo()._grouped_by_loyalty_tier().items():
            moves.loyalty_tier_id = tier
        self.env["crm.customer.queue"]._push_moves(sales)
        return posted

    def _grouped_by_loyalty_tier(self):
        """Documents that still lack the tier of their customer, by that tier."""
        result = {}
        for move, tier in self._get_loyalty_tiers():
            if tier and not move.loyalty_tier_id:
                result[tier] = result.get(tier, self.browse()) | move
        return result

    def button_draft(self):
        # before: the queue must name the customer that the figures know
        self.env["crm.customer.queue"]._push_moves(
            self.filtered(lambda move: move.state == "posted"), was_counted=True
        )
        result = super().button_draft()
        sales = self.sudo().filtered("loyalty_tier_id")  # sudo: as in _post
        sales.loyalty_tier_id = False
        return result

    def write(self, vals):
        """Queue posted documents whose day, customer or address is corrected."""
        watched = {"date", "invoice_date", "partner_id", "partner_shipping_id"}
        posted = self.browse()
        if watched & vals.keys():
            posted = self.filtered(lambda move: move.state == "posted")
            self.env["crm.customer.queue"]._push_moves(posted, was_counted=True)
        result = super().write(vals)
        if posted and "partner_id" in vals:
            self.env["crm.customer.queue"]._push_moves(posted, was_counted=True)
        return result

    def _compute_payment_state(self):
        """Queue customers of sales that become, or cease to be, credited in full."""
        posted = self.filtered(
            lambda move: (
                move.state == "posted" and move.is_sale_document(include_receipts=True)
            )
        )
        before = {move: move._origin.payment_state for move in posted}
        super()._compute_payment_state()
        changed = posted.filtered(
            lambda move: (
                (before[move] == "reversed") != (move.payment_state == "reversed")
            )
        )
        # money and documents are as counted, only the purchase occasion is not
        for company, moves in changed.grouped("company_id").items():
            self.env["crm.customer.queue"]._push_partners(
                moves.commercial_partner_id.ids, company
            )
