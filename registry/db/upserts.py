"""Insert, or change what is there: each engine has its own words for it."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


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
