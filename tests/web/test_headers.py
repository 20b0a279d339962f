"""What every answer carries."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry import create_app
from registry.settings import Settings
from registry.staff.models import Staff
from registry.web.headers import CONTENT_SECURITY_POLICY
from tests.conftest import SignIn


@pytest.mark.parametrize("path", ["/sign-in", "/check", "/health", "/nowhere", "/pilgrims", "/v/none"])
def test_every_answer_has_the_strict_policy(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in headers


def test_what_a_signed_in_person_saw_is_not_kept_by_the_browser(sign_in: SignIn, nurse: Staff) -> None:
    assert sign_in(nurse).get("/pilgrims").headers["Cache-Control"] == "no-store"


def test_behind_tls_cookies_are_host_bound_and_secure(settings: Settings, app: Flask) -> None:
    secure = Settings(var_dir=settings.var_dir, public_url="https://registry.example")
    with_tls = create_app(secure, app.extensions["database"])
    answer = with_tls.test_client().get("/sign-in", base_url="https://registry.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-"), cookie
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_missing_page_says_so_in_a_sentence(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "<h1" in answer.text


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_the_chosen_language_is_remembered(client: FlaskClient, language: str) -> None:
    client.post(f"/language/{language}", data={"next": "/sign-in"})
    assert f'<html lang="{language}"' in client.get("/sign-in").text
