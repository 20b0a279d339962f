"""`registry certificates`: all certificates of a campaign, and many of them on paper."""

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import roll
from registry.certificates.roll import Unreadable
from registry.commands import agreement
from registry.commands.output import COMMAND_LINE, no_campaign, open_database, print_json, print_rows, progress
from registry.commands.print_cover import describe
from registry.commands.print_run import Printed, Report, Run, write_plan
from registry.commands.private_files import copy_whole, output_file
from registry.db import Database
from registry.errors import NotFound, Refusal, refuse
from registry.printing import queries as printing
from registry.printing import services
from registry.printing.plans import PLAN
from registry.printing.rules import KEEP, CodeList, Order, PrintRequest, Selection, read_codes, request_faults
from registry.settings import Settings

UNKNOWN_SHOWN = 10
LOCK = "lock"


@click.group()
def command() -> None:
    """Certificates issued in a campaign."""


command.add_command(agreement.check)
command.add_command(agreement.refresh)


@command.command(name="list")
@click.option("--campaign", "code", help="Code of the campaign; default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_all(code: str | None, as_json: bool) -> None:
    """Every certificate with what it is worth today. No names: codes lead to them for whoever may see them."""
    settings = Settings()
    with open_database(settings).open_session(writes=False) as session:
        campaign = _campaign(session, code or settings.campaign)
        print_rows(_rows(session, campaign.code, campaign.entry_timezone), as_json=as_json)


@command.command(name="print")
@click.option("--point", default="", help="Code of a vaccination point: of who was vaccinated there.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d", "%d.%m.%Y"]), help="Issued on this day.")
@click.option("--group", default="", help="Name of a group, as it was registered.")
@click.option("--codes", type=click.File("rb"), help="A file with one code a line; - is standard input.")
@click.option("--order", type=click.Choice([o.value for o in Order]), help="Default: by group; a list by itself.")
@click.option("--pocket", is_flag=True, help="Pocket cards, eight on a page, instead of sheets.")
@click.option("--from", "start", type=click.IntRange(min=1), default=1, help="The first sheet to print.")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF to write."
)
@click.option("--campaign", "code", help="Code of the campaign; default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def print_many(
    point: str,
    day: datetime | None,
    group: str,
    codes: BinaryIO | None,
    order: str | None,
    pocket: bool,
    start: int,
    output: Path,
    code: str | None,
    as_json: bool,
) -> None:
    """Print the certificates in force of a point, a day, a group or a list of codes into one PDF with a cover list.

    Point, day and group narrow each other. After an interruption the same command goes on where it was.
    """
    listed = read_codes(codes.read().decode("utf-8-sig", "replace")) if codes else CodeList((), ())
    selection = Selection(point, day.date() if day else None, group, listed.codes, by_codes=codes is not None)
    wished = Order(order) if order else Order.LISTED if codes else Order.GROUP
    request = PrintRequest(selection, wished, pocket, start)
    refuse(request_faults(request, listed))
    target = output_file(output)
    settings = Settings()
    database = open_database(settings)
    with database.open_session(writes=False) as session:
        campaign = _campaign(session, code or settings.campaign)
        if point:
            _check_point(session, campaign, point)
        missing = printing.list_missing(session, selection, campaign=campaign, sight=None)
    done = _print(database, settings, campaign, request, target)
    if as_json:
        print_json({**asdict(done), "file": output, "missing": missing})
    else:
        _tell(done, missing, output)


def _tell(done: Printed, missing: Sequence[str], output: Path) -> None:
    click.echo(f"{done.sheets} certificates on {done.pages} pages were written to {output}.")
    if done.withdrawn:
        click.echo(
            f"{done.withdrawn} were left out: replaced or revoked meanwhile, or not to be ascertained.", err=True
        )
    if missing:
        more = " …" if len(missing) > UNKNOWN_SHOWN else ""
        shown = ", ".join(missing[:UNKNOWN_SHOWN])
        click.echo(f"{len(missing)} codes are of no certificate in force: {shown}{more}", err=True)


def _print(database: Database, settings: Settings, campaign: Campaign, request: PrintRequest, output: Path) -> Printed:
    asked = json.dumps([campaign.code, request.to_json(), request.selection.codes])
    name = "command-" + hashlib.sha256(asked.encode()).hexdigest()[:16]
    folder, at = settings.prints_dir / name, clock.now()
    with _alone(folder), database.open_session(writes=False) as session:
        _forget_old(folder, at=at)
        papers = printing.read_papers(session, request.selection, request.order, campaign=campaign, sight=None)
        write_plan(folder, papers)
        point = campaigns.get_point(session, request.selection.point) if request.selection.point else None
        session.rollback()
        cover = describe(request, point, by="registry", language="en", at=at, timezone=settings.timezone)
        run = Run(folder, request, campaign, None, database, settings, by=COMMAND_LINE, print_id=name)
        try:
            with progress("Sheets", run.total) as advance:
                done = run.make(cover, _steps(advance))
        except Refusal:
            services.erase(folder)
            raise
        copy_whole(run.sheets, output)
        services.erase(folder)
    return done


def _steps(advance: Callable[[int], None]) -> Report:
    """Progress bars count steps, a run says how far it is."""
    shown = 0

    def report(done: int, _total: int) -> None:
        nonlocal shown
        advance(done - shown)
        shown = done

    return report


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two commands that make the same print would take each other's chunks."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException("Another command makes the same print at this moment.") from None
        yield


def _forget_old(folder: Path, *, at: datetime) -> None:
    """Of an older run neither the plan nor what it printed is this pile: the register has changed since."""
    plan = folder / PLAN
    if plan.exists() and datetime.fromtimestamp(plan.stat().st_mtime, UTC) <= at - KEEP:
        for part in folder.iterdir():
            if part.name != LOCK:
                part.unlink()


def _campaign(session: Session, code: str | None) -> Campaign:
    try:
        return campaigns.current_campaign(session, code)
    except NotFound:
        raise click.ClickException(no_campaign(session, code)) from None


def _check_point(session: Session, campaign: Campaign, code: str) -> None:
    known = [point.code for point in campaigns.list_points(session, campaign.code)]
    if code not in known:
        raise click.ClickException(f"There is no point {code!r}. Points of this campaign: {', '.join(known)}.")


def _rows(session: Session, campaign_code: str, timezone: str) -> Iterator[dict[str, Any]]:
    today = clock.local_date(clock.now(), timezone)
    for row in roll.read_all(session, campaign_code, on=today):
        if isinstance(row, Unreadable):
            yield {"code": row.code, "state": "unreadable", "pilgrim_id": row.pilgrim_id}
            continue
        certificate, state = row
        yield {
            "code": certificate.code,
            "state": state.value,
            "number": certificate.number,
            "issued_at": certificate.issued_at,
            "valid_from": certificate.valid_from,
            "valid_until": certificate.valid_until,
            "pilgrim_id": certificate.pilgrim_id,
        }
