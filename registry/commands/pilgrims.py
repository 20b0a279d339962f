"""`registry pilgrims`: bring lists of pilgrims."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.commands.output import COMMAND_LINE, no_campaign, open_database, print_json, print_rows, progress
from registry.db import Database
from registry.errors import Doubt, NotFound, Refusal
from registry.pilgrims import intake, lists
from registry.pilgrims.intake import COLUMNS, Line, Listed
from registry.pilgrims.lists import TRIES, Imported, ListOvertaken, Prepared

COLUMN_HELP = "\n".join(f"  {c.name}{' *' if c.required else ''}: {c.hint}" for c in COLUMNS)


@dataclass(frozen=True)
class Wanted:
    """What the person at the keyboard asked for."""

    campaign_code: str | None
    dry_run: bool
    skip_faulty: bool
    confirm_doubts: bool


@click.group()
def command() -> None:
    """Pilgrims."""


@command.command("import", epilog=f"\b\nColumns (* must be there; any order, others are ignored):\n{COLUMN_HELP}")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--campaign", "code", help="Code of the campaign; default: the newest.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--skip-faulty", is_flag=True, help="Import the good rows although others have faults.")
@click.option("--confirm-doubts", is_flag=True, help="Somebody has looked at the rows marked (?) and they are right.")
@click.option("--template", type=click.Path(dir_okay=False, path_type=Path), help="Write an empty list (.csv, .xlsx).")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def import_list(
    file: Path | None,
    code: str | None,
    dry_run: bool,
    skip_faulty: bool,
    confirm_doubts: bool,
    template: Path | None,
    as_json: bool,
) -> None:
    """Register the pilgrims of a CSV or XLSX list in a campaign.

    All faults of all rows are shown at once, and nothing is written while there are any. Whoever is registered
    already stays as they are: the same list a second time changes nothing.
    """
    if template:
        write_template(template)
        return
    if file is None:
        raise click.UsageError("Name the FILE to import, or --template to write an empty one.")
    database = open_database()
    try:
        lines = list(intake.read_lines(file.read_bytes()))
        wanted = Wanted(code, dry_run=dry_run, skip_faulty=skip_faulty, confirm_doubts=confirm_doubts)
        done, faulty = _bring(database, lines, wanted)
    except NotFound:
        with database.open_session(writes=False) as session:
            raise click.ClickException(no_campaign(session, code)) from None
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    _report(done, faulty, as_json=as_json)
    if faulty and not skip_faulty:
        sys.exit(1)


def _bring(database: Database, lines: Sequence[Line], wanted: Wanted) -> tuple[dict[str, Any], list[Listed]]:
    """What was done, and the faulty rows. An import that was overtaken begins again with the check, TRIES in all."""
    for tries in range(1, TRIES + 1):
        done, faulty, prepared = _prepare(database, lines, wanted)
        if prepared is None:
            break
        try:
            done |= asdict(_write(database, prepared)) | {"written": True}
            break
        except ListOvertaken:
            if tries == TRIES:
                raise
    return done, faulty


def _write(database: Database, prepared: Prepared) -> Imported:
    def write(session: Session) -> Imported:
        imported = lists.import_list(session, prepared)
        session.commit()
        return imported

    return database.run_transaction(write)


def _prepare(
    database: Database, lines: Sequence[Line], wanted: Wanted
) -> tuple[dict[str, Any], list[Listed], Prepared | None]:
    """All that can be done while others write: what is known by now, the faulty rows, and what is to be written."""
    at = clock.now()
    with database.open_snapshot() as session:
        campaign = campaigns.current_campaign(session, wanted.campaign_code)
        listed = _check(session, lines, campaign, at=at)
        good, faulty = intake.sort_out(listed, confirm_doubts=wanted.confirm_doubts)
        done = {"rows": len(listed), "faulty": len(faulty), "written": False}
        if wanted.dry_run or (faulty and not wanted.skip_faulty):
            return done, faulty, None
        return done, faulty, lists.prepare(session, good, campaign=campaign, by=COMMAND_LINE, at=at)


def _check(session: Session, lines: Sequence[Line], campaign: Campaign, *, at: datetime) -> list[Listed]:
    today = clock.local_date(at, campaign.timezone)
    with progress("Rows checked", len(lines)) as advance:

        def counted() -> Iterator[Line]:
            for line in lines:
                yield line
                advance()

        return intake.check_list(session, counted(), campaign=campaign, on=today)


def _report(done: dict[str, Any], faulty: Sequence[Listed], *, as_json: bool) -> None:
    faults = [
        {"row": row.number, "column": fault.field or "", "doubt": isinstance(fault, Doubt), "problem": str(fault)}
        for row in faulty
        for fault in row.faults
    ]
    if as_json:
        print_json({**done, "faults": faults})
        return
    if faults:
        shown = ({**fault, "doubt": "?" if fault["doubt"] else ""} for fault in faults)
        print_rows(shown, as_json=False)
    counts = f"{done['rows']} rows, {done['faulty']} with faults."
    if done["written"]:
        click.echo(
            f"{counts} {done['registered']} pilgrims registered, {done['returning']} of earlier campaigns added, "
            f"{done['unchanged']} were registered already."
        )
    else:
        click.echo(f"{counts} Nothing was written.")


def write_template(path: Path) -> None:
    """An empty list with its header and a row of instructions, which an import passes over."""
    if path.suffix.lower() != ".xlsx":
        path.write_bytes(intake.template_csv())
        return
    book = import_module("openpyxl").Workbook()
    letter_of = import_module("openpyxl.utils").get_column_letter
    sheet = book.worksheets[0]
    sheet.append([column.name for column in COLUMNS])
    sheet.append([column.hint for column in COLUMNS])
    for number in range(1, len(COLUMNS) + 1):
        # Text: or the spreadsheet rounds PINs and turns dates round.
        sheet.column_dimensions[letter_of(number)].number_format = "@"
    book.save(path)
