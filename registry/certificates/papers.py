"""The certificate as a PDF, as this installation hands it out: with its own words, and signed where it has a signer."""

from werkzeug.utils import import_string

from registry.certificates.codes import check_codes
from registry.certificates.keys import find_own_trust
from registry.certificates.models import Certificate
from registry.certificates.sheet import SheetFacts, render_pocket, render_sheet
from registry.certificates.sheet.template import template_of
from registry.settings import Settings


def draw_paper(certificate: Certificate, settings: Settings, *, pocket: bool = False) -> bytes:
    """The sheet as it was issued, or the card for the pocket.

    Raises CodesDiffer where its signed codes say something else than it; KeysUnreadable, TemplateUnusable,
    SignerMissing, SignerUnusable: what the operator has to mend.
    """
    check_codes(certificate, find_own_trust(settings))
    facts, template = SheetFacts.from_json(certificate.facts), template_of(settings)
    paper = render_pocket([facts], template) if pocket else render_sheet(facts, template)
    if settings.pdf_signer is None:
        return paper
    # Read only where a signer is set: its library is large, and optional.
    signed: bytes = import_string("registry.certificates.pades:sign_pdf")(paper, settings)
    return signed
