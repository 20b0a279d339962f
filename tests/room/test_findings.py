"""What the doctor found stands where the needle is, and in the record (room F1)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.examinations.models import Outcome
from registry.examinations.queries import list_questions
from registry.pilgrims.models import Sex
from registry.staff.models import Staff
from tests.factories import TODAY, make_examination, make_flu_lot, make_lot, make_pilgrim, make_staff

SignIn = Callable[[Staff], FlaskClient]
MEASURED: dict[str, Any] = {
    "temperature_c": Decimal("37.2"),
    "systolic": 220,
    "diastolic": 130,
    "pulse": 118,
    "spo2": 60,
    "weight_kg": Decimal("71.5"),
}
FOUND = [
    *(question.finding["en"] for question in list_questions()),
    *("37.2", "220", "130", "118", "60", "71.5"),
    "Renal failure requiring dialysis",
    "Had an anaphylaxis in 2011.",
]


@pytest.mark.parametrize(
    ("role", "page"),
    [("vaccinator", "/visit"), ("vaccinator", ""), ("doctor", ""), ("lead", ""), ("lead", "/visit")],
)
def test_room_f1_all_that_the_doctor_entered_is_shown(session: Session, sign_in: SignIn, role: str, page: str) -> None:
    man = make_pilgrim(session, sex=Sex.MALE, birth_on=date(1949, 3, 1))
    answers = {question.code: True for question in list_questions()}
    note = "Had an anaphylaxis in 2011."
    make_examination(session, man, answers=answers, conditions={"DIALYSIS": True}, note=note, **MEASURED)
    staff = make_staff(session, role, point="VP-NRN")
    shown = unescape(sign_in(staff).get(f"/pilgrims/{man.id}{page}").text)
    assert [finding for finding in FOUND if finding not in shown] == []
    assert shown.count("Unusual") == 4


@pytest.mark.parametrize(
    ("changes", "shown", "hidden"),
    [
        pytest.param({"answers": {"allergy": True}}, ["Allergy to a medicine"], ["No answer"], id="a row of old"),
        pytest.param({"answers": {"immune": None}}, ["No answer", "HIV"], ["answered with No"], id="not told"),
        pytest.param({"answers": {"allergy": False}}, ["Every question was answered with No"], ["HIV"], id="all No"),
        pytest.param({"answers": {"of_2031": True}}, ["of_2031"], [], id="a question that is not in the data"),
        pytest.param({"conditions": {"OF_2031": True}}, ["OF_2031"], [], id="a condition that is not in the data"),
        pytest.param({"answers": {"fainting": True}}, ["Vaccinate lying down"], [], id="what a Yes means"),
        pytest.param({"spo2": 0, "pulse": 0}, ["Oxygen saturation", "Unusual"], [], id="a figure of nought"),
        pytest.param({"note": "<b>bold</b>"}, ["&lt;b&gt;bold"], ["<b>bold"], id="a note is text"),
        pytest.param(
            {"outcome": Outcome.UNFIT, "answers": {"reaction": True}}, ["Serious reaction"], [], id="a blocked visit"
        ),
    ],
)
def test_room_f1_the_visit_page_tells_what_was_found(
    *, session: Session, sign_in: SignIn, nurse: Staff, changes: dict[str, Any], shown: list[str], hidden: list[str]
) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, **changes)
    make_lot(session), make_flu_lot(session)
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/visit").text
    assert [words for words in shown if words not in page] == []
    assert [words for words in hidden if words in page] == []
    assert page.index("Examined on") < page.index("menacwy-not_given")


def test_who_only_registers_sees_the_outcome_but_no_diagnosis(session: Session, sign_in: SignIn) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, answers={"immune": True}, note="Under treatment.", contraindicated=["MENACWY"])
    registrar = make_staff(session, "registrar", point="VP-NRN")
    page = sign_in(registrar).get(f"/pilgrims/{pilgrim.id}").text
    assert "Fit: may be vaccinated" in page
    assert "Contraindicated" in page
    assert [words for words in ("HIV", "Under treatment", "36.6") if words in page] == []


def test_the_record_shows_what_each_examination_found(session: Session, sign_in: SignIn, nurse: Staff) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, on=date(2025, 12, 24), answers={"bleeding": True}, note="First look.")
    make_examination(session, pilgrim, on=TODAY, answers={"bleeding": False}, note="Second look.")
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}").text
    assert page.index("Second look.") < page.index("First look.")
    assert page.count("Anticoagulants") == 1
