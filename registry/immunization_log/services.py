"""Append to the log."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from registry import db
from registry.db import Overtaken, order
from registry.db.order import Rank
from registry.immunization_log import rules
from registry.immunization_log.models import Kind, LogEntry, LogHead, LogRecord
from registry.model import PilgrimRecord, columns_of


@dataclass(frozen=True)
class Event:
    """What happened to a pilgrim, before it has its place in a stream."""

    kind: Kind
    stream: str
    pilgrim: uuid.UUID
    record: uuid.UUID
    content: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class SealedEvent:
    """An event with what its entry will commit to; `written`: its content in the canonical form."""

    event: Event
    salt: str
    commitment: str
    written: bytes


def seal(event: Event) -> SealedEvent:
    """What can be done before anybody's stream is held."""
    salt, written = secrets.token_hex(32), rules.canonical(event.content)
    return SealedEvent(event, salt, rules.commitment_to(salt, written), written)


def content_of(row: SQLModel) -> dict[str, Any]:
    """A row as the log commits to it: all its columns as JSON values."""
    content: dict[str, Any] = msgspec.to_builtins(columns_of(row))
    return content


def append(
    session: Session,
    kind: Kind,
    *,
    stream: str,
    pilgrim: uuid.UUID,
    record: uuid.UUID,
    content: Mapping[str, Any],
    at: datetime,
) -> None:
    """Chain one event to its stream, in the caller's transaction, at the end of its act (`db.order`).

    Writers of one stream wait for each other at its head; the primary key (stream, sequence) is what decides
    a race for a stream's first entry: the second begins its transaction again.
    """
    sealed = seal(Event(kind, stream, pilgrim, record, dict(content), at))
    order.at_end(session, Rank.LOG, (stream,), lambda: _chain(session, sealed), about=record)


def append_row(session: Session, kind: Kind, row: PilgrimRecord, *, stream: str, at: datetime) -> None:
    """Chain a row of a pilgrim, as it was written."""
    append(session, kind, stream=stream, pilgrim=row.pilgrim_id, record=row.id, content=content_of(row), at=at)


def _chain(session: Session, sealed: SealedEvent) -> None:
    stream = sealed.event.stream
    head = session.exec(select(LogHead).where(LogHead.stream == stream).with_for_update()).one_or_none()
    is_first = head is None
    if head is None:
        head = LogHead(stream=stream, size=0, hash=rules.GENESIS)
    entry, record = _link(head.size, head.hash, sealed)
    head.size, head.hash = entry["sequence"], entry["hash"]
    session.add_all((LogEntry(**entry), LogRecord(**record), head))
    try:
        session.flush()
    except IntegrityError:
        if is_first:
            raise Overtaken from None
        raise


def append_all(session: Session, events: Sequence[SealedEvent]) -> None:
    """Chain many events in their order, whole tables at a time: what `append` would have done with each."""
    streams = {sealed.event.stream for sealed in events}
    query = select(LogHead).where(col(LogHead.stream).in_(streams)).order_by(LogHead.stream)
    heads = {head.stream: head for head in session.exec(query.with_for_update())}
    for stream in sorted(streams - heads.keys()):
        heads[stream] = LogHead(stream=stream, size=0, hash=rules.GENESIS)
    ends = {stream: (head.size, head.hash) for stream, head in heads.items()}
    entries, records = [], []
    for sealed in events:
        stream = sealed.event.stream
        entry, record = _link(*ends[stream], sealed)
        ends[stream] = entry["sequence"], entry["hash"]
        entries.append(entry)
        records.append({**record, "content": db.JsonText(sealed.written.decode())})
    db.insert_rows(session, LogEntry, entries)
    db.insert_rows(session, LogRecord, records)
    for stream, head in heads.items():
        head.size, head.hash = ends[stream]
    session.add_all(heads.values())
    session.flush()


def _link(size: int, last_hash: str, sealed: SealedEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of the entry that follows the end of a stream, and of what it commits to."""
    event, sequence = sealed.event, size + 1
    entry: dict[str, Any] = {
        "stream": event.stream,
        "sequence": sequence,
        "at": event.at,
        "kind": event.kind,
        "commitment": sealed.commitment,
        "previous_hash": last_hash,
    }
    entry["hash"] = rules.entry_hash(**entry)
    record = {
        "stream": event.stream,
        "sequence": sequence,
        "pilgrim_id": event.pilgrim,
        "record_id": event.record,
        "salt": sealed.salt,
        "content": event.content,
    }
    return entry, record
