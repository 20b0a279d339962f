"""A new paper by a person's decision: after a revocation, or because the old one was lost or stolen (room F2)."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries, services
from registry.certificates.decisions import (
    DosesDoNotCount,
    NobodyElseDecides,
    NothingToIssueAgain,
    ReissueReasonMissing,
    RevokedByYourself,
)
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, Certificate
from registry.certificates.rules import AlreadyRevoked, State
from registry.commands.recount import differences
from registry.errors import Refusal
from registry.immunization_log.models import Kind, LogEntry, LogRecord
from registry.model import new_id
from registry.staff.models import Staff
from registry.tallies.models import Measure
from tests.certificates.roads import ARRIVAL, FRAUD, dose_withdrawn, issue_again, revoked_of, revoked_room
from tests.certificates.stories import (
    LATER,
    certified,
    certify,
    open_second_campaign,
    register_in,
)
from tests.corrections.test_services import correct_person
from tests.factories import CAMPAIGN, NOW, make_staff, the_campaign
from tests.room.test_services import Room


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return revoked_room(session, issuer, nurse)


def test_another_person_issues_a_new_one_with_a_reason_and_it_is_logged(room: Room) -> None:
    old = revoked_of(room)
    new = issue_again(room, old)
    assert (new.number, new.replaces_id) == (2, None)
    assert new.reissue_reason == "The passport was checked: it is the pilgrim's own"
    assert [queries.standing(room.session, one, on=ARRIVAL).state for one in (old, new)] == [
        State.REVOKED,
        State.VALID,
    ]
    assert certified(room.session) == 1
    assert list(differences(room.session, the_campaign(room.session))) == []
    events = room.session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_REISSUED)).all()
    assert [(event.pilgrim_id, event.by_id) for event in events] == [(room.pilgrim.id, new.issued_by_id)]
    record = room.session.exec(select(LogRecord).where(LogRecord.record_id == new.id)).one()
    assert record.content["reissue_reason"] == new.reissue_reason
    entry = room.session.get_one(LogEntry, (record.stream, record.sequence))
    assert entry.kind is Kind.CERTIFICATE_ISSUED


def test_after_a_new_one_was_issued_corrections_replace_it_as_any_other(room: Room) -> None:
    new = issue_again(room, revoked_of(room))
    correct_person(room, latin_given_name="AIGULI")
    live = queries.live_certificate(room.session, room.pilgrim.id, CAMPAIGN)
    assert live is not None
    assert live.replaces_id == new.id


def test_the_same_form_again_is_the_same_paper(room: Room) -> None:
    old, key = revoked_of(room), new_id()
    assert issue_again(room, old, id=key) is issue_again(room, old, id=key)
    assert len(queries.list_certificates(room.session, room.pilgrim.id)) == 2


def test_who_revoked_may_not_issue_again_and_reads_who_may(room: Room) -> None:
    old, revocation = queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)
    assert revocation is not None
    with pytest.raises(NobodyElseDecides):
        issue_again(room, old, by=revocation.revoked_by_id)
    make_staff(room.session, "immunologist", name="Айнура Ыссык-Көл", region="KG-Y")  # another region's
    make_staff(room.session, "immunologist", name="Бакыт Нарын", region="KG-N")
    make_staff(room.session, "immunologist", name="Чолпон Өлкө")
    make_staff(room.session, "lead", name="Медайым", region="KG-N")
    gone = make_staff(room.session, "immunologist", name="Дамира Кеткен")
    gone.disabled_at = NOW
    with pytest.raises(RevokedByYourself) as refused:
        issue_again(room, old, by=revocation.revoked_by_id)
    assert refused.value.facts["names"] == "Бакыт Нарын, Чолпон Өлкө"


def withdrawn_dose(room: Room) -> dict[str, object]:
    dose_withdrawn(room)
    return {}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda _room: {"reason": " a "}, ReissueReasonMissing),
        (lambda room: issue_again(room, revoked_of(room)) and {}, NothingToIssueAgain),
        (withdrawn_dose, DosesDoNotCount),
    ],
    ids=["no reason", "one stands", "doses do not count"],
)
def test_a_new_one_is_refused_in_words(
    room: Room, change: Callable[[Room], dict[str, object]], refusal: type[Refusal]
) -> None:
    old = revoked_of(room)
    with pytest.raises(refusal):
        issue_again(room, old, **change(room))


def test_what_waited_in_another_campaign_follows_the_decision(room: Room) -> None:
    umrah = open_second_campaign(room.session)
    register_in(room.session, room.pilgrim, umrah)
    issue_again(room, revoked_of(room), campaign=umrah)
    assert queries.live_certificate(room.session, room.pilgrim.id, umrah.code) is not None


# Lost or stolen.


@pytest.mark.parametrize("cause", [Cause.LOST, Cause.STOLEN])
def test_f2_a_lost_paper_is_withdrawn_and_a_new_one_issued_in_one_act(
    session: Session, issuer: Issuer, cause: Cause
) -> None:
    pilgrim, old = certify(session, issuer)
    by, key = new_id(), new_id()

    def replace_it() -> Certificate:
        given = {"id": key, "cause": cause, "issuer": issuer, "reason": "On the bus to Osh", "by": by, "at": LATER}
        return services.replace_lost(session, pilgrim, old, **given)  # type: ignore[arg-type]  # keywords of a test

    new = replace_it()
    assert replace_it() is new
    standing = queries.standing(session, old, on=ARRIVAL)
    assert standing.revocation is not None
    assert (standing.state, standing.revocation.cause) == (State.REVOKED, cause)
    assert queries.standing(session, new, on=ARRIVAL).state is State.VALID
    assert certified(session) == 1
    wrong = differences(session, the_campaign(session))
    assert [one for one in wrong if one.key.measure is Measure.CERTIFIED] == []


def test_a_paper_that_is_no_longer_in_force_is_not_lost_again(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    services.revoke_certificate(session, old, reason=FRAUD, by=new_id(), at=NOW)
    with pytest.raises(AlreadyRevoked):
        services.replace_lost(
            session, pilgrim, old, id=new_id(), cause=Cause.LOST, issuer=issuer, reason="Lost", by=new_id(), at=LATER
        )
    assert queries.live_certificate(session, pilgrim.id, CAMPAIGN) is None
