# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmStakeholderMap(models.Model):
    """Whoever works for a key account may see the people of the customer."""

    _inherit = "crm.stakeholder.map"

    @api.model
    def _get_team_domain(self):
        """Maps of the customers, and of their deals, whose dossiers the user reads.

        Those of all members of a customer group; shared ones, and those of the company
        of the dossier.
        """
        # what the query reads, as ``search`` would do for the fields of a domain
        self.env["crm.key.account"].flush_model()
        self.flush_model(["account_id", "company_id"])
        return Domain("id", "in", self._query_of_teams())

    def _query_of_teams(self):
        return SQL(
            """(
                SELECT map.id
                FROM crm_key_account dossier
                JOIN crm_key_account_user_rel reader
                    ON reader.account_id = dossier.id AND reader.user_id = %(user)s
                JOIN crm_stakeholder_map map ON (
                    map.account_id = dossier.partner_id
                    OR map.account_id IN (
                        SELECT entity.partner_id FROM crm_customer_entity entity
                        WHERE entity.customer_id = dossier.partner_id
                            AND entity.company_id = dossier.company_id
                    )
                )
                LEFT JOIN res_company company ON company.id = map.company_id
                WHERE dossier.active AND dossier.state = 'active' AND (
                    map.company_id IS NULL
                    OR SPLIT_PART(company.parent_path, '/', 1)::int
                        = dossier.company_id
                )
            )""",
            user=self.env.uid,
        )

    @api.model
    def _search_of_accounts(self, accounts):
        """What there is about the people of these accounts now.

        :return: their own maps, and those of their open deals
        """
        return self.search(
            Domain("account_id", "in", accounts.ids)
            & (
                Domain("lead_id", "=", False)
                | Domain("lead_id.won_status", "=", "pending")
            )
        )
