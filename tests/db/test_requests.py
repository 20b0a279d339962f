"""The session of a request: reading, writing once, and the whole view again where two met."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import select

from registry import create_app, db
from registry.audit.models import Action, AuditEvent
from registry.db import Database, Overtaken
from registry.settings import Settings
from registry.staff import guards
from tests.db.test_sessions import conflict
from tests.factories import NOW


@pytest.fixture
def app(settings: Settings, real_database: Database) -> Flask:
    return create_app(settings, real_database)


def note(session: Any) -> None:
    session.add(AuditEvent(at=NOW, action=Action.SEARCHED))


def count(database: Database) -> int:
    with database.open_session(writes=False) as session:
        return len(session.exec(select(AuditEvent).where(AuditEvent.action == Action.SEARCHED)).all())


def test_a_page_that_wrote_only_reads_afterwards(app: Flask, real_database: Database) -> None:
    with app.app_context():
        session = db.session(writes=True)
        note(session)
        session.flush()
        assert db.is_writing()
        session.commit()
        assert not db.is_writing()
        session.execute(text("SELECT 1"))
        assert not db.is_writing()
        with pytest.raises(DBAPIError, match=r"read.?only"):
            session.execute(text("DELETE FROM audit_event"))
    assert count(real_database) == 1


def test_what_a_page_began_is_given_up_when_it_stops_writing(app: Flask, real_database: Database) -> None:
    with app.app_context():
        session = db.session(writes=True)
        note(session)
        session.flush()
        assert db.stop_writing() is session
        guards.record_apart(note)  # nobody waits for the page, not even itself
        assert db.start_writing() is session
        note(session)
        session.commit()
    assert count(real_database) == 2


def test_a_note_apart_from_a_transaction_that_writes_is_refused_and_does_not_wait_for_itself(app: Flask) -> None:
    with app.app_context():
        db.session(writes=True).execute(text("SELECT 1"))
        with pytest.raises(RuntimeError, match="stop_writing"):
            guards.record_apart(note)


def lost() -> OperationalError:
    return OperationalError("UPDATE", {}, Exception("server closed the connection"), connection_invalidated=True)


def overtaken() -> Overtaken:
    return Overtaken()


@pytest.mark.parametrize("fault", [conflict, lost, overtaken])
def test_fa1_a_view_runs_again_from_its_start(
    app: Flask, real_database: Database, fault: Callable[[], Exception]
) -> None:
    """With a session of its own and its upload unread; what the first attempt wrote is gone."""
    read: list[bytes] = []

    def view() -> str:
        read.append(request.files["file"].read())
        note(db.session(writes=True))
        db.session().flush()
        if len(read) < 2:
            raise fault()
        db.session().commit()
        return "done"

    app.view_functions["web.health"] = view
    db.from_the_start(app)
    with app.test_request_context(method="POST", data={"file": (BytesIO(b"a list"), "list.csv")}):
        assert app.view_functions["web.health"]() == "done"
    assert read == [b"a list"] * 2
    assert count(real_database) == 1


@pytest.fixture
def dying(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Connections die when the session of a page closes."""
    closed: list[str] = []

    def close(session: Any) -> None:
        closed.append("closed")
        raise OperationalError("ROLLBACK", {}, Exception("the connection is lost"))

    with monkeypatch.context() as breaking:
        breaking.setattr("sqlmodel.Session.close", close)
        yield closed


def test_fa10_a_connection_lost_while_the_session_closes_changes_no_answer(app: Flask, dying: list[str]) -> None:
    answer = app.test_client().get("/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert dying


def test_every_view_of_the_registry_runs_again(app: Flask) -> None:
    bare = [name for name, view in app.view_functions.items() if not hasattr(view, "__wrapped__")]
    assert not bare, f"{bare}: db.from_the_start comes after every blueprint."
