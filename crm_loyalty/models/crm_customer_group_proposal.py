# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields, models
from odoo.tools import SQL

#: Mail of private people and small firms: the domain says nothing about who they are.
#: Core's own list belongs to an add-on that need not be installed. One that is missing
#: here costs one refusal: a refused proposal does not come again.
PUBLIC_MAIL_DOMAINS = (
    "126.com", "163.com", "abv.bg", "aol.com", "bk.ru", "bluewin.ch", "btinternet.com",
    "comcast.net", "email.com", "example.com", "foxmail.com", "free.fr", "freemail.hu",
    "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net",
    "googlemail.com", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es",
    "hotmail.fr", "hotmail.it", "icloud.com", "inbox.lv", "inbox.ru", "internet.ru",
    "laposte.net", "libero.it", "list.ru", "live.co.uk", "live.com", "live.fr",
    "live.nl", "mac.com", "mail.com", "mail.ru", "mail.ua", "me.com", "msn.com",
    "naver.com", "o2.pl", "online.de", "onet.pl", "op.pl", "orange.fr", "outlook.com",
    "outlook.de", "outlook.fr", "pm.me", "proton.me", "protonmail.com", "qq.com",
    "rambler.ru", "rediffmail.com", "rocketmail.com", "sapo.pt", "seznam.cz", "sfr.fr",
    "sina.com", "skynet.be", "t-online.de", "telenet.be", "tiscali.it", "tut.by",
    "ukr.net", "uol.com.br", "virgilio.it", "wanadoo.fr", "web.de", "wp.pl",
    "xs4all.nl", "ya.ru", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk",
    "yahoo.com", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in",
    "yahoo.it", "yandex.by", "yandex.com", "yandex.kz", "yandex.ru", "yandex.ua",
    "ymail.com", "ziggo.nl", "zoho.com",
)  # fmt: skip


