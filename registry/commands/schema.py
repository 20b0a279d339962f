"""The database's schema version, and bringing it up to date."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from registry.db import Database

MIGRATIONS = Path(__file__).parents[2] / "migrations"


class Standing(StrEnum):
    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def config(connection: Connection | None = None) -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.set_main_option("path_separator", "os")
    alembic.attributes["connection"] = connection
    return alembic


def standing(database: Database) -> Standing:
    """Where the database stands against this code's migrations."""
    scripts = ScriptDirectory.from_config(config())
    with database.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return Standing.EMPTY
    if revision == scripts.get_current_head():
        return Standing.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Standing.OLDER if revision in known else Standing.NEWER


def upgrade(database: Database, revision: str = "head") -> None:
    with database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # Fail rather than queue behind a long reader and stop every nurse at once.
            connection.exec_driver_sql("SET lock_timeout = '5s'")
            connection.commit()
        command.upgrade(config(connection), revision)
        connection.commit()


def downgrade(database: Database, revision: str) -> None:
    with database.engine.connect() as connection:
        command.downgrade(config(connection), revision)
        connection.commit()
