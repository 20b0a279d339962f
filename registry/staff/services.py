"""Accounts, sign-in, sessions."""

import json
import secrets
import threading
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, select, update

from registry import db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.errors import refuse
from registry.staff import queries, rules
from registry.staff.models import Assignment, Role, ScopeKind, Staff, StaffSession

# OWASP's floor (19 MiB, 2 passes): a shared clinic server survives a morning of sign-ins on two cores.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_once = threading.BoundedSemaphore(2)  # a flood of sign-ins must not eat the memory


@cache
def _nobodys_hash() -> str:
    """Verified for unknown users, so that they take the same time. Made at the first sign-in, not at every start."""
    return _hasher.hash(secrets.token_hex(16))


def load_roles(session: Session) -> None:
    """Bring the roles that ship with the registry into the table; a site's own roles stay."""
    rows = json.loads(files("registry.staff").joinpath("data/roles.json").read_text())
    db.upsert(session, Role, rows)


def add_staff(
    session: Session,
    *,
    username: str,
    name: str,
    latin_name: str,
    roles: Iterable[tuple[str, ScopeKind, str]],
    on: date,
    by: uuid.UUID | None,
    at: datetime,
    language: str = "ky",
    training: bool = False,
    one_time_for: timedelta = rules.ONE_TIME_FOR,
) -> tuple[Staff, str]:
    """A new account and its one-time password, which must be changed at the first sign-in, before its time is over."""
    username = username.strip().casefold()
    if queries.find_staff_by_username(session, username):
        raise rules.UsernameTaken
    staff = Staff(
        username=username, name=name, latin_name=latin_name, password_hash="", language=language, training=training
    )
    password = _give_one_time_password(staff, until=at + one_time_for)
    session.add(staff)
    session.flush()
    for role, kind, code in roles:
        session.add(Assignment(staff_id=staff.id, role_code=role, scope_kind=kind, scope_code=code, from_on=on))
    audit.record(session, Action.STAFF_CHANGED, by=by, at=at, subject=username, what="added")
    session.flush()
    return staff, password


def _give_one_time_password(staff: Staff, *, until: datetime) -> str:
    password = secrets.token_urlsafe(12)
    staff.password_hash = _hasher.hash(password)
    staff.must_change_password = True
    staff.one_time_until = until
    return password


def reset_password(
    session: Session, staff: Staff, *, one_time_for: timedelta, by: uuid.UUID | None, at: datetime
) -> str:
    """A new one-time password; every session ends. The second factor stays: a reset must not walk around it."""
    password = _give_one_time_password(staff, until=at + one_time_for)
    audit.record(session, Action.STAFF_CHANGED, by=by, at=at, subject=staff.username, what="password reset")
    end_all_sessions(session, staff, by=by, at=at)
    return password


def verify_password(session: Session, *, username: str, password: str, at: datetime) -> Staff | None:
    """The account of a right pair of user name and password; None, after the same time, for any wrong one.

    It takes 30 ms of a processor, so the session only reads: `still_known` is asked in the one that writes.
    Raises OneTimePasswordExpired, to who knew it.
    """
    staff = queries.find_staff_by_username(session, username)
    with _two_at_once:
        try:
            _hasher.verify(staff.password_hash if staff else _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return None
    if staff is None or staff.disabled_at is not None:
        return None
    if staff.must_change_password and staff.one_time_until is not None and staff.one_time_until <= at:
        raise rules.OneTimePasswordExpired
    return staff


def still_known(session: Session, known: Staff) -> Staff:
    """The account as it is now. Raises SignInRefused when its password was changed since it was verified."""
    staff = queries.get_staff(session, known.id)
    if staff.password_hash != known.password_hash or staff.disabled_at is not None:
        raise rules.SignInRefused
    return staff


def renewed_hash(staff: Staff, password: str) -> str | None:
    """The hash of a verified password at today's cost; None where the kept one has it."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(staff.password_hash) else None


def new_hash(password: str, *, username: str) -> str:
    """The hash of a password that its owner chose. Raises Refusals: too short, too common."""
    refuse(rules.password_faults(password, username=username))
    return _hasher.hash(password)


def open_session(
    session: Session,
    staff: Staff,
    *,
    at: datetime,
    lifetime: timedelta,
    address: str,
    device: str | None = None,
    agent: str = "",
    second_factor_at: datetime | None = None,
) -> str:
    """A new session with a new id, which only the cookie will hold.

    Without `second_factor_at`, the session of an account that has a second factor is half open: it can only ask for
    the code, for a few minutes, and does not count as a sign-in yet.
    """
    half_open = rules.needs_code(staff, second_factor_at)
    session_id = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            id_hash=queries.hash_of(session_id),
            staff_id=staff.id,
            created_at=at,
            last_seen_at=at,
            second_factor_at=second_factor_at,
            expires_at=at + (rules.TIME_FOR_CODE if half_open else lifetime),
            agent=agent[:200],
        )
    )
    if not half_open:
        audit.record(
            session, Action.SIGNED_IN, by=staff.id, at=at, subject=staff.username, address=address, device=device
        )
    session.flush()
    return session_id


def end_session(session: Session, session_id: str, *, by: uuid.UUID | None, at: datetime) -> None:
    found = session.get(StaffSession, queries.hash_of(session_id))
    if found is not None and found.revoked_at is None:
        found.revoked_at = at
        if not rules.needs_code(queries.get_staff(session, found.staff_id), found.second_factor_at):
            audit.record(session, Action.SIGNED_OUT, by=by, at=at)
        session.flush()


def end_all_sessions(session: Session, staff: Staff, *, by: uuid.UUID | None, at: datetime) -> None:
    """At once, in every browser."""
    live = update(StaffSession).where(col(StaffSession.staff_id) == staff.id, col(StaffSession.revoked_at).is_(None))
    session.execute(live.values(revoked_at=at))
    audit.record(session, Action.SESSIONS_ENDED, by=by, at=at, subject=staff.username)
    session.flush()


def set_disabled(session: Session, staff: Staff, *, disabled: bool, by: uuid.UUID | None, at: datetime) -> None:
    staff.disabled_at = at if disabled else None
    audit.record(
        session, Action.STAFF_CHANGED, by=by, at=at, subject=staff.username, what="disabled" if disabled else "enabled"
    )
    end_all_sessions(session, staff, by=by, at=at)


def change_password(session: Session, staff: Staff, *, password_hash: str, at: datetime) -> None:
    """Ends every session of the account: whoever knew the old password is out. The hash is of `new_hash`."""
    staff.password_hash = password_hash
    staff.must_change_password = False
    staff.one_time_until = None
    audit.record(session, Action.PASSWORD_CHANGED, by=staff.id, at=at, subject=staff.username)
    end_all_sessions(session, staff, by=staff.id, at=at)


def touch_session(session: Session, found: StaffSession, *, at: datetime) -> None:
    found.last_seen_at = at
    session.add(found)
    session.flush()


def set_language(session: Session, staff: Staff, *, language: str) -> None:
    staff.language = language
    session.add(staff)
    session.flush()


def count_staff(session: Session) -> int:
    return len(session.exec(select(Staff.id)).all())
