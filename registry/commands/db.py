"""`registry db`: the database's schema."""

import click
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.utils import import_string

from registry.commands import reason_of
from registry.commands.output import NEWER, print_json, reach, sqlite_file
from registry.commands.standing import Standing, standing_of
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


def prepare(settings: Settings) -> tuple[Standing, Standing]:
    """Migrate; (standing before, standing after). A click.ClickException says what is in the way."""
    sqlite_file(settings)
    try:
        if settings.database_url is None:
            make_folder(settings)
        database = reach(settings)
        before = standing_of(database)
        if before is Standing.NEWER:
            raise click.ClickException(NEWER)
        if before is not Standing.CURRENT:
            # Read only when needed: `registry serve` comes by here at every start.
            import_string("registry.commands.schema:upgrade")(database)
        after = standing_of(database)
        database.engine.dispose()
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(f"The database cannot be prepared: {reason_of(error)}") from None
    return before, after


def make_folder(settings: Settings) -> None:
    """The folder for the database. Root passes permission bits, so a real file is tried."""
    probe = settings.var_dir / ".writable"
    try:
        settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise click.ClickException(
            f"The folder {settings.var_dir} cannot be written to ({error.strerror}). "
            "Change its permissions, or name another one in REGISTRY_VAR_DIR."
        ) from None
