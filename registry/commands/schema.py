"""Bringing the database's schema up to date."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from registry.commands.standing import MIGRATIONS
from registry.db import Database


def config(connection: Connection | None = None) -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.set_main_option("path_separator", "os")
    alembic.attributes["connection"] = connection
    return alembic


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
