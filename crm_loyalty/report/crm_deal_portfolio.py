# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..tools.portfolio import Deal, count_bands, rank, strip_customer
from ..tools.workbook import Column, Sheet

#: deals that are listed at most; the others are counted, and a filter finds them
LIMIT = 200


class CrmDealPortfolio(models.AbstractModel):
    """Open deals side by side, those that need the head first.

    One method computes the values; screen, paper and workbook render them. Everything
    is read under the rules of the reader: of a deal whose map he may not see he gets
    what core shows of it, and nothing that stands on the map.
    """

    _name = "crm.deal.portfolio"
    _inherit = ["crm.loyalty.workbook"]
    _description = "Portfolio of Deals"

    @api.model
    @api.readonly
    def get_values(self, filters=None):
        """The open deals that the user may see, in the order of attention.

        As of today. The number of queries does not depend on the number of deals.

        :param dict filters: ``user_id`` (salesperson), ``team_id``, ``tier_id`` (of the
            customer today), ``lead_ids`` (only these); all are optional
        :return: dict of

            - ``filters``; ``choices``: who could be chosen instead: ``users``,
              ``teams``, ``tiers``, lists of [id, name]
            - ``title`` (whose deals), ``company``, ``today`` (text)
            - ``rows``: see ``_get_row``; ``more``: number of deals not listed
            - ``totals``: ``count``; ``bands``: list of ``band``, ``label``, ``count``;
              ``money``: per currency ``value`` and ``weighted`` (expected revenue, and
              that times core's probability), and both in one ``text``
        :raise AccessError: for users without rights on deals or contact maps
        """
        filters = {
            key: value
            for key, value in (filters or {}).items()
            if value or isinstance(value, list)
        }
        leads = self._search_leads(filters)
        maps = self._get_maps(leads)
        alerts = self._get_alerts(leads)
        deals = rank(self._get_deals(leads, maps, alerts))
        shown = leads.browse(deal.key for deal in deals[:LIMIT])
        return {
            "filters": filters,
            "choices": self._get_choices(),
            "title": self._get_title(filters),
            "company": ", ".join(self.env.companies.sudo().root_id.mapped("name")),
            "today": self._day(fields.Date.context_today(self)),
            "rows": self._get_rows(shown, maps, alerts),
            "more": len(deals) - len(shown),
            "more_text": self.env._(
                "More deals that are not listed: %s. Narrow the filter.",
                len(deals) - len(shown),
            ),
            "totals": self._get_totals(leads, deals),
        }

    # ------------------------------------------------------------------
    # Which deals
    # ------------------------------------------------------------------

    def _search_leads(self, filters):
        domain = self._get_open_domain()
        for name, field in (
            ("user_id", "user_id"),
            ("team_id", "team_id"),
            ("tier_id", "partner_id.loyalty_tier_id"),
            ("lead_ids", "id"),
        ):
            if name in filters:
                value = filters[name]
                domain &= Domain(
                    field, "in", value if isinstance(value, list) else [value]
                )
        return self.env["crm.lead"].search(domain)

    def _get_open_domain(self):
        """Deals that are neither won nor lost."""
        return Domain("type", "=", "opportunity") & Domain("won_status", "=", "pending")

    def _get_maps(self, leads):
        """{deal: its contact map}, where the reader may see it."""
        maps = self.env["crm.stakeholder.map"].search([("lead_id", "in", leads.ids)])
        return {contact_map.lead_id: contact_map for contact_map in maps}

    def _get_alerts(self, leads):
        """{deal: its open alerts, the worst first}, under the rules of their maps."""
        alerts = self.env["crm.deal.alert"].search(
            [("lead_id", "in", leads.ids), ("closed_on", "=", False)]
        )
        return alerts.grouped("lead_id")

    def _get_deals(self, leads, maps, alerts):
        """What puts the deals in order."""
        today = fields.Date.context_today(self)
        known = self._get_known(maps)
        currency = self.env.company.currency_id
        return [
            Deal(
                lead.id,
                maps[lead].health_band if lead in known else "unknown",
                alerts[lead][0].severity if lead in alerts else None,
                bool(lead.date_deadline and lead.date_deadline < today),
                lead.company_currency._convert(
                    lead.prorated_revenue, currency, self.env.company, today
                ),
            )
            for lead in leads
        ]

    def _get_known(self, maps):
        """Deals on whose map somebody stands: the health of the others says nothing."""
        groups = self.env["crm.stakeholder"]._read_group(
            [("map_id", "in", [contact_map.id for contact_map in maps.values()])],
            ["map_id"],
        )
        return {contact_map.lead_id for (contact_map,) in groups}

    def _get_choices(self):
        """Salespeople, teams and tiers of all open deals of the reader."""
        leads = self.env["crm.lead"]
        domain = self._get_open_domain()
        choices = {
            name: [
                [record.id, record.display_name]
                for (record,) in leads._read_group(domain, [field], order=field)
                if record
            ]
            for name, field in (("users", "user_id"), ("teams", "team_id"))
        }
        policy = self.env["crm.loyalty.policy"]._get()
        choices["tiers"] = [
            [tier.id, tier.display_name] for tier in policy.tier_ids.sorted()
        ]
        return choices

    def _get_title(self, filters):
        """Whose deals; a caller that chose them says it in ``portfolio_title``."""
        if "lead_ids" in filters:
            default = self.env._("Selected deals")
            return self.env.context.get("portfolio_title") or default
        names = [
            record.display_name
            for model, name in (
                ("res.users", "user_id"),
                ("crm.team", "team_id"),
                ("crm.loyalty.tier", "tier_id"),
            )
            if (record := self.env[model].browse(filters.get(name)))
        ]
        return ", ".join(names) or self.env._("All open deals")

    def _get_totals(self, leads, deals):
        labels = self._get_band_labels()
        return {
            "count": len(leads),
            "count_text": self.env._("Open deals: %s", len(leads)),
            "bands": [
                {"band": band, "label": labels[band], "count": count}
                for band, count in count_bands(deals).items()
            ],
            "money": [
                self._get_total(currency, of_currency)
                for currency, of_currency in leads.grouped("company_currency").items()
            ],
        }

    def _get_total(self, currency, leads):
        """Sums of deals in one currency."""
        value = sum(leads.mapped("expected_revenue"))
        weighted = sum(leads.mapped("prorated_revenue"))
        return {
            "currency": currency.name,
            "value": value,
            "weighted": weighted,
            "text": self.env._(
                "%(value)s, weighted %(weighted)s",
                value=self._amount(value, currency),
                weighted=self._amount(weighted, currency),
            ),
        }

    def _get_band_labels(self):
        selection = self.env["crm.stakeholder.map"]._fields["health_band"]
        return dict(selection._description_selection(self.env)) | {
            "unknown": self.env._("No data")
        }

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    def _get_rows(self, leads, maps, alerts):
        """A dict per deal, in the order of ``leads``; see ``_get_row``."""
        known = self._get_known({lead: maps[lead] for lead in leads if lead in maps})
        found = {
            "reported": self._get_reported(leads),
            "pushes": self._get_pushes(leads),
            "targets": self._get_targets(leads),
            "planned": self._get_planned(leads),
            "stages": self._get_pipelines(leads),
            "hidden": self._get_hidden(leads, maps),
            "band_labels": self._get_band_labels(),
            "alert_labels": dict(
                self.env["crm.deal.alert"]
                ._fields["code"]
                ._description_selection(self.env)
            ),
        }
        no_map = self.env["crm.stakeholder.map"]
        no_alert = self.env["crm.deal.alert"]
        return [
            self._get_row(
                lead,
                maps.get(lead, no_map),
                alerts.get(lead, no_alert),
                lead in known,
                found,
            )
            for lead in leads
        ]

    def _get_row(self, lead, contact_map, alerts, is_known, found):
        """One deal, figures and texts; ``None`` is unknown, or not for this reader."""
        # sudo: who sees a deal may know whose it is and what its customer is called
        owner = lead.sudo()
        partner = owner.partner_id.commercial_partner_id
        customer = partner.name or lead.partner_name or lead.contact_name or ""
        tier = partner.loyalty_tier_id
        currency = lead.company_currency
        return {
            "id": lead.id,
            "name": lead.name or "",
            "short_name": strip_customer(lead.name or "", customer),
            "customer": customer,
            "tier": tier.display_name or "",
            "tier_color": tier.color,
            "user": owner.user_id.name or "",
            "value": lead.expected_revenue,
            "value_text": self._amount(lead.expected_revenue, currency),
            "weighted": lead.prorated_revenue,
            "weighted_text": self._amount(lead.prorated_revenue, currency),
            "probability": lead.probability,
            "currency": currency.name,
            **self._get_row_health(lead, contact_map, is_known, found),
            **self._get_row_stages(lead, contact_map, found),
            **self._get_row_closing(lead, found),
            **self._get_row_target(partner, found),
            **self._get_row_next(lead, contact_map, alerts, is_known, found),
        }

    def _get_row_health(self, lead, contact_map, is_known, found):
        """Health with how much of the map is known, and how it moved."""
        band = contact_map.health_band if is_known else "unknown"
        reported, day = found["reported"].get(lead.id, (None, None))
        change = None
        if is_known and reported is not None:
            change = round(contact_map.health - reported, 1)
        return {
            "has_map": bool(contact_map),
            "band": band,
            "band_label": found["band_labels"][band],
            "health": contact_map.health if is_known else None,
            "health_text": self._number(contact_map.health) if is_known else "",
            "known": contact_map.completeness if contact_map else None,
            "change": change,
            "change_text": self._describe_change(change),
            "since_text": self.env._("since %s", self._day(day))
            if change is not None
            else "",
            "known_text": self.env._("map known %s %%", round(contact_map.completeness))
            if contact_map
            else "",
        }

    def _describe_change(self, change):
        """The sign says what a colour would."""
        if change is None:
            return ""
        if not change:
            return "="
        sign = "▲ +" if change > 0 else "▼ −"
        return sign + self._number(abs(change))

    def _get_row_stages(self, lead, contact_map, found):
        """Numbers of the steps, counted from 0, of the customer and of ours."""
        pipeline = found["stages"].get(lead.team_id.id) or []
        decision = self.env["crm.decision.stage"]
        customer = decision._get_idx(contact_map.stage_id) if contact_map else None
        names = {row["idx"]: row["name"] for row in decision._get_rows()}
        lag = contact_map.lag if customer is not None else None
        return {
            "customer_step": customer,
            "customer_steps": len(names),
            "customer_stage": names.get(customer, ""),
            "our_step": next(
                (i for i, stage in enumerate(pipeline) if stage == lead.stage_id), None
            ),
            "our_steps": len(pipeline),
            "our_stage": lead.stage_id.name or "",
            "lag": lag,
            "lag_text": self._describe_lag(lag),
        }

    def _describe_lag(self, lag):
        if not lag:
            return ""
        if lag > 0:
            return self.env._("▲ ahead by %s", lag)
        return self.env._("▼ behind by %s", -lag)

    def _get_row_closing(self, lead, found):
        pushes = found["pushes"].get(lead.id) or self.env["crm.deal.push"]
        day = lead.date_deadline
        return {
            "closing": fields.Date.to_string(day) or None,
            "closing_text": self._day(day) if day else "–",
            "is_late": bool(day and day < fields.Date.context_today(self)),
            "moves": len(pushes),
            "moves_text": self.env._("put off %s×", len(pushes)) if pushes else "",
            "first_text": self.env._("at first %s", self._day(pushes[:1].date_from))
            if pushes
            else "",
        }

    def _get_row_target(self, partner, found):
        """Plan and actual of the customer's dossier, this year so far."""
        target, actual, currency = found["targets"].get(partner.id, (None, None, None))
        share = actual / target if target else None
        return {
            "target": target,
            "actual": actual,
            "target_share": share,
            "share_text": self.env._("%s %%", round(100 * share)) if target else "",
            "actual_text": self._amount(actual, currency) if target else "",
            "target_text": self.env._("of %s", self._amount(target, currency))
            if target
            else "",
        }

    def _get_row_next(self, lead, contact_map, alerts, is_known, found):
        """The worst alert, the next best step, and what is planned."""
        alert = alerts[:1]
        planned = found["planned"].get(lead.id)
        today = fields.Date.context_today(self)
        return {
            "alert": found["alert_labels"].get(alert.code, ""),
            "severity": alert.severity or "",
            "more_alerts": max(len(alerts) - 1, 0),
            "next": contact_map.next_words if is_known else "",
            "hint": self._get_hint(lead, is_known, found),
            "planned": self.env._(
                "%(day)s: %(what)s",
                day=self._day(planned.date_deadline),
                what=planned.summary or planned.activity_type_id.name or "",
            )
            if planned
            else "",
            "is_planned_late": bool(planned and planned.date_deadline < today),
        }

    def _get_hint(self, lead, is_known, found):
        """Who must fill what is empty; nothing where it is not the reader's to know."""
        if is_known or lead in found["hidden"]:
            return ""
        return self.env._("Salesperson: enter who decides")

    # ------------------------------------------------------------------
    # Facts of all deals at once
    # ------------------------------------------------------------------

    def _get_reported(self, leads):
        """{id of a deal: (health, date) of its last issued status report}."""
        groups = self.env["crm.deal.report"]._read_group(
            [("lead_id", "in", leads.ids), ("state", "!=", "draft")],
            ["lead_id"],
            ["id:max"],
        )
        reports = self.env["crm.deal.report"].browse(last for _lead, last in groups)
        return {
            report.lead_id.id: (report.payload["result"]["health"], report.date)
            for report in reports
        }

    def _get_hidden(self, leads, maps):
        """Deals that have a map which the reader may not see."""
        rest = leads.filtered(lambda lead: lead not in maps)
        # sudo: that there is a map, nothing of it
        groups = (
            self.env["crm.stakeholder.map"]
            .sudo()
            ._read_group([("lead_id", "in", rest.ids)], ["lead_id"])
        )
        return leads.browse(lead.id for (lead,) in groups)

    def _get_pushes(self, leads):
        """{id of a deal: how its closing was put off, the first one first}."""
        pushes = self.env["crm.deal.push"].search(
            [("lead_id", "in", leads.ids)], order="id"
        )
        return {lead.id: rows for lead, rows in pushes.grouped("lead_id").items()}

    def _get_planned(self, leads):
        """{id of a deal: its next activity}, whoever it is for."""
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "in", leads.ids)],
            order="date_deadline desc, id desc",
        )
        return {activity.res_id: activity for activity in activities}

    def _get_pipelines(self, leads):
        """{id of a team: its stages in order}."""
        stages = self.env["crm.stage"].search(
            ["|", ("team_ids", "=", False), ("team_ids", "in", leads.team_id.ids)]
        )
        return {
            team.id: [
                stage
                for stage in stages
                if not stage.team_ids or team in stage.team_ids
            ]
            for team in [*leads.team_id, self.env["crm.team"]]
        }

    def _get_targets(self, leads):
        """{id of an entity: (target, actual, currency) of its dossier's year so far}.

        Of dossiers that the reader may open, and only where they have targets.
        """
        # sudo: which customer an entity counts for is no secret; dossiers are one
        entities = leads.sudo().partner_id.commercial_partner_id
        heads = {
            entity: entity.loyalty_profile_id.partner_id or entity
            for entity in entities
        }
        accounts = self.env["crm.key.account"].search(
            [
                ("state", "=", "active"),
                ("partner_id", "in", [head.id for head in heads.values()]),
                ("company_id", "=", self.env.company.sudo().root_id.id),
            ]
        )
        so_far = accounts._get_year_so_far(fields.Date.context_today(self))
        by_head = {
            account.partner_id.id: (target, actual, account.currency_id)
            for account, (target, actual) in so_far.items()
        }
        return {
            entity.id: by_head[head.id]
            for entity, head in heads.items()
            if head.id in by_head
        }

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _day(self, day):
        return format_date(self.env, day) if day else ""

    def _number(self, number):
        return formatLang(self.env, number, digits=1)

    def _amount(self, amount, currency):
        """Whole units: nobody decides about a deal by its cents."""
        text = formatLang(self.env, amount, digits=0)
        if currency.position == "before":
            return f"{currency.symbol}\N{NO-BREAK SPACE}{text}"
        return f"{text}\N{NO-BREAK SPACE}{currency.symbol}"

    # ------------------------------------------------------------------
    # Workbook
    # ------------------------------------------------------------------

    def _get_sheets(self, filters=None):
        """The deals, to be filtered and sorted as the head likes."""
        values = self.get_values(filters)
        name = self.env._("Portfolio of Deals")
        heading = [
            name,
            values["title"],
            f"{values['company']}, {values['today']}",
        ]
        if values["more"]:
            heading.append(values["more_text"])
        one_currency = len(values["totals"]["money"]) == 1
        if one_currency:
            heading.append(self.env._("Amounts in %s", values["rows"][0]["currency"]))
        rows = [self._get_cells(row) for row in values["rows"]]
        columns = self._get_columns(one_currency)
        for position, column in enumerate(columns):
            if rows and all(row[position] is None for row in rows):
                column.hidden = True
        sheet = Sheet(
            self.env._("Deals"),
            columns,
            rows,
            heading=heading,
            total=self.env._("Total") if one_currency else "",
            decimals=0,  # as on the screen
        )
        return name, [sheet]

    def _get_columns(self, one_currency):
        """One column more for each thing that a head may want to filter by."""
        return [
            Column(self.env._("Customer"), width=20, wrap=True),
            Column(self.env._("Tier"), width=11, wrap=True),
            Column(self.env._("Deal"), width=20, wrap=True),
            Column(self.env._("Salesperson"), width=12, wrap=True),
            Column(self.env._("Health Band"), width=10, wrap=True),
            Column(self.env._("Health"), "number", width=9),
            Column(self.env._("Since the Last Report"), "number", width=11),
            Column(self.env._("Map Known"), "share", width=9),
            Column(self.env._("Customer's Stage"), width=14, wrap=True),
            Column(self.env._("Our Stage"), width=17, wrap=True),
            Column(self.env._("Steps Ahead"), "count", width=9),
            Column(self.env._("Expected Revenue"), "amount", one_currency, 11),
            Column(self.env._("Probability"), "share", width=9),
            Column(self.env._("Weighted Revenue"), "amount", one_currency, 11),
            Column(self.env._("Currency"), width=9, hidden=one_currency),
            Column(self.env._("Closing"), "date"),
            Column(self.env._("Times Put Off"), "count", width=9),
            Column(self.env._("Target so Far"), "amount", width=11),
            Column(self.env._("Actual so Far"), "amount", width=11),
            Column(self.env._("Reached in %"), "share", width=10),
            Column(self.env._("Alert"), width=21, wrap=True),
            Column(self.env._("What to Do Next"), width=21, wrap=True),
            Column(self.env._("Planned"), width=21, wrap=True),
        ]

    def _get_cells(self, row):
        closing = row["closing"]
        return [
            row["customer"] or None,
            row["tier"] or None,
            row["short_name"],
            row["user"] or None,
            row["band_label"],
            row["health"],
            row["change"],
            None if row["known"] is None else row["known"] / 100,
            row["customer_stage"] or None,
            row["our_stage"] or None,
            row["lag"],
            row["value"],
            row["probability"] / 100,
            row["weighted"],
            row["currency"],
            closing and fields.Date.to_date(closing),
            row["moves"],
            row["target"],
            row["actual"],
            row["target_share"],
            row["alert"] or None,
            row["next"] or row["hint"] or None,
            row["planned"] or None,
        ]
