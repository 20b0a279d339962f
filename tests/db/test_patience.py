"""One budget for a whole view: no limit of a single lock adds up, and attempts share it."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.db import Database, DatabaseBusy, Overtaken, patience, retry_on_conflict
from tests.engines import Engine, PostgresqlEngine


def test_only_what_writes_or_waits_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("registry.db.patience.time.monotonic", lambda: now[0])
    watch = patience.Patience(10)
    for seconds, inside in [(100.0, False), (3.0, True), (50.0, False), (4.0, True)]:
        if inside:
            watch.start()
            watch.start()  # one within the other counts once
        now[0] += seconds
        if inside:
            watch.stop()
            watch.stop()
    assert watch.left() == 3


def test_attempts_share_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.db.patience.PATIENCE", 0.3)
    attempts: list[float | None] = []

    def overtaken() -> None:
        attempts.append(patience.left())
        raise Overtaken

    with patience.of_view(), pytest.raises(Overtaken):
        retry_on_conflict(overtaken)
    assert 2 <= len(attempts) < 20
    assert attempts == sorted(attempts, key=lambda left: -(left or 0))
    assert patience.left() is None, "commands and jobs have no such limit"


@pytest.fixture
def pages(engine: Engine) -> Iterator[Database]:
    if not isinstance(engine, PostgresqlEngine):
        pytest.skip("SQLite waits once, for its one writer's place")
    database = Database(engine.fresh("patience"), limited=True)
    yield database
    database.engine.dispose()


ONE_ROW = "UPDATE campaign SET code = code"


def test_waiting_for_several_locks_is_not_more_than_one_budget(
    pages: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three views queue for a row that nobody gives up: for each lock before it the last had a whole limit."""
    monkeypatch.setattr("registry.db.patience.PATIENCE", 1.5)
    began, waited = time.monotonic(), []

    def write() -> None:
        with pages.open_page_session(writes=True) as session:
            session.execute(text("SELECT 1"))
            time.sleep(0.8)
            session.execute(text(ONE_ROW))

    def view() -> None:
        with patience.of_view(), pytest.raises((DBAPIError, DatabaseBusy)):
            write()
        waited.append(time.monotonic() - began)

    with pages.open_session(writes=True) as holder:
        holder.execute(text(ONE_ROW))
        views = [threading.Thread(target=view) for _ in range(3)]
        for one in views:
            one.start()
        for one in views:
            one.join(60)
    assert len(waited) == 3
    assert max(waited) < 8  # of 1.5; without the budget each lock has 10 s


@pytest.mark.parametrize("undone", [False, True])
def test_the_limit_of_a_statement_sinks_with_the_patience(
    pages: Database, monkeypatch: pytest.MonkeyPatch, undone: bool
) -> None:
    """Also after a savepoint that was given up took it along; the next transaction has the whole again."""
    now = [0.0]
    monkeypatch.setattr("registry.db.patience.time.monotonic", lambda: now[0])
    limit = text("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
    with patience.of_view(), pages.open_page_session(writes=True) as session:
        assert session.execute(limit).scalar_one() == 10_000
        now[0] = 4.0
        savepoint = session.begin_nested()
        assert session.execute(limit).scalar_one() == 6_000
        savepoint.rollback() if undone else savepoint.commit()
        assert session.execute(limit).scalar_one() == 6_000
        now[0] = 10.0
        with pytest.raises(DatabaseBusy):
            session.execute(limit)
    with pages.open_session(writes=False) as reading:
        assert reading.execute(limit).scalar_one() == 10_000
