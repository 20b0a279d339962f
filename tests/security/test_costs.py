"""No request of any kind takes more than two seconds of processor at 6,000 pilgrims, with its worst input: B3, B4.

One row a door, in the table of doors: a new door is tried here without being asked, with what its own page says it
takes. Inputs that only one door can suffer stand in WORST. Processor time of this process and of those it started.
"""

import re
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

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
ADDRESSES = count(1)

Sent = tuple[dict[str, str], dict[str, bytes]]
"""Fields and files of a form."""


def lines(line: str, size: int = FORM) -> str:
    return f"{line}\n" * (size // (len(line.encode()) + 1))


WORST: dict[str, list[Sent]] = {
    "pilgrims.search": [
        *(({"text": text}, {}) for text in ("ас ба ай ов ул ан", "ов", "ba ra", "0555", "1 2 3 4 5 6", "ж" * 100)),
        ({"text": "A-" * 200_000}, {}),
    ],
    "verification.check_group": [
        ({"codes": lines(text)}, {})
        for text in ("HC1:" + "6BF" * 320, "7K3M-9QXD-2RTB", "https://x.example/v/" + "a" * 900, "x\t" * 450, "HC1:")
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
    app: Flask
    session: Session
    world: World
    names: dict[str, Any]

    def enter(self, roles: str) -> FlaskClient:
        client = self.app.test_client()
        role = roles.split(maxsplit=1)[0]
        if role != "nobody":
            staff = self.world.staff[role]
            hours = timedelta(hours=12)
            ticket = staff_services.open_session(self.session, staff, at=NOW, lifetime=hours, address="test")
            self.session.commit()
            client.set_cookie("session", ticket)
        return client


@pytest.fixture(scope="module")
def country(engine: Engine, settings: Settings, issuer: Issuer) -> Iterator[Country]:
    """6,000 people of the simulation, and what the doors' addresses name. Undone at the end, as one transaction."""
    if isinstance(engine, PostgresqlEngine):
        pytest.skip("what the server spends is not seen here: tests/pilgrims/test_search_costs.py counts its rows")
    database = Database(engine.fresh("country"))
    with clock.set_to(NOW):
        simulate.play(database, settings, pilgrims=PILGRIMS, seed=1)
        with database.engine.connect() as connection:
            transaction = connection.begin()
            shared = SharedConnection(connection)
            app = create_app(settings, shared)
            app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
            with shared.open_session(writes=True) as session:
                world = make_world(session, issuer)
                lead = world.staff["lead"]
                job = jobs.enqueue(session, CHECK_LIST, {}, id=new_id(), by=lead.id, at=NOW)
                session.commit()
                yield Country(app, session, world, {**world.naryn.names(world.bystander.id), "job_id": job.id})
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
        if (fields, files) in WORST.get(endpoint, []):
            assert answer.status_code in {200, 302}, "what is measured must have been read"
        assert seconds < MOST_SECONDS, (seconds, {name: text[:40] for name, text in fields.items()}, files.keys())


def inputs(country: Country, method: str, endpoint: str, path: str) -> Iterator[Sent]:
    """Nothing; every field of the page full of each text; more parts than a form may have; and what stands in WORST."""
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
    yield from WORST.get(endpoint, [])


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
