"""The pages on which a recorded fact is set right."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.certificates.keys import Issuer
from registry.pilgrims.models import BirthPrecision, Correction, Pilgrim, Sex
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccinations.queries import list_live_doses
from tests.corrections.pages import open_and_send
from tests.factories import make_pilgrim, make_staff
from tests.room.test_services import Room

SignIn = Callable[[Staff], FlaskClient]


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    room = Room(session, issuer, nurse)
    room.record()
    return room


def details(pilgrim: Pilgrim, **changes: Any) -> dict[str, Any]:
    born = pilgrim.birth_on
    return {
        **pilgrim.model_dump(include={"latin_surname", "latin_given_name", "surname", "given_name", "patronymic"}),
        **pilgrim.model_dump(include={"nationality", "passport_number"}),
        "sex": pilgrim.sex.value,
        "birth_on": [str(born.day), str(born.month), str(born.year)],
        "region_code": "KG-N",
        "arrival_on": ["11", "5", "2026"],
        "reason": "The passport says otherwise",
        **changes,
    }


def a_dose(room: Room) -> Dose:
    return list_live_doses(room.session, room.pilgrim.id)[0]


def test_the_form_opens_with_what_is_recorded(sign_in: SignIn, naryn_lead: Staff, room: Room) -> None:
    page = sign_in(naryn_lead).get(f"/pilgrims/{room.pilgrim.id}/correct").text
    assert 'value="ASANBEKOVA"' in page
    assert f'value="{room.pilgrim.birth_on.year}"' in page


def test_of_a_birth_year_alone_no_day_is_invented(session: Session, sign_in: SignIn, naryn_lead: Staff) -> None:
    pilgrim = make_pilgrim(session, birth_precision=BirthPrecision.YEAR)
    page = sign_in(naryn_lead).get(f"/pilgrims/{pilgrim.id}/correct").text
    day_box = page.split('id="birth_on-day"')[1].split(">")[0]
    assert 'value="1"' not in day_box


def test_a_corrected_name_is_shown_with_the_old_one(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    data = details(room.pilgrim, latin_given_name="AIGULIA")
    page = open_and_send(sign_in(naryn_lead), f"/pilgrims/{room.pilgrim.id}/correct", data, follow_redirects=True)
    session.rollback()
    assert session.exec(select(Correction)).one().changes[0]["new"] == "AIGULIA"
    assert "<s><bdi>AIGUL</bdi></s> → <bdi>AIGULIA</bdi>" in page.text
    assert "Replaced" in page.text


def test_without_a_reason_nothing_is_corrected(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    data = details(room.pilgrim, latin_given_name="AIGULIA", reason=" ")
    page = open_and_send(sign_in(naryn_lead), f"/pilgrims/{room.pilgrim.id}/correct", data)
    session.rollback()
    assert "Write why the record is changed." in page.text
    assert not session.exec(select(Correction)).all()


def test_a_dose_is_corrected_to_the_arm_it_was_given_in(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    dose = a_dose(room)
    day = dose.given_on
    data = {
        "given_on": [str(day.day), str(day.month), str(day.year)],
        "lot": str(dose.lot_id),
        "route": dose.route.value,
        "site": "left_thigh",
        "reason": "Written into the wrong row",
    }
    browser = sign_in(naryn_lead)
    url = f"/pilgrims/{room.pilgrim.id}/doses/{dose.id}/correct"
    assert browser.get(url).status_code == 200
    assert browser.post(url, data=data).status_code == 302
    page = browser.get(f"/pilgrims/{room.pilgrim.id}").text
    assert "Written into the wrong row" in page
    assert "Left thigh" in page


def test_a_withdrawn_dose_is_struck_through_with_its_reason(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    browser, dose = sign_in(naryn_lead), a_dose(room)
    url = f"/pilgrims/{room.pilgrim.id}/doses/{dose.id}/withdraw"
    assert browser.get(url).status_code == 200
    page = browser.post(url, data={"reason": "Another pilgrim was vaccinated"}, follow_redirects=True).text
    assert "Entered in error" in page
    assert "Another pilgrim was vaccinated" in page
    assert "Revoked" in page


@pytest.mark.parametrize("path", ["/correct", "/doses/{dose}/correct", "/doses/{dose}/withdraw"])
def test_a_nurse_corrects_nothing_and_a_lead_of_another_point_finds_nobody(
    sign_in: SignIn, nurse: Staff, room: Room, path: str
) -> None:
    url = f"/pilgrims/{room.pilgrim.id}{path.format(dose=a_dose(room).id)}"
    elsewhere = make_staff(room.session, "lead", point="VP-BSK")
    assert sign_in(nurse).post(url).status_code == 403
    assert sign_in(elsewhere).get(url).status_code == 404


def test_a_corrected_dose_is_offered_only_places_and_ways_that_fit_its_vaccine(
    sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    page = sign_in(naryn_lead).get(f"/pilgrims/{room.pilgrim.id}/doses/{a_dose(room).id}/correct").text
    assert 'value="left_upper_arm"' in page
    assert 'value="intramuscular"' in page
    assert "intranasal" not in page


PIN = "20101196000017"


@pytest.fixture
def known(session: Session) -> Pilgrim:
    """A pilgrim whose PIN is recorded."""
    pilgrim = make_pilgrim(session, pin=PIN, birth_on=date(1960, 1, 1), sex=Sex.MALE)
    session.commit()
    return pilgrim


@pytest.fixture
def lead_browser(sign_in: SignIn, naryn_lead: Staff) -> FlaskClient:
    return sign_in(naryn_lead)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, PIN),
        ({"pin": "20101196000025"}, "20101196000025"),
        ({"pin_removed": "y"}, None),
        ({"pin": "20101196000025", "pin_removed": "y"}, PIN),
    ],
    ids=["left alone", "typed anew", "removed", "both are refused"],
)
def test_m12_the_correction_form_masks_the_pin_and_changes_it_only_when_told(
    session: Session, lead_browser: FlaskClient, known: Pilgrim, sent: dict[str, str], kept: str | None
) -> None:
    browser, path = lead_browser, f"/pilgrims/{known.id}/correct"
    page = browser.get(path).text
    assert PIN not in page
    assert "0017" in page
    answer = open_and_send(browser, path, details(known, phone="+996555000123", **sent))
    assert PIN not in answer.text
    assert PIN not in browser.get(f"/pilgrims/{known.id}").text
    session.rollback()
    session.refresh(known)
    assert known.pin == kept


def test_b2_the_page_says_what_to_do_about_another_person(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    changed = {"passport_number": "PE7654321", "sex": "male"}
    page = open_and_send(sign_in(naryn_lead), f"/pilgrims/{room.pilgrim.id}/correct", details(room.pilgrim, **changed))
    assert page.status_code == 200
    assert "Register that person as a new pilgrim" in page.text
    session.rollback()
    assert not session.exec(select(Correction)).all()


def test_b2_two_slips_are_ticked_on_the_same_form(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    browser, path = sign_in(naryn_lead), f"/pilgrims/{room.pilgrim.id}/correct"
    changed = details(room.pilgrim, passport_number=room.pilgrim.passport_number + "1", latin_given_name="AIGYL")
    page = open_and_send(browser, path, changed).text
    doubts = ["latin_surname.NameSlip", "passport_number.PassportSlip"]
    assert all(f'value="{doubt}"' in page for doubt in doubts)
    assert open_and_send(browser, path, {**changed, "confirmed": doubts}).status_code == 302
    session.rollback()
    assert session.exec(select(Correction)).one()
