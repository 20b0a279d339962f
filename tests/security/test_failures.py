"""When something breaks: a plain page, nothing half done, no false success."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session, SQLModel, select, text

from registry import create_app
from registry.audit.models import Action, AuditEvent
from registry.db import Database
from registry.settings import Settings
from tests.conftest import SignIn
from tests.corrections.pages import open_and_send
from tests.security.world import World, doses_of, pilgrim_form, visit_form

SECRET = "PE7654321 ASANBEKOVA at /srv/registry line 42"


def explode(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError(SECRET)


def counts(session: Session) -> dict[str, int]:
    session.rollback()
    session.expire_all()
    names = set(SQLModel.metadata.tables) - {"audit_event", "staff_session"}
    return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}  # noqa: S608


Attempt = Callable[[World], tuple[str, str, dict[str, Any]]]
ATTEMPTS: dict[str, Attempt] = {
    "registry.certificates.services.refresh": lambda world: (
        "vaccinator",
        f"/pilgrims/{world.naryn.waiting.id}/visit",
        visit_form(world.naryn, world.staff["vaccinator"]),
    ),
    "registry.immunization_log.services.append": lambda world: (
        "lead",
        f"/pilgrims/{world.naryn.pilgrim.id}/correct",
        pilgrim_form(world.naryn.pilgrim, patronymic="Бакытовна", reason="As in the passport"),
    ),
    "registry.audit.services.record": lambda world: (
        "registrar",
        "/pilgrims/new",
        pilgrim_form(
            world.naryn.pilgrim.model_copy(update={"passport_number": "PE5550005"}), confirmed=[".LikelyDuplicate"]
        ),
    ),
    "registry.tallies.services.add": lambda world: (
        "vaccinator",
        f"/pilgrims/{world.naryn.waiting.id}/visit",
        visit_form(world.naryn, world.staff["vaccinator"]),
    ),
}


@pytest.mark.parametrize("broken", ATTEMPTS)
def test_a_fault_deep_inside_leaves_nothing_half_done(
    session: Session, sign_in: SignIn, world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    role, path, data = ATTEMPTS[broken](world)
    browser, before = sign_in(world.staff[role]), counts(session)
    with monkeypatch.context() as breaking:
        breaking.setattr(broken, explode)
        answer = open_and_send(browser, path, data)
    assert answer.status_code == 500
    assert not [word for word in (SECRET, "RuntimeError", "Traceback", ".py") if word in answer.text]
    assert counts(session) == before
    assert doses_of(session, world.naryn.waiting) == []
    done = session.exec(select(AuditEvent).where(AuditEvent.action == Action.VACCINATED)).all()
    assert [event for event in done if event.pilgrim_id == world.naryn.waiting.id] == []
    assert open_and_send(browser, path, data).status_code == 302, "and once it is mended, the same form succeeds"


@pytest.mark.parametrize("fault", [RuntimeError(SECRET), KeyError(SECRET), NoConnectionFree(SECRET)])
def test_the_log_of_a_fault_names_nobody(
    sign_in: SignIn,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise fault

    monkeypatch.setattr("registry.room.queries.get_record", fail)
    answer = sign_in(world.staff["vaccinator"]).get(f"/pilgrims/{world.naryn.pilgrim.id}")
    assert answer.status_code == (503 if isinstance(fault, NoConnectionFree) else 500)
    assert caplog.records
    assert "PE7654321" not in caplog.text
    assert "PE7654321" not in answer.text


@pytest.fixture
def without_database(settings: Settings) -> Flask:
    """An installation whose database server is gone."""
    app = create_app(settings, Database("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


KNOCKS = (
    ("GET", "/health"),
    ("POST", "/sign-in"),
    ("GET", "/pilgrims"),
    ("POST", "/pilgrims/new"),
    ("GET", "/v/AAAAAAAAAAAAAAAAAAAAAA"),
    ("POST", "/check"),
)


def test_without_its_database_the_registry_says_so(without_database: Flask) -> None:
    browser = without_database.test_client()
    browser.set_cookie("session", "somebody-who-was-signed-in")
    sent = {"username": "u", "password": "p", "code": "7K3M9QXD2RTB", "birth_year": "1955"}
    for method, path in KNOCKS:
        answer = browser.open(path, method=method, data=sent if method == "POST" else None)
        assert answer.status_code == 503, path
        assert "<h1" in answer.text
        assert "psycopg" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
