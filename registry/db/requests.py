"""The session of a request, and its view run again where two requests met."""

import logging
from collections.abc import Callable
from functools import wraps
from itertools import chain
from typing import Any, cast

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from registry.db import patience
from registry.db.conflicts import retry_on_conflict
from registry.db.sessions import Database, TurningSession

log = logging.getLogger(__name__)


def init_app(app: Flask, database: Database) -> None:
    app.extensions["database"] = database
    app.teardown_appcontext(_close_session)


def database() -> Database:
    return cast(Database, current_app.extensions["database"])


def session(*, writes: bool = False) -> Session:
    """The request's session, opened for reading unless its guard or view asked for writing first."""
    if "session" not in g:
        g.session = database().open_page_session(writes=writes)
    return cast(Session, g.session)


def start_writing() -> Session:
    """From here the session writes, until its commit or `stop_writing`. What was read before must be read again."""
    opened = cast(TurningSession, session(writes=True))
    if not opened.writes:
        opened.start_writing()
    return opened


def stop_writing() -> Session:
    """From here the session only reads, and holds nobody up: what was not committed is given up.

    Before a refused form is shown, a password is hashed or a file is read. No harm where nothing was written.
    """
    opened = cast(TurningSession, session())
    if opened.writes:
        opened.stop_writing()
    return opened


def is_writing() -> bool:
    """Whether the request is in a transaction that writes, so that others may wait for it."""
    opened = cast(TurningSession | None, g.get("session"))
    return opened is not None and opened.writes and opened.in_transaction()


def from_the_start(app: Flask) -> None:
    """Let every view run again after a conflict: no page may forget it. After all views are registered."""
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = _from_the_start(view)


def _from_the_start(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        def attempt() -> Any:
            _close_session(None)
            for upload in chain.from_iterable(request.files.listvalues()):
                upload.stream.seek(0)  # an earlier attempt may have read it
            return view(*args, **kwargs)

        try:
            with patience.of_view(request.endpoint or ""):
                return retry_on_conflict(attempt)
        finally:
            _close_session(None)  # the page that says what went wrong must hold nobody up either

    return run


def _close_session(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is None:
        return
    try:
        opened.close()
    except SQLAlchemyError as error:
        # The answer is made already; that the connection died afterwards changes nothing in it.
        log.warning("the connection was lost when its session closed: %s", type(error).__name__)
        opened.invalidate()
