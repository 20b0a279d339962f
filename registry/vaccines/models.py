"""Products are data; a lot's balance at a point is moved, never edited."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Index, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.campaigns.models import VaccineType
from registry.model import Record, instant, text_enum


class Route(StrEnum):
    INTRAMUSCULAR = "intramuscular"
    SUBCUTANEOUS = "subcutaneous"
    INTRANASAL = "intranasal"


class Site(StrEnum):
    LEFT_UPPER_ARM = "left_upper_arm"
    RIGHT_UPPER_ARM = "right_upper_arm"
    LEFT_THIGH = "left_thigh"
    RIGHT_THIGH = "right_thigh"
    NOSE = "nose"


class HoldKind(StrEnum):
    QUARANTINE = "quarantine"
    RECALL = "recall"
    RELEASE = "release"


class MovementKind(StrEnum):
    RECEIVED = "received"
    ADMINISTERED = "administered"
    RETURNED = "returned"  # a dose recorded in error puts its vial's dose back into the count
    WASTED = "wasted"
    COUNTED = "counted"


class Product(SQLModel, table=True):
    """A vaccine as sold. `product_code` in a signed payload is who_product_id, else the ICD-11 code of its antigen."""

    code: str = Field(primary_key=True)
    antigen_code: str = Field(foreign_key="antigen.code", index=True)
    trade_name: str
    latin_name: str
    vaccine_type: VaccineType = Field(sa_type=text_enum(VaccineType))
    manufacturer: str | None = None
    dose_ml: Decimal | None = Field(default=None, sa_type=Numeric(4, 2))
    routes: list[str] = Field(default_factory=list, sa_type=JSON)  # the first is proposed
    sites: list[str] = Field(default_factory=list, sa_type=JSON)
    doses_per_container: int = 1
    age_min_months: int | None = None
    age_max_years: int | None = None
    available_from: date | None = None
    available_until: date | None = None
    who_product_id: str | None = None
    atc: str | None = None
    cvx: str | None = None
    usable: bool = True  # False: only to describe a dose given elsewhere ("type not stated")


class Lot(Record, table=True):
    __table_args__ = (UniqueConstraint("product_code", "number"),)

    product_code: str = Field(foreign_key="product.code")
    number: str = Field(max_length=20)
    expires_on: date
    season_code: str | None = None  # influenza: the season it was made for
    created_at: datetime = instant()
    created_by_id: uuid.UUID


class LotHold(Record, table=True):
    """Quarantine, recall, release: the latest says whether the lot may be used."""

    __tablename__ = "lot_hold"

    lot_id: uuid.UUID = Field(foreign_key="lot.id", index=True)
    kind: HoldKind = Field(sa_type=text_enum(HoldKind))
    reason: str
    at: datetime = instant()
    by_id: uuid.UUID


class Stock(SQLModel, table=True):
    """Doses of a lot on hand at a point. Only the guarded UPDATE of `take_dose` lowers it: never below zero."""

    __table_args__ = (CheckConstraint("doses_on_hand >= 0", name="not_negative"),)

    point_code: str = Field(primary_key=True, foreign_key="vaccination_point.code")
    lot_id: uuid.UUID = Field(primary_key=True, foreign_key="lot.id")
    doses_on_hand: int


class StockMovement(Record, table=True):
    __tablename__ = "stock_movement"
    __table_args__ = (Index("ix_stock_movement_point", "point_code", "at"),)

    point_code: str = Field(foreign_key="vaccination_point.code")
    lot_id: uuid.UUID = Field(foreign_key="lot.id")
    kind: MovementKind = Field(sa_type=text_enum(MovementKind))
    doses: int  # signed: what the balance changed by
    document: str = ""
    at: datetime = instant()
    by_id: uuid.UUID
