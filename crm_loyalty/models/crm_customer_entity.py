# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmCustomerEntity(models.Model):
    """Which customer an entity counted for at the last run.

    Entities in a group have a row, the head included; any other entity is a customer of
    its own. Runs write the rows together with the figures, and whatever shows a tier or
    a figure reads them, never the memberships: what was entered since, or has begun or
    ended with the days, changes nothing on a screen before it changes the figures.
    """

    _name = "crm.customer.entity"
    _description = "Entity of a Customer Group"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", "Entity", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    customer_id = fields.Many2one(
        "res.partner", required=True, ondelete="cascade", index=True
    )
    group_id = fields.Many2one(
        "crm.customer.group", required=True, ondelete="cascade", index=True
    )

    _partner_company_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)", "An entity counts for one customer."
    )

    # ------------------------------------------------------------------
    # Reading: from an entity to its customer
    # ------------------------------------------------------------------

    @api.model
    def _get_profiles(self, entities, company):
        """Profile of the customer that each entity counts for.

        One query; a second one where one of the customers is a group.

        :param company: any company; that of the profile is its root
        :return: {id of an entity: profile, as superuser}, for these and their groups
        """
        company_id = company.sudo().root_id.id
        customers = SQL(
            """(
                SELECT COALESCE(grouped.customer_id, partner.id)
                FROM res_partner partner %s WHERE partner.id IN %s
            )""",
            self._sql_join(SQL("partner.id"), SQL("%s", company_id)),
            tuple(entities.ids) or (0,),
        )
        # sudo: groups of fields, and rules behind them, are checked by the callers
        profiles = (
            self.env["crm.customer.profile"]
            .sudo()
            .search_fetch(
                Domain("company_id", "=", company_id)
                & Domain("partner_id", "in", customers),
                order="id",
            )
        )
        return {
            entity_id: profile
            for profile in profiles
            for entity_id in profile.entity_ids.ids
        }

    def _sql_join(self, entity, company, alias="grouped"):
        """Join this table, so that the customer is ``COALESCE(alias.customer_id, …)``.

        :param entity: SQL of the id of an entity
        :param company: SQL of the id of a root company
        """
        alias = SQL.identifier(alias)
        return SQL(
            """
            LEFT JOIN crm_customer_entity %(alias)s
                ON %(alias)s.partner_id = %(entity)s
                AND %(alias)s.company_id = %(company)s
            """,
            alias=alias,
            entity=entity,
            company=company,
        )

    # ------------------------------------------------------------------
    # Writing: what the memberships say on a day
    # ------------------------------------------------------------------

    def _refresh(self, company, as_of):
        """Let the entities count for the customers they belong to on the as-of day.

        :return: ids of the entities that changed, and of their customers before and now
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH fresh AS (%(fresh)s),
                gone AS (
                    DELETE FROM crm_customer_entity old
                    WHERE old.company_id = %(company)s AND NOT EXISTS (
                        SELECT FROM fresh WHERE fresh.partner_id = old.partner_id
                    )
                    RETURNING old.partner_id, old.customer_id
                ),
                written AS (
                    INSERT INTO crm_customer_entity AS old
                        (partner_id, company_id, customer_id, group_id)
                    SELECT partner_id, %(company)s, customer_id, group_id FROM fresh
                    ON CONFLICT (partner_id, company_id) DO UPDATE
                        SET customer_id = EXCLUDED.customer_id,
                            group_id = EXCLUDED.group_id
                        WHERE (old.customer_id, old.group_id)
                            IS DISTINCT FROM (EXCLUDED.customer_id, EXCLUDED.group_id)
                    RETURNING old.partner_id, old.customer_id
                )
                SELECT UNNEST(ARRAY[partner_id, customer_id]) FROM gone
                UNION
                SELECT UNNEST(ARRAY[partner_id, customer_id]) FROM written
                UNION
                -- the statement sees the rows as they were before it
                SELECT before.customer_id
                FROM crm_customer_entity before
                JOIN written ON written.partner_id = before.partner_id
                WHERE before.company_id = %(company)s
                """,
                fresh=self._query_fresh(company, as_of),
                company=company.id,
            )
        )
        self.invalidate_model()
        return [row[0] for row in rows]

    def _query_fresh(self, company, as_of):
        """Entities, their customers and groups as the memberships have them.

        Confirmed groups only, and only while their head is a member. Contacts that
        ceased to be entities, and own companies, employees and users, are left out.
        Memberships cannot overlap; should two have been entered in the same instant,
        the first one counts.
        """
        internal = self.env["crm.customer.ledger"]._sql_internal
        return SQL(
            """
            SELECT DISTINCT ON (member.partner_id) member.partner_id,
                lead.partner_id AS customer_id, member.group_id
            FROM crm_customer_group_member member
            JOIN crm_customer_group team ON team.id = member.group_id
            JOIN crm_customer_group_member lead
                ON lead.group_id = team.id AND lead.partner_id = team.partner_id
            JOIN res_partner entity
                ON entity.id = member.partner_id
                AND entity.commercial_partner_id = entity.id
            JOIN res_partner head
                ON head.id = lead.partner_id AND head.commercial_partner_id = head.id
            WHERE team.active AND team.state = 'confirmed'
                AND COALESCE(team.company_id, %(company)s) = %(company)s
                AND %(as_of)s BETWEEN member.date_from
                    AND COALESCE(member.date_to, 'infinity')
                AND %(as_of)s BETWEEN lead.date_from
                    AND COALESCE(lead.date_to, 'infinity')
                AND NOT %(internal_member)s AND NOT %(internal_head)s
            ORDER BY member.partner_id, member.date_from, member.id
            """,
            company=company.id,
            as_of=as_of,
            internal_member=internal(SQL("member.partner_id")),
            internal_head=internal(SQL("lead.partner_id")),
        )

    @api.model
    def _get_pending_groups(self, company, as_of):
        """Ids of the groups that the next run counts otherwise than the last one."""
        columns = SQL("SELECT partner_id, customer_id, group_id")
        rows = self.env.execute_query(
            SQL(
                """
                WITH fresh AS (%(fresh)s),
                counted AS (
                    %(columns)s FROM crm_customer_entity WHERE company_id = %(company)s
                )
                SELECT group_id FROM (
                    (%(columns)s FROM fresh EXCEPT %(columns)s FROM counted)
                    UNION ALL
                    (%(columns)s FROM counted EXCEPT %(columns)s FROM fresh)
                ) difference
                """,
                fresh=self._query_fresh(company, as_of),
                columns=columns,
                company=company.id,
            )
        )
        return {row[0] for row in rows}
