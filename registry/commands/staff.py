"""`registry staff`: accounts."""

import re
from collections.abc import Iterator
from datetime import timedelta

import click
from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.commands.output import COMMAND_LINE, open_database, print_json, print_rows
from registry.errors import NotFound, Refusal
from registry.settings import Settings
from registry.staff import queries, rules, second_factor, services
from registry.staff.models import ScopeKind, Staff

LONGEST_NAME = 120


@click.group()
def command() -> None:
    """People with an account."""


@command.command()
@click.argument("username")
@click.option("--name", required=True, help="As staff read it.")
@click.option("--latin-name", required=True, help="As a certificate prints it.")
@click.option(
    "--role", required=True, help="registrar, doctor, vaccinator, lead, immunologist, ministry, auditor, administrator."
)
@click.option("--point", help="Code of the vaccination point where the role holds.")
@click.option("--region", help="Code of the region where the role holds (KG-N).")
@click.option("--language", type=click.Choice(["ky", "ru", "en"]), default="ky", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def add(
    username: str,
    name: str,
    latin_name: str,
    role: str,
    point: str | None,
    region: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Add an account. Its one-time password is printed once; without --point or --region the role is national."""
    for fault in faults_of(username, name, latin_name):
        raise click.ClickException(fault)
    kind, place = scope_of(point, region)
    settings, at = Settings(), clock.now()
    with open_database(settings).open_session(writes=True) as session:
        services.load_roles(session)
        check_known(session, role, kind, place)
        try:
            _staff, password = services.add_staff(
                session,
                username=username,
                name=name.strip(),
                latin_name=latin_name.strip(),
                roles=[(role, kind, place)],
                on=clock.local_date(at, settings.timezone),
                by=COMMAND_LINE,
                at=at,
                language=language,
                one_time_for=one_time_for(settings),
            )
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
        session.commit()
    if as_json:
        print_json({"username": username.strip().casefold(), "password": password})
    else:
        tell(username, password, settings)


@command.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Give a new one-time password and end every session. A second factor stays."""
    settings = Settings()
    with open_database(settings).open_session(writes=True) as session:
        staff = account(session, username)
        password = services.reset_password(
            session, staff, one_time_for=one_time_for(settings), by=COMMAND_LINE, at=clock.now()
        )
        session.commit()
    tell(username, password, settings)


@command.command("reset-factor")
@click.argument("username")
def reset_factor(username: str) -> None:
    """Remove the second factor of who lost it, with its recovery codes, and end every session."""
    settings = Settings()
    with open_database(settings).open_session(writes=True) as session:
        staff = account(session, username)
        if staff.totp_secret is None:
            raise click.ClickException(f"{username} has no second factor. Nothing was changed.")
        second_factor.remove(session, staff, by=COMMAND_LINE, at=clock.now())
        session.commit()
    then = "may set up a new one" if settings.training else "must set up a new one at the next sign-in"
    click.echo(f"{username}: the second factor was removed and every session ended. This person {then}.")


def scope_of(point: str | None, region: str | None) -> tuple[ScopeKind, str]:
    """Where a role holds, and the code of that place; the country has none."""
    if point and region:
        raise click.ClickException("Give either --point or --region, not both.")
    if point:
        return ScopeKind.POINT, point
    return (ScopeKind.REGION, region) if region else (ScopeKind.COUNTRY, "")


def check_known(session: Session, role: str, kind: ScopeKind, place: str) -> None:
    """Raises ClickException: a role, point or region that is in none of the loaded files."""
    if role not in {known.code for known in queries.list_roles(session)}:
        raise click.ClickException(f"There is no role {role!r}. See: registry staff add --help")
    try:
        if kind is ScopeKind.POINT:
            campaigns.get_point(session, place)
        if kind is ScopeKind.REGION and place not in {known.code for known in campaigns.list_regions(session)}:
            raise NotFound
    except NotFound:
        raise click.ClickException(f"There is no point or region {place!r}.") from None


def account(session: Session, username: str) -> Staff:
    found = queries.find_staff_by_username(session, username)
    if found is None:
        raise click.ClickException(f"There is no account {username!r}. See: registry staff list")
    return found


def one_time_for(settings: Settings) -> timedelta:
    return rules.ONE_TIME_FOR_TRAINING if settings.training else rules.ONE_TIME_FOR


def tell(username: str, password: str, settings: Settings) -> None:
    hours = one_time_for(settings) // timedelta(hours=1)
    click.echo(
        f"{username}: one-time password {password}\n"
        f"It is not shown again and ends in {hours} hours; the first sign-in asks for a new one."
    )


def faults_of(username: str, name: str, latin_name: str) -> Iterator[str]:
    """Why an account cannot have these names, in sentences."""
    if not re.fullmatch(r"[\w.@+-]{1,64}", username.strip()):
        yield "A user name is up to 64 letters, digits and . _ - + @ without spaces. Choose another one."
    if not name.strip() or len(name) > LONGEST_NAME:
        yield f"Write the name in at most {LONGEST_NAME} letters."
    if not re.fullmatch(r"[A-Za-z][A-Za-z '.-]*", latin_name.strip()) or len(latin_name) > LONGEST_NAME:
        yield f"Certificates print the Latin name: write at most {LONGEST_NAME} Latin letters, for example A. OSMONOVA."


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_all(as_json: bool) -> None:
    """All accounts with their roles today."""
    settings = Settings()
    with open_database(settings).open_session(writes=False) as session:
        today = clock.local_date(clock.now(), settings.timezone)
        roles: dict[object, list[str]] = {}
        for assignment, role in queries.list_assignments(session, on=today):
            roles.setdefault(assignment.staff_id, []).append(f"{role.code}@{assignment.scope_code or 'country'}")
        print_rows(
            (
                {
                    "username": staff.username,
                    "name": staff.name,
                    "roles": roles.get(staff.id, []),
                    "disabled": staff.disabled_at is not None,
                    "training": staff.training,
                }
                for staff in queries.list_staff(session)
            ),
            as_json=as_json,
        )
