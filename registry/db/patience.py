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

    def __init__(self, seconds: float, *, page: str = "") -> None:
        self._left, self._since, self.depth = seconds, 0.0, 0
        self.page = page
        self.acts_for: str | None = None  # the point or region of who is signed in, where the page is about its work

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


def act_for(whom: str) -> None:
    """Say for which point or region the running view writes: it takes the places of that one (`places`)."""
    patience = current()
    if patience:
        patience.acts_for = whom


@contextmanager
def of_view(page: str = "") -> Iterator[None]:
    """A new budget for everything within; `page` names the view."""
    token = _of_view.set(Patience(PATIENCE, page=page))
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
