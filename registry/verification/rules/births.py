"""When the holder of a certificate was born: whether somebody knows it, and how much of it is told."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.certificates.facts import SheetFacts
from registry.clock import spell_date

_KNOWN = {"year": 4, "month": 7, "day": 10}  # characters of an ISO 8601 date


def was_born_in(facts: Mapping[str, Any], year: str) -> bool:
    return SheetFacts.are_whole(facts) and bool(facts["birth_date"][:4] == year)


def was_born_on(facts: Mapping[str, Any], day: date, *, precision: str) -> bool:
    """All that the passport knows must be given and agree; what more is given does not matter."""
    if not SheetFacts.are_whole(facts):
        return False
    known = _KNOWN[facts["birth_precision"]]
    return _KNOWN[precision] >= known and bool(day.isoformat()[:known] == facts["birth_date"][:known])


def spell_year(facts: Mapping[str, Any]) -> str:
    """For who guessed a year: it must not tell the day, with which the whole paper is handed out."""
    return spell_date(date.fromisoformat(facts["birth_date"]), "year")


def spell_birth(facts: Mapping[str, Any]) -> str:
    """12 MAR 1955, MAR 1955 or 1955: as much as the passport knows."""
    return spell_date(date.fromisoformat(facts["birth_date"]), facts["birth_precision"])
