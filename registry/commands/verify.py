"""`registry verify`: judge certificates from their text, a picture or a PDF, with or without the register at hand."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click
from sqlmodel import Session

from registry import clock
from registry.clock import spell_date
from registry.commands.alarms import tell_alarm
from registry.commands.believed import gather
from registry.commands.output import open_database, print_json
from registry.db import Database
from registry.hcert import RevocationList
from registry.settings import Settings
from registry.uploads.codes import NoPicture, read_codes
from registry.verification.queries import Means, verify_text
from registry.verification.rules import STEPS, Finding, Reason, Verdict, clean_text, finding, join_as_they_come

YEARS = range(1970, 2200)  # at the calendar's ends another time zone would lead out of it
RECALLED = (
    "NOTICE: a lot that it names was recalled on {day}. The certificate stands; ask its authority about the dose."
)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
TRAINING = "TRAINING: this certificate says nothing about a real person."


@click.command()
@click.argument("text", required=False)
@click.option("--image", type=FILE, help="A picture of the paper.")
@click.option("--pdf", type=FILE, help="The certificate as a PDF.")
@click.option("--at", "moment", help="Judge as of this time: 2026-05-12T10:00+06:00; without a zone UTC.")
@click.option("--trust", type=FILE, help="Believe these signers instead of the installation's: did.json, PEM or DER.")
@click.option("--revocations", type=FILE, help="The list of withdrawn certificates, where the register is not at hand.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each code.")
def command(
    text: str | None,
    image: Path | None,
    pdf: Path | None,
    moment: str | None,
    trust: Path | None,
    revocations: Path | None,
    as_json: bool,
) -> None:
    """Verify TEXT (a signed code, a link, a certificate's code; - reads lines from standard input), or every QR code
    in a picture or PDF. Exit code 0 only when all of them are valid."""
    settings = Settings()
    at, all_valid, nothing = _instant(moment), True, True
    texts = _texts(text, image, pdf)
    with _register(settings) as (database, session):
        means = gather(session, settings, trust=trust, revocations=revocations, at=at or clock.now())
        for one in texts:
            found = verify_text(one, means, at=at or clock.now(), timezone=settings.timezone)
            tell(found, means, as_json=as_json)
            all_valid, nothing = all_valid and found.verdict is Verdict.VALID, False
            if session is not None:
                if database is not None and found.alarm:
                    tell_alarm(database, found.alarm)
                session.rollback()  # the next line may come much later: it is judged by the register of then
        if nothing:
            tell(finding(Reason.NO_CODE_FOUND), means, as_json=as_json)
    if nothing or not all_valid:
        raise SystemExit(1)


def _texts(text: str | None, image: Path | None, pdf: Path | None) -> Iterator[str]:
    given = [one for one in (text, image, pdf) if one is not None]
    if len(given) != 1:
        raise click.UsageError("Give one of: TEXT, --image FILE, --pdf FILE, or - for standard input.")
    if image is not None:
        return _read_file(image, "image")
    if pdf is not None:
        return _read_file(pdf, "pdf")
    return _read_lines() if text == "-" else iter(given)  # type: ignore[arg-type]  # what is left is the text


def _read_lines() -> Iterator[str]:
    """Each line as it comes, for a scanner may type for hours; those of a code that a mail broke as one."""
    nothing = True
    lines = (line.decode("utf-8", "replace").rstrip("\r\n") for line in sys.stdin.buffer)
    for text in join_as_they_come(line for line in lines if clean_text(line)):
        nothing = False
        yield text
    if nothing:
        raise click.ClickException("Standard input holds nothing to verify.")


def _read_file(path: Path, kind: Literal["image", "pdf"]) -> Iterator[str]:
    what = {"image": "picture", "pdf": "PDF"}[kind]
    try:
        return iter(read_codes(path.read_bytes(), kind))
    except (NoPicture, OSError):
        raise click.ClickException(f"{path} is not a {what} that can be read.") from None


def _instant(text: str | None) -> datetime | None:
    """None: now. A time without a zone is UTC, so that every machine judges it alike."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("Write a time like 2026-05-12T10:00+06:00.", param_hint="--at") from None
    if instant.year not in YEARS:
        raise click.BadParameter("No certificate is of such a time.", param_hint="--at")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@contextmanager
def _register(settings: Settings) -> Iterator[tuple[Database | None, Session | None]]:
    """The register and a reading session, or None on a machine that only verifies."""
    try:
        database = open_database(settings)
    except click.ClickException as unavailable:
        click.echo(f"Only signatures are judged, for the register is not at hand. {unavailable.message}", err=True)
        yield None, None
        return
    with database.open_session(writes=False) as session:
        yield database, session


def tell(found: Finding, means: Means, *, as_json: bool) -> None:
    """One answer: a JSON object on a line for programs, sentences for people."""
    if as_json:
        answer: dict[str, Any] = {
            "verdict": found.verdict.value,
            "reason": found.reason,
            "message": str(found),
            "kind": found.kind,
            "training": found.training,
            "payload": found.payload,
            "recalled_on": found.recalled_on,
            "lists": _lists(means),
        }
        print_json(answer | ({"steps": found.steps} if found.steps is not None else {}))
        return
    if found.training:
        click.secho(TRAINING, bold=True)
    click.echo(f"{found.verdict.value.replace('_', ' ').upper()}: {found}")
    if found.recalled_on:
        click.echo(RECALLED.format(day=spell_date(found.recalled_on)))
    if found.decided_at:
        click.echo(f"  Step that failed: {STEPS[found.decided_at]} ({found.decided_at}: {found.reason})")
    for line in _describe(found.payload or {}, dates_stand=found.dates_stand):
        click.echo(f"  {line}")


def _lists(means: Means) -> dict[str, Any]:
    """How many signers were believed, and of when the list of withdrawn certificates is."""
    held = means.revocations
    dates = {"issued_at": held.issued_at, "expires_at": held.expires_at} if isinstance(held, RevocationList) else None
    return {"signers": len(means.trust.keys), "register": means.session is not None, "revocations": dates}


def _describe(payload: Any, *, dates_stand: bool) -> Iterator[str]:
    """What is compared with the passport, and whose key signed it."""
    if payload.get("issuer"):
        yield f"signed with a key of {payload['issuer']}"
    for one in payload.get("vaccinations", ()):
        yield f"{one['name']}, born {one['birth_date']}, {one.get('document_number', 'no document')}"
        yield f"{one.get('brand', one['product_id'])}, lot {one['lot']}, given on {one['given_on']}"
    if "latin_name" in payload:
        yield f"{payload['latin_name']}, born {payload['birth']}, {payload['passport_number']}"
        until = payload["entry_until"] or "no end date"
        says = "" if dates_stand else "the paper says: "
        yield f"{says}vaccination requirements met from {payload['entry_from']} until {until}"
        for dose in payload["doses"]:
            yield f"{dose['disease']['en']}: {dose['product']}, lot {dose['lot']}, given on {dose['given_on']}"
