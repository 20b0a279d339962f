"""Migrations run over a connection handed in by `registry db upgrade` (registry/commands/db.py)."""

from pkgutil import iter_modules

from alembic import context
from werkzeug.utils import import_string

import registry
from registry.model import metadata

# Every table must be known here, or autogenerate would propose to drop it.
for module in iter_modules(registry.__path__):
    if module.ispkg:
        import_string(f"registry.{module.name}.models", silent=True)


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run()
