"""Getting in without a right to, and keeping others out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.staff import rules, services
from registry.staff.models import ScopeKind, Staff, StaffSession
from tests.conftest import SignIn
from tests.factories import NOW, TODAY, make_staff

PASSWORD = "kymyz tulpar ala-too"
CLINIC, ATTACKER = "10.0.0.1", "10.0.0.99"


def make_account(session: Session, username: str) -> Staff:
    roles = [("registrar", ScopeKind.POINT, "VP-NRN")]
    staff, _ = services.add_staff(
        session, username=username, name=username, latin_name="X", roles=roles, on=TODAY, by=None, at=NOW
    )
    hashed = services.new_hash(PASSWORD, username=staff.username)
    services.change_password(session, staff, password_hash=hashed, at=NOW)
    session.commit()
    return staff


@pytest.fixture
def aigerim(session: Session) -> Staff:
    return make_account(session, "aigerim")


def sign_in_from(address: str, app: Flask, username: str, password: str) -> int:
    data = {"username": username, "password": password}
    answer = app.test_client().post("/sign-in", data=data, environ_base={"REMOTE_ADDR": address})
    return answer.status_code


def test_a_session_planted_before_sign_in_is_worth_nothing_after(
    app: Flask, client: FlaskClient, aigerim: Staff
) -> None:
    client.set_cookie("session", "planted-by-an-attacker")
    client.post("/sign-in", data={"username": "aigerim", "password": PASSWORD})
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.value != "planted-by-an-attacker"
    assert len(cookie.value) >= 43  # 256 bits
    thief = app.test_client()
    thief.set_cookie("session", "planted-by-an-attacker")
    assert thief.get("/pilgrims").status_code == 302


def test_signing_in_again_ends_the_session_before_and_renews_the_forms_token(
    app: Flask, session: Session, client: FlaskClient, aigerim: Staff
) -> None:
    data = {"username": "aigerim", "password": PASSWORD}
    app.config["WTF_CSRF_ENABLED"] = True
    client.get("/sign-in")
    planted = client.get_cookie("form")
    assert planted is not None
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/sign-in", data=data)
    client.post("/sign-in", data=data)
    left = client.get_cookie("form")
    assert left is None or left.value != planted.value
    session.rollback()
    live = [row for row in session.exec(select(StaffSession)).all() if row.revoked_at is None]
    assert len(live) == 1


@pytest.fixture
def hashed_for_real(real_hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(services, "_hasher", real_hasher)
    services._nobodys_hash.cache_clear()
    yield
    services._nobodys_hash.cache_clear()


@pytest.mark.usefixtures("hashed_for_real")
def test_an_unknown_user_costs_as_much_work_as_a_known_one(
    app: Flask, aigerim: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: one verification of one hash made with the same parameters."""
    verified: list[str] = []
    real = services._hasher

    class Counting:
        def verify(self, known: str, password: str) -> bool:
            verified.append(known.rsplit("$", 2)[0])
            return real.verify(known, password)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(services, "_hasher", Counting())
    assert sign_in_from(CLINIC, app, "aigerim", "wrong") == sign_in_from(CLINIC, app, "nobody", "wrong") == 401
    assert len(verified) == 2
    assert verified[0] == verified[1]
    assert isinstance(real, PasswordHasher)
    assert real.memory_cost >= 19 * 1024


def test_a_disabled_account_is_answered_like_a_wrong_password(app: Flask, session: Session, aigerim: Staff) -> None:
    services.set_disabled(session, aigerim, disabled=True, by=None, at=NOW)
    session.commit()
    assert sign_in_from(CLINIC, app, "aigerim", PASSWORD) == 401


def test_unknown_users_are_slowed_like_known_ones(app: Flask, aigerim: Staff) -> None:
    known = [sign_in_from("10.0.0.2", app, "aigerim", "wrong") for _ in range(7)]
    unknown = [sign_in_from("10.0.0.3", app, "nobody", "wrong") for _ in range(7)]
    assert known == unknown == [401] * 5 + [429] * 2


