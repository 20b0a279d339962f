"""Lists of pilgrims in files: every row is read, judged, and compared with the other rows and the registry."""

import csv
import io
import json
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from itertools import chain, islice
from typing import NamedTuple

from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.errors import N_, Doubt, Refusal
from registry.pilgrims import histories, names, queries, rules
from registry.pilgrims.models import BirthPrecision, IdentifierKind, PilgrimDetails, Sex
from registry.uploads.limits import STAFF
from registry.uploads.reading import FileTooLarge, FileUnreadable, read_rows

MAX_ROWS = 20_000
HEADER_WITHIN = 10  # rows of titles that may stand above the header
AT_ONCE = 400  # rows compared with the registry by one query: engines limit a statement's parameters
MAX_GROUP_NAME = 80
CHECK_LIST, IMPORT_LIST = "check_pilgrim_list", "import_pilgrim_list"  # the two stages of an import in the browser
FIELD_OF = {IdentifierKind.PASSPORT: "passport_number", IdentifierKind.PIN: "pin"}
SEXES = {
    Sex.FEMALE: {"female", "f", "ж", "жен", "женский", "аял", "а"},
    Sex.MALE: {"male", "m", "м", "муж", "мужской", "эркек", "э"},
}
DATES = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?:[ T]00:00:00)?"),
    re.compile(r"(?:(?:(?P<day>[0-9]{1,2})[./-])?(?P<month>[0-9]{1,2})[./-])?(?P<year>[0-9]{4})"),
)


class Column(NamedTuple):
    name: str
    required: bool
    hint: str
    also: list[str]


COLUMNS = [Column(**c) for c in json.loads(files("registry.pilgrims").joinpath("data/columns.json").read_text("utf-8"))]


class ListUnreadable(Refusal):
    sentence = N_("This file cannot be read as a list. Save it as CSV or XLSX and try again.")


class ListTooLarge(Refusal):
    sentence = N_("This file is too large: at most %(rows)s rows and 20 MB unpacked. Divide it into several files.")


class ColumnsMissing(Refusal):
    sentence = N_("These columns are missing in the list: %(columns)s. Use the template's header.")


class DateUnreadable(Refusal):
    sentence = N_("This is not a date. Write day.month.year, for example 25.12.1960.")


class RegionUnknown(Refusal):
    sentence = N_("This region is not known. Write its code, for example KG-N, or its full name.")
    field = "region"


class GroupNameTooLong(Refusal):
    sentence = N_("This group's name is longer than 80 letters. Write a shorter one.")
    field = "group_name"


class TwiceInList(Refusal):
    sentence = N_("Row %(row)s of this list has the same number. Delete one of the two rows, or correct it.")


class LikelyTwiceInList(Doubt):
    sentence = N_("Row %(row)s of this list may be the same person. Compare the two rows.")


class RegisteredOtherwise(Refusal):
    sentence = N_("This number is registered with another name, birth date or passport. Compare with that record.")


class LikelyDuplicate(Doubt):
    sentence = N_(
        "Somebody very like this is registered already. Compare the records; tick if none of them is this person."
    )


class NumberHeldBefore(Doubt):
    sentence = N_(
        "This passport number or PIN stood in another record before it was corrected there or that record was called a "
        "mistake. Compare the records; tick if none of them is this person."
    )


class Elsewhere(Refusal):
    """A row that meets a pilgrim whom the person may not see: counted, never told by its row (M5)."""

    sentence = N_("This row meets a pilgrim of another region.")


class RegisteredElsewhere(Elsewhere):
    pass


class LikeElsewhere(Elsewhere, Doubt):
    pass


