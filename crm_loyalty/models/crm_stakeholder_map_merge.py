# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models


class CrmStakeholderMap(models.Model):
    """What becomes of maps when deals change hands, and when anything is merged."""

    _inherit = "crm.stakeholder.map"

    other_account_words = fields.Char(
        compute="_compute_other_account_words",
        help="Says so when the deal is with another customer than the people are of",
    )

    @api.depends("lead_id.partner_id", "account_id")
    def _compute_other_account_words(self):
        for contact_map in self:
            account = contact_map._get_other_account()
            words = self.env._(
                "The deal is with %(customer)s now, the people on its map are of"
                " %(former)s. Are they still the ones who decide?",
                customer=account.display_name,
                former=contact_map.account_id.display_name,
            )
            contact_map.other_account_words = bool(account) and words

    def _get_other_account(self):
        """The customer of the deal, if the people on its map are of another one."""
        self.ensure_one()
        account = self.lead_id.partner_id.commercial_partner_id
        return account if self.account_id != account else account.browse()

    def action_take_along(self):
        """The same people decide: this map goes with the deal to its new customer."""
        for contact_map in self:
            account = contact_map._get_other_account()
            if account:
                contact_map.account_id = account
        self._refresh()

    def action_start_anew(self):
        """Others decide: what is known stays with the former customer.

        It joins the map that this account has, or becomes that map: an account has
        one. The deal starts with an empty one.

        :return: the new maps
        """
        fresh = self.browse()
        for contact_map in self:
            if not contact_map._get_other_account():
                continue
            contact_map.check_access("write")
            lead, account = contact_map.lead_id, contact_map.account_id
            # sudo: only managers delete maps; nothing that stands on this one is lost
            kept = contact_map.sudo()
            company = (kept.company_id or self.env.company.sudo()).root_id
            former = kept._get_account_maps(account, company)[:1]
            if former:
                former.with_env(self.env).check_access("write")
                former.active = True
                former._absorb(kept)
            else:
                kept.write({"lead_id": False, "active": True})
                kept._refresh()
            fresh |= self.browse(self.get_or_create(lead_id=lead.id))
        return fresh

    def _follow_leads(self, vals):
        """The deals of these maps have changed: so do their figures, at times more."""
        for contact_map in self:
            lead = contact_map.lead_id
            values = {}
            account = lead.partner_id.commercial_partner_id
            # what is known about the people of one account never moves to another
            if "partner_id" in vals and (
                not contact_map.account_id or not contact_map.stakeholder_ids
            ):
                values["account_id"] = account.id
            if "company_id" in vals:
                values["company_id"] = lead.company_id.id
            if "active" in vals:
                values["active"] = lead.active
            if values:
                contact_map.write(values)
        kept = self.filtered("active")
        # a lost deal has nothing left to warn of; won back, its alerts open again
        (self - kept).alert_ids.closed_on = fields.Date.context_today(self)
        kept._refresh()

    @api.model
    def _merge_partners(self, sources, survivor):
        """Fold what would collide when contacts are merged into one.

        Rows that do not collide move with the foreign keys, as all others do.
        """
        quiet = self.with_context(stakeholder_refreshing=True, active_test=False)
        merged = sources | survivor
        accounts = quiet.search(
            [("account_id", "in", merged.ids), ("lead_id", "=", False)]
        )
        for maps in accounts.grouped("company_id").values():
            maps = maps.sorted(lambda m: (m.account_id != survivor, m.id))
            maps[:1]._absorb(maps[1:])
        people = quiet.env["crm.stakeholder"].search([("contact_id", "in", merged.ids)])
        for rows in people.grouped("map_id").values():
            rows = rows.sorted(lambda p: (p.contact_id != survivor, p.id))
            rows[:1]._absorb(rows[1:])
        quiet.env["crm.stakeholder.relation"]._merge_partners(sources, survivor)
        # core moves open activities only; done ones are our contacts with the person
        quiet.env["mail.activity"].search(
            [
                ("active", "=", False),
                ("res_model", "=", "res.partner"),
                ("res_id", "in", sources.ids),
            ]
        ).write({"res_id": survivor.id})
        self.env.flush_all()

    @api.model
    def _after_merge(self, survivor):
        """Foreign keys moved by SQL: who is gone, and the figures, follow."""
        self.env.invalidate_all()
        people = self.env["crm.stakeholder"].search(
            [
                "|",
                ("contact_id", "=", survivor.id),
                ("employer_id", "=", survivor.id),
            ]
        )
        field = people._fields["is_gone"]
        self.env.add_to_compute(field, people)
        # whose contacts wandered to the survivor's company works there
        people._recompute_recordset(["is_gone"])
        maps = self.search([("account_id", "=", survivor.id)]) | people.map_id
        maps._refresh()

    def _absorb(self, others):
        """Take over everything that stands on other maps, and delete those."""
        if not others:
            return
        self.ensure_one()
        quiet = self.with_context(stakeholder_refreshing=True)
        own = {person.contact_id: person for person in self.stakeholder_ids}
        for person in others.stakeholder_ids.with_env(quiet.env):
            if person.contact_id in own:
                own[person.contact_id].with_env(quiet.env)._absorb(person)
            else:
                person.map_id = self
                own[person.contact_id] = person
        for name in (
            "crm.deal.need",
            "crm.deal.criterion",
            "crm.deal.competitor",
            "crm.deal.concern",
            "crm.influence.action",
            "crm.deal.swot",
            "crm.deal.alert",
            "crm.entry.plan",
        ):
            parts = quiet.env[name].search([("map_id", "in", others.ids)])
            parts.map_id = self
        for message in others.message_ids:
            message.res_id = self.id
        others.invalidate_recordset()
        self.manual_stage_id = self.manual_stage_id or others.manual_stage_id[:1]
        self.template_id = self.template_id or others.template_id[:1]
        others.unlink()
        self._refresh()
