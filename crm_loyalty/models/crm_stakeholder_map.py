# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..tools.chain import Network, Node, Relation
from ..tools.deal_health import Need, Situation

#: strength from which somebody knows a person well
KNOWS_WELL = 3
#: what only ``_refresh`` writes
FIGURES = {
    "stage_id",
    "stage_since",
    "stage_days",
    "lag",
    "health",
    "health_band",
    "health_parts",
    "completeness",
    "coverage",
    "support",
    "next_person_id",
    "next_kind",
    "next_gain",
    "next_reason",
}


class CrmStakeholderMap(models.Model):
    """The people around one decision: those of a deal, or of an account without one.

    Everything that is known about the decision hangs on it - people, needs, criteria,
    concerns, alerts, plans - so an account without an opportunity is served the same.
    Its figures are written by ``_refresh``, when something changes and every night.
    """

    _name = "crm.stakeholder.map"
    _description = "Contact Map"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    lead_id = fields.Many2one(
        "crm.lead", "Deal", ondelete="cascade", index="btree_not_null", readonly=True
    )
    account_id = fields.Many2one(
        "res.partner",
        ondelete="cascade",
        index=True,
        domain="['|', ('is_company', '=', True), ('parent_id', '=', False)]",
        help="The entity whose people stand here",
    )
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: shared by all companies"
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    active = fields.Boolean(default=True)
    template_id = fields.Many2one(
        "crm.deal.template", "Kind of Deal", ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one(
        "res.users", "Salesperson", compute="_compute_user_id", search="_search_user_id"
    )

    # What stands on it
    stakeholder_ids = fields.One2many("crm.stakeholder", "map_id", "People")
    need_ids = fields.One2many("crm.deal.need", "map_id", "Needs")
    criterion_ids = fields.One2many("crm.deal.criterion", "map_id", "Criteria")
    competitor_ids = fields.One2many("crm.deal.competitor", "map_id", "Competitors")
    concern_ids = fields.One2many("crm.deal.concern", "map_id", "Concerns")
    swot_ids = fields.One2many("crm.deal.swot", "map_id", "SWOT")
    plan_ids = fields.One2many("crm.entry.plan", "map_id", "Entry Plans")
    action_ids = fields.One2many("crm.influence.action", "map_id", "Tactics Used")
    alert_ids = fields.One2many(
        "crm.deal.alert", "map_id", "Alerts", domain=[("closed_on", "=", False)]
    )

    # Where the customer stands
    manual_stage_id = fields.Many2one(
        "crm.decision.stage",
        "Stage Set by Hand",
        ondelete="restrict",
        tracking=True,
        help="Counts while the stage of no person is known",
    )
    stage_id = fields.Many2one(
        "crm.decision.stage",
        "Customer's Stage",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Of the slowest point of power; without one, of the middle of the people"
        " by influence; without any, as set by hand",
    )
    stage_since = fields.Date("Customer There since", readonly=True)
    stage_days = fields.Json(
        "Days in Earlier Stages", readonly=True, help="Code of the stage: days"
    )
    implementation_phase = fields.Selection(
        [
            ("novelty", "Novelty"),
            ("learning", "Learning"),
            ("effectiveness", "Effectiveness"),
        ],
        "Phase of Implementation",
        help="Motivation sinks while people learn: plan an extra visit",
    )
    lag = fields.Integer(
        "Steps Ahead of the Customer",
        readonly=True,
        aggregator=None,
        help="Of our pipeline; negative when the customer is ahead of us",
    )

    # Figures of the last refresh
    health = fields.Float(
        readonly=True,
        digits=(4, 1),
        aggregator="avg",
        help="From 0 to 100; to be read together with how much of the map is known",
    )
    health_band = fields.Selection(
        [("green", "Healthy"), ("amber", "Needs attention"), ("red", "In danger")],
        readonly=True,
    )
    health_parts = fields.Json(readonly=True)
    completeness = fields.Float(
        "Map Known in %", readonly=True, digits=(4, 1), aggregator="avg"
    )
    coverage = fields.Float(readonly=True, digits=(4, 1), aggregator="avg")
    support = fields.Float(readonly=True, digits=(4, 1), aggregator="avg")
    next_person_id = fields.Many2one(
        "crm.stakeholder", "Next: Whom", readonly=True, ondelete="set null"
    )
    next_kind = fields.Selection(
        [("access", "Meet"), ("attitude", "Win over")], "Next: What", readonly=True
    )
    next_gain = fields.Float(
        "Next: Gain", readonly=True, digits=(4, 1), aggregator=None
    )
    next_reason = fields.Char(readonly=True, help="Code of an alert, or of a part")

    is_visible = fields.Boolean(
        compute="_compute_is_visible", search="_search_is_visible"
    )

    _lead_uniq = models.UniqueIndex(
        "(lead_id) WHERE lead_id IS NOT NULL", "A deal has one contact map."
    )
    _account_uniq = models.UniqueIndex(
        "(account_id, COALESCE(company_id, 0)) WHERE lead_id IS NULL",
        "This account has a contact map already.",
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("lead_id.name", "account_id.name")
    def _compute_name(self):
        for contact_map in self:
            contact_map.name = (
                contact_map.lead_id.name or contact_map.account_id.name or ""
            )

    @api.depends("company_id", "lead_id.company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for contact_map in self:
            company = contact_map.company_id or self.env.company
            contact_map.currency_id = company.sudo().currency_id

    @api.depends("lead_id.user_id", "account_id.user_id")
    def _compute_user_id(self):
        for contact_map in self:
            owner = contact_map.lead_id or contact_map.account_id
            contact_map.user_id = owner.user_id

    def _search_user_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return (
            Domain("lead_id", "!=", False) & Domain("lead_id.user_id", operator, value)
        ) | (
            Domain("lead_id", "=", False)
            & Domain("account_id.user_id", operator, value)
        )

    # ------------------------------------------------------------------
    # Who may see it
    # ------------------------------------------------------------------

    @api.model
    def _get_visible_domain(self):
        """Maps whose attitudes, alerts and health the user may know.

        The salesperson of the deal or of the account, the leader of the team, the team
        of the account's dossier, for key-account managers those of their sales team,
        all for "All Documents" and managers; of the active companies, as any record
        rule.
        """
        return self._get_own_domain() | (
            self._get_company_domain() & self._get_team_domain()
            if self.env.user.has_group("crm_loyalty.group_user")
            else Domain.FALSE
        )

    @api.model
    def _get_company_domain(self):
        # sudo: a rule is evaluated for users who may read no companies
        companies = self.env.companies.sudo()
        return Domain("company_id", "=", False) | Domain(
            "company_id", "parent_of", companies.ids
        )

    @api.model
    def _get_own_domain(self):
        """What a user sees without being in the team of a dossier."""
        domain = self._get_company_domain()
        user = self.env.user
        if user.has_group("sales_team.group_sale_salesman_all_leads") or user.has_group(
            "crm_loyalty.group_manager"
        ):
            return domain
        if not user.has_group("crm_loyalty.group_user"):
            return Domain.FALSE
        own = [
            Domain("lead_id.user_id", "=", user.id),
            Domain("account_id.user_id", "=", user.id),
            Domain("lead_id.team_id.user_id", "=", user.id),
        ]
        if user.has_group("crm_loyalty.group_key_account_manager"):
            colleague = "crm_team_member_ids.user_id"
            own += [
                Domain(f"lead_id.team_id.{colleague}", "=", user.id),
                Domain(f"account_id.user_id.sale_team_id.{colleague}", "=", user.id),
            ]
        return domain & Domain.OR(own)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_visible(self):
        visible = self.filtered_domain(self._get_own_domain())
        if self - visible:  # a query that most users need not
            visible |= (self - visible).filtered_domain(self._get_visible_domain())
        for contact_map in self:
            contact_map.is_visible = contact_map in visible

    def _search_is_visible(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._get_visible_domain()

    # ------------------------------------------------------------------
    # Finding and creating
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_figures(set().union(*vals_list))
        leads = self.env["crm.lead"]
        filled = []
        for vals in vals_list:
            lead = leads.browse(vals.get("lead_id"))
            if lead:
                vals = {
                    "account_id": lead.partner_id.commercial_partner_id.id,
                    "company_id": lead.company_id.id,
                    **vals,
                }
            filled.append(vals)
        maps = super().create(filled)
        maps._refresh()
        return maps

    def write(self, vals):
        self._check_figures(vals)
        return super().write(vals)

    def _check_figures(self, names):
        """Figures follow from facts: whoever may edit a map enters facts, no health.

        :raise AccessError: when a user writes one of the figures
        """
        figures = FIGURES.intersection(names)
        # superuser mode is that of ``_refresh``; no call from outside has it
        if figures and not self.env.su:
            labels = [
                self._fields[name]._description_string(self.env) for name in figures
            ]
            raise AccessError(
                self.env._(
                    "%s: computed from what stands on the contact map, nobody writes"
                    " it. Change people, needs, criteria or concerns, and it follows.",
                    ", ".join(sorted(labels)),
                )
            )

    @api.model
    def get_or_create(self, lead_id=None, partner_id=None):
        """The map of a deal, or of the account that a contact belongs to.

        :return: id of the map
        """
        # sudo: a map that exists is refused to whom it is not shown, never doubled
        maps = self.sudo().with_context(active_test=False)
        if lead_id:
            lead = self.env["crm.lead"].browse(lead_id)
            lead.check_access("read")
            values = {"lead_id": lead.id}
            found = maps.search([("lead_id", "=", lead.id)], limit=1)
        else:
            account = self.env["res.partner"].browse(partner_id).commercial_partner_id
            company = self.env.company.sudo().root_id
            found = maps._get_account_maps(account, company)[:1]
            # shared, unless other companies keep theirs to themselves
            others = not found and maps._get_account_maps(account)
            values = {
                "account_id": account.id,
                "company_id": company.id if others else False,
            }
        found.with_env(self.env).check_access("read")
        return (found or self.create(values)).id

    @api.model
    def _get_account_maps(self, account, company=None):
        """Maps of an account without a deal, archived ones last.

        :param company: root company, whose map and the shared one are meant; any if
            missing
        """
        domain = Domain("lead_id", "=", False) & Domain("account_id", "=", account.id)
        if company:
            domain &= Domain("company_id", "in", [False, company.id])
        return self.with_context(active_test=False).search(
            domain, order="active desc, id desc"
        )

    @api.constrains("account_id", "company_id", "lead_id")
    def _check_one_per_account(self):
        """A map shared by all companies leaves no room for another one."""
        for contact_map in self.filtered(lambda m: m.account_id and not m.lead_id):
            # sudo: maps of other companies count, seen or not
            maps = contact_map.sudo()._get_account_maps(contact_map.account_id)
            if len(maps) > 1 and not all(m.company_id for m in maps):
                raise ValidationError(
                    self.env._(
                        "%s has a contact map already that is shared by all companies,"
                        " or would get one beside those of single companies: use the"
                        " map there is, or choose a company on each.",
                        contact_map.account_id.display_name,
                    )
                )

    def _open(self):
        """Action that shows this map."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "name": self.name,
        }

    # ------------------------------------------------------------------
    # For the algorithms
    # ------------------------------------------------------------------

    def _get_verify_days(self):
        """Days for which a fact about people of each map is fresh, by tier.

        :return: {map: days}
        """
        number = self.env["crm.deal.parameter"]._get_number
        first = self._get_tier_1()
        days = number("verify_days", 180)
        days_tier_1 = number("verify_days_tier_1", 60)
        return {m: days_tier_1 if m in first else days for m in self}

    def _get_tier_1(self):
        """Those of these maps whose account is in the first tier."""
        companies = self.env.company | self.company_id
        firsts = self.browse()
        for company in companies.sudo().root_id:
            maps = self.filtered(
                lambda m, company=company: (
                    (m.company_id or self.env.company).sudo().root_id == company
                )
            )
            if not maps.account_id:
                continue
            profiles = self.env["crm.customer.entity"]._get_profiles(
                maps.account_id, company
            )
            for contact_map in maps:
                tier = profiles.get(contact_map.account_id.id)
                tier = tier and tier.tier_id
                if tier and tier == tier.policy_id.tier_ids[:1]:
                    firsts |= contact_map
        return firsts

    def _get_situations(self, today=None):
        """What health and alerts look at, of all these maps, by set-based queries.

        People are told apart by the ids of their contacts.

        :return: {map: ``deal_health.Situation``}
        """
        # sudo: the figures of a map are the same for everybody who may see it
        self = self.sudo()
        today = today or fields.Date.context_today(self)
        facts = self._get_facts(today)
        stage_of = self.env["crm.decision.stage"]._get_idx
        people = self.stakeholder_ids
        touches = people.contact_id._get_touches(today)
        relations = self.env["crm.stakeholder.relation"]._get_rows(
            people.contact_id.ids, today
        )
        verify_days = self._get_verify_days()
        tier_1 = self._get_tier_1()
        situations = {}
        for contact_map in self:
            fact = facts[contact_map.id]
            persons = tuple(
                person._to_person(
                    touches.get(person.contact_id.id),
                    verify_days[contact_map],
                    today,
                    person.contact_id.id in (fact["tactic_people"] or ()),
                )
                for person in contact_map.stakeholder_ids
            )
            situations[contact_map] = Situation(
                people=persons,
                expected=contact_map._get_expected_stages(),
                manual_stage=stage_of(contact_map.manual_stage_id),
                is_deal=bool(contact_map.lead_id),
                needs=tuple(Need(*need) for need in fact["needs"] or ()),
                criteria=tuple(contact_map.criterion_ids._get_criteria()),
                client_criteria=fact["client_criteria"],
                concerns=tuple(fact["concerns"] or ()),
                has_next_step=fact["has_next_step"],
                is_rotting=bool(contact_map.lead_id.is_rotting),
                pushes=fact["pushes"],
                revenue=contact_map.lead_id.expected_revenue or 0,
                tier_1=contact_map in tier_1,
                our_ties=contact_map._get_our_ties(relations),
                service_problem=fact["service_problem"],
                network=contact_map._get_network(relations),
            )
        return situations

    def _get_expected_stages(self):
        """(lowest, highest) stage that our pipeline supposes; None without a deal."""
        stages = self.env["crm.stage"]._get_decision_stages()
        return stages.get(self.lead_id.stage_id.id)

    def _get_current_network(self):
        """Who introduces whom around this map today."""
        # sudo: chains lead through people of other maps as well
        self = self.sudo()
        rows = self.env["crm.stakeholder.relation"]._get_rows(
            self.stakeholder_ids.contact_id.ids, fields.Date.context_today(self)
        )
        return self._get_network(rows)

    def _get_network(self, relations):
        """Who introduces whom around this map; nodes are contacts.

        :param relations: see ``crm.stakeholder.relation._get_rows``
        """
        gone = self.stakeholder_ids.filtered("is_gone")
        nodes = {
            person.contact_id.id: Node(
                int(person.attitude) if person.attitude else None,
                points=person._get_points(),
            )
            for person in self.stakeholder_ids - gone
        }
        edges = []
        for row in relations:
            for end in ("source", "target"):
                contact = row[f"{end}_id"]
                if contact not in nodes and contact not in gone.contact_id.ids:
                    nodes[contact] = Node(ours=row[f"{end}_ours"])
            edges.append(
                Relation(
                    row["source_id"],
                    row["target_id"],
                    row["strength"],
                    row["kind"],
                    row["directed"],
                )
            )
        return Network(nodes, edges, **self.env["crm.deal.parameter"]._get_chances())

    def _get_our_ties(self, relations):
        """Whom of this map our people know well: {our contact: contacts}."""
        people = set(self.stakeholder_ids.contact_id.ids)
        ties = {}
        for row in relations:
            if row["kind"] == "conflicts":
                continue
            if (row["strength"] or 0) < KNOWS_WELL:
                continue
            for ours, theirs in (("source", "target"), ("target", "source")):
                if row[f"{ours}_ours"] and row[f"{theirs}_id"] in people:
                    ties.setdefault(row[f"{ours}_id"], set()).add(row[f"{theirs}_id"])
        return ties
