"""The search page and the registration form."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.model import new_id
from registry.pilgrims.models import AccessGrant, Pilgrim
from registry.staff.models import Staff
from tests.conftest import SignIn
from tests.factories import make_pilgrim

FORM: dict[str, Any] = {
    "latin_surname": "usonov",
    "latin_given_name": "bakyt",
    "surname": "Үсөнов",
    "given_name": "Бакыт",
    "patronymic": "",
    "nationality": "KGZ",
    "birth_on": ["2", "1", "1960"],
    "sex": "male",
    "pin": "",
    "passport_number": "PE0077001",
    "phone": "0555 000 123",
    "region_code": "KG-N",
    "arrival_on": ["", "", ""],
    "group_name": "",
}


@pytest.fixture
def browser(nurse: Staff, sign_in: SignIn) -> FlaskClient:
    return sign_in(nurse)


def events(session: Session, action: Action) -> list[AuditEvent]:
    session.rollback()
    return list(session.exec(select(AuditEvent).where(AuditEvent.action == action)))


def test_the_page_opens_with_one_box_ready_for_the_scanner(browser: FlaskClient) -> None:
    page = browser.get("/pilgrims").text
    box = re.search(r'<input[^>]*name="text"[^>]*>', page)
    assert box
    assert "data-scan" in box[0]
    assert "autofocus" in box[0]
    assert "placeholder" not in box[0]
    assert "Register a new pilgrim" not in page


def test_a_search_shows_both_names_and_only_the_end_of_the_passport(browser: FlaskClient, session: Session) -> None:
    pilgrim = make_pilgrim(session, birth_on="1960-01-02", pin="10201196000001", passport_number="PE0077123")
    session.commit()
    page = browser.post("/pilgrims", data={"text": "асанбек"}).text
    assert "ASANBEKOVA AIGUL" in page
    assert "Асанбекова Айгүл" in page
    assert "02.01.1960" in page
    assert "123" in page
    assert "PE0077" not in page
    assert "0001" not in re.sub(r"[0-9a-f-]{36}", "", page)
    assert f"/pilgrims/{pilgrim.id}" in page


def test_a_search_is_audited_without_its_text(browser: FlaskClient, session: Session) -> None:
    make_pilgrim(session)
    session.commit()
    browser.post("/pilgrims", data={"text": "асанбекова"})
    event = events(session, Action.SEARCHED)[0]
    assert event.detail == {"found": 1, "more": False}
    assert event.subject is None


def test_a_full_passport_number_of_another_region_is_audited_and_opens_the_record(
    browser: FlaskClient, session: Session, nurse: Staff
) -> None:
    pilgrim = make_pilgrim(session, region="KG-O", passport_number="PE0077124")
    session.commit()
    assert browser.get(f"/pilgrims/{pilgrim.id}").status_code == 404
    assert "ASANBEKOVA" not in browser.post("/pilgrims", data={"text": "асанбекова"}).text
    assert "ASANBEKOVA" in browser.post("/pilgrims", data={"text": "pe0077124"}).text
    (event,) = events(session, Action.SEARCHED_BY_IDENTIFIER)
    assert (event.pilgrim_id, event.by_id) == (pilgrim.id, nurse.id)
    assert session.get(AccessGrant, (nurse.id, pilgrim.id))
    assert browser.get(f"/pilgrims/{pilgrim.id}").status_code == 200


def test_sight_is_granted_only_where_it_is_needed(browser: FlaskClient, session: Session, nurse: Staff) -> None:
    pilgrim = make_pilgrim(session, passport_number="PE0077124")
    session.commit()
    browser.post("/pilgrims", data={"text": "PE0077124"})
    assert events(session, Action.SEARCHED_BY_IDENTIFIER)
    assert session.get(AccessGrant, (nurse.id, pilgrim.id)) is None


def test_who_was_not_found_can_be_registered_with_the_number_already_written(browser: FlaskClient) -> None:
    page = browser.post("/pilgrims", data={"text": "ре0077001"}).text
    assert "Nobody was found" in page
    assert "Register a new pilgrim" in page
    form = browser.post("/pilgrims/new/from-search", data={"text": "ре0077001"}).text
    assert 'value="PE0077001"' in form
    assert re.search(r'<option value="KG-N" selected', form)


def test_a_doctor_finds_but_does_not_register(doctor: Staff, sign_in: SignIn) -> None:
    browser = sign_in(doctor)
    assert "Register a new pilgrim" not in browser.post("/pilgrims", data={"text": "Асан"}).text
    assert browser.post("/pilgrims/new", data=FORM).status_code == 403


def test_the_ministry_never_sees_a_pilgrim(ministry: Staff, sign_in: SignIn) -> None:
    assert sign_in(ministry).post("/pilgrims", data={"text": "Асан"}).status_code == 403


def test_registering_leads_to_the_new_record(browser: FlaskClient, session: Session) -> None:
    answer = browser.post("/pilgrims/new", data=FORM)
    session.rollback()
    pilgrim = session.exec(select(Pilgrim)).one()
    assert answer.status_code == 302
    assert answer.location == f"/pilgrims/{pilgrim.id}"
    assert (pilgrim.latin_surname, pilgrim.phone) == ("USONOV", "+996555000123")


def test_a_pilgrim_registered_for_another_region_can_be_opened_by_who_registered_them(browser: FlaskClient) -> None:
    answer = browser.post("/pilgrims/new", data={**FORM, "region_code": "KG-O"})
    assert browser.get(answer.location).status_code == 200


def test_the_form_sent_twice_makes_one_pilgrim(browser: FlaskClient, session: Session) -> None:
    form = {**FORM, "idempotency_key": str(new_id())}
    first, second = browser.post("/pilgrims/new", data=form), browser.post("/pilgrims/new", data=form)
    session.rollback()
    assert first.location == second.location
    assert len(session.exec(select(Pilgrim)).all()) == 1


def test_every_fault_stands_beside_its_field_at_once(browser: FlaskClient, session: Session) -> None:
    wrong = {"birth_on": ["31", "2", "1960"], "sex": "", "passport_number": "1", "region_code": "KG-X", "surname": ""}
    page = browser.post("/pilgrims/new", data={**FORM, **wrong}).text
    for field in ("birth_on", "sex", "passport_number", "region_code", "surname"):
        assert f'id="{field}-error"' in page, field
    assert 'value="usonov"' in page
    session.rollback()
    assert not session.exec(select(Pilgrim)).all()


def test_a_likely_duplicate_stands_beside_what_was_typed_until_somebody_says_no(
    browser: FlaskClient, session: Session
) -> None:
    here = make_pilgrim(session, surname="Үсөнов", latin_surname="USONOV", given_name="Бакыт", latin_given_name="BAKYT",
                        birth_on="1960-01-02", passport_number="AC0000111", sex="male")  # fmt: skip
    session.commit()
    page = browser.post("/pilgrims/new", data=FORM).text
    assert "Is it one of these people?" in page
    assert f"/pilgrims/{here.id}" in page
    assert "AC0000111" not in page
    assert 'value=".LikelyDuplicate"' in page
    answer = browser.post("/pilgrims/new", data={**FORM, "confirmed": ".LikelyDuplicate"})
    assert answer.status_code == 302


def test_a_likely_duplicate_of_another_region_is_not_a_link(browser: FlaskClient, session: Session) -> None:
    other = make_pilgrim(session, region="KG-O", passport_number="PE0077001")
    session.commit()
    page = browser.post("/pilgrims/new", data=FORM).text
    assert "Of another region" in page
    assert str(other.id) not in page
    assert 'id="passport_number-error"' in page


@pytest.mark.parametrize("typed", [["", "", "1954"], ["", "6", "1954"], ["11", "6", "1954"]])
def test_a_name_and_a_year_tell_nothing_more_of_a_person_of_another_region(
    browser: FlaskClient, session: Session, typed: list[str]
) -> None:
    """The page gave the exact birth date, the father's name and the end of the passport to who typed a year."""
    names: dict[str, Any] = {
        "surname": "Үсөнов",
        "latin_surname": "USONOV",
        "given_name": "Бакыт",
        "latin_given_name": "BAKYT",
    }
    told: dict[str, Any] = {"patronymic": "Токтогулович", "birth_on": "1954-06-11", "passport_number": "PE0077351"}
    make_pilgrim(session, region="KG-O", sex="male", **names, **told)
    session.commit()
    page = browser.post("/pilgrims/new", data={**FORM, "patronymic": "", "birth_on": typed}).text
    assert "Is it one of these people?" in page
    row = page.split("Of another region")[0].rsplit("<tr", 1)[1] + page.split("Of another region")[1].split("</tr>")[0]
    assert "USONOV BAKYT" in row
    assert "1954" in row
    for hidden in ("Токтогулович", "351", "JUN", "11"):
        assert hidden not in re.sub(r"<[^>]*>", " ", row), hidden


def test_the_language_switch_after_a_search_leads_back_to_a_form(browser: FlaskClient) -> None:
    assert browser.get("/pilgrims/new/from-search").location == "/pilgrims/new"
