# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree, html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import CrmLoyaltyCommon

#: the most queries that opening a dossier may cost
MOST_QUERIES = 60


class DossierCase(CrmLoyaltyCommon):
    """A customer with 24 % of our revenue, its dossier, and people around it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kam = "base.group_user,crm_loyalty.group_key_account_manager"
        cls.kam = cls._user("dossier_kam", kam, name="Kamilla")
        cls.other_kam = cls._user("dossier_other", kam, name="Otto")
        cls.engineer = cls._user(
            "dossier_engineer", "base.group_user,crm_loyalty.group_user", name="Egon"
        )
        cls.manager = cls._user(
            "dossier_manager", "base.group_user,crm_loyalty.group_manager", name="Maria"
        )
        cls.today = fields.Date.context_today(cls.policy)
        cls.big = cls._partner("Big", user_id=cls.kam.id, city="Ghent")
        cls.rest = [cls._partner(f"Rest {number}") for number in range(4)]
        for partner, amounts in (
            (cls.big, (1000, 1400)),
            *((partner, (1900,)) for partner in cls.rest),
        ):
            # not too new to have a tier
            cls._invoice(partner, 1, fields.Date.subtract(cls.today, days=800))
            for index, amount in enumerate(amounts):
                day = fields.Date.subtract(cls.today, days=20 + 30 * index)
                cls._invoice(partner, amount, day, invoice_date_due=day)
        cls._run(cls.today)
        cls.account = cls.env["crm.key.account"].create(
            {
                "partner_id": cls.big.id,
                "manager_id": cls.kam.id,
                "type_ids": [
                    Command.set(cls.env.ref("crm_loyalty.key_account_type_revenue").ids)
                ],
                "team_ids": [
                    Command.create(
                        {
                            "user_id": cls.engineer.id,
                            "role": "engineer",
                            "task": "Tests",
                        }
                    )
                ],
            }
        )

    def _as(self, user):
        return self.account.with_user(user)

    def _figures(self, card, account=None):
        cards = {row["name"]: row for row in (account or self.account).cards}
        return {row["label"]: row["text"] for row in cards[card]["figures"]}

    def _sections(self):
        return {row["section"]: row for row in self.account.sections}


@tagged("post_install", "-at_install")
class TestDossier(DossierCase):
    """Facts, completeness, gaps."""

    def test_one_dossier_per_customer_and_company(self):
        contact = self._partner("Person", is_company=False, parent_id=self.big.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "crm_key_account_customer_uniq"),
            self.env.cr.savepoint(),
        ):
            self.env["crm.key.account"].create({"partner_id": contact.id})

    def test_member_of_a_group_has_the_dossier_of_the_head(self):
        shop = self._partner("Shop")
        group = self.env["crm.customer.group"].create(
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
        self.env.invalidate_all()
        self.assertEqual(self.account.group_id, group)
        self.assertEqual(self.account.display_name, "Big Holding")
        self.assertEqual(self.account.revenue, 2900)
        with self.assertRaisesRegex(ValidationError, "open the dossier of its head"):
            self.env["crm.key.account"].create({"partner_id": shop.id})
        self.assertEqual(
            shop.with_user(self.kam).loyalty_key_account_id, self._as(self.kam)
        )

    def test_dependency(self):
        """2 400 of 10 000."""
        self.assertEqual(self.account.revenue, 2400)
        self.assertAlmostEqual(self.account.revenue_share, 24.0)
        self.assertEqual(self.account.dependency, "dependency")

    def test_money_card(self):
        figures = self._figures("money", self._as(self.kam))
        self.assertIn("2,400.00", figures["Revenue of 12 months"])
        self.assertEqual(figures["Share of our revenue"], "24.0 % – We depend on it")
        self.assertIn("2,400.00", figures["Overdue debt"])
        self.assertNotIn("Margin", figures)
        self.assertIn("Margin", self._figures("money", self._as(self.manager)))

    def test_figures_open_what_they_count(self):
        account = self._as(self.engineer)
        for figure, field, total in (
            ("revenue", "amount", 2400),
            ("overdue", "amount_residual", 2400),
        ):
            with self.subTest(figure=figure):
                action = account.with_context(figure=figure).action_explain()
                rows = self.env[action["res_model"]].with_user(self.engineer)
                found = rows.search(action["domain"])
                self.assertEqual(sum(found.mapped(field)), total)

    def test_open_business_is_counted_and_opens(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.big.id,
                "order_line": [
                    Command.create({"product_id": self.service.id, "price_unit": 321})
                ],
            }
        )
        self.assertIn("1, ", self._figures("service")["Open quotations"])
        self.assertIn("321.00", self._figures("service")["Open quotations"])
        action = self.account.with_context(figure="quotations").action_explain()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), order)

    def test_lost_category_is_told(self):
        category = self.env["product.category"].create({"name": "Sealants"})
        product = self.env["product.product"].create(
            {"name": "Sealant", "type": "service", "categ_id": category.id}
        )
        self._invoice(
            self.big,
            lines=[self._line(50, product_id=product.id)],
            date=fields.Date.subtract(self.today, days=500),
        )
        self._run(self.today)
        self.env.invalidate_all()
        self.assertEqual(self._figures("service")["No longer buys"], "Sealants")

    def test_completeness_counts_what_is_known_and_reviewed(self):
        """Economics 4 of 6 from the books; the rest is not reviewed."""
        economics = self._sections()["economics"]
        self.assertTrue(economics["automatic"])
        points = 15 * economics["filled"] / 6
        self.assertAlmostEqual(self.account.completeness, points)
        self.account.owners = "The family"
        self.assertAlmostEqual(self.account.completeness, points)
        self.account._review("profile")
        # owners and the city of the site: 2 of 5
        self.assertAlmostEqual(self.account.completeness, points + 15 * 2 / 5)

    def test_old_reviews_count_half(self):
        self.account.owners = "The family"
        self.account._review("profile")
        fresh = self.account.completeness
        self.account.review_ids.date = fields.Date.subtract(self.today, days=181)
        self.assertAlmostEqual(self.account.completeness, fresh - 3)
        self.assertFalse(self._sections()["profile"]["fresh"])

    def test_lower_tiers_need_four_sections(self):
        self.assertTrue(self.account.is_top_tier)
        self.assertTrue(self._sections()["needs"]["needed"])
        self.policy._apply_tiers()
        self.env["crm.customer.tier.override"].create(
            {
                "partner_id": self.big.id,
                "company_id": self.company.id,
                "tier_id": self.tier_3.id,
                "reason": "Test",
                "date_to": fields.Date.add(self.today, days=9),
            }
        )
        self.env.invalidate_all()
        needed = [row["section"] for row in self.account.sections if row["needed"]]
        self.assertEqual(needed, ["profile", "economics", "people", "terms"])

    def test_one_question_at_a_time(self):
        account = self._as(self.kam)
        action = account.action_next_gap()
        gap = self._wizard(action)
        self.assertEqual(gap.section, account.gaps[0]["section"])
        first = (gap.section, gap.item)
        gap = self._wizard(gap.action_skip())
        self.assertNotEqual((gap.section, gap.item), first)

    def _wizard(self, action):
        return (
            self.env["crm.key.account.gap"]
            .with_user(self.kam)
            .with_context(**action["context"])
            .create({})
        )

    def test_every_question_can_be_answered(self):
        """Until nothing is missing: each answer goes where its fact is read."""
        industry = self.env["res.partner.industry"].create({"name": "Building"})
        answers = {
            "text": {"answer_text": "Known"},
            "char": {"answer_char": "Known"},
            "amount": {"answer_amount": 1200},
            "percent": {"answer_percent": 40},
            "date": {"answer_date": "2027-12-31"},
            "month": {"answer_month": "10"},
            "industry": {"answer_industry": industry.id},
        }
        asked = []
        while True:
            self.env.invalidate_all()
            try:
                gap = self._wizard(self._as(self.kam).action_next_gap())
            except UserError:
                break
            key = (gap.section, gap.item)
            self.assertNotIn(key, asked, "the answer was not taken")
            asked.append(key)
            gap.write(answers[gap.kind] | {"evidence": "confirmed"})
            gap.action_answer_close()
        # 29 facts that people know, less the city
        self.assertEqual(len(asked), 28)
        missing = {
            name: row["required"] - row["filled"]
            for name, row in self._sections().items()
            if row["filled"] < row["required"]
        }
        self.assertEqual(set(missing), {"economics"})
        self.assertEqual(self.account.competitor_ids.share, 40)
        self.assertEqual(self.big.industry_id, industry)
        self.assertEqual(sum(self.account.target_ids.mapped("amount")), 1200)

    def test_empty_answer_is_refused(self):
        gap = self._wizard(self._as(self.kam).action_next_gap())
        with self.assertRaisesRegex(UserError, "is empty: write it, or skip"):
            gap.action_answer()

    def test_review_is_scheduled_and_moves_on(self):
        self.assertEqual(self.account.review_date, fields.Date.add(self.today, days=90))
        activity = self.account.activity_ids
        self.assertEqual(activity.user_id, self.kam)
        # a colleague of another language finds it, too
        activity.summary = "Обзор досье с командой"
        self.assertFalse(self.account._has_actions())
        self.account.review_date = fields.Date.add(self.today, days=5)
        self.assertEqual(activity.date_deadline, self.account.review_date)
        self._as(self.kam).action_reviewed()
        self.assertEqual(self.account.review_date, fields.Date.add(self.today, days=90))
        self.assertEqual(len(self.account.activity_ids), 1)

    def test_the_year_to_plan_is_the_next_one_from_october_on(self):
        plans = self.env["crm.key.account.plan"]
        for day, year in (("2026-09-30", 2026), ("2026-10-01", 2027)):
            with freeze_time(day):
                self.assertEqual(plans.default_get(["year"])["year"], year)

    def test_targets_follow_last_year(self):
        year = self.today.year
        for month, amount in ((3, 300), (9, 100)):
            self._invoice(self.big, amount, f"{year - 1}-{month:02}-10")
        self._run(self.today)
        plan = Form(
            self.env["crm.key.account.plan"].with_context(
                default_account_id=self.account.id
            )
        )
        plan.year = year
        self.assertEqual(plan.last_year, 400)
        plan.growth = 10
        self.assertEqual(plan.amount, 440)
        plan.save().action_plan()
        amounts = {t.month.month: t.amount for t in self.account.target_ids}
        self.assertEqual((amounts[3], amounts[9], amounts[1]), (330, 110, 0))
        self.assertEqual(len(amounts), 12)
        months = {
            fields.Date.subtract(self.today, days=days).replace(day=1): amount
            for days, amount in ((20, 1000), (50, 1400))
        }
        for target in self.account.target_ids:
            if target.month in months:
                self.assertEqual(target.actual, months[target.month])
        # planning again changes the same twelve rows
        self.account._plan_year(year, 1200)
        self.assertEqual(sum(self.account.target_ids.mapped("amount")), 1200)
        self.assertEqual(len(self.account.target_ids), 12)

    def test_matrix(self):
        self.assertFalse(self.account.strength)
        self.account.write({"score_share": "4", "score_relations": "5"})
        self.assertAlmostEqual(self.account.strength, 4.5)
        # revenue 10 of 10; no window before, no margin known
        self.account.score_reference = "2"
        self.assertAlmostEqual(self.account.attractiveness, 7.0)
        self.assertEqual(self.account.quadrant, "star")
        values = self.env["crm.key.account"].with_user(self.kam).get_matrix()
        self.assertEqual(
            [(row["name"], row["quadrant"]) for row in values["accounts"]],
            [("Big", "star")],
        )
        others = self.env["crm.key.account"].with_user(self.other_kam)
        self.assertFalse(others.get_matrix()["accounts"])

    def test_merged_customers_share_one_dossier(self):
        other = self._partner("Big again")
        second = self.env["crm.key.account"].create(
            {"partner_id": other.id, "owners": "A trust"}
        )
        self.env["crm.key.account.competitor"].create(
            {"account_id": second.id, "name": "Rival"}
        )
        self.account.owners = "The family"
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.big + other).ids, self.big)
        self.assertFalse(second.exists())
        self.assertEqual(self.account.owners, "The family\nA trust")
        self.assertEqual(self.account.competitor_ids.name, "Rival")

    def test_dossier_goes_with_the_customer(self):
        handover = self.env["crm.handover"].create(
            {"from_user_id": self.kam.id, "to_user_id": self.other_kam.id}
        )
        handover.action_preview()
        handover.action_hand_over()
        self.assertEqual(self.account.manager_id, self.other_kam)
        self.assertTrue(self._as(self.other_kam).has_access("read"))
        self.assertEqual(self.account.activity_ids.user_id, self.other_kam)
        handover.action_undo()
        self.assertEqual(self.account.manager_id, self.kam)


@tagged("post_install", "-at_install")
class TestImportantDates(DossierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls.env["product.product"].create(
            {"name": "Cups", "is_storable": True, "taxes_id": False}
        )
        cls.day = fields.Date.add(cls.today, days=20)
        cls.occasion = cls.env["crm.key.account.date"].create(
            {
                "account_id": cls.account.id,
                "name": "Anniversary",
                "date": fields.Date.subtract(cls.day, years=10),
            }
        )

    def _order(self, days_before, quantity, years=1):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.big.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.goods.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        order.action_confirm()
        order.date_order = fields.Datetime.to_datetime(
            fields.Date.subtract(self.day, years=years, days=days_before)
        )
        return order

    def test_offer_has_what_is_bought_for_the_day(self):
        self._order(10, 20)
        self._order(30, 40, years=2)
        self._order(200, 999)
        self.env["crm.key.account"]._cron_remind()
        offer = self.occasion.order_id
        self.assertEqual(offer.state, "draft")
        self.assertEqual(offer.user_id, self.kam)
        self.assertEqual(
            [(line.product_id, line.product_uom_qty) for line in offer.order_line],
            [(self.goods, 30)],
        )
        activity = self.account.activity_ids.filtered(
            lambda a: "Anniversary" in (a.summary or "")
        )
        self.assertIn(offer.name, activity.summary)
        self.assertEqual(activity.user_id, self.kam)

    def test_once_a_year(self):
        self._order(10, 20)
        for _run in range(2):
            self.env["crm.key.account"]._cron_remind()
        self.assertEqual(
            self.env["sale.order"].search_count(
                [("client_order_ref", "=", "Anniversary")]
            ),
            1,
        )

    def test_without_earlier_orders_only_an_activity(self):
        self.env["crm.key.account"]._cron_remind()
        self.assertFalse(self.occasion.order_id)
        summaries = self.account.activity_ids.mapped("summary")
        self.assertTrue(any("nothing was ordered" in text for text in summaries))

    def test_not_too_early_and_not_for_the_past(self):
        self.occasion.days_before = 10
        past = self.occasion.copy(
            {"yearly": False, "date": fields.Date.subtract(self.today, days=1)}
        )
        self.env["crm.key.account"]._cron_remind()
        self.assertFalse(self.occasion.prepared_for)
        self.assertFalse(past.prepared_for)
        self.assertFalse(past.next_date)

    def test_leap_day(self):
        self.occasion.date = "2024-02-29"
        next_date = self.occasion._get_next_date(fields.Date.to_date("2025-01-10"))
        self.assertEqual(str(next_date), "2025-02-28")

    def test_agreement_that_ends_is_told_once(self):
        agreement = self.env["crm.key.account.agreement"].create(
            {
                "account_id": self.account.id,
                "name": "Frame contract",
                "date_to": fields.Date.add(self.today, days=30),
            }
        )
        for _run in range(2):
            self.env["crm.key.account"]._cron_remind()
        told = self.account.activity_ids.filtered(
            lambda a: "Frame contract" in (a.summary or "")
        )
        self.assertEqual(len(told), 1)
        self.assertEqual(agreement.reminded_on, self.today)


@tagged("post_install", "-at_install")
class TestCandidates(DossierCase):
    def test_large_customers_are_proposed_once(self):
        self.account.unlink()
        accounts = self.env["crm.key.account"]
        found = accounts.with_user(self.manager)._find(self.company)
        self.assertEqual(
            set(found.partner_id.mapped("name")),
            {"Big", "Rest 0", "Rest 1", "Rest 2", "Rest 3"},
        )
        big = found.filtered(lambda a: a.partner_id == self.big)
        self.assertEqual(big.state, "proposed")
        self.assertIn("24.0 % of our revenue", big.origin)
        self.assertEqual(big.type_ids.code, "revenue")
        self.assertFalse(big.activity_ids)
        found.with_user(self.manager).action_refuse()
        self.assertFalse(accounts.with_user(self.manager)._find(self.company))
        big.with_user(self.manager).action_activate()
        self.assertTrue(big.activity_ids)

    def test_growing_customer(self):
        """From 1 000 to 1 900 within the second tier."""
        partner = self.rest[0]
        self._invoice(partner, 1000, fields.Date.subtract(self.today, days=500))
        self._run(self.today)
        found = self.env["crm.key.account"]._find(self.company)
        account = found.filtered(lambda a: a.partner_id == partner)
        self.assertEqual(set(account.type_ids.mapped("code")), {"revenue", "potential"})
        self.assertIn("grown by 90 %", account.origin)

    def test_reason_is_told_in_the_language_of_the_reader(self):
        """Found by an English manager, read in Russian, and with the Russian comma."""
        self.env["res.lang"]._activate_lang("ru_RU")
        self.account.unlink()
        found = self.env["crm.key.account"]._find(self.company)
        big = found.filtered(lambda a: a.partner_id == self.big)
        big.origin_facts += [
            {"kind": "tier"},
            {"kind": "growth", "trend": 1250},
            {"kind": "network", "entities": 6},
        ]
        self.assertEqual(
            big.origin,
            "24.0 % of our revenue (from 10 %); first tier; grown by 1,250 %; network"
            " of 6 entities",
        )
        russian = big.with_context(lang="ru_RU").origin
        self.assertIn("24,0", russian)
        self.assertIn("выручки", russian)
        self.assertNotRegex(russian, "[a-z]")

    def test_proposal_without_facts(self):
        """Proposed before reasons were kept as facts: no reason, no error."""
        account = self.env["crm.key.account"].create(
            {"partner_id": self.rest[0].id, "state": "proposed"}
        )
        with Form(account.with_user(self.manager)) as form:
            self.assertFalse(form.origin)

    def test_salespeople_do_not_propose(self):
        with self.assertRaises(AccessError):
            self.env["crm.key.account"].with_user(self.engineer).action_find()


@tagged("post_install", "-at_install")
class TestDossierRights(DossierCase):
    def test_team_reads_its_manager_writes(self):
        self.assertEqual(self._as(self.engineer).read(["owners"])[0]["owners"], False)
        with self.assertRaises(AccessError):
            self._as(self.engineer).owners = "Me"
        self._as(self.kam).owners = "The family"
        self._as(self.manager).owners = "The family"

    def test_others_see_nothing(self):
        other_company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "dossier_stranger",
            "crm_loyalty.group_manager",
            company_id=other_company.id,
            company_ids=[Command.set(other_company.ids)],
        )
        salesman = self._user(
            "dossier_sales", "sales_team.group_sale_salesman_all_leads"
        )
        self.env["crm.key.account.competitor"].create(
            {"account_id": self.account.id, "name": "Rival"}
        )
        for user in (self.other_kam, stranger, salesman):
            for model in ("crm.key.account", "crm.key.account.competitor"):
                records = self.env[model].with_user(user)
                self.assertFalse(records.search([]), (user.login, model))
            with self.assertRaises(AccessError):
                self._as(user).read(["strategy"])
        portal = new_test_user(self.env, "dossier_portal", "base.group_portal")
        for model in ("crm.key.account", "crm.key.account.type"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])

    def test_contact_shows_the_dossier_to_its_team_only(self):
        for user, seen in (
            (self.kam, True),
            (self.engineer, True),
            (self.manager, True),
            (self.other_kam, False),
        ):
            contact = self.big.with_user(user)
            self.assertEqual(bool(contact.loyalty_key_account_id), seen, user.login)

    def test_figures_are_for_the_team_as_long_as_it_is_one(self):
        profiles = self.env["crm.customer.profile"].with_user(self.engineer)
        self.assertEqual(profiles.search([]).partner_id, self.big)
        self.account.team_ids.unlink()
        self.env.flush_all()
        self.assertFalse(profiles.search([]))

    def test_key_account_manager_writes_no_foreign_dossier(self):
        for account in (
            self._as(self.other_kam),
            self.env["crm.key.account"]
            .with_user(self.other_kam)
            .browse(self.account.id),
        ):
            with self.assertRaises(AccessError):
                account.write({"goal": "Mine"})
        with self.assertRaises(AccessError):
            self._as(self.other_kam).action_next_gap()


@tagged("post_install", "-at_install")
class TestDossierScreen(DossierCase):
    """What the form costs, and what the paper tells."""

    def _specification(self):
        """Of the form as the web client asks for it, its lists included."""
        view = (
            self.env["crm.key.account"].with_user(self.kam).get_view(view_type="form")
        )
        return self._get_fields(etree.fromstring(view["arch"]))

    def _get_fields(self, node):
        specification = {}
        for field in node.iter("field"):
            parents = [parent.tag for parent in field.iterancestors()]
            depth = parents[: parents.index(node.tag)] if node.tag in parents else []
            if "field" in depth:
                continue
            lists = field.findall("list")
            specification[field.get("name")] = (
                {"fields": self._get_fields(lists[0])} if lists else {}
            )
        return specification

    def _count(self):
        specification = self._specification()
        account = self._as(self.kam)
        # rights and settings that the registry remembers are no queries of the dossier
        account.web_read(specification)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        account.web_read(specification)
        return self.cr.sql_log_count - before

    def _grow(self, invoices):
        """So many invoices with 20 lines, and rows of everything else."""
        moves = self.env["account.move"]
        for number in range(invoices):
            day = fields.Date.subtract(self.today, days=10 + number)
            moves += self._invoice(
                self.big, lines=[self._line(1) for _line in range(20)], date=day
            )
            self.env["crm.key.account.competitor"].create(
                {"account_id": self.account.id, "name": f"Rival {number}"}
            )
            self.account._review("profile")
        return moves

    def _multiply_lines(self, moves, times):
        """Each invoice line so many times, as fast as SQL is."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT STRING_AGG(QUOTE_IDENT(column_name), ', ')
            FROM information_schema.columns
            WHERE table_name = 'account_move_line' AND column_name != 'id'
            """
        )
        columns = SQL(self.env.cr.fetchone()[0])
        self.env.execute_query(
            SQL(
                """
                INSERT INTO account_move_line (%(columns)s)
                SELECT %(columns)s
                FROM account_move_line, GENERATE_SERIES(2, %(times)s)
                WHERE move_id IN %(ids)s AND display_type = 'product' RETURNING id
                """,
                columns=columns,
                times=times,
                ids=tuple(moves.ids),
            )
        )
        self.env.invalidate_all()

    def _count_lines(self):
        return self.env["account.move.line"].search_count(
            [
                ("partner_id", "=", self.big.id),
                ("display_type", "=", "product"),
                ("date", ">=", fields.Date.subtract(self.today, days=19)),
            ]
        )

    def test_opening_costs_as_many_queries_for_100_lines_as_for_10_000(self):
        moves = self._grow(5)
        self._run(self.today)
        self.assertEqual(self._count_lines(), 100)
        few = self._count()
        self._multiply_lines(moves, 100)
        self._run(self.today, full=True)
        self.assertEqual(self._count_lines(), 10_000)
        self.assertEqual(self._count(), few)
        self.assertLessEqual(few, MOST_QUERIES)

    def _grow_facts(self, contact_map, count):
        """As many needs, competitors, agreements, dates and activities."""
        people = contact_map.stakeholder_ids
        self.env["crm.deal.need"].create(
            [
                {
                    "map_id": contact_map.id,
                    "name": f"Need {number}",
                    "state": "quantified",
                    "stakeholder_id": people[0].id,
                    "cost_per_year": 10,
                }
                for number in range(count)
            ]
        )
        self.env["crm.deal.competitor"].create(
            [
                {
                    "map_id": contact_map.id,
                    "name": f"Supplier {count} {number}",
                    "status": "incumbent",
                    "supporter_ids": [Command.set(people[:1].ids)],
                }
                for number in range(count)
            ]
        )
        day = fields.Date.add(self.today, days=count)
        for number in range(count):
            values = {"account_id": self.account.id, "name": f"{count} {number}"}
            self.env["crm.key.account.agreement"].create({**values, "date_to": day})
            self.env["crm.key.account.date"].create({**values, "date": day})
            self.account._schedule(day, f"Step {count} {number}")

    def test_opening_does_not_grow_with_people_and_rows(self):
        maps = self.env["crm.stakeholder.map"]
        contact_map = maps.browse(maps.get_or_create(partner_id=self.big.id))
        counts = []
        for number in (3, 30):
            contacts = self.env["res.partner"].create(
                [
                    {"name": f"Person {number} {i}", "parent_id": self.big.id}
                    for i in range(number)
                ]
            )
            self.env["crm.stakeholder"].create(
                [
                    {
                        "map_id": contact_map.id,
                        "contact_id": contact.id,
                        "attitude": "1",
                        "focus_power": True,
                    }
                    for contact in contacts
                ]
            )
            self._grow_facts(contact_map, number)
            self._grow(number // 3)
            self._run(self.today)
            counts.append(self._count())
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], MOST_QUERIES)

    def test_list_does_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["crm.key.account"].with_user(self.manager).web_search_read(
                [],
                {
                    name: {}
                    for name in (
                        "display_name",
                        "tier_color",
                        "revenue",
                        "revenue_share",
                        "completeness",
                        "quadrant",
                        "review_date",
                        "state",
                    )
                },
            )
            return self.cr.sql_log_count - before

        self.env["crm.key.account"].create(
            [{"partner_id": partner.id} for partner in self.rest[:2]]
        )
        count()
        few = count()
        self.env["crm.key.account"].create(
            [{"partner_id": partner.id} for partner in self.rest[2:]]
            + [{"partner_id": self._partner(f"New {n}").id} for n in range(10)]
        )
        self.assertLessEqual(count(), few)

    def _print(self, report, user=None):
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(user or self.kam)
            ._render_qweb_html(f"crm_loyalty.{report}", self.account.ids)
        )
        return " ".join(html.fromstring(content).text_content().split())

    def test_paper(self):
        self.account.write(
            {
                "owners": "Иван Петров",
                "strategy": "<p>Win the second plant</p>",
                "need": "Fewer suppliers",
            }
        )
        text = self._print("report_key_account")
        for part in (
            "Big",
            "Kamilla",
            "2,400.00",
            "Иван Петров",
            "Win the second plant",
            "Fewer suppliers",
            "Egon",
            "Completeness",
        ):
            self.assertIn(part, text)

    def test_unknown_cost_of_a_need_is_empty(self):
        """Not zero: on the form, in exports and on the card; what is told is kept."""
        self.assertIs(self.account.need_cost, False)
        with Form(self._as(self.kam)) as form:
            self.assertIs(form.need_cost, False)
        self.assertIs(
            self._as(self.kam).web_read({"need_cost": {}})[0]["need_cost"], False
        )
        self.assertEqual(self.account.export_data(["need_cost"])["datas"], [[""]])
        self._as(self.kam).need_cost = 18000
        self.assertEqual(self.account.need_cost, 18000)
        self._as(self.kam).need_cost = False
        self.account.invalidate_recordset()
        self.assertIs(self.account.need_cost, False)

    def test_short_paper_tells_nothing_internal(self):
        secrets = {
            "strategy": "<p>SecretStrategy</p>",
            "need": "SecretNeed",
            "points_note": "SecretPoints",
            "roles_note": "SecretRoles",
            "pressures": "SecretPressures",
            "approval_limits": "SecretLimits",
        }
        self.account.write(secrets)
        self.env["crm.key.account.competitor"].create(
            {"account_id": self.account.id, "name": "SecretRival"}
        )
        text = self._print("report_key_account_short", self.manager)
        self.assertIn("2,400.00", text)
        for secret in ("Secret", "Margin", self.account.tier_id.name or "Tier 1"):
            self.assertNotIn(secret, text)

    def test_paper_is_for_its_readers(self):
        with self.assertRaises(AccessError):
            self._print("report_key_account", self.other_kam)

    def test_no_figures_yet(self):
        account = self.env["crm.key.account"].create(
            {"partner_id": self._partner("Nobody yet").id}
        )
        cards = {row["name"]: row for row in account.cards}
        self.assertIn("next run", cards["money"]["empty"])
        self.assertEqual(account.revenue_share, 0)
        self.assertFalse(account.dependency)

    def test_a_company_without_revenue(self):
        with patch.object(
            type(self.env["crm.customer.profile"]), "_read_group", lambda *a, **k: []
        ):
            self.account.invalidate_recordset(["revenue_share"])
            self.assertEqual(self.account.revenue_share, 0)
