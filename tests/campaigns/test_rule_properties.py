"""What holds for every dose and every arrival."""

from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from registry.campaigns import rules
from registry.campaigns.models import Requirement, VaccineType
from registry.campaigns.rules import GivenDose, Result, evaluate
from registry.model import new_id
from tests.campaigns.asked import (
    COVID,
    FLU,
    MEN,
    POLIO,
    YELLOW_FEVER,
    judge,
)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
asked_for = st.sampled_from([MEN, FLU, POLIO, YELLOW_FEVER, COVID])
types = st.sampled_from(list(VaccineType))
given_doses = st.lists(st.tuples(days, types), max_size=4)


def as_doses(asked: Requirement, given_days: Iterable[tuple[date, VaccineType]]) -> list[GivenDose]:
    return [GivenDose(new_id(), asked.antigen_code, vaccine_type, day) for day, vaccine_type in given_days]


@given(asked_for, days, types, days)
def test_a_dose_never_ends_before_it_was_given(
    asked: Requirement, given_on: date, vaccine_type: VaccineType, arrival: date
) -> None:
    found = judge(asked, given_on, arrival, vaccine_type)

    assert found.valid_until is None or found.valid_until >= given_on
    assert found.valid_from is None or found.valid_from > given_on


@given(asked_for, days, types, days, st.integers(1, 900))
def test_an_earlier_arrival_never_turns_not_yet_into_met(
    asked: Requirement, given_on: date, vaccine_type: VaccineType, arrival: date, earlier: int
) -> None:
    assume(judge(asked, given_on, arrival, vaccine_type).result is Result.NOT_YET)

    sooner = judge(asked, given_on, arrival - timedelta(days=earlier), vaccine_type)

    assert sooner.result is Result.NOT_YET


@given(asked_for, given_doses, days)
def test_met_means_that_the_arrival_lies_within_the_term(
    asked: Requirement, given_days: list[tuple[date, VaccineType]], arrival: date
) -> None:
    found = evaluate(asked, as_doses(asked, given_days), arrival_on=arrival)

    within = found.valid_from is not None and found.valid_from <= arrival <= (found.valid_until or date.max)
    assert (found.result is Result.MET) == within


@given(asked_for, given_doses, given_doses, days)
def test_another_dose_never_makes_it_worse(
    asked: Requirement,
    given_days: list[tuple[date, VaccineType]],
    more: list[tuple[date, VaccineType]],
    arrival: date,
) -> None:
    before = evaluate(asked, as_doses(asked, given_days), arrival_on=arrival)
    after = evaluate(asked, as_doses(asked, given_days + more), arrival_on=arrival)

    assert rules.covers(after) or not rules.covers(before)
    assert after.result is Result.MET or before.result is not Result.MET


@given(asked_for, given_doses, days)
def test_every_evaluation_can_say_why(
    asked: Requirement, given_days: list[tuple[date, VaccineType]], arrival: date
) -> None:
    sentence = str(evaluate(asked, as_doses(asked, given_days), arrival_on=arrival).why)

    assert sentence.endswith(".")
    assert "None" not in sentence


@given(days, st.integers(0, 240))
def test_months_later_is_the_same_day_or_the_last_of_that_month(day: date, months: int) -> None:
    later = rules.add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)
