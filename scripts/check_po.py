"""Translations of our addons against what Odoo exports from a database that has them installed.

check_po.py -c odoo.conf -d DATABASE addon…           complain: terms without Chinese, an old .pot, lost placeholders
check_po.py -c odoo.conf -d DATABASE --write addon…   refresh i18n/<addon>.pot and merge the terms into i18n/zh_CN.po
"""

import argparse
import io
import re
import sys
from pathlib import Path

import polib

import odoo.init  # noqa: F401
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import trans_export

LANGUAGES = ("zh_CN",)
ADDONS = Path(__file__).resolve().parent.parent / "addons"
# what the terms are compared without: they change with every export or with every line moved
NAMED = re.compile(r"%\((\w+)\)[a-z]|(%[sdifr%])")
DATES = ("POT-Creation-Date", "PO-Revision-Date")


def key(entry):
    return entry.msgctxt or "", entry.msgid


def export(env, addon):
    """The terms of an addon as polib.POFile, in a stable order."""
    buffer = io.BytesIO()
    if not trans_export(False, [addon], buffer, "po", env):
        return polib.POFile()
    return polib.pofile(buffer.getvalue().decode())


def write(path, po):
    text = str(po).rstrip("\n") + "\n"
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(f"{path.relative_to(ADDONS.parent)}: {len(po)} terms")


def refresh(addon, terms):
    folder = ADDONS / addon / "i18n"
    pot_path = folder / f"{addon}.pot"
    # keep the dates of a file whose terms are the same
    if pot_path.exists():
        old = polib.pofile(str(pot_path))
        for name in DATES:
            terms.metadata[name] = old.metadata.get(name, terms.metadata.get(name, ""))
    write(pot_path, terms)
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        old = polib.pofile(str(path)) if path.exists() else polib.POFile()
        known = {key(entry): entry for entry in old if not entry.obsolete}
        po = polib.POFile(wrapwidth=78)
        po.header = terms.header
        po.metadata = {
            **terms.metadata,
            **old.metadata,
            "Language": language,
            "Plural-Forms": "nplurals=1; plural=0;",
        }
        for term in terms:
            entry = polib.POEntry(
                msgid=term.msgid,
                msgctxt=term.msgctxt,
                occurrences=term.occurrences,
                comment=term.comment,
                flags=list(term.flags),
            )
            if key(term) in known:
                entry.msgstr = known[key(term)].msgstr
                entry.tcomment = known[key(term)].tcomment
            po.append(entry)
        write(path, po)


def check(addon, terms):
    """Yield a line for each thing that is wrong."""
    folder = ADDONS / addon / "i18n"
    wanted = {key(entry) for entry in terms}
    pot_path = folder / f"{addon}.pot"
    if not pot_path.exists():
        yield f"{addon}: i18n/{addon}.pot is missing"
    else:
        there = {key(entry) for entry in polib.pofile(str(pot_path))}
        for _context, msgid in sorted(wanted - there):
            yield f"{addon}: i18n/{addon}.pot lacks {msgid!r}"
        for _context, msgid in sorted(there - wanted):
            yield f"{addon}: i18n/{addon}.pot still has {msgid!r}"
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        if not path.exists():
            if wanted:
                yield f"{addon}: i18n/{language}.po is missing"
            continue
        po = {key(entry): entry for entry in polib.pofile(str(path)) if not entry.obsolete}
        for term in sorted(wanted):
            entry = po.get(term)
            if entry is None:
                yield f"{addon}: {language}.po lacks {term[1]!r}"
            elif not entry.msgstr.strip():
                yield f"{addon}: {language}.po: no translation of {term[1]!r}"
            elif "fuzzy" in entry.flags:
                yield f"{addon}: {language}.po: translation of {term[1]!r} is marked fuzzy"
        for entry in po.values():
            # a % in a label is no placeholder: only code is formatted
            is_code = any(where.startswith("code:") for where, _line in entry.occurrences)
            if entry.msgstr and is_code:
                marks = [sorted(NAMED.findall(text)) for text in (entry.msgid, entry.msgstr)]
                if marks[0] != marks[1]:
                    yield f"{addon}: {language}.po: placeholders differ in {entry.msgid!r}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", required=True)
    parser.add_argument("-d", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("addons", nargs="+")
    args = parser.parse_args()
    config.parse_config(
        ["-c", args.c, "-d", args.d, "--no-http", "--log-level=error"], setup_logging=True
    )
    problems = []
    with Registry(args.d).cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        for addon in args.addons:
            terms = export(env, addon)
            if args.write:
                refresh(addon, terms)
            else:
                problems += check(addon, terms)
    for line in problems[:200]:
        print(line)
    if problems:
        sys.exit(f"{len(problems)} problems with translations; `make i18n` refreshes the files")


if __name__ == "__main__":
    main()
