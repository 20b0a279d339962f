"""Where the installation signs its PDF files, the whole pile is signed once."""

import pytest
from cryptography import x509
from sqlmodel import Session

from registry.certificates.keys import Issuer
from registry.commands import worker
from registry.db import Database
from registry.errors import Fault
from registry.jobs.models import Job
from registry.printing import services
from registry.settings import Settings
from registry.staff.models import Staff
from tests.certificates import test_pades
from tests.printing.piles import ask, codes_on, holder, texts_of

sealed = test_pades.sealed


@pytest.fixture
def asked(session: Session, issuer: Issuer, nurse: Staff) -> Job:
    """Two certificates to print."""
    for surname in ("ALIEVA", "BEKOVA"):
        holder(session, issuer, surname)
    return ask(session, nurse)


def test_a_signed_pile_is_valid_for_who_trusts_the_seal(
    asked: Job, database: Database, sealed: tuple[Settings, x509.Certificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, certificate = sealed
    monkeypatch.setenv("REGISTRY_PDF_SIGNER", str(settings.pdf_signer))
    monkeypatch.setenv("REGISTRY_PDF_SIGNER_PASSPHRASE", test_pades.PASSPHRASE)
    assert worker.run_next(database)
    file = services.folder_of(Settings().prints_dir, asked.id) / services.SHEETS
    assert test_pades.judged(file.read_bytes(), certificate).bottom_line
    assert [len(codes_on(text)) for text in texts_of(file)] == [2, 1, 1]


def test_m4_a_key_that_cannot_be_read_stops_the_print_and_only_the_log_names_the_file(
    asked: Job,
    session: Session,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("REGISTRY_PDF_SIGNER", "/nowhere/seal.p12")
    assert worker.run_next(database)
    done = session.get_one(Job, asked.id, populate_existing=True)
    assert done.result["refusal"] == {"sentence": Fault.plain, "facts": {}}
    assert "/nowhere/seal.p12" in caplog.text
    assert not services.folder_of(Settings().prints_dir, asked.id).exists()
