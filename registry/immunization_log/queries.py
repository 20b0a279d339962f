"""Read and prove the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.immunization_log import rules
from registry.immunization_log.models import LogEntry, LogHead, LogRecord

PAGE = 1_000


@dataclass(frozen=True)
class Break:
    """The first entry of a stream that does not hold, and why."""

    stream: str
    sequence: int
    why: str


def list_heads(session: Session) -> Sequence[LogHead]:
    return session.exec(select(LogHead).order_by(LogHead.stream)).all()


def list_newest_entries(session: Session, *, limit: int = 50) -> Sequence[LogEntry]:
    return session.exec(select(LogEntry).order_by(col(LogEntry.at).desc()).limit(limit)).all()


def read_stream(session: Session, stream: str) -> Iterator[tuple[LogEntry, LogRecord | None]]:
    """Entries in order, each with what it commits to (None once erased), a page at a time."""
    after = 0
    while True:
        rows = session.exec(
            select(LogEntry, LogRecord)
            .join(
                LogRecord,
                (col(LogRecord.stream) == LogEntry.stream) & (col(LogRecord.sequence) == LogEntry.sequence),
                isouter=True,
            )
            .where(LogEntry.stream == stream, LogEntry.sequence > after)
            .order_by(col(LogEntry.sequence))
            .limit(PAGE)
        ).all()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][0].sequence
        session.expunge_all()  # memory does not grow with the log


def find_first_break(session: Session, head: LogHead) -> Break | None:
    """Walk one stream: every entry follows the one before, commits to its record, and the head is the last."""
    size, tip = head.size, head.hash
    stream, previous, sequence = head.stream, rules.GENESIS, 0
    for entry, record in read_stream(session, stream):
        sequence += 1
        why = _fault(entry, record, sequence=sequence, previous=previous)
        if why:
            return Break(stream, sequence, why)
        previous = entry.hash
    if (sequence, previous) != (size, tip):
        return Break(stream, min(sequence, size) + 1, f"the stream has {sequence} entries, its head says {size}")
    return None


def _fault(entry: LogEntry, record: LogRecord | None, *, sequence: int, previous: str) -> str | None:
    if entry.sequence != sequence:
        return f"entry {sequence} is missing"
    if entry.previous_hash != previous:
        return "it does not follow the entry before it"
    expected = rules.entry_hash(
        stream=entry.stream,
        sequence=entry.sequence,
        at=entry.at,
        kind=entry.kind.value,
        commitment=entry.commitment,
        previous_hash=entry.previous_hash,
    )
    if entry.hash != expected:
        return "its hash does not fit its content"
    if record is not None and rules.commitment(record.salt, record.content) != entry.commitment:
        return "the record it commits to was changed"
    return None
