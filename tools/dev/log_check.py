"""Any WARNING or ERROR in Odoo's logs fails the build, unless it is a known one."""

import re
from pathlib import Path

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<database>\S+) "
    r"(?P<logger>[^\s:]+): (?P<message>.*)$"
)
# The last line of a traceback; of a chain of them the first names the cause.
EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Violation|NotFound)\b")
BAD = {"WARNING", "ERROR", "CRITICAL"}

# (logger, message, why it is not about us). Never for something our own code says.
KNOWN = [
    (
        r"py\.warnings",
        r".*site-packages/(?!odoo)",
        "a Python package that Odoo uses warns about itself",
    ),
    (
        r"odoo\.tools\.config",
        r".*invalid addons directory",
        "a folder that Debian's package does not have",
    ),
]


def problems(path):
    """The records of a log, with their tracebacks, that are bad and not known."""
    found, current = {}, None
    for line in Path(path).read_text(errors="replace").splitlines():
        match = LINE.match(line)
        if match:
            current = None
            if match["level"] in BAD and not _is_known(match):
                current = [line]
                found.setdefault((match["logger"], match["message"]), []).append(
                    current
                )
        elif current:
            current.append(line)
    return ["\n".join(_shorten(records)) for records in found.values()]


def _is_known(match):
    return any(
        re.fullmatch(logger, match["logger"]) and re.match(text, match["message"])
        for logger, text, _why in KNOWN
    )


def _shorten(records):
    """Each message once; of its traceback the names of the errors and the end."""
    first, *rest = [line[:600] for line in records[0]]
    if len(rest) > 8:
        rest = [line for line in rest[:-8] if EXCEPTION.match(line)] + rest[-8:]
    times = f"   ({len(records)} times)" if len(records) > 1 else ""
    return [first + times, *rest]
