"""The code a person types, the token a link carries, what a certificate says and what it is worth on a day."""

import re
import secrets
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from registry.campaigns.models import Antigen, Campaign, VaccinationPoint, VaccineType
from registry.campaigns.rules import Evaluation, covers, entry_window
from registry.certificates.codes import UNKNOWN_MAKER
from registry.certificates.models import Certificate
from registry.errors import N_, Fault, Refusal
from registry.hcert import VaccinationClaim
from registry.hcert import VaccineType as SignedType
from registry.pilgrims.models import BirthPrecision, Pilgrim, PilgrimDetails
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccines.models import Lot, Product

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0, O, 1 and I, which people mistake for each other
CODE_LENGTH = 12
TOKEN_BYTES = 16  # 128 bits from the system's generator: a time-ordered UUID would be no secret (ASVS 11.5.1)

# Letters that look alike, typed on a Kyrgyz or Russian keyboard.
_LOOK_ALIKES = str.maketrans("АВЕКМНРСТУХ", "ABEKMHPCTYX")
_SEPARATORS = re.compile(r"[\W_]+")
# x^5 + x^2 + 1 is primitive over GF(2): its root has 31 different powers, more than a code has places.
_FIELD, _FIELD_SIZE = 0b100101, 32

# ISO 8601 cut to what is known: 1955, 1955-03, 1955-03-12.
_BIRTH_LENGTHS = {BirthPrecision.YEAR: 4, BirthPrecision.MONTH: 7, BirthPrecision.DAY: 10}
_SIGNED_TYPES = {
    VaccineType.CONJUGATE: SignedType.CONJUGATE,
    VaccineType.POLYSACCHARIDE: SignedType.POLYSACCHARIDE,
}
# What each new paper has anew: no reason to print one.
_VOLATILE = {"code", "verify_url", "issued_on", "replaces", "codes_until"}
_VOLATILE_OF_DOSE = {"signed_code"}


class KeysFault(Fault):
    """Whatever keeps an installation from signing."""

    plain = N_(
        "Certificates cannot be signed just now: the signing key is away. Nothing was changed. Tell the administrator, "
        "and try again when the key is back."
    )


class AlreadyRevoked(Refusal):
    sentence = N_("This certificate is revoked already. Nothing was changed.")


class ReasonMissing(Refusal):
    sentence = N_("Write why the certificate is revoked. The reason is kept with it.")
    field = "reason"


@dataclass(frozen=True)
class PrintedDose:
    """A dose with all that a certificate says of it; the days are those on which it meets its requirement."""

    dose: Dose
    product: Product
    lot: Lot
    antigen: Antigen
    point: VaccinationPoint
    vaccinator: Staff
    valid_from: date
    valid_until: date | None


class State(StrEnum):
    """What a certificate is worth, derived from its dates and from what followed it."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"


def state(certificate: Certificate, *, replaced: bool, revoked: bool, on: date) -> State:
    """What the certificate is worth on a day: a withdrawal outweighs a newer paper, and both outweigh the dates."""
    if revoked:
        return State.REVOKED
    if replaced:
        return State.REPLACED
    if certificate.valid_until is not None and certificate.valid_until < on:
        return State.EXPIRED
    return State.NOT_YET_VALID if on < certificate.valid_from else State.VALID


def new_token() -> str:
    """What the verification link carries: unguessable, and says nothing about anybody."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """Eleven random characters (55 bits) and the one that checks them."""
    drawn = secrets.token_bytes(CODE_LENGTH - 1)  # 256 is a multiple of 32: every character is as likely
    body = "".join(ALPHABET[byte % _FIELD_SIZE] for byte in drawn)
    return body + check_character(body)


def check_character(body: str) -> str:
    return ALPHABET[_times_root(_fold(body))]


def clean_code(typed: str) -> str:
    """What was typed, as it would stand in a code: capitals, Latin letters, plain digits, nothing between them."""
    return plain_letters(typed[:200])


def plain_letters(text: str) -> str:
    """The letters and digits of a text, folded, and nothing between them."""
    return _SEPARATORS.sub("", fold_letters(text))


def fold_letters(typed: str) -> str:
    """A text in capitals, Latin letters where others look alike, and plain digits."""
    plain = "".join(str(unicodedata.digit(c, "")) or c for c in unicodedata.normalize("NFKC", typed))
    return plain.upper().translate(_LOOK_ALIKES)


def read_code(typed: str) -> str | None:
    """The code that was typed, or None where it is none: any one wrong character shows, and any two swapped ones."""
    code = clean_code(typed)
    if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code if _fold(code) == 0 else None


def _fold(code: str) -> int:
    """The code as a polynomial over the field of 32 elements, at the root of `_FIELD`; a true code gives 0.

    A wrong character adds a multiple of one power of the root, two swapped ones a multiple of the difference of two
    powers. Neither is ever 0, so every such mistake is found: the first syndrome of a Reed-Solomon code.
    """
    total = 0
    for character in code:
        total = _times_root(total) ^ ALPHABET.index(character)
    return total


def _times_root(element: int) -> int:
    doubled = element << 1
    return doubled ^ _FIELD if doubled >= _FIELD_SIZE else doubled


def lasting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without what every new paper has anew: where these differ, the paper in the pilgrim's hand is wrong."""
    kept = {name: value for name, value in facts.items() if name not in _VOLATILE}
    kept["doses"] = [
        {name: value for name, value in dose.items() if name not in _VOLATILE_OF_DOSE} for dose in facts["doses"]
    ]
    return kept


