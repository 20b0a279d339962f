"""Does a dose satisfy a requirement for entry? Pure decisions over dates; the terms themselves are data."""

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from registry.campaigns.models import Requirement, VaccineType, Validity
from registry.errors import N_, Refusal

# Longer than any stay we know of (flights from 10 May, Hajj until 30 May): a dose that ends within it deserves a word.
LONGEST_STAY = timedelta(days=60)


class Result(StrEnum):
    """How a requirement stands for one pilgrim and one day of arrival."""

    MET = "met"
    NOT_YET = "not_yet"  # the dose counts from a later day than the arrival
    EXPIRED = "expired"
    MISSING = "missing"
    CONTRAINDICATED_EXEMPT = "contraindicated_exempt"
    UNKNOWN_TYPE = "unknown_type"  # the requirement has no term for this type of vaccine, nor for one not stated
    NOT_APPLICABLE = "not_applicable"


# From best to worst: what an evaluation of several doses reports.
_RANKS = (Result.MET, Result.NOT_YET, Result.UNKNOWN_TYPE, Result.EXPIRED, Result.MISSING)


@dataclass(frozen=True)
class GivenDose:
    """A dose as the rules see it, given here or elsewhere."""

    id: UUID | None
    antigen_code: str
    vaccine_type: VaccineType
    given_on: date


class Reason(Refusal):
    """Why an evaluation came out as it did: a sentence and its facts, in the shape of a refusal; nobody raises it."""


class Counts(Reason):
    sentence = N_("The dose of %(given_on)s counts from %(valid_from)s until %(valid_until)s.")


class CountsForLife(Reason):
    sentence = N_("The dose of %(given_on)s counts from %(valid_from)s, for life.")


class CountsTypeNotStated(Reason):
    sentence = N_(
        "The type of the vaccine given on %(given_on)s is not stated, so the dose counts only %(years)s years: "
        "from %(valid_from)s until %(valid_until)s."
    )


class EndsDuringStay(Reason):
    sentence = N_(
        "The dose of %(given_on)s counts until %(valid_until)s. That is soon after the arrival on %(arrival_on)s: "
        "ask when the pilgrim returns."
    )


class CountsTooLate(Reason):
    sentence = N_(
        "The dose of %(given_on)s counts from %(valid_from)s, %(days)s days after it was given. "
        "The arrival on %(arrival_on)s is too early: travel on %(valid_from)s or later."
    )


class Ended(Reason):
    sentence = N_(
        "The dose of %(given_on)s counted until %(valid_until)s. "
        "Give a new dose at least %(days)s days before the arrival on %(arrival_on)s."
    )


class EndedTypeNotStated(Reason):
    sentence = N_(
        "The type of the vaccine given on %(given_on)s is not stated, so the dose counted only %(years)s years, until "
        "%(valid_until)s. Find a paper that states the type, or give a new dose."
    )


class EarlierSeason(Reason):
    sentence = N_(
        "The dose of %(given_on)s was against an earlier season, which ended on %(valid_until)s. "
        "Give the vaccine of this season."
    )


class OutsidePeriod(Reason):
    sentence = N_("The dose of %(given_on)s does not count: only doses from %(starts_on)s to %(ends_on)s do.")


class TypeNotAccepted(Reason):
    sentence = N_("This requirement has no term for the type of the vaccine given on %(given_on)s. Give a new dose.")


class GivenTooYoung(Reason):
    sentence = N_("The dose of %(given_on)s was given before the age of %(months)s months and does not count.")


class NoDose(Reason):
    sentence = N_("No dose is recorded. Give one at least %(days)s days before the arrival on %(arrival_on)s.")


class AdvisedAgainst(Reason):
    sentence = N_(
        "A doctor advised against this vaccine and no dose counts. The pilgrim should carry the doctor's note: "
        "the country of arrival decides."
    )


class TooYoungToNeedIt(Reason):
    sentence = N_("This is asked only from the age of %(months)s months.")


