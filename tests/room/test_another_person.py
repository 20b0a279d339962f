"""An examination speaks of the person whom the record named when it was made (security B2, room F6)."""

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.corrections import services as corrections
from registry.errors import Refusals
from registry.examinations.models import Outcome
from registry.model import new_id
from registry.pilgrims.intake import LikelyDuplicate
from registry.pilgrims.models import Pilgrim, PilgrimDetails, Sex
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Staff
from registry.vaccinations.models import NotGivenReason
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import record_not_given
from registry.vaccines.models import Site
from tests.corrections.test_identity_rules import MARRIED, NEW_PASSPORT, RENAMED
from tests.corrections.test_services import details_of, dose_of, options
from tests.factories import (
    NOW,
    TODAY,
    make_examination,
    make_flu_lot,
    make_lot,
    make_occasion,
    make_pilgrim,
    the_campaign,
)
from tests.room.test_note import read_pdf
from tests.room.test_positions import main_button
from tests.room.test_services import Room

SignIn = Callable[[Staff], FlaskClient]
BOTH: dict[str, Any] = {"contraindicated": ["MENACWY", "INFLUENZA"]}
ANOTHER: dict[str, Any] = {**RENAMED, **NEW_PASSPORT, "birth_on": date(1971, 8, 2), "sex": Sex.MALE}
AGAIN = "Let the doctor examine the pilgrim again."
ONE_HOUR, MORNING = timedelta(hours=1), NOW - timedelta(hours=3)


def correct(session: Session, pilgrim: Pilgrim, issuer: Issuer, *, after: float, **changes: Any) -> None:
    confirmed = changes.pop("confirmed", ())
    details = PilgrimDetails.model_validate({**pilgrim.model_dump(), **changes})
    corrections.correct_pilgrim(
        session,
        pilgrim,
        details,
        RegistrationDetails(region_code="KG-N", arrival_on=date(2026, 5, 11)),
        id=new_id(),
        campaign=the_campaign(session),
        issuer=issuer,
        reason="As in the passport",
        by=new_id(),
        at=MORNING + timedelta(hours=after),
        confirmed=confirmed,
    )


def leave_out(session: Session, pilgrim: Pilgrim, reason: NotGivenReason) -> None:
    for antigen in ("MENACWY", "INFLUENZA"):
        occasion = make_occasion(session, at=MORNING)
        record_not_given(session, pilgrim, occasion, antigen_code=antigen, reason=reason, id=new_id())


STATES: dict[str, tuple[dict[str, Any], NotGivenReason | None]] = {
    "both contraindicated": (BOTH, None),
    "one contraindicated": ({"contraindicated": ["MENACWY"]}, None),
    "fit": ({}, None),
    "unfit": ({"outcome": Outcome.UNFIT}, None),
    "put off": ({"outcome": Outcome.DEFERRED, "deferred_until": TODAY + timedelta(days=3)}, None),
    "contraindicated and noted": (BOTH, NotGivenReason.CONTRAINDICATED),
    "refused": ({}, NotGivenReason.REFUSED),
    "said to count": ({}, NotGivenReason.ALREADY_VALID),
    "travels no more": ({}, NotGivenReason.WITHDREW),
}


def test_b2_no_page_says_of_one_person_what_a_doctor_found_in_another(
    session: Session, sign_in: SignIn, issuer: Issuer, nurse: Staff, doctor: Staff
) -> None:
    """The finding: a man registered, both vaccines contraindicated, another person written over him, a note printed.

    And its minor 9a: "may be vaccinated today", a button and a whole form for a dose that is refused when it is sent.
    """
    make_lot(session), make_flu_lot(session)
    pilgrims, alike = dict[str, Pilgrim](), {LikelyDuplicate().code}
    for state, (found, left_out) in STATES.items():
        pilgrims[state] = make_pilgrim(session)
        make_examination(session, pilgrims[state], at=MORNING, **found)
        if left_out:
            leave_out(session, pilgrims[state], left_out)
        passport = f"PE76543{len(pilgrims):02}"
        correct(session, pilgrims[state], issuer, after=1, **{**ANOTHER, "passport_number": passport}, confirmed=alike)
    session.commit()
    nurses, doctors = sign_in(nurse), sign_in(doctor)
    wrong = {}
    for state, pilgrim in pilgrims.items():
        own = f"/pilgrims/{pilgrim.id}"
        record, visit, note = (
            unescape(nurses.get(f"{own}{page}", follow_redirects=True).text)
            for page in ("", "/visit", "/doctors-note.pdf")
        )
        seen, examine = (unescape(doctors.get(f"{own}{page}").text) for page in ("", "/examine"))
        assessed = certificates.assess(session, pilgrim, campaign=the_campaign(session))
        expected = {
            "record, visit, note and doctor say so": all(
                AGAIN in page for page in (record, visit, note, seen, examine)
            ),
            "no note": "doctors-note.pdf" not in record,
            "no button for the nurse": main_button(record) is None,
            "the doctor examines": main_button(seen) == "Examine",
            "nothing may be vaccinated": "may be vaccinated today" not in seen + record,
            "no form for a dose": 'name="menacwy-lot"' not in visit,
            "nothing decided": {one.result.value for one in assessed.evaluations} == {"missing"},
            "the examination is marked": "the record named another person" in record,
        }
        wrong[state] = [name for name, holds in expected.items() if not holds]
    assert {state: names for state, names in wrong.items() if names} == {}
    session.rollback()
    assert not session.exec(select(AuditEvent).where(AuditEvent.action == Action.NOTE_PRINTED)).all()