class CrmCustomerGroup(models.Model):
    """Proposals: customers that seem to belong together, for a person to decide."""

    _inherit = "crm.customer.group"

    def action_find(self):
        """Propose groups, tell how many, and show them in the list."""
        self.check_access("create")
        found = self._find()
        message = self.env._("Groups found and proposed: %s", len(found))
        if not found:
            message = self.env._(
                "No further customers share a parent company, a tax number or an e-mail"
                " domain."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if found else "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _find(self):
        """Propose groups by what their members have in common, the surest sign first.

        Left out is who is in a confirmed or proposed group already, and what was
        refused or ended before.

        :return: the new groups
        """
        groups = self.browse()
        for kind, query in (
            ("parent", self._query_same_parent()),
            ("vat", self._query_same_vat()),
            ("email", self._query_same_domain()),
        ):
            self.env.flush_all()
            rows = self.env.execute_query(self._query_proposals(kind, query))
            groups += self.create(
                [self._prepare_proposal_vals(kind, *row) for row in rows]
            )
        return groups

    def _prepare_proposal_vals(self, kind, head_id, company_id, sign, key, entities):
        head = self.env["res.partner"].browse(head_id)
        origins = {
            "parent": self.env._("Same parent company: %s", head.name),
            "vat": self.env._("Same tax number: %s", sign),
            "email": self.env._("Same e-mail domain: %s", sign),
        }
        return {
            "name": head.name,
            "partner_id": head_id,
            "company_id": company_id,
            "origin": origins[kind],
            "origin_key": key,
            "member_ids": [
                fields.Command.create({"partner_id": partner_id})
                for partner_id in entities
            ],
        }

    def _query_proposals(self, kind, query):
        """Head, company, sign, key and members of each group to propose.

        :param query: SQL of (entity, sign, head or NULL) from ``candidate``: customers
            with the same sign seem to belong together
        """
        return SQL(
            """
            WITH RECURSIVE settled AS (
                SELECT member.partner_id
                FROM crm_customer_group_member member
                JOIN crm_customer_group team ON team.id = member.group_id
                WHERE team.active AND team.state IN ('confirmed', 'proposed')
                    AND COALESCE(member.date_to, 'infinity') >= %(today)s
            ),
            candidate AS (
                SELECT partner.id, partner.parent_id, partner.vat,
                    partner.email_normalized, SUM(fact.revenue) AS revenue,
                    SPLIT_PART(company.parent_path, '/', 1)::int AS company_id
                FROM crm_customer_fact fact
                JOIN res_partner partner ON partner.id = fact.partner_id
                LEFT JOIN res_company company ON company.id = partner.company_id
                WHERE fact.company_id IN %(companies)s AND partner.active
                    AND NOT %(internal)s
                    AND partner.id NOT IN (SELECT partner_id FROM settled)
                GROUP BY partner.id, company.parent_path
            ),
            %(signs)s,
            family AS (
                SELECT sign, candidate.company_id,
                    %(kind)s || ':' || sign
                        || COALESCE(':' || candidate.company_id, '') AS key,
                    ARRAY_AGG(candidate.id ORDER BY revenue DESC, candidate.id)
                        AS entities,
                    MAX(head_id) AS head_id
                FROM alike
                JOIN candidate ON candidate.id = alike.id
                GROUP BY sign, candidate.company_id
                HAVING COUNT(*) > 1
            )
            SELECT COALESCE(head_id, entities[1]), company_id, sign, key, entities
            FROM family
            WHERE NOT EXISTS (
                SELECT FROM crm_customer_group team WHERE team.origin_key = family.key
            )
            AND NOT EXISTS (
                SELECT FROM crm_customer_group team
                WHERE team.state = 'refused' AND entities <@ ARRAY(
                    SELECT partner_id FROM crm_customer_group_member member
                    WHERE member.group_id = team.id
                )
            )
            ORDER BY entities[1]
            """,
            today=fields.Date.context_today(self),
            companies=tuple(self.env.companies.sudo().root_id.ids),
            internal=self.env["crm.customer.ledger"]._sql_internal(SQL("partner.id")),
            kind=kind,
            signs=query,
        )

    def _query_same_parent(self):
        """CTEs up to ``alike``: customers below, or at, the same topmost company."""
        return SQL(
            """
            climb (id, at_id, parent_id) AS (
                SELECT id, id, parent_id FROM candidate
                UNION
                SELECT climb.id, above.id, above.parent_id
                FROM climb
                JOIN res_partner parent ON parent.id = climb.parent_id
                JOIN res_partner above ON above.id = parent.commercial_partner_id
            ),
            alike AS (
                SELECT climb.id, top.id::text AS sign, top.id AS head_id
                FROM climb
                JOIN candidate ON candidate.id = climb.id
                JOIN res_partner top ON top.id = climb.at_id
                LEFT JOIN res_company company ON company.id = top.company_id
                WHERE climb.parent_id IS NULL AND top.is_company
                    AND (company.id IS NULL OR candidate.company_id
                        = SPLIT_PART(company.parent_path, '/', 1)::int)
                    AND NOT %(internal)s
                    AND top.id NOT IN (SELECT partner_id FROM settled)
            )
            """,
            internal=self.env["crm.customer.ledger"]._sql_internal(SQL("top.id")),
        )

    def _query_same_vat(self):
        """CTEs up to ``alike``: customers with the same root of the tax number.

        Without separators; without what follows a slash (the Russian reason code of a
        branch), or the Dutch suffix of a part of a company. What is too short, or has
        no digit, is no number.
        """
        return SQL(
            """
            number AS (
                SELECT id, REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        UPPER(SPLIT_PART(vat, '/', 1)), '[^[:alnum:]]', '', 'g'
                    ),
                    '^(NL[0-9]{9})B[0-9]{2}$', '\\1'
                ) AS sign
                FROM candidate
            ),
            alike AS (
                SELECT id, sign, NULL::int AS head_id FROM number
                WHERE LENGTH(sign) > 5 AND sign ~ '[0-9]'
            )
            """
        )

    def _query_same_domain(self):
        """CTEs up to ``alike``: customers with the same mail domain of their own."""
        return SQL(
            """
            alike AS (
                SELECT id, SPLIT_PART(email_normalized, '@', 2) AS sign,
                    NULL::int AS head_id
                FROM candidate
                WHERE SPLIT_PART(email_normalized, '@', 2) NOT IN ('', %(public)s)
            )
            """,
            public=SQL(", ").join(SQL("%s", name) for name in PUBLIC_MAIL_DOMAINS),
        )