@dataclass(frozen=True)
class Evaluation:
    """One requirement for one pilgrim. `valid_until` None with `valid_from` set means for life."""

    requirement_code: str
    antigen_code: str
    result: Result
    valid_from: date | None
    valid_until: date | None
    why: Reason = field(compare=False)
    dose_id: UUID | None


def evaluate(
    requirement: Requirement,
    doses: Iterable[GivenDose],
    *,
    arrival_on: date,
    birth_on: date | None = None,
    contraindicated: bool = False,
) -> Evaluation:
    """How the requirement stands on the day of arrival; of several doses the best one speaks.

    `birth_on` may be the first day of a month or year of which no more is known: the pilgrim then counts as the
    oldest they can be, so that the requirement rather applies.
    """
    months = requirement.min_age_months
    if birth_on and months and not has_reached(birth_on, months, on=arrival_on):
        return _without_dose(requirement, Result.NOT_APPLICABLE, TooYoungToNeedIt(months=months))
    own = (dose for dose in doses if dose.antigen_code == requirement.antigen_code)
    judged = [_judge(requirement, dose, arrival_on=arrival_on, birth_on=birth_on) for dose in own]
    best = min(judged, key=_preference, default=None)
    if best is not None and covers(best):
        return best
    if contraindicated:
        return _without_dose(requirement, Result.CONTRAINDICATED_EXEMPT, AdvisedAgainst())
    days = requirement.min_days_before_arrival
    return best or _without_dose(requirement, Result.MISSING, NoDose(days=days, arrival_on=arrival_on))


def covers(evaluation: Evaluation) -> bool:
    """True when a certificate may rest on it; for `not_yet` it says from which day it is met."""
    return evaluation.result in {Result.MET, Result.NOT_YET}


def entry_window(evaluations: Iterable[Evaluation]) -> tuple[date, date | None]:
    """The days on which every dose counts: latest first day, earliest last day (None: for life).

    Doses of a `not_yet` evaluation may leave no such day: the first day is then after the last.

    Raises:
        ValueError: no evaluation has a dose.
    """
    dated = [(e.valid_from, e.valid_until) for e in evaluations if e.valid_from is not None]
    return max(first for first, _ in dated), min((last for _, last in dated if last), default=None)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day: 29 February becomes 28 February. At most 31.12.9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    last = day.day if day.day <= 28 else calendar.monthrange(year, month + 1)[1]  # noqa: PLR2004 - every month has 28
    return date(year, month + 1, min(day.day, last))


def has_reached(birth_on: date, months: int, *, on: date) -> bool:
    """True from the day on which somebody is that many months old."""
    return add_months(birth_on, months) <= on


def _judge(requirement: Requirement, dose: GivenDose, *, arrival_on: date, birth_on: date | None) -> Evaluation:
    """One dose against the requirement: first whether it has a term at all, then how the arrival lies to it."""
    days = requirement.min_days_before_arrival
    facts: dict[str, Any] = {"given_on": dose.given_on, "arrival_on": arrival_on, "days": days}
    months = requirement.min_age_months
    if birth_on and months and not has_reached(birth_on, months, on=dose.given_on):
        return _without_dose(requirement, Result.MISSING, GivenTooYoung(months=months, **facts))
    term = _TERMS[requirement.validity](requirement, dose)
    if isinstance(term, Reason):
        result = Result.UNKNOWN_TYPE if isinstance(term, TypeNotAccepted) else Result.MISSING
        return _without_dose(requirement, result, term)
    # The day of vaccination is day 0: a dose of 1 May serves an arrival on 11 May.
    first = dose.given_on + min(timedelta(days=days), date.max - dose.given_on)
    result = _place(arrival_on, first, term.until)
    why = _reason(result, term, {**facts, "valid_from": first, "valid_until": term.until, "years": term.years})
    code = requirement.code
    return Evaluation(code, dose.antigen_code, result, first, term.until, why, dose.id)


