"""What each database engine is told when a connection opens or a transaction begins."""

import sqlite3
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from registry.db import patience
from registry.db.json_text import to_json
from registry.db.patience import PATIENCE, DatabaseBusy

# How long a page may keep the database. Long jobs, commands and migrations have no such limits.
LIMITS = {
    # No statement of a page needs a tenth of it; one that does would stop a thread, and soon all of them. In a view
    # that writes it sinks with its patience: a limit for each lock begins anew with each who waited before.
    "statement_timeout": f"{PATIENCE:.0f}s",
    # A visit takes milliseconds; who waits longer stands behind somebody's long act, or something broken.
    "lock_timeout": f"{PATIENCE:.0f}s",
    # A page computes between its statements, but not for a minute: its process hangs, and its locks stop others.
    "idle_in_transaction_session_timeout": "60s",
}
WAIT_FOR_FILE = 30_000  # milliseconds, for commands and jobs; pages have PATIENCE
SLACK = 0.5  # seconds of patience that may go before the database is told: an ordinary visit costs no statement more


def make_engine(url: str, *, limited: bool = False) -> Engine:
    """An engine with the settings that keep acknowledged doses: SQLite WAL with synchronous FULL, or PostgreSQL.

    `limited`: for pages, which must answer in time.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        wait = int(PATIENCE * 1000) if limited else WAIT_FOR_FILE
        waits = {"timeout": wait / 1000, "check_same_thread": False}
        engine = create_engine(url, connect_args=waits, json_serializer=to_json)
        event.listen(engine, "connect", lambda connection, _record: _prepare_sqlite(connection, wait))
        event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, wait))
        return engine
    # prepare_threshold=None: prepared statements break behind a transaction pooler.
    arguments: dict[str, Any] = {"prepare_threshold": None}
    if limited:
        arguments["options"] = _with_limits(address)
    # No pre-ping: it costs a round trip for each page, and a view whose connection is lost runs again (`conflicts`).
    engine = create_engine(
        url, connect_args=arguments, json_serializer=to_json, pool_size=8, max_overflow=16, pool_timeout=PATIENCE
    )
    if limited:
        event.listen(engine, "connect", _ask_limit)
        event.listen(engine, "begin", _forget_limit)
        event.listen(engine, "rollback_savepoint", _forget_limit)  # what was set within went with it
        event.listen(engine, "before_cursor_execute", _limit_statement)
    return engine


def _with_limits(address: URL) -> str:
    """The server's options: ours first, so that those of the address win."""
    asked = address.query.get("options", "")
    theirs = asked if isinstance(asked, str) else " ".join(asked)
    return " ".join([*(f"-c {name}={value}" for name, value in LIMITS.items()), theirs]).strip()


def _ask_limit(connection: Any, record: Any) -> None:
    """What a statement may take by the address and the server: patience only ever makes it less."""
    setting = connection.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'").fetchone()[0]
    connection.rollback()
    record.info["most"] = setting / 1000 or float("inf")


def _forget_limit(connection: Connection, *_savepoint: Any) -> None:
    connection.info["limit"] = connection.info["most"]


def _limit_statement(connection: Connection, *_statement: Any) -> None:
    left = patience.left()
    if left is None or not connection.get_execution_options().get("writes", True):
        return
    if left <= 0:
        raise DatabaseBusy
    if left < connection.info["limit"] - SLACK:
        connection.info["limit"] = left
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(round(left * 1000), 1)}")


def _prepare_sqlite(connection: Any, wait: int) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    # FULL: with NORMAL 1,593 of 2,000 simulated power cuts lost acknowledged rows. recursive_triggers: without it
    # INSERT OR REPLACE walks past the triggers that keep the immunization log append-only.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={wait}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection, wait: int) -> None:
    writes = connection.get_execution_options().get("writes", True)
    if connection.info.get("writes") is not writes:
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.info["writes"] = writes
    if writes:
        _limit_wait(connection, wait)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Straight to the driver: it waits for nobody, and by way of the engine it costs as much as a query.
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute("BEGIN")


def _limit_wait(connection: Connection, wait: int) -> None:
    """Who writes past our lock (another program) is waited for within the view's patience too."""
    left = patience.left()
    now = wait if left is None else min(wait, max(round(left * 1000), 0))
    if abs(connection.info.get("wait", wait) - now) > SLACK * 1000:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={now}")
        connection.info["wait"] = now
