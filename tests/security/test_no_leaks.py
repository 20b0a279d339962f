"""Where people's names, numbers and links must not be: logs, addresses, flash cookies, public pages."""

import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from registry import clock
from registry.verification.services import PER_ADDRESS
from tests.conftest import SignIn
from tests.corrections.pages import open_and_send
from tests.factories import NOW
from tests.security.world import World, pilgrim_form, visit_form

PIN = "10101196000017"
PERSONAL = (
    "Асанбекова", "ASANBEKOVA", "Айгүл", "AIGUL", "Тургунова", "TURGUNOVA", "Карачы", "Күбөев", "PE7654321",
    "PE5550007", PIN, "+996555000123", "996555000123",
)  # fmt: skip


@dataclass
class Walk:
    """A day of clicks, and what each of them left behind: where it led and what its cookie says."""

    app: Flask
    sign_in: SignIn
    world: World
    addresses: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def post(self, role: str, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        browser = self.sign_in(self.world.staff[role])
        answer = open_and_send(browser, path, data or {})
        self.addresses += [path, answer.headers.get("Location", "")]
        self.cookies.append(self._in_cookie(browser))
        if answer.status_code == 302:
            self.get(role, answer.location)
        return answer

    def get(self, role: str, path: str) -> TestResponse:
        answer = self.sign_in(self.world.staff[role]).get(path)
        self.addresses += re.findall(r'(?:href|action)="([^"]*)"', answer.text)
        return answer

    def _in_cookie(self, browser: FlaskClient) -> str:
        """What anyone can read who holds the cookie: it is signed, not sealed."""
        cookie = browser.get_cookie("form")
        serializer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.loads(cookie.value)) if cookie else ""


def walk_a_day(walk: Walk) -> None:
    """Every form of the registry is sent, well filled in."""
    world, place = walk.world, walk.world.naryn
    nurse, one, other = world.staff["vaccinator"], place.pilgrim, place.waiting
    new = one.model_copy(update={"passport_number": "PE5550007", "pin": None})
    twice: dict[str, Any] = {"confirmed": [".LikelyDuplicate"]}
    corrected = pilgrim_form(one, patronymic="Бакытовна", reason="PE7654321", **twice)
    sent = [
        walk.post("registrar", "/pilgrims", {"text": "PE7654321"}),
        walk.post("registrar", "/pilgrims", {"text": "Асанбекова Айгүл"}),
        walk.post("registrar", "/pilgrims/new/from-search", {"text": "PE5550007"}),
        walk.post("registrar", "/pilgrims/new", pilgrim_form(new, **twice)),
        walk.post("vaccinator", f"/pilgrims/{other.id}/visit", visit_form(place, nurse)),
        walk.post("lead", f"/pilgrims/{one.id}/correct", corrected),
        walk.post("lead", f"/pilgrims/{one.id}/doses/{place.dose.id}/withdraw", {"reason": "ASANBEKOVA"}),
        walk.post("lead", f"/stock/lots/{place.lot.id}/hold", {"kind": "recall", "reason": "so"}),
        walk.post("administrator", f"/staff/{world.bystander.id}/end-sessions"),
        walk.post("administrator", f"/staff/{world.bystander.id}/disable"),
        walk.post("administrator", f"/staff/{world.bystander.id}/enable"),
    ]
    assert [answer.status_code for answer in sent] == [200, 200, 200, *[302] * 8]


@pytest.fixture
def walk(app: Flask, session: Session, sign_in: SignIn, world: World) -> Walk:
    return Walk(app, sign_in, world)


def found_in(texts: list[str], *more: str) -> set[str]:
    whole = "\n".join(texts)
    return {word for word in (*PERSONAL, *more) if word in whole}


