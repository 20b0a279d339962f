"""Doses are events: a correction is a new version that supersedes, a withdrawal a version entered in error."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.model import PilgrimRecord, instant, text_enum
from registry.vaccines.models import Route, Site


class DoseStatus(StrEnum):
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered_in_error"


class NotGivenReason(StrEnum):
    """WHO reasons for an event not done, with those a pilgrim campaign adds."""

    REFUSED = "refused"
    ACUTE_ILLNESS = "acute_illness"
    CONTRAINDICATED = "contraindicated"
    ALREADY_VALID = "already_valid"
    OUT_OF_STOCK = "out_of_stock"
    ABSENT = "absent"
    UNFIT_FOR_HAJJ = "unfit_for_hajj"
    WITHDREW = "withdrew"
    OTHER = "other"


class DoseDetails(SQLModel):
    """What the vaccinator decides about one dose."""

    antigen_code: str = Field(foreign_key="antigen.code")
    product_code: str = Field(foreign_key="product.code")
    lot_id: uuid.UUID = Field(foreign_key="lot.id")
    given_on: date
    route: Route = Field(sa_type=text_enum(Route))
    site: Site = Field(sa_type=text_enum(Site))
    volume_ml: Decimal = Field(gt=0, le=5, sa_type=Numeric(4, 2))


class Dose(DoseDetails, PilgrimRecord, table=True):
    """`number` counts a pilgrim's doses of an antigen in a campaign, `version` the corrections of one dose.

    The unique constraint is what tells the second of two nurses: both would write number 1, version 1.
    Void doses keep their number: the paper cannot be re-printed.
    """

    __table_args__ = (
        UniqueConstraint("pilgrim_id", "campaign_code", "antigen_code", "number", "version"),
        UniqueConstraint("pilgrim_id", "visit_id", "antigen_code", "version"),
        UniqueConstraint("pilgrim_id", "supersedes_id"),
        ForeignKeyConstraint(["pilgrim_id", "supersedes_id"], ["dose.pilgrim_id", "dose.id"]),
        ForeignKeyConstraint(["pilgrim_id", "examination_id"], ["examination.pilgrim_id", "examination.id"]),
        CheckConstraint("volume_ml > 0", name="some_volume"),
        CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name="versions_supersede"),
        Index("ix_dose_lot", "lot_id"),
        Index("ix_dose_recorded", "recorded_by_id", "recorded_at"),
    )

    campaign_code: str = Field(foreign_key="campaign.code")
    point_code: str = Field(foreign_key="vaccination_point.code")
    visit_id: uuid.UUID
    examination_id: uuid.UUID
    number: int = 1
    version: int = 1
    supersedes_id: uuid.UUID | None = None
    status: DoseStatus = Field(default=DoseStatus.COMPLETED, sa_type=text_enum(DoseStatus))
    given_by_id: uuid.UUID = Field(foreign_key="staff.id")
    recorded_by_id: uuid.UUID
    recorded_at: datetime = instant()
    override_reason: str = Field(default="", max_length=500)


class DoseNotGiven(PilgrimRecord, table=True):
    __tablename__ = "dose_not_given"
    __table_args__ = (UniqueConstraint("pilgrim_id", "visit_id", "antigen_code"),)

    campaign_code: str = Field(foreign_key="campaign.code")
    point_code: str = Field(foreign_key="vaccination_point.code")
    visit_id: uuid.UUID
    antigen_code: str = Field(foreign_key="antigen.code")
    reason: NotGivenReason = Field(sa_type=text_enum(NotGivenReason))
    note: str = Field(default="", max_length=500)
    decided_on: date
    recorded_by_id: uuid.UUID
    recorded_at: datetime = instant()
