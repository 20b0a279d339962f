"""Endpoints are closed unless they say otherwise: a test walks them all."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, request

View = TypeVar("View", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    @app.before_request
    def refuse_what_no_database_holds() -> None:
        """NUL is no letter of any language: PostgreSQL cannot store it, and nobody types it."""
        sent = [request.path, *request.args.values(), *(text for texts in request.form.listvalues() for text in texts)]
        if any("\0" in text for text in sent):
            abort(400)


def public(view: View) -> View:
    """Mark an endpoint that anyone may call."""
    view.access = "public"  # type: ignore[attr-defined]  # a mark on the function
    return view
