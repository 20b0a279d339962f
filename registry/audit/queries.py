"""Reads of the audit."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import tuple_
from sqlmodel import Session, col, func, select

from registry.audit.models import Action, AuditEvent


def count_attempts(
    session: Session,
    *actions: Action,
    since: datetime,
    subject: str | None = None,
    address: str | None = None,
    device: str | None = None,
) -> tuple[int, datetime | None]:
    """How many events of these kinds since then, and when the last was."""
    query = select(func.count(), func.max(AuditEvent.at)).where(
        col(AuditEvent.action).in_(actions), AuditEvent.at >= since
    )
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    if address is not None:
        query = query.where(AuditEvent.address == address)
    if device is not None:
        query = query.where(AuditEvent.device == device)
    count, last = session.exec(query).one()
    return count, last


def list_events(
    session: Session,
    *,
    pilgrim: uuid.UUID | None = None,
    by: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = 100,
) -> Sequence[AuditEvent]:
    """The newest events first; `before`: only those older than this one."""
    query = select(AuditEvent).order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc()).limit(limit)
    if pilgrim is not None:
        query = query.where(AuditEvent.pilgrim_id == pilgrim)
    if by is not None:
        query = query.where(AuditEvent.by_id == by)
    if before is not None:
        last = session.get(AuditEvent, before)
        if last is None:
            return []
        query = query.where(tuple_(col(AuditEvent.at), col(AuditEvent.id)) < (last.at, last.id))
    return session.exec(query).all()
