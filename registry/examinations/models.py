"""One row per examination, never changed: a later examination supersedes it."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Numeric
from sqlmodel import Field, SQLModel

from registry.model import PilgrimRecord, Words, instant, text_enum


class Outcome(StrEnum):
    FIT = "fit"
    DEFERRED = "deferred"
    NEEDS_SPECIALIST = "needs_specialist"
    UNFIT = "unfit"


class VitalSign(StrEnum):
    """What is measured; each is a column of the examination."""

    TEMPERATURE = "temperature_c"
    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    PULSE = "pulse"
    SPO2 = "spo2"
    WEIGHT = "weight_kg"


@dataclass(frozen=True)
class Question:
    """A screening question. `finding` is what a Yes says of the pilgrim, `effect` what it means for the doctor.

    `weighs`: a Yes, or no answer, decides whether a vaccine may be given. `asked_of`: {"sex", "ages": [first, last]},
    empty where everybody is asked; `condition` names the bar to the Hajj that applies to the same people only.
    """

    code: str
    words: Words
    finding: Words
    effect: Words
    weighs: bool = False
    asked_of: dict[str, Any] = field(default_factory=dict)
    condition: str = ""


class ExaminationDetails(SQLModel):
    """What the doctor decides. Answers and conditions are kept by code; `contraindicated` lists antigens.

    An answer is Yes, No, or None where it was not asked or not told; a question that cannot apply has no answer.
    """

    examined_on: date
    consent: bool
    answers: dict[str, bool | None] = Field(sa_type=JSON)
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
