"""Files that tell of people: whole or not there at all, and readable by their owner only."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import click

from registry.commands.output import sqlite_file
from registry.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
BESIDE = ("", "-wal", "-shm", ".lock")  # what SQLite and the registry keep beside the database's file


def list_open_to_others(settings: Settings) -> list[Path]:
    """The folders and database files of the installation that other users of this machine can look into or change."""
    return [path for path in _kept(settings) if path.stat().st_mode & OTHERS]


def close_to_others(settings: Settings) -> None:
    """Leave them to their owner alone. Raises OSError where they belong to somebody else."""
    for path in list_open_to_others(settings):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def _kept(settings: Settings) -> Iterator[Path]:
    """The folder with all that is in it, and the database where it lies elsewhere."""
    var, file = settings.var_dir, sqlite_file(settings)
    if var.is_dir():
        yield var
        yield from (path for path in sorted(var.iterdir()) if not path.is_symlink())
    if file is not None and file.absolute().parent != var.absolute():
        beside = (file.with_name(file.name + ending) for ending in BESIDE)
        yield from (path for path in beside if path.is_file())


def output_file(path: Path) -> Path:
    """The file that a person named, at the end of its links. Raises click.ClickException where none can be written."""
    if not path.absolute().parent.is_dir():
        raise click.ClickException(f"There is no folder {path.absolute().parent}.")
    if path.exists() and not path.is_file():
        raise click.ClickException(f"{path} is a device, not a file.")
    return path.resolve()


def write_whole(path: Path, write: Callable[[BinaryIO], object], *, first: Callable[[], object] = lambda: None) -> None:
    """Beside it, onto the disk, then under its name; readable by its owner only, for it tells of people.

    `first` is done when all is written, before the file gets its name.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        first()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def copy_whole(path: Path, to: Path) -> None:
    """The same for a file that is there already, maybe on another disk."""
    with path.open("rb") as made:
        write_whole(to, lambda file: shutil.copyfileobj(made, file))
