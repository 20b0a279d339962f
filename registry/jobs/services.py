"""Put work into the queue, take it, and end it once.

A worker holds a job by a lease. If it dies, the lease runs out and the next worker does the job from the start: what
the job writes and its "done" are one transaction, so that half of it never stays and nothing is done twice.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, delete, or_, select

from registry.jobs.models import Job
from registry.jobs.queries import is_free

MAX_ATTEMPTS = 3
KEEP_ATTACHMENT = timedelta(days=1)  # of work whose next stage nobody began
KEEP_JOB = timedelta(days=30)
STOPPED = "the worker stopped every time"
CANCELLED = "cancelled"


class LeaseLost(Exception):  # noqa: N818 - a fact: somebody else has the job now, or nobody
    """Another worker took the job when the lease ran out, or it was cancelled: what this one did is rolled back."""


class NotYet(Exception):  # noqa: N818 - a fact: the work waits for something outside the queue
    """What a job needs is not there. It is postponed by `wait`, however often."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    by: uuid.UUID,
    at: datetime,
    attachment: bytes | None = None,
    not_before: datetime | None = None,
) -> Job:
    """A job that the next free worker takes, at the earliest at `not_before`. The same `id` again is the same job."""
    found = session.get(Job, id)
    if found is not None:
        return found
    job = Job(
        id=id,
        kind=kind,
        payload=dict(payload),
        attachment=attachment,
        created_at=at,
        created_by_id=by,
        leased_until=not_before or at,
    )
    session.add(job)
    session.flush()
    return job


def enqueue_next(
    session: Session, job: Job, kind: str, payload: Mapping[str, Any], *, by: uuid.UUID, at: datetime
) -> Job | None:
    """The stage that follows a finished job; what was uploaded moves on to it, so that there is one copy of it.

    None when the attachment is gone: the stage was begun already, or nobody began it within KEEP_ATTACHMENT.
    """
    held = session.exec(
        select(Job).where(Job.id == job.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if held.attachment is None:
        return None
    attachment, held.attachment = held.attachment, None
    # One next stage for each job: its id follows from the first one's.
    following = enqueue(session, kind, payload, id=uuid.uuid5(job.id, kind), by=by, at=at, attachment=attachment)
    held.result = {**held.result, "next": str(following.id)}
    session.add(held)
    session.flush()
    return following


def claim(session: Session, *, at: datetime, lease: timedelta) -> Job | None:
    """Take the oldest free job until `at + lease`; None when there is none.

    One guarded UPDATE: of two workers one gets the row, the other passes on (SQLite has one writer at a time and needs
    no SKIP LOCKED; SQLAlchemy leaves it out there).
    """
    _fail_exhausted(session, at=at)
    oldest = (
        select(Job.id)
        .where(is_free(at))
        .order_by(col(Job.created_at), col(Job.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = session.execute(
        update(Job)
        .where(col(Job.id) == oldest, is_free(at))
        .values(leased_until=at + lease, attempts=Job.attempts + 1, progress_done=0)
        .returning(col(Job.id))
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return session.get(Job, taken, populate_existing=True) if taken else None


def _fail_exhausted(session: Session, *, at: datetime) -> None:
    """A job that killed its worker MAX_ATTEMPTS times must not kill it for ever."""
    session.execute(
        update(Job)
        .where(is_free(at), col(Job.attempts) >= MAX_ATTEMPTS)
        .values(failed_at=at, failure=STOPPED, attachment=None)
        .execution_options(synchronize_session=False)
    )


def report_progress(session: Session, job: Job, *, done: int, total: int, at: datetime, lease: timedelta) -> None:
    """Say how far it is, and keep the lease. Raises LeaseLost."""
    _change(session, job, progress_done=done, progress_total=total, leased_until=at + lease)


def hold(session: Session, job: Job) -> None:
    """Lock the job for the transaction that does its work: nobody can take it before that ends. Raises LeaseLost."""
    _change(session, job, attempts=job.attempts)


def finish(session: Session, job: Job, result: Mapping[str, Any], *, at: datetime, keep_attachment: bool) -> None:
    """Done, in the transaction that did it. `keep_attachment`: a next stage needs it. Raises LeaseLost."""
    erased = {} if keep_attachment else {"attachment": None}
    _change(session, job, finished_at=at, result=dict(result), progress_done=Job.progress_total, **erased)


def fail(session: Session, job: Job, reason: str, *, at: datetime, again_at: datetime) -> None:
    """An attempt went wrong: free from `again_at`, or failed for good after MAX_ATTEMPTS. Raises LeaseLost.

    `reason` is for the operator and names nobody.
    """
    if job.attempts < MAX_ATTEMPTS:
        _change(session, job, leased_until=again_at, failure=reason)
    else:
        _change(session, job, failed_at=at, failure=reason, attachment=None)


def release(session: Session, job: Job, *, at: datetime) -> None:
    """Give it back unharmed: a worker that is asked to stop leaves the job to the next one. Raises LeaseLost."""
    _change(session, job, leased_until=at, attempts=job.attempts - 1)


def postpone(session: Session, job: Job, *, until: datetime) -> None:
    """What the work needs is not there: this job and the others of its kind wait. No attempt is counted.

    Raises LeaseLost.
    """
    _change(session, job, leased_until=until, attempts=job.attempts - 1)
    session.execute(
        update(Job)
        .where(col(Job.kind) == job.kind, is_free(until))
        .values(leased_until=until)
        .execution_options(synchronize_session=False)
    )


def cancel(session: Session, job: Job, *, at: datetime) -> None:
    """Nobody wants it any more: the worker that has it finds its lease lost. A job that is over stays as it is."""
    session.execute(
        update(Job)
        .where(col(Job.id) == job.id, col(Job.finished_at).is_(None), col(Job.failed_at).is_(None))
        .values(failed_at=at, failure=CANCELLED, attachment=None)
        .execution_options(synchronize_session=False)
    )


def _change(session: Session, job: Job, **values: Any) -> None:
    changed = session.execute(
        update(Job)
        .where(
            col(Job.id) == job.id,
            col(Job.attempts) == job.attempts,
            col(Job.finished_at).is_(None),
            col(Job.failed_at).is_(None),
        )
        .values(**values)
        .returning(col(Job.id))
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise LeaseLost


def sweep(session: Session, *, at: datetime) -> None:
    """Erase lists whose import nobody began, and jobs long over: what they did stands in the audit."""
    ended = or_(col(Job.finished_at) <= at - KEEP_JOB, col(Job.failed_at) <= at - KEEP_JOB)
    session.execute(delete(Job).where(ended).execution_options(synchronize_session=False))
    session.execute(
        update(Job)
        .where(col(Job.finished_at) <= at - KEEP_ATTACHMENT, col(Job.attachment).is_not(None))
        .values(attachment=None)
        .execution_options(synchronize_session=False)
    )
