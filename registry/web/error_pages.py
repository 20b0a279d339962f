"""What went wrong, in whole sentences."""

import logging

from flask import Flask, render_template
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from registry.errors import NotFound

WRITTEN = {400, 403, 404, 405, 413, 429, 500, 503}
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(NotFound, lambda _error: _page(404))
    app.register_error_handler(HTTPException, lambda error: _page(error.code or 500, error))
    for gone in (OperationalError, InterfaceError, NoConnectionFree):
        app.register_error_handler(gone, _database_gone)
    app.register_error_handler(Exception, _unforeseen)


def _page(code: int, error: HTTPException | None = None) -> tuple[str, int] | HTTPException:
    if error is not None and (code not in WRITTEN or error.response is not None):
        return error
    return render_template(f"errors/{code}.html"), code


def _database_gone(error: Exception) -> tuple[str, int] | HTTPException:
    # Only the kind of fault: the statement's parameters would name people.
    log.error("database unavailable: %s", type(getattr(error, "orig", error)).__name__)
    return _page(503)


def _unforeseen(error: Exception) -> tuple[str, int] | HTTPException:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    log.error("unforeseen %s at %s", type(error).__name__, where)
    return _page(500)
