"""`registry log`: check the electronic immunization log, and say what that does not prove."""

from typing import Any

import click
from sqlmodel import Session, func, select

from registry.commands.output import open_database, print_json, progress
from registry.commands.pilgrim_lists import Effect, Report
from registry.db import Database
from registry.immunization_log.models import LogHead
from registry.immunization_log.rules import NOT_PROVED
from registry.jobs.models import Job
from registry.verification.queries import Proof, prove


@click.group()
def command() -> None:
    """The electronic immunization log."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def audit(as_json: bool) -> None:
    """Walk every stream, and compare each logged row with the register. Exit code 1 names the first broken entry."""
    with (
        open_database().open_snapshot() as session,
        progress("Proving entries", _count_entries(session)) as advance,
    ):
        proof = prove(session, advance=advance)
    if as_json:
        print_json(_as_json(proof))
    else:
        _tell(proof)
    if not proof.holds:
        raise SystemExit(1)


def prove_job(database: Database, _job: Job, report: Report) -> Effect:
    """The work of the job that a page asks for: it reads one snapshot, so nobody waits for it.

    Its result: {"holds", "breaks": [{"stream", "sequence", "why"}], "unlogged": how many, "compared": {kind: count}}.
    """
    with database.open_snapshot() as session:
        total, done = _count_entries(session), 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            report(min(done, total), total)

        report(0, total)
        proof = prove(session, advance=advance)
    result = {
        "holds": proof.holds,
        "breaks": [{"stream": one.stream, "sequence": one.sequence, "why": one.why} for one in proof.breaks],
        "unlogged": len(proof.unlogged),
        "compared": {kind.value: count for kind, count in proof.compared.items()},
    }
    return lambda _session: result


def _count_entries(session: Session) -> int:
    return session.exec(select(func.sum(LogHead.size))).one() or 0


def _as_json(proof: Proof) -> dict[str, Any]:
    streams = []
    for one in proof.streams:
        answer: dict[str, Any] = {"stream": one.stream, "entries": one.entries, "holds": one.broken is None}
        if one.broken is not None:
            answer |= {"sequence": one.broken.sequence or None, "why": one.broken.why}
        streams.append(answer)
    return {
        "holds": proof.holds,
        "streams": streams,
        "unlogged": [{"kind": row.kind, "pilgrim_id": row.pilgrim_id, "id": row.id} for row in proof.unlogged],
        "compared": dict(sorted(proof.compared.items())),
        "not_proved": list(NOT_PROVED),
    }


def _tell(proof: Proof) -> None:
    for one in proof.streams:
        name = one.stream or "the whole country"
        if one.broken is None:
            click.echo(f"{name}: all {one.entries} entries follow each other and equal the register.")
        else:
            entry = f"entry {one.broken.sequence}" if one.broken.sequence else "the stream"
            click.echo(f"{name}: {entry} does not hold: {one.broken.why}.")
    for row in proof.unlogged:
        click.echo(f"A {_plain(row.kind)} stands in the register without an entry: {row.id}.")
    if proof.holds:
        looked_at = ", ".join(f"{_plain(kind)}: {count}" for kind, count in sorted(proof.compared.items()))
        click.echo(f"Every entry was checked, and every row that should have one ({looked_at or 'none yet'}).")
    else:
        click.echo("The log does not hold. Change nothing, keep a copy of the database, and find out who changed it.")
    click.echo("Not proved:")
    for sentence in NOT_PROVED:
        click.echo(f"- {sentence}")


def _plain(kind: str) -> str:
    return kind.replace("_", " ")
