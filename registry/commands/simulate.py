"""`registry simulate`: a synthetic cohort lives through the campaign's days, by the same rules as real people."""

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session, func, select

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.keys import Issuer, KeysMissing, create_keys, load_issuer
from registry.commands.cohort import OPENS, Cohort, Point
from registry.commands.output import COMMAND_LINE, no_campaign, open_database, print_json, progress
from registry.commands.shares import BATCH, Play
from registry.commands.synthetic import MOST, PASSPORTS, TooManySynthetic
from registry.db import Database
from registry.errors import NotFound
from registry.model import for_reading, new_id
from registry.pilgrims.models import IdentifierKind, PilgrimIdentifier
from registry.settings import Settings
from registry.staff import queries as staff_queries
from registry.staff import services as staff
from registry.staff.models import ScopeKind, Staff
from registry.vaccines import queries as vaccine_queries
from registry.vaccines import services as vaccines
from registry.vaccines.models import Lot, Product

# What a delivery of any number of doses, made today, is asked.
DELIVERY_DOUBTS = {"expires_on.ExpiresLate", "doses.NotWholeContainers"}
PREPARED = timedelta(days=30)  # accounts and stock are there before the first day


@click.command()
@click.option("--pilgrims", "count", type=click.IntRange(1, MOST), default=100, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same people.")
@click.option("--campaign", "code", help="Code of the campaign; default: the newest.")
@click.option(
    "--processes", type=click.IntRange(1, 16), help="How many share the work; default: the cores, if there is enough."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(count: int, seed: int, code: str | None, processes: int | None, as_json: bool) -> None:
    """Register, examine, vaccinate and certify a synthetic cohort. Refused in production."""
    settings = Settings()
    if not settings.training:
        raise click.ClickException("Synthetic people never enter a production installation.")
    database = open_database(settings)
    processes = processes or fitting_processes(count)
    try:
        done = play(database, settings, pilgrims=count, seed=seed, campaign_code=code, processes=processes)
    except NotFound:
        with database.open_session(writes=False) as session:
            raise click.ClickException(no_campaign(session, code)) from None
    except TooManySynthetic as fault:
        raise click.ClickException(str(fault)) from None
    if as_json:
        print_json(done)
    else:
        click.echo(", ".join(f"{name}: {number}" for name, number in done.items()))


def play(
    database: Database,
    settings: Settings,
    *,
    pilgrims: int,
    seed: int,
    campaign_code: str | None = None,
    finished: float = 1.0,
    processes: int = 1,
) -> dict[str, int]:
    """Bring `pilgrims` people into the campaign; the share `finished` of them goes on to the examination.

    Each batch is a transaction: what was there before an interruption is whole. Returns how many reached each stage.
    """
    issuer_of(settings)
    with database.open_session(writes=True) as session:
        campaign = campaigns.current_campaign(session, campaign_code)
        points = prepare_points(session, campaign, doses=pilgrims)
        cohort = Cohort(pilgrims, seed, after=last_synthetic_number(session), finished=finished)
        session.commit()
    url = database.engine.url.render_as_string(hide_password=False)
    whole = Play(url, settings, campaign, points, cohort)
    database.engine.dispose()  # no connection of this process is known to the others
    done = Counter(registered=0, examined=0, vaccinated=0, certified=0)
    batches = whole.live_apart(processes) if processes > 1 else whole.live(points)
    with progress("Pilgrims", pilgrims) as advance:
        for stages in batches:
            done.update(stages)
            advance(stages["registered"])
    return dict(done)


def fitting_processes(pilgrims: int) -> int:
    """As many as there are cores for this program, and not more than there are batches."""
    return min(len(os.sched_getaffinity(0)), 16, 1 + pilgrims // BATCH)


def last_synthetic_number(session: Session) -> int:
    """People of an earlier simulation keep their passports."""
    passports = select(func.max(PilgrimIdentifier.value)).where(
        PilgrimIdentifier.kind == IdentifierKind.PASSPORT,
        PilgrimIdentifier.value > f"{PASSPORTS}0000000",
        PilgrimIdentifier.value <= f"{PASSPORTS}{MOST:07d}",
    )
    last = session.exec(passports).one()
    return int(last.removeprefix(PASSPORTS)) if last else 0


def issuer_of(settings: Settings) -> Issuer:
    try:
        return load_issuer(settings)
    except KeysMissing:
        create_keys(settings)
        return load_issuer(settings)


def prepare_points(session: Session, campaign: Campaign, *, doses: int) -> list[Point]:
    """A doctor, a vaccinator and one lot of each vaccine for every point."""
    start = datetime.combine(campaign.starts_on, OPENS, ZoneInfo(campaign.timezone)).astimezone(UTC) - PREPARED
    regions = campaigns.regions_by_point(session)
    points = []
    for place in campaigns.list_points(session, campaign.code):
        doctor, vaccinator = (account(session, role, place.code, at=start) for role in ("doctor", "vaccinator"))
        lots = {
            antigen.code: stock_up(session, campaign, place.code, antigen.code, doses=doses + 50, at=start)
            for antigen in campaigns.list_antigens(session, campaign.code)
        }
        people = for_reading(doctor), for_reading(vaccinator)
        points.append(Point(for_reading(place), regions[place.code], *people, lots))
    return points


def account(session: Session, role: str, point: str, *, at: datetime) -> Staff:
    """A training account nobody can sign in to: its one-time password is thrown away."""
    username = f"{role}.{point.lower()}"
    found = staff_queries.find_staff_by_username(session, username)
    if found is None:
        found, _password = staff.add_staff(
            session,
            username=username,
            name=f"Окуу {role} {point}",
            latin_name=f"TRAINING {role.upper()} {point}",
            roles=[(role, ScopeKind.POINT, point)],
            on=at.date(),
            by=COMMAND_LINE,
            at=at,
            training=True,
        )
    return found


def stock_up(
    session: Session, campaign: Campaign, point: str, antigen: str, *, doses: int, at: datetime
) -> tuple[Lot, Product]:
    """One delivery, usable in the campaign's days and by who practises today."""
    today = clock.local_date(clock.now(), campaign.timezone)
    product = next(p for p in vaccine_queries.list_products(session) if p.antigen_code == antigen and p.who_product_id)
    season = next(
        (r.season_code for r in campaigns.list_requirements(session, campaign.code) if r.antigen_code == antigen), None
    )
    lot = vaccines.receive_lot(
        session,
        id=new_id(),
        product_code=product.code,
        number=f"TRAIN{antigen[:3]}{point[-3:]}",
        expires_on=date(max(campaign.ends_on, today).year + 1, 12, 31),
        season_code=season,
        point_code=point,
        doses=doses,
        document="simulation",
        by=COMMAND_LINE,
        at=at,
        confirmed=DELIVERY_DOUBTS,
    )
    return for_reading(lot), for_reading(product)
