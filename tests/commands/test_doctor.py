"""What the doctor says of keys, files and lists before they run out."""

from datetime import timedelta
from pathlib import Path

import pytest

from registry import clock
from registry.certificates.keys import create_keys, load_issuer
from registry.db import Database
from registry.settings import Settings
from tests.commands.conftest import CommandLine
from tests.factories import make_imported_list


@pytest.fixture
def keys(registry: CommandLine) -> Settings:
    """Keys of this day, for two years the signer's, for four the authority's."""
    settings = Settings(var_dir=registry.var)
    create_keys(settings, at=clock.now())
    return settings


def told(registry: CommandLine) -> str:
    return registry.run("doctor").stdout


def test_a_signer_near_its_end_is_a_note_and_a_fault_when_it_is_over(registry: CommandLine, keys: Settings) -> None:
    ends = load_issuer(keys).dscs[0].not_valid_after_utc
    for before, said in ((61, ""), (59, "note "), (-1, "GRAVE")):
        with clock.set_to(ends - timedelta(days=before)):
            lines = [line for line in told(registry).splitlines() if "certificate of the signer" in line]
            assert bool(lines) is bool(said)
            assert all(line.startswith(said) and "registry keys rotate" in line for line in lines)


@pytest.mark.parametrize("name", ["REGISTRY_PDF_SIGNER", "REGISTRY_SHEET_TEMPLATE"])
def test_a_file_that_the_paper_needs_and_that_is_gone_is_a_fault(
    registry: CommandLine, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "gone"))
    assert f"GRAVE  {name} names {tmp_path / 'gone'}, which cannot be read." in told(registry)
    (tmp_path / "gone").write_text("{}")
    assert name not in told(registry)


def test_an_imported_list_of_last_month_should_be_fetched_anew(
    registry: CommandLine, keys: Settings, real_database: Database
) -> None:
    with real_database.open_session(writes=True) as session:
        make_imported_list(session, imported_at=clock.now())
        session.commit()
    assert "did:web:other.example" not in told(registry)
    with clock.set_to(clock.now() + timedelta(days=31)):
        assert "The trust list did:web:other.example was imported on 12.05.2026" in told(registry)
