# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models


class MailActivity(models.Model):
    """Next steps move the health of a deal; done ones close steps and tactics."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._get_maps()._refresh()
        return activities

    def unlink(self):
        maps = self._get_maps()
        result = super().unlink()
        maps._refresh()
        return result

    def _action_done(self, feedback=False, attachment_ids=None):
        # sudo: who closes an activity may close the step of the plan behind it
        steps = (
            self.env["crm.entry.step"].sudo().search([("activity_id", "in", self.ids)])
        )
        actions = self.env["crm.influence.action"].sudo()
        actions = actions.search([("activity_id", "in", self.ids)])
        maps = self._get_maps()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        maps._log_planned_meetings(self, feedback)
        steps._close(feedback)
        actions._close(feedback)
        maps._refresh()
        return result

    def _get_maps(self):
        """Maps of the deals and people that these activities are about."""
        # sudo: figures of maps that the user does not see follow, too
        maps = self.env["crm.stakeholder.map"].sudo()
        leads = self.filtered(lambda a: a.res_model == "crm.lead").mapped("res_id")
        partners = self.filtered(lambda a: a.res_model == "res.partner").mapped(
            "res_id"
        )
        if leads:
            maps |= maps.search([("lead_id", "in", leads)])
        if partners:
            maps |= maps.search(
                [
                    "|",
                    ("stakeholder_ids.contact_id", "in", partners),
                    "&",
                    ("lead_id", "=", False),
                    ("account_id", "in", partners),
                ]
            )
        return maps
