"""A signature inside the PDF (PAdES, ETSI EN 319 142-1), where REGISTRY_PDF_SIGNER names a key.

Reading this module loads pyHanko, half a second: only a caller that signs may read it, by `import_string`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

from registry import clock
from registry.errors import N_, Fault
from registry.settings import Settings

FIELD = "Issuer"


class SignerMissing(Fault):
    sentence = N_("The key that signs PDF files cannot be read from %(file)s: %(why)s. See REGISTRY_PDF_SIGNER.")


class SignerUnusable(Fault):
    sentence = N_(
        "The key in %(file)s cannot sign PDF files: it is no PKCS#12 file, or REGISTRY_PDF_SIGNER_PASSPHRASE does not "
        "open it."
    )


def sign_pdf(pdf: bytes, settings: Settings) -> bytes:
    """The same PDF with a signature, and as it is where this installation signs none.

    Whoever changes a byte afterwards breaks the signature. Its time is the registry's own, not that of an authority of
    time stamps. Raises SignerMissing or SignerUnusable.
    """
    if settings.pdf_signer is None:
        return pdf
    file = BytesIO(pdf)
    sign_file(file, settings.pdf_signer, settings)
    return file.getvalue()


def sign_file(file: BinaryIO, key: Path, settings: Settings) -> None:
    """Append the signature to a PDF file open for reading and writing; memory does not grow with its size.

    Raises SignerMissing or SignerUnusable.
    """
    about = PdfSignatureMetadata(
        field_name=FIELD,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        location=settings.issuer,
        name=settings.authority,
    )
    signer = _SignerAt(about, load_signer(key, settings), clock.now())
    # In a thread of its own: the library runs an event loop, which a thread that has one already refuses.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(signer.sign_pdf, IncrementalPdfFileWriter(file), in_place=True).result()


def load_signer(key: Path, settings: Settings) -> SimpleSigner:
    """Raises SignerMissing or SignerUnusable."""
    passphrase = settings.pdf_signer_passphrase
    try:
        return _read_signer(key, key.stat().st_mtime_ns, passphrase.get_secret_value() if passphrase else None)
    except OSError as error:
        raise SignerMissing(file=key, why=error.strerror) from None
    except ValueError:
        raise SignerUnusable(file=key) from None


# Opening the file is made slow on purpose, a sixth of a second, to hinder guessing.
@lru_cache(maxsize=1)
def _read_signer(key: Path, _changed_at: int, passphrase: str | None) -> SimpleSigner:
    data, opened_by = key.read_bytes(), passphrase.encode() if passphrase else None
    signer: SimpleSigner = SimpleSigner.load_pkcs12_data(data, other_certs=[], passphrase=opened_by)
    return signer


class _SignerAt(PdfSigner):
    """Signs at a given time: the library would ask the machine's clock."""

    def __init__(self, about: PdfSignatureMetadata, signer: SimpleSigner, at: datetime) -> None:
        super().__init__(about, signer)
        self._at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self._at
        return session
