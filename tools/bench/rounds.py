"""Rounds: each measured thing once, then all again; medians tell.

Each one gets a cursor of its own, a transaction without parallel workers (the floor,
too), and is rolled back: it finds the same state each time.
"""

import contextlib
import gc
import statistics
import time
from dataclasses import dataclass, field

from odoo import SUPERUSER_ID, api


def environment(cr, uid=SUPERUSER_ID, companies=()):
    context = {"allowed_company_ids": list(companies)} if companies else {}
    return api.Environment(cr, uid, context)


@contextlib.contextmanager
def transaction(registry, uid=SUPERUSER_ID, companies=()):
    """An environment whose changes are rolled back."""
    with registry.cursor() as cr:
        cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        try:
            yield environment(cr, uid, companies)
        finally:
            cr.rollback()


@dataclass
class Measure:
    """Something to time: ``action(env, what setup returned)``.

    An action may return {name: seconds} of its parts.
    """

    name: str
    registry: object
    action: object
    setup: object = None
    uid: int = SUPERUSER_ID
    companies: tuple = ()
    seconds: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)

    def run(self):
        with transaction(self.registry, self.uid, self.companies) as env:
            subject = self.setup(env) if self.setup else None
            env.flush_all()
            gc.collect()
            start = time.perf_counter()
            parts = self.action(env, subject) or {}
            env.flush_all()
            self.seconds.append(time.perf_counter() - start)
        for name, seconds in parts.items():
            self.parts.setdefault(name, []).append(seconds)

    @property
    def median(self):
        return statistics.median(self.seconds)


def run(measures, count):
    """Interleaved rounds, every second one backwards; {name: list of seconds}.

    A first round fills caches and is forgotten.
    """
    for number in range(-1, count):
        if number == 0:
            for measure in measures:
                measure.seconds.clear()
                measure.parts.clear()
        for measure in measures if number % 2 == 0 else reversed(measures):
            measure.run()
            print(
                f"round {number + 1} of {count}: {measure.name}"
                f" {measure.seconds[-1]:.3f} s",
                flush=True,
            )
    found = {}
    for measure in measures:
        found |= {measure.name: measure.seconds} | measure.parts
    return found
