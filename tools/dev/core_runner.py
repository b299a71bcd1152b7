"""Run in Odoo's Python: tests of Odoo itself, each outcome one line of a file.

Odoo's own runner does everything. It is only told to start the tests for "during the
installation" with the others, when all add-ons are loaded (which is the very question),
and to write down how each test ended.

    core_runner.py OUTPUT [options of odoo server]
"""

import json
import sys
import time

# before everything else of Odoo: it prepares the process
from odoo.cli.server import main as serve
from odoo.tests import loader
from odoo.tests.case import TestCase, _SubTest
from odoo.tests.suite import OdooSuite

RANK = ["passed", "skipped", "failed", "error"]


def recorder(output):
    """A class of test results that writes a line for each test to ``output``."""

    class Recorder(loader.OdooTestResult):
        current = None

        def startTest(self, test):
            self.current = {"name": test.id(), "outcome": "passed"}
            self.started = time.monotonic()
            super().startTest(test)

        def stopTest(self, test):
            super().stopTest(test)
            self.current["seconds"] = round(time.monotonic() - self.started, 2)
            self._write(self.current)
            self.current = None

        def addError(self, test, err):
            super().addError(test, err)
            self._note(test, "error", _in_short(err))

        def addFailure(self, test, err):
            super().addFailure(test, err)
            self._note(test, "failed", _in_short(err))

        def addSkip(self, test, reason):
            super().addSkip(test, reason)
            self._note(test, "skipped", reason)

        def _note(self, test, outcome, why):
            while isinstance(test, _SubTest):
                test = test.test_case
            if not (self.current and isinstance(test, TestCase)):
                # what is done once for a whole class has no start and no end
                self._write({"name": test.id(), "outcome": outcome, "why": why})
            elif RANK.index(outcome) > RANK.index(self.current["outcome"]):
                self.current.update(outcome=outcome, why=why)

        def _write(self, record):
            output.write(json.dumps(record) + "\n")
            output.flush()

    return Recorder


def _in_short(error):
    kind, value, _traceback = error
    return f"{kind.__name__}: {value}"[:500]


def main(path, options):
    make_suite = loader.make_suite

    def make_one_suite(module_names, position="at_install"):
        if position == "at_install":
            return OdooSuite()  # not before all add-ons are loaded
        suite = make_suite(module_names, "at_install")
        suite.addTests(make_suite(module_names, "post_install"))
        output.write(json.dumps({"total": suite.countTestCases()}) + "\n")
        output.flush()
        return suite

    with open(path, "w") as output:
        loader.make_suite = make_one_suite
        loader.OdooTestResult = recorder(output)
        try:
            serve(options)
        except SystemExit as ended:
            if ended.code not in (0, 1):  # 1: a test failed
                raise
        output.write(json.dumps({"complete": True}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
