# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import format_amount

from ..tools.block import Block, Column


class CrmHandoverFile(models.AbstractModel):
    """What the new owner of a customer does first."""

    _inherit = "crm.handover.file"

    def _get_next_actions(self, lines):
        """Three things to do first, by what the books say is burning."""
        profiles = self._get_profiles(lines)
        activities = self._get_activities(lines)
        quotations = self.env["sale.order"].search(
            [
                ("partner_id.commercial_partner_id", "in", lines.partner_id.ids),
                ("company_id", "child_of", lines.company_id.ids),
                ("state", "=", "sent"),
            ],
            order="validity_date, id",
        )
        by_line = self._by_line(lines, quotations, "partner_id")
        return {
            line: Block(
                "next_actions",
                self.env._("First three actions"),
                rows=[
                    [text]
                    for text in self._propose_actions(
                        line, profiles[line], activities[line], by_line[line]
                    )[:3]
                ],
                columns=[Column("")],
            )
            for line in lines
        }

    def _propose_actions(self, line, profile, activities, quotations):
        """Introduce yourself, keep promises, collect, win back, close."""
        today = fields.Date.context_today(self)
        texts = [
            self.env._(
                "Call and introduce yourself, best together with %s",
                line.from_user_id.name,
            )
        ]
        for activity in activities:
            if activity.date_deadline <= today:
                texts.append(
                    self.env._(
                        "Keep the promise of %(day)s: %(what)s",
                        day=self._day(activity.date_deadline),
                        what=activity.summary or activity.activity_type_id.name,
                    )
                )
                break
        if line.overdue > 0:
            texts.append(
                self.env._(
                    "Agree when the overdue %s are paid",
                    format_amount(self.env, line.overdue, line.currency_id),
                )
            )
        if profile.expected_date and profile.expected_date < today:
            texts.append(
                self.env._(
                    "Ask for the order that was expected on %s",
                    self._day(profile.expected_date),
                )
            )
        if quotations:
            texts.append(
                self.env._("Follow up on the quotation %s", quotations[0].name)
            )
        texts.append(self.env._("Plan the first visit"))
        texts.append(self.env._("Confirm prices and terms with the customer"))
        return texts
