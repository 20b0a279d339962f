"""One row that somebody keeps, twelve who want to write it: a real server goes on answering who reads.

A lot's correction and nine nurses of its point stopped every page for everybody: each waiter held one of the server's
threads, so /health, /verify and /sign-in waited thirty seconds.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from sqlmodel import Session

from registry.db import Database
from registry.staff import services as staff
from tests.commands.conftest import CommandLine
from tests.commands.test_serve import free_port, serving
from tests.factories import NARYN, make_staff

WRITERS = 12
READ = ("/health", "/verify", "/sign-in", "/check", "/password")


@pytest.fixture
def cookie(real_database: Database) -> str:
    """A nurse who is signed in by the real clock, as the server's is."""
    with real_database.open_session(writes=True) as session:
        nurse = make_staff(session, point=NARYN)
        found = staff.open_session(session, nurse, at=datetime.now(UTC), lifetime=timedelta(hours=1), address="test")
        session.commit()
    return found


@pytest.fixture
def holder(real_database: Database) -> Iterator[Session]:
    """Who will keep the row (PostgreSQL) or the writer's place (SQLite) that everybody wants."""
    with real_database.open_session(writes=True) as session:
        session.rollback()
        yield session


def test_who_reads_is_answered_while_twelve_wait_to_write(
    registry: CommandLine,
    real_database: Database,
    cookie: str,
    holder: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    monkeypatch.setenv("REGISTRY_PORT", str(port))
    monkeypatch.setenv("REGISTRY_WORKERS", "1")
    with serving(port):
        nurse = Browser(port, f"session={cookie}; language=en")
        token = nurse.keep_token()
        holder.execute(text("UPDATE staff_session SET staff_id = staff_id"))

        def write(_number: int) -> tuple[HTTPResponse, str]:
            return nurse.ask("POST", "/sign-out", csrf_token=token)

        with ThreadPoolExecutor(WRITERS) as writers:
            waiting = [writers.submit(write, number) for number in range(WRITERS)]
            refusal, page = next(as_completed(waiting)).result()
            assert {path: nurse.ask("GET", path)[0].status for path in READ} == dict.fromkeys(READ, 200)
            assert not all(answer.done() for answer in waiting), "the readers stood behind the writers"
            holder.rollback()
            answers = [answer.result()[0].status for answer in waiting]
    assert set(answers) == {302, 503}, "who waited for the row itself was served when it was free"
    assert "Too many are writing just now" in page
    assert refusal.headers["Retry-After"] == "60"


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

    def keep_token(self) -> str:
        """The token of the forms and the cookie it belongs to."""
        response, page = self.ask("GET", "/password")
        self.cookies += "; " + response.headers["Set-Cookie"].partition(";")[0]
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, response.status
        return found[1]
