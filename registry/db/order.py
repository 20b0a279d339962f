"""The one order in which every transaction takes its locks, so that no two wait for each other.

0. Attempts to get in and checks of strangers, by what they are counted by (`one_by_one`): always alone, in a short
   transaction of their own.
1. Registrations, by pilgrim: acts on one pilgrim wait for each other here.
2. What leads to a pilgrim: passport numbers and PINs.
3. Stock, by point and lot; only then rows that name a lot.
4. Counters, by their key.
5. Heads of the log, by stream.

Registrations, what leads to them and stock are taken at the beginning of a service, all that it will need. Every step
of an act wants the last two, in an order of its own: so a service that changes something is `in_order`, and what it
counts and logs is written at its end, when nothing of the others can follow. In PostgreSQL two visits of one point
deadlocked otherwise, 41 times in 96 (the one held the log and wanted a lot, the other held the lot and wanted the log).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from sqlmodel import Session

P = ParamSpec("P")
R = TypeVar("R")
_KEPT = "left to the end of the act"


class Rank(IntEnum):
    """What is locked, in the order of this module."""

    ATTEMPT = 0
    REGISTRATION = 1
    IDENTIFIER = 2
    STOCK = 3
    COUNTER = 4
    LOG = 5


class _Left(NamedTuple):
    rank: Rank
    key: tuple[str, ...]
    write: Callable[[], object]
    about: object


def in_order(service: Callable[Concatenate[Session, P], R]) -> Callable[Concatenate[Session, P], R]:
    """A service that counts and logs: both are written at its end, or at that of the service which called it."""

    @wraps(service)
    def ordered(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with act(session):
            return service(session, *args, **kwargs)

    return ordered


@contextmanager
def act(session: Session) -> Iterator[None]:
    """The same for a part of a service that may be given up and tried again: then nothing of it is written."""
    open_acts: list[list[_Left]] = session.info.setdefault(_KEPT, [])
    open_acts.append([])
    try:
        yield
    except BaseException:
        open_acts.pop()
        raise
    left = open_acts.pop()
    if open_acts:
        open_acts[-1] += left
        return
    # Stable: entries of one stream stay as they came.
    for one in sorted(left, key=lambda one: one[:2]):
        one.write()


def at_end(
    session: Session, rank: Rank, key: tuple[str, ...], write: Callable[[], Any], *, about: object = None
) -> None:
    """Write at the end of the act; at once where none is open. `about`: what `is_left` is asked for."""
    open_acts: list[list[_Left]] = session.info.get(_KEPT, [])
    if open_acts:
        open_acts[-1].append(_Left(rank, key, write, about))
    else:
        write()


def is_left(session: Session, about: object) -> bool:
    """Whether something about this is still to be written by the present act."""
    open_acts: list[list[_Left]] = session.info.get(_KEPT, [])
    return any(one.about == about for left in open_acts for one in left)
