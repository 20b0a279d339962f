"""The plan of a print: its papers by number, written before the first sheet, and those that its sheets show."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from registry.printing.queries import Paper

PLAN = "plan"
_KEY = 32  # bytes of a line of the plan: the pilgrim's id and the certificate's


def write_papers(papers: Iterable[Paper], to: BinaryIO) -> None:
    to.writelines(paper.pilgrim_id.bytes + paper.certificate_id.bytes for paper in papers)


def count_papers(folder: Path) -> int:
    return (folder / PLAN).stat().st_size // _KEY


def read_plan(folder: Path, numbers: range) -> list[Paper]:
    with (folder / PLAN).open("rb") as file:
        file.seek((numbers.start - 1) * _KEY)
        return list(_papers(file.read(len(numbers) * _KEY)))


def list_of(folder: Path, chunk: int) -> Path:
    """Where a chunk keeps what its sheets show, counted from 0."""
    return folder / f"chunk-{chunk + 1:04d}.json"


def read_shown(folder: Path, chunk: int | None = None) -> list[Paper]:
    """The papers that the finished chunks show, or one of them; those left out when it was made are not among them."""
    files = sorted(folder.glob("chunk-*.json")) if chunk is None else [list_of(folder, chunk)]
    numbers = [line["number"] for file in files for line in json.loads(file.read_bytes())["lines"]]
    return [] if not numbers else _numbered(folder, numbers)


def _numbered(folder: Path, numbers: Sequence[int]) -> list[Paper]:
    first, last = min(numbers), max(numbers)
    planned = read_plan(folder, range(first, last + 1))
    return [planned[number - first] for number in numbers]


def _papers(keys: bytes) -> Iterator[Paper]:
    ids = [uuid.UUID(bytes=keys[at : at + 16]) for at in range(0, len(keys), 16)]
    return (Paper(*pair) for pair in zip(ids[::2], ids[1::2], strict=True))
