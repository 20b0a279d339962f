"""Old and new values are kept and shown."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from registry.model import PilgrimRecord, instant, text_enum


class Subject(StrEnum):
    PILGRIM = "pilgrim"
    DOSE = "dose"


class Correction(PilgrimRecord, table=True):
    """`changes` is [{"field", "old", "new"}, ...] as shown to staff."""

    __table_args__ = (CheckConstraint("length(reason) >= 3", name="has_a_reason"),)

    subject: Subject = Field(sa_type=text_enum(Subject))
    subject_id: uuid.UUID
    changes: list[dict[str, Any]] = Field(sa_type=JSON)
    reason: str = Field(min_length=3, max_length=500)
    corrected_at: datetime = instant()
    corrected_by_id: uuid.UUID
