"""`registry trust`: whose signatures are believed."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from registry import clock
from registry.certificates.keys import KeysFault, load_issuer
from registry.commands.output import COMMAND_LINE, open_database, print_json, print_rows
from registry.hcert import TrustList
from registry.settings import Settings
from registry.trust import queries, rules, services
from registry.trust.bundle import DOMAINS, write_bundle
from registry.trust.intake import read_key, read_list

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Lists of keys that are believed."""


@command.command("import")
@click.argument("file", type=existing_file)
@click.option(
    "--proof-key", required=True, type=existing_file, help="The key that signed the list: did.json, JWK or PEM."
)
@click.option("--force", is_flag=True, help="Take a list older than the one held; say why with --reason.")
@click.option("--reason", help="Why an older list is taken.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def import_(file: Path, proof_key: Path, force: bool, reason: str | None, as_json: bool) -> None:
    """Believe the keys of FILE, the did.json of a trust network, if its proof fits the key.

    Get the key by another way than the list: whoever could change both would be believed.
    """
    reason = (reason or "").strip() or None
    if force is not bool(reason):
        raise click.UsageError("--force and --reason belong together.")
    settings, at = Settings(), clock.now()
    offered = read_list(file.read_bytes(), read_key(proof_key.read_bytes()))
    own = rules.did_of(settings.url, *rules.LIST_PATH)
    with open_database(settings).open_session(writes=True) as session:
        services.import_list(session, offered, own=own, by=COMMAND_LINE, at=at, reason=reason)
        session.commit()
    answer = _describe(offered.did, offered.keys, created=offered.created_at, at=at)
    if as_json:
        print_json(answer | {"digest": offered.digest})
        return
    left_out = len(offered.keys.skipped)
    click.echo(f"{offered.did} is believed now: {_count(answer['keys'])}; {left_out} entries cannot be used.")
    for name, why in offered.keys.skipped:
        click.echo(f"  left out: {name}: {why}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_(as_json: bool) -> None:
    """Every list that is believed: keys by role, when it was made, how old it is, what could not be used."""
    settings, at = Settings(), clock.now()
    rows = []
    try:
        rows.append(_describe(settings.authority, load_issuer(settings).trust, created=None, at=at))
    except KeysFault as fault:
        click.echo(f"The own keys are not believed. {fault}", err=True)
    with open_database(settings).open_session(writes=False) as session:
        for held in queries.list_lists(session):
            row = _describe(held.did, queries.read_keys(held), created=held.created_at, at=at)
            rows.append(row | {"imported": held.imported_at, "digest": held.digest})
    print_rows(rows if as_json else map(_shorten, rows), as_json=as_json)


@command.command()
@click.argument("did")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def remove(did: str, as_json: bool) -> None:
    """Believe the keys of the list DID (see: registry trust list) no longer."""
    with open_database().open_session(writes=True) as session:
        services.remove_list(session, did, by=COMMAND_LINE, at=clock.now())
        session.commit()
    if as_json:
        print_json({"removed": did})
    else:
        click.echo(f"The keys of {did} are believed no longer.")


@command.command("onboarding-bundle")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--domain", type=click.Choice(DOMAINS), default="IPS-PILGRIMAGE", show_default=True, help="Trust domain.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def onboarding_bundle(folder: Path, domain: str, as_json: bool) -> None:
    """Write into DIR what the WHO's trust network asks of a country that joins. Exit code 1 when a certificate breaks
    one of its rules."""
    bundle = write_bundle(Settings(), folder, domain=domain)
    if as_json:
        print_json({"folder": str(folder), **asdict(bundle)})
    else:
        for name in bundle.files:
            click.echo(folder / name)
        for fault in bundle.faults:
            click.echo(fault, err=True)
    if bundle.faults:
        raise SystemExit(1)


def _describe(source: str, keys: TrustList, *, created: datetime | None, at: datetime) -> dict[str, Any]:
    ended = sum(key.not_after is not None and key.not_after < at for key in keys.keys)
    return {
        "source": source,
        "keys": dict(sorted(Counter(key.role.value for key in keys.keys).items())),
        "expired": ended,
        "created": created,
        "age_days": max((at - created).days, 0) if created else None,
        "skipped": [{"entry": name, "why": why} for name, why in keys.skipped],
    }


def _shorten(row: dict[str, Any]) -> dict[str, Any]:
    """A line of a table that fits a screen."""
    return {
        "source": row["source"],
        "keys": _count(row["keys"]),
        "expired": row["expired"],
        "created": row["created"],
        "age in days": row["age_days"],
        "left out": len(row["skipped"]),
    }


def _count(keys: dict[str, int]) -> str:
    return ", ".join(f"{number} {role}" for role, number in keys.items())
