"""Checks by people nobody knows: limited, so that nobody finds codes by trying; silent about every way to be wrong."""

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session

from registry import clock, db, hcert
from registry.audit import queries as audit_queries
from registry.audit import services as audit
from registry.audit.models import Action
from registry.certificates import services as certificates
from registry.certificates.codes import CodesDiffer, alarm_of
from registry.certificates.histories import Standing, check_history
from registry.certificates.keys import find_own_trust, own_trust
from registry.jobs import queries as job_queries
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.settings import Settings
from registry.trust.queries import trusted
from registry.verification import queries
from registry.verification.intake import Checked, Entry
from registry.verification.queries import Held, Means, verify_texts
from registry.verification.rules import (
    BirthDateNeeded,
    Form,
    LinkElsewhere,
    NamesTwo,
    Readiness,
    TooManyChecks,
    WrongDatesOften,
    leads_to,
    looks_like_guessing,
    may_hold_signed,
    readiness,
    typed_name,
)

YEAR, DATE = "", "date:"
"""What was asked beside a typed code: wrong years and wrong dates are counted apart."""
PROVE = "prove_log"
"""The job that walks the whole log."""
PER_ADDRESS, ADDRESS_WINDOW = 10, timedelta(minutes=1)
SECONDS_OF_A_CHECK = 0.25  # of processor
ANYWHERE, ANYWHERE_WINDOW = 1000, timedelta(minutes=5)
WRONG_YEARS, YEARS_WINDOW = 10, timedelta(days=1)  # sixty years are plausible: ten tries find one in six
# Wrong dates for one code: so many at once from an address, then one an hour. A code at which many addresses guess
# leaves each a single one. It is never closed: whoever writes the right date from elsewhere is let in.
FREE_DATES, FREE_WHEN_MANY, MANY_DATES = 5, 1, 50
DATES_WINDOW, DATES_WAIT = timedelta(days=1), timedelta(hours=1)


class Asked(NamedTuple):
    """A code that somebody typed, what was asked beside it (YEAR or DATE of birth), from where and when."""

    typed: str
    beside: str
    address: str
    at: datetime
    date_instead: bool = False
    """Whether the whole date can be asked where too many years were wrong."""


def check_limits(session: Session, asked: Asked) -> None:
    """Raises TooManyChecks after ten failures a minute from an address, WrongDatesOften.

    No code is ever closed: whoever saw a paper could else take it from its holder, a flood from everywhere all papers
    from all their holders.
    """
    _check_address(session, Action.CHECK_FAILED, address=asked.address, at=asked.at)
    if asked.beside == DATE:
        _check_dates(session, asked)


def _check_address(session: Session, action: Action, *, address: str, at: datetime) -> None:
    from_here, _ = audit_queries.count_attempts(session, action, since=at - ADDRESS_WINDOW, address=address)
    if from_here >= PER_ADDRESS:
        raise TooManyChecks


def _check_dates(session: Session, asked: Asked) -> None:
    """Raises WrongDatesOften: this code, known or not, was tried with too many wrong dates of birth from here."""
    since, subject = asked.at - DATES_WINDOW, _subject(asked)
    here, last = audit_queries.count_attempts(
        session, Action.CHECK_FAILED, since=since, subject=subject, address=asked.address
    )
    everywhere, _ = audit_queries.count_attempts(session, Action.CHECK_FAILED, since=since, subject=subject)
    free = FREE_DATES if everywhere < MANY_DATES else FREE_WHEN_MANY
    if here >= free and last is not None and last > asked.at - DATES_WAIT:
        raise WrongDatesOften


def _needs_birth_date(session: Session, asked: Asked) -> bool:
    """Whether this code, known or not, was tried with ten wrong years today: then the whole date is asked."""
    wrong, _ = audit_queries.count_attempts(
        session, Action.CHECK_FAILED, since=asked.at - YEARS_WINDOW, subject=_subject(asked)
    )
    return wrong >= WRONG_YEARS


def match_code(
    session: Session, typed: str, fits: Callable[[Mapping[str, Any]], bool], *, home: str | None
) -> Held | LinkElsewhere | NamesTwo | None:
    """The certificate whose code or link was given and whose facts fit; to be told after `count_check` only.

    An unknown code, a mistyped one and wrong facts take the same reads and the same write. LinkElsewhere where whoever
    opened the link would see a stranger's page, NamesTwo where a code of another certificate stands beside the link;
    `home`: the register's own address.
    """
    given = typed_name(typed)
    names = {given.text, *(one.text for one in given.beside)}
    named = queries.find_held(session.connection(), names, timezone="UTC", with_recalls=False)
    found = named.get(given.text)
    held = found if found is not None and found.opens_with(given.text) else None
    if given.form is Form.LINK and not leads_to(given.site, (home, held.printed_at if held else None)):
        return LinkElsewhere()
    if held is None or not fits(held.certificate.facts):
        return None
    return NamesTwo() if queries.leads_elsewhere(given, held, named, home=home) else held


