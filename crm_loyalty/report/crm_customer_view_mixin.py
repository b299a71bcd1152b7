# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models


class CrmCustomerViewMixin(models.AbstractModel):
    """View over many tables, whose query is long.

    PostgreSQL takes it for worth compiling, which lasts longer than running it.
    """

    _name = "crm.customer.view.mixin"
    _description = "View over Documents of Customers"

    def _search(self, *args, **kwargs):
        self.env.cr.execute("SET LOCAL jit = off")
        return super()._search(*args, **kwargs)
