"""Security B2, its neighbour "stale form": an open page does not undo what somebody else corrected meanwhile."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import object_session
from sqlmodel import Session

from registry.corrections.queries import list_corrections
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccines.models import Lot
from tests.corrections.pages import open_and_send, seen_on
from tests.corrections.test_lots import sent as lot_form
from tests.corrections.test_routes import details as pilgrim_form
from tests.factories import make_lot, make_pilgrim, make_staff

SignIn = Callable[[Staff], FlaskClient]
PIN, OTHER_PIN = "20101196000017", "20101196000025"
CHANGED = "Somebody changed this record after you opened the page: %s. Nothing of yours was recorded."
TOO_OLD = "opened too long ago to be compared with the record"


@pytest.fixture
def lead(sign_in: SignIn, naryn_lead: Staff) -> FlaskClient:
    return sign_in(naryn_lead)


@pytest.fixture
def other(session: Session, sign_in: SignIn) -> FlaskClient:
    """Somebody else who corrects meanwhile."""
    return sign_in(make_staff(session, "immunologist", region="KG-N"))


@pytest.fixture
def pilgrim(session: Session) -> Pilgrim:
    pilgrim = make_pilgrim(session, passport_number="PE7700103", pin=PIN, birth_on=date(1960, 1, 1), sex="male")
    session.commit()
    return pilgrim


@pytest.fixture
def lot(session: Session) -> Lot:
    lot = make_lot(session, number="AB12345")
    session.commit()
    return lot


def changed_fields(pilgrim: Pilgrim) -> list[set[str]]:
    """What each correction of a pilgrim changed, the first first."""
    session = object_session(pilgrim)
    assert isinstance(session, Session)
    session.expire_all()
    return [{change["field"] for change in one.changes} for one in list_corrections(session, pilgrim.id)]


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        ({"passport_number": "PE7700199"}, "Passport number"),
        ({"arrival_on": ["12", "5", "2026"]}, "Arrival"),
        ({"birth_on": ["", "", "1960"]}, "How much of the birth date is known"),
        ({"pin": OTHER_PIN}, "PIN"),
        ({"group_name": "Osh 7", "patronymic": "Бакытович"}, "Patronymic, Group"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_b2_a_stale_page_does_not_undo_what_was_corrected_meanwhile(
    lead: FlaskClient, other: FlaskClient, pilgrim: Pilgrim, theirs: dict[str, Any], named: str
) -> None:
    path, before = f"/pilgrims/{pilgrim.id}/correct", pilgrim_form(pilgrim)
    mine = {**before, "phone": "+996555000123", "seen": seen_on(lead.get(path).text)}
    assert open_and_send(other, path, {**before, **theirs}).status_code == 302
    refused = lead.post(path, data=mine)
    assert refused.status_code == 200
    assert CHANGED % named in refused.text
    assert 'value="+996555000123"' in refused.text, "what was typed is kept"
    assert changed_fields(pilgrim) == [set(theirs) if "birth_on" not in theirs else {"birth_precision"}]
    assert PIN not in refused.text
    assert OTHER_PIN not in refused.text
    again = lead.post(path, data={**before, **theirs, "phone": "+996555000123", "seen": seen_on(refused.text)})
    assert again.status_code == 302, "looked at again, it is recorded"
    assert changed_fields(pilgrim)[1:] == [{"phone"}]


def test_b2_the_refused_page_shows_what_stands_and_beside_what_was_typed(
    lead: FlaskClient, other: FlaskClient, pilgrim: Pilgrim
) -> None:
    path, before = f"/pilgrims/{pilgrim.id}/correct", pilgrim_form(pilgrim)
    seen = seen_on(lead.get(path).text)
    open_and_send(other, path, {**before, "passport_number": "PE7700199", "surname": "Башка"})
    left_alone = lead.post(path, data={**before, "phone": "+996555000123", "seen": seen}).text
    assert 'value="PE7700199"' in left_alone
    assert 'value="PE7700103"' not in left_alone
    typed = lead.post(path, data={**before, "passport_number": "PE7700188", "seen": seen}).text
    assert 'value="PE7700188"' in typed
    assert "Recorded now: PE7700199." in typed
    assert 'value="Башка"' in typed


def test_b2_a_stale_page_does_not_undo_the_correction_of_a_lot(
    session: Session, lead: FlaskClient, other: FlaskClient, lot: Lot
) -> None:
    path, mine = f"/stock/lots/{lot.id}/correct", lot_form(lot, expires_on=["30", "11", "2027"])
    without_worker = {"confirmed": ".CertificatesWillBeReplaced"}
    mine = {**mine, **without_worker, "seen": seen_on(lead.get(path).text)}
    assert open_and_send(other, path, {**lot_form(lot, number="AB12346"), **without_worker}).status_code == 302
    refused = lead.post(path, data=mine)
    assert CHANGED % "Number" in refused.text
    assert 'value="AB12346"' in refused.text
    assert 'value="AB12345"' not in refused.text
    session.expire_all()
    assert lot.number == "AB12346"
    again = lead.post(path, data={**mine, "number": "AB12346", "seen": seen_on(refused.text)})
    assert again.status_code == 302
    session.expire_all()
    assert (lot.number, lot.expires_on) == ("AB12346", date(2027, 11, 30))


@pytest.mark.parametrize("seen", [None, "", "forged", "0 " * 14 + "0", "ж" * 3_000])
def test_b2_a_page_that_does_not_say_what_it_showed_is_shown_anew(
    session: Session, lead: FlaskClient, pilgrim: Pilgrim, lot: Lot, seen: str | None
) -> None:
    unseen = {} if seen is None else {"seen": seen}
    data = {**pilgrim_form(pilgrim, passport_number="PE7700188"), **unseen}
    person = lead.post(f"/pilgrims/{pilgrim.id}/correct", data=data).text
    box = lead.post(f"/stock/lots/{lot.id}/correct", data={**lot_form(lot, number="AB12346"), **unseen}).text
    assert TOO_OLD in person
    assert TOO_OLD in box
    assert 'value="PE7700103"' in person
    assert 'value="AB12345"' in box
    session.expire_all()
    assert (pilgrim.passport_number, lot.number) == ("PE7700103", "AB12345")


def test_b2_what_a_page_of_another_record_showed_counts_for_none_else(
    session: Session, lead: FlaskClient, pilgrim: Pilgrim
) -> None:
    twin = make_pilgrim(session)
    session.commit()
    seen = seen_on(lead.get(f"/pilgrims/{twin.id}/correct").text)
    page = lead.post(
        f"/pilgrims/{pilgrim.id}/correct", data={**pilgrim_form(pilgrim, phone="0555000123"), "seen": seen}
    )
    assert TOO_OLD in page.text


def test_b2_the_same_correction_made_twice_is_no_quarrel(
    session: Session, lead: FlaskClient, other: FlaskClient, lot: Lot
) -> None:
    path, data = f"/stock/lots/{lot.id}/correct", lot_form(lot, expires_on=["30", "11", "2027"])
    seen = seen_on(lead.get(path).text)
    assert open_and_send(other, path, data).status_code == 302
    assert "Nothing differs from the record." in lead.post(path, data={**data, "seen": seen}).text
