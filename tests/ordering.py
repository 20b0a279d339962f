"""In which order every service of the whole run takes its locks (`registry.db.order`): watched in every test.

A scope is what one transaction does: the act of a service called by a test, the writing transaction of a request.
SQLite's statements do not say FOR UPDATE, so there registrations are seen only where they change.
"""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import local
from typing import Any
from unittest.mock import patch

from flask import has_request_context
from sqlalchemy import Engine, event
from sqlmodel import Session

from registry.db import order
from registry.db.order import Rank
from registry.db.sessions import TurningSession

LOCKING = re.compile(
    r"SELECT\b.*?\bFROM\s+(?P<locked>\w+)\b.*\bFOR UPDATE|UPDATE (?P<changed>\w+)"
    r"|SELECT (?P<attempts>pg_advisory_xact_lock)"
    r"|INSERT INTO (?P<upserted>\w+)\b.*\bON CONFLICT|(?:INSERT INTO|DELETE FROM) (?P<unique>pilgrim_identifier)\b",
    re.DOTALL,
)
RANKS = {
    "pg_advisory_xact_lock": Rank.ATTEMPT,
    "registration": Rank.REGISTRATION,
    "pilgrim": Rank.REGISTRATION,
    "pilgrim_identifier": Rank.IDENTIFIER,
    "stock": Rank.STOCK,
    "tally": Rank.COUNTER,
    "log_head": Rank.LOG,
}
TALLY = ("campaign_code", "measure", "antigen_code", "region_code", "point_code", "day")
EVERYBODY = "everybody"


class Scope:
    """What one transaction has locked so far."""

    def __init__(self) -> None:
        self.held: dict[Rank, list[Any]] = {}
        self.depth = 1

    def take(self, rank: Rank, keys: list[Any]) -> str | None:
        """Lock; or say what was wrong with it."""
        held = self.held.setdefault(rank, [])
        new = [key for key in keys if key not in held and EVERYBODY not in held]
        if rank is Rank.REGISTRATION and len(new) < len(keys):
            new = []  # a row has several names: its own and its pilgrim's
        if not new:
            return None
        late = [later.name for later, taken in self.held.items() if later > rank and taken]
        sorted_by_key = rank is Rank.ATTEMPT or rank > Rank.IDENTIFIER
        unsorted = bool(held) and sorted_by_key and min(new) < max(held)
        held += new
        if late:
            return f"{rank.name} {new} after {late}"
        return f"{rank.name} {new} out of order" if unsorted else None


class Ordering(local):
    """Of each thread: its scopes, the innermost last. `seen` counts the locks, so that the watch is known to see."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []


ordering, faults = Ordering(), list[str]()
counted: dict[Rank, int] = dict.fromkeys(Rank, 0)


def keys_of(table: str, parameters: Mapping[str, Any]) -> list[Any]:
    """What a statement locks, by the names of its parameters: `lot_id_1` is a lot_id."""
    named = [(re.sub(r"_\d+$", "", name), value) for name, value in parameters.items()]
    if table == "pg_advisory_xact_lock":
        return [value for _name, value in named]
    if table == "tally":
        return [tuple(str(dict(named)[name]) for name in TALLY)]
    if table == "log_head":
        return [value for name, value in named if name.endswith("stream")]
    if table == "stock":
        point = next((value for name, value in named if name.endswith("point_code")), "")
        lots = [value for name, value in named if name.endswith("lot_id")]
        flat = [lot for value in lots for lot in (value if isinstance(value, list | tuple | set) else [value])]
        return [(point, str(lot)) for lot in flat]
    if table == "registration" and any(name == "lot_id" for name, _value in named):
        return [EVERYBODY]
    return [str(value) for _name, value in named if isinstance(value, uuid.UUID)] or [EVERYBODY]


def _note(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    found = LOCKING.match(statement) if ordering.scopes else None
    table = next(filter(None, found.groups()), "") if found else ""
    if table not in RANKS or context is None:
        return
    # Rows put straight into the driver (`db.insert_prepared`) name no parameters: they may be anybody's.
    compiled = getattr(context, "compiled_parameters", [{}])
    if not compiled:
        return
    keys = [key for parameters in compiled for key in keys_of(table, parameters)]
    counted[RANKS[table]] += 1
    fault = ordering.scopes[-1].take(RANKS[table], sorted(keys))
    if fault:
        faults.append(fault)


@contextmanager
def watching() -> Iterator[None]:
    event.listen(Engine, "before_cursor_execute", _note)
    with (
        patch.object(order, "act", _within(order.act)),
        patch.object(TurningSession, "_begun", _opening(TurningSession._begun)),
        patch.object(TurningSession, "_ended", _closing(TurningSession._ended)),
    ):
        yield
    event.remove(Engine, "before_cursor_execute", _note)


def _within(act: Callable[[Session], Any]) -> Callable[[Session], Any]:
    @contextmanager
    def watched(session: Session) -> Iterator[None]:
        own = None if ordering.scopes else Scope()
        if own:
            ordering.scopes.append(own)
        try:
            with act(session):
                yield
        finally:
            if own:
                ordering.scopes.remove(own)

    return watched


def _opening(begun: Callable[[TurningSession], None]) -> Callable[[TurningSession], None]:
    def watched(session: TurningSession) -> None:
        if session.writes and has_request_context():
            session.info["scope"] = Scope()
            ordering.scopes.append(session.info["scope"])
        begun(session)

    return watched


def _closing(ended: Callable[[TurningSession], None]) -> Callable[[TurningSession], None]:
    def watched(session: TurningSession) -> None:
        scope = session.info.pop("scope", None)
        if scope in ordering.scopes:
            ordering.scopes.remove(scope)
        ended(session)

    return watched
