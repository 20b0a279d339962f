"""QR codes of pictures and PDFs that people bring, read in a process with limits."""

import json
from pathlib import Path
from typing import Literal

from registry.uploads.limits import MEGABYTE
from registry.uploads.reading import run_child

CHILD = Path(__file__).with_name("codes_child.py")
MOST = 50 * MEGABYTE
LIMITS = {"cpu": 30, "memory": 2048 * MEGABYTE}  # seconds; bytes of address space
WALL = 120  # seconds


class NoPicture(Exception):  # noqa: N818 - a fact
    """The file is not of its kind, or costs more to read than it may."""


def read_codes(content: bytes, kind: Literal["image", "pdf"]) -> list[str]:
    """Texts of the codes, in the order of the pages. Raises NoPicture."""
    out = run_child(CHILD, {**LIMITS, "kind": kind}, content, wall=WALL) if len(content) <= MOST else None
    *texts, last = [json.loads(line) for line in (out or b"").splitlines()] or [None]
    if last != {"end": True}:
        raise NoPicture
    return texts
