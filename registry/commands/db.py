"""`registry db`: the database's schema."""

import click
from sqlalchemy.exc import SQLAlchemyError

from registry.commands import schema
from registry.commands.output import NEWER, print_json, reason_of
from registry.db import Database
from registry.settings import Settings


@click.group()
def command() -> None:
    """The database."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def upgrade(as_json: bool) -> None:
    """Bring the database to this version, making it first where there is none."""
    before, after = prepare(Settings())
    if as_json:
        print_json({"before": before.value, "after": after.value})
    else:
        click.echo("The database was up to date." if before is after else "The database is up to date now.")


def prepare(settings: Settings) -> tuple[schema.Standing, schema.Standing]:
    """Migrate; (standing before, standing after). A click.ClickException says what is in the way."""
    try:
        if settings.database_url is None:
            settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            check_writable(settings)
        database = Database(settings.database)
        before = schema.standing(database)
        if before is schema.Standing.NEWER:
            raise click.ClickException(NEWER)
        if before is not schema.Standing.CURRENT:
            schema.upgrade(database)
        after = schema.standing(database)
        database.engine.dispose()
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(f"The database cannot be prepared: {reason_of(error)}") from None
    return before, after


def check_writable(settings: Settings) -> None:
    """Raises OSError; root passes permission bits, so a real file is tried."""
    probe = settings.var_dir / ".writable"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise click.ClickException(
            f"The folder {settings.var_dir} cannot be written to ({error.strerror}). "
            "Change its permissions, or name another one in REGISTRY_VAR_DIR."
        ) from None
