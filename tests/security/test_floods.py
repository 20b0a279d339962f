"""Guessing spread over many names and addresses, and who it must not keep out."""

from datetime import timedelta
from itertools import count

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.audit import services as audit
from registry.audit.models import FLEETING, Action, AuditEvent
from registry.commands.worker import forget_attempts
from registry.db import Database
from registry.settings import Settings
from registry.staff import rules, second_factor
from registry.staff.models import Staff
from registry.web.installation import secret_key
from tests.factories import NOW
from tests.security.test_sign_in import PASSWORD, make_account

ADDRESSES = (f"10.{n // 65536}.{n // 256 % 256}.{n % 256}" for n in count(70_000))


@pytest.fixture
def aigerim(session: Session) -> Staff:
    return make_account(session, "aigerim")


def sign_in(client: FlaskClient, password: str, *, address: str = "", username: str = "aigerim") -> int:
    data = {"username": username, "password": password}
    place = {"REMOTE_ADDR": address or next(ADDRESSES)}
    return client.post("/sign-in", data=data, environ_base=place).status_code


def fail_everywhere(session: Session, times: int, *, action: Action = Action.SIGN_IN_FAILED) -> None:
    for number in range(times):
        audit.record(session, action, by=None, at=NOW, subject=f"guess-{number}", address=f"spray-{number}")
    session.commit()


def test_a_known_browser_passes_an_attack_on_its_nurses_name(app: Flask, aigerim: Staff) -> None:
    """Security M7: 23 of 23 refused, with the right password, at an address not used before."""
    tablet, stranger = app.test_client(), app.test_client()
    assert sign_in(tablet, PASSWORD) == 302
    assert tablet.post("/sign-out").status_code == 302
    for _ in range(12):
        sign_in(stranger, "wrong")
    assert sign_in(stranger, PASSWORD) == 429
    assert sign_in(tablet, PASSWORD) == 302


@pytest.mark.parametrize("planted", ["", "guessed", "aaaa.bbbb.cccc", "of another nurse"])
def test_a_device_cookie_that_is_not_ones_own_is_worth_nothing(
    app: Flask, session: Session, aigerim: Staff, planted: str
) -> None:
    """Security M7, neighbours: no cookie, an invented one, an unsigned one, a colleague's."""
    make_account(session, "bakyt")
    browser = app.test_client()
    if planted == "of another nurse":
        assert sign_in(browser, PASSWORD, username="bakyt") == 302
    elif planted:
        browser.set_cookie("device", planted)
    for _ in range(12):
        sign_in(app.test_client(), "wrong")
    assert sign_in(browser, PASSWORD) == 429


def test_guessing_in_a_known_browser_is_slowed_there(app: Flask, aigerim: Staff) -> None:
    tablet = app.test_client()
    assert sign_in(tablet, PASSWORD) == 302
    assert [sign_in(tablet, "wrong") for _ in range(6)][-1] == 429
    assert sign_in(tablet, PASSWORD) == 429
    with clock.set_to(NOW + timedelta(minutes=6)):
        assert sign_in(tablet, PASSWORD) == 302


def test_failures_of_the_whole_installation_count_together(app: Flask, session: Session, aigerim: Staff) -> None:
    """Security M7: 60 names from 60 addresses, each with one failure; known browsers and addresses pass."""
    tablet = app.test_client()
    assert sign_in(tablet, PASSWORD) == 302
    assert sign_in(app.test_client(), PASSWORD, address="10.0.0.1") == 302
    fail_everywhere(session, rules.MOST_ANYWHERE)
    assert sign_in(app.test_client(), PASSWORD) == 429
    assert sign_in(app.test_client(), PASSWORD, address="10.0.0.1") == 302
    assert sign_in(tablet, PASSWORD) == 302
    with clock.set_to(NOW + rules.ANYWHERE_WINDOW + timedelta(seconds=1)):
        assert sign_in(app.test_client(), PASSWORD) == 302


