"""Figures from counters: pure sums, each with the number it is measured against."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from registry.tallies.models import Measure, Tally


@dataclass
class Figures:
    """Pilgrims counted. `registered` is what every other number is measured against."""

    registered: int = 0
    examined: int = 0
    vaccinated: dict[str, int] = field(default_factory=dict)  # by antigen
    complete: int = 0
    certified: int = 0


@dataclass(frozen=True)
class DayFigures:
    """What one day added, and how many pilgrims had every vaccine by its end."""

    day: date
    vaccinated: Mapping[str, int]
    complete: int
    complete_so_far: int


def figures(tallies: Iterable[Tally], antigens: Sequence[str]) -> Figures:
    """Sum counters. Numerators count each pilgrim once; a correction's negative counts are already inside."""
    sums = Figures(vaccinated=dict.fromkeys(antigens, 0))
    for tally in tallies:
        match tally.measure:
            case Measure.REGISTERED:
                sums.registered += tally.count
            case Measure.EXAMINED:
                sums.examined += tally.count
            case Measure.VACCINATED:
                sums.vaccinated[tally.antigen_code] = sums.vaccinated.get(tally.antigen_code, 0) + tally.count
            case Measure.COMPLETE:
                sums.complete += tally.count
            case Measure.CERTIFIED:
                sums.certified += tally.count
    return sums


def figures_by(
    tallies: Iterable[Tally], antigens: Sequence[str], key: Callable[[Tally], str], codes: Iterable[str]
) -> dict[str, Figures]:
    """Figures for each code, in the order of `codes`; a place where nothing happened has zeros."""
    groups: dict[str, list[Tally]] = {code: [] for code in codes}
    for tally in tallies:
        if key(tally) in groups:
            groups[key(tally)].append(tally)
    return {code: figures(group, antigens) for code, group in groups.items()}


def by_day(tallies: Iterable[Tally], antigens: Sequence[str]) -> list[DayFigures]:
    """Every day on which a dose was given, in order."""
    vaccinated: dict[date, dict[str, int]] = defaultdict(lambda: dict.fromkeys(antigens, 0))
    complete: dict[date, int] = defaultdict(int)
    for tally in tallies:
        if tally.measure is Measure.VACCINATED:
            vaccinated[tally.day][tally.antigen_code] = vaccinated[tally.day].get(tally.antigen_code, 0) + tally.count
        elif tally.measure is Measure.COMPLETE:
            complete[tally.day] += tally.count
    days, so_far = [], 0
    for day in sorted({*vaccinated, *complete}):
        so_far += complete[day]
        days.append(DayFigures(day, dict(vaccinated[day]), complete[day], so_far))
    return days


def within(tallies: Iterable[Tally], *, regions: Collection[str], points: Collection[str]) -> list[Tally]:
    """What a point lead or a regional immunologist may see: their regions' pilgrims, and what their points did."""
    return [tally for tally in tallies if tally.region_code in regions or tally.point_code in points]
