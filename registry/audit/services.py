"""Write what happened, in the transaction in which it happened: what cannot be audited is not done."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from registry.audit.models import FLEETING, Action, AuditEvent
from registry.model import new_id

KEEP_ATTEMPTS = timedelta(days=30)
MOST_FORGOTTEN = 5000  # rows in one transaction: those who record doses must not wait for it


def record(
    session: Session,
    action: Action,
    *,
    by: uuid.UUID | None,
    at: datetime,
    pilgrim: uuid.UUID | None = None,
    subject: str | None = None,
    address: str | None = None,
    device: str | None = None,
    **detail: Any,
) -> AuditEvent:
    """Add one event. `detail` holds JSON values that name nobody: counts, codes, field names."""
    place = {"address": address, "device": device}
    event = AuditEvent(**event_row(action, by=by, at=at, pilgrim=pilgrim, subject=subject, **place, **detail))
    session.add(event)
    return event


def event_row(
    action: Action,
    *,
    by: uuid.UUID | None,
    at: datetime,
    pilgrim: uuid.UUID | None = None,
    subject: str | None = None,
    address: str | None = None,
    device: str | None = None,
    **detail: Any,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "at": at,
        "action": action,
        "by_id": by,
        "pilgrim_id": pilgrim,
        "subject": subject,
        "address": address,
        "device": device,
        "detail": detail,
    }


def forget_attempts(session: Session, *, at: datetime) -> int:
    """Delete the oldest failed attempts of more than KEEP_ATTEMPTS ago; how many went. Full means: call it again."""
    old = (
        select(AuditEvent.id)
        .where(col(AuditEvent.action).in_(FLEETING), AuditEvent.at < at - KEEP_ATTEMPTS)
        .limit(MOST_FORGOTTEN)
    )
    gone = session.exec(delete(AuditEvent).where(col(AuditEvent.id).in_(old)))
    return int(gone.rowcount)
