"""A print in the making: a folder with its plan, its chunks, and at the end one file.

The plan is the keys of all its certificates in their order, written before the first sheet: whatever is registered
meanwhile, a run that was killed goes on with the same pile after its last whole chunk. A file under its own name is a
whole file.
"""

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import BinaryIO

from sqlmodel import Session
from werkzeug.utils import import_string

from registry import clock
from registry.campaigns.models import Campaign
from registry.certificates import queries as certificates
from registry.certificates.codes import Alarm, KeysUnreadable, alarm_of, find_differences
from registry.certificates.histories import alarm_of_history
from registry.certificates.keys import find_own_trust
from registry.certificates.models import Certificate
from registry.certificates.services import raise_alarms
from registry.certificates.sheet import (
    CoverRow,
    SheetFacts,
    count_cover_pages,
    render_cover,
    render_pocket,
    render_sheets,
)
from registry.certificates.sheet.page import DOSES_ON_FIRST_PAGE, DOSES_ON_LATER_PAGE
from registry.certificates.sheet.pocket import CARDS
from registry.certificates.sheet.template import template_of
from registry.certificates.sheet.wording import Template
from registry.commands.private_files import write_whole
from registry.db import Database
from registry.printing import plans, queries, services
from registry.printing.bundle import bind, count_pages
from registry.printing.plans import PLAN
from registry.printing.queries import Paper, Sight
from registry.printing.rules import CHUNK, NothingCountsAnyMore, NothingToPrint, PrintRequest, SheetOutOfRange
from registry.settings import Settings

Report = Callable[[int, int], None]
"""Says how far the work is: (sheets done, sheets in all)."""


@dataclass(frozen=True)
class Cover:
    """What the cover list says of the pile, in the language of who asked for it; `count` waits for its number."""

    title: str
    order: str
    count: str
    by: str
    language: str
    made_at: datetime


@dataclass(frozen=True)
class Printed:
    """`withdrawn`: certificates of the plan that were replaced or revoked since, or contradict their signed codes."""

    sheets: int
    pages: int
    bytes: int
    withdrawn: int


@dataclass(frozen=True)
class Line:
    """A sheet as its chunk's list keeps it; `page` counts within the chunk."""

    number: int
    latin_name: str
    passport_number: str
    code: str
    group: str
    page: int


