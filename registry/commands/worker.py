"""`registry worker`: do the long work that pages ask for, one job after the other."""

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import resource_tracker
from threading import Event, Thread
from typing import TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from registry import clock
from registry.audit import services as audit
from registry.certificates.withheld import ISSUE
from registry.commands import agreement, late_papers, lot_counts, lot_papers, pilgrim_lists, prints
from registry.commands import log as log_command
from registry.commands.output import open_database
from registry.commands.pilgrim_lists import Effect, Report
from registry.corrections.queries import COUNT, FOLLOW
from registry.db import Database
from registry.jobs import queries, services
from registry.jobs.models import Job
from registry.jobs.services import LeaseLost, NotYet
from registry.pilgrims.intake import CHECK_LIST, IMPORT_LIST
from registry.printing.rules import PRINT
from registry.settings import Settings
from registry.verification.services import PROVE

Handler = Callable[[Database, Job, Report], Effect]
HANDLERS: dict[str, Handler] = {
    CHECK_LIST: pilgrim_lists.check,
    IMPORT_LIST: pilgrim_lists.import_approved,
    PRINT: prints.make,
    agreement.CHECK: agreement.check_nightly,
    ISSUE: late_papers.issue,
    PROVE: log_command.prove_job,
    COUNT: lot_counts.count,
    FOLLOW: lot_papers.follow,
}

LEASE = timedelta(minutes=1)  # a job of a worker that died waits so long; progress reports keep it
REPORT_EVERY = 0.5  # seconds
LOOK_EVERY = 1.0  # seconds
SWEEP_EVERY = 3600.0  # seconds
PAUSE = timedelta(seconds=5)  # before a job that went wrong is tried again
ENDS = (signal.SIGINT, signal.SIGTERM)
T = TypeVar("T")
log = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - a fact: the worker was asked to stop
    """Leave the job to the next worker."""


@click.command()
def command() -> None:
    """Do the long work that pages ask for. `registry serve` has a worker already; this is for a machine of its own."""
    database = open_database()
    click.echo("Worker - Ctrl-C stops it.")
    work(database, stop=_stop_on_signals())


def work(database: Database, *, stop: Event) -> None:
    """Take jobs until `stop`. A database out of reach is waited for."""
    swept: float | None = None
    while not stop.is_set():
        try:
            if swept is None or time.monotonic() - swept > SWEEP_EVERY:
                prints.sweep(database, at=clock.now())
                _commit(database, lambda session: services.sweep(session, at=clock.now()))
                forget_attempts(database, at=clock.now())
                _commit(database, lambda session: agreement.enqueue_nightly(session, at=clock.now()))
                swept = time.monotonic()
            if run_next(database, stop=stop):
                continue
        except SQLAlchemyError as error:
            log.warning("the worker waits for the database: %s", type(error).__name__)
        stop.wait(LOOK_EVERY)


def forget_attempts(database: Database, *, at: datetime) -> None:
    while _commit(database, lambda session: audit.forget_attempts(session, at=at)) == audit.MOST_FORGOTTEN:
        pass


def run_next(database: Database, *, stop: Event | None = None) -> bool:
    """Take one job and end it; False when there is none."""
    with database.open_session(writes=False) as session:
        if not queries.has_work(session, at=clock.now()):
            return False
    job = _commit(database, lambda session: services.claim(session, at=clock.now(), lease=LEASE))
    if job is None:
        return False
    try:
        _attempt(database, job, stop or Event())
    except LeaseLost:
        log.warning("job %s was cancelled, or taken by another worker", job.id)
    return True


def _attempt(database: Database, job: Job, stop: Event) -> None:
    try:
        _run(database, job, stop)
    except LeaseLost:
        raise
    except Stopped:
        _commit(database, lambda session: services.release(session, job, at=clock.now()))
    except NotYet as not_yet:
        until = clock.now() + not_yet.wait
        _commit(database, lambda session: services.postpone(session, job, until=until))
    except Exception as error:  # whatever it was: the next job must not suffer from it
        # Only the kind of fault: its words may quote what stands in the list.
        log.warning("job %s (%s) went wrong: %s", job.id, job.kind, type(error).__name__)
        at, reason = clock.now(), type(error).__name__
        _commit(database, lambda session: services.fail(session, job, reason, at=at, again_at=at + PAUSE))


def _run(database: Database, job: Job, stop: Event) -> None:
    effect = HANDLERS[job.kind](database, job, _reporter(database, job, stop))

    def end(session: Session) -> None:
        services.hold(session, job)
        result = effect(session)
        keep = bool(result.get("awaits_approval"))  # the next stage needs what was uploaded
        services.finish(session, job, result, at=clock.now(), keep_attachment=keep)

    _commit(database, end)


def _reporter(database: Database, job: Job, stop: Event) -> Report:
    last = float("-inf")

    def report(done: int, total: int) -> None:
        nonlocal last
        if stop.is_set():
            raise Stopped
        if time.monotonic() - last < REPORT_EVERY and done != total:
            return
        last, at = time.monotonic(), clock.now()
        _commit(
            database,
            lambda session: services.report_progress(session, job, done=done, total=total, at=at, lease=LEASE),
        )

    return report


def _commit(database: Database, act: Callable[[Session], T]) -> T:
    def run(session: Session) -> T:
        answer = act(session)
        session.commit()
        return answer

    return database.run_transaction(run)


def _stop_on_signals() -> Event:
    """Set by Ctrl-C or SIGTERM, for which a thread waits.

    They are blocked in all others, and in processes that read a file: ended by them, it would seem to be a bad file.
    """
    stop = Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)

    def await_one() -> None:
        signal.sigwait(ENDS)
        stop.set()

    Thread(target=await_one, daemon=True).start()
    return stop


@contextmanager
def beside(settings: Settings, *, end_within: float) -> Iterator[Event]:
    """A worker process beside the server, put back when it dies; what ends it.

    Killed after `end_within` seconds: another worker does the job that it could not leave.
    """
    processes, over = multiprocessing.get_context("spawn"), Event()

    def keep_one() -> None:
        # The process inherits this: a Ctrl-C while it is being born waits until it knows what to do with it.
        resource_tracker.ensure_running()  # first: whoever starts it has these signals unblocked afterwards
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        while not over.is_set():
            process = processes.Process(target=_work_for_parent, args=(settings,), daemon=True)
            process.start()
            while process.is_alive() and not over.wait(0.2):
                pass
            if over.is_set():
                process.terminate()
                process.join(end_within)
                process.kill()
            process.join()
            if process.exitcode == 0:
                return  # it was asked to stop, as Ctrl-C asks the whole group
            over.wait(LOOK_EVERY)

    keeper = Thread(target=keep_one)
    keeper.start()
    try:
        yield over
    finally:
        over.set()
        keeper.join()


def _work_for_parent(settings: Settings) -> None:
    stop = _stop_on_signals()
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent:
            parent.join()  # also when it was killed
        stop.set()

    Thread(target=follow, daemon=True).start()
    database = Database(settings.database)
    work(database, stop=stop)
    database.engine.dispose()
