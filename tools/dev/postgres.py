"""A PostgreSQL cluster of this clone alone, on a unix socket: two clones never meet."""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .base import (
    LOGS,
    ROOT,
    RUN,
    Failure,
    must_run,
    output_of,
    require_space,
    say,
    step,
    tail,
)

PORT = 5432  # no port is opened: it is only a part of the socket's name
SUPERUSER, USER = "postgres", "odoo"  # Odoo refuses to work as 'postgres'
SOCKET_PATH_LIMIT = 100  # the operating system cuts longer ones

# The data can be made anew at any time: speed before safety against a power cut.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "logging_collector": "off",
}


class Cluster:
    """The cluster of this clone: where it is, who runs it, what can be done with it."""

    def __init__(self):
        self.owner = _owner()
        self.home = _home(self.owner)
        self.data = self.home / "data"
        self.log = self.home / "postgresql.log"

    @property
    def socket(self):
        """A folder for the socket, short enough for the operating system."""
        if len(str(self.home)) + len("/.s.PGSQL.5432.lock") <= SOCKET_PATH_LIMIT:
            return self.home
        return Path(f"/tmp/crm_loyalty-{_clone_hash()}-{os.getuid()}")

    @property
    def environment(self):
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PG")
        }
        return env | {
            "PGHOST": str(self.socket),
            "PGPORT": str(PORT),
            "PGUSER": SUPERUSER,
            "LC_ALL": "C.UTF-8",
        }

    def prepare(self):
        """Create it if need be; interrupted, it leaves only a temporary folder."""
        if self.data.is_dir():
            return
        step(f"PostgreSQL cluster (in {self.home})")
        if ROOT not in self.home.parents:
            say(f"   (not in the clone: the user '{self.owner}' cannot reach {ROOT})")
        self._make_home()
        require_space(self.home, 1, "the database cluster")
        temporary = self.home / "data.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        initdb = [
            _binary("initdb"),
            "--pgdata",
            temporary,
            "--username",
            SUPERUSER,
            "--auth",
            "trust",
        ]
        initdb += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
        self._must([*initdb, "--no-sync"], "initdb", "cannot create a database cluster")
        temporary.rename(self.data)

    def _make_home(self):
        for folder in {self.home, self.socket}:
            folder.mkdir(parents=True, exist_ok=True)
            if self.owner:
                shutil.chown(folder, self.owner)
            folder.chmod(0o700)
        (self.home / "clone.txt").write_text(f"{ROOT}\n")

    def is_running(self):
        if not (self.data / "postmaster.pid").exists():
            return False
        return (
            subprocess.run(
                self._as_owner([_binary("pg_ctl"), "status", "--pgdata", self.data]),
                capture_output=True,
            ).returncode
            == 0
        )

    def start(self):
        """Make sure it runs; True if it did not run before."""
        self.prepare()
        if self.is_running():
            return False
        self._check_version()
        self._make_home()
        settings = SETTINGS | {"unix_socket_directories": self.socket, "port": PORT}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        command = [
            _binary("pg_ctl"),
            "start",
            "--wait",
            "--timeout",
            "120",
            "--silent",
            "--pgdata",
            self.data,
        ]
        command += ["--log", self.log, "--options", options]
        try:
            output_of(self._as_owner(command), cwd="/", timeout=180)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            text = tail(self.log)
            say(text)
            full = "No space left" in text
            what = (
                "the disk is full: the database does not start"
                if full
                else "the database does not start"
            )
            raise Failure(
                f"{what} (log: {self.log})",
                "free some space" if full else "try 'make clean', then again",
            ) from error
        if not self.query("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'"):
            self.query(f"CREATE ROLE {USER} LOGIN CREATEDB")
        return True

    def stop(self):
        if self.is_running():
            command = [
                _binary("pg_ctl"),
                "stop",
                "--mode",
                "fast",
                "--wait",
                "--silent",
                "--pgdata",
                self.data,
            ]
            output_of(self._as_owner(command), cwd="/")

    def remove(self):
        """Delete everything, wherever it lives."""
        self.stop()
        for folder in {self.home, self.socket}:
            shutil.rmtree(folder, ignore_errors=True)

    def is_used(self):
        """Whether somebody else is connected."""
        others = "datname IS NOT NULL AND pid <> pg_backend_pid()"
        return (
            self.query(f"SELECT count(*) FROM pg_stat_activity WHERE {others}") != "0"
        )

    def query(self, sql, database="postgres"):
        """Rows of a small query as text."""
        command = [
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            database,
        ]
        try:
            return output_of([*command, "--command", sql], env=self.environment).strip()
        except subprocess.CalledProcessError as error:
            raise Failure(
                f"the database refused: {error.stderr.strip()}",
                "try 'make stop', then again",
            ) from error

    def exists(self, database):
        return bool(
            self.query(f"SELECT 1 FROM pg_database WHERE datname = '{database}'")
        )

    def create(self, database, template="template0"):
        self.query(f'CREATE DATABASE "{database}" OWNER {USER} TEMPLATE "{template}"')

    def drop(self, database):
        self.query(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _as_owner(self, command):
        command = [str(part) for part in command]
        return ["runuser", "-u", self.owner, "--", *command] if self.owner else command

    def _must(self, command, label, what):
        must_run(
            self._as_owner(command),
            label,
            LOGS / f"{label}.log",
            what,
            "read the log; 'make clean' starts over",
        )

    def _check_version(self):
        made_by = (self.data / "PG_VERSION").read_text().strip()
        here = output_of([_binary("postgres"), "--version"]).split()[2].split(".")[0]
        if made_by != here:
            raise Failure(
                f"the cluster was made by PostgreSQL {made_by}, here is {here}",
                "run 'make clean' and start over",
            )


def _owner():
    """PostgreSQL refuses to run as root: then the user of Debian's package runs it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise Failure(
            "there is no user 'postgres' to run the database",
            "install Debian's postgresql package, or work as a normal user",
        ) from error


def _home(owner):
    """Inside the clone, or below /var/tmp when that user cannot get there."""
    inside = RUN / "pg"
    RUN.mkdir(exist_ok=True)
    if (
        not owner
        or subprocess.run(
            ["runuser", "-u", owner, "--", "test", "-x", RUN], capture_output=True
        ).returncode
        == 0
    ):
        return inside
    return Path("/var/tmp") / f"crm_loyalty-{_clone_hash()}"


def _clone_hash():
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]


def _binary(name):
    """PostgreSQL's own programs are not on PATH on Debian; the newest version wins."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: float(path.parts[-3]),
    )
    if found:
        return found[-1]
    if shutil.which(name):
        return Path(shutil.which(name))
    raise Failure(f"PostgreSQL's {name} is not installed", "run 'make prepare'")


@contextlib.contextmanager
def running():
    """The cluster; stopped afterwards unless it ran before or somebody uses it."""
    cluster = Cluster()
    started = cluster.start()
    try:
        yield cluster
    finally:
        if started and not cluster.is_used():
            cluster.stop()