@dataclass(frozen=True)
class Run:
    """A print whose plan is written; `by` and `print_id` stand in the audit of each paper."""

    folder: Path
    request: PrintRequest
    campaign: Campaign
    sight: Sight | None
    database: Database
    settings: Settings
    by: uuid.UUID
    print_id: str

    def make(self, cover: Cover, report: Report) -> Printed:
        """Print every chunk that is not there yet, then bind them below their cover list.

        Hours may lie between two runs of one print, and minutes between its first chunk and its last: a chunk is drawn
        anew where a paper of it was withdrawn meanwhile. Raises NothingCountsAnyMore where that leaves none.
        """
        chunks = range(ceil(self.total / CHUNK))
        if self.sheets.exists() and self._find_outdated(chunks):
            self.sheets.unlink()
        if not self.sheets.exists():
            for chunk in chunks:
                report(chunk * CHUNK, self.total)
                if not self._pdf(chunk).exists():
                    self._print(chunk)
            for chunk in self._find_outdated(chunks):
                self._pdf(chunk).unlink()  # first: killed here, a run must not find the old sheets beside a new list
                self._print(chunk)
            if not plans.read_shown(self.folder):
                raise NothingCountsAnyMore  # a list of nobody on top of nothing is no pile
            self._bind(chunks, cover)
        report(self.total, self.total)
        lists = [self._list(chunk) for chunk in chunks]
        sheets = sum(len(lines) for lines, _ in lists)
        pages = count_cover_pages(sheets) + sum(pages for _, pages in lists)
        return Printed(sheets, pages, self.sheets.stat().st_size, withdrawn=self.total - sheets)

    @property
    def sheets(self) -> Path:
        return self.folder / services.SHEETS

    @cached_property
    def template(self) -> Template:
        return template_of(self.settings)

    @cached_property
    def total(self) -> int:
        """Sheets to print. Raises NothingToPrint, SheetOutOfRange."""
        planned = plans.count_papers(self.folder)
        if not planned:
            raise NothingToPrint
        if not 1 <= self.request.start <= planned:
            raise SheetOutOfRange(first=1, last=planned)
        return planned - self.request.start + 1

    def _find_outdated(self, chunks: range) -> list[int]:
        """The chunks that show a paper which counts no more."""
        with self.database.open_session(writes=False) as session:
            return [chunk for chunk in chunks if queries.list_withdrawn(session, plans.read_shown(self.folder, chunk))]

    def _pdf(self, chunk: int) -> Path:
        return plans.list_of(self.folder, chunk).with_suffix(".pdf")

    def _list(self, chunk: int) -> tuple[list[Line], int]:
        """A whole chunk's lines, and how many pages it has."""
        stored = json.loads(plans.list_of(self.folder, chunk).read_bytes())
        return [Line(**line) for line in stored["lines"]], stored["pages"]

    def _print(self, chunk: int) -> None:
        numbers = self._numbers(chunk)
        papers = plans.read_plan(self.folder, numbers)
        with self.database.open_session(writes=False) as session:
            found = queries.read_certificates(session, papers, sight=self.sight)
            groups = queries.read_groups(session, papers, self.campaign)
            torn = certificates.find_torn(session, {paper.pilgrim_id for paper in found})
        alarms = self._set_aside(found, torn)
        numbered = [(number, found[paper]) for number, paper in zip(numbers, papers, strict=True) if paper in found]
        facts = [SheetFacts.from_json(certificate.facts) for _, certificate in numbered]
        pdf = self._draw(facts)
        lines = [asdict(line) for line in _lines(numbered, facts, groups, pocket=self.request.pocket)]
        stored = json.dumps({"lines": lines, "pages": count_pages(pdf) if pdf else 0}, ensure_ascii=False).encode()
        write_whole(plans.list_of(self.folder, chunk), lambda file: file.write(stored))
        # What cannot be audited is not printed.
        write_whole(self._pdf(chunk), lambda file: file.write(pdf), first=lambda: self._record(list(found), alarms))

    def _set_aside(self, found: dict[Paper, Certificate], torn: Collection[uuid.UUID]) -> list[Alarm]:
        """Take out the certificates whose signed codes say something else than they do, and all of pilgrims in `torn`.

        Raises KeysUnreadable.
        """
        trust, alarms = find_own_trust(self.settings), []
        if trust is None:
            raise KeysUnreadable
        for paper, certificate in list(found.items()):
            if differing := find_differences(certificate, trust):
                alarms.append(alarm_of(certificate, differing))
                del found[paper]
            elif paper.pilgrim_id in torn:
                alarms.append(alarm_of_history(certificate))
                del found[paper]
        return alarms

    def _draw(self, facts: Sequence[SheetFacts]) -> bytes:
        """Nothing, where all of a chunk's certificates were withdrawn."""
        if not facts or self.request.pocket:
            return render_pocket(facts, self.template) if facts else b""
        paper = BytesIO()
        render_sheets(facts, paper, title="", template=self.template)
        return paper.getvalue()

    def _record(self, papers: Sequence[Paper], alarms: Sequence[Alarm]) -> None:
        def record(session: Session) -> None:
            raise_alarms(session, alarms, at=clock.now())
            services.record_printed(session, papers, print_id=self.print_id, by=self.by, at=clock.now())
            session.commit()

        self.database.run_transaction(record)

    def _numbers(self, chunk: int) -> range:
        """The numbers of a chunk's sheets in the whole pile, from 1."""
        first = self.request.start + chunk * CHUNK
        return range(first, min(first + CHUNK, self.request.start + self.total))

    def _bind(self, chunks: range, cover: Cover) -> None:
        """The list is drawn last and lies on top: it names the page of every sheet below it."""
        rows = list(self._cover_rows(chunks))
        title, order = cover.title, f"{cover.order}. {cover.count % {'count': len(rows)}}."
        front = render_cover(
            rows,
            title=title,
            order=order,
            made_at=cover.made_at,
            by=cover.by,
            template=self.template,
            training=self.settings.training,
        )

        def write(file: BinaryIO) -> None:
            bind(self._parts(front, chunks), file, title=title, language=cover.language)
            if self.settings.pdf_signer:
                sign = import_string("registry.certificates.pades:sign_file")
                sign(file, self.settings.pdf_signer, self.settings)

        write_whole(self.sheets, write)
        for chunk in chunks:
            self._pdf(chunk).unlink()

    def _cover_rows(self, chunks: range) -> Iterator[CoverRow]:
        lists = [self._list(chunk) for chunk in chunks]
        above = count_cover_pages(sum(len(lines) for lines, _ in lists))
        for lines, pages in lists:
            for line in lines:
                yield CoverRow(**asdict(line) | {"page": above + line.page})
            above += pages

    def _parts(self, front: bytes, chunks: range) -> Iterator[bytes]:
        yield front
        yield from filter(None, (self._pdf(chunk).read_bytes() for chunk in chunks))


def write_plan(folder: Path, papers: Iterable[Paper]) -> None:
    """Write down what belongs to the pile, unless an earlier run did."""
    if not (folder / PLAN).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / PLAN, lambda file: plans.write_papers(papers, file))


def _lines(
    numbered: Sequence[tuple[int, Certificate]],
    facts: Sequence[SheetFacts],
    groups: Mapping[uuid.UUID, str],
    *,
    pocket: bool,
) -> Iterator[Line]:
    page = 1
    for place, ((number, certificate), said) in enumerate(zip(numbered, facts, strict=True)):
        own = 1 + 2 * (place // CARDS) if pocket else page
        group = groups.get(certificate.pilgrim_id, "")
        yield Line(number, said.latin_name, said.passport_number, certificate.code, group, own)
        page += 1 + ceil(max(0, len(said.doses) - DOSES_ON_FIRST_PAGE) / DOSES_ON_LATER_PAGE)
