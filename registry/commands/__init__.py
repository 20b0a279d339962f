"""The `registry` command line: one module per noun, each imported only when it is called."""

import sys

import click
from pydantic import ValidationError
from werkzeug.utils import import_string

NOUNS = (
    "campaign",
    "certificate",
    "certificates",
    "coverage",
    "db",
    "doctor",
    "keys",
    "log",
    "pilgrims",
    "points",
    "requirements",
    "serve",
    "simulate",
    "staff",
    "verify",
    "worker",
)


class LazyGroup(click.Group):
    """Starting any command takes under a second because only its own module is read."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        command: click.Command = import_string(f"registry.commands.{cmd_name}:command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="registry")
def cli() -> None:
    """Vaccination campaign registry. Exit code 0 means that it was done."""


def main() -> None:
    """Settings that cannot be used are one clear sentence, not a traceback."""
    try:
        cli()
    except ValidationError as error:
        for fault in error.errors():
            name = "REGISTRY_" + "_".join(str(part) for part in fault["loc"]).upper() if fault["loc"] else ""
            click.echo(f"Error: {name} {fault['msg'].removeprefix('Value error, ')}".replace("  ", " "), err=True)
        sys.exit(1)
