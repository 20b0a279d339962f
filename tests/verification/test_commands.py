"""The same answers from the command line: texts, pictures, papers, and the proof of the log."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, text

from registry.certificates import queries
from registry.certificates.keys import Issuer, create_keys
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.commands import cli
from registry.db import Database
from registry.immunization_log.rules import NOT_PROVED
from registry.settings import Settings
from tests.certificates.stories import certify
from tests.factories import CAMPAIGN, NARYN, TODAY

ARRIVAL = "2026-05-11T09:00+03:00"


@dataclass
class Desk:
    """The command line of an installation with one certificate."""

    database: Database
    certificate: Certificate

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, list(arguments), input=stdin)

    def verify(self, *arguments: str, at: str = ARRIVAL, stdin: str | None = None) -> tuple[int, list[Any]]:
        result = self.run("verify", *arguments, "--at", at, "--json", stdin=stdin)
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    @property
    def texts(self) -> list[str]:
        return [dose["signed_code"] for dose in self.certificate.facts["doses"]]


@pytest.fixture
def desk(real_database: Database, settings: Settings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        _pilgrim, certificate = certify(session, issuer)
        session.commit()
    return Desk(real_database, certificate)


def test_a_broken_code_names_the_step_that_failed(desk: Desk) -> None:
    told = desk.run("verify", "HC1:", "--at", ARRIVAL).output
    assert "NOT VALID: The code is damaged" in told
    assert "Step that failed: unpacking the code (inflate: not_compressed)" in told
    assert "Step that failed" not in desk.run("verify", "passport", "--at", ARRIVAL).output


@pytest.mark.parametrize(
    ("at", "word"),
    [("2026-08-01", "VALID"), ("2020-01-01", "CHECK"), ("2027-12-05", "NOT VALID"), ("2026-05-11", "VALID")],
)
def test_f2_a_step_that_decided_nothing_is_not_told(desk: Desk, at: str, word: str) -> None:
    """The register answered, and below "VALID" stood a step that failed: the code's key had ended, or not begun."""
    told = desk.run("verify", "--at", at, desk.texts[0]).output
    assert told.startswith(f"TRAINING: this certificate says nothing about a real person.\n{word}: ")
    assert "Step that failed" not in told


def sheet_of(desk: Desk, folder: Path) -> Path:
    paper = folder / "paper.pdf"
    assert desk.run("certificate", "pdf", desk.certificate.code, "-o", str(paper)).exit_code == 0
    return paper


def test_all_codes_of_the_printed_paper_are_valid(desk: Desk, tmp_path: Path) -> None:
    exit_code, answers = desk.verify("--pdf", str(sheet_of(desk, tmp_path)))
    assert exit_code == 0
    assert [(one["verdict"], one["training"]) for one in answers] == [("valid", True)] * 3
    signed = [one for one in answers if "steps" in one]
    assert len(signed) == 2
    for one in signed:
        assert set(one["steps"].values()) == {True}
        assert one["payload"]["certificate"] == str(desk.certificate.id)
        assert one["payload"]["vaccinations"][0]["name"] == "ASANBEKOVA AIGUL"


