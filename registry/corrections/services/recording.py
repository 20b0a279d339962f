"""Keep a correction: its row, its line in the audit and in the log."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.audit import services as audit
from registry.audit.models import Action
from registry.immunization_log import services as immunization_log
from registry.immunization_log.models import Kind
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Correction, Pilgrim, Subject
from registry.vaccinations.models import Dose


def lock_pilgrim_of(session: Session, dose: Dose) -> Pilgrim:
    """The dose's pilgrim, whose other acts wait until this one is done."""
    return lock_pilgrim(session, dose.pilgrim_id, dose.campaign_code)


def lock_pilgrim(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> Pilgrim:
    pilgrims.hold_registration(session, pilgrim_id, campaign_code)
    return session.get_one(Pilgrim, pilgrim_id)


def new_correction(
    pilgrim_id: uuid.UUID,
    subject: Subject,
    subject_id: uuid.UUID,
    changes: Sequence[dict[str, Any]],
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Correction:
    return Correction(
        pilgrim_id=pilgrim_id,
        id=id,
        subject=subject,
        subject_id=subject_id,
        changes=list(changes),
        reason=reason.strip(),
        corrected_at=at,
        corrected_by_id=by,
    )


def record(session: Session, correction: Correction, *, stream: str) -> None:
    """Keep the correction, tell the audit which fields changed, and the log what they were."""
    session.add(correction)
    session.flush()
    audit.record(
        session,
        Action.CORRECTED,
        by=correction.corrected_by_id,
        at=correction.corrected_at,
        pilgrim=correction.pilgrim_id,
        subject=str(correction.subject_id),
        fields=[change["field"] for change in correction.changes],
    )
    immunization_log.append_row(session, Kind.CORRECTION, correction, stream=stream, at=correction.corrected_at)
