"""How many threads of a web process may write, or wait for it, so that the others go on reading.

Half of them at most: WRITERS and who waits for their places, NOTES apart, because a page that only notes a look is not
to stand behind those who wait for a lot.
"""

import threading
import time
from collections import deque

from registry.db.patience import DatabaseBusy

WRITERS, WAITING, NOTES = 3, 1, 2  # pages that write; who may wait for them when nothing moves; notes of looks
THREADS = 2 * (WRITERS + WAITING + NOTES)
WAIT, MOMENT = 5.0, 2.0  # seconds


class Places:
    """Places for writers, given in the order of asking.

    While they change hands (a visit takes milliseconds) everybody waits for one, WAIT at most. Where none has changed
    hands for a MOMENT only the first `waiting` go on waiting: somebody keeps what the writers want, and whoever else
    came would take one thread after the other.
    """

    def __init__(self, many: int, *, waiting: int = 0) -> None:
        self._free, self._waiting = many, waiting
        self._moved = time.monotonic()
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    def take(self, within: float) -> None:
        """Wait for a place, `within` seconds at most. Raises DatabaseBusy."""
        me, ends = object(), time.monotonic() + min(within, WAIT)
        with self._changed:
            self._queue.append(me)
            try:
                while not (self._free and self._queue[0] is me):
                    self._wait(me, ends)
                self._free -= 1
                self._moved = time.monotonic()
            finally:
                self._queue.remove(me)
                self._changed.notify_all()

    def give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._moved = time.monotonic()
            self._changed.notify_all()

    def _wait(self, me: object, ends: float) -> None:
        if self._queue.index(me) >= self._waiting:
            ends = min(ends, self._moved + MOMENT)
        seconds = ends - time.monotonic()
        if seconds <= 0:
            raise DatabaseBusy
        self._changed.wait(seconds)
