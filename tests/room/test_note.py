"""The paper of a pilgrim who may not have a vaccine (room F6)."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.sheet.note import note_words
from registry.examinations.models import Outcome
from registry.staff.models import Staff
from tests.factories import NOW, TODAY, make_dose, make_examination, make_pilgrim, make_staff

SignIn = Callable[[Staff], FlaskClient]
YESTERDAY, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
MENACWY: dict[str, Any] = {"contraindicated": ["MENACWY"]}


def read_pdf(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 1
    return str(document[0].get_textpage().get_text_range())


@pytest.mark.parametrize("role", ["doctor", "vaccinator", "registrar", "lead"])
def test_room_f6_the_doctors_note_says_who_what_since_when_and_by_whom(
    session: Session, sign_in: SignIn, doctor: Staff, role: str
) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, on=BEFORE)
    first = make_examination(session, pilgrim, on=YESTERDAY, **MENACWY)
    first.examined_by_id = doctor.id
    make_examination(session, pilgrim, on=TODAY, contraindicated=["INFLUENZA", "MENACWY"])
    make_dose(session, pilgrim, antigen="INFLUENZA", examination=first)
    session.commit()
    staff = make_staff(session, role, point="VP-NRN")
    browser = sign_in(staff)
    assert f"/pilgrims/{pilgrim.id}/doctors-note.pdf" in browser.get(f"/pilgrims/{pilgrim.id}").text
    answer = browser.get(f"/pilgrims/{pilgrim.id}/doctors-note.pdf")
    session.rollback()
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    said = read_pdf(answer.data)
    assert [
        words
        for words in ("ASANBEKOVA AIGUL", pilgrim.passport_number, "Meningococcal ACWY", "24 DEC 2025", "M. OKUUBAEVA")
        if words not in said
    ] == []
    assert "Дарыгер Окуубаев" in said
    assert all(note_words()["is_not"][language] in said for language in ("ky", "ru", "en"))
    assert "TRAINING, NOT VALID" in said
    assert [words for words in ("influenza", "HC1:", "/v/", "Entry") if words in said] == []
    printed = session.exec(select(AuditEvent).where(AuditEvent.action == Action.NOTE_PRINTED)).one()
    assert (printed.by_id, printed.pilgrim_id, printed.detail) == (staff.id, pilgrim.id, {})


@pytest.mark.parametrize(
    ("given", "dosed"),
    [
        pytest.param(None, False, id="never examined"),
        pytest.param({}, False, id="nothing is contraindicated"),
        pytest.param(MENACWY, True, id="a dose counts"),
        pytest.param({**MENACWY, "outcome": Outcome.UNFIT}, False, id="does not travel"),
        pytest.param({"contraindicated": ["COVID19"]}, False, id="a vaccine that nobody asks for"),
    ],
)
def test_room_f6_without_a_contraindication_there_is_no_note(
    session: Session, sign_in: SignIn, nurse: Staff, given: dict[str, Any] | None, *, dosed: bool
) -> None:
    pilgrim = make_pilgrim(session)
    if given is not None:
        examination = make_examination(session, pilgrim, **given)
        if dosed:
            make_dose(session, pilgrim, examination=examination)
    session.commit()
    browser = sign_in(nurse)
    assert "doctors-note" not in browser.get(f"/pilgrims/{pilgrim.id}").text
    page = browser.get(f"/pilgrims/{pilgrim.id}/doctors-note.pdf", follow_redirects=True)
    session.rollback()
    assert "there is no note to print" in unescape(page.text)
    assert not session.exec(select(AuditEvent).where(AuditEvent.action == Action.NOTE_PRINTED)).all()


def test_room_f6_a_later_examination_takes_the_contraindication_back(
    session: Session, sign_in: SignIn, nurse: Staff
) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, on=YESTERDAY, **MENACWY)
    make_examination(session, pilgrim, on=TODAY, at=NOW + timedelta(hours=1))
    session.commit()
    assert "doctors-note" not in sign_in(nurse).get(f"/pilgrims/{pilgrim.id}").text


def test_the_notes_words_stand_in_four_languages_and_one_script_each() -> None:
    for name, words in note_words().items():
        assert set(words) == {"ky", "ru", "en", "ar"}, name
        assert not any(letter.isascii() and letter.isalpha() for letter in words["ar"]), name
