"""A recorded dose stays with the person who had it (security B2)."""

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.corrections import rules, services
from registry.corrections.queries import list_vaccinated_person
from registry.corrections.rules import identity_faults
from registry.errors import Refusal, Refusals
from registry.model import new_id
from registry.pilgrims.models import BirthPrecision, PilgrimDetails, Sex
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccines.models import Site
from tests.corrections.test_services import details_of, dose_of, options
from tests.factories import CAMPAIGN, NOW, pilgrim_details
from tests.room.test_services import Room

FIRST = pilgrim_details(
    birth_on=date(1956, 3, 12), passport_number="PE1234567", pin="11203195600123", patronymic="Токтогуловна"
)
YEAR_ONLY = {"birth_on": date(1956, 1, 1), "birth_precision": BirthPrecision.YEAR}
MARRIED = {"latin_surname": "ZHEENBEKOVA", "surname": "Жээнбекова"}
RENAMED = {"latin_surname": "USONOVA", "latin_given_name": "BURUL", "surname": "Үсөнова", "given_name": "Бурул"}
SLIP = {"latin_given_name": "AIGYL"}
NEW_PASSPORT = {"passport_number": "PE7654321"}
ALLOWED, ANOTHER = set[str](), {".ChangeOfPerson"}


def slip(*fields: str) -> set[str]:
    asked_by = {
        "latin_surname": "NameSlip",
        "birth_on": "BirthSlip",
        "passport_number": "PassportSlip",
        "pin": "PinSlip",
    }
    return {f"{field}.{asked_by[field]}" for field in fields}


