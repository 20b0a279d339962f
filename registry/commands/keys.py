"""`registry keys`: the keys that sign certificates."""

import click

from registry.certificates.keys import create_keys, load_issuer
from registry.commands.output import print_json
from registry.errors import Refusal
from registry.settings import Settings


@click.group()
def command() -> None:
    """Signing keys."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def init(as_json: bool) -> None:
    """Make an authority and a signer under REGISTRY_VAR_DIR/keys. Existing keys are never overwritten."""
    settings = Settings()
    try:
        create_keys(settings)
        issuer = load_issuer(settings)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    made = {"folder": str(settings.keys_dir), "key_id": issuer.signer.kid.hex(), "training": issuer.training}
    if as_json:
        print_json(made)
    else:
        click.echo(f"Made signing key {made['key_id']} in {made['folder']}. Keep a copy of the folder in a safe place.")
