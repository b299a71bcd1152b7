# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models

#: kind of a relation -> what it is for the second person
BACKWARDS = {"reports_to": "leads", "introduced": "knows"}


class CrmEntryStep(models.Model):
    """One introduction: who brings us to whom, what we ask for, what he gains."""

    _name = "crm.entry.step"
    _description = "Step of an Entry Plan"
    _order = "plan_id, sequence, id"
    _rec_name = "target_id"

    plan_id = fields.Many2one(
        "crm.entry.plan", required=True, ondelete="cascade", index=True
    )
    map_id = fields.Many2one(related="plan_id.map_id", store=True, index=True)
    sequence = fields.Integer(readonly=True)
    source_id = fields.Many2one(
        "res.partner", "Who", required=True, readonly=True, ondelete="cascade"
    )
    target_id = fields.Many2one(
        "res.partner", "To Whom", required=True, readonly=True, ondelete="cascade"
    )
    chance = fields.Float(readonly=True, digits=(4, 3), aggregator=None)
    purpose = fields.Selection(
        [
            ("information", "Get information"),
            ("problem", "Get the problem confirmed"),
            ("access", "Get access"),
            ("decision", "Get the decision"),
        ],
        required=True,
    )
    ask = fields.Char("What We Ask for")
    offer = fields.Char("What the Introducer Gains")
    user_id = fields.Many2one("res.users", "Owner", ondelete="set null")
    date_due = fields.Date("Until")
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", index="btree_not_null"
    )
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("skipped", "Skipped")],
        default="planned",
        required=True,
        readonly=True,
    )
    result = fields.Char(readonly=True)
    words = fields.Char(compute="_compute_words")

    @api.depends("source_id.name", "target_id.name", "chance", "plan_id.map_id")
    def _compute_words(self):
        """The step as one would say it: what ties the two, and how sure it is."""
        ties = self._get_ties()
        for step in self:
            kind, strength, ours = ties.get(
                (step.source_id.id, step.target_id.id), ("knows", 0, False)
            )
            source = step.source_id.name or ""
            if ours:
                source = self.env._("our %s", source)
            step.words = self._get_tie_words(
                kind,
                strength,
                who=source,
                whom=step.target_id.name or "",
                chance=round(100 * step.chance),
            )

    def _get_ties(self):
        """{(who, whom): (kind, strength, is ours)} of the relation that leads there."""
        today = fields.Date.context_today(self)
        people = self.source_id | self.target_id
        ties = {}
        # sudo: the names along a plan are seen by whoever sees the plan
        relations = self.env["crm.stakeholder.relation"].sudo()
        for row in relations._get_rows(people.ids, today):
            if row["kind"] == "conflicts" or not row["strength"]:
                continue
            ends = ("source", "target"), ("target", "source")
            for ours, theirs in ends:
                pair = (row[f"{ours}_id"], row[f"{theirs}_id"])
                kind = row["kind"]
                if ours == "target":
                    kind = BACKWARDS.get(kind, kind)
                tie = (kind, row["strength"], row[f"{ours}_ours"])
                if tie[1] > ties.get(pair, ("", 0))[1]:
                    ties[pair] = tie
        return ties

    def _get_tie_words(self, kind, strength, **values):
        if kind == "reports_to":
            return self.env._("%(who)s reports to %(whom)s (%(chance)s %%)", **values)
        if kind == "leads":
            return self.env._(
                "%(who)s is the head of %(whom)s (%(chance)s %%)", **values
            )
        if kind == "introduced":
            return self.env._(
                "%(who)s introduced us to %(whom)s (%(chance)s %%)", **values
            )
        if kind == "works_with":
            return self.env._("%(who)s works with %(whom)s (%(chance)s %%)", **values)
        if kind == "trusts":
            return self.env._("%(who)s trusts %(whom)s (%(chance)s %%)", **values)
        if kind == "influences":
            return self.env._("%(who)s influences %(whom)s (%(chance)s %%)", **values)
        if strength >= 3:
            return self.env._("%(who)s knows %(whom)s well (%(chance)s %%)", **values)
        return self.env._("%(who)s knows %(whom)s a little (%(chance)s %%)", **values)

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    def _schedule(self, user, day):
        """Make the step an activity of ``user``, with what is asked and offered."""
        self.ensure_one()
        person = self.plan_id.map_id.stakeholder_ids.filtered(
            lambda person: person.contact_id == self.source_id
        )
        values = {
            "user_id": self.user_id.id or user.id,
            "date_due": self.date_due or day,
            "ask": self.ask
            or self.env._("Introduce us to %s", self.target_id.name or ""),
            "offer": self.offer or person.win_result or person.win_personal,
        }
        self.write(values)
        owner = self.plan_id.map_id.lead_id or self.plan_id.map_id.account_id
        self.activity_id = owner.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.date_due,
            user_id=self.user_id.id,
            summary=self.ask,
            note=self.words,
        )

    def _get_break(self, network):
        """Why this step leads no further: (reason, contact) or (None, None)."""
        for contact in (self.source_id, self.target_id):
            if contact.id not in network.nodes:
                return "gone" if self._is_gone(contact) else "untied", contact
        if self.target_id.id in network.forward.get(self.source_id.id, {}):
            return None, None
        tied = self.target_id.id in network.ties.get(self.source_id.id, {})
        return "unwilling" if tied else "untied", self.source_id

    def _is_gone(self, contact):
        person = self.plan_id.map_id.stakeholder_ids.filtered(
            lambda person: person.contact_id == contact
        )
        return person.is_gone or not contact.active

    def _close(self, feedback):
        """The activity of these steps is done."""
        self.write({"state": "done", "result": feedback or False})
        self.plan_id._check_reached()

    def action_skip(self):
        """This step is not needed any more."""
        # sudo: the activity of a colleague goes with the step
        self.activity_id.sudo().unlink()
        self.state = "skipped"
        self.plan_id._check_reached()
