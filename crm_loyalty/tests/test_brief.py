# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .delivery_common import DeliveryCase


@freeze_time("2026-06-30 12:00:00")
class BriefCase(DeliveryCase):
    """One customer with a history; today is 30 June 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._user("brief_seller", "sales_team.group_sale_salesman")
        cls.colleague = cls._user("brief_colleague", "sales_team.group_sale_salesman")
        cls.manager = cls._user("brief_manager", "crm_loyalty.group_manager")
        cls.customer.write(
            {"name": "Acme", "user_id": cls.seller.id, "city": "Delft", "phone": "1"}
        )
        cls.buyer = cls._partner(
            "Bea Buyer",
            is_company=False,
            parent_id=cls.customer.id,
            function="Head of purchasing",
            phone="+31 10 1234567",
        )
        cls.glue = cls._goods("Sealant", is_storable=True)
        cls.env["stock.quant"]._update_available_quantity(
            cls.glue, cls.warehouse.lot_stock_id, 100
        )

    @classmethod
    def _buy(cls, days):
        for day in days:
            order = cls._order(
                confirmed=f"{day} 09:00:00",
                promise=f"{day} 12:00:00",
                lines=[{"product_id": cls.glue.id, "product_uom_qty": 5}],
            )
            cls._deliver(order, f"{day} 14:00:00")
            cls._invoice(cls.customer, 100, day, invoice_date_due="2026-12-31")

    def _brief(self, partner=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        briefs = self.env["crm.customer.brief"].with_user(user or self.seller)
        values = briefs.get_values((partner or self.customer).id)
        # as the web client gets it; amounts hold their currency with a hard space
        return json.loads(json.dumps(values).replace("\\u00a0", " "))

    def _count_queries(self):
        self._brief()  # fills the caches of the registry
        before = self.env.cr.sql_log_count
        self._brief()
        return self.env.cr.sql_log_count - before

    def _tiles(self, brief):
        return {
            tile["key"]: (tile["value"], tile["detail"], tile["tone"])
            for tile in brief["tiles"]
        }


@tagged("post_install", "-at_install")
@freeze_time("2026-06-30 12:00:00")
class TestBrief(BriefCase):
    def test_facts_of_a_regular_customer(self):
        self._buy(("2026-03-30", "2026-04-30", "2026-05-30"))
        self._decide("2026-06-30")
        brief = self._brief()
        self.assertEqual(
            (brief["name"], brief["place"], brief["tier"]), ("Acme", "Delft", "Tier 1")
        )
        tiles = self._tiles(brief)
        self.assertEqual(tiles["revenue"][0], "$ 300")
        self.assertEqual(tiles["debt"], ("none", "open: $ 300", ""))
        self.assertEqual(tiles["last"], ("05/30/2026", "31 days ago", ""))
        self.assertEqual(tiles["next"][0], "06/30/2026")
        [row] = brief["usual"]
        self.assertEqual(row["product"], "Sealant")
        self.assertEqual(row["quantity"], "usually 5 Units")
        self.assertTrue(row["due"])
        self.assertEqual(row["when"], "today")
        self.assertEqual(brief["action"]["kind"], "offer")
        self.assertEqual(brief["action"]["title"], "Offer Sealant")
        self.assertEqual(
            brief["action"]["reason"], "last ordered 31 days ago, usually every 30 days"
        )
        [person] = brief["people"]
        self.assertEqual(person["name"], "Bea Buyer")
        self.assertEqual(person["function"], "Head of purchasing")
        self.assertFalse(brief["promises"])
        self.assertFalse(brief["orders"])

    def test_late_delivery_comes_before_the_debt(self):
        self._buy(("2026-03-30", "2026-04-30", "2026-05-30"))
        self._invoice(self.customer, 50, "2026-04-01", invoice_date_due="2026-05-01")
        late = self._order(5, promise="2026-06-20 12:00:00")
        self._decide("2026-06-30")
        brief = self._brief()
        [order] = brief["orders"]
        self.assertEqual(order["name"], late.name)
        self.assertEqual(order["late"], "10 days late")
        self.assertEqual(brief["action"]["kind"], "delivery")
        self.assertIn(late.name, brief["action"]["title"])
        tiles = self._tiles(brief)
        self.assertEqual(tiles["debt"], ("$ 50", "oldest for 60 days", "bad"))

    def test_promise_comes_first(self):
        self._order(5, promise="2026-06-20 12:00:00")
        self.customer.activity_schedule(
            "mail.mail_activity_data_todo",
            "2026-06-25",
            summary="Send the data sheet",
            user_id=self.seller.id,
        )
        brief = self._brief()
        [promise] = brief["promises"]
        self.assertEqual(promise["day"], "5 days ago")
        self.assertTrue(promise["late"])
        self.assertEqual(
            brief["action"]["title"], "Keep the promise: Send the data sheet"
        )

    def test_limit_is_the_customers_own_or_the_tiers(self):
        self._buy(("2026-03-30", "2026-04-30", "2026-05-30"))
        self._decide("2026-06-30")
        strategy = self.env["crm.loyalty.strategy"].search(
            [("tier_id", "=", self.tier_1.id)]
        )
        strategy.credit_limit = 250
        strategy._switch_on()
        self.assertNotIn("limit", self._tiles(self._brief())["debt"][1])
        strategy.action_approve()
        brief = self._brief()
        self.assertEqual(
            self._tiles(brief)["debt"],
            (
                "none",
                "open: $ 300, limit $ 250",
                "bad",
            ),
        )
        self.assertEqual(brief["action"]["kind"], "debt")
        self.customer.with_company(self.company).credit_limit = 400
        self.assertIn("limit $ 400", self._tiles(self._brief())["debt"][1])

    def test_what_changed(self):
        self._buy(("2025-05-01", "2025-05-15", "2026-01-10", "2026-01-20"))
        self._buy(("2026-01-30", "2026-02-10"))
        self._decide("2026-06-30")
        brief = self._brief()
        texts = [change["text"] for change in brief["changes"]]
        self.assertTrue(any("times the usual gap" in text for text in texts), texts)
        self.assertIn("no tier → Tier 1 on 06/30/2026", texts)
        self.assertEqual(brief["action"]["kind"], "win_back")
        self.assertEqual(
            self._tiles(brief)["revenue"][1], "▲ 100 % against the window before"
        )

    def test_silence_ends_with_an_order_that_is_not_invoiced_yet(self):
        self._buy(("2026-01-10", "2026-01-20", "2026-01-30", "2026-02-10"))
        self._order(5, confirmed="2026-06-29 09:00:00", promise="2026-07-10 12:00:00")
        self._decide("2026-06-30")
        self.assertIn(
            self._profile(self.customer).relation_state, ("declining", "lost")
        )
        brief = self._brief()
        self.assertEqual(self._tiles(brief)["next"], ("07/09/2026", "in 9 days", ""))
        self.assertNotEqual(brief["action"]["kind"], "win_back")
        self.assertFalse([c for c in brief["changes"] if "times" in c["text"]])

    def test_customer_that_never_bought(self):
        prospect = self._partner("Prospect", user_id=self.seller.id)
        brief = self._brief(prospect)
        self.assertEqual(brief["state"], "open")
        self.assertEqual(brief["standing"], "No purchase is known yet")
        self.assertEqual(brief["action"]["kind"], "first_order")
        self.assertEqual(self._tiles(brief)["revenue"][0], "–")

    def test_any_contact_opens_the_brief_of_the_customer(self):
        self.assertEqual(self._brief(self.buyer)["name"], "Acme")
        action = self.buyer.with_user(self.seller).action_loyalty_brief()
        self.assertEqual(action["tag"], "crm_loyalty.brief")
        self.assertEqual(action["context"], {"active_id": self.customer.id})

    def test_group_is_one_customer(self):
        sister = self._partner("Sister", user_id=self.seller.id)
        self._buy(("2026-03-30", "2026-04-30", "2026-05-30"))
        self._invoice(sister, 700, "2026-05-01", invoice_date_due="2026-05-31")
        self.env["crm.customer.group"].create(
            {
                "name": "Acme Group",
                "partner_id": self.customer.id,
                "state": "confirmed",
                "member_ids": [
                    Command.create({"partner_id": p.id, "date_from": "2026-01-01"})
                    for p in (self.customer, sister)
                ],
            }
        )
        self._decide("2026-06-30")
        brief = self._brief(sister)
        self.assertEqual((brief["name"], brief["group"]), ("Acme", "Acme Group"))
        self.assertEqual(self._tiles(brief)["revenue"][0], "$ 1,000")
        self.assertEqual(self._tiles(brief)["debt"][0], "$ 700")

    def test_who_sees_it(self):
        self._buy(("2026-03-30",))
        self._decide("2026-06-30")
        self.assertEqual(self._brief(user=self.manager)["state"], "open")
        closed = self._brief(user=self.colleague)
        self.assertEqual(closed["state"], "closed")
        self.assertFalse({"tiles", "orders", "usual", "promises"} & closed.keys())

    def test_closed_to_outsiders_and_portal(self):
        portal = new_test_user(
            self.env,
            login="brief_portal",
            groups="base.group_portal",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
            partner_id=self._partner(
                "Reader", is_company=False, parent_id=self.customer.id
            ).id,
        )
        for user in (portal, self._user("brief_outsider", "base.group_user")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._brief(user=user)

    def test_other_company_sees_its_own_figures_only(self):
        self._buy(("2026-03-30",))
        self._decide("2026-06-30")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="brief_stranger",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        brief = self._brief(user=stranger)
        self.assertEqual(self._tiles(brief)["revenue"][0], "–")
        self.assertEqual(self._tiles(brief)["debt"][0], "none")
        self.assertEqual(self._tiles(brief)["last"][0], "–")

    def test_promises_on_what_the_user_may_not_read_stay_hidden(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "Secret",
                "partner_id": self.customer.id,
                "user_id": self.manager.id,
            }
        )
        lead.activity_schedule(
            "mail.mail_activity_data_todo",
            summary="Secret",
            user_id=self.manager.id,
        )
        self.assertFalse(self._brief()["promises"])
        self.assertTrue(self._brief(user=self.manager)["promises"])

    def test_no_more_queries_with_more_history(self):
        self._buy(("2026-03-30", "2026-04-30", "2026-05-30"))
        self._order(5, promise="2026-06-20 12:00:00")
        self._decide("2026-06-30")
        self._brief()
        with self.assertQueryCount(40):
            self._brief()
        few = self._count_queries()
        self._buy([f"2026-0{month}-0{day}" for month in (4, 5, 6) for day in (1, 5, 9)])
        for n in range(5):
            self._order(5, promise=f"2026-06-1{n} 12:00:00")
        self._decide("2026-06-30")
        self.assertEqual(self._count_queries(), few)

    def test_paper_has_the_values_of_the_screen(self):
        self._buy(("2026-03-30", "2026-04-30", "2026-05-30"))
        self._decide("2026-06-30")
        report = self.env["ir.actions.report"].with_user(self.seller)
        html, _kind = report._render_qweb_html(
            "crm_loyalty.report_customer_brief", self.customer.ids
        )
        for text in (
            "Acme",
            "Tier 1",
            "$ 300",
            "Offer Sealant",
            "Bea Buyer",
        ):
            self.assertIn(text, html.decode().replace("\N{NO-BREAK SPACE}", " "))
