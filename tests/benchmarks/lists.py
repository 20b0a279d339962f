"""A list of 5,000 pilgrims, imported by the command itself."""

import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner

from registry.commands.pilgrims import command
from registry.commands.synthetic import SyntheticPilgrim
from registry.pilgrims.intake import COLUMNS
from tests.benchmarks.installation import LISTED, Installation
from tests.benchmarks.measure import Row


def measure(installation: Installation) -> list[Row]:
    file = installation.settings.var_dir / "list.csv"
    write(file, installation.listed)
    began = time.perf_counter()
    answer = CliRunner().invoke(command, ["import", str(file), "--confirm-doubts", "--json"])
    seconds = time.perf_counter() - began
    if answer.exit_code or json.loads(answer.stdout)["registered"] != LISTED:
        raise RuntimeError(answer.output[:2000])
    return [Row("Import of a list of 5,000 pilgrims", "s", seconds, 10)]


def write(file: Path, people: Sequence[SyntheticPilgrim]) -> None:
    """As a spreadsheet would save it."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        rows = csv.DictWriter(opened, [column.name for column in COLUMNS], delimiter=";", extrasaction="ignore")
        rows.writeheader()
        for person in people:
            details = person.details.model_dump(mode="json")
            birth_on, arrival_on = person.details.birth_on, person.arrival_on
            assert birth_on is not None
            more = {"birth_on": f"{birth_on:%d.%m.%Y}", "arrival_on": f"{arrival_on:%d.%m.%Y}"}
            rows.writerow({**details, **more, "region": person.region_code})
