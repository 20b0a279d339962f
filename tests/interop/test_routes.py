"""Handing a record on: for whom, with what trace."""

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.services import revoke_certificate
from registry.model import new_id
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import LATER, certify, details_of
from tests.conftest import SignIn
from tests.factories import NARYN, NOW, make_pilgrim, make_staff
from tests.interop.fhir import faults


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    _pilgrim, certificate = certify(session, issuer)
    session.commit()
    return certificate


@pytest.fixture
def registrar(session: Session) -> Staff:
    return make_staff(session, "registrar", point=NARYN)


def address(certificate: Certificate) -> str:
    return f"/pilgrims/{certificate.pilgrim_id}/record.fhir.json"


def test_whoever_may_print_certificates_takes_the_record_along(
    sign_in: SignIn, registrar: Staff, certificate: Certificate
) -> None:
    answer = sign_in(registrar).get(address(certificate))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="vaccination-record.fhir.json"'
    bundle = answer.get_json(force=True)
    assert list(faults(bundle)) == []
    resources = [entry["resource"] for entry in bundle["entry"]]
    kinds = [resource["resourceType"] for resource in resources]
    assert kinds == ["Patient", "Immunization", "Immunization", "DocumentReference"]
    assert resources[0]["name"][1]["family"] == "Асанбекова"
    assert {resource["vaccineCode"]["text"] for resource in resources[1:3]} == {"MenQuadfi", "VaxigripTetra"}
    assert resources[3]["content"][0]["attachment"]["url"].endswith(f"/v/{certificate.token}")


def test_a_training_installation_hands_on_test_data_only(
    sign_in: SignIn, nurse: Staff, certificate: Certificate
) -> None:
    bundle = sign_in(nurse).get(address(certificate)).get_json(force=True)
    assert bundle["meta"]["security"][0]["code"] == "HTEST"


def test_taking_a_record_along_is_a_look_that_is_recorded(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    sign_in(nurse).get(address(certificate))
    session.rollback()
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.VIEWED)).one()
    assert (event.by_id, event.pilgrim_id, event.detail) == (nurse.id, certificate.pilgrim_id, {"form": "fhir"})


def test_only_doses_that_count_are_handed_on(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    flu, meningococcal = vaccinations.list_live_doses(session, certificate.pilgrim_id)
    supersede_dose(session, flu, None, by=new_id(), at=LATER)
    corrected = supersede_dose(session, meningococcal, details_of(meningococcal), by=new_id(), at=LATER)
    session.commit()
    bundle = sign_in(nurse).get(address(certificate)).get_json(force=True)
    resources = [entry["resource"] for entry in bundle["entry"]]
    assert [one["id"] for one in resources if one["resourceType"] == "Immunization"] == [str(corrected.id)]


def test_a_revoked_certificate_is_not_handed_on(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    revoke_certificate(session, certificate, reason="Shown by somebody else", by=new_id(), at=NOW)
    session.commit()
    bundle = sign_in(nurse).get(address(certificate)).get_json(force=True)
    assert "DocumentReference" not in {entry["resource"]["resourceType"] for entry in bundle["entry"]}


def test_a_pilgrim_without_doses_is_a_person_and_nothing_else(sign_in: SignIn, session: Session, nurse: Staff) -> None:
    pilgrim = make_pilgrim(session)
    session.commit()
    bundle = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/record.fhir.json").get_json(force=True)
    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == ["Patient"]


def test_a_nurse_of_another_region_finds_no_such_record(
    sign_in: SignIn, outsider: Staff, certificate: Certificate
) -> None:
    assert sign_in(outsider).get(address(certificate)).status_code == 404


def test_a_pilgrim_who_does_not_exist_is_not_found(sign_in: SignIn, nurse: Staff) -> None:
    assert sign_in(nurse).get(f"/pilgrims/{new_id()}/record.fhir.json").status_code == 404


def test_who_may_not_print_certificates_takes_no_record_along(
    sign_in: SignIn, session: Session, doctor: Staff, ministry: Staff, certificate: Certificate
) -> None:
    for person in (doctor, ministry):
        assert sign_in(person).get(address(certificate)).status_code == 403
    session.rollback()
    assert session.exec(select(AuditEvent).where(AuditEvent.action == Action.VIEWED)).all() == []


def test_a_stranger_is_led_to_the_door(client: FlaskClient, certificate: Certificate) -> None:
    answer = client.get(address(certificate))
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]
