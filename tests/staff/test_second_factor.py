"""The second factor: setting it up, signing in with it."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.settings import Settings
from registry.staff import rules, second_factor
from registry.staff.models import RecoveryCode, Staff
from registry.web.installation import secret_key
from tests.staff.accounts import (
    LATER,
    PASSWORD,
    Protection,
    code_of,
    give_code,
    give_password,
    is_in,
    make_account,
    protect,
    session_id,
    set_up,
    shown_secret,
    wrong_code,
)


def test_a_person_sets_up_the_factor_and_then_needs_it(client: FlaskClient, session: Session, aigerim: Staff) -> None:
    give_password(client)
    before = session_id(client)
    page = client.get("/second-factor").text
    assert '<svg width="240"' in page
    assert "style=" not in page
    done = set_up(client)
    assert len(re.findall(r"<bdi>(?:[A-Z2-7]{4} ?){6}</bdi>", done.text)) == 10
    assert session_id(client) != before
    assert is_in(client)
    session.rollback()
    assert session.exec(select(AuditEvent.detail).where(AuditEvent.action == Action.STAFF_CHANGED)).all()[-1] == {
        "what": "second factor set up"
    }
    assert "one-time codes" not in client.get("/second-factor").text
    client.post("/sign-out")
    assert give_password(client).location == "/sign-in/code?next=/pilgrims"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "abcdef"}, rules.CodeRefused.sentence),
        ({"current_password": "wrong"}, rules.PresentPasswordWrong.sentence),
        ({"code": ""}, "Write the code."),
    ],
)
def test_the_factor_is_not_set_up_without_its_code_and_the_password(
    client: FlaskClient, session: Session, aigerim: Staff, changes: dict[str, str], sentence: str
) -> None:
    give_password(client)
    refused = set_up(client, **changes)
    assert sentence in refused.text
    assert shown_secret(refused.text), "the same secret again: the app has it already"
    session.expire_all()
    assert session.get_one(Staff, aigerim.id).totp_secret is None


def test_a_secret_that_was_offered_to_somebody_else_is_not_accepted(
    client: FlaskClient, session: Session, settings: Settings, aigerim: Staff
) -> None:
    other = make_account(session, "bakyt")
    give_password(client)
    foreign = second_factor.offer(other.id, key=secret_key(settings))
    for sealed in (foreign, "ө", ""):
        page = set_up(client, sealed=sealed).text
        assert rules.SecondFactorUnreadable.sentence in page
        assert shown_secret(page) != second_factor.unseal(foreign, other.id, key=secret_key(settings))
    session.expire_all()
    assert session.get_one(Staff, aigerim.id).totp_secret is None


# Signing in


@pytest.mark.usefixtures("later")
def test_the_password_alone_opens_nothing(client: FlaskClient, session: Session, protected: Protection) -> None:
    give_password(client)
    for path in ("/", "/pilgrims", "/password", "/second-factor"):
        assert client.get(path).location == "/sign-in/code", path
    assert client.post("/second-factor/remove").location == "/sign-in/code"
    session.rollback()
    assert not session.exec(select(AuditEvent).where(AuditEvent.action == Action.SIGNED_IN)).all()


@pytest.mark.usefixtures("later")
def test_the_right_code_opens_the_registry_with_a_new_session_id(
    app: Flask, client: FlaskClient, protected: Protection
) -> None:
    give_password(client)
    half_open = session_id(client)
    assert give_code(client, code_of(protected[0])).location == "/pilgrims"
    assert is_in(client)
    assert session_id(client) != half_open
    thief = app.test_client()
    thief.set_cookie("session", half_open)
    assert thief.get("/pilgrims").location == "/sign-in?next=/pilgrims"
    assert client.get("/sign-in/code").location == "/"


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_half_a_minute_wrong_is_forgiven(
    client: FlaskClient, protected: Protection, seconds: int, accepted: bool
) -> None:
    with clock.set_to(LATER + timedelta(seconds=seconds)):
        code = code_of(protected[0])
    with clock.set_to(LATER):
        give_password(client)
        assert give_code(client, code).status_code == (302 if accepted else 401)
        assert is_in(client) is accepted


@pytest.mark.usefixtures("later")
def test_a_code_opens_the_door_once(app: Flask, client: FlaskClient, protected: Protection) -> None:
    other = app.test_client()
    give_password(client)
    give_password(other)
    code = code_of(protected[0])
    assert give_code(client, f" {code[:3]} {code[3:]} ").status_code == 302
    refused = give_code(other, code)
    assert refused.status_code == 401
    assert rules.CodeRefused.sentence in refused.text
    assert not is_in(other)


def test_the_code_that_set_the_factor_up_does_not_sign_in(client: FlaskClient, protected: Protection) -> None:
    give_password(client)
    assert give_code(client, code_of(protected[0])).status_code == 401


@pytest.mark.usefixtures("later")
def test_wrong_codes_are_slowed_like_wrong_passwords(client: FlaskClient, protected: Protection) -> None:
    give_password(client)
    wrong = wrong_code(protected[0])
    assert [give_code(client, wrong).status_code for _ in range(5)] == [401] * 5
    assert give_code(client, code_of(protected[0])).status_code == 429
    assert not is_in(client)
    with clock.set_to(LATER + timedelta(seconds=3)):
        assert give_code(client, code_of(protected[0])).status_code == 302


@pytest.mark.usefixtures("later")
def test_the_right_password_does_not_wipe_out_the_wrong_codes(client: FlaskClient, protected: Protection) -> None:
    for _ in range(5):
        give_password(client)
        give_code(client, wrong_code(protected[0]))
    assert give_password(client).status_code == 429


@pytest.mark.usefixtures("later")
def test_a_half_open_session_ends_after_ten_minutes(client: FlaskClient, protected: Protection) -> None:
    give_password(client)
    with clock.set_to(LATER + rules.TIME_FOR_CODE):
        assert give_code(client, code_of(protected[0])).location == "/sign-in?next=/"


@pytest.mark.usefixtures("later")
def test_a_recovery_code_stands_in_once(app: Flask, client: FlaskClient, protected: Protection) -> None:
    other = app.test_client()
    give_password(client)
    give_password(other)
    typed = protected[1][0].lower()
    assert give_code(client, f"{typed[:4]} {typed[4:]}").status_code == 302
    assert is_in(client)
    assert give_code(other, typed).status_code == 401
    assert give_code(other, protected[1][1]).status_code == 302


@pytest.mark.usefixtures("later")
def test_a_recovery_code_is_of_one_person(
    client: FlaskClient, session: Session, settings: Settings, protected: Protection
) -> None:
    _secret, foreign = protect(session, settings, make_account(session, "bakyt"))
    give_password(client)
    assert give_code(client, foreign[0]).status_code == 401


@pytest.mark.usefixtures("later")
def test_changing_the_password_does_not_ask_for_the_code_again(client: FlaskClient, protected: Protection) -> None:
    give_password(client)
    give_code(client, code_of(protected[0]))
    new = {"current_password": PASSWORD, "password": "issyk kul torgoi 7", "repeated": "issyk kul torgoi 7"}
    assert client.post("/password", data=new).status_code == 302
    assert is_in(client)


# Removing it


@pytest.mark.parametrize(
    ("changes", "removed"), [({}, True), ({"current_password": "wrong"}, False), ({"code": "ABCDEF"}, False)]
)
def test_removing_the_factor_takes_the_password_and_a_code(
    client: FlaskClient, session: Session, protected: Protection, changes: dict[str, str], removed: bool
) -> None:
    with clock.set_to(LATER):
        give_password(client)
        give_code(client, code_of(protected[0]))
    with clock.set_to(LATER + timedelta(minutes=5)):
        sent = {"current_password": PASSWORD, "code": code_of(protected[0]), **changes}
        assert client.post("/second-factor/remove", data=sent).status_code == (302 if removed else 200)
        session.expire_all()
        assert (session.exec(select(Staff)).one().totp_secret is None) is removed
        assert bool(session.exec(select(RecoveryCode)).all()) is not removed
        assert is_in(client)


# What the database holds


def test_the_database_holds_neither_the_secret_nor_a_recovery_code(
    session: Session, aigerim: Staff, protected: Protection
) -> None:
    secret, codes = protected
    stored = [aigerim.totp_secret or "", *(row.code_hash for row in session.exec(select(RecoveryCode)).all())]
    assert len(stored) == 11
    assert not [value for value in (secret, *codes) if any(value in text for text in stored)]


@pytest.mark.usefixtures("later")
def test_a_sealed_secret_copied_to_another_account_opens_nothing(
    client: FlaskClient, session: Session, settings: Settings, aigerim: Staff, protected: Protection
) -> None:
    attacker = make_account(session, "attacker")
    secret, _codes = protect(session, settings, attacker)
    aigerim.totp_secret, attacker.totp_secret = attacker.totp_secret, aigerim.totp_secret
    session.commit()
    give_password(client)
    refused = give_code(client, code_of(secret))
    assert refused.status_code == 401
    assert rules.SecondFactorUnreadable.sentence in refused.text
    with pytest.raises(rules.SecondFactorUnreadable):
        second_factor.unseal(aigerim.totp_secret or "", aigerim.id, key=secret_key(settings))


def test_another_installations_key_opens_nothing(aigerim: Staff) -> None:
    sealed = second_factor.offer(aigerim.id, key=b"one")
    with pytest.raises(rules.SecondFactorUnreadable):
        second_factor.unseal(sealed, aigerim.id, key=b"another")
