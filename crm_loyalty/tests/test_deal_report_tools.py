# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo.tests import BaseCase, tagged

from ..tools import deal_paper
from ..tools.block import Block, Column
from ..tools.deal_report import find_changes, forget, names_somebody, share


def _values(health=59.0, people=(), alerts=(), parts=None, revenue=100):
    return {
        "result": {
            "health": health,
            "completeness": 82.1,
            "parts": parts or {},
            "revenue": revenue,
            "probability": 50,
            "close": "2026-11-30",
        },
        "stage": {"stage": 1, "pipeline_id": 1, "pipeline_stage": "New"},
        "picture": {"people": list(people), "alerts": list(alerts)},
    }


def _person(contact_id=1, name="Petrov", **values):
    return {
        "contact_id": contact_id,
        "name": name,
        "attitude": 0,
        "influence": 3,
        "access": None,
        "stage": None,
        "points": [],
        "org_status": "active",
        "gone": False,
        **values,
    }


def _short(changes):
    return [(c["code"], c["who"], c["before"], c["after"]) for c in changes]


@tagged("post_install", "-at_install")
class TestDealReportTools(BaseCase):
    """Differences and the room on the paper, without a database."""

    def test_first_report_has_no_changes(self):
        self.assertEqual(find_changes(None, _values()), [])

    def test_nothing_changed(self):
        people, alerts = [_person()], [{"id": 1, "code": "split", "people": []}]
        before = _values(people=people, alerts=alerts, parts={"power": 60})
        after = _values(people=people, alerts=alerts, parts={"power": 60})
        self.assertEqual(find_changes(before, after), [])

    def test_stage_is_the_same_in_another_language(self):
        before, after = _values(), _values()
        after["stage"]["pipeline_stage"] = "Новый"
        self.assertEqual(find_changes(before, after), [])
        after["stage"]["pipeline_id"] = 2
        self.assertEqual(
            _short(find_changes(before, after)),
            [("pipeline_stage", None, "New", "Новый")],
        )

    def test_figures_people_alerts_parts_in_this_order(self):
        before = _values(
            people=[_person(), _person(2, "Orlov"), _person(3, "Left")],
            alerts=[{"id": 1, "code": "split", "people": ["Petrov"]}],
            parts={"power": 60},
        )
        after = _values(
            health=78.5,
            revenue=None,
            people=[
                _person(access=1, points=["power"]),
                _person(3, "Left", gone=True, org_status="left"),
                _person(4, "New"),
            ],
            alerts=[{"id": 2, "code": "no_next", "people": []}],
            parts={"power": 100},
        )
        changes = find_changes(before, after)
        self.assertEqual(
            _short(changes),
            [
                ("health", None, 59.0, 78.5),
                ("revenue", None, 100, None),
                ("person_access", "Petrov", None, 1),
                ("person_points", "Petrov", [], ["power"]),
                ("person_left", "Left", None, None),
                ("person_new", "New", None, None),
                ("person_removed", "Orlov", None, None),
                ("alert_new", None, None, None),
                ("alert_closed", "Petrov", None, None),
                ("part", None, 60, 100),
            ],
        )
        self.assertEqual(
            [c["key"] for c in changes[-3:]], ["no_next", "split", "power"]
        )

    def test_who_is_named_in_a_text(self):
        names = ["Ivan Smirnov", "Пётр Ли"]
        for text, found in (
            ("Call Smirnov, urgent", True),
            ("call IVAN", True),
            ("Позвонить: Пётр", True),
            ("Workshop in Ivanovo", False),
            ("Ли", False),  # too short to tell a name from a word
            ("", False),
        ):
            with self.subTest(text):
                self.assertEqual(names_somebody(text, names), found)

    def test_share_of_a_page(self):
        self.assertEqual(share([30, 100, 100], 150), [30, 60, 60])
        self.assertEqual(share([100, 10, 400], 300), [100, 10, 190])
        self.assertEqual(share([5, 5], 100), [5, 5])
        self.assertEqual(share([], 100), [])

    def test_rows_are_cut_to_the_room_and_counted(self):
        block = Block(
            "a", "A", columns=[Column("What")], rows=[["x"] for _n in range(50)]
        )
        whole = deal_paper.lay(block)
        self.assertEqual((len(whole.rows), whole.more), (50, 0))
        # space 7, title 19, header 15, then 16 a row
        self.assertEqual(whole.height, 41 + 50 * 16)
        part = deal_paper.lay(block, room=41 + 13 + 3 * 16 + 10)
        self.assertEqual((len(part.rows), part.more), (3, 47))
        self.assertEqual(part.height, 41 + 13 + 3 * 16)

    def test_long_text_takes_two_lines_and_no_more(self):
        block = Block(
            "a", "A", columns=[Column("", width=1)], rows=[["long words " * 60]]
        )
        [[lines]] = deal_paper.lay(block).rows
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[1].endswith("…"))

    def test_page_is_never_higher_than_its_room(self):
        rows = [
            [Block(str(n), "A", columns=[Column("x")], rows=[["x"]] * (n * 20))]
            for n in range(1, 6)
        ]
        for room in (500, 700, 1100):
            laid = deal_paper.lay_page(rows, room)
            # what is left is less than a row
            self.assertLessEqual(room - 16, deal_paper.get_height(laid))
            self.assertLessEqual(deal_paper.get_height(laid), room)
            self.assertTrue(all(part.rows for [part] in laid))

    def test_typed_text_is_four_lines_at_most(self):
        block = Block("a", "A", note="one\n\ntwo\nthree\nfour\nfive")
        note = deal_paper.lay(block).note
        self.assertEqual(note, ["one", "two", "three", "four …"])

    def test_forgotten_people_stand_nowhere(self):
        values = _values(people=[_person(attitude=-2)])
        values["plan"] = [{"what": "Call Petrov", "contact_ids": [1]}]
        values["picture"]["people"][0]["wants"] = "A car"
        found = forget(values, {1}, ["Petrov"], "–")
        [person] = found["picture"]["people"]
        self.assertEqual(found["plan"][0]["what"], "Call –")
        self.assertEqual(
            (person["name"], person["attitude"], person["wants"]), ("–", None, "")
        )
        self.assertEqual(values["picture"]["people"][0]["attitude"], -2)
