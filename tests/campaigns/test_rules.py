"""Terms of validity, worked out by hand; each row is a story."""

from datetime import date
from typing import NamedTuple

import pytest

from registry.campaigns import rules
from registry.campaigns.models import Requirement, VaccineType
from registry.campaigns.rules import Result, evaluate
from tests.campaigns.asked import (
    CONJUGATE,
    COVID,
    FIRST_FLIGHT,
    FLU,
    MEN,
    POLIO,
    POLYSACCHARIDE,
    UNKNOWN,
    YELLOW_FEVER,
    doses,
    judge,
    requirement,
)


class Case(NamedTuple):
    story: str
    given_on: str
    vaccine_type: VaccineType
    arrival_on: str
    result: Result
    first_day: str
    last_day: str


CASES = [
    ("given in the campaign", "2025-12-23", POLYSACCHARIDE, "2026-05-11", Result.MET, "2026-01-02", "2028-12-23"),
    ("a conjugate counts 5 years", "2025-12-30", CONJUGATE, "2026-05-11", Result.MET, "2026-01-09", "2030-12-30"),
    ("exactly ten days before", "2026-05-01", CONJUGATE, "2026-05-11", Result.MET, "2026-05-11", "2031-05-01"),
    ("nine days before", "2026-05-02", CONJUGATE, "2026-05-11", Result.NOT_YET, "2026-05-12", "2031-05-02"),
    ("eleven days before", "2026-04-30", CONJUGATE, "2026-05-11", Result.MET, "2026-05-10", "2031-04-30"),
    ("on the anniversary", "2023-05-11", POLYSACCHARIDE, "2026-05-11", Result.MET, "2023-05-21", "2026-05-11"),
    ("a day late", "2023-05-10", POLYSACCHARIDE, "2026-05-11", Result.EXPIRED, "2023-05-20", "2026-05-10"),
    ("conjugate, same day", "2023-05-10", CONJUGATE, "2026-05-11", Result.MET, "2023-05-20", "2028-05-10"),
    ("type not stated", "2022-06-01", UNKNOWN, "2026-05-11", Result.EXPIRED, "2022-06-11", "2025-06-01"),
    ("type not stated, in time", "2025-06-01", UNKNOWN, "2026-05-11", Result.MET, "2025-06-11", "2028-06-01"),
    ("paper shows conjugate", "2022-06-01", CONJUGATE, "2026-05-11", Result.MET, "2022-06-11", "2027-06-01"),
    ("leap day", "2024-02-29", POLYSACCHARIDE, "2027-05-08", Result.EXPIRED, "2024-03-10", "2027-02-28"),
    ("leap day, last day", "2024-02-29", POLYSACCHARIDE, "2027-02-28", Result.MET, "2024-03-10", "2027-02-28"),
    ("leap day, a day late", "2024-02-29", POLYSACCHARIDE, "2027-03-01", Result.EXPIRED, "2024-03-10", "2027-02-28"),
    ("serves the next Hajj", "2025-12-25", POLYSACCHARIDE, "2027-05-10", Result.MET, "2026-01-04", "2028-12-25"),
    ("ends during the stay", "2021-05-12", CONJUGATE, "2026-05-11", Result.MET, "2021-05-22", "2026-05-12"),
    ("4 years 364 days", "2021-05-12", CONJUGATE, "2026-05-11", Result.MET, "2021-05-22", "2026-05-12"),
    ("5 years to the day", "2021-05-11", CONJUGATE, "2026-05-11", Result.MET, "2021-05-21", "2026-05-11"),
    ("5 years and a day", "2021-05-10", CONJUGATE, "2026-05-11", Result.EXPIRED, "2021-05-20", "2026-05-10"),
    ("given after the arrival", "2026-05-20", CONJUGATE, "2026-05-11", Result.NOT_YET, "2026-05-30", "2031-05-20"),
]


@pytest.mark.parametrize("case", [Case(*case) for case in CASES], ids=lambda case: case.story)
def test_a_meningococcal_dose_counts_from_the_tenth_day_for_the_years_of_its_type(case: Case) -> None:
    found = judge(MEN, date.fromisoformat(case.given_on), date.fromisoformat(case.arrival_on), case.vaccine_type)

    assert found.result is case.result
    assert (str(found.valid_from), str(found.valid_until)) == (case.first_day, case.last_day)


