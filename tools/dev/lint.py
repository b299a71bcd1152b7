"""Checks that need no database: ruff, pylint-odoo, well-formed XML."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree

from . import addons, python_env
from .base import ROOT, flag, say


def run():
    """From the name of each check to what is wrong: empty when all is well."""
    bin_path = python_env.path() / "bin"
    checks = {
        "ruff check": [
            bin_path / "ruff",
            "check",
            "--no-cache",
            "--quiet",
            *(["--fix"] if flag("FIX") else []),
            ".",
        ],
        "ruff format": [
            bin_path / "ruff",
            "format",
            "--no-cache",
            "--quiet",
            *([] if flag("FIX") else ["--diff"]),
            ".",
        ],
        "pylint-odoo": [bin_path / "pylint", "--rcfile=.pylintrc", *addons.names()],
    }
    results = {name: _command(command) for name, command in checks.items()}
    results["well-formed XML"] = "\n".join(_broken_xml())
    return results


def _command(command):
    # No PYTHONPATH to Odoo: the checks read our code only, and are much faster for it.
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON")
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode == 0:
        return ""
    return (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def _broken_xml():
    for name in addons.names():
        for path in sorted((ROOT / name).rglob("*.xml")):
            try:
                ElementTree.parse(path)
            except ElementTree.ParseError as error:
                yield f"{path.relative_to(ROOT)}: {error}"


def main():
    """make lint"""
    failed = 0
    for name, problem in run().items():
        say(f"   {name}: {'FAILED' if problem else 'ok'}")
        if problem:
            failed += 1
            say(problem)
    return 1 if failed else 0
