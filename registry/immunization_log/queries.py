"""Read and prove the log."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from registry.immunization_log import rules
from registry.immunization_log.models import Kind, LogEntry, LogHead
from registry.model import metadata

PAGE = 1_000
_ENTRY, _RECORD = metadata.tables["log_entry"], metadata.tables["log_record"]
# Columns, not models: a proof reads every entry of the country.
_COMMITS = (_RECORD.c.stream == _ENTRY.c.stream) & (_RECORD.c.sequence == _ENTRY.c.sequence)
_COLUMNS = select_columns(
    *_ENTRY.columns, *(_RECORD.c[name] for name in ("pilgrim_id", "record_id", "salt", "content"))
)
_LINKS = _COLUMNS.join(_RECORD, _COMMITS, isouter=True).order_by(_ENTRY.c.sequence).limit(PAGE)


class Link(NamedTuple):
    """An entry and what it commits to; no salt: that record is no longer there."""

    stream: str
    sequence: int
    at: datetime
    kind: Kind
    commitment: str
    previous_hash: str
    hash: str
    pilgrim_id: uuid.UUID
    record_id: uuid.UUID
    salt: str | None
    content: Mapping[str, Any]


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


def read_stream(session: Session, stream: str) -> Iterator[Link]:
    """Entries in order, each with what it commits to, a page at a time."""
    after = 0
    while True:
        page = session.execute(_LINKS.where(_ENTRY.c.stream == stream, _ENTRY.c.sequence > after)).all()
        yield from (Link(*row) for row in page)
        if len(page) < PAGE:
            return
        after = page[-1].sequence


def find_links(session: Session, pilgrim_id: uuid.UUID, record_id: uuid.UUID) -> Sequence[Link]:
    """The entries about one record of a pilgrim, each with what it commits to."""
    own = _COLUMNS.join(_RECORD, _COMMITS).where(_RECORD.c.pilgrim_id == pilgrim_id, _RECORD.c.record_id == record_id)
    return [Link(*row) for row in session.execute(own.order_by(_ENTRY.c.stream, _ENTRY.c.sequence))]


def find_links_of_kind(session: Session, pilgrim_id: uuid.UUID, *kinds: Kind) -> Sequence[Link]:
    """The entries of these kinds about a pilgrim, each with what it commits to: by the index of who was logged."""
    own = _COLUMNS.join(_RECORD, _COMMITS).where(_RECORD.c.pilgrim_id == pilgrim_id, _ENTRY.c.kind.in_(kinds))
    return [Link(*row) for row in session.execute(own.order_by(_ENTRY.c.stream, _ENTRY.c.sequence))]


def find_first_break(session: Session, head: LogHead) -> Break | None:
    """Walk one stream: every entry follows the one before, commits to its record, and the head is the last."""
    chain = Chain(head)
    return next(filter(None, map(chain.follow, read_stream(session, head.stream))), None) or chain.end()


class Chain:
    """A walk along one stream, entry by entry."""

    def __init__(self, head: LogHead) -> None:
        self._head = head
        self._sequence, self._hash = 0, rules.GENESIS

    def follow(self, link: Link) -> Break | None:
        """What is wrong with the next entry."""
        why = _fault(link, sequence=self._sequence + 1, previous=self._hash)
        self._sequence, self._hash = self._sequence + 1, link.hash
        return Break(self._head.stream, self._sequence, why) if why else None

    def end(self) -> Break | None:
        """Whether the head is the last entry."""
        found, size = self._sequence, self._head.size
        if (found, self._hash) == (size, self._head.hash):
            return None
        why = f"the stream has {found} entries, its head says {size}"
        return Break(self._head.stream, min(found, size) + 1, why)


def _fault(link: Link, *, sequence: int, previous: str) -> str | None:
    if link.sequence != sequence:
        return f"entry {sequence} is missing"
    if link.previous_hash != previous:
        return "it does not follow the entry before it"
    expected = rules.entry_hash(
        stream=link.stream,
        sequence=link.sequence,
        at=link.at,
        kind=link.kind.value,
        commitment=link.commitment,
        previous_hash=link.previous_hash,
    )
    if link.hash != expected:
        return "its hash does not fit its content"
    if link.salt is not None and not commits_to_record(link):
        return "the record it commits to was changed"
    return None


def commits_to_record(link: Link) -> bool:
    """Whether the record beside an entry is the one that was logged."""
    return link.salt is not None and rules.commitment(link.salt, link.content) == link.commitment
