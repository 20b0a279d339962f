"""One row per examination, never changed: a later examination supersedes it."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Numeric
from sqlmodel import Field, SQLModel

from registry.model import PilgrimRecord, instant, text_enum


class Outcome(StrEnum):
    FIT = "fit"
    DEFERRED = "deferred"
    NEEDS_SPECIALIST = "needs_specialist"
    UNFIT = "unfit"


class ExaminationDetails(SQLModel):
    """What the doctor decides. Answers and conditions are kept by code; `contraindicated` lists antigens."""

    examined_on: date
    consent: bool
    answers: dict[str, bool] = Field(sa_type=JSON)
    conditions: dict[str, bool] = Field(sa_type=JSON)  # the fitness declaration
    temperature_c: Decimal | None = Field(default=None, ge=30, le=45, sa_type=Numeric(3, 1))
    systolic: int | None = Field(default=None, ge=50, le=300)
    diastolic: int | None = Field(default=None, ge=20, le=200)
    pulse: int | None = Field(default=None, ge=20, le=250)
    spo2: int | None = Field(default=None, ge=40, le=100)
    weight_kg: Decimal | None = Field(default=None, ge=1, le=350, sa_type=Numeric(4, 1))
    outcome: Outcome = Field(sa_type=text_enum(Outcome))
    deferred_until: date | None = None
    contraindicated: list[str] = Field(default_factory=list, sa_type=JSON)
    note: str = Field(default="", max_length=2000)


class Examination(ExaminationDetails, PilgrimRecord, table=True):
    __table_args__ = (
        CheckConstraint("outcome <> 'deferred' OR deferred_until IS NOT NULL", name="deferred_until_a_day"),
    )

    campaign_code: str = Field(foreign_key="campaign.code")
    point_code: str = Field(foreign_key="vaccination_point.code")
    examined_by_id: uuid.UUID
    recorded_at: datetime = instant()
