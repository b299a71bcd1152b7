"""Odoo's configuration and the databases made with it."""

import contextlib
import json
import os
import re
import shutil

from . import addons, log_check, odoo_home, postgres, python_env
from .base import (
    LOGS,
    ROOT,
    RUN,
    Failure,
    cache_dir,
    locked,
    require_space,
    run,
    say,
    tail,
)

BARE = "bare"
CONFIG = RUN / "odoo.conf"
DATA = RUN / "data"
LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
DEMO = re.compile(r"Module (\S+): loading demo")
# Odoo's own add-ons that tests of ours use and no add-on of ours depends on: kits and
# drop-shipment. The demo database shows that we do without them.
ALSO = ("sale_mrp", "stock_dropshipping")
PROBLEM = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \d+ (ERROR|CRITICAL) |demo data failed to install"
)


class Instance:
    """This clone's Odoo: what to start it with, and its databases."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.odoo = odoo_home.locate()
        self.environment = python_env.environment(self.odoo)
        self._write_config()

    def _write_config(self):
        """Written anew each time: paths may have changed."""
        DATA.mkdir(parents=True, exist_ok=True)
        options = {
            "addons_path": ",".join(
                str(path) for path in [*self.odoo.addons_paths, ROOT]
            ),
            "data_dir": DATA,
            "db_host": self.cluster.socket,
            "db_port": postgres.PORT,
            "db_user": postgres.USER,
            "http_interface": "127.0.0.1",
            "proxy_mode": False,
            "workers": 0,
            "limit_time_cpu": 3600,
            "limit_time_real": 3600,
            "list_db": False,
            "screenshots": LOGS / "screenshots",  # of browser tests that failed
        }
        CONFIG.write_text(
            "[options]\n"
            + "".join(f"{name} = {value}\n" for name, value in options.items())
        )

    def command(self, *arguments):
        """A command line of Odoo."""
        return [
            python_env.python(),
            "-m",
            "odoo",
            arguments[0],
            "--config",
            CONFIG,
            *arguments[1:],
        ]

    def state_file(self, database):
        """Holds what a database was completed with; written last."""
        return RUN / f"{database}.json"

    def state(self, database):
        """The fingerprints a database was completed with; {} if missing or partial."""
        if self.cluster.exists(database):
            with contextlib.suppress(OSError, ValueError):
                return json.loads(self.state_file(database).read_text())
        return {}

    def drop(self, database):
        self.state_file(database).unlink(missing_ok=True)
        self.cluster.drop(database)
        shutil.rmtree(DATA / "filestore" / database, ignore_errors=True)

    def create(self, database, log, *options, source=None, modules=()):
        """A new database with all add-ons of ours, or with these modules.

        Empty before, or a copy of ``source``.
        """
        require_space(RUN, 1.5, f"the database '{database}'")
        if source:
            self.copy(source, database)
        else:
            self.drop(database)
            self.cluster.create(database)
        self._init(database, log, addons.fingerprints(), *options, modules=modules)

    def _init(self, database, log, wanted, *options, modules=()):
        """Install add-ons; the state file is written last."""
        self.install(
            database,
            log,
            f"install into '{database}'",
            "--init",
            ",".join(modules or wanted),
            *options,
        )
        self.state_file(database).write_text(json.dumps(wanted))

    def bare(self):
        """The name of the database that has all our add-ons build on, but not them.

        Made once for each Odoo, without demo data; nothing but copying is done with it.
        """
        odoo = str(self.odoo.python_path)
        wanted = dict.fromkeys([*addons.foundations(), *ALSO], odoo)
        with locked(RUN / f"{BARE}.lock", "another process makes this database"):
            if self.state(BARE) != wanted:
                require_space(RUN, 1.5, f"the database '{BARE}'")
                self.drop(BARE)
                self.cluster.create(BARE)
                self._init(BARE, LOGS / f"{BARE}.log", wanted)
        return BARE

    def update(self, database, log):
        """Bring a database up to the code; True if there was something to do."""
        old, new = self.state(database), addons.fingerprints()
        if old == new:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text("")
            return False
        fresh = [name for name in new if name not in old]
        changed = [name for name in new if name in old and old[name] != new[name]]
        options = ["--i18n-overwrite"]
        options += ["--init", ",".join(fresh)] if fresh else []
        options += ["--update", ",".join(changed)] if changed else []
        self.install(
            database,
            log,
            f"update '{database}' ({', '.join(fresh + changed) or 'add-on gone'})",
            *options,
        )
        self.state_file(database).write_text(json.dumps(new))
        return True

    def ensure(self, database, log, *options, source=None):
        """A complete, up-to-date database, by the shortest way."""
        if self.state(database):
            return self.update(database, log)
        self.create(database, log, *options, source=source)
        return True

    def install(self, database, log, label, *options):
        """Let Odoo install or update add-ons, given as options of its server."""
        arguments = [
            "--database",
            database,
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads",
            "0",
            *options,
        ]
        code = run(
            self.command("server", *arguments),
            label,
            log,
            env=self.environment,
            watch=_install_progress,
        )
        problems = [
            line
            for line in log.read_text(errors="replace").splitlines()
            if PROBLEM.search(line)
        ]
        if code == 0 and not problems:
            return
        say("\n".join(log_check.problems(log)[:5]) or tail(log))
        if "No space left on device" in log.read_text(errors="replace"):
            raise Failure("the disk is full", "free some space, then run this again")
        raise Failure(f"{label} failed", f"read {log}, mend it, run this again")

    def copy(self, source, target):
        """A copy with its files (as hard links: Odoo never changes a stored file)."""
        self.drop(target)
        self.cluster.create(target, template=source)
        files = DATA / "filestore" / source
        if files.is_dir():
            shutil.copytree(files, DATA / "filestore" / target, copy_function=_link)


def _link(source, target):
    target = str(target)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _install_progress(line):
    if found := LOADING.search(line):
        return "{} ({}/{})".format(*found.groups())
    if found := DEMO.search(line):
        return f"demo data of {found.group(1)}"
    return None


def prepare():
    """Everything that is downloaded; quick when it is there."""
    cache_dir()
    LOGS.mkdir(parents=True, exist_ok=True)
    odoo_home.prepare()
    python_env.prepare()
    postgres.Cluster().prepare()
