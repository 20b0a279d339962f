"""`registry campaign`: bring a campaign from its file."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlmodel import Session

from registry import clock
from registry.campaigns import intake
from registry.campaigns import services as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.keys import KeysFault, load_issuer
from registry.commands import agreement, research_file
from registry.commands.output import COMMAND_LINE, open_database, print_json
from registry.db import Database
from registry.errors import Refusal
from registry.settings import Settings
from registry.staff import services as staff
from registry.vaccines import services as vaccines

HAJJ_2026 = intake.HAJJ_2026
PRODUCTS = files("registry.vaccines").joinpath("data/products.json")


@click.group()
def command() -> None:
    """Campaigns."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--products", type=click.Path(path_type=Path), help="A file of vaccine products; default: the packaged.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def load(file: Path | None, products: Path | None, as_json: bool) -> None:
    """Bring a campaign, its points and rules, the vaccine products and the roles. Loading again changes nothing.

    FILE is a campaign file; without it the Hajj of 2026 is loaded.
    """
    campaign_document, products_document = read_campaign(file), read_document(products or PRODUCTS)
    database = open_database()
    with database.open_session(writes=True) as session:
        try:
            campaign = load_everything(
                session, campaign_document, products=products_document, by=COMMAND_LINE, at=clock.now()
            )
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
        session.commit()
        code, title = campaign.code, campaign.title
    outdated = _count_outdated(database)
    if as_json:
        print_json({"campaign": code, "title": title, "outdated_certificates": outdated})
    else:
        click.echo(f"Campaign {code} is loaded: {title['en']}.")
    if outdated:
        sentence = f"{outdated} certificates in force print, or rest on, what this file says otherwise."
        click.echo(f"{sentence} Replace them with: registry certificates refresh", err=True)


def _count_outdated(database: Database) -> int:
    """Certificates that the file has made disagree with the records; where there are no keys, none were issued."""
    try:
        issuer = load_issuer(Settings())
    except KeysFault:
        return 0
    with database.open_session(writes=False) as session:
        return sum(1 for _one in agreement.find_disagreements(session, issuer=issuer, at=clock.now()))


def read_campaign(file: Path | None) -> Mapping[str, Any]:
    """A campaign file, or the notice's research read as one; None: the packaged Hajj of 2026."""
    packaged = read_document(HAJJ_2026)
    document = read_document(file) if file else packaged
    if not research_file.is_research(document):
        return document
    try:
        return research_file.as_campaign_file(document, packaged)
    except KeyError as missing:
        raise click.ClickException(f"The file {file} has no entry {missing}.") from None
    except (TypeError, AttributeError, ValueError, IndexError):
        raise click.ClickException(f"An entry of the file {file} is not of the kind that belongs there.") from None


def load_everything(
    session: Session,
    document: Mapping[str, Any],
    *,
    by: UUID | None,
    at: datetime,
    products: Mapping[str, Any] | None = None,
) -> Campaign:
    """Roles, a campaign and the products for its antigens; the packaged products unless others are given."""
    staff.load_roles(session)
    campaign = campaigns.load_campaign(session, document, by=by, at=at)
    vaccines.load_products(session, products or read_document(PRODUCTS))
    return campaign


def read_document(file: Path | Traversable) -> Mapping[str, Any]:
    """A JSON file's content. A click.ClickException says in one sentence why it cannot be read."""
    try:
        # utf-8-sig: an editor on Windows puts a byte order mark in front.
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise click.ClickException(f"The file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"The file {file} is not UTF-8 text. Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise click.ClickException(f"The file {file} is not JSON: line {error.lineno}, {error.msg}.") from None
    if not isinstance(document, dict):
        raise click.ClickException(f"The file {file} does not hold a JSON object.")
    return document
