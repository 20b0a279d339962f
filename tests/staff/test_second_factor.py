"""The second factor: setting it up, signing in with it, losing it."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from registry import clock, create_app
from registry.audit.models import Action, AuditEvent
from registry.commands import cli
from registry.db import Database
from registry.settings import Environment, Settings
from registry.staff import rules, second_factor, services
from registry.staff.models import RecoveryCode, ScopeKind, Staff, StaffSession
from registry.web.installation import secret_key
from tests.factories import NOW, TODAY

PASSWORD = "kymyz tulpar ala-too"
LATER = NOW + timedelta(minutes=5)  # the code of the set-up is spent; now there is another one
SITE = "https://registry.example"
Protection = tuple[str, list[str]]
"""The secret of a second factor and its recovery codes."""


def make_account(session: Session, username: str) -> Staff:
    roles = [("registrar", ScopeKind.POINT, "VP-NRN")]
    staff, _ = services.add_staff(
        session, username=username, name=username, latin_name="X", roles=roles, on=TODAY, by=None, at=NOW, language="en"
    )
    services.change_password(session, staff, password=PASSWORD, at=NOW)
    session.commit()
    return staff


@pytest.fixture
def aigerim(session: Session) -> Staff:
    return make_account(session, "aigerim")


@pytest.fixture
def protected(session: Session, settings: Settings, aigerim: Staff) -> Protection:
    """Aigerim has a second factor: its secret and her recovery codes."""
    return protect(session, settings, aigerim)


def protect(session: Session, settings: Settings, staff: Staff) -> Protection:
    key = secret_key(settings)
    sealed = second_factor.offer(staff.id, key=key)
    secret = second_factor.unseal(sealed, staff.id, key=key)
    codes = second_factor.set_up(session, staff, sealed=sealed, code=code_of(secret), key=key, at=clock.now())
    session.commit()
    return secret, codes


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


def wrong_code(secret: str) -> str:
    """Six digits that are the code of no step near."""
    return next(c for n in range(10**6) if rules.matching_step(secret, c := f"{n:06}", at=clock.now()) is None)


def give_password(browser: FlaskClient, then: str = "/pilgrims") -> TestResponse:
    return browser.post(f"/sign-in?next={then}", data={"username": "aigerim", "password": PASSWORD})


def give_code(browser: FlaskClient, code: str) -> TestResponse:
    return browser.post("/sign-in/code?next=/pilgrims", data={"code": code})


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/pilgrims").status_code == 200


def session_id(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("session")
    assert cookie is not None
    return cookie.value


@pytest.fixture
def later(protected: Protection) -> Iterator[None]:
    with clock.set_to(LATER):
        yield


# Setting it up


def shown_secret(page: str) -> str:
    found = re.search(r"<strong>([A-Z2-7 ]+)</strong>", page)
    assert found is not None
    return found[1].replace(" ", "")


def set_up(browser: FlaskClient, **changes: str) -> TestResponse:
    page = browser.get("/second-factor").text
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
    assert sealed is not None
    secret = shown_secret(page)
    sent = {"sealed": sealed[1], "code": code_of(secret), "current_password": PASSWORD}
    return browser.post("/second-factor", data={**sent, **changes})


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


# Who must have it


@pytest.fixture
def production(settings: Settings, database: Database) -> Flask:
    real = settings.model_copy(
        update={
            "env": Environment.PRODUCTION,
            "public_url": SITE,
            "secret_key": SecretStr("kT9-vPz2mQx7_LrW4sYb8Ndc1HgJf5Ae"),
        }
    )
    app = create_app(real, database)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
    return app


def test_production_asks_everybody_for_a_second_factor_first(
    production: Flask, session: Session, aigerim: Staff
) -> None:
    browser = production.test_client()
    knock: Callable[..., TestResponse] = lambda path, **sent: browser.open(path, base_url=SITE, **sent)  # noqa: E731
    knock("/sign-in", method="POST", data={"username": "aigerim", "password": PASSWORD})
    assert knock("/pilgrims").location == "/second-factor"
    assert knock("/pilgrims", method="POST").location == "/second-factor"
    page = knock("/second-factor").text
    assert "Every account here needs a second factor" in page
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
    assert sealed is not None
    sent = {"sealed": sealed[1], "code": code_of(shown_secret(page)), "current_password": PASSWORD}
    assert knock("/second-factor", method="POST", data=sent).status_code == 200
    assert knock("/pilgrims").status_code == 200


def test_production_asks_for_the_own_password_before_the_factor(
    production: Flask, session: Session, aigerim: Staff
) -> None:
    password = services.reset_password(session, aigerim, one_time_for=rules.ONE_TIME_FOR, by=None, at=NOW)
    session.commit()
    browser = production.test_client()
    browser.post("/sign-in", base_url=SITE, data={"username": "aigerim", "password": password})
    assert browser.get("/pilgrims", base_url=SITE).location == "/password"
    assert browser.get("/second-factor", base_url=SITE).location == "/password"


def test_training_offers_the_factor_and_forces_nobody(client: FlaskClient, aigerim: Staff) -> None:
    give_password(client)
    assert is_in(client)
    assert 'href="/second-factor"' in client.get("/password").text
    assert "Every account here needs" not in client.get("/second-factor").text


# One-time passwords, and the command line


@pytest.mark.parametrize(("hours", "status"), [(23, 302), (24, 401)])
def test_a_one_time_password_ends_after_a_day(
    client: FlaskClient, session: Session, aigerim: Staff, hours: int, status: int
) -> None:
    password = services.reset_password(session, aigerim, one_time_for=rules.ONE_TIME_FOR, by=None, at=NOW)
    session.commit()
    client.set_cookie("language", "en")
    with clock.set_to(NOW + timedelta(hours=hours)):
        answer = client.post("/sign-in", data={"username": "aigerim", "password": password})
        assert answer.status_code == status
        assert (rules.OneTimePasswordExpired.sentence in answer.text) is (status == 401)
        wrong = client.post("/sign-in", data={"username": "aigerim", "password": "wrong"})
        assert rules.OneTimePasswordExpired.sentence not in wrong.text, "only who knew it learns that it ended"


def test_an_own_password_does_not_end(client: FlaskClient, aigerim: Staff) -> None:
    with clock.set_to(NOW + timedelta(days=400)):
        assert give_password(client).location == "/pilgrims"


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(real_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database of its own, in which Aigerim has a second factor and is signed in."""
    url = real_database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path))
    with real_database.open_session(writes=True) as session:
        aigerim = make_account(session, "aigerim")
        protect(session, Settings(), aigerim)
        lifetime = timedelta(hours=12)
        services.open_session(session, aigerim, at=NOW, lifetime=lifetime, address="test", second_factor_at=NOW)
        session.commit()

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["staff", *words])
        return result.exit_code, result.output

    return call


