"""Reads of the queue."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import Session, and_, col, func, select

from registry.errors import NotFound
from registry.jobs.models import Job


def get_job(session: Session, job_id: uuid.UUID) -> Job:
    found = session.get(Job, job_id)
    if found is None:
        raise NotFound
    return found


def list_jobs(session: Session, *, by: uuid.UUID, kind: str | None = None, limit: int = 20) -> Sequence[Job]:
    """A person's jobs, the newest first, without reading what was uploaded."""
    query = select(Job).options(defer(Job.attachment)).where(Job.created_by_id == by)  # type: ignore[arg-type]  # a column to SQLAlchemy
    if kind is not None:
        query = query.where(Job.kind == kind)
    return session.exec(query.order_by(col(Job.created_at).desc(), col(Job.id).desc()).limit(limit)).all()


def count_jobs(session: Session, kind: str, *, by: uuid.UUID, since: datetime) -> int:
    """How many jobs of a kind a person has asked for since then."""
    query = select(func.count()).select_from(Job).where(Job.kind == kind, Job.created_by_id == by)
    return session.exec(query.where(Job.created_at >= since)).one()


def list_open(session: Session, kind: str) -> Sequence[Job]:
    """The jobs of a kind that are not over, the oldest first."""
    query = select(Job).where(Job.kind == kind, col(Job.finished_at).is_(None), col(Job.failed_at).is_(None))
    return session.exec(query.order_by(col(Job.created_at), col(Job.id))).all()


def find_last_done(session: Session, kind: str) -> Job | None:
    """The newest job of its kind that was finished."""
    query = select(Job).where(Job.kind == kind, col(Job.finished_at).is_not(None))
    return session.exec(query.order_by(col(Job.finished_at).desc()).limit(1)).first()


def find_unfinished(session: Session, kind: str) -> Job | None:
    """The oldest job of its kind that waits or is being done."""
    query = select(Job).where(Job.kind == kind, col(Job.finished_at).is_(None), col(Job.failed_at).is_(None))
    return session.exec(query.order_by(col(Job.created_at)).limit(1)).first()


def find_last_over(session: Session, kind: str) -> Job | None:
    """The newest job of its kind that ended, well or not."""
    ended = func.coalesce(col(Job.finished_at), col(Job.failed_at))
    query = select(Job).where(Job.kind == kind, ended.is_not(None))
    return session.exec(query.order_by(ended.desc(), col(Job.id).desc()).limit(1)).first()


def is_free(at: datetime) -> ColumnElement[bool]:
    """The condition of a job that any worker may take: not over, and nobody's lease."""
    return and_(col(Job.finished_at).is_(None), col(Job.failed_at).is_(None), col(Job.leased_until) <= at)


def has_work(session: Session, *, at: datetime) -> bool:
    """A reader's look, so that an idle worker never takes the write lock."""
    return session.exec(select(Job.id).where(is_free(at)).limit(1)).first() is not None
