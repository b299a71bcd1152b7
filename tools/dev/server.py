"""The demo server: started in the background, known by its process id file."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import time
from pathlib import Path

from .base import LOGS, RUN, Failure, Progress, setting, start_child, tail

PID_FILE = RUN / "server.json"
LOG = LOGS / "server.log"
ASSETS = re.compile(r'(?:src|href)="(/web/assets/[^"]+)"')


def wanted_port():
    text = setting("PORT", "8069")
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Failure(
            f"PORT={text} is not a port number", "for example: make demo PORT=8070"
        )
    return int(text)


def running():
    """Process id and port of our server; None if another process has that id now."""
    try:
        known = json.loads(PID_FILE.read_text())
        command = (
            Path(f"/proc/{known['pid']}/cmdline").read_bytes().decode(errors="replace")
        )
    except (OSError, ValueError):
        return None
    return known if str(RUN / "odoo.conf") in command else None


def check_port(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Failure(
                f"port {port} is reserved for root",
                "choose another one: make demo PORT=8070",
            ) from error
        except OSError as error:
            todo = (
                f"stop what uses it, or choose another one: make demo PORT={port + 1}"
            )
            raise Failure(f"port {port} is taken", todo) from error


def start(instance, database, port):
    """Start the server, wait until it has served the login page and the web client."""
    check_port(port)
    options = [
        "--database",
        database,
        "--db-filter",
        f"^{database}$",
        "--http-port",
        str(port),
        "--max-cron-threads",
        "1",
    ]
    LOG.unlink(missing_ok=True)
    child = start_child(
        instance.command("server", *options), LOG, env=instance.environment
    )
    PID_FILE.write_text(
        json.dumps({"pid": child.pid, "port": port, "database": database})
    )
    try:
        _wait(child, port, database)
    except BaseException:
        stop()
        raise


def _wait(child, port, database, patience=180):
    progress = Progress("server")
    while progress.seconds < patience:
        if child.poll() is not None:
            raise Failure(f"the server ended at once:\n{tail(LOG)}", f"read {LOG}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            _fetch_pages(port, database)
            progress.done("ready")
            return
        time.sleep(0.5)
        progress.tick()
    raise Failure(f"the server did not answer within {patience} s", f"read {LOG}")


def _ask(port, path, cookie="", body=None):
    """Status, session cookie and text of an answer; no proxy ever comes between."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/json"} | (
            {"Cookie": cookie} if cookie else {}
        )
        connection.request("POST" if body else "GET", path, body=body, headers=headers)
        answer = connection.getresponse()
        cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
        return answer.status, cookie, answer.read().decode(errors="replace")


def _must_answer(port, path, cookie=""):
    status, _cookie, text = _ask(port, path, cookie)
    if status != 200:
        raise Failure(
            f"the server answers {status} to {path}:\n{tail(LOG, 8)}", f"read {LOG}"
        )
    return text


def _fetch_pages(port, database):
    """The first fetch makes Odoo build styles and scripts: spare the user that."""
    for path in ASSETS.findall(_must_answer(port, "/web/login")):
        _must_answer(port, path)
    login = {
        "jsonrpc": "2.0",
        "params": {"db": database, "login": "admin", "password": "admin"},
    }
    _status, cookie, text = _ask(
        port, "/web/session/authenticate", body=json.dumps(login)
    )
    if '"error"' in text:
        return  # the administrator's password was changed: nothing to fetch for us
    for path in ASSETS.findall(_must_answer(port, "/odoo", cookie)):
        _must_answer(port, path, cookie)


def stop():
    """Stop our server; True if there was one."""
    known = running()
    if known:
        _end(known["pid"])
    PID_FILE.unlink(missing_ok=True)
    return bool(known)


def _end(pid):
    for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.2)
