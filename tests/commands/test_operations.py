"""What an operator does, from an empty folder to a certificate that is revoked."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from registry.campaigns.models import CampaignPoint
from registry.commands.campaign import HAJJ_2026, PRODUCTS
from registry.commands.research_file import SCHEMA
from registry.db import Database
from tests.commands.conftest import CommandLine
from tests.factories import CAMPAIGN

AUDIT = ("log", "audit")
ACCOUNT = ("--name", "Медайым Окуубаева", "--latin-name", "M. OKUUBAEVA", "--role", "vaccinator")


def test_a_simulation_needs_no_more_than_a_campaign_and_can_be_run_again(registry: CommandLine, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        done = registry.read("simulate", "--pilgrims", "4", "--seed", seed)
        assert done["registered"] == 4
    found = registry.read("coverage", "--campaign", CAMPAIGN)
    assert found["registered"] == 8 == sum(region["registered"] for region in found["regions"])
    assert found["registered"] == sum(point["registered"] for point in found["points"])
    assert {"examined", "both", "certified"} <= set(found)
    assert set(found["antigens"]) == {"MENACWY", "INFLUENZA"}
    assert registry.run("coverage", "--campaign", CAMPAIGN, "--recount").exit_code == 0
    assert registry.read(*AUDIT)["holds"] is True


def test_a_printed_certificate_is_valid_until_it_is_revoked(registry: CommandLine, tmp_path: Path) -> None:
    registry.read("simulate", "--pilgrims", "2", "--seed", "4")
    code, paper = registry.read("certificates", "list")[0]["code"], tmp_path / "paper.pdf"
    assert registry.read("certificate", "pdf", code, "-o", str(paper))["bytes"] == paper.stat().st_size
    assert registry.run("certificate", "pdf", code, "-o", "-").stdout_bytes.startswith(b"%PDF")
    before = registry.run("verify", "--pdf", str(paper), "--json")
    assert before.exit_code == 0, before.output
    assert [json.loads(line)["verdict"] for line in before.stdout.splitlines()] == ["valid"] * 3
    assert registry.read("certificate", "revoke", code, "--reason", "given to another")["code"] == code
    after = registry.run("verify", "--pdf", str(paper), "--json")
    assert after.exit_code == 1
    assert {json.loads(line)["reason"] for line in after.stdout.splitlines()} == {"revoked"}
    assert "already" in registry.refuse("certificate", "revoke", code, "--reason", "once more")


def test_a_reason_too_long_for_the_record_is_refused(registry: CommandLine) -> None:
    assert "longer than 500" in registry.refuse("certificate", "revoke", "X6UVZ3NASE38", "--reason", "x" * 501)


def test_synthetic_people_never_enter_production(registry: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_ENV", "production")
    monkeypatch.setenv("REGISTRY_SECRET_KEY", "0123456789abcdef" * 4)
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://registry.example")
    assert registry.refuse("simulate", "--pilgrims", "1").startswith("Synthetic people never enter")


@pytest.mark.parametrize(
    "command",
    [
        ["points", "list", "--campaign", "HAJJ-1900"],
        ["coverage", "--campaign", "HAJJ-1900"],
        ["certificates", "list", "--campaign", "HAJJ-1900"],
        ["simulate", "--pilgrims", "1", "--campaign", "HAJJ-1900"],
        ["requirements", "check", "--campaign", "HAJJ-1900", "--antigen", "MENACWY"],
    ],
    ids=lambda words: words[0],
)
def test_an_unknown_campaign_is_named(registry: CommandLine, command: list[str]) -> None:
    """C15: `--campaign CODE` could be learnt nowhere: the refusal names those that exist."""
    assert registry.refuse(*command) == "There is no campaign 'HAJJ-1900'. Campaigns here: HAJJ-1447H-2026."


@pytest.mark.parametrize(
    ("given", "result"), [("2025-12-25", "met"), ("2026-05-05", "not_yet"), ("2020-05-05", "expired")]
)
def test_a_requirement_is_checked_for_a_program(registry: CommandLine, given: str, result: str) -> None:
    question = ("--campaign", CAMPAIGN, "--antigen", "MENACWY", "--type", "conjugate", "--arrival", "2026-05-11")
    answer = registry.read("requirements", "check", *question, "--given", given)
    assert set(answer) == {"result", "valid_from", "valid_until", "why"}
    assert answer["result"] == result


@pytest.mark.parametrize("day", ["2026-13-05", "yesterday", "9998-01-01", "0001-01-01"])
def test_a_day_that_cannot_be_is_refused(registry: CommandLine, day: str) -> None:
    sentence = registry.refuse("requirements", "check", "--campaign", CAMPAIGN, "--antigen", "MENACWY", "--given", day)
    assert f"'{day}' is not a date between 1900-01-01 and 2199-12-31." in sentence


@pytest.mark.parametrize("username", ["", "two words", "x" * 65])
def test_an_account_needs_a_user_name_that_can_be_typed(registry: CommandLine, username: str) -> None:
    assert "user name" in registry.refuse("staff", "add", username, *ACCOUNT)


def test_the_name_on_certificates_is_latin(registry: CommandLine) -> None:
    wrong = [*ACCOUNT[:3], "Медайым", *ACCOUNT[4:]]
    assert "Latin" in registry.refuse("staff", "add", "nurse", *wrong)
    assert registry.read("staff", "add", "nurse", *ACCOUNT)["username"] == "nurse"


def test_nothing_on_standard_input_is_not_a_valid_certificate(registry: CommandLine) -> None:
    registry.read("keys", "init")
    assert registry.refuse("verify", "-") == "Standard input holds nothing to verify."
    assert registry.run("verify", "-", stdin=b"\xff\xfe\n").exit_code == 1


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE log_record SET content = '{}' WHERE sequence = 2", "the record it commits to was changed"),
        ("UPDATE log_entry SET kind = 'rubbish' WHERE sequence = 2", "it cannot be read"),
    ],
)
def test_an_entry_that_became_nonsense_is_named(
    registry: CommandLine, real_database: Database, statement: str, why: str
) -> None:
    registry.read("simulate", "--pilgrims", "3", "--seed", "4")
    tamper(real_database, statement)
    result = registry.run(*AUDIT, "--json")
    broken = [stream for stream in json.loads(result.stdout)["streams"] if not stream["holds"]]
    assert result.exit_code == 1
    assert {(stream["sequence"], stream["why"]) for stream in broken} == {(2, why)}


def tamper(database: Database, statement: str) -> None:
    """As somebody would who holds the database itself."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("ALTER TABLE log_entry DROP CONSTRAINT IF EXISTS ck_log_entry_kind"))
        else:
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for trigger in triggers:
                connection.execute(text(f'DROP TRIGGER "{trigger}"'))
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        connection.execute(text(statement))
    database.engine.dispose()


