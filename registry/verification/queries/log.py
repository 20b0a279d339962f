"""Prove the log against the register."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from registry.certificates.models import Certificate, CertificateRevocation
from registry.corrections.models import Correction
from registry.immunization_log import queries as log
from registry.immunization_log.models import Kind, LogEntry, LogHead, LogRecord
from registry.immunization_log.queries import Break
from registry.immunization_log.rules import GENESIS
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


def list_streams(session: Session) -> Sequence[LogHead]:
    """Every stream's head; a stream whose head was taken away shows as one that should be empty."""
    heads = list(log.list_heads(session))
    known = {head.stream for head in heads}
    streams = session.exec(select(LogEntry.stream).distinct().order_by(LogEntry.stream)).all()
    return [*heads, *(LogHead(stream=stream, size=0, hash=GENESIS) for stream in streams if stream not in known)]


def find_first_break(
    session: Session, head: LogHead, *, advance: Callable[[int], None] = lambda _count: None
) -> Break | None:
    """The first entry of a stream that does not hold: in its chain, or because its row is no longer what was logged.

    `advance` hears how many entries were looked at.
    """
    stream = head.stream
    broken = log.find_first_break(session, head)
    changed = _find_first_change(session, stream, advance=advance)
    return min(filter(None, (broken, changed)), key=lambda one: one.sequence, default=None)


def _find_first_change(session: Session, stream: str, *, advance: Callable[[int], None]) -> Break | None:
    entries = log.read_stream(session, stream)
    while batch := list(islice(entries, _BATCH)):
        rows = _rows_of(session, batch)
        for entry, record in batch:
            why = None if record is None else _change(entry.kind, record, rows.get((entry.kind, record.record_id)))
            if why:
                return Break(stream, entry.sequence, why)
        advance(len(batch))
    return None


def _rows_of(session: Session, batch: Sequence[tuple[LogEntry, LogRecord | None]]) -> dict[tuple[Kind, Any], SQLModel]:
    """The rows that the entries speak of, one read for each kind."""
    rows: dict[tuple[Kind, Any], SQLModel] = {}
    for kind, model in _LOGGED.items():
        records = [record for entry, record in batch if record is not None and entry.kind is kind]
        if not records:
            continue
        table: Any = model  # every logged table is keyed by (pilgrim_id, id)
        query = select(table).where(
            col(table.pilgrim_id).in_({record.pilgrim_id for record in records}),
            col(table.id).in_({record.record_id for record in records}),
        )
        rows.update({(kind, row.id): row for row in session.exec(query)})
    return rows


def _change(kind: Kind, record: LogRecord, row: SQLModel | None) -> str | None:
    """Compared as values, not as text: 0.5 ml is 0.50 ml."""
    if row is None:
        return f"the {kind.value} that was logged is no longer in the register"
    logged = _LOGGED[kind].model_validate(record.content).model_dump()
    now = row.model_dump()
    # Only what was logged: a column that came later says nothing about an older entry.
    changed = sorted(name for name in logged if name in record.content and logged[name] != now.get(name))
    return f"the {kind.value} in the register differs from what was logged: {', '.join(changed)}" if changed else None


def list_unlogged(session: Session) -> Iterator[tuple[str, Any]]:
    """(kind, row) of doses and certificates that stand in the register without any entry: slipped in past the log."""
    for kind in (Kind.DOSE, Kind.CERTIFICATE_ISSUED):
        table: Any = _LOGGED[kind]
        query = (
            select(table)
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
        yield from ((kind.value, row) for row in session.exec(query))