def count_check(session: Session, asked: Asked, *, right: bool) -> BirthDateNeeded | None:
    """Count a failure for the throttles of its address and of its code: of many at once one after the other.

    Raises what `check_limits` raises. BirthDateNeeded: nothing may be told, and that was asked counts as a failure too.
    A right answer waits for its turn like a wrong one, and writes nothing.
    """
    db.one_by_one(session, [f"check from {asked.address}", f"check of {_subject(asked)}"])
    check_limits(session, asked)
    needed = BirthDateNeeded() if asked.date_instead and _needs_birth_date(session, asked) else None
    if needed or not right:
        _record_failure(session, asked)
    return needed


def _record_failure(session: Session, asked: Asked) -> None:
    """While a thousand of everybody's were written in five minutes, those for codes that no certificate has are not.

    Anybody can send them, and 55 random bits are not found by trying.
    """
    everywhere, _ = audit_queries.count_attempts(session, Action.CHECK_FAILED, since=asked.at - ANYWHERE_WINDOW)
    if everywhere >= ANYWHERE:
        code = typed_name(asked.typed).text
        if code not in queries.find_held(session.connection(), [code], timezone="UTC", with_recalls=False):
            return
    audit.record(session, Action.CHECK_FAILED, by=None, at=asked.at, subject=_subject(asked), address=asked.address)
    session.flush()


def _subject(asked: Asked) -> str:
    """A hash: what people type by mistake may be a passport number."""
    return hashlib.sha256(f"{asked.beside}{typed_name(asked.typed).text}".encode()).hexdigest()[:32]


def hand_over(session: Session, held: Held, *, at: datetime) -> Standing:
    """What the holder's own certificate is worth today; the look is recorded as the pilgrim's.

    Raises CodesDiffer where it cannot be judged.
    """
    certificate = held.certificate
    if held.spoilt:
        raise CodesDiffer(alarm_of(certificate, held.spoilt))
    check_history(certificate, follows=held.follows)
    audit.record(
        session,
        Action.VIEWED,
        by=None,
        at=at,
        pilgrim=certificate.pilgrim_id,
        what="my_certificate",
        certificate=str(certificate.id),
    )
    session.flush()
    return held.standing(on=clock.local_date(at, held.entry_timezone))


def check_group_throttle(session: Session, *, address: str, at: datetime) -> None:
    """Raises TooManyChecks: a list counts as one check, however long it is."""
    for action in (Action.GROUP_SENT, Action.CHECK_FAILED):
        _check_address(session, action, address=address, at=at)


def count_sending(session: Session, *, address: str, at: datetime) -> None:
    """That somebody sends a list: it counts for the throttle whatever comes of it. Raises TooManyChecks."""
    db.one_by_one(session, [f"check from {address}"])
    check_group_throttle(session, address=address, at=at)
    record_sending(session, address=address, at=at)


def record_sending(session: Session, *, address: str, at: datetime, times: int = 1) -> None:
    """That a list was sent, or cost as much as so many."""
    for _ in range(times):
        audit.record(session, Action.GROUP_SENT, by=None, at=at, address=address)


def checks_more(seconds: float) -> int:
    """As how many checks more a file counts that took so long to read; a manifest of 500 rows as none."""
    return int(seconds / SECONDS_OF_A_CHECK)


def check_group(session: Session, entries: Sequence[Entry], settings: Settings, *, at: datetime) -> list[Checked]:
    """Every line's answer for its planned day, or for today where that has passed; what asks for attention first."""
    texts = [(entry.text, entry.travel_on) for entry in entries]
    checked, first = [], dict[str, int]()
    answers = verify_texts(texts, _means(session, texts, settings), at=at, timezone=settings.timezone)
    for entry, found in zip(entries, answers, strict=True):
        code = str((found.payload or {}).get("code") or "")
        above = first.setdefault(code, entry.number) if code else entry.number
        worth = Readiness.UNKNOWN if entry.fault else readiness(found)
        checked.append(Checked(entry, worth, found, above if above != entry.number else None))
    order = list(Readiness)
    return sorted(checked, key=lambda one: (order.index(one.readiness), one.entry.number))


def _means(session: Session, texts: Sequence[tuple[str, date | None]], settings: Settings) -> Means:
    """Keys are read only where something signed was given."""
    signers = find_own_trust(settings)
    means = Means(session, hcert.TrustList(), signers=signers, training=settings.training, url=settings.url)
    if not any(may_hold_signed(text) for text, _on in texts):
        return means
    zone = queries.find_entry_timezone(session, settings)
    return replace(means, trust=trusted(session, settings), own=own_trust(settings), entry_timezone=zone)


def record_group(session: Session, checked: Sequence[Checked], *, address: str, at: datetime) -> None:
    """That a list was checked and how long it was, nothing of what it says; one like a guess counts as a failure."""
    audit.record(session, Action.GROUP_CHECKED, by=None, at=at, address=address, count=len(checked))
    certificates.raise_alarms(session, [one.found.alarm for one in checked if one.found.alarm], at=at)
    if looks_like_guessing([one.found for one in checked]):
        audit.record(session, Action.CHECK_FAILED, by=None, at=at, address=address)
    session.flush()


def request_proof(session: Session, *, id: uuid.UUID, by: uuid.UUID, at: datetime) -> Job:  # noqa: A002 - the job's own
    """Have every entry of the log proven; whoever asks while it is being done shares that proof."""
    return job_queries.find_unfinished(session, PROVE) or jobs.enqueue(session, PROVE, {}, id=id, by=by, at=at)
