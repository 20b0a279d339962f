"""No request of any kind takes more than two seconds of processor at 6,000 pilgrims, with its worst input: B3, B4.

One row a door, in the table of doors: a new door is tried here without being asked, with what its own page says it
takes. Inputs that only one door can suffer stand in `worst`; forms that are right, with their tokens, in correct_forms.
Processor time of this process and of those it started.
"""

import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlmodel import Session
from werkzeug.test import TestResponse

from registry import clock, create_app
from registry.certificates.keys import Issuer
from registry.commands import simulate
from registry.db import Database
from registry.hcert import base45
from registry.jobs import services as jobs
from registry.model import new_id
from registry.pilgrims.intake import CHECK_LIST
from registry.settings import Settings
from registry.staff import services as staff_services
from tests.engines import Engine, PostgresqlEngine, SharedConnection
from tests.factories import NOW
from tests.security.correct_forms import CORRECT, NO_FORM_OF_ONES_OWN, Correct
from tests.security.doors import DOORS, address
from tests.security.world import World, make_world, visit_form
from tests.uploads.hostile import cells, unseen_cells

PILGRIMS, MOST_SECONDS = 6_000, 2.0
FORM = 490_000  # letters; a form may have 500,000 bytes
FILE = 10 * 1024 * 1024 - 10_000
# Repeated to the size of a form, in the fields of a page: one letter of two bytes, hyphens that part words, digits,
# a signed code, and what a regular expression may try again and again.
TEXTS = ("ж" * 50, "A-", "1", "HC1:6BF", "a " * 10, "/v/", "\n", "=", "1.1.")

# As many readings as a text can have: each line may be the beginning, or the next piece, of a signed code.
PIECES = (f"  HC1:{base45.encode(bytes([0x78, 0xDA]))}\n" + "  A 0%20A .\n" * 20) * 20
# What may be a signed code without its first letters, and is none at its very last letters again and again.
CAPITALS = "$%" + ("A" * 88 + "XXX") * 10
# What an address may hold where a page reads it: parts of the path, and the parameters that pages ask for.
ADDRESSED = ("a" * 9_000, "v/" * 4_500, "%2F" * 3_000, "HC1:" * 2_200, "1" * 9_000, "-%20" * 2_200)
ASKED = ("again", "on", "next", "before")
PATHS = {
    "verification.show": "/v/{0} /v/{0}/ar",
    "web.asset": "/static/{0}",
    "trust.part_of_own_list": "/v2/trustlist/{0}/-/-/did.json",
}

ADDRESSES = count(1)

Sent = tuple[dict[str, str], dict[str, bytes]]
"""Fields and files of a form."""


