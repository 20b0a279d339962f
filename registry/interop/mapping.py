"""A pilgrim's record as HL7 FHIR R4 JSON (hl7.org/fhir/R4).

Immunizations have the shape of the International Patient Summary, so that the ministry can feed a pilgrim's health
card from them without typing anything again. No profile is claimed: that takes a validator's word.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from registry.certificates.models import Certificate
from registry.interop.queries import RecordedDose
from registry.model import PilgrimRecord
from registry.pilgrims.models import BirthPrecision, Pilgrim

Element = dict[str, Any]

ATC = "http://www.whocc.no/atc"
ICD_11 = "http://id.who.int/icd/release/11/mms"
UCUM = "http://unitsofmeasure.org"
# The one passport namespace looked up in HL7's registry. A pilgrim's nationality need not be the issuer of the
# passport (refugees travel too), so other passports keep their type and number and name no issuer.
PASSPORTS = {"KGZ": "http://hl7.org/fhir/sid/passport-KGZ"}
PASSPORT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PPN"}]}
GAVE_IT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0443", "code": "AP"}]}
TEST_DATA = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
# A FHIR date is cut to what is known.
BIRTH_FORMATS = {BirthPrecision.YEAR: "%Y", BirthPrecision.MONTH: "%Y-%m", BirthPrecision.DAY: "%Y-%m-%d"}
CODES = json.loads(files("registry.interop").joinpath("data/codes.json").read_text("utf-8"))


def record_bundle(
    pilgrim: Pilgrim, doses: Sequence[RecordedDose], certificate: Certificate | None, *, at: datetime, training: bool
) -> Element:
    """A collection: the person, their doses that count, and the certificate that stands, as of an instant.

    All that comes from a training installation is labelled as test data, each resource by itself: receivers take
    bundles apart.
    """
    resources = [_patient(pilgrim), *map(_immunization, doses)]
    if certificate is not None:
        resources.append(_document(certificate))
    label = {"meta": {"security": [TEST_DATA]}} if training else {}
    return {
        "resourceType": "Bundle",
        **label,
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": {**one, **label}} for one in resources],
    }


def _patient(pilgrim: Pilgrim) -> Element:
    """The passport's Latin name is the official one; the Cyrillic one is how the person is called at home."""
    passport = {
        "use": "official",
        "type": PASSPORT,
        "system": PASSPORTS.get(pilgrim.nationality),
        "value": pilgrim.passport_number,
    }
    return {
        "resourceType": "Patient",
        "id": str(pilgrim.id),
        "identifier": [_filled(passport)],
        "name": [
            _name("official", pilgrim.latin_surname, pilgrim.latin_given_name),
            _name("usual", pilgrim.surname, pilgrim.given_name, pilgrim.patronymic),
        ],
        "gender": pilgrim.sex.value,
        "birthDate": pilgrim.birth_on.strftime(BIRTH_FORMATS[pilgrim.birth_precision]),
    }


def _name(use: str, family: str, *given: str) -> Element:
    return _filled({"use": use, "family": family, "given": [part for part in given if part]})


def _immunization(recorded: RecordedDose) -> Element:
    dose, product, lot, antigen = recorded.dose, recorded.product, recorded.lot, recorded.antigen
    target = {"coding": [{"system": ICD_11, "code": antigen.icd11_disease}], "text": antigen.disease["en"]}
    return _filled(
        {
            "resourceType": "Immunization",
            "id": str(dose.id),
            "status": dose.status.value,
            "vaccineCode": {"coding": list(_vaccine_codes(recorded)), "text": product.latin_name},
            "patient": _subject(dose),
            "occurrenceDateTime": dose.given_on.isoformat(),
            "recorded": dose.recorded_at.isoformat(timespec="seconds"),
            "location": {"display": _place(recorded)},
            "manufacturer": {"display": product.manufacturer} if product.manufacturer else None,
            "lotNumber": lot.number,
            "expirationDate": lot.expires_on.isoformat(),
            "site": _concept("sites", dose.site.value),
            "route": _concept("routes", dose.route.value),
            # A FHIR decimal is a JSON number; two places survive as a float.
            "doseQuantity": {"value": float(dose.volume_ml), "unit": "mL", "system": UCUM, "code": "mL"},
            "performer": [{"function": GAVE_IT, "actor": {"display": recorded.vaccinator.latin_name}}],
            # The number is the one that the certificate signs.
            "protocolApplied": [{"targetDisease": [target], "doseNumberPositiveInt": dose.number}],
        }
    )


def _vaccine_codes(recorded: RecordedDose) -> Iterator[Element]:
    """The same vaccine in every code system that has been verified for it: receivers know one or the other."""
    yield from _codings("vaccines", recorded.antigen.code)
    if recorded.product.atc:
        yield {"system": ATC, "code": recorded.product.atc}
    yield {"system": ICD_11, "code": recorded.antigen.icd11_vaccine}


def _document(certificate: Certificate) -> Element:
    """Where anyone can see what the certificate is worth on the day they ask."""
    page = {"contentType": "text/html", "url": certificate.facts["verify_url"], "title": "Check this certificate"}
    return {
        "resourceType": "DocumentReference",
        "id": str(certificate.id),
        "masterIdentifier": {"value": certificate.code},
        "status": "current",
        "type": {"text": "Vaccination certificate"},
        "subject": _subject(certificate),
        "date": certificate.issued_at.isoformat(timespec="seconds"),
        "content": [{"attachment": page}],
    }


def _subject(row: PilgrimRecord) -> Element:
    return {"reference": f"urn:uuid:{row.pilgrim_id}"}


def _place(recorded: RecordedDose) -> str:
    """The point's name, and its settlement unless the name says it already."""
    name, settlement = recorded.point.name["en"], recorded.point.settlement.get("en", "")
    return name if settlement in name else f"{name}, {settlement}"


def _concept(table: str, value: str) -> Element:
    """A concept in its own words, with a code where the table has a true one."""
    return _filled({"coding": _codings(table, value), "text": value.replace("_", " ")})


def _codings(table: str, value: str) -> list[Element]:
    coding = CODES[table]["codes"].get(value)
    return [{"system": CODES[table]["system"], **coding}] if coding else []


def _filled(element: Mapping[str, Any]) -> Element:
    """FHIR forbids elements without content: what is not known is left out."""
    return {name: value for name, value in element.items() if value not in (None, "", [])}
