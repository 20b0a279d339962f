"""Throttles hold against many attempts at the same moment: security B3, M7, M13, m1.

Each was read before and written after an attempt, so that whatever came in between passed: 28 of 34 birth years for one
code were judged at once, and the right one was answered.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from threading import Barrier
from unittest.mock import patch

import pyotp
import pytest
from flask import Flask
from sqlmodel import Session, col, delete, select
from werkzeug.test import TestResponse

from registry import clock, create_app
from registry.audit import services as audit
from registry.audit.models import FLEETING, Action, AuditEvent
from registry.certificates.keys import load_issuer
from registry.db import Database
from registry.db.order import Rank
from registry.db.sessions import TurningSession
from registry.settings import Settings
from registry.staff import rules, second_factor, services
from registry.verification.services import FREE_DATES, PER_ADDRESS, WRONG_YEARS
from registry.web.installation import secret_key
from tests import ordering, serializable
from tests.certificates.stories import certify
from tests.engines import Engine
from tests.factories import NOW
from tests.security.test_sign_in import PASSWORD, make_account

pytestmark = pytest.mark.real_commit
MORE = 6  # attempts than are allowed, all at once
HERE = "10.0.0.1"
JUDGED_SIGN_INS = rules.FREE_FAILURES + 1
NUMBERS = count(1)


def elsewhere() -> str:
    number = next(NUMBERS)
    return f"10.{number // 250 + 1}.{number % 250}.1"


@dataclass
class Attacked:
    """A registry with one certificate (born on 12 March 1955) and one account, and who sends at it."""

    app: Flask
    database: Database
    code: str = ""
    token: str = ""
    session_id: str = ""
    half_open_id: str = ""

    def send(self, path: str, data: Mapping[str, object], *, address: str = HERE, cookie: str = "") -> TestResponse:
        browser = self.app.test_client()
        if cookie:
            browser.set_cookie("session", cookie)
        return browser.post(path, data=data, environ_base={"REMOTE_ADDR": address})

    def at_once(self, times: int, attempt: Callable[[int], TestResponse]) -> list[TestResponse]:
        barrier = Barrier(times)

        def one(number: int) -> TestResponse:
            barrier.wait()
            return attempt(number)

        with ThreadPoolExecutor(times) as attackers:
            return list(attackers.map(one, range(times)))

    def noted(self, action: Action) -> int:
        with self.database.open_session(writes=False) as session:
            return len(session.exec(select(AuditEvent.id).where(AuditEvent.action == action)).all())

    def note(self, action: Action, times: int, *, at: timedelta = timedelta(), subject: str = "") -> None:
        with self.database.open_session(writes=True) as session:
            for number in range(times):
                named = subject or f"guess-{number}"
                audit.record(session, action, by=None, at=NOW - at, subject=named, address=f"spray-{number}")
            session.commit()


@pytest.fixture(scope="module")
def prepared(engine: Engine, lasting_settings: Settings) -> Iterator[Attacked]:
    database = Database(engine.fresh("bursts"))
    app = create_app(lasting_settings, database)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
    made = Attacked(app, database)
    with clock.set_to(NOW), database.open_session(writes=True) as session:
        _pilgrim, certificate = certify(session, load_issuer(lasting_settings), birth_on=date(1955, 3, 12))
        made.code, made.token = certificate.code, certificate.token
        open_accounts(session, lasting_settings, made)
        session.commit()
    yield made
    database.engine.dispose()


@pytest.fixture
def attacked(prepared: Attacked) -> Iterator[Attacked]:
    """As if nobody had tried anything yet."""
    yield prepared
    with prepared.database.open_session(writes=True) as session:
        session.execute(delete(AuditEvent).where(col(AuditEvent.action).in_(FLEETING)))
        session.commit()


def open_accounts(session: Session, settings: Settings, made: Attacked) -> None:
    """aigerim, signed in; bakyt, who still owes the code of a second factor."""
    aigerim, bakyt = make_account(session, "aigerim"), make_account(session, "bakyt")
    twelve = timedelta(hours=12)
    made.session_id = services.open_session(session, aigerim, at=NOW, lifetime=twelve, address="test")
    key = secret_key(settings)
    sealed = second_factor.offer(bakyt.id, key=key)
    code = pyotp.TOTP(second_factor.unseal(sealed, bakyt.id, key=key)).at(NOW)
    second_factor.set_up(session, bakyt, sealed=sealed, code=code, key=key, at=NOW)
    made.half_open_id = services.open_session(session, bakyt, at=NOW, lifetime=twelve, address="test")


def year(attacked: Attacked, number: int, *, address: str = HERE) -> TestResponse:
    return attacked.send("/check/en", {"code": attacked.code, "birth_year": str(1900 + number)}, address=address)


def day(attacked: Attacked, number: int, *, path: str = "/my-certificate/en") -> TestResponse:
    data = {"code": attacked.code, "exact": "1", "birth_on": ["1", "1", str(1900 + number)]}
    return attacked.send(path, data)


def password(attacked: Attacked, number: int, *, username: str = "aigerim", address: str = HERE) -> TestResponse:
    return attacked.send("/sign-in", {"username": username, "password": f"wrong {number}"}, address=address)


def wrong_code(attacked: Attacked, number: int) -> TestResponse:
    # Letters: no code of the app, so that none is right by chance.
    return attacked.send("/sign-in/code", {"code": f"abcde{number}"[:6]}, cookie=attacked.half_open_id)


def recovery_code(attacked: Attacked, number: int) -> TestResponse:
    return attacked.send("/sign-in/code", {"code": f"ABCD-EFGH-{number:04}"}, cookie=attacked.half_open_id)


BURSTS: dict[str, tuple[Callable[[Attacked, int], TestResponse], int, int]] = {
    # What is sent, how many of it are judged, with which answer.
    "M13: years of one code, one address": (year, PER_ADDRESS, 404),
    "M13: dates of one code, one address": (day, FREE_DATES, 404),
    "M13: dates by the typed check": (lambda to, n: day(to, n, path="/check/en"), FREE_DATES, 404),
    "m1: many codes, one address": (
        lambda to, n: to.send("/check/en", {"code": f"CODE{n}", "birth_year": "1955"}),
        PER_ADDRESS,
        404,
    ),
    "B3: lists": (lambda to, n: to.send("/check/group/en", {"codes": f"{to.code} {n}"}), PER_ADDRESS, 200),
    "M7: passwords of one name": (password, JUDGED_SIGN_INS, 401),
    "M7: of one name, many addresses": (lambda to, n: password(to, n, address=elsewhere()), JUDGED_SIGN_INS, 401),
    "M7: many names, one address": (lambda to, n: password(to, n, username=f"u{n}"), 3 * JUDGED_SIGN_INS, 401),
    "M8: codes of the app": (wrong_code, JUDGED_SIGN_INS, 401),
    "M8: recovery codes": (recovery_code, JUDGED_SIGN_INS, 401),
}


@pytest.mark.parametrize("burst", BURSTS)
def test_of_a_burst_as_many_are_judged_as_one_after_the_other(attacked: Attacked, burst: str) -> None:
    """Security B3, M7, M8, M13, m1."""
    attempt, limit, judged = BURSTS[burst]
    answers = attacked.at_once(limit + MORE, lambda number: attempt(attacked, number))
    assert Counter(answer.status_code for answer in answers) == {judged: limit, 429: MORE}


def test_fa1_the_watch_over_the_order_of_locks_sees_attempts(attacked: Attacked) -> None:
    before = ordering.counted[Rank.ATTEMPT]
    assert year(attacked, 0).status_code == 404
    assert password(attacked, 0).status_code == 401
    on_postgresql = attacked.database.engine.dialect.name == "postgresql"
    # More where conflicts are injected: address and code; name, address and the whole installation.
    assert ordering.counted[Rank.ATTEMPT] - before >= (5 if on_postgresql else 0)


def test_m13_of_many_addresses_at_once_ten_years_are_judged(attacked: Attacked) -> None:
    """Then the whole date is asked, also of whoever has the right year."""
    answers = attacked.at_once(WRONG_YEARS + MORE, lambda number: year(attacked, number, address=elsewhere()))
    assert Counter(answer.status_code for answer in answers) == {404: WRONG_YEARS, 200: MORE}
    assert all("Write the whole date of birth" in answer.text for answer in answers if answer.status_code == 200)
    assert "Write the whole date of birth" in year(attacked, 55, address=elsewhere()).text


def test_m7_failures_of_the_whole_installation_are_counted_one_by_one(attacked: Attacked) -> None:
    attacked.note(Action.SIGN_IN_FAILED, rules.MOST_ANYWHERE - 3)
    answers = attacked.at_once(
        3 + MORE, lambda number: password(attacked, number, username=f"name-{number}", address=elsewhere())
    )
    assert Counter(answer.status_code for answer in answers) == {401: 3, 429: MORE}


def test_m8_the_last_wrong_codes_of_a_day_are_counted_one_by_one(attacked: Attacked) -> None:
    attacked.note(Action.CODE_FAILED, rules.MOST_WRONG_CODES - 2, at=timedelta(hours=1), subject="bakyt")
    answers = attacked.at_once(2 + MORE, lambda number: wrong_code(attacked, number))
    assert Counter(answer.status_code for answer in answers) == {401: 2, 429: MORE}


@pytest.mark.parametrize("path", ["/password", "/second-factor"])
def test_b3_the_present_password_is_not_guessed_at_once_in_an_open_session(attacked: Attacked, path: str) -> None:
    more = {"password": "issyk kul torgoi 7", "repeated": "issyk kul torgoi 7", "sealed": "x", "code": "000000"}
    attacked.at_once(
        JUDGED_SIGN_INS + MORE,
        lambda number: attacked.send(path, {"current_password": f"wrong {number}", **more}, cookie=attacked.session_id),
    )
    assert attacked.noted(Action.SIGN_IN_FAILED) == JUDGED_SIGN_INS


def test_right_answers_use_up_no_limit(attacked: Attacked) -> None:
    """An officer's gate and a clinic have one address each: neither many at once nor many after another are slowed."""
    known = {"code": attacked.code, "birth_year": "1955"}
    born = {"code": attacked.code, "birth_on": ["12", "3", "1955"]}
    checks = attacked.at_once(PER_ADDRESS + MORE, lambda _number: attacked.send("/check/en", known))
    papers = attacked.at_once(FREE_DATES + 1, lambda _number: attacked.send("/my-certificate/en", born))
    home, right = elsewhere(), {"username": "aigerim", "password": PASSWORD}
    entered = [attacked.send("/sign-in", right, address=home) for _ in range(JUDGED_SIGN_INS + 1)]
    assert {answer.status_code for answer in checks + papers} == {200}
    assert {answer.status_code for answer in entered} == {302}
    assert sum(attacked.noted(action) for action in FLEETING) == 0


@contextmanager
def turns_to_write() -> Iterator[list[None]]:
    """The transactions that write, meanwhile."""
    begun, taken = TurningSession._begun, list[None]()

    def noted(session: TurningSession) -> None:
        if session.writes:
            taken.append(None)
        begun(session)

    with patch.object(TurningSession, "_begun", noted):
        yield taken


@pytest.mark.skipif(serializable.ASKED, reason="what is injected takes more turns")
def test_a_check_takes_one_turn_to_write_and_one_over_its_limit_or_by_the_link_none(attacked: Attacked) -> None:
    with turns_to_write() as taken:
        assert attacked.app.test_client().get(f"/v/{attacked.token}/en").status_code == 200
        assert not taken
        assert year(attacked, 55).status_code == 200
        assert len(taken) == 1
        for number in range(PER_ADDRESS):
            assert year(attacked, number).status_code == 404
        assert len(taken) == 1 + PER_ADDRESS
        assert year(attacked, 55).status_code == 429
        assert len(taken) == 1 + PER_ADDRESS
