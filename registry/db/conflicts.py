"""Two transactions that could not both be first: the second begins again."""

import random
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from registry.db import patience
from registry.db.patience import PATIENCE

T = TypeVar("T")

ATTEMPTS = 20  # of eight nurses at one point the last one may lose seven times, and under SERIALIZABLE more often
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
TIMEOUTS = {
    "55P03",  # lock_timeout
    "57014",  # statement_timeout
    "25P03",  # idle_in_transaction_session_timeout
}
LONGEST_PAUSE = 0.3


class Overtaken(Exception):  # noqa: N818 - a fact: somebody else was between
    """What was read is no longer so, and the transaction must begin again."""


def retry_on_conflict(work: Callable[[], T]) -> T:
    """Run `work` again from its start when the database says that two transactions could not both be first.

    Also, once, when the connection turned out to be lost: whether its last commit arrived is not known, and the form's
    key makes the second time harmless.
    """
    began, lost = time.monotonic(), False
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except (DBAPIError, Overtaken) as error:
            is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
            left = patience.left()
            late = left <= 0 if left is not None else time.monotonic() - began > PATIENCE
            late = late or attempt == ATTEMPTS
            if late or not (is_conflict(error) or (is_lost and not lost)):
                raise
            lost = lost or is_lost
            # Of many who met at once not all may come back at once.
            patience.pause(min(0.02 * 2**attempt, LONGEST_PAUSE) * random.uniform(0.2, 1.0))  # noqa: S311 - no secret
    raise AssertionError("unreachable")


def is_conflict(error: Exception) -> bool:
    """Whether the same work may succeed a moment later."""
    if isinstance(error, Overtaken):
        return True
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind: the rest says which of them.
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_BUSY
    return getattr(cause, "sqlstate", None) in {SERIALIZATION_FAILURE, DEADLOCK}


def is_timeout(error: Exception) -> bool:
    """Whether the database gave up waiting: for a lock, for a statement, for a page that kept its transaction open."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in TIMEOUTS
