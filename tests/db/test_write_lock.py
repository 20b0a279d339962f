"""The one writer's place of an SQLite file: waited for with patience, not for ever (faults FA8)."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from registry import create_app
from registry.commands import schema
from registry.db import Database, DatabaseBusy
from registry.db.write_lock import WriteLock
from registry.settings import Settings

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registry.sqlite.lock"


@pytest.fixture
def elsewhere(path: Path) -> Iterator[int]:
    """Another process's hold of the lock."""
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    yield file
    os.close(file)


def test_fa8_who_waits_too_long_is_told(path: Path, elsewhere: int) -> None:
    lock = WriteLock(path, patience=0.05)
    for _ in range(2):  # giving up once does not make the next one wait for ever
        with pytest.raises(DatabaseBusy):
            lock.acquire()


def test_a_writer_gets_its_turn_when_another_process_is_done(path: Path, elsewhere: int) -> None:
    lock = WriteLock(path, patience=10)
    waiting = threading.Thread(target=lock.acquire)
    waiting.start()
    fcntl.flock(elsewhere, fcntl.LOCK_UN)
    waiting.join(10)
    with pytest.raises(BlockingIOError):
        fcntl.flock(elsewhere, fcntl.LOCK_EX | fcntl.LOCK_NB)
    lock.release()
    fcntl.flock(elsewhere, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_turn_that_comes_too_late_goes_to_the_next(path: Path, elsewhere: int) -> None:
    """The place of who gave up is kept by nobody: neither in this process nor in another."""
    lock = WriteLock(path, patience=0.05)
    with pytest.raises(DatabaseBusy):
        lock.acquire()
    fcntl.flock(elsewhere, fcntl.LOCK_UN)
    patient = WriteLock(path, patience=10)
    for _ in range(3):
        patient.acquire()
        patient.release()
        lock.acquire()
        lock.release()


def test_within_a_process_patience_ends_too(path: Path) -> None:
    lock = WriteLock(path, patience=0.05)
    lock.acquire()
    refused: list[bool] = []

    def try_it() -> None:
        try:
            lock.acquire()
        except DatabaseBusy:
            refused.append(True)

    second = threading.Thread(target=try_it)
    second.start()
    second.join()
    assert refused
    lock.release()
    lock.acquire()
    lock.release()


def test_who_has_patience_waits(path: Path, elsewhere: int) -> None:
    lock = WriteLock(path, patience=None)
    waiting = threading.Thread(target=lock.acquire)
    waiting.start()
    time.sleep(0.05)
    assert waiting.is_alive()
    fcntl.flock(elsewhere, fcntl.LOCK_UN)
    waiting.join(10)
    assert not waiting.is_alive()


def test_fa8_a_page_that_waited_too_long_says_so_and_readers_never_wait(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.db.patience.PATIENCE", 0.05)
    database = Database(f"sqlite:///{tmp_path / 'registry.sqlite'}", limited=True)
    schema.upgrade(database)
    app: Flask = create_app(settings, database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    assert database.lock
    database.lock.acquire()
    try:
        sent = {"code": "7K3M9QXD2RTB", "birth_year": "1955"}
        answer = app.test_client().post("/check", data=sent, headers=ENGLISH)
        assert answer.status_code == 503
        assert "Too many are writing just now" in answer.text
        assert app.test_client().get("/health").status_code == 200
    finally:
        database.lock.release()
        database.engine.dispose()
