"""What every table shares: identifiers, instants, text enums, words in several languages."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import uuid_utils.compat
from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, String
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

# Named constraints: a migration can drop them, a service can tell which one refused.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata
Table = TypeVar("Table", bound=SQLModel)

Words = dict[str, str]
"""The same words by language code: {"ky": ..., "ru": ..., "en": ...}."""

# Compared byte by byte on every engine, so that a prefix is a range of an index.
EXACT_TEXT = String().with_variant(String(collation="C"), "postgresql")


def new_id() -> uuid.UUID:
    """A time-ordered UUID (version 7), made by the application: a retry is the same row."""
    return uuid_utils.compat.uuid7()


def made_at(key: uuid.UUID) -> datetime | None:
    """When a key of ours was made, to the millisecond; None for one of another kind, or of no time that there is."""
    is_ordered = key.version == 7  # noqa: PLR2004 - RFC 9562
    try:
        return datetime.fromtimestamp((key.int >> 80) / 1000, UTC) if is_ordered else None
    except (ValueError, OverflowError):
        return None


def text_enum(enum: type[StrEnum], *, closed: bool = True) -> Enum:
    """Stored as the member's lower-case value. `closed`: the database refuses any other value."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=closed,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        name=enum.__name__.lower(),
    )


def from_row(table: type[Table], row: Mapping[str, Any]) -> Table:
    """What reads like the record of a row that has every column and comes from our own rules: for thousands of them.

    Its attributes are plain, for a mapped one takes many times as long to read: no session takes it.
    """
    return cast(Table, SimpleNamespace(**row))


def for_reading(record: Table) -> Table:
    """The same of a record that was read: for what thousands of acts ask again and again."""
    return from_row(type(record), columns_of(record))


def columns_of(record: SQLModel) -> dict[str, Any]:
    """The columns of a record, mapped or plain, without what its session notes on it."""
    columns = dict(vars(record))
    columns.pop("_sa_instance_state", None)
    return columns


class UtcInstant(TypeDecorator[datetime]):
    """An instant in UTC. SQLite gives datetimes back naive; naive ones are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def instant(**options: Any) -> Any:
    """A field for an instant (`_at`)."""
    return Field(sa_type=UtcInstant, **options)


def words() -> Any:
    """A field for words in several languages."""
    return Field(sa_type=JSON)


class Record(SQLModel):
    """A row of its own."""

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)


class PilgrimRecord(SQLModel):
    """A row that belongs to a pilgrim: keyed by (pilgrim_id, id), so that tables can be distributed by pilgrim."""

    pilgrim_id: uuid.UUID = Field(primary_key=True, foreign_key="pilgrim.id")
    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
