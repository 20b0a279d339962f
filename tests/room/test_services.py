"""A visit is recorded whole or not at all, and ends in a certificate."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.errors import Refusal, Refusals
from registry.examinations.models import Examination, ExaminationDetails, Outcome
from registry.examinations.queries import list_questions
from registry.examinations.services import record_examination
from registry.immunization_log.models import Kind, LogEntry
from registry.model import new_id
from registry.pilgrims.models import AccessGrant, Pilgrim
from registry.room import services
from registry.room.services import Given, NotGiven, Visit
from registry.staff.models import Staff
from registry.tallies.models import Measure, Tally
from registry.vaccinations.models import Dose, DoseDetails, NotGivenReason
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Lot, Route, Site
from tests.factories import (
    BISHKEK,
    NARYN,
    NOW,
    TODAY,
    make_flu_lot,
    make_lot,
    make_pilgrim,
    make_staff,
    the_campaign,
)


def dose_of(lot: Lot, *, antigen: str = "MENACWY", site: Site = Site.LEFT_UPPER_ARM, on: date = TODAY) -> Given:
    details = DoseDetails(
        antigen_code=antigen,
        product_code=lot.product_code,
        lot_id=lot.id,
        given_on=on,
        route=Route.INTRAMUSCULAR,
        site=site,
        volume_ml=Decimal("0.5"),
    )
    return Given(details)


def both(menacwy: Lot, influenza: Lot, nurse: Staff) -> Visit:
    flu = dose_of(influenza, antigen="INFLUENZA", site=Site.RIGHT_UPPER_ARM)
    return Visit(given_by=nurse.id, identity_checked=True, doses=[dose_of(menacwy), flu])


class Room:
    """A point with stock, a nurse, and an examined pilgrim."""

    def __init__(self, session: Session, issuer: Issuer, nurse: Staff) -> None:
        self.session, self.issuer, self.nurse = session, issuer, nurse
        self.menacwy, self.influenza = make_lot(session), make_flu_lot(session)
        self.pilgrim = make_pilgrim(session)
        self.examine()
        self.visit = both(self.menacwy, self.influenza, nurse)

    def record(self, visit: Visit | None = None, **changes: object) -> services.VisitResult:
        options: dict[str, object] = {
            "id": new_id(),
            "campaign": the_campaign(self.session),
            "point_code": NARYN,
            "issuer": self.issuer,
            "by": self.nurse.id,
            "at": NOW,
            **changes,
        }
        return services.record_visit(self.session, self.pilgrim, visit or self.visit, **options)  # type: ignore[arg-type]  # keywords of a test

    def examine(self, *, on: date = TODAY, at: datetime = NOW) -> Examination:
        details = ExaminationDetails(
            examined_on=on,
            consent=True,
            answers={question.code: False for question in list_questions()},
            conditions={},
            outcome=Outcome.FIT,
        )
        return record_examination(
            self.session,
            self.pilgrim,
            details,
            id=new_id(),
            campaign=the_campaign(self.session),
            point_code=NARYN,
            by=new_id(),
            at=at,
        )

    def on_hand(self, lot: Lot) -> int:
        return vaccines.count_on_hand(self.session, point_code=NARYN, lot_id=lot.id)

    def refused(self, visit: Visit | None = None, **changes: object) -> set[str]:
        with pytest.raises(Refusals) as refused:
            self.record(visit, **changes)
        return {refusal.code for refusal in refused.value.all}


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return Room(session, issuer, nurse)


def tally(session: Session, measure: Measure, **key: str) -> int:
    rows = session.exec(select(Tally).where(Tally.measure == measure).filter_by(**key)).all()
    return sum(row.count for row in rows)


def test_two_doses_on_one_page_end_in_a_certificate(room: Room) -> None:
    result = room.record()
    assert [dose.antigen_code for dose in sorted(result.doses, key=lambda d: d.antigen_code)] == [
        "INFLUENZA",
        "MENACWY",
    ]
    assert result.certificate is not None
    assert certificates.live_certificate(room.session, room.pilgrim.id, result.doses[0].campaign_code)


def test_a_visit_takes_one_dose_of_each_lot_and_counts_the_pilgrim_once(room: Room) -> None:
    room.record()
    assert (room.on_hand(room.menacwy), room.on_hand(room.influenza)) == (19, 19)
    assert tally(room.session, Measure.VACCINATED, antigen_code="MENACWY") == 1
    assert tally(room.session, Measure.VACCINATED, antigen_code="INFLUENZA") == 1
    assert tally(room.session, Measure.COMPLETE, region_code="KG-N", point_code=NARYN) == 1


def test_the_same_form_sent_twice_is_one_visit(room: Room) -> None:
    key = new_id()
    first, second = room.record(id=key), room.record(id=key)
    assert {dose.id for dose in first.doses} == {dose.id for dose in second.doses}
    assert first.certificate == second.certificate
    assert room.on_hand(room.menacwy) == 19


def test_a_second_visit_learns_when_and_by_whom_the_dose_was_recorded(room: Room) -> None:
    room.record()
    colleague = make_staff(room.session, point=NARYN)
    with pytest.raises(Refusals) as refused:
        room.record(by=colleague.id, at=NOW + timedelta(minutes=1))
    facts = refused.value.all[0].facts
    assert facts == {"at": NOW, "by": room.nurse.name}
    assert room.on_hand(room.menacwy) == 19


def test_one_refused_vaccine_leaves_the_other_unrecorded(room: Room) -> None:
    old = make_lot(room.session, expires_on=TODAY - timedelta(days=1))
    refused = room.refused(both(old, room.influenza, room.nurse))
    assert refused == {"menacwy-lot.LotExpired"}
    assert not room.session.exec(select(Dose)).all()
    assert room.on_hand(room.influenza) == 20


def test_the_faults_of_both_vaccines_are_seen_at_once(room: Room) -> None:
    old = make_lot(room.session, expires_on=TODAY - timedelta(days=1))
    elsewhere = make_flu_lot(room.session, point=BISHKEK)
    visit = replace(both(old, elsewhere, room.nurse), identity_checked=False)
    expected = {"identity_checked.IdentityUnchecked", "menacwy-lot.LotExpired", "influenza-lot.LotUnknown"}
    assert room.refused(visit) == expected


def test_without_an_examination_nothing_is_given(room: Room) -> None:
    room.pilgrim = make_pilgrim(room.session)
    assert room.refused() == {".NoExamination"}


def test_both_vaccines_in_one_arm_must_be_confirmed(room: Room) -> None:
    flu = dose_of(room.influenza, antigen="INFLUENZA")
    visit = replace(room.visit, doses=[dose_of(room.menacwy), flu])
    doubts = room.refused(visit)
    assert doubts == {"influenza-site.SameSite"}
    assert room.record(visit, confirmed=doubts).certificate


def test_a_dose_entered_late_must_be_confirmed_as_given_here(room: Room) -> None:
    on = TODAY - timedelta(days=3)
    room.examine(on=on)
    doses = [
        dose_of(room.menacwy, on=on),
        dose_of(room.influenza, antigen="INFLUENZA", site=Site.RIGHT_UPPER_ARM, on=on),
    ]
    doubts = room.refused(replace(room.visit, doses=doses))
    assert doubts == {"given_on.DoseLongAgo"}
    given = room.record(replace(room.visit, doses=doses), confirmed=doubts).doses
    assert {dose.given_on for dose in given} == {on}


def test_a_dose_left_out_with_its_reason_issues_no_certificate(room: Room) -> None:
    left_out = NotGiven("INFLUENZA", NotGivenReason.REFUSED)
    result = room.record(replace(room.visit, doses=[dose_of(room.menacwy)], not_given=[left_out]))
    assert result.certificate is None
    assert [row.reason for row in result.not_given] == [NotGivenReason.REFUSED]
    assert tally(room.session, Measure.COMPLETE) == 0


def test_another_reason_must_be_said(room: Room) -> None:
    left_out = NotGiven("INFLUENZA", NotGivenReason.OTHER, " ")
    assert room.refused(replace(room.visit, doses=[], not_given=[left_out])) == {"influenza-note.ReasonNeedsNote"}


def test_an_empty_visit_is_refused(room: Room) -> None:
    assert room.refused(replace(room.visit, doses=[])) == {".NothingDecided"}


def test_a_dose_by_somebody_who_does_not_vaccinate_here_is_refused(room: Room, doctor: Staff) -> None:
    assert room.refused(replace(room.visit, given_by=doctor.id)) == {"given_by.VaccinatorUnknown"}


def test_every_dose_is_in_the_log_of_its_point_and_in_the_audit(room: Room) -> None:
    room.record()
    logged = room.session.exec(select(LogEntry).where(LogEntry.stream == NARYN, LogEntry.kind == Kind.DOSE)).all()
    audited = room.session.exec(select(AuditEvent).where(AuditEvent.action == Action.VACCINATED)).all()
    assert (len(logged), len(audited)) == (2, 2)


def test_who_vaccinates_keeps_the_pilgrim_in_sight_to_the_campaigns_end(room: Room) -> None:
    room.record()
    grant = room.session.get(AccessGrant, (room.nurse.id, room.pilgrim.id))
    assert grant is not None
    assert grant.until.date() >= the_campaign(room.session).ends_on


def test_a_dose_that_still_counts_stops_a_second_one_until_a_reason_is_written(room: Room) -> None:
    room.record()
    later = NOW + timedelta(days=1)
    room.examine(on=TODAY + timedelta(days=1), at=later)
    again = dose_of(room.menacwy, on=TODAY + timedelta(days=1))
    visit = replace(room.visit, doses=[again])
    assert room.refused(visit, at=later) == {"menacwy-override_reason.DoseStillCounts"}
    reasoned = replace(visit, doses=[replace(again, override_reason="The vial was found cracked")])
    assert room.record(reasoned, at=later).doses[0].number == 2


def test_a_second_influenza_dose_in_a_season_is_refused_whatever_the_reason(room: Room) -> None:
    room.record()
    later = NOW + timedelta(days=1)
    room.examine(on=TODAY + timedelta(days=1), at=later)
    again = replace(
        dose_of(room.influenza, antigen="INFLUENZA", on=TODAY + timedelta(days=1)), override_reason="Asked for it"
    )
    assert room.refused(replace(room.visit, doses=[again]), at=later) == {"influenza-lot.DoseOfThisSeason"}


def test_a_refused_visit_raises_refusals_that_read_as_sentences(room: Room) -> None:
    with pytest.raises(Refusal) as refused:
        room.record(replace(room.visit, identity_checked=False))
    assert str(refused.value) == "Look at the passport and at the person, then tick that both are this pilgrim."


def test_the_pilgrim_of_another_form_key_is_untouched(room: Room) -> None:
    other: Pilgrim = make_pilgrim(room.session)
    room.record()
    assert not certificates.list_certificates(room.session, other.id)
