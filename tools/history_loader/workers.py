# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Share the documents among processes and collect what they report."""

import collections
import multiprocessing
import os
import queue
import signal
import sys

from .errors import LoadError

BATCH_DOCUMENTS = 100
BATCH_LINES = 500


def batches(documents):
    """Cut a list of documents into transactions of a sensible size."""
    batch, lines = [], 0
    for document in documents:
        many = lines + len(document.lines) > BATCH_LINES
        if batch and (many or len(batch) >= BATCH_DOCUMENTS):
            yield batch
            batch, lines = [], 0
        batch.append(document)
        lines += len(document.lines)
    if batch:
        yield batch


def shares(documents, processes):
    """Split by customer, so that two processes never write the same one.

    The heaviest customers are dealt first, always to the lightest share.
    """
    by_customer = collections.defaultdict(list)
    for document in documents:
        by_customer[document.customer].append(document)
    weights = {
        customer: sum(len(document.lines) + 3 for document in own)
        for customer, own in by_customer.items()
    }
    owners, loads = {}, [0] * processes
    for customer in sorted(weights, key=weights.get, reverse=True):
        lightest = loads.index(min(loads))
        owners[customer] = lightest
        loads[lightest] += weights[customer]
    result = [[] for _process in range(processes)]
    for document in documents:
        result[owners[document.customer]].append(document)
    return [share for share in result if share]


def run(load, documents, processes, report, prepare=None):
    """Call load(batch) for all documents; report(outcome) happens in this process.

    `prepare` is called before the processes part: connections cannot be shared.
    """
    if processes <= 1:
        for batch in batches(documents):
            report(load(batch))
        return
    if prepare:
        prepare()
    sys.stdout.flush()
    sys.stderr.flush()
    context = multiprocessing.get_context("fork")
    outcomes = context.Queue()
    workers = [
        context.Process(target=_work, args=(load, share, outcomes, os.getpid()))
        for share in shares(documents, processes)
    ]
    for worker in workers:
        worker.start()
    try:
        _collect(workers, outcomes, report)
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
            worker.join()


def _work(load, documents, outcomes, parent):
    """In a child: load a share, stop when nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for batch in batches(documents):
        if os.getppid() != parent:
            return
        outcomes.put(load(batch))


def _collect(workers, outcomes, report):
    """In the parent: pass on outcomes until every child has ended."""
    while True:
        alive = [worker for worker in workers if worker.is_alive()]
        failed = [worker for worker in workers if worker.exitcode]
        if failed:
            raise LoadError(
                f"{len(failed)} of {len(workers)} processes ended with an error: "
                "start the same command again, it goes on where this one stopped"
            )
        try:
            report(outcomes.get(timeout=1 if alive else 0.1))
        except queue.Empty:
            # A child hands over everything before it ends: nothing can follow.
            if not alive:
                return
