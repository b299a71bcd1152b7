# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import format_date

from ..tools.block import Block, Column
from ..tools.svg import bars, matrix

#: frames of the contact map, in pixels: of so many people beside their facts, or below
SMALL_MAP = 8
SMALL_FRAME = (270, 210)
FRAME = (640, 300)
#: block -> the one on whose right it stands
BESIDE = {
    "service": "money",
    "competitors": "needs",
    "dates": "terms",
    "team": "plan",
    "targets": "sections",
}
#: cards of the short version: what may lie on a table in a meeting room
SHORT_CARDS = ("money", "service", "terms", "dates")


class ReportKeyAccount(models.AbstractModel):
    """The dossier on paper: the cards of the screen, in the same order, and texts."""

    _name = "report.crm_loyalty.report_key_account"
    _description = "Dossier on Paper"

    _short = False

    @api.model
    def _get_report_values(self, docids, data=None):
        accounts = self.env["crm.key.account"].browse(docids)
        accounts.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": "crm.key.account",
            "docs": accounts,
            "today": self._day(fields.Date.context_today(self)),
            "short": self._short,
            "papers": {
                account.id: self._get_paper(account, accounts) for account in accounts
            },
        }

    def _get_paper(self, account, accounts):
        """Head, pictures and blocks of one dossier."""
        return {
            "head": self._get_head(account),
            "chart": self._draw_revenue(account),
            "matrix": "" if self._short else self._draw_matrix(account),
            "map": "" if self._short else self._draw_map(account),
            "rows": self._get_rows(self._get_blocks(account)),
        }

    def _get_rows(self, blocks):
        """Blocks as they stand below each other: those that belong together in pairs.

        :return: list of lists of one or two blocks
        """
        rows = []
        for block in blocks:
            if rows and [left.name for left in rows[-1]] == [BESIDE.get(block.name)]:
                rows[-1].append(block)
            else:
                rows.append([block])
        return rows

    def _get_head(self, account):
        # sudo: names of the team are told to whoever reads the dossier
        known = account.sudo()
        head = [
            (self.env._("Key-account manager"), known.manager_id.name or "–"),
            (
                self.env._("Deputy, sponsor"),
                ", ".join(filter(None, (known.deputy_id.name, known.sponsor_id.name)))
                or "–",
            ),
        ]
        if self._short:
            return head
        return [
            (self.env._("Types"), ", ".join(known.type_ids.mapped("name")) or "–"),
            *head,
            (self.env._("Next review"), self._day(account.review_date)),
            (
                self.env._("Known and fresh"),
                self.env._("%s %%", round(account.completeness)),
            ),
        ]

    def _day(self, day):
        return format_date(self.env, day) if day else "–"

    def _draw_revenue(self, account):
        """24 months up to the last run."""
        # sudo: see the cards
        profile = account.sudo().profile_id
        months = (profile.sparkline or {}).get("values") or []
        if not any(months):
            return ""
        end = fields.Date.to_date(profile.sparkline["end"])
        days = [
            fields.Date.subtract(end, months=len(months) - 1 - index)
            for index in range(len(months))
        ]
        labels = [
            format_date(self.env, day, date_format="MMM yy") if index % 3 == 0 else ""
            for index, day in enumerate(days)
        ]
        width = 640 if self._short or not account.quadrant else 450
        return bars(
            months, labels, account.currency_id.format(max(months)), width=width
        )

    def _draw_matrix(self, account):
        if not account.quadrant:
            return ""
        names = dict(
            self.env["crm.key.account"]
            ._fields["quadrant"]
            ._description_selection(self.env)
        )
        cells = [names[code] for code in ("star", "strategic", "streamline", "status")]
        others = self.env["crm.key.account"].search(
            [
                ("company_id", "=", account.company_id.id),
                ("state", "=", "active"),
                ("id", "!=", account.id),
            ]
        )
        points = [
            (other.strength, other.attractiveness, "", False)
            for other in others
            if other.quadrant
        ]
        points.append(
            (account.strength, account.attractiveness, account.display_name, True)
        )
        axes = (self.env._("Our strength"), self.env._("Attractiveness"))
        return matrix(points, cells, axes, side=140)

    def _draw_map(self, account):
        """The contact map, for those who may see it: a small one beside the facts.

        :return: dict of ``svg`` and ``is_small``, None without people
        """
        contact_map = account.map_id.with_env(account.env)
        count = len(contact_map.stakeholder_ids)
        if not count:
            return None
        is_small = count <= SMALL_MAP
        frame = SMALL_FRAME if is_small else FRAME
        return {"svg": contact_map._get_svg(None, *frame), "is_small": is_small}

    # ------------------------------------------------------------------
    # Blocks
    # ------------------------------------------------------------------

    def _get_blocks(self, account):
        blocks = [
            Block(
                card["name"],
                card["title"],
                facts=[(figure["label"], figure["text"]) for figure in card["figures"]],
                empty=card["empty"],
            )
            for card in account.cards
            if not self._short or card["name"] in SHORT_CARDS
        ]
        if self._short:
            return blocks
        return blocks + [
            block
            for block in (
                self._get_team(account),
                self._get_sections(account),
                self._get_targets(account),
                self._get_special(account),
            )
            if not block.is_empty
        ]

    def _get_sections(self, account):
        """What is known of each section, and how fresh it is."""
        rows = [
            [
                row["title"],
                self.env._("%(filled)s of %(required)s", **row),
                self.env._("from the books")
                if row["automatic"]
                else self.env._("never")
                if row["age"] is None
                else self.env._("today")
                if not row["age"]
                else self.env._("%s days ago", row["age"]),
                "" if row["needed"] else self.env._("not required"),
            ]
            for row in account.sections
        ]
        return Block(
            "sections",
            self.env._("Completeness"),
            columns=[
                Column(self.env._("Section")),
                Column(self.env._("Known"), right=True),
                Column(self.env._("Reviewed")),
                Column(""),
            ],
            rows=rows,
        )

    def _get_team(self, account):
        roles = dict(
            self.env["crm.key.account.member"]
            ._fields["role"]
            ._description_selection(self.env)
        )
        return Block(
            "team",
            self.env._("Account team"),
            columns=[
                Column(self.env._("Who")),
                Column(self.env._("Role"), whole=True),
                Column(self.env._("Task")),
            ],
            rows=[
                # sudo: as in the head
                [member.sudo().user_id.name, roles[member.role], member.task or ""]
                for member in account.team_ids
            ],
        )

    def _get_targets(self, account):
        year = fields.Date.context_today(self).year
        targets = account.target_ids.filtered(lambda t: t.month.year == year)
        currency = account.currency_id
        return Block(
            "targets",
            self.env._("Targets %s", year),
            columns=[
                Column(self.env._("Month"), whole=True),
                Column(self.env._("Target"), right=True),
                Column(self.env._("Actual"), right=True),
                Column(self.env._("Reached, %"), right=True),
            ],
            rows=[
                [
                    format_date(self.env, target.month, date_format="LLLL"),
                    currency.format(target.amount),
                    currency.format(target.actual),
                    str(round(target.attainment)) if target.amount else "–",
                ]
                for target in targets
            ],
        )

    def _get_special(self, account):
        """What to see to, and what to fear, with this type of client."""
        return Block(
            "special",
            self.env._("What is special with this type of client"),
            facts=[
                (
                    kind.name,
                    "; ".join(
                        line
                        for line in (
                            *(kind.checklist or "").splitlines(),
                            *(
                                self.env._("risk: %s", risk)
                                for risk in (kind.risks or "").splitlines()
                            ),
                        )
                        if line.strip()
                    ),
                )
                for kind in account.type_ids
            ],
        )


class ReportKeyAccountShort(models.AbstractModel):
    """One page to be shown to the customer: nothing of what we think, or plan."""

    _name = "report.crm_loyalty.report_key_account_short"
    _inherit = ["report.crm_loyalty.report_key_account"]
    _description = "Short Dossier on Paper"

    _short = True

    def _get_paper(self, account, accounts):
        return super()._get_paper(account.with_context(loyalty_short=True), accounts)
