"""Two who send costly files to the page for groups keep nobody else from it: security B4."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from registry import create_app
from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate
from registry.db import Database
from registry.settings import Settings
from registry.uploads import turns
from registry.uploads.limits import PUBLIC
from registry.uploads.reading import read_rows
from registry.uploads.turns import PLACES, AnotherIsRead, one_at_a_time
from registry.verification.services import PER_ADDRESS, checks_more
from tests.uploads.test_reading import HOSTILE, spent_by_children

HONEST = b"name;code\nX;7K3M-9QXD-2RTB\n"
MOST_SECONDS = 15.0  # of processor, for all that is sent here; each costly file is ended after one


def send(app: Flask, content: bytes, address: str) -> TestResponse:
    # Written out: the test client would leave a temporary file open for so large a part.
    head = b'--x\r\nContent-Disposition: form-data; name="manifest"; filename="list.csv"\r\n\r\n'
    body, kind = head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
    place = {"REMOTE_ADDR": address}
    return app.test_client().post("/check/group/en", data=body, content_type=kind, environ_base=place)


@pytest.fixture
def costly() -> bytes:
    return HOSTILE["styles"][0]()


@pytest.mark.real_commit
def test_b4_honest_lists_are_read_while_two_send_costly_ones(
    real_database: Database, settings: Settings, costly: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT", 60.0)  # seconds of a machine that may be busy with other tests
    app = create_app(settings, real_database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    done, before = Event(), spent_by_children()

    def attack(address: str) -> list[int]:
        answers = [send(app, costly, address).status_code]
        while not done.is_set() and answers[-1] != 429:
            answers.append(send(app, costly, address).status_code)
        return answers

    with ThreadPoolExecutor(4) as several:
        try:
            # Each sends two at a time: the second of an address takes no place of another's.
            attacks = [several.submit(attack, address) for address in ("10.0.0.1", "10.0.0.2") * 2]
            time.sleep(0.2)
            answers = [send(app, HONEST, "10.0.0.3") for _ in range(2)]
        finally:
            done.set()
        attacked = [status for one in attacks for status in one.result()]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("7K3M-9QXD-2RTB" in answer.text for answer in answers)
    assert set(attacked) <= {200, 429, 503}
    assert spent_by_children() - before < MOST_SECONDS


def test_b4_a_costly_list_counts_as_several_checks(app: Flask, session: Session, costly: bytes) -> None:
    assert "holds too much to be read" in send(app, costly, "10.0.0.1").text
    session.rollback()
    sent = session.exec(select(AuditEvent).where(AuditEvent.action == Action.GROUP_SENT)).all()
    session.rollback()
    assert 3 <= len(sent) < PER_ADDRESS
    assert len({event.address for event in sent}) == 1


@pytest.mark.parametrize(("seconds", "more"), [(0.0, 0), (0.2, 0), (0.3, 1), (1.1, 4)])
def test_b4_what_a_file_costs_is_counted_in_checks(seconds: float, more: int) -> None:
    assert checks_more(seconds) == more


def test_b4_a_file_waits_for_its_turn_and_what_is_pasted_for_nobody(
    app: Flask, client: FlaskClient, settings: Settings, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT", 0.2)
    with one_at_a_time(settings.var_dir / "turns", sender="somebody"):
        answer = send(app, HONEST, "10.0.0.1")
        assert answer.status_code == 503
        assert "Another file is being read at this moment" in answer.text
        assert client.post("/check/group/en", data={"codes": certificate.code}).status_code == 200
    assert send(app, HONEST, "10.0.0.1").status_code == 200


def test_b4_of_one_sender_one_file_waits_and_of_all_a_few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting file holds a thread of the server: there are four in a process."""
    folder = settings.var_dir / "turns"
    monkeypatch.setattr(turns, "MOMENT", 0.1)
    with ThreadPoolExecutor(PLACES) as several, one_at_a_time(folder, sender="a"):
        begun = time.monotonic()
        with pytest.raises(AnotherIsRead), one_at_a_time(folder, sender="a"):
            pass
        assert time.monotonic() - begun < turns.WAIT / 2
        monkeypatch.setattr(turns, "WAIT", 1.0)
        waiting = [several.submit(take, folder, sender) for sender in "bcdef"[: PLACES - 1]]
        time.sleep(0.2)
        begun = time.monotonic()
        with pytest.raises(AnotherIsRead), one_at_a_time(folder, sender="z"):
            pass
        assert time.monotonic() - begun < 0.8, "it is refused at once, and does not wait with the others"
        assert [one.result() for one in waiting] == ["refused"] * (PLACES - 1)
    assert take(folder, "a") == "read"


def take(folder: Path, sender: str) -> str:
    try:
        with one_at_a_time(folder, sender=sender):
            return "read"
    except AnotherIsRead:
        return "refused"


def test_b4_the_cost_of_a_turn_is_what_its_file_cost(settings: Settings) -> None:
    with one_at_a_time(settings.var_dir / "turns", sender="a") as turn:
        read_rows(HONEST, PUBLIC)
    assert 0 < turn.seconds < 0.5
