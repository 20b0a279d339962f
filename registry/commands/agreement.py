"""Does every certificate in force agree with the records, and do its codes lead to it? Checked each night.

registry certificates check      what disagrees, changing nothing
registry certificates refresh    replace what disagrees: after a campaign file renamed a point or a product
"""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import click
from sqlmodel import Session, col, select

from registry import clock, hcert
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries, roll, rules, services
from registry.certificates.codes import SIGNATURE, Alarm, alarm_of, find_contradictions, list_doses, read_dose_numbers
from registry.certificates.keys import Issuer, KeysFault, load_issuer, load_signing
from registry.certificates.logged import find_altered_dose, find_changes, find_lost_paper, find_lost_revocation
from registry.certificates.models import Certificate, CertificateHandle
from registry.certificates.roll import Unreadable
from registry.certificates.rules import State
from registry.certificates.withheld import find_altered
from registry.commands.alarms import tell_alarm
from registry.commands.output import COMMAND_LINE, open_database, print_rows, progress
from registry.commands.pilgrim_lists import Effect, Report
from registry.db import Database
from registry.db.spoilt import RECORD, SPOILT, find_spoilt
from registry.db.unreadable import UNREADABLE
from registry.errors import NotFound
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings

CHECK = "check_certificates"
log = logging.getLogger(__name__)
ALTERED = (
    "The signed codes or the logged issue of %s certificates differ from the register: somebody altered the database. "
    "Change nothing."
)
ALARMED = 100  # alarms of one check: who altered more must not flood the audit
NAMED = 20  # codes that the nightly check keeps; the command names all
NIGHT = timedelta(hours=2)  # after midnight: the vaccination points are closed
NOT_AS_LOGGED = "it says something else than was logged when it was issued"
IN_FORCE = {State.VALID, State.NOT_YET_VALID}


class Disagreement(NamedTuple):
    """A certificate in force that should not be as it is, and why."""

    certificate: Certificate | Unreadable
    why: str
    alarm: Alarm | None  # somebody altered the database: codes, log or corrections tell otherwise
    stands_alone: bool = False  # also of a paper that is not the campaign's last

    def as_row(self) -> dict[str, Any]:
        paper = self.certificate
        return {"code": paper.code, "campaign": paper.campaign_code, "pilgrim_id": paper.pilgrim_id, "why": self.why}


def find_disagreements(
    session: Session, *, issuer: Issuer, at: datetime, advance: Callable[[], None] = lambda: None
) -> Iterator[Disagreement]:
    """Every certificate in force, of every campaign, page by page; `advance` hears of each that was looked at.

    Those that were replaced or revoked or have ended too, where the log tells otherwise of their issue.
    """
    _held = queries.read_shared(session)
    for code in session.exec(select(Campaign.code).order_by(Campaign.code)).all():
        campaign, today = _read_campaign(session, code, at=at)
        for row in roll.read_all(session, code, on=today):
            if isinstance(row, Unreadable):
                yield Disagreement(row, f"it cannot be read: {', '.join(row.columns)}", row.alarm)
            elif campaign is None:
                yield Disagreement(row[0], "its campaign cannot be read", alarm_of(row[0], ("campaign",)))
            elif found := _find_fault(session, *row, campaign, issuer):
                yield found
            advance()


def _read_campaign(session: Session, code: str, *, at: datetime) -> tuple[Campaign | None, date]:
    """A campaign and the day where its pilgrims enter; None where somebody left what cannot be read."""
    try:
        campaign = session.get_one(Campaign, code)
        return campaign, clock.local_date(at, campaign.entry_timezone)
    except UNREADABLE:
        return None, at.date()


def _find_fault(
    session: Session, certificate: Certificate, state: State, campaign: Campaign, issuer: Issuer
) -> Disagreement | None:
    """Whatever somebody left in the place of a row of its record tells of this one and stops nothing."""
    try:
        if state not in IN_FORCE:
            return next(_faults_of_log(session, certificate), None)
        found = next(_faults(session, certificate, campaign, issuer), None)
        return found if found and (found.stands_alone or _is_live(session, certificate)) else None
    except SPOILT as error:
        names = find_spoilt(session, Pilgrim, certificate.pilgrim_id)
        told = ", ".join(names) or type(error).__name__
        why = f"what is recorded beside it cannot be read, or is of no kind that the registry writes: {told}"
        return Disagreement(certificate, why, alarm_of(certificate, names or (RECORD,)))


