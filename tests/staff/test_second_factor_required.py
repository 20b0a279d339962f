"""Who must have a second factor, and what the command line does for those who lost it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

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
from registry.staff import rules, services
from registry.staff.models import RecoveryCode, Staff, StaffSession
from tests.factories import NOW
from tests.staff.accounts import (
    PASSWORD,
    SITE,
    code_of,
    give_password,
    is_in,
    make_account,
    protect,
    shown_secret,
)


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
