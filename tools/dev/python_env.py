"""The virtual environment, named after the hash of what it was made from."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from .base import ROOT, Failure, cache_dir, locked, must_run, require_space, step

REQUIREMENTS = ROOT / "tools/requirements.txt"
ADDONS = ROOT / "tools/requirements-addons.txt"
SUPPORTED = ((3, 10), (3, 13))


def path():
    """The folder of the virtual environment for these requirements and this Python."""
    seed = (
        REQUIREMENTS.read_bytes()
        + ADDONS.read_bytes()
        + sys.version.encode()
        + os.path.realpath(sys.executable).encode()
    )
    return cache_dir() / f"venv-{hashlib.sha256(seed).hexdigest()[:12]}"


def python():
    return path() / "bin/python"


def prepare():
    """Create it if need be. The marker is written last: without it, it is made anew."""
    folder = path()
    if (folder / ".complete").exists():
        return folder
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        raise Failure(
            f"Odoo 19 runs on Python 3.10 to 3.13, this is {sys.version.split()[0]}",
            "put such a Python first on PATH as python3",
        )
    with locked(
        cache_dir() / ".venv.lock", "another process is preparing the Python packages"
    ):
        if not (folder / ".complete").exists():
            _make(folder)
    return folder


def _make(folder):
    step(f"Python packages (in {folder})")
    require_space(folder.parent, 1.5, "the Python environment")
    if folder.exists():
        shutil.rmtree(folder)
    log = cache_dir() / "log/pip.log"
    must_run(
        [sys.executable, "-m", "venv", folder],
        "virtual environment",
        log,
        "cannot create a virtual environment",
        "install python3-venv",
    )
    for options in (["--requirement", REQUIREMENTS], ["--no-deps", "-r", ADDONS]):
        must_run(
            [
                folder / "bin/pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                *options,
            ],
            "pip install",
            log,
            "cannot install the Python packages",
            "check the network and pip's settings (pip config list), then try again",
            watch=_first_words,
        )
    # Odoo looks for this name on PATH. Debian's own one prints no headers and footers.
    (folder / "bin/wkhtmltopdf").symlink_to("wkhtmltopdf-pack")
    (folder / ".complete").touch()


def _first_words(line):
    words = line.split()
    return (
        " ".join(words[:2])
        if words and words[0] in ("Collecting", "Downloading", "Installing")
        else None
    )


def environment(odoo):
    """The process environment in which Odoo, its tests and our tools run."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "ODOO_", "PYTHON"))
    }
    env.pop("OPENERP_SERVER", None)
    env.update(
        PATH=os.pathsep.join(
            [str(path() / "bin"), env.get("PATH", "/usr/local/bin:/usr/bin:/bin")]
        ),
        PYTHONPATH=str(odoo.python_path),
        PYTHONUNBUFFERED="1",
        TZ="UTC",
        LANG="C.UTF-8",
        LC_ALL="C.UTF-8",
        HOME=env.get("HOME") or str(Path.home()),
    )
    return env