def _is_live(session: Session, certificate: Certificate) -> bool:
    """It may have been replaced since its page was read: then somebody has just put it right."""
    return queries.live_certificate(session, certificate.pilgrim_id, certificate.campaign_code) is certificate


def _faults(session: Session, certificate: Certificate, campaign: Campaign, issuer: Issuer) -> Iterator[Disagreement]:
    """Codes, log and corrections first: where they differ, whatever else does follows from what somebody altered."""
    yield from _faults_of_issue(session, certificate, issuer)
    if dose := find_altered_dose(session, certificate.pilgrim_id):
        why = f"a dose of its pilgrim is not as it was logged: {', '.join(dose.differing)}"
        yield Disagreement(certificate, why, alarm_of(certificate, dose.differing))
    if altered := find_altered(session, session.get_one(Pilgrim, certificate.pilgrim_id), certificate):
        why = f"its pilgrim's record was altered, and no correction tells why: {', '.join(altered)}"
        yield Disagreement(certificate, why, alarm_of(certificate, altered))
    if lost := find_lost_revocation(session, certificate.pilgrim_id):
        why = "the log holds a revocation that the register does not: somebody took it away or altered it"
        yield Disagreement(certificate, why, lost, stands_alone=True)
    yield from _papers_taken_away(session, certificate)
    yield from _faults_of_records(session, certificate, campaign, issuer)
    for why in _faults_of_handles(session, certificate):
        yield Disagreement(certificate, why, None)


def _faults_of_log(session: Session, certificate: Certificate) -> Iterator[Disagreement]:
    """What was logged of a paper that is not in force."""
    if changed := find_changes(session, certificate):
        why = f"{NOT_AS_LOGGED}: {', '.join(changed)}"
        yield Disagreement(certificate, why, alarm_of(certificate, changed), stands_alone=True)
    yield from _papers_taken_away(session, certificate)


def _papers_taken_away(session: Session, certificate: Certificate) -> Iterator[Disagreement]:
    if lost := find_lost_paper(session, certificate.pilgrim_id):
        why = "the log holds another certificate of its pilgrim that the register does not: somebody took it away"
        yield Disagreement(certificate, why, lost, stands_alone=True)


def _faults_of_records(
    session: Session, certificate: Certificate, campaign: Campaign, issuer: Issuer
) -> Iterator[Disagreement]:
    pilgrim = session.get_one(Pilgrim, certificate.pilgrim_id)
    assessment = queries.assess(session, pilgrim, campaign=campaign)
    if not assessment.covered:
        yield Disagreement(certificate, "the recorded doses do not meet the requirements", None)
        return
    recorded, printed = services.facts_of(pilgrim, campaign, assessment, issuer), rules.lasting(certificate.facts)
    differing = sorted(name for name in recorded if printed.get(name) != recorded[name])
    if differing:
        yield Disagreement(certificate, f"it prints other facts than are recorded: {', '.join(differing)}", None)
        return
    # The paper names no number, and the registry changes none of a dose that stays what it is.
    signed = zip(read_dose_numbers(certificate), assessment.doses, strict=True)
    if any(number not in (None, str(one.dose.number)) for number, one in signed):
        why = "a signed code says something else than is recorded: dose_number"
        yield Disagreement(certificate, why, alarm_of(certificate, ("dose_number",)))


def _faults_of_handles(session: Session, certificate: Certificate) -> Iterator[str]:
    """Its code, its link and its id lead to it, and its dates are those that it prints."""
    wanted = [certificate.code, certificate.token, certificate.id.hex]
    held = session.exec(select(CertificateHandle).where(col(CertificateHandle.value).in_(wanted))).all()
    if [(one.pilgrim_id, one.certificate_id) for one in held] != [(certificate.pilgrim_id, certificate.id)] * 3:
        yield "its code, its link or its id does not lead to it"
    facts = certificate.facts
    if facts["code"] != certificate.code or not facts["verify_url"].endswith(f"/v/{certificate.token}"):
        yield "it prints another code or link than its own"
    until = certificate.valid_until.isoformat() if certificate.valid_until else None
    if (facts["entry_from"], facts["entry_until"]) != (certificate.valid_from.isoformat(), until):
        yield "it prints other days of entry than are kept"


