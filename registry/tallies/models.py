"""Small counters. A row is contended for only by one point on one day."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from registry.model import text_enum


class Measure(StrEnum):
    """Each counts pilgrims, not acts: a second dose of the same antigen is not a second vaccinated pilgrim."""

    REGISTERED = "registered"
    EXAMINED = "examined"
    VACCINATED = "vaccinated"  # by antigen
    COMPLETE = "complete"  # every antigen the campaign demands
    CERTIFIED = "certified"


class Tally(SQLModel, table=True):
    """`region_code` is where the pilgrim is registered, `point_code` where it happened ("" = nowhere special)."""

    __table_args__ = (CheckConstraint("count >= 0", name="not_negative"),)

    campaign_code: str = Field(primary_key=True)
    measure: Measure = Field(primary_key=True, sa_type=text_enum(Measure))
    antigen_code: str = Field(primary_key=True, default="")
    region_code: str = Field(primary_key=True)
    point_code: str = Field(primary_key=True, default="")
    day: date = Field(primary_key=True)
    count: int
