# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import doctest

from odoo.tests import BaseCase, tagged

from ..tools import brief, strategy


@tagged("post_install", "-at_install")
class TestStrategyTools(BaseCase):
    """The examples in the plain Python behind strategies and brief hold."""

    def test_examples(self):
        for module, examples in ((strategy, 5), (brief, 8)):
            result = doctest.testmod(module)
            self.assertEqual(result.failed, 0)
            self.assertGreaterEqual(result.attempted, examples)
