"""`registry verifier`: the verifier that needs no network, as one file."""

from pathlib import Path

import click

from registry import clock, create_app
from registry.certificates.keys import load_issuer
from registry.commands.output import open_database, print_json
from registry.settings import Settings
from registry.trust.queries import build_revocation_list
from registry.verifier.bundle import make_bundle
from registry.verifier.routes import render_file
from registry.verifier.rules import open_seal, seal_file
from registry.web.languages import READ_IN

KILOBYTE = 1000
PUBLIC = 0o644  # it tells of nobody, and is made to be handed on


@click.group()
def command() -> None:
    """The verifier that needs no network, as one file."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(list(READ_IN)), default="en", show_default=True, help="Shown first.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def export(file: Path, language: str, as_json: bool) -> None:
    """Write the verifier with today's keys, rules of entry and withdrawn certificates into FILE.

    It opens in any present browser without a network. Its lists age: export a new one every few days.
    """
    settings, at = Settings(), clock.now()
    database = open_database(settings)
    with database.open_session(writes=False) as session:
        bundle = make_bundle(session, settings, at=at)
        revocations = build_revocation_list(session, settings, at=at)
    with create_app(settings, database).test_request_context():
        html = render_file(language, bundle=bundle, revocations=revocations)
    sealed = seal_file(html, load_issuer(settings).signer, at=at)
    file.write_bytes(sealed)
    if file.is_file():
        file.chmod(PUBLIC)
    if as_json:
        print_json({"file": file, "bytes": len(sealed), "made_at": at})
    else:
        click.echo(f"{file} was written: {len(sealed) / KILOBYTE:,.0f} kB, lists of {at:%d.%m.%Y %H:%M} UTC.")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def check(file: Path, as_json: bool) -> None:
    """Prove that FILE is as this installation exported it, and say of which day it is."""
    seal = open_seal(file.read_bytes(), load_issuer(Settings()).trust, name=file.name)
    if as_json:
        print_json({"file": file, "made_at": seal.made_at, "key": seal.key.kid.hex(), "training": seal.key.training})
    else:
        click.echo(f"{file} is as it was exported on {seal.made_at:%d.%m.%Y %H:%M} UTC.")
