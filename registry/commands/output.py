"""What commands share: the database or a sentence why not, and answers for people or for programs."""

import json
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.commands import reason_of
from registry.commands.standing import Standing, standing_of
from registry.db import Database
from registry.settings import Settings

COMMAND_LINE = uuid.UUID(int=1)
"""Stands for "the command line" wherever a staff id is asked for."""

ENGINES = {"sqlite", "postgresql"}
BAD_ADDRESS = (
    "REGISTRY_DATABASE_URL is not the address of a database. "
    "Write postgresql://USER:PASSWORD@HOST/NAME, or leave it out for a file under REGISTRY_VAR_DIR."
)
NEWER = "The database was made by a newer version of the registry. Install that version, or use another database."


def open_database(settings: Settings | None = None) -> Database:
    """The installation's database, at the version this code knows.

    Raises click.ClickException with one sentence when it is missing, older, newer or out of reach.
    """
    settings = settings or Settings()
    file = sqlite_file(settings)
    if file and not file.exists():
        raise click.ClickException(f"There is no database {file}. Make one with: registry db upgrade")
    try:
        database = reach(settings)
        standing = standing_of(database)
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(f"The database cannot be opened: {reason_of(error)}") from None
    if standing is Standing.NEWER:
        raise click.ClickException(NEWER)
    if standing is not Standing.CURRENT:
        raise click.ClickException("The database is not ready for this version. Run: registry db upgrade")
    return database


def reach(settings: Settings) -> Database:
    """The database, whatever its state; its connections end with the command."""
    database = Database(settings.database)
    context = click.get_current_context(silent=True)
    if context:
        context.call_on_close(database.engine.dispose)
    return database


def no_campaign(session: Session, code: str | None) -> str:
    """Says that the campaign asked for, or any, is not there, and which are."""
    known = campaigns.list_codes(session)
    if known:
        return f"There is no campaign {code!r}. Campaigns here: {', '.join(known)}."
    if code:
        return f"There is no campaign {code!r}. Load it with: registry campaign load FILE"
    return "No campaign is loaded. Load one with: registry campaign load"


def sqlite_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL. A click.ClickException refuses any other address."""
    try:
        url = make_url(settings.database)
    except ArgumentError:
        url = None
    if (
        url is None
        or url.get_backend_name() not in ENGINES
        or (url.get_backend_name() == "sqlite" and not url.database)
    ):
        raise click.ClickException(BAD_ADDRESS)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def print_rows(rows: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    """One JSON array, or a table."""
    listed: Sequence[Mapping[str, Any]] = list(rows)
    if as_json:
        print_json(listed)
        return
    table = Table(*(listed[0] if listed else ["nothing found"]))
    for row in listed:
        table.add_row(*(_shown(value) for value in row.values()))
    # A pipe gets whole lines; a terminal its own width.
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Any]:
    """`advance(n)` for work longer than a second; silent where nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count=1: bar.advance(task, count)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
