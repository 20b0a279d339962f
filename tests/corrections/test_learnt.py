"""What was unknown at the first dose counts from when it is learnt (security B2)."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from registry.certificates.keys import Issuer
from registry.errors import Doubt, Refusal
from registry.pilgrims.models import BirthPrecision
from registry.staff.models import Staff
from tests.corrections.test_identity import correct
from tests.corrections.test_identity_rules import MARRIED, NEW_PASSPORT
from tests.room.test_services import Room

Step = dict[str, Any]


def born(day: int, month: int) -> Step:
    return {"birth_on": date(1960, month, day), "birth_precision": BirthPrecision.DAY}


PIN, OTHER_PIN, NO_PIN = {"pin": "10707196000123"}, {"pin": "10911196000999"}, {"pin": None}
IN_JULY: Step = {"birth_on": date(1960, 7, 1), "birth_precision": BirthPrecision.MONTH}
BORN, OTHER_DAY = born(7, 7), born(9, 11)
FATHER, OTHER_FATHER = {"patronymic": "Токтогуловна"}, {"patronymic": "Бакытовна"}
ANOTHER_PASSPORT, SLIP_OF_NEW = {"passport_number": "PE3334445"}, {"passport_number": "PE7654320"}
FIRST_NAME: Step = {"latin_surname": "ASANBEKOVA", "surname": "Асанбекова"}
MARRIED_AGAIN = {"latin_surname": "TOKTOGULOVA", "surname": "Токтогулова"}
FIRST_PASSPORT = {"passport_number": "PE1234567"}
TAKEN = {**MARRIED, **NEW_PASSPORT}
STORIES: dict[str, tuple[list[Step], bool]] = {
    # The last step is the one asked about; those before it are taken.
    "the finding: PIN, PIN, birth, birth": ([PIN, OTHER_PIN, BORN, OTHER_DAY], True),
    "a second day, and a passport": ([BORN, OTHER_DAY, NEW_PASSPORT], True),
    "a second day within the month first told, and a passport": ([IN_JULY, born(8, 8), NEW_PASSPORT], True),
    "the day told as less in between": ([BORN, {**IN_JULY}, born(21, 7), NEW_PASSPORT], True),
    "a second PIN, and the surname": ([PIN, OTHER_PIN, MARRIED], True),
    "the PIN taken away again, another one, and a passport": ([PIN, NO_PIN, OTHER_PIN, NEW_PASSPORT], True),
    "a second father's name, and a passport": ([FATHER, OTHER_FATHER, NEW_PASSPORT], True),
    "a second father's name, and another day": ([FATHER, BORN, OTHER_FATHER, OTHER_DAY], True),
    "all is learnt, once": ([PIN, IN_JULY, BORN, NEW_PASSPORT], False),
    "a second PIN alone": ([PIN, OTHER_PIN], False),
    "a second PIN, set back, and a passport": ([PIN, OTHER_PIN, PIN, NEW_PASSPORT], False),
    # A new surname beside a new passport: once.
    "married, and a passport later": ([MARRIED, NEW_PASSPORT], False),
    "a third passport": ([TAKEN, ANOTHER_PASSPORT], True),
    "a second marriage": ([TAKEN, MARRIED_AGAIN], True),
    "a slip of the new passport": ([TAKEN, SLIP_OF_NEW], False),
    "slip upon slip of the new passport": ([TAKEN, SLIP_OF_NEW, {"passport_number": "PE7654310"}], True),
    "the first passport again": ([TAKEN, FIRST_PASSPORT], False),
    "by way of the first passport": ([TAKEN, FIRST_PASSPORT, ANOTHER_PASSPORT], True),
    "by way of the first surname": ([TAKEN, FIRST_NAME, MARRIED_AGAIN], True),
    "passports over the years": ([NEW_PASSPORT, ANOTHER_PASSPORT, {"passport_number": "PE5550001"}], False),
    "passports over the years, then married": ([NEW_PASSPORT, ANOTHER_PASSPORT, MARRIED], False),
    "the telephone of who married": ([TAKEN, {"phone": "+996555000123"}], False),
}


def is_another(room: Room, step: Step, *, after: int) -> bool:
    """Whether a correction is refused for good; what it only asks is answered with a tick each."""
    confirmed: set[str] = set()
    for _asked in range(3):
        try:
            correct(room, after=after, **step, confirmed=confirmed)
        except Refusal as refused:
            codes = {one.code for one in refused.all}
            if not all(isinstance(one, Doubt) for one in refused.all):
                return ".ChangeOfPerson" in codes
            confirmed |= codes
        else:
            return False
    raise AssertionError(confirmed)


@pytest.mark.parametrize("story", STORIES)
def test_b2_facts_learnt_after_the_first_dose_are_not_changed_without_end(
    session: Session, issuer: Issuer, nurse: Staff, story: str
) -> None:
    steps, refused = STORIES[story]
    room = Room(session, issuer, nurse)
    year = {"birth_on": date(1960, 1, 1), "birth_precision": BirthPrecision.YEAR}
    correct(room, after=-2, **year, **FIRST_PASSPORT, patronymic="")
    room.record()
    for hour, step in enumerate(steps[:-1], start=1):
        assert not is_another(room, step, after=hour), step
    assert is_another(room, steps[-1], after=len(steps)) is refused
