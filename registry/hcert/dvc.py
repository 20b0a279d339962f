"""The payload of sub-claim -6: the WHO's digital vaccination certificate (DVC), in the three generations it has had.

They are told apart by shape: `vx` is generation 3, `v` a list generation 2, `v` a map generation 1.
Sources: smart-trust-phw DVCMin and ICVPMin (3), ICVP 0.3.0 (2), ICVP DVCPayload of December 2024 (1).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import Any
from unicodedata import normalize

from registry.hcert.plain_cbor import Plain
from registry.hcert.reasons import BadHcert, Reason, Step

TEMPLATE_VERSION = "0.1.0"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class VaccineType(StrEnum):
    """How a polysaccharide antigen is presented: Saudi Arabia counts 5 years for a conjugate, else 3."""

    CONJUGATE = "conjugate"
    POLYSACCHARIDE = "polysaccharide"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True)
class VaccinationClaim:
    """One person and one dose, as signed.

    birth_date is text, YYYY, YYYY-MM or YYYY-MM-DD, for not every passport knows the day. Codes: sex as in FHIR
    (male, female, other, unknown), nationality and issuer ISO 3166-1 alpha-3, document_type HL7 v2-0203 (PPN is a
    passport), product_id WHO prequalification id or ICD-11 XM code, disease ICD-11. valid_from and valid_until are the
    days on which this dose counts, entry_from and entry_until those on which all doses of its certificate count.
    """

    name: str
    birth_date: str
    product_id: str
    given_on: date
    lot: str
    sex: str | None = None
    nationality: str | None = None
    document_number: str | None = None
    document_type: str | None = None
    guardian: str | None = None
    issuer: str | None = None
    clinician: str | None = None
    disease: str | None = None
    brand: str | None = None
    vaccine_type: VaccineType = VaccineType.NOT_STATED
    manufacturer: str | None = None
    dose: str | None = None
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    entry_from: date | None = None
    entry_until: date | None = None
    template: str | None = TEMPLATE_VERSION

    @property
    def window(self) -> tuple[date | None, date | None]:
        """First and last day by which a verifier judges: the whole certificate's, where they are stated."""
        if self.entry_from or self.entry_until:
            return self.entry_from, self.entry_until
        return self.valid_from, self.valid_until


class IncompleteClaim(ValueError):  # noqa: N818 -- a fact, named like the house's refusals
    """The generation to be written demands a field that the claim does not have."""


@dataclass(frozen=True)
class _Shape:
    """Field -> its keys, the first being the one written; and what a writer of this generation must state."""

    person: dict[str, tuple[str, ...]]
    dose: dict[str, tuple[str, ...]]
    required: tuple[str, ...] = ()
    read_only: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of a dose


_READ_ALWAYS = ("name", "birth_date", "product_id", "given_on", "lot")
# Generation 3 takes disease and maker from the catalogue. tg, mp (keys of generation 1), tp (C, P), ef and eu are our
# local additions, which the standard allows (REQ-CC-01): so that an official without the catalogue reads the disease
# and the type of vaccine on which the years of validity depend; and so that one scanned code says offline on which days
# all doses of the certificate count, as the register does. The envelope's own dates speak of the signature only, and
# vls and vle are read everywhere as the days of this one dose: so no other days stand under them.
# Until November 2026 generation 3 was written with the whole certificate's days under vls and vle, and never with ef:
# where it has neither ef nor eu, that is what they mean. Generation 1 of that time reads as the dose's own days, which
# are never fewer than the certificate's were.
_SHAPES = {
    1: _Shape(
        person={
            "name": ("n",), "birth_date": ("dob",), "sex": ("s",), "nationality": ("ntl",), "document_number": ("nid",),
            "guardian": ("gn",),
        },
        dose={
            "product_id": ("vp",), "given_on": ("dt",), "clinician": ("cn",), "issuer": ("is",), "lot": ("bo",),
            "disease": ("tg",), "brand": ("mp",), "manufacturer": ("ma",), "dose": ("dn",),
            "valid_from": ("vls",), "valid_until": ("vle",),
        },
        required=("disease", "manufacturer", "dose"),
    ),
    2: _Shape(
        person={
            "name": ("n",), "birth_date": ("dob",), "sex": ("s",), "nationality": ("ntl",), "document_number": ("nid",),
            "document_type": ("ndt",), "guardian": ("gn",),
        },
        dose={
            "product_id": ("vp",), "given_on": ("dt",), "clinician": ("cn",), "issuer": ("is",), "lot": ("bo",),
            "valid_from": ("vls",), "valid_until": ("vle",),
        },
    ),
    3: _Shape(
        person={
            "name": ("n",), "birth_date": ("dob",), "sex": ("s",), "nationality": ("nt",), "document_number": ("id",),
            "document_type": ("dt",), "guardian": ("gn",), "template": ("v",), "issued_on": ("d",),
        },
        dose={
            "product_id": ("vp",), "given_on": ("dv", "dt"), "clinician": ("cn",), "issuer": ("is",), "lot": ("bo",),
            "disease": ("tg",), "brand": ("mp",), "vaccine_type": ("tp",), "entry_from": ("ef",),
            "entry_until": ("eu",),
        },
        read_only={"valid_from": ("vls",), "valid_until": ("vle",)},
        required=("sex", "nationality", "issuer", "template"),
    ),
}  # fmt: skip
_TYPE_CODES = {VaccineType.CONJUGATE: "C", VaccineType.POLYSACCHARIDE: "P"}
_TYPES = {code: vaccine_type for vaccine_type, code in _TYPE_CODES.items()}


