"""Sessions: reading ones cannot write, writing ones queue, conflicts are tried again."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, select

from registry import db
from registry.db import Database
from registry.tallies import services as tallies
from registry.tallies.models import Measure, Tally
from tests.factories import CAMPAIGN, TODAY


def test_the_database_itself_refuses_a_write_in_a_reading_session(real_database: Database) -> None:
    with real_database.open_session(writes=False) as session, pytest.raises(DBAPIError, match=r"read.?only"):
        session.execute(text("DELETE FROM tally"))


def test_the_database_itself_refuses_a_write_on_a_reading_connection(real_database: Database) -> None:
    with real_database.open_session(writes=True) as session:
        session.rollback()  # what wrote before lies in the pool
    with real_database.reading() as connection, pytest.raises(DBAPIError, match=r"read.?only"):
        connection.execute(text("DELETE FROM tally"))


class ConflictError(Exception):
    sqlstate = "40001"


def conflict() -> OperationalError:
    return OperationalError("UPDATE", {}, ConflictError())


def test_work_that_lost_a_race_is_done_again_from_the_start() -> None:
    attempts: list[int] = []

    def work() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise conflict()
        return "done"

    assert db.retry_on_conflict(work) == "done"
    assert len(attempts) == 3


def test_a_conflict_that_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.db.conflicts.LONGEST_PAUSE", 0)

    def work() -> None:
        raise conflict()

    with pytest.raises(OperationalError):
        db.retry_on_conflict(work)


def test_another_fault_is_not_tried_again() -> None:
    attempts: list[int] = []

    def work() -> None:
        attempts.append(1)
        raise OperationalError("SELECT", {}, Exception("disk full"))

    with pytest.raises(OperationalError):
        db.retry_on_conflict(work)
    assert len(attempts) == 1


@pytest.mark.real_commit
def test_counters_written_by_many_at_once_lose_nothing(real_database: Database) -> None:
    def add(session: Session) -> None:
        tallies.add(session, Measure.EXAMINED, campaign=CAMPAIGN, region="KG-N", point="VP-NRN", day=TODAY)
        session.commit()

    def count() -> None:
        for _ in range(20):
            real_database.run_transaction(add)

    writers = [threading.Thread(target=count) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with real_database.open_session(writes=False) as session:
        assert session.exec(select(Tally.count)).one() == 120
