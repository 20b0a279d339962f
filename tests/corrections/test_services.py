"""A correction keeps the old value, and counters, stock and certificate follow it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.certificates.rules import State
from registry.commands.recount import differences
from registry.corrections import services
from registry.errors import Refusals
from registry.immunization_log.models import Kind, LogEntry
from registry.model import new_id
from registry.pilgrims.models import Correction, PilgrimDetails, Subject
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Staff
from registry.tallies.models import Measure, Tally
from registry.vaccinations.models import Dose, DoseDetails, DoseStatus
from registry.vaccinations.queries import list_dose_versions, list_live_doses
from registry.vaccines.models import HoldKind, Site
from registry.vaccines.services import hold_lot
from tests.factories import NARYN, NOW, TODAY, make_lot, the_campaign
from tests.room.test_services import Room

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    """A pilgrim with both doses and a certificate."""
    room = Room(session, issuer, nurse)
    room.record()
    return room


def dose_of(room: Room, antigen: str = "MENACWY") -> Dose:
    return next(d for d in list_live_doses(room.session, room.pilgrim.id) if d.antigen_code == antigen)


def options(room: Room, **changes: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "campaign": the_campaign(room.session),
        "issuer": room.issuer,
        "reason": "The passport says otherwise",
        "by": room.nurse.id,
        "at": LATER,
        **changes,
    }


def details_of(dose: Dose, **changes: Any) -> DoseDetails:
    return DoseDetails.model_validate({**dose.model_dump(), **changes})


def correct_person(room: Room, *, region: str = "KG-N", **changes: Any) -> Correction:
    details = PilgrimDetails.model_validate({**room.pilgrim.model_dump(), **changes})
    place = RegistrationDetails(region_code=region, arrival_on=TODAY.replace(year=2026, month=5, day=11))
    return services.correct_pilgrim(room.session, room.pilgrim, details, place, **options(room))


def states(room: Room) -> list[State]:
    listed = certificates.list_certificates(room.session, room.pilgrim.id)
    return [certificates.standing(room.session, one, on=TODAY + timedelta(days=20)).state for one in listed]


def assert_counters_agree(session: Session) -> None:
    wrong = [d for d in differences(session, the_campaign(session)) if d.key.measure is not Measure.CERTIFIED]
    assert wrong == []


def test_a_corrected_name_replaces_the_certificate_and_keeps_the_old_name(room: Room) -> None:
    correction = correct_person(room, latin_given_name="AIGULIA")
    assert correction.changes == [{"field": "latin_given_name", "old": "AIGUL", "new": "AIGULIA"}]
    assert states(room) == [State.REPLACED, State.VALID]
    live = certificates.live_certificate(room.session, room.pilgrim.id, the_campaign(room.session).code)
    assert live is not None
    assert "AIGULIA" in live.facts["latin_name"]


def test_a_pilgrim_of_another_region_moves_every_counter_there(room: Room) -> None:
    correct_person(room, region="KG-T")
    counted = room.session.exec(select(Tally).where(Tally.count > 0)).all()
    assert {tally.region_code for tally in counted} == {"KG-T"}
    assert {tally.measure for tally in counted} == set(Measure)
    assert_counters_agree(room.session)


def test_a_correction_that_changes_nothing_is_refused(room: Room) -> None:
    with pytest.raises(Refusals) as refused:
        correct_person(room)
    assert [one.code for one in refused.value.all] == [".NothingChanged"]


@pytest.mark.parametrize("reason", ["", "  a ", "x" * 501])
def test_a_correction_without_a_reason_of_sensible_length_is_refused(room: Room, reason: str) -> None:
    dose = dose_of(room)
    with pytest.raises(Refusals) as refused:
        services.withdraw_dose(room.session, dose, **options(room, reason=reason))
    assert refused.value.all[0].field == "reason"
    assert dose_of(room).id == dose.id


def test_a_withdrawn_dose_goes_back_to_stock_and_takes_its_certificate_along(room: Room) -> None:
    services.withdraw_dose(room.session, dose_of(room), **options(room))
    assert room.on_hand(room.menacwy) == 20
    assert states(room) == [State.REVOKED]
    last = list_dose_versions(room.session, room.pilgrim.id)[-1]
    assert (last.status, last.version) == (DoseStatus.ENTERED_IN_ERROR, 2)
    assert_counters_agree(room.session)


def test_after_a_withdrawal_the_dose_may_be_given_again_with_the_next_number(room: Room) -> None:
    services.withdraw_dose(room.session, dose_of(room), **options(room))
    visit = replace(room.visit, doses=room.visit.doses[:1])
    result = room.record(visit, at=LATER)
    assert result.doses[0].number == 2
    assert result.certificate is not None
    assert_counters_agree(room.session)


def test_a_corrected_lot_moves_the_stock_and_replaces_the_certificate(room: Room) -> None:
    real = make_lot(room.session)
    correction = services.correct_dose(
        room.session, dose_of(room), details_of(dose_of(room), lot_id=real.id), **options(room)
    )
    assert correction.changes == [{"field": "lot", "old": room.menacwy.number, "new": real.number}]
    assert (room.on_hand(room.menacwy), room.on_hand(real)) == (20, 19)
    assert states(room) == [State.REPLACED, State.VALID]


def test_a_corrected_day_moves_the_counters_to_that_day(room: Room) -> None:
    yesterday = TODAY - timedelta(days=1)
    room.examine(on=yesterday, at=LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        dose = dose_of(room, antigen)
        services.correct_dose(room.session, dose, details_of(dose, given_on=yesterday), **options(room))
    days = {t.day for t in room.session.exec(select(Tally).where(Tally.count > 0, Tally.measure == Measure.COMPLETE))}
    assert days == {yesterday}
    assert_counters_agree(room.session)


def test_a_dose_cannot_be_moved_to_a_day_without_an_examination(room: Room) -> None:
    dose = dose_of(room)
    moved = details_of(dose, given_on=TODAY - timedelta(days=1))
    with pytest.raises(Refusals) as refused:
        services.correct_dose(room.session, dose, moved, **options(room))
    assert [one.code for one in refused.value.all] == ["given_on.NotExaminedThen"]


def test_a_dose_corrected_meanwhile_is_not_corrected_again(room: Room) -> None:
    dose = dose_of(room)
    services.withdraw_dose(room.session, dose, **options(room))
    moved = details_of(dose, site=Site.RIGHT_UPPER_ARM)
    with pytest.raises(Exception, match="withdrew this dose"):
        services.correct_dose(room.session, dose, moved, **options(room))


def test_the_same_correction_sent_twice_is_one(room: Room) -> None:
    key = new_id()
    dose = dose_of(room)
    for _ in range(2):
        services.withdraw_dose(room.session, dose, **options(room, id=key))
    assert len(room.session.exec(select(Correction)).all()) == 1
    assert room.on_hand(room.menacwy) == 20


def test_a_correction_is_in_the_log_of_the_point(room: Room) -> None:
    correction = services.withdraw_dose(room.session, dose_of(room), **options(room))
    logged = select(LogEntry).where(LogEntry.stream == NARYN, LogEntry.kind == Kind.CORRECTION)
    assert len(room.session.exec(logged).all()) == 1
    assert (correction.subject, correction.changes[0]["new"]) == (Subject.DOSE, "entered_in_error")


@pytest.mark.parametrize(
    ("held", "code"),
    [(60, "lot.HeldMeanwhile"), (-60, "lot.LotOnHold")],
    ids=["recorded before the hold", "examined after the hold"],
)
def test_f5_a_dose_corrected_to_a_lot_on_hold_is_judged_by_when_it_was_recorded(
    session: Session, issuer: Issuer, nurse: Staff, held: int, code: str
) -> None:
    """Room F5: a second examination after the hold does not make a dose of before a later one."""
    room = Room(session, issuer, nurse)
    room.record()
    lot = make_lot(session, number="HELD001")
    hold_lot(session, lot, HoldKind.RECALL, "Too warm", by=nurse.id, at=NOW + timedelta(minutes=held))
    room.examine(at=NOW + timedelta(hours=2))
    dose = dose_of(room)
    given = options(room, at=NOW + timedelta(hours=3))
    with pytest.raises(Refusals) as refused:
        services.correct_dose(session, dose, details_of(dose, lot_id=lot.id), **given)
    assert code in {one.code for one in refused.value.all}
