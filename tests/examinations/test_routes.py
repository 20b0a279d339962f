"""The doctor's page."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.examinations.models import Examination, Outcome
from registry.examinations.queries import list_questions
from registry.pilgrims.models import Pilgrim, Sex
from registry.staff.models import Staff
from tests.factories import TODAY, make_examination, make_pilgrim

SignIn = Callable[[Staff], FlaskClient]


@pytest.fixture
def pilgrim(session: Session) -> Pilgrim:
    return make_pilgrim(session)


def page_data(**changes: Any) -> dict[str, Any]:
    answers = {f"answer_{question.code}": "no" for question in list_questions()}
    return {
        **answers,
        "point": "VP-NRN",
        "examined_on": [str(TODAY.day), str(TODAY.month), str(TODAY.year)],
        "consent": "y",
        "conditions": ["none"],
        "temperature_c": "36,6",
        "systolic": "140",
        "outcome": "fit",
        **changes,
    }


def test_no_answer_is_chosen_before_it_is_asked(sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim) -> None:
    page = sign_in(doctor).get(f"/pilgrims/{pilgrim.id}/examine")
    assert page.status_code == 200
    assert page.text.count('type="radio"') == 11 * 3 + 4
    assert "checked" not in page.text.replace("unchecked", "")


def test_every_question_is_asked_in_words(session: Session, sign_in: SignIn, doctor: Staff) -> None:
    pilgrim = make_pilgrim(session, birth_on=date(1990, 5, 1))
    page = unescape(sign_in(doctor).get(f"/pilgrims/{pilgrim.id}/examine").text)
    assert [question.code for question in list_questions() if question.words["en"] not in page] == []


def test_a_complete_page_is_recorded(session: Session, sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim) -> None:
    data = page_data(answer_allergy="yes", contraindicated=["INFLUENZA"])
    answer = sign_in(doctor).post(f"/pilgrims/{pilgrim.id}/examine", data=data)
    session.rollback()
    assert answer.location == f"/pilgrims/{pilgrim.id}"
    recorded = session.exec(select(Examination)).one()
    assert (recorded.outcome, str(recorded.temperature_c), recorded.systolic) == (Outcome.FIT, "36.6", 140)
    assert recorded.answers["allergy"]
    assert not recorded.conditions["DIALYSIS"]
    assert recorded.contraindicated == ["INFLUENZA"]
    assert recorded.examined_by_id == doctor.id


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"answer_allergy": ""}, "Ask question 2 and mark the answer."),
        ({"conditions": []}, "Tick what was found, or None of these."),
        ({"conditions": ["none", "DIALYSIS"]}, "None of these is ticked together with a condition."),
        ({"consent": ""}, "informed consent is not recorded"),
        ({"outcome": ""}, "Choose the outcome."),
        ({"outcome": "deferred"}, "Write the day on which the pilgrim should come back."),
        ({"temperature_c": "366"}, "Write a number from 30 to 45"),
        ({"temperature_c": "38.2"}, "The temperature is 38.2 °C"),
        ({"systolic": "220"}, "Blood pressure, upper: 220 lies outside 91 to 179"),
        ({"diastolic": "150"}, "The lower blood pressure must be below the upper one, 140."),
        ({"spo2": "60"}, "Oxygen saturation: 60 lies outside 92 to 100"),
        ({"answer_allergy": "yes"}, "Yes is marked: Allergy to a medicine, food, a vaccine component or latex."),
        ({"answer_reaction": "unsaid"}, "There is no answer: Serious reaction after an earlier vaccine."),
        ({"examined_on": ["31", "2", "2025"]}, "Write a real date"),
        ({"point": "VP-BSK"}, "Choose your point."),
    ],
)
def test_an_incomplete_page_is_refused_in_a_sentence(
    *, session: Session, sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim, changes: dict[str, Any], sentence: str
) -> None:
    page = sign_in(doctor).post(f"/pilgrims/{pilgrim.id}/examine", data=page_data(**changes))
    session.rollback()
    assert page.status_code == 200
    assert sentence in page.text
    assert not session.exec(select(Examination)).all()


def test_room_f1_a_man_is_not_asked_about_pregnancy(session: Session, sign_in: SignIn, doctor: Staff) -> None:
    man = make_pilgrim(session, sex=Sex.MALE, birth_on=date(1949, 3, 1))
    browser = sign_in(doctor)
    page = browser.get(f"/pilgrims/{man.id}/examine").text
    assert "regnan" not in page
    data = page_data(answer_pregnant="yes", conditions=["PREGNANCY"])
    del data["answer_pregnant"]
    assert browser.post(f"/pilgrims/{man.id}/examine", data={**data, "conditions": ["none"]}).status_code == 302
    session.rollback()
    recorded = session.exec(select(Examination)).one()
    assert "pregnant" not in recorded.answers
    assert "PREGNANCY" not in recorded.conditions


def test_room_f34_a_question_without_an_answer_is_stored_as_such(
    session: Session, sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim
) -> None:
    data = page_data(answer_immune="unsaid", answer_chronic="yes")
    assert sign_in(doctor).post(f"/pilgrims/{pilgrim.id}/examine", data=data).status_code == 302
    session.rollback()
    answers = session.exec(select(Examination)).one().answers
    assert (answers["immune"], answers["chronic"], answers["allergy"]) == (None, True, False)


def test_room_f1_doubts_of_an_examination_are_passed_by_ticking_each(
    session: Session, sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim
) -> None:
    data = page_data(answer_allergy="yes", answer_reaction="yes", spo2="60")
    browser = sign_in(doctor)
    asked = set(
        re.findall(r'value="([\w.]+\.Fit\w+)"', browser.post(f"/pilgrims/{pilgrim.id}/examine", data=data).text)
    )
    assert asked == {"spo2.FitWithVitalSign", "answer_allergy.FitDespiteYes", "answer_reaction.FitDespiteYes"}
    part = browser.post(f"/pilgrims/{pilgrim.id}/examine", data={**data, "confirmed": ["spo2.FitWithVitalSign"]})
    assert part.status_code == 200
    assert browser.post(f"/pilgrims/{pilgrim.id}/examine", data={**data, "confirmed": list(asked)}).status_code == 302


@pytest.mark.parametrize(
    ("earlier_on", "marked", "asks"),
    [
        pytest.param(TODAY, [], True, id="left out on the same day"),
        pytest.param(date(2025, 12, 24), [], True, id="left out a day later"),
        pytest.param(date(2025, 12, 24), ["INFLUENZA"], True, id="another one marked"),
        pytest.param(date(2025, 12, 24), ["MENACWY"], False, id="marked again"),
    ],
)
def test_room_f6_a_contraindication_is_not_lost_by_oversight(
    *,
    session: Session,
    sign_in: SignIn,
    doctor: Staff,
    pilgrim: Pilgrim,
    earlier_on: date,
    marked: list[str],
    asks: bool,
) -> None:
    make_examination(session, pilgrim, on=earlier_on, contraindicated=["MENACWY"], note="Anaphylaxis in 2011.")
    session.commit()
    browser, url = sign_in(doctor), f"/pilgrims/{pilgrim.id}/examine"
    assert "Anaphylaxis in 2011." in browser.get(url).text
    answer = browser.post(url, data=page_data(contraindicated=marked))
    assert (answer.status_code == 200) == asks
    if asks:
        assert "marked a vaccine as contraindicated: Meningococcal ACWY. This one does not." in answer.text
        code = "contraindicated-menacwy.NoLongerContraindicated"
        assert browser.post(url, data=page_data(contraindicated=marked, confirmed=[code])).status_code == 302


def test_room_f6_an_examination_of_an_older_day_takes_no_contraindication_back(
    session: Session, sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim, contraindicated=["MENACWY"])
    session.commit()
    older = page_data(examined_on=["24", "12", "2025"])
    assert sign_in(doctor).post(f"/pilgrims/{pilgrim.id}/examine", data=older).status_code == 302


def test_a_nurse_does_not_examine(sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim) -> None:
    assert sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/examine", data=page_data()).status_code == 403


def test_a_doctor_of_another_region_finds_nobody(session: Session, sign_in: SignIn, doctor: Staff) -> None:
    elsewhere = make_pilgrim(session, region="KG-GB")
    assert sign_in(doctor).get(f"/pilgrims/{elsewhere.id}/examine").status_code == 404
