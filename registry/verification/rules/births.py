"""Whether somebody knows when the holder of a certificate was born."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.certificates.facts import SheetFacts

_KNOWN = {"year": 4, "month": 7, "day": 10}  # characters of an ISO 8601 date


def was_born_in(facts: Mapping[str, Any], year: str) -> bool:
    return SheetFacts.are_whole(facts) and bool(facts["birth_date"][:4] == year)


def was_born_on(facts: Mapping[str, Any], day: date, *, precision: str) -> bool:
    """All that the passport knows must be given and agree; what more is given does not matter."""
    if not SheetFacts.are_whole(facts):
        return False
    known = _KNOWN[facts["birth_precision"]]
    return _KNOWN[precision] >= known and bool(day.isoformat()[:known] == facts["birth_date"][:known])