def test_one_users_failures_do_not_slow_another(app: Flask, session: Session, aigerim: Staff) -> None:
    make_account(session, "bakyt")
    assert [sign_in_from(ATTACKER, app, "aigerim", "wrong") for _ in range(6)][-1] == 429
    assert sign_in_from(CLINIC, app, "bakyt", PASSWORD) == 302
    assert sign_in_from(ATTACKER, app, "bakyt", PASSWORD) == 302


def test_an_attack_that_never_rests_does_not_keep_a_colleague_out(app: Flask, session: Session, aigerim: Staff) -> None:
    """Neither from elsewhere at her name, nor from her own clinic at any name."""
    assert sign_in_from(CLINIC, app, "aigerim", PASSWORD) == 302
    for second in range(20):
        with clock.set_to(NOW + timedelta(seconds=second)):
            sign_in_from(f"10.9.0.{second}", app, "aigerim", "wrong")
            sign_in_from(CLINIC, app, f"guess-{second}", "wrong")
    with clock.set_to(NOW + timedelta(seconds=19)):
        assert sign_in_from("10.9.9.9", app, "aigerim", PASSWORD) == 429
        assert sign_in_from(CLINIC, app, "aigerim", PASSWORD) == 302


def test_guessing_a_colleagues_password_in_their_own_clinic_is_slowed(app: Flask, aigerim: Staff) -> None:
    assert sign_in_from(CLINIC, app, "aigerim", PASSWORD) == 302
    assert [sign_in_from(CLINIC, app, "aigerim", "wrong") for _ in range(6)][-1] == 429
    assert sign_in_from(CLINIC, app, "aigerim", PASSWORD) == 429


def test_nobody_new_profits_from_the_trust_in_an_address(app: Flask, session: Session, aigerim: Staff) -> None:
    assert sign_in_from(CLINIC, app, "aigerim", PASSWORD) == 302
    tries = [sign_in_from(CLINIC, app, f"guess-{number}", "wrong") for number in range(3 * rules.FREE_FAILURES + 6)]
    assert tries[-1] == 429


def test_the_present_password_cannot_be_guessed_at_an_unattended_screen(
    sign_in: SignIn, session: Session, aigerim: Staff
) -> None:
    browser = sign_in(aigerim)
    guess = {"current_password": "wrong", "password": "issyk kul torgoi 7", "repeated": "issyk kul torgoi 7"}
    for _ in range(5):
        browser.post("/password", data=guess)
    session.rollback()
    noted = session.exec(select(AuditEvent).where(AuditEvent.action == Action.SIGN_IN_FAILED)).all()
    assert [event.subject for event in noted] == ["aigerim"] * 5
    assert browser.post("/password", data={**guess, "current_password": PASSWORD}).status_code == 200
    with clock.set_to(NOW + timedelta(seconds=3)):
        assert browser.post("/password", data={**guess, "current_password": PASSWORD}).status_code == 302


def test_who_must_change_the_password_can_do_nothing_else(session: Session, sign_in: SignIn) -> None:
    newcomer = make_staff(session, "administrator", must_change_password=True)
    other = make_staff(session, "registrar", point="VP-NRN")
    session.commit()
    browser = sign_in(newcomer)
    assert browser.post(f"/staff/{other.id}/disable").location == "/password"
    session.expire_all()
    assert session.get_one(Staff, other.id).disabled_at is None


HOSTILE_TARGETS = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "https://evil.example", "/\r\nSet-Cookie: a=b", "/\tevil.example", "javascript:alert(1)", "evil.example",
    "http:///evil.example", " //evil.example", "/\u2028//evil.example",
)  # fmt: skip


def test_no_door_leads_to_another_site(app: Flask, aigerim: Staff) -> None:
    data = {"username": "aigerim", "password": PASSWORD}
    for target in HOSTILE_TARGETS:
        assert app.test_client().post("/sign-in", query_string={"next": target}, data=data).location == "/", target
        assert app.test_client().post("/language/ru", data={"next": target}).location == "/", target
