"""Whatever is wrong with an installation or a question: one sentence, an exit code, never a traceback."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from registry import commands
from registry.certificates.keys import create_keys
from registry.commands import NOUNS
from registry.db import Database
from registry.settings import Settings
from tests.commands.conftest import CommandLine

READERS = (
    ["points", "list", "--campaign", "X"],
    ["certificates", "list"],
    ["coverage", "--campaign", "X"],
    ["log", "audit"],
    ["simulate", "--pilgrims", "1"],
    ["staff", "list"],
    ["certificate", "revoke", "X6UVZ3NASE38", "--reason", "asked by the pilgrim"],
)


@pytest.mark.parametrize("command", READERS, ids=lambda words: words[0])
def test_a_missing_database_is_named_with_the_way_to_make_one(empty: CommandLine, command: list[str]) -> None:
    file = empty.var / "registry.sqlite"
    assert empty.refuse(*command) == f"There is no database {file}. Make one with: registry db upgrade"


@pytest.mark.parametrize("command", [*READERS, ["db", "upgrade"]], ids=lambda words: " ".join(words[:2]))
def test_a_database_of_a_newer_version_is_left_alone(
    registry: CommandLine, real_database: Database, command: list[str]
) -> None:
    with real_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert registry.refuse(*command).startswith("The database was made by a newer version")


def test_a_database_that_is_not_migrated_says_so(registry: CommandLine, real_database: Database) -> None:
    with real_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert registry.refuse("log", "audit").endswith("Run: registry db upgrade")


@pytest.mark.parametrize("address", ["garbage", "", "mysql://me@here/db", "postgres://me@here/db", "sqlite://"])
@pytest.mark.parametrize("command", [["db", "upgrade"], ["log", "audit"], ["serve"]], ids=" ".join)
def test_an_address_of_no_database_is_refused(
    empty: CommandLine, monkeypatch: pytest.MonkeyPatch, address: str, command: list[str]
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", address)
    monkeypatch.setenv("REGISTRY_PORT", "1")  # free, and refused before anything is served
    assert empty.refuse(*command).startswith("REGISTRY_DATABASE_URL is not the address of a database.")


def test_a_server_out_of_reach_is_said(empty: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/registry")
    for command in (["db", "upgrade"], ["log", "audit"]):
        sentence = empty.refuse(*command)
        assert "Connection refused" in sentence
        assert "secret" not in sentence


@pytest.mark.parametrize("command", [["db", "upgrade"], ["keys", "init"]], ids=" ".join)
def test_a_folder_that_cannot_be_written_is_named(
    empty: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "file").touch()  # root may write into every folder, but not into a file
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path / "file"))
    assert str(tmp_path / "file") in empty.refuse(*command)


def test_settings_that_cannot_be_used_are_named_together(empty: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PORT", "abc")
    monkeypatch.setenv("REGISTRY_ENV", "play")
    sentence = empty.refuse("db", "upgrade")
    assert "REGISTRY_PORT: " in sentence
    assert "REGISTRY_ENV: " in sentence


def test_a_damaged_key_is_said_and_nothing_is_made_over_it(registry: CommandLine) -> None:
    create_keys(Settings())
    (registry.var / "keys" / "dsc.key").write_text("x")
    assert "cannot be used" in registry.refuse("simulate", "--pilgrims", "1")
    (registry.var / "keys" / "dsc.pem").unlink()  # which looks like no keys at all
    assert "never overwritten" in registry.refuse("simulate", "--pilgrims", "1")


def test_a_database_damaged_behind_its_back_is_a_sentence(empty: CommandLine) -> None:
    empty.read("db", "upgrade")
    with sqlite3.connect(empty.var / "registry.sqlite") as connection:
        connection.execute("DROP TABLE log_head")
    connection.close()
    assert empty.refuse("log", "audit") == "The database did not do it: no such table: log_head"


def test_words_that_are_not_text_are_refused() -> None:
    program = [os.fsencode(sys.executable), b"-c", b"from registry.commands import main; main()"]
    done = subprocess.run([*program, b"points", b"\xff"], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr == b"Error: What was written on the command line is not UTF-8 text.\n"


def test_no_command_pays_for_migrations_it_does_not_run() -> None:
    """Alembic costs a tenth of a second at every start; so does playing a cohort."""
    code = (
        "import sys; import registry.commands.points, registry.commands.serve;"
        "print(*{'alembic', 'registry.commands.simulate'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "")


def test_every_command_is_listed_and_can_be_read(empty: CommandLine) -> None:
    listed = empty.run("--help").stdout
    for noun, line in NOUNS.items():
        assert re.search(rf"^  {noun} +{re.escape(line)}$", listed, re.MULTILINE), noun
        assert empty.run(noun, "--help").exit_code == 0
    modules = {file.stem for file in Path(commands.__file__).parent.glob("*.py") if "def command(" in file.read_text()}
    assert modules == set(NOUNS)
