"""The one clock. Services take the time as an argument; only routes and commands ask for it here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_read: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - a rebindable default, set by `set_to`


def now() -> datetime:
    """The present instant, UTC."""
    return _read()


def local_date(at: datetime, timezone: str) -> date:
    """The calendar day of an instant where the campaign happens: 23:30 in Bishkek stays that day in Riyadh."""
    return at.astimezone(ZoneInfo(timezone)).date()


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
