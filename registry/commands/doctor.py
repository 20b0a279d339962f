"""`registry doctor`: what is wrong with this installation, in sentences."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import click
from sqlmodel import Session, select

from registry import clock
from registry.audit import queries as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.certificates.keys import KeysFault, load_issuer
from registry.certificates.models import Certificate
from registry.certificates.withheld import ISSUE
from registry.commands import agreement
from registry.commands.output import no_campaign, open_database, print_rows
from registry.commands.private_files import list_open_to_others
from registry.corrections import queries as corrections
from registry.db import Database
from registry.errors import NotFound
from registry.jobs import queries as jobs
from registry.settings import Settings
from registry.staff import queries as staff
from registry.trust import queries as trust
from registry.vaccines import queries as vaccines

SAFE_SQLITE = (3, 51, 3)  # earlier versions can, very rarely, corrupt a WAL file (fixed in March 2026)
LEAST_FREE = 0.10
ENDS_SOON = timedelta(days=60)
CHECK_MISSED = timedelta(days=2)
LIST_OLD = timedelta(days=30)
ALARMS_SHOWN = timedelta(days=30)


class Finding(NamedTuple):
    grave: bool
    sentence: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def command(as_json: bool) -> None:
    """Look for faults of this installation. Exit code 1 when one of them is grave."""
    settings = Settings()
    found = [*_settings(settings), *_keys(settings), *_paper(settings), *_files(settings), *_database(settings)]
    if as_json:
        print_rows([finding._asdict() for finding in found], as_json=True)
    else:
        for finding in found:
            click.echo(f"{'GRAVE' if finding.grave else 'note '}  {finding.sentence}")
        click.echo("Nothing is wrong." if not found else f"{len(found)} findings.")
    if any(finding.grave for finding in found):
        raise SystemExit(1)


def _settings(settings: Settings) -> Iterator[Finding]:
    if settings.training:
        yield Finding(False, "This is a training installation: its certificates are not real.")
    if settings.training and settings.public_url is None:
        yield Finding(False, f"The QR codes lead to {settings.url}, which other machines cannot reach.")
    if not settings.training and not settings.security_contact:
        yield Finding(False, "REGISTRY_SECURITY_CONTACT names nobody whom a finder of a weakness could tell.")


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        issuer = load_issuer(settings)
    except KeysFault as fault:
        yield Finding(True, str(fault))
        return
    for what, certificate, remedy in (
        ("signer", issuer.dscs[0], "Run: registry keys rotate"),
        ("authority", issuer.sca, "Make a new one, and tell everyone who trusts this one"),
    ):
        left = certificate.not_valid_after_utc - clock.now()
        if left < ENDS_SOON:
            ends = f"{certificate.not_valid_after_utc:%d.%m.%Y}"
            yield Finding(left < timedelta(0), f"The certificate of the {what} ends on {ends}. {remedy}.")


def _paper(settings: Settings) -> Iterator[Finding]:
    """What the printed certificate needs beside keys."""
    for what, file in (
        ("REGISTRY_PDF_SIGNER", settings.pdf_signer),
        ("REGISTRY_SHEET_TEMPLATE", settings.sheet_template),
    ):
        if file is not None and not os.access(file, os.R_OK):
            yield Finding(True, f"{what} names {file}, which cannot be read.")


def _files(settings: Settings) -> Iterator[Finding]:
    if settings.var_dir.exists():
        usage = shutil.disk_usage(settings.var_dir)
        if usage.free < LEAST_FREE * usage.total:
            yield Finding(True, f"The disk of {settings.var_dir} is nearly full: {usage.free // 2**20} MiB are free.")
    if exposed := " ".join(str(path) for path in list_open_to_others(settings)):
        sentence = f"Other users of this machine can look into {exposed}. Run: chmod -R go= {exposed}"
        yield Finding(not settings.training, sentence)
    translations = Path(str(files("registry.web"))) / "translations"
    for source in translations.glob("*/LC_MESSAGES/messages.po"):
        if not source.with_suffix(".mo").exists():
            yield Finding(False, f"The translation {source.parts[-3]} is not compiled. Run: make install")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = open_database(settings)
    except click.ClickException as fault:
        yield Finding(True, fault.message)
        return
    if database.engine.dialect.name == "sqlite" and sqlite3.sqlite_version_info < SAFE_SQLITE:
        yield Finding(
            False,
            f"SQLite {sqlite3.sqlite_version} has a rare fault in its write-ahead log, fixed in 3.51.3. "
            "The registry writes under one lock, which avoids it; use PostgreSQL for a whole country.",
        )
    yield from _content(database, settings)


def _checked(session: Session) -> Iterator[Finding]:
    """What the nightly check of the certificates found, and that it still runs."""
    last = jobs.find_last_done(session, agreement.CHECK)
    if last is None or last.finished_at is None:
        if session.exec(select(Certificate.id).limit(1)).first():
            yield Finding(False, "The certificates were never checked against the records. Run: registry worker")
        return
    day = f"{last.finished_at:%d.%m.%Y}"
    if wrong := last.result["disagreements"]:
        sentence = f"{wrong} certificates in force disagreed with the records when they were checked on {day}"
        yield Finding(True, f"{sentence} ({', '.join(last.result['codes'])}). Run: registry certificates check")
    elif clock.now() - last.finished_at > CHECK_MISSED:
        yield Finding(False, f"The certificates were last checked against the records on {day}. Run: registry worker")


def _alarms(session: Session) -> Iterator[Finding]:
    """What pages, prints, commands and the nightly check met since: a record was altered past the registry."""
    since = clock.now() - ALARMS_SHOWN
    count, last = audit.count_attempts(session, Action.CODES_DIFFER, since=since)
    if last is not None:
        sentence = f"{count} times, last on {last:%d.%m.%Y}, a certificate was met whose signed codes or logged issue"
        yield Finding(
            True,
            f"{sentence} differ from the register: somebody altered the database. Run: registry certificates check",
        )


def late_papers(session: Session) -> Iterator[Finding]:
    """Certificates that could not be signed when they were earned."""
    waiting = jobs.list_open(session, ISSUE)
    if waiting:
        since = f"{waiting[0].created_at:%d.%m.%Y %H:%M} UTC"
        sentence = f"{len(waiting)} certificates wait for the signing key since {since}."
        yield Finding(True, f"{sentence} They follow by themselves when it is back and a worker runs.")


def _unreached_papers(session: Session) -> Iterator[Finding]:
    """Certificates of a corrected lot that a worker could not replace."""
    for lot_id, at in corrections.list_unreached(session):
        number = vaccines.get_lot(session, lot_id).number
        sentence = f"Some certificates of lot {number} were not replaced when it was corrected on {at:%d.%m.%Y}."
        yield Finding(True, f"{sentence} Send its correction again as it is; what is altered, see: certificates check")


def _imported(session: Session) -> Iterator[Finding]:
    for one in trust.list_lists(session):
        if clock.now() - one.imported_at > LIST_OLD:
            sentence = f"The trust list {one.did} was imported on {one.imported_at:%d.%m.%Y}"
            yield Finding(False, f"{sentence}: countries change their keys. Import it anew: registry trust import")


def _content(database: Database, settings: Settings) -> Iterator[Finding]:
    with database.open_session(writes=False) as session:
        if database.engine.dialect.name == "sqlite":
            verdict = session.connection().exec_driver_sql("PRAGMA quick_check").scalar_one()
            if verdict != "ok":
                yield Finding(True, f"The database file is damaged: {verdict}. Restore the last backup.")
        try:
            campaigns.current_campaign(session, settings.campaign)
        except NotFound:
            yield Finding(True, no_campaign(session, settings.campaign))
        yield from _checked(session)
        yield from late_papers(session)
        yield from _unreached_papers(session)
        yield from _alarms(session)
        yield from _imported(session)
        accounts = staff.list_staff(session)
        if not accounts:
            yield Finding(True, "Nobody has an account. Run: registry staff add")
        if not settings.training and any(account.training for account in accounts):
            yield Finding(True, "There are training accounts in a production database.")
