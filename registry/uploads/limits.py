"""What a file may cost."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024
UPLOAD = 10 * MEGABYTE  # the largest file that a page of the staff takes


@dataclass(frozen=True)
class Limits:
    """Of the file and of the process that reads it.

    `rows` and `columns`: what is read of it, the rest is left. `row_cells`, `cells` and `strings` (those that cells
    share): a workbook with more is refused. `cpu`, `wall` in seconds; `memory` is address space, in bytes.
    """

    size: int
    unpacked: int
    rows: int
    columns: int
    row_cells: int
    cells: int
    strings: int
    cpu: int
    wall: int
    memory: int


# A stranger's list of certificates: 500 rows of a manifest, with titles above.
PUBLIC = Limits(
    size=2 * MEGABYTE,
    unpacked=20 * MEGABYTE,
    rows=600,
    columns=60,
    row_cells=1_000,
    cells=100_000,
    strings=50_000,
    cpu=1,
    wall=30,
    memory=512 * MEGABYTE,
)
# A list of pilgrims, read by the worker: 20,000 rows. Its time ends before the worker's lease of a minute does.
STAFF = Limits(
    size=20 * MEGABYTE,
    unpacked=20 * MEGABYTE,
    rows=20_100,
    columns=60,
    row_cells=1_000,
    cells=600_000,
    strings=300_000,
    cpu=20,
    wall=50,
    memory=1024 * MEGABYTE,
)
