"""A signed PDF: by whom, when, and what happens to whoever changes it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from registry import clock
from registry.certificates.pades import SignerMissing, SignerUnusable, sign_pdf
from registry.certificates.sheet import render_pocket, render_sheet
from registry.settings import Settings
from tests.certificates.sheets import AIGUL
from tests.factories import NOW

PASSPHRASE = "correct horse"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, x509.Certificate]:
    """An installation with a key for its PDF files, and the certificate of that key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ministry of Health, seal")])
    others = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
    usage = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("seal") / "seal.p12"
    locked = BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, locked))
    return Settings(pdf_signer=file, pdf_signer_passphrase=PASSPHRASE), certificate


def judged(paper: bytes, *believed: x509.Certificate) -> PdfSignatureStatus:
    ders = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in believed)
    roots = list(load_certs_from_pemder_data(ders)) if ders else []
    (signature,) = PdfFileReader(BytesIO(paper)).embedded_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    context = ValidationContext(trust_roots=roots, moment=NOW, allow_fetching=False)
    # The library runs an event loop; the browser of other tests keeps one in this thread.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(validate_pdf_signature, signature, context).result()


@pytest.mark.parametrize("paper", [render_sheet(AIGUL), render_pocket([AIGUL])], ids=["sheet", "pocket"])
def test_a_signed_paper_is_valid_for_who_trusts_the_seal_and_says_when_it_was_signed(
    sealed: tuple[Settings, x509.Certificate], paper: bytes
) -> None:
    settings, certificate = sealed
    with clock.set_to(NOW + timedelta(hours=3)):
        status = judged(sign_pdf(paper, settings), certificate)
    assert status.bottom_line
    assert status.signer_reported_dt == NOW + timedelta(hours=3)


def test_the_signature_covers_the_whole_file_and_leaves_the_page_as_it_is(
    sealed: tuple[Settings, x509.Certificate],
) -> None:
    paper = render_sheet(AIGUL)
    assert sign_pdf(paper, sealed[0]).startswith(paper)


def change_a_byte(paper: bytes) -> bytes:
    place = paper.index(b"/Length1")
    return paper[:place] + b"/Length2" + paper[place + 8 :]


def append_another_language(paper: bytes) -> bytes:
    """What PDF allows to follow a signature, and this one forbids."""
    writer: Any = IncrementalPdfFileWriter(BytesIO(paper))
    changed = BytesIO()
    writer.root["/Lang"] = pdf_string("de")
    writer.update_root()
    writer.write(changed)
    return changed.getvalue()


@pytest.mark.parametrize("change", [change_a_byte, append_another_language])
def test_an_alteration_is_detected(sealed: tuple[Settings, x509.Certificate], change: Callable[[bytes], bytes]) -> None:
    settings, certificate = sealed
    signed = sign_pdf(render_sheet(AIGUL), settings)
    assert judged(signed, certificate).bottom_line
    assert not judged(change(signed), certificate).bottom_line


def test_a_paper_is_signed_also_where_an_event_loop_runs(sealed: tuple[Settings, x509.Certificate]) -> None:
    settings, certificate = sealed

    async def sign() -> bytes:
        return sign_pdf(render_sheet(AIGUL), settings)

    with ThreadPoolExecutor(max_workers=1) as thread:
        signed = thread.submit(asyncio.run, sign()).result()
    assert judged(signed, certificate).bottom_line


def test_a_seal_that_nobody_trusts_does_not_pass(sealed: tuple[Settings, x509.Certificate]) -> None:
    settings, _ = sealed
    signed = sign_pdf(render_sheet(AIGUL), settings)
    status = judged(signed)
    assert status.intact
    assert not status.bottom_line


def test_without_the_setting_a_paper_stays_as_it_is() -> None:
    assert sign_pdf(b"%PDF", Settings()) == b"%PDF"


@pytest.mark.parametrize("passphrase", ["wrong", None])
def test_a_wrong_passphrase_is_one_sentence(sealed: tuple[Settings, x509.Certificate], passphrase: str | None) -> None:
    settings = Settings(pdf_signer=sealed[0].pdf_signer, pdf_signer_passphrase=passphrase)
    with pytest.raises(SignerUnusable, match="REGISTRY_PDF_SIGNER_PASSPHRASE does not open it"):
        sign_pdf(render_sheet(AIGUL), settings)


def test_a_file_that_is_no_key_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "seal.p12").write_bytes(b"not a key")
    with pytest.raises(SignerUnusable, match="no PKCS#12 file"):
        sign_pdf(render_sheet(AIGUL), Settings(pdf_signer=tmp_path / "seal.p12"))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SignerMissing, match=r"cannot be read from .*seal\.p12: No such file or directory"):
        sign_pdf(render_sheet(AIGUL), Settings(pdf_signer=tmp_path / "seal.p12"))
