"""The answers of a group check in words: for the page, and as a file for spreadsheets."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registry.clock import spell_date
from registry.errors import N_
from registry.spreadsheets import plain_cell
from registry.verification.intake import Checked, Listed
from registry.verification.rules import KINDS, RECALLED, Readiness, Reason
from registry.web.spoken import speak

WORDS: Mapping[Readiness, str] = {
    Readiness.READY: N_("Ready"),
    Readiness.NOT_YET: N_("Not yet"),
    Readiness.NOT_VALID: N_("Not valid"),
    Readiness.CHECK: N_("To be checked"),
    Readiness.UNKNOWN: N_("Unknown"),
}
NOT_YET_UNTIL = N_("Not yet: from %(date)s")
SAME_AS = N_("Row %(row)s has the same certificate.")
MOST_AGAIN = 400_000  # bytes; a form may have 500,000


def tell_status(one: Checked, language: str) -> str:
    if one.readiness is Readiness.NOT_YET:
        return speak(language, NOT_YET_UNTIL, date=spell_date(one.found.facts["date"]))
    return speak(language, WORDS[one.readiness])


def tell_why(one: Checked, language: str) -> str:
    """What is to be known of a line, whole sentences; nothing where it is simply ready."""
    return " ".join(_sentences(one, language))


def _sentences(one: Checked, language: str) -> Iterator[str]:
    found = one.found
    if one.entry.fault:
        yield speak(language, one.entry.fault.sentence)
    elif one.readiness is not Readiness.READY or found.reason != Reason.IN_FORCE:
        yield speak(language, found.sentence, **{name: spell_date(day) for name, day in found.facts.items()})
    if found.kind:
        yield speak(language, KINDS[found.kind])
    if found.recalled_on:
        yield speak(language, RECALLED, date=spell_date(found.recalled_on))
    if one.same_as:
        yield speak(language, SAME_AS, row=one.same_as)


def write_csv(listed: Listed, checked: Sequence[Checked], language: str) -> bytes:
    """The list's own columns as they were given, then row, status, from and reason, in the order of the list."""
    width = max([len(listed.header), *(len(one.entry.cells) for one in checked)])
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";")
    rows.writerow([plain_cell(cell) for cell in _filled(listed.header, width)] + ["row", "status", "from", "reason"])
    for one in sorted(checked, key=lambda one: one.entry.number):
        from_on = one.found.facts["date"].isoformat() if one.readiness is Readiness.NOT_YET else ""
        answer = [str(one.entry.number), one.readiness.value, from_on, tell_why(one, language)]
        rows.writerow([plain_cell(cell) for cell in _filled(one.entry.cells, width)] + answer)
    # A semicolon and a byte order mark: a Russian spreadsheet program then opens it in columns, its letters right.
    return text.getvalue().encode("utf-8-sig")


def _filled(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def tell_group(listed: Listed, checked: Sequence[Checked], language: str) -> dict[str, Any]:
    """What the page of a checked list shows."""
    rows = [
        {
            "number": one.entry.number,
            "given": one.entry.cells,
            "readiness": one.readiness,
            "status": tell_status(one, language),
            "why": tell_why(one, language),
        }
        for one in checked
    ]
    counts = Counter(one.readiness for one in checked)
    # Nothing was kept, so the page itself carries the list to the next question, unless it is too long for a form.
    again = "\n".join(
        "\t".join(cells) for cells in (listed.header, *(entry.cells for entry in listed.entries)) if cells
    )
    return {
        "rows": rows,
        "counts": [(WORDS[kind], kind, counts[kind]) for kind in Readiness],
        "again": again if len(again.encode()) < MOST_AGAIN else "",
    }