def lines(line: str, size: int = FORM) -> str:
    return f"{line}\n" * (size // (len(line.encode()) + 1))


@cache
def worst() -> dict[str, list[Sent]]:
    """Inputs that only one door can suffer. Half a second to make, which whoever only collects tests does not wait."""
    return {
        "pilgrims.search": [
            *(({"text": text}, {}) for text in ("ас ба ай ов ул ан", "ов", "ba ra", "0555", "1 2 3 4 5 6", "ж" * 100)),
            ({"text": "A-" * 200_000}, {}),
        ],
        "verification.check_group": [
            ({"codes": lines(text)}, {})
            for text in (
                "HC1:" + "6BF" * 320,
                "7K3M-9QXD-2RTB",
                "https://x.example/v/" + "a" * 900,
                "x\t" * 450,
                "HC1:",
                CAPITALS,
            )
        ]
        + [
            ({}, {"manifest": content})
            for content in (
                cells(450, 1_001, "<c><v>1</v></c>"),
                unseen_cells(250_000),
                lines("7K3M-9QXD-2RTB;" * 50, 2_000_000).encode(),
                b"," * 2_000_000,
                b'"' * 2_000_000,
                f'"{PIECES}"\n'.encode() * 390,
            )
        ],
        "pilgrims.import_list": [({}, {"file": b"x" * FILE})],
        "printing.choose": [
            *(({"codes": lines(text)}, {}) for text in ("7K3M-9QXD-2RTB", "a a a a", "7 K", "-", '"')),
            *(({}, {"file": lines(text, FILE).encode()}) for text in ("7K3M-9QXD-2RTB", "a a a a", "HC1:" + "A" * 500)),
            *(({"order": order, "paper": "pocket", "point": "VP-OSH"}, {}) for order in ("group", "name", "code")),
        ],
    }


@dataclass
class Country:
    """`secured`: the same registry, where a form without a token of its page is not read."""

    app: Flask
    secured: Flask
    settings: Settings
    connection: Connection
    session: Session
    world: World
    names: dict[str, Any]

    def enter(self, roles: str, *, secured: bool = False) -> FlaskClient:
        client = (self.secured if secured else self.app).test_client()
        role = roles.split(maxsplit=1)[0]
        if role != "nobody":
            staff = self.world.staff[role]
            hours = timedelta(hours=12)
            ticket = staff_services.open_session(self.session, staff, at=NOW, lifetime=hours, address="test")
            self.session.commit()
            client.set_cookie("session", ticket)
        return client


@pytest.fixture(scope="module")
def country(engine: Engine, settings: Settings, issuer: Issuer, real_hasher: PasswordHasher) -> Iterator[Country]:
    """6,000 people of the simulation, and what the doors' addresses name. Undone at the end, as one transaction."""
    if isinstance(engine, PostgresqlEngine):
        pytest.skip("what the server spends is not seen here: tests/pilgrims/test_search_costs.py counts its rows")
    database = Database(engine.fresh("country"))
    with clock.set_to(NOW), patch.object(staff_services, "_hasher", real_hasher):
        simulate.play(database, settings, pilgrims=PILGRIMS, seed=1)
        with database.engine.connect() as connection:
            transaction = connection.begin()
            shared = SharedConnection(connection)
            app = create_app(settings, shared)
            app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
            secured = create_app(settings, shared)
            secured.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True)
            with shared.open_session(writes=True) as session:
                world = make_world(session, issuer)
                lead = world.staff["lead"]
                job = jobs.enqueue(session, CHECK_LIST, {}, id=new_id(), by=lead.id, at=NOW)
                session.commit()
                names = {**world.naryn.names(world.bystander.id), "job_id": job.id}
                yield Country(app, secured, settings, connection, session, world, names)
            transaction.rollback()
    database.engine.dispose()


@pytest.mark.parametrize(("method", "endpoint"), DOORS, ids=lambda part: part)
def test_no_request_takes_more_than_two_seconds_of_processor(country: Country, method: str, endpoint: str) -> None:
    path = address(country.app, endpoint, country.names)
    for fields, files in inputs(country, method, endpoint, path):
        client = country.enter(DOORS[method, endpoint].roles)
        body, kind = multipart(fields, files) if method == "POST" else (b"", None)
        before = spent()
        # Each from an address of its own: a throttle must not spare the page what is measured.
        elsewhere = {"REMOTE_ADDR": f"2001:db8:{next(ADDRESSES):x}::1"}
        answer = client.open(path, method=method, data=body, content_type=kind, environ_base=elsewhere)
        seconds = spent() - before
        answer.close()
        assert answer.status_code < 500, (fields.keys(), answer.status_code)
        assert answer.status_code != 413, "a form that is not read measures nothing"
        if (fields, files) in worst().get(endpoint, []):
            assert answer.status_code in {200, 302}, "what is measured must have been read"
        assert seconds < MOST_SECONDS, (seconds, {name: text[:40] for name, text in fields.items()}, files.keys())


def test_every_page_that_takes_a_form_has_one_that_is_right() -> None:
    takers = {endpoint for method, endpoint in DOORS if method == "POST"}
    assert set(CORRECT) | set(NO_FORM_OF_ONES_OWN) == takers