def _place(arrival_on: date, first: date, until: date | None) -> Result:
    # A dose whose term ends before it begins never counts, whatever the arrival.
    if until is not None and until < max(arrival_on, first):
        return Result.EXPIRED
    return Result.NOT_YET if arrival_on < first else Result.MET


@dataclass(frozen=True)
class _Term:
    """Until when a dose counts (None: for life), and what there is to say about that."""

    until: date | None
    years: int | None = None
    type_not_stated: bool = False
    earlier_season: bool = False


def _years_by_type(requirement: Requirement, dose: GivenDose) -> _Term | Reason:
    # moh.gov.sa, 2020-01-14: a type that is not stated counts as the shorter term.
    stated = dose.vaccine_type in requirement.years_by_type and dose.vaccine_type is not VaccineType.UNKNOWN
    years = requirement.years_by_type.get(dose.vaccine_type if stated else VaccineType.UNKNOWN)
    if years is None:
        return TypeNotAccepted(given_on=dose.given_on)
    return _Term(add_months(dose.given_on, 12 * years), years, type_not_stated=not stated)


def _season(requirement: Requirement, dose: GivenDose) -> _Term | Reason:
    until = add_months(dose.given_on, requirement.months or 0)
    starts_on, _ = _bounds(requirement)
    if dose.given_on < starts_on:
        return _Term(min(until, starts_on - timedelta(days=1)), earlier_season=True)
    # No source names a season's last day; Gulf practice accepts the last 12 months.
    return _Term(until)


def _period(requirement: Requirement, dose: GivenDose) -> _Term | Reason:
    starts_on, ends_on = _bounds(requirement)
    if starts_on <= dose.given_on <= ends_on:
        return _Term(None)
    return OutsidePeriod(given_on=dose.given_on, starts_on=starts_on, ends_on=ends_on)


def _months(requirement: Requirement, dose: GivenDose) -> _Term | Reason:
    return _Term(add_months(dose.given_on, requirement.months or 0))


def _lifelong(_requirement: Requirement, _dose: GivenDose) -> _Term | Reason:
    return _Term(None)


_TERMS: dict[Validity, Callable[[Requirement, GivenDose], _Term | Reason]] = {
    Validity.YEARS_BY_TYPE: _years_by_type,
    Validity.SEASON: _season,
    Validity.PERIOD: _period,
    Validity.MONTHS: _months,
    Validity.LIFELONG: _lifelong,
}


def _bounds(requirement: Requirement) -> tuple[date, date]:
    return requirement.season_starts_on or date.min, requirement.season_ends_on or date.max


def _reason(result: Result, term: _Term, facts: dict[str, Any]) -> Reason:
    if result is Result.NOT_YET:
        return CountsTooLate(**facts)
    if result is Result.EXPIRED:
        ended = EarlierSeason if term.earlier_season else EndedTypeNotStated if term.type_not_stated else Ended
        return ended(**facts)
    if term.until is None:
        return CountsForLife(**facts)
    if term.until < facts["arrival_on"] + LONGEST_STAY:
        return EndsDuringStay(**facts)
    return CountsTypeNotStated(**facts) if term.type_not_stated else Counts(**facts)


def _preference(evaluation: Evaluation) -> tuple[int, date, date]:
    """Smaller is better: the better result, then the longer term; a dose that counts too late, the sooner one."""
    rank = _RANKS.index(evaluation.result)
    first = evaluation.valid_from or date.max
    longest_first = date.fromordinal(date.max.toordinal() + 1 - (evaluation.valid_until or date.max).toordinal())
    return (rank, first, longest_first) if evaluation.result is Result.NOT_YET else (rank, longest_first, first)


def _without_dose(requirement: Requirement, result: Result, why: Reason) -> Evaluation:
    return Evaluation(requirement.code, requirement.antigen_code, result, None, None, why, None)
