"""What a worker does with a print that somebody asked for.

Its result is {"sheets", "pages", "bytes", "withdrawn", "regions": those whose pilgrims may be among them, or None for
the country}; or {"refusal": {"sentence", "facts"}} where there is nothing to print or nobody left who may have it.
"""

import logging
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.commands.pilgrim_lists import Effect, Report
from registry.commands.print_cover import describe
from registry.commands.print_run import Run, write_plan
from registry.commands.private_files import copy_whole
from registry.db import Database
from registry.errors import N_, Fault, Refusal
from registry.jobs import queries as jobs
from registry.jobs.models import Job
from registry.jobs.services import MAX_ATTEMPTS, LeaseLost
from registry.printing import queries, services
from registry.printing.plans import PLAN
from registry.printing.rules import KEEP
from registry.settings import Settings
from registry.staff import queries as staff
from registry.staff.models import Permission
from registry.staff.queries import Actor

log = logging.getLogger(__name__)


class NoLongerPermitted(Refusal):
    sentence = N_("Whoever asked for this print may no longer print certificates.")


class PileErased(Refusal):
    sentence = N_("The print that this one repeats was erased. Choose its certificates again.")


def make(database: Database, job: Job, report: Report) -> Effect:
    """Print, or go on where an earlier worker was stopped. A print that was cancelled or failed leaves nothing."""
    settings = Settings()
    folder = services.folder_of(settings.prints_dir, job.id)
    try:
        done = _make(database, job, report, settings)
    except Refusal as refusal:
        services.erase(folder)
        done = {"refusal": _told(refusal)}
    except LeaseLost:
        _erase_if_over(database, job, folder)
        raise
    except Exception:
        if job.attempts >= MAX_ATTEMPTS:
            services.erase(folder)
        raise
    return lambda _session: done


def _told(refusal: Refusal) -> dict[str, Any]:
    """What the page of the print says; a fault of the installation is told there without its files."""
    if isinstance(refusal, Fault):
        log.error("a print failed: %s", refusal)
        return {"sentence": refusal.plain, "facts": {}}
    return {"sentence": refusal.sentence, "facts": {name: str(value) for name, value in refusal.facts.items()}}


def _make(database: Database, job: Job, report: Report, settings: Settings) -> dict[str, Any]:
    at, request = clock.now(), services.request_of(job)
    folder = services.folder_of(settings.prints_dir, job.id)
    with database.open_session(writes=False) as session:
        actor = _asker(session, job, at=at, timezone=settings.timezone)
        campaign = campaigns.get_campaign(session, job.payload["campaign"])
        sight = queries.sight_of(session, actor, at=at)
        again = job.payload["again"]
        if again:
            _repeat_plan(services.folder_of(settings.prints_dir, uuid.UUID(again)), folder)
        else:
            papers = queries.read_papers(session, request.selection, request.order, campaign=campaign, sight=sight)
            write_plan(folder, papers)
        cover = describe(
            request,
            campaigns.get_point(session, request.selection.point) if request.selection.point else None,
            by=actor.staff.name,
            language=actor.staff.language,
            at=at,
            timezone=settings.timezone,
        )
    run = Run(folder, request, campaign, sight, database, settings, by=job.created_by_id, print_id=str(job.id))
    return {**asdict(run.make(cover, report)), "regions": sorted(sight.regions) if sight else None}


def _asker(session: Session, job: Job, *, at: datetime, timezone: str) -> Actor:
    """Who asked, with what they may see now: a place may have been taken from them since. Raises NoLongerPermitted."""
    person = staff.get_staff(session, job.created_by_id)
    acting = Permission.PRINT_CERTIFICATES
    actor = staff.actor_for(session, person, on=clock.local_date(at, timezone), acting=acting)
    if person.disabled_at is not None or not actor.may(acting):
        raise NoLongerPermitted
    return actor


def _repeat_plan(older: Path, folder: Path) -> None:
    """The same papers under the same numbers, as far as they are still in force. Raises PileErased."""
    if not (older / PLAN).exists():
        raise PileErased
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy_whole(older / PLAN, folder / PLAN)


def _erase_if_over(database: Database, job: Job, folder: Path) -> None:
    """Cancelled, not taken over by another worker, who needs what is there."""
    with database.open_session(writes=False) as session:
        if jobs.get_job(session, job.id).is_over:
            services.erase(folder)


def sweep(database: Database, *, at: datetime) -> None:
    """Erase what was kept long enough, what failed, and what commands left unfinished."""
    prints_dir = Settings().prints_dir
    for folder in prints_dir.iterdir() if prints_dir.exists() else ():
        try:
            changed = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        except FileNotFoundError:
            continue  # a command that ended, or another worker, erased it at this moment
        with database.open_session(writes=False) as session:
            job = session.get(Job, _id_in(folder.name))
        if job is None:
            is_due = changed <= at - KEEP
        else:
            is_due = job.failed_at is not None or (job.finished_at is not None and job.finished_at <= at - KEEP)
        if is_due:
            services.erase(folder)


def _id_in(name: str) -> uuid.UUID:
    try:
        return uuid.UUID(name)
    except ValueError:
        return uuid.UUID(int=0)  # a command's, not a job's
