# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.tools import frozendict, ormcache


class CrmStakeholderRole(models.Model):
    _name = "crm.stakeholder.role"
    _description = "Role in a Decision"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(readonly=True, copy=False)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    title_words = fields.Char(
        help="Words in job titles that suggest this role, separated by commas",
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "The code of a role is unique.")

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @ormcache()
    def _get_codes(self):
        """{id: code} of all roles; those of the user's own have none."""
        # sudo: names of roles are no secret
        return frozendict(
            {role.id: role.code for role in self.sudo().search_fetch([], ["code"])}
        )
