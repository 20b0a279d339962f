"""Reading pages: they change nothing, and they leave a trace of who read about whom."""

import hashlib
import re
from collections import Counter
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select, text

from registry.audit.models import Action, AuditEvent
from registry.model import new_id
from tests.conftest import SignIn
from tests.factories import NOW
from tests.security.doors import DOORS, address, knock
from tests.security.world import ROLES, World, pilgrim_form, visit_form

TRACES = {"audit_event", "staff_session"}
# The page that corrects a lot asks the worker for a count, once in ten minutes: nothing that anybody recorded.
TRACES |= {"job"}


def fingerprint(session: Session) -> dict[str, str]:
    """A digest of every row of every table but the traces."""
    found = {}
    for name in sorted(set(SQLModel.metadata.tables) - TRACES):
        rows = sorted(repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))  # noqa: S608 - our own table names
        found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_get_changes_nothing(app: Flask, session: Session, sign_in: SignIn, world: World) -> None:
    before = fingerprint(session)
    browsers = [app.test_client(), *(sign_in(world.staff[role]) for role in ROLES)]
    session.rollback()
    names = world.naryn.names(world.bystander.id)
    for method, endpoint in DOORS:
        if method == "GET":
            for browser in browsers:
                knock(app, browser, method, endpoint, names)
    session.expire_all()
    after = fingerprint(session)
    assert [name for name in before if before[name] != after[name]] == []


def looks(session: Session) -> Counter[tuple[str, object, object]]:
    session.rollback()
    events = session.exec(select(AuditEvent).where(col(AuditEvent.by_id).is_not(None))).all()
    return Counter((event.action.value, event.by_id, event.pilgrim_id) for event in events)


def pages_about_a_pilgrim(app: Flask) -> list[tuple[str, str]]:
    rules = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    # What leads elsewhere shows nobody: the doctor's note of this pilgrim, who has no contraindication.
    shows = [door for door, row in DOORS.items() if row.answer == HTTPStatus.OK]
    return [(method, endpoint) for method, endpoint in shows if "pilgrim_id" in rules[endpoint]]


def test_every_page_about_a_pilgrim_says_who_looked_at_whom(
    app: Flask, session: Session, sign_in: SignIn, world: World
) -> None:
    """Opened by GET, or by pushing an empty form at it: a refused form shows the pilgrim just the same."""
    names, pages = world.naryn.names(world.bystander.id), pages_about_a_pilgrim(app)
    assert len(pages) > 10
    for method, endpoint in pages:
        reader = world.staff[DOORS[method, endpoint].roles.split()[0]]
        before = looks(session)
        answer = sign_in(reader).open(address(app, endpoint, names), method=method)
        assert answer.status_code == DOORS[method, endpoint].answer
        if answer.location:  # nothing is shown here, and the page where it leads notes the look itself
            assert answer.location == address(app, "room.show", names)
            continue
        new = looks(session) - before
        printed = endpoint in {"certificates.pdf", "certificates.pocket"}
        shown = {Action.CERTIFICATE_PRINTED.value if printed else Action.VIEWED.value}
        traces = {(action, by, whom) for action, by, whom in new if action in shown}
        assert traces == {(next(iter(shown)), reader.id, world.naryn.pilgrim.id)}, (method, endpoint)


def test_every_refused_look_is_noted_with_whom_it_was_about(
    app: Flask, session: Session, sign_in: SignIn, world: World
) -> None:
    names, stranger = world.osh.names(world.bystander.id), world.osh.pilgrim
    for method, endpoint in pages_about_a_pilgrim(app):
        for reader in (world.staff[DOORS[method, endpoint].roles.split()[0]], world.staff["ministry"]):
            before = looks(session)
            assert sign_in(reader).open(address(app, endpoint, names), method=method).status_code in {403, 404}
            refused = (Action.REFUSED_ENTRY.value, reader.id, stranger.id)
            assert (looks(session) - before)[refused] == 1, (method, endpoint)


