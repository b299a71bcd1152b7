# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models
from odoo.tools import SQL

from ..tools.deal_report import forget


class ResPartner(models.Model):
    """What is erased from contact maps is erased from frozen reports, too."""

    _inherit = "res.partner"

    def _erase_from_maps(self):
        self._erase_from_reports()
        return super()._erase_from_maps()

    def _erase_from_reports(self):
        """Take these people out of frozen reports; their paper is drawn again.

        The one change that a frozen report undergoes: the law goes before the record.
        """
        # sudo: nothing about the person may stay, not even what the user cannot see
        reports = self.env["crm.deal.report"].sudo()
        reports = reports.browse(self._find_reports())
        names = sorted(filter(None, set(self.mapped("name"))), key=len, reverse=True)
        hidden = self.env._("(erased)")
        for report in reports:
            client = report.client_html
            for name in names:
                client = client and client.replace(name, hidden)
            report.write(
                {
                    "payload": forget(report.payload, set(self.ids), names, hidden),
                    "client_html": client,
                    "pdf": False,
                }
            )

    def _find_reports(self):
        """Ids of the reports on whose map these people stood."""
        self.env["crm.deal.report"].flush_model(["payload"])
        if not self.ids:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT report.id FROM crm_deal_report report
                WHERE EXISTS (
                    SELECT FROM JSONB_ARRAY_ELEMENTS(
                        report.payload -> 'picture' -> 'people'
                        || (report.payload -> 'picture' -> 'others')
                    ) person
                    WHERE (person ->> 'contact_id')::int IN %s
                )
                """,
                tuple(self.ids),
            )
        )
        return [row[0] for row in rows]