def printed_facts(pilgrim: Pilgrim, campaign: Campaign, doses: Sequence[PrintedDose]) -> dict[str, Any]:
    """What a certificate says of a person and their doses, as plain JSON values; dates are ISO 8601."""
    first, last = entry_days(doses)
    return {
        "latin_name": latin_name(pilgrim),
        "cyrillic_name": " ".join(filter(None, (pilgrim.surname, pilgrim.given_name, pilgrim.patronymic))),
        "birth_date": pilgrim.birth_on.isoformat(),
        "birth_precision": pilgrim.birth_precision.value,
        "sex": pilgrim.sex.value,
        "nationality": pilgrim.nationality,
        "passport_number": pilgrim.passport_number,
        "campaign_title": dict(campaign.title),
        "entry_from": first.isoformat(),
        "entry_until": last.isoformat() if last else None,
        "doses": [_printed_dose(dose) for dose in doses],
    }


def shown_doses(
    evaluations: Sequence[Evaluation], doses: Sequence[Dose]
) -> Iterator[tuple[Dose, tuple[date, date | None]]]:
    """Each dose that covers a requirement with the days on which it counts, in the order of the requirements.

    One that covers two is shown once.
    """
    by_id = {dose.id: dose for dose in doses}
    covered: dict[uuid.UUID, list[Evaluation]] = {}
    for one in evaluations:
        if covers(one) and one.dose_id is not None:
            covered.setdefault(one.dose_id, []).append(one)
    for dose_id, own in covered.items():
        yield by_id[dose_id], entry_window(own)


def entry_days(doses: Sequence[PrintedDose]) -> tuple[date, date | None]:
    """The days on which all these doses count together; None: for life."""
    return max(dose.valid_from for dose in doses), min((d.valid_until for d in doses if d.valid_until), default=None)


def _printed_dose(printed: PrintedDose) -> dict[str, Any]:
    point, product, disease = printed.point, printed.product, printed.antigen.disease
    stated = product.vaccine_type is not VaccineType.UNKNOWN
    return {
        "antigen": printed.antigen.code,
        # A disease without its Arabic word is shown in English: a blank would hide it from the officer.
        "disease": {"ar": disease["en"], **disease},
        "product": product.latin_name,
        "manufacturer": product.manufacturer,
        "vaccine_type": product.vaccine_type.value if stated else "not_stated",
        "lot": printed.lot.number,
        "given_on": printed.dose.given_on.isoformat(),
        "point_code": point.code,
        "place": _place(point),
        "vaccinator": printed.vaccinator.latin_name,
        "valid_from": printed.valid_from.isoformat(),
        "valid_until": printed.valid_until.isoformat() if printed.valid_until else None,
    }


def _place(point: VaccinationPoint) -> dict[str, str]:
    """The point's name, and its settlement unless the name says it already."""
    if point.settlement.get("en", "") in point.name.get("en", ""):
        return dict(point.name)
    return {code: f"{name}, {point.settlement.get(code, '')}".rstrip(", ") for code, name in point.name.items()}


def latin_name(pilgrim: PilgrimDetails) -> str:
    """The passport's own line, surname first: never derived from the Cyrillic name."""
    return f"{pilgrim.latin_surname} {pilgrim.latin_given_name}".strip()


def vaccination_claim(
    pilgrim: Pilgrim,
    campaign: Campaign,
    printed: PrintedDose,
    *,
    issued_on: date,
    window: tuple[date, date | None],
) -> VaccinationClaim:
    """The same dose as it is signed. `window`: the days on which all doses of the certificate count."""
    product, (entry_from, entry_until) = printed.product, window
    return VaccinationClaim(
        name=latin_name(pilgrim),
        birth_date=pilgrim.birth_on.isoformat()[: _BIRTH_LENGTHS[pilgrim.birth_precision]],
        sex=pilgrim.sex.value,
        nationality=pilgrim.nationality,
        document_number=pilgrim.passport_number,
        document_type="PPN",
        product_id=product.who_product_id or printed.antigen.icd11_vaccine,
        given_on=printed.dose.given_on,
        lot=printed.lot.number,
        issuer=campaign.country,
        disease=printed.antigen.icd11_disease,
        brand=product.latin_name,
        vaccine_type=_SIGNED_TYPES.get(product.vaccine_type, SignedType.NOT_STATED),
        # Readers of 2024 demand a maker and a dose number; the present shape has neither.
        manufacturer=product.manufacturer or UNKNOWN_MAKER,
        dose=str(printed.dose.number),
        issued_on=issued_on,
        valid_from=printed.valid_from,
        valid_until=printed.valid_until,
        entry_from=entry_from,
        entry_until=entry_until,
    )


def signature_ends(*, valid_until: date | None, zone: str, signs_until: datetime) -> datetime:
    """The end of the certificate's last day where pilgrims enter, but never after the key's own end."""
    if valid_until is None or valid_until > signs_until.date():  # by more than a day: no zone is further away
        return signs_until
    return min(start_of_day(valid_until + timedelta(days=1), zone), signs_until)


@lru_cache(maxsize=64)
def start_of_day(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def codes_until(*, valid_until: date | None, zone: str, signs_until: datetime) -> date | None:
    """The last whole day on which codes can be checked without the register, where that ends before the certificate."""
    if signature_ends(valid_until=valid_until, zone=zone, signs_until=signs_until) < signs_until:
        return None
    last = signs_until.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return None if valid_until is not None and last >= valid_until else last


def newest_point(facts: Mapping[str, Any]) -> str:
    """The code of the point that gave the last dose: where the certificate was earned."""
    newest = max(facts["doses"], key=lambda dose: dose["given_on"])
    return str(newest["point_code"])