def kept(database: Database) -> tuple[Staff, int, int]:
    """The account, its live sessions, its recovery codes."""
    with database.open_session(writes=False) as session:
        staff = session.exec(select(Staff)).one()
        live = [row for row in session.exec(select(StaffSession)).all() if row.revoked_at is None]
        return staff, len(live), len(session.exec(select(RecoveryCode)).all())


def what_was_noted(database: Database) -> object:
    with database.open_session(writes=False) as session:
        noted = select(AuditEvent).where(AuditEvent.action == Action.STAFF_CHANGED).order_by(AuditEvent.id)  # type: ignore[arg-type]  # a column
        last = session.exec(noted).all()[-1]
        return last.subject, last.detail["what"]


def test_the_command_line_resets_a_lost_factor(real_database: Database, run: Run) -> None:
    assert kept(real_database)[1:] == (1, 10)
    code, said = run("reset-factor", "Aigerim")
    assert (code, said.split(":")[1].split(".")[0]) == (0, " the second factor was removed and every session ended")
    staff, sessions, codes = kept(real_database)
    assert (staff.totp_secret, sessions, codes) == (None, 0, 0)
    assert what_was_noted(real_database) == ("aigerim", "second factor removed")
    assert run("reset-factor", "aigerim") == (1, "Error: aigerim has no second factor. Nothing was changed.\n")
    assert run("reset-factor", "nobody")[0] == 1


def test_the_command_line_gives_a_new_password_and_leaves_the_factor(real_database: Database, run: Run) -> None:
    code, said = run("reset-password", "aigerim")
    password = re.search(r"one-time password (\S+)", said)
    assert code == 0
    assert password is not None
    staff, sessions, codes = kept(real_database)
    assert (staff.totp_secret is None, staff.must_change_password, sessions, codes) == (False, True, 0, 10)
    assert staff.one_time_until == NOW + rules.ONE_TIME_FOR_TRAINING
    assert what_was_noted(real_database) == ("aigerim", "password reset")
    with real_database.open_session(writes=True) as session:
        assert services.verify_password(session, username="aigerim", password=password[1], at=NOW) is not None
        assert services.verify_password(session, username="aigerim", password=PASSWORD, at=NOW) is None
