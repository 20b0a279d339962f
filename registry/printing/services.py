"""Ask for a print, note every paper that was printed, take a print back."""

import shutil
import uuid
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from registry.audit import services as audit
from registry.audit.models import Action
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.printing.queries import Paper
from registry.printing.rules import PRINT, PrintRequest

SHEETS = "sheets.pdf"
"""The finished file in a print's folder."""


def request_print(
    session: Session,
    request: PrintRequest,
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    campaign_code: str,
    by: uuid.UUID,
    at: datetime,
) -> Job:
    """Put a print into the queue; the same `id` again is the same print."""
    payload = {**request.to_json(), "campaign": campaign_code, "again": None}
    # The codes lead to people: as what was uploaded they are erased when the work is over.
    codes = "\n".join(request.selection.codes).encode() or None
    return jobs.enqueue(session, PRINT, payload, id=id, by=by, at=at, attachment=codes)


def print_again(session: Session, job: Job, *, start: int, id: uuid.UUID, at: datetime) -> Job:  # noqa: A002 - as above
    """The same pile with the same numbers, from sheet `start` on."""
    payload = {**job.payload, "start": start, "again": str(job.id)}
    return jobs.enqueue(session, PRINT, payload, id=id, by=job.created_by_id, at=at)


def print_anew(session: Session, job: Job, *, id: uuid.UUID, at: datetime) -> Job:  # noqa: A002 - as above
    """What counts today of what was asked for. Of a list, whose codes are erased, and of a rest: the same papers."""
    if job.payload["by_codes"] or job.payload["again"]:
        return print_again(session, job, start=job.payload["start"], id=id, at=at)
    return jobs.enqueue(session, PRINT, dict(job.payload), id=id, by=job.created_by_id, at=at)


def request_of(job: Job) -> PrintRequest:
    return PrintRequest.from_json(job.payload, codes=(job.attachment or b"").decode().split())


def record_printed(session: Session, papers: Collection[Paper], *, print_id: str, by: uuid.UUID, at: datetime) -> None:
    """One entry a paper, as where one is printed alone: what was done with a pilgrim's data is found by the pilgrim."""
    for paper in papers:
        audit.record(
            session,
            Action.CERTIFICATE_PRINTED,
            by=by,
            at=at,
            pilgrim=paper.pilgrim_id,
            certificate=str(paper.certificate_id),
            job=print_id,
        )
    session.flush()


def record_fetched(session: Session, job: Job, *, by: uuid.UUID, at: datetime) -> None:
    """Somebody took the whole file."""
    audit.record(session, Action.CERTIFICATE_PRINTED, by=by, at=at, job=str(job.id), found=job.result["sheets"])
    session.flush()


def folder_of(prints_dir: Path, job_id: uuid.UUID) -> Path:
    return prints_dir / str(job_id)


def erase(folder: Path) -> None:
    """Nothing of a print stays, nor does a missing one matter."""
    shutil.rmtree(folder, ignore_errors=True)
