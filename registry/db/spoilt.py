"""Records of which somebody left a row in a state that the registry never writes, past its checks."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Table, and_, select
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, SQLModel
from sqlmodel.main import default_registry

from registry.db.unreadable import UNREADABLE
from registry.errors import NotFound
from registry.model import metadata

RECORD = "record"
SPOILT = (*UNREADABLE, AttributeError, NoResultFound, NotFound)
"""What such a row may raise wherever it is used, beside much that may be a fault of the program."""


def find_spoilt(session: Session, start: type[SQLModel], key: Any) -> tuple[str, ...]:
    """Names of the columns, `table.column`, that cannot be read or that hold no value of theirs.

    Looked at are the row of `start` with this key, the rows that belong to it, and all that they name, in turn.
    """
    table: Table = metadata.tables[start.__tablename__]  # type: ignore[index]  # declared as a function, is a name
    own = [(table, table.c.id == key)]
    for other in metadata.sorted_tables:
        own += [(other, link.parent == key) for link in other.foreign_keys if link.column is table.c.id]
    seen = set[tuple[Table, tuple[Any, ...]]]()
    found = [name for where in own for name in _look(session, *where, seen)]
    return tuple(dict.fromkeys(found))


def _look(
    session: Session, table: Table, where: ColumnElement[bool], seen: set[tuple[Table, tuple[Any, ...]]]
) -> Iterator[str]:
    try:
        rows = [dict(row) for row in session.execute(select(table).where(where)).mappings()]
    except UNREADABLE:
        yield from _unreadable_columns(session, table, where)
        return
    for row in rows:
        yield from _misshapen(table, row)
        for link in table.foreign_key_constraints:
            target, values = link.referred_table, tuple(row[column.key] for column in link.columns)
            if None in values or (target, values) in seen:
                continue
            seen.add((target, values))
            named = and_(*(part.column == value for part, value in zip(link.elements, values, strict=True)))
            if session.execute(select(1).select_from(target).where(named)).first() is None:
                yield f"{table.name}.{link.column_keys[-1]}"
            yield from _look(session, target, named, seen)


def _unreadable_columns(session: Session, table: Table, where: ColumnElement[bool]) -> Iterator[str]:
    for column in table.columns:
        try:
            session.execute(select(column).where(where)).all()
        except UNREADABLE:
            yield f"{table.name}.{column.key}"


def _misshapen(table: Table, row: dict[str, Any]) -> Iterator[str]:
    try:
        _model_of(table).model_validate(row)
    except ValidationError as error:
        yield from (f"{table.name}.{fault['loc'][0]}" for fault in error.errors())


def _model_of(table: Table) -> type[SQLModel]:
    return next(mapper.class_ for mapper in default_registry.mappers if mapper.local_table is table)
