"""Who may enter an endpoint. Default deny: an endpoint without a guard fails a test.

A guarded GET gets a session that reads, a POST one that writes (see `registry.db`). What a GET must note it writes with
`record_apart`.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, g, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.errors import NotFound
from registry.staff import attempts, queries, rules, second_factor, services
from registry.staff.attempts import Attempt
from registry.staff.models import Permission, Staff, StaffSession
from registry.staff.queries import Actor
from registry.web.access import View
from registry.web.installation import address_key, device_key, secret_key, settings
from registry.web.languages import COOKIE as LANGUAGE_COOKIE
from registry.web.languages import LANGUAGES

T = TypeVar("T")
SAFE = {"GET", "HEAD", "OPTIONS"}
TOUCH_EVERY = timedelta(minutes=1)  # a row a minute, not a row a request


def cookie_name() -> str:
    return "__Host-session" if settings().uses_tls else "session"


def actor() -> Actor:
    """The signed-in person of this request; only inside a guarded endpoint."""
    return cast(Actor, g.actor)


def second_factor_at() -> datetime | None:
    """When the signed-in person gave the code of the second factor in this browser."""
    return cast(datetime | None, g.second_factor_at)


def requires(permission: Permission) -> Callable[[View], View]:
    """Let in only who holds the permission."""
    return _guard(permission)


def signed_in(view: View) -> View:
    """Let in anyone with an account, whatever their role."""
    return _guard(None)(view)


def record_apart(act: Callable[[Session], T]) -> T:
    """Write something short now, in a transaction of its own: what a page notes before it reads on and is drawn.

    Not within a transaction that writes: the one would wait for the other. `db.stop_writing()` comes first.
    """
    if db.is_writing():
        raise RuntimeError("record_apart in a transaction that writes: call db.stop_writing() before it")

    def record(session: Session) -> T:
        done = act(session)
        session.commit()
        return done

    return db.database().run_transaction(record)


def _guard(permission: Permission | None) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            turned_away = _turn_away(permission)
            if turned_away is not None:
                return turned_away
            db.session(writes=request.method not in SAFE)  # before the first statement: it takes the write lock
            pilgrim = kwargs.get("pilgrim_id")
            try:
                answer = view(*args, **kwargs)
            except NotFound:
                _record(Action.REFUSED_ENTRY, pilgrim=pilgrim, endpoint=request.endpoint)
                raise
            if pilgrim and request.method not in SAFE and isinstance(answer, str):
                # A refused form shows the pilgrim again, also to who never opened it: a look like any other.
                _record(Action.VIEWED, pilgrim=pilgrim)
            return answer

        guarded.access = permission or "signed_in"  # type: ignore[attr-defined]  # a mark on the function
        return cast(View, guarded)

    return decorate


def _turn_away(permission: Permission | None) -> Response | None:
    """Recognise the person; None lets them in, otherwise where to go instead."""
    at = clock.now()
    person = _recognise(at, permission)
    if person is None:
        back = request.path if request.method in SAFE else "/"
        return redirect(url_for("staff.sign_in", next=back))
    g.actor, g.staff = person, person.staff
    if permission is not None and person.scopes:
        db.act_for(" ".join(person.scopes[0]))
    first = _first_step(person.staff)
    if first is not None and request.endpoint not in {first, "staff.sign_out"}:
        return redirect(url_for(first))
    if permission is not None and not person.may(permission):
        pilgrim = (request.view_args or {}).get("pilgrim_id")
        _record(Action.REFUSED_ENTRY, pilgrim=pilgrim, endpoint=request.endpoint, permission=permission.value)
        abort(403)
    return None


def _first_step(staff: Staff) -> str | None:
    """The page that must be done before any other; None where all of them are."""
    if rules.needs_code(staff, second_factor_at()):
        return "staff.sign_in_code"
    if staff.must_change_password:
        return "staff.change_password"
    if staff.totp_secret is None and not settings().training:
        return "staff.own_second_factor"
    return None


def _recognise(at: datetime, permission: Permission | None) -> Actor | None:
    """The person behind the session cookie. Notes that they were seen, and the language they chose."""
    session_id = request.cookies.get(cookie_name())
    if not session_id:
        return None
    idle_since = at - timedelta(minutes=settings().session_idle_minutes)
    with db.database().open_session(writes=False) as session:
        found = queries.find_live_session(session, session_id, at=at, idle_since=idle_since)
        if found is None:
            return None
        staff = queries.get_staff(session, found.staff_id)
        if staff.disabled_at is not None:
            return None
        person = queries.actor_for(session, staff, on=clock.local_date(at, settings().timezone), acting=permission)
    g.second_factor_at = found.second_factor_at
    language = request.cookies.get(LANGUAGE_COOKIE)
    new_language = language if language in LANGUAGES and language != staff.language else None
    if new_language or at - found.last_seen_at >= TOUCH_EVERY:
        db.database().run_transaction(lambda session: _touch(session, found, at=at, language=new_language))
    return person


def _touch(session: Session, found: StaffSession, *, at: datetime, language: str | None) -> None:
    # Read again: what was found may have been ended since, and must not be written back as it was.
    services.touch_session(session, session.get_one(StaffSession, found.id_hash), at=at)
    if language:
        services.set_language(session, queries.get_staff(session, found.staff_id), language=language)
    session.commit()


def known_by_password(username: str, password: str, *, at: datetime) -> Staff | None:
    """The account of a right pair; None for any wrong one. Raises TooManyAttempts, OneTimePasswordExpired.

    Guessing at an unattended screen is as slow as guessing at the door. Hashing takes its time, so nothing is being
    written then. No session is open within another: a burst would take all connections of the one and wait for the
    other.
    """
    db.stop_writing()
    attempt = _attempt(username, at=at)
    _check(attempt)
    reserved = record_apart(lambda apart: attempts.reserve(apart, attempt))
    try:
        with db.database().open_session(writes=False) as reading:
            known = services.verify_password(reading, username=username, password=password, at=at)
    except rules.OneTimePasswordExpired:
        record_apart(lambda apart: attempts.take_back(apart, reserved))
        raise
    if known is not None:
        record_apart(lambda apart: attempts.take_back(apart, reserved))
    return known


def still_oneself(password: str, *, at: datetime) -> Staff:
    """The signed-in person, proved once more. Raises PresentPasswordWrong, TooManyAttempts."""
    known = known_by_password(actor().staff.username, password, at=at)
    if known is None:
        raise rules.PresentPasswordWrong
    return known


def use_code(code: str, *, at: datetime) -> Staff:
    """The signed-in person, proved by a code that is used up in the session, which now writes. Raises CodeRefused."""
    db.stop_writing()
    if "reserved_code" not in g:  # the view may run again after a conflict: one attempt all the same
        attempt, of_app = _attempt(actor().staff.username, at=at), second_factor.is_of_app(code)
        _check(attempt)
        g.reserved_code = record_apart(lambda apart: attempts.reserve_code(apart, attempt, of_app=of_app))
    session = db.start_writing()
    staff = queries.get_staff(session, actor().id)
    second_factor.verify(session, staff, code=code, key=secret_key(settings()), at=at)
    attempts.take_back(session, g.reserved_code)
    return staff


def _check(attempt: Attempt) -> None:
    """Whoever must wait takes no turn to write."""
    with db.database().open_session(writes=False) as reading:
        attempts.check(reading, attempt)


def _attempt(username: str, *, at: datetime) -> Attempt:
    return Attempt(username, address=address_key(), device=device_key(), at=at)


def _record(action: Action, *, pilgrim: uuid.UUID | None, **detail: str | None) -> None:
    """Note what the guard saw; what the endpoint began is given up."""
    db.stop_writing()
    at, address = clock.now(), address_key()
    record_apart(
        lambda session: audit.record(session, action, by=actor().id, at=at, pilgrim=pilgrim, address=address, **detail)
    )
