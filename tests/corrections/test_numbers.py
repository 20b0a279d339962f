"""A passport number leads to one record: it is no way around a revocation (security B1)."""

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause
from registry.corrections import services
from registry.errors import Refusal
from registry.pilgrims.intake import NumberHeldBefore
from registry.pilgrims.models import PilgrimDetails
from registry.pilgrims.rows import RegistrationDetails
from registry.pilgrims.services import PassportTaken
from registry.staff.models import Staff
from tests.certificates.roads import certified_room, decide, revoked_of, revoked_room
from tests.certificates.stories import LATER
from tests.corrections.test_identity import withdraw_all
from tests.corrections.test_services import options
from tests.factories import make_staff, pilgrim_details
from tests.pilgrims.test_intake import AIGUL, faults
from tests.pilgrims.test_routes import FORM
from tests.pilgrims.test_services import refusals, register
from tests.room.test_services import Room

SignIn = Callable[[Staff], FlaskClient]
PIN, OTHER_PIN = "10101196000123", "10101196000999"
INVENTED: dict[str, Any] = {"passport_number": "PE9999999"}


def correct(room: Room, *, by: Staff | None = None, **changes: Any) -> None:
    details = PilgrimDetails.model_validate({**room.pilgrim.model_dump(), **changes})
    place = RegistrationDetails(region_code="KG-N", arrival_on=date(2026, 5, 11))
    given = options(room, at=LATER + timedelta(hours=10), **({"by": by.id} if by else {}))
    services.correct_pilgrim(room.session, room.pilgrim, details, place, **given, confirmed={"pin.PinBirthDiffers"})


def refused(room: Room, *, by: Staff | None = None, **changes: Any) -> set[str]:
    with pytest.raises(Refusal) as caught:
        correct(room, by=by, **changes)
    return {one.code for one in caught.value.all}


STAY, NOBODY = {"passport_number.NumbersStay"}, {"passport_number.NobodyFreesNumbers"}


@pytest.mark.parametrize(
    "changes",
    [INVENTED, {"pin": None}, {"pin": OTHER_PIN}, {"passport_number": "PE0000000"}, {**INVENTED, "phone": None}],
    ids=["the passport", "the PIN taken away", "another PIN", "a slip, it is said", "beside the telephone"],
)
@pytest.mark.parametrize("withdrawn", [False, True], ids=["", "doses withdrawn"])
def test_b1_no_number_leaves_a_record_with_a_revocation(
    session: Session, issuer: Issuer, nurse: Staff, changes: dict[str, Any], *, withdrawn: bool
) -> None:
    """The finding: revoked as forged, the passport set to an invented one, the same person registered anew."""
    room = revoked_room(session, issuer, nurse)
    room.pilgrim.pin = PIN
    if withdrawn:
        withdraw_all(room, after=5)
    assert refused(room, **changes) == NOBODY, "the one immunologist is the one who revoked"
    immunologist = make_staff(session, "immunologist", region="KG-N", name="Бермет Асанова")
    with pytest.raises(Refusal, match="Бермет Асанова"):
        correct(room, **changes)
    make_staff(session, "immunologist", region="KG-B", name="Not of this region")
    assert refused(room, **changes) == STAY
    correct(room, by=immunologist, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"phone": "+996555000123"}, {"latin_given_name": "AIGYL"}, {"pin": PIN, "birth_on": date(1960, 1, 1)}],
    ids=["the telephone", "a slip in the name", "a PIN is learnt"],
)
def test_b1_all_else_is_set_right_beside_a_revocation(
    session: Session, issuer: Issuer, nurse: Staff, changes: dict[str, Any]
) -> None:
    room = revoked_room(session, issuer, nurse)
    room.pilgrim.birth_on = date(1960, 1, 1)
    correct(room, **changes)
    session.refresh(room.pilgrim)
    assert {name: getattr(room.pilgrim, name) for name in changes} == changes


def test_b1_a_number_is_free_where_no_verdict_stands(session: Session, issuer: Issuer, nurse: Staff) -> None:
    """Lost papers are no verdict, nor is what somebody who may has decided otherwise since."""
    lost = certified_room(session, issuer, nurse)
    certificates.revoke_certificate(
        session, revoked_of(lost), reason="Lost on the way", by=nurse.id, at=LATER, cause=Cause.LOST
    )
    correct(lost, **INVENTED)
    again = revoked_room(session, issuer, nurse)
    by = make_staff(session, "immunologist").id
    certificates.issue_again(
        session, again.pilgrim, revoked_of(again), **options(again, by=by, at=LATER, reason="It was looked into")
    )
    correct(again, passport_number="PE8888888")
    decide(again, at=LATER + timedelta(hours=11))
    assert refused(again, passport_number="PE7777777") <= STAY | NOBODY


@pytest.fixture
def before(session: Session, issuer: Issuer, nurse: Staff) -> tuple[Room, PilgrimDetails]:
    """A record, and the numbers that it had before they were corrected."""
    room = certified_room(session, issuer, nurse)
    first = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    correct(room, **INVENTED)
    return room, first


def test_b1_who_comes_with_a_number_that_a_record_had_is_compared_with_it(
    session: Session, before: tuple[Room, PilgrimDetails]
) -> None:
    room, first = before
    stranger = pilgrim_details(
        latin_surname="TOKTOGULOVA", surname="Токтогулова", passport_number=first.passport_number.lower()
    )
    assert refusals(session, stranger) == {NumberHeldBefore}
    assert refusals(session, pilgrim_details(**INVENTED, surname="Башка", latin_surname="BASHKA")) == {PassportTaken}
    register(session, stranger, confirmed=(NumberHeldBefore().code,))
    # The record itself does not take back what somebody has now; nor is it asked about its own number before.
    assert refused(room, passport_number=first.passport_number) >= {"passport_number.PassportTaken"}


def test_b1_a_record_takes_its_own_number_back_without_being_asked(before: tuple[Room, PilgrimDetails]) -> None:
    room, first = before
    correct(room, passport_number=first.passport_number)
    assert room.pilgrim.passport_number == first.passport_number


def test_b1_the_form_shows_the_record_that_had_the_number(
    session: Session, sign_in: SignIn, before: tuple[Room, PilgrimDetails]
) -> None:
    room, first = before
    session.commit()
    browser = sign_in(make_staff(session, "registrar", point="VP-NRN"))
    data = {**FORM, "passport_number": first.passport_number}
    page = unescape(browser.post("/pilgrims/new", data=data).text)
    assert "stood in another record before it was corrected there or" in page
    assert f'href="/pilgrims/{room.pilgrim.id}"' in page
    assert first.passport_number not in page.split("</table>")[0]
    answer = browser.post("/pilgrims/new", data={**data, "confirmed": NumberHeldBefore().code})
    assert answer.status_code == 302


def test_b1_a_list_asks_too(session: Session, before: tuple[Room, PilgrimDetails]) -> None:
    _room, first = before
    other = pilgrim_details().passport_number
    rows = (AIGUL.replace("PE0055002", first.passport_number), AIGUL.replace("PE0055002", other))
    assert [faults(session, row) for row in rows] == [[(2, "NumberHeldBefore")], []]


def test_b1_a_pin_is_compared_too(session: Session, issuer: Issuer, nurse: Staff) -> None:
    room = Room(session, issuer, nurse)
    correct(room, pin=PIN, birth_on=date(1960, 1, 1))
    correct(room, pin=None)
    stranger = pilgrim_details(surname="Башка", latin_surname="BASHKA", pin=PIN, birth_on=date(1960, 1, 1))
    assert refusals(session, stranger) == {NumberHeldBefore}
