"""What every answer carries to the browser, and what it must not leave there."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry import create_app
from registry.settings import Settings
from tests.conftest import SignIn
from tests.security.doors import DOORS, in_order, knock
from tests.security.world import ROLES, World

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
SITE = "https://registry.example"
# The same for everybody: files of pages, and the public lists, which say nothing about anybody.
MAY_BE_CACHED = (
    "web.asset", "trust.own_list", "trust.part_of_own_list", "trust.proof_key", "trust.revocation_list",
    "verifier.show", "verifier.bundle", "verifier.worker",
)  # fmt: skip
# Its scanner is WebAssembly, which this one page may compile.
MAY_COMPILE = "verifier.show"


def every_answer(app: Flask, sign_in: SignIn, world: World) -> Iterator[tuple[str, TestResponse]]:
    """One answer of each door to somebody it opens for, one to a stranger, and every kind of error."""
    names = world.naryn.names(world.bystander.id)
    for method, endpoint, door in in_order():
        role = next(role for role in ROLES if role in door.roles)
        for browser in (sign_in(world.staff[role]), app.test_client()):
            yield f"{method} {endpoint}", knock(app, browser, method, endpoint, names)
    stranger = app.test_client()
    yield "404", stranger.get("/nowhere")
    yield "405", stranger.put("/check")
    yield "403", sign_in(world.staff["ministry"]).get("/pilgrims")
    yield "413", stranger.post("/check", data={"code": "x" * 600_000})
    yield "trace", stranger.open("/sign-in", method="TRACE")


def test_every_answer_carries_every_header(app: Flask, sign_in: SignIn, world: World) -> None:
    for name, answer in every_answer(app, sign_in, world):
        script = "script-src 'self' 'wasm-unsafe-eval';" if name.endswith(MAY_COMPILE) else "script-src 'self';"
        expected = ALWAYS | {"Content-Security-Policy": POLICY.replace("script-src 'self';", script)}
        assert {header: answer.headers.get(header) for header in ALWAYS} == expected, name
        assert not [header for header, _value in answer.headers if header.startswith("Access-Control-")], name
        if not name.endswith(MAY_BE_CACHED):
            assert answer.headers["Cache-Control"] == "no-store", name


def test_behind_tls_every_cookie_is_bound_to_the_host(
    settings: Settings, app: Flask, sign_in: SignIn, world: World
) -> None:
    secure = create_app(Settings(var_dir=settings.var_dir, public_url=SITE), app.extensions["database"])
    secure.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    names, seen = world.naryn.names(world.bystander.id), set()
    for method, endpoint, door in in_order():
        plain = sign_in(world.staff[next(role for role in ROLES if role in door.roles)])
        cookie = plain.get_cookie("session")
        assert cookie is not None
        browser = secure.test_client()
        browser.set_cookie("__Host-session", cookie.value, domain="registry.example", secure=True)
        answer = knock(secure, browser, method, endpoint, names, base_url=SITE)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        for header in answer.headers.getlist("Set-Cookie"):
            name, parts = header.split("=", 1)[0], {part.strip() for part in header.split(";")[1:]}
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts, header
            assert not [part for part in parts if part.startswith("Domain")], header
            seen.add(name)
    # The language is a taste, not a secret: it alone does without the prefix.
    assert seen == {"__Host-session", "__Host-form", "language"}


def test_the_public_pages_set_no_cookie_on_a_look(app: Flask, world: World) -> None:
    answer = app.test_client().get(f"/v/{world.naryn.certificate.token}")
    assert answer.headers.getlist("Set-Cookie") == []


def test_signing_out_clears_the_browser(sign_in: SignIn, world: World) -> None:
    answer = sign_in(world.staff["registrar"]).post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    gone = [cookie for cookie in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in cookie]
    assert [cookie.split("=")[0] for cookie in gone] == ["session", "form"]


def test_the_paper_is_a_pdf_that_nothing_keeps(sign_in: SignIn, world: World) -> None:
    place = world.naryn
    answer = sign_in(world.staff["registrar"]).get(
        f"/pilgrims/{place.pilgrim.id}/certificates/{place.certificate.id}.pdf"
    )
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert "ASANBEKOVA" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"])
def test_other_methods_reach_nothing(client: FlaskClient, method: str) -> None:
    assert client.open("/sign-in", method=method).status_code == 405


def test_there_is_no_debug_page_nor_test_route(app: Flask) -> None:
    assert app.debug is False
    assert {endpoint.split(".")[0] for _, endpoint in DOORS} >= set(app.blueprints)
