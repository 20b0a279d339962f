"""`registry certificate`: one certificate, by its printed code."""

from pathlib import Path

import click
from sqlmodel import Session

from registry import clock
from registry.certificates import queries, services
from registry.certificates.models import Certificate
from registry.certificates.rules import read_code
from registry.certificates.sheet import SheetFacts, render_sheet
from registry.commands.output import COMMAND_LINE, open_database
from registry.errors import Refusal


@click.group()
def command() -> None:
    """One certificate, named by its code."""


@command.command()
@click.argument("code")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
def pdf(code: str, output: Path) -> None:
    """Write the certificate's sheet as it was issued."""
    with open_database().open_session(writes=False) as session:
        certificate = _find(session, code)
    try:
        output.write_bytes(render_sheet(SheetFacts.from_json(certificate.facts)))
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from None
    click.echo(f"{certificate.code} was written to {output}.")


@command.command()
@click.argument("code")
@click.option("--reason", required=True, help="Why; kept with the certificate.")
def revoke(code: str, reason: str) -> None:
    """Take the certificate's force away, from this moment."""
    with open_database().open_session(writes=True) as session:
        certificate = _find(session, code)
        try:
            services.revoke_certificate(session, certificate, reason=reason, by=COMMAND_LINE, at=clock.now())
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
        session.commit()
    click.echo(f"{certificate.code} is revoked.")


def _find(session: Session, typed: str) -> Certificate:
    code = read_code(typed)
    if code is None:
        raise click.ClickException(f"{typed!r} is not a certificate code: compare it with the paper.")
    certificate = queries.find_by_handle(session, code)
    if certificate is None:
        raise click.ClickException(f"There is no certificate {code}.")
    return certificate
