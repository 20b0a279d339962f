"""One row that somebody keeps, twelve who want to write it: a real server goes on answering everybody else.

A lot's correction and nine nurses of its point stopped every page for everybody: each waiter held one of the server's
threads, so /health, /verify and /sign-in waited thirty seconds. Later they held all places of who writes: other points
and a right password were refused.
"""

import os
import re
import signal
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlmodel import Session, select

from registry.db import Database
from registry.staff import services as staff
from registry.vaccines.models import Lot
from tests.commands.conftest import CommandLine
from tests.commands.serving import END, START, free_port, get, group_ends, only_worker, serving
from tests.factories import NARYN, OSH, make_lot, make_staff

WRITERS = 12
PASSWORD = "three quiet mountain lakes"
READ = ("/health", "/verify", "/sign-in", "/check", "/password")


@dataclass(frozen=True)
class Point:
    """A lead who is signed in by the real clock, as the server's is, and a lot on hand."""

    cookie: str
    username: str
    lot: uuid.UUID

    @property
    def hold(self) -> str:
        return f"/stock/lots/{self.lot}/hold"


@pytest.fixture
def points(real_database: Database) -> tuple[Point, Point]:
    """That of the row which is kept, and another one."""
    return make_point(real_database, NARYN), make_point(real_database, OSH)


def make_point(database: Database, code: str) -> Point:
    with database.open_session(writes=True) as session:
        lead = make_staff(session, "lead", point=code)
        lead.password_hash = staff.new_hash(PASSWORD, username=lead.username)
        now = datetime.now(UTC)
        cookie = staff.open_session(session, lead, at=now, lifetime=timedelta(hours=1), address="test")
        point = Point(cookie, lead.username, make_lot(session, point=code).id)
        session.commit()
    return point


@pytest.fixture
def holder(real_database: Database) -> Iterator[Session]:
    """Who will keep the row (PostgreSQL) or the writer's place (SQLite) that everybody wants."""
    with real_database.open_session(writes=True) as session:
        session.rollback()
        yield session


def test_everybody_else_is_answered_while_twelve_of_one_point_wait_to_write(
    registry: CommandLine,
    real_database: Database,
    points: tuple[Point, Point],
    holder: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On SQLite those who read; it has one writer at a time, so another point and sign-in wait for it too."""
    (naryn, osh), port = points, free_port()
    monkeypatch.setenv("REGISTRY_PORT", str(port))
    monkeypatch.setenv("REGISTRY_WORKERS", "1")
    with serving(port):
        nurse, other = (Browser(port, f"session={point.cookie}; language=en") for point in (naryn, osh))
        newcomer = Browser(port, "language=en")
        token, of_other, of_newcomer = nurse.keep_token(), other.keep_token(), newcomer.keep_token("/sign-in")
        holder.exec(select(Lot).where(Lot.id == naryn.lot).with_for_update())

        def write(_number: int) -> tuple[HTTPResponse, str]:
            return nurse.ask("POST", naryn.hold, csrf_token=token, kind="quarantine", reason="Cracked.")

        with ThreadPoolExecutor(WRITERS) as writers:
            waiting = [writers.submit(write, number) for number in range(WRITERS)]
            refusal, page = next(as_completed(waiting)).result()
            assert {path: nurse.ask("GET", path)[0].status for path in READ} == dict.fromkeys(READ, 200)
            if real_database.engine.dialect.name == "postgresql":
                for _ in range(3):
                    saved, _page = other.ask("POST", osh.hold, csrf_token=of_other, kind="quarantine", reason="Warm.")
                    assert (saved.status, saved.headers["Location"]) == (302, "/stock")
                right = {"username": naryn.username, "password": PASSWORD}
                entered, _page = newcomer.ask("POST", "/sign-in", csrf_token=of_newcomer, **right)
                assert (entered.status, entered.headers["Location"]) == (302, "/")
            assert not all(answer.done() for answer in waiting), "the others stood behind the writers"
            holder.rollback()
            answers = [answer.result()[0].status for answer in waiting]
    assert set(answers) == {302, 503}, "who waited for the row itself was served when it was free"
    assert "Too many are writing just now" in page
    assert refusal.headers["Retry-After"] == "60"


def test_what_is_being_answered_is_answered_however_often_the_server_is_told_to_end(
    registry: CommandLine,
    real_database: Database,
    points: tuple[Point, Point],
    holder: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C and `systemctl stop` tell every process of the server, and the server tells its workers once more.

    granian waited for ever with the third signal, and a signal that came to another thread than the main one was not
    heard: what the worker was answering then was cut off after 30 s.
    """
    naryn, port = points[0], free_port()
    monkeypatch.setenv("REGISTRY_PORT", str(port))
    monkeypatch.setenv("REGISTRY_WORKERS", "1")
    with serving(port) as process, ThreadPoolExecutor(1) as writer:
        nurse, worker = Browser(port, f"session={naryn.cookie}; language=en"), only_worker(process)
        form = {"csrf_token": nurse.keep_token(), "kind": "quarantine", "reason": "Cracked."}
        holder.exec(select(Lot).where(Lot.id == naryn.lot).with_for_update())
        waiting = writer.submit(nurse.ask, "POST", naryn.hold, **form)
        assert nurse.ask("GET", "/health")[0].status == 200, "who came after it was answered: it is being answered"
        os.kill(max(int(thread.name) for thread in Path(f"/proc/{worker}/task").iterdir()), signal.SIGTERM)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            os.killpg(process.pid, number)
            time.sleep(0.2)  # of two at once the kernel makes one
        give_up = time.monotonic() + START
        while get(port, "/health") is not None:
            assert time.monotonic() < give_up, "it went on answering newcomers"
        holder.rollback()
        assert waiting.result()[0].status in {302, 503}, "503 where it waited too long for the lock"
        assert process.wait(END) == 0
        assert group_ends(process)


@dataclass
class Browser:
    port: int
    cookies: str

    def ask(self, method: str, path: str, **form: str) -> tuple[HTTPResponse, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form) or None, headers)
        response = connection.getresponse()
        answer = response, response.read().decode()
        connection.close()
        return answer

    def keep_token(self, path: str = "/password") -> str:
        """The token of the forms and the cookie it belongs to."""
        response, page = self.ask("GET", path)
        self.cookies += "; " + response.headers["Set-Cookie"].partition(";")[0]
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, response.status
        return found[1]
