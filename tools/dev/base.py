"""Paths, messages and child processes: what every other module here needs."""

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".run"
LOGS = RUN / "log"
GIB = 1024**3


class Failure(Exception):
    """Something the developer has to know: what is wrong, and what to do."""

    def __init__(self, what, todo=""):
        super().__init__(what)
        self.todo = todo


def setting(name, default=""):
    """A variable given on make's command line or in the environment."""
    return os.environ.get(name) or default


def flag(name):
    return setting(name, "0").lower() not in ("0", "no", "false")


def cache_dir():
    """Where downloads live that several clones may share."""
    base = setting("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = (
        Path(setting("CRM_LOYALTY_CACHE") or Path(base) / "crm_loyalty")
        .expanduser()
        .absolute()
    )
    path.mkdir(parents=True, exist_ok=True)
    return path


def say(text=""):
    print(text, flush=True)


def step(text):
    say(f"== {text}")


def require_space(path, gib, purpose):
    """Refuse early instead of failing half-way with a full disk."""
    free = shutil.disk_usage(path).free / GIB
    if free < gib:
        raise Failure(
            f"disk nearly full: {purpose} needs about {gib:g} GiB under {path}, "
            f"{free:.1f} GiB are free",
            "free some space, or put the cache elsewhere with CRM_LOYALTY_CACHE=/path",
        )


@contextlib.contextmanager
def locked(path, waiting):
    """Hold a lock file; say what we are waiting for when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            say(f"   waiting: {waiting}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Progress:
    """A line that counts seconds on a terminal; elsewhere a sign of life at times."""

    every = 30

    def __init__(self, label):
        self.label, self.start, self.last, self.detail = (
            label,
            time.monotonic(),
            0.0,
            "",
        )
        self.terminal = sys.stdout.isatty()

    @property
    def seconds(self):
        return time.monotonic() - self.start

    def tick(self):
        due = 0.5 if self.terminal else self.every
        if self.seconds - self.last < due:
            return
        self.last = self.seconds
        text = f"   {self.label}: {self.seconds:.0f} s  {self.detail}"
        if self.terminal:
            print(
                f"\r\033[K{text[: shutil.get_terminal_size().columns - 1]}",
                end="",
                flush=True,
            )
        else:
            say(text)

    def done(self, how="done"):
        say(
            ("\r\033[K" if self.terminal else "")
            + f"   {self.label}: {how} in {self.seconds:.0f} s"
        )


def tail(path, lines=15):
    """The last lines of a log."""
    with contextlib.suppress(OSError):
        return "\n".join(Path(path).read_text(errors="replace").splitlines()[-lines:])
    return ""


def start_child(command, log, env=None, cwd=ROOT):
    """Start a command that writes to a log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        try:
            return subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise Failure(
                f"command not found: {error.filename}", "run 'make prepare'"
            ) from error


def stop_group(child):
    """End a child that we started, and what it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=15)
            return


def run(command, label, log, env=None, watch=None, quiet=False):
    """Run a command, its output in a log, with visible progress; return its code.

    ``watch`` turns a line of the log into a few words for the progress line, or None.
    """
    # Not emptied: something left over from a killed run may still write to the old one.
    log.unlink(missing_ok=True)
    progress = Progress(label)
    child = start_child(command, log, env)
    try:
        with open(log, errors="replace") as output:
            while child.poll() is None:
                time.sleep(0.3)
                for line in output:
                    progress.detail = (watch and watch(line)) or progress.detail
                if not quiet:
                    progress.tick()
    finally:
        stop_group(child)
    if not quiet:
        progress.done("done" if child.returncode == 0 else "FAILED")
    return child.returncode


def must_run(command, label, log, what, todo, **options):
    """Like run, but a failure ends everything with one clear line."""
    if run(command, label, log, **options) == 0:
        return
    text = tail(log)
    say(text)
    # On a full disk the log may be empty, too.
    full = shutil.disk_usage(log.parent).free < GIB / 50
    if full or "No space left on device" in text:
        what, todo = "the disk is full", "free some space, then run this again"
    raise Failure(f"{what} (log: {log})", todo)


def output_of(command, **options):
    """The output of a short command, as text; raises CalledProcessError."""
    return subprocess.run(
        [str(part) for part in command],
        check=True,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        **options,
    ).stdout
