"""Migrations run over a connection handed in by `registry db upgrade` (registry/commands/db.py)."""

from pkgutil import iter_modules
from typing import Literal

from alembic import context
from sqlmodel import AutoString
from werkzeug.utils import import_string

import registry
from registry.model import metadata

# Every table must be known here, or autogenerate would propose to drop it.
for module in iter_modules(registry.__path__):
    if module.ispkg:
        import_string(f"registry.{module.name}.models", silent=True)


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """SQLModel's text type is a plain string to the database; a migration should not depend on the package for it."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True, render_item=render
    )
    with context.begin_transaction():
        context.run_migrations()


run()
