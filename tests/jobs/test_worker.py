"""The worker, with real commits: killed in the middle, racing, asked to stop."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, func, select

from registry import clock
from registry.commands import worker
from registry.commands.pilgrim_lists import Effect, Report
from registry.db import Database
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.pilgrims.intake import IMPORT_LIST
from registry.pilgrims.models import Pilgrim, PilgrimSearchKey
from registry.tallies.models import Tally
from tests.factories import CAMPAIGN, NOW, make_job

ROOT = Path(__file__).parents[2]
ROWS = 30
LIST = "\n".join(
    ["latin_surname;latin_given_name;surname;given_name;birth_on;sex;passport_number;region"]
    + [f"USONOV;BAKYT;Үсөнов;Бакыт;02.01.{1940 + n};male;PE00660{n:02d};KG-N" for n in range(ROWS)]
)
# A worker that stands still with everything written and nothing committed, until it is killed.
HANGING = f"""
import sys, time
from datetime import datetime
from registry import clock
from registry.commands import worker
from registry.db import Database
from registry.jobs import services

def hang(session, *_, **__):
    session.flush()
    print("written", flush=True)
    time.sleep(60)

services.finish = hang
with clock.set_to(datetime.fromisoformat("{NOW.isoformat()}")):
    worker.run_next(Database(sys.argv[1]))
"""


def enqueue(database: Database, kind: str = IMPORT_LIST, **payload: Any) -> Job:
    with database.open_session(writes=True) as session:
        job = make_job(session, kind, attachment=LIST.encode(), **payload)
        session.commit()
    return job


def read(database: Database, job: Job) -> Job:
    with database.open_session(writes=False) as session:
        return session.get_one(Job, job.id)


def counts(database: Database) -> tuple[int, int, int]:
    """(pilgrims, search keys, registered pilgrims in the tallies)."""
    with database.open_session(writes=False) as session:
        pilgrims = session.exec(select(func.count()).select_from(Pilgrim)).one()
        keys = session.exec(select(func.count()).select_from(PilgrimSearchKey)).one()
        return pilgrims, keys, int(session.exec(select(func.coalesce(func.sum(Tally.count), 0))).one())


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_does_the_job_once(
    real_database: Database,
) -> None:
    job = enqueue(real_database, campaign=CAMPAIGN)
    command = [sys.executable, "-c", HANGING, url_of(real_database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "written\n"
        process.kill()
    assert counts(real_database) == (0, 0, 0)
    assert not worker.run_next(real_database), "its lease still runs"
    with clock.set_to(NOW + 2 * worker.LEASE):
        assert worker.run_next(real_database)
        assert not worker.run_next(real_database)
    pilgrims, keys, registered = counts(real_database)
    assert (pilgrims, registered) == (ROWS, ROWS)
    assert keys > ROWS
    done = read(real_database, job)
    assert done.attempts == 2
    assert done.result["imported"] == {"registered": ROWS, "returning": 0, "unchanged": 0}
    assert done.attachment is None


def test_a_worker_that_overslept_its_lease_writes_nothing(
    real_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = enqueue(real_database, "slow")
    written: list[str] = []

    def slow(database: Database, _job: Job, _report: Report) -> Effect:
        def take_over(session: Session) -> None:
            assert jobs.claim(session, at=NOW + 2 * worker.LEASE, lease=worker.LEASE)
            session.commit()

        database.run_transaction(take_over)

        def write(_session: Session) -> dict[str, Any]:
            written.append("half")
            return {}

        return write

    monkeypatch.setitem(worker.HANDLERS, "slow", slow)
    assert worker.run_next(real_database)
    assert written == []
    assert read(real_database, job).finished_at is None


def test_nobody_takes_a_job_while_its_work_is_being_written(
    real_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(real_database, "slow")
    others: list[Job | None] = []

    def race() -> None:
        with real_database.open_session(writes=True) as session:
            others.append(jobs.claim(session, at=NOW + 2 * worker.LEASE, lease=worker.LEASE))
            session.commit()

    racer = threading.Thread(target=race)

    def write(_session: Session) -> dict[str, Any]:
        racer.start()
        racer.join(0.5)  # on SQLite it waits for us, on PostgreSQL it passes over the locked job
        return {}

    monkeypatch.setitem(worker.HANDLERS, "slow", lambda *_: write)
    assert worker.run_next(real_database)
    racer.join()
    assert others == [None]


def test_progress_is_visible_while_the_work_goes_on(real_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    job = enqueue(real_database, "counting")
    seen: list[tuple[int, int]] = []

    def counting(_database: Database, _job: Job, report: Report) -> Effect:
        for done in range(3):
            report(done, 2)
            shown = read(real_database, job)
            seen.append((shown.progress_done, shown.progress_total))
        return lambda _session: {}

    monkeypatch.setattr(worker, "REPORT_EVERY", 0.0)
    monkeypatch.setitem(worker.HANDLERS, "counting", counting)
    worker.run_next(real_database)
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_a_worker_asked_to_stop_gives_its_job_back_at_once(
    real_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, stop = enqueue(real_database, "counting"), threading.Event()

    def counting(_database: Database, _job: Job, report: Report) -> Effect:
        report(0, 2)
        stop.set()
        report(1, 2)
        raise AssertionError("unreachable")

    monkeypatch.setitem(worker.HANDLERS, "counting", counting)
    worker.work(real_database, stop=stop)
    given_back = read(real_database, job)
    assert (given_back.attempts, given_back.leased_until) == (0, NOW)


def test_a_job_of_an_unknown_kind_does_not_stop_the_queue(real_database: Database) -> None:
    enqueue(real_database, "of a newer version")
    good = enqueue(real_database, campaign=CAMPAIGN)
    for _ in range(2):
        assert worker.run_next(real_database)
    assert read(real_database, good).result["imported"]["registered"] == ROWS


@pytest.fixture
def running(real_database: Database, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [str(Path(sys.executable).with_name("registry")), "worker"]
    environment = {"REGISTRY_DATABASE_URL": url_of(real_database), "REGISTRY_VAR_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        yield run
        run.kill()


def test_registry_worker_does_the_work_and_ends_when_asked(
    real_database: Database, running: subprocess.Popen[str]
) -> None:
    with clock.set_to(NOW + timedelta(days=1)):
        job = enqueue(real_database, campaign=CAMPAIGN)
    assert running.stdout
    assert running.stdout.readline().startswith("Worker")
    finished = threading.Event()
    for _ in range(100):
        if read(real_database, job).is_over or finished.wait(0.1):
            break
    running.terminate()
    assert running.wait(10) == 0
    assert running.stdout.read() == ""
    assert read(real_database, job).result["imported"]["registered"] == ROWS
