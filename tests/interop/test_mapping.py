"""What another health system reads: every element where FHIR R4 has it, and nothing said that is not known."""

import json
from dataclasses import replace
from typing import Any

import pytest

from registry.campaigns.models import VaccinationPoint
from registry.interop.mapping import record_bundle
from registry.pilgrims.models import BirthPrecision
from registry.vaccines.models import Product, Route, Site
from tests.factories import NARYN, NOW
from tests.interop.fhir import faults
from tests.interop.records import MENQUADFI, POLIO, certificate, codes, dose, exported, immunization, pilgrim


def test_the_passports_latin_name_is_official_and_the_cyrillic_one_usual() -> None:
    [patient] = exported(pilgrim())
    assert patient["name"] == [
        {"use": "official", "family": "ASANBEKOVA", "given": ["AIGUL"]},
        {"use": "usual", "family": "Асанбекова", "given": ["Айгүл", "Токтогуловна"]},
    ]
    assert (patient["gender"], patient["birthDate"]) == ("female", "1960-03-12")


def test_a_kyrgyz_passport_stands_in_the_namespace_of_kyrgyz_passports() -> None:
    [patient] = exported(pilgrim())
    [passport] = patient["identifier"]
    assert passport["system"] == "http://hl7.org/fhir/sid/passport-KGZ"
    assert passport["value"] == "PE1234567"
    assert codes(passport["type"]) == {"http://terminology.hl7.org/CodeSystem/v2-0203": "PPN"}


def test_a_foreign_passport_names_no_issuer_because_a_nationality_is_not_one() -> None:
    [patient] = exported(pilgrim(nationality="UZB"))
    [passport] = patient["identifier"]
    assert passport["value"] == "PE1234567"
    assert "system" not in passport


def test_a_person_with_one_name_has_no_empty_given_name() -> None:
    [patient] = exported(pilgrim(latin_given_name="", given_name="", patronymic=""))
    assert patient["name"] == [{"use": "official", "family": "ASANBEKOVA"}, {"use": "usual", "family": "Асанбекова"}]


@pytest.mark.parametrize(
    ("precision", "written"),
    [(BirthPrecision.YEAR, "1960"), (BirthPrecision.MONTH, "1960-03"), (BirthPrecision.DAY, "1960-03-12")],
)
def test_a_birth_date_is_cut_to_what_the_papers_know(precision: BirthPrecision, written: str) -> None:
    [patient] = exported(pilgrim(birth_precision=precision))
    assert patient["birthDate"] == written


def test_pin_and_telephone_stay_at_home() -> None:
    person = pilgrim(pin="21203196012345", phone="+996700123456")
    text = json.dumps(exported(person, dose(person), paper=certificate(person)))
    assert "21203196012345" not in text
    assert "996700123456" not in text


def test_a_dose_carries_all_that_the_certificate_prints() -> None:
    person = pilgrim()
    recorded = dose(person)
    assert immunization(recorded, person) == {
        "resourceType": "Immunization",
        "id": str(recorded.dose.id),
        "status": "completed",
        "vaccineCode": {
            "coding": [
                {
                    "system": "http://snomed.info/sct",
                    "code": "871873006",
                    "display": "Vaccine product containing only Neisseria meningitidis serogroup A, C, W135 and Y "
                    "antigens (medicinal product)",
                },
                {"system": "http://www.whocc.no/atc", "code": "J07AH08"},
                {"system": "http://id.who.int/icd/release/11/mms", "code": "XM2WV4"},
            ],
            "text": "MenQuadfi",
        },
        "patient": {"reference": f"urn:uuid:{person.id}"},
        "occurrenceDateTime": "2025-12-25",
        "recorded": "2025-12-25T04:00:00+00:00",
        "location": {"display": "Regional Family Medicine Centre, Naryn city"},
        "manufacturer": {"display": "Sanofi Pasteur Inc., USA"},
        "lotNumber": "U1234AA",
        "expirationDate": "2026-12-31",
        "site": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ActSite",
                    "code": "LUA",
                    "display": "left upper arm",
                }
            ],
            "text": "left upper arm",
        },
        "route": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
                    "code": "IM",
                    "display": "Injection, intramuscular",
                }
            ],
            "text": "intramuscular",
        },
        "doseQuantity": {"value": 0.5, "unit": "mL", "system": "http://unitsofmeasure.org", "code": "mL"},
        "performer": [
            {
                "function": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0443", "code": "AP"}]},
                "actor": {"display": "M. OKUUBAEVA"},
            }
        ],
        "protocolApplied": [
            {
                "targetDisease": [
                    {
                        "coding": [{"system": "http://id.who.int/icd/release/11/mms", "code": "1C1C"}],
                        "text": "Meningococcal disease ACWY",
                    }
                ],
                "doseNumberPositiveInt": 1,
            }
        ],
    }


