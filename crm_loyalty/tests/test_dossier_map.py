# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import re
from datetime import timedelta

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_dossier import DossierCase


class DossierMapCase(DossierCase):
    """The customer's own map with three people, and a deal with two of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {r.code: r for r in cls.env["crm.stakeholder.role"].search([])}
        cls.deal = cls.env["crm.lead"].create(
            {
                "type": "opportunity",
                "name": "Annual contract",
                "partner_id": cls.big.id,
                "user_id": False,
                "team_id": False,
                "company_id": cls.company.id,
            }
        )
        maps = cls.env["crm.stakeholder.map"]
        cls.map = maps.browse(maps.get_or_create(partner_id=cls.big.id))
        cls.deal_map = maps.browse(maps.get_or_create(lead_id=cls.deal.id))
        contacts = {
            name: cls._partner(name, is_company=False, parent_id=cls.big.id)
            for name in ("Olga", "Pavel", "Sergey")
        }
        contacts["Sergey"].function = "Director"
        yesterday = cls.today - timedelta(days=1)
        cls.olga = cls._enter(
            "Olga", contacts, focus_receptivity=True, attitude="1", influence="2"
        )
        cls.pavel = cls._enter(
            "Pavel",
            contacts,
            focus_dissatisfaction=True,
            role_ids=[Command.set((cls.roles["user"] + cls.roles["technical"]).ids)],
            attitude="2",
            influence="3",
            verified_on=yesterday,
        )
        cls.sergey = cls._enter(
            "Sergey",
            contacts,
            contact_map=cls.deal_map,
            focus_power=True,
            power_approves=True,
            power_scope="up to 100 000",
            role_ids=[Command.set(cls.roles["decision_maker"].ids)],
            attitude="-1",
            influence="5",
        )
        # seen otherwise, and later, on the deal
        cls._enter("Pavel", contacts, contact_map=cls.deal_map, attitude="0")
        cls.env["crm.deal.need"].create(
            {
                "map_id": cls.deal_map.id,
                "name": "Downtime",
                "state": "quantified",
                "stakeholder_id": cls.sergey.id,
                "cost_per_year": 40000,
            }
        )
        cls.rival = cls.env["crm.deal.competitor"].create(
            {
                "map_id": cls.deal_map.id,
                "name": "Klebwerk",
                "status": "incumbent",
                "weaknesses": "delivers once a week",
                "supporter_ids": [Command.set(cls.sergey.ids)],
            }
        )

    @classmethod
    def _enter(cls, name, contacts, contact_map=None, **values):
        return cls.env["crm.stakeholder"].create(
            {
                "map_id": (contact_map or cls.map).id,
                "contact_id": contacts[name].id,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestDossierMap(DossierMapCase):
    def test_people_card_reads_the_maps(self):
        figures = self._figures("people", self._as(self.engineer))
        self.assertEqual(figures["Entry point"], "Olga (+1 Supporter, no contact yet)")
        # as he was seen last, on the deal
        self.assertEqual(
            figures["Point of dissatisfaction"], "Pavel (0 Neutral, no contact yet)"
        )
        self.assertEqual(
            figures["Point of power"], "Sergey (−1 Sceptic, no contact yet)"
        )
        self.assertEqual(figures["Nobody yet as"], "Coach")
        self.assertTrue(figures["Map known"].endswith("people: 3"))
        self.assertIn("critical", figures["Alerts"])
        self.olga.action_left()
        self.env.invalidate_all()
        figures = self._figures("people")
        self.assertEqual(figures["Entry point"], "nobody yet")

    def test_typed_points_are_told_while_the_map_lacks_one(self):
        self.account.points_note = "The stores manager listens"
        self.env.invalidate_all()
        self.assertNotIn("Three Points", self._figures("people"))
        self.sergey.action_left()
        self.env.invalidate_all()
        self.assertEqual(
            self._figures("people")["Three Points"], "The stores manager listens"
        )

    def test_a_person_of_several_maps_counts_once(self):
        people = self.account._get_people()
        self.assertEqual(
            {person.contact_id.name: person.attitude for person in people},
            {"Olga": "1", "Pavel": "0", "Sergey": "-1"},
        )

    def test_needs_and_competitors_read_the_maps(self):
        self.assertIn("Quantified, Sergey", self._figures("needs")["Downtime"])
        self.assertIn("40,000.00", self._figures("needs")["Downtime"])
        self.assertEqual(
            self._figures("competitors")["Klebwerk"],
            "Supplies today, for them: Sergey, weak: delivers once a week",
        )
        # named in the dossier as well: once, with its own words
        self.env["crm.key.account.competitor"].create(
            {"account_id": self.account.id, "name": "klebwerk", "share": 30}
        )
        self.env.invalidate_all()
        self.assertEqual(self._figures("competitors"), {"klebwerk": "30 %"})

    def test_what_the_maps_know_is_not_asked(self):
        filled = {name: row["filled"] for name, row in self._sections().items()}
        # points, roles, limits; need, owner, cost; incumbent, supporters, weak points
        self.assertEqual(
            (filled["people"], filled["needs"], filled["competitors"]), (3, 3, 3)
        )
        self.sergey.action_left()
        self.env.invalidate_all()
        filled = {name: row["filled"] for name, row in self._sections().items()}
        self.assertEqual(filled["people"], 0)
        self.account.points_note = "Nobody knows"
        self.env.invalidate_all()
        self.assertEqual(self._sections()["people"]["filled"], 1)

    def test_closed_deals_and_other_companies_are_left_out(self):
        self.assertEqual(self.account.map_ids, self.map + self.deal_map)
        self.assertEqual(self.account.map_id, self.map)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.deal.company_id = other
        self.env.invalidate_all()
        self.assertEqual(self.account.map_ids, self.map)
        self.deal.company_id = self.company
        self.deal.action_set_won()
        self.env.invalidate_all()
        self.assertEqual(self.account.map_ids, self.map)

    def test_members_of_a_group_bring_their_maps(self):
        shop = self._partner("Shop")
        self.env["crm.customer.group"].create(
            {
                "name": "Big Holding",
                "partner_id": self.big.id,
                "state": "confirmed",
                "member_ids": [
                    Command.create({"partner_id": p.id, "date_from": "2020-01-01"})
                    for p in (self.big, shop)
                ],
            }
        )
        self._invoice(shop, 500, fields.Date.subtract(self.today, days=3))
        self._run(self.today)
        maps = self.env["crm.stakeholder.map"]
        of_shop = maps.browse(maps.get_or_create(partner_id=shop.id))
        self.env.invalidate_all()
        self.assertIn(of_shop, self.account.map_ids)
        self.assertTrue(of_shop.with_user(self.engineer).has_access("read"))

    def test_the_team_sees_the_maps_of_its_customer(self):
        stranger = self._user("map_stranger", "sales_team.group_sale_salesman")
        for user, sees in (
            (self.engineer, True),
            (self.manager, True),
            (self.other_kam, False),
            (stranger, False),
        ):
            with self.subTest(user.login):
                for record in (self.map, self.deal_map, self.olga, self.sergey):
                    own = record.with_user(user)
                    self.assertEqual(own.has_access("read"), sees, record)
                    found = own.search([("id", "=", record.id)])
                    self.assertEqual(bool(found), sees, record)
        self.account.team_ids.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.map.with_user(self.engineer).has_access("read"))
        with self.assertRaises(AccessError):
            self.map.with_user(self.engineer).get_picture()

    def test_team_of_a_dossier_of_another_company_sees_shared_maps_only(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.engineer.company_ids |= other
        self.account.with_context(active_test=False).unlink()
        self.env["crm.key.account"].create(
            {
                "partner_id": self.big.id,
                "company_id": other.id,
                "manager_id": self.engineer.id,
            }
        )
        companies = (other + self.company).ids
        seen = (
            self.env["crm.stakeholder.map"]
            .with_user(self.engineer)
            .with_context(allowed_company_ids=companies)
            .search([("account_id", "=", self.big.id)])
        )
        self.assertEqual(seen, self.map)

    def test_figures_open_people_and_alerts(self):
        account = self._as(self.engineer)
        action = account.with_context(figure="people").action_explain()
        found = self.env[action["res_model"]].with_user(self.engineer)
        self.assertEqual(
            found.search(action["domain"]).contact_id.mapped("name"),
            ["Sergey", "Pavel", "Olga"],
        )
        action = account.with_context(figure="alerts").action_explain()
        self.assertEqual(action["res_model"], "crm.deal.alert")
        self.assertEqual(account.action_open_map()["res_id"], self.map.id)
        touch = account.action_touch()["context"]
        self.assertEqual(touch, {"default_map_id": self.map.id})

    def _print(self, report):
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            ._render_qweb_html(f"crm_loyalty.{report}", self.account.ids)
        )
        return html.fromstring(content)

    def test_the_map_is_printed_for_us_only(self):
        paper = self._print("report_key_account")
        drawn = paper.xpath("//div[@class='o_loyalty_map']//*[local-name()='svg']")
        self.assertEqual(len(drawn), 1)
        self.assertIn("Olga", drawn[0].text_content())
        paper = self._print("report_key_account_short")
        self.assertFalse(paper.xpath("//div[@class='o_loyalty_map']"))

    #: fields of a dossier that may lie on the customer's table
    OPEN = {
        "display_name",
        "partner_id",
        "company_id",
        "currency_id",
        "manager_id",
        "deputy_id",
        "sponsor_id",
        "revenue",
        "price_terms",
        "delivery_rules",
    }

    def test_short_paper_tells_no_internal_value(self):
        """Every text of the dossier and of what hangs on it is a marker; those of the
        maps, too."""
        markers = {}

        def mark(record, name, value=None):
            text = value or f"Marker{record._name}{record.id}{name}".replace(".", "x")
            text = re.sub("[^A-Za-z0-9]", "", text)
            record[name] = text
            markers[text] = f"{record._name}.{name}"

        children = {
            "crm.key.account.competitor": {"name": "?"},
            "crm.key.account.member": {"user_id": self.kam.id, "role": "finance"},
        }
        records = self.account
        marked = [records]
        for model, values in children.items():
            marked.append(
                self.env[model].create({"account_id": self.account.id, **values})
            )
        self.account._review("people", source="?")
        marked += [self.account.review_ids, self.olga, self.sergey, self.rival]
        marked += [self.deal_map.need_ids, self.deal]
        marked.append(
            self.env["crm.deal.concern"].create(
                {"map_id": self.map.id, "name": "?", "severity": "3"}
            )
        )
        for record in marked:
            for name, field in record._fields.items():
                internal = record != self.account or name not in self.OPEN
                if (
                    internal
                    and field.type in ("text", "char", "html")
                    and field.store
                    and not field.related
                    and not field.compute
                    and not name.startswith(("message_", "email_"))
                ):
                    mark(record, name)
        for person in (self.olga, self.pavel, self.sergey):
            mark(person.contact_id, "name")
            mark(person.contact_id, "function")
        self.account.write(
            {"need_cost": 987654, "rel_phase": "interdependent", "budget_month": "9"}
        )
        self.account.target_ids = [
            Command.create({"month": self.today.replace(day=1), "amount": 4321})
        ]
        self.deal.expected_revenue = 765432
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertGreater(len(markers), 30)
        told = self._print("report_key_account").text_content()
        # the internal paper tells them: the markers do stand where papers look
        types = self.account.type_ids.mapped("name")
        for text in (
            *(self.account[name] for name in ("owners", "roles_note", "need")),
            *(
                *types,
                "24.0 %",
                "We depend on it",
                "4,321.00",
                "Sceptic",
                "987,654",
                "765,432",
            ),
        ):
            self.assertIn(text, told)
        text = self._print("report_key_account_short").text_content()
        for marker, field in markers.items():
            self.assertNotIn(marker, text, field)
        attitudes = [label for _v, label in self.olga._fields["attitude"].selection]
        for internal in (
            *attitudes,
            *types,
            *(
                "987",
                "Interdependent",
                "Margin",
                "Profit",
                "24.0",
                "depend",
                "4,321",
                "765,",
            ),
        ):
            self.assertNotIn(internal, text)
        # what may be told, is
        self.assertIn("2,400.00", text)

    def test_list_of_months_does_not_grow(self):
        names = ("account_id", "manager_id", "month", "target", "revenue", "difference")
        specification = {name: {} for name in names}
        specification["account_id"] = {"fields": {"display_name": {}}}
        months = self.env["crm.key.account.month"].with_user(self.manager)

        def count():
            months.web_search_read([], specification)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = months.web_search_read([], specification)
            return found["length"], self.cr.sql_log_count - before

        few, queries = count()
        self.env["crm.key.account"].create(
            [{"partner_id": partner.id} for partner in self.rest]
        )
        many, more_queries = count()
        self.assertGreater(many, 2 * few)
        self.assertEqual(more_queries, queries)

    def test_pivot_of_months(self):
        year = self.today.year
        month = self.today.replace(day=1)
        self.account.target_ids = [
            Command.create({"month": month, "amount": 1500}),
        ]
        self.env.flush_all()
        months = self.env["crm.key.account.month"].with_user(self.engineer)
        total = months._read_group(
            [("account_id", "=", self.account.id)],
            [],
            ["target:sum", "revenue:sum", "difference:sum"],
        )
        bought = sum(
            amount
            for days, amount in ((20, 1000), (50, 1400))
            if self.today - timedelta(days=days) >= month
        )
        # one more of 1 from 800 days ago
        self.assertEqual(total, [(1500, 2401, bought - 1500)])
        rows = months.search([("month", ">=", f"{year - 1}-01-01"), ("target", ">", 0)])
        self.assertEqual(rows.mapped("month"), [month])
        # a month without a target has none: not a target of zero
        empty = months.search([("revenue", "=", 1)])
        self.assertEqual((empty.target, empty.difference), (False, False))
        self.assertFalse(months.with_user(self.other_kam).search([]))
