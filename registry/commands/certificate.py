"""`registry certificate`: one certificate, by its printed code."""

import sys
from pathlib import Path

import click
from sqlmodel import Session
from werkzeug.utils import import_string

from registry import clock
from registry.certificates import queries, services
from registry.certificates.codes import CodesDiffer
from registry.certificates.models import Certificate
from registry.certificates.papers import draw_paper
from registry.certificates.rules import read_code
from registry.certificates.sheet.template import read_template
from registry.certificates.sheet.wording import PACKAGED_FILE
from registry.commands.alarms import tell_alarm
from registry.commands.output import COMMAND_LINE, open_database, print_json
from registry.commands.private_files import output_file, write_whole
from registry.errors import Refusal
from registry.settings import Settings

LONGEST_REASON = 500  # as in the web form and the table


@click.group()
def command() -> None:
    """One certificate, named by its code."""


@command.command()
@click.argument("code")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="The file to write; - is standard output.",
)
@click.option("--pocket", is_flag=True, help="The card for the pocket: its front, and its back on a second page.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def pdf(code: str, output: Path, pocket: bool, as_json: bool) -> None:
    """Write the certificate's sheet as it was issued. Exit code 1 where it was revoked or replaced."""
    target = None if str(output) == "-" else output_file(output)
    database = open_database()
    with database.open_session(writes=False) as session:
        certificate = _find(session, code)
        standing = queries.standing(session, certificate, on=clock.now().date())
    try:
        sheet = draw_paper(certificate, standing, Settings(), pocket=pocket)
    except CodesDiffer as refusal:
        tell_alarm(database, refusal.alarm)
        raise
    if target is None:
        sys.stdout.buffer.write(sheet)
        return
    write_whole(target, lambda file: file.write(sheet))
    if as_json:
        print_json({"code": certificate.code, "file": output, "bytes": len(sheet)})
    else:
        click.echo(f"{certificate.code} was written to {output}.")


@command.command()
@click.argument("code")
@click.option("--reason", required=True, help="Why; kept with the certificate.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def revoke(code: str, reason: str, as_json: bool) -> None:
    """Take the certificate's force away, from this moment."""
    if len(reason) > LONGEST_REASON:
        raise click.ClickException(f"The reason is longer than {LONGEST_REASON} letters. Write a shorter one.")
    with open_database().open_session(writes=True) as session:
        certificate = _find(session, code)
        try:
            revocation = services.revoke_certificate(
                session, certificate, reason=reason, by=COMMAND_LINE, at=clock.now()
            )
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
        session.commit()
    if as_json:
        print_json({"code": certificate.code, "revoked_at": revocation.revoked_at, "reason": revocation.reason})
    else:
        click.echo(f"{certificate.code} is revoked.")


@command.group()
def template() -> None:
    """The sheet's words and their order, which an authority may replace (REGISTRY_SHEET_TEMPLATE)."""


@template.command()
def show() -> None:
    """Print the template that comes with the registry: the beginning of one's own."""
    click.echo(PACKAGED_FILE.read_text("utf-8"), nl=False)


@template.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def check(file: Path, as_json: bool) -> None:
    """Prove that certificates printed with FILE still show every required fact.

    Samples are printed and read again: their text in each language, and their codes. Exit code 1 where anything is
    missing or has no room.
    """
    faults, read = read_template(file.read_bytes())
    if read is not None:
        faults = import_string("registry.certificates.sheet.proof:prove")(read)
    if as_json:
        print_json({"file": file, "faults": faults})
    else:
        for fault in faults or [f"{file} shows every required fact in Kyrgyz, Russian, English and Arabic."]:
            click.echo(fault)
    if faults:
        sys.exit(1)


def _find(session: Session, typed: str) -> Certificate:
    code = read_code(typed)
    if code is None:
        raise click.ClickException(f"{typed!r} is not a certificate code: compare it with the paper.")
    certificate = queries.find_by_handle(session, code)
    if certificate is None:
        raise click.ClickException(f"There is no certificate {code}.")
    return certificate
