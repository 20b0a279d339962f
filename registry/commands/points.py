"""`registry points`: where vaccines are given."""

from typing import Any

import click

from registry.campaigns import queries
from registry.campaigns.models import CampaignPoint, VaccinationPoint
from registry.commands.output import no_campaign, open_database, print_rows
from registry.errors import NotFound


@click.group()
def command() -> None:
    """Vaccination points."""


@command.command("list")
@click.option("--campaign", "campaign_code", required=True, help="Code of the campaign.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_points(campaign_code: str, as_json: bool) -> None:
    """The points of a campaign, in the order of the document that named them."""
    with open_database().open_session(writes=False) as session:
        try:
            queries.get_campaign(session, campaign_code)
        except NotFound:
            raise click.ClickException(no_campaign(session, campaign_code)) from None
        printed = {one.point_code: one for one in queries.list_campaign_points(session, campaign_code)}
        regions = queries.regions_by_point(session)
        describe = describe_fully if as_json else describe_briefly
        print_rows(
            (
                describe(point, printed[point.code], regions[point.code])
                for point in queries.list_points(session, campaign_code)
            ),
            as_json=as_json,
        )


def describe_briefly(point: VaccinationPoint, printed: CampaignPoint, regions: list[str]) -> dict[str, Any]:
    """For a terminal."""
    return {
        "row": printed.printed_row,
        "code": point.code,
        "regions": regions,
        "name": point.name["en"],
        "settlement": point.settlement["en"],
        "address": point.address["en"],
    }


def describe_fully(point: VaccinationPoint, printed: CampaignPoint, regions: list[str]) -> dict[str, Any]:
    """For a program: words by language, and the cells as the founding document printed them."""
    return {
        "order": printed.sort_order,
        "code": point.code,
        "regions": regions,
        "name": point.name,
        "settlement": point.settlement,
        "address": point.address,
        "facility_type": point.facility_type,
        "printed_row": printed.printed_row,
        "printed_region": printed.printed_region,
        "printed_place": printed.printed_place,
    }