@pytest.mark.parametrize("endpoint", CORRECT)
def test_no_form_that_is_right_takes_more_than_two_seconds_of_processor(country: Country, endpoint: str) -> None:
    """With the tokens of its page, every field at its longest, all doubts ticked; undone afterwards."""
    undone = country.connection.begin_nested()
    try:
        right = CORRECT[endpoint](country.session, country.world, country.settings)
        client = country.enter(DOORS["POST", endpoint].roles, secured=True)
        path = address(country.app, endpoint, {**country.names, **(right.of or {})})
        seconds, answer = send(client, path, right, page_with_form(client, path))
        doubts = re.findall(r'name="confirmed"[^>]*value="([^"]+)"', text_of(answer))
        if doubts:
            again = replace(right, fields={**right.fields, "confirmed": [*right.fields.get("confirmed", []), *doubts]})
            seconds, answer = send(client, path, again, page_with_form(client, path))
        problem = re.search(r"govuk-error-summary.*?</div>", text_of(answer), re.DOTALL)
        assert answer.status_code in {200, 302}, answer.status_code
        assert problem is None, re.sub(r"<[^>]+>|\s+", " ", problem[0])
        assert seconds < MOST_SECONDS, seconds
    finally:
        country.session.rollback()
        undone.rollback()
        country.session.expire_all()


def page_with_form(client: FlaskClient, path: str) -> str:
    """The page itself; where only a button of another page leads here, one with a token."""
    page = client.get(path)
    return page.text if page.status_code == 200 and "csrf_token" in page.text else client.get("/sign-in").text


def send(client: FlaskClient, path: str, right: Correct, page: str) -> tuple[float, TestResponse]:
    """The processor time of sending it as the page would, with what the page holds unseen, and the answer."""
    unseen = dict(re.findall(r'<input[^>]*name="(csrf_token|idempotency_key|sealed|seen)"[^>]*value="([^"]*)"', page))
    assert "csrf_token" in unseen
    fields = {name: value(page) if callable(value) else value for name, value in right.fields.items()}
    body, kind = multipart({**unseen, **fields}, dict(right.files or {}))
    elsewhere = {"REMOTE_ADDR": f"2001:db8:{next(ADDRESSES):x}::1"}
    before = spent()
    answer = client.post(path, data=body, content_type=kind, environ_base=elsewhere)
    return spent() - before, answer


def text_of(answer: TestResponse) -> str:
    return answer.text if answer.mimetype == "text/html" else ""


@pytest.mark.parametrize("endpoint", [endpoint for method, endpoint in DOORS if method == "GET"])
def test_no_address_takes_more_than_two_seconds_of_processor(country: Country, endpoint: str) -> None:
    """Longer than a server hands over: every parameter that a page asks for, and what stands for a name in the path."""
    path = address(country.app, endpoint, country.names)
    client = country.enter(DOORS["GET", endpoint].roles)
    for text in ADDRESSED:
        for long in (
            path + "?" + "&".join(f"{name}={text}" for name in ASKED),
            *PATHS.get(endpoint, "").format(text).split(),
        ):
            before = spent()
            answer = client.get(long)
            seconds = spent() - before
            answer.close()
            assert answer.status_code < 500, (long[:80], answer.status_code)
            assert seconds < MOST_SECONDS, (seconds, long[:80])


def inputs(country: Country, method: str, endpoint: str, path: str) -> Iterator[Sent]:
    """Nothing; every field of the page full of each text; more parts than a form may have; and the worst."""
    yield {}, {}
    if method != "POST":
        return
    names = fields_of(country, endpoint, path)
    for text in TEXTS:
        size = FORM // len(names) // len(text.encode())
        yield dict.fromkeys(names, text * size), {}
    yield {f"confirmed{number}": "x" for number in range(480)}, {}
    if endpoint == "room.visit":
        yield visit_form(country.world.naryn, country.world.staff["vaccinator"]), {}
    yield from worst().get(endpoint, [])


def fields_of(country: Country, endpoint: str, path: str) -> list[str]:
    """What the page asks for, as it is drawn when its form is sent empty."""
    page = country.enter(DOORS["POST", endpoint].roles).post(path)
    named = re.findall(
        r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page.text if page.mimetype == "text/html" else ""
    )
    return sorted({*named, "text"} - {"csrf_token", "idempotency_key"})


def multipart(fields: dict[str, Any], files: dict[str, bytes]) -> tuple[bytes, str]:
    """Written out: the test client would leave a temporary file open for so large a form."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'.encode()
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    for name, content in files.items():
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a.csv"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + b"--x--\r\n", "multipart/form-data; boundary=x"


def spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