@pytest.mark.parametrize(
    ("attacker", "nurse", "status"),
    [
        ("2001:db8:1:2:{:x}::7", "2001:db8:1:2:ffff:ffff:ffff:ffff", 429),
        ("2001:db8:1:2::{:x}", "2001:db8:1:3::1", 302),
        ("::ffff:10.1.1.1", "10.1.1.1", 429),
        ("fe80::{:x}%eth0", "fe80::1%eth1", 429),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(
    app: Flask, aigerim: Staff, attacker: str, nurse: str, status: int
) -> None:
    """Security m6: a /64 has 2^64 addresses. Failures at other names, so that only the address counts."""
    for number in range(3 * rules.FREE_FAILURES + 6):
        address = attacker.format(number + 1)
        sign_in(app.test_client(), "wrong", username=f"guess-{number}", address=address)
    assert sign_in(app.test_client(), PASSWORD, address=nurse) == status


@pytest.fixture
def secret(session: Session, settings: Settings, aigerim: Staff) -> str:
    """The secret of a second factor that aigerim has set up."""
    key = secret_key(settings)
    sealed = second_factor.offer(aigerim.id, key=key)
    secret = second_factor.unseal(sealed, aigerim.id, key=key)
    code = pyotp.TOTP(secret).at(NOW - timedelta(seconds=60))
    with clock.set_to(NOW - timedelta(seconds=60)):
        codes = second_factor.set_up(session, aigerim, sealed=sealed, code=code, key=key, at=clock.now())
    session.info["recovery"] = codes
    session.commit()
    return secret


def write_code(client: FlaskClient, code: str, at: timedelta) -> int:
    with clock.set_to(NOW + at):
        assert sign_in(client, PASSWORD) == 302
        place = {"REMOTE_ADDR": next(ADDRESSES)}
        return client.post("/sign-in/code", data={"code": code}, environ_base=place).status_code


def guess_codes(app: Flask, times: int) -> list[int]:
    return [write_code(app.test_client(), "000000", timedelta(minutes=20 * number)) for number in range(times)]


def test_twenty_wrong_codes_in_a_day_close_the_apps_way(app: Flask, session: Session, secret: str) -> None:
    """Security M8: 8,640 codes a day were evaluated. A recovery code opens, and so does the next day."""
    assert guess_codes(app, rules.MOST_WRONG_CODES + 2) == [401] * rules.MOST_WRONG_CODES + [429] * 2
    later = timedelta(minutes=20 * (rules.MOST_WRONG_CODES + 2))
    assert write_code(app.test_client(), pyotp.TOTP(secret).at(NOW + later), later) == 429
    assert write_code(app.test_client(), session.info["recovery"][0], later) == 302
    tomorrow = timedelta(days=1, hours=7)
    assert write_code(app.test_client(), pyotp.TOTP(secret).at(NOW + tomorrow), tomorrow) == 302


def test_who_stole_the_password_cannot_close_the_way_of_a_known_browser(app: Flask, secret: str) -> None:
    """Security M8, neighbour."""
    tablet = app.test_client()
    assert write_code(tablet, pyotp.TOTP(secret).at(NOW), timedelta()) == 302
    assert guess_codes(app, rules.MOST_WRONG_CODES + 1)[-1] == 429
    later = timedelta(hours=8)
    assert write_code(tablet, pyotp.TOTP(secret).at(NOW + later), later) == 302


def test_failed_attempts_are_forgotten_after_thirty_days_and_nothing_else_is(database: Database) -> None:
    """Security m7: anybody can write such rows, 3.3 GB a day."""
    with database.open_session(writes=True) as session:
        for kind in Action:
            for days in (31, 29):
                audit.record(session, kind, by=None, at=NOW - timedelta(days=days))
        session.commit()
    forget_attempts(database, at=NOW)
    with database.open_session(writes=False) as session:
        old = session.exec(select(AuditEvent.action).where(AuditEvent.at < NOW - timedelta(days=30))).all()
        recent = session.exec(select(AuditEvent.action).where(AuditEvent.at > NOW - timedelta(days=30))).all()
    assert set(old) == set(Action) - set(FLEETING)
    assert set(recent) == set(Action)
