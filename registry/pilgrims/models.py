"""People who travel, their registration in a campaign, and what was corrected in their records."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.model import EXACT_TEXT, PilgrimRecord, Record, instant, text_enum


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class BirthPrecision(StrEnum):
    """Some papers know only the year. `birth_on` then holds the first day of what is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class IdentifierKind(StrEnum):
    PASSPORT = "passport"
    PIN = "pin"


class PilgrimDetails(SQLModel):
    """What a person decides about a pilgrim. Validated by `rules.check_details`, normalised by `rules.normalise`."""

    latin_surname: str = Field(min_length=1, max_length=60)  # as in the passport's machine-readable zone
    latin_given_name: str = Field(default="", max_length=60)
    surname: str = Field(min_length=1, max_length=60)
    given_name: str = Field(default="", max_length=60)
    patronymic: str = Field(default="", max_length=60)
    birth_on: date
    birth_precision: BirthPrecision = Field(default=BirthPrecision.DAY, sa_type=text_enum(BirthPrecision))
    sex: Sex = Field(sa_type=text_enum(Sex))
    nationality: str = Field(default="KGZ", min_length=3, max_length=3)
    passport_number: str = Field(min_length=5, max_length=12)
    pin: str | None = Field(default=None, min_length=14, max_length=14)
    phone: str | None = Field(default=None, max_length=20)  # E.164


class Pilgrim(PilgrimDetails, Record, table=True):
    """Identity as it stands now; earlier values are in corrections."""

    __table_args__ = (Index("ix_pilgrim_sort_name", "sort_name", "id"),)

    sort_name: str = Field(sa_type=EXACT_TEXT)
    registered_at: datetime = instant()
    registered_by_id: uuid.UUID


class PilgrimIdentifier(SQLModel, table=True):
    """Unique across the country: a passport or PIN leads to one pilgrim."""

    __tablename__ = "pilgrim_identifier"

    kind: IdentifierKind = Field(primary_key=True, sa_type=text_enum(IdentifierKind))
    value: str = Field(primary_key=True)
    pilgrim_id: uuid.UUID = Field(index=True)


class FormerNumber(SQLModel, table=True):
    """A passport number or PIN that a record had before it was corrected or called a mistake."""

    __tablename__ = "former_number"

    kind: IdentifierKind = Field(primary_key=True, sa_type=text_enum(IdentifierKind))
    value: str = Field(primary_key=True)
    pilgrim_id: uuid.UUID = Field(primary_key=True)


class PilgrimSearchKey(SQLModel, table=True):
    """Folded parts of names and telephone numbers: any part of a name is a prefix of some key."""

    __tablename__ = "pilgrim_search_key"
    __table_args__ = (Index("ix_pilgrim_search_key_pilgrim", "pilgrim_id", "key"),)

    key: str = Field(primary_key=True, sa_type=EXACT_TEXT)
    pilgrim_id: uuid.UUID = Field(primary_key=True)


class Registration(PilgrimRecord, table=True):
    """A pilgrim's place in a campaign."""

    __table_args__ = (
        UniqueConstraint("pilgrim_id", "campaign_code"),
        Index("ix_registration_groups", "campaign_code", "region_code", "group_name"),
        Index("ix_registration_region", "region_code", "pilgrim_id"),
    )

    campaign_code: str = Field(foreign_key="campaign.code")
    region_code: str = Field(foreign_key="region.code")
    arrival_on: date | None = None
    group_name: str = Field(default="", max_length=80)
    point_code: str = ""  # where the registration was made, if at a point
    registered_at: datetime = instant()
    registered_by_id: uuid.UUID


class Subject(StrEnum):
    """What a correction is of."""

    PILGRIM = "pilgrim"
    DOSE = "dose"


class Correction(PilgrimRecord, table=True):
    """Old and new values are kept and shown: `changes` is [{"field", "old", "new"}, ...] as shown to staff."""

    __table_args__ = (CheckConstraint("length(reason) >= 3", name="has_a_reason"),)

    subject: Subject = Field(sa_type=text_enum(Subject))
    subject_id: uuid.UUID
    changes: list[dict[str, Any]] = Field(sa_type=JSON)
    reason: str = Field(min_length=3, max_length=500)
    corrected_at: datetime = instant()
    corrected_by_id: uuid.UUID


class AccessGrant(SQLModel, table=True):
    """Sight of one pilgrim outside the own scope, given by a search with a full passport number or PIN."""

    __tablename__ = "access_grant"

    staff_id: uuid.UUID = Field(primary_key=True)
    pilgrim_id: uuid.UUID = Field(primary_key=True)
    until: datetime = instant()
