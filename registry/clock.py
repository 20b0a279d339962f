"""The one clock. Services take the time as an argument; only routes and commands ask for it here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_read: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - a rebindable default, set by `set_to`


def now() -> datetime:
    """The present instant, UTC."""
    return _read()


def local_date(at: datetime, timezone: str) -> date:
    """The calendar day of an instant where the campaign happens: 23:30 in Bishkek stays that day in Riyadh."""
    return at.astimezone(ZoneInfo(timezone)).date()


def first_instant(day: date, timezone: str) -> datetime:
    """When a calendar day begins in a place."""
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def spell_date(day: date, precision: str = "day") -> str:
    """23 DEC 2025, or as much as is known: the month in letters, so that no country reads it the other way round."""
    known = {"day": 3, "month": 2, "year": 1}[precision]
    return " ".join([f"{day.day:02d}", _MONTHS[day.month - 1], f"{day.year:04d}"][-known:])


@contextmanager
def set_to(at: datetime) -> Iterator[None]:
    """Stop the clock at an instant (tests, simulations)."""
    global _read  # noqa: PLW0603 - one clock per process is the point
    before = _read
    _read = lambda: at  # noqa: E731
    try:
        yield
    finally:
        _read = before
