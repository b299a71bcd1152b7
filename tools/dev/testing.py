"""make test: every gate is run even if one failed; the end says which ones failed."""

import json
import os
import shutil
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import addons, instance, lint, log_check, postgres, python_env, uninstall
from .base import (
    LOGS,
    ROOT,
    RUN,
    Failure,
    Progress,
    flag,
    run,
    say,
    setting,
    start_child,
    step,
    stop_group,
)

DURATIONS = RUN / "durations.json"
BROWSER_WEIGHT = (
    30.0  # a guess in seconds for a file with browser tests that never ran here
)
INSTALL_LOG, DEMO_LOG = LOGS / "install.log", LOGS / "demo-check.log"


class Report:
    """What passed and what failed: gates, and the tests that pytest counted."""

    def __init__(self):
        self.gates, self.passed, self.failed, self.seconds = {}, 0, 0, {}

    def gate(self, name, problem, start=None):
        """Note a gate; ``problem`` is text, empty when all is well."""
        self.gates[name] = problem.strip()
        took = f" ({time.monotonic() - start:.0f} s)" if start else ""
        say(f"   {name}: {'FAILED' if self.gates[name] else 'ok'}{took}")
        if self.gates[name]:
            say(
                "\n".join(
                    f"      {line}" for line in self.gates[name].splitlines()[-300:]
                )
            )

    def close(self):
        """The last lines; returns the exit code."""
        bad = [name for name, problem in self.gates.items() if problem]
        say()
        for name in bad:
            say(f"FAILED: {name}")
        say(
            f"gates: {len(self.gates) - len(bad)} of {len(self.gates)} ok; logs: {LOGS}"
        )
        say(
            f"{self.passed + len(self.gates) - len(bad)} passed, "
            f"{self.failed + len(bad)} failed"
        )
        return 1 if bad or self.failed else 0


def main():
    """make test"""
    shutil.rmtree(LOGS / "tests", ignore_errors=True)
    (LOGS / "tests").mkdir(parents=True)
    report = Report()
    files = addons.test_files(setting("MODULE"))
    report.gate("there are tests", "" if files else "no tests/test_*.py in any add-on")
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        step("Code checks and the test database")
        with ThreadPoolExecutor(2) as pool:
            linted = pool.submit(lint.run)
            start = time.monotonic()
            problem = _prepare_database(here)
            for name, text in linted.result().items():
                report.gate(name, text)
            report.gate("installation", problem, start)
        if not problem:
            _run_all(here, files, report)
            _check_logs(report)
            _check_translations(here, report)
    return report.close()


def _prepare_database(here):
    """The database that tests work on copies of, without demo data; any problem."""
    try:
        if flag("FAST"):
            here.ensure("test", INSTALL_LOG, source=here.bare())
        else:
            here.create("test", INSTALL_LOG, source=here.bare())
    except Failure as failure:
        return f"{failure}; {failure.todo}"
    return ""


def _run_all(here, files, report):
    """Tests in two processes; beside them the demo data and the uninstallation."""
    slots = int(setting("JOBS", str(min(2, os.cpu_count() or 1))))
    small = bool(setting("FILTER") or setting("MODULE"))
    shards = _split(files, 1 if small else max(slots, 1))
    jobs = [
        (_run_shard, (here, number, shard)) for number, shard in enumerate(shards, 1)
    ]
    if not small and not flag("FAST"):
        jobs.insert(1, (_demo_check, (here,)))
        jobs.append((_uninstall_check, (here,)))
    step(
        f"{len(files)} test files in {len(shards)} processes"
        + (", demo data and uninstallation too" if len(jobs) > len(shards) else "")
    )
    with ThreadPoolExecutor(slots) as pool:
        futures = [pool.submit(function, *arguments) for function, arguments in jobs]
        results = [future.result() for future in futures]
    collected = [Path(item) for result in results for item in result.get("junit", [])]
    for result in results:
        for name, problem in result["gates"].items():
            report.gate(name, problem)
    _count(collected, files, report)


def _split(files, parts):
    """Groups of about the same duration, as last measured or guessed by size."""
    try:
        known = json.loads(DURATIONS.read_text())
    except (OSError, ValueError):
        known = {}
    weights = {
        path: known.get(str(path.relative_to(ROOT))) or _guess(path) for path in files
    }
    groups = [[] for _part in range(parts)]
    loads = [0.0] * parts
    for path in sorted(files, key=weights.get, reverse=True):
        lightest = loads.index(min(loads))
        groups[lightest].append(path)
        loads[lightest] += weights[path]
    return [sorted(group) for group in groups if group]


def _guess(path):
    text = path.read_text()
    return len(text) / 1000 + (
        BROWSER_WEIGHT if "HttpCase" in text or "start_tour" in text else 0
    )


def _run_shard(here, number, files):
    """One pytest process on its own copy of the database."""
    database, folder = f"test_{number}", LOGS / "tests"
    here.copy("test", database)
    junit, log = folder / f"junit-{number}.xml", folder / f"odoo-{number}.log"
    command = [
        python_env.path() / "bin/pytest",
        "--odoo-http",
        "--odoo-config",
        instance.CONFIG,
        "--odoo-database",
        database,
    ]
    command += [
        "--odoo-log-level",
        "info",
        "--odoo-extra",
        f"logfile={log}",
        "--junitxml",
        junit,
        "--rootdir",
        ROOT,
    ]
    command += ["-k", setting("FILTER")] if setting("FILTER") else []
    output = folder / f"pytest-{number}.log"
    code = _watched(
        [*command, *files], output, here.environment, f"tests, process {number}"
    )
    say(_closing_line(output))
    problem = "" if code == 0 else output.read_text(errors="replace")
    if code == 5:
        problem = "no test was found" + (
            f" for FILTER={setting('FILTER')}" if setting("FILTER") else ""
        )
    if code == 0:
        here.drop(database)
    return {"gates": {f"pytest, process {number}": problem}, "junit": [junit]}


