"""The parts of HL7 FHIR R4 (4.0.1) that the export uses, written from the specification's own tables.

Each element: its least and greatest number, and its type. What is not listed is not of R4, or is not expected here.
"""

import re
from collections.abc import Iterator
from typing import Any

MANY = 10**6
DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
TIME = r"T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)"
TEXTS = {
    "string": r"[\s\S]*\S[\s\S]*",
    "code": r"\S+( \S+)*",
    "uri": r"\S+",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "date": DATE,
    "dateTime": rf"{DATE}|\d{{4}}-\d\d-\d\d{TIME}",
    "instant": rf"\d{{4}}-\d\d-\d\d{TIME}",
    "gender": "male|female|other|unknown",
    "nameUse": "usual|official|temp|nickname|anonymous|old|maiden",
    "identifierUse": "usual|official|temp|secondary|old",
    "immunizationStatus": "completed|entered-in-error|not-done",
    "documentStatus": "current|superseded|entered-in-error",
    "bundleType": "document|message|transaction|transaction-response|batch|batch-response|history|searchset|collection",
}
Shape = dict[str, tuple[int, int, str]]
SOME: Shape = {"id": (0, 1, "id"), "meta": (0, 1, "Meta")}
SHAPES: dict[str, Shape] = {
    "Bundle": {
        **SOME,
        "identifier": (0, 1, "Identifier"),
        "type": (1, 1, "bundleType"),
        "timestamp": (0, 1, "instant"),
        "entry": (0, MANY, "Entry"),
    },
    "Entry": {"fullUrl": (0, 1, "uri"), "resource": (0, 1, "Resource")},
    "Meta": {
        "lastUpdated": (0, 1, "instant"),
        "profile": (0, MANY, "uri"),
        "security": (0, MANY, "Coding"),
        "tag": (0, MANY, "Coding"),
    },
    "Patient": {
        **SOME,
        "identifier": (0, MANY, "Identifier"),
        "active": (0, 1, "boolean"),
        "name": (0, MANY, "HumanName"),
        "gender": (0, 1, "gender"),
        "birthDate": (0, 1, "date"),
    },
    "Immunization": {
        **SOME,
        "identifier": (0, MANY, "Identifier"),
        "status": (1, 1, "immunizationStatus"),
        "statusReason": (0, 1, "CodeableConcept"),
        "vaccineCode": (1, 1, "CodeableConcept"),
        "patient": (1, 1, "Reference"),
        "occurrenceDateTime": (1, 1, "dateTime"),  # occurrence[x]; the export always knows the day
        "recorded": (0, 1, "dateTime"),
        "primarySource": (0, 1, "boolean"),
        "location": (0, 1, "Reference"),
        "manufacturer": (0, 1, "Reference"),
        "lotNumber": (0, 1, "string"),
        "expirationDate": (0, 1, "date"),
        "site": (0, 1, "CodeableConcept"),
        "route": (0, 1, "CodeableConcept"),
        "doseQuantity": (0, 1, "Quantity"),
        "performer": (0, MANY, "Performer"),
        "protocolApplied": (0, MANY, "ProtocolApplied"),
    },
    "Performer": {"function": (0, 1, "CodeableConcept"), "actor": (1, 1, "Reference")},
    "ProtocolApplied": {
        "series": (0, 1, "string"),
        "targetDisease": (0, MANY, "CodeableConcept"),
        "doseNumberPositiveInt": (1, 1, "positiveInt"),  # doseNumber[x]
        "seriesDosesPositiveInt": (0, 1, "positiveInt"),
    },
    "DocumentReference": {
        **SOME,
        "masterIdentifier": (0, 1, "Identifier"),
        "identifier": (0, MANY, "Identifier"),
        "status": (1, 1, "documentStatus"),
        "type": (0, 1, "CodeableConcept"),
        "subject": (0, 1, "Reference"),
        "date": (0, 1, "instant"),
        "content": (1, MANY, "Content"),
    },
    "Content": {"attachment": (1, 1, "Attachment"), "format": (0, 1, "Coding")},
    "Attachment": {"contentType": (0, 1, "code"), "url": (0, 1, "uri"), "title": (0, 1, "string")},
    "Identifier": {
        "use": (0, 1, "identifierUse"),
        "type": (0, 1, "CodeableConcept"),
        "system": (0, 1, "uri"),
        "value": (0, 1, "string"),
    },
    "HumanName": {
        "use": (0, 1, "nameUse"),
        "text": (0, 1, "string"),
        "family": (0, 1, "string"),
        "given": (0, MANY, "string"),
    },
    "CodeableConcept": {"coding": (0, MANY, "Coding"), "text": (0, 1, "string")},
    "Coding": {
        "system": (0, 1, "uri"),
        "version": (0, 1, "string"),
        "code": (0, 1, "code"),
        "display": (0, 1, "string"),
    },
    "Quantity": {"value": (0, 1, "decimal"), "unit": (0, 1, "string"), "system": (0, 1, "uri"), "code": (0, 1, "code")},
    "Reference": {"reference": (0, 1, "string"), "identifier": (0, 1, "Identifier"), "display": (0, 1, "string")},
}


def faults(value: Any, kind: str = "Resource", path: str = "") -> Iterator[str]:
    """What in a value, read from JSON, is not of its FHIR type."""
    if kind in TEXTS:
        if not isinstance(value, str) or not re.fullmatch(TEXTS[kind], value):
            yield f"{path}: {value!r} is no {kind}"
    elif kind in {"decimal", "positiveInt"}:
        numbers = (int, float) if kind == "decimal" else int
        if isinstance(value, bool) or not isinstance(value, numbers) or value <= 0:
            yield f"{path}: {value!r} is no {kind}"
    elif not isinstance(value, dict) or not value:
        yield f"{path}: {value!r} is no {kind}"
    else:
        yield from _faults_inside(value, kind, path)


def _faults_inside(element: dict[str, Any], kind: str, path: str) -> Iterator[str]:
    if kind in {"Resource", "Bundle"}:
        kind = element.get("resourceType", "")
        element = {name: value for name, value in element.items() if name != "resourceType"}
    path = f"{path}/{kind}"
    shape = SHAPES.get(kind, {})
    yield from (f"{path}.{name}: not of R4" for name in element.keys() - shape.keys())
    for name, (least, most, type_name) in shape.items():
        found = element.get(name)
        if (found is not None) and (isinstance(found, list) != (most > 1)):
            yield f"{path}.{name}: a list where one is expected, or one where a list is"
            continue
        values = found if isinstance(found, list) else [] if found is None else [found]
        if len(values) < least or values is found == []:
            yield f"{path}.{name}: missing or empty"
        for one in values:
            yield from faults(one, type_name, f"{path}.{name}")
