"""Security M1: commands print and confirm no certificate that contradicts its codes, and the doctor tells of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.certificates.keys import Issuer
from registry.commands import cli
from registry.db import Database
from registry.settings import Settings
from tests.certificates.ghosts import haunt
from tests.certificates.stories import certify
from tests.printing.piles import texts_of


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_a_ghost_is_neither_confirmed_nor_printed_and_the_doctor_tells_of_it(
    real_database: Database, settings: Settings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        _pilgrim, certificate = certify(session, issuer)
        ghost = haunt(session, certificate)
    paper, pile, codes = tmp_path / "one.pdf", tmp_path / "pile.pdf", tmp_path / "codes"

    refused = run("certificate", "pdf", ghost.code, "-o", str(paper))
    assert (refused.exit_code, paper.exists()) == (1, False)
    assert "do not say what the register says" in refused.output

    verified = run("verify", ghost.code, "--json")
    assert verified.exit_code == 1
    assert json.loads(verified.stdout)["reason"] == "codes_differ"

    codes.write_text(f"{certificate.code}\n{ghost.code}\n")
    done = json.loads(run("certificates", "print", "--codes", str(codes), "-o", str(pile), "--json").stdout)
    assert (done["sheets"], done["withdrawn"]) == (1, 1)
    assert "GHOST" not in "".join(texts_of(pile))

    (told,) = (one for one in json.loads(run("doctor", "--json").stdout) if "signed codes" in one["sentence"])
    assert told["grave"]
    assert told["sentence"].startswith("1 times, last on 25.12.2025")
