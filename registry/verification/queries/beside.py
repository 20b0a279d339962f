"""Whether all that one text names is one certificate: a message may hold code and link of a paper, or of two."""

from collections.abc import Mapping

from registry.verification.queries.held import Held
from registry.verification.rules import Form, Given, leads_to


def find_opened(given: Given, held: Mapping[str, Held], *, home: str | None) -> Held | None:
    """The certificate to which a link or a typed code leads. `held`: what the register has by the names in the text;
    `home`: its own address."""
    found = held.get(given.text)
    if found is None or not found.opens_with(given.text):
        return None
    is_ours = given.form is not Form.LINK or leads_to(given.site, (home, found.printed_at))
    return found if is_ours else None


def leads_elsewhere(given: Given, own: Held | None, held: Mapping[str, Held], *, home: str | None) -> bool:
    """Whether something beside what was found in a text leads to another certificate than `own`.

    What leads nowhere names none: letters and digits of a flight may look like a code. `own`: None for a certificate
    that the register does not have.
    """
    beside = (find_opened(one, held, home=home) for one in given.beside)
    return any(one is not None and (own is None or one.certificate.id != own.certificate.id) for one in beside)
