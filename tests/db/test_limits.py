"""How long a page may keep PostgreSQL, and what is said when it was too long (faults FA8)."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from registry import create_app, db
from registry.db import Database
from registry.db.engines import LIMITS, make_engine
from registry.settings import Settings
from tests.engines import Engine, PostgresqlEngine


@pytest.fixture
def url(engine: Engine) -> str:
    if not isinstance(engine, PostgresqlEngine):
        pytest.skip("SQLite has no such limits: the write lock has its own (test_write_lock.py)")
    return engine.fresh("limits")


def limits_of(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in LIMITS}
    database.engine.dispose()
    return found


def test_pages_have_limits_and_commands_and_jobs_have_none(url: str) -> None:
    assert limits_of(Database(url, limited=True)) == {
        "statement_timeout": "10s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
    }
    assert set(limits_of(Database(url)).values()) == {"0"}


def test_what_the_address_asks_for_wins(url: str) -> None:
    asked = f"{url}{'&' if '?' in url else '?'}options=-c%20lock_timeout%3D3s"
    engine = make_engine(asked, limited=True)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "3s"
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "10s"
    engine.dispose()


@pytest.fixture
def app(url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Pages with hardly any patience."""
    for name in ("lock_timeout", "statement_timeout"):
        monkeypatch.setitem(LIMITS, name, "80ms")
    app = create_app(settings, Database(url, limited=True))
    yield app
    app.extensions["database"].engine.dispose()


SLOW = {
    "a lock that somebody has": ["LOCK TABLE tally IN EXCLUSIVE MODE"],
    "a statement that does not end": ["SELECT pg_sleep(5)"],
}


@pytest.mark.parametrize("statements", SLOW.values(), ids=SLOW)
def test_fa8_a_page_that_waits_or_works_too_long_says_so(app: Flask, url: str, statements: list[str]) -> None:
    def view() -> str:
        for statement in statements:
            db.session(writes=True).execute(text(statement))
        return "done"

    app.view_functions["web.health"] = view
    db.from_the_start(app)
    other = Database(url)
    with other.open_session(writes=True) as session:
        session.execute(text("LOCK TABLE tally IN EXCLUSIVE MODE"))
        answer = app.test_client().get("/health", headers={"Accept-Language": "en"})
    other.engine.dispose()
    assert answer.status_code == 503
    assert "Too many are writing just now" in answer.text
