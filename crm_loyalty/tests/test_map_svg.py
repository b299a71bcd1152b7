# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from xml.etree import ElementTree

from odoo.tests import BaseCase, tagged

from ..tools import map_layout, map_svg
from ..tools.map_layout import HEIGHT, WIDTH, Place


def _person(number, **values):
    return {
        "id": number,
        "contact_id": 100 + number,
        "name": f"Person {number}",
        "title": None,
        "department": None,
        "manager_id": None,
        "points": [],
        "influence": 3,
        "attitude": 1,
        "access": 2,
        "touch_days": 5,
        "assumed": False,
        "stale": False,
        "gone": False,
        **values,
    }


def _relation(source, target, kind="knows", **values):
    return {
        "source_id": source,
        "target_id": target,
        "kind": kind,
        "directed": False,
        "assumed": False,
        **values,
    }


def _picture(people, others=(), relations=(), chains=()):
    return {
        "people": list(people),
        "others": list(others),
        "relations": list(relations),
        "chains": {"fastest": list(chains), "strategic": []},
    }


def _draw(picture, **kwargs):
    """Texts of the picture, and its root."""
    root = ElementTree.fromstring(map_svg.draw(picture, **kwargs))
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    return texts, root


@tagged("-at_install", "post_install")
class TestMapLayout(BaseCase):
    """Boxes on paper stand where they stand on the screen (tree_layout.test.js)."""

    def test_a_head_stands_above_the_middle(self):
        block = map_layout.layout_forest(
            [("head", None), ("left", "head"), ("right", "head")]
        )
        self.assertEqual(
            block.places,
            {"head": Place(114, 0), "left": Place(0, 120), "right": Place(228, 120)},
        )
        self.assertEqual((block.width, block.height), (432, 196))
        self.assertEqual(
            map_layout.draw_reporting(block.places["head"], block.places["left"]),
            "M216,76V98H102V120",
        )

    def test_four_leaves_hang_on_a_rail(self):
        nodes = [(0, None), *((number, 0) for number in range(1, 5))]
        places = map_layout.layout_forest(nodes).places
        self.assertEqual(places[1], Place(18, 120, 0))
        self.assertEqual(places[4], Place(18, 390, 0))
        self.assertEqual(
            map_layout.draw_reporting(places[0], places[4]), "M111,76V98H0V428H18"
        )

    def test_no_two_boxes_touch(self):
        for count, span in ((3, 2), (30, 5), (300, 6), (300, 24)):
            with self.subTest(count=count, span=span):
                places = map_layout.layout_forest(
                    (number, (number - 1) // span if number else None)
                    for number in range(count)
                ).places
                self.assertEqual(len(places), count)
                boxes = list(places.values())
                touching = [
                    (one, other)
                    for index, one in enumerate(boxes)
                    for other in boxes[:index]
                    if abs(one.x - other.x) < WIDTH and abs(one.y - other.y) < HEIGHT
                ]
                self.assertFalse(touching)

    def test_a_circle_of_relations_is_no_tree(self):
        picture = _picture(
            [_person(1), _person(2)],
            relations=[
                _relation(101, 102, "reports_to"),
                _relation(102, 101, "reports_to"),
            ],
        )
        nodes, _by_contact = map_layout.build_nodes(picture)
        self.assertEqual(nodes["p1"].parent, "p2")
        self.assertIsNone(nodes["p2"].parent)

    def test_departments_fold_from_forty_people_on(self):
        def people(count):
            return [
                _person(1, points=["power"], department="Board"),
                *(
                    _person(number, department="Works", manager_id=1)
                    for number in range(2, count + 1)
                ),
            ]

        nodes, _by_contact = map_layout.build_nodes(_picture(people(39)))
        self.assertEqual(len(nodes), 39)
        nodes, by_contact = map_layout.build_nodes(_picture(people(40)))
        self.assertEqual(list(nodes), ["p1", "dWorks"])
        self.assertEqual(nodes["dWorks"].parent, "p1")
        self.assertEqual(by_contact[140], "dWorks")


@tagged("-at_install", "post_install")
class TestMapSvg(BaseCase):
    def test_everything_known_is_told(self):
        picture = _picture(
            [
                _person(1, name="Sidorov", title="Director", points=["power"]),
                _person(2, name="Petrov", attitude=-2, touch_days=None, manager_id=1),
                _person(3, name="Smirnov", attitude=None, influence=None, access=None),
            ],
            others=[{"contact_id": 7, "name": "Anna", "ours": True}],
            relations=[_relation(102, 103, "conflicts"), _relation(7, 102)],
            chains=[{"people": [7, 102, 101], "chances": [0.9, 0.675], "chance": 0.6}],
        )
        texts, root = _draw(picture)
        self.assertEqual(
            [text for text in texts if text in ("+", "−−", "?")],
            # attitude of three; influence and depth of contact of the last
            ["+", "−−", "?", "?", "?"],
        )
        for text in ("Sidorov", "Director", "Petrov", "never", "5 d", "Anna", "We"):
            self.assertIn(text, texts)
        self.assertIn("90 %", texts)
        self.assertIn("68 %", texts)
        colors = {
            node.get("stroke")
            for node in root.iter()
            if (node.get("stroke") or "none").startswith("#")
        }
        accents = {c for c in colors if len(set(c[1:])) > 1 and len(c) == 7}
        self.assertEqual(
            {c for c in accents if len({c[1:3], c[3:5], c[5:7]}) > 1},
            {map_svg.ACCENT},
            "black, grey and one accent",
        )

    def test_names_are_wrapped_and_shortened_never_cut(self):
        long = "Константин Константинович Константинопольский-Переяславский"
        texts, _root = _draw(_picture([_person(1, name=long)]))
        self.assertEqual(texts[1], "Константин")
        self.assertTrue(texts[2].startswith("Константинович"))
        self.assertTrue(texts[2].endswith("…"))
        short = "Anna-Maria Konstantinova"
        texts, _root = _draw(_picture([_person(1, name=short)]))
        self.assertEqual(" ".join(texts[1:3]), short)

    def test_text_is_escaped(self):
        texts, _root = _draw(_picture([_person(1, name="<b>&")]))
        self.assertIn("<b>&", texts)

    def test_the_frame_is_kept(self):
        people = [_person(number) for number in range(1, 31)]
        _texts, root = _draw(_picture(people), width=500, height=300)
        self.assertLessEqual(int(root.get("width")), 500)
        self.assertLessEqual(int(root.get("height")), 300)
        _x, _y, width, height = (float(n) for n in root.get("viewBox").split())
        self.assertAlmostEqual(
            int(root.get("width")) / int(root.get("height")), width / height, delta=0.02
        )

    def test_departments_tell_their_numbers(self):
        people = [
            _person(number, department="Works", attitude=number % 2)
            for number in range(1, 51)
        ]
        texts, _root = _draw(_picture(people))
        self.assertEqual(texts, ["Works", "50 people", "+ 25", "0 25"])

    def test_labels_are_translated_by_the_caller(self):
        labels = {"never": "никогда"}
        texts, _root = _draw(_picture([_person(1, touch_days=None)]), labels=labels)
        self.assertIn("никогда", texts)

    def test_a_map_without_people_is_no_picture(self):
        self.assertEqual(map_svg.draw(_picture([])), "")