@dataclass(frozen=True)
class Line:
    """A row as it was written: `number` as a spreadsheet counts it, cells by column name."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Listed:
    """A row as it was understood. `faults`: all that is wrong with it; `known`: whom it names, if registered."""

    number: int
    details: PilgrimDetails
    region_code: str
    arrival_on: date | None
    group_name: str
    faults: list[Refusal] = field(default_factory=list)
    known: uuid.UUID | None = None


def read_lines(content: bytes) -> Iterator[Line]:
    """The rows of a CSV or XLSX file below its header, without blank rows and the row of instructions.

    Raises ListUnreadable, ListTooLarge or ColumnsMissing. Columns may stand in any order; others are ignored.
    """
    numbered = _workbook_or_text(content)
    header_number, header = _find_header(numbered)
    for count, (number, row) in enumerate(numbered):
        if count == MAX_ROWS:
            raise ListTooLarge(rows=MAX_ROWS)
        cells = {name: text for name, text in zip(header, row, strict=False) if name}
        # Instructions stand right under the header; a pilgrim's row has at least a birth year.
        if any(cells.values()) and not (number == header_number + 1 and not re.search("[0-9]", "".join(row))):
            yield Line(number, cells)


def _workbook_or_text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows with tidy cells, blank ones left out."""
    try:
        for number, cells in read_rows(content, STAFF):
            row = [rules.tidy(cell) for cell in cells]
            if any(row):
                yield number, row
    except FileUnreadable:
        raise ListUnreadable from None
    except FileTooLarge:
        raise ListTooLarge(rows=MAX_ROWS) from None


def _find_header(numbered: Iterator[tuple[int, list[str]]]) -> tuple[int, list[str | None]]:
    """The number of the header's row, and for each of its cells the column it names."""
    names_of = {_plain(written): column.name for column in COLUMNS for written in (column.name, *column.also)}
    best: set[str] = set()
    required = {column.name for column in COLUMNS if column.required}
    for number, row in islice(numbered, HEADER_WITHIN):
        header = [names_of.get(_plain(cell)) for cell in row]
        if required <= {*header}:
            return number, header
        best = max(best, {name for name in header if name}, key=len)
    raise ColumnsMissing(columns=", ".join(c.name for c in COLUMNS if c.required and c.name not in best))


def _plain(header: str) -> str:
    return re.sub(r"[\W_]+", " ", header).casefold().strip()


def understand(line: Line, *, regions: Mapping[str, str], campaign: Campaign, on: date) -> Listed:
    """A row's pilgrim with every fault of the row. `regions`: {folded name or code: code}."""
    cells, faults = line.cells, list[Refusal]()
    birth_on, precision = _read_date(cells.get("birth_on", ""), "birth_on", faults)
    arrival_on, _precision = _read_date(cells.get("arrival_on", ""), "arrival_on", faults)
    sex = next((sex for sex, words in SEXES.items() if cells.get("sex", "").casefold() in words), None)
    details = rules.normalise(
        rules.typed(
            **{name: cells.get(name, "") for name in (*names.NAME_FIELDS, "passport_number", "pin", "phone")},
            nationality=cells.get("nationality") or "KGZ",
            birth_on=birth_on,
            birth_precision=precision,
            sex=sex,
        )
    )
    region = regions.get(names.fold(cells.get("region", "")), "")
    group_name = cells.get("group_name", "")
    unread = {fault.field for fault in faults}
    found = chain(rules.details_faults(details, on=on), rules.campaign_faults(details, campaign))
    faults += [fault for fault in found if fault.field not in unread]
    faults += [] if region else [RegionUnknown()]
    faults += [GroupNameTooLong()] if len(group_name) > MAX_GROUP_NAME else []
    return Listed(line.number, details, region, arrival_on, group_name, faults)


def _read_date(text: str, column: str, faults: list[Refusal]) -> tuple[date | None, BirthPrecision]:
    found = next((match for match in (pattern.fullmatch(text) for pattern in DATES) if match), None)
    try:
        if found:
            day, month = found["day"], found["month"]
            precision = BirthPrecision.DAY if day else BirthPrecision.MONTH if month else BirthPrecision.YEAR
            return date(int(found["year"]), int(month or 1), int(day or 1)), precision
    except ValueError:
        found = None
    if text:
        faults.append(DateUnreadable(field=column))
    return None, BirthPrecision.DAY


