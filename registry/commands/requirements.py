"""`registry requirements`: would this dose be enough?"""

from datetime import date
from typing import Any

import click
from sqlmodel import Session

from registry.campaigns import queries
from registry.campaigns.models import Requirement, VaccineType
from registry.campaigns.rules import GivenDose, evaluate
from registry.commands.output import no_campaign, open_database, print_json
from registry.errors import NotFound

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD, within what living people have seen and any vaccine lasts."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day <= LATEST:
            self.fail(f"{value!r} is not a date between {EARLIEST} and {LATEST}. Write it as 2026-05-11.", param, ctx)
        return day


@click.group()
def command() -> None:
    """Vaccination requirements."""


@command.command()
@click.option("--campaign", "campaign_code", required=True, help="Code of the campaign.")
@click.option("--antigen", required=True, help="Code of the antigen, or of the requirement (MENACWY, MEN-ACWY).")
@click.option("--type", "vaccine_type", type=click.Choice([kind.value for kind in VaccineType]), default="unknown")
@click.option("--given", type=Day(), help="Day of the dose, YYYY-MM-DD; leave it out where there is none.")
@click.option("--arrival", type=Day(), help="Day of arrival; default: the one the campaign assumes.")
@click.option("--birth", type=Day(), help="Day of birth.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def check(
    campaign_code: str,
    antigen: str,
    vaccine_type: str,
    given: date | None,
    arrival: date | None,
    birth: date | None,
    as_json: bool,
) -> None:
    """Say whether a dose satisfies a requirement on the day of arrival, from when until when, and why."""
    with open_database().open_session(writes=False) as session:
        requirement = find_requirement(session, campaign_code, antigen)
        arrival = arrival or queries.get_campaign(session, campaign_code).default_arrival_on
    if arrival is None:
        raise click.ClickException("This campaign assumes no day of arrival. Give --arrival YYYY-MM-DD.")
    if birth and given and given < birth:
        raise click.ClickException("The dose was given before the birth. Correct --given or --birth.")
    doses = [GivenDose(None, requirement.antigen_code, VaccineType(vaccine_type), given)] if given else []
    evaluation = evaluate(requirement, doses, arrival_on=arrival, birth_on=birth)
    answer = {
        "result": evaluation.result.value,
        "valid_from": evaluation.valid_from,
        "valid_until": evaluation.valid_until,
        "why": str(evaluation.why),
    }
    if as_json:
        print_json(answer)
    else:
        for name, value in answer.items():
            click.echo(f"{name}: {'' if value is None else value}")


def find_requirement(session: Session, campaign_code: str, code: str) -> Requirement:
    """The requirement of a campaign by its own or its antigen's code, a mandatory one first.

    Raises click.ClickException with a sentence when there is none.
    """
    try:
        queries.get_campaign(session, campaign_code)
    except NotFound:
        raise click.ClickException(no_campaign(session, campaign_code)) from None
    asked = queries.list_requirements(session, campaign_code, mandatory_only=False)
    named = [one for one in asked if code.upper() in {one.code, one.antigen_code}]
    if not named:
        known = ", ".join(one.antigen_code for one in asked)
        raise click.ClickException(f"The campaign asks for nothing named {code!r}. It knows: {known}.")
    return min(named, key=lambda one: not one.mandatory)
