"""Room F7: no other form of the staff is sent or filled by a scan."""

import pytest
from sqlmodel import Session, select

from registry.examinations.models import Examination
from registry.pilgrims.models import Pilgrim
from registry.vaccinations.models import Dose
from registry.vaccines.models import Lot
from tests.factories import make_dose
from tests.room.scans.steps import BUTTON, GS1, LOT, SignIn, chosen, said
from tests.scanner import ORIGIN, Keyboard, Window

pytestmark = pytest.mark.browser


# Page, where the focus is, and what stands in that box.
FORMS = {
    "doctor": [
        ("/pilgrims/{pilgrim}/examine", "[name=temperature_c]", "36.6"),
        ("/pilgrims/{pilgrim}/examine", "[name=consent]", None),
        ("/pilgrims/{pilgrim}/examine", "[name=outcome] >> nth=0", None),
    ],
    "lead": [
        ("/pilgrims/{pilgrim}/correct", "[name=phone]", "+996700123456"),
        ("/pilgrims/{pilgrim}/correct", "[name=reason]", "As in the passport."),
        ("/pilgrims/{pilgrim}/doses/{dose}/withdraw", "[name=reason]", "Another person."),
        ("/pilgrims/{pilgrim}/doses/{dose}/correct", "[name=site]", None),
        ("/stock/receive", "[name=document]", "A-17"),
        ("/stock/lots/{lot}/correct", BUTTON, None),
        ("/stock/lots/{lot}/hold", "[name=kind] >> nth=0", None),
    ],
}


@pytest.mark.parametrize("who", FORMS)
def test_no_other_form_of_the_staff_is_sent_or_filled_by_a_scan(
    session: Session, window: Window, sign_in: SignIn, pilgrim: Pilgrim, request: pytest.FixtureRequest, *, who: str
) -> None:
    lot = session.exec(select(Lot).where(Lot.number == LOT)).one()
    dose = make_dose(session, pilgrim, lot=lot, examination=session.exec(select(Examination)).one())
    client = sign_in(request.getfixturevalue({"doctor": "doctor", "lead": "naryn_lead"}[who]))
    with window.answered_by(client) as page:
        keyboard = Keyboard(page)
        for path, place, kept in FORMS[who]:
            address = f"{ORIGIN}{path.format(pilgrim=pilgrim.id, dose=dose.id, lot=lot.id)}"
            page.goto(address)
            if kept is not None:
                page.fill(place, kept)
            before = chosen(page)
            for scan, answer in (("PE6000101\n", "look for its holder"), (f"99{GS1}\n", "othing")):
                page.locator(place).focus()
                keyboard.scan(scan)
                said(page, answer)
                assert (page.url, page.locator(".govuk-error-summary").count()) == (address, 0), (path, scan)
                assert chosen(page) == before, (path, scan)
                page.keyboard.press("Escape")
    session.rollback()
    assert len(session.exec(select(Examination)).all()) == 1
    assert [one.id for one in session.exec(select(Dose)).all()] == [dose.id]
