"""What a campaign is made of. All of it is loaded from a file: another campaign is another file."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from registry.model import Words, text_enum, words


class VaccineType(StrEnum):
    """What decides how long a dose counts. Printed on the certificate."""

    CONJUGATE = "conjugate"
    POLYSACCHARIDE = "polysaccharide"
    INACTIVATED = "inactivated"
    UNKNOWN = "unknown"


class Validity(StrEnum):
    """How a requirement computes the last day a dose counts."""

    YEARS_BY_TYPE = "years_by_type"
    SEASON = "season"
    PERIOD = "period"  # given between two dates
    MONTHS = "months"
    LIFELONG = "lifelong"


class Region(SQLModel, table=True):
    """A first-level unit, by ISO 3166-2 code."""

    code: str = Field(primary_key=True)
    name: Words = words()
    kind: str = ""
    sort_order: int


class Antigen(SQLModel, table=True):
    """What a vaccine protects against."""

    code: str = Field(primary_key=True)
    name: Words = words()  # the vaccine: "Meningococcal ACWY"
    disease: Words = words()
    icd11_disease: str
    icd11_vaccine: str
    sort_order: int = 0


class Campaign(SQLModel, table=True):
    code: str = Field(primary_key=True)
    title: Words = words()
    country: str = Field(max_length=3)  # ISO 3166-1 alpha-3
    timezone: str
    entry_timezone: str  # where pilgrims enter: on its days a certificate begins and ends
    notice_on: date | None = None
    starts_on: date
    ends_on: date
    default_arrival_on: date | None = None  # used, and shown as assumed, when a travel date is not known
    quota: int | None = None
    legal_basis: Words = words()
    examination_valid_days: int = 0  # 0: the same day
    observation_minutes: int = 30
    min_age_years: int | None = None
    min_age_as_of: date | None = None
    barring_conditions: list[dict[str, Any]] = Field(sa_type=JSON)  # [{"code", "words"}]


class VaccinationPoint(SQLModel, table=True):
    """A place where vaccines are given; it may serve several regions and several campaigns."""

    __tablename__ = "vaccination_point"

    code: str = Field(primary_key=True)
    name: Words = words()
    settlement: Words = words()
    address: Words = words()
    facility_type: str = ""


class PointRegion(SQLModel, table=True):
    """Row 1 of the notice is one place for two regions; row 8 two places for one."""

    __tablename__ = "point_region"

    point_code: str = Field(primary_key=True, foreign_key="vaccination_point.code")
    region_code: str = Field(primary_key=True, foreign_key="region.code")


class CampaignPoint(SQLModel, table=True):
    """A point's part in a campaign, with the cells exactly as the founding document printed them."""

    __tablename__ = "campaign_point"

    campaign_code: str = Field(primary_key=True, foreign_key="campaign.code")
    point_code: str = Field(primary_key=True, foreign_key="vaccination_point.code")
    sort_order: int
    printed_row: int | None = None
    printed_region: str = ""
    printed_place: str = ""


class Requirement(SQLModel, table=True):
    """A rule of entry as data, versioned, with its source: the Saudi term was 8, 5 and 3 years at different dates."""

    __table_args__ = (ForeignKeyConstraint(["campaign_code"], ["campaign.code"]),)

    campaign_code: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    antigen_code: str = Field(foreign_key="antigen.code")
    demanded_by: list[str] = Field(sa_type=JSON)  # ISO 3166-1 alpha-3
    mandatory: bool  # counts for the certificate; False: recorded, switched off
    min_age_months: int = 0
    min_days_before_arrival: int
    validity: Validity = Field(sa_type=text_enum(Validity))
    years_by_type: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    months: int | None = None
    season_code: str | None = None
    season_starts_on: date | None = None
    season_ends_on: date | None = None
    source: str
    source_on: date | None = None
    note: str = ""
