# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools import relation_strength

#: days for which a strength entered by hand goes before the computed one
MANUAL_DAYS = 180
STRENGTHS = [
    ("1", "1: by sight"),
    ("2", "2: has talked"),
    ("3", "3: knows well"),
    ("4", "4: trusts"),
    ("5", "5: close"),
]
LEVELS = [
    ("vendor", "Supplier"),
    ("source", "Credible source"),
    ("solver", "Problem solver"),
    ("advisor", "Trusted advisor"),
]


class CrmStakeholderRelation(models.Model):
    """Who knows, reports to or quarrels with whom: one table for everybody.

    Both ends are contacts: people of customers, our own users, or third parties.
    """

    _name = "crm.stakeholder.relation"
    _description = "Relation between People"
    _order = "source_id, target_id, id"

    source_id = fields.Many2one(
        "res.partner", "Who", required=True, ondelete="cascade", index=True
    )
    target_id = fields.Many2one(
        "res.partner", "Whom", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        [
            ("knows", "Knows"),
            ("introduced", "Introduced us to"),
            ("reports_to", "Reports to"),
            ("influences", "Influences"),
            ("trusts", "Trusts"),
            ("works_with", "Works with"),
            ("conflicts", "Conflicts with"),
        ],
        default="knows",
        required=True,
    )
    directed = fields.Boolean(
        default=False, help="Only the first person can introduce us to the second"
    )
    strength = fields.Selection(
        STRENGTHS,
        help="Entered by hand; goes before the computed one for 180 days",
    )
    strength_on = fields.Date("Strength Entered on", readonly=True)
    strength_auto = fields.Selection(
        STRENGTHS,
        "Computed Strength",
        readonly=True,
        help="From the meetings, calls and mails of 90 days",
    )
    strength_now = fields.Selection(
        STRENGTHS, "Strength in Effect", compute="_compute_strength_now"
    )
    rel_level = fields.Selection(LEVELS, "We Are for Him")
    rel_target = fields.Selection(LEVELS, "We Want to Be")
    evidence = fields.Selection(
        [("assumed", "Assumed"), ("confirmed", "Confirmed")],
        default="confirmed",
        required=True,
    )
    verified_on = fields.Date(default=lambda self: fields.Date.context_today(self))
    note = fields.Char()
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: shared by all companies"
    )

    _triple_uniq = models.Constraint(
        "UNIQUE (source_id, target_id, kind)",
        "These two people have such a relation already.",
    )

    @api.constrains("source_id", "target_id")
    def _check_ends(self):
        for relation in self:
            if relation.source_id == relation.target_id:
                raise ValidationError(
                    self.env._(
                        "%s cannot have a relation with themselves: choose two people.",
                        relation.source_id.display_name,
                    )
                )

    @api.depends("strength", "strength_on", "strength_auto")
    def _compute_strength_now(self):
        since = fields.Date.subtract(fields.Date.context_today(self), days=MANUAL_DAYS)
        for relation in self:
            entered = relation.strength_on and relation.strength_on >= since
            relation.strength_now = (
                relation.strength if entered else relation.strength_auto
            )

    @api.depends("source_id", "target_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for relation in self:
            relation.display_name = " ".join(
                (
                    relation.source_id.name or "",
                    (kinds.get(relation.kind) or "").lower(),
                    relation.target_id.name or "",
                )
            )

    # ------------------------------------------------------------------
    # Create and write
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        relations = super().create(
            [
                {"strength_on": today, **vals} if vals.get("strength") else vals
                for vals in vals_list
            ]
        )
        relations._refresh_maps()
        return relations

    def write(self, vals):
        if "strength" in vals:
            today = fields.Date.context_today(self)
            vals = {"strength_on": bool(vals["strength"]) and today, **vals}
        result = super().write(vals)
        self._refresh_maps()
        return result

    def unlink(self):
        maps = self._get_maps()
        result = super().unlink()
        maps._refresh()
        return result

    @api.model
    def _merge_partners(self, sources, survivor):
        """Fold relations that would be the same or lead nowhere after a merge."""
        merged = sources | survivor
        rows = self.search(
            ["|", ("source_id", "in", merged.ids), ("target_id", "in", merged.ids)]
        )
        kept = {}
        doubles = self.browse()
        for row in rows.sorted(
            lambda r: (r.source_id in sources, r.target_id in sources)
        ):
            ends = tuple(
                survivor if end in merged else end
                for end in (row.source_id, row.target_id)
            )
            if ends[0] == ends[1]:
                doubles |= row
            elif (key := (*ends, row.kind)) in kept:
                kept[key]._absorb(row)
                doubles |= row
            else:
                kept[key] = row
        doubles.unlink()

    def _absorb(self, other):
        """Keep the stronger of two relations that say the same."""
        for name, day in (("strength", "strength_on"), ("strength_auto", None)):
            if (other[name] or "") > (self[name] or ""):
                values = {name: other[name]}
                if day:
                    values[day] = other[day]
                self.write(values)

    def _get_maps(self):
        people = self.source_id | self.target_id
        # sudo: figures of maps that the user does not see follow, too
        return (
            self.env["crm.stakeholder"]
            .sudo()
            .search([("contact_id", "in", people.ids)])
            .map_id
        )

    def _refresh_maps(self):
        self._get_maps()._refresh()

    # ------------------------------------------------------------------
    # Reading for the algorithms
    # ------------------------------------------------------------------

    @api.model
    def _get_rows(self, contact_ids, today):
        """Relations of these people, and how third parties are known to ours.

        :return: list of dicts: id, source_id, target_id, kind, strength (in effect,
            None for none), directed, evidence, source_ours, target_ours
        """
        return self.env.execute_query_dict(self._query_rows(contact_ids, today))

    def _query_rows(self, contact_ids, today):
        """Relations that touch these people or who is next to them, but not ours."""
        self.env.flush_all()
        return SQL(
            """
            WITH staff AS (
                SELECT partner_id FROM res_users WHERE active AND NOT share
            ),
            near AS (
                SELECT UNNEST(ARRAY[source_id, target_id]) AS id
                FROM crm_stakeholder_relation
                WHERE source_id = ANY(%(ids)s) OR target_id = ANY(%(ids)s)
                EXCEPT SELECT partner_id FROM staff
            )
            SELECT relation.id, source_id, target_id, kind, directed, evidence,
                (CASE WHEN strength_on >= %(since)s THEN strength
                      ELSE strength_auto END)::int AS strength,
                source_id IN (SELECT partner_id FROM staff) AS source_ours,
                target_id IN (SELECT partner_id FROM staff) AS target_ours
            FROM crm_stakeholder_relation relation
            WHERE source_id = ANY(%(ids)s) OR target_id = ANY(%(ids)s)
                OR source_id IN (SELECT id FROM near)
                OR target_id IN (SELECT id FROM near)
            ORDER BY relation.id
            """,
            ids=list(contact_ids),
            since=fields.Date.subtract(today, days=MANUAL_DAYS),
        )

    # ------------------------------------------------------------------
    # Strength computed from contacts
    # ------------------------------------------------------------------

    @api.model
    def _refresh_strengths(self, today, partners=None):
        """Judge how well our people know the people on maps by their contacts.

        One query counts; new pairs get a relation, rows that did not change stay alone.

        :param partners: only these people; by default all who stand on a map
        """
        # sudo: contacts count whoever had them, and rows appear for all who see the map
        self = self.sudo()
        if partners is None:
            people = self.env["crm.stakeholder"].search([("is_gone", "=", False)])
            partners = people.contact_id
        judged = {
            (ours, theirs): relation_strength.judge(*counts)
            for ours, theirs, *counts in partners._count_contacts(today)
        }
        known = self.search(
            [
                ("kind", "=", "knows"),
                "|",
                ("source_id", "in", partners.ids),
                ("target_id", "in", partners.ids),
            ]
        )
        changes = {}
        for relation in known:
            pair = (relation.source_id.id, relation.target_id.id)
            pair = pair if pair in judged else pair[::-1]
            strength = str(judged.pop(pair, None) or "")
            if (relation.strength_auto or "") != strength:
                changes.setdefault(strength, self.browse())
                changes[strength] |= relation
        for strength, relations in changes.items():
            relations.strength_auto = strength
        self.create(
            [
                {
                    "source_id": ours,
                    "target_id": theirs,
                    "strength_auto": str(strength),
                    "evidence": "assumed",
                    "note": False,
                }
                for (ours, theirs), strength in judged.items()
                if strength
            ]
        )
