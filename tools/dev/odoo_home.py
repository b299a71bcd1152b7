"""An unpacked Odoo 19: the one named by ODOO_HOME, or one made from Debian's packages.

Odoo is not on PyPI. Debian's unstable suite packs it; it cannot be *installed* on a
stable system (it drags in that suite's C library), but its files run anywhere. So it is
downloaded with a package state of our own and unpacked into the cache.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .base import (
    Failure,
    cache_dir,
    locked,
    must_run,
    output_of,
    require_space,
    setting,
    step,
)

VERSION = "19.0.0+dfsg-1"
SHA256 = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
# Odoo's files link to files of these packages, taken from the machine's own suite:
# those of newer suites have other file names.
LINK_TARGETS = [
    "fonts-dejavu-core",
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
LINKS = [
    "addons/web/static/fonts/google/Roboto/Roboto-Regular.ttf",
    "addons/web/static/lib/jquery/jquery.js",
    "addons/web/static/lib/underscore/underscore.js",
    "addons/web/static/src/libs/fontawesome/fonts/fontawesome-webfont.ttf",
]
LAYOUT = "1"  # raise it when the steps below change: older folders are then made anew
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ELSEWHERE = "or use an Odoo 19 that is already there: make ... ODOO_HOME=/path/to/odoo"

# Debian takes this file out. Every page would log an error about it, and every browser
# tour would fail.
SELFIE = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
SELFIE_TEXT = """// Stand-in made by tools/dev for what Debian removed:
// background blur in video calls.
window.SelfieSegmentation = class {
    constructor() {
        throw new Error("Background blur is not part of this development copy of Odoo");
    }
};
"""


@dataclass
class Odoo:
    """Where Python finds Odoo, and where Odoo finds its add-ons."""

    python_path: Path
    addons_paths: list


def prepare():
    """The Odoo to use; made first if need be."""
    home = setting("ODOO_HOME")
    return _given(Path(home).expanduser().absolute()) if home else _own()


def locate():
    """The Odoo to use, without downloading anything."""
    if setting("ODOO_HOME") or _is_complete(_prefix()):
        return prepare()
    raise Failure("Odoo is not prepared yet", "run 'make prepare' first")


def _given(home):
    for base in (home, home / "usr/lib/python3/dist-packages", home.parent):
        release = base / "odoo/release.py"
        if release.is_file():
            break
    else:
        raise Failure(
            f"ODOO_HOME={home} holds no Odoo (no odoo/release.py)",
            "name the folder that has odoo-bin and odoo/",
        )
    found = re.search(
        r"^version_info\s*=\s*\(\s*['\"]?([^,]+?)['\"]?\s*,\s*(\d+)",
        release.read_text(),
        re.MULTILINE,
    )
    version = ".".join(found.groups()) if found else "unknown"
    if version != "19.0":
        raise Failure(
            f"ODOO_HOME={home} is Odoo {version}; these add-ons need 19.0",
            "name an Odoo 19.0, or leave ODOO_HOME out",
        )
    return _describe(base)


def _describe(base):
    """A source checkout has most add-ons beside the package, Debian inside it."""
    paths = [path for path in (base / "odoo/addons", base / "addons") if path.is_dir()]
    if (paths[0] / "sale").is_dir():
        paths = paths[:1]
    if not any((path / "sale/__manifest__.py").is_file() for path in paths):
        raise Failure(
            f"no add-ons (such as 'sale') below {base}",
            "name a complete Odoo 19.0 in ODOO_HOME",
        )
    return Odoo(base, paths)


def _prefix():
    return cache_dir() / f"odoo-{VERSION}"


def _is_complete(prefix):
    marker = prefix / ".complete"
    return marker.is_file() and marker.read_text().strip() == LAYOUT


def _own():
    prefix = _prefix()
    if not _is_complete(prefix):
        with locked(cache_dir() / ".odoo.lock", "another process is preparing Odoo"):
            if not _is_complete(prefix):
                _make(prefix)
    return _describe(prefix / "usr/lib/python3/dist-packages")


def _make(prefix):
    step(f"Odoo {VERSION} (117 MiB to download, 1.1 GiB unpacked, in {prefix.parent})")
    require_space(prefix.parent, 2.5, "Odoo")
    debs = _download(cache_dir() / "downloads")
    unpacked = prefix.with_name(prefix.name + ".tmp")
    for leftover in (unpacked, prefix):
        if leftover.exists():
            shutil.rmtree(leftover)
    log = cache_dir() / "log/unpack.log"
    for deb in debs:
        must_run(
            ["dpkg-deb", "-x", deb, unpacked],
            f"unpack {deb.name}",
            log,
            f"cannot unpack {deb}",
            f"delete {deb} and run this again",
        )
    package = unpacked / "usr/lib/python3/dist-packages/odoo"
    (package / SELFIE).parent.mkdir(parents=True, exist_ok=True)
    (package / SELFIE).write_text(SELFIE_TEXT)
    for link in LINKS:
        if not (package / link).exists():
            raise Failure(
                f"Odoo's file {link} links to nothing",
                f"this Debian release packs other versions: {ELSEWHERE}",
            )
    (unpacked / ".complete").write_text(LAYOUT)
    unpacked.rename(prefix)


def _download(folder):
    """The .deb files, downloaded and checked; what is there is not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    odoo = folder / f"odoo-19_{VERSION}_all.deb"
    others = [
        next(iter(sorted(folder.glob(f"{name}_*.deb"))), None) for name in LINK_TARGETS
    ]
    wanted = [
        name for name, deb in zip(LINK_TARGETS, others, strict=True) if deb is None
    ]
    options = None
    if wanted or not _verified(odoo):
        options = _package_lists()
    if wanted:
        suite = _os_release("VERSION_CODENAME")
        _fetch(
            folder,
            options,
            [f"{name}/{suite}" for name in wanted],
            "fonts and JavaScript libraries",
        )
    if not _verified(odoo):
        odoo.unlink(missing_ok=True)
        _fetch(folder, options, [f"odoo-19={VERSION}"], f"Odoo {VERSION}")
        if not _verified(odoo):
            raise Failure(
                f"{odoo.name} is not the file we know (SHA-256 differs)",
                f"do not use it; {ELSEWHERE}",
            )
    return [odoo] + [
        next(iter(sorted(folder.glob(f"{name}_*.deb")))) for name in LINK_TARGETS
    ]


