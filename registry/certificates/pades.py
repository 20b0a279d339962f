"""A signature inside the PDF (PAdES, ETSI EN 319 142-1), where REGISTRY_PDF_SIGNER names a key."""

from datetime import datetime

from registry.settings import Settings


def sign_pdf(pdf: bytes, settings: Settings, *, at: datetime) -> bytes:
    """The same PDF, signed where this installation signs its PDFs, and as it is where it does not."""
    if settings.pdf_signer is None:
        return pdf
    raise NotImplementedError
