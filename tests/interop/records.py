"""Records as the registry holds them, and what a receiver reads of their bundle. All people are invented."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from registry.campaigns.models import Antigen, VaccinationPoint, VaccineType
from registry.certificates.models import Certificate
from registry.interop.mapping import record_bundle
from registry.interop.queries import RecordedDose
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccines.models import Lot, Product, Route, Site
from tests.factories import CAMPAIGN, NARYN, NOW, TODAY, pilgrim_details
from tests.interop.fhir import faults

MENACWY = Antigen(
    code="MENACWY",
    name={"en": "Meningococcal ACWY"},
    disease={"en": "Meningococcal disease ACWY"},
    icd11_disease="1C1C",
    icd11_vaccine="XM2WV4",
)
POLIO = Antigen(
    code="POLIO",
    name={"en": "Poliomyelitis"},
    disease={"en": "Poliomyelitis"},
    icd11_disease="1C81",
    icd11_vaccine="XM0N50",
)
MENQUADFI = Product(
    code="MENQUADFI",
    antigen_code="MENACWY",
    trade_name="MenQuadfi",
    latin_name="MenQuadfi",
    vaccine_type=VaccineType.CONJUGATE,
    manufacturer="Sanofi Pasteur Inc., USA",
    atc="J07AH08",
)
POINT = VaccinationPoint(
    code=NARYN, name={"en": "Regional Family Medicine Centre"}, settlement={"en": "Naryn city"}, address={}
)
NURSE = Staff(username="nurse", name="Медайым Окуубаева", latin_name="M. OKUUBAEVA", password_hash="none")


def pilgrim(**details: Any) -> Pilgrim:
    values = pilgrim_details(birth_on=date(1960, 3, 12), passport_number="PE1234567", **details).model_dump()
    return Pilgrim(**values, sort_name="", registered_at=NOW, registered_by_id=new_id())


def dose(person: Pilgrim, **changes: Any) -> RecordedDose:
    lot = Lot(
        product_code="MENQUADFI",
        number="U1234AA",
        expires_on=date(2026, 12, 31),
        created_at=NOW,
        created_by_id=new_id(),
    )
    values: dict[str, Any] = {
        "antigen_code": "MENACWY",
        "product_code": "MENQUADFI",
        "lot_id": lot.id,
        "given_on": TODAY,
        "route": Route.INTRAMUSCULAR,
        "site": Site.LEFT_UPPER_ARM,
        "volume_ml": Decimal("0.50"),
        **changes,
    }
    given = Dose(
        pilgrim_id=person.id,
        campaign_code=CAMPAIGN,
        point_code=NARYN,
        visit_id=new_id(),
        examination_id=new_id(),
        given_by_id=NURSE.id,
        recorded_by_id=NURSE.id,
        recorded_at=NOW,
        **values,
    )
    return RecordedDose(dose=given, product=MENQUADFI, lot=lot, antigen=MENACWY, point=POINT, vaccinator=NURSE)


def certificate(person: Pilgrim) -> Certificate:
    return Certificate(
        pilgrim_id=person.id,
        campaign_code=CAMPAIGN,
        number=1,
        code="ABCDEFGHJKLM",
        token="token",
        issued_at=NOW,
        issued_by_id=new_id(),
        valid_from=TODAY,
        facts={"verify_url": "https://hajj.example/v/token"},
    )


def exported(
    person: Pilgrim, *doses: RecordedDose, paper: Certificate | None = None, training: bool = False
) -> list[dict[str, Any]]:
    """The resources of a bundle as a receiver reads them, after the bundle was held against R4."""
    bundle = json.loads(json.dumps(record_bundle(person, doses, paper, at=NOW, training=training)))
    assert list(faults(bundle)) == []
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    for entry in bundle["entry"]:
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"
    return [entry["resource"] for entry in bundle["entry"]]


def immunization(recorded: RecordedDose, person: Pilgrim) -> dict[str, Any]:
    [_patient, found] = exported(person, recorded)
    return found


def codes(concept: Mapping[str, Any]) -> dict[str, str]:
    return {coding["system"]: coding["code"] for coding in concept.get("coding", [])}
