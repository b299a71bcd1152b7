# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import formatLang

from ..tools.dossier import KEY_SHARE, dependency

#: percent more than in the window before
GROWTH = 50
#: entities of a group that make it a network
NETWORK = 5


class CrmKeyAccount(models.Model):
    """Candidates: customers that the figures call key ones."""

    _inherit = "crm.key.account"

    origin_facts = fields.Json(
        readonly=True,
        copy=False,
        help="Kind and figures of each reason; told in the language of the reader",
    )
    origin = fields.Char("Why Proposed", compute="_compute_origin")

    @api.depends("origin_facts")
    @api.depends_context("lang")
    def _compute_origin(self):
        for account in self:
            reasons = map(self._describe_reason, account.origin_facts or [])
            account.origin = "; ".join(reasons)

    @api.model
    def _describe_reason(self, fact):
        """A reason of ``_judge`` in words of the reader."""
        if fact["kind"] == "share":
            return self.env._(
                "%(share)s %% of our revenue (from %(limit)s %%)",
                share=formatLang(self.env, fact["share"], digits=1),
                limit=fact["limit"],
            )
        if fact["kind"] == "growth":
            return self.env._(
                "grown by %s %%", formatLang(self.env, fact["trend"], digits=0)
            )
        if fact["kind"] == "network":
            return self.env._("network of %s entities", fact["entities"])
        return self.env._("first tier")

    def action_find(self):
        """Propose customers of the current company that have no dossier yet."""
        found = self._find(self.env.company.sudo().root_id)
        if not found:
            message = self.env._("No further customers look like key clients.")
        else:
            message = self.env._("Candidates found: %s", len(found))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _find(self, company):
        """Create a proposed dossier per candidate.

        :return: those created
        """
        self.check_access("create")
        # sudo: figures of customers that nobody has chosen yet; the proposals are
        # seen by their salespeople and managers only
        profiles = self.env["crm.customer.profile"].sudo()
        ranked = profiles.search(
            [("company_id", "=", company.id), ("standing", "=", "ranked")]
        )
        known = (
            self.sudo()
            .with_context(active_test=False)
            .search([("company_id", "=", company.id)])
            .partner_id
        )
        total = sum(
            profiles.search([("company_id", "=", company.id)]).mapped("revenue")
        )
        policy = self.env["crm.loyalty.policy"]._get(company)
        tiers = policy.tier_ids.sorted()
        types = {
            kind.code: kind for kind in self.env["crm.key.account.type"].search([])
        }
        vals_list = []
        for profile in ranked:
            if profile.partner_id in known:
                continue
            tier = profile.tier_id if policy.decided_on else profile.computed_tier_id
            codes, facts = self._judge(profile, tier, tiers, total)
            if codes:
                vals_list.append(
                    {
                        "partner_id": profile.partner_id.id,
                        "company_id": company.id,
                        "state": "proposed",
                        "origin_facts": facts,
                        "type_ids": [types[code].id for code in codes if code in types],
                    }
                )
        return self.sudo().create(vals_list)

    def _judge(self, profile, tier, tiers, total):
        """Codes of the types that a customer looks like, and why: kind and figures."""
        codes, facts = [], []
        share = 100 * profile.revenue / total if total > 0 else 0
        if dependency(share):
            codes.append("revenue")
            facts.append({"kind": "share", "share": share, "limit": KEY_SHARE})
        elif tier and tier == tiers[:1]:
            codes.append("revenue")
            facts.append({"kind": "tier"})
        grown = profile.revenue_previous > 0 and profile.trend >= GROWTH
        if grown and tier in tiers[:2]:
            codes.append("potential")
            facts.append({"kind": "growth", "trend": profile.trend})
        if profile.entity_count >= NETWORK and tier in tiers[:2]:
            codes.append("network")
            facts.append({"kind": "network", "entities": profile.entity_count})
        return codes, facts
