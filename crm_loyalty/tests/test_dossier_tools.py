# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import doctest
from xml.etree import ElementTree

from odoo.tests import BaseCase, tagged

from ..tools import block, dossier, svg
from ..tools.dossier import Fill

#: the example of the definitions: filled, required, days since the review
EXAMPLE = {
    "profile": Fill(5, 5, 10),
    "business": Fill(2, 4, 10),
    "economics": Fill(6, 6, 200),
    "people": Fill(4, 5, 10),
    "needs": Fill(0, 4, 10),
    "competitors": Fill(4, 4, 10),
    "terms": Fill(3, 3, 10),
    "plan": Fill(2, 4, 10),
}


@tagged("post_install", "-at_install")
class TestDossierTools(BaseCase):
    """Arithmetic of a dossier, without a database."""

    def test_examples_in_the_texts(self):
        for module in (dossier, block):
            with self.subTest(module=module.__name__):
                self.assertEqual(doctest.testmod(module).failed, 0)

    def test_completeness_of_the_example(self):
        self.assertAlmostEqual(dossier.completeness(EXAMPLE), 76.0, 1)

    def test_old_review_counts_half(self):
        fills = EXAMPLE | {"profile": Fill(5, 5, 181)}
        self.assertAlmostEqual(dossier.completeness(fills), 68.5, 1)

    def test_only_four_sections_count_for_lower_tiers(self):
        """15 + 15 + 16 + 10 of the 60 points of the four."""
        self.assertAlmostEqual(
            dossier.completeness(EXAMPLE, is_key=False), 100 * 56 / 60, 5
        )

    def test_never_reviewed_counts_nothing(self):
        empty = {name: Fill(1, 1, None) for name in dossier.WEIGHTS}
        self.assertEqual(dossier.completeness(empty), 15)

    def test_gain_of_a_fact_and_of_a_review(self):
        self.assertAlmostEqual(dossier.gain("plan", Fill(2, 4, 10)), 2.5)
        self.assertAlmostEqual(dossier.gain("plan", Fill(4, 4, 200)), 5)
        self.assertAlmostEqual(dossier.gain("plan", Fill(2, 4, None)), 7.5)

    def test_matrix_of_the_example(self):
        scores = {
            "revenue": 8,
            "growth": 6,
            "margin": 7,
            "reference": 9,
            "fit": 5,
            "risk": 4,
        }
        attractive = dossier.weighted(scores, dossier.ATTRACTIVENESS)
        self.assertAlmostEqual(attractive, 6.85)
        self.assertEqual(dossier.quadrant(attractive, 5.7), "strategic")

    def test_unknown_scores_stay_out(self):
        self.assertEqual(
            dossier.weighted({"share": 4, "relations": None}, dossier.STRENGTH), 4
        )
        self.assertEqual(dossier.quadrant(None, 5), "")

    def test_months_add_up(self):
        parts = dossier.spread(1000, [3, 1, 7, 0, 0, 2, 2, 2, 5, 5, 1, 1])
        self.assertEqual(len(parts), 12)
        self.assertAlmostEqual(sum(parts), 1000, 2)
        self.assertEqual(parts[3], 0)

    def test_pictures_are_valid_and_escaped(self):
        picture = svg.bars([3, -1, 2], ["<Jan>", "", "Mar"], "3 & more")
        texts = [node.text for node in ElementTree.fromstring(picture).iter()]
        self.assertIn("<Jan>", texts)
        picture = svg.matrix(
            [(5.7, 6.85, "Müller & Söhne", True)], ["A", "B", "C", "D"], ["x", "y"]
        )
        circle = next(
            node
            for node in ElementTree.fromstring(picture).iter()
            if node.tag.endswith("circle")
        )
        # 14 + 57 % of 260, 260 - 68.5 % of it
        self.assertEqual((circle.get("cx"), circle.get("cy")), ("162.2", "81.9"))
        self.assertEqual(svg.bars([0, 0], ["", ""]), "")
