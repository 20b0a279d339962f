"""How long a page may write and wait for others: one budget for its whole view, with all its attempts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PATIENCE = 10.0  # seconds: whoever waited so long is told, not tried again


class DatabaseBusy(Exception):  # noqa: N818 - a fact: somebody else has been writing for too long
    """No turn to write came in time. Nothing was written."""


class Patience:
    """A stopwatch that runs while the view writes or waits for it; what it reads and draws between is not counted.

    Limits of single locks do not add up: ten waiters for one row take its lock one after another, each with the
    whole limit before it, and kept a thread for thirty seconds.
    """

    def __init__(self, seconds: float) -> None:
        self._left, self._since, self.depth = seconds, 0.0, 0

    def left(self) -> float:
        running = time.monotonic() - self._since if self.depth else 0.0
        return self._left - running

    def start(self) -> None:
        if not self.depth:
            self._since = time.monotonic()
        self.depth += 1

    def stop(self) -> None:
        left, self.depth = self.left(), self.depth - 1
        if not self.depth:
            self._left = left


_of_view: ContextVar[Patience | None] = ContextVar("patience", default=None)


def current() -> Patience | None:
    """That of the view which is running; None for commands and jobs, which wait."""
    return _of_view.get()


def left() -> float | None:
    patience = current()
    return patience.left() if patience else None


@contextmanager
def of_view() -> Iterator[None]:
    """A new budget for everything within."""
    token = _of_view.set(Patience(PATIENCE))
    try:
        yield
    finally:
        _of_view.reset(token)


def pause(seconds: float) -> None:
    """Sleep before another attempt: this too is waiting."""
    patience = current()
    if patience:
        patience.start()
    time.sleep(seconds)
    if patience:
        patience.stop()
