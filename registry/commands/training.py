"""The first run of a training installation: reference data, a key, accounts, a small synthetic cohort."""

import click
from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaign_queries
from registry.certificates.keys import KeysMissing, create_keys, load_issuer
from registry.commands.campaign import HAJJ_2026, load_everything, read_document
from registry.commands.output import COMMAND_LINE
from registry.commands.simulate import play
from registry.db import Database
from registry.errors import NotFound
from registry.settings import Settings
from registry.staff import services as staff
from registry.staff.models import ScopeKind

POINT, REGION = "VP-NRN", "KG-N"
COHORT, FINISHED = 45, 0.4  # most of them wait for who practises
ACCOUNTS = (
    # user name, role, scope, name, Latin name
    ("registrar", "registrar", ScopeKind.POINT, POINT, "Окуу Каттоочу", "OKUU KATTOOCHU"),
    ("doctor", "doctor", ScopeKind.POINT, POINT, "Окуу Дарыгер", "OKUU DARYGER"),
    ("vaccinator", "vaccinator", ScopeKind.POINT, POINT, "Окуу Медайым", "OKUU MEDAIYM"),
    ("lead", "lead", ScopeKind.POINT, POINT, "Окуу Жетекчи", "OKUU ZHETEKCHI"),
    ("immunologist", "immunologist", ScopeKind.REGION, REGION, "Окуу Иммунолог", "OKUU IMMUNOLOG"),
    ("ministry", "ministry", ScopeKind.COUNTRY, "", "Окуу Министрлик", "OKUU MINISTRLIK"),
    ("auditor", "auditor", ScopeKind.COUNTRY, "", "Окуу Аудитор", "OKUU AUDITOR"),
    ("administrator", "administrator", ScopeKind.COUNTRY, "", "Окуу Администратор", "OKUU ADMINISTRATOR"),
)


def prepare(settings: Settings, database: Database) -> None:
    """Make what is missing; a second run finds everything there and changes nothing."""
    try:
        load_issuer(settings)
    except KeysMissing:
        create_keys(settings)
    with database.open_session(writes=True) as session:
        if is_loaded(session):
            return
        load_everything(session, read_document(HAJJ_2026), by=COMMAND_LINE, at=clock.now())
        passwords = add_accounts(session, settings)
        session.commit()
    play(database, settings, pilgrims=COHORT, seed=1, finished=FINISHED)
    database.engine.dispose()
    click.echo("Training accounts, each with a one-time password. They are shown only now:\n")
    for username, password in passwords:
        click.echo(f"  {username:<14} {password}")
    click.echo("")


def is_loaded(session: Session) -> bool:
    try:
        campaign_queries.current_campaign(session, None)
    except NotFound:
        return False
    return True


def add_accounts(session: Session, settings: Settings) -> list[tuple[str, str]]:
    """One account for each role; (user name, one-time password)."""
    at = clock.now()
    passwords = []
    for username, role, kind, code, name, latin_name in ACCOUNTS:
        _account, password = staff.add_staff(
            session,
            username=username,
            name=name,
            latin_name=latin_name,
            roles=[(role, kind, code)],
            on=clock.local_date(at, settings.timezone),
            by=COMMAND_LINE,
            at=at,
            training=True,
        )
        passwords.append((username, password))
    return passwords
