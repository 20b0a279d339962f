"""What went wrong, in whole sentences."""

import logging
from collections.abc import Callable

from flask import Flask, current_app, render_template
from flask.sansio.app import App
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from registry.db import DatabaseBusy, Overtaken, is_conflict, is_timeout
from registry.errors import NotFound

_OUT_OF_REACH = (OperationalError, InterfaceError)
WRITTEN = {400, 403, 404, 405, 413, 429, 500, 503}
log = logging.getLogger(__name__)
Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


Explanation = Callable[[Exception], Answer | None]
"""Asked after a view has failed; None where it does not know why."""


def init_app(app: Flask) -> None:
    app.extensions["explanations"] = list[Explanation]()
    app.register_error_handler(NotFound, lambda error: _explained(error) or _page(404))
    app.register_error_handler(HTTPException, lambda error: _page(error.code or 500, error))
    for busy in (DatabaseBusy, Overtaken):
        app.register_error_handler(busy, _database_busy)
    for gone in (DBAPIError, NoConnectionFree):
        app.register_error_handler(gone, _database_gone)
    app.register_error_handler(Exception, _unforeseen)


def explain_by(app: App, explanation: Explanation) -> None:
    app.extensions["explanations"].append(explanation)


def _explained(error: Exception) -> Answer | None:
    return next((answer for ask in current_app.extensions["explanations"] if (answer := ask(error))), None)


def _page(code: int, error: HTTPException | None = None) -> tuple[str, int] | HTTPException:
    if error is not None and (code not in WRITTEN or error.response is not None):
        return error
    return render_template(f"errors/{code}.html"), code


def _database_gone(error: Exception) -> Answer | HTTPException:
    if is_timeout(error) or is_conflict(error):
        return _database_busy(error)
    if isinstance(error, DBAPIError) and not (error.connection_invalidated or isinstance(error, _OUT_OF_REACH)):
        return _unforeseen(error)
    # Only the kind of fault: the statement's parameters would name people.
    log.error("database unavailable: %s", type(getattr(error, "orig", error)).__name__)
    return _page(503)


def _database_busy(error: Exception) -> Answer:
    """Somebody else wrote for too long, or too many at once: the same page sent again may well be saved."""
    log.error("database busy: %s", type(getattr(error, "orig", error)).__name__)
    return render_template("errors/busy.html"), 503, {"Retry-After": "60"}  # a minute, as the page says


def _unforeseen(error: Exception) -> Answer | HTTPException:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    log.error("unforeseen %s at %s", type(error).__name__, where)
    return _explained(error) or _page(500)
