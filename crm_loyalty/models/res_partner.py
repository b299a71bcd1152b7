# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.utils import parse_field_expr
from odoo.tools import SQL

#: fields of the contact that live on the profile -> their column there
PROFILE_COLUMNS = {
    "loyalty_profile_id": "id",
    "loyalty_tier_id": "tier_id",
    "loyalty_standing": "standing",
}


class ResPartner(models.Model):
    """The customer's tier, on every contact that belongs to it.

    None of these fields is stored: the profile of the current root company is joined
    when contacts are filtered, sorted or grouped. Related fields would do this, too,
    but only past the access rules; here each way to the data checks the group first.
    """

    _inherit = "res.partner"

    _loyalty_employee_idx = models.Index("(id) WHERE employee")

    loyalty_profile_id = fields.Many2one(
        "crm.customer.profile",
        "Customer Profile",
        compute="_compute_loyalty_profile",
        search="_search_loyalty_profile_id",
        compute_sudo=True,
        groups="crm_loyalty.group_user",
    )
    loyalty_tier_id = fields.Many2one(
        "crm.loyalty.tier",
        "Customer Tier",
        compute="_compute_loyalty_profile",
        search="_search_loyalty_tier_id",
        compute_sudo=True,
        groups="crm_loyalty.group_user",
    )
    loyalty_standing = fields.Selection(
        lambda self: (
            self.env["crm.customer.profile"]
            ._fields["standing"]
            ._description_selection(self.env)
        ),
        "Tier Standing",
        compute="_compute_loyalty_profile",
        search="_search_loyalty_standing",
        compute_sudo=True,
        groups="crm_loyalty.group_user",
    )
    loyalty_tier_color = fields.Integer(
        compute="_compute_loyalty_profile",
        compute_sudo=True,
        aggregator=None,
        groups="crm_loyalty.group_user",
    )

    loyalty_membership_ids = fields.One2many(
        "crm.customer.group.member",
        "partner_id",
        "Customer Groups",
        groups="crm_loyalty.group_user",
        help="The groups the entity belongs to, and when: it is judged with them as one"
        " customer",
    )

    loyalty_profile_ids = fields.One2many(
        "crm.customer.profile",
        string="Customer Value",
        compute="_compute_loyalty_profile_ids",
        groups="crm_loyalty.group_user",
        help="The profile where the user may see it: figures of own customers, or all",
    )

    @api.depends("loyalty_profile_id")
    @api.depends_context("company", "uid")
    def _compute_loyalty_profile_ids(self):
        # the rules of the profile decide who sees its figures
        for partner in self:
            partner.loyalty_profile_ids = partner.loyalty_profile_id.sudo(False)
        seen = self.loyalty_profile_ids._filtered_access("read")
        for partner in self:
            partner.loyalty_profile_ids &= seen

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_loyalty_profile(self):
        # sudo (compute_sudo): the groups of the fields say who reads them; the figures
        # behind stand on the profile, under its own rules
        profiles = self.env["crm.customer.entity"]._get_profiles(
            self.commercial_partner_id, self.env.company
        )
        empty = self.env["crm.customer.profile"]
        for partner in self:
            profile = profiles.get(partner.commercial_partner_id._origin.id, empty)
            partner.loyalty_profile_id = profile
            partner.loyalty_tier_id = profile.tier_id
            partner.loyalty_tier_color = profile.tier_id.color
            partner.loyalty_standing = profile.standing

    # ------------------------------------------------------------------
    # Filter
    # ------------------------------------------------------------------

    def _search_loyalty_profile_id(self, operator, value):
        return self._search_loyalty("loyalty_profile_id", operator, value)

    def _search_loyalty_tier_id(self, operator, value):
        return self._search_loyalty("loyalty_tier_id", operator, value)

    def _search_loyalty_standing(self, operator, value):
        return self._search_loyalty("loyalty_standing", operator, value)

    def _search_loyalty(self, fname, operator, value):
        """Contacts whose customer has a profile that matches."""
        self._check_field_access(self._fields[fname], "read")
        if operator not in ("in", "any", "any!", "ilike", "like", "=ilike", "=like"):
            return NotImplemented
        if fname == "loyalty_standing" and operator != "in":
            return NotImplemented
        column = PROFILE_COLUMNS[fname]
        if operator == "in" and False in value:
            none = ~self._domain_loyalty(Domain(column, "!=", False))
            rest = [item for item in value if item]
            return none | self._domain_loyalty(Domain(column, "in", rest))
        if operator.endswith("like"):
            column = "tier_id.name" if column == "tier_id" else "partner_id.name"
        if operator in ("any", "any!") and isinstance(value, Domain):
            # what lies behind the field has rights and rules of its own
            comodel = self.env[self._fields[fname].comodel_name]
            value = comodel._search(value, bypass_access=operator == "any!")
            operator = "any"
        return self._domain_loyalty(Domain(column, operator, value))

    def _domain_loyalty(self, domain):
        """Domain of contacts by a domain on the profile of the current root company."""
        company = Domain("company_id", "=", self.env.company.root_id.id)
        # sudo: the field's groups were checked; rules guard the profile's own figures
        query = self.env["crm.customer.profile"].sudo()._search(company & domain)
        entities = SQL(
            """(
                SELECT COALESCE(entity.partner_id, profile.partner_id)
                FROM crm_customer_profile profile
                LEFT JOIN crm_customer_entity entity
                    ON entity.customer_id = profile.partner_id
                    AND entity.company_id = profile.company_id
                WHERE profile.id IN %s
            )""",
            query.subselect(),
        )
        return Domain("commercial_partner_id", "in", entities)

    # ------------------------------------------------------------------
    # Sort and group
    # ------------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        fname, property_name = parse_field_expr(field_expr)
        column = PROFILE_COLUMNS.get(fname)
        if not column or property_name:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[fname], "read")
        profile = query.make_alias(alias, "loyalty_profile")
        if profile not in query._joins:
            company_id = self.env.company.root_id.id
            grouped = query.make_alias(alias, "loyalty_entity")
            entity = SQL.identifier(alias, "commercial_partner_id")
            customer = SQL(
                "COALESCE(%s, %s)", SQL.identifier(grouped, "customer_id"), entity
            )
            for joined, table, partner in (
                (grouped, "crm_customer_entity", entity),
                (profile, "crm_customer_profile", customer),
            ):
                query.add_join(
                    "LEFT JOIN",
                    joined,
                    table,
                    SQL(
                        "%s = %s AND %s = %s",
                        SQL.identifier(joined, "partner_id"),
                        partner,
                        SQL.identifier(joined, "company_id"),
                        company_id,
                    ),
                )
        return SQL.identifier(profile, column)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name == "loyalty_profile_id":
            # by its id: profiles sort by revenue, which not everybody may know
            sql_field = self._field_to_sql(alias, field_name, query)
            return SQL("%s %s %s", sql_field, direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    # ------------------------------------------------------------------
    # Changes that move figures from one customer to another
    # ------------------------------------------------------------------

    def write(self, vals):
        if not {"parent_id", "is_company", "employee"} & vals.keys():
            return super().write(vals)
        family = self._loyalty_family()
        before = {contact: contact.commercial_partner_id.id for contact in family}
        result = super().write(vals)
        entities = set()
        for contact, entity in before.items():
            if contact.commercial_partner_id.id != entity or "employee" in vals:
                entities |= {entity, contact.commercial_partner_id.id}
        self.env["crm.customer.queue"].sudo()._push_partners(entities)
        return result

    def unlink(self):
        """Facts have no foreign key: those of deleted addresses are read again."""
        # sudo: who may delete a contact need not see its figures
        customers = self.env["crm.customer.fact"].sudo()._forget_partners(self.ids)
        result = super().unlink()
        self.env["crm.customer.queue"].sudo()._push_partners(customers - set(self.ids))
        return result

    @api.model
    def _loyalty_as_entities(self, vals_list):
        """Values with the entity in place of the contact in ``partner_id``."""
        contacts = self.browse(
            v["partner_id"] for v in vals_list if v.get("partner_id")
        )
        entities = {
            contact.id: contact.commercial_partner_id.id for contact in contacts
        }
        return [
            vals | {"partner_id": entities[vals["partner_id"]]}
            if vals.get("partner_id")
            else vals
            for vals in vals_list
        ]

    def _loyalty_family(self):
        """These contacts and everybody below them."""
        # sudo: figures move with contacts that the user may not see, too
        return (
            self.sudo()
            .with_context(active_test=False)
            .search([("id", "child_of", self.ids)])
        )

    # ------------------------------------------------------------------
    # What the strategy of the tier decides for documents, and who has his own
    # ------------------------------------------------------------------

    def _get_loyalty_own(self, fname):
        """The value of a property, unless it is only the default of the company."""
        self.ensure_one()
        fallback = self._fields[fname].get_company_dependent_fallback(self)
        value = self[fname]
        return self._fields[fname].falsy_value if value == fallback else value

    def _get_loyalty_pricelists(self):
        """{id: pricelist that the tier gives in the current company}."""
        strategies = self.env["crm.loyalty.strategy"]._get_in_force(
            self, self.env.company
        )
        result = {}
        for partner in self:
            strategy = strategies.get(partner.commercial_partner_id._origin.id)
            pricelist = strategy and strategy._with_money().pricelist_id
            if pricelist and pricelist._get_partner_pricelist_multi_filter_hook():
                result[partner.id] = pricelist.sudo(False)
        return result

    def _get_loyalty_limit(self, company):
        """Credit limit that somebody gave this customer; 0 is none.

        Needs superuser rights: core keeps limits for accountants.
        """
        return self.with_company(company)._get_loyalty_own("credit_limit") or 0

    def _get_loyalty_debt(self, company):
        """What the customer owes, and what of its orders is still to be invoiced.

        The latter where core counts it: with credit limits switched on in its settings.
        Needs superuser rights.
        """
        partner = self.with_company(company)
        return partner.credit + partner.credit_to_invoice

    def _get_loyalty_holds(self, company):
        """{id of a commercial entity: why its deliveries wait}, those held only."""
        # sudo: told to whoever ships, without amounts
        entities = self.commercial_partner_id.sudo()
        found = self.env["crm.loyalty.strategy"]._get_in_force(entities, company)
        reasons = {}
        for strategy, buyers in entities.grouped(lambda e: found.get(e.id)).items():
            if strategy and strategy._with_money().stop_shipment:
                reasons |= buyers._get_loyalty_holds_by(strategy, company)
        return reasons

    def _get_loyalty_holds_by(self, strategy, company):
        days = strategy.stop_overdue_days
        overdue = days and self._filter_loyalty_overdue(company, days)
        reasons = {}
        for entity in self:
            limit = entity._get_loyalty_limit(company) or strategy.credit_limit
            if limit and entity._get_loyalty_debt(company) > limit:
                reasons[entity.id] = self.env._(
                    "%s owes more than its credit limit", entity.name
                )
            elif overdue and entity in overdue:
                reasons[entity.id] = self.env._(
                    "%(customer)s is overdue for more than %(days)s days",
                    customer=entity.name,
                    days=days,
                )
        return reasons

    def _filter_loyalty_overdue(self, company, days):
        """Those whose open receivables due more than so many days ago are positive."""
        today = fields.Date.context_today(self)
        groups = self.env["crm.customer.receivable"]._read_group(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", company.root_id.id),
                ("date_due", "<", fields.Date.subtract(today, days=days)),
            ],
            ["partner_id"],
            having=[("amount_residual:sum", ">", 0)],
        )
        return self.browse(partner.id for (partner,) in groups)

    def _has_own_pricelist(self):
        self.ensure_one()
        own = self.specific_property_product_pricelist
        return bool(own._get_partner_pricelist_multi_filter_hook())

    def _inverse_product_pricelist(self):
        """Never keep what the tier gives; keep the usual one where it is chosen."""
        chosen = {partner: partner.property_product_pricelist for partner in self}
        by_tier = self._get_loyalty_pricelists()
        result = super()._inverse_product_pricelist()
        for partner, pricelist in chosen.items():
            if partner.id in by_tier:
                is_own = pricelist != by_tier[partner.id]
                partner.specific_property_product_pricelist = is_own and pricelist
        return result

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_loyalty_brief(self):
        """The brief of the customer: all there is to know before a call or a visit."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("crm_loyalty.action_brief")
        return action | {"context": {"active_id": self.commercial_partner_id.id}}

    def action_loyalty_price_list(self):
        """Make a price list for this customer, to print or to hand on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_price_list"
        )
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action

    def action_open_loyalty_profile(self):
        """The value page of the customer this contact belongs to."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_loyalty.action_customer"
        )
        action.update(
            res_id=self.loyalty_profile_id.id,
            views=[(False, "form")],
            domain=[],
        )
        return action

    def _compute_application_statistics_hook(self):
        """Show the tier on the contact cards."""
        data_list = super()._compute_application_statistics_hook()
        if not self.env.user.has_group("crm_loyalty.group_user"):
            return data_list
        for partner in self.filtered("loyalty_tier_id"):
            data_list[partner.id].append(
                {
                    "iconClass": "fa-diamond",
                    "value": partner.loyalty_tier_id.name,
                    "label": self.env._("Customer tier"),
                    "tagClass": f"o_tag_color_{partner.loyalty_tier_color}",
                }
            )
        return data_list