def test_what_is_not_known_is_left_out_rather_than_guessed() -> None:
    person = pilgrim()
    nameless = Product(**{**MENQUADFI.model_dump(), "manufacturer": None, "atc": None})
    found = immunization(replace(dose(person), product=nameless, antigen=POLIO), person)
    assert "manufacturer" not in found
    assert codes(found["vaccineCode"]) == {"http://id.who.int/icd/release/11/mms": "XM0N50"}


@pytest.mark.parametrize(
    ("site", "code"),
    [
        (Site.LEFT_UPPER_ARM, "LUA"),
        (Site.RIGHT_UPPER_ARM, "RUA"),
        (Site.LEFT_THIGH, "LT"),
        (Site.RIGHT_THIGH, "RT"),
        (Site.NOSE, None),
    ],
)
def test_every_site_is_named_and_coded_where_a_true_code_exists(site: Site, code: str | None) -> None:
    person = pilgrim()
    found = immunization(dose(person, site=site), person)["site"]
    assert found["text"] == site.value.replace("_", " ")
    assert list(codes(found).values()) == ([code] if code else [])


@pytest.mark.parametrize(
    ("route", "code"), [(Route.INTRAMUSCULAR, "IM"), (Route.SUBCUTANEOUS, "SQ"), (Route.INTRANASAL, None)]
)
def test_every_route_is_named_and_coded_where_a_true_code_exists(route: Route, code: str | None) -> None:
    person = pilgrim()
    found = immunization(dose(person, route=route), person)["route"]
    assert found["text"] == route.value
    assert list(codes(found).values()) == ([code] if code else [])


def test_a_point_whose_name_says_where_it_is_says_it_once() -> None:
    person = pilgrim()
    here = VaccinationPoint(code=NARYN, name={"en": "Clinic of Osh city"}, settlement={"en": "Osh city"}, address={})
    assert immunization(replace(dose(person), point=here), person)["location"] == {"display": "Clinic of Osh city"}


def test_the_certificate_that_stands_leads_to_its_verification_page() -> None:
    person = pilgrim()
    [_patient, document] = exported(person, paper=certificate(person))
    assert document["masterIdentifier"] == {"value": "ABCDEFGHJKLM"}
    assert document["subject"] == {"reference": f"urn:uuid:{person.id}"}
    [content] = document["content"]
    assert content["attachment"]["url"] == "https://hajj.example/v/token"


def test_each_resource_of_a_training_installation_is_labelled_as_test_data() -> None:
    person = pilgrim()
    bundle = record_bundle(person, [dose(person)], certificate(person), at=NOW, training=True)
    assert list(faults(bundle)) == []
    resources = [bundle, *(entry["resource"] for entry in bundle["entry"])]
    assert len(resources) == 4
    for resource in resources:
        [label] = resource["meta"]["security"]
        assert (label["system"], label["code"]) == ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")


def test_a_production_installation_labels_nothing_as_test_data() -> None:
    person = pilgrim()
    assert "HTEST" not in json.dumps(exported(person, dose(person), paper=certificate(person)))


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "Immunization", "id": "1"},
        {"resourceType": "Patient", "name": []},
        {"resourceType": "Patient", "name": {"family": "ASANBEKOVA"}},
        {"resourceType": "Patient", "birthDate": "12.03.1960"},
        {"resourceType": "Patient", "name": [{"family": ""}]},
        {"resourceType": "Patient", "passport": "PE1234567"},
        {"resourceType": "Pilgrim", "id": "1"},
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {"resourceType": "Patient", "name": []}}],
        },
    ],
)
def test_the_check_against_r4_sees_what_is_wrong(broken: dict[str, Any]) -> None:
    assert list(faults(broken))
