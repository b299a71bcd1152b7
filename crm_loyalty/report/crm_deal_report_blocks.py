# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models

from ..tools.block import Block, Column
from .crm_deal_report_words import POINTS, UNKNOWN

#: open alerts on paper
MOST_ALERTS = 8
#: from this severity on a concern comes before warnings
SERIOUS = 4


class CrmDealReportBlocks(models.AbstractModel):
    """Sections of a status report as blocks, that screen and paper only draw."""

    _name = "crm.deal.report.blocks"
    _inherit = ["crm.deal.report.words"]
    _description = "Sections of Status Reports"

    @api.model
    def _get_blocks(self, values, note="", margin=None):
        """Sections 4 to 12, whole: paper cuts them to what fits.

        :param dict values: see ``crm.deal.report._get_values``
        :param str note: what management is asked for
        :param margin: of the orders, None for who may not see it
        :return: {name: Block}, in the order of the paper
        """
        blocks = [
            self._get_points(values),
            self._get_chain(values),
            self._get_needs(values),
            self._get_criteria(values),
            self._get_flags(values),
            self._get_facts(values, margin),
            self._get_work(values, "done"),
            self._get_work(values, "plan"),
            self._get_changes(values),
            self._get_decisions(values, note),
        ]
        return {block.name: block for block in blocks}

    def _ask(self, values, where):
        """Who must fill an empty section, and where."""
        who = values["head"]["salesperson"] or self.env._("the salesperson")
        return self.env._(
            "No data. To be filled in by %(who)s: %(where)s.", who=who, where=where
        )

    # ------------------------------------------------------------------
    # People
    # ------------------------------------------------------------------

    def _get_points(self, values):
        people = [p for p in values["picture"]["people"] if not p["gone"]]
        people.sort(key=lambda person: -(person["influence"] or 0))
        names = self._get_point_names()
        rows = []
        for point in POINTS:
            holders = [person for person in people if point in person["points"]]
            if not holders:
                rows.append(
                    [names[point], self.env._("nobody named yet"), "", "", "", ""]
                )
                continue
            person = holders[0]
            name = person["name"]
            if len(holders) > 1:
                name = self.env._(
                    "%(name)s + %(count)s more", name=name, count=len(holders) - 1
                )
            rows.append(
                [
                    names[point],
                    name,
                    person["wants"] or UNKNOWN,
                    self._label("crm.stakeholder", "attitude", person["attitude"]),
                    self._tell_touch(person),
                    self._tell_next(values, person),
                ]
            )
        return Block(
            "points",
            self.env._("4 Three points"),
            columns=[
                Column(self.env._("Point"), width=19),
                Column(self.env._("Who"), width=15),
                Column(self.env._("What the person wants"), width=20),
                Column(self.env._("Attitude"), width=14),
                Column(self.env._("Last contact"), width=13),
                Column(self.env._("Next step"), width=19),
            ],
            rows=rows if people else [],
            empty=self._ask(values, self.env._("tab “People” of the deal")),
        )

    def _tell_touch(self, person):
        days = person["touch_days"]
        if days is None:
            return self.env._("never")
        return self.env._("%s d ago", days)

    def _tell_next(self, values, person):
        row = values["next"].get(str(person["contact_id"]))
        if not row:
            return self.env._("nothing planned")
        return f"{self._day(row['date'])} {row['what']}"

    def _get_chain(self, values):
        """The plan under way, else the best chain found; then the alternative."""
        block = Block(
            "chain",
            self.env._("5 Chain of people"),
            columns=[
                Column(self.env._("Step"), width=29),
                Column(self.env._("Chance"), right=True, width=9),
                Column(self.env._("What we ask for"), width=22),
                Column(self.env._("Who"), width=12),
                Column(self.env._("By when"), width=13),
                Column(self.env._("State"), width=15),
            ],
            empty=self._tell_no_chain(values),
        )
        plan, found = values["chain"], self._get_found(values["picture"])
        if plan:
            block.title = self.env._(
                "5 Chain of people to %(target)s: under way, %(chance)s in all",
                target=plan["target"],
                chance=self._chance(plan["chance"]),
            )
            block.rows = [self._get_step_row(step) for step in plan["steps"]]
            taken = [plan["steps"][0]["source_id"]] + [
                step["target_id"] for step in plan["steps"]
            ]
            found = [chain for chain in found if chain["people"] != taken]
        elif found:
            best = found.pop(0)
            names = self._get_names(values["picture"])
            block.title = self.env._(
                "5 Chain of people to %(target)s: proposed, %(chance)s in all",
                target=names.get(best["people"][-1], "?"),
                chance=self._chance(best["chance"]),
            )
            block.rows = [
                [
                    f"{names.get(who, '?')} → {names.get(whom, '?')}",
                    self._chance(chance),
                    "",
                    UNKNOWN,
                    UNKNOWN,
                    self.env._("proposed"),
                ]
                for who, whom, chance in zip(
                    best["people"], best["people"][1:], best["chances"], strict=False
                )
            ]
        if found and block.rows:
            block.facts = [
                (self.env._("Alternative"), self._tell_chain(found[0], values))
            ]
        return block

    def _tell_no_chain(self, values):
        if not values["picture"]["people"]:
            return self._ask(values, self.env._("tab “People” of the deal"))
        if not values["picture"]["target_id"]:
            return self._ask(values, self.env._("name the point of power"))
        return self.env._("Nobody can introduce us: look for a new point of entry.")

    def _get_found(self, picture):
        """Chains found, the fastest first, then those through the three points."""
        found = []
        for kind in ("fastest", "strategic"):
            for chain in picture["chains"][kind]:
                if chain["people"] not in [known["people"] for known in found]:
                    found.append(chain)
        return found

    def _get_names(self, picture):
        rows = [*picture["people"], *picture["others"]]
        return {row["contact_id"]: row["name"] for row in rows}

    def _tell_chain(self, chain, values):
        names = self._get_names(values["picture"])
        people = " → ".join(names.get(contact, "?") for contact in chain["people"])
        return f"{people}, {self._chance(chain['chance'])}"

    def _get_step_row(self, step):
        return [
            f"{step['who']} → {step['whom']}",
            self._chance(step["chance"]),
            step["ask"] or UNKNOWN,
            step["owner"] or UNKNOWN,
            self._day(step["due"]),
            self._label("crm.entry.step", "state", step["state"]),
        ]

    # ------------------------------------------------------------------
    # Needs, criteria, concerns
    # ------------------------------------------------------------------

    def _get_needs(self, values):
        total = sum(need["cost"] or 0 for need in values["needs"])
        title = self.env._("6 Needs and value")
        if total:
            title = self.env._(
                "6 Needs and value: %s a year", self._money(total, values)
            )
        return Block(
            "needs",
            title,
            columns=[
                Column(self.env._("Need"), width=34),
                Column(self.env._("Whose"), width=15),
                Column(self.env._("Cost a year"), right=True, width=13),
                Column(self.env._("State"), width=12),
                Column(self.env._("Our answer"), width=26),
            ],
            rows=[
                [
                    need["name"],
                    need["owner"] or UNKNOWN,
                    self._money(need["cost"], values),
                    self._label("crm.deal.need", "state", need["state"]),
                    need["answer"] or UNKNOWN,
                ]
                for need in values["needs"]
            ],
            empty=self._ask(values, self.env._("tab “Needs, Criteria, Competitors”")),
        )

    def _get_criteria(self, values):
        """Criteria against the two strongest competitors; more do not fit."""
        rivals = sorted(
            values["competitors"],
            key=lambda c: 101 if c["position"] is None else c["position"],
        )
        known = [c for c in rivals if c["position"] is not None]
        title = self.env._("7 Criteria and competitors")
        if known:
            told = ", ".join(
                f"{c['name']} {self._number(c['position'], 1)}" for c in known
            )
            title = self.env._(
                "7 Criteria and competitors: our position (50 is equal) %s", told
            )
        shown = rivals[:3]
        block = Block(
            "criteria",
            title,
            columns=[
                Column(self.env._("Criterion"), width=36),
                Column(self.env._("Importance"), right=True, width=11),
                Column(self.env._("We"), right=True, width=7),
                *(Column(rival["name"], right=True, width=12) for rival in shown),
                Column(self.env._("What it means"), width=18),
            ],
            rows=[
                [
                    row["name"],
                    self._number(row["importance"]),
                    self._number(row["ours"]),
                    *(
                        self._number(row["scores"].get(str(rival["id"])))
                        for rival in shown
                    ),
                    self._label("crm.deal.criterion", "criterion_class", row["class"]),
                ]
                for row in values["criteria"]
            ],
            empty=self._ask(values, self.env._("tab “Needs, Criteria, Competitors”")),
        )
        if rivals[3:]:
            block.note = self.env._("Competitors not shown: %s", len(rivals[3:]))
        return block

    def _get_flags(self, values):
        """What is dangerous, the worst first: alerts, at most eight, and concerns."""
        alerts = self._get_alert_rows(values)
        concerns = [
            (
                1 if concern["severity"] >= SERIOUS else 3,
                [
                    self._label("crm.deal.concern", "severity", concern["severity"]),
                    concern["name"],
                    concern["owner"],
                    concern["answer"]
                    or self._label("crm.deal.concern", "state", concern["state"]),
                ],
            )
            for concern in values["concerns"]
        ]
        ranked = sorted([*alerts[:MOST_ALERTS], *concerns], key=lambda pair: pair[0])
        rows = [row for _rank, row in ranked]
        return Block(
            "flags",
            self.env._("8 Alerts and concerns"),
            columns=[
                Column(self.env._("How serious"), width=19),
                Column(self.env._("Alert or concern"), width=38),
                Column(self.env._("Whose"), width=20),
                Column(self.env._("Since, answer"), width=23),
            ],
            rows=rows,
            empty=self.env._("No alert is open, no concern is known.")
            if values["picture"]["id"]
            else self._ask(values, self.env._("tab “People” of the deal")),
            more=max(len(alerts) - MOST_ALERTS, 0),
        )

    def _get_alert_rows(self, values):
        """(rank, row) per kind of alert, critical ones first; with all it is about."""
        found = {}
        for alert in values["picture"]["alerts"]:
            key = (alert["severity"] != "critical", alert["code"])
            found.setdefault(key, []).append(alert)
        return [
            (
                2 if is_warning else 0,
                [
                    self._label("crm.deal.alert", "severity", same[0]["severity"]),
                    self._label("crm.deal.alert", "code", code),
                    ", ".join(name for alert in same for name in alert["people"]),
                    self.env._(
                        "since %s",
                        self._day(min(alert["opened_on"] for alert in same)),
                    ),
                ],
            )
            for (is_warning, code), same in sorted(found.items())
        ]

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def _get_facts(self, values, margin=None):
        facts = values["facts"]
        rows = [
            (
                self.env._("Quotations"),
                self._count_money(facts["quotations"], facts["quoted"], values),
            ),
            (
                self.env._("Orders"),
                self._count_money(facts["orders"], facts["ordered"], values),
            ),
            (self.env._("Shipped"), self._percent(facts["shipped_share"])),
            (self.env._("Invoiced"), self._money(facts["invoiced"], values)),
            (self.env._("Still to be paid"), self._money(facts["open"], values)),
            (self.env._("Overdue"), self._tell_overdue(values)),
            (self.env._("Deliveries on time"), self._tell_service(facts)),
            (self.env._("Late now"), self._tell_late(facts)),
        ]
        if margin is not None:
            rows.append((self.env._("Margin of orders"), self._money(margin, values)))
        if not facts["quotations"] and not facts["orders"]:
            rows = []
        return Block(
            "facts",
            self.env._("9 Facts"),
            facts=rows,
            empty=self.env._(
                "No data: the deal has no quotation and no order yet."
                " %s makes them from the deal.",
                values["head"]["salesperson"] or self.env._("The salesperson"),
            ),
        )

    def _count_money(self, count, amount, values):
        if not count:
            return "0"
        return f"{count} · {self._money(amount, values)}"

    def _tell_overdue(self, values):
        facts = values["facts"]
        if not facts["overdue"]:
            return self.env._("nothing")
        return self.env._(
            "%(amount)s, %(days)s d",
            amount=self._money(facts["overdue"], values),
            days=facts["overdue_days"],
        )

    def _tell_service(self, facts):
        if not facts["lines_due"]:
            return self.env._("nothing was due yet")
        return self.env._(
            "%(on_time)s of %(due)s lines",
            on_time=facts["lines_on_time"],
            due=facts["lines_due"],
        )

    def _tell_late(self, facts):
        if not facts["lines_due"]:
            return UNKNOWN
        if not facts["lines_open_late"]:
            return self.env._("nothing")
        return self.env._(
            "%(lines)s lines, up to %(days)s d",
            lines=facts["lines_open_late"],
            days=self._number(facts["late_days"]),
        )

    # ------------------------------------------------------------------
    # Work, changes, decisions
    # ------------------------------------------------------------------

    def _get_work(self, values, side):
        if side == "done":
            title = self.env._("10 Done since %s", self._day(values["since"]))
            empty = self.env._("Nothing was done, or nobody logged it.")
        else:
            title = self.env._("Plan")
            empty = self.env._(
                "Nothing is planned. To be filled in by %s: activities of the deal.",
                values["head"]["salesperson"] or self.env._("the salesperson"),
            )
        return Block(
            side,
            title,
            columns=[Column("", width=24), Column("", width=53), Column("", width=23)],
            rows=[
                [self._day(row["date"]), self._tell_work(row), row["who"]]
                for row in values[side]
            ],
            empty=empty,
        )

    def _tell_work(self, row):
        what = row["what"]
        if row["result"] and row["result"] != what:
            what = f"{what} – {row['result']}"
        if row["with"]:
            what = f"{row['with']}: {what}"
        return " ".join(what.split())

    def _get_changes(self, values):
        last = values["previous"]
        block = Block(
            "changes",
            self.env._("11 What changed"),
            columns=[Column("", width=100)],
            rows=[[words] for words in self._tell_changes(values)],
            empty=self.env._("Nothing changed.")
            if last
            else self.env._("The first report of this deal: nothing to compare with."),
        )
        if last:
            block.title = self.env._(
                "11 What changed since %(number)s of %(day)s",
                number=last["number"],
                day=self._day(last["date"]),
            )
        return block

    def _tell_changes(self, values):
        """Changes as lines: one per person, one for all parts of the health."""
        lines, about = [], {}
        for change in values["changes"]:
            group = self._get_change_group(change)
            if not group:
                lines.append(self._tell_change(change, values))
            elif group in about:
                about[group].append(change)
            else:
                about[group] = [change]
                lines.append(group)
        return [
            f"{line}: {self._join_changes(about[line], values)}"
            if line in about
            else line
            for line in lines
        ]

    def _get_change_group(self, change):
        if change["code"] == "part":
            return self.env._("Parts of the health")
        if change["code"].startswith("person_") and change["before"] != change["after"]:
            return change["who"]
        return None

    def _join_changes(self, changes, values):
        parts = []
        for change in changes:
            what, before, after = self._get_change_cells(change, values)
            if change["code"] == "part":
                what = self._get_part_label(change["key"])
            parts.append(f"{what.lower()} {before} → {after}")
        return ", ".join(parts)

    def _get_decisions(self, values, note):
        """What is asked, then earlier decisions and whether they were done."""
        return Block(
            "decisions",
            self.env._("12 Decisions asked of management"),
            note=note or "",
            columns=[
                Column(self.env._("Earlier decision"), width=53),
                Column(self.env._("Who"), width=18),
                Column(self.env._("By when"), width=13),
                Column(self.env._("State"), width=16),
            ],
            rows=[
                [
                    row["what"],
                    row["who"],
                    self._day(row["due"]),
                    self._tell_decision(row, values),
                ]
                for row in values["decisions"]
            ],
            empty="" if note else self.env._("Nothing is asked."),
        )

    def _tell_decision(self, row, values):
        if row["state"] == "done":
            return self.env._("✓ done %s", self._day(row["done_on"]))
        if row["state"] == "dropped":
            return self.env._("dropped")
        if row["due"] < values["as_of"]:
            return self.env._("! overdue")
        return self.env._("open")
