"""What `make serializable` changes: every connection of PostgreSQL is SERIALIZABLE, and conflicts are injected.

Each page's view, and each `run_transaction`, meets a serialization failure at its first commit now and then; it must
begin again and end as if nothing had been.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from registry.db import conflicts, requests, sessions

ASKED = bool(os.environ.get("REGISTRY_TEST_SERIALIZABLE"))
EVERY = 3  # of so many units of work one is made to begin again
injected: list[str] = []


class Plan(local):
    """Whether the next commit of this thread fails."""

    fails = False


plan = Plan()


class InjectedError(Exception):
    sqlstate = conflicts.SERIALIZATION_FAILURE


@contextmanager
def serializable() -> Iterator[None]:
    """For the whole run, if it was asked for."""
    if not ASKED:
        yield
        return
    event.listen(Engine, "connect", _make_strict)
    real, commit = conflicts.retry_on_conflict, Session.commit

    def commit_or_fail(session: Session) -> None:
        if plan.fails:
            plan.fails = False
            injected.append(conflicts.SERIALIZATION_FAILURE)
            session.rollback()
            raise OperationalError("COMMIT", {}, InjectedError())
        commit(session)

    def retry(work: Callable[[], Any]) -> Any:
        return real(_failing_once(work))

    with (
        patch.object(Session, "commit", commit_or_fail),
        patch.object(requests, "retry_on_conflict", retry),
        patch.object(sessions, "retry_on_conflict", retry),
    ):
        yield
    event.remove(Engine, "connect", _make_strict)


def _make_strict(connection: Any, _record: Any) -> None:
    if hasattr(connection, "pgconn"):
        connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        connection.commit()


def _failing_once(work: Callable[[], Any]) -> Callable[[], Any]:
    """Now and then the first commit of this work fails, with all that was written given up."""
    chosen = [random.randrange(EVERY) == 0]

    def attempt() -> Any:
        plan.fails = bool(chosen) and chosen.pop()
        try:
            return work()
        finally:
            plan.fails = False

    return attempt