def write_vaccination(claim: VaccinationClaim, *, generation: int = 3) -> dict[int | str, Plain]:
    """The map to sign, of generation 3, or 1 for readers of 2024 (which refuse unknown keys: no vaccine type there)."""
    if generation not in (1, 3):
        msg = f"Certificates of generation {generation} are read, not written."
        raise ValueError(msg)
    shape = _SHAPES[generation]
    missing = [name for name in (*_READ_ALWAYS, *shape.required) if not getattr(claim, name)]
    if missing:
        msg = f"A certificate of generation {generation} must state: {', '.join(missing)}."
        raise IncompleteClaim(msg)
    person, dose = _write(claim, shape.person), _write(claim, shape.dose)
    return {**person, ("vx" if generation == 3 else "v"): dose}  # noqa: PLR2004 -- a generation, as in the table


def read_vaccinations(payload: Plain) -> tuple[VaccinationClaim, ...]:
    """Every dose in the payload: generation 2 may carry several, 1 and 3 one. Raises BadHcert at step content."""
    match payload:
        case {"vx": dose}:
            return (_whole_window(_read(payload, dose, _SHAPES[3])),)
        case {"v": dict(dose)}:
            return (_read(payload, dose, _SHAPES[1]),)
        case {"v": [_, *_] as doses}:
            return tuple(_read(payload, dose, _SHAPES[2]) for dose in doses)
    raise BadHcert(Step.CONTENT, Reason.UNKNOWN_SHAPE)


def _whole_window(claim: VaccinationClaim) -> VaccinationClaim:
    """A claim of generation 3 without days of its certificate: those of its dose are what was meant."""
    if claim.entry_from or claim.entry_until:
        return claim
    first, last = claim.valid_from, claim.valid_until
    return replace(claim, entry_from=first, entry_until=last, valid_from=None, valid_until=None)


def _write(claim: VaccinationClaim, keys: dict[str, tuple[str, ...]]) -> dict[int | str, Plain]:
    values = zip(keys.values(), attrgetter(*keys)(claim), strict=True)
    return {written[0]: text for written, value in values if (text := _to_text(value))}


def _to_text(value: str | date | None) -> str | None:
    if isinstance(value, str):
        return _TYPE_CODES.get(value) if isinstance(value, VaccineType) else normalize("NFC", value)
    return None if value is None else value.isoformat()


def _read(person: Plain, dose: Plain, shape: _Shape) -> VaccinationClaim:
    fields: dict[str, Any] = {"template": None}
    for part, keys in ((person, shape.person), (dose, shape.dose | shape.read_only)):
        if not isinstance(part, dict):
            raise BadHcert(Step.CONTENT, Reason.UNREADABLE_CONTENT)
        for name, alternatives in keys.items():
            value = next((part[key] for key in alternatives if part.get(key) not in (None, "")), None)
            if value is not None:
                fields[name] = _from_text(name, value)
    if any(name not in fields for name in _READ_ALWAYS):
        raise BadHcert(Step.CONTENT, Reason.UNREADABLE_CONTENT)
    return VaccinationClaim(**fields)


def _from_text(name: str, value: Plain) -> str | date:
    if not isinstance(value, str):
        raise BadHcert(Step.CONTENT, Reason.UNREADABLE_CONTENT)
    try:
        return _READERS[name](value) if name in _READERS else value
    except ValueError:
        raise BadHcert(Step.CONTENT, Reason.UNREADABLE_CONTENT) from None


def _read_date(text: str) -> date:
    # The pattern comes first: fromisoformat also takes 20260302 and 2026-W10-1.
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _read_birth_date(text: str) -> str:
    _read_date(text + "0000-01-01"[len(text) :])
    return text


def _read_type(code: str) -> VaccineType:
    return _TYPES.get(code, VaccineType.NOT_STATED)


_READERS: dict[str, Callable[[str], str | date]] = {
    "birth_date": _read_birth_date,
    "given_on": _read_date,
    "issued_on": _read_date,
    "valid_from": _read_date,
    "valid_until": _read_date,
    "entry_from": _read_date,
    "entry_until": _read_date,
    "vaccine_type": _read_type,
}
