"""Every sentence is there in Kyrgyz and Russian, and in Arabic where a foreign official reads it."""

import re
import string
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_dir

from registry.verification.rules import ANSWERS, SIGNED_FAULTS
from registry.verifier.rules import SENTENCES

ROOT = Path(__file__).parents[1]
KEYWORDS = {"_": None, "N_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "trans": None}
METHODS = [("registry/**.py", "python"), ("templates/**.html", "jinja2")]
FOR_STAFF = {f"templates/verification/{name}.html" for name in ("log", "proof")}
PUBLIC = ("templates/verification/", "templates/verifier/", "registry/verification/forms.py", "registry/verifier/")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def messages() -> Iterator[tuple[str, str]]:
    """(file, msgid) of every translatable string, as `make translations` finds them."""
    found = extract_from_dir(
        ROOT,
        method_map=METHODS,
        keywords=KEYWORDS,
        options_map={"templates/**.html": {"trimmed": "true"}},
        directory_filter=lambda path: Path(path).name not in {".venv", "node_modules", ".git", "tests", "var"},
    )
    for file, _line, msgid, _comments, _context in found:
        yield file, msgid if isinstance(msgid, str) else msgid[0]


MESSAGES = sorted(set(messages()))


def catalogue(language: str) -> dict[str, polib.POEntry]:
    path = ROOT / "registry/web/translations" / language / "LC_MESSAGES/messages.po"
    return {entry.msgid: entry for entry in polib.pofile(str(path)) if not entry.obsolete}


def test_the_strings_are_found_at_all() -> None:
    assert len(MESSAGES) > 500
    assert all(any(file.startswith(room) for file, _ in MESSAGES) for room in PUBLIC)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_nothing_is_left_in_english(language: str) -> None:
    entries = catalogue(language)
    missing = {msgid for _, msgid in MESSAGES if msgid not in entries or not entries[msgid].translated()}
    assert not missing, f"run `make translations`, then translate into {language}: {sorted(missing)}"


def test_what_a_foreign_official_reads_is_there_in_arabic() -> None:
    entries = catalogue("ar")
    read = {msgid for file, msgid in MESSAGES if file.startswith(PUBLIC) and file not in FOR_STAFF}
    read |= {sentence for _, sentence in ANSWERS.values()} | set(SIGNED_FAULTS.values()) | set(SENTENCES.values())
    read |= {msgid for file, msgid in MESSAGES if file.startswith("registry/verification/rules/")}
    missing = {msgid for msgid in read if msgid not in entries or not entries[msgid].translated()}
    assert not missing, f"translate into Arabic: {sorted(missing)}"


@pytest.mark.parametrize("language", ["ky", "ru", "ar"])
def test_a_translation_fills_in_the_same_facts(language: str) -> None:
    for entry in catalogue(language).values():
        if entry.msgstr:
            assert sorted(PLACEHOLDER.findall(entry.msgid)) == sorted(PLACEHOLDER.findall(entry.msgstr)), entry.msgid
            assert "fuzzy" not in entry.flags, entry.msgid


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_no_word_mixes_latin_and_cyrillic_letters(language: str) -> None:
    for entry in catalogue(language).values():
        for word in re.findall(r"[^\W\d_]+", PLACEHOLDER.sub("", entry.msgstr)):
            latin = set(word) & set(string.ascii_letters)
            assert not latin or latin >= set(word), f"{word!r} in {entry.msgstr!r}"
