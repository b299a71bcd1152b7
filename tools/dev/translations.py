"""Translation templates and ru.po: refreshed by 'make pot', checked by 'make test'.

Runs in a process of its own with the virtual environment's Python: it needs polib.
"""

import re
import sys
from pathlib import Path

import polib

LANGUAGE = "ru"
PLACEHOLDER = re.compile(
    r"%\(\w+\)[sdifr]|%[sdifr]|%%|\{\w*\}|\$\{\w+\}|</?[a-z][a-z0-9]*"
)


def terms(catalogue):
    """What must agree between code and template: text and places, not line numbers."""
    return {
        (entry.msgctxt or "", entry.msgid): frozenset(
            place for place, _line in entry.occurrences
        )
        for entry in catalogue
        if not entry.obsolete
    }


def check(root, module, exported):
    """What is wrong with the catalogues of an add-on, as lines of text."""
    template = Path(root) / module / "i18n" / f"{module}.pot"
    translated = Path(root) / module / "i18n" / f"{LANGUAGE}.po"
    fresh = _read(exported)
    found = (
        []
        if fresh or not template.exists()
        else [f"{module}: nothing to translate, but there is a template"]
    )
    if not fresh:
        return found
    if not template.exists():
        return [f"{module}: i18n/{module}.pot is missing (run 'make pot')"]
    found += _differences(module, terms(fresh), terms(_read(template)))
    if not translated.exists():
        return [
            *found,
            f"{module}: i18n/{LANGUAGE}.po is missing (run 'make pot', then translate)",
        ]
    return found + [
        f"{module}/{LANGUAGE}.po: {problem}"
        for problem in _translation_problems(fresh, _read(translated))
    ]


def _read(path):
    return (
        polib.pofile(str(path), encoding="utf-8")
        if Path(path).exists() and Path(path).stat().st_size
        else polib.POFile()
    )


def _differences(module, fresh, committed):
    for text in sorted(fresh.keys() - committed.keys()):
        yield f"{module}.pot: new in the code, run 'make pot': {text[1]!r:.150}"
    for text in sorted(committed.keys() - fresh.keys()):
        yield f"{module}.pot: no longer in the code, run 'make pot': {text[1]!r:.150}"
    for text in sorted(fresh.keys() & committed.keys()):
        if fresh[text] != committed[text]:
            yield f"{module}.pot: used elsewhere now, run 'make pot': {text[1]!r:.150}"


def _translation_problems(fresh, translated):
    known = {
        (entry.msgctxt or "", entry.msgid): entry
        for entry in translated
        if not entry.obsolete
    }
    wanted = {(entry.msgctxt or "", entry.msgid) for entry in fresh}
    for key in sorted(wanted - known.keys()):
        yield f"missing: {key[1]!r:.150}"
    for key in sorted(known.keys() - wanted):
        yield f"no longer used: {key[1]!r:.150}"
    for entry in translated:
        if entry.obsolete:
            yield f"obsolete entry: {entry.msgid!r:.150}"
        elif entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r:.150}"
        elif not entry.msgstr.strip():
            yield f"not translated: {entry.msgid!r:.150}"
        elif sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(
            PLACEHOLDER.findall(entry.msgstr)
        ):
            pair = f"{entry.msgid!r:.150} / {entry.msgstr!r:.150}"
            yield f"placeholders or tags differ: {pair}"


def refresh(root, module, exported):
    """Write the template and carry the translations over."""
    fresh = _read(exported)
    if not fresh:
        return f"{module}: nothing to translate"
    folder = Path(root) / module / "i18n"
    folder.mkdir(exist_ok=True)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        fresh.metadata.pop(name, None)  # they would change the file each time
    fresh.wrapwidth = 100
    fresh.save(str(folder / f"{module}.pot"))
    old = {
        (entry.msgctxt or "", entry.msgid): entry.msgstr
        for entry in _read(folder / f"{LANGUAGE}.po")
        if not entry.fuzzy
    }
    for entry in fresh:
        entry.msgstr = old.get((entry.msgctxt or "", entry.msgid), "")
    fresh.metadata["Language"] = LANGUAGE
    fresh.metadata["Plural-Forms"] = (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
        "(n%100<10 || n%100>=20) ? 1 : 2);"
    )
    fresh.save(str(folder / f"{LANGUAGE}.po"))
    missing = sum(not entry.msgstr for entry in fresh)
    return f"{module}: {len(fresh)} texts, {missing} to translate in {LANGUAGE}.po"


def main(action, root, folder, modules):
    """check or refresh; the exported templates are FOLDER/<module>.pot."""
    if action == "refresh":
        for module in modules:
            print(refresh(root, module, Path(folder) / f"{module}.pot"))
        return 0
    found = [
        problem
        for module in modules
        for problem in check(root, module, Path(folder) / f"{module}.pot")
    ]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
