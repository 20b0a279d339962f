"""Reads of the audit."""

import uuid
from collections.abc import Sequence
from datetime import datetime

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
    session: Session, *, pilgrim: uuid.UUID | None = None, by: uuid.UUID | None = None, limit: int = 100
) -> Sequence[AuditEvent]:
    """The newest events first."""
    query = select(AuditEvent).order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc()).limit(limit)
    if pilgrim is not None:
        query = query.where(AuditEvent.pilgrim_id == pilgrim)
    if by is not None:
        query = query.where(AuditEvent.by_id == by)
    return session.exec(query).all()
