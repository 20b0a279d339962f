"""The file that brings a campaign, and how its faults are told. A subject of its own: it knows no database.

A campaign file is a JSON object; another campaign (Umrah, a school season, another country) is another such file:

    {
      "format": "campaign/1",
      "campaign": {"code": "HAJJ-1447H-2026", "title": WORDS, "country": "KGZ", "timezone": "Asia/Bishkek",
                   "entry_timezone": "Asia/Riyadh"?, "notice_on": DATE?, "starts_on": DATE, "ends_on": DATE,
                   "default_arrival_on": DATE?, "quota": 6060?,
                   "legal_basis": WORDS?, "examination_valid_days": 0, "observation_minutes": 30,
                   "min_age_years": 15?, "min_age_as_of": DATE?,
                   "barring_conditions": [{"code": "HEART", "words": WORDS}]},
      "regions": [{"code": "KG-N", "name": WORDS, "kind": "oblast"}],
      "antigens": [{"code": "MENACWY", "name": WORDS, "disease": WORDS, "icd11_disease": "1C1C",
                    "icd11_vaccine": "XM2WV4"}],
      "points": [{"code": "VP-NRN", "name": WORDS, "settlement": WORDS, "address": WORDS, "facility_type": "FMC",
                  "regions": ["KG-N"], "printed_row": 7?, "printed_region": "", "printed_place": ""}],
      "requirements": [{"code": "MEN-ACWY", "antigen": "MENACWY", "demanded_by": ["SAU"], "mandatory": true,
                        "min_age_months": 12, "min_days_before_arrival": 10, "validity": VALIDITY,
                        "source": "who says so", "source_on": DATE?, "note": ""}]
    }

WORDS are words by language, {"ky": ..., "ru": ..., "en": ...}, with "en" at least; DATE is "2025-12-25"; "?" may be
left out (entry_timezone: the place whose days decide whether a certificate is valid, else the campaign's own).
The order of regions, antigens and points is the order in which they are shown. VALIDITY is one of
    "years_by_type"  with "years_by_type": {"conjugate": 5, "polysaccharide": 3, "unknown": 3}
    "season"         with "season_code", "season_starts_on" and "months": a dose of an earlier season does not count
    "period"         given between "season_starts_on" and "season_ends_on"
    "months"         with "months": 12
    "lifelong"
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self, TypeVar
from unicodedata import normalize
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from registry.campaigns.models import VaccineType, Validity
from registry.errors import N_, Refusal, refuse

HAJJ_2026 = files("registry.campaigns").joinpath("data/hajj_2026.json")  # comes with the registry
Text = Annotated[str, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Natural = Annotated[int, Field(ge=0)]


def _in_english_too(words: dict[str, str]) -> dict[str, str]:
    if not words.get("en"):
        raise ValueError("the English words (“en”) are missing")
    return words


WordsOf = Annotated[dict[Literal["ky", "ru", "en", "ar"], Text], AfterValidator(_in_english_too)]


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("this is not a time zone such as Asia/Bishkek")
    return name


class Part(BaseModel):
    """A part of a file: an entry with a wrong name is a fault, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConditionPart(Part):
    code: Text
    words: WordsOf


class CampaignPart(Part):
    code: Text
    title: WordsOf
    country: Country
    timezone: Annotated[str, AfterValidator(_known_timezone)]
    entry_timezone: Annotated[str, AfterValidator(_known_timezone)]
    notice_on: date | None = None
    starts_on: date
    ends_on: date
    default_arrival_on: date | None = None
    quota: Annotated[int, Field(gt=0)] | None = None
    legal_basis: WordsOf = {}
    examination_valid_days: Natural = 0
    observation_minutes: Natural = 30
    min_age_years: Natural | None = None
    min_age_as_of: date | None = None
    barring_conditions: list[ConditionPart] = []

    @model_validator(mode="before")
    @classmethod
    def is_entered_where_it_happens_unless_said(cls, document: Any) -> Any:
        if isinstance(document, Mapping) and "entry_timezone" not in document and "timezone" in document:
            return {**document, "entry_timezone": document["timezone"]}
        return document

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("the campaign ends before it starts")
        return self


class RegionPart(Part):
    code: Text
    name: WordsOf
    kind: str = ""


