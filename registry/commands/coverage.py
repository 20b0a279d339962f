"""`registry coverage`: the ministry's figures on the command line."""

from collections.abc import Iterable
from typing import Any

import click

from registry import clock
from registry.campaigns import queries as campaigns
from registry.commands.output import no_campaign, open_database, print_json, print_rows
from registry.commands.recount import differences
from registry.coverage import queries
from registry.coverage.queries import Coverage, PlaceFigures
from registry.coverage.rules import Figures
from registry.errors import NotFound


@click.command()
@click.option("--campaign", "code", required=True, help="Code of the campaign.")
@click.option(
    "--recount", is_flag=True, help="Count again from the events and report any difference from the counters."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(code: str, recount: bool, as_json: bool) -> None:
    """Registered, examined, each antigen, both, certified: in total, by region and by point."""
    with open_database().open_snapshot() as session:  # counters and events of one moment
        try:
            campaign = campaigns.get_campaign(session, code)
        except NotFound:
            raise click.ClickException(no_campaign(session, code)) from None
        if recount:
            report_differences([found.as_row() for found in differences(session, campaign)], as_json=as_json)
            return
        found = queries.coverage_of(session, campaign, at=clock.now())
    if as_json:
        print_json(as_document(found))
    else:
        click.echo(f"{campaign.code}, as of {found.as_of:%Y-%m-%d %H:%M} UTC")
        rows = [{"place": "Total", **flat(found.total)}]
        print_rows([*rows, *_rows(found.regions), *_rows(found.points)], as_json=False)


def report_differences(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
    elif rows:
        print_rows(rows, as_json=False)
    else:
        click.echo("The counters agree with the events.")
    if rows:
        raise SystemExit(1)


def as_document(coverage: Coverage) -> dict[str, Any]:
    return {
        "campaign": coverage.campaign.code,
        "as_of": coverage.as_of,
        **document_of(coverage.total),
        "regions": [{"code": p.code, "name": p.name, **document_of(p.figures)} for p in coverage.regions],
        "points": [{"code": p.code, "name": p.name, **document_of(p.figures)} for p in coverage.points],
        "days": [
            {"day": d.day, "antigens": d.vaccinated, "both": d.complete, "both_so_far": d.complete_so_far}
            for d in coverage.days
        ],
    }


def document_of(figures: Figures) -> dict[str, Any]:
    """ "both" is every antigen the campaign demands: two in the Hajj of 2026."""
    return {
        "registered": figures.registered,
        "examined": figures.examined,
        "antigens": figures.vaccinated,
        "both": figures.complete,
        "certified": figures.certified,
    }


def flat(figures: Figures) -> dict[str, Any]:
    document = document_of(figures)
    antigens = document.pop("antigens")
    return {"registered": document.pop("registered"), "examined": document.pop("examined"), **antigens, **document}


def _rows(places: Iterable[PlaceFigures]) -> list[dict[str, Any]]:
    return [{"place": place.name.get("en") or place.code, **flat(place.figures)} for place in places]
