"""Measure everything, print it, and write `var/bench.json`."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from registry import clock
from tests.benchmarks import browser, lists, pages, paper, printing, signatures, strangers
from tests.benchmarks.installation import PILGRIMS, Installation, installed
from tests.benchmarks.measure import Row, machine, today
from tests.factories import NOW

RESULT = Path(__file__).parents[2] / "var" / "bench.json"
MEASUREMENTS = (
    lists.measure,
    pages.measure_search,
    pages.measure_visits,
    pages.measure_coverage,
    paper.measure,
    signatures.measure,
    browser.measure,
    strangers.measure,
    printing.measure_bulk,  # adds pilgrims
)


def main() -> None:
    began = time.monotonic()
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(f"A training installation with {PILGRIMS:,} synthetic pilgrims is being made ...")
    # The clock of this process stands in the campaign's days; the server of the verify page has the real one.
    with clock.set_to(NOW), installed() as installation:
        rows = measure_all(installation)
    on, where = today(), machine()
    RESULT.parent.mkdir(exist_ok=True)
    listed = [row.to_json(machine=where, date=on) for row in rows]
    RESULT.write_text(json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(as_table(rows, title=f"{on}, {where}"))
    missed = [row.name for row in rows if not row.met]
    console.print(f"{len(missed)} targets missed. {time.monotonic() - began:.0f} s. Written to {RESULT}.")


def measure_all(installation: Installation) -> list[Row]:
    return [row for measure in MEASUREMENTS for row in measure(installation)]


def as_table(rows: Sequence[Row], *, title: str) -> Table:
    table = Table("What", title=title, title_justify="left")
    for heading in ("Measured", "Target"):
        table.add_column(heading, justify="right")
    table.add_column("Met")
    for row in rows:
        met = "" if row.limit is None else "yes" if row.met else "[bold red]NO[/]"
        table.add_row(row.name, f"{row.value:,.2f} {row.unit}", row.target if row.limit is not None else "", met)
    return table


if __name__ == "__main__":
    main()
