"""Forms with more in them than the page has, and doors pushed although no button leads there."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.models import CertificateRevocation
from registry.examinations.models import Examination
from registry.model import new_id
from registry.pilgrims.models import AccessGrant, Pilgrim
from registry.staff.models import Assignment, Role, Staff
from registry.vaccinations.models import DoseNotGiven
from tests.conftest import SignIn
from tests.factories import OSH, TODAY, make_staff
from tests.security.world import World, doses_of, pilgrim_form, visit_form

# What an attacker adds to every form, hoping that somebody copies whole forms into rows.
STOWAWAYS: dict[str, Any] = {
    "role": "administrator",
    "role_code": "administrator",
    "permissions": "manage_staff",
    "point_code": OSH,
    "registered_by_id": str(new_id()),
    "recorded_by_id": str(new_id()),
    "given_by_id": str(new_id()),
    "examined_by_id": str(new_id()),
    "registered_at": "1999-01-01",
    "id": str(new_id()),
    "pilgrim_id": str(new_id()),
    "campaign_code": "ANOTHER",
    "status": "entered_in_error",
    "disabled_at": "",
    "training": "",
}


def add_to(data: dict[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in STOWAWAYS.items() if name not in data}, **data}


def test_stowaways_in_a_registration_change_nothing(session: Session, sign_in: SignIn, world: World) -> None:
    registrar = world.staff["registrar"]
    typed = world.naryn.waiting.model_copy(update={"passport_number": "PE5550001", "latin_surname": "SYDYKOVA"})
    data = add_to(pilgrim_form(typed, surname="Сыдыкова", confirmed=[".LikelyDuplicate"]))
    assert sign_in(registrar).post("/pilgrims/new", data=data).status_code == 302
    session.rollback()
    made = session.exec(select(Pilgrim).where(Pilgrim.passport_number == "PE5550001")).one()
    assert made.registered_by_id == registrar.id
    assert made.registered_at.year == 2025
    assert str(made.id) != STOWAWAYS["id"]


def test_stowaways_in_a_visit_change_nothing(session: Session, sign_in: SignIn, world: World) -> None:
    nurse, pilgrim = world.staff["vaccinator"], world.naryn.waiting
    answer = sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=add_to(visit_form(world.naryn, nurse)))
    assert answer.status_code == 302
    doses = doses_of(session, pilgrim)
    assert len(doses) == 2
    for dose in doses:
        assert (dose.point_code, dose.given_by_id, dose.recorded_by_id) == (world.naryn.point, nurse.id, nurse.id)
        assert dose.status.value == "completed"


def test_a_vaccinator_of_another_place_cannot_be_named(session: Session, sign_in: SignIn, world: World) -> None:
    elsewhere = make_staff(session, "vaccinator", point=OSH)
    session.commit()
    nurse, pilgrim = world.staff["vaccinator"], world.naryn.waiting
    for given_by in (elsewhere, world.staff["auditor"], world.staff["registrar"]):
        page = sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=visit_form(world.naryn, given_by))
        assert page.status_code == 200
    assert doses_of(session, pilgrim) == []


def test_nobody_records_at_a_point_that_is_not_theirs(session: Session, sign_in: SignIn, world: World) -> None:
    nurse, pilgrim = world.staff["vaccinator"], world.naryn.waiting
    browser, path = sign_in(nurse), f"/pilgrims/{pilgrim.id}/visit"
    assert browser.post(f"{path}?point={OSH}", data=visit_form(world.osh, nurse, point=OSH)).status_code == 200
    assert doses_of(session, pilgrim) == []
    refused = {"menacwy-not_given": "out_of_stock", "influenza-not_given": "out_of_stock"}
    browser.post(f"{path}?point={OSH}", data=visit_form(world.osh, nurse, **refused, point=OSH))
    session.rollback()
    assert {row.point_code for row in session.exec(select(DoseNotGiven)).all()} <= {world.naryn.point}


def test_a_doctor_examines_at_the_own_point_only(session: Session, sign_in: SignIn, world: World) -> None:
    before = len(session.exec(select(Examination)).all())
    data = {"point": OSH, "outcome": "fit", "consent": "y", "examined_on": ["25", "12", "2025"]}
    assert (
        sign_in(world.staff["doctor"]).post(f"/pilgrims/{world.naryn.pilgrim.id}/examine", data=data).status_code == 200
    )
    session.rollback()
    assert len(session.exec(select(Examination)).all()) == before


def test_a_delivery_arrives_at_an_own_point_only(sign_in: SignIn, world: World) -> None:
    data = {"point": OSH, "product": "MENQUADFI", "number": "X1", "expires_on": ["1", "1", "2027"], "doses": "5"}
    page = sign_in(world.staff["lead"]).post("/stock/receive", data=data)
    assert page.status_code == 200
    assert "govuk-error-summary" in page.text


def test_a_key_that_names_anothers_pilgrim_opens_nothing(session: Session, sign_in: SignIn, world: World) -> None:
    """The form's key is the row it makes: sent with a stranger's id, it must not be taken for a repetition."""
    registrar, stranger = world.staff["registrar"], world.osh.pilgrim
    browser = sign_in(registrar)
    typed = stranger.model_copy(update={"passport_number": "PE5550002"})
    data = pilgrim_form(typed, idempotency_key=str(stranger.id), confirmed=[".LikelyDuplicate"])
    assert browser.post("/pilgrims/new", data=data).status_code == 404
    assert browser.get(f"/pilgrims/{stranger.id}").status_code == 404
    assert session.exec(select(AccessGrant).where(AccessGrant.staff_id == registrar.id)).all() == []


def test_a_key_of_another_pilgrims_visit_records_nothing_there(session: Session, sign_in: SignIn, world: World) -> None:
    nurse, pilgrim = world.staff["vaccinator"], world.naryn.waiting
    before = [dose.model_dump() for dose in doses_of(session, world.osh.pilgrim)]
    data = visit_form(world.naryn, nurse, idempotency_key=str(world.osh.dose.visit_id))
    sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=data)
    assert [dose.model_dump() for dose in doses_of(session, world.osh.pilgrim)] == before
    assert all(dose.pilgrim_id == pilgrim.id for dose in doses_of(session, pilgrim))


def test_filled_forms_pushed_by_the_wrong_role_do_nothing(session: Session, sign_in: SignIn, world: World) -> None:
    place, pilgrim = world.naryn, world.naryn.waiting
    registrar, nurse = sign_in(world.staff["registrar"]), sign_in(world.staff["vaccinator"])
    attempts: list[tuple[FlaskClient, str, dict[str, Any]]] = [
        (registrar, f"/pilgrims/{pilgrim.id}/visit", visit_form(place, world.staff["vaccinator"])),
        (nurse, f"/pilgrims/{place.pilgrim.id}/correct", pilgrim_form(place.pilgrim, surname="Башка", reason="so")),
        (nurse, f"/pilgrims/{place.pilgrim.id}/doses/{place.dose.id}/withdraw", {"reason": "so"}),
        (nurse, f"/pilgrims/{place.pilgrim.id}/certificates/{place.certificate.id}/revoke", {"reason": "so"}),
        (nurse, f"/stock/lots/{place.lot.id}/hold", {"kind": "recall", "reason": "so"}),
        (nurse, f"/staff/{world.bystander.id}/disable", {}),
    ]
    assert [browser.post(path, data=data).status_code for browser, path, data in attempts] == [403] * len(attempts)
    assert doses_of(session, pilgrim) == []
    assert session.exec(select(CertificateRevocation)).all() == []
    refused = session.exec(select(AuditEvent).where(AuditEvent.action == Action.REFUSED_ENTRY)).all()
    assert len(refused) == len(attempts)


def test_two_values_for_one_field_are_read_as_the_first(session: Session, sign_in: SignIn, world: World) -> None:
    nurse, pilgrim = world.staff["vaccinator"], world.naryn.waiting
    data = visit_form(world.naryn, nurse)
    doubled = {**data, "given_by": [str(nurse.id), str(world.staff["auditor"].id)], "point": [world.naryn.point, OSH]}
    assert sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=doubled).status_code == 302
    assert {(d.given_by_id, d.point_code) for d in doses_of(session, pilgrim)} == {(nurse.id, world.naryn.point)}


@pytest.mark.parametrize("change", ["assignment ended", "permission taken", "account disabled", "sessions ended"])
def test_what_is_taken_from_a_person_is_gone_at_the_next_request(
    app: Flask, session: Session, sign_in: SignIn, world: World, change: str
) -> None:
    nurse, path = world.staff["vaccinator"], f"/pilgrims/{world.naryn.pilgrim.id}/visit"
    browser = sign_in(nurse)
    assert browser.get(path).status_code == 200
    assert take(change, session, sign_in, nurse, world) == browser.get(path).status_code
    assert browser.post(path).status_code != 200


def take(change: str, session: Session, sign_in: SignIn, nurse: Staff, world: World) -> int:
    """Take something away; returns what the next request must be answered with."""
    administrator = sign_in(world.staff["administrator"])
    match change:
        case "assignment ended":
            assignment = session.exec(select(Assignment).where(Assignment.staff_id == nurse.id)).one()
            assignment.until_on = TODAY.replace(day=TODAY.day - 1)
        case "permission taken":
            role = session.get_one(Role, "vaccinator")
            role.permissions = ["find_pilgrims"]
        case "account disabled":
            administrator.post(f"/staff/{nurse.id}/disable")
        case _:
            administrator.post(f"/staff/{nurse.id}/end-sessions")
    session.commit()
    return 403 if change in {"assignment ended", "permission taken"} else 302
