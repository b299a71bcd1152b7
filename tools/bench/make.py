"""Leads a benchmark: databases, measurements, the written result."""

import json

from dev import instance, postgres
from dev.base import LOGS, ROOT, Failure, say, setting, step

from . import report
from .databases import Databases

RESULT = ROOT / "docs/benchmarks.md"


def main():
    """Measure each size in LINES, ROUNDS times, and write docs/benchmarks.md."""
    sizes, rounds = _numbers("LINES", "1000000,5000000"), _numbers("ROUNDS", "5")[0]
    instance.prepare()
    results = {}
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        for lines in sizes:
            databases = Databases(here, lines)
            databases.ensure()
            step(f"Measuring {lines:,} lines")
            output = LOGS / f"bench_{lines}.json"
            databases.work(
                "measure",
                databases.ours,
                databases.plain,
                rounds,
                output,
                "all" if lines == max(sizes) else "growth",
                label=f"{rounds} rounds",
            )
            results[lines] = json.loads(output.read_text())
        text = report.render(
            results, _measure_service(Databases(here, min(sizes)), rounds)
        )
    RESULT.write_text(text)
    say(text)
    say(f"Written to {RESULT.relative_to(ROOT)}.")


def _measure_service(databases, rounds):
    """Seconds that the cost to serve took, and one pass over its tables."""
    databases.ensure_service()
    step("Measuring the cost to serve")
    output = LOGS / "bench_service.json"
    databases.work(
        "measure_service", databases.served, rounds, output, label=f"{rounds} rounds"
    )
    return json.loads(output.read_text())


def _numbers(name, default):
    text = setting(name, default)
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = [0]
    if min(numbers) < 1:
        raise Failure(f"{name}={text} is not a number", f"make bench {name}={default}")
    return numbers
