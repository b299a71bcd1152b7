# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import SQL


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
    # Tier and costs of the day are kept; the customer is queued
    # ------------------------------------------------------------------

    def _post(self, soft=True):
        posted = super()._post(soft)
        sales = posted.filtered(lambda m: m.is_sale_document(include_receipts=True))
        sales._loyalty_keep_tier()
        self.env["crm.customer.line.cost"]._write_posted(sales)
        self.env["crm.customer.queue"]._push_moves(sales)
        return posted

    def button_draft(self):
        # before: the queue must name the customer that the figures know
        self.env["crm.customer.queue"]._push_moves(
            self.filtered(lambda move: move.state == "posted"), was_counted=True
        )
        result = super().button_draft()
        self._loyalty_forget_tier()
        return result

    def _loyalty_keep_tier(self):
        """Keep the tier of the day on these documents, which have none yet.

        It goes into the statement that writes what posting has changed. Past ``write``:
        that would balance and recompute each document once more, and the poster need
        not belong to the group that sees tiers.
        """
        rows = [
            SQL("(%s, %s, %s)", move.id, partner.id, move.company_id.root_id.id)
            for move in self
            if (partner := move.partner_id.commercial_partner_id)
        ]
        if not rows:
            return
        self.flush_recordset(["loyalty_tier_id"])
        tiers = self.env.execute_query(
            SQL(
                """
                -- looked up one by one: statistics on tiers may be of a time when
                -- nobody had any, and a join would then read everybody
                SELECT sale.move_id, (
                    SELECT profile.tier_id FROM crm_customer_profile profile
                    WHERE profile.company_id = sale.company_id
                        AND profile.partner_id
                            = COALESCE(grouped.customer_id, sale.partner_id)
                )
                FROM (VALUES %(sales)s) AS sale (move_id, partner_id, company_id)
                JOIN account_move move ON move.id = sale.move_id
                %(join)s
                WHERE move.loyalty_tier_id IS NULL
                """,
                sales=SQL(", ").join(rows),
                join=self.env["crm.customer.entity"]._sql_join(
                    SQL("sale.partner_id"), SQL("sale.company_id")
                ),
            )
        )
        for move_id, tier_id in tiers:
            if tier_id:
                self.browse(move_id)._loyalty_set_tier(tier_id)

    def _loyalty_forget_tier(self):
        """A document that is open again shows the current tier."""
        self._loyalty_set_tier(None)

    def _loyalty_set_tier(self, tier_id):
        field = self._fields["loyalty_tier_id"]
        field._update_cache(self, tier_id, dirty=True)

    def write(self, vals):
        """Queue posted documents whose day, customer or address is corrected."""
        moving = {"partner_id", "reversed_entry_id"}
        watched = {"date", "invoice_date", "partner_shipping_id", *moving}
        posted = self.browse()
        if watched & vals.keys():
            posted = self.filtered(lambda move: move.state == "posted")
            self.env["crm.customer.queue"]._push_moves(posted, was_counted=True)
        result = super().write(vals)
        if posted and moving & vals.keys():
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
        result = super()._compute_payment_state()
        changed = posted.filtered(
            lambda move: (
                (before[move] == "reversed") != (move.payment_state == "reversed")
            )
        )
        # money and documents are as counted, only the purchase occasion is not
        self.env["crm.customer.queue"]._push_days(changed)
        return result
