"""What an offline verifier is told, as plain JSON: keys without X.509, rules of entry, answers. Pure shapes.

Names are spelt as JavaScript spells them, for only JavaScript reads them.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.errors import N_, Refusal
from registry.hcert import Algorithm, BadHcert, Signer, Step, TrustedKey, TrustList, alpha_3_of
from registry.hcert.cose import MAX_RSA_BITS, MIN_RSA_BITS, find_signer, read_sign1, write_sign1
from registry.hcert.trust import Role
from registry.verification.rules import RECALLED, Terms

BUNDLE_CONTENT_TYPE = "application/x.verifier-bundle+json"
FILE_CONTENT_TYPE = "application/x.verifier-file"
# All that decides whether one dose counts.
_ASKED = {"validity", "min_days_before_arrival", "years_by_type", "months", "season_starts_on", "season_ends_on"}

# What the page's scripts say, beside the answers themselves.
SENTENCES = {
    "online": N_("There is a network."),
    "offline": N_("There is no network now. This page works without one."),
    "works_offline": N_("This page would work without one too."),
    "not_kept_yet": N_("This page is being kept for work without one: wait a moment before you go."),
    "in_file": N_("This file uses no network."),
    "age_fresh": N_("of %(date)s, less than an hour old"),
    "age_hours": N_("of %(date)s, age in hours: %(count)s"),
    "age_days": N_("of %(date)s, age in days: %(count)s"),
    "list_missing": N_("not here yet: connect once to the network"),
    "list_unreadable": N_("damaged: connect to the network and open this page again"),
    "unreadable": N_("The registry sent a damaged list. It was refused, what was here before stays."),
    "rolled_back": N_("The registry sent a list older than the one that is here. It was refused."),
    "clock_behind": N_("This device's clock is behind its lists. Set date and time right, then open this page again."),
    "recalled": RECALLED,
    "browser_too_old": N_("This browser cannot check signatures. Use a newer one, and an address with https."),
    "nothing_typed": N_("Scan a code, or paste its text first."),
    "photo_unreadable": N_("This picture cannot be read. Take another one, or scan the code."),
    "no_scanner": N_(
        "The scanner has not come over the network yet. Try again, use a USB scanner, or paste the text of the code."
    ),
    "no_camera": N_(
        "The camera cannot be used here. Choose a photo, use a USB scanner, or paste the text of the code."
    ),
}


class FileChanged(Refusal):
    sentence = N_(
        "%(file)s is not as the registry wrote it: it was changed, cut off or never signed. Do not use it, and export "
        "a new one."
    )


class FileOfUnknownKey(Refusal):
    sentence = N_("%(file)s was signed with a key that this installation does not trust. Do not use it.")


def tell_key(key: TrustedKey) -> dict[str, Any]:
    """Instants in seconds since 1970, null where a period is open; `algorithm` null for a key that may sign nothing."""
    spki = key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "kid": key.kid.hex(),
        "spki": b64encode(spki).decode(),
        "algorithm": _algorithm(key),
        "period": [_seconds(key.not_before), _seconds(key.not_after)],
        "authority": [_seconds(instant) for instant in key.authority_period],
        "usages": sorted(key.usages),
        "participant": alpha_3_of(key.participant),
        "countries": sorted(key.countries),
        "training": key.training,
    }


def tell_keys(trust: TrustList) -> list[dict[str, Any]]:
    """The document signers: nothing else signs what a verifier reads."""
    return [tell_key(key) for key in trust.keys if key.role is Role.DSC]


def tell_terms(terms: Terms) -> dict[str, list[dict[str, Any]]]:
    """What a campaign asks, by the codes under which certificates name a disease or a vaccine; days are ISO 8601."""
    return {
        code: [
            {
                "requirement": term.requirement.model_dump(mode="json", include=_ASKED),
                "vaccineType": term.vaccine_type.value,
            }
            for term in asked
        ]
        for code, asked in sorted(terms.items())
    }


def _algorithm(key: TrustedKey) -> int | None:
    match key.public_key:
        case rsa.RSAPublicKey(key_size=bits) if MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
            return int(Algorithm.PS256)
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return int(Algorithm.ES256)
    return None


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


_SECONDS_BYTES = 8
# The signature of an exported file stands in its last line, over every byte before that line.
_SEAL = re.compile(rb"\n<!-- signature: ([A-Za-z0-9+/]+=*) -->\n\Z")


@dataclass(frozen=True)
class Seal:
    """When a file was exported, and by whose key."""

    made_at: datetime
    key: TrustedKey


def seal_file(html: bytes, signer: Signer, *, at: datetime) -> bytes:
    """The file with its signature in the last line."""
    signed = write_sign1(_what_is_signed(html, at), signer, content_type=FILE_CONTENT_TYPE)
    return b"%b\n<!-- signature: %b -->\n" % (html, b64encode(signed))


def open_seal(data: bytes, trust: TrustList, *, name: str) -> Seal:
    """When and by whom a file was exported. Raises FileChanged, FileOfUnknownKey."""
    found = _SEAL.search(data)
    if found is None:
        raise FileChanged(file=name)
    try:
        signed = b64decode(found[1])
        sign1 = read_sign1(signed)
        key = find_signer(sign1, trust)
    except (ValueError, BadHcert) as fault:
        unknown = isinstance(fault, BadHcert) and fault.step is Step.KEY
        raise (FileOfUnknownKey if unknown else FileChanged)(file=name) from None
    # Base64 has several spellings of the same bytes: only the one that was written is the file's.
    if sign1.content_type != FILE_CONTENT_TYPE or b64encode(signed) != found[1]:
        raise FileChanged(file=name)
    made_at = datetime.fromtimestamp(int.from_bytes(sign1.payload[:_SECONDS_BYTES], "big"), UTC)
    if sign1.payload != _what_is_signed(data[: found.start()], made_at):
        raise FileChanged(file=name)
    return Seal(made_at, key)


def _what_is_signed(html: bytes, at: datetime) -> bytes:
    """Seconds since 1970 in eight bytes, then the SHA-256 of the content."""
    return int(at.timestamp()).to_bytes(_SECONDS_BYTES, "big") + sha256(html).digest()
