"""The stock pages: who may open them, what a lead records, what is refused beside its field."""

import re
import uuid
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.model import new_id
from registry.staff.models import Staff
from registry.vaccines import queries
from registry.vaccines.models import Lot, StockMovement
from tests.conftest import SignIn
from tests.factories import BISHKEK, NARYN, make_lot, make_staff


def delivery(**changes: Any) -> dict[str, Any]:
    """What a lead of Naryn types when a box of MenQuadfi arrives."""
    form = {
        "idempotency_key": str(new_id()),
        "point": NARYN,
        "product": "MENQUADFI",
        "number": "AB1234",
        "expires_on": ["31", "12", "2026"],
        "season": "",
        "doses": "40",
        "document": "17-A",
    }
    return {**form, **changes}


def received(session: Session) -> list[tuple[str, int]]:
    """(lot number, doses) of every delivery that was committed."""
    session.rollback()
    query = select(Lot.number, StockMovement.doses).join(Lot, Lot.id == StockMovement.lot_id)  # type: ignore[arg-type]  # SQLAlchemy's comparison
    found = [(number, doses) for number, doses in session.exec(query)]
    # A savepoint left open here would later take what a following request commits with it.
    session.rollback()
    return found


@pytest.mark.parametrize("path", ["/stock", "/stock/receive", f"/stock/lots/{uuid.UUID(int=5)}/hold"])
def test_only_who_manages_stock_may_open_its_pages(sign_in: SignIn, nurse: Staff, path: str) -> None:
    assert sign_in(nurse).get(path).status_code == 403


@pytest.mark.parametrize("doses", ["2147483648", "9" * 19, "9" * 20])
def test_b3_more_doses_than_a_column_takes_are_refused_in_a_sentence(
    session: Session, sign_in: SignIn, naryn_lead: Staff, doses: str
) -> None:
    """The page broke: PostgreSQL's whole numbers end at 2147483647."""
    answer = sign_in(naryn_lead).post("/stock/receive", data=delivery(doses=doses))
    assert answer.status_code == 200
    assert "This is too long. Use at most 9 characters." in answer.text
    assert sign_in(naryn_lead).post("/stock/receive", data=delivery(doses="9" * 9)).status_code == 302
    assert received(session) == [("AB1234", 999_999_999)]


def test_a_lead_sees_the_own_point_and_no_other(sign_in: SignIn, session: Session, naryn_lead: Staff) -> None:
    make_lot(session, number="HERE1234", doses=7)
    make_lot(session, number="ELSE1234", point=BISHKEK)

    page = sign_in(naryn_lead).get("/stock").text

    assert "HERE1234" in page
    assert "ELSE1234" not in page
    assert "Usable" in page


def test_a_point_without_vaccine_says_what_to_do(sign_in: SignIn, naryn_lead: Staff) -> None:
    assert "This point has no vaccine in stock." in sign_in(naryn_lead).get("/stock").text


def test_an_immunologist_sees_every_point_of_the_region(sign_in: SignIn, session: Session) -> None:
    page = sign_in(make_staff(session, "immunologist", region="KG-C")).get("/stock").text

    assert "Kant" in page
    assert "Voenno-Antonovka" in page
    assert "Naryn" not in page


