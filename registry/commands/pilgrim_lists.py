"""What a worker does with an uploaded list of pilgrims: check it; when somebody has approved, import it.

Both results are {"rows", "good", "faulty": counts, "faults", "unshown": how many more faults there are}; a fault is
{"row", "column", "doubt", "sentence", "facts"}. That of a checked list that a person may approve, because it has no
faults but doubts, has also {"awaits_approval": True}; that of an imported one {"imported": {"registered", "returning",
"unchanged"}}; that of one refused as a whole is {"refusal": fault}.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.db import Database
from registry.errors import Doubt, Refusal
from registry.jobs.models import Job
from registry.pilgrims import intake, services
from registry.pilgrims.intake import Line, Listed

Report = Callable[[int, int], None]
"""Says how far the work is: (rows done, rows in all)."""
Effect = Callable[[Session], Mapping[str, Any]]
"""What a job writes, and its result: called in the transaction that also ends the job."""

MAX_FAULTS = 1000  # shown at once; whoever has corrected these uploads the list again


def check(database: Database, job: Job, report: Report) -> Effect:
    """Judge every row; nothing is written."""
    try:
        good, faulty = _judge(database, job, report)
    except Refusal as refusal:
        return _keep({"refusal": _fault(0, refusal)})
    only_doubts = all(isinstance(fault, Doubt) for row in faulty for fault in row.faults)
    return _keep({**_summary(good, faulty), "awaits_approval": bool(good or faulty) and only_doubts})


def import_approved(database: Database, job: Job, report: Report) -> Effect:
    """Judge again, for the registry has changed since somebody approved; write only a list without a fault."""
    good, faulty = _judge(database, job, report)
    summary = _summary(good, faulty)

    def write(session: Session) -> Mapping[str, Any]:
        campaign = campaigns.get_campaign(session, job.payload["campaign"])
        try:
            done = services.import_pilgrims(session, good, campaign=campaign, by=job.created_by_id, at=clock.now())
        except Refusal as refusal:
            return {"refusal": _fault(0, refusal)}
        return {**summary, "imported": asdict(done)}

    return _keep(summary) if faulty else write


def _keep(result: Mapping[str, Any]) -> Effect:
    return lambda _session: result


def _judge(database: Database, job: Job, report: Report) -> tuple[list[Listed], list[Listed]]:
    lines = list(intake.read_lines(job.attachment or b""))
    with database.open_session(writes=False) as session:
        campaign = campaigns.get_campaign(session, job.payload["campaign"])
        today = clock.local_date(clock.now(), campaign.timezone)
        listed = intake.check_list(session, _reported(lines, report), campaign=campaign, on=today)
    return intake.sort_out(listed, confirm_doubts=bool(job.payload.get("confirm_doubts")))


def _reported(lines: Sequence[Line], report: Report) -> Iterator[Line]:
    for count, line in enumerate(lines):
        report(count, len(lines))
        yield line
    report(len(lines), len(lines))


def _summary(good: Sequence[Listed], faulty: Sequence[Listed]) -> dict[str, Any]:
    faults = [_fault(row.number, fault) for row in faulty for fault in row.faults]
    return {
        "rows": len(good) + len(faulty),
        "good": len(good),
        "faulty": len(faulty),
        "faults": faults[:MAX_FAULTS],
        "unshown": max(0, len(faults) - MAX_FAULTS),
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
