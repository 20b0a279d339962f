"""A page that was open before its record became another person records nothing for that person (security B2)."""

import uuid
from datetime import datetime, timedelta

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
from tests.corrections.test_identity_rules import RENAMED
from tests.factories import NARYN, NOW, TODAY, make_examination, the_campaign
from tests.room.test_another_person import ANOTHER, MORNING, correct
from tests.room.test_services import Room

BEFORE, AFTER = MORNING + timedelta(minutes=30), MORNING + timedelta(hours=2)


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
    assert "Open the pilgrim's page again" in str(OpenedForAnother())
