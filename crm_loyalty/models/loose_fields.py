# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields


class LooseMany2one(fields.Many2one):
    """A link without foreign key, for tables that a run fills by the million.

    The database would look up, and lock, the target of each row written: most of the
    time of a full run. The model that has such a field sees to what is deleted.
    """

    def update_db_foreign_key(self, model, column):
        """None."""
