"""The signed codes of a certificate, held against the facts that stand beside them.

A writer of the database needs no key to put another name beside a true code: what a page, a command or a sheet says of
a certificate is believed only where its own signed codes say the same.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from unicodedata import normalize

from registry.certificates.models import Certificate
from registry.errors import N_, Refusal
from registry.hcert import BadHcert, Hcert, TrustList, VaccinationClaim, VaccineType, decode, read_vaccinations
from registry.hcert.cose import Sign1, find_signer

SIGNATURE = "signature"
_BIRTH_LENGTHS = {"year": 4, "month": 7, "day": 10}  # characters of an ISO 8601 date
_STATED_TYPES = {VaccineType.CONJUGATE.value, VaccineType.POLYSACCHARIDE.value}


class Alarm(NamedTuple):
    """A certificate whose paper and codes disagree: `differing` names the facts, not what they say."""

    pilgrim_id: uuid.UUID
    certificate_id: uuid.UUID
    differing: tuple[str, ...]


class CodesDiffer(Refusal):
    sentence = N_(
        "The signed codes of this certificate do not say what the register says of it, so it is not printed. "
        "Ask the authority that issued it to look into it."
    )

    def __init__(self, alarm: Alarm) -> None:
        super().__init__()
        self.alarm = alarm


class KeysUnreadable(Refusal):
    sentence = N_(
        "The keys of this register cannot be read just now, so nobody can tell whether this certificate is genuine, "
        "and nothing is printed. Tell the administrator, and try again when the keys are back."
    )


def check_codes(certificate: Certificate, trust: TrustList | None) -> None:
    """Raises CodesDiffer; KeysUnreadable where `trust`, the own signers, is not known."""
    differing = find_contradictions(certificate) if trust is None else find_differences(certificate, trust)
    if differing:
        raise CodesDiffer(alarm_of(certificate, differing))
    if trust is None:
        raise KeysUnreadable


def alarm_of(certificate: Certificate, differing: tuple[str, ...]) -> Alarm:
    return Alarm(certificate.pilgrim_id, certificate.id, differing)


def find_differences(certificate: Certificate, trust: TrustList) -> tuple[str, ...]:
    """Names of the facts that the signed codes state otherwise; none where paper and codes agree.

    "signature" stands for a code that cannot be read or that none of the own keys in `trust` signed. 0.2 ms for each
    dose, nearly all of it the signature.
    """
    return _compare(certificate, lambda sign1: find_signer(sign1, trust))


def find_contradictions(certificate: Certificate) -> tuple[str, ...]:
    """The same without a look at the signatures: agreement proves nothing yet, for anybody can write a code."""
    return _compare(certificate, lambda _sign1: None)


def _compare(certificate: Certificate, check_signature: Callable[[Sign1], object]) -> tuple[str, ...]:
    doses = certificate.facts.get("doses") or [{}]
    return tuple(dict.fromkeys(name for dose in doses for name in _differing(certificate, dose, check_signature)))


def _differing(
    certificate: Certificate, dose: Mapping[str, Any], check_signature: Callable[[Sign1], object]
) -> Iterator[str]:
    try:
        signed = decode(str(dose.get("signed_code")))
        check_signature(signed.sign1)
        (claim,) = read_vaccinations(signed.claims.content)
    except (BadHcert, ValueError):
        yield SIGNATURE
        return
    for name, (said, stands) in _compared(certificate, dose, signed, claim).items():
        if _plain(said) != _plain(stands):
            yield name


def _compared(
    certificate: Certificate, dose: Mapping[str, Any], signed: Hcert, claim: VaccinationClaim
) -> dict[str, tuple[Any, Any]]:
    """{fact: (what is signed, what stands in the register)}."""
    facts = certificate.facts
    birth_date = str(facts.get("birth_date"))[: _BIRTH_LENGTHS.get(facts.get("birth_precision", ""), 10)]
    days = (_plain(certificate.valid_from), _plain(certificate.valid_until))
    compared = {
        "certificate": (signed.claims.certificate_id, certificate.id),
        "name": (claim.name, facts.get("latin_name")),
        "birth_date": (claim.birth_date, birth_date),
        "document": (claim.document_number, facts.get("passport_number")),
        "sex": (claim.sex, facts.get("sex")),
        "nationality": (claim.nationality, facts.get("nationality")),
        "lot": (claim.lot, dose.get("lot")),
        "product": (claim.brand, dose.get("product")),
        "given_on": (claim.given_on, dose.get("given_on")),
        "entry_days": (_signed_days(claim, dose, facts), days),
        "printed_days": ((facts.get("entry_from"), facts.get("entry_until")), days),
    }
    if claim.vaccine_type is not VaccineType.NOT_STATED or (
        claim.template and dose.get("vaccine_type") in _STATED_TYPES
    ):
        compared["vaccine_type"] = (claim.vaccine_type, dose.get("vaccine_type"))
    return compared


def _signed_days(claim: VaccinationClaim, dose: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[Any, Any]:
    """The certificate's days as they are signed. Generation 1 signs those of each dose: all doses together tell."""
    first, last = map(_plain, claim.window)
    if claim.entry_from or (first, last) != (dose.get("valid_from"), dose.get("valid_until")):
        return first, last
    ends = [one["valid_until"] for one in facts["doses"] if one.get("valid_until")]
    return max(one.get("valid_from", first) for one in facts["doses"]), min(ends, default=None)


def _plain(value: Any) -> Any:
    """As both are spelt: days as ISO 8601 text, letters as signatures have them."""
    if value is None or isinstance(value, tuple):
        return value
    return normalize("NFC", str(value))
