"""`registry log`: prove the electronic immunization log."""

from typing import Any

import click
from sqlmodel import Session

from registry.commands.output import open_database, print_json, progress
from registry.verification.queries import find_first_break, list_streams, list_unlogged


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
            broken = find_first_break(session, head, advance=advance)
            answer: dict[str, Any] = {"stream": stream, "entries": size, "holds": broken is None}
            if broken is not None:
                answer |= {"sequence": broken.sequence, "why": broken.why}
            streams.append(answer)
    return streams


def _tell(streams: list[dict[str, Any]], unlogged: list[dict[str, Any]]) -> None:
    for stream in streams:
        name = stream["stream"] or "the whole country"
        if stream["holds"]:
            click.echo(f"{name}: all {stream['entries']} entries hold.")
        else:
            click.echo(f"{name}: entry {stream['sequence']} does not hold: {stream['why']}.")
    for row in unlogged:
        click.echo(f"A {row['kind'].replace('_', ' ')} stands in the register without an entry: {row['id']}.")
    if unlogged or not all(stream["holds"] for stream in streams):
        click.echo("The log does not hold. Change nothing, keep a copy of the database, and find out who changed it.")
    else:
        click.echo("The log holds.")