def _faults_of_issue(session: Session, certificate: Certificate, issuer: Issuer) -> Iterator[Disagreement]:
    """What was altered since the day of issue, by the codes that were signed then and by what was logged: one alarm."""
    found, differing = [], list[str]()
    if reasons := sorted(set(_reasons_against_codes(certificate, issuer))):
        found.append(f"a signed code does not verify: {', '.join(reasons)}")
        differing.append(SIGNATURE)
    if contradicted := find_contradictions(certificate):
        found.append(f"a signed code says something else than the paper: {', '.join(contradicted)}")
    if changed := find_changes(session, certificate):
        found.append(f"{NOT_AS_LOGGED}: {', '.join(changed)}")
    if found:
        names = tuple(dict.fromkeys((*differing, *contradicted, *changed)))
        # Told also of one that has a successor: only as long as nobody altered which one that is, it does not count.
        yield Disagreement(certificate, "; ".join(found), alarm_of(certificate, names), stands_alone=bool(changed))


def _reasons_against_codes(certificate: Certificate, issuer: Issuer) -> Iterator[str]:
    """As they were on the day of issue: that a signature ends before a dose does is no fault."""
    for dose in list_doses(certificate):
        checked = hcert.verify(str(dose.get("signed_code")), issuer.trust, at=certificate.issued_at)
        if checked.reason is not None:
            yield checked.reason.value


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def check(as_json: bool) -> None:
    """Look for certificates in force that disagree with the records. Exit code 1 when there are any."""
    settings = Settings()
    issuer, at, database = load_issuer(settings), clock.now(), open_database(settings)
    with database.open_session(writes=False) as session, progress("Checked", None) as advance:
        found = list(find_disagreements(session, issuer=issuer, at=at, advance=advance))
    alarms = [one.alarm for one in found if one.alarm]
    for alarm in alarms[:ALARMED]:
        tell_alarm(database, alarm)
    print_rows([one.as_row() for one in found], as_json=as_json)
    if alarms:
        click.echo(ALTERED % len(alarms), err=True)
    if found:
        raise SystemExit(1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def refresh(as_json: bool) -> None:
    """Replace, or revoke, every certificate in force that disagrees with the records, and list them.

    One whose signed codes or logged issue differ, or whose pilgrim's record was changed without a correction, is left
    alone: a new paper would sign what somebody altered.
    """
    settings = Settings()
    at, database = clock.now(), open_database(settings)
    issuer = load_signing(settings, at=at)
    with database.open_session(writes=False) as session:
        found = list(find_disagreements(session, issuer=issuer, at=at))
    rows = [one.as_row() for one in found if not one.alarm]
    for row in rows:
        database.run_transaction(partial(_refresh, row=row, issuer=issuer, at=at))
    print_rows(rows, as_json=as_json)
    if altered := len(found) - len(rows):
        click.echo(ALTERED % altered, err=True)
        raise SystemExit(1)


def _refresh(session: Session, *, row: Mapping[str, Any], issuer: Issuer, at: datetime) -> None:
    pilgrim, campaign = session.get_one(Pilgrim, row["pilgrim_id"]), campaigns.get_campaign(session, row["campaign"])
    services.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=COMMAND_LINE, at=at)
    session.commit()


def enqueue_nightly(session: Session, *, at: datetime) -> None:
    """Put the check into the queue once a day, where there are a campaign and keys; of several workers one does it."""
    try:
        load_issuer(Settings())
        campaign = campaigns.current_campaign(session, None)
    except (NotFound, KeysFault):
        return
    night = clock.local_date(at - NIGHT, campaign.timezone)
    jobs.enqueue(session, CHECK, {}, id=uuid.uuid5(uuid.NAMESPACE_OID, f"{CHECK} {night}"), by=COMMAND_LINE, at=at)


def check_nightly(database: Database, _job: Job, report: Report) -> Effect:
    """The work of that job; its result is {"checked", "disagreements", "altered": counts, "codes": the first ones}.

    Every certificate whose signed codes or logged issue differ from the register is an alarm, as on a page.
    """
    looked_at, codes, disagreements, alarms = 0, list[str](), 0, list[Alarm]()

    def advance() -> None:
        nonlocal looked_at
        looked_at += 1
        report(looked_at, looked_at + 1)

    with database.open_session(writes=False) as session:
        issuer = load_issuer(Settings())
        for one in find_disagreements(session, issuer=issuer, at=clock.now(), advance=advance):
            disagreements += 1
            codes += [one.certificate.code] if len(codes) < NAMED else []
            alarms += [one.alarm] if one.alarm else []

    def end(session: Session) -> Mapping[str, Any]:
        services.raise_alarms(session, alarms[:ALARMED], at=clock.now())
        if alarms:
            log.error("the signed codes or the logged issue of %s certificates differ from the register", len(alarms))
        return {"checked": looked_at, "disagreements": disagreements, "altered": len(alarms), "codes": codes}

    return end
