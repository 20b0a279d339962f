"""Security M1: a record that somebody altered past the registry says so on its pages, with an alarm, and no 500."""

import pytest
from sqlmodel import Session, func, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from tests.certificates.roads import certified_room
from tests.certificates.spoiling import spoil, where_of
from tests.conftest import SignIn
from tests.factories import make_pilgrim, make_staff
from tests.room.test_services import Room

ALTERED = "somebody changed the database"
# {column: what stands there; None: a day that is none}
SPOILT: dict[str, str | None] = {
    "pilgrim.latin_surname": "",
    "pilgrim.passport_number": "9",
    "pilgrim.pin": "",
    "pilgrim.nationality": "K",
    "pilgrim.birth_on": None,
    "dose.product_code": "9999",
    "dose.status": "gone",
    "registration.region_code": "9999",
    "vaccination_point.name": "null",
    # What the finding does not name.
    "pilgrim.registered_at": None,
    "examination.answers": "[]",
    "lot.expires_on": None,
    "certificate.valid_until": None,
}


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return certified_room(session, issuer, nurse)


@pytest.mark.parametrize("column", SPOILT)
def test_m1_the_pages_of_a_spoilt_record_say_so(
    sign_in: SignIn, session: Session, room: Room, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    pilgrim = room.pilgrim.id
    ministry = sign_in(make_staff(session, "immunologist"))
    spoil(session, column, SPOILT[column], where_of(session, column.partition(".")[0], room.pilgrim))
    session.commit()
    answer = ministry.get(f"/pilgrims/{pilgrim}")
    session.rollback()
    told = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CODES_DIFFER)).all()
    assert answer.status_code in {200, 409}
    assert ALTERED in answer.text
    if answer.status_code == 409:
        assert {(one.pilgrim_id, *one.detail["differing"]) for one in told} == {(pilgrim, column)}
        assert f"certificate {pilgrim.hex}: " in caplog.text


def test_m1_nobody_records_at_a_spoilt_record_and_nothing_is_signed(
    sign_in: SignIn, session: Session, issuer: Issuer, nurse: Staff
) -> None:
    """No paper yet that says otherwise: the shape alone tells."""
    room, browser = Room(session, issuer, nurse), sign_in(nurse)
    pilgrim = room.pilgrim.id
    spoil(session, "pilgrim.surname", "", where_of(session, "pilgrim", room.pilgrim))
    session.commit()
    answer = browser.get(f"/pilgrims/{pilgrim}/visit")
    assert (answer.status_code, ALTERED in answer.text) == (409, True)
    session.rollback()
    room.pilgrim = session.get_one(Pilgrim, pilgrim)
    with pytest.raises(ValueError, match="surname"):
        room.record()
    for table in (Dose, Certificate):
        assert session.exec(select(func.count()).select_from(table)).one() == 0


def test_m1_who_may_not_see_a_record_learns_nothing_of_it(sign_in: SignIn, session: Session, room: Room) -> None:
    stranger = sign_in(make_staff(session, "immunologist", region="KG-O"))
    spoil(session, "pilgrim.surname", "", "1 = 1")
    session.commit()
    assert stranger.get(f"/pilgrims/{room.pilgrim.id}").status_code == 404


@pytest.mark.parametrize("column", ["pilgrim.birth_on", "pilgrim.sex", "registration.arrival_on"])
def test_m1_a_search_shows_the_others_and_tells_of_the_one_that_cannot_be_read(
    sign_in: SignIn, session: Session, caplog: pytest.LogCaptureFixture, column: str
) -> None:
    spoilt, other = (make_pilgrim(session, latin_surname="ASANBEKOVA") for _ in range(2))
    number, shown = spoilt.passport_number, str(other.id)
    browser = sign_in(make_staff(session, "immunologist"))
    spoil(session, column, {"pilgrim.sex": "none"}.get(column), where_of(session, column.partition(".")[0], spoilt))
    session.commit()
    found = browser.post("/pilgrims", data={"text": "ASANBEKOVA"})
    assert (found.status_code, shown in found.text, ALTERED in found.text) == (200, True, True)
    alone = browser.post("/pilgrims", data={"text": number})
    assert (alone.status_code, "Nobody was found" in alone.text, ALTERED in alone.text) == (200, False, True)
    assert "a search found 1 records that cannot be read" in caplog.text


def test_m1_a_search_shows_whom_somebody_put_into_no_region(sign_in: SignIn, session: Session) -> None:
    pilgrim = make_pilgrim(session)
    number, shown = pilgrim.passport_number, str(pilgrim.id)
    browser = sign_in(make_staff(session, "immunologist"))
    spoil(session, "registration.region_code", "9999", where_of(session, "registration", pilgrim))
    session.commit()
    found = browser.post("/pilgrims", data={"text": number})
    assert (found.status_code, shown in found.text) == (200, True)