def check_list(
    session: Session, lines: Iterable[Line], *, campaign: Campaign, on: date, seen: Collection[str] | None = None
) -> list[Listed]:
    """Every row with all its faults: in itself, against the rows above it, against the registry. Writes nothing.

    `seen`: the regions whose pilgrims the person may see, None for the whole country.
    """
    known = campaigns.list_regions(session)
    regions = {names.fold(text): region.code for region in known for text in (region.code, *region.name.values())}
    listed = [understand(line, regions=regions, campaign=campaign, on=on) for line in lines]
    _compare_rows(listed)
    for start in range(0, len(listed), AT_ONCE):
        compared = [row for row in listed[start : start + AT_ONCE] if row.details.birth_on]
        _compare_with_registry(session, compared, seen=seen)
    return listed


def _compare_rows(listed: Sequence[Listed]) -> None:
    numbers: dict[tuple[IdentifierKind, str], int] = {}
    likenesses: dict[str, Listed] = {}
    for row in listed:
        for kind, value in queries.identifiers_of(row.details):
            first = numbers.setdefault((kind, value), row.number)
            if first != row.number and value:
                row.faults.append(TwiceInList(row=first, field=FIELD_OF[kind]))
        if not row.details.birth_on:
            continue
        others = {likenesses.setdefault(key, row).number: likenesses[key] for key in names.likeness_keys(row.details)}
        alike = [o for o in others.values() if o is not row and names.births_agree(o.details, row.details)]
        if alike and not any(isinstance(fault, TwiceInList) for fault in row.faults):
            row.faults.append(LikelyTwiceInList(row=alike[0].number))


def _compare_with_registry(session: Session, rows: Sequence[Listed], *, seen: Collection[str] | None) -> None:
    """Who is registered already stays as they are: a list never changes a person."""
    people = [row.details for row in rows]
    alike, former = queries.list_alike(session, people), histories.list_former_holders(session, people)
    met = {pilgrim.id for likely in alike for pilgrim, _why in likely}
    held = {pilgrim.id for holders in former for pilgrim in holders}
    told = met | held
    if seen is not None:  # a record that was called a mistake is of no region
        told = {*queries.list_seen(session, told, seen), *histories.find_mistakes(session, held)}
    for row, likely, holders in zip(rows, alike, former, strict=True):
        by_number = [(pilgrim, why) for pilgrim, why in likely if why in queries.BY_NUMBER]
        for pilgrim, why in by_number:
            if why is queries.Likeness.PASSPORT and names.same_person(pilgrim, row.details):
                row.known = pilgrim.id
            elif pilgrim.id != row.known:
                here = RegisteredOtherwise(field=FIELD_OF[IdentifierKind(why)])
                row.faults.append(here if pilgrim.id in told else RegisteredElsewhere())
        if likely and not by_number:
            row.faults.append(LikelyDuplicate() if any(p.id in told for p, _why in likely) else LikeElsewhere())
        others = {pilgrim.id for pilgrim in holders} - {pilgrim.id for pilgrim, _why in likely}
        if others:
            row.faults.append(NumberHeldBefore() if others & told else LikeElsewhere())


def sort_out(listed: Sequence[Listed], *, confirm_doubts: bool) -> tuple[list[Listed], list[Listed]]:
    """(good rows, faulty rows): somebody registered already is good whatever the list says of them."""
    good: list[Listed] = []
    faulty: list[Listed] = []
    for row in listed:
        row.faults = [f for f in row.faults if not (isinstance(f, Doubt) and (confirm_doubts or row.known))]
        (faulty if row.faults else good).append(row)
    return good, faulty


def template_csv() -> bytes:
    """An empty list with its header and a row of instructions, which an import passes over."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([[c.name for c in COLUMNS], [c.hint for c in COLUMNS]])
    # A semicolon and a byte order mark: a Russian spreadsheet program then opens it in columns, its letters right.
    return text.getvalue().encode("utf-8-sig")
