"""One file at a time on a page that anybody may use, in all threads and processes of the installation, in turn."""

import fcntl
import os
import resource
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.errors import N_, Refusal

MOMENT, WAIT, LOOK_EVERY = 1.0, 15.0, 0.05  # seconds
PLACES = 3  # files that are read or wait: each holds one of the server's few threads
SENDERS = 1_000  # files for their locks; two senders who share one wait for each other


class AnotherIsRead(Refusal):
    sentence = N_("Another file is being read at this moment. Send yours again in a few seconds.")


@dataclass
class Turn:
    """`seconds`: of processor, known when the turn is over."""

    seconds: float = 0.0


@contextmanager
def one_at_a_time(folder: Path, *, sender: str) -> Iterator[Turn]:
    """Wait for a turn to read a file, and hold it. Raises AnotherIsRead. The kernel frees what a dead process held.

    Of one sender only one file waits: whoever sends many, or costly ones, takes one place and not all of them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        _hold(held, [folder / f"sender-{zlib.crc32(sender.encode()) % SENDERS}"], wait=MOMENT)
        _hold(held, [folder / f"place-{number}" for number in range(PLACES)], wait=MOMENT)
        _hold(held, [folder / "turn"], wait=WAIT)
        turn, before = Turn(), _spent()
        try:
            yield turn
        finally:
            turn.seconds = _spent() - before


def _hold(held: ExitStack, locks: Sequence[Path], *, wait: float) -> None:
    """One of these locks until the stack is unwound."""
    until = time.monotonic() + wait
    while not any(_take(held, lock) for lock in locks):
        if time.monotonic() > until:
            raise AnotherIsRead
        time.sleep(LOOK_EVERY)


def _take(held: ExitStack, lock: Path) -> bool:
    place = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(place)
        return False
    held.callback(os.close, place)
    return True


def _spent() -> float:
    """By the processes that this one started and that have ended: while the turn is held, those that read its file."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
