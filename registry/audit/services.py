"""Write what happened, in the transaction in which it happened: what cannot be audited is not done."""

import uuid
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.audit.models import Action, AuditEvent


def record(
    session: Session,
    action: Action,
    *,
    by: uuid.UUID | None,
    at: datetime,
    pilgrim: uuid.UUID | None = None,
    subject: str | None = None,
    address: str | None = None,
    **detail: Any,
) -> AuditEvent:
    """Add one event. `detail` holds JSON values that name nobody: counts, codes, field names."""
    event = AuditEvent(
        at=at, action=action, by_id=by, pilgrim_id=pilgrim, subject=subject, address=address, detail=detail
    )
    session.add(event)
    return event
