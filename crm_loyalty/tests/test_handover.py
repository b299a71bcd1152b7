# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import format_date

from .common import CrmLoyaltyCommon

#: fields that the form reads of its customers
LINE_SPECIFICATION = {
    name: {}
    for name in (
        "display_name",
        "tier_color",
        "revenue",
        "overdue",
        "owns_customer",
        "deal_count",
        "quotation_count",
        "order_count",
        "activity_count",
        "meeting_count",
        "note",
        "accepted_on",
        "watch_state",
        "revenue_before",
        "revenue_since",
    )
}
FORM_SPECIFICATION = {
    "state": {},
    "line_count": {},
    "revenue": {},
    "watch_verdict": {},
    "line_ids": {"fields": LINE_SPECIFICATION},
}


class HandoverCase(CrmLoyaltyCommon):
    """Anna has two customers and all kinds of open work; Boris takes over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        salesman = "base.group_user,sales_team.group_sale_salesman"
        cls.anna = cls._user("handover_anna", salesman, name="Anna")
        cls.boris = cls._user("handover_boris", salesman, name="Boris")
        cls.clara = cls._user("handover_clara", salesman, name="Clara")
        cls.manager = cls._user(
            "handover_manager", "base.group_user,crm_loyalty.group_manager"
        )
        cls.today = fields.Date.context_today(cls.policy)
        cls.alpha = cls._partner("Alpha", user_id=cls.anna.id)
        cls.beta = cls._partner("Beta", user_id=cls.anna.id)
        cls.gamma = cls._partner("Gamma", user_id=cls.clara.id)
        cls.buyer = cls._partner(
            "Buyer",
            is_company=False,
            parent_id=cls.alpha.id,
            user_id=cls.anna.id,
            function="Head of purchasing",
        )
        for days, amount in ((40, 300), (10, 500)):
            day = fields.Date.subtract(cls.today, days=days)
            cls._invoice(cls.alpha, amount, day, invoice_date_due=day)
        cls._run(cls.today)
        cls._create_work()
        cls.handover = (
            cls.env["crm.handover"]
            .with_user(cls.manager)
            .create(
                {
                    "from_user_id": cls.anna.id,
                    "to_user_id": cls.boris.id,
                    "reason": "Leaves the company",
                }
            )
        )

    @classmethod
    def _create_work(cls):
        cls.deal = cls._deal(cls.buyer)
        cls.nameless_deal = cls._deal(cls.env["res.partner"])
        cls.won = cls._deal(cls.alpha)
        cls.won.action_set_won()
        cls.quotation = cls._order(cls.alpha)
        cls.order = cls._order(cls.alpha)
        cls.order.action_confirm()
        cls.others_deal = cls._deal(cls.alpha, user=cls.clara)
        cls.promise = cls._activity(cls.alpha, cls.anna, "Send the samples", days=-2)
        cls.others_promise = cls._activity(cls.alpha, cls.clara, "Ask again")
        cls.private_task = cls._activity(cls.gamma, cls.anna, "Help Clara")
        cls.meeting = cls._meeting(cls.anna.partner_id + cls.buyer, days=3)
        cls.past_meeting = cls._meeting(cls.anna.partner_id + cls.buyer, days=-3)
        cls.private_meeting = cls._meeting(
            cls.anna.partner_id + cls.buyer, days=3, privacy="private"
        )

    @classmethod
    def _deal(cls, partner, user=None):
        return cls.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": (user or cls.anna).id,
                "company_id": cls.company.id,
                "expected_revenue": 1000,
            }
        )

    @classmethod
    def _order(cls, partner, **values):
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": cls.anna.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.service.id,
                            "price_unit": 200,
                            "discount": 10,
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _activity(cls, record, user, summary, days=2):
        return record.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.add(cls.today, days=days),
            summary=summary,
            user_id=user.id,
        )

    @classmethod
    def _meeting(cls, partners, days, **values):
        start = fields.Datetime.now() + timedelta(days=days)
        # as Anna: nobody else writes a private meeting of hers
        return (
            cls.env["calendar.event"]
            .with_user(cls.anna)
            .create(
                {
                    "name": "Visit",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "user_id": cls.anna.id,
                    "partner_ids": [Command.set(partners.ids)],
                    **values,
                }
            )
        )

    def _row(self, partner, handover=None):
        handover = handover or self.handover
        return handover.line_ids.filtered(lambda line: line.partner_id == partner)

    def _hand_over(self):
        self.handover.action_preview()
        self.handover.action_hand_over()

    def _owners(self):
        """Who owns what, and who follows it: comparable before and after."""
        self.env.invalidate_all()
        records = (
            self.alpha,
            self.beta,
            self.gamma,
            self.buyer,
            self.deal,
            self.nameless_deal,
            self.won,
            self.quotation,
            self.order,
            self.others_deal,
            self.promise,
            self.others_promise,
            self.private_task,
            self.meeting,
            self.past_meeting,
            self.private_meeting,
        )
        return [
            (
                record._name,
                record.user_id.login,
                "team_id" in record and record.team_id.id,
                "message_partner_ids" in record
                and set(record.message_partner_ids.mapped("name")),
                record._name == "calendar.event" and set(record.partner_ids.ids),
            )
            for record in records
        ]


@tagged("post_install", "-at_install")
class TestHandover(HandoverCase):
    """What moves, what stays, and the way back."""

    def test_preview_counts_what_would_move(self):
        self.handover.action_preview()
        self.assertEqual(
            self.handover.line_ids.mapped("display_name"),
            ["Alpha", "Beta", "Gamma", "Deals without a customer"],
        )
        alpha = self._row(self.alpha)
        self.assertEqual(
            (
                alpha.owns_customer,
                alpha.revenue,
                alpha.overdue,
                alpha.deal_count,
                alpha.quotation_count,
                alpha.order_count,
                alpha.activity_count,
                alpha.meeting_count,
            ),
            (True, 800, 800, 1, 1, 1, 1, 1),
        )
        gamma = self._row(self.gamma)
        self.assertFalse(gamma.owns_customer)
        self.assertEqual((gamma.activity_count, gamma.revenue), (1, 0))
        nameless = self.handover.line_ids.filtered(lambda line: not line.partner_id)
        self.assertEqual(nameless.display_name, "Deals without a customer")
        self.assertEqual(nameless.deal_count, 1)
        self.assertEqual(self.handover.line_count, 3)
        self.assertEqual(self.handover.owned_count, 2)
        self.assertEqual(self.handover.revenue, 800)

    def test_customers_of_others_are_none_of_his_revenue(self):
        self._invoice(self.gamma, 50, self.today)
        self._run(self.today)
        self.handover.action_preview()
        self.assertEqual(self._row(self.gamma).revenue, 50)
        self.assertEqual(self.handover.revenue, 800)

    def test_preview_moves_nothing(self):
        before = self._owners()
        self.handover.action_preview()
        self.assertEqual(self._owners(), before)

    def test_preview_again_keeps_owners_and_forgets_customers_that_left(self):
        self.handover.action_preview()
        self._row(self.alpha).user_id = self.clara
        self.beta.user_id = self.clara
        self.handover.action_preview()
        self.assertEqual(self._row(self.alpha).user_id, self.clara)
        self.assertFalse(self._row(self.beta))

    def test_all_that_is_open_moves(self):
        self._hand_over()
        moved = (
            self.alpha,
            self.beta,
            self.buyer,
            self.deal,
            self.nameless_deal,
            self.quotation,
            self.order,
            self.promise,
            self.meeting,
        )
        for record in moved:
            self.assertEqual(record.user_id, self.boris, record)
        self.assertEqual(self.meeting.partner_ids, self.boris.partner_id + self.buyer)
        self.assertEqual(self.handover.state, "done")

    def test_closed_past_private_and_others_work_stays(self):
        self._hand_over()
        for record in (self.won, self.past_meeting, self.private_meeting):
            self.assertEqual(record.user_id, self.anna, record)
        for record in (self.gamma, self.others_deal, self.others_promise):
            self.assertEqual(record.user_id, self.clara, record)

    def test_a_customer_taken_from_the_list_keeps_everything(self):
        self.handover.action_preview()
        self._row(self.alpha).unlink()
        self.handover.action_hand_over()
        for record in (self.alpha, self.buyer, self.deal, self.promise, self.meeting):
            self.assertEqual(record.user_id, self.anna, record)
        self.assertEqual(self.beta.user_id, self.boris)

    def test_customers_go_to_different_owners(self):
        self.handover.action_preview()
        self._row(self.beta).user_id = self.clara
        self.handover.action_hand_over()
        self.assertEqual(self.alpha.user_id, self.boris)
        self.assertEqual(self.beta.user_id, self.clara)

    def test_only_what_was_chosen_moves(self):
        self.handover.write(
            {
                "with_deals": False,
                "with_quotations": False,
                "with_orders": False,
                "with_activities": False,
                "with_meetings": False,
            }
        )
        self._hand_over()
        self.assertEqual(self.alpha.user_id, self.boris)
        for record in (self.deal, self.quotation, self.order, self.promise):
            self.assertEqual(record.user_id, self.anna, record)
        self.assertEqual(self.meeting.user_id, self.anna)

    def test_followers_are_replaced(self):
        old, new = self.anna.partner_id, self.boris.partner_id
        self.alpha.message_subscribe(old.ids)
        self.gamma.message_subscribe(old.ids)
        self._hand_over()
        self.assertIn(new, self.alpha.message_partner_ids)
        self.assertNotIn(old, self.alpha.message_partner_ids)
        # of a customer that is not his, only his activities move
        self.assertIn(old, self.gamma.message_partner_ids)

    def test_history_is_kept_and_nobody_is_flooded(self):
        before = self.env["mail.mail"].search([])
        self.cr.flush()  # records of this transaction are not tracked before
        self.handover = self.handover.with_context(
            tracking_disable=False, mail_notrack=False
        )
        self._hand_over()
        self.env.flush_all()
        self.cr.flush()
        self.env.invalidate_all()
        tracked = self.alpha.message_ids.tracking_value_ids.filtered(
            lambda value: value.field_id.name == "user_id"
        )
        self.assertEqual(tracked[:1].new_value_char, "Boris")
        mail = self.env["mail.mail"].search([]) - before
        self.assertEqual(mail.recipient_ids, self.boris.partner_id)
        self.assertEqual(len(mail), 1)
        activity = self.handover.activity_ids
        self.assertEqual(activity.user_id, self.boris)
        self.assertIn("3", activity.summary)

    def test_undo_puts_everything_back(self):
        self.alpha.message_subscribe(self.anna.partner_id.ids)
        self.beta.message_subscribe((self.anna + self.boris).partner_id.ids)
        before = self._owners()
        self._hand_over()
        self.assertNotEqual(self._owners(), before)
        self.handover.action_undo()
        self.assertEqual(self._owners(), before)
        self.assertEqual(self.handover.state, "undone")
        self.assertEqual(set(self.handover.item_ids.mapped("state")), {"returned"})
        self.assertFalse(self.handover.activity_ids)

    def test_undo_leaves_what_was_closed_or_given_away_since(self):
        self._hand_over()
        self.deal.action_set_won()
        self.beta.user_id = self.clara
        self.handover.action_undo()
        self.assertEqual(self.deal.user_id, self.boris)
        self.assertEqual(self.beta.user_id, self.clara)
        self.assertEqual(self.alpha.user_id, self.anna)
        kept = self.handover.item_ids.filtered(lambda item: item.state == "kept")
        self.assertEqual(set(kept.mapped("res_id")), {self.deal.id, self.beta.id})

    def test_what_the_deputy_began_stays_with_him(self):
        self._hand_over()
        own = self._deal(self.alpha, user=self.boris)
        self.handover.action_undo()
        self.assertEqual(own.user_id, self.boris)

    def test_temporary_handover_ends_on_its_day(self):
        self.handover.write(
            {
                "duration": "temporary",
                "date_return": fields.Date.add(self.today, days=14),
            }
        )
        before = self._owners()
        self._hand_over()
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress"):
            self.env["crm.handover"]._cron_give_back()
            self.assertEqual(self.handover.state, "done")
            self.handover.date = fields.Date.subtract(self.today, days=5)
            self.handover.date_return = self.today
            self.env["crm.handover"]._cron_give_back()
        self.assertEqual(self.handover.state, "returned")
        self.assertEqual(self._owners(), before)

    def test_an_archived_colleague_can_hand_over(self):
        self.anna.active = False
        self._hand_over()
        self.assertEqual(self.alpha.user_id, self.boris)

    def test_nothing_moves_without_a_valid_owner(self):
        self.handover.to_user_id = False
        self.handover.action_preview()
        with self.assertRaisesRegex(UserError, "Alpha: choose an active user"):
            self.handover.action_hand_over()
        self.handover.line_ids.user_id = self.anna
        with self.assertRaisesRegex(UserError, "other than Anna"):
            self.handover.action_hand_over()
        self.assertEqual(self.alpha.user_id, self.anna)

    def test_nothing_is_done_twice(self):
        self._hand_over()
        with self.assertRaisesRegex(UserError, "Handed Over"):
            self.handover.action_hand_over()
        with self.assertRaisesRegex(UserError, "handed over already"):
            self._row(self.alpha).user_id = self.clara
        with self.assertRaisesRegex(UserError, "undo it first"):
            self.handover.unlink()

    def test_new_owner_works_for_a_company_that_is_not_active(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        (self.boris + self.manager).company_ids += other
        only = self.handover.with_context(allowed_company_ids=self.company.ids)
        only.action_preview()
        self.env.flush_all()
        # as in a new request: what was read before was read with more rights
        self.env.invalidate_all()
        only.action_hand_over()
        self.assertEqual(self.alpha.user_id, self.boris)

    def test_deals_of_other_companies_stay(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.anna.company_ids += other
        deal = self._deal(self.alpha)
        deal.company_id = other
        self._hand_over()
        self.assertEqual(deal.user_id, self.anna)

    def test_watch_list_compares_with_the_others(self):
        day = fields.Date.subtract(self.today, days=40)
        rest = [self._partner(f"Rest {number}") for number in range(6)]
        mine = [
            self._partner(f"Mine {number}", user_id=self.anna.id) for number in range(5)
        ]
        for partner in rest + mine:
            self._invoice(partner, 100, fields.Date.subtract(day, days=20))
        for partner in rest[:3] + mine[:4]:
            self._invoice(partner, 70, fields.Date.add(day, days=20))
        self._run(self.today)
        self._hand_over()
        self.handover.date = day
        # Alpha bought on the day itself and later, not before
        self.assertEqual(
            (
                self.handover.watch_days,
                self.handover.watch_base,
                self.handover.watch_kept,
                self.handover.rest_base,
                self.handover.rest_kept,
            ),
            (41, 5, 4, 6, 3),
        )
        self.assertIn(
            "That is 80 %; of all other customers 50 %", self.handover.watch_verdict
        )
        kept = self._row(mine[0])
        self.assertEqual(
            (kept.revenue_before, kept.revenue_since, kept.watch_state),
            (100, 70, "kept"),
        )
        self.assertEqual(self._row(mine[4]).watch_state, "silent")
        self.assertEqual(self._row(self.beta).watch_state, "idle")

    def test_too_little_data_is_told(self):
        self._hand_over()
        self.assertIn("Too little data", self.handover.watch_verdict)

    def test_merged_customers_keep_their_history(self):
        self._hand_over()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.alpha + self.beta).ids, self.alpha)
        line = self._row(self.alpha)
        self.assertEqual(len(line), 1)
        self.handover.action_undo()
        self.assertEqual(self.alpha.user_id, self.anna)

    def test_queries_do_not_grow_with_customers(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.handover.web_read(FORM_SPECIFICATION)
            return self.cr.sql_log_count - before

        self.handover.action_preview()
        count()
        few = count()
        for number in range(20):
            partner = self._partner(f"More {number}", user_id=self.anna.id)
            self._deal(partner)
            self._activity(partner, self.anna, "Call")
            self._meeting(self.anna.partner_id + partner, days=4)
        self.handover.action_preview()
        self.assertEqual(len(self.handover.line_ids), 24)
        self.assertLessEqual(count(), few)


@tagged("post_install", "-at_install")
class TestHandoverFile(HandoverCase):
    """What the new owner reads."""

    def _blocks(self, user, partner=None):
        line = self._row(partner or self.alpha).with_user(user)
        blocks = self.env["crm.handover.file"].with_user(user)._get_values(line)
        return {block.name: block for block in blocks[line.id]}

    def test_file_of_a_customer(self):
        self.handover.action_preview()
        line = self._row(self.alpha)
        line.with_user(self.anna).note = "The boss likes to be called on Mondays"
        self.handover.action_hand_over()
        blocks = self._blocks(self.boris)
        self.assertEqual(
            blocks["customer"].note, "The boss likes to be called on Mondays"
        )
        texts = [cell for row in blocks["promises"].rows for cell in row]
        self.assertIn("Send the samples", texts)
        self.assertIn("Ask again", texts)
        self.assertEqual(len(blocks["receivables"].rows), 2)
        self.assertIn("800", blocks["receivables"].facts[0][1])
        self.assertEqual([row[1] for row in blocks["open_business"].rows[:1]], ["Deal"])
        self.assertEqual(len(blocks["open_business"].rows), 4)
        self.assertEqual(blocks["prices"].rows[0][:2], ["Consulting", "10.0"])
        self.assertEqual(blocks["people"].rows[0][:2], ["Buyer", "Head of purchasing"])
        actions = [row[0] for row in blocks["next_actions"].rows]
        self.assertEqual(len(actions), 3)
        self.assertIn("together with Anna", actions[0])
        self.assertIn("Send the samples", actions[1])
        self.assertIn("overdue", actions[2])

    def test_file_tells_the_contact_map(self):
        """Whom Anna knows, what they think of us, when we talked last."""
        maps = self.env["crm.stakeholder.map"]
        contact_map = maps.browse(maps.get_or_create(partner_id=self.alpha.id))
        deal = self.env["crm.lead"].create(
            {
                "type": "opportunity",
                "name": "Second deal",
                "partner_id": self.alpha.id,
                "user_id": self.anna.id,
                "company_id": self.company.id,
            }
        )
        deal_map = maps.browse(maps.get_or_create(lead_id=deal.id))
        chief = self._partner("Chief", is_company=False, parent_id=self.alpha.id)
        roles = self.env["crm.stakeholder.role"].search([("code", "=", "gatekeeper")])
        people = self.env["crm.stakeholder"]
        people.create(
            [
                {
                    "map_id": contact_map.id,
                    "contact_id": self.buyer.id,
                    "role_ids": [Command.set(roles.ids)],
                    "attitude": "1",
                    "influence": "3",
                },
                {"map_id": deal_map.id, "contact_id": chief.id, "focus_power": True},
            ]
        )
        people.create(
            {"map_id": deal_map.id, "contact_id": self.buyer.id, "attitude": "-1"}
        )
        self.env["crm.stakeholder.relation"].create(
            [
                {
                    "source_id": user.partner_id.id,
                    "target_id": self.buyer.id,
                    "strength": strength,
                }
                for user, strength in ((self.anna, "5"), (self.clara, "2"))
            ]
        )
        call = self.buyer.activity_schedule("mail.mail_activity_data_call")
        call.action_feedback()
        self._hand_over()
        self.assertEqual(
            self._blocks(self.boris)["map"].rows,
            [
                ["Chief", "Point of power", "unknown", "–", "nobody"],
                [
                    "Buyer, Head of purchasing",
                    "Gatekeeper",
                    "−1 Sceptic, 3 of 5",
                    format_date(self.env, self.today),
                    "Anna",
                ],
            ],
        )
        self.assertNotIn("map", self._blocks(self.boris, self.beta))

    def test_empty_parts_say_so(self):
        self._hand_over()
        blocks = self._blocks(self.boris, self.beta)
        self.assertEqual(
            blocks["people"].empty, "No people are known: Anna enters them."
        )
        self.assertIn("No credit note", blocks["disputes"].empty)

    def test_days_to_pay(self):
        invoice = self._invoice(
            self.beta, 100, "2026-03-01", invoice_date_due="2026-03-11"
        )
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": "2026-03-21"})
        )
        wizard._create_payments()
        days = self.env["crm.customer.payment"]._get_days_to_pay(
            self.beta, self.company, "2026-01-01", "2026-12-31"
        )
        self.assertEqual(days, {self.beta.id: (20.0, 10.0)})

    def test_paper(self):
        self._hand_over()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_loyalty.report_handover", self._row(self.alpha).ids
        )
        for text in ("Alpha", "Send the samples", "Head of purchasing", "Boris"):
            self.assertIn(text, html.decode())

    def test_file_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            lines = self.handover.line_ids.filtered("partner_id")
            before = self.cr.sql_log_count
            self.env["crm.handover.file"]._get_values(lines)
            return self.cr.sql_log_count - before

        def grow(numbers):
            for number in numbers:
                partner = self._partner(f"More {number}", user_id=self.anna.id)
                self._deal(partner)
                self._order(partner)
                self._activity(partner, self.anna, "Call")
                self._invoice(partner, 10, "2026-03-01")
            self.handover.action_preview()

        grow(range(2))
        count()
        few = count()
        grow(range(2, 15))
        self.assertLessEqual(count(), few)


@tagged("post_install", "-at_install")
class TestHandoverRights(HandoverCase):
    def test_only_managers_hand_over(self):
        self.handover.action_preview()
        for user in (self.anna, self.boris):
            handover = self.handover.with_user(user)
            with self.assertRaises(AccessError):
                handover.action_hand_over()
            with self.assertRaises(AccessError):
                handover.action_preview()
            with self.assertRaises(AccessError):
                self.env["crm.handover"].with_user(user).create(
                    {"from_user_id": self.clara.id, "to_user_id": user.id}
                )
        self.assertEqual(self.alpha.user_id, self.anna)

    def test_who_reads_it(self):
        self.handover.action_preview()
        handovers = self.env["crm.handover"]
        find = [("id", "=", self.handover.id)]
        self.assertTrue(handovers.with_user(self.anna).search(find))
        self.assertFalse(handovers.with_user(self.boris).search(find))
        self.handover.action_hand_over()
        self.assertTrue(handovers.with_user(self.boris).search(find))
        self.assertFalse(handovers.with_user(self.clara).search(find))
        with self.assertRaises(AccessError):
            self.env["crm.handover.file"].with_user(self.clara)._get_values(
                self._row(self.alpha).with_user(self.clara)
            )

    def test_another_company_and_the_portal_see_nothing(self):
        self._hand_over()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "handover_stranger",
            "crm_loyalty.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        portal = new_test_user(self.env, "handover_portal", "base.group_portal")
        for model in ("crm.handover", "crm.handover.line", "crm.handover.item"):
            self.assertFalse(self.env[model].with_user(stranger).search([]), model)
            with self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])

    def test_old_owner_writes_notes_only(self):
        self.handover.action_preview()
        line = self._row(self.alpha).with_user(self.anna)
        line.note = "Pays late in August"
        with self.assertRaises(AccessError):
            line.user_id = self.clara
        self.handover.action_hand_over()
        with self.assertRaises(AccessError):
            self._row(self.alpha).with_user(self.boris).note = "Changed"

    def test_new_owner_accepts_once(self):
        self._hand_over()
        line = self._row(self.alpha)
        for user in (self.anna, self.manager):
            with self.assertRaises(UserError):
                line.with_user(user).action_accept()
        line.with_user(self.boris).action_accept()
        self.assertEqual(line.accepted_by_id, self.boris)
        self.assertIn("accepted by Boris", self.alpha.message_ids[0].body)
        self.assertEqual(self.handover.accepted_count, 1)
        self.assertTrue(self.handover.activity_ids)
        with self.assertRaises(UserError):
            line.with_user(self.boris).action_accept()
        self.handover.line_ids.with_user(self.boris).action_accept_mine()
        self.assertEqual(self.handover.accepted_count, 3)
        self.assertFalse(self.handover.activity_ids)
