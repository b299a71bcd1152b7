# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""make test-core and make test-uninstall without Odoo: verdicts and leftovers."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dev import core_tests, uninstall
from dev.base import Failure

TEST = "odoo.addons.sale.tests.test_a.TestA.test_{}"
SET_UP = "setUpClass (odoo.addons.sale.tests.test_b.TestB)"


def outcomes(**by_test):
    """Records as core_runner writes them, by the test's full name."""
    return {
        TEST.format(name): {"outcome": outcome, "why": f"why {outcome}"}
        for name, outcome in by_test.items()
    }


def compare(without, with_ours):
    return core_tests.compare("sale", without, with_ours)


def verdict(comparison, known=()):
    return core_tests.conclusion([comparison], dict.fromkeys(known, "counts queries"))


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("passed", "passed", None),
        ("passed", "failed", "only_ours"),
        ("passed", "error", "only_ours"),
        ("passed", "skipped", "only_ours"),
        ("passed", None, "only_ours"),
        ("skipped", "failed", "only_ours"),
        (None, "failed", "both"),
        ("failed", "error", "both"),
        ("error", None, "both"),
        ("failed", "passed", "only_core"),
        ("skipped", "skipped", "skipped"),
    ],
)
def test_each_pair_of_outcomes_has_one_place(before, after, where):
    found = compare(
        outcomes(a=before) if before else {}, outcomes(a=after) if after else {}
    )
    for part in ("skipped", "both", "only_core", "only_ours"):
        names = list(getattr(found, part))
        assert names == ([TEST.format("a")] if part == where else []), part


def test_a_class_whose_set_up_fails_only_with_ours_counts_once_and_its_tests_too():
    inside = "odoo.addons.sale.tests.test_b.TestB.test_inside"
    without = {inside: {"outcome": "passed"}}
    found = compare(without, {SET_UP: {"outcome": "error", "why": "no such field"}})
    assert found.only_ours == {SET_UP: "no such field", inside: "not run"}
    assert core_tests.class_of(SET_UP) == core_tests.class_of(inside) == "TestB"


def test_what_passes_when_run_again_is_unsteady_and_breaks_nothing():
    found = compare(outcomes(a="passed", b="passed"), outcomes(a="failed", b="failed"))
    found.only_ours[SET_UP] = "timeout"
    found.confirm(outcomes(a="passed", b="failed"))
    assert list(found.unsteady) == [TEST.format("a"), SET_UP]
    assert list(found.only_ours) == [TEST.format("b")]
    assert verdict(found)[1] == 1


def test_the_exit_code_knows_the_listed_tests():
    found = compare(outcomes(a="passed", b="failed"), outcomes(a="failed", b="failed"))
    text, code = verdict(found)
    assert code == 1
    assert f"FAIL ONLY WITH OUR ADD-ONS: 1\n   {TEST.format('a')}" in text
    assert f"this environment: 1\n   {TEST.format('b')}" in text
    assert text.endswith("2 tests without, 2 with our add-ons")
    text, code = verdict(found, [TEST.format("a")])
    assert code == 0
    assert f"(core_tests_known.txt): 1\n   {TEST.format('a')}" in text
    assert "FAIL ONLY WITH OUR ADD-ONS: 0" in text


def test_a_listed_test_that_passes_again_is_to_be_taken_out():
    found = compare(outcomes(a="passed"), outcomes(a="passed"))
    elsewhere = "odoo.addons.stock.tests.test_a.TestA.test_a"
    text, code = verdict(found, [TEST.format("a"), elsewhere])
    assert code == 0
    assert f"take it out of core_tests_known.txt: {TEST.format('a')}" in text
    assert elsewhere not in text


def test_the_list_of_known_tests_needs_reasons():
    text = f"# a comment\n\n{TEST.format('a')}: two queries: one a company\n"
    reasons = core_tests.read_known(text)
    assert reasons == {TEST.format("a"): "two queries: one a company"}
    with pytest.raises(Failure, match="no reason for odoo.addons.sale"):
        core_tests.read_known(TEST.format("a"))


def test_the_list_in_the_repository_can_be_read():
    core_tests.read_known(core_tests.KNOWN.read_text())


def lines(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_an_interrupted_run_gives_no_results(tmp_path):
    record = {"name": TEST.format("a"), "outcome": "passed", "seconds": 0.1}
    begun = [{"total": 2}, record]
    done = lines(tmp_path / "done.jsonl", *begun, {"complete": True})
    tests = core_tests.read_outcomes(done, "a.log")
    assert tests == {TEST.format("a"): {"outcome": "passed", "seconds": 0.1}}
    with pytest.raises(Failure, match="ended early"):
        core_tests.read_outcomes(lines(tmp_path / "half.jsonl", *begun), "a.log")
    with pytest.raises(Failure, match="ended early"):
        core_tests.read_outcomes(tmp_path / "missing.jsonl", "a.log")
    none = lines(tmp_path / "none.jsonl", {"total": 0}, {"complete": True})
    with pytest.raises(Failure, match="no test was found"):
        core_tests.read_outcomes(none, "a.log")


def test_progress_names_the_test_that_runs(tmp_path):
    watch = core_tests._Watch(lines(tmp_path / "out.jsonl", {"total": 7}))
    start = "2026-01-01 00:00:00,000 1 INFO db odoo.addons.sale.tests.test_a: "
    assert watch(f"{start}Starting TestA.test_a ...\n") == "1/7 TestA.test_a ..."
    assert watch(f"{start}something else\n") is None
    assert watch(f"{start}Starting TestA.test_b ...\n") == "2/7 TestA.test_b ..."


class Databases:
    """Instead of an instance with its cluster: answers by database and query."""

    cluster = property(lambda self: self)

    def __init__(self, **rows):
        self.rows = rows

    def query(self, sql, database):
        before_and_after = self.rows["bare" if database == "bare" else "after"]
        if sql == uninstall.TABLES:
            return "ir_cron\nsale_order"
        return "\n".join(
            before_and_after["table" if sql == uninstall.STRUCTURE else "row"]
        )


def differences(bare, after):
    return list(uninstall._differences(Databases(bare=bare, after=after), "bare"))


def test_leftovers_of_uninstalling_are_found():
    bare = {
        "table": ["column sale_order.id integer"],
        "row": ['row of ir_cron {"id": 1}', 'row of sale_order {"id": 1}'],
    }
    assert differences(bare, bare) == []
    column = "column sale_order.loyalty_tier_id integer"
    cron, order = 'row of ir_cron {"id": 2}', 'row of sale_order {"id": 2}'
    after = {"table": [*bare["table"], column], "row": [*bare["row"], cron, order]}
    # the order was made by the check itself
    assert differences(bare, after) == [
        f"left behind: {column}",
        f"left behind: {cron}",
    ]


def test_documents_may_be_added_but_not_changed():
    bare = {"table": [], "row": ['row of sale_order {"id": 1, "state": "draft"}']}
    after = {"table": [], "row": ['row of sale_order {"id": 1, "state": "sale"}']}
    assert differences(bare, after) == [f"gone: {bare['row'][0]}"]