REISSUED = {"passport_number.PassportReissued"}
CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    # One fact, however far: one form, as ever.
    "nothing of a person": ({"phone": "+996555000123"}, ALLOWED),
    "the passport's re-issue alone": (NEW_PASSPORT, ALLOWED),
    "a slip in the name": (SLIP, ALLOWED),
    "another name alone": (RENAMED, ALLOWED),
    "both alphabets are one fact": ({"latin_surname": "ASANBEKOVNA", "surname": "Асанбековна"}, ALLOWED),
    "a married surname": (MARRIED, ALLOWED),
    "a birth date": ({"birth_on": date(1971, 8, 2)}, ALLOWED),
    "the sex": ({"sex": Sex.MALE}, ALLOWED),
    "the PIN emptied": ({"pin": None}, ALLOWED),
    "another PIN": ({"pin": "20208197100456"}, ALLOWED),
    # Slips, each confirmed, beside at most one change. A new passport goes with a woman's new surname alone.
    "a slip and a new passport": ({**SLIP, **NEW_PASSPORT}, ANOTHER),
    "a slip of the birth date and a new passport": ({"birth_on": date(1956, 3, 13), **NEW_PASSPORT}, ANOTHER),
    "day and month swapped and a new passport": ({"birth_on": date(1956, 12, 3), **NEW_PASSPORT}, ANOTHER),
    "a slip of the PIN and a new passport": ({"pin": "11203195600128", **NEW_PASSPORT}, ANOTHER),
    "thirty years by one digit and a new passport": ({"birth_on": date(1986, 3, 12), **NEW_PASSPORT}, ANOTHER),
    "thirty years by one digit, and the sex": ({"birth_on": date(1986, 3, 12), "sex": Sex.MALE}, ANOTHER),
    "thirty years by one digit beside a slip": ({"birth_on": date(1986, 3, 12), **SLIP}, slip("latin_surname")),
    "a century by one digit, and the sex": ({"birth_on": date(1856, 3, 12), "sex": Sex.MALE}, ANOTHER),
    "the year beside, and the sex": ({"birth_on": date(1957, 3, 12), "sex": Sex.MALE}, slip("birth_on")),
    "a digit of the year, and the sex": ({"birth_on": date(1958, 3, 12), "sex": Sex.MALE}, slip("birth_on")),
    "a digit of day and of month, and the sex": ({"birth_on": date(1956, 4, 13), "sex": Sex.MALE}, ANOTHER),
    "married, a slip of the given name, new passport": ({**MARRIED, **SLIP, **NEW_PASSPORT}, ANOTHER),
    "married, a slip of the birth date, new passport": (
        {**MARRIED, "birth_on": date(1956, 3, 13), **NEW_PASSPORT},
        ANOTHER,
    ),
    "married, without her father's name, new passport": ({**MARRIED, "patronymic": "", **NEW_PASSPORT}, ANOTHER),
    "slips in name and birth date": ({**SLIP, "birth_on": date(1956, 3, 13)}, slip("latin_surname", "birth_on")),
    "a slip beside another birth date": ({**SLIP, "birth_on": date(1971, 8, 2)}, slip("latin_surname")),
    "day and month swapped, and a slip": (
        {**SLIP, "birth_on": date(1956, 12, 3)},
        slip("latin_surname", "birth_on"),
    ),
    "two digits of a birth date swapped, and the sex": (
        {"birth_on": date(1965, 3, 12), "sex": Sex.MALE},
        ANOTHER,
    ),
    "a digit of the passport, and the sex": (
        {"passport_number": "PE1234568", "sex": Sex.MALE},
        slip("passport_number"),
    ),
    "O for 0 in the PIN's place, and the name": ({"pin": "11203195600128", **RENAMED}, slip("pin")),
    "married, with her new passport": ({**MARRIED, **NEW_PASSPORT}, REISSUED),
    "surname and given name in each other's field, new passport": (
        {
            "latin_surname": "AIGUL",
            "latin_given_name": "ASANBEKOVA",
            "surname": "Айгүл",
            "given_name": "Асанбекова",
            **NEW_PASSPORT,
        },
        ANOTHER,
    ),
    "another spelling of the same sounds, new passport": (
        {"latin_given_name": "AYGUL", **NEW_PASSPORT},
        ANOTHER,
    ),
    "a patronymic left out, new passport": ({"patronymic": "", **NEW_PASSPORT}, ANOTHER),
    # Two facts: another person.
    "the finding itself": (
        {**RENAMED, **NEW_PASSPORT, "birth_on": date(1971, 8, 2), "sex": Sex.MALE, "pin": None},
        ANOTHER,
    ),
    "name and passport": ({**RENAMED, **NEW_PASSPORT}, ANOTHER),
    "name and birth date": ({**RENAMED, "birth_on": date(1971, 8, 2)}, ANOTHER),
    "name and sex": ({**RENAMED, "sex": Sex.MALE}, ANOTHER),
    "name and PIN emptied": ({**RENAMED, "pin": None}, ANOTHER),
    "name and another PIN": ({**RENAMED, "pin": "20208197100456"}, ANOTHER),
    "passport and birth date": ({**NEW_PASSPORT, "birth_on": date(1971, 8, 2)}, ANOTHER),
    "passport and sex": ({**NEW_PASSPORT, "sex": Sex.MALE}, ANOTHER),
    "passport and PIN": ({**NEW_PASSPORT, "pin": "20208197100456"}, ANOTHER),
    "passport and PIN emptied": ({**NEW_PASSPORT, "pin": None}, ANOTHER),
    "birth date and sex": ({"birth_on": date(1971, 8, 2), "sex": Sex.MALE}, ANOTHER),
    "birth date and PIN": ({"birth_on": date(1971, 8, 2), "pin": "20208197100456"}, ANOTHER),
    "sex and PIN emptied": ({"sex": Sex.MALE, "pin": None}, ANOTHER),
    "a married surname and another birth date": ({**MARRIED, "birth_on": date(1971, 8, 2)}, ANOTHER),
    "the Cyrillic name alone, and the passport": (
        {"surname": "Үсөнова", "given_name": "Бурул", **NEW_PASSPORT},
        ANOTHER,
    ),
    "another father's name, and the passport": ({"patronymic": "Бакытовна", **NEW_PASSPORT}, ANOTHER),
    "a sister: given name and birth date": (
        {"latin_given_name": "GULNARA", "given_name": "Гүлнара", "birth_on": date(1958, 7, 1)},
        ANOTHER,
    ),
    "a short name is another by one letter": (
        {"latin_surname": "LEE", "surname": "Ли", "latin_given_name": "ANN", "sex": Sex.MALE},
        ANOTHER,
    ),
}