def research() -> dict[str, Any]:
    """The smallest document of the shape in which the notice's research was written down."""
    point = {"code": "VP-NRN", "table_row": 7, "raw_region_cell": "Нарын", "raw_place_cell": "ҮМБ", "regions": ["KG-N"]}
    names = {f"name_{language}": "Нарын" for language in ("ky", "ru", "en")}
    return {
        "schema": SCHEMA,
        "timezone": "Asia/Bishkek",
        "campaign": {"code": "TRIAL-2026", "title_en": "A trial", "start": "2025-12-23", "end": "2025-12-30"},
        "travel": {"first_flight": "2026-05-11"},
        "regions": [{"iso": "KG-N", "type": "region", "sort": 1, **names}],
        "vaccination_points": [{**point, **names, "street_ky": "Качкынов көч.", "house": "5"}],
        "rules": [
            {
                "id": "MEN-ACWY",
                "antigen": "MENACWY",
                "status": "mandatory",
                "min_days_before_arrival": 10,
                "validity_years_by_type": {"conjugate": 5, "polysaccharide": 3, "unknown": 3},
                "sources": ["A"],
            }
        ],
        "sources": {"A": "A paper."},
    }


def test_the_research_of_a_notice_is_loaded_as_a_campaign(
    registry: CommandLine, real_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "research.json"
    file.write_text(json.dumps(research()), encoding="utf-8")
    for _twice in range(2):
        assert registry.read("campaign", "load", str(file))["campaign"] == "TRIAL-2026"
    assert [point["code"] for point in registry.read("points", "list", "--campaign", "TRIAL-2026")] == ["VP-NRN"]
    with real_database.open_session(writes=False) as session:
        assert session.get(CampaignPoint, ("TRIAL-2026", "VP-NRN")) is not None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules": 5}, "is not of the kind that belongs there"),
        ({"regions": [{"iso": None, "sort": 1}]}, "is not of the kind that belongs there"),
        ({"campaign": {}}, "has no entry 'code'"),
    ],
)
def test_research_with_a_fault_is_refused_in_a_sentence(
    registry: CommandLine, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    file = tmp_path / "research.json"
    file.write_text(json.dumps(research() | change), encoding="utf-8")
    assert sentence in registry.refuse("campaign", "load", str(file))


@pytest.mark.parametrize("content", [b"[]", b"{", b"{}", b"\xff\xfe\x00"])
def test_a_file_that_is_no_campaign_is_refused(registry: CommandLine, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "campaign.json"
    file.write_bytes(content)
    assert registry.refuse("campaign", "load", str(file))
    assert "cannot be read" in registry.refuse("campaign", "load", str(tmp_path / "nowhere.json"))


def test_an_installation_is_made_from_nothing(empty: CommandLine) -> None:
    assert empty.read("db", "upgrade") == {"before": "empty", "after": "current"}
    empty.read("keys", "init")
    assert empty.refuse("simulate", "--pilgrims", "1").startswith("No campaign is loaded.")
    assert empty.read("campaign", "load", str(HAJJ_2026), "--products", str(PRODUCTS))["campaign"] == CAMPAIGN
    faults = empty.run("doctor", "--json")
    assert faults.exit_code == 1
    assert {"Nobody has an account. Run: registry staff add"} < {one["sentence"] for one in json.loads(faults.stdout)}
    empty.read("staff", "add", "nurse", *ACCOUNT)
    assert empty.run("doctor").exit_code == 0


def test_the_template_of_a_list_holds_nobody(registry: CommandLine, tmp_path: Path) -> None:
    for name in ("list.csv", "list.xlsx"):
        assert registry.run("pilgrims", "import", "--template", str(tmp_path / name)).exit_code == 0
        done = registry.read("pilgrims", "import", str(tmp_path / name), "--campaign", CAMPAIGN, "--dry-run")
        assert (done["rows"], done["faults"]) == (0, [])
    assert "nowhere" in registry.refuse("pilgrims", "import", "--template", str(tmp_path / "nowhere" / "list.csv"))