WATCHED = {"/coverage": Action.COVERAGE_VIEWED, "/log": Action.LOG_VIEWED, "/log/proof": Action.LOG_VIEWED}


@pytest.mark.parametrize("path", [*WATCHED, "/audit"])
def test_who_watches_is_watched(session: Session, sign_in: SignIn, world: World, path: str) -> None:
    auditor = world.staff["auditor"]
    assert sign_in(auditor).get(path).status_code == 200
    assert looks(session)[WATCHED.get(path, Action.LOG_VIEWED).value, auditor.id, None] == 1


def test_s2_the_audit_is_read_in_pages(session: Session, sign_in: SignIn, world: World) -> None:
    """Every row once, the newest first, also where many share an instant; each page read is noted."""
    session.execute(
        insert(AuditEvent),
        [
            {
                "id": new_id(),
                "at": NOW - timedelta(hours=1 + number // 40),
                "action": Action.VIEWED,
                "detail": {"n": number},
            }
            for number in range(120)
        ],
    )
    browser, seen, path = sign_in(world.staff["auditor"]), list[str](), "/audit"
    for _page in range(10):
        page = browser.get(path).text
        rows = re.findall(r"n: ([0-9]+)", page)
        assert page.count("<tr") <= 51
        seen += rows
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            break
        path = older[1]
    assert sorted(map(int, seen)) == list(range(120))
    assert 'rel="next"' not in page
    assert browser.get(f"/audit?before={new_id()}").status_code == 200
    assert browser.get("/audit?before=nonsense").status_code == 200


def test_a_search_is_noted_without_its_text(session: Session, sign_in: SignIn, world: World) -> None:
    registrar = world.staff["registrar"]
    sign_in(registrar).post("/pilgrims", data={"text": "Асанбекова"})
    session.rollback()
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.SEARCHED)).one()
    assert (event.by_id, event.subject) == (registrar.id, None)
    assert "сан" not in str(event.detail)


def test_likely_duplicates_of_elsewhere_are_noted_as_seen(session: Session, sign_in: SignIn, world: World) -> None:
    """Whoever types a name and a birth date into the registration is told who has them, in any region."""
    registrar, stranger = world.staff["registrar"], world.osh.pilgrim
    typed = stranger.model_copy(update={"passport_number": "PE5550003"})
    page = sign_in(registrar).post("/pilgrims/new", data=pilgrim_form(typed))
    assert "Ошбековна" in page.text
    assert looks(session)[Action.VIEWED.value, registrar.id, stranger.id] == 1


def test_a_failed_sign_in_is_noted_and_a_failed_check_too(app: Flask, session: Session, world: World) -> None:
    browser = app.test_client()
    browser.post("/sign-in", data={"username": "nobody-here", "password": "wrong"})
    browser.post("/check", data={"code": world.naryn.certificate.code, "birth_year": "1901"})
    session.rollback()
    failed = session.exec(select(AuditEvent).where(col(AuditEvent.by_id).is_(None))).all()
    noted = {event.action: event for event in failed}
    assert noted[Action.SIGN_IN_FAILED].subject == "nobody-here"
    assert noted[Action.SIGN_IN_FAILED].address
    assert world.naryn.certificate.code not in str(noted[Action.CHECK_FAILED].subject)


def test_what_cannot_be_noted_is_not_shown(sign_in: SignIn, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look without a trace would be worse than no look: the audit fails closed."""
    nurse = sign_in(world.staff["vaccinator"])

    def full(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the audit's disk is full")

    monkeypatch.setattr("registry.audit.services.record", full)
    page = nurse.get(f"/pilgrims/{world.naryn.pilgrim.id}")
    assert page.status_code == 500
    assert "ASANBEKOVA" not in page.text
    refused = nurse.post(f"/pilgrims/{world.naryn.waiting.id}/visit", data=visit_form(world.naryn, world.bystander))
    assert refused.status_code == 500
    assert "TURGUNOVA" not in refused.text
