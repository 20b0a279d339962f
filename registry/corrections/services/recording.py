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


def record(
    session: Session,
    corrected: Pilgrim | Dose,
    changes: Sequence[dict[str, Any]],
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Correction:
    """Keep what was corrected in a row of its own, tell the audit which fields changed, and the log what they were."""
    if isinstance(corrected, Dose):
        subject, pilgrim_id, stream = Subject.DOSE, corrected.pilgrim_id, corrected.point_code
    else:
        subject, pilgrim_id, stream = Subject.PILGRIM, corrected.id, ""
    correction = Correction(
        pilgrim_id=pilgrim_id,
        id=id,
        subject=subject,
        subject_id=corrected.id,
        changes=list(changes),
        reason=reason.strip(),
        corrected_at=at,
        corrected_by_id=by,
    )
    session.add(correction)
    session.flush()
    fields = [change["field"] for change in changes]
    audit.record(session, Action.CORRECTED, by=by, at=at, pilgrim=pilgrim_id, subject=str(corrected.id), fields=fields)
    immunization_log.append_row(session, Kind.CORRECTION, correction, stream=stream, at=at)
    return correction
