"""One file at a time on a page that anybody may use: in all threads and processes of the installation."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import N_, Refusal

WAIT, LOOK_EVERY = 1.0, 0.05  # seconds


class AnotherIsRead(Refusal):
    sentence = N_("Another file is being read at this moment. Send yours again in a few seconds.")


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the file at `path`. Raises AnotherIsRead after a moment. The kernel frees it when its process dies."""
    place = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(place)
        yield
    finally:
        os.close(place)


def _take(place: int) -> None:
    until = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise AnotherIsRead from None
            time.sleep(LOOK_EVERY)
        else:
            return
