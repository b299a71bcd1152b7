# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmLoyaltyTier(models.Model):
    _name = "crm.loyalty.tier"
    _description = "Customer Tier"
    _order = "sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "crm.loyalty.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(help="The accent colour of this tier on every screen")
    strategy = fields.Text(
        translate=True, help="What we do for customers of this tier, in a few words"
    )

    # Where the tier ends, one field per cut method
    share_to = fields.Float(
        "Up to % of Revenue",
        digits=(5, 2),
        help="Customers in order of revenue belong to this tier until their revenue"
        " together reaches this share; the customer who crosses it is inside",
    )
    customers_to = fields.Float(
        "Up to % of Customers",
        digits=(5, 2),
        help="Customers in order of revenue belong to this tier until their number"
        " reaches this share; the customer who crosses it is inside",
    )
    amount_from = fields.Monetary(
        "Revenue from", help="Revenue in the window from which a customer is inside"
    )

    cut_from = fields.Float(
        compute="_compute_cut",
        store=True,
        aggregator=None,
        help="Where the tier begins by the cut method: a share in %, or revenue",
    )
    cut_to = fields.Float(
        compute="_compute_cut",
        store=True,
        aggregator=None,
        help="Where it ends; by revenue, the best tier has no end (0)",
    )

    @api.depends(
        "active",
        "policy_id.cut_method",
        "policy_id.tier_ids.sequence",
        "policy_id.tier_ids.share_to",
        "policy_id.tier_ids.customers_to",
        "policy_id.tier_ids.amount_from",
    )
    def _compute_cut(self):
        for tier in self:
            tiers = tier.policy_id.tier_ids.sorted()
            place = tiers.ids.index(tier.id) if tier in tiers else 0
            before = tiers[place - 1] if place else tiers.browse()
            if tier.policy_id.cut_method == "amount":
                tier.cut_from, tier.cut_to = tier.amount_from, before.amount_from
            elif tier.policy_id.cut_method == "customer_share":
                tier.cut_from, tier.cut_to = before.customers_to, tier.customers_to
            else:
                tier.cut_from, tier.cut_to = before.share_to, tier.share_to

    @api.depends("name", "company_id")
    @api.depends_context("allowed_company_ids", "loyalty_company_named")
    def _compute_display_name(self):
        """With several companies active a name alone could be anybody's tier.

        Screens of one company name it once and say so in the context.
        """
        context = self.env.context
        several = (
            context.get("allowed_company_ids")
            and len(self.env.companies.sudo().root_id) > 1
        )
        if not several or context.get("loyalty_company_named"):
            return super()._compute_display_name()
        for tier in self:
            # sudo: users of a branch may know what their root is called
            company = tier.sudo().company_id.name
            tier.display_name = f"{tier.name} ({company})" if company else tier.name

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers._check_policy()
        # sudo: a strategy belongs to its tier; it is off until somebody wants it
        self.env["crm.loyalty.strategy"].sudo().create(
            [{"tier_id": tier.id} for tier in tiers]
        )
        return tiers

    def write(self, vals):
        result = super().write(vals)
        self._check_policy()
        return result

    def unlink(self):
        """Archive tiers that stand in the history of a customer, delete the others.

        Either way the tier leaves the policy; the past keeps its name.
        """
        # sudo: history of customers the user may not see protects a tier, too
        history = self.env["crm.customer.tier.change"].sudo()
        used = history.search(
            ["|", ("from_tier_id", "in", self.ids), ("to_tier_id", "in", self.ids)]
        )
        kept = (used.from_tier_id | used.to_tier_id).sudo(self.env.su) & self
        policies = self.policy_id
        kept.active = False
        gone = self - kept
        # sudo: the tier of the next decision has no foreign key; runs write it
        profiles = self.env["crm.customer.profile"].sudo()
        profiles.search([("computed_tier_id", "in", gone.ids)]).computed_tier_id = False
        result = super(CrmLoyaltyTier, gone).unlink()
        if not self.env.context.get("loyalty_cuts_deferred"):
            policies._check_cuts()
        return result

    def _check_policy(self):
        """Check the cuts of the whole policy, unless the policy does it at the end.

        A policy form saves its tiers one by one; between the first and the last the
        cuts may well contradict each other.
        """
        if not self.env.context.get("loyalty_cuts_deferred"):
            self.policy_id._check_cuts()

    def _translate_defaults(self):
        """Name default tiers in every installed language, not only in the current."""
        for code, _name in self.env["res.lang"].get_installed():
            policy = self.env["crm.loyalty.policy"].with_context(lang=code)
            defaults = policy._prepare_default_tiers_vals()
            for tiers in self.with_context(lang=code).grouped("policy_id").values():
                for tier, vals in zip(tiers, defaults, strict=True):
                    tier.write({"name": vals["name"], "strategy": vals["strategy"]})
