"""Prove the log against the register, and the register against the log. The log's rules say what that leaves open."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Table
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from registry.certificates.models import Certificate, CertificateRevocation
from registry.immunization_log import queries as log
from registry.immunization_log.models import Kind, LogEntry, LogHead, LogRecord
from registry.immunization_log.queries import Break, Link
from registry.immunization_log.rules import GENESIS
from registry.model import metadata
from registry.pilgrims.models import Correction
from registry.vaccinations.models import Dose, DoseNotGiven

_LOGGED: dict[Kind, type[SQLModel]] = {
    Kind.DOSE: Dose,
    Kind.NOT_GIVEN: DoseNotGiven,
    Kind.CORRECTION: Correction,
    Kind.CERTIFICATE_ISSUED: Certificate,
    Kind.CERTIFICATE_REPLACED: Certificate,
    Kind.CERTIFICATE_REVOKED: CertificateRevocation,
}
_BATCH = 500
UNREADABLE = (ValueError, LookupError)  # a date that is none, a word that is not on the list
Advance = Callable[[int], None]


@dataclass(frozen=True)
class StreamProof:
    stream: str
    entries: int
    broken: Break | None


@dataclass(frozen=True)
class Unlogged:
    """A row of the register without any entry: slipped in past the log, or its record was taken away."""

    kind: Kind
    pilgrim_id: UUID
    id: UUID


@dataclass(frozen=True)
class Proof:
    """`compared` counts, by kind, the entries that equal their row in the register."""

    streams: tuple[StreamProof, ...]
    compared: Mapping[Kind, int]
    unlogged: tuple[Unlogged, ...]

    @property
    def holds(self) -> bool:
        return not self.unlogged and not self.breaks

    @property
    def breaks(self) -> list[Break]:
        return [one.broken for one in self.streams if one.broken]


def prove(session: Session, *, advance: Advance = lambda _count: None) -> Proof:
    """Walk every stream and look for rows without an entry. `advance` hears how many entries were looked at."""
    compared: Counter[Kind] = Counter()
    streams = []
    for head in list_streams(session):
        try:
            broken = find_first_break(session, head, advance=advance, compared=compared)
        except UNREADABLE:
            broken = _find_first_unreadable(session, head)
        streams.append(StreamProof(head.stream, head.size, broken))
    return Proof(tuple(streams), compared, tuple(list_unlogged(session)))


def list_streams(session: Session) -> Sequence[LogHead]:
    """Every stream's head; a stream whose head was taken away shows as one that should be empty."""
    heads = list(log.list_heads(session))
    known = {head.stream for head in heads}
    streams = session.exec(select(LogEntry.stream).distinct().order_by(LogEntry.stream)).all()
    return [*heads, *(LogHead(stream=stream, size=0, hash=GENESIS) for stream in streams if stream not in known)]


def find_first_break(
    session: Session,
    head: LogHead,
    *,
    advance: Advance = lambda _count: None,
    compared: Counter[Kind] | None = None,
) -> Break | None:
    """The first entry of a stream that does not hold: in its chain, or because its row is no longer what was logged."""
    chain, counted = log.Chain(head), Counter[Kind]() if compared is None else compared
    links = log.read_stream(session, head.stream)
    while batch := list(islice(links, _BATCH)):
        rows = _rows_of(session, batch)
        for link in batch:
            broken = chain.follow(link)
            why = None if broken else _change(link, rows.get((link.kind, link.record_id)))
            if broken or why:
                return broken or Break(head.stream, link.sequence, str(why))
            counted[link.kind] += 1
        advance(len(batch))
    return chain.end()


def _rows_of(session: Session, batch: Sequence[Link]) -> dict[tuple[Kind, UUID], Mapping[str, Any]]:
    """The rows that the entries speak of, one read for each kind."""
    rows: dict[tuple[Kind, UUID], Mapping[str, Any]] = {}
    for kind in _LOGGED:
        links = [link for link in batch if link.salt is not None and link.kind is kind]
        if links:
            table = _table_of(kind)  # every logged table is keyed by (pilgrim_id, id)
            query = select_columns(table).where(
                table.c.pilgrim_id.in_({link.pilgrim_id for link in links}),
                table.c.id.in_({link.record_id for link in links}),
            )
            rows.update({(kind, row["id"]): dict(row) for row in session.execute(query).mappings()})
    return rows


def _table_of(kind: Kind) -> Table:
    return metadata.tables[str(_LOGGED[kind].__tablename__)]


def _change(link: Link, row: Mapping[str, Any] | None) -> str | None:
    if link.salt is None:
        # An entry that explains an erasure does not exist yet: whoever takes a record away hides something.
        return f"the record of this {link.kind.value} was taken away, and no entry explains it"
    if row is None:
        return f"the {link.kind.value} that was logged is no longer in the register"
    if _as_logged(row, link.content) == link.content:
        return None
    logged = _LOGGED[link.kind].model_validate(link.content).model_dump()
    # Only what was logged: a column that came later says nothing about an older entry.
    changed = sorted(name for name in logged if name in link.content and logged[name] != row.get(name))
    if not changed:
        return None
    return f"the {link.kind.value} in the register differs from what was logged: {', '.join(changed)}"


def _as_logged(row: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """The row in JSON values. Numbers are compared as numbers: 0.5 ml is 0.50 ml."""
    now = {name: value for name, value in row.items() if name in content}
    for name, value in now.items():
        if isinstance(value, Decimal) and str(content.get(name)) != str(value) and _is_number(content.get(name), value):
            now[name] = content[name]
    return dict(to_jsonable_python(now))


def _is_number(text: Any, value: Decimal) -> bool:
    return isinstance(text, str) and Decimal(text) == value


def list_unlogged(session: Session) -> Iterator[Unlogged]:
    """Rows that stand in the register without any entry."""
    for kind in dict.fromkeys(kind for kind in _LOGGED if kind is not Kind.CERTIFICATE_REPLACED):
        table: Any = _LOGGED[kind]
        query = (
            select(table.pilgrim_id, table.id)
            .join(
                LogRecord,
                (col(LogRecord.pilgrim_id) == table.pilgrim_id) & (col(LogRecord.record_id) == table.id),
                isouter=True,
            )
            .join(
                LogEntry,
                (col(LogEntry.stream) == LogRecord.stream) & (col(LogEntry.sequence) == LogRecord.sequence),
                isouter=True,
            )
            .where(col(LogEntry.sequence).is_(None))
        )
        yield from (Unlogged(kind, pilgrim_id, own_id) for pilgrim_id, own_id in session.exec(query))


def _find_first_unreadable(session: Session, head: LogHead) -> Break:
    """The first break of a stream in which something is not even of its type: by the chain alone, then one by one."""
    try:
        broken = log.find_first_break(session, head)
    except UNREADABLE:
        broken = next(_unreadable(session, head.stream), None)
    return broken or Break(head.stream, 0, "a row of the register that it speaks of cannot be read")


def _unreadable(session: Session, stream: str) -> Iterator[Break]:
    sequences = select(LogEntry.sequence).where(LogEntry.stream == stream).order_by(col(LogEntry.sequence))
    for sequence in session.exec(sequences).all():
        try:
            session.get(LogEntry, (stream, sequence))
            session.get(LogRecord, (stream, sequence))
        except UNREADABLE:
            yield Break(stream, sequence, "it cannot be read")
