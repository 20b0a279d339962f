"""The queue: whose job it is, and that its end comes once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlmodel import Session, col, select

from registry.db import Database
from registry.jobs import queries, services
from registry.jobs.models import Job
from registry.model import new_id
from tests.factories import NOW, make_job

LEASE = timedelta(minutes=1)
LATER = NOW + LEASE
WORKERS = 4


def claim(session: Session, at: datetime = NOW) -> Job:
    job = services.claim(session, at=at, lease=LEASE)
    assert job
    return job


def test_the_oldest_job_comes_first_and_is_taken_once(session: Session) -> None:
    newer = make_job(session, at=NOW)
    older = make_job(session, at=NOW - LEASE)
    assert [claim(session).id, claim(session).id] == [older.id, newer.id]
    assert services.claim(session, at=NOW, lease=LEASE) is None


def test_of_workers_racing_for_one_job_one_wins(real_database: Database) -> None:
    with real_database.open_session(writes=True) as session:
        make_job(session)
        session.commit()
    start, won = Barrier(WORKERS), list[int]()

    def race() -> None:
        start.wait()

        def take(session: Session) -> bool:
            taken = services.claim(session, at=NOW, lease=LEASE) is not None
            session.commit()
            return taken

        won.append(real_database.run_transaction(take))

    threads = [Thread(target=race) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * (WORKERS - 1) + [True]


def test_a_lease_that_ran_out_hands_the_job_on_and_its_old_holder_can_end_nothing(session: Session) -> None:
    make_job(session)
    first = claim(session).model_copy()
    assert services.claim(session, at=LATER - timedelta(seconds=1), lease=LEASE) is None
    second = claim(session, LATER)
    assert (second.id, second.attempts) == (first.id, 2)
    acts: list[Callable[[], None]] = [
        lambda: services.report_progress(session, first, done=1, total=2, at=LATER, lease=LEASE),
        lambda: services.hold(session, first),
        lambda: services.finish(session, first, {}, at=LATER, keep_attachment=False),
        lambda: services.fail(session, first, "ValueError", at=LATER, again_at=LATER),
        lambda: services.release(session, first, at=LATER),
    ]
    for act in acts:
        with pytest.raises(services.LeaseLost):
            act()
    services.finish(session, second, {"rows": 3}, at=LATER, keep_attachment=False)
    session.refresh(second)
    assert second.result == {"rows": 3}


def test_reported_progress_is_seen_and_keeps_the_lease(session: Session) -> None:
    make_job(session)
    job = claim(session)
    half = NOW + LEASE / 2
    services.report_progress(session, job, done=4200, total=6000, at=half, lease=LEASE)
    session.refresh(job)
    assert (job.progress_done, job.progress_total, job.leased_until) == (4200, 6000, half + LEASE)
    assert services.claim(session, at=LATER, lease=LEASE) is None


def test_a_job_that_goes_wrong_is_tried_three_times_and_then_failed_without_its_attachment(session: Session) -> None:
    made = make_job(session, attachment=b"names")
    for attempt in range(1, services.MAX_ATTEMPTS + 1):
        job = claim(session)
        assert job.attempts == attempt
        assert job.attachment == b"names"
        services.fail(session, job, "ValueError", at=NOW, again_at=NOW)
    session.refresh(made)
    assert (made.failed_at, made.failure, made.attachment) == (NOW, "ValueError", None)
    assert services.claim(session, at=LATER, lease=LEASE) is None


def test_a_job_that_kills_its_worker_three_times_is_given_up(session: Session) -> None:
    made = make_job(session, attachment=b"names")
    for attempt in range(services.MAX_ATTEMPTS):
        claim(session, NOW + attempt * LEASE)
    assert services.claim(session, at=NOW + services.MAX_ATTEMPTS * LEASE, lease=LEASE) is None
    session.refresh(made)
    assert made.failure == services.STOPPED
    assert made.failed_at
    assert made.attachment is None


def test_a_job_given_back_costs_no_attempt(session: Session) -> None:
    make_job(session)
    services.release(session, claim(session), at=NOW)
    assert claim(session).attempts == 1


def test_what_was_uploaded_is_erased_when_the_job_is_done(session: Session) -> None:
    make_job(session, attachment=b"names")
    job = claim(session)
    services.finish(session, job, {}, at=NOW, keep_attachment=False)
    session.refresh(job)
    assert job.attachment is None
    assert job.is_over


def test_the_next_stage_takes_the_attachment_over_and_begins_once(session: Session) -> None:
    make_job(session, attachment=b"names")
    checked = claim(session)
    services.finish(session, checked, {"rows": 3}, at=NOW, keep_attachment=True)
    session.refresh(checked)
    following = services.enqueue_next(session, checked, "import", {}, by=checked.created_by_id, at=NOW)
    assert following
    assert following.attachment == b"names"
    assert checked.attachment is None
    assert checked.result == {"rows": 3, "next": str(following.id)}
    assert services.enqueue_next(session, checked, "import", {}, by=checked.created_by_id, at=NOW) is None


def test_a_list_that_nobody_imports_is_erased_after_a_day_and_the_job_after_a_month(session: Session) -> None:
    make_job(session, attachment=b"names")
    waiting = make_job(session, attachment=b"other names")
    services.finish(session, claim(session), {}, at=NOW, keep_attachment=True)
    services.sweep(session, at=NOW + services.KEEP_ATTACHMENT - LEASE)
    attachments = select(Job.attachment).order_by(col(Job.id))
    assert session.exec(attachments).all() == [b"names", b"other names"]
    services.sweep(session, at=NOW + services.KEEP_ATTACHMENT)
    assert session.exec(attachments).all() == [None, b"other names"]
    services.sweep(session, at=NOW + services.KEEP_JOB)
    left = session.exec(select(Job.id, Job.attachment)).all()
    assert left == [(waiting.id, b"other names")]


def test_a_person_sees_the_own_jobs_the_newest_first(session: Session) -> None:
    by = new_id()
    older = make_job(session, by=by, at=NOW - LEASE)
    newer = make_job(session, by=by)
    make_job(session, "another kind", by=by)
    make_job(session)
    assert [job.id for job in queries.list_jobs(session, by=by, kind="count")] == [newer.id, older.id]


def test_the_same_upload_sent_twice_is_one_job(session: Session) -> None:
    job_id, by = new_id(), new_id()
    first = services.enqueue(session, "count", {}, id=job_id, by=by, at=NOW)
    assert services.enqueue(session, "count", {}, id=job_id, by=by, at=LATER) is first


def test_an_idle_worker_looks_without_writing(session: Session) -> None:
    assert not queries.has_work(session, at=NOW)
    make_job(session)
    assert queries.has_work(session, at=NOW)
    claim(session)
    assert not queries.has_work(session, at=NOW)
