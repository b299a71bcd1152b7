# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmLead(models.Model):
    """Health and customer's stage of deals, read from their maps under the maps' rules.

    Nothing of it is a column of ``crm_lead``: recomputing locks no deal, and whoever
    may not see the map of a deal sees nothing of its figures.
    """

    _inherit = "crm.lead"

    stakeholder_ids = fields.One2many(
        "crm.stakeholder", "lead_id", "People", groups="crm_loyalty.group_user"
    )
    deal_need_ids = fields.One2many(
        "crm.deal.need", "lead_id", "Needs", groups="crm_loyalty.group_user"
    )
    deal_criterion_ids = fields.One2many(
        "crm.deal.criterion", "lead_id", "Criteria", groups="crm_loyalty.group_user"
    )
    deal_competitor_ids = fields.One2many(
        "crm.deal.competitor", "lead_id", "Competitors", groups="crm_loyalty.group_user"
    )
    deal_concern_ids = fields.One2many(
        "crm.deal.concern", "lead_id", "Concerns", groups="crm_loyalty.group_user"
    )
    deal_swot_ids = fields.One2many(
        "crm.deal.swot", "lead_id", "SWOT", groups="crm_loyalty.group_user"
    )
    deal_plan_ids = fields.One2many(
        "crm.entry.plan", "lead_id", "Entry Plans", groups="crm_loyalty.group_user"
    )
    deal_action_ids = fields.One2many(
        "crm.influence.action", "lead_id", "Tactics", groups="crm_loyalty.group_user"
    )
    decision_bars = fields.Json(
        "Customer and We",
        compute="_compute_deal_pictures",
        groups="crm_loyalty.group_user",
    )
    deal_parts = fields.Json(
        "Parts of the Health",
        compute="_compute_deal_pictures",
        groups="crm_loyalty.group_user",
    )
    deal_other_account = fields.Char(
        "People of Another Customer",
        compute="_compute_deal_other_account",
        groups="crm_loyalty.group_user",
    )
    deal_next = fields.Char(
        "What to Do Next",
        compute="_compute_deal_pictures",
        groups="crm_loyalty.group_user",
    )
    deal_can_plan = fields.Boolean(
        compute="_compute_deal_pictures", groups="crm_loyalty.group_user"
    )
    deal_health = fields.Float(
        "Health",
        compute="_compute_deal_figures",
        digits=(4, 1),
        aggregator=None,
        groups="crm_loyalty.group_user",
    )
    deal_health_band = fields.Selection(
        lambda self: self._get_labels_of("crm.stakeholder.map", "health_band"),
        "Health Band",
        compute="_compute_deal_figures",
        groups="crm_loyalty.group_user",
    )
    deal_completeness = fields.Float(
        "Map Known in %",
        compute="_compute_deal_figures",
        digits=(4, 1),
        aggregator=None,
        groups="crm_loyalty.group_user",
    )
    deal_alert_ids = fields.One2many(
        "crm.deal.alert",
        "lead_id",
        "Alerts",
        domain=[("closed_on", "=", False)],
        groups="crm_loyalty.group_user",
    )
    deal_alert_code = fields.Selection(
        lambda self: self._get_labels_of("crm.deal.alert", "code"),
        "Worst Alert",
        compute="_compute_deal_figures",
        groups="crm_loyalty.group_user",
    )
    decision_stage_id = fields.Many2one(
        "crm.decision.stage",
        "Customer's Stage",
        compute="_compute_deal_figures",
        groups="crm_loyalty.group_user",
    )
    decision_lag = fields.Integer(
        "Steps Ahead of the Customer",
        compute="_compute_deal_figures",
        aggregator=None,
        groups="crm_loyalty.group_user",
    )
    deal_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Tier at Creation",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="crm_loyalty.group_user",
        help="The tier of the customer when the deal was created; it never changes, so"
        " predictive scoring may learn from it",
    )

    def _get_labels_of(self, model, name):
        """Values of a selection of another model, in the language of the user."""
        return self.env[model]._fields[name]._description_selection(self.env)

    @api.depends(
        "stakeholder_map_ids.health",
        "stakeholder_map_ids.completeness",
        "stakeholder_map_ids.stage_id",
        "stakeholder_map_ids.lag",
        "deal_alert_ids.severity",
    )
    @api.depends_context("uid")
    def _compute_deal_figures(self):
        for lead in self:
            contact_map = lead.stakeholder_map_ids[:1]
            lead.deal_health = contact_map.health
            lead.deal_health_band = contact_map.health_band
            lead.deal_completeness = contact_map.completeness
            lead.decision_stage_id = contact_map.stage_id
            lead.decision_lag = contact_map.lag
            lead.deal_alert_code = lead.deal_alert_ids[:1].code

    @api.depends(
        "stakeholder_map_ids.stage_bars",
        "stakeholder_map_ids.health_picture",
        "stakeholder_map_ids.next_words",
        "stakeholder_map_ids.next_person_id",
    )
    @api.depends_context("uid")
    def _compute_deal_pictures(self):
        for lead in self:
            contact_map = lead.stakeholder_map_ids[:1]
            lead.decision_bars = contact_map.stage_bars
            lead.deal_parts = contact_map.health_picture
            lead.deal_next = contact_map.next_words
            lead.deal_can_plan = bool(contact_map.next_person_id)

    @api.depends("stakeholder_map_ids.other_account_words")
    @api.depends_context("uid")
    def _compute_deal_other_account(self):
        for lead in self:
            contact_map = lead.stakeholder_map_ids[:1]
            lead.deal_other_account = contact_map.other_account_words

    def action_map_take_along(self):
        """The people on the maps of these deals decide at the new customer, too."""
        self.stakeholder_map_ids.action_take_along()

    def action_map_start_anew(self):
        """Leave what is known with the former customers, start with empty maps."""
        self.stakeholder_map_ids.action_start_anew()

    def action_plan_next(self):
        """Make the next best step of this deal an activity."""
        self.ensure_one()
        return self.stakeholder_map_id.action_plan_next()

    def action_still_true(self):
        """Everything on the maps of these deals is still so."""
        self.stakeholder_map_ids.action_still_true()

    def action_touch(self):
        """Log a contact with people of this deal."""
        self.ensure_one()
        return self.stakeholder_map_id._open_touch()

    def action_add_person(self):
        """Enter a person on the map of this deal, from its card in the pipeline."""
        self.ensure_one()
        maps = self.env["crm.stakeholder.map"]
        return maps.browse(maps.get_or_create(lead_id=self.id))._open_entry()

    def action_suggest(self):
        """Show guesses about the people of this deal."""
        self.ensure_one()
        maps = self.env["crm.stakeholder.map"]
        return maps.browse(maps.get_or_create(lead_id=self.id)).action_suggest()

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._freeze_tier()
        return leads

    def _freeze_tier(self):
        """Keep the tier that the customers of these deals have now."""
        # sudo: the tier is frozen whoever creates the deal
        leads = self.sudo().filtered("partner_id")
        for company, of_company in leads.grouped("company_id").items():
            company = company or self.env.company
            entities = of_company.partner_id.commercial_partner_id
            profiles = self.env["crm.customer.entity"]._get_profiles(entities, company)
            for lead in of_company:
                profile = profiles.get(lead.partner_id.commercial_partner_id.id)
                if profile and profile.tier_id:
                    lead.deal_tier_id = profile.tier_id
