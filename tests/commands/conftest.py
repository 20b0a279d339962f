"""An installation of its own for each test, and its command line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from registry import clock
from registry.commands import cli
from registry.db import Database

ON_THE_WAY = datetime(2026, 5, 12, 6, 0, tzinfo=UTC)  # everybody vaccinated in December may enter


@dataclass
class CommandLine:
    """`registry`, as a person or a program calls it."""

    var: Path

    def run(self, *arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, list(arguments), input=stdin)

    def read(self, *arguments: str) -> Any:
        """The JSON answer of a command that succeeds."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refuse(self, *arguments: str) -> str:
        """The one sentence of a command that fails."""
        result = self.run(*arguments)
        assert result.exit_code != 0, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.stdout == ""
        *usage, sentence = result.stderr.strip().splitlines()
        assert not usage or usage[0].startswith("Usage: "), result.stderr
        return sentence.removeprefix("Error: ")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Nothing but the settings' defaults and a folder that is not made yet."""
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path / "var"))
    return CommandLine(tmp_path / "var")


@pytest.fixture
def registry(empty: CommandLine, real_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """A migrated database with the campaign loaded, some months after it."""
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    with clock.set_to(ON_THE_WAY):
        yield empty
