"""The certificate as a PDF, as this installation hands it out: with its own words, and signed where it has a signer."""

from werkzeug.utils import import_string

from registry import clock
from registry.certificates.codes import check_codes
from registry.certificates.histories import Standing, check_history
from registry.certificates.keys import find_own_trust
from registry.certificates.models import Certificate
from registry.certificates.sheet import SheetFacts, render_pocket, render_sheet
from registry.certificates.sheet.template import template_of
from registry.certificates.sheet.wording import spell_code
from registry.errors import N_, Refusal
from registry.settings import Settings


class PaperWithdrawn(Refusal):
    sentence = N_(
        "This certificate was withdrawn on %(date)s, so it is not printed. Look at the pilgrim's record for what "
        "counts now."
    )


class PaperFollowed(PaperWithdrawn):
    sentence = N_(
        "This certificate was withdrawn on %(date)s and certificate %(newer)s took its place, so it is not printed. "
        "Print the newer one."
    )


class PaperReplaced(Refusal):
    sentence = N_(
        "This certificate was replaced by the newer certificate %(newer)s, so it is not printed. Print the newer one."
    )


def check_printable(standing: Standing, *, timezone: str) -> None:
    """Raises PaperWithdrawn, PaperFollowed, PaperReplaced: a sheet printed today would look like one that counts."""
    if standing.revocation is not None:
        withdrawn_on = clock.local_date(standing.revocation.revoked_at, timezone)
        if standing.followed_by is not None:
            raise PaperFollowed(date=withdrawn_on, newer=spell_code(standing.followed_by.code))
        raise PaperWithdrawn(date=withdrawn_on)
    if standing.replaced_by is not None:
        raise PaperReplaced(newer=spell_code(standing.replaced_by.code))


def draw_paper(certificate: Certificate, standing: Standing, settings: Settings, *, pocket: bool = False) -> bytes:
    """The sheet as it was issued, or the card for the pocket.

    Raises PaperWithdrawn, PaperFollowed, PaperReplaced; CodesDiffer where its signed codes say something else than it;
    PapersDiffer where its pilgrim's papers do not follow each other;
    KeysUnreadable, TemplateUnusable, SignerMissing, SignerUnusable: what the operator has to mend.
    """
    check_history(certificate, follows=standing.follows)
    check_printable(standing, timezone=settings.timezone)
    check_codes(certificate, find_own_trust(settings))
    facts, template = SheetFacts.from_json(certificate.facts), template_of(settings)
    paper = render_pocket([facts], template) if pocket else render_sheet(facts, template)
    if settings.pdf_signer is None:
        return paper
    # Read only where a signer is set: its library is large, and optional.
    signed: bytes = import_string("registry.certificates.pades:sign_pdf")(paper, settings)
    return signed
