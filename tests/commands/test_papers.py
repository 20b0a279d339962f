"""A certificate's papers from the command line: sheet and card, with the installation's own words and seal."""

import json
from pathlib import Path

import pypdfium2
import pytest

from registry.certificates.sheet.wording import PACKAGED_FILE
from tests.commands.conftest import CommandLine


@pytest.fixture
def code(registry: CommandLine) -> str:
    registry.read("simulate", "--pilgrims", "2", "--seed", "4")
    code: str = registry.read("certificates", "list")[0]["code"]
    return code


def test_the_pocket_card_has_a_front_a_back_and_a_code_that_is_valid(
    registry: CommandLine, code: str, tmp_path: Path
) -> None:
    card = tmp_path / "card.pdf"
    assert registry.read("certificate", "pdf", code, "--pocket", "-o", str(card))["bytes"] == card.stat().st_size
    assert card.stat().st_mode & 0o077 == 0, "it tells of a person"
    document = pypdfium2.PdfDocument(card)
    assert len(document) == 2
    document.close()
    verdicts = registry.run("verify", "--pdf", str(card), "--json").stdout.splitlines()
    assert [json.loads(one)["verdict"] for one in verdicts] == ["valid", "valid"], "the link and a signed code"


def test_the_sheet_speaks_the_words_of_the_installations_template(
    registry: CommandLine, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template, paper = tmp_path / "sheet.json", tmp_path / "sheet.pdf"
    words = PACKAGED_FILE.read_text("utf-8").replace('"en": "Vaccination certificate"', '"en": "Hajj certificate"')
    template.write_text(words, "utf-8")
    monkeypatch.setenv("REGISTRY_SHEET_TEMPLATE", str(template))
    registry.read("certificate", "pdf", code, "-o", str(paper))
    document = pypdfium2.PdfDocument(paper)
    assert "Hajj certificate" in document[0].get_textpage().get_text_range()
    document.close()
    template.write_text("{}")
    assert "template check" in registry.refuse("certificate", "pdf", code, "-o", str(paper))


def test_a_seal_that_cannot_be_read_is_one_sentence_and_no_paper(
    registry: CommandLine, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_PDF_SIGNER", str(tmp_path / "seal.p12"))
    refused = registry.refuse("certificate", "pdf", code, "-o", str(tmp_path / "sheet.pdf"))
    assert "No such file or directory. See REGISTRY_PDF_SIGNER." in refused
    assert not (tmp_path / "sheet.pdf").exists()


def test_a_paper_over_a_file_that_all_could_read_is_its_owners_alone(
    registry: CommandLine, code: str, tmp_path: Path
) -> None:
    paper, link = tmp_path / "sheet.pdf", tmp_path / "latest.pdf"
    paper.write_text("older")
    paper.chmod(0o644)
    link.symlink_to(paper)
    registry.read("certificate", "pdf", code, "-o", str(link))
    assert link.is_symlink()
    assert paper.read_bytes().startswith(b"%PDF")
    assert paper.stat().st_mode & 0o077 == 0


def test_a_paper_for_no_file_is_refused_before_anything_is_drawn(
    registry: CommandLine, code: str, tmp_path: Path
) -> None:
    assert "is a device" in registry.refuse("certificate", "pdf", code, "-o", "/dev/full")
    assert "There is no folder" in registry.refuse("certificate", "pdf", code, "-o", str(tmp_path / "no" / "x.pdf"))
