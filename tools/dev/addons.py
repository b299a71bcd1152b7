"""The add-ons of this repository."""

import ast
import hashlib

from .base import ROOT, Failure

# What can change without a need to update a database.
IGNORED = {"__pycache__", "tests", "readme", "description"}


def names():
    """Every installable add-on in the repository's root."""
    found = []
    for manifest in sorted(ROOT.glob("*/__manifest__.py")):
        if _manifest(manifest.parent.name).get("installable", True):
            found.append(manifest.parent.name)
    if not found:
        raise Failure(
            f"no add-on in {ROOT}",
            "add-ons are folders with a __manifest__.py in the repository's root",
        )
    return found


def foundations():
    """The add-ons of others that ours ask for by name."""
    asked = {name for own in names() for name in _manifest(own).get("depends", [])}
    return sorted(asked.difference(names()))


def _manifest(name):
    return ast.literal_eval((ROOT / name / "__manifest__.py").read_text())


def fingerprint(name):
    """Changes whenever the installed form of an add-on may change."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / name).rglob("*")):
        if path.is_file() and not IGNORED.intersection(path.parts[len(ROOT.parts) :]):
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprints():
    return {name: fingerprint(name) for name in names()}


def test_files(module=""):
    """The test files of all add-ons and of the tools, or of one add-on."""
    chosen = names()
    if module and module not in chosen:
        known = ", ".join(chosen)
        raise Failure(f"there is no add-on named {module}", f"MODULE= one of: {known}")
    folders = [module] if module else [*chosen, "tools"]
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder / "tests").glob("**/test_*.py"))
    ]