@pytest.mark.parametrize(
    ("story", "given_on", "arrival", "result", "last"),
    [
        ("this season", "2025-12-25", "2026-05-11", Result.MET, "2026-12-25"),
        ("last winter", "2024-11-10", "2026-05-11", Result.EXPIRED, "2025-08-31"),
        ("the day before the season", "2025-08-31", "2026-05-11", Result.EXPIRED, "2025-08-31"),
        ("the season's first day", "2025-09-01", "2026-05-11", Result.MET, "2026-09-01"),
        ("six days before arrival", "2026-05-05", "2026-05-11", Result.NOT_YET, "2027-05-05"),
        ("two winters ago", "2024-01-10", "2026-05-11", Result.EXPIRED, "2025-01-10"),
        ("the next season's vaccine", "2026-10-01", "2027-05-10", Result.MET, "2027-10-01"),
    ],
)
def test_an_influenza_dose_counts_for_its_season(
    story: str, given_on: str, arrival: str, result: Result, last: str
) -> None:
    found = judge(FLU, date.fromisoformat(given_on), date.fromisoformat(arrival), VaccineType.INACTIVATED)

    assert (found.result, str(found.valid_until)) == (result, last), story


@pytest.mark.parametrize(
    ("asked", "given_on", "result", "last"),
    [
        (POLIO, date(2025, 6, 30), Result.MET, date(2026, 6, 30)),
        (POLIO, date(2025, 5, 1), Result.EXPIRED, date(2026, 5, 1)),
        (POLIO, date(2026, 4, 14), Result.NOT_YET, date(2027, 4, 14)),
        (YELLOW_FEVER, date(1990, 1, 1), Result.MET, None),
        (COVID, date(2021, 1, 1), Result.MET, None),
        (COVID, date(2020, 12, 31), Result.MISSING, None),
        (COVID, date(2026, 1, 1), Result.MISSING, None),
    ],
)
def test_months_period_and_lifelong_are_terms_too(
    asked: Requirement, given_on: date, result: Result, last: date | None
) -> None:
    found = judge(asked, given_on, FIRST_FLIGHT)

    assert (found.result, found.valid_until) == (result, last)


def test_without_a_dose_the_sentence_says_what_to_do() -> None:
    found = evaluate(MEN, [], arrival_on=FIRST_FLIGHT)

    assert (found.result, found.valid_from, found.dose_id) == (Result.MISSING, None, None)
    assert str(found.why) == "No dose is recorded. Give one at least 10 days before the arrival on 11.05.2026."


def test_a_dose_against_something_else_does_not_count() -> None:
    found = evaluate(MEN, doses(FLU, date(2025, 12, 25)), arrival_on=FIRST_FLIGHT)

    assert found.result is Result.MISSING


@pytest.mark.parametrize(
    ("given_on", "vaccine_type", "reason"),
    [
        (date(2025, 12, 25), POLYSACCHARIDE, rules.Counts),
        (date(2025, 12, 25), UNKNOWN, rules.CountsTypeNotStated),
        (date(2022, 6, 1), UNKNOWN, rules.EndedTypeNotStated),
        (date(2023, 5, 1), POLYSACCHARIDE, rules.Ended),
        (date(2021, 5, 12), CONJUGATE, rules.EndsDuringStay),
        (date(2026, 5, 2), CONJUGATE, rules.CountsTooLate),
    ],
)
def test_the_reason_names_what_decided(given_on: date, vaccine_type: VaccineType, reason: type[rules.Reason]) -> None:
    found = judge(MEN, given_on, FIRST_FLIGHT, vaccine_type)

    assert type(found.why) is reason
    assert f"{given_on:%d.%m.%Y}" in str(found.why)


def test_the_best_of_several_doses_speaks() -> None:
    given = [
        *doses(MEN, date(2020, 1, 1), date(2026, 5, 5), vaccine_type=CONJUGATE),
        *doses(MEN, date(2024, 1, 1), vaccine_type=POLYSACCHARIDE),
    ]

    found = evaluate(MEN, given, arrival_on=FIRST_FLIGHT)

    assert (found.result, found.dose_id) == (Result.MET, given[2].id)


