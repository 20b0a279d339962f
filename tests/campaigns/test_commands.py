"""The same rules from the command line."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from registry.commands import cli
from registry.commands.campaign import HAJJ_2026
from registry.db import Database
from tests.factories import CAMPAIGN


@pytest.fixture
def run(real_database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line in this process, on the fixture's database, whose connections the fixture closes."""
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    return call


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--type conjugate --given 2026-05-01 --arrival 2026-05-11", ("met", "2026-05-11", "2031-05-01")),
        ("--type conjugate --given 2026-05-02 --arrival 2026-05-11", ("not_yet", "2026-05-12", "2031-05-02")),
        ("--type polysaccharide --given 2023-05-10 --arrival 2026-05-11", ("expired", "2023-05-20", "2026-05-10")),
        ("--type unknown --given 2022-06-01", ("expired", "2022-06-11", "2025-06-01")),
        ("--arrival 2026-05-11", ("missing", None, None)),
        ("--arrival 2026-05-11 --birth 2025-09-01", ("not_applicable", None, None)),
    ],
)
def test_the_check_prints_result_term_and_reason(run: Any, options: str, expected: tuple[Any, ...]) -> None:
    found = answer(
        run("requirements", "check", "--campaign", CAMPAIGN, "--antigen", "MENACWY", *options.split(), "--json")
    )

    assert (found["result"], found["valid_from"], found["valid_until"]) == expected
    assert found["why"].endswith(".")
    assert set(found) == {"result", "valid_from", "valid_until", "why"}


def test_the_check_takes_the_name_of_a_requirement_too(run: Any) -> None:
    options = ("--campaign", CAMPAIGN, "--antigen", "FLU", "--given", "2025-12-25", "--json")

    assert answer(run("requirements", "check", *options))["valid_until"] == "2026-12-25"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("requirements check --campaign X --antigen FLU", "There is no campaign 'X'."),
        (f"requirements check --campaign {CAMPAIGN} --antigen BCG", "The campaign asks for nothing named 'BCG'."),
        (
            f"requirements check --campaign {CAMPAIGN} --antigen FLU --given 2025-01-01 --birth 2025-02-01",
            "The dose was given before the birth.",
        ),
        ("points list --campaign X", "There is no campaign 'X'."),
        ("campaign load /nowhere/file.json", "The file /nowhere/file.json cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(run: Any, arguments: str, sentence: str) -> None:
    result = run(*arguments.split())

    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stdout == ""


def test_the_points_are_one_json_array_in_printed_order(run: Any) -> None:
    points = answer(run("points", "list", "--campaign", CAMPAIGN, "--json"))

    assert [point["printed_row"] for point in points] == [1, 3, 4, 5, 6, 7, 8, 8, 9]
    assert points[0]["regions"] == ["KG-GO", "KG-O"]
    assert set(points[0]["name"]) == {"ky", "ru", "en"}


def test_the_points_are_a_table_for_people(run: Any) -> None:
    result = run("points", "list", "--campaign", CAMPAIGN)

    assert result.exit_code == 0
    assert "Kurmanjan Datka Street 109a" in result.stdout


def test_a_campaign_file_can_be_loaded_twice(run: Any, tmp_path: Path) -> None:
    document = json.loads(HAJJ_2026.read_text(encoding="utf-8"))
    document["campaign"] |= {"code": "UMRAH-2027", "starts_on": str(date(2027, 1, 1)), "ends_on": str(date(2027, 2, 1))}
    file = tmp_path / "umrah.json"
    file.write_text(json.dumps(document), encoding="utf-8-sig")

    assert run("campaign", "load", str(file)).exit_code == 0
    assert answer(run("campaign", "load", str(file), "--json"))["campaign"] == "UMRAH-2027"
    assert len(answer(run("points", "list", "--campaign", "UMRAH-2027", "--json"))) == 9


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is not JSON: line 1"),
        (b"[]", "does not hold a JSON object"),
        ("Ү".encode("utf-16"), "is not UTF-8 text"),
        (b'{"format": "campaign/1"}', "The entry “campaign” is missing from the file. Add it."),
    ],
)
def test_a_file_that_is_no_campaign_is_explained(run: Any, tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)

    result = run("campaign", "load", str(file))

    assert result.exit_code == 1
    assert sentence in result.stderr
