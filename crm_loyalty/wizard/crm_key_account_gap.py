# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.crm_key_account import MONTHS
from ..models.crm_key_account_review import SECTIONS


class CrmKeyAccountGap(models.TransientModel):
    """One question about a key account; the answer goes where it belongs."""

    _name = "crm.key.account.gap"
    _description = "Question of a Dossier"

    account_id = fields.Many2one("crm.key.account", required=True, readonly=True)
    currency_id = fields.Many2one(related="account_id.currency_id")
    section = fields.Selection(SECTIONS, required=True, readonly=True)
    item = fields.Char(readonly=True)
    question = fields.Char(compute="_compute_question")
    kind = fields.Char(compute="_compute_question")
    known = fields.Text(compute="_compute_question")
    answer_text = fields.Text("Answer")
    answer_char = fields.Char("Short Answer")
    answer_amount = fields.Monetary("Amount")
    answer_percent = fields.Float("Share in %", digits=(16, 0))
    answer_date = fields.Date("Day")
    answer_month = fields.Selection(MONTHS, "Month")
    answer_industry = fields.Many2one("res.partner.industry", "Industry")
    evidence = fields.Selection(
        [("assumed", "I assume so"), ("confirmed", "The customer confirmed it")],
        "How Sure",
        required=True,
        default="assumed",
    )
    source = fields.Char(help="Who said so, or where it stands")

    @api.depends("account_id", "section", "item")
    def _compute_question(self):
        for gap in self:
            items = self.env["crm.key.account"]._get_items().get(gap.section, [])
            item = next((i for i in items if i.name == gap.item), None)
            gap.kind = item.kind if item else "review"
            gap.question = (
                item.question if item else self.env._("Is this section still true?")
            )
            gap.known = "\n".join(gap._get_known(items))

    def _get_known(self, items):
        """What the section knows already, a line each."""
        account = self.account_id
        owner = account.competitor_ids[:1] if self.section == "competitors" else account
        return [
            f"{item.question} – {owner[item.field]}"
            for item in items
            if item.field
            and owner
            and owner._fields[item.field].type in ("text", "char", "float", "monetary")
            and owner[item.field]
        ]

    def _get_answer(self):
        return self[f"answer_{self.kind}"]

    def action_answer(self):
        """Keep the answer and ask the next question."""
        self._keep()
        return self._next()

    def action_answer_close(self):
        """Keep the answer; back to the dossier."""
        self._keep()
        return {"type": "ir.actions.act_window_close"}

    def _keep(self):
        self.ensure_one()
        account = self.account_id
        account.check_access("write")
        if self.kind != "review":
            answer = self._get_answer()
            if not answer:
                raise UserError(
                    self.env._(
                        "The answer to “%s” is empty: write it, or skip the question.",
                        self.question,
                    )
                )
            account._answer(self.section, self.item, answer)
        account._review(self.section, self.evidence, self.source or "")

    def action_skip(self):
        """Ask another question; this one comes back next time."""
        skipped = self.env.context.get("loyalty_skipped") or []
        return self._next([*skipped, f"{self.section}.{self.item or ''}"])

    def _next(self, skipped=None):
        """The next question, or back to the dossier when there is none."""
        skipped = skipped or self.env.context.get("loyalty_skipped") or []
        account = self.account_id.with_context(loyalty_skipped=skipped)
        try:
            return account.action_next_gap()
        except UserError:
            return {"type": "ir.actions.act_window_close"}
