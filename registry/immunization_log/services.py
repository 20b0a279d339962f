"""Append to the log."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from registry import db
from registry.db import Overtaken, order
from registry.db.order import Rank
from registry.immunization_log import rules
from registry.immunization_log.models import Kind, LogEntry, LogHead, LogRecord


@dataclass(frozen=True)
class Event:
    """What happened to a pilgrim, before it has its place in a stream."""

    kind: Kind
    stream: str
    pilgrim: uuid.UUID
    record: uuid.UUID
    content: Mapping[str, Any]
    at: datetime


def content_of(row: SQLModel) -> dict[str, Any]:
    """A row as the log commits to it: all its columns as JSON values."""
    return row.model_dump(mode="json")


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
    event = Event(kind, stream, pilgrim, record, dict(content), at)
    order.at_end(session, Rank.LOG, (stream,), lambda: _chain(session, event))


def _chain(session: Session, event: Event) -> None:
    stream = event.stream
    head = session.exec(select(LogHead).where(LogHead.stream == stream).with_for_update()).one_or_none()
    is_first = head is None
    if head is None:
        head = LogHead(stream=stream, size=0, hash=rules.GENESIS)
    entry, record = _link(head.size, head.hash, event)
    head.size, head.hash = entry["sequence"], entry["hash"]
    session.add_all((LogEntry(**entry), LogRecord(**record), head))
    try:
        session.flush()
    except IntegrityError:
        if is_first:
            raise Overtaken from None
        raise


def append_all(session: Session, events: Sequence[Event]) -> None:
    """Chain many events in their order, whole tables at a time: what `append` would have done with each."""
    streams = {event.stream for event in events}
    query = select(LogHead).where(col(LogHead.stream).in_(streams)).order_by(LogHead.stream)
    heads = {head.stream: head for head in session.exec(query.with_for_update())}
    for stream in sorted(streams - heads.keys()):
        heads[stream] = LogHead(stream=stream, size=0, hash=rules.GENESIS)
    ends = {stream: (head.size, head.hash) for stream, head in heads.items()}
    links = []
    for event in events:
        entry, record = _link(*ends[event.stream], event)
        ends[event.stream] = entry["sequence"], entry["hash"]
        links.append((entry, record))
    db.insert_rows(session, LogEntry, [entry for entry, _ in links])
    db.insert_rows(session, LogRecord, [record for _, record in links])
    for stream, head in heads.items():
        head.size, head.hash = ends[stream]
    session.add_all(heads.values())
    session.flush()


def _link(size: int, last_hash: str, event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of the entry that follows the end of a stream, and of what it commits to."""
    salt, sequence = secrets.token_hex(32), size + 1
    entry: dict[str, Any] = {
        "stream": event.stream,
        "sequence": sequence,
        "at": event.at,
        "kind": event.kind,
        "commitment": rules.commitment(salt, event.content),
        "previous_hash": last_hash,
    }
    entry["hash"] = rules.entry_hash(**entry)
    record = {
        "stream": event.stream,
        "sequence": sequence,
        "pilgrim_id": event.pilgrim,
        "record_id": event.record,
        "salt": salt,
        "content": dict(event.content),
    }
    return entry, record
