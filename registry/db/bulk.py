"""Many new rows at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

import psycopg
from sqlalchemy import JSON, Column, Dialect, Engine, Table, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from registry.db.json_text import to_json

_KIBIBYTES_OF_PAGES = 64 * 1024
_PAGES_OF_WAL = 16_000  # of 4 KiB: as much


@dataclass(frozen=True)
class PreparedRows:
    """Rows of one table as the driver takes them: nothing is left to do but to insert them."""

    table: Table
    rows: Sequence[tuple[Any, ...]]


def expect_bulk(engine: Engine) -> None:
    """Let an engine on an SQLite file, from its first connection on, write thousands of rows at a time.

    The usual two megabytes of pages go to the disk and come back many times within one batch, and the usual checkpoint
    comes with every batch, all of it while the lock is held. Nor does a commit wait for the disk: a power cut may take
    the newest batches, whole, which nobody was promised. PostgreSQL sees to all of it by itself.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: _expect_bulk(connection))


def _expect_bulk(connection: Any) -> None:
    for pragma in (f"cache_size=-{_KIBIBYTES_OF_PAGES}", f"wal_autocheckpoint={_PAGES_OF_WAL}", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert thousands of new rows, past the unit of work. Each row has a value for every column."""
    insert_prepared(session, prepare_rows(session, model, rows))


def prepare_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> PreparedRows:
    """What needs no lock, for a session that reads. Each row has a value for every column."""
    table = cast(Table, model.__table__)  # type: ignore[attr-defined]  # as in upsert
    dialect = session.get_bind().dialect
    columns = zip(*map(itemgetter(*table.columns.keys()), rows), strict=True)
    written = [
        _written(values, write) if (write := _writer_of(column, dialect)) else values
        for column, values in zip(table.columns, columns, strict=bool(rows))
    ]
    return PreparedRows(table, list(zip(*written, strict=True)))


def insert_prepared(session: Session, prepared: PreparedRows) -> None:
    """Raises the same errors on both engines."""
    if not prepared.rows:
        return
    session.flush()  # what they refer to is there first
    table, connection = prepared.table, session.connection()
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        statement = f'COPY "{table.name}" ({names}) FROM STDIN'
        driver = cast(psycopg.Connection, connection.connection.driver_connection)
        with (
            _errors_of_sqlalchemy(statement, driver, connection.dialect),
            driver.cursor() as cursor,
            cursor.copy(statement.encode()) as copy,
        ):
            for row in prepared.rows:
                copy.write_row(row)
    else:
        connection.exec_driver_sql(str(sqlite.insert(table).compile(dialect=connection.dialect)), prepared.rows)


@contextmanager
def _errors_of_sqlalchemy(statement: str, driver: psycopg.Connection, dialect: Dialect) -> Iterator[None]:
    """A COPY goes past SQLAlchemy: its callers still wait for IntegrityError, and for conflicts to try again."""
    try:
        yield
    except psycopg.Error as error:
        lost = bool(driver.closed)
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost, dialect=dialect
        ) from error


def _writer_of(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(column.type, JSON):
        return to_json  # at once: psycopg would write it while the transaction is open
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _written(values: Sequence[Any], write: Callable[[Any], Any]) -> Iterator[Any]:
    """As the driver takes them. The same object, a pilgrim's id or a moment, is written once for all its rows."""
    keys = list(map(id, values))
    written = {key: write(value) for key, value in dict(zip(keys, values, strict=True)).items()}
    return map(written.__getitem__, keys)