def test_of_two_doses_that_count_the_one_that_lasts_longer_speaks() -> None:
    given = doses(MEN, date(2022, 6, 1), date(2025, 12, 25), vaccine_type=CONJUGATE)

    assert evaluate(MEN, given, arrival_on=FIRST_FLIGHT).dose_id == given[1].id


def test_of_two_influenza_doses_in_one_season_the_one_that_lasts_longer_speaks() -> None:
    given = doses(FLU, date(2026, 2, 1), date(2025, 12, 25))

    found = evaluate(FLU, given, arrival_on=FIRST_FLIGHT)

    assert (found.dose_id, found.valid_until) == (given[0].id, date(2027, 2, 1))


def test_of_two_doses_that_count_too_late_the_sooner_one_speaks() -> None:
    given = doses(MEN, date(2026, 5, 8), date(2026, 5, 3), vaccine_type=CONJUGATE)

    assert evaluate(MEN, given, arrival_on=FIRST_FLIGHT).dose_id == given[1].id


def test_a_contraindication_exempts_only_where_no_dose_counts() -> None:
    old, valid = doses(MEN, date(2019, 1, 1), date(2025, 12, 25))

    exempt = evaluate(MEN, [old], arrival_on=FIRST_FLIGHT, contraindicated=True)
    met = evaluate(MEN, [old, valid], arrival_on=FIRST_FLIGHT, contraindicated=True)

    assert exempt.result is Result.CONTRAINDICATED_EXEMPT
    assert not rules.covers(exempt)
    assert met.result is Result.MET


@pytest.mark.parametrize(
    ("story", "birth_on", "result"),
    [
        ("23 months old on arrival", date(2024, 5, 12), Result.NOT_APPLICABLE),
        ("24 months old on arrival", date(2024, 5, 11), Result.MISSING),
        ("only the year 2024 is known", date(2024, 1, 1), Result.MISSING),
    ],
)
def test_a_rule_from_two_years_of_age_leaves_younger_children_out(story: str, birth_on: date, result: Result) -> None:
    found = evaluate(requirement(min_age_months=24), [], arrival_on=FIRST_FLIGHT, birth_on=birth_on)

    assert found.result is result, story


def test_a_dose_given_before_the_least_age_does_not_count() -> None:
    born, given = date(2024, 6, 30), doses(MEN, date(2025, 6, 29), date(2025, 6, 30))

    too_young = evaluate(MEN, given[:1], arrival_on=FIRST_FLIGHT, birth_on=born)
    just_old_enough = evaluate(MEN, given[1:], arrival_on=FIRST_FLIGHT, birth_on=born)

    assert (too_young.result, just_old_enough.result) == (Result.MISSING, Result.MET)
    assert type(too_young.why) is rules.GivenTooYoung


def test_a_type_without_a_term_is_said_to_be_unknown() -> None:
    conjugates_only = requirement(years_by_type={"conjugate": 5})

    found = judge(conjugates_only, date(2025, 12, 25), FIRST_FLIGHT, POLYSACCHARIDE)

    assert found.result is Result.UNKNOWN_TYPE
    assert not rules.covers(found)


def test_entry_is_allowed_while_every_dose_counts() -> None:
    men = judge(MEN, date(2025, 12, 30), FIRST_FLIGHT, CONJUGATE)
    flu = judge(FLU, date(2025, 12, 25), FIRST_FLIGHT)
    life = judge(YELLOW_FEVER, date(2026, 4, 1), FIRST_FLIGHT)

    assert rules.entry_window([men, flu, life]) == (date(2026, 4, 11), date(2026, 12, 25))
    assert rules.entry_window([life]) == (date(2026, 4, 11), None)


def test_no_day_lies_after_the_last_one() -> None:
    assert rules.add_months(date(9999, 2, 28), 12) == date.max
    judged = evaluate(MEN, doses(MEN, date.max), arrival_on=FIRST_FLIGHT)
    assert (judged.result, judged.valid_from) == (Result.NOT_YET, date.max)
