# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..tools.workbook import write_workbook


class CrmLoyaltyWorkbook(models.AbstractModel):
    """A picture or statement that can be handed on as a workbook.

    Models inherit it and say in ``_get_sheets`` what the workbook holds: the values of
    the screen, nothing computed anew.
    """

    _name = "crm.loyalty.workbook"
    _description = "Workbook"

    def _get_sheets(self, *args):
        """Name of the file and its sheets, a list of ``tools.workbook.Sheet``."""
        raise NotImplementedError

    def _export_workbook(self, *args):
        """The workbook as the user may see it.

        :return: name of the file without its extension, and its content in bytes
        :raise AccessError: for users who may not export
        """
        if not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(
                self.env._(
                    "You may not export. Ask an administrator for the right"
                    " “Access to export feature”."
                )
            )
        name, sheets = self._get_sheets(*args)
        return name, write_workbook(sheets)

    def _get_heading(self, title, values):
        """Title, company, period and currency of figures of the window."""
        currency = self.env["res.currency"].browse(values["currency_id"])
        period = self.env._(
            "%(start)s – %(end)s",
            start=format_date(self.env, fields.Date.to_date(values["window_start"])),
            end=format_date(self.env, fields.Date.to_date(values["as_of"])),
        )
        return [
            title,
            values["company"],
            self.env._(
                "%(period)s, %(currency)s, net of tax",
                period=period,
                currency=currency.name,
            ),
        ]

    def _get_decimals(self, values):
        """Decimals of amounts of the figures' currency."""
        currency = self.env["res.currency"].browse(values["currency_id"])
        return currency.decimal_places
