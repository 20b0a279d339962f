"""The signed codes of a certificate, held against the facts that stand beside them.

A writer of the database needs no key to put another name beside a true code: what a page, a command or a sheet says of
a certificate is believed only where its own signed codes say the same.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from unicodedata import normalize

from registry.campaigns.intake import known_diseases
from registry.certificates.facts import SheetFacts
from registry.certificates.models import Certificate
from registry.errors import N_, Refusal
from registry.hcert import BadHcert, Hcert, TrustList, VaccinationClaim, VaccineType, decode, read_vaccinations
from registry.hcert.cose import Sign1, find_signer

FACTS = "facts"
SIGNATURE = "signature"
UNKNOWN_MAKER = "not stated"  # as codes of generation 1 spell it, which must name a maker
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

    "facts" stands for what cannot be read at all, "signature" for a code that cannot be read or that none of the own
    keys in `trust` signed, "doses" for a dose
    that was doubled, or cut out so that the others do not add up to the signed days. 0.2 ms for each dose, nearly all
    of it the signature. What no code states is held against the log each night (`logged`).
    """
    return _compare(certificate, lambda sign1: find_signer(sign1, trust))


def find_contradictions(certificate: Certificate) -> tuple[str, ...]:
    """The same without a look at the signatures: agreement proves nothing yet, for anybody can write a code."""
    return _compare(certificate, lambda _sign1: None)


def list_doses(certificate: Certificate) -> Sequence[Mapping[str, Any]]:
    """The doses of the paper; none where what stands in their place is no list of doses."""
    doses = certificate.facts.get("doses") if isinstance(certificate.facts, Mapping) else None
    return doses if isinstance(doses, list) and all(isinstance(dose, Mapping) for dose in doses) else ()


def list_lots(certificate: Certificate) -> Iterator[tuple[str, str]]:
    """Product and lot of each dose, as they are printed."""
    for dose in list_doses(certificate):
        yield str(dose.get("product")), str(dose.get("lot"))


def read_dose_numbers(certificate: Certificate) -> Iterator[str | None]:
    """The number of each dose as it is signed; None where the generation of its code states none."""
    for dose in certificate.facts["doses"]:
        (claim,) = read_vaccinations(decode(dose["signed_code"]).claims.content)
        yield claim.dose


def _compare(certificate: Certificate, check_signature: Callable[[Sign1], object]) -> tuple[str, ...]:
    if not SheetFacts.are_whole(certificate.facts):
        return (FACTS,)
    doses = list_doses(certificate)
    differing = [name for dose in doses for name in _differing(certificate, dose, check_signature)]
    if len({str(dose.get("signed_code")) for dose in doses}) < len(doses):
        differing.append("doses")
    return tuple(dict.fromkeys(differing))


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
        "doses": (days, _days_of_doses(facts)),
        **_stated_by_some(certificate, dose, claim),
    }
    if claim.vaccine_type is not VaccineType.NOT_STATED or (
        claim.template and dose.get("vaccine_type") in _STATED_TYPES
    ):
        compared["vaccine_type"] = (claim.vaccine_type, dose.get("vaccine_type"))
    return compared


def _stated_by_some(
    certificate: Certificate, dose: Mapping[str, Any], claim: VaccinationClaim
) -> dict[str, tuple[Any, Any]]:
    """What one generation of codes states and another does not."""
    compared: dict[str, tuple[Any, Any]] = {}
    if claim.issued_on:
        compared["issued_on"] = (claim.issued_on, certificate.facts.get("issued_on"))
    if claim.manufacturer:
        compared["manufacturer"] = (claim.manufacturer, dose.get("manufacturer") or UNKNOWN_MAKER)
    if claim.disease is not None and claim.disease in known_diseases().values():
        compared["disease"] = (claim.disease, _named_disease(dose, unless=claim.disease))
    return compared


def _named_disease(dose: Mapping[str, Any], *, unless: str) -> str:
    """The disease that the printed words name where that is another one; `unless` if they name that or one unknown.

    A campaign file words its diseases as it likes, and a paper keeps its words when the file does not: so words that
    are not known here are no difference, and the log tells whether they are the ones that were issued.
    """
    words = dose.get("disease")
    texts = words.values() if isinstance(words, Mapping) else ()
    named = (known_diseases().get(normalize("NFC", str(text)).casefold(), unless) for text in texts)
    return next((code for code in named if code != unless), unless)


def _signed_days(claim: VaccinationClaim, dose: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[Any, Any]:
    """The certificate's days as they are signed. Generation 1 signs those of each dose: all doses together tell."""
    first, last = map(_plain, claim.window)
    if claim.entry_from or (first, last) != (dose.get("valid_from"), dose.get("valid_until")):
        return first, last
    return _days_of_doses(facts)


def _days_of_doses(facts: Mapping[str, Any]) -> tuple[str, str | None]:
    """The days on which all doses of the paper count together."""
    ends = [str(one["valid_until"]) for one in facts["doses"] if one.get("valid_until")]
    return max(str(one.get("valid_from")) for one in facts["doses"]), min(ends, default=None)


def _plain(value: Any) -> Any:
    """As both are spelt: days as ISO 8601 text, letters as signatures have them."""
    if value is None or isinstance(value, tuple):
        return value
    return normalize("NFC", str(value))