def asked(first: PilgrimDetails, now: PilgrimDetails, changes: dict[str, Any]) -> set[str]:
    then = now.model_copy(update=changes)
    return {fault.code for fault in identity_faults(first, now, then)}


@pytest.mark.parametrize("case", CASES)
def test_b2_what_makes_another_person_of_a_record(case: str) -> None:
    changes, expected = CASES[case]
    assert asked(FIRST, FIRST, changes) == expected


@pytest.mark.parametrize(
    ("first", "changes", "expected"),
    [
        ({"pin": None}, {"pin": "20208197100456", **SLIP}, ALLOWED),
        (YEAR_ONLY, {"birth_on": date(1956, 8, 2), "birth_precision": BirthPrecision.DAY, **NEW_PASSPORT}, ALLOWED),
        (YEAR_ONLY, {"birth_on": date(1971, 8, 2), "birth_precision": BirthPrecision.DAY, **NEW_PASSPORT}, ANOTHER),
        ({"latin_given_name": "", "given_name": ""}, NEW_PASSPORT, ALLOWED),
    ],
    ids=["a PIN learnt", "the day of the birth learnt", "another year", "a single name"],
)
def test_b2_what_was_not_known_is_learnt(first: dict[str, Any], changes: dict[str, Any], expected: set[str]) -> None:
    at_first = FIRST.model_copy(update=first)
    assert asked(at_first, at_first, changes) == expected


@pytest.mark.parametrize(
    ("earlier", "changes", "expected"),
    [
        (RENAMED, NEW_PASSPORT, ANOTHER),
        (NEW_PASSPORT, {"sex": Sex.MALE}, ANOTHER),
        ({"pin": None}, NEW_PASSPORT, ANOTHER),
        ({"pin": None}, {"pin": "20208197100456", "sex": Sex.MALE}, ANOTHER),
        ({"birth_on": date(1956, 3, 13)}, NEW_PASSPORT, ANOTHER),
        (SLIP, NEW_PASSPORT, ANOTHER),
        (NEW_PASSPORT, SLIP, ANOTHER),
        ({"latin_given_name": "AIGYL"}, {"latin_given_name": "AINYR", **NEW_PASSPORT}, ANOTHER),
        # Back to what it was, or something else altogether, is never held up by what stands wrong already.
        (RENAMED | NEW_PASSPORT, {"phone": "+996555000123"}, ALLOWED),
        (RENAMED | NEW_PASSPORT | {"sex": Sex.MALE}, {"sex": Sex.FEMALE}, ALLOWED),
    ],
)
def test_b2_small_steps_are_compared_with_the_first_not_with_the_last(
    earlier: dict[str, Any], changes: dict[str, Any], expected: set[str]
) -> None:
    assert asked(FIRST, FIRST.model_copy(update=earlier), changes) == expected


def test_b2_slips_that_together_make_another_name_are_no_slip() -> None:
    """AIGUL, AINUL, AINUR, AINURA: each a letter from the one before."""
    now = FIRST
    for name, expected in (("AINUL", slip("latin_surname")), ("AINUR", ANOTHER), ("AINURA", ANOTHER)):
        assert asked(FIRST, now, {"latin_given_name": name, "sex": Sex.MALE}) == expected, name
        now = now.model_copy(update={"latin_given_name": name})


# The same through the service.


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


def test_b2_a_new_surname_and_passport_are_asked_about_and_then_corrected(room: Room) -> None:
    with pytest.raises(Refusals) as refused:
        correct(room, after=1, **MARRIED, passport_number="PE7654321")
    doubts = {one.code for one in refused.value.all}
    assert doubts == REISSUED
    correct(room, after=1, **MARRIED, passport_number="PE7654321", confirmed=doubts)
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


@pytest.mark.parametrize("letters", ["AB", "Ө", "A-"])
def test_b3_a_text_that_no_field_takes_is_not_compared_letter_by_letter(letters: str) -> None:
    """Security B3, neighbour: 450 kB beside a surname of 58 letters took 16 s under the write lock."""
    began = time.process_time()
    assert rules._edits("TOKTOGULOVA" * 5, letters * 225_000) > rules.SLIPS_IN_A_NAME
    assert rules._edits(letters * 225_000, letters * 225_000) == 0
    assert time.process_time() - began < 0.5
