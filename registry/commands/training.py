"""The first run of a training installation: reference data, a key, accounts, a small synthetic cohort."""

import click
from sqlmodel import Session
from werkzeug.utils import import_string

from registry import clock
from registry.campaigns import queries as campaign_queries
from registry.certificates.keys import KeysMissing, create_keys, load_issuer
from registry.commands.campaign import HAJJ_2026, load_everything, read_document
from registry.commands.output import COMMAND_LINE
from registry.db import Database
from registry.errors import NotFound
from registry.settings import Settings
from registry.staff import queries as staff_queries
from registry.staff import rules
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
    # Who revoked a certificate does not decide about a new one: a second person must be there.
    ("immunologist2", "immunologist", ScopeKind.COUNTRY, "", "Окуу Өлкө Иммунологу", "OKUU OLKO IMMUNOLOGU"),
    ("ministry", "ministry", ScopeKind.COUNTRY, "", "Окуу Министрлик", "OKUU MINISTRLIK"),
    ("auditor", "auditor", ScopeKind.COUNTRY, "", "Окуу Аудитор", "OKUU AUDITOR"),
    ("administrator", "administrator", ScopeKind.COUNTRY, "", "Окуу Администратор", "OKUU ADMINISTRATOR"),
)


def prepare(settings: Settings, database: Database) -> None:
    """Make what is missing; a second run finds everything there and changes nothing."""
    try:
        load_issuer(settings)
    except KeysMissing:
        # A folder that holds some of the keys is no new installation: what is missing has to be brought back.
        if settings.keys_dir.exists() and any(settings.keys_dir.iterdir()):
            raise
        create_keys(settings)
    with database.open_session(writes=True) as session:
        first_run = not is_loaded(session)
        if first_run:
            load_everything(session, read_document(HAJJ_2026), by=COMMAND_LINE, at=clock.now())
        passwords = [] if somebody_can_sign_in(session) else add_accounts(session, settings)
        session.commit()
    if passwords:
        # At once: who interrupts what follows must not be locked out for ever.
        tell(passwords)
    if first_run:
        # Read only now: it would double the time of every later start.
        play = import_string("registry.commands.simulate:play")
        play(database, settings, pilgrims=COHORT, seed=1, finished=FINISHED)
    database.engine.dispose()


def tell(passwords: list[tuple[str, str]]) -> None:
    click.echo("Training accounts, each with a one-time password. They are shown only now:\n")
    for username, password in passwords:
        click.echo(f"  {username:<14} {password}")
    click.echo("")


def somebody_can_sign_in(session: Session) -> bool:
    """A simulation's accounts do not count: their passwords were thrown away."""
    ours = {account[0] for account in ACCOUNTS}
    return any(known.username in ours or not known.training for known in staff_queries.list_staff(session))


def is_loaded(session: Session) -> bool:
    try:
        campaign_queries.current_campaign(session, None)
    except NotFound:
        return False
    return True


def add_accounts(session: Session, settings: Settings) -> list[tuple[str, str]]:
    """One account for each role, two immunologists; (user name, one-time password)."""
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
            one_time_for=rules.ONE_TIME_FOR_TRAINING,
        )
        passwords.append((username, password))
    return passwords
