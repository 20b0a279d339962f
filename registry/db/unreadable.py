"""Rows of which a value cannot be read: a writer of the database may leave anything in a column.

A day that is none, `infinity`, a word that is no member of its enum: the driver or the column's type refuses such a
value, and with it every row that was asked for at the same time.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.exc import DataError
from sqlmodel import Session

UNREADABLE = (DataError, ValueError, LookupError, TypeError, OverflowError)
"""What reading such a value raises, by engine and by kind of column."""


def read_each(session: Session, query: Any, size: int, *, first: int = 0) -> Sequence[Any]:
    """Rows of an ordered query, `size` of them from `first` on; None in the place of each that cannot be read."""
    try:
        return session.execute(query.offset(first).limit(size)).all()
    except UNREADABLE:
        if size == 1:
            return [None]
    half = size // 2
    return [*read_each(session, query, half, first=first), *read_each(session, query, size - half, first=first + half)]


def split_row(
    connection: Connection | Session, table: Table, where: ColumnElement[bool], *order: ColumnElement[Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What can be read of the first row that fits, by column, and the names of the columns that cannot."""
    readable, unreadable = {}, []
    for column in table.columns:
        try:
            readable[column.key] = connection.execute(select(column).where(where).order_by(*order).limit(1)).scalar()
        except UNREADABLE:
            unreadable.append(column.key)
    return readable, tuple(unreadable)