def test_b2_a_note_begins_with_the_first_examination_of_this_person(
    session: Session, sign_in: SignIn, issuer: Issuer, nurse: Staff
) -> None:
    """The day and the doctor of an examination of somebody else stood on the note as "since"."""
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, on=TODAY - timedelta(days=1), at=MORNING, **BOTH)
    correct(session, pilgrim, issuer, after=1, **ANOTHER)
    make_examination(session, pilgrim, at=NOW, **BOTH)
    session.commit()
    browser = sign_in(nurse)
    assert AGAIN not in unescape(browser.get(f"/pilgrims/{pilgrim.id}").text)
    note = read_pdf(browser.get(f"/pilgrims/{pilgrim.id}/doctors-note.pdf").data)
    assert "25 DEC 2025" in note
    assert "24 DEC 2025" not in note


@pytest.mark.parametrize(
    ("steps", "another"),
    [
        ([RENAMED], False),
        ([NEW_PASSPORT], False),
        ([RENAMED, NEW_PASSPORT], True),
        ([{"pin": "11203195600123", "birth_on": date(1956, 3, 12)}, {"pin": "11203195600999"}, NEW_PASSPORT], True),
        ([ANOTHER, {}], False),
    ],
    ids=["a name", "a passport", "in two steps", "a PIN written since", "set back to the examined person"],
)
def test_b2_one_fact_set_right_leaves_the_doctors_word(
    session: Session, sign_in: SignIn, issuer: Issuer, nurse: Staff, steps: list[dict[str, Any]], *, another: bool
) -> None:
    pilgrim = make_pilgrim(session, birth_on=date(1956, 3, 12))
    first = pilgrim.model_dump()
    make_examination(session, pilgrim, at=MORNING, **BOTH)
    for hour, step in enumerate(steps, start=1):
        correct(session, pilgrim, issuer, after=hour / 2, **(step or first))
    session.commit()
    browser = sign_in(nurse)
    assert (AGAIN in unescape(browser.get(f"/pilgrims/{pilgrim.id}").text)) is another
    answer = browser.get(f"/pilgrims/{pilgrim.id}/doctors-note.pdf")
    assert (answer.mimetype == "application/pdf") is not another


def test_b2_a_dose_is_not_corrected_onto_an_examination_of_another(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = Room(session, issuer, nurse)
    yesterday = TODAY - timedelta(days=1)
    room.examine(on=yesterday, at=MORNING)
    correct(session, room.pilgrim, issuer, after=4, **ANOTHER)
    room.examine(at=NOW + 2 * ONE_HOUR)
    room.record(at=NOW + 2 * ONE_HOUR)
    dose = dose_of(room, "MENACWY")
    with pytest.raises(Refusals) as refused:
        corrections.correct_dose(session, dose, details_of(dose, given_on=yesterday), **options(room))
    assert [one.code for one in refused.value.all] == [".ExaminationOfAnother"]
    assert dose in list_live_doses(session, room.pilgrim.id)


def test_b2_a_dose_of_who_married_since_is_corrected_as_ever(session: Session, issuer: Issuer, nurse: Staff) -> None:
    """The examination was made before two facts changed; but it is the one of the person who had the dose."""
    room = Room(session, issuer, nurse)
    room.record()
    doubts = {"passport_number.PassportReissued"}
    correct(session, room.pilgrim, issuer, after=4, **MARRIED, **NEW_PASSPORT, confirmed=doubts)
    for site in (Site.LEFT_THIGH, Site.RIGHT_THIGH):
        dose = dose_of(room, "MENACWY")
        corrections.correct_dose(session, dose, details_of(dose, site=site), **options(room, id=new_id()))
    assert dose_of(room, "MENACWY").site is Site.RIGHT_THIGH


@pytest.mark.parametrize(
    ("before", "since", "marked"),
    [
        ({}, {**MARRIED, **NEW_PASSPORT}, 0),
        ({}, MARRIED, 0),
        ({}, {}, 0),
        (ANOTHER, {}, 1),
        (ANOTHER, {"given_name": "Нурбек", "latin_given_name": "NURBEK"}, 1),
    ],
    ids=["married, with a new passport", "married", "as ever", "another before the dose", "another, then a name"],
)
def test_b2_the_record_keeps_the_examination_of_who_married_since(
    session: Session,
    sign_in: SignIn,
    issuer: Issuer,
    nurse: Staff,
    *,
    before: dict[str, Any],
    since: dict[str, Any],
    marked: int,
) -> None:
    """Beside it stood "Counts no longer: the record named another person", though she had her first dose since."""
    room = Room(session, issuer, nurse)
    if before:
        room.examine(on=TODAY - timedelta(days=1), at=MORNING)
        correct(session, room.pilgrim, issuer, after=1, **before)
        room.examine(at=NOW - ONE_HOUR)
    room.record()
    if since:
        doubts = {"passport_number.PassportReissued"}
        correct(session, room.pilgrim, issuer, after=5, **since, confirmed=doubts)
    session.commit()
    page = unescape(sign_in(nurse).get(f"/pilgrims/{room.pilgrim.id}").text)
    assert page.count("Counts no longer: the record named another person") == marked
    assert AGAIN not in page