class AntigenPart(Part):
    code: Text
    name: WordsOf
    disease: WordsOf
    icd11_disease: Text
    icd11_vaccine: Text


class PointPart(Part):
    code: Text
    name: WordsOf
    settlement: WordsOf
    address: WordsOf
    facility_type: str = ""
    regions: Annotated[list[str], Field(min_length=1)]
    printed_row: int | None = None
    printed_region: str = ""
    printed_place: str = ""


class RequirementPart(Part):
    code: Text
    antigen: Text
    demanded_by: Annotated[list[Country], Field(min_length=1)]
    mandatory: bool
    min_age_months: Natural = 0
    min_days_before_arrival: Natural
    validity: Validity
    years_by_type: dict[VaccineType, Annotated[int, Field(gt=0)]] = {}
    months: Annotated[int, Field(gt=0)] | None = None
    season_code: str | None = None
    season_starts_on: date | None = None
    season_ends_on: date | None = None
    source: Text
    source_on: date | None = None
    note: str = ""

    @model_validator(mode="after")
    def says_how_long_a_dose_counts(self) -> Self:
        needed = {
            Validity.YEARS_BY_TYPE: ("years_by_type",),
            Validity.SEASON: ("season_code", "season_starts_on", "months"),
            Validity.PERIOD: ("season_starts_on", "season_ends_on"),
            Validity.MONTHS: ("months",),
        }.get(self.validity, ())
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"validity “{self.validity}” also needs {', '.join(missing)}")
        if self.season_starts_on and self.season_ends_on and self.season_ends_on < self.season_starts_on:
            raise ValueError("the season ends before it starts")
        return self


class CampaignDocument(Part):
    """A campaign file as a whole: its codes are unique, and what it refers to is in it."""

    format: Literal["campaign/1"]
    campaign: CampaignPart
    regions: list[RegionPart]
    antigens: Annotated[list[AntigenPart], Field(min_length=1)]
    points: Annotated[list[PointPart], Field(min_length=1)]
    requirements: Annotated[list[RequirementPart], Field(min_length=1)]

    @model_validator(mode="after")
    def refers_to_what_it_brings(self) -> Self:
        regions = unique_codes("regions", self.regions)
        antigens = unique_codes("antigens", self.antigens)
        unique_codes("points", self.points)
        unique_codes("requirements", self.requirements)
        strange = {code for point in self.points for code in point.regions} - regions
        strange |= {requirement.antigen for requirement in self.requirements} - antigens
        if strange:
            raise ValueError(f"the file uses codes that it does not bring: {', '.join(sorted(strange))}")
        return self


class EntryMissing(Refusal):
    sentence = N_("The entry “%(place)s” is missing from the file. Add it.")


class EntryUnknown(Refusal):
    sentence = N_("The file has an entry “%(place)s” that is not known here. Correct its name or take it out.")


class EntryWrong(Refusal):
    sentence = N_("The entry “%(place)s” of the file is not right: %(fault)s.")


D = TypeVar("D", bound=Part)


def read(shape: type[D], document: Mapping[str, Any]) -> D:
    """The document in its shape. Raises Refusals that name every fault, each in a sentence."""
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        refuse(_told(error))
        raise


def unique_codes(name: str, parts: list[Any]) -> set[str]:
    """The codes of a list's entries. Raises ValueError when one is there twice."""
    codes = [part.code for part in parts]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"“{name}” has the same code twice: {', '.join(twice)}")
    return set(codes)


def _told(error: ValidationError) -> Iterator[Refusal]:
    for fault in error.errors():
        place = ".".join(str(step + 1) if isinstance(step, int) else step for step in fault["loc"]) or "(all of it)"
        match fault["type"]:
            case "missing":
                yield EntryMissing(place=place)
            case "extra_forbidden":
                yield EntryUnknown(place=place)
            case _:
                words = fault["msg"].removeprefix("Value error, ").rstrip(".")
                yield EntryWrong(place=place, fault=words)


@cache
def known_diseases() -> Mapping[str, str]:
    """{a disease's words in any language, small letters: its ICD-11 code} of the file that comes with the registry."""
    antigens = json.loads(HAJJ_2026.read_text(encoding="utf-8"))["antigens"]
    return {
        normalize("NFC", words).casefold(): antigen["icd11_disease"]
        for antigen in antigens
        for words in antigen["disease"].values()
    }
