"""Files that tell of people: whole or not there at all, and readable by their owner only."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import click


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
