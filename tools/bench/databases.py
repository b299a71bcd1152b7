"""Databases with the same documents: one with our add-ons, one without."""

import ast
import hashlib
import json
import os
import time
from pathlib import Path

from dev import addons
from dev.base import LOGS, ROOT, RUN, must_run, require_space, step
from dev.instance import CONFIG
from dev.python_env import python

TOOLS = ROOT / "tools"
#: what decides how the data look
DATA_SOURCES = ("masterdata.py", "ledger.py")
SERVICE_SOURCES = (*DATA_SOURCES, "service.py")
GIB_PER_MILLION = 2  # lines, in both databases together


class Databases:
    """The pair of databases of one size; made once, then kept and reused."""

    def __init__(self, here, lines):
        self.here, self.lines = here, lines
        self.plain, self.ours = f"bench_{lines}_plain", f"bench_{lines}"
        self.served = f"bench_{lines}_service"

    def ensure(self):
        """Make what is missing or out of date; interrupted, it is made anew."""
        data = {"data": _fingerprint(DATA_SOURCES)}
        if self.here.state(self.plain) != data:
            self._make_plain()
            self._save(self.plain, data)
        wanted = addons.fingerprints() | data
        if self.here.state(self.ours) != wanted:
            self._make_ours()
            self._save(self.ours, wanted)

    def _make_plain(self):
        step(f"Data: {self.lines:,} lines")
        self.here.drop(self.ours)
        require_space(
            RUN, GIB_PER_MILLION * self.lines / 1e6 + 2, "the databases to measure"
        )
        self.here.create(
            self.plain, LOGS / f"{self.plain}.log", modules=_foreign_dependencies()
        )
        self.here.state_file(self.plain).unlink()  # the data are still missing
        self.work("fill", self.plain, self.lines, label="customers and documents")
        self.here.cluster.query("VACUUM ANALYZE", self.plain)

    def _make_ours(self):
        step(f"Our add-ons, on {self.lines:,} lines")
        self.here.copy(self.plain, self.ours)
        start = time.monotonic()
        self.here.install(
            self.ours,
            LOGS / f"{self.ours}.log",
            f"install into '{self.ours}'",
            "--init",
            ",".join(addons.names()),
        )
        seconds = time.monotonic() - start
        self.work("prepare", self.ours, f"{seconds:.1f}", label="figures and tiers")
        self.here.cluster.query("VACUUM ANALYZE", self.ours)

    def ensure_service(self):
        """A copy of ours with a million orders and deliveries."""
        wanted = addons.fingerprints() | {"data": _fingerprint(SERVICE_SOURCES)}
        if self.here.state(self.served) == wanted:
            return
        step("Cost to serve: orders and deliveries")
        require_space(RUN, 4, "a million orders and deliveries")
        self.here.copy(self.ours, self.served)
        self.work("fill_service", self.served, label="orders and deliveries")
        self.here.cluster.query("VACUUM ANALYZE", self.served)
        self._save(self.served, wanted)

    def _save(self, database, state):
        self.here.state_file(database).write_text(json.dumps(state))

    def work(self, action, *arguments, label):
        """Let ``bench.worker`` do something with Odoo."""
        path = os.pathsep.join([self.here.environment["PYTHONPATH"], str(TOOLS)])
        must_run(
            [python(), "-m", "bench.worker", CONFIG, action, *arguments],
            label,
            LOGS / f"bench_{action}.log",
            f"'{label}' failed",
            "read the log, mend it, run this again",
            env=self.here.environment | {"PYTHONPATH": path},
            watch=str.strip,
        )


def _fingerprint(sources):
    digest = hashlib.sha256()
    for name in sources:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def _foreign_dependencies():
    """What our add-ons depend on, without themselves."""
    ours = addons.names()
    found = set()
    for name in ours:
        manifest = ast.literal_eval((ROOT / name / "__manifest__.py").read_text())
        found.update(manifest["depends"])
    return sorted(found - set(ours))
