"""Append to the log."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, select

from registry.immunization_log import rules
from registry.immunization_log.models import Kind, LogEntry, LogHead, LogRecord


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
) -> LogEntry:
    """Chain one event to its stream, in the caller's transaction.

    Writers of one stream wait for each other at its head; the primary key (stream, sequence) is what decides
    a race for a stream's first entry.
    """
    head = session.exec(select(LogHead).where(LogHead.stream == stream).with_for_update()).one_or_none()
    if head is None:
        head = LogHead(stream=stream, size=0, hash=rules.GENESIS)
    salt = secrets.token_hex(32)
    committed = rules.commitment(salt, content)
    entry = LogEntry(
        stream=stream,
        sequence=head.size + 1,
        at=at,
        kind=kind,
        commitment=committed,
        previous_hash=head.hash,
        hash=rules.entry_hash(
            stream=stream,
            sequence=head.size + 1,
            at=at,
            kind=kind.value,
            commitment=committed,
            previous_hash=head.hash,
        ),
    )
    session.add(entry)
    session.add(
        LogRecord(
            stream=stream,
            sequence=entry.sequence,
            pilgrim_id=pilgrim,
            record_id=record,
            salt=salt,
            content=dict(content),
        )
    )
    head.size, head.hash = entry.sequence, entry.hash
    session.add(head)
    session.flush()
    return entry
