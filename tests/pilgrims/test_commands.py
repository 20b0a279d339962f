"""`registry pilgrims import`, and the synthetic people that tests and training use."""

import csv
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from registry.commands.pilgrims import command
from registry.commands.synthetic import synthetic_pilgrims
from registry.db import Database
from registry.pilgrims import names, rules
from registry.pilgrims.intake import COLUMNS
from registry.pilgrims.models import Pilgrim, Sex
from tests.factories import TODAY

REGIONS = ["KG-GB", "KG-GO", "KG-B", "KG-C", "KG-J", "KG-N", "KG-O", "KG-T", "KG-Y"]


@pytest.fixture
def installation(real_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    return real_database


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, ["import", *map(str, arguments)])


def count_pilgrims(database: Database) -> int:
    with database.open_session(writes=False) as session:
        return len(session.exec(select(Pilgrim.id)).all())


def write_list(path: Path, count: int, *, spoil: int | None = None) -> Path:
    """A list of synthetic people; row `spoil` has no passport number."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(column.name for column in COLUMNS)
        for number, person in enumerate(synthetic_pilgrims(count, 7, REGIONS), start=2):
            values = {
                **person.details.model_dump(mode="json"),
                "region": person.region_code,
                "arrival_on": person.arrival_on,
            }
            values["passport_number"] = "" if number == spoil else values["passport_number"]
            rows.writerow(values.get(column.name, "") for column in COLUMNS)
    return path


def test_a_list_is_imported_once(installation: Database, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", 30)
    first, second = run(path, "--json"), run(path, "--json")
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert json.loads(first.output)["registered"] == 30
    assert json.loads(second.output) == {
        "rows": 30, "faulty": 0, "written": True, "registered": 0, "returning": 0, "unchanged": 30, "faults": [],
    }  # fmt: skip
    assert count_pilgrims(installation) == 30


def test_a_dry_run_writes_nothing(installation: Database, tmp_path: Path) -> None:
    answer = run(write_list(tmp_path / "list.csv", 3), "--dry-run")
    assert answer.exit_code == 0
    assert "3 rows, 0 with faults. Nothing was written." in answer.output
    assert count_pilgrims(installation) == 0


def test_one_faulty_row_keeps_the_whole_list_out_until_somebody_says_otherwise(
    installation: Database, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "list.csv", 5, spoil=4)
    refused = run(path)
    assert refused.exit_code == 1
    assert "This is not a passport number" in refused.output
    assert "Nothing was written" in refused.output
    assert count_pilgrims(installation) == 0
    assert json.loads(run(path, "--dry-run", "--json").output)["faults"][0]["row"] == 4
    assert run(path, "--skip-faulty").exit_code == 0
    assert count_pilgrims(installation) == 4


def test_doubts_keep_a_list_out_until_they_are_confirmed(installation: Database, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", 2)
    path.write_text(path.read_text("utf-8-sig").replace("PE90000001", "XX90000001"), "utf-8")
    assert run(path).exit_code == 1
    assert run(path, "--confirm-doubts").exit_code == 0
    assert count_pilgrims(installation) == 2


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
def test_the_template_comes_back_as_an_empty_list(name: str, installation: Database, tmp_path: Path) -> None:
    assert run("--template", tmp_path / name).exit_code == 0
    answer = run(tmp_path / name)
    assert answer.exit_code == 0, answer.output
    assert "0 rows, 0 with faults" in answer.output


def test_the_template_filled_in_is_imported(installation: Database, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    run("--template", path)
    book = openpyxl.load_workbook(path)
    person = next(synthetic_pilgrims(1, 3, ["KG-N"]))
    values = {**person.details.model_dump(mode="json"), "region": "Нарын облусу", "arrival_on": ""}
    book.worksheets[0].append([values.get(column.name, "") for column in COLUMNS])
    book.save(path)
    book.close()
    answer = run(path)
    assert "1 pilgrims registered" in answer.output, answer.output


def test_a_campaign_that_does_not_exist_is_one_sentence(installation: Database, tmp_path: Path) -> None:
    answer = run(write_list(tmp_path / "list.csv", 1), "--campaign", "HAJJ-1999")
    assert answer.exit_code == 1
    assert "There is no campaign 'HAJJ-1999'" in answer.output


def test_the_columns_stand_in_the_help() -> None:
    answer = run("--help")
    for column in COLUMNS:
        assert column.name in answer.output


def test_the_same_seed_makes_the_same_people() -> None:
    assert list(synthetic_pilgrims(50, 1, REGIONS)) == list(synthetic_pilgrims(50, 1, REGIONS))
    assert list(synthetic_pilgrims(50, 1, REGIONS)) != list(synthetic_pilgrims(50, 2, REGIONS))


def test_synthetic_people_are_without_fault_and_unlike_each_other() -> None:
    people = list(synthetic_pilgrims(2000, 1, REGIONS))
    for person in people:
        assert rules.normalise(person.details) == person.details
        assert list(rules.details_faults(person.details, on=TODAY)) == []
    assert len({person.details.passport_number for person in people}) == 2000
    assert len({person.details.pin for person in people}) == 2000
    seen: dict[str, list[date]] = {}
    for person in people:
        for key in names.likeness_keys(person.details):
            assert person.details.birth_on not in seen.setdefault(key, [])
            seen[key].append(person.details.birth_on)


def test_synthetic_people_are_of_the_age_sex_and_region_that_pilgrims_are() -> None:
    people = list(synthetic_pilgrims(2000, 1, REGIONS))
    usual = sum(45 <= TODAY.year - person.details.birth_on.year <= 75 for person in people)
    women = sum(person.details.sex is Sex.FEMALE for person in people)
    osh = sum(person.region_code in {"KG-O", "KG-GO"} for person in people)
    naryn = sum(person.region_code == "KG-N" for person in people)
    assert usual > 1200
    assert 900 < women < 1100
    assert osh > 5 * naryn > 0
