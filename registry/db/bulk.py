"""Many new rows at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

import psycopg
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, SQLModel


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert thousands of new rows, past the unit of work. Each row has a value for every column."""
    if not rows:
        return
    session.flush()  # what they refer to is there first
    table, connection = cast(Table, model.__table__), session.connection()  # type: ignore[attr-defined]  # as in upsert
    dialect = connection.dialect
    columns = []
    for column in table.columns:
        write = column.type.dialect_impl(dialect).bind_processor(dialect)
        values = list(map(itemgetter(column.name), rows))
        columns.append(_written(values, write) if write else values)
    if dialect.name == "postgresql":
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        driver = cast(psycopg.Connection, connection.connection.driver_connection)
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN'.encode()) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
    else:
        statement = str(sqlite.insert(table).compile(dialect=dialect))
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _written(values: Sequence[Any], write: Callable[[Any], Any]) -> Iterator[Any]:
    """As the driver takes them. The same object, a pilgrim's id or a moment, is written once for all its rows."""
    written: dict[int, Any] = {}
    for value in values:
        key = id(value)
        if key not in written:
            written[key] = write(value)
        yield written[key]
