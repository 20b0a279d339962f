"""A whole country fits: every table of a pilgrim can be divided by pilgrim, with all its promises kept."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, Table, UniqueConstraint, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from registry.db import Database
from registry.model import metadata, new_id
from registry.pilgrims.models import Correction, Subject
from tests.factories import NOW

SCHEMA = "divided"
PARTS = 4


def key_of(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def is_of_a_pilgrim(table: Table) -> bool:
    return table.name == "pilgrim" or key_of(table) == ["pilgrim_id", "id"]


def divided_tables() -> dict[str, Table]:
    """All tables again in a schema of their own; those of a pilgrim divided by pilgrim."""
    copies = MetaData(schema=SCHEMA, naming_convention=SQLModel.metadata.naming_convention)
    for table in metadata.sorted_tables:
        copy = table.to_metadata(copies, schema=SCHEMA)
        if is_of_a_pilgrim(table):
            copy.dialect_options["postgresql"]["partition_by"] = f"HASH ({key_of(table)[0]})"
    return {table.name: table for table in copies.sorted_tables}


@pytest.fixture
def connection(real_database: Database) -> Any:
    if real_database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite cannot divide tables; PostgreSQL can")
    with real_database.engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        yield connection
        connection.rollback()


def create(connection: Connection) -> dict[str, Table]:
    tables = divided_tables()
    next(iter(tables.values())).metadata.create_all(connection)
    for table in filter(is_of_a_pilgrim, tables.values()):
        for part in range(PARTS):
            connection.execute(
                text(
                    f"CREATE TABLE {SCHEMA}.{table.name}_{part} PARTITION OF {SCHEMA}.{table.name} "
                    f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
                )
            )
    return tables


def test_every_table_of_a_pilgrim_can_be_divided_with_all_its_constraints(connection: Connection) -> None:
    tables = create(connection)
    rows = connection.execute(
        text(
            "SELECT relname, contype FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
            "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE relkind = 'p' AND nspname = :schema AND conparentid = 0"
        ),
        {"schema": SCHEMA},
    )
    found = Counter((table, kind) for table, kind in rows)
    divided = [table for table in tables.values() if is_of_a_pilgrim(table)]
    assert {table.name for table in divided} >= {"pilgrim", "registration", "examination", "dose", "certificate"}
    for table in divided:
        kinds = Counter(type(constraint) for constraint in table.constraints)
        assert found[table.name, "p"] == 1
        assert found[table.name, "u"] == kinds[UniqueConstraint], table.name
        assert found[table.name, "f"] == kinds[ForeignKeyConstraint], table.name


def test_a_row_of_nobody_is_refused_by_a_divided_table_too(connection: Connection) -> None:
    tables = create(connection)
    stray = Correction(
        pilgrim_id=new_id(),
        subject=Subject.DOSE,
        subject_id=new_id(),
        changes=[],
        reason="wrong lot",
        corrected_at=NOW,
        corrected_by_id=new_id(),
    )
    with pytest.raises(IntegrityError, match="fk_correction_pilgrim_id"), connection.begin_nested():
        connection.execute(tables["correction"].insert().values(stray.model_dump()))
