"""Lists of certificates as people bring them: pasted, scanned one to a line, or a manifest with columns of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from registry.pilgrims.intake import DATES, HEADER_WITHIN, DateUnreadable
from registry.uploads.reading import Row
from registry.verification.rules import (
    MOST,
    Finding,
    NothingListed,
    Readiness,
    TooManyRows,
    clean_text,
    join_broken,
    names_certificate,
)

# As manifests of airlines and group leaders name them, folded: letters and digits alone.
CODE_HEADERS = {
    "code", "certificate", "certificate code", "certificate number", "link", "qr", "код", "сертификат",
    "код сертификата", "номер сертификата", "ссылка", "сертификаттын коду", "күбөлүк", "رمز الشهادة", "الشهادة",
}  # fmt: skip
LONGEST = 5_000  # characters of a line that are read: the longest signed code, quoted
TRAVEL_HEADERS = {
    "travel on", "travel date", "arrival on", "arrival date", "arrival", "departure date", "flight date",
    "дата поездки", "дата прибытия", "дата вылета", "дата рейса", "сапар күнү", "келүү күнү", "учуу күнү",
    "تاريخ السفر", "تاريخ الوصول",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line: `number` as a spreadsheet counts it, `cells` as they were given, `text` what names the certificate.

    `travel_on`: the day on which entry is planned. `fault`: what is wrong with the line itself.
    """

    number: int
    cells: tuple[str, ...]
    text: str
    travel_on: date | None = None
    fault: DateUnreadable | None = None


@dataclass(frozen=True)
class Listed:
    """`header` is empty where the list has none."""

    header: tuple[str, ...]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Checked:
    """One line of a list and its answer. `same_as`: the line above that names the same certificate."""

    entry: Entry
    readiness: Readiness
    found: Finding
    same_as: int | None = None


def pasted_rows(text: str) -> Iterator[Row]:
    """One certificate a line; cells copied from a spreadsheet come with tabs between them. Lines over which a chat or a
    mail broke one code or link are one."""
    return ((number, line.split("\t")) for number, line in enumerate(join_broken(re.split(r"[\r\n]+", text)), start=1))


def read_group(rows: Iterable[Row]) -> Listed:
    """Raises TooManyRows or NothingListed. The list may have a header; else the column that holds codes is found."""
    numbered = ((number, row) for number, row in rows if any(map(clean_text, row)))
    read = list(islice(numbered, MOST + HEADER_WITHIN + 1))
    headed = next(
        (place for place, (_number, row) in enumerate(read[:HEADER_WITHIN]) if _find(row, CODE_HEADERS)), None
    )
    header = tuple(read[headed][1]) if headed is not None else ()
    data = read if headed is None else read[headed + 1 :]
    if len(data) > MOST:
        raise TooManyRows(rows=MOST)
    code_column = next(iter(_find(header, CODE_HEADERS)), None)
    if code_column is None:
        code_column = _likeliest_column([row for _number, row in data])
    travel_column = next(iter(_find(header, TRAVEL_HEADERS)), None)
    entries = [_entry(number, row, code_column, travel_column) for number, row in data]
    if not any(entry.text for entry in entries):
        raise NothingListed
    return Listed(header, entries)


def _find(row: Sequence[str], names: set[str]) -> list[int]:
    return [place for place, cell in enumerate(row) if re.sub(r"[\W_]+", " ", cell).casefold().strip() in names]


def _likeliest_column(rows: Sequence[Sequence[str]]) -> int:
    width = max((len(row) for row in rows), default=0)
    return max(range(width), key=lambda place: sum(1 for row in rows if _names(row, place)), default=0)


def _names(row: Sequence[str], place: int) -> bool:
    return place < len(row) and names_certificate(row[place])


def _entry(number: int, row: Sequence[str], code_column: int, travel_column: int | None) -> Entry:
    text = row[code_column][:LONGEST] if code_column < len(row) and clean_text(row[code_column]) else ""
    written = row[travel_column].strip() if travel_column is not None and travel_column < len(row) else ""
    travel_on = _read_day(written)
    fault = DateUnreadable() if written and travel_on is None else None
    return Entry(number, tuple(row), text, travel_on, fault)


def _read_day(written: str) -> date | None:
    found = next((match for match in (pattern.fullmatch(written) for pattern in DATES) if match), None)
    if not found or not found["day"]:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
