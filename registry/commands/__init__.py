"""The `registry` command line: one module per noun, each imported only when it is called."""

import gc
import os
import sys
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.utils import import_string

from registry.errors import Refusal
from registry.settings import Settings

NOUNS = {
    "campaign": "Campaigns.",
    "certificate": "One certificate, named by its code.",
    "certificates": "Certificates issued in a campaign.",
    "coverage": "Registered, examined, vaccinated, certified.",
    "db": "The database.",
    "doctor": "Look for faults of this installation.",
    "keys": "Signing keys.",
    "log": "The electronic immunization log.",
    "pilgrims": "Pilgrims.",
    "points": "Vaccination points.",
    "requirements": "Vaccination requirements.",
    "serve": "Serve the registry on REGISTRY_HOST:REGISTRY_PORT.",
    "simulate": "Play a synthetic cohort through a campaign.",
    "staff": "People with an account.",
    "trust": "Lists of keys that are believed.",
    "verifier": "The verifier that needs no network, as one file.",
    "verify": "Judge certificates from a text, a picture or a PDF.",
    "worker": "Do the long work that pages ask for.",
}
"""What there is, and the line in the list of commands: making that list must not read every command's module."""


class LazyGroup(click.Group):
    """Starting any command takes under a second because only its own module is read.

    What a command did not foresee (a full disk, a lost database, a setting nobody can use) is one sentence as well.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            raise click.ClickException(" ".join(_setting_faults(error))) from None
        except ZoneInfoNotFoundError as error:
            raise click.ClickException(f"{error.args[0]}. See REGISTRY_TIMEZONE and the campaign's file.") from None
        except SQLAlchemyError as error:
            raise click.ClickException(f"The database did not do it: {reason_of(error)}") from None
        except BrokenPipeError:
            raise  # whoever read the answer has read enough; click ends quietly
        except OSError as error:
            raise click.ClickException(f"A file cannot be used: {reason_of(error)}.") from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        # Nothing that is read at the start is garbage: looking for some in between costs a fifth of the start.
        gc.disable()
        command: click.Command = import_string(f"registry.commands.{cmd_name}:command")
        gc.freeze()
        gc.enable()
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="registry")
def cli() -> None:
    """Vaccination campaign registry. Exit code 0 means that it was done."""


def main() -> None:
    if any("\udc80" <= letter <= "\udcff" for word in sys.argv for letter in word):
        click.echo("Error: What was written on the command line is not UTF-8 text.", err=True)
        sys.exit(1)
    os.umask(0o077)  # whatever this program writes tells of people, or locks what does: the owner's alone
    cli()


def reason_of(error: BaseException) -> str:
    """What a person can act on: the driver's first line without the statement, or the file and its fault."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__


def _setting_faults(error: ValidationError) -> list[str]:
    faults = []
    for fault in error.errors():
        name = "REGISTRY_" + "_".join(str(part) for part in fault["loc"]).upper() + ": " if fault["loc"] else ""
        faults.append(f"{name}{fault['msg'].removeprefix('Value error, ').rstrip('.')}.")
    return faults
