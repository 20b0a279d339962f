"""What lies on the disk is its owner's alone, whatever the machine allows new files (security M12)."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from registry.commands.private_files import close_to_others, list_open_to_others
from registry.settings import Settings

# One process for all commands, each with a umask that closes nothing when it begins.
PROGRAM = """
import os, sys
from registry.commands import main

for command in (["db", "upgrade"], ["keys", "init"], ["campaign", "load"]):
    os.umask(0o000)
    sys.argv = ["registry", *command]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""


def test_an_installation_made_under_a_generous_umask_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path / "var"))
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, umask=0o000, capture_output=True)
    made = [tmp_path / "var", *(tmp_path / "var").rglob("*")]
    assert {path.name for path in made} >= {"registry.sqlite", "registry.sqlite.lock", "keys", "dsc.key"}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
def test_a_database_elsewhere_is_looked_at_with_all_that_lies_beside_it(tmp_path: Path, ending: str) -> None:
    """Not its folder, which may hold other things."""
    tmp_path.chmod(0o755)
    file = tmp_path / f"country.sqlite{ending}"
    for name in ("country.sqlite", file.name):
        (tmp_path / name).touch(mode=0o600)
    file.chmod(0o644)
    settings = Settings(var_dir=tmp_path / "var", database_url=f"sqlite:///{tmp_path / 'country.sqlite'}")
    assert list_open_to_others(settings) == [file]
    close_to_others(settings)
    assert list_open_to_others(settings) == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
