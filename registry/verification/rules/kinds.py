"""Genuine papers of other systems, known by their shape: named, told where they are checked, and never fetched."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from enum import StrEnum

from registry import hcert
from registry.errors import N_


class Kind(StrEnum):
    """Stable codes: programs read them."""

    SMART_HEALTH_CARD = "smart_health_card"
    HEALTH_LINK = "health_link"
    DIVOC = "divoc"
    ICAO_SEAL = "icao_seal"
    OTHER_HC = "other_hc"
    OTHER_NAME = "other_name"
    NZCP = "nzcp"
    SWISS_LIGHT = "swiss_light"
    EU_DCC = "eu_dcc"
    DDCC = "ddcc"


KINDS: Mapping[Kind, str] = {
    Kind.SMART_HEALTH_CARD: N_(
        "It looks like a SMART Health Card. Such a card is checked with a verifier for SMART Health Cards."
    ),
    Kind.HEALTH_LINK: N_(
        "It looks like a health link (SMART Health Link or Verifiable Health Link): the record itself lies with the "
        "authority that made it, and nothing was fetched here. The holder opens the link and shows what is behind it."
    ),
    Kind.DIVOC: N_(
        "It looks like a DIVOC certificate. It is checked on the page of the country that issued it, whose address "
        "stands on the paper."
    ),
    Kind.ICAO_SEAL: N_(
        "It looks like a visible digital seal of the ICAO (VDS-NC). It is checked with a reader of travel documents "
        "that knows such seals."
    ),
    Kind.OTHER_HC: N_(
        "It looks like a health certificate of another version than HC1. It is checked with a newer verifier of the "
        "country that issued it."
    ),
    Kind.OTHER_NAME: N_(
        "It is packed as a health certificate is, but it does not begin with HC1. If it should, scan it again from the "
        "paper. Otherwise it is checked with a verifier of the system that made it."
    ),
    Kind.NZCP: N_("It looks like a New Zealand COVID Pass. It is checked with a verifier for such passes."),
    Kind.SWISS_LIGHT: N_(
        "It looks like a Swiss Certificate Light. It names no vaccination, and it is checked with the verifier of "
        "Switzerland. Ask for the certificate from which it was made."
    ),
    Kind.EU_DCC: N_(
        "It looks like an EU Digital COVID Certificate. It is checked with a verifier of a country that takes part."
    ),
    Kind.DDCC: N_(
        "It looks like a DDCC, a certificate of vaccination or of a test by the WHO's earlier rules. It is checked "
        "with a verifier of the country that issued it."
    ),
}
_OF_CLAIMS = {
    hcert.Kind.EU_DCC: Kind.EU_DCC,
    hcert.Kind.DDCC_VACCINATION: Kind.DDCC,
    hcert.Kind.DDCC_TEST: Kind.DDCC,
    hcert.Kind.LINK: Kind.HEALTH_LINK,
}
# Within a signed code these few letters may come by chance.
_NOT_WITHIN = r"(?<![0-9A-Z])(?<![0-9A-Z $%*+\-./:]{4})"
# How a text begins, or what stands in it, and what must stand in it besides. The first that fits counts.
_SHAPES: tuple[tuple[Kind, re.Pattern[str], re.Pattern[str] | None], ...] = (
    (Kind.SMART_HEALTH_CARD, re.compile(r"(?<![a-z])shc:/[\d/]{20}", re.ASCII | re.IGNORECASE), None),
    (Kind.HEALTH_LINK, re.compile(r"(?<![a-z])(?:shlink|vhlink):/[\w-]{8}", re.ASCII | re.IGNORECASE), None),
    (Kind.OTHER_HC, re.compile(_NOT_WITHIN + r"HC[02-9A-Z]:[0-9A-Z $%*+\-./:]{20}"), None),
    (Kind.NZCP, re.compile(r"(?<![a-z])nzcp:/\d{1,2}/[2-7a-z]{20}", re.ASCII | re.IGNORECASE), None),
    (Kind.SWISS_LIGHT, re.compile(_NOT_WITHIN + r"LT1:[0-9A-Z $%*+\-./:]{20}"), None),
    (Kind.DIVOC, re.compile(r"\A(?:B64:|PK\x03\x04|UEsDB)"), None),
    (Kind.SMART_HEALTH_CARD, re.compile(r"\A\{"), re.compile(r'"verifiableCredential"\s*:\s*\[\s*"eyJ')),
    (Kind.ICAO_SEAL, re.compile(r"\A\{"), re.compile(r'"t"\s*:\s*"icao\.')),
    (Kind.DIVOC, re.compile(r"\A\{"), re.compile(r'"credentialSubject"\s*:')),
)  # fmt: skip
_JWS = re.compile(r"(eyJ[\w-]{8,300})\.[\w-]{20,}\.[\w-]{20,}", re.ASCII)


def kind_of_text(text: str) -> Kind | None:
    """Which other system made this text, or None."""
    for kind, shape, besides in _SHAPES:
        if shape.search(text) and (besides is None or besides.search(text)):
            return kind
    token = _JWS.fullmatch(text)
    return Kind.SMART_HEALTH_CARD if token and _is_packed(token[1]) else None


def kind_of_claims(claims: hcert.Claims | None) -> Kind | None:
    """Which other system a signed code says of itself to be of, or None."""
    return _OF_CLAIMS.get(claims.kind) if claims and claims.kind else None


def _is_packed(header: str) -> bool:
    """Whether a web token is packed as SMART Health Cards are; others may be signed about anything."""
    try:
        told = urlsafe_b64decode(header + "=" * (-len(header) % 4))
    except ValueError:
        return False
    return b'"zip":"DEF"' in told.replace(b" ", b"")
