"""Security M1, B5: a revocation taken out of the database is an alarm, and no new paper follows."""

import pytest
from sqlmodel import Session, text

from registry.audit.models import Action
from registry.audit.queries import list_events
from registry.certificates import queries
from registry.certificates.decisions import RecordAltered
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.withheld import find_alteration
from registry.commands.agreement import find_disagreements
from registry.staff.models import Staff
from tests.certificates.roads import issue_again, revoked_of, revoked_room
from tests.certificates.stories import LATER, refresh
from tests.corrections.test_services import correct_person
from tests.room.test_services import Room

TAKEN = {
    "deleted": "DELETE FROM certificate_revocation",
    # What the finding does not name: a decision that no longer decides anything.
    "made the registry's own": "UPDATE certificate_revocation SET cause = 'not_covered'",
    "with its paper": "DELETE FROM certificate_revocation; DELETE FROM certificate_handle; DELETE FROM certificate",
    "with its logged record altered": (
        "DELETE FROM certificate_revocation; UPDATE log_record SET content = '{}' WHERE record_id IN "
        "(SELECT record_id FROM log_record NATURAL JOIN log_entry WHERE kind = 'certificate_revoked')"
    ),
}


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return revoked_room(session, issuer, nurse)


def take_away(session: Session, statements: str) -> None:
    session.flush()
    for statement in statements.split("; "):
        session.execute(text(statement))
    session.expunge_all()


def papers(room: Room) -> list[Certificate]:
    return list(queries.list_certificates(room.session, room.pilgrim.id))


@pytest.mark.parametrize("how", TAKEN)
def test_m1_a_correction_after_it_signs_nothing_and_raises_the_alarm(room: Room, how: str) -> None:
    revoked = revoked_of(room)
    take_away(room.session, TAKEN[how])
    room.pilgrim = room.session.merge(room.pilgrim)
    before = len(papers(room))
    correct_person(room, latin_given_name="AIGULI")
    assert len(papers(room)) == before
    alarms = [event for event in list_events(room.session) if event.action is Action.CODES_DIFFER]
    assert [alarm.detail for alarm in alarms] == [{"differing": ["revocation"]}]
    assert alarms[0].subject == revoked.id.hex or "logged" in how


@pytest.mark.parametrize("how", ["deleted", "with its logged record altered"])
def test_m1_the_night_and_the_record_tell_of_it(room: Room, how: str) -> None:
    take_away(room.session, TAKEN[how])
    (found,) = find_disagreements(room.session, issuer=room.issuer, at=LATER)
    assert found.alarm is not None
    assert found.alarm.differing == ("revocation",)
    (paper,) = papers(room)
    told = find_alteration(room.session, room.pilgrim, paper)
    assert told is not None
    assert "was revoked" in str(told)


def test_m1_the_night_tells_of_an_earlier_paper_that_was_revoked_too(room: Room) -> None:
    revoked = revoked_of(room)
    issue_again(room, revoked)
    take_away(room.session, TAKEN["deleted"])
    found = list(find_disagreements(room.session, issuer=room.issuer, at=LATER))
    papers = {paper.id for paper in queries.list_certificates(room.session, room.pilgrim.id)}
    assert {one.certificate.id for one in found} == papers
    assert {one.alarm and one.alarm.certificate_id for one in found} == {revoked.id}


OTHERS = {
    "another person's": "UPDATE certificate_revocation SET revoked_by_id = (SELECT issued_by_id FROM certificate)",
    "that of a lost paper": "UPDATE certificate_revocation SET cause = 'lost'",
}


@pytest.mark.parametrize("whose", OTHERS)
def test_m1_nobody_issues_again_by_a_decision_made_another_ones(room: Room, whose: str) -> None:
    """Who revoked may not undo it, but of a lost paper or of another person's decision."""
    revoked = revoked_of(room)
    room.session.flush()
    room.session.execute(text(OTHERS[whose]))
    room.session.expire_all()
    with pytest.raises(RecordAltered, match="was revoked"):
        issue_again(room, revoked)


def test_m1_what_the_registry_and_people_decide_is_no_alarm(room: Room) -> None:
    new = issue_again(room, revoked_of(room))
    assert list(find_disagreements(room.session, issuer=room.issuer, at=LATER)) == []
    correct_person(room, latin_given_name="AIGULI")
    live = refresh(room.session, room.pilgrim, room.issuer, at=LATER)
    assert live is not None
    assert live.replaces_id == new.id
    assert find_alteration(room.session, room.pilgrim, live) is None
    assert not [event for event in list_events(room.session) if event.action is Action.CODES_DIFFER]
