# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models


class CrmKeyAccount(models.Model):
    """Plan and actual of many key accounts at once, for those who compare them."""

    _inherit = "crm.key.account"

    def _get_year_so_far(self, today):
        """Targets of this year up to the present month, and what was bought in them.

        As the card of the dossier counts: months that have a target, the present one
        included. Revenue of posted documents, net of tax, in company currency.

        :param today: date
        :return: {dossier: (target, actual)}, without dossiers that have no target yet
        """
        targets = self.env["crm.key.account.target"].search(
            [
                ("account_id", "in", self.ids),
                ("month", ">=", today.replace(month=1, day=1)),
                ("month", "<=", today),
            ]
        )
        revenue = targets.account_id._get_revenue_by_month(
            min(targets.mapped("month"), default=today)
        )
        return {
            account: (
                sum(rows.mapped("amount")),
                sum(revenue.get((account, row.month), 0) for row in rows),
            )
            for account, rows in targets.grouped("account_id").items()
        }

    def _get_revenue_by_month(self, start):
        """{(dossier, first day of a month): revenue of all its entities} from a day."""
        # sudo: figures of the customer are told to the team of its dossier
        accounts = self.sudo()
        owners = {
            (account.company_id, entity): account
            for account in accounts
            for entity in account.entity_ids
        }
        groups = (
            self.env["crm.customer.fact"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", accounts.company_id.ids),
                    ("partner_id", "in", accounts.entity_ids.ids),
                    ("date", ">=", fields.Date.to_string(start)),
                ],
                ["company_id", "partner_id", "date:month"],
                ["revenue:sum"],
            )
        )
        revenue = {}
        for company, partner, month, amount in groups:
            account = owners.get((company, partner))
            if account:
                key = (account.with_env(self.env), month)
                revenue[key] = revenue.get(key, 0) + amount
        return revenue
