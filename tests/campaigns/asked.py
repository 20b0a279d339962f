"""Requirements as campaigns state them, and doses judged by them."""

from datetime import date
from typing import Any

from registry.campaigns.models import Requirement, VaccineType, Validity
from registry.campaigns.rules import Evaluation, GivenDose, evaluate
from registry.model import new_id

FIRST_FLIGHT = date(2026, 5, 11)
CONJUGATE, POLYSACCHARIDE, UNKNOWN = VaccineType.CONJUGATE, VaccineType.POLYSACCHARIDE, VaccineType.UNKNOWN


def requirement(**changes: Any) -> Requirement:
    """The Saudi rule for meningococcal vaccine, unless told otherwise."""
    values: dict[str, Any] = {
        "campaign_code": "HAJJ",
        "code": "MEN-ACWY",
        "version": 1,
        "antigen_code": "MENACWY",
        "demanded_by": ["SAU"],
        "mandatory": True,
        "min_age_months": 12,
        "min_days_before_arrival": 10,
        "validity": Validity.YEARS_BY_TYPE,
        "years_by_type": {"conjugate": 5, "polysaccharide": 3, "unknown": 3},
        "source": "a source",
    }
    return Requirement(**{**values, **changes})


MEN = requirement()
FLU = requirement(
    code="FLU",
    antigen_code="INFLUENZA",
    min_age_months=6,
    validity=Validity.SEASON,
    years_by_type={},
    season_code="NH-2025-2026",
    season_starts_on=date(2025, 9, 1),
    months=12,
)
POLIO = requirement(code="POLIO", antigen_code="POLIO", min_days_before_arrival=28, validity=Validity.MONTHS, months=12)
YELLOW_FEVER = requirement(code="YF", antigen_code="YELLOW-FEVER", validity=Validity.LIFELONG)
COVID = requirement(
    code="COVID19",
    antigen_code="COVID19",
    min_days_before_arrival=14,
    validity=Validity.PERIOD,
    season_starts_on=date(2021, 1, 1),
    season_ends_on=date(2025, 12, 31),
)


def doses(asked: Requirement, *days: date, vaccine_type: VaccineType = UNKNOWN) -> list[GivenDose]:
    return [GivenDose(new_id(), asked.antigen_code, vaccine_type, day) for day in days]


def judge(asked: Requirement, given_on: date, arrival_on: date, vaccine_type: VaccineType = UNKNOWN) -> Evaluation:
    return evaluate(asked, doses(asked, given_on, vaccine_type=vaccine_type), arrival_on=arrival_on)
