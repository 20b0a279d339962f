"""`registry keys`: the keys that sign certificates."""

from dataclasses import asdict
from pathlib import Path

import click

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.certificates.keys import (
    KeyUse,
    create_keys,
    list_keys,
    load_issuer,
    lock_keys,
    prepare_signer,
    rotate_signer,
)
from registry.commands.output import COMMAND_LINE, open_database, print_json, print_rows
from registry.hcert import key_id
from registry.settings import Settings

token_key = click.option(
    "--token-key", metavar="LABEL", help="Use the P-256 key with this label on the token, instead of making one there."
)


@click.group()
def command() -> None:
    """Signing keys."""


@command.command()
@token_key
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def init(token_key: str | None, as_json: bool) -> None:
    """Make an authority and a signer under REGISTRY_VAR_DIR/keys. Existing keys are never overwritten.

    Where REGISTRY_HSM_MODULE is set the signer's key is made on the token.
    """
    settings = Settings()
    _need_token_for(token_key, settings)
    create_keys(settings, token_key=token_key)
    issuer = load_issuer(settings)
    made = {"folder": str(settings.keys_dir), "key_id": issuer.signer.kid.hex(), "training": issuer.training}
    if as_json:
        print_json(made)
    else:
        click.echo(f"Made signing key {made['key_id']} in {made['folder']}. Keep a copy of the folder in a safe place.")
        if not settings.training:
            click.echo("Then take sca.key off this machine: only the next keys rotate needs it.")


@command.command()
@click.option("--prepare", is_flag=True, help="Only make the next signer and publish it; the next rotate uses it.")
@token_key
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def rotate(prepare: bool, token_key: str | None, as_json: bool) -> None:
    """Sign with a new key from now on; what the old one signed is believed until its dates end.

    Verifiers without a network know the new key when they next fetch the lists: prepare it some weeks before.
    """
    settings, at = Settings(), clock.now()
    _need_token_for(token_key, settings)
    old = next(key.kid for key in list_keys(settings) if key.use is KeyUse.SIGNS)
    with open_database(settings).open_session(writes=True) as session:
        change = prepare_signer if prepare else rotate_signer
        new = key_id(change(settings, at=at, token_key=token_key)).hex()
        what = "prepared" if prepare else "rotated"
        audit.record(session, Action.KEYS_CHANGED, by=COMMAND_LINE, at=at, what=what, key=new, before=old)
        session.commit()
    if as_json:
        print_json({"key_id": new, "before": old, "signs": not prepare})
    elif prepare:
        click.echo(f"Signing key {new} is published and waits for the next rotation; {old} signs until then.")
    else:
        click.echo(f"Signing key {new} signs from now on. What {old} signed is believed until its dates end.")


@command.command()
@click.option(
    "--before",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Holds the REGISTRY_KEYS_PASSPHRASE, or else the REGISTRY_SECRET_KEY, of before.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def lock(before: Path | None, as_json: bool) -> None:
    """Lock the private keys with the passphrase that is set now: after a change of it, or where they were open."""
    settings = Settings()
    list_keys(settings)  # says first whether there are any
    with open_database(settings).open_session(writes=True) as session:
        changed = lock_keys(settings, before=before.read_bytes().strip() if before else None)
        if changed:
            audit.record(session, Action.KEYS_CHANGED, by=COMMAND_LINE, at=clock.now(), what="locked", files=changed)
            session.commit()
    if as_json:
        print_json({"locked": changed})
    else:
        click.echo(f"Locked anew: {', '.join(changed)}." if changed else "All keys were locked with it already.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(as_json: bool) -> None:
    """The authority and every signer: dates, where the private key is, what it is for."""
    print_rows([asdict(key) for key in list_keys(Settings())], as_json=as_json)


def _need_token_for(label: str | None, settings: Settings) -> None:
    if label and not settings.hsm_module:
        raise click.UsageError(
            "--token-key needs a token: set REGISTRY_HSM_MODULE, REGISTRY_HSM_TOKEN and REGISTRY_HSM_PIN."
        )
