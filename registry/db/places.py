"""How many threads of a web process may write, or wait for it, so that the others go on reading.

Half of them at most. Who writes for a point stands with those of that point only: whatever they wait for there, another
point finds a place. What never waits for a lot has places of its own: the door (sign-in, one's own account, what the
public writes) and notes of looks.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from registry.db.patience import DatabaseBusy, Patience

WRITERS, OF_ONE, WAITING = 4, 2, 1  # pages that write; those of one point; who may wait for them when nothing moves
DOORS, NOTES = 2, 2  # each of two different pages; notes of looks and attempts
THREADS = 2 * (WRITERS + WAITING + DOORS + NOTES)
WAIT, MOMENT = 5.0, 2.0  # seconds


@dataclass
class _Party:
    """Those who write for the same: how many hold a place, when one last changed hands, whether it was held long."""

    held: int = 0
    moved: float = 0.0
    slow: bool = False


@dataclass(eq=False)
class Place:
    """One that is held or waited for."""

    whom: str
    since: float = 0.0


class Places:
    """Places for writers, given in the order of asking.

    While they change hands (a visit takes milliseconds) everybody waits for one, WAIT at most. Where none has changed
    hands for a MOMENT only the first `waiting` go on waiting: somebody keeps what the writers want, and whoever else
    came would take one thread after the other. A place that was held longer than that has not moved by being left.

    `of_one`: how many those who write for the same may hold. The last free one is for who holds none: a lot that
    somebody keeps is waited for by its point and by the doctor of its region.
    """

    def __init__(self, many: int, *, of_one: int | None = None, waiting: int = 0) -> None:
        self._free, self._of_one, self._waiting = many, of_one, waiting
        self._moved = time.monotonic()
        self._parties: dict[str, _Party] = {}
        self._queue: deque[Place] = deque()
        self._changed = threading.Condition()

    def take(self, within: float, whom: str = "") -> Place:
        """Wait for a place, `within` seconds at most. Raises DatabaseBusy."""
        me, ends = Place(whom), time.monotonic() + min(within, WAIT)
        with self._changed:
            party = self._parties.setdefault(whom, _Party())
            self._queue.append(me)
            try:
                while self._next() is not me:
                    self._wait(me, party, ends)
                self._free -= 1
                party.held += 1
                me.since = self._move(party)
            finally:
                self._queue.remove(me)
                self._forget(whom)
                self._changed.notify_all()
        return me

    def give_back(self, place: Place) -> None:
        with self._changed:
            party = self._parties[place.whom]
            self._free += 1
            party.held -= 1
            party.slow = time.monotonic() - place.since > MOMENT
            self._move(party)
            self._forget(place.whom)
            self._changed.notify_all()

    def _next(self) -> Place | None:
        """Who takes the next place: the first whose party may hold one more."""
        return next((one for one in self._queue if self._may_hold_more(self._parties[one.whom])), None)

    def _may_hold_more(self, party: _Party) -> bool:
        if self._of_one is None or not party.held:
            return self._free > 0
        return party.held < self._of_one and self._free > 1

    def _wait(self, me: Place, party: _Party, ends: float) -> None:
        if self._queue.index(me) >= self._waiting:
            ends = min(ends, (party.moved if party.held else self._moved) + MOMENT)
        seconds = ends - time.monotonic()
        if seconds <= 0:
            raise DatabaseBusy
        self._changed.wait(seconds)

    def _move(self, party: _Party) -> float:
        now = time.monotonic()
        if not party.slow:
            party.moved = self._moved = now
        return now

    def _forget(self, whom: str) -> None:
        """A party that neither holds nor waits begins anew, however it fared."""
        if not self._parties[whom].held and all(one.whom != whom for one in self._queue):
            del self._parties[whom]


class AllPlaces:
    """Those of a web process, by what is written."""

    def __init__(self) -> None:
        self.pages = Places(WRITERS, of_one=OF_ONE, waiting=WAITING)
        self.doors, self.notes = Places(DOORS, of_one=1), Places(NOTES)

    def take(self, view: Patience, *, note: bool) -> Callable[[], None]:
        """Wait for the place of a view's transaction; how it is given back. Raises DatabaseBusy."""
        if note:
            places, whom = self.notes, ""
        elif view.acts_for is None:
            places, whom = self.doors, view.page
        else:
            places, whom = self.pages, view.acts_for
        place = places.take(view.left(), whom)
        return lambda: places.give_back(place)
