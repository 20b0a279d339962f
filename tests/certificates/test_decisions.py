"""What a person decided about a certificate stands (room F2, security B1, faults FA2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries, services
from registry.certificates.decisions import (
    AlreadyReplaced,
    DosesDoNotCount,
    NobodyElseDecides,
    NothingToIssueAgain,
    ReissueReasonMissing,
    RevokedByYourself,
)
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, Certificate
from registry.certificates.rules import AlreadyRevoked, State
from registry.commands import agreement, late_papers
from registry.commands.recount import differences
from registry.corrections import services as corrections
from registry.db import Database
from registry.errors import Refusal
from registry.immunization_log.models import Kind, LogEntry, LogRecord
from registry.model import new_id
from registry.pilgrims import lists
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.intake import Listed
from registry.pilgrims.models import Pilgrim, PilgrimDetails
from registry.pilgrims.rows import RegistrationDetails
from registry.room.services import NotGiven
from registry.staff.models import Staff
from registry.tallies.models import Measure
from registry.vaccinations.models import NotGivenReason
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from registry.vaccines.models import Site
from registry.vaccines.services import LotDetails
from tests.certificates.callers import callers_of_refresh
from tests.certificates.stories import (
    LATER,
    certified,
    certify,
    change_lot,
    give,
    open_second_campaign,
    refresh,
    register_in,
)
from tests.corrections.test_services import correct_person, details_of, dose_of, options
from tests.factories import CAMPAIGN, NOW, TODAY, make_flu_lot, make_job, make_lot, make_staff, the_campaign
from tests.room.test_services import Room

ARRIVAL = date(2026, 5, 11)
FRAUD = "Forged: another person's passport"


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    """A pilgrim with both doses whose certificate an immunologist revoked."""
    room = Room(session, issuer, nurse)
    room.record()
    live = queries.live_certificate(session, room.pilgrim.id, CAMPAIGN)
    assert live is not None
    services.revoke_certificate(session, live, reason=FRAUD, by=make_staff(session, "immunologist").id, at=NOW)
    return room


def visit_refused(room: Room) -> None:
    decision = NotGiven("MENACWY", NotGivenReason.REFUSED)
    room.record(replace(room.visit, doses=[], not_given=[decision]), at=LATER)


def visit_after_a_withdrawal(room: Room) -> None:
    corrections.withdraw_dose(room.session, dose_of(room), **options(room))
    room.record(replace(room.visit, doses=room.visit.doses[:1]), at=NOW + timedelta(hours=2))


def telephone(room: Room) -> None:
    correct_person(room, phone="+996555000123")


def name(room: Room) -> None:
    correct_person(room, latin_given_name="AIGULI")


def group(room: Room) -> None:
    place = RegistrationDetails(region_code="KG-N", arrival_on=ARRIVAL, group_name="Нарын 3")
    details = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    corrections.correct_pilgrim(room.session, room.pilgrim, details, place, **options(room))


def region(room: Room) -> None:
    correct_person(room, region="KG-T")


def dose_corrected(room: Room) -> None:
    dose = dose_of(room)
    corrections.correct_dose(room.session, dose, details_of(dose, site=Site.LEFT_THIGH), **options(room))


def dose_withdrawn(room: Room) -> None:
    corrections.withdraw_dose(room.session, dose_of(room), **options(room))


def lot_corrected(room: Room) -> None:
    lot = room.menacwy
    details = LotDetails(lot.product_code, "OTHER123", lot.expires_on, lot.season_code)
    given = {key: value for key, value in options(room).items() if key != "id"}
    confirmed = (".CertificatesWillBeReplaced",)
    corrections.correct_lot(room.session, lot, details, **given, confirmed=confirmed)


def refresh_command(room: Room) -> None:
    row = {"pilgrim_id": room.pilgrim.id, "campaign": CAMPAIGN}
    room.session.commit = room.session.flush  # type: ignore[method-assign]  # the command's own commit, undone here
    agreement._refresh(room.session, row=row, issuer=room.issuer, at=LATER)


def late_paper(room: Room) -> None:
    job = make_job(room.session, "issue_certificate")
    job.payload = {"pilgrim": str(room.pilgrim.id), "campaign": CAMPAIGN, "by": str(room.nurse.id)}
    late_papers.refresh(room.session, job, room.issuer)


def listed_again(room: Room) -> None:
    details = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    row = Listed(number=2, details=details, region_code="KG-N", arrival_on=None, group_name="", known=room.pilgrim.id)
    campaign = the_campaign(room.session)
    ready = lists.prepare(room.session, [row], campaign=campaign, by=room.nurse.id, at=LATER)
    lists.import_list(room.session, ready)
    refresh(room.session, room.pilgrim, room.issuer, at=LATER)


def another_campaign(room: Room) -> None:
    umrah = open_second_campaign(room.session)
    register_in(room.session, room.pilgrim, umrah)
    services.refresh(room.session, room.pilgrim, campaign=umrah, issuer=room.issuer, by=new_id(), at=LATER)


def issued_again_by_the_same(room: Room) -> None:
    revoked, revocation = queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)
    assert revocation is not None
    with pytest.raises((RevokedByYourself, NobodyElseDecides)):
        issue_again(room, revoked, by=revocation.revoked_by_id)


ROADS: dict[str, Callable[[Room], None]] = {
    "registry.room.services.record_visit: refused": visit_refused,
    "registry.room.services.record_visit: a dose given anew": visit_after_a_withdrawal,
    "registry.corrections.services.correct_pilgrim: telephone": telephone,
    "registry.corrections.services.correct_pilgrim: name": name,
    "registry.corrections.services.correct_pilgrim: group": group,
    "registry.corrections.services.correct_pilgrim: region": region,
    "registry.corrections.services.correct_dose": dose_corrected,
    "registry.corrections.services.withdraw_dose": dose_withdrawn,
    "registry.corrections.services.correct_lot": lot_corrected,
    "registry.commands.agreement._refresh": refresh_command,
    "registry.commands.late_papers.refresh": late_paper,
    "registry.certificates.services.deciding.issue_again": issued_again_by_the_same,
    "an import of the same person": listed_again,
    "a campaign of the same winter": another_campaign,
}


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


YESTERDAY = TODAY - timedelta(days=1)
AN_HOUR_LATER = NOW + timedelta(hours=1)


def days_corrected(room: Room) -> None:
    room.examine(on=YESTERDAY, at=AN_HOUR_LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        dose = dose_of(room, antigen)
        corrections.correct_dose(room.session, dose, details_of(dose, given_on=YESTERDAY), **options(room))


def days_corrected_twice(room: Room) -> None:
    days_corrected(room)
    room.examine(on=YESTERDAY - timedelta(days=1), at=AN_HOUR_LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        dose = dose_of(room, antigen)
        earlier = details_of(dose, given_on=YESTERDAY - timedelta(days=1))
        corrections.correct_dose(room.session, dose, earlier, **options(room, at=AN_HOUR_LATER + timedelta(hours=1)))


def entered_again(room: Room, day: date = TODAY) -> None:
    if day < TODAY:
        room.examine(on=day, at=AN_HOUR_LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        supersede_dose(room.session, dose_of(room, antigen), None, by=new_id(), at=AN_HOUR_LATER)
    for lot in (room.menacwy, room.influenza):
        give(room.session, room.pilgrim, lot, given_on=day, at=AN_HOUR_LATER)


DISGUISES: dict[str, Callable[[Room], None]] = {
    "the days corrected": days_corrected,
    "the days corrected twice": days_corrected_twice,
    "the site corrected": dose_corrected,
    "the lot's number corrected": lot_corrected,
    "entered again for the same day": entered_again,
    "entered again for another day": lambda room: entered_again(room, YESTERDAY),
}


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


# A new paper after a revocation.


def issue_again(room: Room, revoked: Certificate, **changes: object) -> Certificate:
    given: dict[str, object] = {
        "id": new_id(),
        "campaign": the_campaign(room.session),
        "issuer": room.issuer,
        "reason": "The passport was checked: it is the pilgrim's own",
        "at": LATER,
        **changes,
    }
    given.setdefault("by", new_id())
    return services.issue_again(room.session, room.pilgrim, revoked, **given)  # type: ignore[arg-type]  # keywords of a test


def revoked_of(room: Room) -> Certificate:
    return queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)[0]


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


# A revocation that meets a replaced paper.


def test_fa2_revoking_a_replaced_paper_refuses_and_names_the_newer_one(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    newer = []
    for number in ("NEWLOT77", "NEWLOT78"):
        change_lot(session, pilgrim, make_lot(session, number=number))
        newer.append(refresh(session, pilgrim, issuer, at=LATER))
    assert newer[-1] is not None
    code = newer[-1].code
    with pytest.raises(AlreadyReplaced) as refused:
        services.revoke_certificate(session, old, reason=FRAUD, by=new_id(), at=LATER)
    assert refused.value.facts == {"newer": f"{code[:4]}-{code[4:8]}-{code[8:]}"}
    assert queries.standing(session, newer[-1], on=ARRIVAL).state is State.VALID


@pytest.mark.real_commit
def test_fa2_a_revocation_and_a_correction_at_once_end_in_one_of_two_ways(
    real_database: Database, issuer: Issuer
) -> None:
    """Either the correction came first and the person is told of the newer paper, or nothing stands."""
    for _round in range(4):
        with real_database.open_session(writes=True) as session:
            pilgrim, certificate = certify(session, issuer)
            session.commit()
        told, papers = _at_once(real_database, issuer, pilgrim, certificate)
        with real_database.open_session(writes=False) as session:
            live = queries.live_certificate(session, pilgrim.id, CAMPAIGN)
        if told:
            assert papers is not None
            assert live is not None
        else:
            assert live is None


def _at_once(
    database: Database, issuer: Issuer, pilgrim: Pilgrim, certificate: Certificate
) -> tuple[bool, Certificate | None]:
    """Whether the person who revoked was told of a newer paper, and what the correction issued."""
    barrier = Barrier(2)

    def revoke() -> bool:
        def work(session: Session) -> bool:
            try:
                services.revoke_certificate(
                    session, session.merge(certificate, load=True), reason=FRAUD, by=new_id(), at=LATER
                )
            except AlreadyReplaced:
                return True
            session.commit()
            return False

        barrier.wait()
        return database.run_transaction(work)

    def correct() -> Certificate | None:
        def work(session: Session) -> Certificate | None:
            person = session.get_one(Pilgrim, pilgrim.id)
            registration = pilgrims.get_registration(session, person.id, CAMPAIGN)
            place = RegistrationDetails(registration.region_code, registration.arrival_on)
            details = PilgrimDetails.model_validate({**person.model_dump(), "latin_given_name": "AIGULI"})
            corrections.correct_pilgrim(
                session,
                person,
                details,
                place,
                id=new_id(),
                campaign=the_campaign(session),
                issuer=issuer,
                reason="As in the passport",
                by=new_id(),
                at=LATER,
            )
            live = queries.live_certificate(session, person.id, CAMPAIGN)
            session.commit()
            return live

        barrier.wait()
        return database.run_transaction(work)

    with ThreadPoolExecutor(2) as both:
        told, papers = both.submit(revoke), both.submit(correct)
        return told.result(), papers.result()
