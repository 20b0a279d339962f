"""`registry log`: prove the electronic immunization log."""

from collections.abc import Iterator
from typing import Any

import click
from sqlmodel import Session, col, select

from registry.commands.output import open_database, print_json, progress
from registry.immunization_log import queries as log
from registry.immunization_log.models import LogEntry, LogHead, LogRecord
from registry.immunization_log.queries import Break
from registry.verification.queries import find_first_break, list_streams, list_unlogged

UNREADABLE = (ValueError, LookupError)  # a date that is none, a word that is not on the list


@click.group()
def command() -> None:
    """The electronic immunization log."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def audit(as_json: bool) -> None:
    """Walk every stream, and compare each logged row with the register. Exit code 1 names the first broken entry."""
    with open_database().open_session(writes=False) as session:
        streams = _prove(session)
        unlogged = [{"kind": kind, "pilgrim_id": row.pilgrim_id, "id": row.id} for kind, row in list_unlogged(session)]
    holds = not unlogged and all(stream["holds"] for stream in streams)
    if as_json:
        print_json({"holds": holds, "streams": streams, "unlogged": unlogged})
    else:
        _tell(streams, unlogged)
    if not holds:
        raise SystemExit(1)


def _prove(session: Session) -> list[dict[str, Any]]:
    heads = list_streams(session)
    streams = []
    with progress("Proving entries", sum(head.size for head in heads)) as advance:
        for head in heads:
            stream, size = head.stream, head.size
            try:
                broken = find_first_break(session, head, advance=advance)
            except UNREADABLE:
                broken = find_first_unreadable(session, head)
            answer: dict[str, Any] = {"stream": stream, "entries": size, "holds": broken is None}
            if broken is not None:
                answer |= {"sequence": broken.sequence or None, "why": broken.why}
            streams.append(answer)
    return streams


def find_first_unreadable(session: Session, head: LogHead) -> Break:
    """The first break of a stream in which something is not even of its type: by the chain alone, then one by one."""
    try:
        broken = log.find_first_break(session, head)
    except UNREADABLE:
        broken = next(_unreadable(session, head.stream), None)
    return broken or Break(head.stream, 0, "a row of the register that it speaks of cannot be read")


def _unreadable(session: Session, stream: str) -> Iterator[Break]:
    sequences = select(LogEntry.sequence).where(LogEntry.stream == stream).order_by(col(LogEntry.sequence))
    for sequence in session.exec(sequences).all():
        try:
            session.get(LogEntry, (stream, sequence))
            session.get(LogRecord, (stream, sequence))
        except UNREADABLE:
            yield Break(stream, sequence, "it cannot be read")


def _tell(streams: list[dict[str, Any]], unlogged: list[dict[str, Any]]) -> None:
    for stream in streams:
        name = stream["stream"] or "the whole country"
        if stream["holds"]:
            click.echo(f"{name}: all {stream['entries']} entries hold.")
        else:
            entry = f"entry {stream['sequence']}" if stream["sequence"] else "the stream"
            click.echo(f"{name}: {entry} does not hold: {stream['why']}.")
    for row in unlogged:
        click.echo(f"A {row['kind'].replace('_', ' ')} stands in the register without an entry: {row['id']}.")
    if unlogged or not all(stream["holds"] for stream in streams):
        click.echo("The log does not hold. Change nothing, keep a copy of the database, and find out who changed it.")
    else:
        click.echo("The log holds.")
