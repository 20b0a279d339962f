"""What a person decided about a certificate stands (room F2, security B1)."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries, services
from registry.certificates.decisions import AlreadyReplaced, NobodyElseDecides
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause
from registry.certificates.rules import AlreadyRevoked, State
from registry.commands.recount import differences
from registry.immunization_log.models import LogRecord
from registry.model import new_id
from registry.staff.models import Staff
from registry.tallies.models import Measure
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from registry.verification.queries import find_held
from tests.certificates.callers import callers_of_refresh
from tests.certificates.roads import (
    AN_HOUR_LATER,
    ARRIVAL,
    DISGUISES,
    EVENING,
    FRAUD,
    ROADS,
    WITHDRAWN_BY_ITSELF,
    certified_room,
    decide,
    issue_again,
    key_away,
    revoked_of,
    revoked_room,
)
from tests.certificates.stories import (
    LATER,
    certified,
    certify,
    give,
    open_second_campaign,
    read_papers,
    refresh,
    register_in,
)
from tests.corrections.test_services import dose_of
from tests.factories import CAMPAIGN, NOW, TODAY, make_flu_lot, make_lot, the_campaign
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
    paper = refresh(room.session, room.pilgrim, room.issuer, campaign=umrah, at=at)
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
    assert refresh(room.session, room.pilgrim, room.issuer, campaign=umrah, at=at)


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


# A decision about a paper that the registry withdrew by itself.


@pytest.fixture
def withdrawn(session: Session, issuer: Issuer, nurse: Staff, road: str) -> Room:
    """A pilgrim whose certificate the registry withdrew."""
    room = certified_room(session, issuer, nurse)
    cause, withdraw, _back = WITHDRAWN_BY_ITSELF[road]
    withdraw(room)
    _paper, revocation = queries.get_last(session, room.pilgrim.id, CAMPAIGN)
    assert revocation is not None
    assert revocation.cause is cause
    return room


@pytest.mark.parametrize("road", WITHDRAWN_BY_ITSELF)
@pytest.mark.parametrize("decided", [True, False], ids=["decided", "not decided"])
def test_b1_a_decision_about_a_paper_that_the_registry_withdrew_stands(
    withdrawn: Room, road: str, *, decided: bool
) -> None:
    session, pilgrim = withdrawn.session, withdrawn.pilgrim
    if decided:
        decide(withdrawn)
    WITHDRAWN_BY_ITSELF[road][2](withdrawn)
    refresh(session, pilgrim, withdrawn.issuer, at=EVENING)
    first, *others = queries.list_certificates(session, pilgrim.id)
    assert queries.standing(session, first, on=ARRIVAL).state is State.REVOKED
    following = [(one.campaign_code, queries.standing(session, one, on=ARRIVAL).state) for one in others]
    assert following == [] if decided else (CAMPAIGN, State.VALID) in following
    assert certified(session) == len(following)
    assert [one for one in differences(session, the_campaign(session)) if one.key.measure is Measure.CERTIFIED] == []


@pytest.mark.parametrize("road", ["the dose is entered again", "the key is back: the job"])
def test_b1_such_a_decision_is_kept_logged_and_audited_beside_what_the_registry_did(withdrawn: Room, road: str) -> None:
    session, paper = withdrawn.session, revoked_of(withdrawn)
    _paper, by_itself = queries.get_last(session, withdrawn.pilgrim.id, CAMPAIGN)
    assert by_itself is not None
    listed = [*queries.read_withdrawn(session, at=EVENING, timezone="Asia/Bishkek")]
    decision = decide(withdrawn, at=EVENING)
    assert queries.get_last(session, withdrawn.pilgrim.id, CAMPAIGN) == (paper, decision)
    assert queries.standing(session, paper, on=ARRIVAL).revocation is decision
    logged = session.exec(select(LogRecord).where(LogRecord.record_id == decision.id)).one()
    assert logged.content["reason"] == FRAUD
    audited = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_REVOKED)).all()
    assert [event.by_id for event in audited].count(decision.revoked_by_id) == 1
    # Strangers read since when it counts no more, once, and it is the day on which the registry withdrew it.
    assert [*queries.read_withdrawn(session, at=EVENING, timezone="Asia/Bishkek")] == listed
    held = find_held(session.connection(), [paper.code], timezone="Asia/Bishkek")[paper.code]
    assert [revocation and revocation.id for _one, revocation in held.history] == [by_itself.id]
    assert [state for _one, state in read_papers(session, CAMPAIGN, on=ARRIVAL)] == [State.REVOKED]
    assert queries.count_showing_lot(session, withdrawn.influenza.id) == 0


@pytest.mark.parametrize("road", ["the fact is corrected", "the key is back: another correction"])
def test_f2_after_such_a_decision_another_person_issues_a_new_one(withdrawn: Room, road: str) -> None:
    decision = decide(withdrawn)
    WITHDRAWN_BY_ITSELF[road][2](withdrawn)
    with pytest.raises(NobodyElseDecides):
        issue_again(withdrawn, revoked_of(withdrawn), by=decision.revoked_by_id, at=EVENING)
    issue_again(withdrawn, revoked_of(withdrawn), at=EVENING)
    assert certified(withdrawn.session) == 1


@pytest.mark.parametrize("road", ["the dose is entered again", "the key is back: the job"])
def test_such_a_paper_is_decided_about_once_and_is_not_lost(withdrawn: Room, road: str) -> None:
    session, pilgrim, paper = withdrawn.session, withdrawn.pilgrim, revoked_of(withdrawn)
    keywords = {"id": new_id(), "issuer": withdrawn.issuer, "reason": FRAUD, "by": new_id(), "at": LATER}
    for cause in (Cause.LOST, Cause.STOLEN):
        with pytest.raises(AlreadyRevoked):
            services.replace_lost(session, pilgrim, paper, cause=cause, **keywords)  # type: ignore[arg-type]
    decide(withdrawn)
    with pytest.raises(AlreadyRevoked):
        decide(withdrawn)


@pytest.mark.parametrize("road", ["the dose is entered again", "the key is back: the job"])
def test_a_paper_that_a_newer_one_followed_is_not_decided_about(withdrawn: Room, road: str) -> None:
    old = revoked_of(withdrawn)
    WITHDRAWN_BY_ITSELF[road][2](withdrawn)
    with pytest.raises(AlreadyReplaced):
        services.revoke_certificate(withdrawn.session, old, reason=FRAUD, by=new_id(), at=EVENING)
    assert certified(withdrawn.session) == 1


# Two campaigns.


@pytest.mark.parametrize("decided_first", [True, False], ids=["decided, then withdrawn", "withdrawn, then decided"])
def test_b1_a_campaign_whose_own_paper_was_withdrawn_asks_the_other_one_too(
    session: Session, issuer: Issuer, nurse: Staff, *, decided_first: bool
) -> None:
    room = certified_room(session, issuer, nurse)
    umrah = open_second_campaign(session)
    register_in(session, room.pilgrim, umrah)
    assert refresh(session, room.pilgrim, issuer, campaign=umrah, at=LATER)
    for act in (decide, key_away) if decided_first else (key_away, decide):
        act(room)
    assert queries.live_certificate(session, room.pilgrim.id, umrah.code) is None
    assert refresh(session, room.pilgrim, issuer, campaign=umrah, at=LATER) is None
    issue_again(room, revoked_of(room), campaign=umrah)
    assert queries.live_certificate(session, room.pilgrim.id, umrah.code) is not None


def test_b1_that_a_paper_was_lost_since_outweighs_no_decision_elsewhere(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = certified_room(session, issuer, nurse)
    umrah = open_second_campaign(session)
    register_in(session, room.pilgrim, umrah)
    paper = refresh(session, room.pilgrim, issuer, campaign=umrah, at=LATER)
    assert paper is not None
    decide(room)
    lost = {"id": new_id(), "cause": Cause.LOST, "reason": "In the bazaar", "issuer": issuer, "by": new_id()}
    services.replace_lost(session, room.pilgrim, paper, at=LATER + timedelta(hours=1), **lost)  # type: ignore[arg-type]
    key_away(room, at=LATER + timedelta(hours=2))
    assert refresh(session, room.pilgrim, issuer, campaign=umrah, at=EVENING) is None
    assert certified(session) == 0


def test_b1_a_newer_decision_in_the_campaign_itself_outweighs_an_older_one_elsewhere(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = certified_room(session, issuer, nurse)
    umrah = open_second_campaign(session)
    register_in(session, room.pilgrim, umrah)
    paper = refresh(session, room.pilgrim, issuer, campaign=umrah, at=LATER)
    assert paper is not None
    decide(room)
    services.revoke_certificate(session, paper, reason=FRAUD, by=new_id(), at=LATER)
    issue_again(room, paper, campaign=umrah, at=LATER + timedelta(hours=1))
    key_away(room, at=LATER + timedelta(hours=2))
    assert queries.live_certificate(session, room.pilgrim.id, umrah.code) is None
    assert refresh(session, room.pilgrim, issuer, campaign=umrah, at=EVENING)
    assert queries.live_certificate(session, room.pilgrim.id, CAMPAIGN) is None