def _verified(path):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256


def _fetch(folder, options, packages, label):
    log = cache_dir() / "log/download.log"
    # In a folder of its own first: an interrupted download leaves no half file
    # where we look for whole ones.
    with_temporary = folder / "partial"
    shutil.rmtree(with_temporary, ignore_errors=True)
    with_temporary.mkdir()
    command = [
        "sh",
        "-c",
        'cd "$0" && exec "$@"',
        with_temporary,
        "apt-get",
        *options,
        "download",
        *packages,
    ]
    gone = f"that suite moves on; if it no longer has this version, {ELSEWHERE}"
    must_run(
        command,
        f"download {label}",
        log,
        f"cannot download {label}",
        f"check the network; {gone}",
    )
    for deb in with_temporary.glob("*.deb"):
        deb.rename(folder / deb.name)
    with_temporary.rmdir()


def _package_lists():
    """Options for apt-get: lists of the machine's suite and of unstable."""
    if not shutil.which("apt-get") or not Path(KEYRING).is_file():
        raise Failure(
            "this is not a Debian system: no package archive to take Odoo from",
            f"use Debian 12, {ELSEWHERE}",
        )
    base = cache_dir() / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (base / name).mkdir(parents=True, exist_ok=True)
    suite, source = _os_release("VERSION_CODENAME"), base / "sources.list"
    archive = _archive(suite, base)
    source.write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {archive} {name} main\n"
            for name in (suite, "sid")
        )
    )
    settings = {
        "Dir::State": base / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": base / "cache",
        "Dir::Etc::sourcelist": source,
        "Dir::Etc::sourceparts": "-",
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    if os.geteuid() == 0:
        settings["APT::Sandbox::User"] = "root"
    options = [
        part for name, value in settings.items() for part in ("-o", f"{name}={value}")
    ]
    log = cache_dir() / "log/update.log"
    # A list that cannot be fetched is only a warning without --error-on=any.
    todo = (
        f"check the network and the package sources, then run this again; {ELSEWHERE}"
    )
    must_run(
        ["apt-get", *options, "update", "--error-on=any"],
        "package lists",
        log,
        "cannot fetch Debian's package lists",
        todo,
    )
    return options


def _archive(suite, base):
    """The address of the Debian archive this machine is set up with."""
    command = ["apt-get", "-o", f"Dir::State={base / 'none'}", "update", "--print-uris"]
    try:
        addresses = re.findall(
            rf"^'(.+)/dists/{re.escape(suite)}/", output_of(command), re.MULTILINE
        )
    except subprocess.CalledProcessError:
        addresses = []
    if not addresses:
        raise Failure(
            "the machine's package sources name no Debian archive",
            f"repair them (apt-get update), {ELSEWHERE}",
        )
    return addresses[0]


def _os_release(key):
    text = Path("/etc/os-release").read_text()
    found = re.search(rf'^{key}="?([^"\n]*)"?$', text, re.MULTILINE)
    return found.group(1) if found else ""