def test_a_delivery_is_taken_into_stock_once(sign_in: SignIn, session: Session, naryn_lead: Staff) -> None:
    browser, form = sign_in(naryn_lead), delivery()

    answers = [browser.post("/stock/receive", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert received(session) == [("AB1234", 40)]


def test_a_box_that_names_only_the_month_keeps_to_its_last_day(
    sign_in: SignIn, session: Session, naryn_lead: Staff
) -> None:
    sign_in(naryn_lead).post("/stock/receive", data=delivery(expires_on=["", "2", "2028"]))

    session.rollback()
    lot = queries.find_lot(session, product_code="MENQUADFI", number="AB1234")
    assert lot is not None
    assert str(lot.expires_on) == "2028-02-29"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": ""}, "Write the lot number as it is printed on the box."),
        ({"number": "AB1234, AB1235"}, "Receive each lot by itself."),
        ({"expires_on": ["24", "12", "2025"]}, "This lot expired on 24.12.2025."),
        ({"expires_on": ["", "", "2026"]}, "Write the month too"),
        ({"expires_on": ["31", "2", "2026"]}, "Write a real date"),
        ({"doses": "many"}, "Write a whole number"),
        ({"doses": "0"}, "at least one"),
        ({"product": "GRIPPOL-PLUS"}, "for example NH-2025-2026"),
        ({"product": "MENCEVAX-ACWY"}, "Choose the vaccine named on the box."),
        ({"point": BISHKEK}, "Choose the point where the vaccine arrived."),
    ],
)
def test_a_wrong_delivery_is_refused_beside_its_field(
    sign_in: SignIn, session: Session, naryn_lead: Staff, changes: dict[str, Any], sentence: str
) -> None:
    answer = sign_in(naryn_lead).post("/stock/receive", data=delivery(**changes))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert received(session) == []


def test_a_doubt_is_asked_and_passes_when_ticked(sign_in: SignIn, session: Session, naryn_lead: Staff) -> None:
    browser, form = sign_in(naryn_lead), delivery(number="A12")
    asked = browser.post("/stock/receive", data=form).text
    assert received(session) == []

    (code,) = re.findall(r'name="confirmed"[^>]*value="([^"]+)"', asked)
    browser.post("/stock/receive", data={**form, "confirmed": code})

    assert received(session) == [("A12", 40)]


def test_a_lot_is_held_and_released_with_a_reason(sign_in: SignIn, session: Session, naryn_lead: Staff) -> None:
    lot, browser = make_lot(session), sign_in(naryn_lead)
    page = f"/stock/lots/{lot.id}/hold"
    assert "Released" not in browser.get(page).text

    browser.post(page, data={"kind": "quarantine", "reason": "Refrigerator failed"})
    assert "In quarantine" in browser.get("/stock").text
    assert "Refrigerator failed" in browser.get(page).text

    browser.post(page, data={"kind": "release", "reason": "Log shows 7 degrees"})
    session.rollback()
    assert [hold.kind for hold in queries.list_holds(session, lot.id)] == ["release", "quarantine"]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "recall", "reason": " "}, "Write the reason"),
        ({"reason": "Letter 12"}, "Choose what should happen to this lot."),
        ({"kind": "burn", "reason": "Letter 12"}, "Choose what should happen to this lot."),
        ({"kind": "release", "reason": "Mistake"}, "This lot is not on hold, so there is nothing to release."),
    ],
)
def test_a_hold_without_kind_or_reason_is_refused(
    sign_in: SignIn, session: Session, naryn_lead: Staff, form: dict[str, str], sentence: str
) -> None:
    lot = make_lot(session)

    answer = sign_in(naryn_lead).post(f"/stock/lots/{lot.id}/hold", data=form)

    assert sentence in answer.text
    session.rollback()
    assert not queries.list_holds(session, lot.id)


def test_a_lot_of_another_point_is_not_found(sign_in: SignIn, session: Session, naryn_lead: Staff) -> None:
    lot = make_lot(session, point=BISHKEK)

    assert sign_in(naryn_lead).get(f"/stock/lots/{lot.id}/hold").status_code == 404


def test_a_single_point_cannot_end_a_recall(sign_in: SignIn, session: Session, naryn_lead: Staff) -> None:
    lot = make_lot(session)
    immunologist = make_staff(session, "immunologist", region="KG-N")
    session.commit()
    sign_in(immunologist).post(f"/stock/lots/{lot.id}/hold", data={"kind": "recall", "reason": "The maker asked"})
    for kind in ("release", "quarantine"):
        answer = sign_in(naryn_lead).post(f"/stock/lots/{lot.id}/hold", data={"kind": kind, "reason": "It looks fine"})
        assert "Only the regional immunologist can release it" in answer.text
    released = sign_in(immunologist).post(f"/stock/lots/{lot.id}/hold", data={"kind": "release", "reason": "Cleared"})
    assert released.status_code == 302