def _watched(command, output, environment, label):
    """Run pytest; a word about its progress now and then."""
    output.write_text("")
    progress = Progress(label)
    child = start_child(command, output, environment)
    try:
        while child.poll() is None:
            time.sleep(0.5)
            if (
                not progress.terminal
            ):  # two processes on one terminal line would write over each other
                progress.tick()
    finally:
        stop_group(child)
    progress.done("ended")
    return child.returncode


def _closing_line(output):
    lines = [
        line for line in output.read_text(errors="replace").splitlines() if line.strip()
    ]
    return f"   {lines[-1]}" if lines else "   (pytest said nothing)"


def _demo_check(here):
    """The demo data must load into a new database without a word of warning."""
    try:
        here.create("test_demo", DEMO_LOG, "--with-demo", "--load-language=en_US,ru_RU")
    except Failure as failure:
        return {"gates": {"demo data": f"{failure}; {failure.todo}"}}
    here.drop("test_demo")
    return {"gates": {"demo data": ""}}


def _uninstall_check(here):
    """Our add-ons, used and uninstalled, must leave Odoo as it was."""
    try:
        problem = uninstall.check(here, "test")
    except Failure as failure:
        problem = f"{failure}; {failure.todo}"
    return {"gates": {"uninstallation": problem}}


def _count(junit_files, files, report):
    """Add up what pytest counted, remember durations, refuse skipped tests."""
    durations, skipped = {}, []
    for path in junit_files:
        for case in ElementTree.parse(path).iter("testcase") if path.exists() else ():
            failed = case.find("failure") is not None or case.find("error") is not None
            report.failed += failed
            reason = case.find("skipped")
            if reason is not None:
                skipped.append(
                    f"{case.get('classname')}.{case.get('name')}: "
                    f"{reason.get('message')}"
                )
            report.passed += not failed and reason is None
            name = _file_of(case.get("classname", ""), files)
            durations[name] = durations.get(name, 0) + float(case.get("time") or 0)
    report.gate("no test or tour skipped", "\n".join(skipped))
    if not setting("FILTER"):
        _remember(durations)


def _file_of(classname, files):
    """The test file of a class, by its dotted name."""
    dotted = classname.removeprefix("odoo.addons.")
    for path in files:
        name = str(path.relative_to(ROOT))
        if f"{dotted}.".startswith(name.removesuffix("py").replace("/", ".")):
            return name
    return ""


def _remember(durations):
    try:
        known = json.loads(DURATIONS.read_text())
    except (OSError, ValueError):
        known = {}
    DURATIONS.write_text(
        json.dumps(
            known | {name: round(took, 1) for name, took in durations.items() if name},
            indent=1,
        )
    )


def _check_logs(report):
    logs = [INSTALL_LOG, DEMO_LOG, *sorted((LOGS / "tests").glob("odoo-*.log"))]
    if setting("FILTER") or setting("MODULE") or flag("FAST"):
        logs.remove(DEMO_LOG)
    found = [
        f"{log.name}: {problem}"
        for log in logs
        if log.exists()
        for problem in log_check.problems(log)
    ]
    report.gate("no warning in the logs", "\n".join(found))


def export_templates(here, database):
    """Templates of all add-ons from an up-to-date database; returns the folder."""
    folder = RUN / "pot"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in addons.names():
        command = [
            python_env.python(),
            "-m",
            "odoo",
            "i18n",
            "export",
            "--config",
            instance.CONFIG,
        ]
        command += ["--database", database, "--output", folder / f"{name}.pot", name]
        if run(
            command,
            f"texts of {name}",
            LOGS / "export.log",
            env=here.environment,
            quiet=True,
        ):
            raise Failure(
                f"cannot export the texts of {name}", f"read {LOGS / 'export.log'}"
            )
    return folder


def _translations(here, action, folder):
    command = [
        python_env.python(),
        Path(__file__).with_name("translations.py"),
        action,
        ROOT,
        folder,
        *addons.names(),
    ]
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=here.environment,
    )


def _check_translations(here, report):
    start = time.monotonic()
    try:
        done = _translations(here, "check", export_templates(here, "test"))
        problem = (done.stdout + done.stderr) if done.returncode else ""
    except Failure as failure:
        problem = f"{failure}; {failure.todo}"
    report.gate("translations", problem, start)


def test_uninstall():
    """make test-uninstall"""
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        here.ensure("test", INSTALL_LOG, source=here.bare())
        problem = uninstall.check(here, "test")
    say(problem or "Uninstalled: Odoo is as it was.")
    return 1 if problem else 0


def pot():
    """make pot"""
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        here.ensure("test", INSTALL_LOG, source=here.bare())
        done = _translations(here, "refresh", export_templates(here, "test"))
    say((done.stdout + done.stderr).strip())
    return done.returncode
