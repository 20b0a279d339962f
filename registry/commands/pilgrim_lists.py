"""What a worker does with an uploaded list of pilgrims: check it; when somebody has approved, import it.

Both results are {"rows", "good", "faulty": counts, "faults", "unshown": how many more faults there are, "elsewhere":
how many rows meet a pilgrim whom the person may not see}; a fault is
{"row", "column", "doubt", "sentence", "facts"}. That of a checked list that a person may approve, because it has no
faults but doubts, has also {"awaits_approval": True}; that of an imported one {"imported": {"registered", "returning",
"unchanged"}}; that of one refused as a whole is {"refusal": fault}.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.db import Database
from registry.errors import Doubt, Refusal
from registry.jobs.models import Job
from registry.jobs.services import MAX_ATTEMPTS
from registry.pilgrims import intake, lists, queries
from registry.pilgrims.intake import Line, Listed
from registry.pilgrims.lists import ListOvertaken
from registry.staff.models import Permission, Staff
from registry.staff.queries import actor_for

Report = Callable[[int, int], None]
"""Says how far the work is: (rows done, rows in all)."""
Effect = Callable[[Session], Mapping[str, Any]]
"""What a job writes, and its result: called in the transaction that also ends the job."""

MEETING = (intake.RegisteredOtherwise, intake.LikelyDuplicate, intake.Elsewhere)
MAX_FAULTS = 1000  # shown at once; whoever has corrected these uploads the list again


def check(database: Database, job: Job, report: Report) -> Effect:
    """Judge every row; written is only who asked, and how much they were told."""
    try:
        lines = list(intake.read_lines(job.attachment or b""))
        with database.open_snapshot() as session:
            good, faulty = _judge(session, job, lines, report)
    except Refusal as refusal:
        return _keep({"refusal": _fault(0, refusal)}, _audited(job, (), ()))
    only_doubts = all(isinstance(fault, Doubt) for row in faulty for fault in row.faults)
    result = {**_summary(good, faulty), "awaits_approval": bool(good or faulty) and only_doubts}
    return _keep(result, _audited(job, good, faulty))


def import_approved(database: Database, job: Job, report: Report) -> Effect:
    """Judge again, for the registry has changed since somebody approved; write only a list without a fault."""
    lines = list(intake.read_lines(job.attachment or b""))
    with database.open_snapshot() as session:
        good, faulty = _judge(session, job, lines, report)
        summary = _summary(good, faulty)
        if faulty:
            return _keep(summary, _audited(job, good, faulty))
        campaign = campaigns.get_campaign(session, job.payload["campaign"])
        prepared = lists.prepare(session, good, campaign=campaign, by=job.created_by_id, at=clock.now())
        report(len(lines), len(lines))  # it took its time: the lease goes on

    def write(session: Session) -> Mapping[str, Any]:
        try:
            done = lists.import_list(session, prepared)
        except ListOvertaken as refusal:
            if job.attempts < MAX_ATTEMPTS:
                raise  # the worker begins again, with the check
            return {"refusal": _fault(0, refusal)}
        return {**summary, "imported": asdict(done)}

    return write


def _keep(result: Mapping[str, Any], audited: Callable[[Session], None]) -> Effect:
    def write(session: Session) -> Mapping[str, Any]:
        audited(session)
        return result

    return write


def _audited(job: Job, good: Sequence[Listed], faulty: Sequence[Listed]) -> Callable[[Session], None]:
    """Security M5: whoever has a list checked learns whom the registry knows: rows, found as written, in conflict."""
    counts: dict[str, Any] = {
        "rows": len(good) + len(faulty),
        "found": sum(row.known is not None for row in (*good, *faulty)),
        "conflicts": sum(any(isinstance(fault, MEETING) for fault in row.faults) for row in faulty),
        "elsewhere": _count_elsewhere(faulty),
    }

    def record(session: Session) -> None:
        audit.record(session, Action.LIST_CHECKED, by=job.created_by_id, at=clock.now(), job=str(job.id), **counts)

    return record


def _count_elsewhere(faulty: Sequence[Listed]) -> int:
    return sum(any(isinstance(fault, intake.Elsewhere) for fault in row.faults) for row in faulty)


def _judge(session: Session, job: Job, lines: Sequence[Line], report: Report) -> tuple[list[Listed], list[Listed]]:
    campaign = campaigns.get_campaign(session, job.payload["campaign"])
    today = clock.local_date(clock.now(), campaign.timezone)
    seen = _regions_seen(session, job.created_by_id, on=today)
    listed = intake.check_list(session, _reported(lines, report), campaign=campaign, on=today, seen=seen)
    return intake.sort_out(listed, confirm_doubts=bool(job.payload.get("confirm_doubts")))


def _regions_seen(session: Session, staff_id: uuid.UUID, *, on: date) -> set[str] | None:
    staff = session.get(Staff, staff_id)
    if staff is None:
        return set()
    return queries.scope_of(session, actor_for(session, staff, on=on, acting=Permission.IMPORT_PILGRIMS))


def _reported(lines: Sequence[Line], report: Report) -> Iterator[Line]:
    for count, line in enumerate(lines):
        report(count, len(lines))
        yield line
    report(len(lines), len(lines))


def _summary(good: Sequence[Listed], faulty: Sequence[Listed]) -> dict[str, Any]:
    told = [(row.number, fault) for row in faulty for fault in row.faults if not isinstance(fault, intake.Elsewhere)]
    faults = [_fault(number, fault) for number, fault in told]
    return {
        "rows": len(good) + len(faulty),
        "good": len(good),
        "faulty": len(faulty),
        "faults": faults[:MAX_FAULTS],
        "unshown": max(0, len(faults) - MAX_FAULTS),
        "elsewhere": _count_elsewhere(faulty),
    }


def _fault(row: int, fault: Refusal) -> dict[str, Any]:
    """The fault as JSON, in no language yet: the page says it in its reader's."""
    facts = {name: f"{v:%d.%m.%Y}" if isinstance(v, date) else str(v) for name, v in fault.facts.items()}
    return {
        "row": row,
        "column": fault.field or "",
        "doubt": isinstance(fault, Doubt),
        "sentence": fault.sentence,
        "facts": facts,
    }
