"""Read a file of rows in a process of its own: whatever it holds, it costs no more than its limits."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from registry.errors import N_, Refusal
from registry.uploads.limits import MEGABYTE, Limits

CHILD = Path(__file__).with_name("child.py")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
WITHIN = 1024  # bytes: where readers look for the mark of a PDF
Row = tuple[int, list[str]]
"""The row's number as a spreadsheet counts it, and its cells. Blank rows are left out."""


class NotAList(Refusal):
    sentence = N_(
        "This file is a PDF or a picture, not a list. Lists are read from %(kinds)s files: save the list as one of "
        "them in the program in which it was written, and send that file."
    )


class FileUnreadable(Refusal):
    sentence = N_("This file cannot be read as a list. Save it as CSV or XLSX and try again.")


class FileTooLarge(Refusal):
    sentence = N_(
        "This file holds too much to be read: it may have %(megabytes)s MB, and only the list on its first sheet. "
        "Copy the rows into a new file, or divide them into several."
    )


def read_rows(content: bytes, limits: Limits) -> Iterator[Row]:
    """The cells of a CSV or XLSX file, row by row, whatever they mean.

    Raises NotAList, FileUnreadable or FileTooLarge.
    """
    refuse_pictures(content, kinds="CSV, XLSX")
    if len(content) > limits.size:
        raise _too_large(limits)
    out = run_child(CHILD, asdict(limits), content, wall=limits.wall)
    if out is None:
        raise _too_large(limits)
    *rows, last = out.rsplit(b"\n", 2)[:-1] or [b""]
    if last == b'"end"':
        return _rows(rows[0] if rows else b"")
    raise FileUnreadable if last == b'"unreadable"' else _too_large(limits)


def refuse_pictures(content: bytes, *, kinds: str) -> None:
    """Raises NotAList: what a scanner, a camera or a print to a file makes is known by how it begins.

    Read as text it would be rows of signs. `kinds`: what the page reads instead.
    """
    pictured = content.startswith(PICTURES) or content[4:8] == b"ftyp" or content[8:12] == b"WEBP"
    if pictured or b"%PDF-" in content[:WITHIN]:
        raise NotAList(kinds=kinds)


def run_child(program: Path, asked: Mapping[str, Any], content: bytes, *, wall: int) -> bytes | None:
    """What a program of ours said of a file within `wall` seconds; None when the time was over.

    A process and JSON: no thread of ours is held by a hostile file, and nothing that came out of it is believed to be
    more than text. The process limits itself before it reads; it is waited for in every case, so that none is left.
    """
    said = json.dumps(asked).encode() + b"\n" + content
    try:
        # No secret of the environment goes along. subprocess.run kills and waits when the time is over.
        done = subprocess.run(  # noqa: S603 - our own program; what is hostile comes by the pipe
            [sys.executable, "-I", str(program)],
            check=False,
            input=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=wall,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout


def _rows(lines: bytes) -> Iterator[Row]:
    for line in lines.splitlines():
        number, cells = json.loads(line)
        yield number, cells


def _too_large(limits: Limits) -> FileTooLarge:
    return FileTooLarge(megabytes=limits.size // MEGABYTE)
