"""`registry certificates`: all certificates of a campaign."""

from collections.abc import Iterator
from typing import Any

import click
from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.certificates import queries
from registry.commands.output import no_campaign, open_database, print_rows
from registry.errors import NotFound
from registry.settings import Settings


@click.group()
def command() -> None:
    """Certificates issued in a campaign."""


@command.command(name="list")
@click.option("--campaign", "code", help="Code of the campaign; default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_all(code: str | None, as_json: bool) -> None:
    """Every certificate with what it is worth today. No names: codes lead to them for whoever may see them."""
    settings = Settings()
    with open_database(settings).open_session(writes=False) as session:
        try:
            campaign = campaigns.current_campaign(session, code or settings.campaign)
        except NotFound:
            raise click.ClickException(no_campaign(code or settings.campaign)) from None
        print_rows(_rows(session, campaign.code, campaign.timezone), as_json=as_json)


def _rows(session: Session, campaign_code: str, timezone: str) -> Iterator[dict[str, Any]]:
    today = clock.local_date(clock.now(), timezone)
    for certificate, state in queries.read_all(session, campaign_code, on=today):
        yield {
            "code": certificate.code,
            "state": state.value,
            "number": certificate.number,
            "issued_at": certificate.issued_at,
            "valid_from": certificate.valid_from,
            "valid_until": certificate.valid_until,
            "pilgrim_id": certificate.pilgrim_id,
        }
