"""A recorded dose stays with the person who had it (security B2)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.corrections import services
from registry.corrections.queries import list_vaccinated_person
from registry.errors import Refusal, Refusals
from registry.model import new_id
from registry.pilgrims.models import PilgrimDetails, Sex
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccines.models import Site
from tests.corrections.test_identity_rules import (
    ANOTHER,
    FIRST,
    MARRIED,
    NEW_PASSPORT,
    REISSUED,
    RENAMED,
    SLIP,
    asked,
    slip,
)
from tests.corrections.test_services import details_of, dose_of, options
from tests.factories import CAMPAIGN, NOW
from tests.room.test_services import Room


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    room = Room(session, issuer, nurse)
    room.record()
    return room


def correct(room: Room, *, after: int, **changes: Any) -> None:
    """A correction so many hours after the first certificate."""
    confirmed = changes.pop("confirmed", ())
    details = PilgrimDetails.model_validate({**room.pilgrim.model_dump(), **changes})
    place = RegistrationDetails(region_code="KG-N", arrival_on=date(2026, 5, 11))
    given = options(room, at=NOW + timedelta(hours=after))
    services.correct_pilgrim(room.session, room.pilgrim, details, place, **given, confirmed=confirmed)


def test_b2_one_form_that_makes_another_person_is_refused_and_changes_nothing(room: Room) -> None:
    before, number = room.pilgrim.model_dump(), len(certificates.list_certificates(room.session, room.pilgrim.id))
    with pytest.raises(Refusals) as refused:
        correct(room, after=1, **RENAMED, passport_number="PE7654321", birth_on=date(1971, 8, 2), sex=Sex.MALE)
    assert [one.code for one in refused.value.all] == [".ChangeOfPerson"]
    assert room.pilgrim.model_dump() == before
    assert len(certificates.list_certificates(room.session, room.pilgrim.id)) == number


def test_b2_several_forms_that_together_make_another_person_are_refused_at_the_second(room: Room) -> None:
    correct(room, after=1, **RENAMED)
    steps: list[dict[str, Any]] = [
        {"sex": Sex.MALE},
        {"birth_on": date(1971, 8, 2)},
        {"passport_number": "PE7654321"},
    ]
    for later, step in enumerate(steps):
        with pytest.raises(Refusals) as refused:
            correct(room, after=2 + later, **step)
        assert ".ChangeOfPerson" in {one.code for one in refused.value.all}
    live = certificates.live_certificate(room.session, room.pilgrim.id, CAMPAIGN)
    assert live is not None
    assert live.facts["passport_number"] == room.pilgrim.passport_number


@pytest.mark.parametrize(
    "steps",
    [
        [MARRIED, NEW_PASSPORT],
        [{**MARRIED, **NEW_PASSPORT}],
        [MARRIED, {"birth_on": date(1976, 3, 12)}],
    ],
)
def test_b2_a_man_has_no_married_surname(steps: list[dict[str, Any]]) -> None:
    man = FIRST.model_copy(update={"sex": Sex.MALE})
    now, found = man, set[str]()
    for step in steps:
        found = asked(man, now, step)
        now = now.model_copy(update=step)
    assert found == ANOTHER


@pytest.mark.parametrize("beside", [MARRIED, SLIP], ids=["a new surname", "another spelling"])
def test_b2_a_new_passport_with_what_comes_with_it_is_asked_about_and_then_corrected(
    room: Room, beside: dict[str, Any]
) -> None:
    with pytest.raises(Refusals) as refused:
        correct(room, after=1, **beside, passport_number="PE7654321")
    doubts = {one.code for one in refused.value.all}
    assert doubts == REISSUED | (slip("latin_surname") if beside is SLIP else set())
    correct(room, after=1, **beside, passport_number="PE7654321", confirmed=doubts)
    assert room.pilgrim.passport_number == "PE7654321"


def test_b2_before_the_first_dose_everything_may_be_set_right(session: Session, issuer: Issuer, nurse: Staff) -> None:
    room = Room(session, issuer, nurse)
    correct(room, after=-2, **RENAMED, passport_number="PE7654321", sex=Sex.MALE)
    room.record()
    assert {one.passport_number for one in list_vaccinated_person(session, room.pilgrim)} == {"PE7654321"}
    correct(room, after=1, passport_number="PE7654399")


def test_b2_without_a_certificate_the_details_at_the_first_dose_are_what_counts(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = Room(session, issuer, nurse)
    correct(room, after=-2, **RENAMED, birth_on=date(1950, 2, 3))
    visit = type(room.visit)(given_by=nurse.id, identity_checked=True, doses=room.visit.doses[:1])
    room.record(visit)
    assert certificates.list_certificates(session, room.pilgrim.id) == []
    correct(room, after=1, sex=Sex.MALE)
    with pytest.raises(Refusals):
        correct(room, after=2, birth_on=date(1971, 8, 2))


def withdraw_all(room: Room, *, after: int) -> None:
    for dose in list_live_doses(room.session, room.pilgrim.id):
        services.withdraw_dose(room.session, dose, **options(room, id=new_id(), at=NOW + timedelta(hours=after)))


def one_dose(room: Room, *, at: datetime = NOW) -> None:
    room.record(replace(room.visit, doses=room.visit.doses[:1]), at=at)


def is_another(room: Room, *, after: int, **changes: Any) -> bool:
    """Whether a correction is refused because it would make another person."""
    try:
        correct(room, after=after, **changes)
    except Refusal as refused:
        return ".ChangeOfPerson" in {one.code for one in refused.all}
    return False


ANOTHER_PERSON = {**RENAMED, "passport_number": "PE7654321", "birth_on": date(1971, 8, 2), "sex": Sex.MALE}


def test_b2_withdrawn_doses_do_not_turn_one_person_into_another(room: Room) -> None:
    """The second finding: one lead withdrew both doses and wrote another person over the record."""
    withdraw_all(room, after=1)
    assert is_another(room, after=2, **ANOTHER_PERSON)
    assert is_another(room, after=2, birth_on=date(1971, 8, 2), sex=Sex.MALE)
    correct(room, after=3, **RENAMED)
    assert is_another(room, after=4, sex=Sex.MALE), "small steps with the doses withdrawn are one large one"
    room.record(at=NOW + timedelta(hours=5))
    assert is_another(room, after=6, sex=Sex.MALE), "doses entered again begin nothing anew"


def test_b2_without_a_certificate_a_withdrawn_dose_is_compared_with_too(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = Room(session, issuer, nurse)
    one_dose(room)
    withdraw_all(room, after=1)
    assert certificates.list_certificates(session, room.pilgrim.id) == []
    assert is_another(room, after=2, **ANOTHER_PERSON)
    correct(room, after=3, birth_on=date(1971, 8, 2))


def test_b2_a_first_certificate_between_two_steps_begins_nothing_anew(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    """One dose, another name, the other dose and with it the certificate, another birth date."""
    room = Room(session, issuer, nurse)
    one_dose(room)
    correct(room, after=1, **RENAMED)
    room.record(replace(room.visit, doses=room.visit.doses[1:]), at=NOW + timedelta(hours=2))
    assert len(certificates.list_certificates(session, room.pilgrim.id)) == 1
    at_the_dose, on_the_paper = list_vaccinated_person(session, room.pilgrim)
    assert (at_the_dose.latin_given_name, on_the_paper.latin_given_name) == ("AIGUL", "BURUL")
    assert is_another(room, after=3, birth_on=date(1971, 8, 2))
    # Back to the name at the first dose, it is the certificate that another fact is compared with.
    correct(room, after=4, **{field: getattr(at_the_dose, field) for field in RENAMED})
    assert is_another(room, after=5, birth_on=date(1971, 8, 2))


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        ({**RENAMED, "passport_number": "PE7654321"}, False),
        ({"birth_on": date(1971, 8, 2), "sex": Sex.MALE}, False),
        ({**MARRIED, "passport_number": "PE7654321"}, False),
        (RENAMED, True),
        ({**SLIP, "passport_number": "PE7654321"}, True),
        ({**MARRIED, "phone": "+996555000123"}, True),
    ],
    ids=["name and passport", "birth date and sex", "married, new passport", "name", "slip, new passport", "married"],
)
def test_b2_an_examination_from_before_two_facts_changed_carries_no_dose(
    session: Session, issuer: Issuer, nurse: Staff, changes: dict[str, Any], given: bool
) -> None:
    room = Room(session, issuer, nurse)
    correct(room, after=1, **changes)
    if given:
        room.record(at=NOW + timedelta(hours=2))
        return
    with pytest.raises(Refusal) as refused:
        room.record(at=NOW + timedelta(hours=2))
    assert {one.code for one in refused.value.all} == {".ExaminationOfAnother"}
    room.examine(at=NOW + timedelta(hours=3))
    room.record(at=NOW + timedelta(hours=4))


def test_b2_a_corrected_dose_is_as_old_as_its_first_version(room: Room) -> None:
    """Correcting the doses between two steps does not begin the comparison anew."""
    correct(room, after=1, **RENAMED)
    for antigen in ("MENACWY", "INFLUENZA"):
        dose = dose_of(room, antigen)
        details = details_of(dose, site=Site.LEFT_THIGH if antigen == "MENACWY" else Site.RIGHT_THIGH)
        services.correct_dose(room.session, dose, details, **options(room, id=new_id(), at=NOW + timedelta(hours=2)))
    with pytest.raises(Refusal):
        correct(room, after=3, sex=Sex.MALE)


def test_the_telephone_of_somebody_corrected_often_is_still_one_form(room: Room) -> None:
    for number in range(1, 4):
        correct(room, after=number, phone=f"+99655500012{number}")
    assert room.pilgrim.phone == "+996555000123"
