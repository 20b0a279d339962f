"""When a dose may be recorded, and what it counts for. Each row is a story."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from registry.campaigns.models import Requirement, VaccineType, Validity
from registry.campaigns.rules import GivenDose, evaluate
from registry.model import new_id
from registry.tallies.models import Measure
from registry.vaccinations import rules
from registry.vaccinations.models import Dose, DoseDetails, NotGivenReason
from registry.vaccinations.rules import Count
from registry.vaccines.models import Product, Route, Site
from tests.factories import BISHKEK, CAMPAIGN, NARYN, NOW, TODAY

ARRIVAL = date(2026, 5, 11)
BOTH = ["MENACWY", "INFLUENZA"]


def details(**changes: Any) -> DoseDetails:
    values = {
        "antigen_code": "MENACWY",
        "product_code": "MENQUADFI",
        "lot_id": new_id(),
        "given_on": TODAY,
        "route": Route.INTRAMUSCULAR,
        "site": Site.LEFT_UPPER_ARM,
        "volume_ml": Decimal("0.5"),
        **changes,
    }
    return DoseDetails.model_validate(values)


def dose(antigen: str, on: date = TODAY, *, point: str = NARYN, number: int = 1) -> Dose:
    return Dose(
        **details(antigen_code=antigen, given_on=on).model_dump(),
        pilgrim_id=new_id(),
        campaign_code=CAMPAIGN,
        point_code=point,
        visit_id=new_id(),
        examination_id=new_id(),
        number=number,
        given_by_id=new_id(),
        recorded_by_id=new_id(),
        recorded_at=NOW,
    )


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        pytest.param(0, [], id="today"),
        pytest.param(2, [], id="the day before yesterday"),
        pytest.param(3, [rules.DoseLongAgo], id="three days ago: was it here?"),
        pytest.param(-1, [rules.DoseInFuture], id="tomorrow"),
        pytest.param(365 * 70, [rules.DoseBeforeBirth], id="before birth"),
    ],
)
def test_the_day_of_a_dose(days_ago: int, expected: list[type]) -> None:
    faults = rules.date_faults(TODAY - timedelta(days=days_ago), today=TODAY, birth_on=date(1960, 1, 1))
    assert [type(fault) for fault in faults] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"route": Route.SUBCUTANEOUS}, ["route.RouteUnfit"]),
        ({"site": Site.NOSE}, ["site.SiteUnfit"]),
        ({"volume_ml": Decimal("0.25")}, ["volume_ml.VolumeUnfit"]),
    ],
)
def test_a_dose_is_given_as_the_products_leaflet_says(changes: dict[str, Any], expected: list[str]) -> None:
    product = Product(
        code="MENQUADFI",
        antigen_code="MENACWY",
        trade_name="MenQuadfi",
        latin_name="MenQuadfi",
        vaccine_type=VaccineType.CONJUGATE,
        dose_ml=Decimal("0.50"),
        routes=["intramuscular"],
        sites=["left_upper_arm", "right_upper_arm"],
    )
    assert [fault.code for fault in rules.way_faults(details(**changes), product)] == expected


def requirement(validity: Validity) -> Requirement:
    return Requirement(
        campaign_code=CAMPAIGN,
        code="R",
        version=1,
        antigen_code="MENACWY",
        demanded_by=["SAU"],
        mandatory=True,
        min_days_before_arrival=10,
        validity=validity,
        years_by_type={"conjugate": 5, "polysaccharide": 3, "unknown": 3},
        months=12,
        season_starts_on=date(2025, 9, 1),
        season_ends_on=date(2026, 6, 30),
        source="test",
    )


@pytest.mark.parametrize(
    ("validity", "given_on", "reason", "expected"),
    [
        pytest.param(Validity.YEARS_BY_TYPE, TODAY, "", [rules.DoseStillCounts], id="a week later, no reason"),
        pytest.param(Validity.YEARS_BY_TYPE, TODAY, "ok", [rules.DoseStillCounts], id="two letters are no reason"),
        pytest.param(Validity.YEARS_BY_TYPE, TODAY, "Doctor's order", [], id="a doctor ordered it"),
        pytest.param(Validity.YEARS_BY_TYPE, date(2021, 5, 10), "", [], id="a conjugate of five years ago ended"),
        pytest.param(Validity.YEARS_BY_TYPE, date(2021, 5, 11), "", [rules.DoseStillCounts], id="it ends on arrival"),
        pytest.param(Validity.SEASON, TODAY, "Doctor's order", [rules.DoseOfThisSeason], id="influenza twice a season"),
        pytest.param(Validity.SEASON, date(2024, 11, 10), "", [], id="influenza of last season"),
    ],
)
def test_a_dose_that_still_counts_stops_the_next(
    validity: Validity, given_on: date, reason: str, expected: list[type]
) -> None:
    asked = requirement(validity)
    earlier = evaluate(asked, [GivenDose(new_id(), "MENACWY", VaccineType.CONJUGATE, given_on)], arrival_on=ARRIVAL)
    faults = rules.repeat_faults(asked, earlier, given_on=given_on, override_reason=reason)
    assert [type(fault) for fault in faults] == expected


def test_the_first_dose_of_all_is_not_stopped() -> None:
    asked = requirement(Validity.SEASON)
    assert not list(
        rules.repeat_faults(asked, evaluate(asked, [], arrival_on=ARRIVAL), given_on=None, override_reason="")
    )


@pytest.mark.parametrize(("number", "asked"), [(3, False), (4, True)])
def test_more_than_three_doses_in_a_campaign_are_looked_at(number: int, asked: bool) -> None:
    assert bool(list(rules.number_faults(number))) is asked


def test_another_reason_says_which() -> None:
    assert list(rules.not_given_faults(NotGivenReason.OTHER, " "))
    assert not list(rules.not_given_faults(NotGivenReason.OTHER, "Mourning in the family"))
    assert not list(rules.not_given_faults(NotGivenReason.REFUSED, ""))


def contribution(*doses: Dose) -> Counter[Count]:
    return rules.contribution(doses, region_code="KG-N", mandatory=BOTH)


def test_one_vaccine_counts_for_itself_and_not_as_complete() -> None:
    assert contribution(dose("MENACWY")) == {Count(Measure.VACCINATED, "MENACWY", "KG-N", NARYN, TODAY): 1}


def test_complete_counts_where_and_when_the_last_vaccine_was_given() -> None:
    tomorrow = TODAY + timedelta(days=1)
    counted = contribution(dose("INFLUENZA", tomorrow, point=BISHKEK), dose("MENACWY"))
    assert counted[Count(Measure.COMPLETE, "", "KG-N", BISHKEK, tomorrow)] == 1
    assert sum(counted.values()) == 3


def test_a_second_dose_of_an_antigen_is_not_a_second_pilgrim() -> None:
    later = dose("MENACWY", TODAY + timedelta(days=1), number=2)
    assert contribution(dose("MENACWY"), later) == contribution(dose("MENACWY"))


def test_nothing_counts_where_nothing_was_given() -> None:
    assert contribution() == Counter()
