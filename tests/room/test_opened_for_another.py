"""A page that was open before its record became another person records nothing for that person (security B2)."""

import re
import uuid
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.certificates.keys import Issuer
from registry.errors import Refusal
from registry.examinations.models import Examination, ExaminationDetails, Outcome
from registry.examinations.queries import list_questions
from registry.examinations.services import record_examination
from registry.pilgrims.histories import OpenedForAnother
from registry.room.services import record_visit
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from tests.conftest import SignIn
from tests.corrections.test_identity_rules import RENAMED
from tests.examinations.test_routes import page_data
from tests.factories import NARYN, NOW, TODAY, make_examination, the_campaign
from tests.room.test_another_person import ANOTHER, MORNING, correct
from tests.room.test_routes import visit_data
from tests.room.test_services import Room

BEFORE, AFTER = MORNING + timedelta(minutes=30), MORNING + timedelta(hours=2)
LATER = NOW + timedelta(minutes=1)


def key_of(opened_at: datetime) -> uuid.UUID:
    """A form's key as it is made when a page opens."""
    return uuid.UUID(int=(int(opened_at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | uuid.uuid4().node)


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return Room(session, issuer, nurse)


def examine(room: Room, key: uuid.UUID) -> Examination:
    return record_examination(
        room.session,
        room.pilgrim,
        ExaminationDetails(
            examined_on=TODAY,
            consent=True,
            answers={question.code: False for question in list_questions()},
            conditions={},
            outcome=Outcome.FIT,
        ),
        id=key,
        campaign=the_campaign(room.session),
        point_code=NARYN,
        by=room.nurse.id,
        at=NOW,
    )


def visit(room: Room, key: uuid.UUID) -> None:
    record_visit(
        room.session,
        room.pilgrim,
        room.visit,
        id=key,
        campaign=the_campaign(room.session),
        point_code=NARYN,
        issuer=room.issuer,
        by=room.nurse.id,
        at=NOW,
    )


def examinations(room: Room) -> int:
    return len(room.session.exec(select(Examination).where(Examination.pilgrim_id == room.pilgrim.id)).all())


def test_b2_an_examination_of_an_open_page_goes_to_nobody_else(room: Room, session: Session, issuer: Issuer) -> None:
    before = examinations(room)
    correct(session, room.pilgrim, issuer, after=1, **ANOTHER)
    with pytest.raises(OpenedForAnother):
        examine(room, key_of(BEFORE))
    assert examinations(room) == before
    examine(room, key_of(AFTER))
    assert examinations(room) == before + 1


def test_b2_a_visit_of_an_open_page_goes_to_nobody_else(room: Room, session: Session, issuer: Issuer) -> None:
    correct(session, room.pilgrim, issuer, after=1, **ANOTHER)
    make_examination(session, room.pilgrim, at=AFTER)
    with pytest.raises(OpenedForAnother):
        visit(room, key_of(BEFORE))
    assert list_live_doses(session, room.pilgrim.id) == []


def test_b2_one_fact_set_right_meanwhile_stops_nobody(room: Room, session: Session, issuer: Issuer) -> None:
    correct(session, room.pilgrim, issuer, after=1, **RENAMED)
    examine(room, key_of(BEFORE))
    visit(room, key_of(BEFORE))
    assert len(list_live_doses(session, room.pilgrim.id)) == 2


def test_b2_set_back_meanwhile_it_is_the_same_person_again(room: Room, session: Session, issuer: Issuer) -> None:
    was = {name: getattr(room.pilgrim, name) for name in ANOTHER}
    correct(session, room.pilgrim, issuer, after=1, **ANOTHER)
    correct(session, room.pilgrim, issuer, after=2, **was)
    examine(room, key_of(BEFORE))
    visit(room, key_of(BEFORE))
    assert len(list_live_doses(session, room.pilgrim.id)) == 2


def test_b2_what_was_recorded_before_is_answered_as_it_was(room: Room, session: Session, issuer: Issuer) -> None:
    first = examine(room, key_of(BEFORE))
    correct(session, room.pilgrim, issuer, after=1, **ANOTHER)
    assert examine(room, first.id).id == first.id


def test_b2_the_sentence_says_what_to_do() -> None:
    assert issubclass(OpenedForAnother, Refusal)
    assert "Compare the record as it is now with the passport" in str(OpenedForAnother())


def main_of(page: str) -> str:
    """What a page says between its header and its footer."""
    return unescape(page.partition("<main")[2].partition("</main>")[0])


GIVEN_LURE = re.compile(r"Choose Given|Choose the lot|Ask each of them")
ANOTHER_NOW = "Somebody made this record another person's after you opened the page"


@pytest.mark.parametrize("examined_again", [False, True])
@pytest.mark.parametrize(
    "changes",
    [{}, {"menacwy-lot": ""}, {"menacwy-not_given": "refused"}, {"given_on": ["", "", ""]}],
    ids=["as it was filled in", "without a lot", "one refused", "without a day"],
)
def test_f6_a_visit_of_a_page_of_the_former_person_says_why_and_asks_for_nothing(
    room: Room, sign_in: SignIn, changes: dict[str, Any], *, examined_again: bool
) -> None:
    """It was answered with "Choose Given, or why not" at each vaccine; the reason stood only in a warning below."""
    for first in room.session.exec(select(Examination)):
        first.recorded_at = MORNING
    correct(room.session, room.pilgrim, room.issuer, after=1, **ANOTHER)
    if examined_again:
        make_examination(room.session, room.pilgrim, at=AFTER)
    form = visit_data(room.session, room.nurse, idempotency_key=str(key_of(BEFORE)), **changes)
    room.session.commit()
    browser, own = sign_in(room.nurse), f"/pilgrims/{room.pilgrim.id}"
    refused = browser.post(f"{own}/visit", data=form)
    assert (refused.status_code, refused.location) == (302, own)
    told = main_of(browser.get(own).text)
    assert told.count(ANOTHER_NOW) == 1
    assert ("Let the doctor examine the pilgrim again." in told) is not examined_again
    assert not GIVEN_LURE.search(told)
    room.session.rollback()
    assert list_live_doses(room.session, room.pilgrim.id) == []


@pytest.mark.parametrize("answers", [{}, {"answer_pregnant": "no"}, {"consent": ""}], ids=str)
def test_f6_nor_does_an_examination(room: Room, sign_in: SignIn, doctor: Staff, answers: dict[str, Any]) -> None:
    """Of a man whose record now names a woman: nobody asked him what the page asks her."""
    correct(room.session, room.pilgrim, room.issuer, after=1, **ANOTHER)
    room.session.commit()
    browser, own, before = sign_in(doctor), f"/pilgrims/{room.pilgrim.id}", examinations(room)
    sent = page_data(idempotency_key=str(key_of(BEFORE)), **answers)
    assert browser.post(f"{own}/examine", data=sent).location == own
    assert main_of(browser.get(own).text).count(ANOTHER_NOW) == 1
    room.session.rollback()
    assert examinations(room) == before


DECIDED: dict[str, tuple[dict[str, Any], str]] = {
    "put off": ({"outcome": Outcome.DEFERRED, "deferred_until": TODAY + timedelta(days=3)}, "The doctor put off"),
    "unfit": ({"outcome": Outcome.UNFIT}, "The doctor found the pilgrim unfit"),
    "a specialist": ({"outcome": Outcome.NEEDS_SPECIALIST}, "The doctor asked for a specialist"),
    "both contraindicated": ({"contraindicated": ["MENACWY", "INFLUENZA"]}, "The doctor marked this vaccine"),
}


@pytest.mark.parametrize("decided", DECIDED)
def test_f6_what_a_doctor_decided_meanwhile_is_the_refusal_itself(room: Room, sign_in: SignIn, decided: str) -> None:
    """A page with "Given" for both, open while the doctor changed the outcome."""
    found, why = DECIDED[decided]
    form = visit_data(room.session, room.nurse)
    make_examination(room.session, room.pilgrim, at=LATER, **found)
    room.session.commit()
    told = main_of(sign_in(room.nurse).post(f"/pilgrims/{room.pilgrim.id}/visit", data=form).text)
    assert told.partition("govuk-error-summary__body")[2].partition("</ul>")[0].count(why) == 1
    assert told.count(why) == 1
    assert not GIVEN_LURE.search(told)
    assert list_live_doses(room.session, room.pilgrim.id) == []


def test_f6_one_vaccine_contraindicated_meanwhile_is_told_beside_it(room: Room, sign_in: SignIn) -> None:
    form = visit_data(room.session, room.nurse)
    make_examination(room.session, room.pilgrim, at=LATER, contraindicated=["MENACWY"])
    room.session.commit()
    told = main_of(sign_in(room.nurse).post(f"/pilgrims/{room.pilgrim.id}/visit", data=form).text)
    summary = told.partition("govuk-error-summary__body")[2].partition("</ul>")[0]
    assert summary.count("The doctor marked this vaccine as contraindicated. Do not give it") == 1
    assert told.count("The doctor marked this vaccine") == 2, "in the summary and at its field"
    assert not GIVEN_LURE.search(told)
