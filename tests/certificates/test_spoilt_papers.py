"""Security M1: a paper whose facts somebody spoilt past the registry can be revoked, corrected and counted, no 500."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from sqlmodel import Session, select, text

from registry.certificates import queries
from registry.certificates.decisions import RecordAltered
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.commands.agreement import find_disagreements
from registry.commands.recount import differences
from registry.immunization_log.models import Kind, LogEntry
from registry.pilgrims.models import Correction
from registry.staff.models import Staff
from tests.certificates.roads import certified_room, decide, issue_again
from tests.certificates.stories import LATER, certified, refresh
from tests.conftest import SignIn
from tests.corrections.pages import open_and_send
from tests.corrections.test_routes import details
from tests.factories import CAMPAIGN, NARYN, TODAY, make_staff, the_campaign
from tests.room.test_services import Room

Spoil = Callable[[dict[str, Any]], Any]


def with_doses(doses: Any) -> Spoil:
    return lambda facts: facts | {"doses": doses}


def with_dose(**changes: Any) -> Spoil:
    return lambda facts: facts | {"doses": [dose | changes for dose in facts["doses"]]}


SPOILT: dict[str, Spoil] = {
    "an empty object": lambda _facts: {},
    "a list": lambda _facts: [],
    "a number": lambda _facts: 7,
    "a text": lambda _facts: "x",
    "nothing": lambda _facts: None,
    "doses empty": with_doses([]),
    "doses an object": with_doses({}),
    "doses null": with_doses(None),
    "doses numbers": with_doses([1]),
    "doses a text": with_doses("abc"),
    "doses of lists": with_doses([[]]),
    "doses missing": lambda facts: {name: fact for name, fact in facts.items() if name != "doses"},
    "a day that is a number": with_dose(given_on=5),
    "no name": lambda facts: {name: fact for name, fact in facts.items() if name != "latin_name"},
    # What the finding does not name: the counter stands under the point that was logged.
    "another point": with_dose(point_code="VP-OSH"),
    "a point that is none": with_dose(point_code={"en": "Naryn"}),
    "no point": with_doses([{"given_on": "2025-12-25"}]),
    "a name by number": lambda facts: facts | {"latin_name": 7, "cyrillic_name": ["Айгүл"]},
}


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return certified_room(session, issuer, nurse)


@pytest.fixture(params=SPOILT)
def spoilt(room: Room, request: pytest.FixtureRequest) -> Certificate:
    certificate = queries.live_certificate(room.session, room.pilgrim.id, CAMPAIGN)
    assert certificate is not None
    certificate.facts = SPOILT[request.param](deepcopy(certificate.facts))
    room.session.add(certificate)
    room.session.commit()
    return certificate


def address(certificate: Certificate, end: str) -> str:
    return f"/pilgrims/{certificate.pilgrim_id}/certificates/{certificate.id}{end}"


def test_m1_it_can_be_revoked_and_is_counted_no_more(sign_in: SignIn, session: Session, spoilt: Certificate) -> None:
    browser = sign_in(make_staff(session, "immunologist", region="KG-N"))
    assert browser.get(f"/pilgrims/{spoilt.pilgrim_id}").status_code == 200
    assert browser.get(address(spoilt, "/revoke")).status_code == 200
    answer = browser.post(address(spoilt, "/revoke"), data={"reason": "Somebody altered it"})
    assert answer.status_code == 302
    session.rollback()
    assert queries.live_certificate(session, spoilt.pilgrim_id, CAMPAIGN) is None
    entry = session.exec(select(LogEntry).where(LogEntry.kind == Kind.CERTIFICATE_REVOKED)).one()
    assert (entry.stream, certified(session)) == (NARYN, 0)
    assert list(differences(session, the_campaign(session))) == []
    session.rollback()
    assert browser.get(f"/pilgrims/{spoilt.pilgrim_id}").status_code == 200


def test_m1_a_correction_is_kept_and_the_paper_left_as_it_is(
    sign_in: SignIn, naryn_lead: Staff, room: Room, spoilt: Certificate
) -> None:
    browser = sign_in(naryn_lead)
    data = details(room.pilgrim, latin_given_name="AIGULIA", arrival_on=["12", "5", "2026"])
    answer = open_and_send(browser, f"/pilgrims/{spoilt.pilgrim_id}/correct", data)
    assert answer.status_code == 302
    room.session.rollback()
    assert len(room.session.exec(select(Correction)).all()) == 1
    papers = queries.list_certificates(room.session, spoilt.pilgrim_id)
    assert len(papers) == 1, "what somebody altered is replaced by no correction, the point alone neither"
    room.session.rollback()
    assert browser.get(f"/pilgrims/{spoilt.pilgrim_id}").status_code == 200


def test_m1_check_recount_and_refresh_go_on(room: Room, spoilt: Certificate) -> None:
    room.session.expire_all()
    (found,) = find_disagreements(room.session, issuer=room.issuer, at=LATER)
    assert found.alarm is not None
    counted = list(differences(room.session, the_campaign(room.session)))
    assert (counted == []) != ("VP-OSH" in str(spoilt.facts)), "where it says so, it is told apart from the counter"
    assert refresh(room.session, room.pilgrim, room.issuer, at=LATER) is spoilt


@pytest.mark.parametrize("spoilt", ["doses of lists", "nothing"], indirect=True)
def test_m1_with_its_log_taken_away_too_it_can_be_revoked(
    sign_in: SignIn, session: Session, spoilt: Certificate
) -> None:
    """Nothing tells any more where it was counted: the decision is kept, and `recount` tells of the counter."""
    session.execute(text("DELETE FROM log_record"))
    session.commit()
    browser = sign_in(make_staff(session, "immunologist", region="KG-N"))
    assert browser.post(address(spoilt, "/revoke"), data={"reason": "Somebody altered it"}).status_code == 302
    session.rollback()
    assert queries.standing(session, spoilt, on=TODAY).revocation is not None
    assert len(list(differences(session, the_campaign(session)))) == 1


@pytest.mark.parametrize("spoilt", ["a number", "doses null"], indirect=True)
def test_m1_nobody_has_a_new_one_issued_after_it(room: Room, spoilt: Certificate) -> None:
    """What the record said when it was issued can no longer be read, so nothing tells whether that was altered too."""
    decide(room)
    with pytest.raises(RecordAltered):
        issue_again(room, spoilt)
