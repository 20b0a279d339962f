"""What a person decided about a certificate stands (room F2, security B1)."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from registry.certificates import queries, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause
from registry.certificates.rules import State
from registry.model import new_id
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from tests.certificates.callers import callers_of_refresh
from tests.certificates.roads import AN_HOUR_LATER, ARRIVAL, DISGUISES, ROADS, revoked_room
from tests.certificates.stories import (
    LATER,
    certified,
    certify,
    give,
    open_second_campaign,
    refresh,
    register_in,
)
from tests.corrections.test_services import dose_of
from tests.factories import CAMPAIGN, NOW, TODAY, make_flu_lot, make_lot
from tests.room.test_services import Room


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return revoked_room(session, issuer, nurse)


def test_f2_every_road_to_a_new_paper_is_walked_below() -> None:
    walked = {road.split(":")[0] for road in ROADS if road.startswith("registry.")}
    assert walked == callers_of_refresh(), "a new caller of refresh: add its road to ROADS, with a revoked certificate"


@pytest.mark.parametrize("road", ROADS)
def test_b1_f2_a_certificate_revoked_by_a_person_stays_revoked(room: Room, road: str) -> None:
    ROADS[road](room)
    refresh(room.session, room.pilgrim, room.issuer, at=LATER)
    papers = queries.list_certificates(room.session, room.pilgrim.id)
    assert [queries.standing(room.session, one, on=ARRIVAL).state for one in papers] == [State.REVOKED]
    assert certified(room.session) == 0


@pytest.mark.parametrize("disguise", DISGUISES)
def test_b1_a_corrected_dose_is_the_same_dose_in_another_campaign(room: Room, disguise: str) -> None:
    DISGUISES[disguise](room)
    umrah = open_second_campaign(room.session)
    register_in(room.session, room.pilgrim, umrah)
    at = LATER + timedelta(hours=2)
    paper = services.refresh(room.session, room.pilgrim, campaign=umrah, issuer=room.issuer, by=new_id(), at=at)
    assert paper is None
    assert len(queries.list_certificates(room.session, room.pilgrim.id)) == 1


def test_b1_doses_given_after_the_decision_are_others(room: Room) -> None:
    tomorrow = TODAY + timedelta(days=1)
    for antigen in ("MENACWY", "INFLUENZA"):
        supersede_dose(room.session, dose_of(room, antigen), None, by=new_id(), at=AN_HOUR_LATER)
    for lot in (room.menacwy, room.influenza):
        give(room.session, room.pilgrim, lot, given_on=tomorrow, at=NOW + timedelta(days=1))
    umrah = open_second_campaign(room.session)
    register_in(room.session, room.pilgrim, umrah)
    at = NOW + timedelta(days=1, hours=1)
    assert services.refresh(room.session, room.pilgrim, campaign=umrah, issuer=room.issuer, by=new_id(), at=at)


def test_a_paper_revoked_by_the_registry_itself_is_followed_by_a_new_one(session: Session, issuer: Issuer) -> None:
    pilgrim, first = certify(session, issuer)
    dose = list_live_doses(session, pilgrim.id)[0]
    supersede_dose(session, dose, None, by=new_id(), at=LATER)
    refresh(session, pilgrim, issuer, at=LATER)
    _last, revocation = queries.get_last(session, pilgrim.id, CAMPAIGN)
    assert revocation is not None
    assert revocation.cause is Cause.NOT_COVERED
    give(session, pilgrim, make_lot(session) if dose.antigen_code == "MENACWY" else make_flu_lot(session))
    second = refresh(session, pilgrim, issuer, at=LATER)
    assert second is not None
    assert (second.number, second.reissue_reason) == (2, None)
    assert first.id != second.id


def test_the_reason_is_only_words_the_cause_decides(session: Session, issuer: Issuer) -> None:
    """A person who writes the registry's own sentence as a reason has decided all the same."""
    pilgrim, certificate = certify(session, issuer)
    services.revoke_certificate(session, certificate, reason=services.NO_LONGER_COVERED, by=new_id(), at=NOW)
    assert refresh(session, pilgrim, issuer, at=LATER) is None