def test_a_days_work_leaves_no_name_in_logs_addresses_or_cookies(
    walk: Walk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    walk_a_day(walk)
    assert found_in(walk.addresses, walk.world.naryn.certificate.token) == set()
    assert len([text for text in walk.cookies if "_flashes" in text]) == 8, "every success is told in the cookie"
    assert found_in(walk.cookies, walk.world.naryn.certificate.token) == set()
    printed = capfd.readouterr()
    assert found_in([caplog.text, printed.out, printed.err], walk.world.naryn.certificate.token) == set()


def test_no_address_has_a_place_for_a_name_or_a_number(app: Flask) -> None:
    placeholders = {name for rule in app.url_map.iter_rules() for name in rule.arguments}
    ids = {name for name in placeholders if name.endswith("_id")}
    codes = {"domain", "participant", "usage"}  # of trust lists: KGZ-NATIONAL, KGZ, DSC
    # `name` is a page's file, never a person; `path` is a link with what a chat or a sentence left around it.
    assert placeholders - ids - codes == {"token", "language", "name", "path"}


def test_the_public_page_says_what_an_officer_compares_and_no_more(client: FlaskClient, world: World) -> None:
    pilgrim, certificate = world.naryn.pilgrim, world.naryn.certificate
    for language in ("en", "ar", "ru", "ky"):
        page = client.get(f"/v/{certificate.token}/{language}").text
        private = (pilgrim.surname, pilgrim.given_name, pilgrim.patronymic, "PE7654321", "+996555000123", "555000123")
        ids = (str(pilgrim.id), str(certificate.id), str(world.naryn.dose.id), "KG-N")
        assert [word for word in (*private, *ids) if word in page] == []


def texts_of(answer: TestResponse) -> tuple[int, str]:
    """What was answered, without what was typed and the keys made for each form."""
    return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)


def test_unknown_mistyped_and_wrong_look_the_same(app: Flask, world: World) -> None:
    code, token = world.naryn.certificate.code, world.naryn.certificate.token
    mistyped = code[:-1] + ("2" if code[-1] != "2" else "3")
    tries = [(code, "1901"), (mistyped, "1960"), ("7K3M9QXD2RTB", "1960"), ("x", "1"), (token, "1960")]
    typed = {texts_of(app.test_client().post("/check", data={"code": c, "birth_year": y})) for c, y in tries}
    assert {status for status, _text in typed} == {404}
    assert len(typed) == 1
    links = [token[:-1] + ("A" if token[-1] != "A" else "B"), "A" * len(token), code, str(world.naryn.certificate.id)]
    # A page names its own address in its language links, and nothing else of what was asked.
    opened = [(app.test_client().get(f"/v/{link}/en"), link) for link in links]
    assert len({(answer.status_code, answer.text.replace(link, "")) for answer, link in opened}) == 1
    assert opened[0][0].status_code == 404


def test_typing_codes_is_limited_for_one_address_and_not_for_others(app: Flask, world: World) -> None:
    def check(address: str, code: str, year: str) -> int:
        data = {"code": code, "birth_year": year}
        return app.test_client().post("/check", data=data, environ_base={"REMOTE_ADDR": address}).status_code

    code, year = world.naryn.certificate.code, f"{world.naryn.pilgrim.birth_on.year}"
    assert [check("10.0.0.1", code, "1901") for _ in range(PER_ADDRESS + 1)] == [404] * PER_ADDRESS + [429]
    assert check("10.0.0.1", code, year) == 429
    assert check("10.0.0.2", code, year) == 200
    with clock.set_to(NOW + timedelta(minutes=2)):
        assert check("10.0.0.1", code, year) == 200


def test_nobody_is_limited_in_opening_true_links(client: FlaskClient, world: World) -> None:
    """A whole airport shares one address. A link has 128 random bits: nobody finds one by trying."""
    token = world.naryn.certificate.token
    assert len(token) >= 22
    assert {client.get(f"/v/{'A' * 22}").status_code for _ in range(3 * PER_ADDRESS)} == {404}
    assert client.get(f"/v/{token}").status_code == 200
