"""What takes its time must not happen while a request holds the writer's place: watched in every test.

A page drawn, a password hashed or verified, a paper drawn, a file parsed, while a session of the request has a
transaction open that writes. Each test fails that did it on the way.
"""

import csv
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import get_ident
from typing import Any
from unittest.mock import patch

import argon2
import jinja2
from flask import has_request_context, request
from reportlab.pdfgen.canvas import Canvas

from registry.db.sessions import TurningSession
from registry.printing import forms as printing_forms
from registry.verification.routes import checks as verification

SLOW: dict[str, tuple[Any, str]] = {
    "a page is drawn": (jinja2.Template, "render"),
    "a password is hashed": (argon2.PasswordHasher, "hash"),
    "a password is verified": (argon2.PasswordHasher, "verify"),
    "a paper is drawn": (Canvas, "__init__"),
    "a paper is finished": (Canvas, "save"),
    "a file is read": (subprocess, "run"),
    "a list is read": (csv, "reader"),
    "codes are read": (printing_forms, "read_codes"),
    "a group is read": (verification, "read_group"),
}


class Watch:
    """The transactions of requests that write, by thread; and what was done meanwhile."""

    def __init__(self) -> None:
        self.open: set[tuple[int, int]] = set()
        self.seen: list[str] = []

    def begun(self, session: TurningSession) -> None:
        if session.writes and has_request_context():
            self.open.add((get_ident(), id(session)))

    def ended(self, session: TurningSession) -> None:
        self.open.discard((get_ident(), id(session)))

    def look(self, what: str) -> None:
        if any(thread == get_ident() for thread, _session in self.open):
            self.seen.append(f"{what} while {request.method} {request.endpoint} writes")


watch = Watch()


@contextmanager
def watching() -> Iterator[None]:
    """For the whole run: whatever the tests call is looked at."""
    with ExitStack() as stack:
        for what, (owner, name) in SLOW.items():
            stack.enter_context(patch.object(owner, name, _watched(what, getattr(owner, name))))
        for name, note in (("_begun", watch.begun), ("_ended", watch.ended)):
            stack.enter_context(patch.object(TurningSession, name, _noted(getattr(TurningSession, name), note)))
        yield


def _watched(what: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def looked_at(*args: Any, **kwargs: Any) -> Any:
        watch.look(what)
        return act(*args, **kwargs)

    return looked_at


def _noted(act: Callable[[TurningSession], None], note: Callable[[TurningSession], None]) -> Callable[..., None]:
    def noted(session: TurningSession) -> None:
        note(session)
        act(session)

    return noted
