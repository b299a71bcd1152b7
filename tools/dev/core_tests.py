"""make test-core: Odoo's own tests, once without our add-ons and once with them."""

import json
import socket
from dataclasses import dataclass, field
from pathlib import Path

from . import addons, instance, postgres, python_env
from .base import LOGS, ROOT, RUN, Failure, flag, run, say, setting, step

MODULES = ["crm", "sale_crm", "sale_margin", "sale", "sale_stock", "stock", "account"]
WITHOUT, WITH, AGAIN = "without", "with", "with-again"
RESULTS = RUN / "core-tests"
KNOWN = ROOT / "tools/core_tests_known.txt"
PREPARED = "core_with"
RUNNER = Path(__file__).with_name("core_runner.py")


def main():
    """make test-core"""
    modules, known = _chosen(), read_known(KNOWN.read_text())
    RESULTS.mkdir(parents=True, exist_ok=True)
    for module in modules if flag("FRESH") else ():
        for side in (WITHOUT, WITH):
            _file(module, side).unlink(missing_ok=True)
    compared = []
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        source = {WITHOUT: here.bare(), WITH: _database_with_ours(here)}
        for number, module in enumerate(modules, 1):
            step(f"{module} ({number} of {len(modules)})")
            results = {
                side: _results(here, module, side, source[side]) for side in source
            }
            comparison = compare(module, results[WITHOUT], results[WITH])
            if comparison.only_ours:
                again = _again(here, comparison, source[WITH])
                comparison.confirm(again)
            compared.append(comparison)
            say(f"   {comparison.counts()}")
    text, code = conclusion(compared, known)
    say(text)
    return code


def _chosen():
    module = setting("MODULE")
    if module and module not in MODULES:
        raise Failure(
            f"{module} is not among the modules whose tests are run",
            f"MODULE= one of: {', '.join(MODULES)}",
        )
    return [module] if module else MODULES


def read_known(text):
    """From the name of each test that may fail with ours to the reason.

    A line is ``name: reason``; a name without a reason is refused.
    """
    known = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _colon, reason = (part.strip() for part in line.partition(":"))
        if not reason:
            raise Failure(f"{KNOWN.name}: no reason for {name}", "write 'name: reason'")
        known[name] = reason
    return known


# ----------------------------------------------------------------------------
# Running
# ----------------------------------------------------------------------------


def _database_with_ours(here):
    """A copy of the bare database plus our add-ons; nothing but copied afterwards."""
    if here.state(PREPARED) != addons.fingerprints():
        here.create(PREPARED, LOGS / f"{PREPARED}.log", source=here.bare())
    return PREPARED


def _file(module, side):
    return RESULTS / f"{module}-{side}.json"


def _stamp(here, side):
    """What results depend on: results of another Odoo or other code are not kept."""
    stamp = here.state(instance.BARE)
    return stamp if side == WITHOUT else stamp | addons.fingerprints()


def _results(here, module, side, source):
    """Outcomes of a module's tests by name; a run that was finished is not repeated."""
    file, stamp = _file(module, side), _stamp(here, side)
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        kept = {}
    if kept.get("stamp") == stamp:
        say(f"   {side} our add-ons: {len(kept['tests'])} tests, kept from before")
        return kept["tests"]
    tests = run_tests(here, f"/{module}", f"{module}, {side} ours", source, file.stem)
    file.write_text(json.dumps({"stamp": stamp, "tests": tests}, indent=1))
    return tests


def _again(here, comparison, source):
    """Classes with tests that fail only with ours, once more, on their own."""
    module = comparison.module
    classes = sorted({class_of(name) for name in comparison.only_ours})
    tags = ",".join(f"/{module}:{name}" for name in classes)
    return run_tests(
        here, tags, f"{module}, with ours, once more", source, f"{module}-{AGAIN}"
    )


def run_tests(here, tags, label, source, name):
    """Run tests on a copy of a database; outcomes by the test's full name."""
    database, log = f"core_{name}", LOGS / f"core-tests/{name}.log"
    output = log.with_suffix(".jsonl")
    here.copy(source, database)
    log.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    command = [
        python_env.python(),
        RUNNER,
        output,
        "--config",
        instance.CONFIG,
        "--database",
        database,
        "--stop-after-init",
        "--max-cron-threads",
        "0",
        "--http-port",
        str(_free_port()),
        "--test-tags",
        tags,
    ]
    run(command, label, log, env=here.environment, watch=_Watch(output))
    here.drop(database)
    return read_outcomes(output, log)


class _Watch:
    """How far a run is: tests begun of all, and the present one."""

    def __init__(self, output):
        self.output, self.begun, self.total = output, 0, "?"

    def __call__(self, line):
        _before, starting, name = line.partition(": Starting ")
        if not starting or not line.rstrip().endswith(" ..."):
            return None
        if not self.begun:
            self.total = json.loads(self.output.read_text().split("\n")[0])["total"]
        self.begun += 1
        return f"{self.begun}/{self.total} {name.rstrip()}"


