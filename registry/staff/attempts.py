"""Attempts to get in: limited, and counted before they are judged.

An attempt is reserved as a failure, in a short transaction of its own that waits for every other one of the same limit.
Then the password is hashed or the code compared, which takes its time. What was right is taken back.
"""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, delete

from registry import db
from registry.audit import queries as audit_queries
from registry.audit import services as audit
from registry.audit.models import Action, AuditEvent
from registry.staff import rules

FAILURES = (Action.SIGN_IN_FAILED, Action.CODE_FAILED)


class Attempt(NamedTuple):
    """At whose name, and from where."""

    username: str
    address: str
    device: str | None
    at: datetime


class Limit(NamedTuple):
    """What failures have in common that are counted together, and how long they slow at most."""

    keys: dict[str, str | None]
    longest: timedelta


def check(session: Session, attempt: Attempt) -> None:
    """Raises TooManyAttempts for some seconds after repeated failures."""
    known, limits = _limits(session, attempt)
    _check(session, attempt, known=known, limits=limits)


def reserve(session: Session, attempt: Attempt, action: Action = Action.SIGN_IN_FAILED) -> uuid.UUID:
    """Count an attempt as failed before it is judged; its id for `take_back`. Raises TooManyAttempts."""
    known, limits = _limits(session, attempt)
    keys = {f"{name} {value}" for limit in limits for name, value in limit.keys.items()}
    db.one_by_one(session, keys if known else keys | {"anywhere"})
    _check(session, attempt, known=known, limits=limits)
    username, address, device, at = attempt
    event = audit.record(session, action, by=None, at=at, subject=username, address=address, device=device)
    session.flush()
    return event.id


def reserve_code(session: Session, attempt: Attempt, *, of_app: bool) -> uuid.UUID:
    """The same for a code of the second factor. Raises TooManyWrongCodes too, for one of the app."""
    reserved = reserve(session, attempt, Action.CODE_FAILED)
    if of_app:
        _check_codes(session, attempt)
    return reserved


def take_back(session: Session, reserved: uuid.UUID) -> None:
    """What was right is no failure."""
    session.exec(delete(AuditEvent).where(col(AuditEvent.id) == reserved))


def _limits(session: Session, attempt: Attempt) -> tuple[bool, list[Limit]]:
    """Whether this person signed in here lately, and what is counted.

    Long only for this user from this browser or address; a user attacked from elsewhere, a clinic behind one address,
    and strangers while the whole installation is guessed at, are slowed by seconds. Whoever signed in lately in this
    browser, else from this address, is slowed by own failures there only: else an attack that never rests would keep
    a colleague out by always being first when the seconds are over.
    """
    here: dict[str, str | None] = {"subject": attempt.username, "address": attempt.address}
    mine: dict[str, str | None] = {"subject": attempt.username, "device": attempt.device}
    if attempt.device and _signed_in(session, at=attempt.at, **mine):
        return True, [Limit(mine, rules.LONGEST_DELAY_HERE)]
    if _signed_in(session, at=attempt.at, **here):
        return True, [Limit(here, rules.LONGEST_DELAY_HERE)]
    return False, [
        Limit(here, rules.LONGEST_DELAY_HERE),
        Limit({"subject": attempt.username}, rules.LONGEST_DELAY_ANYWHERE),
        Limit({"address": attempt.address}, rules.LONGEST_DELAY_ANYWHERE),
    ]


def _check(session: Session, attempt: Attempt, *, known: bool, limits: list[Limit]) -> None:
    if not known:
        _check_flood(session, at=attempt.at)
    since = attempt.at - rules.WINDOW
    for keys, longest in limits:
        failures, last = audit_queries.count_attempts(session, *FAILURES, since=since, **keys)
        # An address is shared by colleagues: it may fail three times as often.
        counted = failures if "subject" in keys else failures // 3
        wait = rules.seconds_to_wait(counted, last, longest=longest, at=attempt.at)
        if wait:
            raise rules.TooManyAttempts(seconds=wait)


def _signed_in(session: Session, *, at: datetime, **keys: str | None) -> bool:
    count, _ = audit_queries.count_attempts(session, Action.SIGNED_IN, since=at - rules.KNOWN_FOR, **keys)
    return count > 0


def _check_flood(session: Session, *, at: datetime) -> None:
    """One password tried at sixty names from sixty addresses slows nobody alone: so all failures count together."""
    failures, last = audit_queries.count_attempts(session, *FAILURES, since=at - rules.ANYWHERE_WINDOW)
    if failures >= rules.MOST_ANYWHERE and last is not None:
        raise rules.TooManyAttempts(seconds=int(rules.LONGEST_DELAY_ANYWHERE.total_seconds()))


def _check_codes(session: Session, attempt: Attempt) -> None:
    """Raises TooManyWrongCodes after MOST_WRONG_CODES in a day: the app's codes open nothing until that day is over.

    In a browser where this person signed in lately only its own wrong codes count, so that who stole the password
    cannot keep its owner out. The one that was reserved is among them.
    """
    own = {"subject": attempt.username}
    if attempt.device and _signed_in(session, at=attempt.at, subject=attempt.username, device=attempt.device):
        own["device"] = attempt.device
    wrong, _ = audit_queries.count_attempts(session, Action.CODE_FAILED, since=attempt.at - rules.CODES_WINDOW, **own)
    if wrong > rules.MOST_WRONG_CODES:
        raise rules.TooManyWrongCodes
