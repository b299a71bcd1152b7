"""What the Makefile's targets do: python3 -m dev ACTION."""

import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from bench import make as benchmark

from . import (
    core_tests,
    instance,
    lint,
    odoo_home,
    postgres,
    python_env,
    server,
    testing,
)
from .base import LOGS, ROOT, RUN, Failure, cache_dir, flag, locked, say, setting, step

DEMO = "demo"
LOGINS = [
    ("salesperson", "anna", "anna"),
    ("key-account manager", "boris", "boris"),
    ("manager", "maria", "maria"),
    ("administrator", "admin", "admin"),
]


def prepare():
    instance.prepare()
    say("Everything is prepared.")


def demo():
    """Database with demo data, server, address, logins; what is there stays."""
    port = server.wanted_port()
    instance.prepare()
    with locked(RUN / "demo.lock", "another 'make demo' works in this clone"):
        known = server.running()
        if not known or known["port"] != port:
            server.check_port(port)
        cluster = postgres.Cluster()
        cluster.start()
        here = instance.Instance(cluster)
        changed = here.state(DEMO) != instance.addons.fingerprints()
        if known and (changed or known["port"] != port):
            step(
                "Stopping the server: "
                + ("the code has changed" if changed else "another port is wanted")
            )
            server.stop()
            known = None
        if changed:
            step(
                "Database with demo data"
                if not here.state(DEMO)
                else "Updating the database"
            )
            here.ensure(
                DEMO, LOGS / "demo.log", "--with-demo", "--load-language=en_US,ru_RU"
            )
        if not known:
            server.start(here, DEMO, port)
    _announce(port)


def _announce(port):
    say()
    say(f"Ready: http://127.0.0.1:{port}")
    for role, login, password in LOGINS:
        say(f"   {role:<20} login {login:<6} password {password}")
    say(f"Log: {server.LOG}. Stop with 'make stop'.")


def stop():
    say("Server stopped." if server.stop() else "No server was running.")
    cluster = postgres.Cluster()
    if cluster.is_running():
        cluster.stop()
        say("Database stopped.")


def clean():
    """Everything this clone made; the cache with the downloads only when asked."""
    stop()
    postgres.Cluster().remove()
    shutil.rmtree(RUN, ignore_errors=True)
    say("Databases and logs of this clone deleted.")
    if flag("CACHE"):
        shutil.rmtree(cache_dir())
        say("Downloads deleted.")


def test():
    instance.prepare()
    with locked(RUN / "test.lock", "another 'make test' works in this clone"):
        return testing.main()


def test_core():
    instance.prepare()
    with locked(RUN / "core.lock", "another 'make test-core' works in this clone"):
        return core_tests.main()


def test_uninstall():
    instance.prepare()
    with locked(RUN / "test.lock", "'make test' works in this clone"):
        return testing.test_uninstall()


def run_lint():
    odoo_home.prepare()
    python_env.prepare()
    return lint.main()


def pot():
    instance.prepare()
    with locked(RUN / "test.lock", "'make test' works in this clone"):
        return testing.pot()


def shell():
    """Odoo's shell on a database of this clone."""
    database = setting("DB", DEMO)
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        if not cluster.exists(database):
            raise Failure(
                f"there is no database '{database}'",
                "'make demo' creates 'demo'; others: make shell DB=name",
            )
        command = here.command("shell", "--database", database, "--no-http")
        return subprocess.run(
            [str(part) for part in command], env=here.environment, cwd=ROOT
        ).returncode


def load():
    """Load a sales history; a missing database is created, without demo data."""
    file = setting("FILE")
    if not file:
        raise Failure(
            "no file given", "make load FILE=history.parquet [DB=history] [ARGS='...']"
        )
    if not Path(file).is_file():
        raise Failure(
            f"there is no file {file}",
            "give the path of a .parquet, .csv or .xlsx file",
        )
    instance.prepare()
    database = setting("DB", "history")
    with postgres.running() as cluster:
        here = instance.Instance(cluster)
        here.ensure(database, LOGS / f"{database}.log")
        command = [
            python_env.python(),
            ROOT / "tools/load_history.py",
            "--config",
            instance.CONFIG,
            "-d",
            database,
        ]
        command += [Path(file).absolute(), *shlex.split(setting("ARGS"))]
        return subprocess.run(
            [str(part) for part in command], env=here.environment, cwd=ROOT
        ).returncode


def bench():
    """Measure against the goals; writes docs/benchmarks.md."""
    with locked(RUN / "bench.lock", "another 'make bench' works in this clone"):
        return benchmark.main()


ACTIONS = {
    "prepare": prepare,
    "demo": demo,
    "stop": stop,
    "clean": clean,
    "test": test,
    "test-core": test_core,
    "test-uninstall": test_uninstall,
    "lint": run_lint,
    "pot": pot,
    "shell": shell,
    "load": load,
    "bench": bench,
}


def main(arguments):
    action = ACTIONS.get(arguments[0] if arguments else "")
    if not action:
        say(f"one of: {', '.join(ACTIONS)} (see 'make help')")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return action() or 0
    except Failure as failure:
        what, todo = str(failure), failure.todo
    except KeyboardInterrupt:
        what, todo = (
            "interrupted",
            "run the same command again: it goes on where it stopped",
        )
    except OSError as error:
        if error.errno != 28:  # no space left on device
            raise
        what, todo = "the disk is full", "free some space, then run this again"
    print(f"\nERROR: {what}\n  What to do: {todo}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
