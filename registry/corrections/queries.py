"""Reads of corrections."""

import uuid
from collections.abc import Sequence

from sqlmodel import Session, col, select

from registry.corrections.models import Correction


def list_corrections(session: Session, pilgrim_id: uuid.UUID) -> Sequence[Correction]:
    """A pilgrim's corrections, the oldest first."""
    query = select(Correction).where(Correction.pilgrim_id == pilgrim_id)
    return session.exec(query.order_by(col(Correction.corrected_at), col(Correction.id))).all()
