"""Where a database stands against this code's migrations: read without Alembic, whose start costs every command."""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import column, inspect, select, table

from registry.db import Database

MIGRATIONS = Path(__file__).parents[2] / "migrations"
VERSION = table("alembic_version", column("version_num"))


class Standing(StrEnum):
    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def standing_of(database: Database) -> Standing:
    """Migrations are numbered in their file names, in the order in which they follow each other."""
    known = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with database.engine.execution_options(writes=False).connect() as connection:
        if not inspect(connection).has_table(VERSION.name):
            return Standing.EMPTY
        revision = connection.execute(select(VERSION.c.version_num)).scalar_one_or_none()
    if revision is None:
        return Standing.EMPTY
    if revision == known[-1]:
        return Standing.CURRENT
    return Standing.OLDER if revision in known else Standing.NEWER