def test_a_picture_of_the_paper_will_do(desk: Desk, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(sheet_of(desk, tmp_path)) as document:
        document[0].render(scale=200 / 72).to_pil().save(tmp_path / "photo.png")
    exit_code, answers = desk.verify("--image", str(tmp_path / "photo.png"))
    assert (exit_code, len(answers)) == (0, 3)


def test_texts_come_from_an_argument_or_line_by_line(desk: Desk) -> None:
    assert desk.verify(desk.texts[0])[0] == 0
    exit_code, answers = desk.verify("-", stdin="\n".join([*desk.texts, "", desk.certificate.code, "nonsense"]) + "\n")
    assert exit_code == 1
    assert [one["verdict"] for one in answers] == ["valid", "valid", "valid", "cannot_tell"]


@pytest.mark.parametrize(("before", "after"), [("", ""), ("> ", ""), ("  ", ""), ("", "=")])
def test_what_a_mail_broke_over_lines_is_one_answer(desk: Desk, before: str, after: str) -> None:
    """certificate C7: red and grey, seven answers, for a genuine code."""
    signed, link = desk.texts[0], desk.certificate.facts["verify_url"]
    width = -(-len(signed) // 8)
    broken = f"{after}\n".join(before + signed[at : at + width] for at in range(0, len(signed), width))
    stdin = f"{broken}\n{desk.certificate.code}\n{before}{link[:-5]}{after}\n{before}{link[-5:]}\n{broken}"
    exit_code, answers = desk.verify("-", stdin=stdin)
    assert ([one["reason"] for one in answers], exit_code) == (["in_force"] * 4, 0)
    assert desk.verify(broken)[0] == 0
    _exit_code, (lost,) = desk.verify("-", stdin=broken[:130] + broken[140:])
    assert (lost["verdict"], lost["reason"]) == ("cannot_tell", "not_read_whole")


@pytest.mark.parametrize(
    ("at", "verdict", "reason"),
    [
        ("2026-01-03T12:00", "check", "entry_not_yet"),
        ("2026-01-04T12:00", "valid", "in_force"),
        ("2028-01-01", "not_valid", "ended"),
        # Before it was issued: the register has it, so the clock is behind, and nothing is refused (certificate C11).
        ("2025-12-24T12:00+06:00", "check", "entry_not_yet"),
    ],
)
def test_the_answer_is_as_of_the_time_asked_for(desk: Desk, at: str, verdict: str, reason: str) -> None:
    for given in (desk.certificate.code, *desk.texts):
        _exit_code, (answer,) = desk.verify(given, at=at)
        assert (answer["verdict"], answer["reason"]) == (verdict, reason)


def test_a_revoked_code_is_not_valid_from_that_moment(desk: Desk) -> None:
    done = desk.run("certificate", "revoke", desk.certificate.code.lower(), "--reason", "Shown by somebody else")
    assert done.exit_code == 0, done.output
    for what in (*desk.texts, desk.certificate.code, desk.certificate.facts["verify_url"]):
        exit_code, (answer,) = desk.verify(what)
        assert (exit_code, answer["verdict"], answer["reason"]) == (1, "not_valid", "revoked")
    again = desk.run("certificate", "revoke", desk.certificate.code, "--reason", "Shown by somebody else")
    assert (again.exit_code, again.stderr) == (1, "Error: This certificate is revoked already. Nothing was changed.\n")
    with desk.database.open_session(writes=False) as session:
        assert queries.standing(session, desk.certificate, on=TODAY).state is State.REVOKED


def test_only_the_signers_named_are_believed(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    own = settings.keys_dir / "dsc.pem"
    assert desk.verify(desk.texts[0], "--trust", str(own))[0] == 0
    stranger = Settings(var_dir=tmp_path)
    create_keys(stranger)
    _exit_code, (answer,) = desk.verify(desk.texts[0], "--trust", str(stranger.keys_dir / "dsc.pem"))
    assert (answer["verdict"], answer["reason"]) == ("cannot_tell", "unknown_key")


def test_on_a_machine_without_the_register_signatures_are_still_judged(
    desk: Desk, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path))
    result = desk.run("verify", desk.texts[0], "--trust", str(settings.keys_dir / "dsc.pem"), "--at", ARRIVAL, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["reason"] == "signature_good"
    assert "register is not at hand" in result.stderr


def test_c15_of_a_revoked_paper_the_days_are_what_it_says(desk: Desk) -> None:
    code = desk.certificate.code
    in_force = desk.run("verify", code, "--at", ARRIVAL).output
    assert "\n  vaccination requirements met from" in in_force
    assert desk.run("certificate", "revoke", code, "--reason", "Shown by another").exit_code == 0
    revoked = desk.run("verify", code).output
    assert "\n  the paper says: vaccination requirements met from" in revoked
    assert "\n  vaccination requirements met from" not in revoked


def test_a_person_reads_the_verdict_the_name_and_a_training_warning(desk: Desk) -> None:
    told = desk.run("verify", desk.texts[0], "--at", ARRIVAL).stdout
    assert "TRAINING" in told
    assert "VALID: Genuine and in force." in told
    assert "ASANBEKOVA AIGUL" in told


def test_a_blank_picture_cannot_be_judged(desk: Desk, tmp_path: Path) -> None:
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(200, 200)
        document.save(tmp_path / "blank.pdf")
    exit_code, (answer,) = desk.verify("--pdf", str(tmp_path / "blank.pdf"))
    assert (exit_code, answer["verdict"], answer["reason"]) == (1, "cannot_tell", "no_code_found")


@pytest.mark.parametrize("option", ["--pdf", "--image"])
def test_a_file_that_is_neither_picture_nor_pdf_is_said_in_a_sentence(desk: Desk, option: str, tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"not a picture")
    result = desk.run("verify", option, str(tmp_path / "odd"))
    assert result.exit_code == 1
    assert "can be read" in result.stderr


def test_exactly_one_thing_is_verified_at_a_time(desk: Desk) -> None:
    assert desk.run("verify").exit_code == 2


def test_the_list_names_codes_and_states_and_nobody(desk: Desk) -> None:
    result = desk.run("certificates", "list", "--campaign", CAMPAIGN, "--json")
    (row,) = json.loads(result.stdout)
    assert (row["code"], row["state"]) == (desk.certificate.code, "not_yet_valid")
    assert "ASANBEKOVA" not in result.stdout
    assert desk.certificate.code in desk.run("certificates", "list").stdout


def test_a_code_that_no_certificate_has_is_said(desk: Desk, tmp_path: Path) -> None:
    mistyped = desk.run("certificate", "pdf", "7K3M-9QXD-2RT2", "-o", str(tmp_path / "x.pdf"))
    unknown = desk.run("certificate", "pdf", "222222222222", "-o", str(tmp_path / "x.pdf"))
    assert "is not a certificate code" in mistyped.stderr
    assert "There is no certificate 222222222222." in unknown.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_an_untouched_log_is_proven(desk: Desk) -> None:
    result = desk.run("log", "audit", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "holds": True,
        "streams": [{"stream": NARYN, "entries": 3, "holds": True}],
        "unlogged": [],
        "compared": {"certificate_issued": 1, "dose": 2},
        "not_proved": list(NOT_PROVED),
    }
    told = desk.run("log", "audit").stdout
    assert "Every entry was checked, and every row that should have one (certificate issued: 1, dose: 2)." in told
    assert "The log holds" not in told
    assert all(sentence in told for sentence in NOT_PROVED)


def change(desk: Desk, statement: str) -> None:
    with desk.database.open_session(writes=True) as session:
        _without_guard(session)
        session.execute(text(statement))
        session.commit()


def _without_guard(session: Session) -> None:
    """Whoever owns the database can take its triggers away: the log must show it all the same."""
    on = " ON log_entry" if session.get_bind().dialect.name == "postgresql" else ""
    for act in ("update", "delete"):
        session.execute(text(f"DROP TRIGGER log_entry_no_{act}{on}"))


@pytest.mark.parametrize(
    ("statement", "sequence", "why"),
    [
        ("UPDATE log_entry SET at = '2025-12-26 04:00:00' WHERE sequence = 2", 2, "hash"),
        ("DELETE FROM log_entry WHERE sequence = 1", 1, "missing"),
        ("DELETE FROM log_entry WHERE sequence = 3", 3, "2 entries, its head says 3"),
        ("UPDATE log_record SET salt = '00' WHERE sequence = 1", 1, "record"),
        ("UPDATE certificate SET valid_until = '2031-01-01'", 3, "valid_until"),
        ("UPDATE dose SET given_on = '2025-12-01'", 1, "given_on"),
    ],
    ids=["entry changed", "entry removed", "tail cut off", "record changed", "certificate changed", "dose changed"],
)
def test_whatever_was_touched_is_named_by_its_first_entry(desk: Desk, statement: str, sequence: int, why: str) -> None:
    change(desk, statement)
    result = desk.run("log", "audit", "--json")
    assert result.exit_code == 1
    (stream,) = json.loads(result.stdout)["streams"]
    assert (stream["holds"], stream["sequence"]) == (False, sequence)
    assert why in stream["why"]
    assert f"entry {sequence} does not hold" in desk.run("log", "audit").stdout