def read_outcomes(output, log):
    """The lines that core_runner wrote: records by the name of the test."""
    try:
        records = [json.loads(line) for line in output.read_text().splitlines()]
    except (OSError, ValueError):
        records = []
    if not records or not records[-1].get("complete"):
        raise Failure(
            f"the tests ended early (log: {log})",
            "read the log; run the same command again: it goes on with this module",
        )
    tests = {}
    for record in records:
        if "name" in record:
            # a class may fail more than once in what is done for all its tests
            tests.setdefault(record.pop("name"), record)
    if not tests:
        raise Failure(f"no test was found (log: {log})", "read the log")
    return tests


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ----------------------------------------------------------------------------
# Comparing
# ----------------------------------------------------------------------------


@dataclass
class Comparison:
    """Tests of one module on both sides, by name, with what was wrong."""

    module: str
    started: dict  # side -> number of tests
    skipped: dict  # skipped on both sides -> why
    both: dict  # failed on both sides -> why without ours
    only_core: dict  # failed only without ours -> why
    only_ours: dict  # failed only with ours -> why
    unsteady: dict = field(default_factory=dict)  # did not fail when run again

    def confirm(self, again):
        """Take out what passes when its class is run once more on its own."""
        for name in list(self.only_ours):
            steady = again.get(name, {"outcome": "missing"})["outcome"]
            # the set-up of a class leaves a record only when it fails
            if steady == "passed" or (" " in name and name not in again):
                self.unsteady[name] = self.only_ours.pop(name)

    def counts(self):
        return (
            f"{self.started[WITHOUT]} tests without, {self.started[WITH]} with; "
            f"failed on both sides {len(self.both)}, "
            f"only without {len(self.only_core)}, only with {len(self.only_ours)}, "
            f"unsteady {len(self.unsteady)}; skipped {len(self.skipped)}"
        )


def compare(module, without, with_ours):
    """Judge each test by both outcomes; one that no longer starts has failed, too."""
    started = {
        side: sum(" " not in name for name in tests)
        for side, tests in ((WITHOUT, without), (WITH, with_ours))
    }
    found = Comparison(module, started, {}, {}, {}, {})
    for name in sorted({*without, *with_ours}):
        # a class whose set-up works leaves no record of it
        absent = {"outcome": "passed" if " " in name else "missing", "why": "not run"}
        before, after = without.get(name, absent), with_ours.get(name, absent)
        states = before["outcome"], after["outcome"]
        if states == ("skipped", "skipped"):
            found.skipped[name] = after["why"]
        elif states[1] == "passed":
            if states[0] != "passed":
                found.only_core[name] = before["why"]
        elif states[0] == "passed" or states[0] == "skipped":
            found.only_ours[name] = after["why"]
        else:
            found.both[name] = before["why"]
    return found


def class_of(name):
    """The class of a test, or of ``setUpClass (its.dotted.name)``."""
    if " " in name:
        return name.rstrip(")").rpartition(".")[2]
    return name.split(".")[-2]


def conclusion(compared, known):
    """The last lines and the exit code: 1 when ours break a test not known to break."""
    lines, broken = [], 0
    for title, part in (
        ("Skipped on both sides", "skipped"),
        ("Fail on both sides: Odoo's own, or of this environment", "both"),
        ("Fail only without our add-ons", "only_core"),
        ("Failed with our add-ons, passed when run again", "unsteady"),
    ):
        tests = _joined(compared, part)
        lines += ["", f"{title}: {len(tests)}"] + _listed(tests)
    only_ours = _joined(compared, "only_ours")
    excused = {name: known[name] for name in only_ours if name in known}
    broken = {name: why for name, why in only_ours.items() if name not in known}
    lines += ["", f"Known to fail only with ours ({KNOWN.name}): {len(excused)}"]
    lines += _listed(excused)
    modules = {comparison.module for comparison in compared}
    for name in known.keys() - excused.keys():
        if name.split(".")[2] in modules:
            lines.append(f"   no longer fails, take it out of {KNOWN.name}: {name}")
    lines += ["", f"FAIL ONLY WITH OUR ADD-ONS: {len(broken)}"] + _listed(broken)
    started = [sum(c.started[side] for c in compared) for side in (WITHOUT, WITH)]
    lines += ["", "{} tests without, {} with our add-ons".format(*started)]
    return "\n".join(lines), 1 if broken else 0


def _joined(compared, part):
    return {
        name: why
        for comparison in compared
        for name, why in getattr(comparison, part).items()
    }


def _listed(tests):
    return [
        f"   {name}\n      {(why.splitlines() or [''])[0][:200]}"
        for name, why in tests.items()
    ]
