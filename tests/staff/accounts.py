"""An account with a second factor, and what its holder does in a browser."""

import re
from datetime import timedelta

import pyotp
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from registry import clock
from registry.settings import Settings
from registry.staff import rules, second_factor, services
from registry.staff.models import ScopeKind, Staff
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
    hashed = services.new_hash(PASSWORD, username=staff.username)
    services.change_password(session, staff, password_hash=hashed, at=NOW)
    session.commit()
    return staff


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
